//! Projects of other users, and projects that name files which are not theirs: links, `..`, absolute paths.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use crate::support::programs::make_pipe;
use crate::support::testing::{bare, skipped};
use crate::support::{Run, Stub, accepting, hookproof, openssl_hmac};
use crate::trust::{SAMPLE, TOKEN};

/// A user who is neither the caller nor root.
const STRANGER: u32 = 65_534;

/// Gives a path, not what it leads to, to another user; whether this machine lets us.
fn give_away(path: &Path) -> bool {
    let given = std::os::unix::fs::lchown(path, Some(STRANGER), Some(STRANGER)).is_ok();
    if !given {
        skipped("only root gives files to other users");
    }
    given
}

fn near(stub: &Stub, lines: &str) -> String {
    format!("[targets.near]\nurl = \"{}\"\n{lines}\n", stub.url)
}

/// A repository `repo` in a folder that has a secret beside it.
fn project(words: &str, config: &str) -> Run {
    let run = hookproof(words).env("HOOKPROOF_JOURNAL", "").env("MINE", "hunter2!");
    let run = run.file("outside/key", "hunter2!").file("outside/.env", "MINE=hunter2!\n").file("repo/.git/HEAD", "");
    let run = run.file("outside/cat/acme/provider.toml", TOKEN).file("outside/cat/acme/form.submitted.json", SAMPLE);
    let run = run.file("outside/stories/a.toml", "summary = \"hunter2!\"\n[[step]]\nevent = \"komo/SiteViewed\"\n");
    run.file("repo/hookproof.toml", config).file("repo/app/x", "").within("repo")
}

/// Expects that nothing of a file outside of the project was used.
#[track_caller]
fn refused(run: Run, stub: &Stub) {
    let finished = run.exits(2).says("outside of the project").says("hookproof.toml:");
    assert!(!format!("{}{}", finished.stderr(), finished.stdout()).contains("hunter2!"), "{}", finished.stderr());
    assert!(stub.is_idle());
}

#[test]
fn a_secret_stands_in_no_file_outside_of_the_project() {
    let stub = accepting();
    let send = "send form.submitted --to near";
    for key in ["secret_file", "secret_env = \"MINE\"\nenv_file"] {
        let file = if key == "secret_file" { "key" } else { ".env" };
        let config = |path: &str| near(&stub, &format!("provider = \"superfolio\"\n{key} = \"{path}\""));
        for path in
            [format!("../outside/{file}"), format!("app/../../outside/{file}"), format!("./..//outside/./{file}")]
        {
            refused(project(send, &config(&path)), &stub);
            refused(project(&format!("{send} --config hookproof.toml"), &config(&path)), &stub);
            let run = project(send, &config(&path));
            refused(run.within("repo/app"), &stub);
        }
        let run = project(send, "");
        let absolute = run.folder().join("outside").join(file);
        refused(run.file("repo/hookproof.toml", config(&absolute.to_string_lossy())), &stub);
        // The file is a link, a folder on the way is, a link leads to a link.
        let run = project(send, &config("inner"));
        symlink(run.folder().join("outside").join(file), run.folder().join("repo/inner")).expect("a link");
        refused(run, &stub);
        let run = project(send, &config(&format!("folder/{file}")));
        symlink("../outside", run.folder().join("repo/folder")).expect("a link");
        refused(run, &stub);
        let run = project(send, &config("first"));
        symlink("second", run.folder().join("repo/first")).expect("a link");
        symlink(format!("../outside/{file}"), run.folder().join("repo/second")).expect("a link");
        refused(run, &stub);
        // A name that only begins like the root's.
        let run = project(send, &config(&format!("../repository/{file}")))
            .file(&format!("repository/{file}"), "MINE=hunter2!");
        refused(run, &stub);
        refused(project(send, &config("/proc/self/environ")), &stub);
    }
}

#[test]
fn a_link_within_the_project_is_followed() {
    let stub = accepting();
    let run =
        project("send form.submitted --to near", &near(&stub, "provider = \"superfolio\"\nsecret_file = \"app/key\""));
    let run = run.file("repo/keys/hook", "hunter2!");
    symlink("../keys/hook", run.folder().join("repo/app/key")).expect("a link");
    run.exits(0);
    let got = stub.next();
    assert_eq!(got.all("x-superfolio-signature"), [openssl_hmac("hunter2!", &got.body)]);
}

