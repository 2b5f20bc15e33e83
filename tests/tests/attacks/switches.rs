//! Changed signatures, owners that differ between calls, and other origins and methods.

use serde_json::json;

use crate::site::BUCKET;
use crate::suite::{CALLS, RELAY, Suite, text};
use crate::wire::{Answer, Request};

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Returns a signed text with one changed character, at many positions, and with every other last character, some bits
/// of which are unused.
fn changed(signed: &str) -> Vec<String> {
    let with = |at: usize, letter: u8| {
        format!("{}{}{}", &signed[..at], char::from(letter), &signed[at + 1..])
    };
    let bytes = signed.as_bytes();
    let last = signed.len() - 1;
    let tag = signed.rfind('.').expect("it is signed");
    let flipped = (0..signed.len()).step_by(5).map(|at| {
        let place = LETTERS.iter().position(|letter| *letter == bytes[at]);
        with(at, place.map_or(b'A', |place| LETTERS[place ^ 1]))
    });
    // The last character of the claims and of the signature.
    let ends =
        [tag - 1, last].into_iter().flat_map(|at| LETTERS.iter().map(move |letter| (at, *letter)));
    let ends =
        ends.filter(|(at, letter)| bytes[*at] != *letter).map(|(at, letter)| with(at, letter));
    let (head, tail) = signed.split_at(tag);
    let more = [
        format!("{head}."),
        format!("{head}..{}", &tail[1..]),
        format!("{head}.{}{tail}", &head[2..]),
        format!("{head}{tail}{tail}"),
        format!("{head}{tail}="),
        format!("{head}={tail}"),
        format!("{head} {tail}"),
        format!("{head}{}", tail.replace('-', "+").replace('_', "/") + "="),
        format!("0{}", &signed[1..]),
        format!("01{}", &signed[1..]),
        format!("1.{}", signed),
        format!("HS256.{}", &signed[2..]),
        format!("none.{}.", &head[2..]),
        format!("eyJhbGciOiJub25lIn0{}.", &head[1..]),
        format!("eyJhbGciOiJIUzI1NiJ9{}{tail}", &head[1..]),
        signed.replace('.', ":"),
        signed.replace('.', "%2e"),
        format!("{signed}\u{0}"),
    ];
    flipped.chain(ends).chain(more).collect()
}

pub(crate) fn signatures(suite: &mut Suite) {
    suite.class("signatures with other bits", |suite| {
        for id in changed(&suite.unfinished.clone()) {
            let body = json!({ "fileId": id });
            let request = Request::call("b2_list_parts", suite.token("ada"), &body);
            suite.refused(format!("the id {id:?}"), &request);
        }
        for id in changed(&suite.stored.clone()) {
            let request =
                Request::call("b2_get_file_info", suite.token("ada"), &json!({ "fileId": id }));
            suite.refused(format!("the id {id:?}"), &request);
        }
        for (call, token) in
            [("b2_list_parts", suite.token("ada").to_owned()), (RELAY, suite.relay.1.clone())]
        {
            for token in changed(&token).iter().filter(|token| !token.contains('\0')) {
                let request = suite.base(call).with("authorization", token);
                suite.refused(format!("{call} with the token {token:?}"), &request);
            }
        }
    });
}

