//! Where contents and the state are stored.

use b2_sim::server::{Server, Storage};
use http::Method;
use serde_json::json;
use std::io::Write as _;

use crate::client::{Account, TestResult, options, round_trip, sample};

#[tokio::test]
async fn every_storage_returns_the_uploaded_content() -> TestResult<()> {
    let directory = tempfile::tempdir()?;
    for storage in [Storage::Memory, Storage::Discard, Storage::Disk(directory.path().to_owned())] {
        let server = Server::bind("127.0.0.1:0", options(storage)).await?;
        round_trip(&server).await?;
        assert_eq!(server.with(|service| service.violations().to_vec()), []);
        server.shutdown().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_directory_is_restored_after_a_restart() -> TestResult<()> {
    let directory = tempfile::tempdir()?;
    let storage = Storage::Disk(directory.path().to_owned());
    let server = Server::bind("127.0.0.1:0", options(storage.clone())).await?;
    round_trip(&server).await?;
    server.shutdown().await?;

    let server = Server::bind("127.0.0.1:0", options(storage.clone())).await?;
    let mut account = Account::open(&server).await?;
    assert!(account.get(Method::GET, "/file/photos/big", None).await?.body() == &sample());
    for version in server.with(|service| service.versions("photos")) {
        let body = json!({ "fileName": version.file_name, "fileId": version.file_id });
        account.call("b2_delete_file_version", body).await?;
    }
    server.shutdown().await?;
    assert_eq!(std::fs::read_dir(directory.path().join("blobs"))?.count(), 0);

    let mut other = options(storage);
    other.config.credentials.key_id = "ffffffffffff".to_owned();
    let refused = Server::bind("127.0.0.1:0", other).await;
    assert!(refused.is_err(), "the directory belongs to another account");
    Ok(())
}

#[tokio::test]
async fn a_directory_is_restored_from_its_journal() -> TestResult<()> {
    let directory = tempfile::tempdir()?;
    let storage = Storage::Disk(directory.path().to_owned());
    let server = Server::bind("127.0.0.1:0", options(storage.clone())).await?;
    round_trip(&server).await?;
    let before = server.with(|service| service.save())?;
    // Without a shutdown, as when the process is killed.
    drop(server);
    let journal = directory.path().join("journal-1.jsonl");
    let mut torn = std::fs::OpenOptions::new().append(true).open(&journal)?;
    torn.write_all(b"[{\"versionDeleted\":")?;

    let server = Server::bind("127.0.0.1:0", options(storage.clone())).await?;
    assert_eq!(server.with(|service| service.save())?, before);
    assert!(!journal.exists(), "the state was saved, with a journal of its own");
    drop(server);

    let journal = directory.path().join("journal-2.jsonl");
    std::fs::write(&journal, "[]\n{}\n")?;
    let refused = Server::bind("127.0.0.1:0", options(storage)).await.unwrap_err().to_string();
    assert!(refused.contains("journal-2.jsonl, line 2"), "{refused}");
    Ok(())
}
