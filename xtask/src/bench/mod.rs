//! The benchmark: several clients run the same jobs against `b2 sim` on this machine, in turn.
//!
//! Each client is a process of its own, so that it is measured without the server. Its results are verified after each
//! run: the listing of the server, or the SHA-1 of the downloaded files. Only rows of one run can be compared.

mod account;
mod clients;
mod copy;
mod data;
mod files;
mod floor;
mod instructions;
mod job;
mod link;
mod measure;
mod settings;
mod sim;
mod table;
mod traffic;
mod tree;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clients::{Client, Kind};
use data::Data;
use job::Job;
use settings::Settings;
use sim::{BUCKET, Sim};
use table::Row;

use crate::{Result, cargo};

pub(crate) use floor::run as floor;
pub(crate) use measure::run_measured;

/// `cargo xtask bench`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut settings = Settings::parse(arguments)?;
    if settings.instructions.is_some() {
        if !instructions::is_possible() {
            println!("valgrind is not installed, so instructions are not counted");
            return Ok(());
        }
        settings = instructions::settings(settings);
    }
    let ours = cargo::build_release("b2-cli", "b2")?;
    // Only the time of other programs is measured with the release build of this one.
    let xtask = match settings.instructions {
        Some(_) => std::env::current_exe()?,
        None => cargo::build_release("xtask", "xtask")?,
    };
    let folder = tempfile::tempdir_in(&settings.dir)?;
    let (clients, notes) = clients::find(&xtask, &ours, settings.b2.as_deref());
    let mut bench = Bench {
        data: Data::write(folder.path(), &settings)?,
        folder: folder.path().to_owned(),
        settings,
        xtask,
        ours,
        clients,
    };
    if let Some(counts) = bench.settings.instructions {
        return instructions::run(&mut bench, counts);
    }
    bench.check_stored()?;
    println!("{}", table::description(&bench.clients, &bench.settings));
    notes.iter().for_each(|note| println!("{note}\n"));
    for job in Job::ALL {
        let name = job.name(&bench.settings);
        let only = &bench.settings.only;
        if only.is_empty() || only.iter().any(|word| name.contains(word)) {
            if matches!(job, Job::SyncUnchanged | Job::SyncChanged) {
                bench.data.write_tree(folder.path(), &bench.settings)?;
            }
            println!("{}", table::table(job, &bench.settings, &bench.job(job)?));
        }
    }
    Ok(())
}

/// A run of the benchmark.
struct Bench {
    settings: Settings,
    data: Data,
    folder: PathBuf,
    xtask: PathBuf,
    ours: PathBuf,
    clients: Vec<Client>,
}

impl Bench {
    /// Runs a job with every client in turn.
    fn job(&self, job: Job) -> Result<Vec<Row>> {
        let log = self.folder.join("requests");
        let sim = Sim::start(&self.ours, !job.is_stored(), &log, self.settings.link)?;
        let mut account = sim.account()?;
        self.prepare(job, &sim, &mut account)?;
        let mut rows: Vec<Row> = Vec::new();
        for run in 0..self.settings.runs {
            for client in &self.clients {
                let (local, remote) = self.places(job, client.kind, run)?;
                let Some(command) = client.command(job, &local, &remote, &account)? else {
                    continue;
                };
                if job == Job::DownloadSmall {
                    fs::create_dir(&local)?;
                }
                if job == Job::UploadGrown {
                    self.upload_before(&sim, &remote)?;
                }
                if job == Job::SyncChanged {
                    self.data.tree()?.change()?;
                }
                let before = sim.traffic()?;
                let mut cost = self.measure(&sim, command)?;
                cost.traffic = sim.traffic()? - before;
                job.check(&self.data, &mut account, &local, &remote).map_err(|error| {
                    format!("{}: {}: {error}", client.name, job.name(&self.settings))
                })?;
                if job.is_download() && job != Job::DownloadSmall {
                    fs::remove_file(&local)?;
                }
                match rows.iter_mut().find(|row| row.kind == client.kind) {
                    Some(row) => row.costs.push(cost),
                    None => {
                        rows.push(Row { kind: client.kind, name: client.name, costs: vec![cost] });
                    }
                }
            }
        }
        Ok(rows)
    }

