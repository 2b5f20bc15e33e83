//! Requests with invalid bodies, methods, paths and origins.

use serde_json::{Value, json};

use crate::suite::{CALLS, RELAY, Suite};
use crate::wire::Request;

pub(crate) fn bodies(suite: &mut Suite) {
    let junk: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("a space", b" ".to_vec()),
        ("null", b"null".to_vec()),
        ("true", b"true".to_vec()),
        ("a number", b"1".to_vec()),
        ("a text", b"\"a\"".to_vec()),
        ("a list", b"[]".to_vec()),
        ("an empty object", b"{}".to_vec()),
        ("half an object", b"{\"fileId\":".to_vec()),
        ("a form", b"fileId=a&bucketId=b".to_vec()),
        ("XML", b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>".to_vec()),
        ("no UTF-8", b"{\"fileId\":\"\xff\xfe\"}".to_vec()),
        ("half a surrogate", b"{\"fileId\":\"\\ud800\"}".to_vec()),
        ("zeros", vec![0; 100]),
        ("a deep list", vec![b'['; 50_000]),
        ("a deep object", b"{\"a\":".repeat(10_000)),
        ("a long number", [b"{\"fileId\":".to_vec(), vec![b'9'; 50_000], b"}".to_vec()].concat()),
        ("a prototype", b"{\"__proto__\":{\"fileId\":\"a\"}}".to_vec()),
    ];
    suite.class("bodies", |suite| {
        for call in CALLS {
            let base = suite.base(call);
            for (what, bytes) in &junk {
                suite.refused(format!("{call}: {what}"), &base.clone().body(bytes.clone()));
            }
            let right = String::from_utf8(base.body.clone()).expect("it is text");
            let changed = [
                ("two bodies", format!("{right}{right}")),
                ("something behind", format!("{right}x")),
                ("something before", format!("x{right}")),
                ("a comma too many", right.replace('}', ",}")),
                ("quotes of another kind", right.replace('"', "'")),
                ("a mark before", format!("\u{feff}{right}")),
                ("in a list", format!("[{right}]")),
                ("in a text", json!(right).to_string()),
                ("more than any call has", format!("{}{}", " ".repeat(600_000), right)),
            ];
            for (what, text) in changed {
                suite.refused(format!("{call}: {what}"), &base.clone().body(text));
            }
            let body = suite.body(call);
            for (field, value) in body.as_object().expect("it is one") {
                if field == "contentType" {
                    continue;
                }
                // A duplicate field.
                for other in ["u/bob/", "x"] {
                    let (first, second) =
                        (json!({ field: other }).to_string(), json!({ field: value }).to_string());
                    for (a, b) in [(&first, &second), (&second, &first)] {
                        let twice = format!("{},{}", &a[..a.len() - 1], &b[1..]);
                        let rest = &right[1..];
                        let text = format!("{},{rest}", &twice[..twice.len() - 1]);
                        suite.refused(
                            format!("{call}: {field} twice, {text}"),
                            &base.clone().body(text),
                        );
                    }
                }
                let mut without = body.clone();
                without.as_object_mut().expect("it is one").remove(field);
                suite.refused(
                    format!("{call}: no {field}"),
                    &base.clone().body(without.to_string()),
                );
                for wrong in [
                    Value::Null,
                    json!(1),
                    json!(true),
                    json!([]),
                    json!({}),
                    json!([value]),
                    json!({ field: value }),
                ] {
                    let mut body = body.clone();
                    body[field] = wrong.clone();
                    // The value is not changed, or a number is valid.
                    if wrong == *value || (field == "validDurationInSeconds" && wrong == json!(1)) {
                        continue;
                    }
                    suite.refused(
                        format!("{call}: {field} is {wrong}"),
                        &base.clone().body(body.to_string()),
                    );
                }
            }
        }
    });
}

pub(crate) fn methods(suite: &mut Suite) {
    const METHODS: [&str; 10] =
        ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "post", "POSTS", "B2"];
    suite.class("methods", |suite| {
        for call in CALLS.into_iter().chain([RELAY]) {
            let base = suite.base(call);
            for method in METHODS {
                suite.refused(format!("{method} {call}"), &base.clone().method(method));
            }
            let get = base.clone().method("GET");
            for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
                suite.refused(format!("GET {call}, {name}"), &get.clone().with(name, "POST"));
            }
            let path = format!("{}?_method=POST", base.path);
            suite.refused(format!("GET {call}, in the query"), &get.path(path));
        }
    });
}

