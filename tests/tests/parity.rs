//! The table from b2sdk's names to ours is complete: every name has one row, and every row says something.

use std::collections::{BTreeMap, BTreeSet};

use b2_tests::parity::PAGES;

/// Every public name of b2sdk with the area it belongs to, below a line of titles.
const NAMES: &str = include_str!("../parity.tsv");

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Done,
    NotNeeded,
    NotBuiltYet,
}

impl Status {
    /// What a row says; `None` if it is neither a link nor a reason.
    fn of(text: &str) -> Option<Self> {
        let reason = |start| text.strip_prefix(start).is_some_and(|why: &str| !why.is_empty());
        if reason("not needed: ") {
            Some(Self::NotNeeded)
        } else if reason("not built yet: ") {
            Some(Self::NotBuiltYet)
        } else {
            text.contains("`](").then_some(Self::Done)
        }
    }
}

/// The area and name of each row, and what the row says of it.
fn rows() -> Vec<((&'static str, &'static str), &'static str)> {
    let mut rows = Vec::new();
    for (page, text) in PAGES {
        let mut area = "";
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                area = title;
            } else if let Some(row) = line.strip_prefix('|') {
                let cells: Vec<_> = row.trim_end_matches('|').split('|').map(str::trim).collect();
                let [name, says] = cells[..] else {
                    panic!("{page}: a row has {} cells: {line}", cells.len());
                };
                if name != "b2sdk" && name != "---" {
                    rows.push(((area, name.trim_matches('`')), says));
                }
            }
        }
    }
    rows
}

#[test]
fn every_name_has_exactly_one_row() {
    let names: BTreeSet<_> = NAMES
        .lines()
        .skip(1)
        .map(|line| line.split_once('\t').expect("an area and a name"))
        .collect();
    assert_eq!(names.len(), NAMES.lines().count() - 1, "a name is listed twice");
    let mut rows_of = BTreeMap::<_, u32>::new();
    for (name, _) in rows() {
        *rows_of.entry(name).or_default() += 1;
    }
    let missing: Vec<_> = names.iter().filter(|name| !rows_of.contains_key(*name)).collect();
    let unknown: Vec<_> = rows_of.keys().filter(|name| !names.contains(*name)).collect();
    let repeated: Vec<_> = rows_of.iter().filter(|(_, rows)| **rows > 1).collect();
    assert!(missing.is_empty(), "names without a row: {missing:#?}");
    assert!(unknown.is_empty(), "rows for no name: {unknown:#?}");
    assert!(repeated.is_empty(), "names with several rows: {repeated:#?}");
}

#[test]
fn every_row_has_a_link_or_a_reason() {
    let mut counts = BTreeMap::<_, BTreeMap<_, u32>>::new();
    for ((area, name), says) in rows() {
        let status = Status::of(says);
        let status =
            status.unwrap_or_else(|| panic!("{name}: neither a link nor a reason: {says}"));
        for area in [area, "all"] {
            *counts.entry(area).or_default().entry(status).or_default() += 1;
        }
    }
    println!("{:34} {:>5} {:>10} {:>13}", "area", "done", "not needed", "not built yet");
    for (area, counts) in &counts {
        let count = |status| counts.get(&status).copied().unwrap_or_default();
        println!(
            "{area:34} {:>5} {:>10} {:>13}",
            count(Status::Done),
            count(Status::NotNeeded),
            count(Status::NotBuiltYet)
        );
    }
}
