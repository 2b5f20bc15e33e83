//! File lock: retention and legal holds.

use b2_proto::time::Timestamp;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::wire::Refusal;

pub(crate) const DAY_MILLIS: u64 = 86_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RetentionMode {
    Governance,
    Compliance,
}

impl RetentionMode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Governance => "governance",
            Self::Compliance => "compliance",
        }
    }
}

/// The retention of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retention {
    pub(crate) mode: RetentionMode,
    pub(crate) until: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Setting {
    mode: Option<RetentionMode>,
    retain_until_timestamp: Option<Timestamp>,
}

/// The retention of a file as the API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RetentionObject {
    mode: Option<RetentionMode>,
    retain_until_timestamp: Option<Timestamp>,
}

impl Retention {
    fn check(
        mode: Option<RetentionMode>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<Self>, Refusal> {
        match (mode, until) {
            (None, None) => Ok(None),
            (Some(mode), Some(until)) if until > now => Ok(Some(Self { mode, until })),
            (Some(_), Some(_)) => Err(Refusal::new(
                400,
                "retain_until_timestamp_must_be_in_future",
                "The retainUntilTimestamp must be in future",
            )),
            _ => Err(Refusal::bad_request("retention mode and retainUntilTimestamp go together")),
        }
    }

    /// Parses `{mode, retainUntilTimestamp}`, of which both or neither are null.
    pub(crate) fn from_json(value: &Value, now: Timestamp) -> Result<Option<Self>, Refusal> {
        let setting = Setting::deserialize(value)
            .map_err(|error| Refusal::bad_request(format!("bad retention: {error}")))?;
        Self::check(setting.mode, setting.retain_until_timestamp, now)
    }

    pub(crate) fn from_headers(
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<Self>, Refusal> {
        let get = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let mode = match get("x-bz-file-retention-mode") {
            None => None,
            Some("governance") => Some(RetentionMode::Governance),
            Some("compliance") => Some(RetentionMode::Compliance),
            Some(_) => return Err(Refusal::bad_request("bad X-Bz-File-Retention-Mode")),
        };
        let until = match get("x-bz-file-retention-retain-until-timestamp") {
            None => None,
            Some(text) => Some(Timestamp::from_millis(text.parse().map_err(|_| {
                Refusal::bad_request("bad X-Bz-File-Retention-Retain-Until-Timestamp")
            })?)),
        };
        Self::check(mode, until, now)
    }

    /// Returns the retention of a file as the API shows it.
    pub(crate) fn object(retention: Option<Self>) -> RetentionObject {
        RetentionObject {
            mode: retention.map(|retention| retention.mode),
            retain_until_timestamp: retention.map(|retention| retention.until),
        }
    }

    pub(crate) fn is_running(self, now: Timestamp) -> bool {
        self.until > now
    }
}

/// Parses `on` or `off`.
pub(crate) fn parse_hold(text: &str) -> Result<bool, Refusal> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Refusal::bad_request("a legal hold is on or off")),
    }
}

pub(crate) fn hold_name(hold: bool) -> &'static str {
    if hold { "on" } else { "off" }
}

/// The default retention of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DefaultRetention {
    pub(crate) mode: RetentionMode,
    pub(crate) period: Period,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Period {
    duration: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Days,
    Years,
}

#[derive(Deserialize)]
struct DefaultSetting {
    mode: Option<RetentionMode>,
    period: Option<Period>,
}

impl DefaultRetention {
    pub(crate) fn from_json(value: &Value) -> Result<Option<Self>, Refusal> {
        let setting = DefaultSetting::deserialize(value)
            .map_err(|error| Refusal::bad_request(format!("bad defaultRetention: {error}")))?;
        match (setting.mode, setting.period) {
            (None, _) => Ok(None),
            (Some(mode), Some(period)) if period.duration > 0 => Ok(Some(Self { mode, period })),
            _ => Err(Refusal::bad_request("defaultRetention needs a period")),
        }
    }

    pub(crate) fn to_json(retention: Option<&Self>) -> Value {
        match retention {
            None => json!({ "mode": null, "period": null }),
            Some(retention) => json!(retention),
        }
    }

    /// Returns the retention of a file that is uploaded at `from`. A year has 365 days.
    pub(crate) fn starting(&self, from: Timestamp) -> Retention {
        let days = match self.period.unit {
            Unit::Days => u64::from(self.period.duration),
            Unit::Years => 365 * u64::from(self.period.duration),
        };
        Retention {
            mode: self.mode,
            until: Timestamp::from_millis(
                from.as_millis().saturating_add(days.saturating_mul(DAY_MILLIS)),
            ),
        }
    }
}
