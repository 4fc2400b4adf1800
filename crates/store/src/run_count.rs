//! How many runs of each series ended how.

use chrono::{DateTime, Utc};
use model::{Id, Name, Organization, Run, RunStatus, Series};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    column::{from_word, name},
};

/// The runs of one series with one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunCount {
    /// Whose.
    pub series_id: Id<Series>,
    /// The series' name now.
    pub series_name: Name,
    /// With which status.
    pub status: RunStatus,
    /// How many, at least one.
    pub runs: u64,
    /// The newest of them.
    pub last: Id<Run>,
}

/// Per series and status, from the index of both alone: a `COUNT` over the runs themselves would read every row. `MAX(id)` would do for the
/// newest, but PostgreSQL before 18 has none of UUIDs.
const COUNTS: &str = "\
SELECT c.series_id, s.name, c.status, c.runs,
       (SELECT l.id FROM runs l WHERE l.series_id = c.series_id AND l.status = c.status ORDER BY l.id DESC LIMIT 1)
FROM (SELECT r.series_id, r.status, COUNT(*) AS runs
      FROM series o JOIN runs r ON r.series_id = o.id
      WHERE o.organization_id = $1 AND r.id >= $2
        AND r.status IN ('queued', 'running', 'succeeded', 'empty', 'partial', 'failed', 'skipped', 'missed', 'cancelled', 'abandoned')
      GROUP BY r.series_id, r.status) AS c
JOIN series s ON s.id = c.series_id
ORDER BY s.name, c.status";

impl Store {
    /// Counts the runs that were put in line at `since` or later, per series and status: series by name, only pairs that have runs.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn count_runs(&self, organization: Id<Organization>, since: DateTime<Utc>) -> Result<Vec<RunCount>, StoreError> {
        let db = self.reader();
        let values = [organization.uuid().into(), Id::<Run>::bound(since).uuid().into()];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), COUNTS, values);
        let mut counts = Vec::new();
        for row in db.query_all_raw(statement).await? {
            counts.push(RunCount {
                series_id: Id::from_uuid(row.try_get_by_index::<Uuid>(0)?),
                series_name: name(&row.try_get_by_index::<String>(1)?)?,
                status: from_word("run status", &row.try_get_by_index::<String>(2)?)?,
                runs: row.try_get_by_index::<i64>(3)?.unsigned_abs(),
                last: Id::from_uuid(row.try_get_by_index::<Uuid>(4)?),
            });
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn runs_are_counted_from_the_index_alone() {
        let house = testing::house().await;
        let clock = house.store.clock();
        let values = [Organization::DEFAULT.uuid().into(), Id::<Run>::new(clock).uuid().into()];
        let plan = house.plan(Statement::from_sql_and_values(DbBackend::Sqlite, COUNTS, values)).await;
        assert!(plan.contains("SEARCH r USING COVERING INDEX runs_series_status (series_id=? AND status=? AND id>?)"), "{plan}");
        assert!(plan.contains("SEARCH l USING COVERING INDEX runs_series_status (series_id=? AND status=?)"), "{plan}");
    }
}
