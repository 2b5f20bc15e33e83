//! Keys that are restricted to a prefix of names.

use std::process::Output;

use serde_json::Value;

use crate::env::{TestEnv, failed, succeeded};
use crate::proxy::{Answer, TestProxy};

const ALL: &str = "listBuckets,listFiles,readFiles,writeFiles,deleteFiles,shareFiles";

/// A bucket with files, and a key for one prefix.
struct Restricted {
    proxy: TestProxy,
    env: TestEnv,
    id: String,
    key: String,
}

impl Restricted {
    fn to(prefix: &str) -> Self {
        let (proxy, env) = TestProxy::with_bucket();
        for name in
            ["photos/a", "photos/2024/b", "photos/2024/deep/c", "photos-old", "films/d", "p"]
        {
            env.write(&format!("in/{name}"), name);
        }
        env.ok(&["file", "upload", "-r", "my-photos", "in"]);
        // Unfinished large files.
        env.write("large", vec![7; 350_000]);
        proxy.answer("b2_upload_part", Answer::error(403, "cap_exceeded", ""));
        for name in ["photos/large", "films/large"] {
            env.fails(&["file", "upload", "my-photos", "large", name]);
        }
        proxy.intercept(|_, forward| Some(forward()));
        let make = ["key", "create", "k", ALL, "--bucket", "my-photos", "--name-prefix", prefix];
        let printed = env.ok(&make);
        let (id, key) = printed.trim().split_once(' ').unwrap();
        Self { proxy, env, id: id.to_owned(), key: key.to_owned() }
    }

    fn b2(&self, arguments: &[&str]) -> Output {
        let mut command = self.env.b2(arguments);
        command.env("B2_APPLICATION_KEY_ID", &self.id).env("B2_APPLICATION_KEY", &self.key);
        command.output().unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        succeeded(&self.b2(arguments))
    }

    /// Runs a command that must be refused without a request whose URL contains `unsent`, and returns its standard error.
    fn refuses(&self, arguments: &[&str], unsent: &str) -> String {
        self.proxy.intercept(|_, forward| Some(forward()));
        let error = failed(&self.b2(arguments), 1);
        assert!(error.contains("start with 'photos/'"), "{arguments:?}: {error}");
        assert_eq!(self.proxy.count(unsent), 0, "{arguments:?}");
        error
    }
}

#[test]
fn listings_are_limited_to_the_prefix() {
    let of = Restricted::to("photos/");
    for versions in [&[][..], &["--versions"]] {
        let ls = |arguments: &[&str]| {
            let listed = of.ok(&[&["ls"], versions, arguments].concat());
            // Unfinished files are listed as versions.
            listed.replace("photos/large\n", "")
        };
        assert_eq!(ls(&["b2://my-photos"]), "photos/\n");
        assert_eq!(ls(&["b2://my-photos/photos"]), "photos/2024/\nphotos/a\n");
        assert_eq!(ls(&["b2://my-photos/photos/"]), "photos/2024/\nphotos/a\n");
        assert_eq!(ls(&["b2://my-photos/photos/a"]), "photos/a\n");
        let all = "photos/2024/b\nphotos/2024/deep/c\nphotos/a\n";
        for uri in ["b2://my-photos", "b2://my-photos/photos", "b2://my-photos/photos/"] {
            assert_eq!(ls(&["-r", uri]), all, "{uri}");
        }
        assert_eq!(ls(&["-r", "b2://my-photos/photos/2024"]), all.replace("photos/a\n", ""));
    }
    let below = Restricted::to("photos/2024/de");
    assert_eq!(below.ok(&["ls", "b2://my-photos"]), "photos/\n");
    assert_eq!(below.ok(&["ls", "b2://my-photos/photos"]), "photos/2024/\n");
    assert_eq!(below.ok(&["ls", "b2://my-photos/photos/2024"]), "photos/2024/deep/\n");
    assert_eq!(below.ok(&["ls", "-r", "b2://my-photos/photos"]), "photos/2024/deep/c\n");
}

#[test]
fn nothing_is_listed_outside_of_the_prefix() {
    let of = Restricted::to("photos/");
    for uri in ["b2://my-photos/films", "b2://my-photos/films/", "b2://my-photos/photos-old"] {
        of.refuses(&["ls", uri], "b2_list_file_names");
        of.refuses(&["ls", "-r", "--versions", uri], "b2_list_file_versions");
        of.refuses(&["rm", "-r", uri], "b2_list_file_names");
        of.refuses(&["file", "download", "-r", uri, "out"], "b2_list_file_names");
    }
    let unfinished = ["file", "large", "unfinished", "list", "b2://my-photos/films"];
    of.refuses(&unfinished, "b2_list_unfinished");
}

