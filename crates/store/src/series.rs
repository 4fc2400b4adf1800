//! Series.

use model::{Id, Mode, Name, Organization, Series, Stored};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Value,
    sea_query::{Expr, Query, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    change::ChangedNoun,
    entities::{
        connection, group, query, run,
        series::{Column, Entity},
    },
    run::{has_not_ended, status_is},
    slot::settle_outcome,
    stored::{self, Table},
    writing::Writing,
};

impl Table for Entity {
    type Spec = Series;

    const CHANGED: ChangedNoun = ChangedNoun::Series;

    fn own_columns(spec: &Series) -> Vec<(&'static str, Value)> {
        vec![
            ("query_id", spec.query_id.uuid().into()),
            ("connection_id", spec.connection_id.uuid().into()),
            ("group_id", spec.group_id.map(Id::uuid).into()),
            ("position", spec.position.into()),
            ("enabled", spec.enabled.into()),
            ("snapshot", matches!(spec.mode, Mode::Snapshot).into()),
        ]
    }
}

impl Store {
    /// All series of the organization, ordered by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_series(&self, organization: Id<Organization>) -> Result<Vec<Stored<Series>>, StoreError> {
        stored::list::<Entity>(self.reader(), organization).await
    }

    /// The series of this id, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_series(&self, organization: Id<Organization>, id: Id<Series>) -> Result<Option<Stored<Series>>, StoreError> {
        stored::get::<Entity>(self.reader(), organization, id).await
    }

    /// The series of this name, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_series(&self, organization: Id<Organization>, name: &str) -> Result<Option<Stored<Series>>, StoreError> {
        stored::find::<Entity>(self.reader(), organization, name).await
    }

    /// A new series.
    ///
    /// # Errors
    /// `NameTaken`; `Missing` when what it names is not there or belongs to another organization.
    pub async fn create_series(&self, organization: Id<Organization>, name: &Name, spec: &Series) -> Result<Stored<Series>, StoreError> {
        let transaction = self.begin().await?;
        require_references(&transaction, organization, spec).await?;
        let new = self.new_stored(&transaction, organization, name, spec).await?;
        let created = stored::insert::<Entity>(&transaction, new).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// Changes a series. With `expected_revision` only if nobody changed it since.
    ///
    /// # Errors
    /// `Missing` when it, or what it names, is not there; `Changed`, `NameTaken`.
    pub async fn update_series(
        &self,
        organization: Id<Organization>,
        id: Id<Series>,
        expected_revision: Option<i64>,
        name: &Name,
        spec: &Series,
    ) -> Result<Stored<Series>, StoreError> {
        let now = self.clock().now_micros();
        let transaction = self.begin().await?;
        require_references(&transaction, organization, spec).await?;
        let updated = stored::update::<Entity>(&transaction, organization, id, expected_revision, name, spec, now).await?;
        follow(&transaction, run::Column::SeriesId.eq(id.uuid())).await?;
        self.sweep_gone(&transaction, organization).await?;
        transaction.commit().await?;
        Ok(updated)
    }

    /// Deletes a series with all its runs, their logs and rejects; `false` when it was not there. A run that is on its way loses its
    /// lease: it is told at its next heartbeat and commits nothing. Slots that waited for nothing else end.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn delete_series(&self, organization: Id<Organization>, id: Id<Series>) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let deleted = discard_series(&transaction, organization, id).await?;
        if deleted {
            self.sweep_gone(&transaction, organization).await?;
        }
        transaction.commit().await?;
        Ok(deleted)
    }
}

/// Deletes a series with its runs; slots that waited for nothing else end. Tells whether it was there.
pub(crate) async fn discard_series(db: &Writing, organization: Id<Organization>, id: Id<Series>) -> Result<bool, StoreError> {
    let open_slots = run::Entity::find()
        .select_only()
        .column(run::Column::SlotId)
        .distinct()
        .filter(run::Column::SeriesId.eq(id.uuid()))
        .filter(has_not_ended())
        .filter(run::Column::SlotId.is_not_null())
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    let deleted = stored::delete::<Entity>(db, organization, id).await?;
    if deleted {
        db.changed_runs(organization);
        for slot in open_slots {
            settle_outcome(db, slot).await?;
        }
    }
    Ok(deleted)
}

/// Queued runs that meet a condition wait for the connection that their series writes to now, and in its mode.
pub(crate) async fn follow(db: &Writing, which: Expr) -> Result<(), StoreError> {
    let of_series = |column: Column| {
        let mut query = Query::select();
        query.column((Entity, column)).from(Entity).and_where(Expr::col((Entity, Column::Id)).equals((run::Entity, run::Column::SeriesId)));
        SimpleExpr::SubQuery(None, Box::new(query.into()))
    };
    run::Entity::update_many()
        .col_expr(run::Column::ConnectionId, of_series(Column::ConnectionId))
        .col_expr(run::Column::ToFreeze, of_series(Column::Snapshot).and(Expr::col(run::Column::Frozen).not()))
        .filter(which)
        .filter(status_is("queued"))
        .exec(db)
        .await?;
    Ok(())
}

/// Refuses to name what is not there or belongs to another organization.
async fn require_references(db: &Writing, organization: Id<Organization>, spec: &Series) -> Result<(), StoreError> {
    stored::require::<query::Entity>(db, organization, spec.query_id).await?;
    stored::require::<connection::Entity>(db, organization, spec.connection_id).await?;
    match spec.group_id {
        Some(group) => stored::require::<group::Entity>(db, organization, group).await,
        None => Ok(()),
    }
}
