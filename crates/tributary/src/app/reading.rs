//! What a person reads before there is a series: the tables of a database, the columns of a query, and its first rows.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use model::{
    Column, CursorValue, Id, Incremental, Organization, Parameter, Position, Query, Statement, Value, Window,
    edges::{DatabaseAccess, Following, Page, ReadLimits, Rows},
    explore::Listed,
    table,
};

use super::{App, Invalid, Refusal, cells, query, series::absent, text};

/// The window of a try that names none, in hours before its slot.
const WINDOW_HOURS: i64 = 1;

/// The longest text that tables are searched by, in bytes: names are shorter in every engine.
const MAX_SEARCH_BYTES: usize = 1_000;

/// A query that a person tries out, saved or not.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The query.
    pub query: Query,
    /// Values of its own parameters, as text.
    pub parameters: BTreeMap<String, String>,
    /// `:slot`; the present second when absent.
    pub slot: Option<DateTime<Utc>>,
    /// `:window_start` and `:window_end`; the hour before the slot when absent.
    pub window: Option<Window>,
    /// Most rows, 1 to 1000.
    pub limit: u32,
}

/// The first rows of a result.
#[derive(Clone, Debug)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows, one value per column, in a form that no JSON reader rounds.
    pub rows: Vec<Vec<serde_json::Value>>,
    /// Whether these are all rows.
    pub complete: bool,
}

impl App {
    /// The tables that the database's account may read, those with `search` in their name when it is given. No row is read. The session
    /// reads only and ends with its statement, as that of a try does.
    ///
    /// # Errors
    /// [`Refusal::Missing`] for the database; [`Refusal::Invalid`] for the search; `Sql*` failures as a run would have them.
    pub async fn list_tables(
        &self,
        organization: Id<Organization>,
        database: &str,
        search: Option<&str>,
    ) -> Result<Listed<table::Table>, Refusal> {
        if search.is_some_and(|search| search.len() > MAX_SEARCH_BYTES) {
            let message = format!("`search` is longer than {MAX_SEARCH_BYTES} bytes");
            return Err(Invalid::new("search", message, "give a part of the table's name").into());
        }
        let database = self.get_database(organization, database).await?.stored;
        let access = self.database_access(&database).await?;
        Ok(self.databases.tables(&access, search.filter(|search| !search.is_empty())).await?)
    }

    /// The columns of a statement's result, without running it to its end.
    ///
    /// # Errors
    /// [`Refusal::Missing`] for the database; `Sql*` failures as a run would have them.
    pub async fn describe(
        &self,
        organization: Id<Organization>,
        database: &str,
        sql: String,
        parameters: Vec<Parameter>,
        given: &BTreeMap<String, String>,
    ) -> Result<Vec<Column>, Refusal> {
        let database = self.get_database(organization, database).await?.stored;
        let query = query::validated(Query { database_id: database.id, sql, category: String::new(), parameters }, &database.spec.engine)?;
        let statement = self.statement(&query, given, None, None)?;
        let access = self.database_access(&database).await?;
        self.databases.describe(&access, &statement).await.map_err(Refusal::of_statement)
    }

