//! Ambiguous requests: nested encodings, similar characters, duplicate headers and fields.

use serde_json::json;

use crate::contents::{encoded, start};
use crate::suite::{CALLS, RELAY, Suite};
use crate::wire::Request;

/// Names that some parsers resolve to a path outside of the prefix.
const OUT: [&str; 36] = [
    "%2e%2e/bob/a",
    "%2E%2E/bob/a",
    ".%2e/bob/a",
    "%2e./bob/a",
    "%2e/a",
    "a/%2e%2e/%2e%2e/bob/a",
    "%252e%252e/bob/a",
    "%25252e%25252e/bob/a",
    "..%2fbob/a",
    "..%2Fbob/a",
    "..%252fbob/a",
    "..%5cbob/a",
    "..%255cbob/a",
    "%2e%2e%2fbob%2fa",
    "..;/bob/a",
    "..;a=b/bob/a",
    ".;/a",
    "%2e%2e;/a",
    ".. /bob/a",
    " ../bob/a",
    "..\u{a0}/bob/a",
    "..\u{3000}/a",
    "\u{ff0e}\u{ff0e}/bob/a",
    "\u{ff0e}./bob/a",
    "\u{2024}\u{2024}/bob/a",
    "\u{fe52}\u{fe52}/bob/a",
    "\u{2025}/bob/a",
    "..\u{ff0f}bob\u{ff0f}a",
    "..\u{ff3c}bob",
    "..\u{fe68}bob",
    "a%00.png",
    "a%2500.png",
    "a%0d%0ax-evil: 1",
    "a%0ax-evil: 1",
    "a%250d%250a",
    "a/..",
];

/// Prefixes that are similar to the one of Ada, or equal after a conversion.
const LIKE: [&str; 22] = [
    "u/ada\u{200b}/a",
    "u/a\u{200d}da/a",
    "u/\u{430}da/a",
    "u/ad\u{430}/a",
    "\u{1d62}/ada/a",
    "u/\u{ff41}da/a",
    "u\u{ff0f}ada\u{ff0f}a",
    "u\u{2044}ada\u{2044}a",
    "u/ada\u{301}/a",
    "u/\u{e0}da/a",
    "u/A\u{300}da/a",
    "\u{ad}u/ada/a",
    "u\u{ad}/ada/a",
    "u/ada\u{fe0f}/a",
    "u/ada\u{e0061}/a",
    "\u{2066}u/ada/a",
    "u/ada\u{2028}/a",
    "\u{feff}u/ada/\u{feff}",
    "u/./ada/a",
    "u/%61da/a",
    "u/x/../ada/a",
    "u/ada%2fa",
];

pub(crate) fn names(suite: &mut Suite) {
    let out = OUT.iter().map(|rest| format!("u/ada/{rest}"));
    let names: Vec<String> = out.chain(LIKE.map(str::to_owned)).collect();
    // Invalid and overlong UTF-8.
    let overlong = [
        "u/ada/%C0%AE%C0%AE/a",
        "u/ada/%c0%ae./a",
        "u/ada/%E0%80%AE%E0%80%AE/a",
        "u/ada/%F0%80%80%AE/a",
        "u/ada/..%C0%AFbob",
        "u/ada/..%E0%80%AFbob",
        "u/ada/..%C1%9Cbob",
        "u/ada/%ED%A0%80",
        "u/ada/%F4%90%80%80",
        "u/ada/%C3",
        "u/ada/%80",
        "u/%C1%A1da/a",
        "u/ada/+../+a/..",
    ];
    suite.class("names that are read twice", |suite| {
        for name in &names {
            let large = start(suite, "fileName", json!(name));
            suite.refused(format!("a large file {name:?}"), &large);
            let small = suite.base(RELAY).with("x-bz-file-name", encoded(name));
            suite.refused(format!("a small file {name:?}"), &small);
        }
        for name in overlong {
            let small = suite.base(RELAY).with("x-bz-file-name", name);
            suite.refused(format!("a small file {name}"), &small);
        }
        for (call, field) in [
            ("b2_list_file_names", "prefix"),
            ("b2_list_unfinished_large_files", "namePrefix"),
            ("b2_get_download_authorization", "fileNamePrefix"),
        ] {
            for prefix in LIKE {
                let mut body = suite.body(call);
                body[field] = json!(prefix);
                let request = Request::call(call, suite.token("ada"), &body);
                suite.refused(format!("{call} {prefix:?}"), &request);
            }
        }
    });
}

