//! No secret stands in what is printed.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

use super::{
    AT, BODY, OLD, SECRET, VALIDATION, ask, discreet, finds, keeps, listener, names, now, run, standard, stripe, v0,
    verify,
};
use crate::support::{Run, hookproof, listen_with};

#[test]
fn a_long_secret_stays_out_of_everything_that_is_printed() {
    let mut digest = Sha256::digest("a long secret");
    let mut long = String::new();
    while long.len() < 600 {
        digest = Sha256::digest(digest);
        long += BASE64_STANDARD.encode(digest).trim_end_matches('=');
    }
    let run = |words: &str| hookproof(words).file("body", BODY).env("LONG", &long).env("OTHER", "x");
    let check = |run: Run, codes: &[i32]| {
        let finished = run.output();
        let all = finished.stdout() + &finished.stderr();
        keeps(&long, &all);
        keeps(&hex::encode(&long), &all);
        keeps(&BASE64_STANDARD.encode(&long), &all);
        assert!(codes.contains(&finished.output.status.code().unwrap()), "{all}");
        assert!(!all.is_empty());
    };
    let hubspot = ["X-HubSpot-Signature-Version: v1", "X-HubSpot-Signature: 00"];
    let v1 = hex::encode(Sha256::digest(format!("{long}{BODY}\n")));
    for (words, json) in [("", false), ("--json", true)] {
        for secret in ["--secret-env LONG", "--secret-env OTHER --secret-env LONG"] {
            let words = format!("{secret} {words}");
            check(run(&format!("verify body -p stripe --signature t=1,v1=00 {words}")), &[1]);
            check(run(&format!("verify body -p github --signature sha256=00 {words}")), &[1]);
            check(run(&format!("verify body -p stripe --signature {long} {words}")), &[1]);
            check(run(&format!("verify body -p hubspot {words}")).args(["-H", hubspot[0], "-H", hubspot[1]]), &[1]);
            let found = format!("X-HubSpot-Signature: {v1}");
            check(run(&format!("verify body -p hubspot {words}")).args(["-H", hubspot[0], "-H", &found]), &[1]);
            check(run(&format!("sign body -p stripe {words}")), &[0]);
        }
        check(run(&format!("sign body -p hubspot --signature-mode v1 --secret-env LONG {words}")), &[0]);
        check(run(&format!("sign body -p discord --secret-env LONG {words}")), &[2]);
        check(run(&format!("verify body -p discord --signature 00 --secret-env LONG {words}")), &[1, 2, 3]);
        check(run(&format!("sign body -p standard-webhooks --secret-env LONG {words}")), &[0, 2]);
        check(run(&format!("render mailgun --secret-env LONG {}", if json { words } else { "--format curl" })), &[0]);
        check(run(&format!("send hubspot --to self --secret-env LONG {}", if json { words } else { "-v" })), &[0]);
        check(run(&format!("send zoom --to self --secret-env LONG {}", if json { words } else { "-v" })), &[0]);
    }
    for words in ["--json", "", "--full"] {
        let caught = listen_with(run(""), &format!("--secret-env LONG {words}"));
        for key in [&long, "other"] {
            ask(caught.port, "POST", "/h", &v0("zoom", key, VALIDATION), VALIDATION);
            ask(caught.port, "POST", "/h", &[stripe(now(), key)], BODY);
        }
        caught.signal("INT");
        let finished = caught.exits(0).says("deliveries");
        keeps(&long, &(finished.stdout() + &finished.stderr()));
    }
}

/// The forms in which a sender may put the secret into a header.
fn spelt(secret: &str) -> Vec<String> {
    let bare = secret.strip_prefix("whsec_").unwrap();
    let encoded = BASE64_STANDARD.encode(secret);
    [secret, bare, &encoded, &hex::encode(secret), &hex::encode(bare)].map(str::to_string).to_vec()
}

#[test]
fn a_secret_that_stands_in_a_signature_is_not_printed() {
    let forms = ["t=1,v1=SECRET", "t=1,v1=abc,s=SECRET", "t=1,SECRET=abc", "v0=SECRET", "SECRET", "t=SECRET,v1=00"];
    for value in spelt(SECRET) {
        for json in ["", "--json"] {
            // The names of others are cut short after some of them.
            let cut = format!("{}SECRET=1", "a-long-name=1,".repeat(5));
            for form in forms.into_iter().chain([cut.as_str()]) {
                let run = run(&format!("verify body -p stripe --secret-env NEW --secret-env OLD {json} --signature"));
                let finished = discreet(run.arg(form.replace("SECRET", &value)).exits(1));
                assert!(!finished.stdout().contains(&value), "{form}: {}", finished.stdout());
            }
            let headers = [("webhook-signature", format!("v1,{value}")), ("webhook-id", value.clone())];
            let finished =
                discreet(verify(&format!("-p standard-webhooks --secret-env NEW {json}"), &headers).exits(1));
            assert!(!finished.stdout().contains(&value), "{}", finished.stdout());
            let computed = verify(&format!("-p stripe --secret-env NEW {json} --computed {value}"), &[stripe(AT, OLD)]);
            assert!(!computed.exits(1).stdout().contains(&value));
        }
    }
    let hidden = verify("-p stripe --secret-env NEW", &[("Stripe-Signature", format!("t=1,v1={SECRET}"))]).exits(1);
    hidden.prints("the secret itself was sent").prints("received  t=1,v1=[secret]");
    // That of another provider is none of this scheme's.
    let other = verify("-p stripe --secret-env stripe=NEW", &[("Stripe-Signature", format!("t=1,v1=00,s={OLD}"))]);
    discreet(other.env("STANDARD_WEBHOOKS_SECRET", OLD).exits(1)).prints("s=[secret]");
    // With a right signature beside it too.
    let (name, right) = stripe(AT, SECRET);
    let valid = verify(&format!("-p stripe --secret-env NEW --at {AT}"), &[(name, format!("{right},s={SECRET}"))]);
    finds(valid, 0, "valid").prints("s=[secret]");
}

#[test]
fn a_secret_in_a_header_is_not_shown_by_a_listener() {
    for words in ["", "--json", "--full"] {
        let caught = listen_with(listener(), &format!("--secret-env NEW {words}"));
        for value in spelt(SECRET) {
            for form in [format!("t=1,v1={value}"), format!("t=1,v1=00,s={value}"), format!("t=1,{value}=0")] {
                ask(caught.port, "POST", "/h", &[("Stripe-Signature", form)], BODY);
            }
            let [id, at, _] = standard("webhook", now(), SECRET);
            let signature = ("webhook-signature".to_string(), format!("v1,{value}"));
            ask(caught.port, "POST", "/h", &names(&[id, at, signature]), BODY);
        }
        caught.signal("INT");
        let finished = discreet(caught.exits(0));
        let all = finished.stdout() + &finished.stderr();
        assert!(spelt(SECRET).iter().all(|value| !all.contains(value)), "{all}");
    }
}

#[test]
fn a_short_secret_is_hidden_as_an_item_and_leaves_digests_whole() {
    let verify = |value: &str| {
        let run = hookproof("verify body -p stripe --secret-env KEY --signature").arg(value);
        run.file("body", BODY).env("KEY", "abc12").exits(1)
    };
    verify("t=1,v1=00,s=abc12").prints("received  t=1,v1=00,s=[secret]");
    verify("t=1,abc12=00").prints("only [secret]").prints("received  t=1,[secret]=00");
    let digest = format!("abc12{}", "0".repeat(59));
    verify(&format!("t=1,v1={digest}")).prints(&format!("received  t=1,v1={digest}"));
}
