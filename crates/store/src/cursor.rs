//! Cursors: how far incremental series have come, and what was delivered within their overlap.

use std::collections::BTreeMap;

use model::{
    Cursor, Id, LedgerEntry, Noun, Organization, Position, Series,
    edges::{Advance, Lease},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Statement, Value,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    carried::Carried,
    column::{from_json, json, malformed, maybe_instant, micros},
    entities::{
        cursor::{Column, Entity, Model},
        ledger, run, series,
    },
    hold,
    lease::{append_log, held, held_run, with_progress},
    run::status_is,
    stored,
    writing::Writing,
};

/// What a person does to a cursor.
#[derive(Clone, Debug, PartialEq)]
pub enum CursorChange {
    /// It goes on where it stands, whatever the query and the settings have become: the next run gives them their fingerprint. The marks are
    /// forgotten.
    Keep,
    /// It stands here from now on, or (`None`) before the first row. What was delivered within the overlap and the marks are forgotten.
    To(Option<Position>),
}

impl Store {
    /// How far a series has come; the default before its first run. `None` when there is no such series.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_cursor(&self, organization: Id<Organization>, series: Id<Series>) -> Result<Option<Cursor>, StoreError> {
        let snapshot = self.snapshot().await?;
        if stored::get::<series::Entity>(&snapshot, organization, series).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(of(&snapshot, series).await?))
    }

    /// Changes the cursor of a series by hand, and gives what it is now. Its fingerprint is empty then: that of the next run is taken over.
    ///
    /// # Errors
    /// `Missing` when there is no such series; `Running` while a run of it is on its way.
    pub async fn set_cursor(
        &self,
        organization: Id<Organization>,
        series: Id<Series>,
        change: &CursorChange,
    ) -> Result<Cursor, StoreError> {
        let transaction = self.begin().await?;
        stored::require::<series::Entity>(&transaction, organization, series).await?;
        let running = run::Entity::find()
            .filter(run::Column::SeriesId.eq(series.uuid()))
            .filter(status_is("running"))
            .filter(run::Column::BackfillId.is_null())
            .count(&transaction)
            .await?;
        if running > 0 {
            return Err(StoreError::Running { noun: Series::NOUN });
        }
        let before = Entity::find_by_id(series.uuid()).one(&transaction).await?;
        let mut row = before.unwrap_or_else(|| new(organization.uuid(), series.uuid()));
        row.fingerprint = String::new();
        // They may be values of another column, or of another database.
        row.marks = serde_json::Value::Array(Vec::new());
        if let CursorChange::To(position) = change {
            ledger::Entity::delete_many().filter(ledger::Column::SeriesId.eq(series.uuid())).exec(&transaction).await?;
            row = Model {
                position: position.as_ref().map(|position| json("position", position)).transpose()?,
                moved_at: Some(micros(self.clock().now_micros())),
                ..new(organization.uuid(), series.uuid())
            };
        }
        put(&transaction, row.clone()).await?;
        transaction.changed::<series::Entity>(organization, series);
        transaction.commit().await?;
        cursor(row)
    }

    /// See [`model::edges::Store::ledger`]. With a lost lease, none.
    pub(crate) async fn read_ledger(&self, lease: &Lease) -> Result<Vec<LedgerEntry>, StoreError> {
        let snapshot = self.snapshot().await?;
        let series = run::Entity::find().select_only().column(run::Column::SeriesId).filter(held(lease)).into_tuple::<Uuid>();
        let Some(series) = series.one(&snapshot).await? else { return Ok(Vec::new()) };
        let entries = ledger::Entity::find().filter(ledger::Column::SeriesId.eq(series)).all(&snapshot).await?;
        entries
            .into_iter()
            .map(|entry| {
                let key: [u8; 16] = entry.key.try_into().map_err(|_| malformed("ledger", "a key is not 16 bytes long"))?;
                Ok(LedgerEntry { key: u128::from_be_bytes(key), row: entry.row.cast_unsigned(), at: entry.at })
            })
            .collect()
    }

    /// See [`model::edges::Store::advance`]. The hold of the connection ends here already when the run was let through to try it: a run of
    /// many pages does not keep the others waiting.
    pub(crate) async fn move_cursor(&self, lease: &Lease, advance: &Advance) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let Some(run) = held_run(&transaction, lease).await? else { return Ok(false) };
        let before = Entity::find_by_id(run.series_id).one(&transaction).await?;
        let mut row = before.unwrap_or_else(|| new(run.organization_id, run.series_id));
        if let Some(position) = &advance.position {
            row.position = Some(json("position", position)?);
            row.moved_at = Some(micros(advance.at));
            row.moved_by = Some(run.id);
        }
        row.fingerprint.clone_from(&advance.fingerprint);
        row.marks = json("marks", &advance.marks)?;
        row.ledger_most = keep_delivered(&transaction, &row, advance).await?;
        put(&transaction, row).await?;

        let total = Carried::before(&run)?.with(&advance.progress);
        with_progress(run::Entity::update_many(), &total, advance.progress.window)?
            .col_expr(run::Column::Advanced, Expr::val(json("carried figures", &total)?))
            .filter(run::Column::Id.eq(run.id))
            .exec(&transaction)
            .await?;
        append_log(&transaction, run.organization_id, run.id, &advance.progress.log).await?;
        // What a page holds is accounted for before the cursor moves.
        if run.probing && hold::took_lines(&advance.progress.figures, true) {
            hold::end(&transaction, lease.organization_id, Id::from_uuid(run.connection_id)).await?;
        }
        transaction.changed_run(run.organization_id, run.id);
        transaction.changed::<series::Entity>(lease.organization_id, Id::from_uuid(run.series_id));
        transaction.commit().await?;
        Ok(true)
    }
}