#[test]
fn catalogs_and_stories_are_below_the_root() {
    let stub = accepting();
    let send = "send acme/form.submitted --to near";
    let link = |run: Run, to: &str, at: &str| {
        let at = run.folder().join("repo").join(at);
        std::fs::create_dir_all(at.parent().expect("a folder")).expect("the folder");
        symlink(run.folder().join(to), at).expect("a link");
        run
    };
    let catalog = near(&stub, "").replace("[targets", "catalogs = [\"cat\"]\n[targets");
    let other = catalog.replace("\"cat\"", "\"../outside/cat\"");
    refused(project(send, &other), &stub);
    refused(project("events", &other), &stub);
    refused(project("config", &other), &stub);
    refused(project("config trust", &other), &stub);
    refused(link(project(send, &catalog), "outside/cat", "cat"), &stub);
    refused(link(project(send, &catalog), "outside/cat/acme", "cat/acme"), &stub);
    for file in ["provider.toml", "form.submitted.json"] {
        let run = project(send, &catalog).file("repo/cat/acme/provider.toml", TOKEN);
        let run = run.file("repo/cat/acme/form.submitted.json", SAMPLE);
        std::fs::remove_file(run.folder().join("repo/cat/acme").join(file)).expect("it was there");
        refused(link(run, &format!("outside/cat/acme/{file}"), &format!("cat/acme/{file}")), &stub);
    }
    let run = project(send, &catalog).file("repo/cat/acme/provider.toml", TOKEN);
    let run = run.file("repo/cat/acme/form.submitted.json", SAMPLE);
    refused(link(run, "outside/stories/a.toml", "cat/acme/stories/a.toml"), &stub);
    let stories = near(&stub, "").replace("[targets", "stories = \"stories\"\n[targets");
    let story = "send @a --to near";
    refused(project(story, &stories.replace("\"stories\"", "\"../outside/stories\"")), &stub);
    refused(link(project(story, &stories), "outside/stories", "stories"), &stub);
    refused(link(project(story, &stories), "outside/stories/a.toml", "stories/a.toml"), &stub);
    refused(link(project("run @a --to near", &stories), "outside/stories/a.toml", "stories/a.toml"), &stub);
}

#[test]
fn without_a_repository_the_root_is_the_configurations_folder() {
    let stub = accepting();
    let config = near(&stub, "provider = \"superfolio\"\nsecret_file = \"../key\"");
    let run = hookproof("send form.submitted --to near").file("key", "hunter2!").file("a/hookproof.toml", &config);
    refused(run.within("a"), &stub);
    let run = hookproof("send form.submitted --to near --config a/hookproof.toml");
    refused(run.file("key", "hunter2!").file("a/hookproof.toml", &config), &stub);
    // In a worktree `.git` is a file, and the root is where it stands.
    let run = hookproof("send form.submitted --to near").file(".git", "gitdir: /nowhere").file("key", "hunter2!");
    run.file("a/hookproof.toml", &config).within("a").exits(0);
    assert!(!stub.next().all("x-superfolio-signature").is_empty());
}

#[test]
fn what_is_no_regular_file_is_not_read() {
    let stub = accepting();
    for lines in ["secret_file = \"x\"", "secret_env = \"OTHER\"\nenv_file = \"x\""] {
        let config = near(&stub, &format!("provider = \"superfolio\"\n{lines}"));
        let run = project("send form.submitted --to near", &config);
        make_pipe(&run.folder().join("repo/x"));
        run.exits(3).says("it is not a regular file");
        let run = project("send form.submitted --to near", &config).file("repo/x/y", "");
        run.exits(3);
    }
    let run = hookproof("send komo/SiteViewed --to 1").file("x", "");
    make_pipe(&run.folder().join("hookproof.toml"));
    // Nothing waits for a pipe that was merely found.
    run.exits(3).prints("no connection");
    assert!(stub.is_idle());
}

#[test]
fn a_configuration_of_another_user_is_ignored_and_told() {
    let stub = accepting();
    let config = near(&stub, "secret_env = \"MINE\"").replace("[targets", "target = \"near\"\n[targets");
    for folder in ["", "app", "app/api"] {
        let run = hookproof("send form.submitted").env("MINE", "hunter2!").file(".git/HEAD", "");
        let run = run.file("hookproof.toml", &config).file("app/api/x", "").within(folder);
        if !give_away(&run.folder().join("hookproof.toml")) {
            return;
        }
        let finished =
            run.exits(2).says("hookproof.toml is ignored: it belongs to another user (65534").says("--config");
        assert!(finished.stderr().contains("no target is given"), "{}", finished.stderr());
    }
    // Whoever names it takes it.
    let run = hookproof("send form.submitted --config hookproof.toml").env("MINE", "hunter2!");
    let run = run.file("hookproof.toml", &config);
    give_away(&run.folder().join("hookproof.toml"));
    let finished = run.exits(0);
    assert!(!finished.stderr().contains("ignored"));
    stub.next();
    // A Tab says nothing.
    let run = hookproof("__complete fish 0 hookproof send --to").arg("").file("hookproof.toml", &config);
    give_away(&run.folder().join("hookproof.toml"));
    let finished = run.output();
    assert!(!finished.stdout().contains("near") && finished.stderr().is_empty(), "{}", finished.stderr());
    assert!(stub.is_idle());
}

