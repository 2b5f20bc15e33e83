//! `b2 rm`.

use serde_json::Value;

use crate::env::{TestEnv, failed};

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
