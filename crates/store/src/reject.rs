//! Rejects of runs: at most one per row, and per run at most what its series allows. They stay until they are written or discarded, or
//! their series is deleted.

use std::collections::HashSet;

use model::{Id, Name, Organization, Reject, Run, Series, edges::Lease};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Statement,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    carried::Carried,
    column::{malformed, name},
    entities::reject::{Column, Entity, Model},
    lease::held_run,
    writing::Writing,
};

/// A reject and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReject {
    /// The run.
    pub run_id: Id<Run>,
    /// Its series.
    pub series_id: Id<Series>,
    /// The reject.
    pub reject: Reject,
}

/// Which rejects to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RejectFilter {
    /// Only of this series.
    pub series_id: Option<Id<Series>>,
    /// Only of this run.
    pub run_id: Option<Id<Run>>,
    /// Only behind this one, by run and row: the last of the page before.
    pub after: Option<(Id<Run>, u64)>,
    /// At most so many.
    pub limit: u64,
    /// Oldest run first, as they would be written; else newest first, as people look at them.
    pub oldest_first: bool,
}

/// Which rejects of a run are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectRows<'a> {
    /// All of them.
    All,
    /// Those of these rows.
    Only(&'a [u64]),
}

/// The rejects that are kept of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRejects {
    /// The run.
    pub run_id: Id<Run>,
    /// Its series.
    pub series_id: Id<Series>,
    /// How many, at least one.
    pub rejects: u64,
}

/// The rejects that are kept of one series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRejects {
    /// The series.
    pub series_id: Id<Series>,
    /// Its name now.
    pub series_name: Name,
    /// How many, at least one.
    pub rejects: u64,
    /// Of how many runs.
    pub runs: u64,
    /// The newest of them.
    pub last: Id<Run>,
}

/// Eight columns each; SQLite takes 32,766 values in one statement.
const AT_ONCE: usize = 1000;

