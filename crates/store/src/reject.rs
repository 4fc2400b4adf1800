//! Rejects of runs: at most one per row, and per run at most what its series allows.

use std::collections::HashSet;

use model::{Id, Organization, Reject, Run, edges::Lease};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};

use crate::{
    Store, StoreError,
    entities::{
        reject::{Column, Entity, Model},
        run,
    },
    lease::held,
};

/// Six columns each; SQLite takes 32,766 values in one statement.
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
        let rows = Entity::find()
            .filter(Column::RunId.eq(run.uuid()))
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::Row.gt(row_number(after_row)))
            .order_by_asc(Column::Row)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(|row| Reject { row: row.row.unsigned_abs(), line: row.line, reason: row.reason, values: None }).collect())
    }

    /// See [`model::edges::Store::keep_rejects`]. With a lost lease, none. A row that was kept before is not kept twice.
    pub(crate) async fn add_rejects(&self, lease: &Lease, rejects: &[Reject], limit: u32) -> Result<u64, StoreError> {
        let transaction = self.begin().await?;
        if run::Entity::find().filter(held(lease)).lock_exclusive().one(&transaction).await?.is_none() {
            return Ok(0);
        }
        let present = present_rows(&transaction, lease, rejects).await?;
        let kept = Entity::find().filter(Column::RunId.eq(lease.run_id.uuid())).count(&transaction).await?;
        let room = usize::try_from(u64::from(limit).saturating_sub(kept)).unwrap_or(usize::MAX);
        let (known, new): (Vec<_>, Vec<_>) = rejects.iter().partition(|reject| present.contains(&row_number(reject.row)));
        let new = &new[..new.len().min(room)];
        for some in new.chunks(AT_ONCE) {
            let rows = some.iter().map(|reject| {
                Model {
                    run_id: lease.run_id.uuid(),
                    row: row_number(reject.row),
                    organization_id: lease.organization_id.uuid(),
                    line: reject.line.as_deref().map(cut),
                    reason: reject.reason.clone(),
                }
                .into_active_model()
            });
            Entity::insert_many(rows)
                .on_conflict(OnConflict::columns([Column::RunId, Column::Row]).do_nothing().to_owned())
                .exec_without_returning(&transaction)
                .await?;
        }
        if !new.is_empty() {
            transaction.changed_run(lease.organization_id.uuid(), lease.run_id.uuid());
        }
        transaction.commit().await?;
        Ok((known.len() + new.len()) as u64)
    }
}

/// Which of these rows are kept already.
async fn present_rows(db: &impl ConnectionTrait, lease: &Lease, rejects: &[Reject]) -> Result<HashSet<i64>, StoreError> {
    let mut present = HashSet::new();
    for some in rejects.chunks(AT_ONCE) {
        let rows = Entity::find()
            .select_only()
            .column(Column::Row)
            .filter(Column::RunId.eq(lease.run_id.uuid()))
            .filter(Column::Row.is_in(some.iter().map(|reject| row_number(reject.row))))
            .into_tuple::<i64>()
            .all(db)
            .await?;
        present.extend(rows);
    }
    Ok(present)
}

fn row_number(row: u64) -> i64 {
    i64::try_from(row).unwrap_or(i64::MAX)
}

/// The part of a line that is kept: whole characters, at most [`Reject::MAX_LINE_BYTES`].
fn cut(line: &str) -> String {
    line[..line.floor_char_boundary(Reject::MAX_LINE_BYTES)].to_owned()
}
