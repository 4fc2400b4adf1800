//! Connections on hold: what is meant for them waits, but for a run now and then that tries.
//!
//! ```text
//!  free ──a run is refused──▶ on hold ──a run that was let through is refused──▶ on hold, the next one later
//!    ▲                           │
//!    └── a point is written ─────┘
//! ```

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Connection, FailureKind, Figures, Hold, Id, Organization, RunStatus,
    edges::{Holding, Lease, PROBE, Refusal},
    run::Reason,
};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Statement,
    sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError, backfill,
    carried::Carried,
    column::{count, from_json, instant, json, micros, word},
    entities::{
        connection,
        hold::{ActiveModel, Column, Entity, Model},
        run, slot,
    },
    lease::{append_log, finished, held_run, reason_of},
    reject, series,
    slot::settle_outcome,
    spool,
    writing::Writing,
};

impl Store {
    /// The connections of the organization that are on hold, the longest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_holds(&self, organization: Id<Organization>) -> Result<Vec<Hold>, StoreError> {
        let rows = Entity::find()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .order_by_asc(Column::Since)
            .order_by_asc(Column::ConnectionId)
            .all(self.reader())
            .await?;
        rows.into_iter().map(hold).collect()
    }

    /// How many runs of the organization are in line, per connection; only connections that have some.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn count_waiting(&self, organization: Id<Organization>) -> Result<HashMap<Id<Connection>, u64>, StoreError> {
        const COUNTS: &str = "\
SELECT connection_id, COUNT(*) FROM runs WHERE status = 'queued' AND organization_id = $1 GROUP BY connection_id";
        let db = self.reader();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), COUNTS, [organization.uuid().into()]);
        let mut waiting = HashMap::new();
        for row in db.query_all_raw(statement).await? {
            waiting.insert(Id::from_uuid(row.try_get_by_index::<Uuid>(0)?), row.try_get_by_index::<i64>(1)?.unsigned_abs());
        }
        Ok(waiting)
    }

    /// Bytes of the lines that are frozen for runs that have not ended, per connection; only connections that have some.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn frozen_bytes(&self, organization: Id<Organization>) -> Result<HashMap<Id<Connection>, u64>, StoreError> {
        const BYTES: &str = "\
SELECT r.connection_id, CAST(SUM(s.bytes) AS BIGINT) FROM runs r JOIN spools s ON s.id = r.spool_id
WHERE r.status IN ('queued', 'running') AND r.organization_id = $1 GROUP BY r.connection_id";
        let db = self.reader();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), BYTES, [organization.uuid().into()]);
        let mut frozen = HashMap::new();
        for row in db.query_all_raw(statement).await? {
            frozen.insert(Id::from_uuid(row.try_get_by_index::<Uuid>(0)?), row.try_get_by_index::<i64>(1)?.unsigned_abs());
        }
        Ok(frozen)
    }

    /// A person says that a connection on hold is to be tried now: its oldest run in line is let through at once, and if it writes a point
    /// all others follow. `None` when it is not on hold, or not there.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn lift_hold(&self, organization: Id<Organization>, connection: Id<Connection>) -> Result<Option<Hold>, StoreError> {
        let transaction = self.begin().await?;
        try_at(&transaction, organization, connection, self.clock().now_micros()).await?;
        let row = Entity::find_by_id(connection.uuid()).filter(Column::OrganizationId.eq(organization.uuid())).one(&transaction).await?;
        transaction.commit().await?;
        row.map(hold).transpose()
    }

    /// A point arrived outside of a run: the hold is over as if a run had written it, and what waits goes. Tells whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn end_hold(&self, organization: Id<Organization>, connection: Id<Connection>) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let was_on_hold = end(&transaction, organization, connection).await?;
        transaction.commit().await?;
        Ok(was_on_hold)
    }

    /// See [`model::edges::Store::hold_run`]. A run that a person asked to stop is cancelled instead.
    pub(crate) async fn put_back(&self, lease: &Lease, holding: &Holding) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let Some(row) = held_run(&transaction, lease).await? else { return Ok(false) };
        let (organization, connection) = (lease.organization_id, Id::from_uuid(row.connection_id));
        let present = Entity::find_by_id(row.connection_id).one(&transaction).await?;
        let before = present.as_ref().map(|hold| from_json::<Reason>("reason", hold.reason.clone())).transpose()?;
        if let Some(refusal) = &holding.refused {
            refused(&transaction, organization, connection, present, row.probing, holding.at, refusal).await?;
        }
        if row.probing && holding.waits.is_some() {
            try_at(&transaction, organization, connection, holding.at).await?;
        }
        append_log(&transaction, row.organization_id, row.id, &holding.progress.log).await?;

        if let Some(spool) = row.spool_id.filter(|_| !row.frozen || row.cancel_requested) {
            spool::discard(&transaction, spool).await?;
        }
        transaction.changed_run(row.organization_id, row.id);
        let goes_on = backfill::goes_on(&transaction, &row).await?;
        if row.cancel_requested || !goes_on {
            let total = Carried::before(&row)?.with(&holding.progress);
            let message = if goes_on {
                "a person asked to stop it while it waited for its connection".to_owned()
            } else {
                "its backfill was paused or ended while it waited for its connection".to_owned()
            };
            let reason = reason_of(FailureKind::Cancelled, message, FailureKind::Cancelled.advice());
            finished(run::Entity::update_many(), RunStatus::Cancelled, holding.at, Some(&reason))?
                .col_expr(run::Column::Figures, Expr::val(json("figures", &total.figures)?))
                .filter(run::Column::Id.eq(row.id))
                .exec(&transaction)
                .await?;
            if let Some(slot) = row.slot_id {
                settle_outcome(&transaction, slot).await?;
            }
            self.chunk_is_over(&transaction, &row, RunStatus::Cancelled, &total.figures, holding.at).await?;
            transaction.commit().await?;
            return Ok(true);
        }

        let carried = Carried::advanced(&row)?;
        let figures = if row.frozen { holding.progress.figures } else { carried.figures };
        if !row.frozen {
            reject::forget_behind(&transaction, row.id, carried.figures.rows_read).await?;
        }
        let waits = holding.waits.as_ref();
        let reason = waits.map(|waits| &waits.reason).or(holding.refused.as_ref().map(|refusal| &refusal.reason)).or(before.as_ref());
        run::Entity::update(run::ActiveModel {
            id: Unchanged(row.id),
            status: Set(word(&RunStatus::Queued)),
            node: Set(None),
            lease_until: Set(None),
            started_at: Set(None),
            not_before: Set(waits.map_or(row.not_before, |waits| micros(waits.not_before))),
            probing: Set(false),
            spool_id: Set(row.spool_id.filter(|_| row.frozen)),
            reason: Set(reason.map(|reason| json("reason", reason)).transpose()?),
            figures: Set(json("figures", &figures)?),
            stretch: Set(carried.stretch.as_ref().map(|stretch| json("stretch", stretch)).transpose()?),
            carried: Set(row.advanced.clone().or_else(|| row.carried.clone())),
            ..Default::default()
        })
        .exec(&transaction)
        .await?;
        series::follow(&transaction, run::Column::Id.eq(row.id)).await?;
        if let Some(slot) = row.slot_id {
            slot::Entity::update(slot::ActiveModel { id: Unchanged(slot), held: Set(true), ..Default::default() })
                .exec(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

/// A connection did not take points: it is on hold from now on, or still.
async fn refused(
    db: &Writing,
    organization: Id<Organization>,
    connection: Id<Connection>,
    present: Option<Model>,
    by_probe: bool,
    at: DateTime<Utc>,
    refusal: &Refusal,
) -> Result<(), StoreError> {
    let (reason, next) = (json("reason", &refusal.reason)?, micros(refusal.next_probe_at));
    match present {
        None => {
            let row = Model {
                connection_id: connection.uuid(),
                organization_id: organization.uuid(),
                since: micros(at),
                reason,
                probes: 0,
                next_probe_at: next,
            };
            Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
        }
        Some(present) => {
            // A run that had begun before the hold says nothing new of when to try: it does not know how often that was done.
            let (probes, next) = if by_probe { (present.probes + 1, next) } else { (present.probes, next.max(present.next_probe_at)) };
            Entity::update(ActiveModel {
                connection_id: Unchanged(present.connection_id),
                reason: Set(reason),
                probes: Set(probes),
                next_probe_at: Set(next),
                ..Default::default()
            })
            .exec(db)
            .await?;
        }
    }
    db.changed::<connection::Entity>(organization, connection);
    Ok(())
}

/// Whether the connection took lines, by these figures of the run that tried it: it acknowledged some, or, where every line that was sent is
/// accounted for, refused each of them by name.
pub(crate) const fn took_lines(figures: &Figures, is_whole: bool) -> bool {
    figures.points_written > 0 || (is_whole && figures.requests > 0)
}

/// Lines were taken: everything that waits for the connection goes. The slots that waited cost no slot that is on time. Tells whether the
/// connection was on hold.
pub(crate) async fn end(db: &Writing, organization: Id<Organization>, connection: Id<Connection>) -> Result<bool, StoreError> {
    let of_organization = Entity::delete_by_id(connection.uuid()).filter(Column::OrganizationId.eq(organization.uuid()));
    if of_organization.exec(db).await?.rows_affected == 0 {
        return Ok(false);
    }
    const WAITED: &str = "\
UPDATE slots SET held = true
WHERE id IN (SELECT slot_id FROM runs WHERE status = 'queued' AND connection_id = $1 AND slot_id IS NOT NULL)";
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), WAITED, [connection.uuid().into()])).await?;
    db.changed::<connection::Entity>(organization, connection);
    Ok(true)
}

