//! InfluxDB 3 Core 3.10.1.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Reply, Rights, Script, Seen,
    points::{Dropped, Place, Point, lines, read},
};

const VERSION: &str = "3.10.1";
const CLUSTER: &str = "0b3cfa43-8b8a-4b1e-9d0f-000000000000";

pub fn answer(script: &mut Script, ask: &Seen) -> Reply {
    let rights = match rights(script, ask) {
        Ok(rights) => rights,
        Err(_) if script.is_silent => return Reply::new(401, ""),
        Err(reply) => return reply.header("cluster-uuid", CLUSTER),
    };
    let (version, build) = (script.version(VERSION), script.build("Core"));
    let reply = match (ask.method.as_str(), ask.path.as_str()) {
        ("GET" | "POST", "/ping") => {
            let name = format!("InfluxDB 3 {build}");
            let body = json!({"product_name": name, "version": version, "revision": "0d1a4b2", "process_id": "5f5f5f5f"});
            Reply::json(200, body).header("X-Influxdb-Version", version).header("X-Influxdb-Build", build)
        }
        ("GET", "/health") => Reply::new(200, "OK"),
        ("GET", "/api/v3/configure/database") => databases(script, ask, rights),
        ("GET", "/api/v3/query_sql") => query(script, ask, rights),
        ("POST", "/api/v3/query_sql" | "/api/v3/query_influxql") => question(script, ask, rights),
        ("POST", "/api/v3/write_lp") => write(script, ask, rights),
        ("POST", "/write") => write_like_v1(script, ask, rights),
        ("POST", "/api/v2/write") => write_like_v2(script, ask, rights),
        _ => Reply::new(404, "Not found"),
    };
    reply.header("cluster-uuid", CLUSTER)
}

