//! `b2 file`, `b2 ls` and `b2 rm`.

use std::process::Stdio;

use crate::env::{TestEnv, failed, run_with_input, signal, succeeded};

#[test]
fn a_file_is_uploaded_and_downloaded() {
    let env = TestEnv::with_bucket();
    env.write("ship.jpg", "hello");
    let printed = env.ok(&[
        "file",
        "upload",
        "my-photos",
        "ship.jpg",
        "2024/ship.jpg",
        "--info",
        "color=red",
        "--cache-control",
        "no-store",
        "--content-type",
        "image/jpeg",
    ]);
    let mut lines = printed.lines();
    let by_name = format!("URL by file name: {}/file/my-photos/2024/ship.jpg", env.server.realm());
    assert_eq!(lines.next(), Some(by_name.as_str()));
    assert!(lines.next().is_some_and(|line| line.starts_with("URL by fileId: ")));
    let json: String = lines.collect();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["fileInfo"]["color"], "red");
    assert!(json["fileInfo"]["src_last_modified_millis"].is_string());

    let printed = env.ok(&["file", "download", "b2://my-photos/2024/ship.jpg", "back"]);
    assert_eq!(env.read("back"), b"hello");
    for line in [
        "File name:           2024/ship.jpg",
        "File size:           5",
        "Encryption:          mode=SSE-B2, algorithm=AES256",
        "CacheControl:        no-store",
        "INFO color:          red",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    assert!(printed.ends_with("Checksum matches\nDownload finished\n"), "{printed}");

    let id = json["fileId"].as_str().unwrap();
    let uri = format!("b2id://{id}");
    assert_eq!(env.ok(&["file", "cat", &uri]), "hello");
    assert_eq!(env.ok(&["file", "download", "--range", "1,3", &uri, "-"]), "ell");
    assert_eq!(env.json(&["file", "info", &uri])["fileName"], "2024/ship.jpg");
    let by_name = env.json(&["file", "info", "b2://my-photos/2024/ship.jpg"]);
    assert_eq!((&by_name["size"], by_name["fileId"].as_str()), (&5.into(), Some(id)));
    let url = env.ok(&["file", "url", "--with-auth", "b2://my-photos/2024/ship.jpg"]);
    assert!(url.contains("/file/my-photos/2024/ship.jpg?Authorization="), "{url}");
}

#[test]
fn a_download_into_a_folder_replaces_no_file() {
    let env = TestEnv::with_bucket();
    env.write("a", "new");
    env.ok(&["file", "upload", "my-photos", "a", "sub/a.txt"]);
    env.write("target/keep", "");
    env.ok(&["file", "download", "b2://my-photos/sub/a.txt", "target"]);
    env.ok(&["file", "download", "b2://my-photos/sub/a.txt", "target"]);
    assert_eq!(env.names("target/sub"), ["a-1.txt", "a.txt"]);
}

#[test]
fn standard_input_is_uploaded() {
    let env = TestEnv::with_bucket();
    let input = vec![b'x'; 250_000];
    let command = env.b2(&["file", "upload", "my-photos", "-", "dump", "--part-size", "100k"]);
    succeeded(&run_with_input(command, &input));
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/dump"]).len(), 250_000);
    assert!(env.requests("b2_upload_part") >= 2);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_uploaded() {
    let env = TestEnv::with_bucket();
    let made = std::process::Command::new("mkfifo").arg(env.path("pipe")).status().unwrap();
    assert!(made.success());
    let path = env.path("pipe");
    let writer = std::thread::spawn(move || std::fs::write(path, "through a pipe").unwrap());
    env.ok(&["file", "upload", "my-photos", "pipe", "piped"]);
    writer.join().unwrap();
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/piped"]), "through a pipe");
}

#[test]
fn ls_shows_folders_versions_and_json() {
    let env = TestEnv::with_bucket();
    env.write("a", "1");
    assert_eq!(env.ok(&["ls", "--json", "b2://my-photos"]), "[]\n");
    for name in ["a.txt", "b/one", "b/two"] {
        env.ok(&["file", "upload", "my-photos", "a", name]);
    }
    assert_eq!(env.ok(&["ls", "b2://my-photos"]), "a.txt\nb/\n");
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "a.txt\nb/one\nb/two\n");
    assert_eq!(env.ok(&["ls", "b2://my-photos/b"]), "b/one\nb/two\n");
    assert_eq!(env.ok(&["ls", "b2://my-photos/b/one"]), "b/one\n");
    let long = env.ok(&["ls", "--long", "b2://my-photos"]);
    let columns =
        |line: usize| -> Vec<_> { long.lines().nth(line).unwrap().split_whitespace().collect() };
    assert_eq!((columns(0)[1], columns(0)[4], columns(0)[5]), ("upload", "1", "a.txt"));
    assert_eq!(columns(1), ["-", "-", "-", "-", "0", "b/"]);
    assert_eq!(long.lines().nth(1).unwrap().len(), 83 + 2 + 6 + 2 + 10 + 2 + 8 + 2 + 9 + 2 + 2);
    let json = env.json(&["ls", "--json", "b2://my-photos"]);
    // In JSON, a folder is the first file in it, as with Backblaze's tool.
    assert_eq!((&json[0]["fileName"], &json[1]["fileName"]), (&"a.txt".into(), &"b/one".into()));
    assert_eq!((json.as_array().unwrap().len(), &json[1]["action"]), (2, &"upload".into()));

    env.ok(&["file", "hide", "b2://my-photos/a.txt"]);
    assert_eq!(env.ok(&["ls", "b2://my-photos"]), "b/\n");
    assert_eq!(env.ok(&["ls", "--versions", "b2://my-photos/a.txt"]), "a.txt\na.txt\n");
    env.ok(&["file", "unhide", "b2://my-photos/a.txt"]);
    assert_eq!(env.ok(&["ls", "b2://my-photos"]), "a.txt\nb/\n");
}