#[test]
fn a_configuration_that_leads_out_of_its_project_is_ignored() {
    let stub = accepting();
    let config = near(&stub, "").replace("[targets", "target = \"near\"\n[targets");
    let run = project("send komo/SiteViewed", "").file("outside/credentials", "password = hunter2!");
    let link = run.folder().join("repo/hookproof.toml");
    std::fs::remove_file(&link).expect("it was there");
    symlink("../outside/credentials", &link).expect("a link");
    let finished = run.exits(2).says("hookproof.toml is ignored: it leads to");
    assert!(!finished.stderr().contains("hunter2!"), "{}", finished.stderr());
    let run = project("send komo/SiteViewed", "").file("repo/config/usual.toml", &config);
    let link = run.folder().join("repo/hookproof.toml");
    std::fs::remove_file(&link).expect("it was there");
    symlink("config/usual.toml", &link).expect("a link");
    run.exits(0);
    stub.next();
}

#[test]
fn an_own_configuration_above_a_strangers_counts() {
    let stub = accepting();
    let config = near(&stub, "").replace("[targets", "target = \"near\"\n[targets");
    let run = hookproof("send komo/SiteViewed").file(".git/HEAD", "").file("hookproof.toml", &config);
    let run = run.file("a/hookproof.toml", "[targets.x]\nurl = \"1\"\n").within("a");
    if !give_away(&run.folder().join("a/hookproof.toml")) {
        return;
    }
    run.exits(0).says("note: hookproof.toml is ignored").says("../hookproof.toml is used");
    stub.next();
}

#[test]
fn a_repository_of_another_user_extends_no_search() {
    let stub = accepting();
    let config = near(&stub, "").replace("[targets", "target = \"near\"\n[targets");
    for git in [".git/HEAD", ".git"] {
        let run = hookproof("send komo/SiteViewed").file(git, "").file("hookproof.toml", &config);
        let run = run.file("a/b/x", "").within("a/b");
        if !give_away(&run.folder().join(".git")) {
            return;
        }
        run.exits(2)
            .says("../../.git is ignored: it belongs to another user (65534")
            .says("--config ../../hookproof.toml");
        // What another user's repository adds nothing to is not spoken of.
        let run = hookproof("events komo").file(git, "").file("a/x", "").within("a");
        give_away(&run.folder().join(".git"));
        assert_eq!(run.exits(0).stderr(), "");
    }
    assert!(stub.is_idle());
}

#[test]
fn a_strangers_repository_widens_no_root() {
    let stub = accepting();
    let config = near(&stub, "provider = \"superfolio\"\nsecret_file = \"../key\"");
    let run = hookproof("send form.submitted --to near").file("key", "hunter2!").file(".git/HEAD", "");
    let run = run.file("a/hookproof.toml", &config).within("a");
    if give_away(&run.folder().join(".git")) {
        refused(run, &stub);
    }
}

#[test]
fn a_strangers_link_to_the_users_own_file_is_a_strangers() {
    let stub = accepting();
    let config = near(&stub, "").replace("[targets", "target = \"near\"\n[targets");
    let run =
        hookproof("send komo/SiteViewed").file("mine/hookproof.toml", &config).file("there/x", "").within("there");
    let link = run.folder().join("there/hookproof.toml");
    symlink("../mine/hookproof.toml", &link).expect("a link");
    if !give_away(&link) {
        return;
    }
    run.exits(2).says("hookproof.toml is ignored: it belongs to another user");
    let run = hookproof("send komo/SiteViewed").file("mine/.git/HEAD", "").file("there/hookproof.toml", &config);
    let run = run.file("there/a/x", "").within("there/a");
    let link = run.folder().join("there/.git");
    symlink("../mine/.git", &link).expect("a link");
    give_away(&link);
    run.exits(2).says("../.git is ignored: it belongs to another user");
    // A link of the user's own to a stranger's file is a stranger's too.
    let run = hookproof("send komo/SiteViewed").file("theirs", &config);
    symlink("theirs", run.folder().join("hookproof.toml")).expect("a link");
    give_away(&run.folder().join("theirs"));
    run.exits(2).says("hookproof.toml is ignored: it belongs to another user");
    assert!(stub.is_idle());
}

