//! `b2 replication`.

use b2_sim::server::ServerOptions;
use serde_json::{Value, json};

use crate::env::{TestEnv, failed, succeeded};

/// Returns an environment with two buckets, whose simulator replicates.
fn env() -> TestEnv {
    let mut options = ServerOptions::default();
    options.config.replicate = true;
    let env = TestEnv::with(options);
    for bucket in ["my-photos", "my-backup"] {
        env.ok(&["bucket", "create", bucket, "allPrivate"]);
    }
    env
}

fn upload(env: &TestEnv, name: &str) {
    env.write("file", name);
    env.ok(&["file", "upload", "-q", "my-photos", "file", name]);
}

fn rules(env: &TestEnv) -> Value {
    let bucket = env.json(&["bucket", "get", "my-photos"]);
    bucket["replication"]["asReplicationSource"]["replicationRules"].clone()
}

fn replicas(env: &TestEnv) -> String {
    env.ok(&["ls", "-r", "b2://my-backup"])
}

#[test]
fn a_bucket_is_replicated() {
    let env = env();
    upload(&env, "old");
    let setup = ["replication", "setup", "my-photos", "my-backup"];
    assert_eq!(env.ok(&setup), "");
    upload(&env, "new");
    assert_eq!(replicas(&env), "new\n");
    // The same again changes nothing, and creates no keys.
    let (before, keys) = (env.json(&["bucket", "get", "my-photos"]), env.ok(&["key", "list"]));
    let printed = env.json(&[&setup[..], &["--json"]].concat());
    assert_eq!(printed["rule"]["replicationRuleName"], "my-backup");
    assert_eq!(printed["source"], before);
    assert_eq!(env.ok(&["key", "list"]), keys);
    assert_eq!(env.requests("b2_create_key"), 2);

    let rest = ["--name", "rest", "--priority", "7", "--file-name-prefix", "o"];
    env.ok(&[&setup[..], &rest, &["--include-existing-files"]].concat());
    assert_eq!(replicas(&env), "new\nold\n");
    let expected = json!({
        "destinationBucketId": env.json(&["bucket", "get", "my-backup"])["bucketId"],
        "fileNamePrefix": "o", "includeExistingFiles": true, "isEnabled": true, "priority": 7,
        "replicationRuleName": "rest",
    });
    assert_eq!(rules(&env)[1], expected);

    let long = env.ok(&["ls", "-r", "--long", "--replication", "b2://my-photos"]);
    assert_eq!(long.matches("COMPLETED").count(), 2, "{long}");
    let long = env.ok(&["ls", "-r", "--long", "--replication", "b2://my-backup"]);
    assert_eq!(long.matches("REPLICA").count(), 2, "{long}");
}

#[test]
fn a_rule_is_paused_unpaused_and_deleted() {
    let env = env();
    env.ok(&["replication", "setup", "my-photos", "my-backup"]);
    let command = |name: &'static str| ["replication", name, "my-photos", "my-backup"];
    assert_eq!(env.ok(&command("pause")), "");
    assert_eq!(rules(&env)[0]["isEnabled"], false);
    upload(&env, "a");
    assert_eq!(replicas(&env), "");
    let error = env.fails(&command("pause"));
    assert!(error.contains("was found, but could not be changed"), "{error}");
    let output = env.b2(&command("setup")).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && error.contains("is paused"), "{error}");

    let printed = env.json(&[&command("unpause")[..], &["--json"]].concat());
    assert_eq!(printed, json!({ "bucket": "my-photos", "rule": "my-backup" }));
    env.fails(&command("unpause"));
    upload(&env, "b");
    assert_eq!(replicas(&env), "b\n");

    env.ok(&command("delete"));
    assert_eq!(rules(&env), json!([]));
    upload(&env, "c");
    assert_eq!(replicas(&env), "b\n");
    for name in ["pause", "unpause", "delete"] {
        let error = env.fails(&command(name));
        assert!(error.contains("no replication rule 'my-backup'"), "{error}");
    }
}

#[test]
fn the_status_of_all_files() {
    let env = env();
    assert_eq!(env.ok(&["replication", "status", "my-photos"]), "");
    assert_eq!(env.json(&["replication", "status", "--json", "my-photos"]), json!({}));
    for (prefix, name) in [("a/", "rule-a"), ("b", "rule-b")] {
        let flags = ["--file-name-prefix", prefix, "--name", name];
        env.ok(&[&["replication", "setup"][..], &flags, &["my-photos", "my-backup"]].concat());
    }
    for name in ["a/1", "a/2", "a/3", "other"] {
        upload(&env, name);
    }
    env.ok(&["file", "hide", "b2://my-photos/a/2"]);
    env.ok(&["rm", "b2://my-backup/a/3"]);

    let all = env.json(&["replication", "status", "--json", "my-photos"]);
    assert_eq!(all["rule-b"], json!([]));
    let state = |status: Value, hidden: bool, mode: Value, replica: Value, differs: Value| {
        json!({
            "source_replication_status": status, "source_has_hide_marker": hidden,
            "source_encryption_mode": mode, "source_has_large_metadata": false,
            "source_has_file_retention": false, "source_has_legal_hold": false,
            "destination_replication_status": replica, "metadata_differs": false,
            "hash_differs": differs, "count": 1,
        })
    };
    let mut missing = state(json!("COMPLETED"), false, json!("SSE-B2"), Value::Null, Value::Null);
    missing["metadata_differs"] = Value::Null;
    let mut hidden = state(Value::Null, true, json!("none"), json!("REPLICA"), json!(true));
    // A hide marker has no file info.
    hidden["metadata_differs"] = json!(true);
    let completed =
        state(json!("COMPLETED"), false, json!("SSE-B2"), json!("REPLICA"), json!(false));
    assert_eq!(all["rule-a"], json!([completed, hidden, missing]));

    let one = ["replication", "status", "--rule", "rule-a"];
    let source =
        env.json(&[&one[..], &["--dont-scan-destination", "--json", "my-photos"]].concat());
    assert_eq!(source["rule-a"][0]["count"], 2);
    let columns = ["--columns", "source replication_status, count", "my-photos"];
    let table = env.ok(&[&one[..], &columns].concat());
    let expected = "\
Replication \"rule-a\":
+---------------+---------+
| source        |   count |
| replication   |         |
| status        |         |
+===============+=========+
| COMPLETED     |       1 |
+---------------+---------+
|               |       1 |
+---------------+---------+
| COMPLETED     |       1 |
+---------------+---------+
";
    assert_eq!(table, expected);
    let csv = env.ok(&[&one[..], &["--output-format", "csv"], &columns].concat());
    let lines = "rule-a,COMPLETED,1\r\nrule-a,,1\r\nrule-a,COMPLETED,1\r\n";
    assert_eq!(csv, format!("rule name,\"source\nreplication\nstatus\",count\r\n{lines}"));
}

