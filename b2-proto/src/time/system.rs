//! Conversions between timestamps and the times of `std`.

#![expect(clippy::disallowed_types, reason = "it is converted as data; no clock is read")]

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Timestamp;
use crate::error::{Error, ErrorKind};

/// The timestamp in whole milliseconds; the start of 1970 for times before it.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::from_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Fails for a timestamp that the system's clock cannot show.
impl TryFrom<Timestamp> for SystemTime {
    type Error = Error;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        let elapsed = Duration::from_millis(time.as_millis());
        UNIX_EPOCH.checked_add(elapsed).ok_or_else(|| {
            let message = "the timestamp is later than the system's clock can show";
            Error::new(ErrorKind::InvalidInput, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_times_of_the_system() {
        let time = UNIX_EPOCH + Duration::from_millis(1_500_000_000_123);
        assert_eq!(Timestamp::from(time), Timestamp::from_millis(1_500_000_000_123));
        assert_eq!(SystemTime::try_from(Timestamp::from(time)), Ok(time));
        assert_eq!(Timestamp::from(UNIX_EPOCH - Duration::from_secs(1)), Timestamp::default());
    }
}
