//! `/api/v1/databases`

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use model::{Column, Database, Name, Noun, Parameter, explore::Listed, table::Table};
use serde::{Deserialize, Serialize};
use sql::Grants;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    check::{self, Checked, Outcome},
    envelope::ApiError,
    noun::{self, GivenSecrets, Identity, List, SecretStates},
    request::{Body, IfMatch, Params, Patch, Path, Scope},
};
use crate::app::{App, Draft, Invalid, Kept, Refusal, WhatToRead};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_databases, create_database))
        .routes(routes!(check_draft_database))
        .routes(routes!(get_database, update_database, delete_database))
        .routes(routes!(check_database))
        .routes(routes!(describe_statement))
        .routes(routes!(list_tables))
        .routes(routes!(get_database_grants))
}

/// A database as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredDatabase)]
struct View {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    spec: Database,
    /// Which secrets are kept.
    secrets: SecretStates,
    /// After a change: names of the incremental series whose cursor a person must decide about before they run again, because what it means
    /// has changed. See `/series/{series}/cursor`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs_decision: Vec<Name>,
}

impl From<Kept<Database>> for View {
    fn from(Kept { stored, secrets, .. }: Kept<Database>) -> Self {
        let secrets = SecretStates::new(stored.spec.secret_fields(), &secrets);
        Self { identity: (&stored).into(), secrets, spec: stored.spec, needs_decision: Vec::new() }
    }
}

/// A database to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewDatabase)]
pub(super) struct New {
    /// Unique among the organization's databases.
    name: Name,
    #[serde(flatten)]
    spec: Database,
    /// Its secrets.
    #[serde(default)]
    secrets: GivenSecrets,
}

impl From<New> for Draft<Database> {
    fn from(new: New) -> Self {
        Self { name: new.name, spec: new.spec, secrets: new.secrets.into() }
    }
}

/// What a patch is laid upon.
#[derive(Serialize)]
struct Current<'a> {
    name: &'a Name,
    #[serde(flatten)]
    spec: &'a Database,
}

/// A database that is checked before it is saved.
#[derive(Deserialize, ToSchema)]
#[schema(as = DatabaseToCheck)]
struct ToCheck {
    /// The stored database that it would replace, by id or name: its secrets are used as long as host, port and user stay.
    #[serde(default)]
    replaces: Option<String>,
    #[serde(flatten)]
    spec: Database,
    /// Its secrets.
    #[serde(default)]
    secrets: GivenSecrets,
}

/// Every database of the organization, by name.
#[utoipa::path(get, path = "/databases", tag = "databases", operation_id = "list_databases",
    responses((status = 200, description = "The databases", body = List<View>)))]
async fn list_databases(State(app): State<App>, Scope(organization): Scope) -> Result<Response, ApiError> {
    let items = app.list_databases(organization).await?.into_iter().map(View::from).collect();
    Ok(axum::Json(List { items }).into_response())
}

/// Saves a new database. Nothing is contacted: check the draft first.
#[utoipa::path(post, path = "/databases", tag = "databases", operation_id = "create_database", request_body = New,
    responses((status = 201, description = "Saved", body = View)))]
async fn create_database(State(app): State<App>, Scope(organization): Scope, Body(new): Body<New>) -> Result<Response, ApiError> {
    let kept = app.create_database(organization, new.into()).await?;
    Ok(noun::created("databases", &kept.stored.clone(), View::from(kept)))
}

/// One database.
#[utoipa::path(get, path = "/databases/{database}", tag = "databases", operation_id = "get_database",
    params(("database" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The database", body = View)))]
async fn get_database(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Response, ApiError> {
    let kept = app.get_database(organization, &reference).await?;
    Ok(noun::found(kept.stored.revision, View::from(kept)))
}

/// Changes a database. A new host, port or user forgets the kept secrets unless they are given again.
#[utoipa::path(patch, path = "/databases/{database}", tag = "databases", operation_id = "update_database",
    params(("database" = String, Path, description = "Id or name")), request_body = ref("#/components/schemas/DatabasePatch"),
    responses((status = 200, description = "Saved", body = View)))]
async fn update_database(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Response, ApiError> {
    let before = app.get_database(organization, &reference).await?.stored;
    if_match.check(Database::NOUN, before.revision)?;
    let new: New = patch.onto(&Current { name: &before.name, spec: &before.spec })?;
    let kept = app.update_database(&before, new.into()).await?;
    let needs_decision = app.to_decide_of_database(organization, kept.stored.id).await?;
    Ok(noun::found(kept.stored.revision, View { needs_decision, ..kept.into() }))
}

/// Deletes a database and its secrets. Refused while a query runs on it.
#[utoipa::path(delete, path = "/databases/{database}", tag = "databases", operation_id = "delete_database",
    params(("database" = String, Path, description = "Id or name")), responses((status = 204, description = "Deleted")))]
async fn delete_database(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, ApiError> {
    if_match.check(Database::NOUN, app.get_database(organization, &reference).await?.stored.revision)?;
    app.delete_database(organization, &reference).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tries, step by step, what a read from a database that is not saved yet would need. Writes nothing. Streams each finding when asked
/// for as `text/event-stream`.
#[utoipa::path(post, path = "/databases/check", tag = "databases", operation_id = "check_draft_database", request_body = ToCheck,
    responses((status = 200, description = "The findings, also when a step failed",
        content((Checked = "application/json"), (String = "text/event-stream")))))]
