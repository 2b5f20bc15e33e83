//! Ends the programs that this one has started, and those that they have started.

use std::collections::HashMap;
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Result;

/// Asks all descendants of this process to end.
///
/// They stay in its process group, so that Ctrl-C in a terminal reaches them as well.
pub(super) fn end() -> Result<()> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output()?;
    let table = String::from_utf8_lossy(&output.stdout);
    for id in of(std::process::id(), &table) {
        // One that has ended meanwhile is no error.
        let _ = kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGTERM);
    }
    Ok(())
}

/// Returns the descendants of a process, parents first, in a table of processes and their parents.
fn of(process: u32, table: &str) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for line in table.lines() {
        let mut numbers = line.split_whitespace().map(str::parse);
        if let (Some(Ok(id)), Some(Ok(parent))) = (numbers.next(), numbers.next()) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = children.remove(&process).unwrap_or_default();
    let mut next = 0;
    while let Some(id) = found.get(next) {
        found.extend(children.remove(id).unwrap_or_default());
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_and_their_children() {
        let table = "  1  0\n 10  1\n 11 10\n 12 10\n 13 12\n 14  1\n  PID PPID\n\n";
        assert_eq!(of(10, table), [11, 12, 13]);
        assert_eq!(of(12, table), [13]);
        assert!(of(14, table).is_empty());
        assert!(of(10, "").is_empty());
    }
}
