//! Series: the rules of saving one, and running one by hand.

use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound, Utc};
use model::{Engine, Fence, Id, Incremental, Mapping, Mode, Organization, Query, Run, Series, Stored, id::a};

use super::{App, Draft, Invalid, Refusal, mapping, missing, query, text};

/// The longest window and the longest lag, in seconds: ten years.
const MAX_WINDOW_S: u32 = 10 * 366 * 86_400;

impl App {
    /// Every series, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_series(&self, organization: Id<Organization>) -> Result<Vec<Stored<Series>>, Refusal> {
        Ok(self.store.list_series(organization).await?)
    }

    /// The series with this id or name.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_series(&self, organization: Id<Organization>, reference: &str) -> Result<Stored<Series>, Refusal> {
        let by_id = match reference.parse() {
            Ok(id) => self.store.get_series(organization, id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(found) => Some(found),
            None => self.store.find_series(organization, reference).await?,
        };
        found.ok_or_else(|| missing::<Series>(reference))
    }

    /// Saves a new series. Neither its database nor its connection is contacted.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] and [`Refusal::NameTaken`].
    pub async fn create_series(&self, organization: Id<Organization>, draft: Draft<Series>) -> Result<Stored<Series>, Refusal> {
        self.validate_series(organization, &draft.spec).await?;
        Ok(self.store.create_series(organization, &draft.name, &draft.spec).await?)
    }

    /// Saves a changed series.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::NameTaken`], and [`Refusal::Changed`] when `before` is not how it stands now.
    pub async fn update_series(&self, before: &Stored<Series>, draft: Draft<Series>) -> Result<Stored<Series>, Refusal> {
        self.validate_series(before.organization_id, &draft.spec).await?;
        Ok(self.store.update_series(before.organization_id, before.id, Some(before.revision), &draft.name, &draft.spec).await?)
    }

    /// Deletes a series.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub async fn delete_series(&self, organization: Id<Organization>, reference: &str) -> Result<(), Refusal> {
        let stored = self.get_series(organization, reference).await?;
        match self.store.delete_series(organization, stored.id).await? {
            true => Ok(()),
            false => Err(missing::<Series>(reference)),
        }
    }

    /// Puts a run of the series in line, for `slot` or for the present second. A disabled series runs too.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub async fn run_series(&self, organization: Id<Organization>, reference: &str, slot: Option<DateTime<Utc>>) -> Result<Run, Refusal> {
        let series = self.get_series(organization, reference).await?;
        let slot = slot.unwrap_or_else(|| self.clock.now().trunc_subsecs(0));
        let run = self.store.enqueue_run(organization, series.id, slot).await?.ok_or_else(|| missing::<Series>(reference))?;
        self.flow.wake();
        Ok(run)
    }

    async fn validate_series(&self, organization: Id<Organization>, series: &Series) -> Result<(), Refusal> {
        let Some(query) = self.store.get_query(organization, series.query_id).await? else {
            return Err(absent("query_id", "query"));
        };
        if self.store.get_connection(organization, series.connection_id).await?.is_none() {
            return Err(absent("connection_id", "connection"));
        }
        if let Some(group) = series.group_id
            && self.store.get_group(organization, group).await?.is_none()
        {
            return Err(absent("group_id", "group"));
        }
        let database = self.get_database(organization, &query.spec.database_id.to_string()).await?.stored;
        validate(series, &query.spec, &database.spec.engine)
    }
}

/// A field names what the organization does not have.
pub(super) fn absent(field: &str, noun: &str) -> Refusal {
    Invalid::new(field, format!("there is no such {noun}"), format!("give the id of {} of this organization", a(noun))).into()
}

/// The rules of a series and its query together.
pub(super) fn validate(series: &Series, query: &Query, engine: &Engine) -> Result<(), Refusal> {
    query::values(query, &series.parameters, "parameters")?;
    validate_mode(series, &query::placeholders(query, engine)?, engine)?;
    text::within("rejects.limit", series.rejects.limit, 1..=MAX_REJECTS)?;
    Ok(mapping::validate(&series.mapping)?)
}