impl Store {
    /// The rejects of a run in the order of their rows, those after row `after_row` (0 for all).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_rejects(
        &self,
        organization: Id<Organization>,
        run: Id<Run>,
        after_row: u64,
        limit: u64,
    ) -> Result<Vec<Reject>, StoreError> {
        let rows = of_run(organization, run)
            .filter(Column::Row.gt(row_number(after_row)))
            .order_by_asc(Column::Row)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(reject).collect())
    }

    /// Rejects across runs, in each the rows in their order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_rejects(&self, organization: Id<Organization>, filter: &RejectFilter) -> Result<Vec<KeptReject>, StoreError> {
        let rows = page(organization, filter).all(self.reader()).await?;
        rows.into_iter()
            .map(|row| {
                let series = row.series_id.ok_or_else(|| malformed("reject", "it belongs to no series"))?;
                Ok(KeptReject { run_id: Id::from_uuid(row.run_id), series_id: Id::from_uuid(series), reject: reject(row) })
            })
            .collect()
    }

    /// How many rejects are kept of each run that has some, newest run first; with `before` only of older runs than this.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn count_rejects(
        &self,
        organization: Id<Organization>,
        series: Option<Id<Series>>,
        before: Option<Id<Run>>,
        limit: u64,
    ) -> Result<Vec<RunRejects>, StoreError> {
        let mut query = Entity::find()
            .select_only()
            .column(Column::RunId)
            .column(Column::SeriesId)
            .column_as(Column::Row.count(), "rejects")
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .group_by(Column::RunId)
            .group_by(Column::SeriesId)
            .order_by_desc(Column::RunId)
            .limit(limit);
        if let Some(series) = series {
            query = query.filter(Column::SeriesId.eq(series.uuid()));
        }
        if let Some(before) = before {
            query = query.filter(Column::RunId.lt(before.uuid()));
        }
        let rows = query.into_tuple::<(Uuid, Uuid, i64)>().all(self.reader()).await?;
        let read = |(run, series, rejects): (Uuid, Uuid, i64)| RunRejects {
            run_id: Id::from_uuid(run),
            series_id: Id::from_uuid(series),
            rejects: rejects.unsigned_abs(),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// How many rejects are kept of each series that has some, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn count_series_rejects(&self, organization: Id<Organization>) -> Result<Vec<SeriesRejects>, StoreError> {
        const COUNTS: &str = "\
SELECT c.series_id, s.name, c.rejects, c.runs,
       (SELECT l.run_id FROM rejects l WHERE l.series_id = c.series_id ORDER BY l.run_id DESC LIMIT 1)
FROM (SELECT series_id, COUNT(*) AS rejects, COUNT(DISTINCT run_id) AS runs FROM rejects WHERE organization_id = $1 GROUP BY series_id) AS c
JOIN series s ON s.id = c.series_id
ORDER BY s.name";
        let db = self.reader();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), COUNTS, [organization.uuid().into()]);
        let mut counts = Vec::new();
        for row in db.query_all_raw(statement).await? {
            counts.push(SeriesRejects {
                series_id: Id::from_uuid(row.try_get_by_index::<Uuid>(0)?),
                series_name: name(&row.try_get_by_index::<String>(1)?)?,
                rejects: row.try_get_by_index::<i64>(2)?.unsigned_abs(),
                runs: row.try_get_by_index::<i64>(3)?.unsigned_abs(),
                last: Id::from_uuid(row.try_get_by_index::<Uuid>(4)?),
            });
        }
        Ok(counts)
    }

    /// Forgets rejects of a run: a person discards them, or they were sent again and acknowledged. The run's figures are history and stay.
    /// Tells how many there were.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn discard_rejects(&self, organization: Id<Organization>, run: Id<Run>, rows: RejectRows<'_>) -> Result<u64, StoreError> {
        let transaction = self.begin().await?;
        let of_run = || Entity::delete_many().filter(of(organization, run));
        let discarded = match rows {
            RejectRows::All => of_run().exec(&transaction).await?.rows_affected,
            RejectRows::Only(rows) => {
                let mut discarded = 0;
                for some in rows.chunks(AT_ONCE) {
                    let which = Column::Row.is_in(some.iter().copied().map(row_number));
                    discarded += of_run().filter(which).exec(&transaction).await?.rows_affected;
                }
                discarded
            }
        };
        if discarded > 0 {
            transaction.changed_run(organization.uuid(), run.uuid());
        }
        transaction.commit().await?;
        Ok(discarded)
    }

    /// Forgets every reject of a series, as [`Store::discard_rejects`].
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn discard_series_rejects(&self, organization: Id<Organization>, series: Id<Series>) -> Result<u64, StoreError> {
        let transaction = self.begin().await?;
        let discarded = Entity::delete_many()
            .filter(Column::SeriesId.eq(series.uuid()))
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .exec(&transaction)
            .await?
            .rows_affected;
        if discarded > 0 {
            transaction.changed_runs(organization);
        }
        transaction.commit().await?;
        Ok(discarded)
    }

    /// Puts new reasons in the place of the old ones: these rejects of a run were sent again and refused again. Those that are not there
    /// any more stay away. Tells how many there were.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_rejects_refused(&self, organization: Id<Organization>, run: Id<Run>, rejects: &[Reject]) -> Result<u64, StoreError> {
        let transaction = self.begin().await?;
        let mut noted = 0;
        for reject in rejects {
            noted += Entity::update_many()
                .col_expr(Column::Reason, Expr::val(reject.reason.as_str()))
                .filter(of(organization, run))
                .filter(Column::Row.eq(row_number(reject.row)))
                .exec(&transaction)
                .await?
                .rows_affected;
        }
        if noted > 0 {
            transaction.changed_run(organization.uuid(), run.uuid());
        }
        transaction.commit().await?;
        Ok(noted)
    }

    /// See [`model::edges::Store::keep_rejects`]. With a lost lease, none. A row that was kept before is not kept twice.
    pub(crate) async fn add_rejects(&self, lease: &Lease, rejects: &[Reject], limit: u32) -> Result<u64, StoreError> {
        let transaction = self.begin().await?;
        let Some(run) = held_run(&transaction, lease).await? else { return Ok(0) };
        let before = row_number(Carried::before(&run)?.figures.rows_read);
        let row_of = |reject: &Reject| before.saturating_add(row_number(reject.row));
        let present = present_rows(&transaction, run.id, rejects.iter().map(row_of).collect()).await?;
        let kept = Entity::find().filter(Column::RunId.eq(run.id)).count(&transaction).await?;
        let of_series = Entity::find().filter(Column::SeriesId.eq(run.series_id)).count(&transaction).await?;
        let room = std::cmp::min(u64::from(limit).saturating_sub(kept), Reject::MAX_OF_SERIES.saturating_sub(of_series));
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let (known, new): (Vec<_>, Vec<_>) = rejects.iter().partition(|reject| present.contains(&row_of(reject)));
        let new = &new[..new.len().min(room)];
        for some in new.chunks(AT_ONCE) {
            let rows = some.iter().map(|reject| {
                Model {
                    run_id: run.id,
                    row: row_of(reject),
                    organization_id: run.organization_id,
                    line: reject.line.as_deref().map(cut),
                    reason: reject.reason.clone(),
                    row_values: reject.values.as_deref().map(cut),
                    series_id: Some(run.series_id),
                }
                .into_active_model()
            });
            Entity::insert_many(rows)
                .on_conflict(OnConflict::columns([Column::RunId, Column::Row]).do_nothing().to_owned())
                .exec_without_returning(&transaction)
                .await?;
        }
        if !new.is_empty() {
            transaction.changed_run(run.organization_id, run.id);
        }
        transaction.commit().await?;
        Ok((known.len() + new.len()) as u64)
    }
}

