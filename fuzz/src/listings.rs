//! Listings: any answer is a page or an error, and a walk over pages ends with the last.

use b2_proto::api::{
    Endpoint, ListBuckets, ListFileNames, ListFileVersions, ListKeys, ListParts,
    ListUnfinishedLargeFiles,
};
use b2_proto::http::Response;
use b2_proto::list::{Ls, LsEntry, LsOptions, LsPage, Paged, Paginator};
use b2_proto::machine::Reply;
use b2_proto::model::FileVersion;
use serde_json::{Value, json};

use crate::input::Choices;

/// How many pages a walk is given.
const PAGES: usize = 8;

const FILE: &[&str] = &[
    "accountId",
    "action",
    "bucketId",
    "contentLength",
    "size",
    "contentSha1",
    "contentMd5",
    "contentType",
    "fileId",
    "fileInfo",
    "fileName",
    "fileRetention",
    "isClientAuthorizedToRead",
    "value",
    "mode",
    "retainUntilTimestamp",
    "legalHold",
    "serverSideEncryption",
    "algorithm",
    "replicationStatus",
    "uploadTimestamp",
];
const OTHER: &[&str] = &[
    "bucketId",
    "bucketName",
    "bucketType",
    "bucketInfo",
    "corsRules",
    "lifecycleRules",
    "revision",
    "options",
    "defaultServerSideEncryption",
    "fileLockConfiguration",
    "replicationConfiguration",
    "applicationKeyId",
    "keyName",
    "capabilities",
    "expirationTimestamp",
    "namePrefix",
    "partNumber",
    "contentLength",
    "contentSha1",
    "fileId",
    "fileName",
    "uploadTimestamp",
    "contentType",
    "fileInfo",
];

/// Any answers to any listing.
pub fn listings(data: &[u8]) {
    let choices = &mut Choices::new(data);
    match choices.below(7) {
        0 => ls(choices),
        1 => walk(choices, ListFileNames::new("b".into()), look),
        2 => walk(choices, ListFileVersions::new("b".into()), look),
        3 => walk(choices, ListUnfinishedLargeFiles::new("b".into()), show),
        4 => walk(choices, ListParts::new("f".into()), show),
        5 => walk(choices, ListKeys::default(), show),
        _ => walk(choices, ListBuckets::default(), show),
    }
}

fn walk<P: Paged>(choices: &mut Choices<'_>, first: P, look: impl Fn(&P::Item)) {
    let mut walk = Paginator::new(first);
    for _ in 0..PAGES {
        let Some(call) = walk.next_page() else {
            break;
        };
        match call.response(&reply(choices)) {
            Ok(page) => walk.take(page).iter().for_each(&look),
            Err(error) => {
                assert_eq!(error.operation(), Some(P::NAME));
                assert!(!error.to_string().contains(char::is_control), "{error}");
                break;
            }
        }
    }
}

fn ls(choices: &mut Choices<'_>) {
    let options =
        LsOptions::new(choices.text()).versions(choices.chance(50)).recursive(choices.chance(50));
    let mut ls = Ls::new("b".into(), options);
    for _ in 0..PAGES {
        let entries = match ls.next_page() {
            None => break,
            Some(LsPage::Names(call)) => answered(choices, &call).map(|page| ls.took_names(page)),
            Some(LsPage::Versions(call)) => {
                answered(choices, &call).map(|page| ls.took_versions(page))
            }
        };
        let Some(entries) = entries else { break };
        for entry in entries {
            match &entry {
                LsEntry::File(version) => look(version),
                LsEntry::Folder(name) => assert_eq!(name, entry.name()),
            }
        }
    }
}

fn answered<E: Endpoint>(choices: &mut Choices<'_>, call: &E) -> Option<E::Response> {
    call.response(&reply(choices)).ok()
}

fn reply(choices: &mut Choices<'_>) -> Reply {
    let body = choices.body(page);
    let status = if choices.chance(10) { 503 } else { 200 };
    Reply { response: Response::new(status, body), sent: None }
}

/// A page of whatever is listed: a call finds the list under its own name.
fn page(choices: &mut Choices<'_>) -> Value {
    let len = choices.below(4);
    let fields = choices.one(&[FILE, OTHER]);
    let mut entries: Vec<Value> = (0..len).map(|_| choices.object(fields, 2)).collect();
    // Without these nothing else of an entry would be read.
    for entry in &mut entries {
        if choices.chance(80) {
            let (name, number) = (choices.text(), choices.number());
            entry["fileName"] = name.into();
            entry["contentLength"] = number.into();
            entry["action"] = choices.one(&["upload", "folder", "hide", "start"]).into();
            entry["fileId"] = choices.one(&["f1", "f2"]).into();
            entry["fileInfo"] = json!({"src_last_modified_millis": choices.text()});
        }
    }
    let mut page = json!({
        "files": entries, "buckets": entries, "keys": entries, "parts": entries,
        "nextFileName": null, "nextFileId": null, "nextPartNumber": null, "nextApplicationKeyId": null,
    });
    if choices.chance(50) {
        page["nextFileName"] = choices.text().into();
        page["nextFileId"] = choices.text().into();
        page["nextApplicationKeyId"] = choices.text().into();
        page["nextPartNumber"] = choices.number().into();
    }
    page
}

/// What is asked of a version that was listed.
fn look(version: &FileVersion) {
    assert!(!(version.is_file() && version.is_folder()), "{version:?}");
    let json = serde_json::to_string(version).expect("a version can be serialized");
    assert_eq!(serde_json::from_str::<FileVersion>(&json).as_ref().ok(), Some(version), "{json}");
    let seen = format!("{version:?} {:?} {:?}", version.sha1(), version.mod_time());
    assert!(!seen.is_empty());
}

fn show(item: &impl std::fmt::Debug) {
    assert!(!format!("{item:?}").is_empty());
}
