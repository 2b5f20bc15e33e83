//! `b2 demo`.

use crate::env::{TestEnv, succeeded};

fn demo(env: &TestEnv, arguments: &[&str]) -> String {
    env.write("in/a", "1");
    env.write("in/sub/b", "22");
    env.write("in/target/not", "sent");
    let arguments = [&["demo", "in", "--size", "60k"], arguments].concat();
    succeeded(&env.anonymous(&arguments).output().unwrap())
}

#[test]
fn it_compares_every_byte() {
    let env = TestEnv::new();
    let text = demo(&env, &[]);
    assert!(text.contains("All 3 files are identical"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&demo(&env, &["--json"])).unwrap();
    assert_eq!(json["identical"], true);
    assert_eq!(json["phases"][0]["phase"], "upload");
}

#[test]
fn it_weathers_faults() {
    let env = TestEnv::new();
    let text = demo(&env, &["--faults", "3"]);
    assert!(text.contains("All 3 files are identical"), "{text}");
}
