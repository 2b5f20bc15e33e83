//! The file lock settings of a bucket.

use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::RetentionMode;
use super::open::{exact, open_enum};
use super::readable::null_default;
use crate::error::{Error, ErrorKind};

open_enum! {
    /// What the length of a retention counts.
    RetentionUnit, exact {
        /// Days.
        Days = "days",
        /// Years.
        Years = "years",
    }
}

/// For how long new files of a bucket are retained.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RetentionPeriod {
    /// How many.
    pub duration: u64,
    /// Of what.
    pub unit: RetentionUnit,
}

impl RetentionPeriod {
    /// So many days.
    #[must_use]
    pub const fn days(duration: u64) -> Self {
        Self { duration, unit: RetentionUnit::Days }
    }

    /// So many years.
    #[must_use]
    pub const fn years(duration: u64) -> Self {
        Self { duration, unit: RetentionUnit::Years }
    }
}

/// The retention that new files of a bucket get if they ask for none.
///
/// In JSON `{"mode": "governance", "period": {"duration": 7, "unit": "days"}}`, or `{"mode": null}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BucketRetention {
    /// None.
    #[default]
    None,
    /// This one, from the upload on.
    For {
        /// Who can lift it.
        mode: RetentionMode,
        /// How long it lasts.
        period: RetentionPeriod,
    },
    /// The application key may not read it.
    Unknown,
}

impl BucketRetention {
    /// Under governance for that long.
    #[must_use]
    pub const fn governance(period: RetentionPeriod) -> Self {
        Self::For { mode: RetentionMode::Governance, period }
    }

    /// Under compliance for that long. Nobody can lift it before.
    #[must_use]
    pub const fn compliance(period: RetentionPeriod) -> Self {
        Self::For { mode: RetentionMode::Compliance, period }
    }

    /// Checks that it can be sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is unknown, or lasts no time.
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

    /// As b2sdk prints it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::None => serde_json::json!({ "mode": null }),
            Self::For { mode, period } => serde_json::json!({ "mode": mode, "period": period }),
            Self::Unknown => serde_json::json!({ "mode": "unknown" }),
        }
    }
}

impl Serialize for BucketRetention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        if let Self::For { mode, period } = self {
            map.serialize_entry("mode", mode)?;
            map.serialize_entry("period", period)?;
        } else {
            map.serialize_entry("mode", &None::<&str>)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for BucketRetention {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Wire {
            mode: Option<RetentionMode>,
            period: Option<RetentionPeriod>,
        }
        let wire = Option::<Wire>::deserialize(deserializer)?.unwrap_or_default();
        Ok(match (wire.mode, wire.period) {
            (None, _) => Self::None,
            (Some(mode), Some(period)) => Self::For { mode, period },
            (Some(_), None) => Self::Unknown,
        })
    }
}

/// The file lock settings of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileLock {
    /// Whether files can be locked. Once on, it stays on.
    #[serde(rename = "isFileLockEnabled", deserialize_with = "null_default")]
    pub enabled: bool,
    /// What new files get if they ask for nothing.
    #[serde(deserialize_with = "null_default")]
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
}
