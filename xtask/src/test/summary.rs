//! Counting tests by what cargo prints.

use std::fmt;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    passed: u64,
    failed: u64,
}

impl Summary {
    /// Takes a line such as `test result: ok. 4 passed; 0 failed; 0 ignored; ...`, as cargo prints it, or such
    /// as `Node: 16 passed, 0 failed`, as the package's tests do.
    pub(super) fn saw(&mut self, line: &str) {
        let count = |what: &str| {
            let (before, _) = line.split_once(what)?;
            before.split_whitespace().next_back()?.parse::<u64>().ok()
        };
        let starts = line.starts_with("test result: ") || line.ends_with(" failed");
        if let (true, Some(passed), Some(failed)) = (starts, count(" passed"), count(" failed")) {
            self.passed += passed;
            self.failed += failed;
        }
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
    fn counts_results_and_nothing_else() {
        let mut summary = Summary::default();
        for line in [
            "test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.88s",
            "test result: FAILED. 10 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out",
            "test summary::tests::counts ... ok",
            "Node: 16 passed, 1 failed",
            "100 passed",
            "it failed",
        ] {
            summary.saw(line);
        }
        assert_eq!(summary.to_string(), "30 passed, 3 failed");
    }
}
