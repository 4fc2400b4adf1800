//! Chance that can be had again: every decision comes from one printed seed.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// Numbers from a seed. Each task has its own, so that what one decides does not depend on how fast another is.
pub(crate) struct Chance(StdRng);

impl Chance {
    /// Those of `task` under `seed`.
    pub(crate) fn of(seed: u64, task: &str) -> Self {
        // FNV-1a: any hash that is the same on every machine will do.
        let hash = task.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(StdRng::seed_from_u64(seed ^ hash))
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high.max(low))
    }

    /// True in `percent` of a hundred times.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// From nothing to `longest`.
    pub(crate) fn up_to(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.0.random_range(0.0..1.0))
    }

    /// One of these.
    pub(crate) fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.0.random_range(0..of.len())]
    }

    /// One of these, by their weights.
    pub(crate) fn weighed<'a, T>(&mut self, of: &'a [(u32, T)]) -> &'a T {
        let all: u32 = of.iter().map(|(weight, _)| weight).sum();
        let mut at = self.0.random_range(0..all.max(1));
        for (weight, one) in of {
            if at < *weight {
                return one;
            }
            at -= weight;
        }
        &of[of.len() - 1].1
    }
}
