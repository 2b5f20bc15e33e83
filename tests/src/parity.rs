//! The public names of b2sdk 2.13, Backblaze's Python library, and their equivalents here.
//!
//! | state | means |
//! | --- | --- |
//! | done | there is a public item and a test |
//! | partly | the remark says what is missing |
//! | not yet | the remark names the missing feature |
//! | not needed | the remark says why |
//!
//! b2sdk has classes with getters for accounts, buckets and files. Here they are plain data with public fields ([`model`](b2_proto::model), [`account`](b2_proto::account)). Each call of B2's API is a
//! struct named after it ([`api`](b2_proto::api)), which [`Client::call`](b2_client::Client::call) runs.
//!
//! The table is `tests/parity.tsv`, which also names the tests. A test checks that it is complete, and that items and
//! tests exist; the documentation does not build with a link that leads nowhere.
//!
#![doc = include_str!(concat!(env!("OUT_DIR"), "/parity.md"))]
#![deny(rustdoc::broken_intra_doc_links)]

/// The table: a line of titles, then one line for each name, in the order of their bytes. Tabs separate the columns.
pub const TABLE: &str = include_str!("../parity.tsv");

/// The state of a name of b2sdk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// There is an equivalent.
    Done,
    /// The equivalent is incomplete.
    Partly,
    /// There is no equivalent yet.
    NotYet,
    /// No equivalent is needed.
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
    /// The state.
    pub state: State,
    /// The paths of the equivalent items.
    pub items: Vec<&'a str>,
    /// The tests, each with file and function.
    pub tests: Vec<&'a str>,
    /// The remark.
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
