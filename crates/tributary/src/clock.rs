//! The machine's clock: the one place that asks the machine for the time and for randomness.

use chrono::{DateTime, Utc};
use model::Clock;
use rand::Rng;

/// The machine's time and its operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "every other place asks this one")]
    fn now(&self) -> DateTime<Utc> {
        #[cfg(feature = "failpoints")]
        return Utc::now() + crate::fault_point::clock_ahead();
        #[cfg(not(feature = "failpoints"))]
        Utc::now()
    }

    fn entropy(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        rand::rng().fill_bytes(&mut bytes);
        bytes
    }
}
