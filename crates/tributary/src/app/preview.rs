//! A preview: the first rows of a series, and the line protocol that a run would send for them.

use chrono::{DateTime, SubsecRound, Utc};
use flow::statement;
use model::{
    Column, Connection, Fields, Group, Id, Mapping, Measurement, Mode, Organization, Position, Query, Reject, Series, Target, Window,
    edges::{LineBatch, Shaped},
};

use super::{App, Invalid, Refusal, cells, query, series, series::absent};

/// A series that is previewed before it is saved.
#[derive(Clone, Debug)]
pub struct PreviewDraft {
    /// The series; ids that it does not have yet are not looked at.
    pub series: Series,
    /// The query; a draft, or the stored one that the series names.
    pub query: Query,
    /// Where it would be written; without one, lines are shaped for a folder of files.
    pub connection: Option<Connection>,
    /// Its group, if it has one.
    pub group: Option<Group>,
    /// Of an incremental series: the row that its cursor stands at.
    pub after: Option<Position>,
}

/// The first rows of a series and what becomes of them.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The slot that it stands for.
    pub slot: DateTime<Utc>,
    /// What a window series reads.
    pub window: Option<Window>,
    /// The columns of the result, in order.
    pub columns: Vec<PreviewColumn>,
    /// The rows, and what each becomes.
    pub rows: Vec<PreviewRow>,
    /// Whether these are all rows.
    pub complete: bool,
    /// Values left out of their point by the mapping's policy.
    pub values_omitted: u64,
    /// Values cut to the server's limit by the mapping's policy.
    pub values_truncated: u64,
}

/// A column and what the mapping makes of it.
#[derive(Clone, Debug)]
pub struct PreviewColumn {
    /// The column.
    pub column: Column,
    /// Its role.
    pub role: Role,
}

/// What the mapping makes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ColumnRole)]
pub enum Role {
    /// The measurement.
    Measurement,
    /// A tag.
    Tag,
    /// A field.
    Field,
    /// The point's time.
    Time,
    /// Nothing.
    Unused,
}

/// A row and what it becomes: a line, a reject, or (by the mapping's policy) neither.
#[derive(Clone, Debug)]
pub struct PreviewRow {
    /// One value per column, in a form that no JSON reader rounds.
    pub values: Vec<serde_json::Value>,
    /// The line protocol, without its line break.
    pub line: Option<String>,
    /// Why it cannot be written.
    pub reject: Option<String>,
}

impl App {
    /// The first `limit` rows (1 to 1000) of a stored series for `slot`, or for the present second.
    ///
    /// # Errors
    /// [`Refusal::Missing`]; failures as a run would have them.
    pub async fn preview_series(
        &self,
        organization: Id<Organization>,
        reference: &str,
        slot: Option<DateTime<Utc>>,
        limit: u32,
    ) -> Result<Preview, Refusal> {
        let series = self.get_series(organization, reference).await?;
        let after = self.next_place(&series).await?;
        let draft = self.preview_draft(organization, series.spec, None, true).await?;
        self.preview(organization, &PreviewDraft { after, ..draft }, slot, limit).await
    }

    /// A draft with everything that its series names; `query` in place of the stored one, if given.
    ///
    /// # Errors
    /// [`Refusal::Missing`] and [`Refusal::Invalid`].
    pub async fn preview_draft(
        &self,
        organization: Id<Organization>,
        series: Series,
        query: Option<Query>,
        has_connection: bool,
    ) -> Result<PreviewDraft, Refusal> {
        let query = match query {
            Some(query) => query,
            None => self.store.get_query(organization, series.query_id).await?.ok_or_else(|| absent("query_id", "query"))?.spec,
        };
        let connection = match has_connection {
            true => {
                let stored = self.store.get_connection(organization, series.connection_id).await?;
                Some(stored.ok_or_else(|| absent("connection_id", "connection"))?.spec)
            }
            false => None,
        };
        let group = match series.group_id {
            Some(id) => Some(self.store.get_group(organization, id).await?.ok_or_else(|| absent("group_id", "group"))?.spec),
            None => None,
        };
        Ok(PreviewDraft { series, query, connection, group, after: None })
    }

