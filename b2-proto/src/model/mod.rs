//! What B2 stores and answers, as data.
//!
//! Reading is tolerant: unknown fields are skipped, unknown values of an enumeration are kept as text, and
//! what may be missing is an `Option` or has a default.

mod ids;

pub use ids::{AccountId, ApplicationKeyId, BucketId, FileId};
