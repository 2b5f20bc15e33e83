//! Names outside of the prefix.

use b2_tests::BUCKET;
use bytes::Bytes;
use serde_json::json;

use crate::site::Site;

const TRICKS: [&str; 24] = [
    "",
    "/",
    "a",
    "u",
    "u/",
    "u/4",
    "u/42",
    "u/421/a",
    "U/42/a",
    "/u/42/a",
    "//u/42/a",
    "./u/42/a",
    "u//42/a",
    "u/./42/a",
    "u/41/../42/a",
    "u/42/../41/a",
    "u/42/..",
    "u/42/./a",
    "u/42//a",
    "u/42/",
    "u/42/a\0",
    "u/42/a\nb",
    "u/42\\..\\41\\a",
    // Another spelling of a prefix is another prefix.
    "u/\u{ff14}\u{ff12}/a",
];

#[test]
fn no_name_leads_out_of_the_prefix() {
    let mut site = Site::new();
    let token = site.visitor();
    let url = site.relay_url(&token);
    for name in TRICKS {
        let said = site.start(&token, name);
        assert!(matches!(said.0, 400 | 401), "{name:?}: {}", said.2);
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let said = site.relay(&url, Bytes::from_static(b"x"), &[("x-bz-file-name", &encoded)]);
        assert!(matches!(said.0, 400 | 403), "{name:?}: {}", said.2);
    }
    assert_eq!(site.service.versions(BUCKET).len(), 0);
    // A name that leaves the prefix when it is decoded again is refused. Other percent codes are part of the name.
    assert_eq!(site.start(&token, "u/42/%2e%2e%2f41").0, 400);
    assert_eq!(site.start(&token, "u/42/100%25%2e").0, 200);
    assert!(site.service.versions(BUCKET).iter().all(|file| file.file_name.starts_with("u/42/")));
}

/// A listing is limited to the prefix, wherever it starts.
#[test]
fn no_listing_shows_the_files_of_others() {
    let mut site = Site::new();
    for name in ["a", "u/41/a", "u/42", "u/42/a", "u/42/b", "u/421/a", "u/43/a", "z"] {
        site.service.put_file(site.now, BUCKET, name, Bytes::new());
    }
    let token = site.visitor();
    let bucket = site.bucket_id.clone();
    for prefix in TRICKS {
        for call in ["b2_list_file_names", "b2_list_unfinished_large_files"] {
            let body = json!({ "bucketId": bucket, "prefix": prefix, "namePrefix": prefix });
            let said = site.call(&token, call, &body);
            let narrower = prefix.starts_with("u/42/");
            assert!(said.0 == 401 || narrower, "{call} {prefix:?}: {}", said.2);
        }
        let body = json!({
            "bucketId": bucket, "fileNamePrefix": prefix, "validDurationInSeconds": 1,
        });
        let said = site.call(&token, "b2_get_download_authorization", &body);
        assert!(said.0 == 401 || prefix.starts_with("u/42/"), "{prefix:?}: {}", said.2);
    }
    let starts = ["", "a", "u/41/a", "u/42/a", "u/42/../41/a", "u/43/a", "zz"];
    for start in starts {
        for delimiter in [json!(null), json!("/"), json!("2"), json!("u")] {
            let body = json!({
                "bucketId": bucket, "prefix": "u/42/", "startFileName": start, "delimiter": delimiter,
                "maxFileCount": 1,
            });
            let (status, _, page) = site.call(&token, "b2_list_file_names", &body);
            assert_eq!(status, 200, "{page}");
            let names = page["files"].as_array().unwrap().iter().map(|file| &file["fileName"]);
            for name in names.chain([&page["nextFileName"]]).filter(|name| !name.is_null()) {
                assert!(name.as_str().unwrap().starts_with("u/42/"), "{start} {delimiter}: {page}");
            }
        }
    }
}
