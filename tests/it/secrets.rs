//! Where secrets come from, which of them wins, and what is never told of them.

use crate::support::{Finished, Run, accepting, hookproof, openssl_hmac, stub};

const STORY: &str = "[[step]]\nevent = \"superfolio/form.submitted\"\n";

/// `hookproof sign` of `{}` with these words, as this provider.
fn sign(provider: &str, words: &str) -> Run {
    hookproof(&format!("sign -p {provider} {words}")).stdin("{}")
}

/// Expects that this secret signed, and that no output holds it.
#[track_caller]
fn signs_with(run: Run, secret: &str) -> Finished {
    let finished = run.exits(0).prints(&openssl_hmac(secret, b"{}"));
    assert!(!finished.stdout().contains(secret) && !finished.stderr().contains(secret), "{}", finished.stderr());
    finished
}

#[test]
fn every_source_gives_the_secret() {
    let secret = "s3cret \u{1f511} value";
    signs_with(sign("superfolio", "--secret-env MINE").env("MINE", secret), secret);
    signs_with(sign("superfolio", "--secret-file key").file("key", secret), secret);
    signs_with(sign("superfolio", "--secret").arg(secret), secret);
    signs_with(sign("superfolio", "").env("SUPERFOLIO_WEBHOOK_SECRET", secret), secret);
    signs_with(sign("superleap", "").env("SUPERLEAP_WEBHOOK_SECRET", secret), secret);
    signs_with(sign("swapcard", "").env("SWAPCARD_WEBHOOK_SECRET", secret), secret);
    let hmac = "--signature-mode hmac";
    signs_with(sign("fingerprinting-api", hmac).env("FINGERPRINTING_API_WEBHOOK_SECRET", secret), secret);
    signs_with(sign("superfolio", "").env("HOOKPROOF_SECRET", secret), secret);
    let env = format!("SUPERFOLIO_WEBHOOK_SECRET='{secret}'\n");
    signs_with(sign("superfolio", "--env-file .env").file(".env", env), secret);
}

#[test]
fn a_flag_comes_before_the_providers_variable_and_that_before_the_general_one() {
    let run = |words: &str| {
        let run = sign("superfolio", words).env("FLAG", "from the flag").file("key", "from the file");
        run.env("SUPERFOLIO_WEBHOOK_SECRET", "from the provider").env("HOOKPROOF_SECRET", "from the general one")
    };
    signs_with(run("--secret-env FLAG"), "from the flag");
    signs_with(run("--secret-env superfolio=FLAG"), "from the flag");
    signs_with(run("--secret-file key"), "from the file");
    signs_with(run("--secret").arg("typed in"), "typed in");
    signs_with(run(""), "from the provider");
    signs_with(run("--secret-env superleap=FLAG"), "from the provider");
    signs_with(run("").env("SUPERFOLIO_WEBHOOK_SECRET", "x"), "x");
    let general = sign("superfolio", "").env("HOOKPROOF_SECRET", "from the general one");
    signs_with(general.env("SUPERLEAP_WEBHOOK_SECRET", "another's"), "from the general one");
}

#[test]
fn a_secret_of_one_provider_serves_it_alone() {
    let run = |provider: &str| {
        let words = "--secret-env superfolio=MINE --secret-file superleap=key";
        sign(provider, words).env("MINE", "superfolio's").file("key", "superleap's")
    };
    signs_with(run("superfolio"), "superfolio's");
    signs_with(run("superleap"), "superleap's");
    run("swapcard").exits(2).says("swapcard signs its deliveries, and no secret is given");
    signs_with(run("swapcard").env("HOOKPROOF_SECRET", "any"), "any");
    sign("superfolio", "--secret-env nobody=MINE").env("MINE", "x").exits(2).says("nobody");
}

#[test]
fn a_missing_secret_says_how_to_give_one() {
    let finished = sign("superfolio", "").exits(2);
    finished.says("SUPERFOLIO_WEBHOOK_SECRET").says("--secret-env").says("--secret-file").says("Dashboard");
    hookproof("send superfolio/form.submitted --to 1/").exits(2).says("--unsigned");
    hookproof("send superfolio/form.submitted --to 1/ --dry-run --unsigned").exits(0);
}

