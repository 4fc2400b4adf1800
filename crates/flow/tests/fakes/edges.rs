//! Databases and InfluxDB by script.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{Steps, followed::Followed, tallying::Tallying};
use arrow_array::{Array, Int64Array, RecordBatch, cast::AsArray, types::Int64Type};
use arrow_schema::{Schema, SchemaRef};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use model::{
    Column, ColumnType, Connection, Failure, FailureKind, Mapping, Reject, Statement, Target,
    edges::{
        ConnectionAccess, DatabaseAccess, Databases, Detected, Explorer, Follow, Following, Influx, KapacitorAccess, LineBatch, ReadLimits,
        ReadPoint, Rows, Shaped, Shaper, Tell, Traffic, Writer, Written,
    },
    explore::Listed,
    table::Table,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

/// What reading gives, step by step. After the last step the rows end.
#[derive(Clone, Debug)]
pub enum Step {
    /// A batch with these values; a negative one is rejected by the shaper, `None` is skipped.
    Rows(Vec<Option<i64>>),
    /// So many batches of so many rows, counting up.
    Many { batches: usize, rows: usize },
    /// The server needs a while.
    Wait(Duration),
    /// An error.
    Fail(FailureKind),
    /// The reader breaks without a word.
    Panic,
}

pub fn rows(values: impl IntoIterator<Item = i64>) -> Step {
    Step::Rows(values.into_iter().map(Some).collect())
}

type Script = dyn Fn(&Statement) -> Result<Vec<Step>, FailureKind> + Send + Sync;

/// Databases that answer each statement by a script.
pub struct ScriptedDatabases {
    script: Box<Script>,
    pub statements: Mutex<Vec<Statement>>,
    /// The next statement fails so.
    broken: Mutex<Option<FailureKind>>,
    /// How many readers live, and the most that ever did.
    pub readers: Arc<Gauge>,
    /// Batches that were read and not yet shaped.
    pub batches: Arc<Gauge>,
    /// What is followed.
    pub table: Arc<Mutex<Followed>>,
    pub steps: Arc<Steps>,
}

/// Counts what is there now and the most there ever was.
#[derive(Debug, Default)]
pub struct Gauge {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Gauge {
    pub fn up(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
    }

    pub fn down(&self) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }

    pub fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl ScriptedDatabases {
    pub fn new(script: impl Fn(&Statement) -> Result<Vec<Step>, FailureKind> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            statements: Mutex::default(),
            broken: Mutex::default(),
            readers: Arc::default(),
            batches: Arc::default(),
            table: Arc::default(),
            steps: Arc::default(),
        })
    }

    /// Databases that are only followed.
    pub fn of_table(table: Followed, steps: Arc<Steps>) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(|_| Err(FailureKind::SqlInvalid)),
            statements: Mutex::default(),
            broken: Mutex::default(),
            readers: Arc::default(),
            batches: Arc::default(),
            table: Arc::new(Mutex::new(table)),
            steps,
        })
    }

    pub fn break_next(&self, kind: FailureKind) {
        *self.broken.lock().unwrap() = Some(kind);
    }

    pub fn always(steps: Vec<Step>) -> Arc<Self> {
        Self::new(move |_| Ok(steps.clone()))
    }
}

