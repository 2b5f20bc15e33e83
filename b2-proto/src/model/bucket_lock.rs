//! The file lock settings of a bucket.

use alloc::string::String;

use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};
use strum::{Display, EnumString};

use super::RetentionMode;
use super::open::open_enum;
use super::readable::Reported;
use crate::encoding::null_as_default;
use crate::error::{Error, ErrorKind};

/// The unit of a [`RetentionPeriod`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString)]
#[strum(serialize_all = "camelCase")]
#[non_exhaustive]
pub enum RetentionUnit {
    /// Days.
    Days,
    /// Years.
    Years,
    /// A unit that this version does not know.
    #[strum(default)]
    Other(String),
}

open_enum!(RetentionUnit);

/// The length of a retention.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetentionPeriod {
    /// The number of units.
    pub duration: u64,
    /// The unit.
    pub unit: RetentionUnit,
}

impl RetentionPeriod {
    /// Creates a period of days.
    #[must_use]
    pub const fn days(duration: u64) -> Self {
        Self { duration, unit: RetentionUnit::Days }
    }

    /// Creates a period of years.
    #[must_use]
    pub const fn years(duration: u64) -> Self {
        Self { duration, unit: RetentionUnit::Years }
    }
}

/// The retention that new files of a bucket get if their upload names none.
///
/// In JSON `{"mode": "governance", "period": {"duration": 7, "unit": "days"}}`, or `{"mode": null}`.
///
/// ```
/// use b2_proto::model::{BucketRetention, RetentionPeriod};
///
/// let week = BucketRetention::governance(RetentionPeriod::days(7));
/// assert_eq!(
///     serde_json::to_string(&week)?,
///     r#"{"mode":"governance","period":{"duration":7,"unit":"days"}}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Option<BucketRetentionFields>")]
pub enum BucketRetention {
    /// No retention.
    #[default]
    None,
    /// A retention that starts with the upload.
    For {
        /// The mode, which decides who can shorten the retention.
        mode: RetentionMode,
        /// The length.
        period: RetentionPeriod,
    },
    /// The application key may not read the retention. Serializing it as a setting is an error.
    Unknown,
}

impl BucketRetention {
    /// Creates a retention in governance mode.
    #[must_use]
    pub const fn governance(period: RetentionPeriod) -> Self {
        Self::For { mode: RetentionMode::Governance, period }
    }

    /// Creates a retention in compliance mode, which cannot be ended early.
    #[must_use]
    pub const fn compliance(period: RetentionPeriod) -> Self {
        Self::For { mode: RetentionMode::Compliance, period }
    }

    /// Checks that a request can contain the retention.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is unknown or has a duration of 0.
    pub fn check(&self) -> Result<(), Error> {
        let problem = match self {
            Self::Unknown => "an unknown bucket retention cannot be asked for; choose one",
            Self::For { period: RetentionPeriod { duration: 0, .. }, .. } => {
                "a retention lasts at least one day"
            }
            Self::None | Self::For { .. } => return Ok(()),
        };
        Err(Error::new(ErrorKind::InvalidInput, problem))
    }
}

/// The JSON object of a [`BucketRetention`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
struct BucketRetentionFields {
    mode: Option<RetentionMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<RetentionPeriod>,
}

impl From<Option<BucketRetentionFields>> for BucketRetention {
    fn from(fields: Option<BucketRetentionFields>) -> Self {
        match fields.map(|fields| (fields.mode, fields.period)) {
            None | Some((None, _)) => Self::None,
            Some((Some(mode), Some(period))) => Self::For { mode, period },
            Some((Some(_), None)) => Self::Unknown,
        }
    }
}

/// Produces the form of requests, which is an error for a retention that [`BucketRetention::check`] refuses.
impl Serialize for BucketRetention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(S::Error::custom)?;
        self.serialize_reported(serializer)
    }
}

impl Reported for BucketRetention {
    fn serialize_reported<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mode, period) = match self.clone() {
            Self::None => (None, None),
            Self::For { mode, period } => (Some(mode), Some(period)),
            // A mode without a period reads back as unknown.
            Self::Unknown => (Some("unknown".into()), None),
        };
        BucketRetentionFields { mode, period }.serialize(serializer)
    }
}

/// The file lock settings of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileLock {
    /// Whether files can be locked. It cannot be disabled once it is enabled.
    #[serde(default, rename = "isFileLockEnabled", deserialize_with = "null_as_default")]
    pub enabled: bool,
    /// The retention of new files whose upload names none.
    #[serde(default, serialize_with = "Reported::serialize_reported")]
    pub default_retention: BucketRetention,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bucket_retention_in_all_its_forms() {
        let week = BucketRetention::governance(RetentionPeriod::days(7));
        let set = json!({"mode": "governance", "period": {"duration": 7, "unit": "days"}});
        assert_eq!(serde_json::to_value(&week).unwrap(), set);
        assert_eq!(serde_json::from_value::<BucketRetention>(set).unwrap(), week);
        assert_eq!(serde_json::to_value(BucketRetention::None).unwrap(), json!({"mode": null}));
        let none = json!({"mode": null, "period": null});
        assert_eq!(serde_json::from_value::<BucketRetention>(none).unwrap(), BucketRetention::None);
        BucketRetention::compliance(RetentionPeriod::years(0)).check().unwrap_err();
        assert!(serde_json::to_value(BucketRetention::Unknown).is_err());
    }

    #[test]
    fn file_locks_read_back_equal() {
        for default_retention in [
            BucketRetention::None,
            BucketRetention::Unknown,
            BucketRetention::compliance(RetentionPeriod::years(1)),
            BucketRetention::governance(RetentionPeriod::days(0)),
        ] {
            let lock = FileLock { enabled: true, default_retention };
            let json = serde_json::to_value(&lock).unwrap();
            assert_eq!(serde_json::from_value::<FileLock>(json).unwrap(), lock);
        }
    }
}
