//! The limits that every check keeps, whatever it checks: how long it may take, how many run at once, how many an organization may ask for.
//!
//! A check connects to an address that somebody typed, so without limits it would be a way to try out other people's machines.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, SubsecRound, Utc};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::HashMapStateStore,
};
use model::{AskedBy, Code, Failure, FailureKind, Finding, Id, LastCheck, Organization, Verdict, edges::Tell};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{CheckFirst, Refusal};

/// Most checks that wait for their turn.
const MAX_WAITING: usize = 32;

/// A check that ends itself in its time knows in which step it was: it is stopped from outside only a little later.
const GRACE: Duration = Duration::from_millis(500);

/// What a caller is asked to wait when too many checks wait already.
const BUSY: Duration = Duration::from_secs(5);

/// What a check may cost.
#[derive(Clone, Copy, Debug)]
pub struct CheckLimits {
    /// How long one check may take in all, and how long it waits for its turn at most.
    pub within: Duration,
    /// How many run at once; others wait.
    pub at_once: usize,
    /// How many an organization may ask for in a minute.
    pub per_minute: NonZeroU32,
}

impl Default for CheckLimits {
    fn default() -> Self {
        Self { within: Duration::from_secs(15), at_once: 4, per_minute: NonZeroU32::new(60).expect("60 is not 0") }
    }
}

type Limiter = RateLimiter<Id<Organization>, HashMapStateStore<Id<Organization>>, DefaultClock>;

/// How many of the server's own checks run at once. They have their own places: people never wait behind them.
const OWN_AT_ONCE: usize = 4;

/// Gives checks their turn. Cheap to clone: clones share everything.
#[derive(Clone, Debug)]
pub struct Checks(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    within: Duration,
    running: Arc<Semaphore>,
    own: Arc<Semaphore>,
    waiting: AtomicUsize,
    asked: Limiter,
}

/// The right to run one check now.
#[derive(Debug)]
pub(super) struct Turn {
    within: Duration,
    _running: OwnedSemaphorePermit,
}

/// A check did not end within its time.
#[derive(Debug)]
pub(super) struct OutOfTime {
    within: Duration,
}

/// Counts one who waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Checks {
    fn default() -> Self {
        Self::new(CheckLimits::default())
    }
}

impl Checks {
    /// Nobody has asked for a check yet.
    pub fn new(limits: CheckLimits) -> Self {
        Self(Arc::new(Shared {
            within: limits.within,
            running: Arc::new(Semaphore::new(limits.at_once)),
            own: Arc::new(Semaphore::new(OWN_AT_ONCE)),
            waiting: AtomicUsize::new(0),
            asked: Limiter::new(Quota::per_minute(limits.per_minute), HashMapStateStore::default(), DefaultClock::default()),
        }))
    }

    /// Waits for the right to run one check on behalf of this organization.
    ///
    /// # Errors
    /// [`Refusal::TooManyChecks`] when the organization asked for too many in the last minute, or too many wait already.
    pub(super) async fn turn(&self, organization: Id<Organization>) -> Result<Turn, Refusal> {
        let Shared { within, running, waiting, asked, .. } = &*self.0;
        asked.check_key(&organization).map_err(|early| {
            let wait = early.wait_time_from(DefaultClock::default().now());
            Refusal::TooManyChecks { retry_after: wait }
        })?;
        let busy = || Refusal::TooManyChecks { retry_after: BUSY };
        let permit = match running.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let before = waiting.fetch_add(1, Ordering::Relaxed);
                let _waiting = Waiting(waiting);
                if before >= MAX_WAITING {
                    return Err(busy());
                }
                let turn = tokio::time::timeout(*within, running.clone().acquire_owned()).await;
                turn.map_err(|_| busy())?.expect("the semaphore is never closed")
            }
        };
        Ok(Turn { within: *within, _running: permit })
    }

    /// Waits, however long, for the right to run one of the server's own checks. It counts for no organization and takes nobody's place.
    pub(super) async fn own_turn(&self) -> Turn {
        let permit = self.0.own.clone().acquire_owned().await.expect("the semaphore is never closed");
        Turn { within: self.0.within, _running: permit }
    }
}

impl Turn {
    /// What `work` gives, unless it takes too long; then it is stopped.
    pub(super) async fn run<T>(self, work: impl Future<Output = T>) -> Result<T, OutOfTime> {
        tokio::time::timeout(self.within + GRACE, work).await.map_err(|_| OutOfTime { within: self.within })
    }
}

impl OutOfTime {
    /// The finding that ends the check.
    pub(super) fn finding(&self, kind: FailureKind) -> Finding {
        let took = u64::try_from(self.within.as_millis()).unwrap_or(u64::MAX);
        Finding::failed("time", &self.failure(kind), took, None)
    }

    /// The same as a failure.
    pub(super) fn failure(&self, kind: FailureKind) -> Failure {
        let failure = Failure::new(kind, format!("the check did not end within {} s", self.within.as_secs_f32()));
        if kind == FailureKind::InfluxTimeout { failure.coded(Code::HttpTimeout) } else { failure }
    }
}

