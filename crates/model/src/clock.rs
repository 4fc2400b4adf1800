//! Time and randomness, as a parameter.
//!
//! No room asks the machine for the time or for a random number; it asks the [`Clock`] it was given. `clippy.toml` bans the rest, so
//! that a schedule can be tested over years in no time.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Where time and randomness come from. The binary gives the machine's; a test gives its own.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;

    /// Sixteen bytes that nobody can guess, for identifiers and tokens.
    fn entropy(&self) -> [u8; 16];

    /// The present instant, cut to whole microseconds: what every store keeps without loss.
    fn now_micros(&self) -> DateTime<Utc> {
        let now = self.now();
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }
}
