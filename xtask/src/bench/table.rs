//! Formats the results as Markdown.

use std::fmt::Write;
use std::fs;

use super::clients::{Client, Kind};
use super::job::Job;
use super::measure::Cost;
use super::settings::Settings;

/// The runs of one client and job.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) costs: Vec<Cost>,
}

impl Row {
    fn median(&self, of: impl Fn(&Cost) -> f64) -> f64 {
        let mut values: Vec<f64> = self.costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() {
            0 => f64::NAN,
            odd if odd % 2 == 1 => values[middle],
            _ => f64::midpoint(values[middle - 1], values[middle]),
        }
    }
}

/// Returns the table of one job: of time and memory, or of requests too where their number matters.
pub(crate) fn table(job: Job, settings: &Settings, rows: &[Row]) -> String {
    match job {
        Job::UploadGrown | Job::Copy | Job::SyncFirst | Job::SyncUnchanged | Job::SyncChanged => {
            requests(job, settings, rows)
        }
        _ if job.is_short() => short(job, settings, rows),
        _ => times(job, settings, rows),
    }
}

fn short(job: Job, settings: &Settings, rows: &[Row]) -> String {
    let mut text = format!("| {} | requests | wall ms |", job.name(settings));
    text.push_str(" CPU ms | peak MB |\n|---|---:|---:|---:|---:|\n");
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {:.0} | {:.1} | {:.1} | {:.1} |",
            row.name,
            row.median(|cost| cost.traffic.requests),
            row.median(|cost| cost.wall) * 1e3,
            row.median(|cost| cost.cpu) * 1e3,
            row.median(|cost| cost.peak) / 1e6,
        );
    }
    text
}

fn requests(job: Job, settings: &Settings, rows: &[Row]) -> String {
    let mut text = format!("| {} | requests | MB sent | wall s |", job.name(settings));
    text.push_str(" peak MB |\n|---|---:|---:|---:|---:|\n");
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {:.0} | {:.1} | {:.2} | {:.1} |",
            row.name,
            row.median(|cost| cost.traffic.requests),
            row.median(|cost| cost.traffic.sent) / 1e6,
            row.median(|cost| cost.wall),
            row.median(|cost| cost.peak) / 1e6,
        );
    }
    text
}

fn times(job: Job, settings: &Settings, rows: &[Row]) -> String {
    let gigabytes = job.bytes(settings) as f64 / 1e9;
    let floor = rows.iter().find(|row| row.kind == Kind::Floor);
    let (floor_wall, floor_cpu) = floor.map_or((f64::NAN, f64::NAN), |row| {
        (row.median(|cost| cost.wall), row.median(|cost| cost.cpu))
    });
    let (rate, per_second) =
        if job.is_small() { ("files/s", settings.files as f64) } else { ("MB/s", gigabytes * 1e3) };
    let mut text = format!("| {} | wall s | {rate} | CPU s/GB | peak MB |", job.name(settings));
    text.push_str(" wall ÷ floor | CPU ÷ floor |\n|---|---:|---:|---:|---:|---:|---:|\n");
    for row in rows {
        let (wall, cpu) = (row.median(|cost| cost.wall), row.median(|cost| cost.cpu));
        let _ = writeln!(
            text,
            "| {} | {wall:.2} | {:.0} | {:.2} | {:.1} | {:.2} | {:.2} |",
            row.name,
            per_second / wall,
            cpu / gigabytes,
            row.median(|cost| cost.peak) / 1e6,
            wall / floor_wall,
            cpu / floor_cpu,
        );
    }
    text
}

/// Describes the machine and the clients.
pub(crate) fn description(clients: &[Client], settings: &Settings) -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key));
        let value = line.and_then(|line| line.split(':').nth(1)).unwrap_or("?");
        value.trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = after(&read("/proc/meminfo"), "MemTotal");
    let memory = memory.trim_end_matches(" kB").parse::<f64>().unwrap_or_default();
    let link =
        settings.link.map_or_else(String::new, |link| format!(", through a link with {link}"));
    let mut text = format!(
        "{} with {cores} cores, {:.0} GB of memory, {} {}; medians of {} run(s), client and server on the same \
         machine{link}.\n",
        after(&read("/proc/cpuinfo"), "model name"),
        memory * 1024.0 / 1e9,
        std::env::consts::OS,
        read("/proc/sys/kernel/osrelease").trim(),
        settings.runs,
    );
    for client in clients {
        let _ = writeln!(text, "- {}: {}", client.name, client.version);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        let row = |walls: &[f64]| Row {
            kind: Kind::Floor,
            name: "floor",
            costs: walls.iter().map(|wall| Cost { wall: *wall, ..Cost::default() }).collect(),
        };
        let median = |walls: &[f64]| row(walls).median(|cost| cost.wall);
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).is_nan());
    }
}
