//! The permission that each call needs: all calls with all grants.

use std::time::Duration;

use b2_proto::api::{self, JsonEndpoint};
use b2_proto::gateway::{Grant, Uploads};
use serde_json::json;

use crate::site::Site;

#[test]
fn each_operation_needs_its_permission() {
    let mut site = Site::new();
    let hour = Duration::from_secs(3_600);
    let nothing = Grant::new("42", site.bucket_id.clone(), b2_tests::BUCKET, "u/42/", hour);
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    let bucket = site.bucket_id.clone();
    let upload = Uploads::new(5_000, ["image/*"]);
    let of_file = json!({ "fileId": id, "partSha1Array": sha1s });
    let of_bucket = json!({
        "bucketId": bucket, "prefix": "u/42/", "namePrefix": "u/42/", "fileNamePrefix": "u/42/",
        "validDurationInSeconds": 1, "fileName": "u/42/b", "contentType": "image/png",
    });
    let table = [
        (nothing.clone().uploads(upload), vec!["writeFiles", "listFiles"], [true, false, false]),
        (nothing.clone().list(), vec!["listFiles"], [false, true, false]),
        (nothing.clone().download(), vec!["shareFiles"], [false, false, true]),
        (nothing.clone().delete(), vec!["deleteFiles"], [false; 3]),
        (nothing, vec![], [false; 3]),
    ];
    for (grant, mut capabilities, [uploads, lists, downloads]) in table {
        let token = site.enter("42", grant);
        let (_, _, authorization) = site.authorize("42");
        let mut announced: Vec<_> =
            authorization["apiInfo"]["storageApi"]["allowed"]["capabilities"]
                .as_array()
                .unwrap()
                .iter()
                .map(|capability| capability.as_str().unwrap())
                .collect();
        announced.sort_unstable();
        capabilities.sort_unstable();
        assert_eq!(announced, capabilities);
        for (call, body, allowed) in [
            ("b2_get_upload_url", &of_bucket, uploads),
            ("b2_start_large_file", &of_bucket, uploads),
            ("b2_get_upload_part_url", &of_file, uploads),
            ("b2_list_parts", &of_file, uploads),
            ("b2_list_unfinished_large_files", &of_bucket, uploads),
            ("b2_list_file_names", &of_bucket, lists),
            ("b2_get_download_authorization", &of_bucket, downloads),
        ] {
            let said = site.call(&token, call, body);
            let expected = if allowed { (200, "") } else { (401, "unauthorized") };
            assert_eq!((said.0, said.1.as_str()), expected, "{call}: {}", said.2);
        }
        if !uploads {
            for call in ["b2_finish_large_file", "b2_cancel_large_file"] {
                let said = site.call(&token, call, &of_file);
                assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"), "{call}");
            }
        }
    }
    assert_eq!(site.count("upload"), 0);
}

/// Every call of B2, and some unknown ones.
const CALLS: [&str; 36] = [
    api::CreateKey::NAME,
    api::ListKeys::NAME,
    api::DeleteKey::NAME,
    api::GetBucketNotificationRules::NAME,
    api::SetBucketNotificationRules::NAME,
    api::UpdateFileRetention::NAME,
    api::UpdateFileLegalHold::NAME,
    api::GetFileInfo::NAME,
    api::HideFile::NAME,
    api::DeleteFileVersion::NAME,
    api::CreateBucket::NAME,
    api::UpdateBucket::NAME,
    api::DeleteBucket::NAME,
    api::ListBuckets::NAME,
    api::GetUploadUrl::NAME,
    api::GetUploadPartUrl::NAME,
    api::GetDownloadAuthorization::NAME,
    api::StartLargeFile::NAME,
    api::FinishLargeFile::NAME,
    api::CancelLargeFile::NAME,
    api::ListParts::NAME,
    api::ListUnfinishedLargeFiles::NAME,
    api::ListFileNames::NAME,
    api::ListFileVersions::NAME,
    api::CopyFile::NAME,
    api::CopyPart::NAME,
    "b2_upload_part",
    "b2_download_file_by_id",
    "b2_download_file_by_name",
    "b2_get_upload_url_v2",
    "b2_start_large_file_",
    "b2_start",
    "b2_",
    "b2_constructor",
    "b2___proto__",
    "b2_LIST_FILE_NAMES",
];

