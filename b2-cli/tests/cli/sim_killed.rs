//! `b2 sim` is killed at any moment.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use b2_native::{Bucket, Client};
use b2_proto::api::CreateBucket;
use b2_proto::hash::Sha1Digest;
use b2_proto::model::{BucketType, ContentSha1};
use b2_proto::retry::RetryPolicy;
use futures::TryStreamExt;
use tokio::sync::{Mutex, Notify};

use super::sim::start;
use crate::env::TestEnv;

/// The number of times that the simulator is killed.
const KILLS: u64 = 200;

/// The number of uploads at once.
const PARALLEL: usize = 6;

type Variables = Vec<(String, String)>;

/// Returns the content of a file, which depends on its name.
fn content(name: &str) -> Vec<u8> {
    let seed = Sha1Digest::of(name.as_bytes()).to_hex();
    let len = usize::from_str_radix(&seed[..4], 16).unwrap() % 20_000;
    seed.bytes().cycle().take(len).collect()
}

async fn connect(variables: &Variables) -> Client {
    let value = |name: &str| {
        let found = variables.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.trim_matches('\'').to_owned()).unwrap()
    };
    Client::builder()
        .realm(value("B2_ENVIRONMENT"))
        .key(value("B2_APPLICATION_KEY_ID"), value("B2_APPLICATION_KEY"))
        .retry(RetryPolicy::default().budget(Duration::ZERO))
        .build()
        .await
        .unwrap()
}

/// What was answered in one round.
#[derive(Default)]
struct Answered {
    /// Whether the file was stored, by its name; `false` if it was deleted again.
    files: Mutex<BTreeMap<String, bool>>,
    count: AtomicUsize,
    changed: Notify,
}

impl Answered {
    async fn note(&self, name: String, stored: bool) {
        self.files.lock().await.insert(name, stored);
        self.count.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_one();
    }

    async fn reaches(&self, count: usize) {
        while self.count.load(Ordering::SeqCst) < count {
            self.changed.notified().await;
        }
    }
}

/// Uploads files, and deletes every fourth one, until the simulator is gone.
async fn work(bucket: Bucket, round: u64, lane: usize, answered: Arc<Answered>) {
    for number in 0.. {
        let name = format!("{round:04}/{lane}/{number}");
        let Ok(version) = bucket.upload(content(&name), &*name).await else {
            return;
        };
        answered.note(name.clone(), true).await;
        if number % 4 == 3 {
            // From here on it is unknown whether the file exists, until the deletion is answered.
            answered.files.lock().await.remove(&name);
            let file_id = version.file_id.clone();
            if bucket.client().delete_file_version(file_id, &name, false).await.is_err() {
                return;
            }
            answered.note(name, false).await;
        }
    }
}

/// Returns the visible files of a round with their SHA-1.
async fn stored(bucket: &Bucket, round: u64) -> BTreeMap<String, String> {
    let files: Vec<_> = bucket.list(format!("{round:04}/")).try_collect().await.unwrap();
    let digest = |file: &b2_proto::model::FileVersion| match &file.content_sha1 {
        ContentSha1::Verified(digest) => digest.to_hex(),
        other => panic!("{other:?}"),
    };
    files.iter().map(|file| (file.file_name.clone(), digest(file))).collect()
}

#[test]
fn what_was_answered_is_there_after_the_simulator_was_killed() {
    let env = TestEnv::new();
    let arguments = ["--data", "data", "--key-id", "myid", "--key", "mykey"];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut last: Option<(u64, Arc<Answered>)> = None;
    let mut checked = 0;
    for round in 0..=KILLS {
        let (mut simulator, variables) = start(&env, &arguments);
        runtime.block_on(async {
            let client = connect(&variables).await;
            let bucket = match client.bucket("kept-files").await {
                Ok(bucket) => bucket,
                Err(_) if round == 0 => {
                    let bucket = CreateBucket::new("kept-files", BucketType::AllPrivate);
                    client.create_bucket(bucket).await.unwrap()
                }
                Err(error) => panic!("round {round}: {error}"),
            };
            if let Some((round, answered)) = last.take() {
                let stored = stored(&bucket, round).await;
                for (name, exists) in &*answered.files.lock().await {
                    assert_eq!(stored.contains_key(name), *exists, "{name}");
                }
                for (name, sha1) in &stored {
                    assert_eq!(*sha1, Sha1Digest::of(&content(name)).to_hex(), "{name}");
                    let bytes = bucket.download(name).await.unwrap().bytes(1 << 20).await.unwrap();
                    assert_eq!(bytes, content(name), "{name}");
                    checked += 1;
                }
            }
            let answered = Arc::new(Answered::default());
            let lanes: Vec<_> = (0..PARALLEL)
                .map(|lane| tokio::spawn(work(bucket.clone(), round, lane, answered.clone())))
                .collect();
            // Another number of answers in each round, and any moment of the requests under way.
            let random = Sha1Digest::of(&round.to_be_bytes()).to_hex();
            let count = usize::from_str_radix(&random[..2], 16).unwrap() % 24;
            answered.reaches(count).await;
            simulator.kill().unwrap();
            for lane in lanes {
                lane.await.unwrap();
            }
            last = Some((round, answered));
        });
        simulator.wait().unwrap();
    }
    assert!(checked > KILLS, "only {checked} files were checked");
}
