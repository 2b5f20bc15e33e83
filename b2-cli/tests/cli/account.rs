//! `b2 account`.

use serde_json::Value;

use crate::world::{World, failed, fed, succeeded};

fn authorize(world: &World) -> Value {
    let credentials = world.server.credentials();
    // A slash at the end of the realm does not matter.
    let realm = format!("{}/", world.server.realm());
    let key = credentials.key.expose();
    let arguments = ["--realm", &realm, "account", "authorize", &credentials.key_id, key];
    let printed = succeeded(&world.anonymous(&arguments).output().unwrap());
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn a_login_is_kept_and_forgotten() {
    let world = World::new();
    let json = authorize(&world);
    assert_eq!(json["isMasterKey"], true);
    assert_eq!(json["apiUrl"], world.server.realm());
    assert_eq!(json["accountFilePath"], world.path("account").to_str().unwrap());

    let list = world.anonymous(&["bucket", "list"]).output().unwrap();
    succeeded(&list);
    let get = world.anonymous(&["account", "get"]).output().unwrap();
    let got: Value = serde_json::from_str(&succeeded(&get)).unwrap();
    assert_eq!(got["applicationKeyId"], json["applicationKeyId"]);
    for secret in ["applicationKey", "accountAuthToken"] {
        assert!(got.get(secret).is_none() && json.get(secret).is_none(), "{secret}");
    }
    let all = world.anonymous(&["account", "get", "--show-secrets"]).output().unwrap();
    let all: Value = serde_json::from_str(&succeeded(&all)).unwrap();
    assert_eq!(all["applicationKey"], world.server.credentials().key.expose());
    assert!(all["accountAuthToken"].is_string());

    succeeded(&world.anonymous(&["account", "clear"]).output().unwrap());
    let list = world.anonymous(&["bucket", "list"]).output().unwrap();
    let error = failed(&list, 1);
    assert!(error.contains("b2 account authorize"), "{error}");
}

#[test]
fn a_key_of_the_environment_is_written_nowhere() {
    let world = World::new();
    world.ok(&["bucket", "list"]);
    assert!(world.names("").is_empty(), "{:?}", world.names(""));
    let half = world.b2(&["bucket", "list"]).env_remove("B2_APPLICATION_KEY").output().unwrap();
    let error = failed(&half, 1);
    assert!(error.contains("B2_APPLICATION_KEY is not"), "{error}");
}

#[test]
fn the_stored_account_is_not_used_for_another_realm() {
    let world = World::new();
    authorize(&world);
    let other =
        world.anonymous(&["--realm", "http://127.0.0.1:9", "bucket", "list"]).output().unwrap();
    let error = failed(&other, 1);
    assert!(error.contains(world.server.realm()), "{error}");
}

#[test]
fn a_corrupt_account_file_says_how_to_go_on() {
    let world = World::new();
    world.write("account", "this is no database, and never was one of any kind");
    let list = world.anonymous(&["bucket", "list"]).output().unwrap();
    let error = failed(&list, 1);
    assert!(error.contains("account") && error.contains("authorize again"), "{error}");
    // A key in the environment does not need the file.
    world.ok(&["bucket", "list"]);
}

/// The key is typed at a terminal that Python's `pty` makes; nothing that it shows contains the key.
#[cfg(target_os = "linux")]
#[test]
fn a_key_that_is_typed_is_not_shown() {
    const TYPIST: &str = r#"
import os, pty, sys, termios
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown = b""
def until(text):
    global shown
    while text not in shown:
        shown += os.read(terminal, 1000)
until(b"ID: ")
os.write(terminal, os.environ["TYPED_ID"].encode() + b"\n")
until(b"(not shown): ")
while termios.tcgetattr(terminal)[3] & termios.ECHO:
    pass
os.write(terminal, os.environ["TYPED_KEY"].encode() + b"\n")
try:
    while True:
        more = os.read(terminal, 1000)
        if not more:
            break
        shown += more
except OSError:
    pass
os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
"#;
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        eprintln!("not tried: there is no Python to make a terminal");
        return;
    }
    let world = World::new();
    let credentials = world.server.credentials();
    let key = credentials.key.expose();
    let mut command = world.wrapped(&["python3", "-c", TYPIST], &["-q", "account", "authorize"]);
    command.env_remove("B2_APPLICATION_KEY").env_remove("B2_APPLICATION_KEY_ID");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("TYPED_ID", &credentials.key_id).env("TYPED_KEY", key);
    let shown = succeeded(&command.output().unwrap());
    assert!(!shown.contains(key), "{shown}");
    assert!(world.path("account").exists(), "{shown}");
    succeeded(&world.anonymous(&["bucket", "list"]).output().unwrap());
}

#[test]
fn a_key_is_read_from_standard_input() {
    let world = World::new();
    let credentials = world.server.credentials();
    let mut command = world.anonymous(&["account", "authorize", &credentials.key_id]);
    command.env("B2_ENVIRONMENT", world.server.realm());
    succeeded(&fed(command, format!("{}\n", credentials.key.expose()).as_bytes()));
    succeeded(&world.anonymous(&["bucket", "list"]).output().unwrap());

    let none = world.anonymous(&["account", "authorize"]).output().unwrap();
    let error = failed(&none, 1);
    assert!(error.contains("B2_APPLICATION_KEY"), "{error}");
}

/// Nothing that is said on the way, in whatever detail, shows the key or a token.
#[test]
fn no_log_shows_a_key() {
    let world = World::with_bucket();
    world.write("a", "1");
    let key = world.server.credentials().key.expose().to_owned();
    for arguments in [
        &["-vv", "file", "upload", "my-photos", "a", "a"][..],
        &["-vv", "file", "download", "b2://my-photos/a", "b"],
        &["-vv", "ls", "b2://my-photos"],
        &["-vv", "ls", "b2://no-such-bucket"],
    ] {
        let output = world.b2(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(&key), "{text}");
        for line in text.lines() {
            assert!(!line.to_ascii_lowercase().contains("authorization: "), "{line}");
        }
    }
}

/// The end of a line that a file or a variable adds is no part of a key.
#[test]
fn spaces_around_a_key_do_not_matter() {
    let world = World::new();
    let credentials = world.server.credentials();
    let padded = |text: &str| format!(" {text}\r\n");
    let mut command = world.b2(&["account", "get", "--show-secrets"]);
    command
        .env("B2_APPLICATION_KEY_ID", padded(&credentials.key_id))
        .env("B2_APPLICATION_KEY", padded(credentials.key.expose()));
    let json: Value = serde_json::from_str(&succeeded(&command.output().unwrap())).unwrap();
    assert_eq!(json["applicationKeyId"], credentials.key_id);
    assert_eq!(json["applicationKey"], credentials.key.expose());
}