fn validate_mode(series: &Series, placeholders: &BTreeSet<String>, engine: &Engine) -> Result<(), Invalid> {
    match &series.mode {
        Mode::Snapshot | Mode::Incremental(_) if placeholders.contains("window_start") || placeholders.contains("window_end") => {
            return Err(Invalid::new(
                "mode",
                "the query names `:window_start` or `:window_end`, and only a window series has a window",
                "make the series a window series, or take the placeholders out of the query",
            ));
        }
        Mode::Snapshot => {}
        Mode::Incremental(incremental) => validate_incremental(incremental, &series.mapping, engine)?,
        &Mode::Window { length_s, lag_s } => {
            if series.needs_a_group() && series.group_id.is_none() {
                return Err(Invalid::new(
                    "mode.length_s",
                    "a window without a length reaches back to the slot before, and without a group there is none",
                    "give the window a `length_s`, or put the series into a group",
                ));
            }
            if length_s.is_some_and(|length| !(1..=MAX_WINDOW_S).contains(&length)) {
                return Err(Invalid::new(
                    "mode.length_s",
                    "the window's length is out of range",
                    format!("give 1 to {MAX_WINDOW_S} seconds"),
                ));
            }
            if lag_s > MAX_WINDOW_S {
                return Err(Invalid::new("mode.lag_s", "the window's lag is out of range", format!("give 0 to {MAX_WINDOW_S} seconds")));
            }
            if !query::BOUND_BY_THE_RUN.iter().any(|name| placeholders.contains(*name)) {
                return Err(Invalid::new(
                    "mode",
                    "the query names neither `:window_start` nor `:window_end`: every slot would read the same rows",
                    "limit the query to the window (`WHERE t >= :window_start AND t < :window_end`), or make the series a snapshot",
                ));
            }
        }
    }
    Ok(())
}

/// Most rows of a page of an incremental series.
const MAX_PAGE_ROWS: u32 = 1_000_000;

/// Most rejects of one run that are kept.
const MAX_REJECTS: u32 = 1_000_000;

/// What can be said without knowing the columns. Their types decide about the rest, which a preview or a run says.
fn validate_incremental(incremental: &Incremental, mapping: &Mapping, engine: &Engine) -> Result<(), Invalid> {
    if mapping.time.is_none() {
        return Err(Invalid::new(
            "mapping.time",
            "an incremental series needs a time column: rows that are read again after a fault must become the same points",
            "name the column that gives each row its time",
        ));
    }
    if incremental.cursor.is_empty() {
        return Err(Invalid::new("mode.cursor", "the cursor column has no name", "give the name of a column of the query's result"));
    }
    for (at, column) in incremental.key.iter().enumerate() {
        if column.is_empty() || *column == incremental.cursor || incremental.key[..at].contains(column) {
            return Err(Invalid::new(
                format!("mode.key[{at}]"),
                format!("`{column}` cannot be a part of the key"),
                "name columns that are neither the cursor nor named twice",
            ));
        }
    }
    if !(1..=MAX_PAGE_ROWS).contains(&incremental.page_rows) {
        return Err(Invalid::new("mode.page_rows", "the page is out of range", format!("give 1 to {MAX_PAGE_ROWS} rows")));
    }
    if incremental.start.as_deref().is_some_and(|start| start.trim().is_empty()) {
        return Err(Invalid::new(
            "mode.start",
            "the start is blank",
            "give a value of the cursor column, or leave it out: then from the first row",
        ));
    }
    validate_fence(incremental.fence, engine)
}

