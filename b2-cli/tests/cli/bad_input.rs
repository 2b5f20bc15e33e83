//! Invalid input and failures: the message contains the cause and what to do, and no partial results remain.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Once};

use b2_sim::server::ServerOptions;

use crate::env::{TestEnv, failed, is_folder};

#[test]
fn a_path_that_is_not_a_file_is_not_uploaded() {
    let env = TestEnv::with_bucket();
    let error = env.fails(&["file", "upload", "my-photos", "missing", "a"]);
    assert!(error.contains("missing"), "{error}");
    env.write("folder/a", "");
    let error = env.fails(&["file", "upload", "my-photos", "folder", "a"]);
    assert!(error.contains("folder") && error.contains("--recursive"), "{error}");
    env.write("a", "");
    for (name, why) in [("/a", "slash"), ("a//b", "slashes"), ("a\u{1}", "U+0001")] {
        let error = env.fails(&["file", "upload", "my-photos", "a", name]);
        assert!(error.contains(why), "{error}");
    }
    let error = env.fails(&["file", "upload", "-r", "my-photos", "a"]);
    assert!(error.contains("not a folder"), "{error}");
    assert_eq!(env.requests("b2_get_upload_url"), 0);
}

/// The file changes after the large file was started and before a part is sent.
#[test]
fn a_file_that_changes_is_not_uploaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changing");
    std::fs::write(&path, vec![1; 250_000]).unwrap();
    let (changing, once) = (path.clone(), Once::new());
    let env = TestEnv::with(ServerOptions {
        on_request: Some(Arc::new(move |exchange| {
            if exchange.operation == "b2_start_large_file" {
                once.call_once(|| std::fs::write(&changing, vec![2; 150_000]).unwrap());
            }
        })),
        ..ServerOptions::default()
    });
    env.ok(&["bucket", "create", "my-photos", "allPrivate"]);
    let error = env.fails(&["file", "upload", "my-photos", path.to_str().unwrap(), "a"]);
    assert!(error.contains("became shorter") && error.contains("changing"), "{error}");
    assert_eq!(env.ok(&["ls", "b2://my-photos"]), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let env = TestEnv::with_bucket();
    env.write("a", vec![1; 100_000]);
    env.ok(&["file", "upload", "my-photos", "a", "a"]);
    let error = env.fails(&["file", "download", "b2://my-photos/a", "/dev/full"]);
    assert!(error.contains("/dev/full") && error.contains("space"), "{error}");
}

#[test]
fn a_download_that_fails_leaves_nothing() {
    let env = TestEnv::with_bucket();
    env.write("target/keep", "old");
    let error = env.fails(&["file", "download", "b2://my-photos/nothing", "target/keep"]);
    assert!(error.contains("nothing"), "{error}");
    assert_eq!(env.read("target/keep"), b"old");
    assert_eq!(env.names("target"), ["keep"]);
    let error = env.fails(&["file", "download", "b2://my-photos/nothing", "no/such/folder"]);
    assert!(error.contains("does not exist"), "{error}");
    assert!(!is_folder(&env.path("no")));
}

#[test]
fn unknown_names_are_errors_with_a_hint() {
    let env = TestEnv::with_bucket();
    for arguments in [
        &["ls", "b2://no-such-bucket"][..],
        &["bucket", "get", "no-such-bucket"],
        &["file", "download", "b2://no-such-bucket/a", "a"],
    ] {
        let error = env.fails(arguments);
        assert!(error.contains("no-such-bucket") && error.contains("b2 bucket list"), "{error}");
    }
    let error = env.fails(&["file", "info", "b2://my-photos/nothing"]);
    assert!(error.contains("nothing") && error.contains("b2 ls"), "{error}");
}

#[test]
fn a_wrong_key_is_reported() {
    let env = TestEnv::new();
    let mut command = env.b2(&["bucket", "list"]);
    command.env("B2_APPLICATION_KEY", "K000wrong");
    let error = failed(&command.output().unwrap(), 1);
    assert!(error.contains("key") && !error.contains("K000wrong"), "{error}");
    // A refused login does not replace the stored account.
    let mut command = env.b2(&["account", "authorize", "id", "K000wrong"]);
    failed(&command.env_remove("B2_APPLICATION_KEY").output().unwrap(), 1);
    assert!(!env.names("").contains(&"account".to_owned()) || env.read("account").is_empty());
}