    /// The first `limit` rows (1 to 1000) of a draft for `slot`, or for the present second. Writes nothing.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]; failures as a run would have them.
    pub async fn preview(
        &self,
        organization: Id<Organization>,
        draft: &PreviewDraft,
        slot: Option<DateTime<Utc>>,
        limit: u32,
    ) -> Result<Preview, Refusal> {
        let access = self.query_access(organization, &draft.query).await?;
        let query = query::validated(draft.query.clone(), &access.database.engine)?;
        series::validate(&draft.series, &query, &access.database.engine)?;
        let slot = slot.unwrap_or_else(|| self.clock.now().trunc_subsecs(0));
        let (statement, window) = statement::bind(&query, &draft.series, draft.group.as_ref(), slot).map_err(Refusal::of_statement)?;
        let first = match &draft.series.mode {
            Mode::Incremental(incremental) => self.first_page(&access, &statement, incremental, draft.after.clone(), limit).await?,
            Mode::Snapshot | Mode::Window { .. } => self.first_rows(&access, &statement, limit).await?,
        };

        let connection = draft.connection.clone().unwrap_or_else(|| Connection::new(Target::File { folder: "/".to_owned() }));
        let mapping = &draft.series.mapping;
        // Said once for all rows, and also when there are none.
        self.influx.shaper(&connection, mapping, &first.schema, slot).map_err(Refusal::of_statement)?;
        let mut preview = Preview {
            slot,
            window,
            columns: first
                .columns
                .iter()
                .map(|column| PreviewColumn { column: column.clone(), role: role(mapping, &column.name) })
                .collect(),
            rows: Vec::new(),
            complete: first.complete,
            values_omitted: 0,
            values_truncated: 0,
        };
        for batch in &first.batches {
            for row in 0..batch.num_rows() {
                // A shaper of its own for each row: lines may hold line breaks, so a body of many cannot be cut apart by looking for them.
                let mut shaper = self.influx.shaper(&connection, mapping, &first.schema, slot).map_err(Refusal::of_statement)?;
                let parts = [shaper.shape(&batch.slice(row, 1)), shaper.finish()];
                preview.values_omitted += parts.iter().map(|part| part.values_omitted).sum::<u64>();
                preview.values_truncated += parts.iter().map(|part| part.values_truncated).sum::<u64>();
                preview.rows.push(PreviewRow {
                    values: cells::row(&first.columns, batch, row),
                    line: line(&parts)?,
                    reject: reject(&parts),
                });
            }
        }
        Ok(preview)
    }
}

fn line(parts: &[Shaped]) -> Result<Option<String>, Refusal> {
    let Some(LineBatch { body, .. }) = parts.iter().flat_map(|part| &part.batches).next() else { return Ok(None) };
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    match std::str::from_utf8(body) {
        Ok(line) => Ok(Some(line.to_owned())),
        Err(_) => Err(Invalid::new("mapping", "a line is not UTF-8", "cast the column to text in the query").into()),
    }
}

fn reject(parts: &[Shaped]) -> Option<String> {
    parts.iter().flat_map(|part| &part.rejects).next().map(|Reject { reason, .. }| reason.clone())
}

fn role(mapping: &Mapping, column: &str) -> Role {
    if matches!(&mapping.measurement, Measurement::Column(name) if name == column) {
        return Role::Measurement;
    }
    if mapping.tags.iter().any(|tag| tag == column) {
        return Role::Tag;
    }
    if mapping.time.as_ref().is_some_and(|time| time.column == column) {
        return Role::Time;
    }
    match &mapping.fields {
        Fields::Rest => Role::Field,
        Fields::Columns(columns) if columns.iter().any(|name| name == column) => Role::Field,
        Fields::Columns(_) => Role::Unused,
    }
}