#[async_trait]
impl Databases for ScriptedDatabases {
    async fn check(&self, _: &DatabaseAccess, _: Tell<'_>) {}

    async fn describe(&self, _: &DatabaseAccess, _: &Statement) -> Result<Vec<Column>, Failure> {
        Ok(columns())
    }

    async fn tables(&self, _: &DatabaseAccess, _: Option<&str>) -> Result<Listed<Table>, Failure> {
        Ok(Listed::default())
    }

    async fn read(&self, _: &DatabaseAccess, statement: &Statement, _: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        self.steps.here().await;
        self.statements.lock().unwrap().push(statement.clone());
        if let Some(kind) = self.broken.lock().unwrap().take() {
            return Err(Failure::new(kind, "connecting"));
        }
        let steps = (self.script)(statement).map_err(|kind| Failure::new(kind, "connecting"))?;
        self.readers.up();
        Ok(Box::new(ScriptedRows {
            columns: columns(),
            steps: steps.into(),
            read: 0,
            readers: self.readers.clone(),
            batches: self.batches.clone(),
        }))
    }

    async fn follow(&self, _: &DatabaseAccess, _: &Statement, asked: &Following) -> Result<Box<dyn Follow>, Failure> {
        self.steps.here().await;
        let follow = Followed::follow(&self.table, asked, self.readers.clone(), self.steps.clone())?;
        Ok(Box::new(follow))
    }
}

fn columns() -> Vec<Column> {
    vec![Column { name: "n".to_owned(), kind: ColumnType::Integer, native: "bigint".to_owned() }]
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(columns().iter().map(Column::field).collect::<Vec<_>>()))
}

struct ScriptedRows {
    columns: Vec<Column>,
    steps: VecDeque<Step>,
    read: i64,
    readers: Arc<Gauge>,
    batches: Arc<Gauge>,
}

impl Drop for ScriptedRows {
    fn drop(&mut self) {
        self.readers.down();
    }
}

#[async_trait]
impl Rows for ScriptedRows {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn schema(&self) -> SchemaRef {
        schema()
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        loop {
            match self.steps.pop_front() {
                None => return Ok(None),
                Some(Step::Wait(time)) => sleep(time).await,
                Some(Step::Fail(kind)) => return Err(Failure::new(kind, "reading row 7")),
                Some(Step::Panic) => panic!("a reader that breaks"),
                Some(Step::Many { batches: 0, .. }) => {}
                Some(Step::Many { batches, rows }) => {
                    self.steps.push_front(Step::Many { batches: batches - 1, rows });
                    let values = (0..rows as i64).map(|n| Some(self.read + n)).collect();
                    return Ok(Some(self.batch(values)));
                }
                Some(Step::Rows(values)) => return Ok(Some(self.batch(values))),
            }
        }
    }
}

impl ScriptedRows {
    fn batch(&mut self, values: Vec<Option<i64>>) -> RecordBatch {
        self.read += values.len() as i64;
        self.batches.up();
        RecordBatch::try_new(schema(), vec![Arc::new(Int64Array::from(values))]).unwrap()
    }
}

/// What one request gets.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Acknowledged.
    Ok,
    /// Acknowledged after a while.
    Slow(Duration),
    /// Never.
    Never,
    /// Refused.
    Fail(FailureKind),
    /// Refused, with a request to wait.
    Busy(Duration),
    /// Acknowledged but for this line.
    Reject(u32),
    /// Lies: acknowledges one line less than it was given.
    Lose,
}

/// One request, as the server saw it.
#[derive(Clone, Debug)]
pub struct Request {
    pub at: Instant,
    pub label: String,
    pub body: Bytes,
}

/// An InfluxDB that answers requests by a script; when the script ends it acknowledges everything.
#[derive(Default)]
pub struct ScriptedInflux {
    answers: Mutex<VecDeque<Answer>>,
    pub requests: Mutex<Vec<Request>>,
    /// Requests on the way.
    pub on_the_way: Gauge,
    /// Batches of lines between shaper and acknowledgement.
    pub line_batches: Arc<Gauge>,
    /// The databases' gauge of unshaped batches.
    pub batches: Mutex<Option<Arc<Gauge>>>,
    pub finished: Mutex<Vec<String>>,
    /// The value of each point, by its time in nanoseconds.
    pub stored: Mutex<BTreeMap<i64, i64>>,
    /// Told with every request.
    pub asked: Notify,
    pub steps: Arc<Steps>,
}

impl ScriptedInflux {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    pub fn with_steps(steps: Arc<Steps>) -> Arc<Self> {
        Arc::new(Self { steps, ..Self::default() })
    }

    /// Refuses everything from now on.
    pub fn go_away(&self) {
        self.answer(vec![Answer::Fail(FailureKind::InfluxUnreachable); 100_000]);
    }

