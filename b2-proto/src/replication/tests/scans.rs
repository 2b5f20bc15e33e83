use serde_json::{Value, from_value, json};

use crate::api::{FileVersionsPage, ListFileVersions};
use crate::error::ErrorKind;
use crate::model::{FileId, FileVersion, ReplicationRule, ReplicationStatus};
use crate::replication::*;

fn version(name: &str, changes: &Value) -> Value {
    let mut version = json!({
        "fileId": format!("4_{name}"), "fileName": name, "action": "upload", "contentLength": 5,
        "contentSha1": "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", "contentMd5": "5d41402a", "fileInfo": {},
        "serverSideEncryption": {"mode": "none"}, "replicationStatus": null,
        "fileRetention": {"isClientAuthorizedToRead": true, "value": {"mode": null}},
        "legalHold": {"isClientAuthorizedToRead": true, "value": null},
    });
    for (key, value) in changes.as_object().unwrap() {
        version[key] = value.clone();
    }
    version
}

/// Serves pages of at most `size` versions that start with the prefix.
fn page(all: &[Value], call: &ListFileVersions, size: usize) -> FileVersionsPage {
    let prefix = call.prefix.as_deref().unwrap_or_default();
    let named = |version: &&Value| version["fileName"].as_str().unwrap().starts_with(prefix);
    let listed: Vec<_> = all.iter().filter(named).collect();
    let start = listed.iter().position(|version| {
        let id = call.start_file_id.as_ref().map(FileId::as_str);
        id.is_none_or(|id| version["fileId"] == id)
    });
    let mut rest = listed.into_iter().skip(start.unwrap_or(usize::MAX));
    let files: Vec<_> = rest.by_ref().take(size).collect();
    let (name, id) = rest.next().map_or((Value::Null, Value::Null), |next| {
        (next["fileName"].clone(), next["fileId"].clone())
    });
    from_value(json!({ "files": files, "nextFileName": name, "nextFileId": id })).unwrap()
}

fn report(mut scan: ReplicationScan, sides: [&[Value]; 2], size: usize) -> ReplicationReport {
    let mut report = ReplicationReport::default();
    while !scan.is_over() {
        if let Some(call) = scan.source_page() {
            scan.took_source(page(sides[0], &call, size)).unwrap();
        }
        if let Some(call) = scan.destination_page() {
            scan.took_destination(page(sides[1], &call, size)).unwrap();
        }
        while let Some(pair) = scan.pop() {
            report.add(pair);
        }
    }
    assert_eq!(scan.problems(), []);
    report
}

fn scan(prefix: &str) -> ReplicationScan {
    let mut rule = ReplicationRule::new("rule", "id2".into());
    rule.file_name_prefix = prefix.to_owned();
    ReplicationScan::new("id1".into(), &rule)
}

fn counts(report: &ReplicationReport) -> Vec<(Value, u64)> {
    let group = |group: &ReplicationGroup| {
        let mut state = serde_json::to_value(&group.state).unwrap();
        state.as_object_mut().unwrap().retain(|_, value| !value.is_null() && *value != false);
        (state, group.count)
    };
    report.groups().iter().map(group).collect()
}

/// The case of b2sdk's `test_scan_source`.
#[test]
fn a_scan_of_the_source_alone() {
    let sse_c = json!({"mode": "SSE-C", "algorithm": "AES256", "customerKeyMd5": "x"});
    let retention = json!({
        "isClientAuthorizedToRead": true, "value": {"mode": "governance", "retainUntilTimestamp": 1},
    });
    let source = [
        version("folder/test-1.txt", &json!({})),
        version("folder/test-2.txt", &json!({})),
        version("folder/test-3.txt", &json!({"serverSideEncryption": {"mode": "SSE-B2"}})),
        version("folder/test-4.txt", &json!({"serverSideEncryption": sse_c})),
        version("folder/test-5.txt", &json!({"serverSideEncryption": sse_c})),
        version(
            "folder/test-6.txt",
            &json!({"serverSideEncryption": sse_c, "fileRetention": retention}),
        ),
        version("folder/test-7.txt", &json!({"fileInfo": {"dummy-key": "a".repeat(7_000)}})),
        version(
            "folder/test-8.txt",
            &json!({
                "fileInfo": {"dummy-key": "a".repeat(2_048)}, "serverSideEncryption": sse_c,
            }),
        ),
        version("other.txt", &json!({})),
    ];
    let report = report(scan("folder/").without_destination(), [&source, &[]], 3);
    let mode = "source_encryption_mode";
    assert_eq!(
        counts(&report),
        [
            (json!({mode: "none"}), 2),
            (json!({mode: "SSE-B2"}), 1),
            (json!({mode: "SSE-C"}), 2),
            (json!({mode: "SSE-C", "source_has_file_retention": true}), 1),
            (json!({mode: "none", "source_has_large_metadata": true}), 1),
            (json!({mode: "SSE-C", "source_has_large_metadata": true}), 1),
        ]
    );
    let name = |sample: &ReplicationSample| sample.source.as_ref().unwrap().file_name.clone();
    let plain = &report.groups()[0];
    let samples = [&plain.first, &plain.last].map(|sample| name(sample));
    assert_eq!(samples, ["folder/test-1.txt", "folder/test-2.txt"]);
    assert!(plain.first.destination.is_none() && plain.state.has_source());
    assert_eq!(report.count(), 8);
}

