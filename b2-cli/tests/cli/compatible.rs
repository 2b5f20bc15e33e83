//! What scripts for Backblaze's tool rely on. `tests/peers/commands.py` compares both tools.

use crate::env::{TestEnv, failed, succeeded};

/// The names that older versions had, with their warnings.
#[test]
fn older_names_warn_and_work() {
    let env = TestEnv::with_bucket();
    env.write("a", "hello");
    for (arguments, old, new) in [
        (&["upload-file", "my-photos", "a", "b/c"][..], "upload-file", "file upload"),
        (&["upload_file", "my-photos", "a", "b/c"], "upload-file", "file upload"),
        (&["list-buckets"], "list-buckets", "bucket list"),
        (&["get_bucket", "my-photos"], "get-bucket", "bucket get"),
        (&["hide-file", "my-photos", "b/c"], "hide-file", "file hide"),
        (
            &["list_unfinished_large_files", "my-photos"],
            "list-unfinished-large-files",
            "file large unfinished list",
        ),
        (&["make-friendly-url", "my-photos", "b/c"], "make-friendly-url", "file url"),
        (&["create-key", "k", "listBuckets, readFiles"], "create-key", "key create"),
    ] {
        let output = env.b2(arguments).output().unwrap();
        succeeded(&output);
        let warning = format!("WARNING: `{old}` command is deprecated. Use `{new}` instead.\n");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(errors.starts_with(&warning), "{arguments:?}: {errors}");
    }
    assert_eq!(env.ok(&["ls", "--versions", "b2://my-photos/b/c"]), "b/c\nb/c\nb/c\n");
}

#[test]
fn options_may_be_shortened_and_repeated() {
    let env = TestEnv::with_bucket();
    env.write("a", "hello");
    let upload = ["file", "upload", "--content-t", "a/b", "--content-type", "c/d", "my-photos"];
    env.ok(&[&upload[..], &["a", "b/c"]].concat());
    assert_eq!(env.json(&["file", "info", "b2://my-photos/b/c"])["contentType"], "c/d");
    assert_eq!(env.ok(&["ls", "--rec", "b2://my-photos"]), "b/c\n");
    // --content-type, --content-encoding and others.
    failed(&env.b2(&["file", "upload", "--content", "a/b", "x", "y", "z"]).output().unwrap(), 2);
    // Subcommands are not shortened.
    failed(&env.b2(&["fil", "info", "b2://my-photos/b/c"]).output().unwrap(), 2);
}

#[test]
fn errors_begin_with_the_words_of_backblaze() {
    let env = TestEnv::with_bucket();
    env.write("a", "hello");
    for (arguments, first) in [
        (
            &["bucket", "get", "no-such-bucket"][..],
            "Bucket not found: no-such-bucket. If you believe it exists, run `b2 bucket list` to reset cache, then try \
             again.",
        ),
        (&["ls", "b2://no-such-bucket"], "ERROR: No such bucket: no-such-bucket"),
        (&["file", "info", "b2://my-photos/a"], "ERROR: File not present: a"),
        (
            &["file", "upload", "my-photos", "a", "a", "--info", "foo-bar"],
            "ERROR: Bad file info: foo-bar",
        ),
        (&["file", "upload", "my-photos", "b", "b"], "ERROR: Invalid upload source: b"),
        (
            &["file", "upload", "my-photos", "a", "a", "--legal-hold", "on"],
            "ERROR: The bucket is not file lock enabled (bucket_missing_file_lock)",
        ),
        (
            &["ls", "--long", "--json", "b2://my-photos"],
            "ERROR: Cannot use --long and --json options together",
        ),
        (&["ls", "-r"], "ERROR: Cannot use --recursive option without specifying a bucket name"),
        (
            &["rm", "--with-wildcard", "b2://my-photos/*"],
            "ERROR: with_wildcard requires recursive to be turned on as well",
        ),
    ] {
        let errors = env.fails(arguments);
        assert_eq!(errors.lines().next(), Some(first), "{arguments:?}");
    }
}

#[test]
fn a_header_option_replaces_its_file_info_with_a_warning() {
    let env = TestEnv::with_bucket();
    env.write("a", "hello");
    let info = ["--info", "b2-cache-control=no-store", "--cache-control", "max-age=60"];
    let upload = [&["file", "upload", "my-photos", "a", "a"], &info[..]].concat();
    let output = env.b2(&upload).output().unwrap();
    succeeded(&output);
    let warning = "The following file info items will be overwritten by explicit arguments:\n    b2-cache-control = max-age=60\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), warning);
    assert_eq!(env.json(&["file", "info", "b2://my-photos/a"])["cacheControl"], "max-age=60");
}

/// The same key in the environment and in the store: its token and the names of buckets are used.
#[test]
fn a_key_of_the_environment_uses_the_stored_account_of_the_same_key() {
    let env = TestEnv::with_bucket();
    env.ok(&["account", "authorize"]);
    env.ok(&["ls", "b2://my-photos"]);
    let before = (env.requests("b2_authorize_account"), env.requests("b2_list_buckets"));
    env.ok(&["ls", "b2://my-photos"]);
    let after = (env.requests("b2_authorize_account"), env.requests("b2_list_buckets"));
    assert_eq!(after, before);
    // With another key, the account is authorized.
    let mut command = env.b2(&["ls", "b2://my-photos"]);
    command.env("B2_APPLICATION_KEY", "K000wrong");
    failed(&command.output().unwrap(), 1);
    assert_eq!(env.requests("b2_authorize_account"), before.0 + 1);
}

