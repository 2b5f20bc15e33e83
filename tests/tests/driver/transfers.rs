//! Commands and events of transfers, and interrupted bodies.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use b2_client::Bucket;
use b2_proto::ErrorKind;
use b2_proto::create::UploadEvent;
use b2_proto::machine::OnCancel;
use bytes::Bytes;
use futures::executor::block_on;
use futures::{StreamExt, join, poll};

use crate::device::{Device, Disk, Network};
use crate::{HOUR, client};

const LEN: usize = 1_000_000;

fn pattern() -> Bytes {
    (0..LEN).map(|at| (at / 7) as u8).collect::<Vec<_>>().into()
}

async fn bucket(device: &Device) -> Bucket<Device> {
    device.state().service.put_bucket("files", "allPrivate");
    client(device).await.bucket("files").await.unwrap()
}

#[test]
fn a_body_interrupted_by_a_sleep_is_continued() {
    block_on(async {
        let device = Device::new();
        let bucket = bucket(&device).await;
        bucket.upload(pattern(), "file").await.unwrap();
        let before = device.sent();
        device.silent_after(4);
        let disk = Disk::default();
        let mut download = pin!(bucket.download("file").save(disk.clone()));
        assert!(poll!(&mut download).is_pending());
        assert!(disk.bytes().len() < 400_000);
        device.after(HOUR, Network::Up);
        download.await.unwrap();
        assert!(disk.bytes() == pattern());
        assert_eq!(device.sent(), before + 2);
    });
}

#[test]
fn a_stream_is_uploaded_buffer_by_buffer() {
    block_on(async {
        let device = Device::new();
        let bucket = bucket(&device).await;
        let bytes: Bytes = vec![7; 12_000_000].into();
        let upload = bucket.upload_reader(bytes.clone(), "file");
        upload.part_size(5_000_000).await.unwrap();
        assert!(device.state().service.read_file("files", "file").unwrap() == bytes);
    });
}

#[test]
fn controls_wake_a_task_that_awaits_a_transfer() {
    block_on(async {
        let device = Device::new();
        let bucket = bucket(&device).await;
        device.after(Duration::ZERO, Network::Silent);
        let transfer = bucket.upload(pattern(), "file").start();
        let controls = transfer.controls();
        let (ended, ()) = join!(transfer, async { controls.cancel(OnCancel::Keep) });
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::Cancelled);
        controls.cancel(OnCancel::Keep);
    });
}

#[test]
fn only_the_last_command_of_a_kind_is_applied() {
    block_on(async {
        let device = Device::new();
        let bucket = bucket(&device).await;
        let transfer = bucket.upload(pattern(), "file").start();
        let controls = transfer.controls();
        controls.pause();
        controls.set_parallel(3);
        controls.resume();
        transfer.await.unwrap();
    });
}

#[test]
fn a_listener_gets_every_event_and_an_unread_stream_the_latest_of_each_kind() {
    block_on(async {
        let device = Device::new();
        let bucket = bucket(&device).await;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = heard.clone();
        let upload = bucket.upload(pattern(), "file");
        let mut transfer = upload.on_event(move |event| hears.lock().unwrap().push(event)).start();
        let events = transfer.take_events().unwrap();
        assert!(transfer.take_events().is_none());
        transfer.await.unwrap();
        let events: Vec<_> = events.collect().await;
        let heard = heard.lock().unwrap();
        let is_latest = |(at, event): &(usize, &UploadEvent)| {
            let kind = std::mem::discriminant(*event);
            heard[at + 1..].iter().all(|later| std::mem::discriminant(later) != kind)
        };
        let latest: Vec<_> =
            heard.iter().enumerate().filter(is_latest).map(|(_, event)| event).collect();
        assert!(latest.len() < heard.len());
        assert_eq!(format!("{events:?}"), format!("{latest:?}"));
        let all_sent = |event: &UploadEvent| matches!(event, UploadEvent::Progress(at) if at.sent == LEN as u64);
        assert!(events.iter().any(all_sent));
    });
}

#[test]
fn events_can_be_taken_once() {
    block_on(async {
        let device = Device::new();
        let bucket = bucket(&device).await;
        device.after(Duration::ZERO, Network::Silent);
        let mut transfer = bucket.upload(pattern(), "file").start();
        assert!(poll!(&mut transfer).is_pending());
        assert!(transfer.take_events().is_none());
    });
}
