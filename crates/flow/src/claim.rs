//! The heart of a node: claims runs, starts them, settles slots that have come, and sleeps until there is something to do.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use model::{
    Audit, Clock, Failure, FailureKind, Group, Id, Run,
    edges::{Audits, Databases, DueGroup, Influx, LEASE, Lease, ReadLimits, Store},
};
use tokio::{
    sync::Notify,
    task::{self, JoinError, JoinSet},
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Patience,
    audit::{self, Auditors},
    due,
    left_out::LeftOut,
    limits::Limits,
    pens::Pens,
    run::{Runner, Stop, Why},
};

/// The longest sleep: after a jump of the clock nothing is later than this.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// The pause while a queued run waits for its lane or for a free place.
const CROWDED_SLEEP: Duration = Duration::from_millis(250);
/// First and longest pause after the store failed.
const STORE_PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
/// How often runs of nodes that are gone are looked for.
const RECLAIM: Duration = Duration::from_secs(5);
/// How long runs that were stopped may take to end.
const STOPPING: Duration = Duration::from_secs(5);

/// How a node works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The name of this machine or process, for people; made unique per start.
    pub node: String,
    /// Most runs at once.
    pub max_runs: usize,
    /// Most tries of one slot.
    pub max_attempts: u32,
    /// How much of a result a run holds at once.
    pub read_limits: ReadLimits,
    /// How long a run goes on trying to write before it goes back in line.
    pub patience: Patience,
    /// How long running runs may go on after the signal to shut down.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            node: "node".to_owned(),
            // A run that waits holds a few megabytes at most and no processor; too few places would let groups whose server is away
            // keep the others waiting.
            max_runs: 32,
            max_attempts: 12,
            read_limits: ReadLimits::default(),
            patience: Patience::RUN,
            grace: Duration::from_secs(3),
        }
    }
}

/// Decides when rows move, and moves them. One per process; [`Flow::run`] is called once.
pub struct Flow {
    runner: Arc<Runner>,
    /// Unlike the name in the settings this is never used by two processes: a store that sees another name knows that it is gone.
    node: String,
    notify: Notify,
    running: Mutex<HashMap<Id<Run>, Running>>,
    audits: Auditors,
}

/// A run that this node has claimed.
struct Running {
    lease: Lease,
    group: Option<Id<Group>>,
    slot: DateTime<Utc>,
    task: task::Id,
    stop: Stop,
}

impl Flow {
    /// Ready to run; nothing happens before [`Flow::run`].
    pub fn new(
        store: Arc<dyn Store>,
        databases: Arc<dyn Databases>,
        influx: Arc<dyn Influx>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        let unique: String = clock.entropy().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self {
            node: format!("{}-{unique}", settings.node),
            runner: Arc::new(Runner {
                store,
                databases,
                influx,
                clock,
                settings,
                reads: Limits::new(),
                requests: Limits::new(),
                pens: Pens::default(),
                left_out: LeftOut::default(),
            }),
            notify: Notify::new(),
            running: Mutex::default(),
            audits: Auditors::default(),
        }
    }

