//! What a run did over several executions: one that was put back in line begins anew, and what it did before is added.

use model::{Figures, Stretch, edges::Progress, run::Phases};
use serde::{Deserialize, Serialize};

use crate::{StoreError, column::from_json, entities::run::Model};

/// What a run did, in all of its executions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Carried {
    pub(crate) figures: Figures,
    pub(crate) stretch: Option<Stretch>,
}

impl Carried {
    /// What the run did in the executions before this one.
    pub(crate) fn before(run: &Model) -> Result<Self, StoreError> {
        Ok(run.carried.clone().map(|kept| from_json("carried figures", kept)).transpose()?.unwrap_or_default())
    }

    /// What the run did up to where it last moved the cursor, this execution included.
    pub(crate) fn advanced(run: &Model) -> Result<Self, StoreError> {
        match run.advanced.clone() {
            Some(kept) => from_json("carried figures", kept),
            None => Self::before(run),
        }
    }

    /// With what this execution did so far.
    pub(crate) fn with(self, progress: &Progress) -> Self {
        Self { figures: sum(&self.figures, &progress.figures), stretch: on(self.stretch, progress.stretch.as_ref()) }
    }
}

fn sum(a: &Figures, b: &Figures) -> Figures {
    Figures {
        rows_read: a.rows_read + b.rows_read,
        points_written: a.points_written + b.points_written,
        rejected: a.rejected + b.rejected,
        rows_skipped: a.rows_skipped + b.rows_skipped,
        values_omitted: a.values_omitted + b.values_omitted,
        values_truncated: a.values_truncated + b.values_truncated,
        rows_unchanged: a.rows_unchanged + b.rows_unchanged,
        bytes_written: a.bytes_written + b.bytes_written,
        bytes_sent: a.bytes_sent + b.bytes_sent,
        requests: a.requests + b.requests,
        retries: a.retries + b.retries,
        phases: Phases {
            open_ms: a.phases.open_ms + b.phases.open_ms,
            read_ms: a.phases.read_ms + b.phases.read_ms,
            shape_ms: a.phases.shape_ms + b.phases.shape_ms,
            write_ms: a.phases.write_ms + b.phases.write_ms,
        },
    }
}

/// A stretch that goes on where the one before ended.
fn on(before: Option<Stretch>, now: Option<&Stretch>) -> Option<Stretch> {
    let (before, now) = match (before, now) {
        (Some(before), Some(now)) => (before, now),
        (before, now) => return before.or_else(|| now.cloned()),
    };
    Some(Stretch {
        from: before.from,
        to: now.to.clone().or(before.to),
        pages: before.pages + now.pages,
        unchanged: before.unchanged + now.unchanged,
        // Rows that no cursor passes are counted by every execution.
        ..now.clone()
    })
}
