//! Counting tests by what cargo prints.

use std::fmt;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    passed: u64,
    failed: u64,
}

impl Summary {
    /// Takes a line such as `test result: ok. 4 passed; 0 failed; 0 ignored; ...`.
    pub(super) fn saw(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let count = |what: &str| {
            let before = result.split(what).next().unwrap_or_default();
            let number = before.split_whitespace().next_back().unwrap_or_default();
            number.parse::<u64>().unwrap_or_default()
        };
        self.passed += count(" passed");
        self.failed += count(" failed");
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
            "100 passed",
        ] {
            summary.saw(line);
        }
        assert_eq!(summary.to_string(), "14 passed, 2 failed");
    }
}
