//! Asking and arranging things on an InfluxDB 1.x.

use model::{Failure, FailureKind};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::{
    answer,
    http::{Answer, Client, Request, endpoint, shown},
};

/// Runs InfluxQL against `database` and returns the `results` array. Times are nanoseconds since 1970.
///
/// # Errors
/// `Influx*` kinds; `InfluxUnexpected` with the server's words when a statement fails, which InfluxDB reports inside a 200.
pub async fn query(client: &Client, base: &Url, database: Option<&str>, statement: &str) -> Result<Vec<Value>, Failure> {
    let mut parameters = vec![("q", statement), ("epoch", "ns")];
    if let Some(database) = database {
        parameters.push(("db", database));
    }
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let url = endpoint(base, "/query", &[]);
    let doing = format!("asking {}", shown(&url));
    let request = Request::new(Method::POST, url).body("application/x-www-form-urlencoded", form.into());
    results(&client.send(request).await?, &doing)
}

/// Asks what changes nothing, by `GET`, and returns the `results` array.
///
/// # Errors
/// As [`query`].
pub(super) async fn ask(client: &Client, base: &Url, statement: &str) -> Result<Vec<Value>, Failure> {
    let url = endpoint(base, "/query", &[("q", statement)]);
    let doing = format!("asking {}", shown(&url));
    results(&client.get(url).await?, &doing)
}

fn results(answer: &Answer, doing: &str) -> Result<Vec<Value>, Failure> {
    if answer.status != StatusCode::OK {
        return Err(answer::failure(answer, doing));
    }
    let unexpected = || Failure::new(FailureKind::InfluxUnexpected, format!("{doing}: the answer is no result of InfluxDB 1"));
    let Some(mut body) = answer.json::<Value>() else { return Err(unexpected()) };
    let Some(Value::Array(results)) = body.get_mut("results").map(Value::take) else { return Err(unexpected()) };
    match results.iter().find_map(|result| result.get("error")?.as_str()) {
        Some(error) => Err(Failure::new(FailureKind::InfluxUnexpected, format!("{doing}: {error}"))),
        None => Ok(results),
    }
}

/// Creates a database unless it is there already.
///
/// # Errors
/// As [`query`].
pub async fn create_database(client: &Client, base: &Url, name: &str) -> Result<(), Failure> {
    query(client, base, None, &format!("CREATE DATABASE {}", quoted(name))).await.map(|_| ())
}

/// A name as InfluxQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
