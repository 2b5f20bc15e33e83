//! Keys that may use only files whose names start so.

use std::process::Output;

use serde_json::Value;

use crate::between::{Answer, Between};
use crate::world::{World, failed, succeeded};

const ALL: &str = "listBuckets,listFiles,readFiles,writeFiles,deleteFiles,shareFiles";

/// A bucket, and a key for some of it.
struct Restricted {
    between: Between,
    world: World,
    id: String,
    key: String,
}

impl Restricted {
    fn to(prefix: &str) -> Self {
        let (between, world) = Between::with_bucket();
        for name in
            ["photos/a", "photos/2024/b", "photos/2024/deep/c", "photos-old", "films/d", "p"]
        {
            world.write(&format!("in/{name}"), name);
        }
        world.ok(&["file", "upload", "-r", "my-photos", "in"]);
        // What was begun and not finished.
        world.write("large", vec![7; 350_000]);
        between.answer("b2_upload_part", Answer::error(403, "cap_exceeded", ""));
        for name in ["photos/large", "films/large"] {
            world.fails(&["file", "upload", "my-photos", "large", name]);
        }
        between.meddle(|_, pass| Some(pass()));
        let make = ["key", "create", "k", ALL, "--bucket", "my-photos", "--name-prefix", prefix];
        let printed = world.ok(&make);
        let (id, key) = printed.trim().split_once(' ').unwrap();
        Self { between, world, id: id.to_owned(), key: key.to_owned() }
    }

    fn b2(&self, arguments: &[&str]) -> Output {
        let mut command = self.world.b2(arguments);
        command.env("B2_APPLICATION_KEY_ID", &self.id).env("B2_APPLICATION_KEY", &self.key);
        command.output().unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        succeeded(&self.b2(arguments))
    }

    /// What it says about what the key may not do; of these calls none was sent.
    fn refuses(&self, arguments: &[&str], unsent: &str) -> String {
        self.between.meddle(|_, pass| Some(pass()));
        let error = failed(&self.b2(arguments), 1);
        assert!(error.contains("start with 'photos/'"), "{arguments:?}: {error}");
        assert_eq!(self.between.count(unsent), 0, "{arguments:?}");
        error
    }
}

#[test]
fn listings_show_what_the_key_may_see() {
    let of = Restricted::to("photos/");
    for versions in [&[][..], &["--versions"]] {
        let ls = |arguments: &[&str]| {
            let listed = of.ok(&[&["ls"], versions, arguments].concat());
            // What was begun is a version, too.
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
    assert_eq!(of.world.read("out/photos/2024/deep/c"), b"photos/2024/deep/c");
    assert_eq!(of.world.names("out"), ["photos"]);
    for uri in ["b2://my-photos/photos", "b2://my-photos/photos/"] {
        of.ok(&["file", "download", "-r", uri, "in-photos"]);
        assert_eq!(of.world.names("in-photos"), ["2024", "a"]);
        std::fs::remove_dir_all(of.world.path("in-photos")).unwrap();
    }
    of.ok(&["file", "download", "b2://my-photos/photos/a", "copy"]);
    assert_eq!(of.world.read("copy"), b"photos/a");
    assert_eq!(of.ok(&["file", "cat", "b2://my-photos/photos/a"]), "photos/a");
    let info: Value =
        serde_json::from_str(&of.ok(&["file", "info", "b2://my-photos/photos/a"])).unwrap();
    assert_eq!(info["fileName"], "photos/a");
    // B2 is asked, since the bucket may be public: then anybody may read.
    for arguments in [
        &["file", "download", "b2://my-photos/films/d", "copy"][..],
        &["file", "cat", "b2://my-photos/films/d"],
        &["file", "info", "b2://my-photos/films/d"],
    ] {
        let error = failed(&of.b2(arguments), 1);
        assert!(error.contains("start with 'photos/'"), "{error}");
    }
    of.world.ok(&["bucket", "update", "my-photos", "allPublic"]);
    assert_eq!(of.ok(&["file", "cat", "b2://my-photos/films/d"]), "films/d");
}

#[test]
fn only_what_lies_within_is_deleted() {
    let of = Restricted::to("photos/");
    of.ok(&["rm", "b2://my-photos/photos/a"]);
    of.ok(&["rm", "-r", "b2://my-photos/photos"]);
    of.ok(&["rm", "--versions", "-r", "b2://my-photos"]);
    assert_eq!(of.world.ok(&["ls", "-r", "b2://my-photos"]), "films/d\np\nphotos-old\n");
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
    let listed = of.world.ok(&["large-file", "list", "b2://my-photos"]);
    assert!(listed.contains(" films/large ") && !listed.contains("photos/large"), "{listed}");
    assert!(of.ok(&["bucket", "list"]).contains("my-photos"));
    assert!(of.ok(&["bucket", "get", "my-photos"]).contains("my-photos"));
    let sized = of.ok(&["bucket", "get", "--show-size", "my-photos"]);
    assert_eq!(serde_json::from_str::<Value>(&sized).unwrap()["fileCount"], 3);
}

#[test]
fn nothing_is_sent_that_would_be_made_outside() {
    let of = Restricted::to("photos/");
    of.world.write("x", "x");
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