/// The case of b2sdk's `test_scan_source_and_destination`.
#[test]
fn a_scan_of_both_buckets() {
    let pending = json!({"replicationStatus": "COMPLETED"});
    let replica = |changes: Value| {
        let mut replica = json!({"replicationStatus": "replica"});
        replica.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        replica
    };
    let source: Vec<_> =
        ["1-match", "2-missing", "4-info", "5-hash"].map(|name| version(name, &pending)).to_vec();
    let destination = [
        version("1-match", &replica(json!({}))),
        version("3-only-here", &replica(json!({}))),
        version("4-info", &replica(json!({"fileInfo": {"a": "b"}}))),
        version("5-hash", &replica(json!({"contentMd5": "other"}))),
    ];
    let expected = |differs: &str| {
        let mut state = json!({
            "source_replication_status": "COMPLETED", "source_encryption_mode": "none",
            "destination_replication_status": "REPLICA",
        });
        if !differs.is_empty() {
            state[differs] = true.into();
        }
        state
    };
    for size in 1..6 {
        let report = report(scan(""), [&source, &destination], size);
        assert_eq!(
            counts(&report),
            [
                (expected(""), 1),
                (
                    json!({"source_replication_status": "COMPLETED", "source_encryption_mode": "none"}),
                    1
                ),
                (json!({"destination_replication_status": "REPLICA"}), 1),
                (expected("metadata_differs"), 1),
                (expected("hash_differs"), 1),
            ]
        );
        let match_ = &report.groups()[0].state;
        assert_eq!((match_.metadata_differs, match_.hash_differs), (Some(false), Some(false)));
        let missing = &report.groups()[1].state;
        assert_eq!((missing.metadata_differs, missing.hash_differs), (None, None));
        let only_here = &report.groups()[2];
        assert!(!only_here.state.has_source() && only_here.first.source.is_none());
    }
}

/// Only the newest version counts, a hide marker is one, and an unfinished large file is none. The prefix is one of
/// names, not a folder.
#[test]
fn the_newest_versions_of_the_prefix_count() {
    let at = |name: &str, id: &str, action: &str| {
        version(name, &json!({"fileId": id, "action": action}))
    };
    let source = [
        at("fold", "1", "upload"),
        at("folder/a", "2", "start"),
        at("folder/a", "3", "hide"),
        at("folder/a", "4", "upload"),
        at("folder/b", "5", "start"),
        at("folder/c", "6", "upload"),
        at("folder/c", "7", "upload"),
        at("other", "8", "upload"),
    ];
    for size in 1..9 {
        let report = report(scan("fold").without_destination(), [&source, &[]], size);
        assert_eq!(report.count(), 3);
        let hidden: Vec<_> = report
            .groups()
            .iter()
            .filter(|group| group.state.source_has_hide_marker == Some(true))
            .collect();
        assert_eq!((hidden.len(), hidden[0].count), (1, 1));
        let last = report.groups()[0].last.source.as_ref().unwrap();
        assert_eq!(last.file_id.as_str(), "6");
    }
}

#[test]
fn what_a_key_may_not_read_is_not_a_crash() {
    let withheld = json!({"isClientAuthorizedToRead": false, "value": null});
    let limited = version("a", &json!({"fileRetention": withheld, "legalHold": withheld}));
    let limited: FileVersion = from_value(limited).unwrap();
    let state = ReplicationState::of(Some(&limited), None);
    assert_eq!(state.source_has_file_retention, Some(true));
    assert_eq!(state.source_has_legal_hold, Some(false));
    assert_eq!(state.source_replication_status, None::<ReplicationStatus>);
}

#[test]
fn a_listing_that_does_not_advance_ends_the_scan() {
    let mut scan = scan("");
    let first =
        json!({"files": [version("b", &json!({}))], "nextFileName": "c", "nextFileId": "1"});
    scan.took_source(from_value(first).unwrap()).unwrap();
    let broken =
        json!({"files": [version("b", &json!({}))], "nextFileName": "a", "nextFileId": "2"});
    scan.took_destination(from_value(broken).unwrap()).unwrap_err();
    let unreadable =
        json!({"files": [{"fileName": "c"}, version("d", &json!({}))], "nextFileName": null});
    let mut other = self::scan("");
    other.took_source(from_value(unreadable).unwrap()).unwrap();
    let problems = other.problems();
    assert_eq!((problems.len(), problems[0].kind()), (1, ErrorKind::UnreadableEntry));
}