/// A visitor continues the upload of another one.
pub(crate) fn owners(suite: &mut Suite) {
    let (theirs, _) = suite.unfinished_file("eve", "u/ada/eve.png");
    let (bobs, bobs_sha1s) = suite.unfinished_file("bob", "u/bob/bob.png");
    let eve_relay = suite.relay_url("eve");
    let real: Vec<String> = suite.site.simulator.with(|service| {
        service.versions(BUCKET).into_iter().map(|version| version.file_id).collect()
    });
    let sha1s = suite.sha1s.clone();
    let bucket = suite.site.bucket_id.clone();
    suite.class("owners who change", |suite| {
        for (visitor, id) in [
            ("ada", &theirs),
            ("sender", &theirs),
            ("bob", &theirs),
            ("ada", &bobs),
            ("eve", &bobs),
            ("careful", &bobs),
            ("unique", &bobs),
        ] {
            for call in [
                "b2_get_upload_part_url",
                "b2_list_parts",
                "b2_cancel_large_file",
                "b2_get_file_info",
            ] {
                let request = Request::call(call, suite.token(visitor), &json!({ "fileId": id }));
                suite.refused(format!("{visitor}: {call}"), &request);
            }
            for parts in [&sha1s, &bobs_sha1s] {
                let body = json!({ "fileId": id, "partSha1Array": parts });
                let request = Request::call("b2_finish_large_file", suite.token(visitor), &body);
                suite.refused(format!("{visitor} finishes"), &request);
            }
        }
        // An own file with parts that it does not have.
        for parts in [&sha1s[..1], &[sha1s[0].clone(), "0".repeat(40)], &[]] {
            let body = json!({ "fileId": theirs, "partSha1Array": parts });
            let request = Request::call("b2_finish_large_file", suite.token("eve"), &body);
            suite.refused(format!("eve finishes with {parts:?}"), &request);
        }
        // An upload URL with the token of another visitor, and a name in another folder.
        let (path, token) = &eve_relay;
        for name in ["u/bob/a.png", "u/adam/a.png", "u/careful/a.png", "a.png"] {
            let small = suite.base(RELAY).path(path).with("authorization", token);
            suite.refused(format!("eve sends {name}"), &small.with("x-bz-file-name", name));
        }
        // The IDs of B2.
        for id in &real {
            for (call, body) in [
                ("b2_copy_file", json!({ "sourceFileId": id, "fileName": "u/ada/copy.png" })),
                (
                    "b2_copy_part",
                    json!({ "sourceFileId": id, "largeFileId": theirs, "partNumber": 1 }),
                ),
                ("b2_delete_file_version", json!({ "fileId": id, "fileName": "u/bob/bob.png" })),
                ("b2_hide_file", json!({ "bucketId": bucket, "fileName": "u/ada/stored.png" })),
                (
                    "b2_update_file_legal_hold",
                    json!({ "fileId": id, "fileName": "u/ada/stored.png", "legalHold": "on" }),
                ),
                ("b2_get_file_info", json!({ "fileId": id })),
            ] {
                let request = Request::call(call, suite.token("ada"), &body);
                suite.refused(format!("{call} {id}"), &request);
            }
        }
        for call in CALLS {
            if suite.body(call).get("bucketId").is_none() {
                continue;
            }
            for other in [
                format!("{bucket}0"),
                bucket[1..].to_owned(),
                format!(" {bucket}"),
                format!("{bucket}\0"),
                "0".repeat(24),
            ] {
                let mut body = suite.body(call);
                body["bucketId"] = json!(other);
                let request = Request::call(call, suite.token("ada"), &body);
                suite.refused(format!("{call} in {other:?}"), &request);
            }
        }
    });
    suite.accepted("eve", "b2_cancel_large_file", &json!({ "fileId": theirs }));
    suite.accepted("bob", "b2_cancel_large_file", &json!({ "fileId": bobs }));
}