/// The cursor of a series.
pub(crate) async fn of(db: &impl ConnectionTrait, series: Id<Series>) -> Result<Cursor, StoreError> {
    Entity::find_by_id(series.uuid()).one(db).await?.map_or_else(|| Ok(Cursor::default()), cursor)
}

fn new(organization: Uuid, series: Uuid) -> Model {
    Model {
        series_id: series,
        organization_id: organization,
        position: None,
        fingerprint: String::new(),
        marks: serde_json::Value::Array(Vec::new()),
        moved_at: None,
        moved_by: None,
        ledger_most: 0,
    }
}

async fn put(db: &Writing, row: Model) -> Result<(), StoreError> {
    let mut replace = OnConflict::column(Column::SeriesId);
    replace.update_columns([Column::Position, Column::Fingerprint, Column::Marks, Column::MovedAt, Column::MovedBy, Column::LedgerMost]);
    Entity::insert(row.into_active_model()).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}

/// Notes what was delivered and forgets what is too much or too old. Gives a number that the ledger has not more entries than.
async fn keep_delivered(db: &Writing, cursor: &Model, advance: &Advance) -> Result<i64, StoreError> {
    /// Entries of one statement: few lengths, so that each is prepared once, and short ones, because SQLite looks for a parameter's name
    /// among all of them.
    const AT_ONCE: [usize; 3] = [128, 16, 1];
    let backend = db.get_database_backend();
    let series: Value = cursor.series_id.into();
    let mut most = cursor.ledger_most;
    if let Some(below) = advance.forget_below.filter(|_| most > 0) {
        let old = ledger::Entity::delete_many().filter(ledger::Column::SeriesId.eq(cursor.series_id)).filter(ledger::Column::At.lt(below));
        most -= i64::try_from(old.exec(db).await?.rows_affected).unwrap_or(i64::MAX);
    }
    // The last of a key counts, and no statement may name a key twice.
    let mut delivered: BTreeMap<u128, LedgerEntry> = advance.delivered.iter().map(|entry| (entry.key, *entry)).collect();
    delivered.retain(|_, entry| advance.forget_below.is_none_or(|below| entry.at >= below));
    // In the order of the table, so that its pages are written one after another.
    let delivered: Vec<LedgerEntry> = delivered.into_values().collect();
    let mut rest = delivered.as_slice();
    while !rest.is_empty() {
        let (some, after) = rest.split_at(AT_ONCE.into_iter().find(|count| *count <= rest.len()).unwrap_or(1));
        let of_entry = |entry: &LedgerEntry| -> [Value; 4] {
            [series.clone(), entry.key.to_be_bytes().to_vec().into(), entry.row.cast_signed().into(), entry.at.into()]
        };
        db.execute_raw(Statement::from_sql_and_values(backend, note(some.len()), some.iter().flat_map(of_entry))).await?;
        rest = after;
    }
    most += i64::try_from(delivered.len()).unwrap_or(i64::MAX);

    let allowed = i64::try_from(advance.most_entries).unwrap_or(i64::MAX);
    if most <= allowed {
        return Ok(most);
    }
    let of_series = ledger::Entity::find().filter(ledger::Column::SeriesId.eq(cursor.series_id));
    most = i64::try_from(of_series.count(db).await?).unwrap_or(i64::MAX);
    if most > allowed {
        const LOWEST: &str = "\
DELETE FROM ledger WHERE series_id = $1 AND key IN (SELECT key FROM ledger WHERE series_id = $1 ORDER BY at, key LIMIT $2)";
        db.execute_raw(Statement::from_sql_and_values(backend, LOWEST, [series, (most - allowed).into()])).await?;
        most = allowed;
    }
    Ok(most)
}

/// The statement that notes so many entries.
fn note(entries: usize) -> String {
    let values: Vec<_> = (0..entries).map(|at| 4 * at).map(|at| format!("(${}, ${}, ${}, ${})", at + 1, at + 2, at + 3, at + 4)).collect();
    format!(
        "INSERT INTO ledger (series_id, key, row, at) VALUES {} \
         ON CONFLICT (series_id, key) DO UPDATE SET row = excluded.row, at = excluded.at",
        values.join(", ")
    )
}

pub(crate) fn cursor(row: Model) -> Result<Cursor, StoreError> {
    Ok(Cursor {
        position: row.position.map(|position| from_json("position", position)).transpose()?,
        fingerprint: row.fingerprint,
        marks: from_json("marks", row.marks)?,
        moved_at: maybe_instant(row.moved_at)?,
        moved_by: row.moved_by.map(Id::from_uuid),
    })
}
