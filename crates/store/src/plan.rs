//! All that a run needs, gathered under its lease.

use model::{
    Connection, Cursor, Database, Mode, Noun, Stored,
    edges::{ConnectionAccess, DatabaseAccess, Lease, RunPlan},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, IdenStatic, Iterable, QueryFilter, QueryResult,
    sea_query::{Expr, JoinType, Query, SelectStatement},
};

use crate::{
    Store, StoreError, cursor,
    entities::{connection, cursor as cursors, database, group, hold as holds, query, run, secret, series},
    hold,
    lease::held,
    spool,
    stored::{self, Table},
};

impl Store {
    /// See [`model::edges::Store::load_plan`]. `None` too when the lease is lost. Notes on the run which connection and which name the
    /// series has now, so that the history says where it wrote.
    ///
    /// # Errors
    /// `Gone` when the connection's file is; the history names the connection then too.
    pub(crate) async fn gather_plan(&self, lease: &Lease) -> Result<Option<RunPlan>, StoreError> {
        // One statement sees one state, and nobody who writes waits for it. There is a row for each of the secrets. What is frozen of the run is
        // asked for behind it: it is the run's own.
        let rows = self.reader().query_all(&gathered(lease)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let run = run::Model::from_query_result(row, &prefix::<run::Entity>())?;
        let series = noun::<series::Entity>(row)?;
        let query = noun::<query::Entity>(row)?;
        let database = noun::<database::Entity>(row)?;
        let connection = noun::<connection::Entity>(row)?;
        let is_gone = row.try_get::<bool>(&prefix::<connection::Entity>(), "gone")?;
        let group = maybe::<group::Entity>(row)?.map(|_| noun::<group::Entity>(row)).transpose()?;
        let hold = maybe::<holds::Entity>(row)?.map(hold::hold).transpose()?;
        let cursor = match &series.spec.mode {
            Mode::Incremental(_) => maybe::<cursors::Entity>(row)?.map(cursor::cursor).transpose()?.unwrap_or_default(),
            Mode::Snapshot | Mode::Window { .. } => Cursor::default(),
        };
        let secrets = rows.iter().map(maybe::<secret::Entity>).filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
        let (of_database, of_connection) = secrets.into_iter().partition(|secret| secret.kind == Database::NOUN);
        let database_secrets = self.opened(lease.organization_id, database.id, of_database)?;
        let connection_secrets = self.opened(lease.organization_id, connection.id, of_connection)?;
        let frozen = spool::figures(self.reader(), &run).await?;

        // The series may write elsewhere since the run was claimed.
        let probe = run.probing && run.connection_id == connection.id.uuid();
        let is_noted = run.connection_id == connection.id.uuid() && run.series_name == series.name.as_str();
        if !is_noted && !self.note_where_it_writes(lease, &series, &connection, probe).await? {
            return Ok(None);
        }
        if is_gone {
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

    /// Tells whether the lease still holds.
    async fn note_where_it_writes(
        &self,
        lease: &Lease,
        series: &Stored<model::Series>,
        connection: &Stored<Connection>,
        probe: bool,
    ) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let noted = run::Entity::update_many()
            .col_expr(run::Column::ConnectionId, Expr::val(connection.id.uuid()))
            .col_expr(run::Column::SeriesName, Expr::val(series.name.as_str()))
            .col_expr(run::Column::Probing, Expr::val(probe))
            .filter(held(lease))
            .exec(&transaction)
            .await?;
        if noted.rows_affected == 0 {
            return Ok(false);
        }
        transaction.changed_run(lease.organization_id.uuid(), lease.run_id.uuid());
        transaction.commit().await?;
        Ok(true)
    }
}

/// The run, while the lease holds, and beside it what it names; no row when something that it cannot do without is gone. Columns are named
/// by [`prefix`]. Once for each secret of the database and the connection, or once without one.
fn gathered(lease: &Lease) -> SelectStatement {
    let mut all = Query::select();
    all.from(run::Entity).cond_where(held(lease));
    columns::<run::Entity>(&mut all);
    beside::<series::Entity>(&mut all, JoinType::InnerJoin, same(series::Column::Id, run::Column::SeriesId));
    beside::<query::Entity>(&mut all, JoinType::InnerJoin, same(query::Column::Id, series::Column::QueryId));
    beside::<database::Entity>(&mut all, JoinType::InnerJoin, same(database::Column::Id, query::Column::DatabaseId));
    beside::<connection::Entity>(&mut all, JoinType::InnerJoin, same(connection::Column::Id, series::Column::ConnectionId));
    beside::<holds::Entity>(&mut all, JoinType::LeftJoin, same(holds::Column::ConnectionId, connection::Column::Id));
    beside::<cursors::Entity>(&mut all, JoinType::LeftJoin, same(cursors::Column::SeriesId, series::Column::Id));
    // A chunk runs for itself; the schedule of the series' group says what its window is.
    let of_chunk = run::Column::BackfillId.is_not_null().and(same(group::Column::Id, series::Column::GroupId));
    let of_run = same(group::Column::Id, run::Column::GroupId).or(run::Column::GroupId.is_null().and(of_chunk));
    beside::<group::Entity>(&mut all, JoinType::LeftJoin, of_run);
    let of_either = [database::Column::Id.into_expr(), connection::Column::Id.into_expr()];
    let secrets = secret::Column::Kind.is_in([Database::NOUN, Connection::NOUN]).and(secret::Column::NounId.into_expr().is_in(of_either));
    beside::<secret::Entity>(&mut all, JoinType::LeftJoin, secrets);
    all
}

fn same(one: impl ColumnTrait, other: impl ColumnTrait) -> Expr {
    one.into_expr().eq(other.into_expr())
}

/// Joins a table of the same organization.
fn beside<E: EntityTrait>(all: &mut SelectStatement, kind: JoinType, is_it: Expr) {
    let of_organization = Expr::col((E::default(), "organization_id")).eq(run::Column::OrganizationId.into_expr());
    all.join(kind, E::default(), is_it.and(of_organization));
    columns::<E>(all);
}

fn columns<E: EntityTrait>(all: &mut SelectStatement) {
    for column in E::Column::iter() {
        all.expr_as(Expr::col((E::default(), column)), format!("{}{}", prefix::<E>(), column.as_str()));
    }
}

/// What the names of a table's columns begin with in the one row.
fn prefix<E: EntityTrait>() -> String {
    format!("{}.", E::default().table_name())
}

/// One of the nouns in the row.
fn noun<T: Table>(row: &QueryResult) -> Result<Stored<T::Spec>, StoreError> {
    stored::from_row::<T>(row, &prefix::<T>())
}

/// What may stand beside it.
fn maybe<E: EntityTrait>(row: &QueryResult) -> Result<Option<E::Model>, StoreError> {
    Ok(Option::<E::Model>::from_query_result(row, &prefix::<E>())?)
}

#[cfg(test)]
mod tests {
    use model::{Id, Organization};
    use sea_orm::{DbBackend, StatementBuilder};

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn what_a_run_needs_is_found_by_keys_and_nothing_is_scanned() {
        let house = testing::house().await;
        let lease =
            Lease { organization_id: Organization::DEFAULT, run_id: Id::from_uuid(uuid::Uuid::nil()), node: "a".to_owned(), token: 1 };
        let plan = house.plan(StatementBuilder::build(&gathered(&lease), &DbBackend::Sqlite)).await;
        for line in plan.lines() {
            assert!(!line.contains("SCAN") && !line.ends_with("(organization_id=?)"), "{plan}");
        }
        assert!(
            plan.contains("SEARCH secrets USING INDEX sqlite_autoindex_secrets_1 (organization_id=? AND kind=? AND noun_id=?)"),
            "{plan}"
        );
    }
}
