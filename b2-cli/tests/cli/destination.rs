//! Where a download goes: what can be known before is known before, and what has arrived is kept.

use std::process::Stdio;

use crate::world::{World, failed, succeeded};

fn world() -> World {
    let world = World::with_bucket();
    world.write("a", vec![7; 250_000]);
    world.ok(&["file", "upload", "my-photos", "a", "sub/a.bin"]);
    world
}

const URI: &str = "b2://my-photos/sub/a.bin";

#[test]
fn a_slash_at_the_end_makes_a_folder() {
    let world = world();
    world.ok(&["file", "download", URI, "new/folder/"]);
    assert_eq!(world.read("new/folder/sub/a.bin").len(), 250_000);
    // A download that fails leaves no folder.
    world.fails(&["file", "download", "b2://my-photos/none", "other/"]);
    assert!(!world.path("other").exists());
}

#[test]
fn what_cannot_be_written_is_refused_before_a_byte() {
    let world = world();
    world.write("file", "");
    std::fs::create_dir(world.path("folder")).unwrap();
    for (local, why) in
        [("none/a", "does not exist"), ("file/a", "is no folder"), ("file/", "file")]
    {
        let error = world.fails(&["file", "download", URI, local]);
        assert!(error.contains(why), "{local}: {error}");
    }
    assert_eq!(downloads(&world), 0);
}

fn downloads(world: &World) -> usize {
    world.requests("b2_download_file_by_name") + world.requests("b2_download_file_by_id")
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_its_file_is_written() {
    use std::os::unix::fs::symlink;

    let world = world();
    world.write("old", "old");
    std::fs::create_dir(world.path("sub")).unwrap();
    symlink("old", world.path("link")).unwrap();
    symlink("sub/created", world.path("dangling")).unwrap();
    symlink("none/file", world.path("lost")).unwrap();
    for (link, file) in [("link", "old"), ("dangling", "sub/created")] {
        world.ok(&["file", "download", URI, link]);
        assert!(std::fs::symlink_metadata(world.path(link)).unwrap().is_symlink(), "{link}");
        assert_eq!(world.read(file).len(), 250_000, "{link}");
    }
    let before = downloads(&world);
    let error = world.fails(&["file", "download", URI, "lost"]);
    assert!(error.contains("none does not exist"), "{error}");
    assert_eq!(downloads(&world), before);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure_and_no_noise() {
    let world = world();
    for arguments in [&["file", "download", URI, "-"][..], &["file", "cat", URI]] {
        let mut child =
            world.b2(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Closed at once: the first write fails.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

/// Runs a script as root of mounts of its own; `None` where the system does not allow that.
#[cfg(target_os = "linux")]
fn with_mounts(world: &World, script: &str) -> Option<std::process::Output> {
    let probe = std::process::Command::new("unshare").args(["-m", "--", "true"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("not tried: this user may not make mounts of its own");
        return None;
    }
    let mut command = world.wrapped(&["unshare", "-m", "--", "sh", "-ec", script, "sh"], &[]);
    Some(command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").output().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn mount_points_full_and_read_only_disks_are_noticed_before_a_byte() {
    let world = world();
    world.write("mounted", "old");
    world.write("source", "bound");
    std::fs::create_dir(world.path("disk")).unwrap();
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
        let Some(output) = with_mounts(&world, &format!("{prepare}; {b2}; exit $?")) else {
            return;
        };
        let error = failed(&output, 1).to_lowercase();
        assert!(error.contains(why), "{prepare}: {error}");
    }
    assert_eq!(world.read("mounted"), b"old");
    assert_eq!(world.names("disk"), [""; 0]);
    // Of the disk without room only the head of the answer was needed.
    assert!(downloads(&world) <= 1, "{}", downloads(&world));
}

/// The file is created and cannot be renamed: that is tried with an empty one.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_without_renames_is_refused() {
    let world = world();
    std::fs::create_dir(world.path("append")).unwrap();
    let chattr = |flag: &str| {
        std::process::Command::new("chattr").arg(flag).arg(world.path("append")).output()
    };
    if !chattr("+a").is_ok_and(|output| output.status.success()) {
        eprintln!(
            "not tried: the file system has no append-only folders, or this user may not make one"
        );
        return;
    }
    let output = world.b2(&["file", "download", URI, "append/x"]).output().unwrap();
    chattr("-a").unwrap();
    let error = failed(&output, 1);
    assert!(error.contains("cannot be renamed") && error.contains("append"), "{error}");
    assert_eq!(downloads(&world), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn bytes_that_have_arrived_are_kept_when_the_last_step_fails() {
    use std::sync::Arc;

    use b2_sim::server::ServerOptions;

    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("film");
    let taken = target.clone();
    let world = World::with(ServerOptions {
        on_request: Some(Arc::new(move |exchange| {
            // A folder takes the name while the bytes are on their way.
            if exchange.operation.starts_with("b2_download_file") {
                let _ = std::fs::create_dir(&taken);
            }
        })),
        ..ServerOptions::default()
    });
    world.ok(&["bucket", "create", "my-photos", "allPrivate"]);
    world.write("a", "precious");
    world.ok(&["file", "upload", "my-photos", "a", "a"]);
    let error = world.fails(&["file", "download", "b2://my-photos/a", target.to_str().unwrap()]);
    let (_, path) = error.split_once("are kept in ").unwrap();
    let path = path.split_whitespace().next().unwrap();
    assert_eq!(std::fs::read(path).unwrap(), b"precious");
    succeeded(&world.b2(&["version"]).output().unwrap());
}
