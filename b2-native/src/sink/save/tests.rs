use std::fs::File;
use std::time::UNIX_EPOCH;

use b2_client::Sink;
use bytes::Bytes;

use super::*;
use crate::sink::open::OpenFile;

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_appears_when_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("film");
    let file = SaveFile::create(&target, SaveOptions::default()).await.unwrap();
    let sink = file.sink();
    assert!(sink.is_random_access());
    sink.write(5, vec![Bytes::from("wor"), Bytes::from("ld")]).await.unwrap();
    sink.write(0, vec![Bytes::from("hello")]).await.unwrap();
    assert_eq!(sink.read(3, 4).await.unwrap(), "lowo");
    assert_eq!(sink.read(8, 99).await.unwrap(), "ld");
    assert!(sink.read(10, 1).await.is_err());
    let temporary = names(folder.path());
    assert!(temporary.len() == 1 && is_temporary(&temporary[0]), "{temporary:?}");

    let modified = Timestamp::from_millis(1_234_567_890_123);
    file.commit(Some(modified)).await.unwrap();
    assert_eq!(names(folder.path()), ["film"]);
    assert_eq!(fs::read(&target).unwrap(), b"helloworld");
    let seen = fs::metadata(&target).unwrap().modified().unwrap();
    let seen = seen.duration_since(UNIX_EPOCH).unwrap().as_millis();
    assert_eq!(seen, u128::from(modified.as_millis()));
}

#[tokio::test]
async fn without_a_commit_the_target_is_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("film");
    fs::write(&target, "old").unwrap();
    let file = SaveFile::create(&target, SaveOptions { durable: true }).await.unwrap();
    let sink = file.sink();
    sink.write(0, vec![Bytes::from("new")]).await.unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"old");
    drop(file);
    assert_eq!(names(folder.path()), ["film"]);
    assert_eq!(fs::read(&target).unwrap(), b"old");

    let file = SaveFile::create(&target, SaveOptions { durable: true }).await.unwrap();
    file.sink().write(0, vec![Bytes::from("new")]).await.unwrap();
    file.commit(None).await.unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("secret");
    let link = folder.path().join("link");
    fs::write(&target, "old").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&target, &link).unwrap();
    let file = SaveFile::create(&link, SaveOptions::default()).await.unwrap();
    file.sink().write(0, vec![Bytes::from("new")]).await.unwrap();
    file.commit(None).await.unwrap();
    assert_eq!(names(folder.path()), ["link", "secret"]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}

