//! All that a run needs, gathered under its lease.

use model::{
    Connection, Cursor, Id, Mode, Noun,
    edges::{ConnectionAccess, DatabaseAccess, Lease, RunPlan},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    Store, StoreError, cursor,
    entities::{connection, database, group, query, run, series},
    hold,
    lease::held,
    spool, standing, stored,
};

impl Store {
    /// See [`model::edges::Store::load_plan`]. `None` too when the lease is lost. Notes on the run which connection and which name the
    /// series has now, so that the history says where it wrote.
    ///
    /// # Errors
    /// `Gone` when the connection's file is; the history names the connection then too.
    pub(crate) async fn gather_plan(&self, lease: &Lease) -> Result<Option<RunPlan>, StoreError> {
        let organization = lease.organization_id;
        let transaction = self.begin().await?;
        let Some(run) = run::Entity::find().filter(held(lease)).one(&transaction).await? else { return Ok(None) };
        let Some(series) = stored::get::<series::Entity>(&transaction, organization, Id::from_uuid(run.series_id)).await? else {
            return Ok(None);
        };
        let Some(query) = stored::get::<query::Entity>(&transaction, organization, series.spec.query_id).await? else {
            return Ok(None);
        };
        let Some(database) = stored::get::<database::Entity>(&transaction, organization, query.spec.database_id).await? else {
            return Ok(None);
        };
        let Some(connection) = stored::get::<connection::Entity>(&transaction, organization, series.spec.connection_id).await? else {
            return Ok(None);
        };
        // A chunk runs for itself; the schedule of the series' group says what its window is.
        let group = match run.group_id.or(series.spec.group_id.map(Id::uuid).filter(|_| run.backfill_id.is_some())) {
            Some(group) => stored::get::<group::Entity>(&transaction, organization, Id::from_uuid(group)).await?,
            None => None,
        };
        let database_secrets = self.open_secrets(&transaction, organization, database.id).await?;
        let connection_secrets = self.open_secrets(&transaction, organization, connection.id).await?;

        // The series may write elsewhere since the run was claimed.
        let probe = run.probing && run.connection_id == connection.id.uuid();
        if run.connection_id != connection.id.uuid() || run.series_name != series.name.as_str() {
            run::Entity::update_many()
                .col_expr(run::Column::ConnectionId, Expr::val(connection.id.uuid()))
                .col_expr(run::Column::SeriesName, Expr::val(series.name.as_str()))
                .col_expr(run::Column::Probing, Expr::val(probe))
                .filter(run::Column::Id.eq(run.id))
                .exec(&transaction)
                .await?;
            transaction.changed_run(run.organization_id, run.id);
        }
        let cursor = match series.spec.mode {
            Mode::Incremental(_) => cursor::of(&transaction, series.id).await?,
            Mode::Snapshot | Mode::Window { .. } => Cursor::default(),
        };
        let frozen = spool::figures(&transaction, &run).await?;
        let hold = hold::of(&transaction, connection.id).await?;
        let standing = standing::standing::<connection::Entity>(&transaction, organization, connection.id).await?;
        transaction.commit().await?;
        if standing.is_some_and(|standing| standing.gone) {
            return Err(StoreError::Gone { noun: Connection::NOUN, name: connection.name.to_string(), origin: connection.origin });
        }

        Ok(Some(RunPlan {
            database_id: database.id,
            database: DatabaseAccess { database: database.spec, secrets: database_secrets },
            connection_id: connection.id,
            connection: ConnectionAccess { connection: connection.spec, secrets: connection_secrets },
            series,
            query,
            group,
            cursor,
            frozen,
            hold,
            probe,
        }))
    }
}
