//! The transfer of one statement, against scripted databases and a scripted InfluxDB.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fakes;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use fakes::{
    NOON, TestClock, at,
    edges::{Answer, InfluxHandle, ScriptedDatabases, ScriptedInflux, Step, connection, database, rows},
};
use flow::{
    Patience,
    transfer::{Job, Observer, Transferred, transfer},
};
use model::{
    Failure, FailureKind, Figures, LogLevel, Mapping, Reject, Statement,
    edges::{ConnectionAccess, ReadLimits},
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
struct Heard {
    rejects: Mutex<Vec<Reject>>,
    log: Mutex<Vec<String>>,
    read_ended: Mutex<bool>,
}

#[async_trait]
impl Observer for Heard {
    fn progress(&self, _: &Figures) {}

    fn log(&self, _: LogLevel, message: String) {
        self.log.lock().unwrap().push(message);
    }

    fn read_ended(&self) {
        *self.read_ended.lock().unwrap() = true;
    }

    async fn rejects(&self, rejects: Vec<Reject>) -> Result<(), Failure> {
        self.rejects.lock().unwrap().extend(rejects);
        Ok(())
    }
}

struct Scene {
    databases: Arc<ScriptedDatabases>,
    influx: Arc<ScriptedInflux>,
    connection: ConnectionAccess,
    mapping: Mapping,
    patience: Patience,
    heard: Heard,
    cancel: CancellationToken,
}

impl Scene {
    fn new(steps: Vec<Step>, answers: impl IntoIterator<Item = Answer>) -> Self {
        let databases = ScriptedDatabases::always(steps);
        let influx = ScriptedInflux::new(answers);
        *influx.batches.lock().unwrap() = Some(databases.batches.clone());
        Self {
            databases,
            influx,
            connection: connection(2, 2),
            mapping: Mapping::new("m"),
            patience: Patience { retry: Duration::from_secs(60), hold: Duration::from_secs(300) },
            heard: Heard::default(),
            cancel: CancellationToken::new(),
        }
    }

    async fn play(&self) -> Transferred {
        let job = Job {
            databases: &*self.databases,
            influx: &InfluxHandle(self.influx.clone()),
            clock: &TestClock::new(),
            database: &database(1),
            statement: &Statement { sql: "select n".to_owned(), values: std::collections::BTreeMap::new() },
            connection: &self.connection,
            mapping: &self.mapping,
            slot: at(NOON),
            label: "label",
            read_limits: ReadLimits::default(),
            patience: self.patience,
            prove_by: None,
            requests: None,
        };
        transfer(&job, &self.heard, &self.cancel).await
    }
}

fn kind(transferred: &Transferred) -> FailureKind {
    transferred.result.as_ref().unwrap_err().kind
}

#[tokio::test(start_paused = true)]
async fn every_row_arrives_and_is_counted() {
    let scene = Scene::new(vec![rows(0..5), rows(5..7)], []);
    let Transferred { figures, result } = scene.play().await;
    result.unwrap();
    assert_eq!((figures.rows_read, figures.points_written, figures.requests, figures.retries), (7, 7, 4, 0));
    assert_eq!(figures.bytes_written, scene.influx.bodies().iter().map(|body| body.len() as u64).sum::<u64>());
    assert_eq!(*scene.influx.finished.lock().unwrap(), ["label"]);
    assert!(*scene.heard.read_ended.lock().unwrap());
    assert_eq!(scene.databases.readers.now(), 0);
}

#[tokio::test(start_paused = true)]
async fn no_rows_are_no_requests_and_no_failure() {
    let scene = Scene::new(vec![], []);
    let Transferred { figures, result } = scene.play().await;
    result.unwrap();
    assert_eq!((figures.rows_read, figures.points_written, figures.requests), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failed_write_is_repeated_with_the_same_bytes() {
    let scene = Scene::new(vec![rows(0..4)], [Answer::Fail(FailureKind::InfluxUnreachable), Answer::Fail(FailureKind::InfluxFailed)]);
    let Transferred { figures, result } = scene.play().await;
    result.unwrap();
    assert_eq!((figures.points_written, figures.requests, figures.retries), (4, 4, 2));
    let mut times: HashMap<String, u32> = HashMap::new();
    for body in scene.influx.bodies() {
        *times.entry(body).or_default() += 1;
    }
    assert_eq!(times.len(), 2, "a repeated body differs: {times:?}");
    assert!(figures.phases.write_ms >= 125, "the pause counts as waiting for InfluxDB");
    assert_eq!(scene.heard.log.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_time_that_was_asked_for() {
    let scene = Scene::new(vec![rows(0..20)], [Answer::Busy(Duration::from_secs(20))]);
    let began = Instant::now();
    scene.play().await.result.unwrap();
    let requests = scene.influx.requests.lock().unwrap();
    let early = requests.iter().filter(|request| request.at - began < Duration::from_secs(20)).count();
    assert!(early <= 2, "{early} requests: only those that were on the way already may be early");
    assert_eq!(requests.len(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_patience_ends_the_run_and_keeps_the_request() {
    let scene = Scene::new(vec![rows(0..2)], [Answer::Busy(Duration::from_secs(3600))]);
    let began = Instant::now();
    let transferred = scene.play().await;
    assert_eq!(kind(&transferred), FailureKind::InfluxBusy);
    assert_eq!(transferred.result.unwrap_err().retry_after, Some(Duration::from_secs(3600)));
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn tries_go_on_until_patience_ends_and_the_last_failure_is_told() {
    let scene = Scene::new(vec![rows(0..2)], vec![Answer::Fail(FailureKind::InfluxUnreachable); 1000]);
    let began = Instant::now();
    let transferred = scene.play().await;
    assert_eq!(kind(&transferred), FailureKind::InfluxUnreachable);
    let elapsed = began.elapsed();
    assert!(elapsed > Duration::from_secs(25) && elapsed <= Duration::from_secs(61), "{elapsed:?}");
    let tries = scene.influx.bodies().len();
    assert!((7..20).contains(&tries), "{tries} tries");
    assert!(scene.influx.finished.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_held_write_waits_longer_than_one_that_time_heals() {
    let scene = Scene::new(vec![rows(0..2)], vec![Answer::Fail(FailureKind::InfluxAuthentication); 3]);
    let began = Instant::now();
    scene.play().await.result.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(17), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_a_person_must_change_fails_at_once() {
    let scene = Scene::new(vec![rows(0..2)], [Answer::Fail(FailureKind::InfluxTooLarge)]);
    let transferred = scene.play().await;
    assert_eq!(kind(&transferred), FailureKind::InfluxTooLarge);
    assert_eq!(transferred.figures.requests, 1);
}

#[tokio::test(start_paused = true)]
async fn rows_that_break_off_are_a_failure_whatever_was_written() {
    let scene = Scene::new(vec![rows(0..4), Step::Wait(Duration::from_secs(1)), Step::Fail(FailureKind::SqlFailed)], []);
    let transferred = scene.play().await;
    assert_eq!(kind(&transferred), FailureKind::SqlFailed);
    assert_eq!((transferred.figures.rows_read, transferred.figures.points_written), (4, 4));
    assert!(scene.influx.finished.lock().unwrap().is_empty(), "a broken result must not be made visible");
}

#[tokio::test(start_paused = true)]
async fn writes_on_the_way_are_counted_when_reading_breaks_off() {
    let slow = Answer::Slow(Duration::from_secs(2));
    let scene = Scene::new(vec![rows(0..4), Step::Wait(Duration::from_secs(1)), Step::Fail(FailureKind::SqlUnreachable)], vec![slow; 2]);
    let transferred = scene.play().await;
    assert_eq!(kind(&transferred), FailureKind::SqlUnreachable);
    assert_eq!(transferred.figures.points_written, 4);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_falls_silent_is_a_failure() {
    let scene = Scene::new(vec![rows(0..4), Step::Panic], []);
    assert_eq!(kind(&scene.play().await), FailureKind::Internal);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_loses_a_line_is_found_out() {
    let scene = Scene::new(vec![rows(0..4)], [Answer::Lose]);
    let transferred = scene.play().await;
    assert_eq!(kind(&transferred), FailureKind::Internal);
    assert!(transferred.result.unwrap_err().doing.contains("4 rows read, 3 were written"));
}

#[tokio::test(start_paused = true)]
async fn rejects_of_shaper_and_server_are_kept_with_their_rows() {
    let scene = Scene::new(vec![Step::Rows(vec![Some(1), Some(-1), None, Some(2), Some(3)])], [Answer::Reject(1)]);
    let Transferred { figures, result } = scene.play().await;
    result.unwrap();
    assert_eq!((figures.rows_read, figures.points_written, figures.rejected, figures.rows_skipped), (5, 2, 2, 1));
    let mut rows: Vec<u64> = scene.heard.rejects.lock().unwrap().iter().map(|reject| reject.row).collect();
    rows.sort_unstable();
    assert_eq!(rows, [2, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_that_does_not_fit_fails_before_the_first_row() {
    let mut scene = Scene::new(vec![rows(0..4)], []);
    scene.mapping.tags.push("missing".to_owned());
    let transferred = scene.play().await;
    assert_eq!(kind(&transferred), FailureKind::Mapping);
    assert_eq!(transferred.figures.rows_read, 0);
    assert_eq!(scene.databases.readers.now(), 0, "the statement was stopped");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_transfer_leaves_neither_statement_nor_write_behind() {
    let scene = Scene::new(vec![Step::Many { batches: 100, rows: 2 }], vec![Answer::Never; 10]);
    let canceller = async {
        scene.influx.asked.notified().await;
        scene.cancel.cancel();
    };
    let (transferred, ()) = tokio::join!(scene.play(), canceller);
    assert_eq!(kind(&transferred), FailureKind::Cancelled);
    assert_eq!(scene.databases.readers.now(), 0);
    assert_eq!(scene.influx.on_the_way.now(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_waits_as_it_was_asked_to_is_stopped_at_once_and_sends_nothing_more() {
    let scene = Scene::new(vec![Step::Many { batches: 100, rows: 2 }], [Answer::Busy(Duration::from_secs(50))]);
    let began = Instant::now();
    let canceller = async {
        sleep(Duration::from_secs(5)).await;
        let sent = scene.influx.bodies().len();
        scene.cancel.cancel();
        sent
    };
    let (transferred, sent) = tokio::join!(scene.play(), canceller);
    assert_eq!(kind(&transferred), FailureKind::Cancelled);
    assert_eq!(began.elapsed().as_secs(), 5);
    assert!((1..=4).contains(&sent), "{sent} requests before the stop: those that were on the way when the first was refused");
    assert_eq!(scene.influx.bodies().len(), sent, "none after it");
    assert_eq!((scene.databases.readers.now(), scene.influx.on_the_way.now()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_held_does_not_grow_with_the_result() {
    let mut scene = Scene::new(vec![Step::Many { batches: 400, rows: 50 }], vec![Answer::Slow(Duration::from_millis(7)); 200]);
    scene.connection = connection(100, 3);
    let Transferred { figures, result } = scene.play().await;
    result.unwrap();
    assert_eq!(figures.points_written, 20_000);
    assert_eq!(scene.influx.on_the_way.most(), 3, "all places are used and no more");
    assert!(scene.databases.batches.most() <= 4, "{} batches of rows at once", scene.databases.batches.most());
    assert!(scene.influx.line_batches.most() <= 5, "{} batches of lines at once", scene.influx.line_batches.most());
}

#[tokio::test(start_paused = true)]
async fn requests_of_all_runs_to_a_connection_share_its_limit() {
    let scene = Scene::new(vec![Step::Many { batches: 10, rows: 10 }], vec![Answer::Slow(Duration::from_millis(7)); 1000]);
    let requests = Arc::new(tokio::sync::Semaphore::new(1));
    let (databases, database) = (&*scene.databases, database(9));
    let job = Job {
        databases,
        influx: &InfluxHandle(scene.influx.clone()),
        clock: &TestClock::new(),
        database: &database,
        statement: &Statement { sql: "select n".to_owned(), values: std::collections::BTreeMap::new() },
        connection: &scene.connection,
        mapping: &scene.mapping,
        slot: at(NOON),
        label: "label",
        read_limits: ReadLimits::default(),
        patience: scene.patience,
        prove_by: None,
        requests: Some(requests),
    };
    let (a, b) = tokio::join!(transfer(&job, &scene.heard, &scene.cancel), transfer(&job, &scene.heard, &scene.cancel));
    assert_eq!(a.figures.points_written + b.figures.points_written, 200);
    assert_eq!(scene.influx.on_the_way.most(), 1);
}