#[test]
fn notification_rules() {
    let env = TestEnv::with_bucket();
    fn rule<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
        [&["bucket", "notification-rule"], arguments].concat()
    }
    let uri = "b2://my-photos/in/";
    let events =
        ["--event-type", "b2:ObjectCreated:*", "--webhook-url", "https://example.com/hook"];
    let create = rule(&[&["create", uri, "uploads"], &events[..]].concat());
    let printed = env.ok(&create);
    assert!(
        printed.starts_with("name: uploads\neventTypes: \n  - b2:ObjectCreated:*\n"),
        "{printed}"
    );
    let error = env.fails(&create);
    assert!(
        error.contains("rule with name 'uploads' already exists on bucket 'my-photos'"),
        "{error}"
    );
    let disabled = env.json(&rule(&["disable", "b2://my-photos", "uploads", "--json"]));
    assert_eq!(
        (&disabled["isEnabled"], &disabled["objectNamePrefix"]),
        (&false.into(), &"in/".into())
    );
    let updated =
        env.json(&rule(&["update", "b2://my-photos/new/", "uploads", "--enable", "--json"]));
    assert_eq!(
        (&updated["isEnabled"], &updated["objectNamePrefix"]),
        (&true.into(), &"new/".into())
    );
    let listed = env.json(&rule(&["list", "b2://my-photos", "--json"]));
    assert_eq!(listed, serde_json::json!([updated]));
    assert_eq!(
        env.ok(&rule(&["list", "b2://my-photos/other/"])),
        "No notification rules for b2://my-photos/other/\n"
    );
    assert_eq!(
        env.ok(&rule(&["delete", "b2://my-photos", "uploads"])),
        "Rule 'uploads' has been deleted from b2://my-photos/\n"
    );
    let error = env.fails(&rule(&["delete", "b2://my-photos", "uploads"]));
    assert!(error.contains("no such rule to delete: 'uploads', available rules: []"), "{error}");
}

#[test]
fn completion_is_installed_once() {
    let env = TestEnv::new();
    env.write("home/.bashrc", "export A=1\n");
    let install = |shell: &str| {
        let mut command = env.b2(&["install-autocomplete", "--shell", shell]);
        command.env("HOME", env.path("home"));
        succeeded(&command.output().unwrap())
    };
    for _ in 0..2 {
        let printed = install("bash");
        assert!(
            printed.starts_with("Autocomplete successfully installed for bash.\n"),
            "{printed}"
        );
    }
    let bashrc = String::from_utf8(env.read("home/.bashrc")).unwrap();
    assert!(bashrc.starts_with("export A=1\n"), "{bashrc}");
    assert_eq!(bashrc.matches("source ").count(), 1, "{bashrc}");
    assert!(env.path("home/.bash_completion.d/b2").exists());
    install("zsh");
    assert!(env.path("home/.zsh/completion/_b2").exists());
    install("fish");
    assert!(env.path("home/.config/fish/completions/b2.fish").exists());
}

#[test]
fn debug_logs_are_appended_to_a_file() {
    let env = TestEnv::with_bucket();
    env.ok(&["ls", "--debug-logs"]);
    let log = String::from_utf8(env.read("b2_cli.log")).unwrap();
    assert!(log.contains("DEBUG"), "{log}");
    assert!(!log.contains(env.server.credentials().key.expose()), "{log}");
}

/// The name of the version, what the key may do, and B2's code.
#[test]
fn refused_deletions_name_the_restrictions_of_the_key() {
    let env = TestEnv::with_bucket();
    env.write("a", "hello");
    env.ok(&["file", "upload", "my-photos", "a", "b/c"]);
    let uploaded = env.json(&["ls", "-r", "--json", "b2://my-photos"]);
    let id = uploaded[0]["fileId"].as_str().unwrap();
    let made =
        env.ok(&["key", "create", "--bucket", "my-photos", "k", "listBuckets,listFiles,readFiles"]);
    let (key_id, key) = made.trim().split_once(' ').unwrap();
    let restrictions = "for application key with capabilities 'listBuckets,listFiles,readFiles', restricted to buckets ['my-photos']";
    for uri in ["b2://my-photos/b/c", &format!("b2id://{id}")] {
        let mut command = env.b2(&["rm", uri]);
        command.env("B2_APPLICATION_KEY_ID", key_id).env("B2_APPLICATION_KEY", key);
        let error = failed(&command.output().unwrap(), 1);
        let line = format!(
            "Deletion of file \"b/c\" ({id}) failed: unauthorized {restrictions} (unauthorized)"
        );
        assert!(error.lines().any(|shown| shown == line), "{uri}: {error}");
        assert!(
            error.contains("lacks the capability deleteFiles; use a key that has it"),
            "{error}"
        );
    }
    let locked = "b2://locked-photos/a";
    env.ok(&["bucket", "create", "--file-lock-enabled", "locked-photos", "allPrivate"]);
    env.ok(&["file", "upload", "--legal-hold", "on", "locked-photos", "a", "a"]);
    let error = env.fails(&["rm", "--versions", locked]);
    assert!(
        error.contains(
            "failed: Access Denied for application key with no restrictions (access_denied)"
        ),
        "{error}"
    );
}
