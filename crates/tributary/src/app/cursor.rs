//! Where the cursor of an incremental series stands, and moving it by hand.

use model::{
    Column, ColumnType, Cursor, CursorValue, Database, Id, Incremental, Mode, Name, Organization, Position, Query, Run, Series, Stored,
};
use store::{CursorChange, RunFilter};

use super::{App, Invalid, Refusal, query};

/// How many of the newest runs are looked through for one that has read.
const RUNS_LOOKED_AT: u64 = 50;

/// Where a cursor stands.
#[derive(Clone, Debug)]
pub struct CursorSeen {
    /// The series.
    pub series: Stored<Series>,
    /// What is remembered.
    pub cursor: Cursor,
    /// What may be said of it.
    pub state: CursorState,
    /// The newest run that took a fence.
    pub newest: Option<Run>,
}

/// Whether a cursor still means what it meant when it moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CursorState {
    /// It has not moved yet: the next run reads from the start.
    New,
    /// The next run goes on where it stands.
    Fits,
    /// The query, its parameters, the database, the cursor column or the key were changed since it moved. No run reads until a person has
    /// decided: keep it, set it, or reset it.
    NeedsDecision,
}

/// What a person decides about a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CursorMove {
    /// It stays where it is and belongs to the query and settings of now.
    Keep,
    /// It is forgotten: the next run reads from the start.
    Reset,
    /// It stands at this row, as if that had been the last one delivered.
    Set {
        /// The cursor column's value.
        cursor: String,
        /// The values of the key's columns, in their order.
        key: Vec<String>,
    },
}

impl App {
    /// Where the cursor of a series stands.
    ///
    /// # Errors
    /// [`Refusal::Missing`], and [`Refusal::Invalid`] for a series of another mode.
    pub async fn get_cursor(&self, organization: Id<Organization>, reference: &str) -> Result<CursorSeen, Refusal> {
        let series = self.get_series(organization, reference).await?;
        incremental(&series.spec)?;
        self.cursor_of(series).await
    }

    /// Moves the cursor of a series by hand, or keeps it for the query and settings of now. When it moves, what the overlap remembers is
    /// forgotten, so nothing that is read from there on counts as delivered.
    ///
    /// # Errors
    /// [`Refusal::Missing`]; [`Refusal::Invalid`] for a series of another mode and for a value that the column cannot have;
    /// [`Refusal::Running`] while a run of it is on its way; failures of describing the query.
    pub async fn move_cursor(&self, organization: Id<Organization>, reference: &str, to: CursorMove) -> Result<CursorSeen, Refusal> {
        let series = self.get_series(organization, reference).await?;
        let settings = incremental(&series.spec)?;
        let change = match to {
            CursorMove::Keep => CursorChange::Keep,
            CursorMove::Reset => CursorChange::To(None),
            CursorMove::Set { cursor, key } => {
                let columns = self.columns_of(&series).await?;
                CursorChange::To(Some(position(settings, &columns, &cursor, &key)?))
            }
        };
        self.store.set_cursor(organization, series.id, &change).await?;
        self.cursor_of(series).await
    }