    /// Returns the local path and the remote name of a job.
    fn places(&self, job: Job, client: Kind, run: usize) -> Result<(PathBuf, String)> {
        let remote = match job {
            Job::UploadLarge | Job::UploadSmall | Job::UploadGrown | Job::Copy | Job::SyncFirst => {
                format!("{client:?}-{run}")
            }
            Job::List => "origin/d000/".to_owned(),
            Job::DownloadOne => "origin/d000/f000".to_owned(),
            _ => "origin".to_owned(),
        };
        let local = match job {
            Job::UploadLarge => self.data.large.clone(),
            Job::UploadSmall | Job::SyncFirst => self.data.small.clone(),
            Job::SyncUnchanged | Job::SyncChanged => self.data.tree()?.folder.clone(),
            Job::UploadGrown => self.data.grown.clone(),
            // They are removed at the end: for minutes, ext4 searches around the inodes of removed files when it creates a
            // file, and thousands of them would cost more than what is measured.
            Job::DownloadSmall => self.folder.join(format!("arrived-{client:?}-{run}")),
            _ => self.folder.join("arrived"),
        };
        Ok((local, remote))
    }

    /// Uploads what a job downloads.
    fn prepare(&self, job: Job, sim: &Sim, account: &mut account::Account) -> Result<()> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let (large, small) = (path(&self.data.large), path(&self.data.small));
        let mut command = Command::new(&self.ours);
        if matches!(job, Job::SyncUnchanged | Job::SyncChanged) {
            let tree = path(&self.data.tree()?.folder);
            command.args(["-q", "sync", &tree, &format!("b2://{BUCKET}/origin")]);
            self.measure(sim, command)?;
            return job.check(&self.data, account, &self.folder, "origin");
        }
        command.args(["-q", "file", "upload"]);
        let upload = match job {
            Job::UploadLarge
            | Job::UploadSmall
            | Job::UploadGrown
            | Job::SyncFirst
            | Job::Start => return Ok(()),
            Job::Copy => return copy::create_source(account),
            Job::DownloadLarge => {
                command.args([BUCKET, &large, "origin"]);
                Job::UploadLarge
            }
            Job::DownloadHashed => {
                command.args(["--whole-sha1", BUCKET, &large, "origin"]);
                Job::UploadLarge
            }
            Job::DownloadSmall | Job::List | Job::DownloadOne => {
                command.args(["-r", BUCKET, &small, "origin"]);
                Job::UploadSmall
            }
            Job::SyncUnchanged | Job::SyncChanged => return Ok(()),
        };
        self.measure(sim, command)?;
        upload.check(&self.data, account, &self.folder, "origin")
    }

    /// Checks that a file is the same after each client has uploaded it, with a server that stores content. The server of
    /// the measured uploads does not.
    fn check_stored(&self) -> Result<()> {
        let (path, expected) = &self.data.stored;
        for client in &self.clients {
            let sim = Sim::start(&self.ours, false, &self.folder.join("requests"), None)?;
            let account = sim.account()?;
            let Some(command) = client.command(Job::UploadLarge, path, "stored", &account)? else {
                continue;
            };
            self.measure(&sim, command)?;
            let arrived = self.folder.join("arrived");
            let url = account.url(BUCKET, "stored");
            let mut connection = wire::Connection::to(&url)?;
            let sha1 = floor::download(&mut connection, &url, &account.token, &arrived, true)?;
            fs::remove_file(&arrived)?;
            if sha1 != *expected {
                return Err(format!("{}: the file differs", client.name).into());
            }
        }
        Ok(())
    }

    /// Uploads the file before it grew, with its SHA-1.
    fn upload_before(&self, sim: &Sim, remote: &str) -> Result<()> {
        let mut command = Command::new(&self.ours);
        command.args(["-q", "file", "upload", "--whole-sha1", BUCKET]);
        command.arg(&self.data.large).arg(remote);
        self.measure(sim, command).map(drop)
    }

    fn measure(&self, sim: &Sim, mut command: Command) -> Result<measure::Cost> {
        sim.environment(&self.folder, &mut command);
        measure::measure(&self.xtask, &self.folder.join("log"), &command)
    }
}
