//! A node between fakes.

use std::{sync::Arc, time::Duration};

use flow::{Flow, Settings};
use model::{Clock, Failure, Id, Schedule, Series};
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Steps, TestClock,
    edges::{InfluxHandle, ScriptedDatabases, ScriptedInflux, Step, rows},
    followed::Followed,
    store::{Kept, MemoryStore},
};

pub const MINUTE: Schedule = Schedule::EveryS(60);

/// A node's surroundings.
pub struct Scene {
    pub clock: Arc<TestClock>,
    pub store: Arc<MemoryStore>,
    pub databases: Arc<ScriptedDatabases>,
    pub influx: Arc<ScriptedInflux>,
    pub steps: Arc<Steps>,
}

/// A node at work.
pub struct Node {
    pub flow: Arc<Flow>,
    pub shutdown: CancellationToken,
    task: JoinHandle<Result<(), Failure>>,
}

impl Scene {
    /// Every statement gives one row unless its script (by name) says otherwise.
    pub fn new(script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::with(|_| ScriptedDatabases::new(move |statement| Ok(script(&statement.sql))))
    }

    /// With a table that is followed.
    pub fn following(table: Followed) -> Self {
        Self::with(|steps| ScriptedDatabases::of_table(table, steps))
    }

    fn with(databases: impl FnOnce(Arc<Steps>) -> Arc<ScriptedDatabases>) -> Self {
        let (clock, steps) = (Arc::new(TestClock::new()), Arc::<Steps>::default());
        Self {
            store: MemoryStore::with_steps(clock.clone(), steps.clone()),
            databases: databases(steps.clone()),
            influx: ScriptedInflux::with_steps(steps.clone()),
            clock,
            steps,
        }
    }

    /// One run of the series by hand, to its end.
    pub async fn run(&self, series: Id<Series>) -> Kept {
        let run = self.store.enqueue(series, self.clock.now());
        let node = self.start();
        self.until(|store| store.state().runs.iter().any(|kept| kept.run.id == run && kept.run.status.is_final())).await;
        node.stop().await;
        self.store.state().runs.iter().find(|kept| kept.run.id == run).unwrap().clone()
    }

    pub fn one_row() -> Self {
        Self::new(|_| vec![rows([1])])
    }

    pub fn lasting(time: Duration) -> Self {
        Self::new(move |_| vec![Step::Wait(time), rows([1])])
    }

    pub fn start(&self) -> Node {
        self.start_with(Settings::default())
    }

    pub fn start_with(&self, settings: Settings) -> Node {
        let influx = Arc::new(InfluxHandle(self.influx.clone()));
        let flow = Arc::new(Flow::new(self.store.clone(), self.databases.clone(), influx, self.clock.clone(), settings));
        let shutdown = CancellationToken::new();
        let task = tokio::spawn({
            let (flow, shutdown) = (flow.clone(), shutdown.clone());
            async move { flow.run(shutdown).await }
        });
        Node { flow, shutdown, task }
    }

    /// Lets paused time pass until this holds, an hour at most.
    pub async fn until(&self, holds: impl Fn(&MemoryStore) -> bool) {
        for _ in 0..36_000 {
            if holds(&self.store) {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("it did not come to that: {:#?}", self.store.written());
    }

    pub async fn all_final(&self) {
        self.until(|store| !store.state().runs.is_empty() && store.state().runs.iter().all(|kept| kept.run.status.is_final())).await;
    }
}

impl Node {
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
    }

    /// Like a crash: nothing is put on record any more.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}