#[test]
fn a_key_that_may_not_replicate_changes_nothing() {
    let env = env();
    let capabilities = "listBuckets,writeBuckets,listKeys,writeKeys,readBucketReplications";
    let printed = env.ok(&["key", "create", "limited", capabilities]);
    let (id, key) = printed.trim().split_once(' ').unwrap();
    let mut command = env.b2(&["replication", "setup", "my-photos", "my-backup"]);
    command.env("B2_APPLICATION_KEY_ID", id).env("B2_APPLICATION_KEY", key);
    let error = failed(&command.output().unwrap(), 1);
    assert!(error.contains("writeBucketReplications"), "{error}");
    assert_eq!((env.requests("b2_create_key"), env.requests("b2_update_bucket")), (1, 0));
}

#[test]
fn the_destination_may_be_in_another_account() {
    let env = env();
    // Buckets of both accounts have different ids.
    let mut options = ServerOptions::default();
    options.config.seed = 1;
    let other = TestEnv::with(options);
    other.ok(&["bucket", "create", "their-backup", "allPrivate"]);
    // The account of a profile is stored below the home directory.
    let with_home = |mut command: std::process::Command| {
        command.env_remove("B2_ACCOUNT_INFO").env("HOME", env.path("."));
        command
    };
    let login = ["account", "authorize", "--profile", "theirs"];
    let mut command = with_home(env.anonymous(&login));
    let credentials = other.server.credentials();
    command.env("B2_ENVIRONMENT", other.server.realm());
    command.args([&credentials.key_id, credentials.key.expose()]);
    succeeded(&command.output().unwrap());

    let theirs = ["--destination-profile", "theirs"];
    let ours = ["account", "authorize", "--profile", "ours"];
    let mut command = with_home(env.anonymous(&ours));
    let credentials = env.server.credentials();
    command.env("B2_ENVIRONMENT", env.server.realm());
    command.args([&credentials.key_id, credentials.key.expose()]);
    succeeded(&command.output().unwrap());

    let setup = [&["replication", "setup", "--profile", "ours"], &theirs[..]].concat();
    let setup = [&setup[..], &["my-photos", "their-backup"]].concat();
    succeeded(&with_home(env.anonymous(&setup)).output().unwrap());
    let keys = other.ok(&["key", "list"]);
    assert!(keys.contains("their-backup-replidst") && !keys.contains("replisrc"), "{keys}");
    let keys = env.ok(&["key", "list"]);
    assert!(keys.contains("my-photos-replisrc") && !keys.contains("replidst"), "{keys}");

    upload(&env, "a");
    let status = [&["replication", "status", "--profile", "ours"], &theirs[..]].concat();
    let status = [&status[..], &["--json", "my-photos"]].concat();
    let printed = succeeded(&with_home(env.anonymous(&status)).output().unwrap());
    let printed: Value = serde_json::from_str(&printed).unwrap();
    // A simulator does not replicate to another one.
    assert_eq!(printed["their-backup"][0]["source_replication_status"], "FAILED");
    assert_eq!(printed["their-backup"][0]["destination_replication_status"], Value::Null);
}

#[test]
fn arguments_that_do_not_apply_are_refused() {
    let env = env();
    for arguments in [
        &["setup", "my-photos"][..],
        &["setup", "--priority", "0", "my-photos", "my-backup"],
        &["setup", "--priority", "2147483648", "my-photos", "my-backup"],
        &["status", "--columns", "size", "my-photos"],
        &["status", "--output-format", "xml", "my-photos"],
        &["status", "--output-format", "csv", "--json", "my-photos"],
        &["status", "--dont-scan-destination", "--destination-profile", "p", "my-photos"],
        &["pause", "my-photos"],
    ] {
        failed(&env.b2(&[&["replication"], arguments].concat()).output().unwrap(), 2);
    }
    for (arguments, why) in [
        (&["setup", "my-photos", "my-photos"][..], "to itself"),
        (&["setup", "--name", "a b", "my-photos", "my-backup"], "'a b'"),
        (&["setup", "my-photos", "no-such-bucket"], "no-such-bucket"),
        (&["status", "--rule", "none", "my-photos"], "no replication rule \"none\""),
    ] {
        let error = env.fails(&[&["replication"], arguments].concat());
        assert!(error.contains(why), "{error}");
    }
    assert_eq!((env.requests("b2_create_key"), env.requests("b2_update_bucket")), (0, 0));
}
