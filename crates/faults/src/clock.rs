//! The clock of the program, which the harness sets.

use std::path::PathBuf;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

/// The machine's clock.
pub(crate) fn now() -> DateTime<Utc> {
    #[allow(clippy::disallowed_methods, reason = "the harness stands outside: its clock is the machine's")]
    Utc::now()
}

/// The clock that the program goes by: the machine's, and so far ahead of it. It serves the schedule; databases and InfluxDB know nothing of it.
pub(crate) struct Clock {
    pub(crate) file: PathBuf,
    ahead: TimeDelta,
}

impl Clock {
    /// One that shows the machine's time, kept in `file`.
    pub(crate) fn new(file: PathBuf) -> anyhow::Result<Self> {
        let mut clock = Self { file, ahead: TimeDelta::zero() };
        clock.put(TimeDelta::zero())?;
        Ok(clock)
    }

    /// What it shows.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        now() + self.ahead
    }

    /// Sets it.
    pub(crate) fn set(&mut self, to: DateTime<Utc>) -> anyhow::Result<()> {
        self.put(to - now())
    }

    /// Sets it to the first whole multiple of `every` that lies at least `by` from what it shows, and gives that instant.
    pub(crate) fn step(&mut self, by: TimeDelta, every: TimeDelta) -> anyhow::Result<DateTime<Utc>> {
        let then = (self.now() + by).duration_trunc(every)? + every;
        self.set(then)?;
        Ok(then)
    }

    fn put(&mut self, ahead: TimeDelta) -> anyhow::Result<()> {
        // Whoever reads it meanwhile reads the old number or the new one.
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, ahead.num_milliseconds().to_string())?;
        std::fs::rename(&beside, &self.file)?;
        self.ahead = TimeDelta::milliseconds(ahead.num_milliseconds());
        Ok(())
    }
}
