//! What became of the checks of connections: of each the latest [`CheckOutcome::KEPT`], without a gap in their numbers.

use std::collections::HashMap;

use model::{CheckOutcome, Connection, Id, LastCheck, Organization};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Func, Query},
};

use crate::{
    Store, StoreError,
    column::{from_word, instant, micros, word},
    entities::{
        check_outcome::{Column, Entity, Model},
        connection,
    },
    standing,
    writing::Writing,
};

impl Store {
    /// The latest outcomes of each of these connections that the organization has, newest first, at most `limit` of each, by one query. A
    /// connection that was never checked is not in it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn check_outcomes(
        &self,
        organization: Id<Organization>,
        connections: &[Id<Connection>],
        limit: u32,
    ) -> Result<HashMap<Id<Connection>, Vec<CheckOutcome>>, StoreError> {
        let ids = || connections.iter().map(|id| id.uuid());
        let newest = Query::select()
            .expr(Func::max(Expr::col((Alias::new("newer"), Column::Number))))
            .from_as(Entity, "newer")
            .and_where(Expr::col((Alias::new("newer"), Column::ConnectionId)).equals((Entity, Column::ConnectionId)))
            .take();
        let rows = Entity::find()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::ConnectionId.is_in(ids()))
            .filter(Expr::col((Entity, Column::Number)).add(i64::from(limit)).gt(Expr::SubQuery(None, Box::new(newest.into()))))
            .order_by_asc(Column::ConnectionId)
            .order_by_desc(Column::Number)
            .all(self.reader())
            .await?;
        let mut outcomes: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            outcomes.entry(Id::from_uuid(row.connection_id)).or_default().push(outcome(row)?);
        }
        Ok(outcomes)
    }

    /// Every connection of every organization that can be checked: those whose definition is not gone, in the order of their ids.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn connections_to_check(&self) -> Result<Vec<(Id<Organization>, Id<Connection>)>, StoreError> {
        let rows = connection::Entity::find()
            .select_only()
            .column(connection::Column::OrganizationId)
            .column(connection::Column::Id)
            .filter(connection::Column::Gone.eq(false))
            .order_by_asc(connection::Column::Id)
            .into_tuple::<(uuid::Uuid, uuid::Uuid)>()
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(|(organization, id)| (Id::from_uuid(organization), Id::from_uuid(id))).collect())
    }
}

/// Keeps what a check of a connection said, as its last check and among its outcomes; with a revision only if nobody changed the connection
/// since. Without a check the last one is forgotten, the outcomes stay. Tells whether the connection was there.
pub(crate) async fn note(
    db: &Writing,
    organization: Id<Organization>,
    id: Id<Connection>,
    revision: Option<i64>,
    check: Option<&LastCheck>,
) -> Result<bool, StoreError> {
    let noted = standing::note_check::<connection::Entity>(db, organization, id, revision, check).await?;
    if let (true, Some(check)) = (noted, check) {
        keep(db, organization, id, &check.into()).await?;
    }
    Ok(noted)
}

async fn keep(db: &Writing, organization: Id<Organization>, id: Id<Connection>, outcome: &CheckOutcome) -> Result<(), StoreError> {
    let of_connection = Column::ConnectionId.eq(id.uuid());
    let newest = Entity::find().filter(of_connection.clone()).select_only().column_as(Column::Number.max(), "newest");
    let number = newest.into_tuple::<Option<i64>>().one(db).await?.flatten().unwrap_or(0) + 1;
    let row = Model {
        connection_id: id.uuid(),
        number,
        organization_id: organization.uuid(),
        at: micros(outcome.at),
        verdict: word(&outcome.verdict),
        step: outcome.step.clone(),
        code: outcome.code.as_ref().map(word),
        detail: outcome.detail.clone(),
        took_ms: i64::try_from(outcome.took_ms).unwrap_or(i64::MAX),
        asked_by: word(&outcome.asked_by),
    };
    row.into_active_model().insert(db).await?;
    let old = Column::Number.lte(number - i64::from(CheckOutcome::KEPT));
    Entity::delete_many().filter(of_connection).filter(old).exec(db).await?;
    Ok(())
}

fn outcome(row: Model) -> Result<CheckOutcome, StoreError> {
    Ok(CheckOutcome {
        at: instant(row.at)?,
        verdict: from_word("verdict", &row.verdict)?,
        step: row.step,
        code: row.code.map(|code| from_word("code", &code)).transpose()?,
        detail: row.detail,
        took_ms: row.took_ms.unsigned_abs(),
        asked_by: from_word("who asked", &row.asked_by)?,
    })
}
