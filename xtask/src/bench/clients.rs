//! The clients and their command lines. All use default settings.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::account::Account;
use super::copy::SOURCE;
use super::job::Job;
use super::sim::BUCKET;
use crate::Result;

/// A client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The floor.
    Floor,
    /// The command of this project.
    Ours,
    /// Backblaze's command.
    Backblaze,
    Rclone,
    Curl,
}

/// An installed client.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) kind: Kind,
    /// The name in the table.
    pub(crate) name: &'static str,
    program: PathBuf,
    /// The version that it prints.
    pub(crate) version: String,
}

/// Returns the installed clients, and notes about the others.
pub(crate) fn find(xtask: &Path, ours: &Path, b2: Option<&Path>) -> (Vec<Client>, Vec<String>) {
    let client = |kind, name, program: &Path, version: String| Client {
        kind,
        name,
        program: program.to_owned(),
        version,
    };
    let version = first_line(ours, &["version"]).unwrap_or_default();
    let mut found = vec![
        client(Kind::Floor, "floor", xtask, "blocking sockets, 256 KiB at a time".to_owned()),
        client(Kind::Ours, "**this `b2`**", ours, version),
    ];
    let mut notes = Vec::new();
    let mut look = |kind, name, candidates: Vec<PathBuf>, flags: &[&str], says: &str| {
        let installed = candidates.into_iter().find_map(|program| {
            let line = first_line(&program, flags).filter(|line| line.contains(says))?;
            Some(client(kind, name, &program, line))
        });
        match installed {
            Some(client) => found.push(client),
            None => notes.push(format!("{name} is not installed.")),
        }
    };
    let backblaze = b2.map_or_else(|| in_path("b2"), |b2| vec![b2.to_owned()]);
    // The command of this project has the same name.
    let says = "b2 command line tool";
    look(Kind::Backblaze, "Backblaze's `b2`", backblaze, &["version"], says);
    look(Kind::Rclone, "`rclone`", in_path("rclone"), &["version"], "rclone");
    look(Kind::Curl, "`curl`", in_path("curl"), &["--version"], "curl");
    (found, notes)
}

fn in_path(name: &str) -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .filter(|program| program.is_file())
        .collect()
}

fn first_line(program: &Path, flags: &[&str]) -> Option<String> {
    let output = Command::new(program).args(flags).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(|line| line.trim().to_owned())
}

impl Client {
    /// Returns the command for a job between the local file or folder and the remote name. Returns `None` if the client
    /// cannot do the job.
    pub(crate) fn command(
        &self,
        job: Job,
        local: &Path,
        remote: &str,
        account: &Account,
    ) -> Result<Option<Command>> {
        let local = local.to_str().ok_or("the folder's name is not Unicode")?;
        let uri = format!("b2://{BUCKET}/{remote}");
        let sim = format!("sim:{BUCKET}/{remote}");
        let header = format!("Authorization: {}", account.token);
        let url = account.url(BUCKET, remote);
        let (origin, rclone_origin) =
            (format!("b2://{BUCKET}/{SOURCE}"), format!("sim:{BUCKET}/{SOURCE}"));
        let arguments: Vec<&str> = match (self.kind, job) {
            (Kind::Floor, Job::UploadLarge) => vec!["floor", "upload", local, BUCKET, remote],
            (Kind::Floor, Job::UploadSmall) => vec!["floor", "upload-all", local, BUCKET, remote],
            (Kind::Floor, Job::DownloadLarge | Job::DownloadOne) => {
                vec!["floor", "download", BUCKET, remote, local]
            }
            (Kind::Floor, Job::DownloadHashed) => {
                vec!["floor", "download-hashed", BUCKET, remote, local]
            }
            (Kind::Floor, Job::DownloadSmall) => {
                vec!["floor", "download-all", BUCKET, remote, local]
            }
            (Kind::Ours, Job::UploadLarge) => vec!["-q", "file", "upload", BUCKET, local, remote],
            (Kind::Ours, Job::UploadSmall) => {
                vec!["-q", "file", "upload", "-r", BUCKET, local, remote]
            }
            (Kind::Ours, Job::DownloadLarge | Job::DownloadHashed | Job::DownloadOne) => {
                vec!["-q", "file", "download", &uri, local]
            }
            (Kind::Ours, Job::DownloadSmall) => vec!["-q", "file", "download", "-r", &uri, local],
            (Kind::Backblaze, Job::UploadLarge) => {
                vec!["file", "upload", "--quiet", "--no-progress", BUCKET, local, remote]
            }
            (Kind::Backblaze, Job::DownloadLarge | Job::DownloadHashed | Job::DownloadOne) => {
                vec!["file", "download", "--quiet", "--no-progress", &uri, local]
            }
            (Kind::Backblaze, Job::UploadSmall) => vec!["sync", "--no-progress", local, &uri],
            (Kind::Backblaze, Job::DownloadSmall) => vec!["sync", "--no-progress", &uri, local],
            (Kind::Rclone, Job::UploadLarge) => vec!["copyto", local, &sim],
            (Kind::Rclone, Job::DownloadLarge | Job::DownloadHashed | Job::DownloadOne) => {
                vec!["copyto", &sim, local]
            }
            (Kind::Rclone, Job::UploadSmall) => vec!["copy", local, &sim],
            (Kind::Rclone, Job::DownloadSmall) => vec!["copy", &sim, local],
            (Kind::Curl, Job::DownloadLarge | Job::DownloadOne) => {
                vec!["--silent", "--fail", "--header", &header, "--output", local, &url]
            }
            (Kind::Ours | Kind::Backblaze, Job::UploadGrown) => {
                vec!["file", "upload", "--incremental-mode", "--no-progress", BUCKET, local, remote]
            }
            // It sends the whole file, since it has no incremental uploads.
            (Kind::Rclone, Job::UploadGrown) => vec!["copyto", local, &sim],
            (Kind::Ours | Kind::Backblaze, Job::Copy) => {
                vec!["file", "server-side-copy", &origin, &uri]
            }
            (Kind::Rclone, Job::Copy) => vec!["copyto", &rclone_origin, &sim],
            (Kind::Ours, Job::SyncFirst | Job::SyncUnchanged | Job::SyncChanged) => {
                vec!["-q", "sync", local, &uri]
            }
            (Kind::Backblaze, Job::SyncFirst | Job::SyncUnchanged | Job::SyncChanged) => {
                vec!["sync", "--no-progress", local, &uri]
            }
            (Kind::Rclone, Job::SyncFirst | Job::SyncUnchanged | Job::SyncChanged) => {
                vec!["sync", local, &sim]
            }
            (Kind::Ours | Kind::Backblaze | Kind::Rclone, Job::Start) => vec!["version"],
            (Kind::Floor, Job::List) => vec!["floor", "list", BUCKET, remote],
            (Kind::Ours | Kind::Backblaze, Job::List) => vec!["ls", &uri],
            (Kind::Rclone, Job::List) => vec!["lsf", &sim],
            (Kind::Curl | Kind::Floor, _) => return Ok(None),
        };
        let mut command = Command::new(&self.program);
        command.args(arguments);
        Ok(Some(command))
    }
}
