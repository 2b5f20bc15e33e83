//! `b2 demo`.

use crate::world::{World, succeeded};

fn demo(world: &World, arguments: &[&str]) -> String {
    world.write("in/a", "1");
    world.write("in/sub/b", "22");
    world.write("in/target/not", "sent");
    let arguments = [&["demo", "in", "--size", "60k"], arguments].concat();
    succeeded(&world.anonymous(&arguments).output().unwrap())
}

#[test]
fn it_compares_every_byte() {
    let world = World::new();
    let text = demo(&world, &[]);
    assert!(text.contains("All 3 files are identical"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&demo(&world, &["--json"])).unwrap();
    assert_eq!(json["identical"], true);
    assert_eq!(json["phases"][0]["phase"], "upload");
}

#[test]
fn it_weathers_faults() {
    let world = World::new();
    let text = demo(&world, &["--faults", "3"]);
    assert!(text.contains("All 3 files are identical"), "{text}");
}
