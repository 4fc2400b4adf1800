//! What follows a failure: how long to wait before the next try, and when to stop trying.
//!
//! [`model::FailureKind::policy`] says whether time heals a failure; this file says after how long. Two scales exist:
//!
//! - **within a run**, one batch of lines is written again, byte for byte, until the run's [`Patience`] ends;
//! - **between runs**, it depends on the side. A connection that takes no points is put on hold ([`holds`]): its runs wait in line, none
//!   counts as a try, and one is let through now and then ([`next_probe_at`]). After a failure of reading the whole slot is run again
//!   ([`retry_at`]), unless it is a snapshot whose lines are not frozen: its answer is gone once its slot has passed. A run that was
//!   interrupted is always run again, whatever its mode, as after a crash.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::{Clock, Failure, FailureKind, Hold, Policy};

use crate::commit::Attempt;

/// How long a run goes on trying to write one batch, counted from the batch's first failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// After failures that time heals.
    pub retry: Duration,
    /// After failures that a person must heal on the other side.
    pub hold: Duration,
}

impl Patience {
    /// For a run: soon it gives its place free and waits in line, with all others to the same connection.
    pub const RUN: Self = Self { retry: Duration::from_secs(20), hold: Duration::from_secs(5) };
    /// For a person who waits at a terminal.
    pub const COPY: Self = Self { retry: Duration::from_secs(120), hold: Duration::ZERO };
}

/// First and longest pause between two tries of a batch after a failure that time heals.
const RETRY_PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));
/// The same after a failure that a person must heal: nobody is that fast, and an account may be locked by too many wrong logins.
const HOLD_PAUSE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// First pause until a connection on hold is tried again, after a failure that time heals and after one that a person must heal; and the
/// longest.
const PROBE_PAUSE: (Duration, Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(60));
/// First and longest pause between two runs of a slot.
const SLOT_PAUSE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(30 * 60));
/// Longer than anyone waits; keeps a nonsensical request for a pause within what a calendar can tell.
const LIFETIME: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Numbers for spreading pauses: seeded by the clock, so that a test can know them.
#[derive(Clone, Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        let entropy = clock.entropy();
        let mut seed = [0; 8];
        seed.copy_from_slice(&entropy[..8]);
        Self(u64::from_le_bytes(seed))
    }

    #[cfg(test)]
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Another series of numbers.
    pub(crate) fn split(&mut self) -> Self {
        Self((self.next() * (1_u64 << 53) as f64) as u64)
    }

    /// A number from 0 to 1, without 1 (SplitMix64: passes for noise, needs no state beyond one word; <https://prng.di.unimi.it/splitmix64.c>).
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The pause before try number `tries + 1` of a batch, or `None` to give up: because trying again cannot help, or because the pause would
/// outlast the patience. `waited` is the time since the first failure.
///
/// A pause is between half and the whole of its step, so that writers that failed together do not come back together. What the other side
/// asked for is never shortened; when it asks for more than the patience, the run ends and [`next_probe_at`] keeps the request.
pub(crate) fn pause(failure: &Failure, tries: u32, waited: Duration, patience: Patience, jitter: &mut Jitter) -> Option<Duration> {
    let ((first, longest), patience) = match failure.policy() {
        Policy::Retry => (RETRY_PAUSE, patience.retry),
        Policy::Hold => (HOLD_PAUSE, patience.hold),
        Policy::Person => return None,
    };
    let step = doubled(first, tries.saturating_sub(1), longest);
    let spread = step.mul_f64(0.5 + jitter.next() / 2.0);
    let pause = failure.retry_after.map_or(spread, |asked| spread.max(asked.saturating_add(spread.min(asked / 10))));
    (waited.saturating_add(pause) <= patience).then_some(pause)
}

/// Whether the connection takes no points for now, so that whatever is meant for it waits.
pub(crate) const fn holds(failure: &Failure) -> bool {
    let of_the_connection = matches!(
        failure.kind,
        FailureKind::InfluxDns
            | FailureKind::InfluxUnreachable
            | FailureKind::InfluxTls
            | FailureKind::InfluxProduct
            | FailureKind::InfluxAuthentication
            | FailureKind::InfluxForbidden
            | FailureKind::InfluxMissing
            | FailureKind::InfluxBusy
            | FailureKind::InfluxTimeout
            | FailureKind::InfluxLimit
            | FailureKind::InfluxFailed
            | FailureKind::InfluxUnexpected
            | FailureKind::FolderWrite
    );
    of_the_connection && !matches!(failure.policy(), Policy::Person)
}

/// When a connection that refused points is tried again. `hold` is what the run knew of when it began. What the other side asked for is
/// never shortened.
pub(crate) fn next_probe_at(failure: &Failure, hold: Option<&Hold>, now: DateTime<Utc>) -> DateTime<Utc> {
    let (after_retry, after_hold, longest) = PROBE_PAUSE;
    let first = if failure.policy() == Policy::Hold { after_hold } else { after_retry };
    let in_vain = hold.map_or(0, |hold| hold.probes.saturating_add(1));
    let asked = failure.retry_after.unwrap_or_default().min(LIFETIME);
    let pause = doubled(first, in_vain, longest).max(asked);
    TimeDelta::from_std(pause).ok().and_then(|pause| now.checked_add_signed(pause)).unwrap_or(now)
}

