//! The options of the benchmark.

use std::path::PathBuf;
use std::time::Duration;

use super::link::Properties;
use crate::Result;
use crate::options::{count, size, value};

/// The options of the benchmark.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The length of the large file, in bytes.
    pub(crate) size: u64,
    /// The number of small files.
    pub(crate) files: usize,
    /// The length of each small file, in bytes.
    pub(crate) file_size: u64,
    /// The number of files of the tree that is synchronized.
    pub(crate) sync_files: usize,
    /// The number of runs of each client and job.
    pub(crate) runs: usize,
    /// Words of which one must be in the name of a job. Empty for all jobs.
    pub(crate) only: Vec<String>,
    /// The folder for the files.
    pub(crate) dir: PathBuf,
    /// The path of Backblaze's own tool, if given.
    pub(crate) b2: Option<PathBuf>,
    /// The link between clients and server. Loopback if `None`.
    pub(crate) link: Option<Properties>,
    /// Whether to count instructions instead of measuring time, and what to do with the counts.
    pub(crate) instructions: Option<Counts>,
}

/// What to do with counts of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Print the difference to the recorded counts.
    Compare,
    /// Record them.
    Record,
}

impl Settings {
    /// Parses the options.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut settings = Self {
            size: 2_000_000_000,
            files: 5_000,
            file_size: 16 << 10,
            sync_files: 100_000,
            runs: 3,
            only: Vec::new(),
            dir: std::env::temp_dir(),
            b2: None,
            link: None,
            instructions: None,
        };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            match flag.as_str() {
                "--size" => settings.size = size(value(flag, &mut rest)?)?,
                "--files" => settings.files = count(value(flag, &mut rest)?)?,
                "--file-size" => settings.file_size = size(value(flag, &mut rest)?)?,
                "--sync-files" => settings.sync_files = count(value(flag, &mut rest)?)?,
                "--runs" => settings.runs = count(value(flag, &mut rest)?)?,
                "--only" => settings.only.push(value(flag, &mut rest)?.to_owned()),
                "--dir" => settings.dir = value(flag, &mut rest)?.into(),
                "--b2" => settings.b2 = Some(value(flag, &mut rest)?.into()),
                "--round-trip" => {
                    let millis = count(value(flag, &mut rest)?)?;
                    settings.link().round_trip = Duration::from_millis(millis as u64);
                }
                "--megabits" => {
                    let megabits = count(value(flag, &mut rest)?)?;
                    settings.link().rate = megabits as f64 * 1e6 / 8.0;
                }
                "--instructions" => settings.instructions = Some(Counts::Compare),
                "--record-instructions" => settings.instructions = Some(Counts::Record),
                "--quick" => {
                    settings.size = 220_000_000;
                    settings.files = 200;
                    settings.sync_files = 2_000;
                    settings.runs = 1;
                }
                other => return Err(format!("bench has no option {other}").into()),
            }
        }
        Ok(settings)
    }

    fn link(&mut self) -> &mut Properties {
        self.link.get_or_insert_default()
    }
}