#[test]
fn rm_deletes_what_its_dry_run_lists() {
    let env = TestEnv::with_bucket();
    env.write("a", "1");
    for name in ["a", "b/one", "b/two", "b/two"] {
        env.ok(&["file", "upload", "my-photos", "a", name]);
    }
    assert_eq!(env.ok(&["rm", "--dry-run", "-r", "b2://my-photos/b"]), "b/one\nb/two\n");
    let error = env.fails(&["rm", "b2://my-photos/b"]);
    assert!(error.contains("--recursive"), "{error}");
    let note = env.note(&["rm", "b2://my-photos/c"]);
    assert!(note.contains("there is no file with this name"), "{note}");
    env.ok(&["rm", "b2://my-photos/b/two"]);
    // The previous version is visible again.
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "a\nb/one\nb/two\n");
    assert_eq!(env.json(&["rm", "--json", "--versions", "-r", "b2://my-photos"])["deleted"], 3);
    assert_eq!(env.ok(&["ls", "-r", "--versions", "b2://my-photos"]), "");
}

#[test]
fn an_encrypted_file_needs_its_key() {
    let env = TestEnv::with_bucket();
    env.write("a", "secret");
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let with_key = |arguments: &[&str]| {
        let mut command = env.b2(arguments);
        command.env("B2_DESTINATION_SSE_C_KEY_B64", key).env("B2_SOURCE_SSE_C_KEY_B64", key);
        command.output().unwrap()
    };
    succeeded(&with_key(&[
        "file",
        "upload",
        "my-photos",
        "a",
        "a",
        "--destination-server-side-encryption",
        "SSE-C",
    ]));
    let uri = "b2://my-photos/a";
    let read = ["file", "cat", uri, "--source-server-side-encryption", "SSE-C"];
    assert_eq!(succeeded(&with_key(&read)), "secret");
    failed(&env.b2(&read).output().unwrap(), 2);
    env.fails(&["file", "cat", uri]);
}

/// An interrupted upload is listed as unfinished and can be cancelled.
#[cfg(unix)]
#[test]
fn an_interrupted_upload_can_be_cancelled() {
    use std::io::Read;

    let env = TestEnv::with_bucket();
    let mut child = env
        .b2(&["file", "upload", "my-photos", "-", "dump", "--part-size", "1000", "-v"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, &[7; 5_000]).unwrap();
    while env.requests("b2_upload_part") == 0 {
        std::thread::yield_now();
    }
    signal(&child, "-INT");
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{errors}");
    drop(stdin);
    assert!(errors.contains("Interrupted") && errors.contains("unfinished cancel"), "{errors}");

    let listed = env.ok(&["file", "large", "unfinished", "list", "b2://my-photos"]);
    let id = listed.split(' ').next().unwrap();
    let uri = format!("b2id://{id}");
    let parts = env.ok(&["file", "large", "parts", &uri]);
    assert!(parts.starts_with("    1  "), "{parts}");
    let cancelled = env.ok(&["file", "large", "unfinished", "cancel", "b2://my-photos"]);
    assert_eq!(cancelled, format!("{id} canceled\n"));
    assert_eq!(env.ok(&["large-file", "list", "b2://my-photos"]), "");
}

#[test]
fn a_closed_output_is_not_an_error() {
    let env = TestEnv::with_bucket();
    let mut child = env.b2(&["completion", "bash"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn quiet_means_json_only() {
    let env = TestEnv::with_bucket();
    env.write("a", "1");
    assert!(env.json(&["-q", "file", "upload", "my-photos", "a", "a"]).is_object());
    assert_eq!(env.ok(&["-q", "ls", "b2://my-photos"]), "");
    assert_eq!(env.json(&["-q", "--json", "ls", "b2://my-photos"]).as_array().unwrap().len(), 1);
}
