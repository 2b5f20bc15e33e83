//! Invalid responses: not from B2, with another shape or content, with other hosts, or missing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::env::{TestEnv, failed, succeeded};
use crate::proxy::{Answer, TestProxy};

/// The time after which a command has certainly exceeded its retry budget of a second or two.
const TOO_LONG: Duration = Duration::from_secs(60);

/// Uploads the files `a` to `e` through a proxy.
fn folder() -> (TestProxy, TestEnv) {
    let (proxy, env) = TestProxy::with_bucket();
    for name in ["a", "b", "c", "d", "e"] {
        env.write(&format!("in/{name}"), name);
    }
    env.ok(&["file", "upload", "-r", "my-photos", "in"]);
    (proxy, env)
}

/// Commands, and the part of a URL that selects the tested request.
const COMMANDS: [(&[&str], &str); 8] = [
    (&["bucket", "list"], "b2_authorize_account"),
    (&["bucket", "list"], "b2_list_buckets"),
    (&["ls", "b2://my-photos"], "b2_list_file_names"),
    (&["ls", "--versions", "b2://my-photos"], "b2_list_file_versions"),
    (&["file", "upload", "my-photos", "in/a", "x"], "b2_get_upload_url"),
    (&["file", "upload", "my-photos", "in/a", "x"], "b2_upload_file"),
    (&["file", "hide", "b2://my-photos/a"], "b2_hide_file"),
    (&["file", "large", "unfinished", "list", "b2://my-photos"], "unfinished_large_files"),
];

