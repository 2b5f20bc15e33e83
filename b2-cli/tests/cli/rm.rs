//! `b2 rm`.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::env::{TestEnv, failed};
use crate::proxy::{Answer, TestProxy};

#[test]
fn a_file_that_cannot_be_deleted_is_reported_and_the_others_are_deleted() {
    let env = TestEnv::new();
    env.ok(&["bucket", "create", "--file-lock-enabled", "my-photos", "allPrivate"]);
    env.write("a", "1");
    for name in ["a", "c/d", "e"] {
        env.ok(&["file", "upload", "my-photos", "a", name]);
    }
    env.ok(&["file", "upload", "--legal-hold", "on", "my-photos", "a", "b\u{1f600}"]);
    let arguments = ["--json", "rm", "--versions", "-r", "b2://my-photos"];
    let output = env.b2(&arguments).output().unwrap();
    let errors = failed(&output, 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["deleted"], &report["failed"]), (&3.into(), &1.into()), "{errors}");
    assert_eq!(report["failures"][0]["name"], "b\u{1f600}");
    assert!(
        report["failures"][0]["fileId"].is_string() && report["failures"][0]["error"].is_string()
    );
    assert!(errors.contains("ERROR: 1 of 4 file versions could not be deleted"), "{errors}");
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "b\u{1f600}\n");
}

/// Returns an environment whose bucket has the files `00` to `59` and lists them on pages of 20. Deletions are counted by
/// the proxy, and `check` is called with the number of the page and of deletions until then.
fn with_pages(check: impl Fn(usize, usize) + Send + Sync + 'static) -> (TestProxy, TestEnv) {
    let (proxy, env) = TestProxy::with_bucket();
    let deletions = AtomicUsize::new(0);
    proxy.intercept(move |request, forward| {
        if request.target.contains("b2_delete_file_version") {
            let asked = request.json();
            deletions.fetch_add(1, Ordering::SeqCst);
            let done = json!({ "fileId": asked["fileId"], "fileName": asked["fileName"] });
            return Some(Answer::json(200, &done));
        }
        if !request.target.contains("b2_list_file_names") {
            return Some(forward());
        }
        let start = request.json()["startFileName"].as_str().map_or(0, |start| start.parse().unwrap());
        check(start / 20, deletions.load(Ordering::SeqCst));
        let file = |number: usize| {
            let name = format!("{number:02}");
            json!({ "fileId": format!("4_z{name}"), "fileName": name, "action": "upload", "contentLength": 1 })
        };
        let files: Vec<_> = (start..start + 20).map(file).collect();
        let next = (start < 40).then(|| format!("{:02}", start + 20));
        Some(Answer::json(200, &json!({ "files": files, "nextFileName": next })))
    });
    (proxy, env)
}

#[test]
fn no_more_files_are_listed_ahead_than_the_queue_has() {
    for (queue_size, threads, ahead) in [(Some("5"), "2", 5), (Some("1"), "7", 1), (None, "3", 6)] {
        let (proxy, env) = with_pages(move |page, deleted| {
            assert!(deleted + ahead >= 20 * page, "{deleted} deletions before page {page}");
        });
        let mut arguments = vec!["--json", "rm", "-r", "--threads", threads, "b2://my-photos"];
        arguments.extend(queue_size.map(|size| ["--queue-size", size]).into_iter().flatten());
        assert_eq!(env.json(&arguments)["deleted"], 60);
        assert_eq!(
            (proxy.count("b2_list_file_names"), proxy.count("b2_delete_file_version")),
            (3, 60)
        );
    }
}

#[test]
fn fail_fast_starts_no_deletion_after_the_first_failure() {
    let env = TestEnv::new();
    env.ok(&["bucket", "create", "--file-lock-enabled", "my-photos", "allPrivate"]);
    env.write("a", "1");
    for name in ["a", "c", "d", "e"] {
        env.ok(&["file", "upload", "my-photos", "a", name]);
    }
    env.ok(&["file", "upload", "--legal-hold", "on", "my-photos", "a", "b"]);
    let rm = ["--json", "rm", "--versions", "-r", "--threads", "1", "b2://my-photos"];
    let output = env.b2(&[&rm[..], &["--fail-fast"]].concat()).output().unwrap();
    let errors = failed(&output, 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["deleted"], &report["failed"]), (&1.into(), &1.into()), "{errors}");
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "b\nc\nd\ne\n");
    failed(&env.b2(&rm).output().unwrap(), 1);
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "b\n");
}

#[test]
fn the_old_command_deletes_one_version() {
    let env = TestEnv::with_bucket();
    env.write("a", "1");
    let upload = || env.json(&["--json", "file", "upload", "my-photos", "a", "a"]);
    for by_name in [true, false] {
        let id = upload()["fileId"].as_str().unwrap().to_owned();
        let command = if by_name { "delete-file-version" } else { "delete_file_version" };
        let name = by_name.then_some("a");
        let arguments: Vec<_> = [command].into_iter().chain(name).chain([id.as_str()]).collect();
        let output = env.b2(&arguments).output().unwrap();
        let deleted: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(deleted, json!({ "action": "delete", "fileId": id, "fileName": "a" }));
        assert!(String::from_utf8_lossy(&output.stderr).contains("Use `rm` instead"));
    }
    assert_eq!(env.ok(&["ls", "--versions", "b2://my-photos"]), "");
}
