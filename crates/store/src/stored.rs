//! What every stored noun has in common: list, get, find, insert, update, delete on one table.
//!
//! Each function runs on the connection or transaction it is given; the noun's own file makes the transaction.

use chrono::{DateTime, Utc};
use model::{Id, Name, Noun, Organization, Origin, Stored};
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JsonValue, QueryFilter, QueryOrder, QueryResult, QuerySelect, Value,
    sea_query::{Expr, Query},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    change::ChangedNoun,
    column::{from_json, instant, json, micros, name, origin},
    entities::organization,
    writing::Writing,
};

/// A table that keeps one noun: the common columns, the noun's `spec` as JSON, and columns of its own for what is searched or
/// referenced.
pub(crate) trait Table: EntityTrait {
    /// The noun.
    type Spec: Noun + Serialize + DeserializeOwned + Send + Sync;

    /// What those who listen are told of it.
    const CHANGED: ChangedNoun;

    /// The values of the noun's own columns.
    fn own_columns(spec: &Self::Spec) -> Vec<(&'static str, Value)>;
}

/// The columns that every noun's table has. The number is one of some tables only; where it is no column, it is read as none.
#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    created_at: i64,
    updated_at: i64,
    revision: i64,
    origin: Option<String>,
    number: Option<i64>,
    spec: JsonValue,
}

impl Row {
    fn stored<N: Noun + DeserializeOwned>(self) -> Result<Stored<N>, StoreError> {
        Ok(Stored {
            id: Id::from_uuid(self.id),
            organization_id: Id::from_uuid(self.organization_id),
            name: name(&self.name)?,
            created_at: instant(self.created_at)?,
            updated_at: instant(self.updated_at)?,
            revision: self.revision,
            origin: origin(self.origin.as_deref())?,
            number: self.number,
            spec: from_json(N::NOUN, self.spec)?,
        })
    }
}

/// The one in a row whose columns have these names behind `prefix`.
pub(crate) fn from_row<T: Table>(row: &QueryResult, prefix: &str) -> Result<Stored<T::Spec>, StoreError> {
    Row::from_query_result(row, prefix)?.stored()
}

/// All of an organization, ordered by name.
pub(crate) async fn list<T: Table>(db: &impl ConnectionTrait, organization: Id<Organization>) -> Result<Vec<Stored<T::Spec>>, StoreError> {
    list_where::<T>(db, of(organization)).await
}

/// All that meet a condition, ordered by name.
pub(crate) async fn list_where<T: Table>(db: &impl ConnectionTrait, condition: Expr) -> Result<Vec<Stored<T::Spec>>, StoreError> {
    let sorted = T::find().filter(condition).order_by_asc(Expr::col("name")).order_by_asc(Expr::col("id"));
    let rows = sorted.into_model::<Row>().all(db).await?;
    rows.into_iter().map(Row::stored).collect()
}

/// One of an organization, by id.
pub(crate) async fn get<T: Table>(
    db: &impl ConnectionTrait,
    organization: Id<Organization>,
    id: Id<T::Spec>,
) -> Result<Option<Stored<T::Spec>>, StoreError> {
    find_where::<T>(db, of(organization).and(Expr::col("id").eq(id.uuid()))).await
}

/// One of an organization, by name.
pub(crate) async fn find<T: Table>(
    db: &impl ConnectionTrait,
    organization: Id<Organization>,
    name: &str,
) -> Result<Option<Stored<T::Spec>>, StoreError> {
    find_where::<T>(db, of(organization).and(Expr::col("name").eq(name))).await
}

/// The one that meets a condition.
pub(crate) async fn find_where<T: Table>(db: &impl ConnectionTrait, condition: Expr) -> Result<Option<Stored<T::Spec>>, StoreError> {
    let row = T::find().filter(condition).into_model::<Row>().one(db).await?;
    row.map(Row::stored).transpose()
}

/// Refuses a reference to what is not there or belongs to another organization.
pub(crate) async fn require<T: Table>(
    db: &impl ConnectionTrait,
    organization: Id<Organization>,
    id: Id<T::Spec>,
) -> Result<(), StoreError> {
    let found = T::find()
        .select_only()
        .expr(Expr::val(1_i32))
        .filter(of(organization))
        .filter(Expr::col("id").eq(id.uuid()))
        .into_tuple::<i32>()
        .one(db)
        .await?;
    found.map(|_| ()).ok_or(StoreError::Missing { noun: T::Spec::NOUN })
}

/// Inserts a new one.
pub(crate) async fn insert<T: Table>(db: &Writing, stored: Stored<T::Spec>) -> Result<Stored<T::Spec>, StoreError> {
    let mut columns: Vec<(&'static str, Value)> = vec![
        ("id", stored.id.uuid().into()),
        ("organization_id", stored.organization_id.uuid().into()),
        ("name", stored.name.as_str().into()),
        ("created_at", micros(stored.created_at).into()),
        ("updated_at", micros(stored.updated_at).into()),
        ("revision", stored.revision.into()),
        ("origin", stored.origin.as_text().into()),
        ("spec", json(T::Spec::NOUN, &stored.spec)?.into()),
    ];
    if let Some(number) = stored.number {
        columns.push(("number", number.into()));
    }
    columns.extend(T::own_columns(&stored.spec));
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let mut statement = Query::insert();
    statement
        .into_table(T::default())
        .columns(names)
        .values(values.into_iter().map(Expr::val))
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    db.execute(&statement).await.map_err(|error| StoreError::or_taken(error, T::Spec::NOUN, stored.name.as_str(), stored.number))?;
    db.changed::<T>(stored.organization_id, stored.id);
    Ok(stored)
}

