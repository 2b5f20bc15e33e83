//! The file lock settings of a bucket.

use super::RetentionMode;
use super::open::{exact, open_enum};
use crate::error::{Error, ErrorKind};
use crate::json::{
    AsJson, FromJson, Json, Object, Place, object, read_object, serde_read, serde_write,
};

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RetentionPeriod {
    /// How many.
    pub duration: u64,
    /// Of what.
    pub unit: RetentionUnit,
}

object! { RetentionPeriod {
    duration: "duration",
    unit: "unit",
} }

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
        self.to_tree().into()
    }

    /// The same, as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let retention = match self {
            Self::None => Object::new().with("mode", Json::Null),
            Self::For { mode, period } => {
                Object::new().with("mode", mode.as_json()).with("period", period.as_json())
            }
            Self::Unknown => Object::new().with("mode", Json::text("unknown")),
        };
        retention.into()
    }
}

impl AsJson for BucketRetention {
    fn as_json(&self) -> Json<'_> {
        self.check().map_or_else(Json::from, |()| self.to_tree())
    }
}

impl FromJson for BucketRetention {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_null() {
            return Self::None;
        }
        match (place.read("mode"), place.read("period")) {
            (None, _) => Self::None,
            (Some(mode), Some(period)) => Self::For { mode, period },
            (Some(_), None) => Self::Unknown,
        }
    }
}

serde_read!(BucketRetention);
serde_write!(BucketRetention);

/// The file lock settings of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileLock {
    /// Whether files can be locked. Once on, it stays on.
    pub enabled: bool,
    /// What new files get if they ask for nothing.
    pub default_retention: BucketRetention,
}

read_object! { FileLock {
    enabled: "isFileLockEnabled" or default,
    default_retention: "defaultRetention" or default,
} }

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
