//! `b2 replication status`.

use b2_proto::model::ReplicationRule;
use b2_proto::replication::ReplicationReport;
use clap::{Args, ValueEnum};
use futures::StreamExt;
use serde_json::{Map, Value, json};

use super::table;
use crate::context::Context;
use crate::error::CliError;
use crate::listing::{all_readable, readable};
use crate::uri::bucket_name;

/// The columns, in the order in which they are printed. All but the last are fields of the state of a file.
const COLUMNS: [&str; 10] = [
    "source_replication_status",
    "source_has_hide_marker",
    "source_encryption_mode",
    "source_has_large_metadata",
    "source_has_file_retention",
    "source_has_legal_hold",
    "destination_replication_status",
    "metadata_differs",
    "hash_differs",
    "count",
];

/// The column whose unknown values are shown where there is a source.
const ENCRYPTION: &str = "source_encryption_mode";

/// The arguments of `b2 replication status`.
#[derive(Args, Debug)]
#[command(after_help = "\
Files with equal states are one row. Only the newest version of each name is looked at.

Examples:
  b2 replication status my-photos
  b2 replication status --rule photos-backup --columns 'destination replication status, count' my-photos
  b2 replication status --output-format csv my-photos")]
pub(crate) struct Status {
    /// Only this rule [default: all rules of the bucket]
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// The stored account of the destination buckets [default: the account of the source bucket]
    #[arg(long, value_name = "NAME")]
    destination_profile: Option<String>,
    /// Look at the source bucket only
    #[arg(long, conflicts_with = "destination_profile")]
    dont_scan_destination: bool,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "console", conflicts_with = "json")]
    output_format: Format,
    /// The columns to print, separated by commas [default: all]
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    columns: Option<Columns>,
    /// The bucket whose files are replicated
    #[arg(value_name = "SOURCE_BUCKET", value_parser = bucket_name)]
    source: String,
}

/// The columns that were asked for.
#[derive(Clone, Debug)]
struct Columns(Vec<&'static str>);

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables for people
    Console,
    /// JSON
    Json,
    /// Comma-separated values
    Csv,
}

/// Returns the columns with these names, in which a space is like an underscore.
fn columns(text: &str) -> Result<Columns, String> {
    let mut columns = Vec::new();
    for name in text.split(',').map(|name| name.trim().replace(' ', "_")) {
        if name == "all" {
            return Ok(Columns(COLUMNS.to_vec()));
        }
        let column = COLUMNS.iter().find(|column| **column == name).ok_or_else(|| {
            format!("there is no column '{name}'; the columns are: {}", COLUMNS.join(", "))
        })?;
        columns.push(*column);
    }
    Ok(Columns(columns))
}

/// The rows of one rule: a value for each column.
type Rows = Vec<Map<String, Value>>;

impl Status {
    pub(super) async fn run(self, context: &Context) -> Result<(), CliError> {
        let bucket = context.bucket(&self.source).await?;
        let other = match &self.destination_profile {
            Some(profile) => Some(context.client_of_profile(profile).await?),
            None => None,
        };
        let mut rules = bucket.replication().rules().await?;
        if let Some(name) = &self.rule {
            rules.retain(|rule| rule.replication_rule_name == *name);
            if rules.is_empty() {
                return Err(CliError::message(format!(
                    "no replication rule \"{name}\" set up for bucket \"{}\"",
                    self.source
                )));
            }
        }
        let columns = self.columns.as_ref().map_or(&COLUMNS[..], |columns| &columns.0);
        let (mut reports, mut unreadable) = (Vec::new(), 0);
        for rule in rules {
            let name = rule.replication_rule_name.clone();
            let mut monitor = bucket.replication().monitor(rule.clone());
            if self.dont_scan_destination {
                monitor = monitor.source_only();
            } else if let Some(client) = &other {
                monitor = monitor.destination(client);
            }
            let report = scan(context, &rule, monitor, &mut unreadable).await?;
            reports.push((name, rows(&report)));
        }
        let format = if context.output.is_json() { Format::Json } else { self.output_format };
        print(context, format, columns, &reports)?;
        all_readable(unreadable)
    }
}

/// Scans the files of a rule, with a counter on a terminal.
async fn scan(
    context: &Context,
    rule: &ReplicationRule,
    monitor: b2_client::ReplicationMonitor<b2_native::NativeHost>,
    unreadable: &mut u64,
) -> Result<ReplicationReport, CliError> {
    let bar = context.progress.count(&rule.replication_rule_name);
    let mut pairs = monitor.pairs();
    let mut report = ReplicationReport::default();
    while let Some(pair) = pairs.next().await {
        if let Some(pair) = readable(context, pair, unreadable)? {
            report.add(pair);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(report)
}

fn rows(report: &ReplicationReport) -> Rows {
    let row = |group: &b2_proto::replication::ReplicationGroup| {
        let mut row = match json!(group.state) {
            Value::Object(row) => row,
            _ => Map::new(),
        };
        row.insert("count".to_owned(), group.count.into());
        row
    };
    report.groups().iter().map(row).collect()
}

fn print(
    context: &Context,
    format: Format,
    columns: &[&str],
    reports: &[(String, Rows)],
) -> Result<(), CliError> {
    let output = &context.output;
    match format {
        Format::Json => {
            let shown = |row: &Map<String, Value>| {
                let pairs =
                    columns.iter().map(|column| ((*column).to_owned(), row[*column].clone()));
                pairs.collect::<Map<_, _>>()
            };
            let all: Map<_, _> = reports
                .iter()
                .map(|(name, rows)| (name.clone(), rows.iter().map(shown).collect()))
                .collect();
            output.json(&Value::Object(all))
        }
        Format::Console => {
            for (name, rows) in reports {
                output.line(format!("Replication \"{name}\":"))?;
                output.line(table::grid(&headers(columns), &cells(columns, rows)))?;
            }
            Ok(())
        }
        Format::Csv => {
            let mut lines = Vec::new();
            for (name, rows) in reports {
                for mut row in cells(columns, rows) {
                    row.insert(0, name.clone());
                    lines.push(row);
                }
            }
            if !lines.is_empty() {
                let mut first = vec!["rule name".to_owned()];
                first.extend(headers(columns));
                lines.insert(0, first);
            }
            // As RFC 4180 has it, lines end with CR LF.
            lines.iter().try_for_each(|line| output.print(table::csv(line) + "\r"))
        }
    }
}

/// Returns the names of columns as Backblaze's tool prints them: one word a line, so that they are narrow.
fn headers(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| column.replace('_', "\n")).collect()
}

fn cells(columns: &[&str], rows: &Rows) -> Vec<Vec<String>> {
    let row = |row: &Map<String, Value>| {
        // What is not known of a file that exists differs from what there is not.
        let has_source = !row["source_has_hide_marker"].is_null();
        columns
            .iter()
            .map(|column| match &row[*column] {
                Value::Bool(true) => "Yes".to_owned(),
                Value::Bool(false) => "No".to_owned(),
                Value::Null if *column == ENCRYPTION && has_source => "UNKNOWN".to_owned(),
                Value::Null => String::new(),
                Value::String(mode) if *column == ENCRYPTION => {
                    mode.to_ascii_uppercase().replace('-', "_")
                }
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect()
    };
    rows.iter().map(row).collect()
}