#[test]
fn a_missing_variable_is_named() {
    sign("superfolio", "--secret-env NOT_THERE").exits(2).says("NOT_THERE is not set");
    let run = sign("superfolio", "--secret-env NOT_THERE --env-file .env").file(".env", "A=b\n");
    run.exits(2).says("NOT_THERE").says(".env");
}

#[test]
fn several_secrets_do_not_sign_where_one_signature_has_room() {
    let check = |words: &str| {
        let run = sign("superfolio", words).env("A", "one").env("B", "two").file("key", "three");
        run.exits(2).says("several secrets are given").says("room for one signature");
    };
    check("--secret-env A --secret-env B");
    check("--secret-env A --secret-file key");
    check("--secret-file key --secret four");
    check("--secret four --secret-env A");
}

#[test]
fn an_empty_secret_is_refused_wherever_one_is_expected() {
    let check = |run: Run| drop(run.exits(2).says("empty").says("anyone could sign"));
    check(sign("superfolio", "--secret-env MINE").env("MINE", ""));
    check(sign("superfolio", "--secret-file key").file("key", ""));
    check(sign("superfolio", "--secret-file key").file("key", "\n"));
    check(sign("superfolio", "--secret").arg(""));
    check(sign("superfolio", "").env("SUPERFOLIO_WEBHOOK_SECRET", ""));
    check(sign("superfolio", "").env("HOOKPROOF_SECRET", ""));
    check(sign("superfolio", "--env-file .env").file(".env", "SUPERFOLIO_WEBHOOK_SECRET=\n"));
    for command in ["listen --port 0", "send superfolio --to 1/", "verify - -p superfolio --signature 00"] {
        check(hookproof(command).env("HOOKPROOF_SECRET", ""));
    }
}

#[test]
fn one_final_newline_of_a_file_is_cut_and_said() {
    for end in ["\n", "\r\n"] {
        let run = sign("superfolio", "--secret-file key").file("key", format!("hunter2{end}"));
        signs_with(run, "hunter2").says("one final newline of key is not part of the secret");
    }
    let finished = signs_with(sign("superfolio", "--secret-file key").file("key", "hunter2"), "hunter2");
    assert_eq!(finished.stderr(), "");
}

#[test]
fn a_file_that_holds_no_single_line_of_text_is_refused() {
    let check = |bytes: &[u8], said: &str| {
        let finished = sign("superfolio", "--secret-file key").file("key", bytes).exits(2).says(said);
        assert!(!finished.stderr().contains("hunter2"), "{}", finished.stderr());
    };
    check(b"\xff\xfeh\x00u\x00n\x00", "UTF-16");
    check(b"\xfe\xff\x00h\x00u\x00n", "UTF-16");
    check(b"h\x00u\x00n\x00t\x00", "UTF-16");
    check(b"hunter2\nhunter2\n", "line break");
    check(b"hunter2\n\n", "line break");
    sign("superfolio", "--secret-file not-there").exits(3).says("not-there");
}

#[test]
fn a_secret_on_the_command_line_is_noted() {
    let finished = signs_with(sign("superfolio", "--secret").arg("in the open"), "in the open");
    finished.says("process list").says("--secret-env");
}

#[test]
fn a_secret_that_looks_badly_copied_is_noted_by_its_looks_alone() {
    let check = |secret: &str, said: &str| {
        signs_with(sign("superfolio", "--secret-env MINE").env("MINE", secret), secret).says(said);
    };
    check("hunter2 ", "8 characters, ends with white space");
    check("hunter2\n", "8 characters, ends with LF");
    check(" hunter2", "begins with white space");
    check("'hunter2'", "stands in quotes");
}

#[test]
fn an_env_file_is_read_as_such_files_are_written() {
    let check = |text: &str, secret: &str| {
        let run = sign("superfolio", "--env-file my.env --secret-env MINE").file("my.env", text);
        signs_with(run.env("MINE", "the environment's"), secret);
    };
    check("# a comment\n\nOTHER=x\nMINE=plain\n", "plain");
    check("export MINE=exported\n", "exported");
    check("MINE=\"two words\"\n", "two words");
    check("MINE='single $HOME # quoted'\n", "single $HOME # quoted");
    check("MINE=\"escaped \\\" quote\"\n", "escaped \" quote");
    check("MINE=crlf\r\nOTHER=x\r\n", "crlf");
    check("MINE=no-final-newline", "no-final-newline");
    check("MINE=a=b==\n", "a=b==");
    check("MINE=commented # not part\n", "commented");
    check("MINE=a#b\n", "a#b");
    check("OTHER=x\n", "the environment's");
}

