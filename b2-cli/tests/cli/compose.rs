//! Files made of others: `b2 file server-side-copy`, `copy-by-id`, `concatenate`, and incremental uploads.

use crate::env::TestEnv;

fn upload(env: &TestEnv, name: &str, content: &str) -> String {
    env.write("content", content);
    let file = env.json(&[
        "--json",
        "file",
        "upload",
        "my-photos",
        "content",
        name,
        "--content-type",
        "text/plain",
        "--info",
        "color=red",
    ]);
    file["fileId"].as_str().unwrap().to_owned()
}

/// Runs a command that cannot succeed, and returns what it says.
fn refused(env: &TestEnv, words: &[&str]) -> String {
    let output = env.b2(words).output().unwrap();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{words:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn uri(name: &str) -> String {
    format!("b2://my-photos/{name}")
}

#[test]
fn a_file_is_copied_by_name_and_by_id() {
    let env = TestEnv::with_bucket();
    let id = upload(&env, "source", "0123456789");
    let copy = env.json(&["file", "server-side-copy", &uri("source"), &uri("copy")]);
    assert_eq!((&copy["fileName"], &copy["fileInfo"]["color"]), (&"copy".into(), &"red".into()));
    assert_eq!(env.ok(&["file", "cat", &uri("copy")]), "0123456789");
    let by_id = format!("b2id://{id}");
    env.ok(&["file", "server-side-copy", "--range", "2,4", &by_id, &uri("range")]);
    assert_eq!(env.ok(&["file", "cat", &uri("range")]), "234");
    let info = ["--content-type", "text/html", "--info", "color=blue"];
    let copy = [&["file", "copy-by-id"][..], &info, &[&*id, "my-photos", "other"]].concat();
    let copy = env.json(&copy);
    assert_eq!(copy["contentType"], "text/html");
    assert_eq!(copy["fileInfo"]["color"], "blue");
}

#[test]
fn a_copy_takes_both_content_type_and_file_info_or_neither() {
    let env = TestEnv::with_bucket();
    upload(&env, "source", "x");
    let (source, copy) = (uri("source"), uri("x"));
    let files = [source.as_str(), copy.as_str()];
    for half in [&["--content-type", "a/b"][..], &["--info", "a=b"], &["--no-info"]] {
        let words = [&["file", "server-side-copy"][..], half, &files].concat();
        let error = refused(&env, &words);
        assert!(error.contains("only when content type is"), "{error}");
    }
    let none = ["--content-type", "a/b", "--no-info"];
    let words = [&["file", "server-side-copy"][..], &none, &files].concat();
    assert!(env.json(&words)["fileInfo"].as_object().unwrap().is_empty());
    let error = refused(&env, &["file", "server-side-copy", &uri("source"), "b2id://4_z1"]);
    assert!(error.contains("b2://BUCKET/NAME"), "{error}");
    let beyond = ["file", "server-side-copy", "--range", "0,5", &uri("source"), &uri("x")];
    refused(&env, &beyond);
    let error = refused(&env, &["file", "server-side-copy", &uri("nothing"), &uri("x")]);
    assert!(error.contains("nothing"), "{error}");
}

#[test]
fn files_are_concatenated() {
    let env = TestEnv::with_bucket();
    let id = upload(&env, "remote", "remote ");
    env.write("local", "local ");
    let by_id = format!("b2id://{id}");
    let all = ["local", &uri("remote"), "local", &by_id, &uri("all")];
    let plan = env.ok(&[&["file", "concatenate", "--dry-run"][..], &all].concat());
    assert!(plan.contains("uploaded, 2 of 4 pieces downloaded first"), "{plan}");
    assert!(plan.contains("26 bytes in all: 26 bytes up"), "{plan}");
    refused(&env, &["file", "info", &uri("all")]);
    let made = [&["file", "concatenate", "--content-type", "text/plain"][..], &all].concat();
    assert_eq!(env.json(&made)["contentType"], "text/plain");
    assert_eq!(env.ok(&["file", "cat", &uri("all")]), "local remote local remote ");
    for (words, says) in [
        (&["local", "local"][..], "the last argument is the new file"),
        (&["missing", &uri("x")], "missing"),
        (&["b2id://4_z00", &uri("x")], "4_z00"),
        (&["b2://", &uri("x")], "not a file"),
    ] {
        let error = refused(&env, &[&["file", "concatenate"][..], words].concat());
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn an_incremental_upload_is_the_whole_file() {
    let env = TestEnv::with_bucket();
    env.write("log", "one\n");
    let upload = ["--json", "file", "upload", "--incremental-mode", "my-photos", "log", "log"];
    env.json(&upload);
    env.write("log", "one\ntwo\n");
    env.json(&upload);
    assert_eq!(env.ok(&["file", "cat", &uri("log")]), "one\ntwo\n");
    let stream = ["file", "upload", "--incremental-mode", "my-photos", "-", "log"];
    let error = refused(&env, &stream);
    assert!(error.contains("incremental"), "{error}");
}