/// One page. A series belongs to one organization, so its index alone finds its rejects, unless it is another organization's.
fn page(organization: Id<Organization>, filter: &RejectFilter) -> Select<Entity> {
    let order = if filter.oldest_first { Order::Asc } else { Order::Desc };
    let mut query = Entity::find().order_by(Column::RunId, order).order_by_asc(Column::Row).limit(filter.limit);
    query = query.filter(Column::OrganizationId.eq(organization.uuid()));
    if let Some(series) = filter.series_id {
        query = query.filter(Column::SeriesId.eq(series.uuid()));
    }
    if let Some(run) = filter.run_id {
        query = query.filter(Column::RunId.eq(run.uuid()));
    }
    if let Some((run, row)) = filter.after {
        let run = run.uuid();
        let (beyond, not_before) = if filter.oldest_first {
            (Column::RunId.gt(run), Column::RunId.gte(run))
        } else {
            (Column::RunId.lt(run), Column::RunId.lte(run))
        };
        let behind = beyond.or(Column::RunId.eq(run).and(Column::Row.gt(row_number(row))));
        // The first is said by the second too, and is what an index can be entered by.
        query = query.filter(not_before).filter(behind);
    }
    query
}

/// Forgets the rejects of a run behind this row: it is read again from there.
pub(crate) async fn forget_behind(db: &Writing, run: Uuid, row: u64) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::RunId.eq(run)).filter(Column::Row.gt(row_number(row))).exec(db).await?;
    Ok(())
}

/// Which of these rows are kept already.
async fn present_rows(db: &impl ConnectionTrait, run: Uuid, rows: Vec<i64>) -> Result<HashSet<i64>, StoreError> {
    let mut present = HashSet::new();
    for some in rows.chunks(AT_ONCE) {
        let found = Entity::find()
            .select_only()
            .column(Column::Row)
            .filter(Column::RunId.eq(run))
            .filter(Column::Row.is_in(some.iter().copied()))
            .into_tuple::<i64>()
            .all(db)
            .await?;
        present.extend(found);
    }
    Ok(present)
}

fn of(organization: Id<Organization>, run: Id<Run>) -> Condition {
    Condition::all().add(Column::RunId.eq(run.uuid())).add(Column::OrganizationId.eq(organization.uuid()))
}

fn of_run(organization: Id<Organization>, run: Id<Run>) -> Select<Entity> {
    Entity::find().filter(of(organization, run))
}

fn reject(row: Model) -> Reject {
    Reject { row: row.row.unsigned_abs(), line: row.line, reason: row.reason, values: row.row_values }
}

fn row_number(row: u64) -> i64 {
    i64::try_from(row).unwrap_or(i64::MAX)
}

/// The part of a line that is kept: whole characters, at most [`Reject::MAX_LINE_BYTES`].
fn cut(line: &str) -> String {
    line[..line.floor_char_boundary(Reject::MAX_LINE_BYTES)].to_owned()
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn every_page_of_rejects_is_read_from_an_index_in_its_order() {
        let house = testing::house().await;
        let clock = house.store.clock();
        let (series_id, run_id) = (Some(Id::new(clock)), Some(Id::new(clock)));
        let all = RejectFilter { limit: 50, ..RejectFilter::default() };
        for (filter, index) in
            [(all, "rejects_organization"), (RejectFilter { series_id, ..all }, "rejects_series"), (RejectFilter { run_id, ..all }, "")]
        {
            for filter in [filter, RejectFilter { oldest_first: true, ..filter }]
                .into_iter()
                .flat_map(|filter| [filter, RejectFilter { after: run_id.map(|run| (run, 7)), ..filter }])
            {
                let plan = house.plan(page(Organization::DEFAULT, &filter).build(DbBackend::Sqlite)).await;
                assert!(plan.contains("USING INDEX ") && plan.contains(index), "{filter:?}: {plan}");
                // The indexes have the newest run first: the other way round, the rows of one run at a time are sorted.
                let sorted = plan.replace("USE TEMP B-TREE FOR LAST TERM OF ORDER BY", "");
                let sorted = if filter.oldest_first { &sorted } else { &plan };
                assert!(!sorted.contains("TEMP B-TREE"), "{filter:?} is sorted: {plan}");
            }
        }
    }
}
