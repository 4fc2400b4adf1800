//! The progress bar of a copy: rows, rows per second, and the time it will take once the number of rows is known.

use std::{
    fmt::Write,
    io::{self, IsTerminal},
    sync::Mutex,
    time::Duration,
};

use flow::transfer::Observer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use model::{Figures, LogLevel, Reject};

use crate::cli::output::{count, say};

/// How many rejects are told one by one.
const TOLD: usize = 20;

/// Watches a copy.
pub(super) struct Meter {
    bar: ProgressBar,
    rejects: Mutex<Vec<Reject>>,
}

impl Meter {
    /// A bar on standard error, when a person is there to see it.
    pub(super) fn start(quiet: bool) -> Self {
        let visible = !quiet && io::stderr().is_terminal();
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style("{spinner} {human_pos} rows  {rate}  {elapsed}  {msg}"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, rejects: Mutex::new(Vec::new()) }
    }

    /// Whether anybody sees the bar.
    pub(super) fn is_visible(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// The copy will be of so many rows.
    pub(super) fn expect(&self, rows: u64) {
        self.bar.set_length(rows);
        self.bar.set_style(style("{wide_bar} {human_pos} of {human_len} rows  {rate}  {elapsed}, {eta} to go  {msg}"));
    }

    /// Takes the bar away; gives the first rejects.
    pub(super) fn finish(self) -> Vec<Reject> {
        self.bar.finish_and_clear();
        self.rejects.into_inner().unwrap_or_default()
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the templates of this file are templates");
    style.with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
        // A bar that cannot be drawn is a bar that nobody sees.
        let _ = write!(text, "{} rows/s", count(state.per_sec() as u64));
    })
}

#[async_trait::async_trait]
impl Observer for Meter {
    fn progress(&self, figures: &Figures) {
        self.bar.set_position(figures.rows_read);
        if figures.rejected > 0 {
            self.bar.set_message(format!("{} rejected", figures.rejected));
        }
    }

    fn log(&self, level: LogLevel, message: String) {
        if level != LogLevel::Info {
            self.bar.suspend(|| say(&message));
        }
    }

    async fn rejects(&self, rejects: Vec<Reject>) -> Result<(), model::Failure> {
        let mut kept = self.rejects.lock().expect("no holder of this lock panics");
        let room = TOLD.saturating_sub(kept.len());
        kept.extend(rejects.into_iter().take(room));
        Ok(())
    }
}
