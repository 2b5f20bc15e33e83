//! File lock: settings of new files, updates, and protection from deletion.

use b2_proto::time::Timestamp;
use serde_json::json;

use super::Service;
use super::context::{CallContext, CallResult};
use crate::state::{Bucket, Key, Kind, Retention, RetentionMode, Version, hold_name, parse_hold};
use crate::wire::{Params, Refusal};

/// The requested lock settings of a new file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LockSettings {
    pub(super) retention: Option<Retention>,
    pub(super) hold: Option<bool>,
}

impl LockSettings {
    pub(super) fn from_params(params: &Params, now: Timestamp) -> Result<Self, Refusal> {
        let retention = match params.value("fileRetention") {
            None => None,
            Some(value) => Retention::from_json(value, now)?,
        };
        let hold = params.optional_text("legalHold")?.map(parse_hold).transpose()?;
        Ok(Self { retention, hold })
    }

    /// Returns the settings of the file: the requested ones, or the bucket's default.
    pub(super) fn resolve(
        self,
        bucket: &Bucket,
        key: &Key,
        timestamp: Timestamp,
    ) -> Result<(Option<Retention>, Option<bool>), Refusal> {
        if self.retention.is_some() {
            key.require("writeFileRetentions")?;
        }
        if self.hold.is_some() {
            key.require("writeFileLegalHolds")?;
        }
        if !bucket.lock_enabled && (self.retention.is_some() || self.hold.is_some()) {
            return Err(Refusal::missing_file_lock());
        }
        let default = bucket.default_retention.as_ref().map(|default| default.starting(timestamp));
        Ok((self.retention.or(default), self.hold))
    }
}

/// Returns the 401 for the deletion of a locked file, which is not about the token.
fn protected() -> Refusal {
    Refusal::new(401, "access_denied", "Access Denied")
}

/// Checks a capability for an update of a lock. Unlike other calls, B2 refuses it with a 403 and not with a 401.
fn require_update(key: &Key, capability: &str) -> Result<(), Refusal> {
    key.has(capability).then_some(()).ok_or_else(Refusal::access_denied)
}

/// Checks that a version may be deleted.
pub(super) fn check_deletable(
    version: &Version,
    now: Timestamp,
    bypass: bool,
) -> Result<(), Refusal> {
    if version.hold == Some(true) {
        return Err(protected());
    }
    match version.retention.filter(|retention| retention.is_running(now)) {
        Some(retention) if !bypass || retention.mode == RetentionMode::Compliance => {
            Err(protected())
        }
        _ => Ok(()),
    }
}

/// Checks that a retention may be replaced by another. Extending and tightening it is always permitted.
fn check_change(
    old: Option<Retention>,
    new: Option<Retention>,
    now: Timestamp,
    bypass: bool,
) -> Result<(), Refusal> {
    let Some(old) = old.filter(|old| old.is_running(now)) else {
        return Ok(());
    };
    let weaker = new.is_none_or(|new| {
        let softer = (old.mode, new.mode) == (RetentionMode::Compliance, RetentionMode::Governance);
        new.until < old.until || softer
    });
    if weaker && (old.mode == RetentionMode::Compliance || !bypass) {
        return Err(Refusal::access_denied());
    }
    Ok(())
}

impl Service {
    /// Returns the version with this name and id, in a bucket with file lock.
    fn lockable(&mut self, call: &CallContext<'_>) -> Result<&mut Version, Refusal> {
        let name = call.params.text("fileName")?;
        let file_id = call.params.text("fileId")?;
        let found = self.state.version_of(&call.key, file_id);
        if let Some((bucket, _)) = found {
            call.key.require_bucket(&bucket.id)?;
        }
        call.key.require_prefix(name)?;
        let (bucket, _) = found
            .filter(|(_, version)| version.name == name && version.kind != Kind::Hide)
            .ok_or_else(|| Refusal::file_not_present(file_id))?;
        if !bucket.lock_enabled {
            return Err(Refusal::missing_file_lock());
        }
        self.state.version_mut(file_id).ok_or_else(|| Refusal::file_not_present(file_id))
    }

    pub(super) fn update_file_retention(&mut self, call: &CallContext<'_>) -> CallResult {
        require_update(&call.key, "writeFileRetentions")?;
        let bypass = call.params.flag("bypassGovernance")?;
        if bypass {
            require_update(&call.key, "bypassGovernance")?;
        }
        let new = Retention::from_json(call.params.required_value("fileRetention")?, call.now)?;
        let version = self.lockable(call)?;
        check_change(version.retention, new, call.now, bypass)?;
        version.retention = new;
        Ok(json!({
            "fileId": version.id,
            "fileName": version.name,
            "fileRetention": Retention::object(new),
        }))
    }

    pub(super) fn update_file_legal_hold(&mut self, call: &CallContext<'_>) -> CallResult {
        require_update(&call.key, "writeFileLegalHolds")?;
        let hold = parse_hold(call.params.text("legalHold")?)?;
        let version = self.lockable(call)?;
        version.hold = Some(hold);
        Ok(json!({
            "fileId": version.id,
            "fileName": version.name,
            "legalHold": hold_name(hold),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_governance_can_be_bypassed() {
        let now = Timestamp::from_millis(1_000);
        let at = |mode, until| {
            let until = Timestamp::from_millis(until);
            Some(Retention { mode, until })
        };
        use RetentionMode::{Compliance, Governance};
        for (old, new, bypass, allowed) in [
            (None, at(Governance, 2_000), false, true),
            (at(Governance, 2_000), at(Governance, 3_000), false, true),
            (at(Governance, 2_000), at(Compliance, 2_000), false, true),
            (at(Governance, 2_000), at(Governance, 1_500), false, false),
            (at(Governance, 2_000), None, true, true),
            (at(Compliance, 2_000), at(Compliance, 3_000), false, true),
            (at(Compliance, 2_000), at(Governance, 3_000), true, false),
            (at(Compliance, 2_000), None, true, false),
            (at(Compliance, 900), None, false, true),
        ] {
            let change = check_change(old, new, now, bypass);
            assert_eq!(change.is_ok(), allowed, "{old:?} {new:?} {bypass}");
        }
    }
}
