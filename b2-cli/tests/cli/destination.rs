//! Destinations of downloads: they are checked before the download, and downloaded bytes are kept.

use std::process::Stdio;

use crate::env::{TestEnv, failed, succeeded};

fn env() -> TestEnv {
    let env = TestEnv::with_bucket();
    env.write("a", vec![7; 250_000]);
    env.ok(&["file", "upload", "my-photos", "a", "sub/a.bin"]);
    env
}

const URI: &str = "b2://my-photos/sub/a.bin";

#[test]
fn a_slash_at_the_end_creates_a_folder() {
    let env = env();
    env.ok(&["file", "download", URI, "new/folder/"]);
    assert_eq!(env.read("new/folder/sub/a.bin").len(), 250_000);
    // A download that fails leaves no folder.
    env.fails(&["file", "download", "b2://my-photos/none", "other/"]);
    assert!(!env.path("other").exists());
}

#[test]
fn a_destination_that_cannot_be_written_is_refused_before_the_download() {
    let env = env();
    env.write("file", "");
    std::fs::create_dir(env.path("folder")).unwrap();
    for (local, why) in
        [("none/a", "does not exist"), ("file/a", "is not a folder"), ("file/", "file")]
    {
        let error = env.fails(&["file", "download", URI, local]);
        assert!(error.contains(why), "{local}: {error}");
    }
    assert_eq!(downloads(&env), 0);
}

fn downloads(env: &TestEnv) -> usize {
    env.requests("b2_download_file_by_name") + env.requests("b2_download_file_by_id")
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_its_file_is_written() {
    use std::os::unix::fs::symlink;

    let env = env();
    env.write("old", "old");
    std::fs::create_dir(env.path("sub")).unwrap();
    symlink("old", env.path("link")).unwrap();
    symlink("sub/created", env.path("dangling")).unwrap();
    symlink("none/file", env.path("lost")).unwrap();
    for (link, file) in [("link", "old"), ("dangling", "sub/created")] {
        env.ok(&["file", "download", URI, link]);
        assert!(std::fs::symlink_metadata(env.path(link)).unwrap().is_symlink(), "{link}");
        assert_eq!(env.read(file).len(), 250_000, "{link}");
    }
    let before = downloads(&env);
    let error = env.fails(&["file", "download", URI, "lost"]);
    assert!(error.contains("none does not exist"), "{error}");
    assert_eq!(downloads(&env), before);
}

#[cfg(unix)]
#[test]
fn a_closed_output_is_not_reported() {
    let env = env();
    for arguments in [&["file", "download", URI, "-"][..], &["file", "cat", URI]] {
        let mut child =
            env.b2(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The first write fails.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

/// Runs a script in a mount namespace. Returns `None` if the system does not allow that.
#[cfg(target_os = "linux")]
fn with_mounts(env: &TestEnv, script: &str) -> Option<std::process::Output> {
    let probe = std::process::Command::new("unshare").args(["-m", "--", "true"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user may not create a mount namespace");
        return None;
    }
    let mut command = env.wrapped(&["unshare", "-m", "--", "sh", "-ec", script, "sh"], &[]);
    Some(command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").output().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn mount_points_full_and_read_only_disks_are_reported_before_the_download() {
    let env = env();
    env.write("mounted", "old");
    env.write("source", "bound");
    std::fs::create_dir(env.path("disk")).unwrap();
    let b2 = "\"$1\" file download b2://my-photos/sub/a.bin";
    for (prepare, local, why) in [
        ("mount --bind source mounted", "mounted", "is a mount point"),
        ("mount -t tmpfs -o size=64k tmpfs disk", "disk/x", "250000 bytes"),
        ("mount -t tmpfs -o ro tmpfs disk", "disk/x", "read-only"),
        ("mount -t tmpfs -o ro tmpfs disk", "-r disk", "read-only"),
    ] {
        let b2 = if local.starts_with("-r") {
            "\"$1\" file download -r b2://my-photos disk".to_owned()
        } else {
            format!("{b2} {local}")
        };
        let Some(output) = with_mounts(&env, &format!("{prepare}; {b2}; exit $?")) else {
            return;
        };
        let error = failed(&output, 1).to_lowercase();
        assert!(error.contains(why), "{prepare}: {error}");
    }
    assert_eq!(env.read("mounted"), b"old");
    assert_eq!(env.names("disk"), [""; 0]);
    // The full disk is detected with the length in the head of the response.
    assert!(downloads(&env) <= 1, "{}", downloads(&env));
}

/// Files can be created in an append-only folder, but not renamed.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_without_renames_is_refused() {
    let env = env();
    std::fs::create_dir(env.path("append")).unwrap();
    let chattr = |flag: &str| {
        std::process::Command::new("chattr").arg(flag).arg(env.path("append")).output()
    };
    if !chattr("+a").is_ok_and(|output| output.status.success()) {
        eprintln!(
            "skipped: the file system has no append-only folders, or this user may not create one"
        );
        return;
    }
    let output = env.b2(&["file", "download", URI, "append/x"]).output().unwrap();
    chattr("-a").unwrap();
    let error = failed(&output, 1);
    assert!(error.contains("cannot be renamed") && error.contains("append"), "{error}");
    assert_eq!(downloads(&env), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn downloaded_bytes_are_kept_when_the_last_step_fails() {
    use std::sync::Arc;

    use b2_sim::server::ServerOptions;

    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("film");
    let taken = target.clone();
    let env = TestEnv::with(ServerOptions {
        on_request: Some(Arc::new(move |exchange| {
            // A folder with the name of the file appears during the download.
            if exchange.operation.starts_with("b2_download_file") {
                let _ = std::fs::create_dir(&taken);
            }
        })),
        ..ServerOptions::default()
    });
    env.ok(&["bucket", "create", "my-photos", "allPrivate"]);
    env.write("a", "precious");
    env.ok(&["file", "upload", "my-photos", "a", "a"]);
    let error = env.fails(&["file", "download", "b2://my-photos/a", target.to_str().unwrap()]);
    let (_, path) = error.split_once("is kept in ").unwrap();
    let path = path.split_whitespace().next().unwrap();
    assert_eq!(std::fs::read(path).unwrap(), b"precious");
    succeeded(&env.b2(&["version"]).output().unwrap());
}
