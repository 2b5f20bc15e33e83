//! `b2 account`.

use serde_json::Value;

use crate::env::{TestEnv, failed, run_with_input, succeeded};

fn authorize(env: &TestEnv) -> Value {
    let credentials = env.server.credentials();
    // A slash at the end of the realm is ignored.
    let realm = format!("{}/", env.server.realm());
    let key = credentials.key.expose();
    let arguments = ["--realm", &realm, "account", "authorize", &credentials.key_id, key];
    let printed = succeeded(&env.anonymous(&arguments).output().unwrap());
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn a_login_is_stored_and_cleared() {
    let env = TestEnv::new();
    let json = authorize(&env);
    assert_eq!(json["isMasterKey"], true);
    assert_eq!(json["apiUrl"], env.server.realm());
    assert_eq!(json["accountFilePath"], env.path("account").to_str().unwrap());

    let list = env.anonymous(&["bucket", "list"]).output().unwrap();
    succeeded(&list);
    let get = env.anonymous(&["account", "get"]).output().unwrap();
    let got: Value = serde_json::from_str(&succeeded(&get)).unwrap();
    assert_eq!(got["applicationKeyId"], json["applicationKeyId"]);
    for secret in ["applicationKey", "accountAuthToken"] {
        assert!(got.get(secret).is_none() && json.get(secret).is_none(), "{secret}");
    }
    let all = env.anonymous(&["account", "get", "--show-secrets"]).output().unwrap();
    let all: Value = serde_json::from_str(&succeeded(&all)).unwrap();
    assert_eq!(all["applicationKey"], env.server.credentials().key.expose());
    assert!(all["accountAuthToken"].is_string());

    succeeded(&env.anonymous(&["account", "clear"]).output().unwrap());
    let list = env.anonymous(&["bucket", "list"]).output().unwrap();
    let error = failed(&list, 1);
    assert!(error.contains("b2 account authorize"), "{error}");
}

#[test]
fn a_key_from_the_environment_is_not_stored() {
    let env = TestEnv::new();
    env.ok(&["bucket", "list"]);
    assert!(env.names("").is_empty(), "{:?}", env.names(""));
    let half = env.b2(&["bucket", "list"]).env_remove("B2_APPLICATION_KEY").output().unwrap();
    let error = failed(&half, 1);
    assert!(error.contains("B2_APPLICATION_KEY is not"), "{error}");
}

#[test]
fn the_stored_account_is_not_used_for_another_realm() {
    let env = TestEnv::new();
    authorize(&env);
    let other =
        env.anonymous(&["--realm", "http://127.0.0.1:9", "bucket", "list"]).output().unwrap();
    let error = failed(&other, 1);
    assert!(error.contains(env.server.realm()), "{error}");
}

#[test]
fn a_corrupt_account_file_is_an_error_with_a_hint() {
    let env = TestEnv::new();
    env.write("account", "this is not a database, but long enough to be one");
    let list = env.anonymous(&["bucket", "list"]).output().unwrap();
    let error = failed(&list, 1);
    assert!(error.contains("account") && error.contains("authorize again"), "{error}");
    // A key in the environment does not need the file.
    env.ok(&["bucket", "list"]);
}

/// The key is typed at a terminal that Python's `pty` creates. Its output does not contain the key.
#[cfg(target_os = "linux")]
#[test]
fn a_typed_key_is_not_shown() {
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
        eprintln!("skipped: Python is needed for a terminal");
        return;
    }
    let env = TestEnv::new();
    let credentials = env.server.credentials();
    let key = credentials.key.expose();
    let mut command = env.wrapped(&["python3", "-c", TYPIST], &["-q", "account", "authorize"]);
    command.env_remove("B2_APPLICATION_KEY").env_remove("B2_APPLICATION_KEY_ID");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("TYPED_ID", &credentials.key_id).env("TYPED_KEY", key);
    let shown = succeeded(&command.output().unwrap());
    assert!(!shown.contains(key), "{shown}");
    assert!(env.path("account").exists(), "{shown}");
    succeeded(&env.anonymous(&["bucket", "list"]).output().unwrap());
}

