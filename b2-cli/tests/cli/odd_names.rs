//! Names that B2 has and local rules once refused: read, hidden and deleted by name and by id.

use b2_proto::time::Timestamp;

use crate::world::World;

fn put(world: &World, name: &str, bytes: &'static str) -> String {
    let now = Timestamp::from_millis(1_700_000_000_000);
    world.server.with(|service| service.put_file(now, "my-photos", name, bytes)).unwrap()
}

const NAMES: [&str; 9] =
    ["photos/", "a//b", "/start", "a/../b", "./c", "..", "d/.", "back\\slash", "e/%2e%2e/f"];

#[test]
fn what_exists_is_read_by_name_and_by_id() {
    let world = World::with_bucket();
    put(&world, "b", "another file, to which a/../b must not lead");
    for name in NAMES {
        let id = put(&world, name, "odd");
        let uri = format!("b2://my-photos/{name}");
        let by_id = format!("b2id://{id}");
        for uri in [uri.as_str(), &by_id] {
            assert_eq!(world.ok(&["file", "cat", uri]), "odd", "{uri}");
            assert_eq!(world.json(&["file", "info", uri])["fileId"], id.as_str(), "{uri}");
            world.ok(&["file", "download", uri, "copy"]);
            assert_eq!(world.read("copy"), b"odd", "{uri}");
        }
        if !name.ends_with('/') {
            let listed = world.json(&["ls", "--json", "--versions", &uri]);
            assert_eq!(listed[0]["fileName"], name);
        }
        world.ok(&["file", "hide", &uri]);
        let error = world.fails(&["file", "cat", &uri]);
        assert!(error.contains(name), "{error}");
        world.ok(&["file", "unhide", &uri]);
        assert_eq!(world.ok(&["file", "cat", &uri]), "odd", "{uri}");
        world.ok(&["rm", &by_id]);
        world.fails(&["file", "info", &uri]);
    }
    assert_eq!(world.ok(&["ls", "-r", "--versions", "b2://my-photos"]), "b\n");
}

#[test]
fn rm_deletes_odd_names() {
    let world = World::with_bucket();
    for name in ["a//b", "a/../b", "..", "back\\slash"] {
        put(&world, name, "odd");
        world.ok(&["rm", &format!("b2://my-photos/{name}")]);
        assert_eq!(world.ok(&["ls", "-r", "b2://my-photos"]), "", "{name}");
    }
    for name in NAMES {
        put(&world, name, "odd");
    }
    let deleted = world.json(&["rm", "--json", "-r", "b2://my-photos"]);
    assert_eq!((&deleted["deleted"], &deleted["failed"]), (&NAMES.len().into(), &0.into()));
}

#[test]
fn a_url_leads_to_the_file_or_is_not_printed() {
    let world = World::with_bucket();
    world.ok(&["bucket", "update", "my-photos", "allPublic"]);
    for name in NAMES {
        let id = put(&world, name, "odd");
        let uri = format!("b2://my-photos/{name}");
        let dots = name.split('/').any(|part| part == "." || part == "..");
        for arguments in [&["file", "url", &uri][..], &["file", "url", "--with-auth", &uri]] {
            if dots {
                let error = world.fails(arguments);
                assert!(error.contains("b2id://FILE_ID") && error.contains(name), "{error}");
            } else {
                let url = world.ok(arguments);
                let (path, _) = url.split_once('?').unwrap_or((url.trim(), ""));
                let encoded = b2_proto::encoding::encode(name);
                assert!(path.ends_with(&format!("/file/my-photos/{encoded}")), "{url}");
            }
        }
        assert!(world.ok(&["file", "url", &format!("b2id://{id}")]).contains(&id));
    }
    world.write("a", "1");
    let printed = world.ok(&["file", "upload", "my-photos", "a", "x/../y"]);
    assert!(printed.contains("URL by file name: none"), "{printed}");
    assert!(!printed.contains("/x/../y?") && printed.contains("URL by fileId: "), "{printed}");
}

#[test]
fn a_bucket_may_have_dots() {
    let world = World::new();
    world.ok(&["bucket", "create", "my.photos.example", "allPrivate"]);
    world.write("a", "1");
    world.ok(&["file", "upload", "my.photos.example", "a", "a"]);
    assert_eq!(world.ok(&["ls", "b2://my.photos.example"]), "a\n");
    assert_eq!(world.ok(&["file", "cat", "b2://my.photos.example/a"]), "1");
    // The characters are checked here, the rest by the service.
    let error = world.fails(&["bucket", "create", "my..photos", "allPrivate"]);
    assert!(error.contains("dots"), "{error}");
    let output = world.b2(&["bucket", "create", "under_score", "allPrivate"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(world.requests("b2_create_bucket"), 2);
}

#[test]
fn a_folder_that_is_taken_for_a_file_is_explained() {
    let world = World::with_bucket();
    put(&world, "folder/a", "1");
    let error = world.fails(&["file", "download", "b2://my-photos/folder/", "x"]);
    assert!(error.contains("download -r"), "{error}");
}

/// B2 binds a token to the beginning of names.
#[test]
fn a_link_with_a_token_says_what_else_it_opens() {
    let world = World::with_bucket();
    put(&world, "a", "1");
    let output =
        world.b2(&["--json", "file", "url", "--with-auth", "b2://my-photos/a"]).output().unwrap();
    let errors = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.success() && errors.contains("starts with 'a'"), "{errors}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["url"].as_str().unwrap().contains("/a?Authorization="), "{json}");
    let output = world.b2(&["file", "url", "b2://my-photos/a"]).output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
}