#[test]
fn a_dollar_sign_of_an_env_file_is_part_of_the_secret() {
    for text in ["MINE=pa$word\n", "MINE=\"pa$word\"\n", "MINE=pa$word"] {
        let run = sign("superfolio", "--env-file my.env --secret-env MINE").file("my.env", text);
        signs_with(run, "pa$word");
    }
}

#[test]
fn a_bad_line_of_an_env_file_is_told_by_its_place_alone() {
    for line in ["MINE=hunter2 correct horse", "hunter2", "MINE='hunter2", "MINE=\"hunter2", "=hunter2"] {
        let run =
            sign("superfolio", "--env-file my.env --secret-env MINE").file("my.env", format!("A=b\n{line}\nB=c\n"));
        let finished = run.exits(2).says("my.env");
        assert!(!finished.stderr().contains("hunter2"), "{}", finished.stderr());
    }
    sign("superfolio", "--env-file not-there").exits(3).says("not-there");
}

#[test]
fn a_bad_line_of_an_env_file_is_told_by_its_number() {
    let run = sign("superfolio", "--env-file my.env --secret-env MINE").file("my.env", "A=b\nMINE=a b\nB=c\n");
    run.exits(2).says("my.env:2");
}

#[test]
fn no_command_prints_a_secret() {
    let secret = "correct-horse-battery-staple";
    let check = |run: Run| {
        let finished = run.env("HOOKPROOF_SECRET", secret).output();
        let all = finished.stdout() + &finished.stderr();
        assert!(!all.is_empty() && !all.contains(secret), "{all}");
    };
    for event in ["superfolio/form.submitted", "superleap/lead.create", "fingerprinting-api/NEW_VISIT"] {
        for words in ["", "-v", "--dry-run", "--json"] {
            check(hookproof(&format!("send {event} --to self {words}")));
        }
        check(hookproof(&format!("render {event} --format curl --to 3000/hook")));
        check(hookproof(&format!("render {event} --format http --to 3000/hook")));
    }
    check(sign("fingerprinting-api", ""));
    check(sign("fingerprinting-api", "--json"));
}

#[test]
fn a_token_that_the_receiver_echoes_is_not_printed() {
    let secret = "correct-horse-battery-staple";
    let stub =
        stub(|got| (401, vec![("X-Echo", got.all("x-webhook-signature").concat())], format!("{:?}", got.headers)));
    for words in ["", "-v", "--json"] {
        let run = hookproof(&format!("send fingerprinting-api/NEW_VISIT {words} --to {}", stub.url));
        let finished = run.env("HOOKPROOF_SECRET", secret).exits(1);
        assert!(!finished.stdout().contains(secret), "{}", finished.stdout());
    }
}

/// Once it was found in the spellings that a list had, and in no other.
#[test]
fn a_secret_that_a_receiver_returns_is_not_printed_in_any_spelling() {
    let secret = r#"s3cr"t/k&y+1 of mine"#;
    for spelled in [
        r#"s3cr\"t\/k&y+1 of mine"#,
        r"s3cr\u0022t\u002fk\u0026y+1 of mine",
        "s3cr&quot;t&#47;k&amp;y&#x2B;1 of mine",
        "s3cr%22t%2Fk%26y%2B1+of+mine",
        "s3cr%22t%2fk%26y%2b1%20of%20mine",
        "czNjciJ0L2smeSsxIG9mIG1pbmU=",
        "dXNlcjpzM2NyInQvayZ5KzEgb2YgbWluZQ==",
        "dXNlcnM6czNjciJ0L2smeSsxIG9mIG1pbmU=",
    ] {
        let stub = stub(move |_| (401, vec![("X-Debug", spelled.to_string())], format!("expected <{spelled}>")));
        let send = "send superfolio/form.submitted";
        for words in [&format!("{send} -v"), &format!("{send} --json"), "run story.toml --junit /dev/stdout"] {
            let run = hookproof(&format!("{words} --to {}", stub.url)).file("story.toml", STORY);
            let finished = run.env("HOOKPROOF_SECRET", secret).exits(1);
            let text = finished.stdout() + &finished.stderr();
            assert!(text.contains("[secret]"), "{words} {spelled}: {text}");
            for part in ["of mine", "of+mine", "of%20mine", "zM2NyInQvayZ5KzEgb2YgbWlu", "NjciJ0L2smeSsxIG9mIG1pb"] {
                assert!(!text.contains(part), "{words} {spelled}: {text}");
            }
        }
    }
}

