//! How a run ends: its status, its reason, and whether its slot is run again.
//!
//! `succeeded` comes from one place only: a transfer that saw the end of rows and every line acknowledged, wrote at least one point and
//! rejected none. A run that wrote no point and rejected none is `empty`, also when rows came and the mapping passed over all of them.

use chrono::{DateTime, Utc};
use model::{
    Failure, FailureKind, Figures, RunStatus,
    edges::{Progress, RunEnd},
    run::Reason,
};

use crate::policy::{self, Jitter};

/// Which try of a slot a run is, and whether it can be repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// Whether another try has the same rows: not that of a snapshot whose lines are not frozen.
    pub(crate) repeatable: bool,
    /// From 1.
    pub(crate) attempt: u32,
    /// Most tries of one slot.
    pub(crate) max_attempts: u32,
}

/// How a run with this result ends.
pub(crate) fn end(result: Result<(), Failure>, attempt: Attempt, progress: Progress, at: DateTime<Utc>, jitter: &mut Jitter) -> RunEnd {
    let failure = match result {
        Ok(()) => {
            let (status, reason) = arrived(&progress.figures);
            return RunEnd { status, at, progress, reason, retry_at: None };
        }
        Err(failure) => failure,
    };
    if failure.kind == FailureKind::Cancelled {
        return RunEnd { status: RunStatus::Cancelled, at, progress, reason: Some(reason(&failure, failure.advice())), retry_at: None };
    }
    let retry_at = policy::retry_at(&failure, attempt, at, jitter);
    let advice = match retry_at {
        Some(_) => failure.advice(),
        None if failure.policy() == model::Policy::Person => failure.advice(),
        None if !attempt.repeatable => {
            format!("{} (only later slots are: a snapshot cannot be read again, so this slot stays failed)", failure.advice())
        }
        None => format!("{} (not this slot again: it was tried {} times; run it by hand)", failure.advice(), attempt.attempt),
    };
    RunEnd { status: RunStatus::Failed, at, progress, reason: Some(reason(&failure, advice)), retry_at }
}

fn arrived(figures: &Figures) -> (RunStatus, Option<Reason>) {
    if figures.rejected > 0 {
        let message = format!("{} of {} rows could not be written", figures.rejected, figures.rows_read);
        let advice = "look at the run's rejects: each has its row and the reason".to_owned();
        return (RunStatus::Partial, Some(Reason { kind: None, code: None, message, advice }));
    }
    if figures.points_written == 0 {
        return (RunStatus::Empty, None);
    }
    (RunStatus::Succeeded, None)
}

pub(crate) fn reason(failure: &Failure, advice: String) -> Reason {
    Reason { kind: Some(failure.kind), code: Some(failure.code()), message: failure.chain(), advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(result: Result<(), Failure>, repeatable: bool, attempt: u32, figures: Figures) -> RunEnd {
        let attempt = Attempt { repeatable, attempt, max_attempts: 12 };
        end(result, attempt, Progress { figures, ..Progress::default() }, DateTime::UNIX_EPOCH, &mut Jitter::seeded(1))
    }

    #[test]
    fn the_status_of_a_complete_transfer_follows_from_its_figures() {
        let figures = |rows_read, points_written, rejected, rows_skipped| Figures {
            rows_read,
            points_written,
            rejected,
            rows_skipped,
            ..Figures::default()
        };
        for (figures, status) in [
            (figures(3, 3, 0, 0), RunStatus::Succeeded),
            (figures(3, 2, 0, 1), RunStatus::Succeeded),
            (figures(0, 0, 0, 0), RunStatus::Empty),
            (figures(3, 0, 0, 3), RunStatus::Empty),
            (figures(3, 2, 1, 0), RunStatus::Partial),
            (figures(3, 0, 3, 0), RunStatus::Partial),
        ] {
            assert_eq!(ended(Ok(()), true, 1, figures).status, status, "{figures:?}");
        }
    }

    #[test]
    fn a_failure_is_never_a_success_whatever_was_written() {
        let figures = Figures { rows_read: 9, points_written: 9, ..Figures::default() };
        let end = ended(Err(Failure::new(FailureKind::SqlFailed, "reading")), true, 1, figures);
        assert_eq!(end.status, RunStatus::Failed);
        assert!(end.retry_at.is_some());
    }

    #[test]
    fn a_failed_snapshot_says_that_its_slot_stays_failed() {
        let end = ended(Err(Failure::new(FailureKind::SqlUnreachable, "connecting")), false, 1, Figures::default());
        assert_eq!(end.retry_at, None);
        assert!(end.reason.unwrap().advice.contains("a snapshot cannot be read again"));
    }

    #[test]
    fn the_last_try_of_a_slot_says_so() {
        let end = ended(Err(Failure::new(FailureKind::SqlUnreachable, "connecting")), true, 12, Figures::default());
        assert_eq!(end.retry_at, None);
        assert!(end.reason.unwrap().advice.contains("it was tried 12 times"));
    }

    #[test]
    fn a_stopped_run_is_cancelled_and_not_run_again() {
        let end = ended(Err(Failure::new(FailureKind::Cancelled, "stopped")), true, 1, Figures::default());
        assert_eq!((end.status, end.retry_at), (RunStatus::Cancelled, None));
    }
}
