//! Files that a grant is not for: names, types, info, sizes, SHA-1s, and what binds the application.

use serde_json::{Value, json};

use crate::site::MAX_BYTES;
use crate::suite::{RELAY, Suite};
use crate::wire::Request;

const START: &str = "b2_start_large_file";

/// The start of a large file with another value in a field.
pub(crate) fn start(suite: &Suite, field: &str, value: Value) -> Request {
    let mut body = suite.body(START);
    body[field] = value;
    Request::call(START, suite.token("ada"), &body)
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

pub(crate) fn names(suite: &mut Suite) {
    let mut names: Vec<String> = [
        "",
        "a",
        "/",
        "u",
        "u/",
        "u/a",
        "u/ada",
        "u/adam/a",
        "u/ad/a",
        "u/bob/a",
        "U/ada/a",
        "u/ADA/a",
        "/u/ada/a",
        "//u/ada/a",
        " u/ada/a",
        "u//ada/a",
        "u\\ada\\a",
        "u/ada/",
        "u/ada//a",
        "u/ada/a//b",
        "u/ada/a/",
        "u/ada/..",
        "u/ada/.",
        "u/ada/../bob/a",
        "u/ada/./a",
        "u/ada/a/..",
        "u/ada/a/.",
        "u/ada/a/../../bob/b",
        "u/ada/../../a",
        "u/ada/...//",
        "u/ada/\0",
        "u/ada/a\0.png",
        "u/ada/a\nb",
        "u/ada/a\rb",
        "u/ada/a\tb",
        "u/ada/\u{7f}",
        "u/ada/\u{1}",
        "u/ada/\u{1f}",
        "u/ada/a\\b",
        "u/ada/..\\..\\bob",
        "u/ad\u{e1}/a",
        "\u{ff55}/ada/a",
        "u\u{2215}ada/a",
        "u%2Fada%2Fa",
        "%75/ada/a",
        "u/ad%61/a",
        "..",
        ".",
        "../u/ada/a",
        "./u/ada/a",
        "file:///u/ada/a",
        "b2://visitors-files/u/ada/a",
        "visitors-files/u/ada/a",
        "\u{feff}u/ada/a",
        "\u{202e}u/ada/a",
        "u/ada\0/a",
        "u/ada\n/a",
        "null",
        "undefined",
        "~/a",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push(format!("u/ada/{}", "x".repeat(1_025)));
    names.push(format!("u/ada/{}", "x/".repeat(600)));
    names.push(format!("u/ada/{}", "\u{e4}".repeat(600)));
    names.push(format!("u/ada/{}/a", "x".repeat(251)));
    suite.class("names", |suite| {
        for name in &names {
            let large = start(suite, "fileName", json!(name));
            suite.refused(format!("a large file {name:?}"), &large);
            let small = suite.base(RELAY).with("x-bz-file-name", encoded(name));
            suite.refused(format!("a small file {name:?}"), &small);
        }
        // In the header as it is, coded twice, and not as text.
        for name in [
            "u/bob/a",
            "u/ada/../bob/a",
            "%2575/ada/a",
            "u%252Fada%252Fa",
            "u/ada/%00",
            "u/ada/%FF%FE",
            "%C3%28",
            "u/ada/%2e%2e/b",
        ] {
            let small = suite.base(RELAY).with("x-bz-file-name", name);
            suite.refused(format!("a small file {name}"), &small);
        }
        let none = suite.base(RELAY).without("x-bz-file-name");
        suite.refused("a small file without a name", &none);
        let mut two = suite.base(RELAY);
        two.headers.insert(0, ("x-bz-file-name".to_owned(), "u/bob/a".to_owned()));
        suite.refused("a small file of two names", &two);
    });
}

pub(crate) fn types(suite: &mut Suite) {
    let mut types: Vec<String> = [
        "",
        " ",
        "text/html",
        "TEXT/HTML",
        "text/html;charset=utf-8",
        "application/xhtml+xml",
        "text/xml",
        "application/xml",
        "application/javascript",
        "text/javascript",
        "application/octet-stream",
        "b2/x-auto",
        "B2/X-AUTO",
        "image",
        "image/",
        "/png",
        "image/*",
        "*/*",
        "*",
        "IMAGE/*",
        "image/*;a=b",
        "image/png,text/html",
        "image/png, text/html",
        "text/html,image/png",
        "image/png;text/html",
        "image/png; a=b, text/html",
        "image/png;a=\"b\"",
        "image/png; a=\"\";b=c",
        "image/png/text/html",
        "image//png",
        "image/png\\",
        "imagex/png",
        "ximage/png",
        "images/png",
        "image /png",
        "image/ png",
        "text/plain-html",
        "text/plainx",
        "text/plain/x",
        "text/*",
        "text/pla*",
        "image/p*g?",
        "image/png;",
        "image/png;;",
        "image/png;a",
        "image/png;=b",
        "image/png;a=",
        "multipart/mixed",
        "message/rfc822",
        "null",
        "undefined",
        "image/\u{e4}",
        "\u{ff49}mage/png",
        "image/(png)",
        "image/<script>",
        "image/png@x=text/html,a",
        "image/[png]",
    ]
    .map(str::to_owned)
    .to_vec();
    types.push(format!("image/{}", "x".repeat(10_000)));
    let controls = [
        "image/png\r\nx-evil: 1",
        "image/png\ntext/html",
        "image/png\0",
        "image/png\ttext/html",
        "\timage/png",
    ];
    suite.class("content types", |suite| {
        for kind in &types {
            let large = start(suite, "contentType", json!(kind));
            suite.refused(format!("a large file of {kind:?}"), &large);
            let small = suite.base(RELAY).with("content-type", kind);
            suite.refused(format!("a small file of {kind:?}"), &small);
        }
        // What cannot be in a header.
        for kind in controls {
            let large = start(suite, "contentType", json!(kind));
            suite.refused(format!("a large file of {kind:?}"), &large);
        }
        for value in
            [json!(null), json!(1), json!([]), json!(["image/png"]), json!({}), json!(true)]
        {
            let large = start(suite, "contentType", value.clone());
            suite.refused(format!("a large file of {value}"), &large);
        }
        let none = suite.base(RELAY).without("content-type");
        suite.refused("a small file without a type", &none);
        let mut two = suite.base(RELAY);
        two.headers.insert(0, ("content-type".to_owned(), "text/html".to_owned()));
        suite.refused("a small file of two types", &two);
    });
}

pub(crate) fn info(suite: &mut Suite) {
    let long = "x".repeat(7_001);
    let mut infos = vec![json!(1), json!("a"), json!([]), json!([["a", "b"]]), json!(true)];
    let many = |count: usize| (0..count).map(|number| (format!("k{number}"), json!("v"))).collect();
    for map in [many(2_000), many(5_000)] {
        infos.push(Value::Object(map));
    }
    for key in [
        "",
        " ",
        "a b",
        "a:b",
        "a/b",
        "a\r\nb",
        "a\0",
        "\u{e4}",
        "a,b",
        "a;b",
        "a=b",
        "a\"b",
        "(a)",
        "b2-content-disposition",
        "B2-Content-Disposition",
        "b2-content-type",
        "b2-content-encoding",
        "b2-content-language",
        "b2-cache-control",
        "b2-expires",
        "b2-anything",
        "B2-",
        "b2-cache-control ",
        "\u{212a}ey",
    ] {
        infos.push(json!({ key: "value" }));
    }
    infos.push(json!({ "x".repeat(51): "value" }));
    infos.push(json!({ "long": long }));
    infos.push(json!({ "a": "x".repeat(3_600), "b": "y".repeat(3_600) }));
    for value in [json!(1), json!(null), json!([]), json!({}), json!(true)] {
        infos.push(json!({ "key": value }));
    }
    infos.push(json!({ "key": "1", "KEY": "2" }));
    for size in [
        "5001",
        "-1",
        "",
        " ",
        "x",
        "1e3",
        "0x10",
        "1.0",
        "99999999999999999999",
        "+5",
        "5000 ",
        "\u{0665}",
    ] {
        infos.push(json!({ "gateway-size": size }));
    }
    suite.class("file info and declared sizes", |suite| {
        for info in &infos {
            let shown: String = info.to_string().chars().take(100).collect();
            let large = start(suite, "fileInfo", info.clone());
            suite.refused(format!("a large file with {shown}"), &large);
            let fields = info.as_object().into_iter().flatten();
            let Some(fields) =
                fields.map(|(key, value)| Some((key, value.as_str()?))).collect::<Option<Vec<_>>>()
            else {
                continue;
            };
            // What is a name of a header, with a value as text.
            let is_name = |key: &str| {
                !key.is_empty()
                    && key.bytes().all(|byte| {
                        byte.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&byte)
                    })
            };
            if fields.is_empty() || !fields.iter().all(|(key, _)| is_name(key)) {
                continue;
            }
            let mut small = suite.base(RELAY);
            for (key, value) in fields {
                small.headers.push((format!("x-bz-info-{key}"), encoded(value)));
            }
            suite.refused(format!("a small file with {shown}"), &small);
        }
        let other = suite.base(RELAY).with("x-bz-info-gateway-size", "4");
        suite.refused("a small file that was declared as another size", &other);
        let raw = suite.base(RELAY).with("x-bz-info-color", "r\u{f6}t");
        suite.refused("a small file with info that is not coded", &raw);
    });
}

/// What would bind the application, or hide the file from it.
pub(crate) fn bindings(suite: &mut Suite) {
    let fields = [
        (
            "fileRetention",
            json!({ "mode": "compliance", "retainUntilTimestamp": 4_000_000_000_000_u64 }),
        ),
        ("fileRetention", json!({ "mode": "governance", "retainUntilTimestamp": 1 })),
        ("fileRetention", json!({})),
        ("fileRetention", json!("compliance")),
        ("legalHold", json!("on")),
        ("legalHold", json!("off")),
        ("legalHold", json!(true)),
        ("customUploadTimestamp", json!(1)),
        ("customUploadTimestamp", json!("1")),
        (
            "serverSideEncryption",
            json!({ "mode": "SSE-C", "algorithm": "AES256", "customerKey": "a", "customerKeyMd5": "b" }),
        ),
        ("serverSideEncryption", json!({ "mode": "SSE-C" })),
        ("serverSideEncryption", json!({ "mode": "sse-b2" })),
        ("serverSideEncryption", json!({ "mode": "none" })),
        ("serverSideEncryption", json!({ "mode": 1 })),
        ("serverSideEncryption", json!("SSE-B2")),
        ("bucketId", json!("4a48fe8875c6214145260818")),
        ("bucketId", json!("")),
        ("bucketId", json!(null)),
        ("bucketId", json!("*")),
        ("bucketId", json!([suite.site.bucket_id])),
        ("bucketId", json!(suite.site.bucket_id.to_uppercase() + " ")),
        ("bucketId", json!(crate::site::BUCKET)),
    ];
    let headers = [
        ("x-bz-file-retention-mode", "compliance"),
        ("x-bz-file-retention-mode", "governance"),
        ("x-bz-file-retention-mode", ""),
        ("x-bz-file-retention-retain-until-timestamp", "4000000000000"),
        ("x-bz-file-legal-hold", "on"),
        ("x-bz-file-legal-hold", "off"),
        ("x-bz-custom-upload-timestamp", "1"),
        ("x-bz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-bz-server-side-encryption", "SSE-C"),
        ("x-bz-server-side-encryption", "aes256"),
        ("x-bz-server-side-encryption", ""),
    ];
    suite.class("what binds the application", |suite| {
        for (field, value) in &fields {
            let large = start(suite, field, value.clone());
            suite.refused(format!("{field} {value}"), &large);
        }
        for (name, value) in headers {
            let small = suite.base(RELAY).with(name, value);
            suite.refused(format!("{name} {value}"), &small);
        }
        for call in [
            "b2_get_upload_url",
            "b2_list_file_names",
            "b2_list_unfinished_large_files",
            "b2_get_download_authorization",
        ] {
            for bucket in ["", "4a48fe8875c6214145260818", "*", "null", crate::site::BUCKET] {
                let mut body = suite.body(call);
                body["bucketId"] = json!(bucket);
                let request = Request::call(call, suite.token("ada"), &body);
                suite.refused(format!("{call} in the bucket {bucket:?}"), &request);
            }
        }
    });
}

/// Bytes that are not those that were announced, or too many.
pub(crate) fn bytes(suite: &mut Suite) {
    let right = b2_proto::hash::Sha1Digest::of(b"small").to_hex();
    let sha1s = [
        "",
        "0",
        "null",
        "unverified",
        "unverified:",
        "none",
        "hex_digits_at_end",
        "DO_NOT_VERIFY",
        "md5",
        "0000000000000000000000000000000000000000",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "zz39a3ee5e6b4b0d3255bfef95601890afd80709",
    ];
    suite.class("SHA-1s and sizes", |suite| {
        for sha1 in sha1s.map(str::to_owned).into_iter().chain([
            right[..39].to_owned(),
            format!("{right}0"),
            format!("unverified:{right}"),
            format!("{right},{right}"),
        ]) {
            let small = suite.base(RELAY).with("x-bz-content-sha1", &*sha1);
            suite.refused(format!("a small file of SHA-1 {sha1:?}"), &small);
        }
        let none = suite.base(RELAY).without("x-bz-content-sha1");
        suite.refused("a small file without a SHA-1", &none);
        for extra in [1, 100, 100_000, 20_000_000] {
            let length = usize::try_from(MAX_BYTES).expect("it is small") + extra;
            for sha1 in ["do_not_verify", "hex_digits_at_end"] {
                let large =
                    suite.base(RELAY).body(vec![b'0'; length]).with("x-bz-content-sha1", sha1);
                let declared = large.clone().body("0").with("content-length", length.to_string());
                if extra < 10_000 {
                    // Hosts may end the connection instead of receiving all of it.
                    suite.harmless(format!("{length} bytes, {sha1}"), &large, |answer| {
                        answer.status() == 400
                    });
                }
                if extra > 1_000 {
                    let answer = declared.send_and_shut(suite.site.host);
                    let refused = (400..500).contains(&answer.status());
                    suite.seen(refused, format!("{length} bytes, declared, {sha1}: {answer:?}"));
                }
            }
        }
        let right = suite.sha1s.clone();
        let swapped = vec![right[1].clone(), right[0].clone()];
        let twice = vec![right[0].clone(), right[0].clone()];
        let more = [right.clone(), vec![right[0].clone()]].concat();
        let wrong = vec!["0".repeat(40), "0".repeat(40)];
        let short = vec![right[0][..39].to_owned(), right[1].clone()];
        let arrays = [
            json!(null),
            json!([]),
            json!(""),
            json!({}),
            json!([null, null]),
            json!([1, 2]),
            json!([[], []]),
            json!(right.join(",")),
            json!([right[0]]),
            json!(swapped),
            json!(twice),
            json!(more),
            json!(wrong),
            json!(short),
            json!(["do_not_verify", "do_not_verify"]),
            json!(["unverified", "unverified"]),
            json!(["", ""]),
        ];
        for array in arrays {
            let mut body = suite.body("b2_finish_large_file");
            body["partSha1Array"] = array.clone();
            let request = Request::call("b2_finish_large_file", suite.token("ada"), &body);
            suite.refused(format!("a finish with {array}"), &request);
        }
    });
}