fn rights(script: &Script, ask: &Seen) -> Result<Rights, Reply> {
    if script.logins.is_empty() {
        return Ok(Rights::All);
    }
    let refused = || Reply::new(401, r#"{"error": "the request was not authenticated"}"#);
    let value = ask.headers.get("authorization").and_then(|value| value.to_str().ok()).ok_or_else(refused)?;
    // Case matters here, unlike in v2.
    let token = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("Token "));
    let token = token.ok_or_else(|| Reply::new(400, r#"{"error": "Authorization header was malformed"}"#))?;
    script.logins.get(token).copied().ok_or_else(refused)
}

fn forbidden() -> Reply {
    Reply::new(403, r#"{"error": "unauthorized to perform requested action with the token"}"#)
}

fn databases(script: &Script, ask: &Seen, rights: Rights) -> Reply {
    if ask.query.get("format").is_none_or(|format| format != "json") {
        return Reply::new(400, "serde error: missing field `format`");
    }
    if rights != Rights::All {
        return forbidden();
    }
    let names = script.places.keys().map(String::as_str).chain(["_internal"]).collect::<BTreeSet<_>>();
    Reply::json(200, Value::Array(names.into_iter().map(|name| json!({"iox::database": name})).collect()))
}

/// A question in the body, answered row by row.
fn question(script: &Script, ask: &Seen, rights: Rights) -> Reply {
    if rights == Rights::Elsewhere || rights == Rights::WriteOnly {
        return forbidden();
    }
    let asked: Value = serde_json::from_slice(&ask.body).unwrap_or_default();
    if asked["format"] != "jsonl" {
        return Reply::new(400, "serde error: missing field `format`");
    }
    let name = asked["db"].as_str().unwrap_or_default();
    if !script.places.contains_key(name) {
        return Reply::json(404, json!({"error": format!("query error: database not found: {name}")}));
    }
    script.known(asked["q"].as_str().unwrap_or_default()).unwrap_or_else(|| Reply::new(200, ""))
}

fn query(script: &Script, ask: &Seen, rights: Rights) -> Reply {
    if rights == Rights::Elsewhere {
        return forbidden();
    }
    let name = ask.query.get("db").map_or("", String::as_str);
    if script.places.contains_key(name) {
        Reply::json(200, json!([{"Int64(1)": 1}]))
    } else {
        Reply::json(404, json!({"error": format!("query error: database not found: {name}")}))
    }
}

fn write(script: &mut Script, ask: &Seen, rights: Rights) -> Reply {
    let Some(name) = ask.query.get("db").cloned() else { return Reply::new(400, "serde error: missing field `db`") };
    let precision = ask.query.get("precision").map_or("auto", String::as_str);
    if precision != "nanosecond" {
        return Reply::new(400, format!("serde error: unknown variant `{precision}`: this test server takes `nanosecond` alone"));
    }
    if matches!(rights, Rights::ReadOnly | Rights::Elsewhere) {
        return forbidden();
    }
    if ask.wire_bytes > script.largest_body || ask.body.len() > script.largest_body {
        return Reply::new(413, format!("max request size ({} bytes) exceeded", script.largest_body));
    }
    if let Some(reply) = script.scripted(&ask.body) {
        return reply;
    }
    // The catalogue is changed before the body is looked at: even a write without lines creates the database.
    if !script.places.contains_key(&name) {
        if script.places.len() >= script.most_databases {
            let text = format!("Adding a new database would exceed limit of {} databases", script.most_databases);
            return Reply::json(422, json!({ "error": text, "data": null }));
        }
        script.places.insert(name.clone(), Place::default());
    }
    let lines = lines(&ask.body);
    if lines.is_empty() {
        return Reply::new(400, "incoming write was empty");
    }
    let partial = ask.query.get("accept_partial").is_none_or(|value| value != "false");
    let Some(place) = script.places.get_mut(&name) else { return Reply::new(204, "") };
    let before = place.clone();
    let mut refused = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if let Err(reason) = store(place, line) {
            let beginning: String = line.chars().take(20).collect();
            refused.push(json!({"original_line": beginning, "line_number": index + 1, "error_message": reason}));
        }
    }
    match (refused.is_empty(), partial) {
        (true, _) => Reply::new(204, ""),
        (false, true) => {
            refused.truncate(script.most_named);
            Reply::json(400, json!({"error": "partial write of line protocol occurred", "data": refused}))
        }
        (false, false) => {
            *place = before;
            Reply::json(400, json!({"error": "line protocol parsing error", "data": refused.swap_remove(0)}))
        }
    }
}

/// The 1.x path: it knows other names of the precisions, and creates the missing database too.
fn write_like_v1(script: &mut Script, ask: &Seen, rights: Rights) -> Reply {
    let mut ask = ask.clone();
    if let Some(precision) = ask.query.get_mut("precision").filter(|precision| matches!(precision.as_str(), "n" | "ns")) {
        "nanosecond".clone_into(precision);
    }
    ask.query.insert("accept_partial".to_owned(), "false".to_owned());
    write(script, &ask, rights)
}

/// The 2.x path: the bucket is the database, and is created when it is missing.
fn write_like_v2(script: &mut Script, ask: &Seen, rights: Rights) -> Reply {
    let mut ask = ask.clone();
    if let Some(bucket) = ask.query.remove("bucket") {
        ask.query.insert("db".to_owned(), bucket);
    }
    let reply = write_like_v1(script, &ask, rights);
    match reply.body.as_str() {
        "incoming write was empty" => {
            Reply::json(400, json!({"code": "invalid", "message": "write buffer error: incoming write was empty"}))
        }
        _ => reply,
    }
}

fn store(place: &mut Place, line: &str) -> Result<(), String> {
    let point = read(line)?;
    if let Some(name) = shared_name(&point) {
        return Err(format!("invalid column type for column '{name}', expected iox::column_type::tag, got iox::column_type::field"));
    }
    match place.judge(&point) {
        Ok(()) => {
            place.store(point);
            Ok(())
        }
        Err(Dropped::Conflict(field, is, was)) => Err(format!(
            "invalid column type for column '{field}', expected iox::column_type::field::{was}, got iox::column_type::field::{is}"
        )),
        // Retention is no matter of the write path here.
        Err(Dropped::TooOld) => Ok(()),
    }
}

fn shared_name(point: &Point) -> Option<&str> {
    point.fields.iter().map(|(name, ..)| name.as_str()).find(|name| point.tags.contains_key(*name))
}