fn with<'a>(options: &[&'a str], arguments: &[&'a str]) -> Vec<&'a str> {
    [options, arguments].concat()
}

#[test]
fn a_login_page_is_no_answer_to_a_call() {
    let (proxy, env) = folder();
    for (command, operation) in COMMANDS {
        proxy.answer(operation, Answer::page(200, "Log in to use this network."));
        let begun = Instant::now();
        let error = env.fails(&with(&["--retry-for", "1"], command));
        assert!(begun.elapsed() < TOO_LONG, "{operation}");
        assert!(error.contains("something other than B2 answered"), "{operation}: {error}");
        assert!(error.contains("200") && error.contains("text/html"), "{operation}: {error}");
        assert!(error.contains("Log in to use this network."), "{operation}: {error}");
        assert!(proxy.count(operation) > 0);
    }
}

#[test]
fn a_response_of_another_shape_is_not_repeated() {
    let (proxy, env) = folder();
    let rows = [
        (0, json!({"accountId": "a", "authorizationToken": "t"}), "apiInfo"),
        (1, json!({"buckets": "none"}), "buckets"),
        (2, json!({"files": 5, "nextFileName": null}), "files"),
        (2, json!({"nextFileName": null}), "files"),
        (3, json!({"files": [], "nextFileName": 5}), "nextFileName"),
        (4, json!({"uploadUrl": null, "authorizationToken": "t"}), "uploadUrl"),
        (5, json!({"fileName": "x", "contentLength": 1}), "fileId"),
        (6, json!([]), "an object"),
        (7, json!({"files": {}}), "files"),
    ];
    for (row, answer, field) in rows {
        let (command, operation) = COMMANDS[row];
        proxy.answer(operation, Answer::json(200, &answer));
        let error = env.fails(command);
        assert!(error.contains("not one that B2 gives"), "{operation}: {error}");
        assert!(error.contains(field), "{operation}: {error}");
        assert_eq!(proxy.count(operation), 1, "{operation}");
    }
}

#[test]
fn a_missing_response_ends_within_the_budget() {
    let (proxy, env) = folder();
    let (id, large) = (id_of(&env, "a"), env.write("large", vec![7; 350_000]));
    let info = ["file", "info", &id];
    let more: [(&[&str], &str); 5] = [
        (&info, "b2_get_file_info"),
        (&["file", "info", "b2://my-photos/a"], "/file/my-photos/a"),
        (&["file", "download", "b2://my-photos/a", "copy"], "/file/my-photos/a"),
        (&["file", "upload", "my-photos", large.to_str().unwrap(), "x"], "b2_start_large_file"),
        (&["file", "upload", "my-photos", large.to_str().unwrap(), "x"], "b2_upload_part"),
    ];
    for (command, operation) in COMMANDS.into_iter().chain(more) {
        proxy
            .intercept(move |request, forward| (!request.target.contains(operation)).then(forward));
        let begun = Instant::now();
        let error = env.fails(&with(&["--retry-for", "1"], command));
        assert!(begun.elapsed() < TOO_LONG, "{operation}");
        // Either the limit of the attempt or the idle timeout of the connection ends it.
        let timed_out =
            error.contains("no answer came for ") || error.contains("no data was transferred for ");
        assert!(timed_out, "{operation}: {error}");
    }
}

type Edit = fn(&mut Value);

/// Changes to responses, so that they contain hosts outside of the realm.
const FOREIGN: [(&str, Edit); 3] = [
    ("b2_authorize_account", |answer| {
        answer["apiInfo"]["storageApi"]["apiUrl"] = "http://api.elsewhere.example".into();
    }),
    ("b2_authorize_account", |answer| {
        answer["apiInfo"]["storageApi"]["downloadUrl"] = "http://f.elsewhere.example".into();
    }),
    ("b2_get_upload_url", |answer| {
        let url = answer["uploadUrl"].as_str().unwrap();
        let path = &url["http://".len()..];
        let path = &path[path.find('/').unwrap()..];
        answer["uploadUrl"] = format!("http://up.elsewhere.example{path}").into();
    }),
];

#[test]
fn nothing_is_sent_to_a_host_outside_of_the_realm() {
    let (proxy, env) = folder();
    // As an HTTP proxy, it receives the requests to all hosts.
    let b2 = |arguments: &[&str]| {
        let mut command = env.b2(arguments);
        command.env("HTTP_PROXY", proxy.url()).output().unwrap()
    };
    let upload = ["file", "upload", "my-photos", "in/a", "x"];
    for (operation, edit) in FOREIGN {
        proxy.edit(operation, edit);
        let error = failed(&b2(&upload), 1);
        assert!(error.contains("elsewhere.example"), "{operation}: {error}");
        assert!(error.contains("--allow-host"), "{operation}: {error}");
        assert_eq!((proxy.count(operation), proxy.count("elsewhere")), (1, 0), "{operation}");

        succeeded(&b2(&with(&["--allow-host", "elsewhere.example"], &upload)));
        let download = ["file", "download", "b2://my-photos/a", "copy"];
        succeeded(&b2(&with(&["--allow-host", "elsewhere.example"], &download)));
        assert_eq!(env.read("copy"), b"a");
        assert!(proxy.count("elsewhere.example") > 0, "{operation}");
        let error = failed(&b2(&with(&["--allow-host", "where.example"], &upload)), 1);
        assert!(error.contains("elsewhere.example"), "{operation}: {error}");
    }
}

#[test]
fn damaged_bytes_are_sent_again() {
    let (proxy, env) = folder();
    for message in ["Checksum did not match data received", "Sha1 did not match", "Qualcosa"] {
        let damaged = AtomicUsize::new(0);
        proxy.intercept(move |request, forward| {
            let first = request.target.contains("b2_upload_file")
                && damaged.fetch_add(1, Ordering::Relaxed) == 0;
            Some(if first { Answer::error(400, "bad_request", message) } else { forward() })
        });
        env.ok(&["file", "upload", "my-photos", "in/a", "again"]);
        assert_eq!(proxy.count("b2_upload_file"), 2, "{message}");
        // The second attempt uses a new upload URL.
        assert_eq!(proxy.count("b2_get_upload_url"), 2, "{message}");
    }
}

#[test]
fn calls_beyond_a_cap_are_not_repeated() {
    let (proxy, env) = folder();
    for number in 0..30 {
        env.write(&format!("many/{number}"), "x");
    }
    for code in ["cap_exceeded", "storage_cap_exceeded", "transaction_cap_exceeded"] {
        for status in [400, 401, 403] {
            for operation in ["b2_upload_file", "b2_get_upload_url"] {
                proxy.answer(operation, Answer::error(status, code, "Refused"));
                let upload = ["file", "upload", "-r", "--threads", "1", "my-photos", "many"];
                let error = env.fails(&upload);
                assert!(error.contains("cap"), "{status} {code}: {error}");
                assert_eq!(proxy.count(operation), 1, "{status} {code}: {error}");
            }
        }
    }
    for status in [400, 401, 403] {
        let refusal = Answer::error(status, "download_cap_exceeded", "Refused");
        proxy.answer("/file/my-photos/", refusal.clone());
        let error = env.fails(&["file", "download", "b2://my-photos/a", "copy"]);
        assert!(error.contains("cap"), "{status}: {error}");
        assert_eq!(proxy.count("/file/my-photos/"), 1, "{status}: {error}");
        proxy.answer("b2_download_file_by_id", refusal);
        let error =
            env.fails(&["file", "download", "-r", "--threads", "1", "b2://my-photos", "out"]);
        assert!(error.contains("cap"), "{status}: {error}");
        assert_eq!(proxy.count("b2_download_file_by_id"), 1, "{status}: {error}");
    }
}

/// Removes the length of the entry `b`, and appends `null` as an entry.
fn with_unreadable_entries(page: &mut Value) {
    let files = page["files"].as_array_mut().unwrap();
    for file in files.iter_mut().filter(|file| file["fileName"] == "b") {
        (file["contentLength"], file["size"]) = (Value::Null, Value::Null);
    }
    files.push(Value::Null);
}

#[test]
fn an_unreadable_entry_is_reported_and_the_others_are_listed() {
    let (proxy, env) = folder();
    proxy.edit("b2_list_file_", with_unreadable_entries);
    for versions in [&[][..], &["--versions"]] {
        let output = env.b2(&with(&["ls", "-r", "b2://my-photos"], versions)).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "a\nc\nd\ne\n");
        let error = failed(&output, 1);
        assert!(error.contains("'b'") && error.contains("contentLength"), "{error}");
        assert!(error.contains("2 entries were left out"), "{error}");
    }
    let output = env.b2(&["ls", "-r", "--json", "b2://my-photos"]).output().unwrap();
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), listed.as_array().unwrap().len()), (Some(1), 4));

    let error = env.fails(&["file", "download", "-r", "b2://my-photos", "out"]);
    assert!(error.contains("'b'"), "{error}");
    assert_eq!(env.names("out"), ["a", "c", "d", "e"]);

    let output = env.b2(&["bucket", "get", "--show-size", "my-photos"]).output().unwrap();
    let error = failed(&output, 1);
    assert!(error.contains("'b'") && error.contains("2 entries were left out"), "{error}");
    let bucket: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&bucket["fileCount"], &bucket["totalSize"]), (&json!(4), &json!(4)));

    let error = env.fails(&["rm", "-r", "b2://my-photos"]);
    assert!(error.contains("2 of 6") && error.contains("'b'"), "{error}");
    proxy.intercept(|_, forward| Some(forward()));
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "b\n");
}