/// Pages of other origins, and requests that pages of the own origin may not send.
pub(crate) fn other_origins(suite: &mut Suite) {
    const OTHERS: [&str; 16] = [
        "https://app.example.evil.com",
        "https://app.exampleevil.com",
        "https://evil.com/https://app.example",
        "https://app.example%00.evil.com",
        "https://app.example%60.evil.com",
        "https://app.example\\.evil.com",
        "https://app.example&.evil.com",
        "https://app.example_.evil.com",
        "https://sub.app.example",
        "https://*.example",
        "https://app_example",
        "https://appxexample",
        "https://app.example:0443",
        "https://app.example ",
        "data:text/html,x",
        "moz-extension://app.example",
    ];
    const HEADERS: [&str; 10] = [
        "*",
        "cookie",
        "x-evil",
        "authorization2",
        "x-bz-info",
        "x-bz-server-side-encryption-customer-key",
        "x-bz-file-legal-hold",
        "x-bz-info-a b",
        "host",
        "x-http-method-override",
    ];
    let own = "https://app.example";
    suite.class("other origins", |suite| {
        // One of them is the own origin after trimming.
        for origin in OTHERS.iter().filter(|origin| origin.trim_end() != own) {
            for path in [
                "/b2api/v4/b2_authorize_account",
                "/b2api/v4/b2_list_parts",
                "/b2api/v4/b2_upload_file/a/b",
                "/",
                "/b2api/v4/x",
            ] {
                for method in ["OPTIONS", "GET", "POST", "HEAD"] {
                    let request = Request::new(method, path)
                        .with("origin", *origin)
                        .with("cookie", "session=the session of ada")
                        .with("access-control-request-method", "POST")
                        .with("access-control-request-headers", "authorization")
                        .with("access-control-request-private-network", "true");
                    suite.harmless(format!("{method} {path} from {origin}"), &request, |answer| {
                        answer.status() != 0
                            && answer.status() != 200
                            && !answer.text.to_ascii_lowercase().contains("access-control-")
                    });
                }
            }
        }
        let preflight = |method: &str, headers: &str| {
            Request::new("OPTIONS", "/b2api/v4/b2_list_parts")
                .with("origin", own)
                .with("access-control-request-method", method)
                .with("access-control-request-headers", headers)
        };
        for method in ["DELETE", "PUT", "PATCH", "TRACE", "CONNECT", "*", "", "post", "GET, DELETE"]
        {
            suite.harmless(
                format!("a preflight of {method}"),
                &preflight(method, "authorization"),
                |answer| {
                    answer.status() == 204
                        && answer.header("access-control-allow-methods") == Some("GET, POST")
                },
            );
        }
        for header in HEADERS {
            let list = format!("{header}, authorization");
            suite.harmless(
                format!("a preflight for {header}"),
                &preflight("POST", &list),
                |answer| {
                    answer.status() == 204
                        && answer.header("access-control-allow-headers") == Some("authorization")
                },
            );
        }
    });
}

/// All paths with invalid methods.
pub(crate) fn methods(suite: &mut Suite) {
    const OTHERS: [&str; 6] =
        ["b2_list_buckets", "b2_hide_file", "x", "", "b2_upload_file/a/b", "b2_authorize_account"];
    suite.class("methods of all paths", |suite| {
        let token = suite.token("ada").to_owned();
        for call in CALLS.into_iter().chain(OTHERS) {
            for method in ["HEAD", "OPTIONS", "DELETE", "PUT", "QUERY", "LOCK", "M-SEARCH"] {
                for path in [
                    format!("/b2api/v4/{call}"),
                    format!("/app/b2api/v4/{call}"),
                    format!("/b2api/v4/../v4/{call}"),
                ] {
                    let request = Request::new(method, &*path).with("authorization", &*token);
                    let nothing = |answer: &Answer| {
                        let status = answer.status();
                        let preflight = method == "OPTIONS" && status == 204;
                        preflight
                            || (400..500).contains(&status)
                                && !(method == "HEAD" && answer.text.contains('{'))
                    };
                    suite.harmless(format!("{method} {path}"), &request, nothing);
                }
            }
        }
        for call in CALLS {
            for path in [
                format!("/x/../b2api/v4/{call}"),
                format!("/b2api/v4/./{call}"),
                format!("/b2api/v4/x/../{call}"),
                format!("/b2api/v4/x/%2e%2e/{call}"),
                format!("/%2e/b2api/v4/{call}"),
                format!("/x/..%2fb2api/v4/{call}"),
                format!("/b2api\\v4\\{call}"),
                format!("\\b2api/v4/{call}"),
                format!("//b2api/v4/{call}"),
                format!("//a/b2api/v4/{call}"),
                format!("http://a/x/../b2api/v4/{call}"),
                format!("http://u@a/b2api/v4/{call}"),
                format!("http:/b2api/v4/{call}"),
                format!("http:b2api/v4/{call}"),
                format!("//{call}/..//b2api/v4/{call}"),
            ] {
                let request = suite.base(call).path(path.clone());
                suite.refused(path, &request);
            }
        }
    });
    let text = text(
        &suite.accepted("ada", "b2_get_file_info", &suite.body("b2_get_file_info")),
        "fileName",
    );
    assert_eq!(text, "u/ada/stored.png");
}
