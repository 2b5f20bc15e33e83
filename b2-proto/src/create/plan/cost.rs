//! What a plan costs.

/// What a plan costs, in bytes and calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanCost {
    /// Bytes that are uploaded.
    pub uploaded: u64,
    /// Bytes that B2 copies.
    pub copied: u64,
    /// Bytes that are downloaded, to be uploaded again.
    pub downloaded: u64,
    /// Calls of the API, without those that look for an unfinished file and those that fetch upload URLs.
    pub calls: u64,
}
