//! A preview: the first rows of a series, and the line protocol that a run would send for them.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use flow::statement;
use influx::line::{self, Agreement, LineRules, Measures, Sample, Severity, Verdict, VerdictKind};
use model::{
    Column, Connection, Failure, FailureKind, FieldType, FieldTypes, Group, Id, Measurement, Mode, Organization, Position, Query, Reject,
    Series, Stored, Target, Window,
    edges::{LineBatch, Shaped},
};

use super::{App, Invalid, Refusal, cells, query, series, series::absent};

/// Longest time that a preview waits for what the server has.
const ASKING: Duration = Duration::from_secs(5);

/// A series that is previewed before it is saved.
#[derive(Clone, Debug)]
pub struct PreviewDraft {
    /// The series; ids that it does not have yet are not looked at.
    pub series: Series,
    /// The query; a draft, or the stored one that the series names.
    pub query: Query,
    /// Where it would be written; without one, lines are shaped for a folder of files.
    pub connection: Option<Stored<Connection>>,
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
    /// What deserves attention, the worst first.
    pub verdicts: Vec<Verdict>,
    /// What was counted in the lines.
    pub measures: Measures,
}

/// A column and what the mapping makes of it.
#[derive(Clone, Debug)]
pub struct PreviewColumn {
    /// The column.
    pub column: Column,
    /// Its role.
    pub role: Role,
    /// The name of the tag or field, when that is another than the column's.
    pub key: Option<String>,
    /// The type of the field, when it becomes one.
    pub field_type: Option<FieldType>,
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
                Some(stored.ok_or_else(|| absent("connection_id", "connection"))?)
            }
            false => None,
        };
        let group = match series.group_id {
            Some(id) => Some(self.store.get_group(organization, id).await?.ok_or_else(|| absent("group_id", "group"))?.spec),
            None => None,
        };
        Ok(PreviewDraft { series, query, connection, group, after: None })
    }

    /// The first `limit` rows (1 to 1000) of a draft for `slot`, or for the present second. Writes nothing. The InfluxDB is asked for the types
    /// of its fields and how long it keeps points; when it does not say, a verdict tells so.
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

        let connection = draft.connection.as_ref().map(|stored| stored.spec.clone());
        let connection = connection.unwrap_or_else(|| Connection::new(Target::File { folder: "/".to_owned() }));
        let (mapping, rules) = (&draft.series.mapping, LineRules::of(&connection));
        // Said once for all rows, and also when there are none.
        let uses = line::describe(mapping, &first.schema, &rules).map_err(Refusal::of_statement)?;
        let target = self.target_of(draft).await;
        let agreements = line::agreements(mapping, &first.schema, &rules, &target.types).map_err(Refusal::of_statement)?;
        // What would be refused is shown as the mapping says it.
        let is_refused = agreements.iter().any(|agreement| agreement.converted_to.is_none());
        let types = if is_refused { FieldTypes::default() } else { target.types.clone() };
        let column = |column: &Column| {
            let used = uses.iter().find(|used| used.column == column.name);
            let agreement = agreements.iter().find(|agreement| agreement.column.as_ref() == Some(&column.name));
            PreviewColumn {
                column: column.clone(),
                role: used.map_or(Role::Unused, |used| role(used.role)),
                key: used.and_then(|used| used.key.clone()),
                field_type: agreement.and_then(|agreement| agreement.converted_to).or_else(|| used?.field_type),
            }
        };
        let mut preview = Preview {
            slot,
            window,
            columns: first.columns.iter().map(column).collect(),
            rows: Vec::new(),
            complete: first.complete,
            values_omitted: 0,
            values_truncated: 0,
            verdicts: Vec::new(),
            measures: Measures::default(),
        };
        for batch in &first.batches {
            for row in 0..batch.num_rows() {
                // A shaper of its own for each row: lines may hold line breaks, so a body of many cannot be cut apart by looking for them.
                let shaper = self.influx.shaper_for(&connection, mapping, &first.schema, slot, &types);
                let mut shaper = shaper.map_err(Refusal::of_statement)?;
                let parts = [shaper.shape(&batch.slice(row, 1)), shaper.finish()];
                preview.values_omitted += parts.iter().map(|part| part.values_omitted).sum::<u64>();
                preview.values_truncated += parts.iter().map(|part| part.values_truncated).sum::<u64>();
                preview.rows.push(PreviewRow {
                    values: cells::row(&first.columns, batch, row),
                    line: line_of(&parts)?,
                    reject: reject(&parts),
                });
            }
        }
        self.judge(&mut preview, &target, &agreements);
        Ok(preview)
    }

    /// What the server has where a draft would write, as far as it says.
    async fn target_of(&self, draft: &PreviewDraft) -> OnTarget {
        let Some(stored) = &draft.connection else { return OnTarget::default() };
        let asked = tokio::time::timeout(ASKING, async {
            let access = self.connection_access(stored).await.map_err(|_| "TRB-STORE-001".to_owned())?;
            let types = async {
                match &draft.series.mapping.measurement {
                    Measurement::Name(name) => self.influx.target_types(&access, name).await,
                    // Each row names its own.
                    Measurement::Column(_) => Ok(FieldTypes::default()),
                }
            };
            let (types, retention) = tokio::join!(types, self.influx.retention(&access));
            let code = |failure: Failure| failure.code().as_str().to_owned();
            let retention = match retention {
                Err(failure) if is_not_told(failure.kind) => None,
                retention => retention.map_err(code)?,
            };
            Ok(OnTarget { types: types.map_err(code)?, retention, not_asked: None })
        });
        match asked.await {
            Ok(Ok(target)) => target,
            Ok(Err(code)) => OnTarget { not_asked: Some(code), ..OnTarget::default() },
            Err(_) => OnTarget { not_asked: Some("TRB-INFLUX-010".to_owned()), ..OnTarget::default() },
        }
    }

    fn judge(&self, preview: &mut Preview, target: &OnTarget, agreements: &[Agreement]) {
        let lines: Vec<(u64, &str)> = (1..).zip(&preview.rows).filter_map(|(row, shown)| Some((row, shown.line.as_deref()?))).collect();
        let judged = line::verdicts(&Sample {
            lines: &lines,
            is_complete: preview.complete,
            agreements,
            retention: target.retention,
            now: self.clock.now(),
        });
        preview.verdicts = judged.verdicts;
        preview.measures = judged.measures;
        if let Some(code) = &target.not_asked {
            preview.verdicts.push(Verdict {
                kind: VerdictKind::NotAsked,
                severity: Severity::Note,
                message: format!("the InfluxDB did not say what types its fields have and how long it keeps points ({code})"),
                advice: Some("check the connection; a run asks again before it writes".to_owned()),
                rows: Vec::new(),
                count: 0,
            });
        }
    }
}

/// What a server has, as far as it says.
#[derive(Default)]
struct OnTarget {
    types: FieldTypes,
    retention: Option<Duration>,
    /// The code of why it was not told.
    not_asked: Option<String>,
}

/// Whether a failure says only that this login is not told, or that there is no such place yet.
const fn is_not_told(kind: FailureKind) -> bool {
    use FailureKind::{InfluxAuthentication, InfluxForbidden, InfluxMissing, InfluxQuery};
    matches!(kind, InfluxAuthentication | InfluxForbidden | InfluxMissing | InfluxQuery)
}

fn line_of(parts: &[Shaped]) -> Result<Option<String>, Refusal> {
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

const fn role(role: line::Role) -> Role {
    match role {
        line::Role::Measurement => Role::Measurement,
        line::Role::Tag => Role::Tag,
        line::Role::Field => Role::Field,
        line::Role::Time => Role::Time,
        line::Role::Unused => Role::Unused,
    }
}