/// The connection is tried at this instant if that is earlier than it would be: what was in the way is changed, or the run that was let
/// through came to no writing.
pub(crate) async fn try_at(
    db: &Writing,
    organization: Id<Organization>,
    connection: Id<Connection>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let changed = Entity::update_many()
        .col_expr(Column::NextProbeAt, Expr::val(micros(at)))
        .filter(Column::ConnectionId.eq(connection.uuid()))
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::NextProbeAt.gt(micros(at)))
        .exec(db)
        .await?;
    if changed.rows_affected > 0 {
        db.changed::<connection::Entity>(organization, connection);
    }
    Ok(())
}

/// The next run to this connection has a while for itself.
pub(crate) async fn let_one_through(db: &Writing, run: &run::Model, now: DateTime<Utc>) -> Result<(), StoreError> {
    let next = now + TimeDelta::from_std(PROBE).unwrap_or_default();
    Entity::update(ActiveModel { connection_id: Unchanged(run.connection_id), next_probe_at: Set(micros(next)), ..Default::default() })
        .exec(db)
        .await?;
    db.changed::<connection::Entity>(Id::from_uuid(run.organization_id), Id::from_uuid(run.connection_id));
    Ok(())
}

pub(crate) fn hold(row: Model) -> Result<Hold, StoreError> {
    Ok(Hold {
        connection_id: Id::from_uuid(row.connection_id),
        since: instant(row.since)?,
        reason: from_json("reason", row.reason)?,
        probes: count(row.probes),
        next_probe_at: instant(row.next_probe_at)?,
    })
}
