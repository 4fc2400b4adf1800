//! How connections and Kapacitors stand: which one of an owner's is chosen, what the last check said, whether what defined it is gone.
//!
//! None of it is a new revision: it is said beside the noun, not by it. The chosen one is a column of the owner (an organization's default
//! connection, a connection's active Kapacitor), so there is at most one by construction.

use std::collections::HashMap;

use model::{AskedBy, Id, LastCheck, Noun, Organization};
use sea_orm::{
    ConnectionTrait, ExprTrait, FromQueryResult, JsonValue,
    sea_query::{Alias, Expr, Func, Query},
};
use uuid::Uuid;

use crate::{
    StoreError,
    column::{from_json, json},
    stored::{Table, of},
    writing::Writing,
};

/// What is said of a stored connection or Kapacitor beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is the organization's default connection, or the connection's active Kapacitor.
    pub chosen: bool,
    /// What the last check said; `None` when it was not checked since it was last reached in another way.
    pub last_check: Option<LastCheck>,
    /// What defined it is gone; it stays while something that people made needs it. Series that write to it fail.
    pub gone: bool,
}

/// A table of which each owner has chosen at most one row.
pub(crate) trait Choosable: Table<Spec: Clone + PartialEq> {
    /// The owners' table.
    const OWNERS: &'static str;
    /// The column that names the owner.
    const OWNER: &'static str;
    /// The owners' column that names the chosen one.
    const CHOSEN: &'static str;

    /// Whether what a check would find may differ between the two.
    fn is_reached_differently(before: &Self::Spec, after: &Self::Spec) -> bool;
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    chosen: Option<Uuid>,
    last_check: Option<JsonValue>,
    gone: bool,
}

/// The standings of an organization, or of one id, by one query.
pub(crate) async fn standings<T: Choosable>(
    db: &impl ConnectionTrait,
    organization: Id<Organization>,
    only: Option<Id<T::Spec>>,
) -> Result<HashMap<Id<T::Spec>, Standing>, StoreError> {
    let table = Alias::new(T::default().table_name());
    let own = |column: &'static str| Expr::col((table.clone(), column));
    let mut query = Query::select();
    for column in ["id", "last_check", "gone"] {
        query.expr_as(own(column), column);
    }
    query
        .expr_as(Expr::col((T::OWNERS, T::CHOSEN)), "chosen")
        .from(T::default())
        .inner_join(T::OWNERS, Expr::col((T::OWNERS, "id")).eq(own(T::OWNER)))
        .and_where(own("organization_id").eq(organization.uuid()));
    if let Some(id) = only {
        query.and_where(own("id").eq(id.uuid()));
    }
    let mut standings = HashMap::new();
    for row in db.query_all(&query).await? {
        let row = Row::from_query_result(&row, "")?;
        let last_check = row.last_check.map(|value| from_json("last check", value)).transpose()?;
        let standing = Standing { chosen: row.chosen == Some(row.id), last_check, gone: row.gone };
        standings.insert(Id::from_uuid(row.id), standing);
    }
    Ok(standings)
}

/// The standing of one; none when it is not there.
pub(crate) async fn standing<T: Choosable>(
    db: &impl ConnectionTrait,
    organization: Id<Organization>,
    id: Id<T::Spec>,
) -> Result<Option<Standing>, StoreError> {
    Ok(standings::<T>(db, organization, Some(id)).await?.remove(&id))
}

/// Keeps, or forgets, what the last check said; with a revision only if nobody changed it since. Tells whether it was kept.
pub(crate) async fn note_check<T: Choosable>(
    db: &Writing,
    organization: Id<Organization>,
    id: Id<T::Spec>,
    revision: Option<i64>,
    check: Option<&LastCheck>,
) -> Result<bool, StoreError> {
    // The server checks all the time: what only says again what is known is nothing to tell those who listen.
    let is_news = match check {
        Some(check) if check.asked_by == AskedBy::Server => {
            let before = standing::<T>(db, organization, id).await?.and_then(|standing| standing.last_check);
            before.is_none_or(|before| !before.agrees(check))
        }
        _ => true,
    };
    let check = check.map(|check| json("last check", check)).transpose()?;
    let mut statement = Query::update();
    statement.table(T::default()).value("last_check", check).and_where(of(organization)).and_where(Expr::col("id").eq(id.uuid()));
    if let Some(revision) = revision {
        statement.and_where(Expr::col("revision").eq(revision));
    }
    let noted = db.execute(&statement).await?.rows_affected() > 0;
    if noted && is_news {
        db.changed::<T>(organization, id);
    }
    Ok(noted)
}

/// The one that its owner has chosen.
pub(crate) async fn chosen<T: Choosable>(db: &impl ConnectionTrait, owner: Uuid) -> Result<Option<Id<T::Spec>>, StoreError> {
    let mut query = Query::select();
    query.column(T::CHOSEN).from(T::OWNERS).and_where(Expr::col("id").eq(owner));
    let Some(row) = db.query_one(&query).await? else { return Ok(None) };
    Ok(row.try_get::<Option<Uuid>>("", T::CHOSEN)?.map(Id::from_uuid))
}

/// Chooses one of an owner's, or none. The caller has made sure that it is the owner's.
pub(crate) async fn choose<T: Choosable>(
    db: &Writing,
    organization: Id<Organization>,
    owner: Uuid,
    id: Option<Id<T::Spec>>,
) -> Result<(), StoreError> {
    let mut statement = Query::update();
    statement.table(T::OWNERS).value(T::CHOSEN, id.map(Id::uuid)).and_where(Expr::col("id").eq(owner));
    db.execute(&statement).await?;
    // The one that was chosen before is another now too.
    db.changed_any::<T>(organization);
    Ok(())
}

/// The number that a new row gets: the one that was asked for, which is refused when it is inserted and taken; else one more than the
/// highest, at least 1. Zero is for what the environment defines.
pub(crate) async fn number<T: Choosable>(db: &impl ConnectionTrait, asked: Option<i64>, least: i64) -> Result<i64, StoreError> {
    match asked {
        Some(number) if number >= least => return Ok(number),
        Some(number) => return Err(StoreError::NumberTaken { noun: T::Spec::NOUN, number }),
        None => {}
    }
    let mut query = Query::select();
    query.expr_as(Func::max(Expr::col("number")), "highest").from(T::default());
    let row = db.query_one(&query).await?;
    let highest = row.map(|row| row.try_get::<Option<i64>>("", "highest")).transpose()?.flatten().unwrap_or(0);
    match highest.checked_add(1) {
        Some(number) => Ok(number),
        None => lowest_free::<T>(db).await,
    }
}

/// Only when somebody brought the highest number there is.
async fn lowest_free<T: Choosable>(db: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let mut query = Query::select();
    query.column("number").from(T::default()).and_where(Expr::col("number").gt(0_i64)).order_by("number", sea_orm::Order::Asc);
    let mut free = 1;
    for row in db.query_all(&query).await? {
        if row.try_get::<i64>("", "number")? != free {
            break;
        }
        free += 1;
    }
    Ok(free)
}
