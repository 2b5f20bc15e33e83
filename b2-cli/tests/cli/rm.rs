//! `b2 rm`.

use serde_json::Value;

use crate::world::{World, failed};

#[test]
fn one_file_that_cannot_be_deleted_is_told_and_the_rest_goes() {
    let world = World::new();
    world.ok(&["bucket", "create", "--file-lock-enabled", "my-photos", "allPrivate"]);
    world.write("a", "1");
    for name in ["a", "c/d", "e"] {
        world.ok(&["file", "upload", "my-photos", "a", name]);
    }
    world.ok(&["file", "upload", "--legal-hold", "on", "my-photos", "a", "b\u{1f600}"]);
    let arguments = ["--json", "rm", "--versions", "-r", "b2://my-photos"];
    let output = world.b2(&arguments).output().unwrap();
    let errors = failed(&output, 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["deleted"], &report["failed"]), (&3.into(), &1.into()), "{errors}");
    assert_eq!(report["failures"][0]["name"], "b\u{1f600}");
    assert!(
        report["failures"][0]["fileId"].is_string() && report["failures"][0]["error"].is_string()
    );
    assert!(errors.contains("ERROR: 1 of 4 file versions could not be deleted"), "{errors}");
    assert_eq!(world.ok(&["ls", "-r", "b2://my-photos"]), "b\u{1f600}\n");
}
