//! Invalid numbers, and listings with other limits and starts.

use serde_json::{Value, json};

use crate::suite::Suite;
use crate::wire::{Answer, Request};

/// Texts of numbers. JSON itself does not limit numbers.
const NUMBERS: [&str; 20] = [
    "-1",
    "-0",
    "1.5",
    "1.0",
    "1e3",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "0x10",
    "010",
    "\"1\"",
    "\"\"",
    "true",
    "[]",
    "[1]",
    "{}",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "99999999999999999999999999999999999999999999999999",
];

fn with(suite: &Suite, call: &str, field: &str, value: &str) -> Request {
    let mut body = suite.body(call);
    body.as_object_mut().expect("it is one").remove(field);
    let text = body.to_string();
    suite.base(call).body(format!("{{\"{field}\":{value},{}", &text[1..]))
}

/// Returns whether all listed files are in the folder.
fn within(answer: &Answer, folder: &str) -> bool {
    let json = answer.json();
    let names = json["files"].as_array().into_iter().flatten();
    let mut names = names.map(|file| &file["fileName"]).chain([&json["nextFileName"]]);
    let own = |name: &Value| name.as_str().is_none_or(|name| name.starts_with(folder));
    (400..500).contains(&answer.status()) || answer.status() == 200 && names.all(own)
}

pub(crate) fn numbers(suite: &mut Suite) {
    const FIELDS: [(&str, &str); 7] = [
        ("b2_start_large_file", "declaredSize"),
        ("b2_list_parts", "startPartNumber"),
        ("b2_list_parts", "maxPartCount"),
        ("b2_list_unfinished_large_files", "maxFileCount"),
        ("b2_list_file_names", "maxFileCount"),
        ("b2_get_download_authorization", "validDurationInSeconds"),
        ("b2_start_large_file", "customUploadTimestamp"),
    ];
    // A longer duration than the grant is shortened.
    for long in ["3601", "604801", "4294967296", "18446744073709551615"] {
        let call = "b2_get_download_authorization";
        let answer = with(suite, call, "validDurationInSeconds", long).send(suite.site.host);
        assert_eq!(answer.status(), 200, "{long} seconds: {answer:?}");
    }
    suite.class("numbers", |suite| {
        for (call, field) in FIELDS {
            for number in NUMBERS {
                suite.refused(
                    format!("{call}: {field} is {number}"),
                    &with(suite, call, field, number),
                );
            }
        }
        for size in ["5001", "4294967296", "9007199254740993", "18446744073709551615"] {
            let large = with(suite, "b2_start_large_file", "declaredSize", size);
            suite.refused(format!("a large file of {size} bytes"), &large);
        }
        let zero = with(suite, "b2_get_download_authorization", "validDurationInSeconds", "0");
        suite.refused("downloads for no time", &zero);
        for (call, field) in [
            ("b2_list_file_names", "maxFileCount"),
            ("b2_list_unfinished_large_files", "maxFileCount"),
            ("b2_list_parts", "maxPartCount"),
            ("b2_list_parts", "startPartNumber"),
        ] {
            for count in
                ["0", "1", "101", "1001", "10001", "2147483648", "4294967295", "4294967296"]
            {
                let request = with(suite, call, field, count);
                suite.harmless(format!("{call}: {field} is {count}"), &request, |answer| {
                    within(answer, "u/ada/")
                });
            }
        }
    });
}

/// Listings with any limit contain only files of the visitor.
pub(crate) fn listings(suite: &mut Suite) {
    let long = "x".repeat(5_000);
    let starts = [
        "",
        "u/",
        "u/ada/",
        "u/ada/\u{ffff}",
        "u/bob/\u{ffff}",
        "u/c",
        "z",
        "\u{10ffff}",
        "..",
        &long,
    ];
    let delimiters = ["", "/", "//", "u", "u/", "a", ".", "u/bob/", "\0", "\u{301}", "%2f", &long];
    suite.class("listings that are cut elsewhere", |suite| {
        for (visitor, folder) in [("ada", "u/ada/"), ("bob", "u/bob/"), ("lister", "u/ada/")] {
            for start in starts {
                for delimiter in delimiters {
                    let body = json!({
                        "bucketId": suite.site.bucket_id, "prefix": folder, "startFileName": start,
                        "delimiter": delimiter, "maxFileCount": 3,
                    });
                    let request = Request::call("b2_list_file_names", suite.token(visitor), &body);
                    let what = format!("{visitor}: from {start:.9?}, cut at {delimiter:.9?}");
                    suite.harmless(what, &request, |answer| within(answer, folder));
                }
            }
        }
    });
}