    /// Every line that was acknowledged or may have been, in order.
    pub fn lines(&self) -> Vec<String> {
        self.bodies().iter().flat_map(|body| body.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    /// From now on.
    pub fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        *self.answers.lock().unwrap() = answers.into_iter().collect();
    }

    pub fn bodies(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|request| String::from_utf8(request.body.to_vec()).unwrap()).collect()
    }
}

/// `Influx` needs its own `Arc` in the writers it gives out.
pub struct InfluxHandle(pub Arc<ScriptedInflux>);

#[async_trait]
impl Influx for InfluxHandle {
    async fn check(&self, _: &ConnectionAccess, _: Tell<'_>) {}

    async fn check_kapacitor(&self, _: &KapacitorAccess, _: Tell<'_>) {
        unreachable!("a run asks no Kapacitor")
    }

    async fn detect(&self, _: &url::Url, _: bool) -> Result<Detected, Failure> {
        unreachable!("a run knows its driver")
    }

    fn shaper(
        &self,
        connection: &Connection,
        mapping: &Mapping,
        schema: &SchemaRef,
        slot: DateTime<Utc>,
    ) -> Result<Box<dyn Shaper>, Failure> {
        if mapping.tags.iter().any(|tag| tag == "missing") {
            return Err(Failure::new(FailureKind::Mapping, "the result has no column `missing`"));
        }
        Ok(Box::new(LineShaper {
            slot,
            time: mapping.time.as_ref().map(|time| schema.index_of(&time.column).unwrap()),
            lines_per_batch: connection.batch_lines,
            row: 0,
            open: Open::default(),
            line_batches: self.0.line_batches.clone(),
            batches: self.0.batches.lock().unwrap().clone(),
        }))
    }

    fn points(&self, lines: &LineBatch, tell: &mut dyn FnMut(&ReadPoint<'_>)) -> Result<(), Failure> {
        for (line, text) in (0..).zip(std::str::from_utf8(&lines.body).unwrap().lines()) {
            let (value, time_ns) = value_and_time(text).unwrap();
            let fields = [("n".to_owned(), Some(value as f64))];
            tell(&ReadPoint { line, measurement: "m", series: b"m", fields: &fields, time_ns, text: text.as_bytes() });
        }
        Ok(())
    }

    fn explorer(&self, _: &ConnectionAccess) -> Result<Box<dyn Explorer>, Failure> {
        Ok(Box::new(Tallying(self.0.clone())))
    }

    async fn open(&self, access: &ConnectionAccess, label: &str) -> Result<Arc<dyn Writer>, Failure> {
        Ok(Arc::new(ScriptedWriter { influx: self.0.clone(), label: label.to_owned(), in_flight: access.connection.in_flight as usize }))
    }
}

/// The parts of a line of [`LineShaper`].
fn value_and_time(line: &str) -> Option<(i64, i64)> {
    let (value, time) = line.strip_prefix("m n=")?.split_once("i ")?;
    Some((value.parse().ok()?, time.parse().ok()?))
}

struct LineShaper {
    slot: DateTime<Utc>,
    /// The column that has the seconds of the point's time.
    time: Option<usize>,
    lines_per_batch: u32,
    row: u64,
    open: Open,
    line_batches: Arc<Gauge>,
    batches: Option<Arc<Gauge>>,
}

#[derive(Default)]
struct Open {
    body: String,
    lines: u32,
    rows: Vec<(u32, u64)>,
}

impl LineShaper {
    fn close(&mut self) -> LineBatch {
        let open = std::mem::take(&mut self.open);
        self.line_batches.up();
        LineBatch { body: Bytes::from(open.body), lines: open.lines, rows: open.rows }
    }
}

impl Shaper for LineShaper {
    fn shape(&mut self, rows: &RecordBatch) -> Shaped {
        if let Some(batches) = &self.batches {
            batches.down();
        }
        let mut shaped = Shaped::default();
        let values = rows.column(0).as_primitive::<Int64Type>();
        for at in 0..values.len() {
            self.row += 1;
            if values.is_null(at) {
                shaped.rows_skipped += 1;
                continue;
            }
            let value = values.value(at);
            if value < 0 {
                shaped.rejects.push(Reject { row: self.row, line: None, reason: "negative".to_owned(), values: None });
                continue;
            }
            let slot = self.slot.timestamp_nanos_opt().unwrap();
            let time = self.time.map_or(slot, |time| rows.column(time).as_primitive::<Int64Type>().value(at) * 1_000_000_000);
            self.open.body.push_str(&format!("m n={value}i {time}\n"));
            self.open.rows.push((self.open.lines, self.row));
            self.open.lines += 1;
            if self.open.lines == self.lines_per_batch {
                shaped.batches.push(self.close());
            }
        }
        shaped
    }

    fn finish(&mut self) -> Shaped {
        let batches = if self.open.lines == 0 { Vec::new() } else { vec![self.close()] };
        Shaped { batches, ..Shaped::default() }
    }
}

struct ScriptedWriter {
    influx: Arc<ScriptedInflux>,
    label: String,
    in_flight: usize,
}

struct OnTheWay<'a>(&'a Gauge);

impl Drop for OnTheWay<'_> {
    fn drop(&mut self) {
        self.0.down();
    }
}

