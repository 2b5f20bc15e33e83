//! Checks of the table.

use std::collections::BTreeMap;

use b2_tests::parity::{Row, State, TABLE};
use b2_tests::workspace_root;

use crate::sources::Sources;

/// The number of public names of b2sdk 2.13.
const NAMES: usize = 1_211;

fn rows() -> Vec<Row<'static>> {
    let mut lines = TABLE.lines();
    assert_eq!(lines.next(), Some("name\tstate\titem\ttest\tremark"));
    lines
        .map(|line| Row::read(line).unwrap_or_else(|| panic!("no row of the table: {line}")))
        .collect()
}

#[test]
fn every_name_has_one_row() {
    let rows = rows();
    assert_eq!(rows.len(), NAMES);
    for pair in rows.windows(2) {
        assert!(pair[0].name < pair[1].name, "{} is twice or out of order", pair[1].name);
    }
}

#[test]
fn every_row_says_what_its_state_demands() {
    for row in rows() {
        let (item, test) = (!row.items.is_empty(), !row.tests.is_empty());
        let complete = match row.state {
            State::Done => item && test,
            State::Partly => item && !row.remark.is_empty(),
            State::NotYet => !item && !test && !row.remark.is_empty(),
            State::NotNeeded => !test && !row.remark.is_empty(),
        };
        assert!(complete, "{row:?}");
    }
}

#[test]
fn items_and_tests_exist() {
    let sources = Sources::read(&workspace_root());
    let mut missing = Vec::new();
    for row in rows() {
        let items = row.items.iter().filter(|item| !sources.define(item));
        let tests = row.tests.iter().filter(|test| !sources.have_test(test));
        missing.extend(items.chain(tests).map(|what| format!("{}: {what}", row.name)));
    }
    assert!(missing.is_empty(), "{} do not exist:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn the_readme_claims_what_the_table_says() {
    let mut counts = BTreeMap::<_, usize>::new();
    for row in rows() {
        *counts.entry(row.state).or_default() += 1;
    }
    let count = |state| counts.get(&state).copied().unwrap_or_default();
    let claim = format!(
        "each of its 1,211 public names: {} are done, {} partly, {} not yet, and {} are not needed",
        count(State::Done),
        count(State::Partly),
        count(State::NotYet),
        count(State::NotNeeded),
    );
    let readme = std::fs::read_to_string(workspace_root().join("README.md")).unwrap();
    let readme: Vec<_> = readme.split_whitespace().collect();
    assert!(readme.join(" ").contains(&claim), "README.md does not say: {claim}");
}