#[tokio::test]
async fn a_target_that_cannot_be_saved_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("file"), "").unwrap();
    fs::write(at("fixed"), "").unwrap();
    let mut permissions = fs::metadata(at("fixed")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(at("fixed"), permissions).unwrap();
    let rows = [
        (
            at("none/film"),
            ErrorKind::DestinationDirectoryMissing,
            "none does not exist; create the folder first",
        ),
        (
            at("file/film"),
            ErrorKind::DestinationParentNotDirectory,
            "file is not a folder; choose another one",
        ),
        (
            at("file/sub/film"),
            ErrorKind::DestinationDirectoryMissing,
            "sub does not exist; create the folder first",
        ),
        (
            folder.path().to_owned(),
            ErrorKind::DestinationIsDirectory,
            "is a folder; give the name of a file in it",
        ),
        (at("fixed"), ErrorKind::DestinationDenied, "is read-only"),
        (at(".."), ErrorKind::DestinationIsDirectory, "is a folder"),
        (at("new/"), ErrorKind::DestinationIsDirectory, "ends in a slash"),
        (at("file/"), ErrorKind::DestinationIsDirectory, "ends in a slash"),
        (at(&"x".repeat(2_000)), ErrorKind::Destination, "x"),
    ];
    for (path, kind, why) in rows {
        let error = SaveFile::create(&path, SaveOptions::default()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{path:?}");
        assert!(error.kind().is_destination());
        assert!(error.to_string().contains(why), "{path:?}: {error}");
    }
    assert_eq!(names(folder.path()), ["file", "fixed"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_reported() {
    let file = SaveFile::create("/dev/full", SaveOptions::default()).await.unwrap();
    let sink = file.sink();
    assert!(!sink.is_random_access());
    let failed = sink.write(0, vec![Bytes::from("x")]).await.unwrap_err();
    assert_eq!(failed.failure.kind, b2_proto::error::TransportErrorKind::SinkFull);
    assert!(failed.failure.message.contains("/dev/full: the disk is full"), "{failed:?}");

    // Also for a file that is written in any order.
    let full = File::options().read(true).write(true).open("/dev/full").unwrap();
    let file = Arc::new(OpenFile::new(full, "/dev/full".into()));
    let failed = file.write(7, vec![Bytes::from("x")]).await.unwrap_err();
    assert!(failed.failure.message.contains("the disk is full"), "{failed:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_written_to_in_order() {
    use std::io::Read;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let read = std::thread::spawn({
        let path = path.clone();
        move || {
            let mut text = String::new();
            File::open(path).unwrap().read_to_string(&mut text).unwrap();
            text
        }
    });
    let file = SaveFile::create(&path, SaveOptions::default()).await.unwrap();
    let sink = file.sink();
    sink.write(0, vec![Bytes::from("one "), Bytes::from("two ")]).await.unwrap();
    assert!(sink.write(9, vec![Bytes::from("late")]).await.is_err());
    sink.write(8, vec![Bytes::from("three")]).await.unwrap();
    file.commit(Some(Timestamp::from_millis(1))).await.unwrap();
    drop(sink);
    assert_eq!(read.join().unwrap(), "one two three");
    assert_eq!(names(folder.path()), ["pipe"]);
}

#[test]
fn temporary_files_are_recognized() {
    assert!(is_temporary(".b2-0123456789abcdef.part"));
    for name in ["film", ".b2-.part", ".b2-0123456789abcdeg.part", ".b2-0123456789abcdef.part~"] {
        assert!(!is_temporary(name), "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_target_of_a_dangling_link_is_created() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("sub")).unwrap();
    symlink("sub/film", at("link")).unwrap();
    symlink("none/film", at("lost")).unwrap();
    symlink("circle", at("circle")).unwrap();
    let file = SaveFile::create(at("link"), SaveOptions::default()).await.unwrap();
    file.sink().write(0, vec![Bytes::from("new")]).await.unwrap();
    file.commit(None).await.unwrap();
    assert_eq!(fs::read_link(at("link")).unwrap(), Path::new("sub/film"));
    assert_eq!(fs::read(at("sub/film")).unwrap(), b"new");
    for (name, kind, why) in [
        ("lost", ErrorKind::DestinationDirectoryMissing, "none does not exist"),
        ("circle", ErrorKind::Destination, "link"),
    ] {
        let error = SaveFile::create(at(name), SaveOptions::default()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}");
        assert!(error.to_string().contains(why), "{error}");
    }
    assert_eq!(names(folder.path()), ["circle", "link", "lost", "sub"]);
}

/// A folder with the name of the target is created during the download.
#[tokio::test]
async fn the_temporary_file_is_kept_if_the_rename_fails() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("film");
    let file = SaveFile::create(&target, SaveOptions::default()).await.unwrap();
    file.sink().write(0, vec![Bytes::from("precious")]).await.unwrap();
    fs::create_dir(&target).unwrap();
    let error = file.commit(None).await.unwrap_err();
    assert!(error.kind().is_destination());
    let names = names(folder.path());
    let kept = names.iter().find(|name| is_temporary(name)).unwrap();
    let path = folder.path().join(kept);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_cannot_be_replaced_is_refused_before_the_download() {
    // The root is always a mount point.
    let old = fs::metadata("/").unwrap();
    let temporary = tempfile::tempfile().unwrap();
    let why = replace::obstacle(Path::new("/"), &old, &temporary).unwrap();
    assert!(why.contains("mount point"), "{why}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_larger_than_the_free_space_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = SaveFile::create(folder.path().join("film"), SaveOptions::default()).await.unwrap();
    file.check_space(1).unwrap();
    let error = file.check_space(u64::MAX).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Destination);
    assert!(error.to_string().contains("18446744073709551615 bytes"), "{error}");
    drop(file);
    assert!(names(folder.path()).is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn links_below_a_root_are_not_followed() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let (root, outside) = (folder.path().join("root"), folder.path().join("outside"));
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("old"), "old").unwrap();
    symlink("../outside", root.join("folder")).unwrap();
    symlink("../../outside", root.join("sub/deep")).unwrap();
    symlink("../outside/old", root.join("file")).unwrap();
    symlink("../outside/lost", root.join("lost")).unwrap();
    symlink("sub", root.join("inside")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap();
    assert!(made.success());
    let link = ErrorKind::Destination;
    for (below, kind, why) in [
        ("folder/film", link, "is a link"),
        ("folder/new/film", link, "is a link"),
        ("sub/deep/film", link, "is a link"),
        ("inside/film", link, "is a link"),
        ("file", link, "is a link"),
        ("lost", link, "is a link"),
        ("pipe", ErrorKind::Destination, "not a regular file"),
        ("pipe/film", ErrorKind::DestinationParentNotDirectory, "is a file and not a folder"),
        ("sub", ErrorKind::DestinationIsDirectory, "is a folder and not a file"),
        ("../outside/film", ErrorKind::Destination, "is not inside"),
        ("/film", ErrorKind::Destination, "is not inside"),
        ("sub/..", ErrorKind::Destination, "is not the name of a file"),
    ] {
        let saved = SaveFile::create_below(&root, below, SaveOptions::default()).await;
        let error = saved.unwrap_err();
        assert_eq!(error.kind(), kind, "{below}");
        assert!(error.to_string().contains(why), "{below}: {error}");
    }
    let error = make_folder_below(&root, "folder/new").unwrap_err();
    assert!(error.to_string().contains("is a link"), "{error}");
    assert_eq!(names(&outside), ["old"]);
    assert_eq!(fs::read(outside.join("old")).unwrap(), b"old");

    // Missing folders are created, also below a root that is a link.
    symlink("root", folder.path().join("link")).unwrap();
    let link = folder.path().join("link");
    let options = SaveOptions { durable: true };
    let file = SaveFile::create_below(&link, "sub/new/film", options).await.unwrap();
    file.sink().write(0, vec![Bytes::from("new")]).await.unwrap();
    file.commit(None).await.unwrap();
    assert_eq!(fs::read(root.join("sub/new/film")).unwrap(), b"new");
    assert_eq!(names(&root.join("sub/new")), ["film"]);
    drop(SaveFile::create_below(&root, "sub/new/other", options).await.unwrap());
    assert_eq!(names(&root.join("sub/new")), ["film"]);
}

/// The opened folder is used, even if its path changes.
#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_is_replaced_by_a_link_is_still_used() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("outside")).unwrap();
    fs::create_dir(at("root")).unwrap();
    let options = SaveOptions::default();
    let file = SaveFile::create_below(at("root"), "sub/film", options).await.unwrap();
    file.sink().write(0, vec![Bytes::from("new")]).await.unwrap();
    fs::rename(at("root/sub"), at("root/moved")).unwrap();
    symlink("../outside", at("root/sub")).unwrap();
    file.commit(None).await.unwrap();
    assert_eq!(names(&at("outside")), [""; 0]);
    assert_eq!(fs::read(at("root/moved/film")).unwrap(), b"new");
}