#[test]
fn a_password_in_the_target_is_not_printed() {
    let stub = accepting();
    let to = stub.url.replace("http://", "http://someone:hunter2@");
    for words in ["-v", "--json", "--dry-run"] {
        let finished = hookproof(&format!("send komo/SiteViewed {words} --to {to}")).exits(0);
        assert!(!finished.stdout().contains("hunter2"), "{}", finished.stdout());
    }
}

#[test]
fn a_secret_that_came_as_something_else_is_not_printed() {
    let secret = "correct-horse-battery-staple";
    let listener = crate::support::listen(Run::new().env("HOOKPROOF_SECRET", secret));
    let head = format!(
        "POST /hook?token={secret} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\nX-Superfolio-Signature: {secret}\r\n\
         Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    assert!(crate::support::raw(listener.port, head.as_bytes()).starts_with("HTTP/1.1 401"));
    listener.signal("INT");
    let shown = listener.exits(0).stdout();
    assert!(shown.contains("Bearer [secret]") && shown.contains("token=[secret]"), "{shown}");
    assert!(!shown.contains(secret), "{shown}");
    for words in ["", "--json"] {
        let run = hookproof(&format!("verify body -p superfolio {words} --signature {secret}")).file("body", "{}");
        let finished = run.env("HOOKPROOF_SECRET", secret).exits(1);
        assert!(finished.stdout().contains("[secret]") && !finished.stdout().contains(secret), "{}", finished.stdout());
    }
}

#[test]
fn a_secret_given_for_a_name_is_not_repeated() {
    let finished =
        sign("superfolio", "--secret-env correct-horse=battery").exits(2).says("takes the name of a variable");
    assert!(!finished.stderr().contains("battery"), "{}", finished.stderr());
}

#[test]
fn an_empty_variable_is_an_error_only_where_it_is_wanted() {
    signs_with(
        sign("superfolio", "").env("SUPERFOLIO_WEBHOOK_SECRET", "mine").env("SUPERLEAP_WEBHOOK_SECRET", ""),
        "mine",
    );
    hookproof("render form.submitted").env("SUPERFOLIO_WEBHOOK_SECRET", "").exits(0);
    hookproof("listen --port 0 --for 100ms").env("SUPERLEAP_WEBHOOK_SECRET", "").exits(2).says("empty");
}

/// Once a line inside a quoted value of several lines set a variable of its own, and won.
#[test]
fn a_line_inside_a_quoted_value_sets_no_variable() {
    let words = "render form.submitted --format http --to 3000/h --seed 1 --at 1700000000 --secret-env KEY";
    let expected = hookproof(words).env("KEY", "right_secret_0123456789").exits(0).stdout();
    let with = |file: &str| hookproof(&format!("{words} --env-file .env")).file(".env", file);
    for quote in ["\"", "'", "`"] {
        let file =
            format!("KEY=right_secret_0123456789\nNOTE={quote}first\nKEY=wrong_secret_0123456789\nlast{quote}\n");
        assert_eq!(with(&file).exits(0).stdout(), expected, "{quote}");
        assert_eq!(with(&file.replace('\n', "\r\n")).exits(0).stdout(), expected, "{quote}");
    }
    for (file, line) in
        [("KEY=right\nNOTE='it\\'s\nKEY=wrong_secret\nlast'\n", 2), ("NOTE=\"1\n2\"\nKEY=\"wrong_secret\n", 3)]
    {
        let finished = with(file).exits(2).says(&format!(".env:{line}: the value of KEY can't be read"));
        assert!(!finished.stderr().contains("wrong_secret"), "{}", finished.stderr());
    }
}
