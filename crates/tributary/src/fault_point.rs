//! Fault points: named places at which the process ends as `kill -9` would end it. For the fault harness; only with the feature `failpoints`.

use std::{
    env,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::Context;

/// Names the place: `page.before_advance`, or `page.before_advance:3` for the third time that it is passed.
const VARIABLE: &str = "TRIBUTARY_ABORT_AT";

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
