//! Files whose names are not valid for new uploads can be read, hidden and deleted by name and by ID.

use b2_proto::time::Timestamp;

use crate::env::TestEnv;

fn put(env: &TestEnv, name: &str, bytes: &'static str) -> String {
    let now = Timestamp::from_millis(1_700_000_000_000);
    env.server.with(|service| service.put_file(now, "my-photos", name, bytes)).unwrap()
}

const NAMES: [&str; 9] =
    ["photos/", "a//b", "/start", "a/../b", "./c", "..", "d/.", "back\\slash", "e/%2e%2e/f"];

#[test]
fn existing_files_are_read_by_name_and_by_id() {
    let env = TestEnv::with_bucket();
    put(&env, "b", "another file, to which a/../b must not lead");
    for name in NAMES {
        let id = put(&env, name, "odd");
        let uri = format!("b2://my-photos/{name}");
        let by_id = format!("b2id://{id}");
        for uri in [uri.as_str(), &by_id] {
            assert_eq!(env.ok(&["file", "cat", uri]), "odd", "{uri}");
            assert_eq!(env.json(&["file", "info", uri])["fileId"], id.as_str(), "{uri}");
            env.ok(&["file", "download", uri, "copy"]);
            assert_eq!(env.read("copy"), b"odd", "{uri}");
        }
        if !name.ends_with('/') {
            let listed = env.json(&["ls", "--json", "--versions", &uri]);
            assert_eq!(listed[0]["fileName"], name);
        }
        env.ok(&["file", "hide", &uri]);
        let error = env.fails(&["file", "cat", &uri]);
        assert!(error.contains(name), "{error}");
        env.ok(&["file", "unhide", &uri]);
        assert_eq!(env.ok(&["file", "cat", &uri]), "odd", "{uri}");
        env.ok(&["rm", &by_id]);
        env.fails(&["file", "info", &uri]);
    }
    assert_eq!(env.ok(&["ls", "-r", "--versions", "b2://my-photos"]), "b\n");
}

#[test]
fn rm_deletes_odd_names() {
    let env = TestEnv::with_bucket();
    for name in ["a//b", "a/../b", "..", "back\\slash"] {
        put(&env, name, "odd");
        env.ok(&["rm", &format!("b2://my-photos/{name}")]);
        assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "", "{name}");
    }
    for name in NAMES {
        put(&env, name, "odd");
    }
    let deleted = env.json(&["rm", "--json", "-r", "b2://my-photos"]);
    assert_eq!((&deleted["deleted"], &deleted["failed"]), (&NAMES.len().into(), &0.into()));
}

#[test]
fn a_url_leads_to_the_file_or_is_not_printed() {
    let env = TestEnv::with_bucket();
    env.ok(&["bucket", "update", "my-photos", "allPublic"]);
    for name in NAMES {
        let id = put(&env, name, "odd");
        let uri = format!("b2://my-photos/{name}");
        let dots = name.split('/').any(|part| part == "." || part == "..");
        for arguments in [&["file", "url", &uri][..], &["file", "url", "--with-auth", &uri]] {
            if dots {
                let error = env.fails(arguments);
                assert!(error.contains("b2id://FILE_ID") && error.contains(name), "{error}");
            } else {
                let url = env.ok(arguments);
                let (path, _) = url.split_once('?').unwrap_or((url.trim(), ""));
                let encoded = b2_proto::encoding::encode(name);
                assert!(path.ends_with(&format!("/file/my-photos/{encoded}")), "{url}");
            }
        }
        assert!(env.ok(&["file", "url", &format!("b2id://{id}")]).contains(&id));
    }
    env.write("a", "1");
    let printed = env.ok(&["file", "upload", "my-photos", "a", "x/../y"]);
    assert!(printed.contains("URL by file name: none"), "{printed}");
    assert!(!printed.contains("/x/../y?") && printed.contains("URL by fileId: "), "{printed}");
}

#[test]
fn a_bucket_may_have_dots() {
    let env = TestEnv::new();
    env.ok(&["bucket", "create", "my.photos.example", "allPrivate"]);
    env.write("a", "1");
    env.ok(&["file", "upload", "my.photos.example", "a", "a"]);
    assert_eq!(env.ok(&["ls", "b2://my.photos.example"]), "a\n");
    assert_eq!(env.ok(&["file", "cat", "b2://my.photos.example/a"]), "1");
    // The command checks the characters, the service the rest.
    let error = env.fails(&["bucket", "create", "my..photos", "allPrivate"]);
    assert!(error.contains("dots"), "{error}");
    let output = env.b2(&["bucket", "create", "under_score", "allPrivate"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(env.requests("b2_create_bucket"), 2);
}

#[test]
fn a_folder_given_as_a_file_is_an_error_with_a_hint() {
    let env = TestEnv::with_bucket();
    put(&env, "folder/a", "1");
    let error = env.fails(&["file", "download", "b2://my-photos/folder/", "x"]);
    assert!(error.contains("download -r"), "{error}");
}

/// A download authorization of B2 is valid for all names with a prefix.
#[test]
fn a_url_with_a_token_is_printed_with_its_scope() {
    let env = TestEnv::with_bucket();
    put(&env, "a", "1");
    let output =
        env.b2(&["--json", "file", "url", "--with-auth", "b2://my-photos/a"]).output().unwrap();
    let errors = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.success() && errors.contains("starts with 'a'"), "{errors}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["url"].as_str().unwrap().contains("/a?Authorization="), "{json}");
    let output = env.b2(&["file", "url", "b2://my-photos/a"]).output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
}