#[async_trait]
impl Writer for ScriptedWriter {
    fn in_flight(&self) -> usize {
        self.in_flight
    }

    async fn write(&self, batch: &LineBatch, traffic: &mut Traffic) -> Result<Written, Failure> {
        self.influx.steps.here().await;
        self.influx.on_the_way.up();
        let _on_the_way = OnTheWay(&self.influx.on_the_way);
        let request = Request { at: Instant::now(), label: self.label.clone(), body: batch.body.clone() };
        self.influx.requests.lock().unwrap().push(request);
        self.influx.asked.notify_one();
        *traffic = Traffic { requests: 1, bytes: batch.body.len() as u64 };
        let answer = self.influx.answers.lock().unwrap().pop_front().unwrap_or(Answer::Ok);
        let (mut lines, mut rejects) = (batch.lines, Vec::new());
        match answer {
            Answer::Ok => {}
            Answer::Slow(time) => sleep(time).await,
            Answer::Never => std::future::pending().await,
            Answer::Fail(kind) => return Err(Failure::new(kind, "writing")),
            Answer::Busy(wait) => return Err(Failure::new(FailureKind::InfluxBusy, "writing").after(wait)),
            Answer::Lose => lines -= 1,
            Answer::Reject(line) => {
                lines -= 1;
                rejects.push(Reject { row: batch.row_of(line), line: None, reason: "field type conflict".to_owned(), values: None });
            }
        }
        self.influx.line_batches.down();
        let text = String::from_utf8(batch.body.to_vec()).unwrap();
        let points = text.lines().filter_map(value_and_time).map(|(value, time)| (time, value));
        self.influx.stored.lock().unwrap().extend(points);
        self.influx.steps.here().await;
        Ok(Written { points: u64::from(lines), bytes: batch.body.len() as u64, rejects })
    }

    async fn finish(&self) -> Result<(), Failure> {
        self.influx.finished.lock().unwrap().push(self.label.clone());
        Ok(())
    }
}

/// A connection whose batches have `batch_lines` lines, `in_flight` of them at once.
pub fn connection(batch_lines: u32, in_flight: u32) -> ConnectionAccess {
    let url = "http://localhost:8086".parse().unwrap();
    let mut connection = Connection::new(Target::v1(url, "d"));
    connection.batch_lines = batch_lines;
    connection.in_flight = in_flight;
    ConnectionAccess::new(connection, None)
}

pub fn database(max_reads: u32) -> DatabaseAccess {
    let engine = model::Engine::Sqlite { path: "/nowhere".to_owned() };
    let database = model::Database { statement_timeout_ms: 0, max_reads, ..model::Database::new(engine) };
    DatabaseAccess::new(database, None)
}