#[test]
fn an_unreadable_bucket_is_reported_and_the_others_are_listed() {
    let (proxy, env) = folder();
    env.ok(&["bucket", "create", "my-videos", "allPrivate"]);
    proxy.edit("b2_list_buckets", |answer| {
        for bucket in answer["buckets"].as_array_mut().unwrap() {
            if bucket["bucketName"] == "my-videos" {
                bucket["bucketType"] = json!(7);
            }
        }
    });
    for arguments in [&["bucket", "list"][..], &["ls"], &["--json", "bucket", "list"]] {
        let output = env.b2(arguments).output().unwrap();
        let error = failed(&output, 1);
        assert!(error.contains("'my-videos'") && error.contains("bucketType"), "{error}");
        let listed = String::from_utf8_lossy(&output.stdout);
        assert!(listed.contains("my-photos") && !listed.contains("my-videos"), "{listed}");
    }
    env.ok(&["bucket", "get", "my-photos"]);
    assert_eq!(env.ok(&["ls", "b2://my-photos"]), "a\nb\nc\nd\ne\n");
    let error = env.fails(&["bucket", "get", "my-videos"]);
    assert!(error.contains("'my-videos'") && error.contains("bucketType"), "{error}");
}

#[test]
fn a_next_page_that_is_not_later_ends_the_listing() {
    let (proxy, env) = folder();
    for next in ["a", "e"] {
        proxy.edit("b2_list_file_names", move |page| page["nextFileName"] = next.into());
        let output = env.b2(&["ls", "-r", "b2://my-photos"]).output().unwrap();
        let error = failed(&output, 1);
        assert!(error.contains("would not be a later one"), "{error}");
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("a\nb\nc\nd\ne\n"));
        assert!(proxy.count("b2_list_file_names") <= 3);
    }
    let error = env.fails(&["file", "download", "-r", "b2://my-photos", "out"]);
    assert!(error.contains("would not be a later one"), "{error}");
}

