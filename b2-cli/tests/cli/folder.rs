//! Whole folders.

use crate::world::World;

#[test]
fn a_folder_goes_up_and_comes_back() {
    let world = World::with_bucket();
    let large: Vec<u8> = (0..350_000_u32).map(|n| (n % 251) as u8).collect();
    world.write("in/a", "1");
    world.write("in/sub/b", "22");
    world.write("in/sub/large", &large);
    world.write("in/empty", "");
    let report = world.json(&["--json", "file", "upload", "-r", "my-photos", "in", "pre"]);
    assert_eq!((&report["files"], &report["failed"]), (&4.into(), &0.into()));
    assert!(world.requests("b2_upload_part") >= 4);
    assert_eq!(
        world.ok(&["ls", "-r", "b2://my-photos"]),
        "pre/a\npre/empty\npre/sub/b\npre/sub/large\n"
    );
    world.ok(&["file", "download", "-r", "b2://my-photos/pre", "out"]);
    assert_eq!(world.read("out/sub/large"), large);
    assert_eq!(world.names("out"), ["a", "empty", "sub"]);
    let time = |name: &str| std::fs::metadata(world.path(name)).unwrap().modified().unwrap();
    let millis = |name: &str| time(name).duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    assert_eq!(millis("in/a"), millis("out/a"));
}

#[test]
fn one_file_that_fails_does_not_stop_the_others() {
    let world = World::with_bucket();
    world.write("in/a", "1");
    world.write("in/b\\c", "2");
    let error = world.fails(&["file", "upload", "-r", "my-photos", "in"]);
    if cfg!(unix) {
        assert!(error.contains("backslash") && error.contains("1 of 2 files"), "{error}");
        assert_eq!(world.ok(&["ls", "-r", "b2://my-photos"]), "a\n");
    }
}
