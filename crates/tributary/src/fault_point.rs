//! Fault points: named places at which the process ends as `kill -9` would end it, and a clock that can be set while it runs. For the fault
//! harness; only with the feature `failpoints`.

use std::{
    env, fs,
    path::PathBuf,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::Context;
use chrono::TimeDelta;

/// Names the place: `page.before_advance`, or `page.before_advance:3` for the third time that it is passed.
const VARIABLE: &str = "TRIBUTARY_ABORT_AT";

/// Names a file that holds one number: by how many milliseconds our clock is ahead of the machine's, less than 0 where it is behind.
const CLOCK: &str = "TRIBUTARY_CLOCK_AHEAD_FILE";

/// Ends the process at the place that `TRIBUTARY_ABORT_AT` names.
///
/// # Errors
/// When what follows the colon is no number.
pub fn arm() -> anyhow::Result<()> {
    let Ok(text) = env::var(VARIABLE) else { return Ok(()) };
    let (name, time) = match text.split_once(':') {
        Some((name, time)) => (name, time.parse::<u32>().with_context(|| format!("{VARIABLE}: `{time}` is no number of times"))?),
        None => (text.as_str(), 1),
    };
    let passed = AtomicU32::new(0);
    let end = move || {
        if passed.fetch_add(1, Ordering::Relaxed) + 1 == time {
            std::process::abort();
        }
    };
    fail::cfg_callback(name, end).map_err(anyhow::Error::msg).with_context(|| format!("{VARIABLE}: `{name}`"))
}

/// How far our clock is ahead of the machine's just now: what the file says that `TRIBUTARY_CLOCK_AHEAD_FILE` names. It is read each time, so
/// whoever replaces it sets the clock of a process that runs. Only the schedule and the store's times follow it: a pause that has begun
/// lasts as long as it did.
pub(crate) fn clock_ahead() -> TimeDelta {
    static FILE: LazyLock<Option<PathBuf>> = LazyLock::new(|| env::var_os(CLOCK).map(PathBuf::from));
    let text = FILE.as_ref().and_then(|file| fs::read_to_string(file).ok());
    text.and_then(|text| text.trim().parse().ok()).map_or_else(TimeDelta::zero, TimeDelta::milliseconds)
}
