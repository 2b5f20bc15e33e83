//! Answers to calls that B2 does not give: from something else, of another shape, to another place, or none at all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::between::{Answer, Between};
use crate::world::{World, failed, succeeded};

/// What takes longer has not kept its budget of a second or two, however slow the machine is.
const LONG: Duration = Duration::from_secs(60);

/// Files `a` to `e`, and something between.
fn folder() -> (Between, World) {
    let (between, world) = Between::with_bucket();
    for name in ["a", "b", "c", "d", "e"] {
        world.write(&format!("in/{name}"), name);
    }
    world.ok(&["file", "upload", "-r", "my-photos", "in"]);
    (between, world)
}

/// Commands, and a part of the URL of the request that matters.
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
    let (between, world) = folder();
    for (command, operation) in COMMANDS {
        between.answer(operation, Answer::page(200, "Log in to use this network."));
        let begun = Instant::now();
        let error = world.fails(&with(&["--retry-for", "1"], command));
        assert!(begun.elapsed() < LONG, "{operation}");
        assert!(error.contains("something other than B2 answered"), "{operation}: {error}");
        assert!(error.contains("200") && error.contains("text/html"), "{operation}: {error}");
        assert!(error.contains("Log in to use this network."), "{operation}: {error}");
        assert!(between.count(operation) > 0);
    }
}

#[test]
fn an_answer_of_another_shape_is_told_at_once() {
    let (between, world) = folder();
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
        between.answer(operation, Answer::json(200, &answer));
        let error = world.fails(command);
        assert!(error.contains("not one that B2 gives"), "{operation}: {error}");
        assert!(error.contains(field), "{operation}: {error}");
        assert_eq!(between.count(operation), 1, "{operation}");
    }
}

#[test]
fn what_never_answers_is_given_up_within_the_budget() {
    let (between, world) = folder();
    let (id, large) = (id_of(&world, "a"), world.write("large", vec![7; 350_000]));
    let info = ["file", "info", &id];
    let more: [(&[&str], &str); 5] = [
        (&info, "b2_get_file_info"),
        (&["file", "info", "b2://my-photos/a"], "/file/my-photos/a"),
        (&["file", "download", "b2://my-photos/a", "copy"], "/file/my-photos/a"),
        (&["file", "upload", "my-photos", large.to_str().unwrap(), "x"], "b2_start_large_file"),
        (&["file", "upload", "my-photos", large.to_str().unwrap(), "x"], "b2_upload_part"),
    ];
    for (command, operation) in COMMANDS.into_iter().chain(more) {
        between.meddle(move |request, pass| (!request.target.contains(operation)).then(pass));
        let begun = Instant::now();
        let error = world.fails(&with(&["--retry-for", "1"], command));
        assert!(begun.elapsed() < LONG, "{operation}");
        // Of the client and the connection, either may notice first.
        let told = error.contains("no answer came for ") || error.contains("nothing moved for ");
        assert!(told, "{operation}: {error}");
    }
}

type Edit = fn(&mut Value);

/// What each answer says, with hosts that are not of the realm.
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
    let (between, world) = folder();
    // As a proxy, it would see what is sent to any host.
    let b2 = |arguments: &[&str]| {
        let mut command = world.b2(arguments);
        command.env("HTTP_PROXY", between.url()).output().unwrap()
    };
    let upload = ["file", "upload", "my-photos", "in/a", "x"];
    for (operation, edit) in FOREIGN {
        between.edit(operation, edit);
        let error = failed(&b2(&upload), 1);
        assert!(error.contains("elsewhere.example"), "{operation}: {error}");
        assert!(error.contains("--allow-host"), "{operation}: {error}");
        assert_eq!((between.count(operation), between.count("elsewhere")), (1, 0), "{operation}");

        succeeded(&b2(&with(&["--allow-host", "elsewhere.example"], &upload)));
        let download = ["file", "download", "b2://my-photos/a", "copy"];
        succeeded(&b2(&with(&["--allow-host", "elsewhere.example"], &download)));
        assert_eq!(world.read("copy"), b"a");
        assert!(between.count("elsewhere.example") > 0, "{operation}");
        let error = failed(&b2(&with(&["--allow-host", "where.example"], &upload)), 1);
        assert!(error.contains("elsewhere.example"), "{operation}: {error}");
    }
}

#[test]
fn bytes_that_were_damaged_on_the_way_are_sent_again() {
    let (between, world) = folder();
    for message in ["Checksum did not match data received", "Sha1 did not match", "Qualcosa"] {
        let damaged = AtomicUsize::new(0);
        between.meddle(move |request, pass| {
            let first = request.target.contains("b2_upload_file")
                && damaged.fetch_add(1, Ordering::Relaxed) == 0;
            Some(if first { Answer::error(400, "bad_request", message) } else { pass() })
        });
        world.ok(&["file", "upload", "my-photos", "in/a", "again"]);
        assert_eq!(between.count("b2_upload_file"), 2, "{message}");
        // At another URL than the one that was refused.
        assert_eq!(between.count("b2_get_upload_url"), 2, "{message}");
    }
}

