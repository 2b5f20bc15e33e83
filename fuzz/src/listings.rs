//! Listings: any response is a page or an error, and a listing ends after its last page.

use b2_proto::api::{
    Endpoint, ListBuckets, ListFileNames, ListFileVersions, ListKeys, ListParts,
    ListUnfinishedLargeFiles,
};
use b2_proto::http::Response;
use b2_proto::list::{Ls, LsEntry, LsOptions, LsPage, Paged, Paginator};
use b2_proto::machine::Reply;
use b2_proto::model::FileVersion;
use serde_json::{Value, json};

use crate::fields::{BUCKET, FILE, KEY};
use crate::input::Choices;

/// The maximum number of pages of a listing.
const MAX_PAGES: usize = 8;

/// Runs a listing with any responses.
pub fn listings(data: &[u8]) {
    let choices = &mut Choices::new(data);
    match choices.below(7) {
        0 => ls(choices),
        1 => list(choices, ListFileNames::new("b".into()), check_version),
        2 => list(choices, ListFileVersions::new("b".into()), check_version),
        3 => list(choices, ListUnfinishedLargeFiles::new("b".into()), check_debug),
        4 => list(choices, ListParts::new("f".into()), check_debug),
        5 => list(choices, ListKeys::default(), check_debug),
        _ => list(choices, ListBuckets::default(), check_debug),
    }
}

fn list<P: Paged>(choices: &mut Choices<'_>, first: P, check: impl Fn(&P::Item)) {
    let mut paginator = Paginator::new(first);
    for _ in 0..MAX_PAGES {
        let Some(call) = paginator.next_page() else {
            break;
        };
        match call.response(&reply(choices)) {
            Ok(page) => paginator.take(page).iter().for_each(&check),
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
    for _ in 0..MAX_PAGES {
        let entries = match ls.next_page() {
            None => break,
            Some(LsPage::Names(call)) => respond(choices, &call).map(|page| ls.took_names(page)),
            Some(LsPage::Versions(call)) => {
                respond(choices, &call).map(|page| ls.took_versions(page))
            }
        };
        let Some(entries) = entries else { break };
        for entry in entries {
            match &entry {
                LsEntry::File(version) => check_version(version),
                LsEntry::Folder(name) => assert_eq!(name, entry.name()),
            }
        }
    }
}

fn respond<E: Endpoint>(choices: &mut Choices<'_>, call: &E) -> Option<E::Response> {
    call.response(&reply(choices)).ok()
}

fn reply(choices: &mut Choices<'_>) -> Reply {
    let body = choices.body(page);
    let status = if choices.chance(10) { 503 } else { 200 };
    Reply::new(Response::new(status, body))
}

/// Returns a page that has the same entries under the names of all listings.
fn page(choices: &mut Choices<'_>) -> Value {
    let len = choices.below(4);
    let fields = choices.one(&[FILE, BUCKET, KEY]);
    let mut entries: Vec<Value> = (0..len).map(|_| choices.object(fields, 2)).collect();
    // An entry without these fields is an error, so that the others would not be parsed.
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

/// Calls the methods of a listed version, and checks that it can be serialized.
fn check_version(version: &FileVersion) {
    assert!(!(version.is_file() && version.is_folder()), "{version:?}");
    let json = serde_json::to_string(version).expect("a version can be serialized");
    assert_eq!(serde_json::from_str::<FileVersion>(&json).as_ref().ok(), Some(version), "{json}");
    let text = format!("{version:?} {:?} {:?}", version.sha1(), version.mod_time());
    assert!(!text.is_empty());
}

/// Checks that an entry can be formatted.
fn check_debug(item: &impl std::fmt::Debug) {
    assert!(!format!("{item:?}").is_empty());
}