/// When the slot of a failed run is run again, or `None` when that run was the last word.
///
/// The pause is spread by up to a tenth; what the other side asked for is never shortened.
pub(crate) fn retry_at(failure: &Failure, attempt: Attempt, now: DateTime<Utc>, jitter: &mut Jitter) -> Option<DateTime<Utc>> {
    if attempt.attempt >= attempt.max_attempts {
        return None;
    }
    if failure.kind == FailureKind::Interrupted {
        return Some(now);
    }
    if !attempt.repeatable || failure.policy() == Policy::Person {
        return None;
    }
    let (first, longest) = SLOT_PAUSE;
    let step = doubled(first, attempt.attempt.saturating_sub(1), longest);
    let asked = failure.retry_after.unwrap_or_default().min(LIFETIME);
    now.checked_add_signed(TimeDelta::from_std(step.max(asked).mul_f64(1.0 + jitter.next() / 10.0)).ok()?)
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times)).min(longest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn attempt(attempt: u32) -> Attempt {
        Attempt { repeatable: true, attempt, max_attempts: 12 }
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure::new(kind, "writing")
    }

    #[test]
    fn pauses_double_within_their_spread_up_to_the_longest() {
        let mut jitter = Jitter(7);
        let patience = Patience { retry: Duration::MAX, hold: Duration::MAX };
        for (tries, whole_ms) in [(1, 250), (2, 500), (3, 1000), (4, 2000), (20, 30_000), (4_000_000_000, 30_000)] {
            let pause = pause(&failure(FailureKind::InfluxBusy), tries, Duration::ZERO, patience, &mut jitter).unwrap();
            let whole = Duration::from_millis(whole_ms);
            assert!(pause >= whole / 2 && pause <= whole, "{tries}: {pause:?}");
        }
        let held = pause(&failure(FailureKind::InfluxAuthentication), 1, Duration::ZERO, patience, &mut jitter).unwrap();
        assert!(held >= Duration::from_millis(2500), "a wrong login waits for a person");
    }

    #[test]
    fn what_a_person_must_change_is_not_tried_again() {
        assert_eq!(pause(&failure(FailureKind::Mapping), 1, Duration::ZERO, Patience::RUN, &mut Jitter(1)), None);
        assert_eq!(retry_at(&failure(FailureKind::SqlInvalid), attempt(1), DateTime::UNIX_EPOCH, &mut Jitter(1)), None);
    }

    #[test]
    fn only_what_gives_the_same_rows_is_run_again_unless_it_was_interrupted() {
        let now = DateTime::UNIX_EPOCH;
        let again = |kind, repeatable| retry_at(&failure(kind), Attempt { repeatable, ..attempt(1) }, now, &mut Jitter(1));
        assert!(again(FailureKind::SqlUnreachable, true).is_some());
        assert_eq!(again(FailureKind::SqlUnreachable, false), None);
        assert_eq!(again(FailureKind::Interrupted, false), Some(now));
    }

    #[test]
    fn a_slot_waits_thirty_seconds_doubling_to_thirty_minutes_and_then_no_more() {
        let now = DateTime::UNIX_EPOCH;
        let mut jitter = Jitter(3);
        for (number, seconds) in [(1, 30), (2, 60), (3, 120), (7, 1800), (11, 1800)] {
            let at = retry_at(&failure(FailureKind::InfluxUnreachable), attempt(number), now, &mut jitter).unwrap();
            assert!(at >= now + TimeDelta::seconds(seconds) && at <= now + TimeDelta::seconds(seconds + seconds / 10), "{number}: {at}");
        }
        assert_eq!(retry_at(&failure(FailureKind::InfluxUnreachable), attempt(12), now, &mut jitter), None);
    }

    proptest! {
        #[test]
        fn what_was_asked_for_is_never_shortened(seed: u64, asked_s in 0_u64..100_000, tries in 1_u32..40, number in 1_u32..12) {
            let asked = Duration::from_secs(asked_s);
            let busy = failure(FailureKind::InfluxBusy).after(asked);
            let patience = Patience { retry: Duration::from_secs(900), hold: Duration::ZERO };
            if let Some(pause) = pause(&busy, tries, Duration::ZERO, patience, &mut Jitter(seed)) {
                prop_assert!(pause >= asked);
            } else {
                prop_assert!(asked > Duration::from_secs(800), "given up although the patience allowed it");
            }
            let again = retry_at(&busy, attempt(number), DateTime::UNIX_EPOCH, &mut Jitter(seed)).unwrap();
            prop_assert!(again >= DateTime::UNIX_EPOCH + TimeDelta::from_std(asked).unwrap());
        }

        #[test]
        fn jitter_stays_between_nought_and_one(seed: u64) {
            let mut jitter = Jitter(seed);
            for _ in 0..100 {
                let next = jitter.next();
                prop_assert!((0.0..1.0).contains(&next));
            }
        }
    }
}