    /// What may be said of a series' cursor; `None` for a series of another mode.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cursor_state(&self, series: &Stored<Series>) -> Result<Option<CursorState>, Refusal> {
        match &series.spec.mode {
            Mode::Incremental(_) => Ok(Some(state(&self.remembered(series).await?, &self.present_fingerprint(series).await?))),
            Mode::Snapshot | Mode::Window { .. } => Ok(None),
        }
    }

    /// The row that the next run of an incremental series goes on behind; `None` from its start, and as long as a person must decide.
    pub(super) async fn next_place(&self, series: &Stored<Series>) -> Result<Option<Position>, Refusal> {
        match self.cursor_state(series).await? {
            Some(CursorState::Fits) => Ok(self.remembered(series).await?.position),
            Some(CursorState::New | CursorState::NeedsDecision) | None => Ok(None),
        }
    }

    /// Names of the series that read this query and whose cursor a person must decide about.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn to_decide_of_query(&self, organization: Id<Organization>, query: Id<Query>) -> Result<Vec<Name>, Refusal> {
        self.to_decide(organization, &[query]).await
    }

    /// Names of the series that read from this database and whose cursor a person must decide about.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn to_decide_of_database(&self, organization: Id<Organization>, database: Id<Database>) -> Result<Vec<Name>, Refusal> {
        let queries = self.store.list_queries(organization).await?.into_iter().filter(|query| query.spec.database_id == database);
        self.to_decide(organization, &queries.map(|query| query.id).collect::<Vec<_>>()).await
    }

    async fn to_decide(&self, organization: Id<Organization>, queries: &[Id<Query>]) -> Result<Vec<Name>, Refusal> {
        let mut names = Vec::new();
        for series in self.store.list_series(organization).await? {
            if queries.contains(&series.spec.query_id) && self.cursor_state(&series).await? == Some(CursorState::NeedsDecision) {
                names.push(series.name);
            }
        }
        Ok(names)
    }

    async fn cursor_of(&self, series: Stored<Series>) -> Result<CursorSeen, Refusal> {
        let cursor = self.remembered(&series).await?;
        let state = state(&cursor, &self.present_fingerprint(&series).await?);
        let filter = RunFilter { series_id: Some(series.id), limit: RUNS_LOOKED_AT, ..RunFilter::default() };
        let runs = self.store.list_runs(series.organization_id, &filter).await?;
        Ok(CursorSeen { newest: runs.into_iter().find(|run| run.stretch.is_some() && run.chunk.is_none()), series, cursor, state })
    }

    async fn remembered(&self, series: &Stored<Series>) -> Result<Cursor, Refusal> {
        Ok(self.store.get_cursor(series.organization_id, series.id).await?.unwrap_or_default())
    }

    /// The fingerprint of what the series says now.
    async fn present_fingerprint(&self, series: &Stored<Series>) -> Result<String, Refusal> {
        let organization = series.organization_id;
        let query = self.get_query(organization, &series.spec.query_id.to_string()).await?.spec;
        let database: Database = self.get_database(organization, &query.database_id.to_string()).await?.stored.spec;
        Ok(Cursor::fingerprint_of(&series.spec, &query, &database).unwrap_or_default())
    }

    /// The columns that the series reads, without reading a row.
    async fn columns_of(&self, series: &Stored<Series>) -> Result<Vec<Column>, Refusal> {
        let stored = self.get_query(series.organization_id, &series.spec.query_id.to_string()).await?.spec;
        let access = self.query_access(series.organization_id, &stored).await?;
        let query = query::validated(stored, &access.database.engine)?;
        let statement = self.statement(&query, &series.spec.parameters, None, None)?;
        self.databases.describe(&access, &statement).await.map_err(Refusal::of_statement)
    }
}

fn incremental(series: &Series) -> Result<&Incremental, Invalid> {
    match &series.mode {
        Mode::Incremental(incremental) => Ok(incremental),
        Mode::Snapshot | Mode::Window { .. } => {
            Err(Invalid::new("mode", "the series has no cursor: it is not incremental", "make it an incremental series first"))
        }
    }
}

fn state(cursor: &Cursor, present: &str) -> CursorState {
    // Empty after a person decided: the next run gives it its fingerprint.
    if !cursor.fingerprint.is_empty() && cursor.fingerprint != present {
        return CursorState::NeedsDecision;
    }
    if cursor.position.is_some() { CursorState::Fits } else { CursorState::New }
}

/// The place that a person names, every value one of its column's type.
fn position(settings: &Incremental, columns: &[Column], cursor: &str, key: &[String]) -> Result<Position, Refusal> {
    if key.len() != settings.key.len() {
        let names = settings.key.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let advice = match settings.key.len() {
            0 => "leave `key` out: the series has none".to_owned(),
            _ => format!("give the values of the last row that counts as delivered: of {names}, in this order"),
        };
        return Err(
            Invalid::new("key", format!("the key has {} and {} given", columns_of(settings.key.len()), given(key.len())), advice).into()
        );
    }
    let cursor = value(columns, &settings.cursor, "cursor", cursor)?;
    let key = settings.key.iter().zip(key).enumerate();
    let key = key.map(|(at, (name, text))| value(columns, name, &format!("key[{at}]"), text)).collect::<Result<_, _>>()?;
    Ok(Position { cursor, key })
}

