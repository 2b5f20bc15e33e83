//! Plans, explanations, JSON, and interruption.

use super::*;

#[test]
fn a_dry_run_changes_nothing() {
    let env = TestEnv::with_bucket();
    write_at(&env, "in/a", "1", THEN);
    put_at(&env, "gone", "1", THEN);
    put_at(&env, "stays", "1", THEN);
    write_at(&env, "in/stays", "1", THEN);
    let plan = env.b2(&["sync", "--dry-run", "--delete", "in", "b2://my-photos"]).output().unwrap();
    assert_eq!(lines(&succeeded(&plan)), ["delete gone", "upload a"]);
    let errors = String::from_utf8(plan.stderr).unwrap();
    assert!(errors.contains("Dry run: nothing was changed."), "{errors}");
    assert!(errors.contains("at least 2 class A, 0 class B and 0 class C calls"), "{errors}");
    assert_eq!(listed(&env), ["gone", "stays"]);

    assert_eq!(
        sync(&env, &["--dry-run", "b2://my-photos", "out"]),
        ["dnload gone", "dnload stays"]
    );
    assert!(!env.path("out").exists());
    env.ok(&["bucket", "create", "my-backup", "allPrivate"]);
    assert_eq!(
        sync(&env, &["--dry-run", "b2://my-photos/", "b2://my-backup"]),
        ["copy gone", "copy stays"]
    );
    assert_eq!(env.ok(&["ls", "-r", "b2://my-backup"]), "");
}

#[test]
fn decisions_are_explained() {
    let env = TestEnv::with_bucket();
    write_at(&env, "in/new", "1", THEN);
    write_at(&env, "in/same", "1", THEN);
    put_at(&env, "same", "1", THEN);
    put_at(&env, "gone", "1", THEN);
    assert_eq!(
        sync(&env, &["--dry-run", "--explain", "--delete", "in", "b2://my-photos"]),
        [
            "delete gone",
            "explain gone: leave, not in the source",
            "explain new: transfer, new",
            "explain same: leave, same",
            "upload new",
        ]
    );
}

#[test]
fn events_and_the_summary_are_json() {
    let env = TestEnv::with_bucket();
    write_at(&env, "in/a", "123", THEN);
    let output = env.b2(&["--json", "sync", "in", "b2://my-photos"]).output().unwrap();
    let events: Vec<Value> =
        succeeded(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], serde_json::json!({"event": "upload", "name": "a", "bytes": 3}));
    let summary = &events[1];
    assert_eq!(summary["event"], "summary");
    assert_eq!((&summary["uploaded"], &summary["complete"]), (&1.into(), &true.into()));
    assert_eq!(summary["calls"]["classA"], 2);
    assert_eq!(summary["calls"]["classC"], 1);
    let again = super::summary(&env, &["in", "b2://my-photos"]);
    assert_eq!((&again["uploaded"], &again["compared"]), (&0.into(), &1.into()));
}

#[test]
fn quiet_prints_only_errors() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    let output = env.b2(&["-q", "sync", "in", "b2://my-photos"]).output().unwrap();
    assert_eq!(succeeded(&output), "");
    assert!(output.stderr.is_empty());
}

#[cfg(unix)]
#[test]
fn an_interrupted_synchronization_is_completed_by_another_run() {
    use std::process::Stdio;

    let (env, reached, resume) = crate::stopped::stop_at_second("b2_upload_file");
    for number in 0..5 {
        env.write(&format!("in/{number}"), "1");
    }
    let arguments = ["sync", "--threads", "1", "in", "b2://my-photos"];
    let mut command = env.b2(&arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    reached.recv().unwrap();
    crate::env::signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    drop(resume);
    let errors = failed(&output, 130);
    assert!(errors.contains("the same command completes"), "{errors}");
    assert_eq!(output.stdout, b"upload 0\n");
    env.ok(&arguments);
    assert_eq!(listed(&env).len(), 5);
}