fn validate_fence(fence: Fence, engine: &Engine) -> Result<(), Invalid> {
    match fence {
        Fence::TransactionId if !matches!(engine, Engine::Postgres(_)) => Err(Invalid::new(
            "mode.fence",
            "only PostgreSQL has transaction ids that a column can hold",
            "leave `fence` out (what open transactions leave undecided is not read yet), or give a lag: {\"lag_s\": 60}",
        )),
        Fence::LagS(lag_s) if lag_s > MAX_WINDOW_S => {
            Err(Invalid::new("mode.fence.lag_s", "the fence's lag is out of range", format!("give 0 to {MAX_WINDOW_S} seconds")))
        }
        Fence::Transactions | Fence::TransactionId | Fence::LagS(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{Fields, TimeColumn};

    use super::*;

    fn id<N>() -> Id<N> {
        Id::from_uuid(Organization::DEFAULT.uuid())
    }

    fn query(sql: &str) -> Query {
        Query { database_id: id(), sql: sql.to_owned(), category: String::new(), parameters: Vec::new() }
    }

    fn series(mode: Mode) -> Series {
        Series {
            query_id: id(),
            connection_id: id(),
            group_id: None,
            position: 0,
            mapping: Mapping::new("m"),
            mode,
            parameters: BTreeMap::new(),
            enabled: true,
            rejects: Default::default(),
        }
    }

    fn fault(series: &Series, sql: &str) -> Option<String> {
        fault_on(&Engine::Sqlite { path: "/shop.db".to_owned() }, series, sql)
    }

    fn fault_on(engine: &Engine, series: &Series, sql: &str) -> Option<String> {
        match validate(series, &query(sql), engine) {
            Ok(()) => None,
            Err(Refusal::Invalid(invalid)) => Some(invalid.field),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_mode_fits_its_query() {
        let window = |length_s, lag_s| Mode::Window { length_s, lag_s };
        let plain = "SELECT 1";
        let windowed = "SELECT 1 WHERE t >= :window_start AND t < :window_end";
        let cases = [
            (Mode::Snapshot, plain, None),
            (Mode::Snapshot, windowed, Some("mode")),
            (window(Some(60), 0), windowed, None),
            (window(Some(60), 0), plain, Some("mode")),
            (window(None, 0), windowed, Some("mode.length_s")),
            (window(Some(0), 0), windowed, Some("mode.length_s")),
            (window(Some(60), MAX_WINDOW_S + 1), windowed, Some("mode.lag_s")),
        ];
        for (mode, sql, field) in cases {
            assert_eq!(fault(&series(mode.clone()), sql).as_deref(), field, "{mode:?} {sql}");
        }
    }

    #[test]
    fn an_incremental_mode_is_whole_and_fits_its_engine() {
        let by = Incremental::by("changed");
        let key = |columns: &[&str]| columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>();
        let cases = [
            (by.clone(), None),
            (Incremental { key: key(&["id", "part"]), ..by.clone() }, None),
            (Incremental::by(""), Some("mode.cursor")),
            (Incremental { key: key(&["id", "changed"]), ..by.clone() }, Some("mode.key[1]")),
            (Incremental { key: key(&["id", "id"]), ..by.clone() }, Some("mode.key[1]")),
            (Incremental { key: key(&[""]), ..by.clone() }, Some("mode.key[0]")),
            (Incremental { page_rows: 0, ..by.clone() }, Some("mode.page_rows")),
            (Incremental { page_rows: MAX_PAGE_ROWS + 1, ..by.clone() }, Some("mode.page_rows")),
            (Incremental { start: Some(" ".to_owned()), ..by.clone() }, Some("mode.start")),
            (Incremental { fence: Fence::LagS(60), ..by.clone() }, None),
            (Incremental { fence: Fence::LagS(MAX_WINDOW_S + 1), ..by.clone() }, Some("mode.fence.lag_s")),
            (Incremental { fence: Fence::TransactionId, ..by.clone() }, Some("mode.fence")),
        ];
        for (incremental, field) in cases {
            let mut series = series(Mode::Incremental(incremental.clone()));
            assert_eq!(fault(&series, "SELECT 1").as_deref(), Some("mapping.time"), "{incremental:?}");
            series.mapping.time = Some(TimeColumn::new("at"));
            assert_eq!(fault(&series, "SELECT 1").as_deref(), field, "{incremental:?}");
        }
        let mut series = series(Mode::Incremental(Incremental { fence: Fence::TransactionId, ..by }));
        series.mapping.time = Some(TimeColumn::new("at"));
        let postgres: Engine = serde_json::from_value(serde_json::json!({
            "engine": "postgres", "host": "h", "database": "d", "username": "u"
        }))
        .unwrap();
        assert_eq!(fault_on(&postgres, &series, "SELECT 1"), None);
        assert_eq!(fault_on(&postgres, &series, "SELECT :window_start").as_deref(), Some("mode"));
        series.rejects.limit = 0;
        assert_eq!(fault_on(&postgres, &series, "SELECT 1").as_deref(), Some("rejects.limit"));
    }

    #[test]
    fn a_column_has_one_role() {
        let mut tagged = series(Mode::Snapshot);
        tagged.mapping.tags = vec!["a".to_owned(), "b".to_owned(), "a".to_owned()];
        assert_eq!(fault(&tagged, "SELECT 1").as_deref(), Some("mapping.tags[2]"));
        let mut both = series(Mode::Snapshot);
        both.mapping.tags = vec!["a".to_owned()];
        both.mapping.fields = Fields::Columns(vec!["a".to_owned()]);
        assert_eq!(fault(&both, "SELECT 1").as_deref(), Some("mapping.fields.columns[0]"));
    }
}
