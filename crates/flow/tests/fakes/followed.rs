//! A table that is followed: rows with a cursor, a key and a value, of which some are not committed yet.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{Schema, SchemaRef};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Column, ColumnType, CursorValue, Failure, FailureKind, HeldBack, Position,
    edges::{Follow, Following, Open, Page, ReadLimits, Rows, Sight},
};

use super::{NOON, Steps, at, edges::Gauge};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// A number, or microseconds since 1970, or the place in `words` of a text cursor.
    pub cursor: Option<i64>,
    pub key: i64,
    pub value: i64,
}

/// What is done to a table.
pub type Change = fn(&mut Followed);

/// Its columns: `n` (the value), `c` (the cursor), `k` (the key).
pub struct Followed {
    pub kind: ColumnType,
    pub rows: Vec<Row>,
    /// What a text cursor says, by the number in its row.
    pub words: Vec<String>,
    pub now: DateTime<Utc>,
    pub open: Open,
    /// Rows of one batch.
    pub batch: usize,
    /// Pages that were asked for.
    pub pages: Vec<Page>,
    /// How often the rows without a cursor value were counted.
    pub counts: u32,
    /// Sessions that were opened.
    pub sessions: u32,
    /// Done to the table when the page of this number (from 0) has been read.
    pub after_page: Option<(usize, Change)>,
    /// The page of this number (from 0) breaks off after its first batch.
    pub breaks_at: Option<usize>,
}

impl Default for Followed {
    fn default() -> Self {
        Self {
            kind: ColumnType::Integer,
            rows: Vec::new(),
            words: Vec::new(),
            now: at(NOON),
            open: Open::Nobody,
            batch: 3,
            pages: Vec::new(),
            counts: 0,
            sessions: 0,
            after_page: None,
            breaks_at: None,
        }
    }
}

impl Followed {
    /// Rows whose cursor, key and value are the numbers of this range.
    pub fn counting(numbers: std::ops::Range<i64>) -> Self {
        Self { rows: numbers.map(|n| Row { cursor: Some(n), key: n, value: n }).collect(), ..Self::default() }
    }

    /// The same with other cursors.
    pub fn map_cursor(mut self, change: impl Fn(i64) -> i64) -> Self {
        self.rows.iter_mut().for_each(|row| row.cursor = row.cursor.map(&change));
        self
    }

    pub fn add(&mut self, cursor: i64, key: i64, value: i64) {
        self.rows.push(Row { cursor: Some(cursor), key, value });
    }

    pub fn open_since(&mut self, since: DateTime<Utc>) {
        let for_s = u64::try_from((self.now - since).num_seconds()).unwrap();
        self.open = Open::Since(HeldBack { since, for_s, who: "pid 7, loader".to_owned() });
    }

    pub fn columns(&self) -> Vec<Column> {
        let column = |name: &str, kind: ColumnType| Column { name: name.to_owned(), kind, native: kind.as_str().to_owned() };
        vec![column("n", ColumnType::Integer), column("c", self.kind), column("k", ColumnType::Integer)]
    }

    fn value(&self, cursor: i64) -> CursorValue {
        let column = &self.columns()[1];
        match self.kind {
            ColumnType::Text => CursorValue::new(column, self.words[usize::try_from(cursor).unwrap()].clone()),
            _ => CursorValue::at(column, cursor).unwrap(),
        }
    }

    /// A number in the order of the cursor's values.
    fn rank(&self, value: &CursorValue) -> i64 {
        match self.kind {
            ColumnType::Text => i64::try_from(self.words.iter().position(|word| *word == value.text).unwrap()).unwrap(),
            _ => value.count().unwrap(),
        }
    }

    pub fn follow(table: &Arc<Mutex<Self>>, asked: &Following, readers: Arc<Gauge>, steps: Arc<Steps>) -> Result<FollowSession, Failure> {
        let mut this = table.lock().unwrap();
        this.sessions += 1;
        let counts = matches!(this.kind, ColumnType::Integer | ColumnType::Unsigned);
        let highest = this.rows.iter().filter_map(|row| row.cursor).max().filter(|_| counts).map(|highest| this.value(highest));
        let sight = Sight { now: this.now, highest, open: this.open.clone(), lowest_open: None };
        readers.up();
        let columns = this.columns();
        drop(this);
        Ok(FollowSession { table: table.clone(), columns, has_key: !asked.key.is_empty(), sight, readers, steps })
    }
}