    /// Works until `shutdown`. Then nothing new is claimed; running runs get [`Settings::grace`] to end; those that do not are stopped,
    /// recorded as interrupted, and their slots queued again. Dropping the future instead is like a crash: the next start finds the runs
    /// and queues their slots.
    ///
    /// # Errors
    /// `Store` when the store does not work at the start. Later failures of the store are logged and waited out.
    pub async fn run(&self, shutdown: CancellationToken) -> Result<(), Failure> {
        let mut runs = JoinSet::new();
        self.reclaim().await?;
        let mut reclaim_at = Instant::now() + RECLAIM;
        let mut trouble = STORE_PAUSE.0;
        while !shutdown.is_cancelled() {
            let pause = match self.tick(&mut runs, &mut reclaim_at).await {
                Ok(pause) => {
                    trouble = STORE_PAUSE.0;
                    pause
                }
                Err(failure) => {
                    tracing::error!(error = failure.chain(), "the store does not answer, trying again");
                    trouble = (trouble * 2).min(STORE_PAUSE.1);
                    trouble
                }
            };
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {}
                Some(ended) = runs.join_next_with_id(), if !runs.is_empty() => self.ended(ended, &mut runs),
                () = self.notify.notified() => {}
                () = sleep(pause) => {}
            }
        }
        self.shut_down(runs).await;
        Ok(())
    }

    /// Something was enqueued or cancelled, or a group changed: look at once.
    pub fn wake(&self) {
        self.notify.notify_one();
    }

    /// Stops this run at once if it runs here; it ends as cancelled.
    pub fn cancel(&self, run: Id<Run>) {
        if let Some(running) = self.running().get(&run) {
            running.stop.because(Why::Person);
        }
    }

    /// Begins an audit that `keeper` remembers; it is told how far it comes and how it ends, unless the process stops before.
    pub fn audit(&self, audit: Id<Audit>, job: audit::Job, keeper: Arc<dyn Audits>) {
        self.audits.begin(audit, self.runner.clone(), job, keeper);
    }

    /// Stops this audit at once if it runs here.
    pub fn cancel_audit(&self, audit: Id<Audit>) {
        self.audits.cancel(audit);
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<Id<Run>, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One look at the store; returns how long to sleep.
    async fn tick(&self, runs: &mut JoinSet<()>, reclaim_at: &mut Instant) -> Result<Duration, Failure> {
        if *reclaim_at <= Instant::now() {
            self.reclaim().await?;
            *reclaim_at = Instant::now() + RECLAIM;
        }
        let claimed = self.claim(runs).await;
        // A claim that fails keeps no slot from being settled.
        let pause = self.settle_or_sleep().await?;
        claimed.map(|()| pause)
    }

    async fn claim(&self, runs: &mut JoinSet<()>) -> Result<(), Failure> {
        while runs.len() < self.runner.settings.max_runs {
            let lease_until = self.runner.clock.now_micros() + LEASE;
            let Some((lease, run)) = self.runner.store.claim_run(&self.node, self.runner.clock.now_micros(), lease_until).await? else {
                break;
            };
            self.start(runs, lease, run);
        }
        Ok(())
    }

    /// How long to sleep, after slots are settled if some have come.
    async fn settle_or_sleep(&self) -> Result<Duration, Failure> {
        let Some(wake_at) = self.runner.store.next_wake().await? else { return Ok(LONGEST_SLEEP) };
        let now = self.runner.clock.now_micros();
        if wake_at > now {
            return Ok((wake_at - now).to_std().unwrap_or_default().min(LONGEST_SLEEP));
        }
        // Slots have come, or what is in line could not be claimed.
        Ok(if self.settle(now).await? { Duration::ZERO } else { CROWDED_SLEEP })
    }

    /// Settles the slots that have come; returns whether any could be: the next look finds their runs in line, and what is left of them.
    async fn settle(&self, now: DateTime<Utc>) -> Result<bool, Failure> {
        let mut any = false;
        for group in self.runner.store.due_groups(now).await? {
            let (name, organization) = (group.group.name.clone(), group.group.organization_id);
            match self.settle_group(group, now).await {
                Ok(()) => any = true,
                // One broken group does not keep the others waiting.
                Err(failure) => tracing::error!(group = %name, %organization, error = failure.chain(), "slots could not be settled"),
            }
        }
        Ok(any)
    }

    async fn settle_group(&self, group: DueGroup, now: DateTime<Utc>) -> Result<(), Failure> {
        let running = self.running_slot(&group);
        // A long gap of a cron line takes a while to walk over.
        let settled = task::spawn_blocking(move || due::settle(&group, running, now)).await;
        let settlement = settled.map_err(|error| Failure::new(FailureKind::Internal, "settling slots").because(error))?;
        // Where it is not done the group was changed meanwhile, or another node was faster.
        self.runner.store.settle_slots(&settlement).await?;
        Ok(())
    }

    fn running_slot(&self, due: &DueGroup) -> Option<DateTime<Utc>> {
        self.running().values().filter(|running| running.group == Some(due.group.id)).map(|running| running.slot).max()
    }

    fn start(&self, runs: &mut JoinSet<()>, lease: Lease, run: Run) {
        let (id, group, slot, stop) = (run.id, run.group_id, run.slot, Stop::default());
        let runner = self.runner.clone();
        let (task_lease, task_stop) = (lease.clone(), stop.clone());
        let task = runs.spawn(async move { runner.execute(task_lease, run, task_stop).await }).id();
        self.running().insert(id, Running { lease, group, slot, task, stop });
    }

    fn ended(&self, ended: Result<(task::Id, ()), JoinError>, runs: &mut JoinSet<()>) {
        let task = match &ended {
            Ok((task, ())) => *task,
            Err(error) => error.id(),
        };
        let running = {
            let mut running = self.running();
            let id = running.iter().find(|(_, running)| running.task == task).map(|(id, _)| *id);
            id.and_then(|id| running.remove(&id))
        };
        let (Err(error), Some(Running { lease, .. })) = (ended, running) else { return };
        if error.is_cancelled() {
            return;
        }
        // A fault of ours must not leave a run that runs for ever and keeps its group from running.
        tracing::error!(run = %lease.run_id, %error, "a run ended by a fault");
        let runner = self.runner.clone();
        runs.spawn(async move { runner.commit_fault(&lease).await });
    }

    async fn reclaim(&self) -> Result<(), Failure> {
        let now = self.runner.clock.now_micros();
        for run in self.runner.store.reclaim(&self.node, now, self.runner.settings.max_attempts).await? {
            tracing::warn!(%run, "the node of this run is gone: its slot is run again");
        }
        Ok(())
    }

    async fn shut_down(&self, mut runs: JoinSet<()>) {
        // They read only, and are begun anew by whoever wants them.
        self.audits.stop().await;
        let grace_ends = Instant::now() + self.runner.settings.grace;
        while let Ok(Some(ended)) = timeout_at(grace_ends, runs.join_next_with_id()).await {
            self.ended(ended, &mut runs);
        }
        for running in self.running().values() {
            running.stop.because(Why::Shutdown);
        }
        let last = Instant::now() + STOPPING;
        while let Ok(Some(ended)) = timeout_at(last, runs.join_next_with_id()).await {
            self.ended(ended, &mut runs);
        }
        if !runs.is_empty() {
            tracing::warn!(runs = runs.len(), "runs did not stop in time; the next start finds them");
        }
        runs.shutdown().await;
        self.running().clear();
    }
}