#[test]
fn an_unreachable_server_is_reported() {
    let env = TestEnv::new();
    // A free port, on which no server listens.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let realm = format!("http://127.0.0.1:{port}");
    let mut command = env.b2(&["--retry-for", "0.1", "bucket", "list"]);
    let error = failed(&command.env("B2_ENVIRONMENT", realm).output().unwrap(), 1);
    assert!(error.contains("127.0.0.1") && error.contains("--retry-for"), "{error}");
}

/// The realm is a web server or an S3 endpoint.
#[test]
fn a_realm_that_is_not_b2_is_reported() {
    for (status, body, kind) in [
        (200, "<!doctype html><html><body>Welcome</body></html>", "text/html"),
        (404, "<!doctype html><html><body>Not here</body></html>", "text/html"),
        (
            200,
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>",
            "application/xml",
        ),
        (200, "{\"hello\": \"world\"}", "application/json"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let realm = format!("http://{}", listener.local_addr().unwrap());
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            let len = body.len();
            let answer = format!(
                "HTTP/1.1 {status} Status\r\nContent-Type: {kind}\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let env = TestEnv::new();
        let mut command = env.b2(&["bucket", "list", "--retry-for", "0"]);
        let error = failed(&command.env("B2_ENVIRONMENT", realm).output().unwrap(), 1);
        assert!(error.contains("realm"), "{error}");
        serving.join().unwrap();
    }
    let env = TestEnv::new();
    let mut command = env.b2(&["bucket", "list"]);
    let error = failed(&command.env("B2_ENVIRONMENT", "not a url").output().unwrap(), 1);
    assert!(error.contains("not a url"), "{error}");
}

/// B2 rejects new uploads with such names, but older files and other servers may have them.
#[test]
fn a_name_cannot_escape_the_folder() {
    let env = TestEnv::with_bucket();
    env.write("a", "evil");
    env.ok(&["file", "upload", "my-photos", "a", "x/../../escaped"]);
    env.write("target/inner/keep", "");
    let uploaded = env.json(&["ls", "-r", "--json", "b2://my-photos"]);
    let uri = format!("b2id://{}", uploaded[0]["fileId"].as_str().unwrap());
    let error = env.fails(&["file", "download", &uri, "target/inner"]);
    assert!(error.contains("x/../../escaped") && error.contains("path of your own"), "{error}");
    let error = env.fails(&["file", "download", "-r", "b2://my-photos", "target/inner"]);
    assert!(error.contains("x/../../escaped"), "{error}");
    assert_eq!(env.names("target"), ["inner"]);
    assert_eq!(env.names("target/inner"), ["keep"]);
    env.ok(&["file", "download", &uri, "mine"]);
}

#[test]
fn invalid_arguments_are_usage_errors() {
    let env = TestEnv::new();
    for arguments in [
        &["no-such-command"][..],
        &["ls", "s3://bucket"],
        &["file", "info", "b2://my-photos"],
        &["file", "hide", "b2id://4_z"],
        &["file", "upload", "my-photos", "a", "a", "--retain-until", "5"],
        &["file", "download", "b2://my-photos/a", "a", "--range", "5,1"],
        &["bucket", "update", "my-photos", "--default-retention-mode", "governance"],
        &["ls", "--include", "a"],
        &["ls", "--exclude", "", "b2://my-photos"],
        &["ls", "-r", "b2id://4_z"],
        &["rm", "b2://"],
        &["rm", "--versions", "b2id://4_z"],
        &["rm", "--exclude", "a", "b2id://4_z"],
        &["rm", "--queue-size", "-1", "b2://my-photos/a"],
        &["delete-file-version"],
        &["sim", "--key", "k"],
        &[],
    ] {
        let output = env.b2(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
    assert_eq!(env.requests("b2_authorize_account"), 0);
}

#[test]
fn a_content_type_that_no_header_carries_is_refused_before_anything_is_sent() {
    let env = TestEnv::with_bucket();
    env.write("a", "1");
    env.write("large", vec![1; 250_000]);
    for file in ["a", "large"] {
        for content_type in ["", "text/pl\u{e9}in", "text/plain\nX-Bz-Test: 1"] {
            let arguments =
                ["file", "upload", "--content-type", content_type, "my-photos", file, "a"];
            let error = env.fails(&arguments);
            assert!(error.contains("content type"), "{error}");
        }
    }
    assert_eq!(env.requests("b2_upload_file") + env.requests("b2_start_large_file"), 0);
}