#[test]
fn a_key_is_read_from_standard_input() {
    let env = TestEnv::new();
    let credentials = env.server.credentials();
    let mut command = env.anonymous(&["account", "authorize", &credentials.key_id]);
    command.env("B2_ENVIRONMENT", env.server.realm());
    succeeded(&run_with_input(command, format!("{}\n", credentials.key.expose()).as_bytes()));
    succeeded(&env.anonymous(&["bucket", "list"]).output().unwrap());

    let none = env.anonymous(&["account", "authorize"]).output().unwrap();
    let error = failed(&none, 1);
    assert!(error.contains("B2_APPLICATION_KEY"), "{error}");
}

/// The most detailed logs contain neither the key nor a token.
#[test]
fn no_log_shows_a_key() {
    let env = TestEnv::with_bucket();
    env.write("a", "1");
    let key = env.server.credentials().key.expose().to_owned();
    for arguments in [
        &["-vv", "file", "upload", "my-photos", "a", "a"][..],
        &["-vv", "file", "download", "b2://my-photos/a", "b"],
        &["-vv", "ls", "b2://my-photos"],
        &["-vv", "ls", "b2://no-such-bucket"],
    ] {
        let output = env.b2(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(&key), "{text}");
        for line in text.lines() {
            assert!(!line.to_ascii_lowercase().contains("authorization: "), "{line}");
        }
    }
}

/// Variables and files often end with a line break, which is not part of the key.
#[test]
fn spaces_around_a_key_are_ignored() {
    let env = TestEnv::new();
    let credentials = env.server.credentials();
    let padded = |text: &str| format!(" {text}\r\n");
    let mut command = env.b2(&["account", "get", "--show-secrets"]);
    command
        .env("B2_APPLICATION_KEY_ID", padded(&credentials.key_id))
        .env("B2_APPLICATION_KEY", padded(credentials.key.expose()));
    let json: Value = serde_json::from_str(&succeeded(&command.output().unwrap())).unwrap();
    assert_eq!(json["applicationKeyId"], credentials.key_id);
    assert_eq!(json["applicationKey"], credentials.key.expose());
}

#[test]
fn a_download_by_name_looks_up_no_bucket() {
    let env = TestEnv::with_bucket();
    env.write("ship.jpg", "hello");
    env.ok(&["-q", "file", "upload", "my-photos", "ship.jpg", "ship.jpg"]);
    let uri = "b2://my-photos/ship.jpg";
    let looked_up = env.requests("b2_list_buckets");
    for (arguments, requests) in [
        (["file", "download", uri, "back"].as_slice(), 2),
        (&["file", "cat", uri], 2),
        (&["file", "info", uri], 2),
    ] {
        let before = env.all_requests();
        env.ok(arguments);
        assert_eq!(env.all_requests() - before, requests, "{arguments:?}");
    }
    assert_eq!(env.requests("b2_list_buckets"), looked_up);

    // Only the error needs to know whether there is such a bucket.
    for arguments in [
        ["file", "download", "b2://no-such-bucket/ship.jpg", "back"].as_slice(),
        &["file", "cat", "b2://no-such-bucket/ship.jpg"],
        &["file", "info", "b2://no-such-bucket/ship.jpg"],
    ] {
        let error = env.fails(arguments);
        assert!(error.starts_with("Bucket not found: no-such-bucket."), "{error}");
        let error = env
            .fails(&[&arguments[..2], &["b2://my-photos/no-such-file"], &arguments[3..]].concat());
        assert!(error.starts_with("ERROR: File not present: no-such-file"), "{error}");
    }
}

#[test]
fn a_stored_account_needs_one_request_for_a_listing_or_a_download() {
    let env = TestEnv::with_bucket();
    env.write("ship.jpg", "hello");
    env.ok(&["account", "authorize"]);
    env.ok(&["-q", "file", "upload", "my-photos", "ship.jpg", "ship.jpg"]);
    for arguments in [
        ["ls", "b2://my-photos"].as_slice(),
        &["file", "download", "b2://my-photos/ship.jpg", "back"],
    ] {
        let before = env.all_requests();
        env.ok(arguments);
        assert_eq!(env.all_requests() - before, 1, "{arguments:?}");
    }
}