pub(crate) fn paths(suite: &mut Suite) {
    suite.class("paths", |suite| {
        for call in CALLS {
            let base = suite.base(call);
            let other =
                if call == "b2_list_file_names" { "b2_list_parts" } else { "b2_list_file_names" };
            let coded: String = call.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for path in [
                format!("/b2api/v4/{other}/b2api/v4/{call}"),
                format!("/b2api/v4/{call}/b2api/v4/{other}"),
                format!("/b2api/v4/b2_authorize_account/b2api/v4/{call}"),
                format!("/b2api/v4/b2_upload_file/a/b2api/v4/{call}"),
                format!("/b2api/v4/{call}/{other}"),
                format!("/b2api/v4/{call}/"),
                format!("/b2api/v4/{call}/x"),
                format!("/b2api/v4//{call}"),
                format!("/b2api/v4{call}"),
                format!("/b2api/{call}"),
                format!("/b2api/v1/{call}"),
                format!("/b2api/v2/{call}"),
                format!("/b2api/v3/{call}"),
                format!("/b2api/v5/{call}"),
                format!("/b2api/v04/{call}"),
                format!("/b2api/V4/{call}"),
                format!("/B2API/v4/{call}"),
                format!("/b2api/v4/{}", call.to_uppercase()),
                format!("/b2api/v4/{call}s"),
                format!("/b2api/v4/{call}.json"),
                format!("/b2api/v4/{call};a=b"),
                format!("/b2api/v4/{call}%00"),
                format!("/b2api/v4/{call}%20"),
                format!("/b2api/v4/{call}%2f"),
                format!("/b2api/v4/{call}%0d%0ax:y"),
                format!("/b2api/v4/{coded}"),
                format!("/b2api%2fv4%2f{call}"),
                format!("%2fb2api/v4/{call}"),
                format!("/b2api/v4/{call},{other}"),
                format!("/?/b2api/v4/{call}"),
                format!("/x?y=/b2api/v4/{call}"),
                format!("/{call}"),
            ] {
                suite.refused(format!("{path} for {call}"), &base.clone().path(path.clone()));
            }
        }
        // A small file with the token for calls, and the reverse.
        let upload = suite.base(RELAY);
        for call in CALLS {
            let request = upload.clone().path(format!("/b2api/v4/{call}"));
            suite.refused(format!("a small file to {call}"), &request);
        }
        for path in [
            "/b2api/v4/b2_upload_part/a/b",
            "/b2api/v4/b2_upload_files/a/b",
            "/b2api/v3/b2_upload_file/a/b",
            "/b2api/v4/B2_UPLOAD_FILE/a/b",
            "/b2_upload_file/a/b",
            "/b2api/v4/b2_list_parts/b2api/v4/b2_upload_file/a/b",
        ] {
            suite.refused(format!("a small file to {path}"), &upload.clone().path(path));
        }
    });
}

/// Pages of other origins cannot read responses.
pub(crate) fn origins(suite: &mut Suite) {
    const ORIGINS: [&str; 20] = [
        "https://evil.example",
        "null",
        "*",
        "",
        "http://app.example",
        "https://app.example.evil.example",
        "https://evil-app.example",
        "https://app.example:443",
        "https://app.example:8443",
        "https://app.example/",
        "https://APP.example",
        "HTTPS://app.example",
        "https://app.example.",
        "https://a@app.example",
        "https://app.example@evil.example",
        "https://app.example#evil.example",
        "https://app.exampl",
        "https://app.example, https://evil.example",
        "https://evil.example https://app.example",
        "file://",
    ];
    suite.class("origins", |suite| {
        for origin in ORIGINS {
            for call in ["b2_list_file_names", "b2_list_parts", "b2_get_file_info"] {
                let request = suite.base(call).with("origin", origin);
                let unread = |answer: &crate::wire::Answer| {
                    answer.status() != 0 && answer.header("access-control-allow-origin").is_none()
                };
                suite.harmless(format!("{call} from {origin}"), &request, unread);
                let asked = Request::new("OPTIONS", &*request.path)
                    .with("origin", origin)
                    .with("access-control-request-method", "POST")
                    .with("access-control-request-headers", "authorization");
                suite.harmless(format!("a preflight of {call} from {origin}"), &asked, |answer| {
                    unread(answer) && answer.header("access-control-allow-headers").is_none()
                });
            }
        }
    });
    let own =
        suite.base("b2_list_parts").with("origin", "https://app.example").send(suite.site.host);
    assert_eq!(own.header("access-control-allow-origin"), Some("https://app.example"));
}