/// Values that contain other headers, and duplicate headers.
pub(crate) fn headers(suite: &mut Suite) {
    const SPLIT: [&str; 8] = [
        "a\r\nx-evil: 1",
        "a\nx-evil: 1",
        "a\rx-evil: 1",
        "a\0b",
        "\n",
        "a\u{85}b",
        "a\u{1b}[2J",
        "a\r\n\r\n<script>",
    ];
    let twice = [
        ("authorization", "none"),
        ("x-bz-file-name", "u/ada/other.png"),
        ("x-bz-file-name", "u/bob/other.png"),
        ("content-type", "image/png"),
        ("content-type", "text/html"),
        ("x-bz-content-sha1", "do_not_verify"),
        ("x-bz-info-color", "red"),
    ];
    suite.class("headers that are read twice", |suite| {
        for value in SPLIT {
            let large = start(suite, "fileInfo", json!({ "color": value }));
            suite.refused(format!("a large file with info {value:?}"), &large);
            let small = suite.base(RELAY).with("x-bz-info-color", encoded(value));
            suite.refused(format!("a small file with info {value:?}"), &small);
            let kind = format!("image/png{value}");
            let large = start(suite, "contentType", json!(kind));
            suite.refused(format!("a large file of {kind:?}"), &large);
            let small =
                suite.base(RELAY).with("content-type", format!("image/png{}", encoded(value)));
            suite.refused(format!("a small file of {kind:?}"), &small);
        }
        for (name, value) in twice {
            for first in [true, false] {
                let mut small = suite.base(RELAY).with("x-bz-info-color", "blue");
                let header = (name.to_owned(), value.to_owned());
                let at = if first { 0 } else { small.headers.len() };
                small.headers.insert(at, header);
                suite.refused(format!("{name} twice, {value}, first: {first}"), &small);
            }
        }
        for coding in
            ["gzip", "deflate", "br", "zstd", "x-gzip", "identity, gzip", "aes128gcm", "x"]
        {
            for call in ["b2_list_parts", "b2_start_large_file", RELAY] {
                let request = suite.base(call).with("content-encoding", coding);
                suite.refused(format!("{call} in {coding}"), &request);
            }
        }
        // Two tokens with many headers between them.
        for count in [99, 120, 1_990, 2_100, 3_000] {
            let mut request = suite.base("b2_list_parts");
            let token = request.headers.remove(0);
            let many = std::iter::repeat_n(("x".to_owned(), "y".to_owned()), count);
            request.headers.splice(..0, many);
            request.headers.insert(0, token);
            request.headers.push(("authorization".to_owned(), "none".to_owned()));
            suite.refused(format!("two tokens and {count} other headers"), &request);
        }
    });
}

/// JSON that parsers read differently.
pub(crate) fn json(suite: &mut Suite) {
    suite.class("JSON that is read twice", |suite| {
        for call in CALLS {
            let base = suite.base(call);
            let body = suite.body(call);
            let right = body.to_string();
            for (field, value) in body.as_object().expect("it is one") {
                let Some(text) = value.as_str() else { continue };
                let broken = [
                    format!("{text}\\u0000"),
                    format!("\\u0000{text}"),
                    format!("{text}\\ud800"),
                    format!("\\udc00{text}"),
                    format!("{text}\\ud800\\u0041"),
                    format!("{text}\\uZZZZ"),
                    format!("{text}\\x41"),
                    format!("{text}\0"),
                    format!("{text}\n"),
                ];
                for broken in broken {
                    let text = right.replace(&value.to_string(), &format!("\"{broken}\""));
                    // A permitted type may have parameters, but not these.
                    suite.refused(
                        format!("{call}: {field} is {broken:?}"),
                        &base.clone().body(text),
                    );
                }
                // The same name with escapes.
                let escaped: String =
                    field.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
                for first in [true, false] {
                    let more = format!("\"{escaped}\":{}", json!("u/bob/x"));
                    let fields = &right[1..right.len() - 1];
                    let text = if first {
                        format!("{{{more},{fields}}}")
                    } else {
                        format!("{{{fields},{more}}}")
                    };
                    suite.refused(format!("{call}: {text}"), &base.clone().body(text.clone()));
                }
            }
            let wide: Vec<u8> = right.encode_utf16().flat_map(u16::to_le_bytes).collect();
            suite.refused(format!("{call}: UTF-16"), &base.clone().body(wide));
            let gzip = [&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], right.as_bytes()].concat();
            suite.refused(format!("{call}: a gzip header"), &base.clone().body(gzip));
            for (what, text) in [
                ("a prototype", format!("{{\"__proto__\":{right}}}")),
                ("a constructor", format!("{{\"constructor\":{{\"prototype\":{right}}}}}")),
                ("a comment", format!("/* */{right}")),
                ("a comment behind", format!("{right}// x")),
                ("a zero behind", format!("{right}\0")),
                ("a form", format!("json={right}")),
                (
                    "a part of several",
                    format!("--x\r\ncontent-type: application/json\r\n\r\n{right}\r\n--x--"),
                ),
                (
                    "names without quotes",
                    right.replace("\":", ":").replace(",\"", ",").replace("{\"", "{"),
                ),
            ] {
                suite.refused(format!("{call}: {what}"), &base.clone().body(text));
            }
        }
        let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        // Calls without such a field ignore it; calls with it refuse it.
        let parts = suite.body("b2_list_parts").to_string();
        let parts = suite.base("b2_list_parts").body(format!("{{\"x\":{deep},{}", &parts[1..]));
        suite.harmless("deep in an ignored field", &parts, |answer| {
            [200, 400].contains(&answer.status())
        });
        let nested = [
            ("serverSideEncryption", "{\"mode\":\"SSE-B2\",\"mode\":\"SSE-C\"}"),
            ("fileInfo", "{\"color\":\"1\",\"color\":\"2\"}"),
            ("fileInfo", "{\"color\":\"1\",\"\\u0063olor\":\"2\"}"),
            ("fileInfo", "{\"gateway-size\":\"1\",\"Gateway-Size\":\"5000\"}"),
            ("fileRetention", "{\"mode\":null}"),
            ("fileRetention", &*deep),
            ("fileInfo", &*deep),
            ("declaredSize", &*deep),
        ];
        let right = suite.body("b2_start_large_file").to_string();
        for (field, value) in nested {
            let text = format!("{{\"{field}\":{value},{}", &right[1..]);
            suite.refused(text.clone(), &suite.base("b2_start_large_file").body(text));
        }
    });
}
