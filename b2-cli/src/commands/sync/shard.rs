//! The parts of a synchronization that run on several machines.

use std::num::NonZeroU32;
use std::path::Path;

use b2_native::Synchronizer;
use b2_proto::sync::Shard;
use serde_json::json;

use super::place::Place;
use super::read;
use crate::context::Context;
use crate::error::CliError;

/// Prints one line for each part, without synchronizing.
pub(super) async fn print(
    context: &Context,
    synchronizer: &Synchronizer,
    count: NonZeroU32,
    (source, destination): (&Place, &Place),
) -> Result<(), CliError> {
    for (range, estimate) in synchronizer.shards(count).await? {
        let shard = Shard {
            source: source.to_string(),
            destination: destination.to_string(),
            start: range.start,
            end: range.end,
            estimate,
        };
        context.output.json_line(&json!(shard))?;
    }
    Ok(())
}

/// Reads the line of a part, counted from 0.
pub(super) fn load(path: &Path, index: usize) -> Result<Shard, CliError> {
    let shown = path.display();
    let bytes = read(path).map_err(|error| CliError::local(path, &error))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let line = lines.get(index).ok_or_else(|| {
        let last = lines.len().saturating_sub(1);
        CliError::usage(format!("{shown} has the shards 0 to {last}, and none of index {index}"))
    })?;
    serde_json::from_str(line).map_err(|error| {
        CliError::message(format!("{shown}: shard {index} cannot be read: {error}"))
    })
}