/// Returns whether uploads, listings, downloads, copies and deletions permit a call, as documented by the gateway.
fn needs(call: &str) -> [bool; 5] {
    match call {
        "b2_get_upload_url"
        | "b2_start_large_file"
        | "b2_get_upload_part_url"
        | "b2_list_parts"
        | "b2_list_unfinished_large_files"
        | "b2_finish_large_file"
        | "b2_cancel_large_file" => [true, false, false, false, false],
        "b2_list_file_names" => [false, true, false, false, false],
        "b2_get_download_authorization" => [false, false, true, false, false],
        "b2_copy_file" | "b2_copy_part" => [false, false, false, true, false],
        "b2_hide_file" | "b2_delete_file_version" => [false, false, false, false, true],
        // For own unfinished files, and for listed files.
        "b2_get_file_info" => [true, true, false, true, false],
        _ => [false; 5],
    }
}

#[test]
fn all_calls_and_all_grants() {
    let mut site = Site::new();
    let all = site.visitor();
    let (finished, sha1s) = site.parts(&all, "u/42/stored.png", &[100, 100]);
    assert_eq!(site.finish(&all, &finished, &sha1s).0, 200);
    let bucket = site.bucket_id.clone();
    let listing = json!({ "bucketId": bucket, "prefix": "u/42/" });
    let (_, _, page) = site.call(&all, "b2_list_file_names", &listing);
    let stored = page["files"][0]["fileId"].as_str().unwrap().to_owned();
    for granted in 0..32 {
        let [uploads, lists, downloads, copies, deletes] =
            [1, 2, 4, 8, 16].map(|bit| granted & bit != 0);
        // A gateway does not authorize with a grant for copies only.
        if copies && !uploads {
            continue;
        }
        let hour = Duration::from_secs(3_600);
        let mut grant = Grant::new("42", bucket.clone(), b2_tests::BUCKET, "u/42/", hour);
        if uploads {
            grant = grant.uploads(Uploads::new(5_000, ["image/*"]));
        }
        if lists {
            grant = grant.list();
        }
        if downloads {
            grant = grant.download();
        }
        if copies {
            grant = grant.copy();
        }
        if deletes {
            grant = grant.delete();
        }
        let token = site.enter("42", grant);
        for call in CALLS {
            site.service.put_file(site.now, b2_tests::BUCKET, "u/42/b", "b");
            let (unfinished, sha1s) = site.parts(&all, "u/42/a.png", &[100, 100]);
            let [by_upload, by_list, by_download, by_copy, by_delete] = needs(call);
            let allowed = (uploads && by_upload)
                || (lists && by_list && call != "b2_get_file_info")
                || (downloads && by_download)
                || (copies && by_copy)
                || (deletes && by_delete);
            let mut body = json!({
                "bucketId": bucket, "fileId": unfinished, "partSha1Array": sha1s, "prefix": "u/42/",
                "namePrefix": "u/42/", "fileNamePrefix": "u/42/", "validDurationInSeconds": 1,
                "fileName": "u/42/b", "contentType": "image/png", "keyName": "k",
                "capabilities": ["writeKeys"], "sourceFileId": stored, "largeFileId": unfinished, "partNumber": 1,
                "metadataDirective": "REPLACE", "legalHold": null,
            });
            if call == "b2_delete_file_version" {
                let listing = json!({ "bucketId": bucket, "prefix": "u/42/b" });
                let (_, _, page) = site.call(&all, "b2_list_file_names", &listing);
                body["fileId"] = page["files"][0]["fileId"].clone();
            }
            let said = site.call(&token, call, &body);
            let row = format!(
                "{call}, uploads {uploads}, list {lists}, download {downloads}, copy {copies}, \
                 delete {deletes}"
            );
            assert_eq!(said.0 == 200, allowed, "{row}: {}", said.2);
            let with_id = call == "b2_get_file_info" && lists && !uploads;
            assert!(
                allowed || with_id || (said.0, said.1.as_str()) == (401, "unauthorized"),
                "{row}"
            );
        }
        // The ID of a listed file needs the permission to list or to copy.
        let said = site.call(&token, "b2_get_file_info", &json!({ "fileId": stored }));
        assert_eq!(said.0 == 200, lists || copies, "{granted}: {}", said.2);
    }
    assert!(
        site.service
            .versions(b2_tests::BUCKET)
            .iter()
            .all(|file| file.file_name.starts_with("u/42/"))
    );
}