    /// The first rows of a query.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]; `Sql*` failures as a run would have them.
    pub async fn try_query(&self, organization: Id<Organization>, trial: Trial) -> Result<Table, Refusal> {
        let access = self.query_access(organization, &trial.query).await?;
        let query = query::validated(trial.query, &access.database.engine)?;
        let statement = self.statement(&query, &trial.parameters, trial.slot, trial.window)?;
        let first = self.first_rows(&access, &statement, trial.limit).await?;
        let rows = first.batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|row| cells::row(&first.columns, batch, row))).collect();
        Ok(Table { columns: first.columns, rows, complete: first.complete })
    }

    /// The database of a query, with its opened password.
    pub(super) async fn query_access(&self, organization: Id<Organization>, query: &Query) -> Result<DatabaseAccess, Refusal> {
        match self.store.get_database(organization, query.database_id).await? {
            Some(database) => self.database_access(&database).await,
            None => Err(absent("database_id", "database")),
        }
    }

    /// The first rows of a statement, at most `limit`.
    pub(super) async fn first_rows(&self, access: &DatabaseAccess, statement: &Statement, limit: u32) -> Result<FirstRows, Refusal> {
        let limits = limits(limit)?;
        let rows = self.databases.read(access, statement, limits).await.map_err(Refusal::of_statement)?;
        gather(rows, limit).await
    }

    /// The first rows that a run of an incremental series would read, at most `limit`: behind `after`, or from the series' start on. The fence is
    /// looked for and not kept to, so that rows of the present are shown too.
    pub(super) async fn first_page(
        &self,
        access: &DatabaseAccess,
        statement: &Statement,
        incremental: &Incremental,
        after: Option<Position>,
        limit: u32,
    ) -> Result<FirstRows, Refusal> {
        let limits = limits(limit)?;
        let asked = Following { cursor: incremental.cursor.clone(), key: incremental.key.clone(), fence: incremental.fence };
        let mut follow = self.databases.follow(access, statement, &asked).await.map_err(Refusal::of_statement)?;
        let from = match (&after, &incremental.start) {
            (None, Some(start)) => Some(start_of(follow.columns(), &incremental.cursor, start)?),
            _ => None,
        };
        // One more, so that no page ends where the preview does.
        let page = Page { from, after, rows: u64::from(limit) + 1, ..Page::default() };
        let first = match follow.page(&page, ReadLimits { max_rows: None, ..limits }).await {
            Ok(rows) => gather(rows, limit).await,
            Err(failure) => Err(Refusal::of_statement(failure)),
        };
        follow.close().await;
        first
    }

    /// A query with the values of its placeholders.
    pub(super) fn statement(
        &self,
        query: &Query,
        given: &BTreeMap<String, String>,
        slot: Option<DateTime<Utc>>,
        window: Option<Window>,
    ) -> Result<Statement, Refusal> {
        let slot = slot.unwrap_or_else(|| self.clock.now().trunc_subsecs(0));
        let window = window.unwrap_or(Window { start: slot - TimeDelta::hours(WINDOW_HOURS), end: slot });
        let mut values = query::values(query, given, "values")?;
        values.insert("slot".to_owned(), Value::Instant(slot));
        values.insert("window_start".to_owned(), Value::Instant(window.start));
        values.insert("window_end".to_owned(), Value::Instant(window.end));
        Ok(Statement { sql: query.sql.clone(), values })
    }
}

/// Where a series that has not run begins.
fn start_of(columns: &[Column], cursor: &str, start: &str) -> Result<CursorValue, Refusal> {
    let named = columns.iter().find(|column| column.name == cursor);
    let column =
        named.ok_or_else(|| Invalid::new("mode.cursor", format!("the query has no column `{cursor}`"), "name a column of its result"))?;
    let wrong =
        |error: model::query::ValueError| Invalid::new("mode.start", error.to_string(), format!("give a value of the column `{cursor}`"));
    Ok(CursorValue::parse(column, start).map_err(wrong)?)
}

/// One row more than is shown tells whether there are more.
fn limits(limit: u32) -> Result<ReadLimits, Refusal> {
    text::within("limit", limit, 1..=1000)?;
    Ok(ReadLimits { batch_rows: limit as usize + 1, max_rows: Some(u64::from(limit) + 1), ..ReadLimits::default() })
}

async fn gather(mut rows: Box<dyn Rows>, limit: u32) -> Result<FirstRows, Refusal> {
    let limit = limit as usize;
    let mut batches: Vec<RecordBatch> = Vec::new();
    let mut count = 0;
    while let Some(batch) = rows.next().await.map_err(Refusal::of_statement)? {
        let room = limit - count;
        let shown = batch.num_rows().min(room);
        if shown > 0 {
            batches.push(batch.slice(0, shown));
        }
        count += shown;
        if batch.num_rows() > room {
            return Ok(FirstRows { columns: rows.columns().to_vec(), schema: rows.schema(), batches, complete: false });
        }
    }
    Ok(FirstRows { columns: rows.columns().to_vec(), schema: rows.schema(), batches, complete: true })
}

/// What [`App::first_rows`] and [`App::first_page`] read.
pub(super) struct FirstRows {
    pub(super) columns: Vec<Column>,
    pub(super) schema: arrow_schema::SchemaRef,
    pub(super) batches: Vec<RecordBatch>,
    pub(super) complete: bool,
}