async fn check_draft_database(
    State(app): State<App>,
    Scope(organization): Scope,
    headers: HeaderMap,
    Body(draft): Body<ToCheck>,
) -> Result<Response, ApiError> {
    let ToCheck { replaces, spec, secrets } = draft;
    check::answer(&headers, async move |listener| {
        let mut tell = |finding| listener.tell(finding);
        let heard = app.check_draft_database(organization, spec, &secrets.into(), replaces.as_deref(), &mut tell).await?;
        Ok(Outcome::checked(heard))
    })
    .await
}

/// Tries, step by step, what a read from a database needs. Writes nothing. Streams each finding when asked for as `text/event-stream`.
#[utoipa::path(post, path = "/databases/{database}/check", tag = "databases", operation_id = "check_database",
    params(("database" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The findings, also when a step failed",
        content((Checked = "application/json"), (String = "text/event-stream")))))]
async fn check_database(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    check::answer(&headers, async move |listener| {
        Ok(Outcome::checked(app.check_database(organization, &reference, &mut |finding| listener.tell(finding)).await?))
    })
    .await
}

/// A statement whose columns are wanted.
#[derive(Deserialize, ToSchema)]
#[schema(as = StatementToDescribe)]
struct ToDescribe {
    /// One reading statement; `:name` is a placeholder.
    sql: String,
    /// Its own placeholders.
    #[serde(default)]
    parameters: Vec<Parameter>,
    /// Values of those that have no default, as text.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// The columns of a result.
#[derive(Serialize, ToSchema)]
struct Described {
    /// The columns, in order.
    columns: Vec<Column>,
}

/// The columns of a statement's result, without running it to its end.
#[utoipa::path(post, path = "/databases/{database}/describe", tag = "databases", operation_id = "describe_statement",
    params(("database" = String, Path, description = "Id or name")), request_body = ToDescribe,
    responses((status = 200, description = "The columns", body = Described)))]
async fn describe_statement(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Body(statement): Body<ToDescribe>,
) -> Result<axum::Json<Described>, ApiError> {
    let ToDescribe { sql, parameters, values } = statement;
    Ok(axum::Json(Described { columns: app.describe(organization, &reference, sql, parameters, &values).await? }))
}

/// Which tables are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfTables {
    /// Only tables with this text in their name, whatever its case.
    search: Option<String>,
}

/// What can be read in a database.
#[derive(Serialize, ToSchema)]
#[schema(as = TableList)]
struct Tables {
    /// Tables and views; those that are written without their schema come first.
    items: Vec<Table>,
    /// Whether some were left out: there are more than 2,000 tables, or they have more than 20,000 columns. A search finds them.
    truncated: bool,
}

impl From<Listed<Table>> for Tables {
    fn from(Listed { items, truncated }: Listed<Table>) -> Self {
        Self { items, truncated }
    }
}

/// The tables and views that the database's account may read, with their columns, from its catalogue: no row is read or counted. Ends after
/// 30 s, or at the database's own time limit.
#[utoipa::path(get, path = "/databases/{database}/tables", tag = "databases", operation_id = "list_tables",
    params(("database" = String, Path, description = "Id or name"), OfTables),
    responses((status = 200, description = "The tables", body = Tables)))]
async fn list_tables(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Params(of): Params<OfTables>,
) -> Result<axum::Json<Tables>, ApiError> {
    Ok(axum::Json(app.list_tables(organization, &reference, of.search.as_deref()).await?.into()))
}

/// Which account is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfGrants {
    /// The account's name; for MySQL and MariaDB also `name@host`, where it logs in from.
    #[serde(default = "OfGrants::default_account")]
    #[param(default = "tributary")]
    account: String,
    /// Only these tables, named as in a query with commas between them: `orders, sales.items`; `sales.*` is all of a schema. Not with
    /// `series`.
    tables: Option<String>,
    /// Only the tables that this series' query reads, by id or name.
    series: Option<String>,
}

impl OfGrants {
    fn default_account() -> String {
        "tributary".to_owned()
    }
}

/// How an account is made that only reads.
#[derive(Serialize, ToSchema)]
#[schema(as = DatabaseGrants)]
struct GrantsView {
    /// The statements, in order, every name quoted. Empty for SQLite, which has no accounts.
    statements: Vec<String>,
    /// What stands for the password in them: a person puts one in its place, between single quotes.
    placeholder: &'static str,
    /// What whoever runs them must know.
    remarks: Vec<String>,
}

/// The statements that make an account which reads and cannot do more, for a person to run on the server. Nothing is contacted. Without
/// `tables` and `series` the account reads everything of the schema `public` (PostgreSQL) or of the database (MySQL, MariaDB).
#[utoipa::path(get, path = "/databases/{database}/grants", tag = "databases", operation_id = "get_database_grants",
    params(("database" = String, Path, description = "Id or name"), OfGrants),
    responses((status = 200, description = "The statements", body = GrantsView)))]
async fn get_database_grants(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Params(of): Params<OfGrants>,
) -> Result<axum::Json<GrantsView>, ApiError> {
    let what = match (of.tables, of.series) {
        (None, None) => WhatToRead::All,
        (Some(tables), None) => WhatToRead::Tables(tables),
        (None, Some(series)) => WhatToRead::Series(series),
        (Some(_), Some(_)) => {
            let invalid = Invalid::new("series", "`tables` and `series` both say what is read", "give one of them");
            return Err(Refusal::from(invalid).into());
        }
    };
    let Grants { statements, remarks } = app.database_grants(organization, &reference, &of.account, what).await?;
    Ok(axum::Json(GrantsView { statements, placeholder: sql::PASSWORD, remarks }))
}