#[test]
fn the_json_of_a_listing_that_fails_is_complete() {
    let (proxy, env) = folder();
    let listings: [(&[&str], &str, usize); 4] = [
        (&["ls", "-r", "b2://my-photos"], "b2_list_file_names", 5),
        (&["ls", "-r", "--versions", "b2://my-photos"], "b2_list_file_versions", 5),
        (&["rm", "-r", "--dry-run", "b2://my-photos"], "b2_list_file_names", 5),
        (&["key", "list"], "b2_list_keys", 0),
    ];
    for (arguments, operation, entries) in listings {
        // The first page announces a second one, which is invalid.
        let pages = AtomicUsize::new(0);
        proxy.edit(operation, move |page| {
            if pages.fetch_add(1, Ordering::Relaxed) > 0 {
                page["files"] = "none".into();
                page["keys"] = "none".into();
                return;
            }
            for next in ["nextFileName", "nextFileId", "nextApplicationKeyId"] {
                page[next] = "f".into();
            }
        });
        let output = env.b2(&with(&["--json"], arguments)).output().unwrap();
        failed(&output, 1);
        let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(listed.as_array().unwrap().len(), entries, "{arguments:?}");
    }
}

#[test]
fn a_response_about_another_file_is_an_error() {
    let (proxy, env) = folder();
    let id = id_of(&env, "a");
    proxy.edit("b2_get_file_info", |file| file["fileId"] = "4_zother".into());
    let error = env.fails(&["file", "info", &id]);
    assert!(error.contains("another file") && error.contains("4_zother"), "{error}");
    proxy.edit("b2_upload_file", |file| file["fileName"] = "other".into());
    let error = env.fails(&["--retry-for", "1", "file", "upload", "my-photos", "in/a", "x"]);
    assert!(error.contains("another file") && error.contains("'other'"), "{error}");
    proxy.edit("b2_hide_file", |file| file["fileName"] = "other".into());
    let error = env.fails(&["file", "hide", "b2://my-photos/a"]);
    assert!(error.contains("another file") && error.contains("'other'"), "{error}");
}

#[test]
fn a_login_required_by_a_proxy_or_network_is_reported() {
    let (proxy, env) = folder();
    for number in 0..30 {
        env.write(&format!("many/{number}"), "x");
    }
    proxy.answer("b2_", Answer::page(407, "Proxy Authentication Required"));
    let error = env.fails(&["ls", "b2://my-photos"]);
    assert!(error.contains("407") && error.contains("HTTPS_PROXY"), "{error}");
    assert_eq!(proxy.count("b2_"), 1);
    let upload =
        ["--retry-for", "1", "file", "upload", "-r", "--threads", "1", "my-photos", "many"];
    proxy.answer("b2_upload_file", Answer::page(407, "Proxy Authentication Required"));
    let error = env.fails(&upload);
    assert!(error.contains("HTTPS_PROXY"), "{error}");
    assert_eq!(proxy.count("b2_upload_file"), 1);

    for operation in ["b2_authorize_account", "b2_upload_file"] {
        proxy.answer(operation, Answer::page(511, "Log in"));
        let error = env.fails(&upload);
        assert!(error.contains("511") && error.contains("demands a login"), "{error}");
    }

    // A proxy for TLS is asked for a tunnel first.
    proxy.answer("CONNECT ", Answer::page(407, "Proxy Authentication Required"));
    let mut command = env.b2(&["bucket", "list"]);
    command.env("B2_ENVIRONMENT", "https://b2.example").env("HTTPS_PROXY", proxy.url());
    let error = failed(&command.output().unwrap(), 1);
    assert!(error.contains("407") && error.contains("HTTPS_PROXY"), "{error}");
    assert_eq!(proxy.count("CONNECT "), 1);
}

fn id_of(env: &TestEnv, name: &str) -> String {
    env.server.with(|service| {
        let versions = service.versions("my-photos");
        let version = versions.iter().find(|version| version.file_name == name);
        format!("b2id://{}", version.unwrap().file_id)
    })
}