#[test]
fn folders_and_files_are_downloaded() {
    let of = Restricted::to("photos/");
    of.ok(&["file", "download", "-r", "b2://my-photos", "out"]);
    assert_eq!(of.env.read("out/photos/2024/deep/c"), b"photos/2024/deep/c");
    assert_eq!(of.env.names("out"), ["photos"]);
    for uri in ["b2://my-photos/photos", "b2://my-photos/photos/"] {
        of.ok(&["file", "download", "-r", uri, "in-photos"]);
        assert_eq!(of.env.names("in-photos"), ["2024", "a"]);
        std::fs::remove_dir_all(of.env.path("in-photos")).unwrap();
    }
    of.ok(&["file", "download", "b2://my-photos/photos/a", "copy"]);
    assert_eq!(of.env.read("copy"), b"photos/a");
    assert_eq!(of.ok(&["file", "cat", "b2://my-photos/photos/a"]), "photos/a");
    let info: Value =
        serde_json::from_str(&of.ok(&["file", "info", "b2://my-photos/photos/a"])).unwrap();
    assert_eq!(info["fileName"], "photos/a");
    // The request is sent, since the bucket may be public.
    for arguments in [
        &["file", "download", "b2://my-photos/films/d", "copy"][..],
        &["file", "cat", "b2://my-photos/films/d"],
        &["file", "info", "b2://my-photos/films/d"],
    ] {
        let error = failed(&of.b2(arguments), 1);
        assert!(error.contains("start with 'photos/'"), "{error}");
    }
    of.env.ok(&["bucket", "update", "my-photos", "allPublic"]);
    assert_eq!(of.ok(&["file", "cat", "b2://my-photos/films/d"]), "films/d");
}

#[test]
fn only_files_within_the_prefix_are_deleted() {
    let of = Restricted::to("photos/");
    of.ok(&["rm", "b2://my-photos/photos/a"]);
    of.ok(&["rm", "-r", "b2://my-photos/photos"]);
    of.ok(&["rm", "--versions", "-r", "b2://my-photos"]);
    assert_eq!(of.env.ok(&["ls", "-r", "b2://my-photos"]), "films/d\np\nphotos-old\n");
}

#[test]
fn unfinished_files_and_the_bucket_are_shown() {
    let of = Restricted::to("photos/");
    for list in [
        &["file", "large", "unfinished", "list", "b2://my-photos"][..],
        &["large-file", "list", "b2://my-photos"],
        &["large-file", "list", "b2://my-photos/photos"],
    ] {
        let listed = of.ok(list);
        assert!(listed.contains(" photos/large ") && !listed.contains("films"), "{listed}");
    }
    of.ok(&["file", "large", "unfinished", "cancel", "b2://my-photos"]);
    let listed = of.env.ok(&["large-file", "list", "b2://my-photos"]);
    assert!(listed.contains(" films/large ") && !listed.contains("photos/large"), "{listed}");
    assert!(of.ok(&["bucket", "list"]).contains("my-photos"));
    assert!(of.ok(&["bucket", "get", "my-photos"]).contains("my-photos"));
    let sized = of.ok(&["bucket", "get", "--show-size", "my-photos"]);
    assert_eq!(serde_json::from_str::<Value>(&sized).unwrap()["fileCount"], 3);
}

#[test]
fn files_outside_of_the_prefix_are_refused_before_a_request() {
    let of = Restricted::to("photos/");
    of.env.write("x", "x");
    of.refuses(&["file", "upload", "my-photos", "x", "films/x"], "upload");
    of.refuses(&["file", "upload", "my-photos", "large", "films/x"], "large_file");
    of.refuses(&["file", "upload", "my-photos", "-", "x"], "upload");
    of.refuses(&["file", "upload", "-r", "my-photos", "in", "films"], "upload");
    of.refuses(&["file", "hide", "b2://my-photos/films/d"], "b2_hide_file");
    of.refuses(&["file", "unhide", "b2://my-photos/films/d"], "b2_list_file_versions");
    of.refuses(&["file", "url", "--with-auth", "b2://my-photos/films/d"], "download_auth");
    of.refuses(&["bucket", "get-download-auth", "my-photos"], "download_auth");
    of.ok(&["file", "upload", "my-photos", "x", "photos/x"]);
    of.ok(&["file", "upload", "my-photos", "large", "photos/y"]);
    of.ok(&["file", "upload", "-r", "my-photos", "in", "photos"]);
    of.ok(&["file", "hide", "b2://my-photos/photos/x"]);
    of.ok(&["file", "unhide", "b2://my-photos/photos/x"]);
}