fn value(columns: &[Column], name: &str, field: &str, text: &str) -> Result<CursorValue, Invalid> {
    let Some(column) = columns.iter().find(|column| column.name == name) else {
        let known = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Invalid::new(
            "mode",
            format!("the query has no column `{name}`; it has {known}"),
            "name a column of the query's result in the series first",
        ));
    };
    CursorValue::parse(column, text).map_err(|error| {
        let advice = match column.kind {
            ColumnType::Json | ColumnType::Time => "choose another column as the cursor or key".to_owned(),
            _ => format!("`{name}` is {}", article(column)),
        };
        Invalid::new(field, error.to_string(), advice)
    })
}

fn article(column: &Column) -> String {
    let kind = column.kind.as_str();
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) && kind != "uuid" { "an" } else { "a" };
    if column.native.is_empty() { format!("{article} {kind}") } else { format!("{article} {kind} ({})", column.native) }
}

fn columns_of(number: usize) -> String {
    if number == 1 { "one column".to_owned() } else { format!("{number} columns") }
}

fn given(number: usize) -> String {
    if number == 1 { "one value is".to_owned() } else { format!("{number} values are") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        let column = |name: &str, kind, native: &str| Column { name: name.to_owned(), kind, native: native.to_owned() };
        vec![column("changed", ColumnType::Timestamp, "timestamp"), column("id", ColumnType::Integer, "int8")]
    }

    fn fault(settings: &Incremental, cursor: &str, key: &[&str]) -> (String, String) {
        let key: Vec<String> = key.iter().map(|text| (*text).to_owned()).collect();
        match position(settings, &columns(), cursor, &key) {
            Err(Refusal::Invalid(invalid)) => (invalid.field, invalid.advice),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_place_has_a_value_of_its_type_for_the_cursor_and_each_column_of_the_key() {
        let keyed = Incremental { key: vec!["id".to_owned()], ..Incremental::by("changed") };
        let place = position(&keyed, &columns(), "2026-11-21T14:05", &["7".to_owned()]).unwrap();
        assert_eq!((place.cursor.text.as_str(), place.key[0].text.as_str()), ("2026-11-21 14:05:00.000000", "7"));
        assert_eq!(place.cursor.native, "timestamp");
        let (field, advice) = fault(&keyed, "2026-11-21", &[]);
        assert!(field == "key" && advice.contains("`id`"), "{advice}");
        assert_eq!(fault(&Incremental::by("changed"), "2026-11-21", &["7"]).0, "key");
        assert_eq!(fault(&keyed, "2026-11-21", &["seven"]), ("key[0]".to_owned(), "`id` is an integer (int8)".to_owned()));
        assert_eq!(fault(&keyed, "yesterday", &["7"]).0, "cursor");
        assert_eq!(fault(&Incremental::by("nothing"), "7", &[]).0, "mode");
    }

    #[test]
    fn a_cursor_of_another_fingerprint_needs_a_decision_and_one_that_was_decided_about_none() {
        let value = CursorValue { kind: ColumnType::Integer, native: "int8".to_owned(), text: "7".to_owned() };
        let moved =
            Cursor { position: Some(Position { cursor: value, key: Vec::new() }), fingerprint: "a".to_owned(), ..Cursor::default() };
        let decided = Cursor { fingerprint: String::new(), ..moved.clone() };
        let nothing_came = Cursor { position: None, ..moved.clone() };
        for (cursor, present, expected) in [
            (&Cursor::default(), "b", CursorState::New),
            (&nothing_came, "a", CursorState::New),
            (&nothing_came, "b", CursorState::NeedsDecision),
            (&moved, "a", CursorState::Fits),
            (&moved, "b", CursorState::NeedsDecision),
            (&decided, "b", CursorState::Fits),
        ] {
            assert_eq!(state(cursor, present), expected, "{cursor:?} {present}");
        }
    }
}