/// Keeps what a check tells while it is told on.
pub(super) struct Listening<'a> {
    tell: Tell<'a>,
    asked_by: AskedBy,
    findings: Vec<Finding>,
}

impl<'a> Listening<'a> {
    pub(super) fn new(tell: Tell<'a>, asked_by: AskedBy) -> Self {
        Self { tell, asked_by, findings: Vec::new() }
    }

    pub(super) fn hear(&mut self, finding: Finding) {
        self.findings.push(finding.clone());
        (self.tell)(finding);
    }

    /// What the check came to.
    pub(super) fn end(self, at: DateTime<Utc>) -> Heard {
        // As fine as the store's own instants.
        Heard { last_check: LastCheck::of(&self.findings, at.trunc_subsecs(6), self.asked_by), findings: self.findings }
    }
}

/// What a check came to.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Its sum.
    pub last_check: LastCheck,
    /// Its findings, in order.
    pub findings: Vec<Finding>,
}

impl Heard {
    /// The sum, unless a step failed that `first` forbids to fail.
    ///
    /// # Errors
    /// [`Refusal::CheckFailed`].
    pub(super) fn passed(self, first: CheckFirst) -> Result<LastCheck, Refusal> {
        let is_good = match first {
            CheckFirst::Yes => self.last_check.passed,
            CheckFirst::Login => !self.findings.is_empty() && self.refused_login().is_none(),
            CheckFirst::Skip => true,
        };
        if is_good { Ok(self.last_check) } else { Err(Refusal::CheckFailed { findings: self.findings }) }
    }

    /// The step that failed on the way to the server and its login: nobody answers, another product does, or the login is not taken.
    /// `None` when all is well so far, whatever comes behind it.
    pub fn refused_login(&self) -> Option<&Finding> {
        let failed = self.findings.iter().find(|finding| finding.verdict == Verdict::Failed)?;
        let got_in = self.findings.iter().any(|finding| finding.step == "authentication" && finding.verdict != Verdict::Failed);
        (!got_in || failed.code.is_some_and(is_of_login)).then_some(failed)
    }
}

/// Whether a failure is the login's even where a later step met it. An InfluxDB 2 logs in to an organization.
const fn is_of_login(code: Code) -> bool {
    matches!(
        code,
        Code::LoginMissing
            | Code::LoginWrong
            | Code::LoginSharedSecret
            | Code::LoginForbidden
            | Code::LoginUnsendable
            | Code::OrganizationMissing
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(at_once: usize, per_minute: u32) -> Checks {
        Checks::new(CheckLimits { within: Duration::from_secs(15), at_once, per_minute: NonZeroU32::new(per_minute).unwrap() })
    }

    const ORG: Id<Organization> = Organization::DEFAULT;

    #[tokio::test]
    async fn an_organization_that_asks_too_often_is_told_how_long_to_wait_and_others_are_not() {
        let checks = checks(4, 2);
        for _ in 0..2 {
            checks.turn(ORG).await.unwrap();
        }
        let Err(Refusal::TooManyChecks { retry_after }) = checks.turn(ORG).await else { panic!("a third check in a minute") };
        assert!(retry_after > Duration::from_secs(20) && retry_after <= Duration::from_secs(30), "{retry_after:?}");
        assert!(checks.turn(Id::of_key(ORG, "another")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_own_checks_wait_for_each_other_and_for_nobody_else() {
        let checks = checks(1, 1);
        let own = futures_util::future::join_all((0..OWN_AT_ONCE).map(|_| checks.own_turn())).await;
        assert!(tokio::time::timeout(Duration::from_secs(60), checks.own_turn()).await.is_err());
        let asked = checks.turn(ORG).await;
        assert!(asked.is_ok(), "{asked:?}");
        drop(own);
        let _own = checks.own_turn().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_waits_for_its_turn_and_not_for_ever() {
        let checks = checks(1, 60);
        let first = checks.turn(ORG).await.unwrap();
        let refused = checks.turn(ORG).await;
        assert!(matches!(refused, Err(Refusal::TooManyChecks { .. })), "{refused:?}");
        let (second, ()) = tokio::join!(checks.turn(ORG), async { drop(first) });
        assert!(second.is_ok());
        assert_eq!(checks.0.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn more_than_may_wait_are_refused_at_once() {
        let checks = checks(1, 60);
        let _first = checks.turn(ORG).await.unwrap();
        let waiting: Vec<_> = (0..=MAX_WAITING).map(|_| checks.turn(ORG)).collect();
        let started = tokio::time::Instant::now();
        let (refused, rest, others) = futures_util::future::select_all(waiting.into_iter().map(Box::pin)).await;
        assert!(matches!(refused, Err(Refusal::TooManyChecks { .. })), "{refused:?}");
        assert_eq!((rest, others.len(), started.elapsed()), (MAX_WAITING, MAX_WAITING, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_hangs_is_stopped() {
        let turn = checks(1, 60).turn(ORG).await.unwrap();
        let out_of_time = turn.run(std::future::pending::<()>()).await.unwrap_err();
        let finding = out_of_time.finding(FailureKind::InfluxTimeout);
        assert_eq!((finding.detail.as_str(), finding.took_ms), ("the check did not end within 15 s", 15_000));
    }
}