#[test]
fn what_ends_everything_is_tried_once() {
    let (between, world) = folder();
    for number in 0..30 {
        world.write(&format!("many/{number}"), "x");
    }
    for code in ["cap_exceeded", "storage_cap_exceeded", "transaction_cap_exceeded"] {
        for status in [400, 401, 403] {
            for operation in ["b2_upload_file", "b2_get_upload_url"] {
                between.answer(operation, Answer::error(status, code, "Refused, sorry"));
                let upload = ["file", "upload", "-r", "--threads", "1", "my-photos", "many"];
                let error = world.fails(&upload);
                assert!(error.contains("cap"), "{status} {code}: {error}");
                assert_eq!(between.count(operation), 1, "{status} {code}: {error}");
            }
        }
    }
    for status in [400, 401, 403] {
        let refusal = Answer::error(status, "download_cap_exceeded", "Refused, sorry");
        between.answer("/file/my-photos/", refusal.clone());
        let error = world.fails(&["file", "download", "b2://my-photos/a", "copy"]);
        assert!(error.contains("cap"), "{status}: {error}");
        assert_eq!(between.count("/file/my-photos/"), 1, "{status}: {error}");
        between.answer("b2_download_file_by_id", refusal);
        let error =
            world.fails(&["file", "download", "-r", "--threads", "1", "b2://my-photos", "out"]);
        assert!(error.contains("cap"), "{status}: {error}");
        assert_eq!(between.count("b2_download_file_by_id"), 1, "{status}: {error}");
    }
}

/// The entry `b` has no length, and there is one that is nothing at all.
fn with_unreadable_entries(page: &mut Value) {
    let files = page["files"].as_array_mut().unwrap();
    for file in files.iter_mut().filter(|file| file["fileName"] == "b") {
        (file["contentLength"], file["size"]) = (Value::Null, Value::Null);
    }
    files.push(Value::Null);
}

#[test]
fn an_entry_that_cannot_be_read_is_told_and_the_rest_is_listed() {
    let (between, world) = folder();
    between.edit("b2_list_file_", with_unreadable_entries);
    for versions in [&[][..], &["--versions"]] {
        let output = world.b2(&with(&["ls", "-r", "b2://my-photos"], versions)).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "a\nc\nd\ne\n");
        let error = failed(&output, 1);
        assert!(error.contains("'b'") && error.contains("contentLength"), "{error}");
        assert!(error.contains("2 entries were left out"), "{error}");
    }
    let output = world.b2(&["ls", "-r", "--json", "b2://my-photos"]).output().unwrap();
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), listed.as_array().unwrap().len()), (Some(1), 4));

    let error = world.fails(&["file", "download", "-r", "b2://my-photos", "out"]);
    assert!(error.contains("'b'"), "{error}");
    assert_eq!(world.names("out"), ["a", "c", "d", "e"]);

    let output = world.b2(&["bucket", "get", "--show-size", "my-photos"]).output().unwrap();
    let error = failed(&output, 1);
    assert!(error.contains("'b'") && error.contains("2 entries were left out"), "{error}");
    let bucket: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&bucket["fileCount"], &bucket["totalSize"]), (&json!(4), &json!(4)));

    let error = world.fails(&["rm", "-r", "b2://my-photos"]);
    assert!(error.contains("2 of 6") && error.contains("'b'"), "{error}");
    between.meddle(|_, pass| Some(pass()));
    assert_eq!(world.ok(&["ls", "-r", "b2://my-photos"]), "b\n");
}

#[test]
fn a_bucket_that_cannot_be_read_is_told_and_the_rest_is_listed() {
    let (between, world) = folder();
    world.ok(&["bucket", "create", "my-videos", "allPrivate"]);
    between.edit("b2_list_buckets", |answer| {
        for bucket in answer["buckets"].as_array_mut().unwrap() {
            if bucket["bucketName"] == "my-videos" {
                bucket["bucketType"] = json!(7);
            }
        }
    });
    for arguments in [&["bucket", "list"][..], &["ls"], &["--json", "bucket", "list"]] {
        let output = world.b2(arguments).output().unwrap();
        let error = failed(&output, 1);
        assert!(error.contains("'my-videos'") && error.contains("bucketType"), "{error}");
        let listed = String::from_utf8_lossy(&output.stdout);
        assert!(listed.contains("my-photos") && !listed.contains("my-videos"), "{listed}");
    }
    world.ok(&["bucket", "get", "my-photos"]);
    assert_eq!(world.ok(&["ls", "b2://my-photos"]), "a\nb\nc\nd\ne\n");
    let error = world.fails(&["bucket", "get", "my-videos"]);
    assert!(error.contains("'my-videos'") && error.contains("bucketType"), "{error}");
}