#[test]
fn files_of_another_user_are_not_used_by_a_found_project() {
    let stub = accepting();
    let secret = near(&stub, "provider = \"superfolio\"\nsecret_file = \"key\"");
    let variables = near(&stub, "provider = \"superfolio\"\nsecret_env = \"MINE\"\nenv_file = \"key\"");
    let catalog = near(&stub, "").replace("[targets", "catalogs = [\"cat\"]\n[targets");
    let stories = near(&stub, "").replace("[targets", "stories = \"stories\"\n[targets");
    for (words, config, file) in [
        ("send form.submitted --to near", &secret, "key"),
        ("send form.submitted --to near", &variables, "key"),
        ("send komo/SiteViewed --to near", &catalog, "cat/acme/provider.toml"),
        ("send komo/SiteViewed --to near", &catalog, "cat/acme/form.submitted.json"),
        ("send @a --to near", &stories, "stories/a.toml"),
    ] {
        let make = |words: &str| {
            let run = project(words, config).file("repo/key", "MINE=hunter2!\n");
            let run = run.file("repo/cat/acme/provider.toml", TOKEN).file("repo/cat/acme/form.submitted.json", SAMPLE);
            let story = "summary = \"a\"\n[[step]]\nevent = \"komo/SiteViewed\"\n";
            let run = run.file("repo/stories/a.toml", story);
            give_away(&run.folder().join("repo").join(file)).then_some(run)
        };
        let Some(run) = make(words) else { return };
        run.exits(2).says("belongs to another user (65534)").says("--config hookproof.toml uses it");
        assert!(stub.is_idle());
        make(&format!("{words} --config hookproof.toml")).expect("as before").exits(0);
        stub.next();
    }
}

#[test]
fn what_root_owns_counts_for_everybody() {
    let stub = accepting();
    let config = near(&stub, "provider = \"superfolio\"\nsecret_env = \"MINE\"")
        .replace("[targets", "target = \"near\"\n[targets");
    let mut run =
        hookproof("send form.submitted").env("MINE", "hunter2!").file(".git/HEAD", "").file("hookproof.toml", &config);
    if chown(run.folder().join("hookproof.toml"), Some(0), Some(0)).is_err() {
        return skipped("only root gives files to root");
    }
    std::fs::set_permissions(run.folder(), std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let binary = run.folder().join("hookproof");
    std::fs::copy(crate::support::BINARY, &binary).expect("a copy that others can run");
    let mut command = bare(&binary, run.folder());
    command.args(["send", "form.submitted"]).env("MINE", "hunter2!").env("HOOKPROOF_JOURNAL", "");
    let output = command.uid(STRANGER).gid(STRANGER).output().expect("it starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    stub.next();
    run = run.file("x", "");
    drop(run);
}

#[test]
fn what_another_user_trusts_is_not_trusted() {
    let config =
        "[targets.far]\nurl = \"http://receiver.invalid/\"\nprovider = \"superfolio\"\nsecret_env = \"MINE\"\n";
    let run = hookproof("config trust").file("hookproof.toml", config);
    let home = run.folder().to_string_lossy().into_owned();
    let again = |words: &str| hookproof(words).at(run.folder()).env("HOME", &home).env("MINE", "hunter2!");
    again("config trust").exits(0);
    let store = run.folder().join(".config/hookproof/trusted");
    let file = std::fs::read_dir(&store).expect("a folder").next().expect("one").expect("an entry").path();
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&store)), (0o600, 0o700));
    if give_away(&file) {
        again("send form.submitted --to far").exits(2).says("it is not trusted");
    }
}

#[test]
fn a_path_of_any_bytes_can_be_trusted() {
    use std::os::unix::ffi::OsStrExt as _;
    let config =
        "[targets.far]\nurl = \"http://receiver.invalid/\"\nprovider = \"superfolio\"\nsecret_env = \"MINE\"\n";
    let run = hookproof("config trust");
    for name in [&b"a\xff\xfeb"[..], "a\n\u{1b}[31mb".as_bytes(), &[b'x'; 200]] {
        let folder = run.folder().join(std::ffi::OsStr::from_bytes(name));
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("hookproof.toml"), config).expect("a file");
        let home = run.folder().to_string_lossy().into_owned();
        let again = |words: &str| hookproof(words).at(&folder).env("HOME", &home).env("MINE", "hunter2!");
        again("send form.submitted --to far").exits(2);
        again("config trust").exits(0);
        again("send form.submitted --to far").exits(3);
        let listed = again("config trust --list").exits(0);
        assert!(listed.stdout().contains("trusted") && !listed.stdout().contains('\u{1b}'), "{}", listed.stdout());
        let mut revoke = again("config trust --revoke");
        revoke = revoke.arg(folder.join("hookproof.toml"));
        revoke.exits(0);
        again("send form.submitted --to far").exits(2);
    }
}
