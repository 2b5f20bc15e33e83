//! What there is here of b2sdk 2.13, Backblaze's Python library, by each of its public names.
//!
//! | state | means |
//! | --- | --- |
//! | done | a user can reach the item, and a test shows it |
//! | partly | the remark says what is missing |
//! | not yet | the remark says what it belongs to |
//! | not needed | the remark says why |
//!
//! b2sdk keeps one class for each thing that B2 has, with getters. Here an account, a bucket, a file version are plain
//! data with public fields ([`model`](b2_proto::model), [`account`](b2_proto::account)). Each call of B2's API is a
//! struct named after it ([`api`](b2_proto::api)), which [`Client::call`](b2_client::Client::call) runs.
//!
//! The table is `tests/parity.tsv`, which also names the tests. A test checks that it is complete, and that items and
//! tests exist; the documentation does not build with a link that leads nowhere.
//!
#![doc = include_str!(concat!(env!("OUT_DIR"), "/parity.md"))]
#![deny(rustdoc::broken_intra_doc_links)]

/// The table: a line of titles, then one line for each name, in the order of their bytes. Tabs separate the columns.
pub const TABLE: &str = include_str!("../parity.tsv");

/// What there is of a name of b2sdk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// All of it.
    Done,
    /// Some of it.
    Partly,
    /// Nothing so far.
    NotYet,
    /// Nothing, on purpose.
    NotNeeded,
}

impl State {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "done" => Self::Done,
            "partly" => Self::Partly,
            "not yet" => Self::NotYet,
            "not needed" => Self::NotNeeded,
            _ => return None,
        })
    }
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The name in b2sdk.
    pub name: &'a str,
    /// What there is of it.
    pub state: State,
    /// Paths of the items that do the same here.
    pub items: Vec<&'a str>,
    /// Tests that show it: a file and a function each.
    pub tests: Vec<&'a str>,
    /// What is missing, or why.
    pub remark: &'a str,
}

impl<'a> Row<'a> {
    /// Reads a line of the table; `None` if it is not one.
    #[must_use]
    pub fn read(line: &'a str) -> Option<Self> {
        let list = |text: &'a str| text.split(", ").filter(|entry| !entry.is_empty()).collect();
        let cells: Vec<_> = line.split('\t').collect();
        let [name, state, items, tests, remark] = cells[..] else {
            return None;
        };
        let state = State::read(state)?;
        Some(Self { name, state, items: list(items), tests: list(tests), remark })
    }
}
