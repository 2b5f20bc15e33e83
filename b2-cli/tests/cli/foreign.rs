//! Downloads with responses that are not from B2, or that contain another file.

use b2_sim::faults::Rates;

use crate::env::TestEnv;

const FOLDER: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Uploads small files and a large one, then enables faults.
fn env(rates: Rates) -> TestEnv {
    let env = TestEnv::with_bucket();
    for name in FOLDER {
        env.write(&format!("in/{name}"), name);
    }
    env.write("in/large", vec![7; 350_000]);
    env.ok(&["file", "upload", "-r", "my-photos", "in"]);
    env.server.set_faults(Some((1, rates)));
    env
}

fn login_page() -> TestEnv {
    env(Rates { not_b2_downloads: 1_000, ..Rates::none() })
}

fn other_file() -> TestEnv {
    env(Rates { other_file: 1_000, ..Rates::none() })
}

fn id_of(env: &TestEnv, name: &str) -> String {
    env.server.with(|service| {
        let versions = service.versions("my-photos");
        let version = versions.iter().find(|version| version.file_name == name);
        format!("b2id://{}", version.unwrap().file_id)
    })
}

fn assert_reports_page(error: &str) {
    assert!(error.contains("something other than B2 answered"), "{error}");
    assert!(error.contains("200") && error.contains("text/html"), "{error}");
    assert!(error.contains("Log in to use this network."), "{error}");
}

#[test]
fn a_login_page_is_not_saved_by_a_folder_download() {
    let env = login_page();
    let error = env.fails(&["--retry-for", "1", "file", "download", "-r", "b2://my-photos", "out"]);
    assert_reports_page(&error);
    assert!(env.names("out").is_empty(), "{:?}", env.names("out"));
}

#[test]
fn a_login_page_ends_a_folder_download_with_one_message() {
    let env = login_page();
    let download = [
        "--json",
        "--retry-for",
        "0",
        "file",
        "download",
        "-r",
        "--threads",
        "1",
        "b2://my-photos",
    ];
    let output = env.b2(&download).arg("out").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error.matches("something other than B2 answered").count(), 1, "{error}");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["files"], &said["bytes"]), (&0.into(), &0.into()), "{said}");
    assert!(said["failed"].as_u64() >= Some(1), "{said}");
    assert!(said["error"].as_str().is_some_and(|error| error.contains("other than B2")), "{said}");
}

#[test]
fn a_login_page_is_not_saved_as_a_file() {
    let env = login_page();
    for uri in ["b2://my-photos/a", "b2://my-photos/large", &id_of(&env, "a")] {
        let download = ["--retry-for", "1", "file", "download", uri, "copy"];
        assert_reports_page(&env.fails(&download));
        assert!(!env.path("copy").exists());
        let output = env.b2(&["--retry-for", "1", "file", "cat", uri]).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{output:?}");
    }
}

#[test]
fn file_info_is_printed_only_from_b2() {
    let env = login_page();
    let output =
        env.b2(&["--retry-for", "1", "file", "info", "b2://my-photos/a"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{output:?}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("something other than B2 answered"), "{error}");

    let env = other_file();
    let error = env.fails(&["--retry-for", "1", "file", "info", "b2://my-photos/a"]);
    assert!(error.contains("'another/file'") && error.contains("'a'"), "{error}");
}

#[test]
fn the_content_of_another_file_is_not_saved() {
    let env = other_file();
    for uri in ["b2://my-photos/a", "b2://my-photos/large", &id_of(&env, "large")] {
        let error = env.fails(&["--retry-for", "1", "file", "download", uri, "copy"]);
        assert!(error.contains("of another file") && error.contains(" instead of "), "{error}");
        assert!(!env.path("copy").exists());
    }
    let error = env.fails(&["--retry-for", "1", "file", "download", "-r", "b2://my-photos", "out"]);
    assert!(error.contains("of another file"), "{error}");
    assert!(env.names("out").is_empty(), "{:?}", env.names("out"));
}

#[test]
fn temporary_faults_lose_no_file() {
    let rates = Rates { not_b2_downloads: 300, other_file: 300, ..Rates::none() };
    let env = env(rates);
    env.ok(&["file", "download", "-r", "b2://my-photos", "out"]);
    for name in FOLDER {
        assert_eq!(env.read(&format!("out/{name}")), name.as_bytes());
    }
    assert_eq!(env.read("out/large"), vec![7; 350_000]);
}
