//! Counts tests in the output of test programs.

use std::fmt;

/// The number of tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    passed: u64,
    failed: u64,
}

impl Summary {
    /// Adds the counts of a line of output: `test result: ok. 4 passed; 0 failed; ...`, as cargo prints it, or
    /// `Node: 16 passed, 0 failed`, as the tests of the npm package do. Other lines are ignored.
    pub(super) fn add_line(&mut self, line: &str) {
        let count = |what: &str| {
            let (before, _) = line.split_once(what)?;
            before.split_whitespace().next_back()?.parse::<u64>().ok()
        };
        let is_result = line.starts_with("test result: ") || line.ends_with(" failed");
        if let (true, Some(passed), Some(failed)) = (is_result, count(" passed"), count(" failed"))
        {
            self.passed += passed;
            self.failed += failed;
        }
    }

    /// Adds the counts of another summary.
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_lines_are_ignored() {
        let mut summary = Summary::default();
        for line in [
            "test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.88s",
            "test result: FAILED. 10 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out",
            "test summary::tests::counts ... ok",
            "Node: 16 passed, 1 failed",
            "100 passed",
            "it failed",
        ] {
            summary.add_line(line);
        }
        assert_eq!(summary.to_string(), "30 passed, 3 failed");
        summary.add(Summary { passed: 5, failed: 1 });
        assert_eq!(summary.to_string(), "35 passed, 4 failed");
    }
}
