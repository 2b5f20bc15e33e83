//! Something else than B2 answers, or another file comes.

use b2_sim::faults::Rates;

use crate::world::World;

const FOLDER: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Files, some small and some in parts, and from now on these faults.
fn world(rates: Rates) -> World {
    let world = World::with_bucket();
    for name in FOLDER {
        world.write(&format!("in/{name}"), name);
    }
    world.write("in/large", vec![7; 350_000]);
    world.ok(&["file", "upload", "-r", "my-photos", "in"]);
    world.server.set_faults(Some((1, rates)));
    world
}

fn login_page() -> World {
    world(Rates { not_b2_downloads: 1_000, ..Rates::none() })
}

fn other_file() -> World {
    world(Rates { other_file: 1_000, ..Rates::none() })
}

fn id_of(world: &World, name: &str) -> String {
    world.server.with(|service| {
        let versions = service.versions("my-photos");
        let version = versions.iter().find(|version| version.file_name == name);
        format!("b2id://{}", version.unwrap().file_id)
    })
}

fn names_the_page(error: &str) {
    assert!(error.contains("something other than B2 answered"), "{error}");
    assert!(error.contains("200") && error.contains("text/html"), "{error}");
    assert!(error.contains("Log in to use this network."), "{error}");
}

#[test]
fn a_login_page_is_never_a_file_of_a_folder() {
    let world = login_page();
    let error =
        world.fails(&["--retry-for", "1", "file", "download", "-r", "b2://my-photos", "out"]);
    names_the_page(&error);
    assert!(world.names("out").is_empty(), "{:?}", world.names("out"));
}

#[test]
fn a_login_page_ends_a_folder_that_has_not_begun_once() {
    let world = login_page();
    let download = [
        "--json",
        "--retry-for",
        "0",
        "file",
        "download",
        "-r",
        "--threads",
        "1",
        "b2://my-photos",
    ];
    let output = world.b2(&download).arg("out").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error.matches("something other than B2 answered").count(), 1, "{error}");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["files"], &said["bytes"]), (&0.into(), &0.into()), "{said}");
    assert!(said["failed"].as_u64() >= Some(1), "{said}");
    assert!(said["error"].as_str().is_some_and(|error| error.contains("other than B2")), "{said}");
}

#[test]
fn a_login_page_is_no_file() {
    let world = login_page();
    for uri in ["b2://my-photos/a", "b2://my-photos/large", &id_of(&world, "a")] {
        let download = ["--retry-for", "1", "file", "download", uri, "copy"];
        names_the_page(&world.fails(&download));
        assert!(!world.path("copy").exists());
        let output = world.b2(&["--retry-for", "1", "file", "cat", uri]).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{output:?}");
    }
}

#[test]
fn nothing_is_said_about_a_file_that_b2_did_not_say() {
    let world = login_page();
    let output =
        world.b2(&["--retry-for", "1", "file", "info", "b2://my-photos/a"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{output:?}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("something other than B2 answered"), "{error}");

    let world = other_file();
    let error = world.fails(&["--retry-for", "1", "file", "info", "b2://my-photos/a"]);
    assert!(error.contains("'another/file'") && error.contains("'a'"), "{error}");
}

#[test]
fn another_file_is_not_taken_for_the_one_that_was_asked_for() {
    let world = other_file();
    for uri in ["b2://my-photos/a", "b2://my-photos/large", &id_of(&world, "large")] {
        let error = world.fails(&["--retry-for", "1", "file", "download", uri, "copy"]);
        assert!(error.contains("of another file") && error.contains(" instead of "), "{error}");
        assert!(!world.path("copy").exists());
    }
    let error =
        world.fails(&["--retry-for", "1", "file", "download", "-r", "b2://my-photos", "out"]);
    assert!(error.contains("of another file"), "{error}");
    assert!(world.names("out").is_empty(), "{:?}", world.names("out"));
}

#[test]
fn what_passes_costs_no_file() {
    let rates = Rates { not_b2_downloads: 300, other_file: 300, ..Rates::none() };
    let world = world(rates);
    world.ok(&["file", "download", "-r", "b2://my-photos", "out"]);
    for name in FOLDER {
        assert_eq!(world.read(&format!("out/{name}")), name.as_bytes());
    }
    assert_eq!(world.read("out/large"), vec![7; 350_000]);
}
