//! Lists a local folder in the order of a synchronization, and reports the time and the memory.
//!
//! ```text
//! cargo run --release -p b2-native --example scan -- FOLDER
//! ```

use std::sync::Arc;
use std::time::Instant;

use b2_client::LocalFolder;
use b2_native::folder::NativeFolder;
use b2_native::proto::machine::{LocalScan, NameRange, ScanFilter, ScanItem, Symlinks};
use futures::TryStreamExt;

/// Takes all files.
#[derive(Debug)]
struct All;

impl ScanFilter for All {
    fn enters(&self, _folder: &str) -> bool {
        true
    }

    fn takes(&self, _name: &str) -> bool {
        true
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("give the path of a folder")?;
    let scan = LocalScan {
        filter: Arc::new(All),
        range: NameRange::ALL,
        symlinks: Symlinks::Skip,
        names: None,
        may_be_missing: false,
    };
    let started = Instant::now();
    let mut pages = NativeFolder::new(path).scan(scan);
    let (mut files, mut bytes) = (0_u64, 0);
    while let Some(page) =
        pages.try_next().await.map_err(|error| error.failure.message.to_string())?
    {
        for item in page {
            match item {
                ScanItem::File(file) => {
                    files += 1;
                    bytes += file.size;
                }
                ScanItem::Skipped(entry) => println!("{} {}", entry.path, entry.reason),
                // Names are not asked for.
                ScanItem::Missing(_) => {}
            }
        }
    }
    println!("{files} files, {bytes} bytes, {} ms", started.elapsed().as_millis());
    // The peak of the memory, on Linux.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    Ok(())
}