pub struct FollowSession {
    table: Arc<Mutex<Followed>>,
    columns: Vec<Column>,
    has_key: bool,
    sight: Sight,
    readers: Arc<Gauge>,
    steps: Arc<Steps>,
}

impl Drop for FollowSession {
    fn drop(&mut self) {
        self.readers.down();
    }
}

#[async_trait]
impl Follow for FollowSession {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn sight(&self) -> &Sight {
        &self.sight
    }

    async fn page(&mut self, page: &Page, _: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        self.steps.here().await;
        let mut table = self.table.lock().unwrap();
        let number = table.pages.len();
        table.pages.push(page.clone());
        let key_of = |position: &Position| position.key.first().map(|key| key.count().unwrap());
        let mut rows: Vec<Row> = if page.only_without_cursor {
            let after = page.after.as_ref().and_then(key_of);
            table.rows.iter().filter(|row| row.cursor.is_none() && after.is_none_or(|after| row.key > after)).cloned().collect()
        } else {
            let from = page.from.as_ref().map(|from| table.rank(from));
            let after = page.after.as_ref().map(|after| (table.rank(&after.cursor), key_of(after)));
            let before = page.before.as_ref().map(|before| table.rank(before));
            let is_in = |row: &&Row| {
                let Some(cursor) = row.cursor else { return false };
                let behind = |(value, key): (i64, Option<i64>)| cursor > value || (cursor == value && key.is_some_and(|key| row.key > key));
                from.is_none_or(|from| cursor >= from) && after.is_none_or(behind) && before.is_none_or(|before| cursor < before)
            };
            table.rows.iter().filter(is_in).cloned().collect()
        };
        let has_key = self.has_key;
        rows.sort_by_key(|row| (row.cursor, if has_key { row.key } else { 0 }));
        rows.truncate(usize::try_from(page.rows).unwrap());
        let mut batches: VecDeque<Result<RecordBatch, Failure>> = rows.chunks(table.batch).map(|rows| Ok(batch(&table, rows))).collect();
        if table.breaks_at == Some(number) {
            batches.truncate(1);
            batches.push_back(Err(Failure::new(FailureKind::SqlFailed, "reading row 7")));
        }
        if let Some((_, then)) = table.after_page.filter(|(of, _)| *of == number) {
            then(&mut table);
        }
        let schema = schema(&table.columns());
        Ok(Box::new(PageRows { columns: self.columns.clone(), schema, batches, steps: self.steps.clone() }))
    }

    async fn without_cursor(&mut self) -> Result<u64, Failure> {
        self.steps.here().await;
        let mut table = self.table.lock().unwrap();
        table.counts += 1;
        Ok(table.rows.iter().filter(|row| row.cursor.is_none()).count() as u64)
    }

    async fn close(self: Box<Self>) {}
}

fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()))
}

fn batch(table: &Followed, rows: &[Row]) -> RecordBatch {
    let cursors = rows.iter().map(|row| row.cursor);
    let cursor: ArrayRef = match table.kind {
        ColumnType::Timestamp => Arc::new(TimestampMicrosecondArray::from_iter(cursors)),
        ColumnType::Instant => Arc::new(TimestampMicrosecondArray::from_iter(cursors).with_timezone("UTC")),
        ColumnType::Text => {
            Arc::new(StringArray::from_iter(cursors.map(|at| at.map(|at| table.words[usize::try_from(at).unwrap()].clone()))))
        }
        _ => Arc::new(Int64Array::from_iter(cursors)),
    };
    let values = Int64Array::from_iter_values(rows.iter().map(|row| row.value));
    let keys = Int64Array::from_iter_values(rows.iter().map(|row| row.key));
    RecordBatch::try_new(schema(&table.columns()), vec![Arc::new(values), cursor, Arc::new(keys)]).unwrap()
}

struct PageRows {
    columns: Vec<Column>,
    schema: SchemaRef,
    batches: VecDeque<Result<RecordBatch, Failure>>,
    steps: Arc<Steps>,
}

#[async_trait]
impl Rows for PageRows {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        self.steps.here().await;
        self.batches.pop_front().transpose()
    }
}