/// Changes one that people define, if it still is at the expected revision.
pub(crate) async fn update<T: Table>(
    db: &Writing,
    organization: Id<Organization>,
    id: Id<T::Spec>,
    expected_revision: Option<i64>,
    new_name: &Name,
    spec: &T::Spec,
    now: DateTime<Utc>,
) -> Result<Stored<T::Spec>, StoreError> {
    let noun = T::Spec::NOUN;
    let mut values: Vec<(&'static str, Expr)> = vec![
        ("name", Expr::val(new_name.as_str())),
        ("updated_at", Expr::val(micros(now))),
        ("revision", Expr::col("revision").add(1_i64)),
        ("spec", Expr::val(json(noun, spec)?)),
    ];
    values.extend(T::own_columns(spec).into_iter().map(|(column, value)| (column, Expr::val(value))));
    let mut statement = Query::update();
    statement.table(T::default()).values(values).and_where(of(organization)).and_where(Expr::col("id").eq(id.uuid()));
    statement.and_where(Expr::col("origin").is_null());
    if let Some(revision) = expected_revision {
        statement.and_where(Expr::col("revision").eq(revision));
    }
    let changed = db.execute(&statement).await.map_err(|error| StoreError::or_taken(error, noun, new_name.as_str(), None))?.rows_affected();
    match (get::<T>(db, organization, id).await?, changed) {
        (None, _) => Err(StoreError::Missing { noun }),
        (Some(present), 0) if present.origin != Origin::People => Err(StoreError::ReadOnly { noun, origin: present.origin }),
        (Some(present), 0) => Err(StoreError::Changed { noun, revision: present.revision }),
        (Some(present), _) => {
            db.changed::<T>(organization, id);
            Ok(present)
        }
    }
}

/// Puts another text in the place of one, whoever defines it.
pub(crate) async fn replace<T: Table>(db: &Writing, stored: &Stored<T::Spec>) -> Result<(), StoreError> {
    let noun = T::Spec::NOUN;
    let mut values: Vec<(&'static str, Value)> = vec![
        ("name", stored.name.as_str().into()),
        ("updated_at", micros(stored.updated_at).into()),
        ("revision", stored.revision.into()),
        ("origin", stored.origin.as_text().into()),
        ("number", stored.number.into()),
        ("spec", json(noun, &stored.spec)?.into()),
    ];
    values.extend(T::own_columns(&stored.spec));
    let mut statement = Query::update();
    statement.table(T::default()).values(values.into_iter().map(|(column, value)| (column, Expr::val(value))));
    statement.and_where(of(stored.organization_id)).and_where(Expr::col("id").eq(stored.id.uuid()));
    db.execute(&statement).await.map_err(|error| StoreError::or_taken(error, noun, stored.name.as_str(), stored.number))?;
    db.changed::<T>(stored.organization_id, stored.id);
    Ok(())
}

/// Deletes one; tells whether it was there. The caller has made sure that nothing names it.
pub(crate) async fn delete<T: Table>(db: &Writing, organization: Id<Organization>, id: Id<T::Spec>) -> Result<bool, StoreError> {
    let mut statement = Query::delete();
    statement.from_table(T::default()).and_where(of(organization)).and_where(Expr::col("id").eq(id.uuid()));
    let deleted = db.execute(&statement).await?.rows_affected() > 0;
    if deleted {
        db.changed::<T>(organization, id);
    }
    Ok(deleted)
}

/// Refuses what somebody changed since it was at `expected_revision`.
pub(crate) fn refuse_unless_at<N: Noun>(present: &Stored<N>, expected_revision: Option<i64>) -> Result<(), StoreError> {
    match expected_revision {
        Some(expected) if expected != present.revision => Err(StoreError::Changed { noun: N::NOUN, revision: present.revision }),
        _ => Ok(()),
    }
}

/// Refuses a deletion while rows of `T` name `id` in `column`.
pub(crate) async fn refuse_while_used<T: Table>(
    db: &impl ConnectionTrait,
    organization: Id<Organization>,
    noun: &'static str,
    column: &'static str,
    id: Uuid,
) -> Result<(), StoreError> {
    let names = names::<T>(db, of(organization).and(Expr::col(column).eq(id))).await?;
    if names.is_empty() {
        return Ok(());
    }
    Err(StoreError::InUse { noun, by: names.into_iter().map(|name| (T::Spec::NOUN.to_owned(), name)).collect() })
}

/// The names of those that meet a condition, in order.
pub(crate) async fn names<T: Table>(db: &impl ConnectionTrait, condition: Expr) -> Result<Vec<String>, StoreError> {
    let sorted = T::find().select_only().expr(Expr::col("name")).filter(condition).order_by_asc(Expr::col("name"));
    Ok(sorted.into_tuple::<String>().all(db).await?)
}

/// The rows of an organization.
pub(crate) fn of(organization: Id<Organization>) -> Expr {
    Expr::col("organization_id").eq(organization.uuid())
}

impl Store {
    /// A noun that is about to be inserted.
    pub(crate) async fn new_stored<N: Noun + Clone>(
        &self,
        db: &impl ConnectionTrait,
        organization: Id<Organization>,
        name: &Name,
        spec: &N,
    ) -> Result<Stored<N>, StoreError> {
        if organization::Entity::find_by_id(organization.uuid()).one(db).await?.is_none() {
            return Err(StoreError::Missing { noun: Organization::NOUN });
        }
        let now = self.clock().now_micros();
        Ok(Stored {
            id: Id::new(self.clock()),
            organization_id: organization,
            name: name.clone(),
            created_at: now,
            updated_at: now,
            revision: 1,
            origin: Origin::People,
            number: None,
            spec: spec.clone(),
        })
    }
}