#[test]
fn a_next_page_that_is_no_later_one_ends_the_listing() {
    let (between, world) = folder();
    for next in ["a", "e"] {
        between.edit("b2_list_file_names", move |page| page["nextFileName"] = next.into());
        let output = world.b2(&["ls", "-r", "b2://my-photos"]).output().unwrap();
        let error = failed(&output, 1);
        assert!(error.contains("would not be a later one"), "{error}");
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("a\nb\nc\nd\ne\n"));
        assert!(between.count("b2_list_file_names") <= 3);
    }
    let error = world.fails(&["file", "download", "-r", "b2://my-photos", "out"]);
    assert!(error.contains("would not be a later one"), "{error}");
}

#[test]
fn the_json_of_a_listing_that_fails_is_complete() {
    let (between, world) = folder();
    let listings: [(&[&str], &str, usize); 4] = [
        (&["ls", "-r", "b2://my-photos"], "b2_list_file_names", 5),
        (&["ls", "-r", "--versions", "b2://my-photos"], "b2_list_file_versions", 5),
        (&["rm", "-r", "--dry-run", "b2://my-photos"], "b2_list_file_names", 5),
        (&["key", "list"], "b2_list_keys", 0),
    ];
    for (arguments, operation, entries) in listings {
        // The first page announces a second one, which is invalid.
        let pages = AtomicUsize::new(0);
        between.edit(operation, move |page| {
            if pages.fetch_add(1, Ordering::Relaxed) > 0 {
                page["files"] = "none".into();
                page["keys"] = "none".into();
                return;
            }
            for next in ["nextFileName", "nextFileId", "nextApplicationKeyId"] {
                page[next] = "f".into();
            }
        });
        let output = world.b2(&with(&["--json"], arguments)).output().unwrap();
        failed(&output, 1);
        let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(listed.as_array().unwrap().len(), entries, "{arguments:?}");
    }
}

#[test]
fn an_answer_about_another_file_is_no_answer() {
    let (between, world) = folder();
    let id = id_of(&world, "a");
    between.edit("b2_get_file_info", |file| file["fileId"] = "4_zother".into());
    let error = world.fails(&["file", "info", &id]);
    assert!(error.contains("another file") && error.contains("4_zother"), "{error}");
    between.edit("b2_upload_file", |file| file["fileName"] = "other".into());
    let error = world.fails(&["--retry-for", "1", "file", "upload", "my-photos", "in/a", "x"]);
    assert!(error.contains("another file") && error.contains("'other'"), "{error}");
    between.edit("b2_hide_file", |file| file["fileName"] = "other".into());
    let error = world.fails(&["file", "hide", "b2://my-photos/a"]);
    assert!(error.contains("another file") && error.contains("'other'"), "{error}");
}

#[test]
fn a_proxy_or_a_network_that_demands_a_login_is_called_so() {
    let (between, world) = folder();
    for number in 0..30 {
        world.write(&format!("many/{number}"), "x");
    }
    between.answer("b2_", Answer::page(407, "Proxy Authentication Required"));
    let error = world.fails(&["ls", "b2://my-photos"]);
    assert!(error.contains("407") && error.contains("HTTPS_PROXY"), "{error}");
    assert_eq!(between.count("b2_"), 1);
    let upload =
        ["--retry-for", "1", "file", "upload", "-r", "--threads", "1", "my-photos", "many"];
    between.answer("b2_upload_file", Answer::page(407, "Proxy Authentication Required"));
    let error = world.fails(&upload);
    assert!(error.contains("HTTPS_PROXY"), "{error}");
    assert_eq!(between.count("b2_upload_file"), 1);

    for operation in ["b2_authorize_account", "b2_upload_file"] {
        between.answer(operation, Answer::page(511, "Log in"));
        let error = world.fails(&upload);
        assert!(error.contains("511") && error.contains("demands a login"), "{error}");
    }

    // A proxy for TLS is asked for a tunnel first.
    between.answer("CONNECT ", Answer::page(407, "Proxy Authentication Required"));
    let mut command = world.b2(&["bucket", "list"]);
    command.env("B2_ENVIRONMENT", "https://b2.example").env("HTTPS_PROXY", between.url());
    let error = failed(&command.output().unwrap(), 1);
    assert!(error.contains("407") && error.contains("HTTPS_PROXY"), "{error}");
    assert_eq!(between.count("CONNECT "), 1);
}

fn id_of(world: &World, name: &str) -> String {
    world.server.with(|service| {
        let versions = service.versions("my-photos");
        let version = versions.iter().find(|version| version.file_name == name);
        format!("b2id://{}", version.unwrap().file_id)
    })
}
