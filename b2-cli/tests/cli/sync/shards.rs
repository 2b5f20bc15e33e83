//! Parts for several machines.

use super::*;

#[test]
fn the_parts_do_together_what_one_run_does() {
    let env = TestEnv::with_bucket();
    for number in 0..10 {
        write_at(&env, &format!("in/{number}"), "1", THEN);
        put_at(&env, &format!("{number}x"), "1", THEN);
    }
    let printed = env.ok(&["sync", "--shards", "3", "in", "b2://my-photos"]);
    let shards: Vec<Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(shards.len(), 3);
    assert_eq!((&shards[0]["start"], &shards[2]["end"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&shards[1]["source"], &shards[1]["destination"]),
        (&"in".into(), &"b2://my-photos/".into())
    );
    assert_eq!(env.requests("b2_upload_file"), 0);
    env.write("shards", &printed);
    let mut lines = Vec::new();
    for index in ["0", "1", "2"] {
        lines.extend(sync(
            &env,
            &["--shard", "shards", "--index", index, "--delete", "--max-delete", "100%"],
        ));
    }
    assert_eq!(lines.iter().filter(|line| line.starts_with("upload")).count(), 10);
    assert_eq!(lines.iter().filter(|line| line.starts_with("delete")).count(), 10);
    assert!(sync(&env, &["in", "b2://my-photos"]).is_empty());
}

#[test]
fn a_part_that_does_not_exist_is_refused() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    let printed = env.ok(&["sync", "--shards", "3", "in", "b2://my-photos"]);
    env.write("shards", &printed);
    let refused = |arguments: &[&str], code: i32, why: &str| {
        let output = env.b2(&[&["sync"], arguments].concat()).output().unwrap();
        let errors = failed(&output, code);
        assert!(errors.contains(why), "{arguments:?}: {errors}");
    };
    refused(&["--shard", "shards", "--index", "1"], 2, "none of index 1");
    refused(&["--shard", "shards"], 2, "--index");
    refused(&["--index", "0", "in", "b2://my-photos"], 2, "--shard");
    refused(&["--shard", "shards", "--index", "0", "in", "b2://my-photos"], 2, "leave them out");
    env.write("other", "no JSON\n");
    refused(&["--shard", "other", "--index", "0"], 1, "other: shard 0 cannot be read");
    refused(&["--shard", "none", "--index", "0"], 1, "none");
}
