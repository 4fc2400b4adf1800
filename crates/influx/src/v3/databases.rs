//! Whether a database exists, asked without creating it.

use model::{Failure, FailureKind};
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use crate::{
    answer,
    http::{Client, endpoint, shown},
};

/// What the server says about one database.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It exists.
    Exists,
    /// It does not; these do.
    Missing(Vec<String>),
}

/// Whether `database` exists: by the list of databases, or, for a token that may not list them, by a query that reads nothing.
///
/// # Errors
/// `Influx*` when neither can be learnt.
pub(super) async fn presence(client: &Client, base: &Url, database: &str) -> Result<Presence, Failure> {
    let url = list_url(base);
    let doing = format!("listing the databases of {}", shown(base));
    let answer = client.get(url).await?;
    match answer.status {
        StatusCode::OK => {
            let Some(rows) = answer.json::<Vec<Value>>() else {
                return Err(Failure::new(FailureKind::InfluxUnexpected, format!("{doing}: the answer is no list")));
            };
            let names: Vec<String> = rows.iter().filter_map(|row| row.get("iox::database")?.as_str().map(str::to_owned)).collect();
            Ok(if names.iter().any(|name| name == database) { Presence::Exists } else { Presence::Missing(names) })
        }
        StatusCode::FORBIDDEN => queried(client, base, database).await,
        _ => Err(answer::failure(&answer, &doing)),
    }
}

/// Whether the server lists its databases for whoever asks: it was started without authorization.
pub(super) async fn lists_for_anyone(client: &Client, base: &Url) -> bool {
    client.clone().without_login().get(list_url(base)).await.is_ok_and(|answer| answer.status == StatusCode::OK)
}

/// `format` is not optional there.
fn list_url(base: &Url) -> Url {
    endpoint(base, "/api/v3/configure/database", &[("format", "json")])
}

async fn queried(client: &Client, base: &Url, database: &str) -> Result<Presence, Failure> {
    let url = endpoint(base, "/api/v3/query_sql", &[("db", database), ("q", "SELECT 1"), ("format", "json")]);
    let answer = client.get(url).await?;
    match answer.status {
        StatusCode::OK => Ok(Presence::Exists),
        StatusCode::NOT_FOUND => Ok(Presence::Missing(Vec::new())),
        _ => Err(answer::failure(&answer, &format!("looking for database {database} at {}", shown(base)))),
    }
}
