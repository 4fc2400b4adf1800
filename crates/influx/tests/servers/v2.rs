//! InfluxDB 2.7.12.

use serde_json::json;

use super::{
    Reply, Rights, Script, Seen,
    points::{Dropped, lines, read},
};

pub fn answer(script: &mut Script, ask: &Seen) -> Reply {
    let reply = match (ask.method.as_str(), ask.path.as_str()) {
        ("GET" | "HEAD", "/ping") => Reply::new(204, ""),
        ("GET", "/health") => Reply::json(
            200,
            json!({"name": "influxdb", "message": "ready for queries and writes", "status": "pass", "checks": [], "version": "v2.7.12"}),
        ),
        ("GET", "/api/v2/orgs") => organizations(script, ask),
        ("GET", "/api/v2/buckets") => buckets(script, ask),
        ("POST", "/api/v2/query") => query(script, ask),
        ("POST", "/api/v2/write") => write(script, ask),
        (_, "/api/v2/write") => error(405, "method not allowed", "method not allowed"),
        _ => error(404, "not found", "path not found"),
    };
    if script.is_cloud {
        return reply;
    }
    reply.header("X-Influxdb-Version", script.version("v2.7.12")).header("X-Influxdb-Build", script.build("OSS"))
}

fn rights(script: &Script, ask: &Seen) -> Result<Rights, Reply> {
    let given = ask.headers.get("authorization").and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' '));
    let token = given.filter(|(scheme, _)| ["token", "bearer"].contains(&scheme.to_lowercase().as_str())).map(|(_, token)| token);
    match token.and_then(|token| script.logins.get(token)).copied() {
        None => Err(error(401, "unauthorized", "unauthorized access")),
        Some(Rights::Inactive) => Err(error(403, "forbidden", "User is inactive")),
        Some(rights) => Ok(rights),
    }
}

/// 401 for a token that is known and may not ask.
fn organizations(script: &Script, ask: &Seen) -> Reply {
    match rights(script, ask) {
        Err(reply) => reply,
        Ok(Rights::All | Rights::ReadOnly) => Reply::json(200, json!({"orgs": [{"id": "0a1b2c3d4e5f6071", "name": script.organization}]})),
        Ok(_) => error(401, "unauthorized", "read:orgs is unauthorized"),
    }
}

/// The buckets that the token may read.
fn buckets(script: &Script, ask: &Seen) -> Reply {
    let is_reader = match rights(script, ask) {
        Ok(rights) => matches!(rights, Rights::All | Rights::ReadOnly),
        Err(reply) => return reply,
    };
    if !script.is_cloud && ask.query.get("org").is_some_and(|organization| *organization != script.organization) {
        return error(404, "not found", "organization not found");
    }
    let number = |key: &str, usual| ask.query.get(key).and_then(|text| text.parse::<usize>().ok()).unwrap_or(usual);
    // The first has the id that all have in older tests; no page is longer than 100.
    let names =
        script.places.keys().enumerate().map(|(index, name)| (0x0f3c_2a1b_4d5e_6f70_u64 + index as u64, name)).filter(|_| is_reader);
    let named = names.filter(|(id, _)| ask.query.get("id").is_none_or(|wanted| *wanted == format!("{id:016x}")));
    let page = named.skip(number("offset", 0)).take(number("limit", 20).min(100));
    let rules = json!([{ "type": "expire", "everySeconds": 2_592_000, "shardGroupDurationSeconds": 86_400 }]);
    let row = |id, name| json!({ "id": format!("{id:016x}"), "type": "user", "name": name, "retentionRules": rules });
    let rows: Vec<_> = page.map(|(id, name)| row(id, name)).collect();
    Reply::json(200, json!({"links": {}, "buckets": rows}))
}

/// Flux: an answer in annotated CSV, whatever it finds.
fn query(script: &Script, ask: &Seen) -> Reply {
    if let Err(reply) = rights(script, ask) {
        return reply;
    }
    if !script.is_cloud && ask.query.get("org").is_none_or(|organization| *organization != script.organization) {
        return error(404, "not found", &format!("organization name {:?} not found", ask.query.get("org").map_or("", String::as_str)));
    }
    let asked: serde_json::Value = serde_json::from_slice(&ask.body).unwrap_or_default();
    let wanted = asked["dialect"]["annotations"].as_array().map_or(0, Vec::len);
    if ask.headers.get("accept").is_none_or(|accept| accept != "application/csv") || asked["type"] != "flux" || wanted != 3 {
        return error(400, "invalid", "failed to decode request body");
    }
    script.known(asked["query"].as_str().unwrap_or_default()).unwrap_or_else(|| Reply::new(200, "\r\n"))
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, json!({"code": code, "message": message})).header("X-Platform-Error-Code", code)
}

/// Token, parameters, organization, bucket, permission, body: in this order.
fn write(script: &mut Script, ask: &Seen) -> Reply {
    let rights = match rights(script, ask) {
        Ok(rights) => rights,
        Err(reply) => return reply,
    };
    if ask.query.get("precision").is_some_and(|precision| !["ns", "us", "ms", "s"].contains(&precision.as_str())) {
        return error(400, "invalid", "invalid precision; valid precision units are ns, us, ms, and s");
    }
    let organization = match ask.query.get("org") {
        _ if script.is_cloud => &script.organization,
        Some(organization) => organization,
        None => return error(400, "invalid", "Please provide either orgID or org"),
    };
    let Some(bucket) = ask.query.get("bucket").cloned() else { return error(404, "not found", "bucket not found") };
    if *organization != script.organization {
        return error(404, "not found", &format!("organization name {organization:?} not found"));
    }
    if !script.places.contains_key(&bucket) {
        return error(404, "not found", &format!("bucket {bucket:?} not found"));
    }
    if matches!(rights, Rights::ReadOnly | Rights::Elsewhere) {
        return error(403, "forbidden", "insufficient permissions for write");
    }
    if ask.wire_bytes == 0 {
        if let Some(reply) = script.scripted(&ask.body) {
            return reply;
        }
        return match ask.headers.get("content-encoding") {
            Some(_) => error(500, "internal error", "An internal error has occurred - check server logs"),
            None => Reply::new(204, ""),
        };
    }
    if ask.body.len() > script.largest_body {
        return error(413, "request too large", "unable to read data: points batch is too large");
    }
    if let Some(reply) = script.scripted(&ask.body) {
        return reply;
    }
    let (mut points, mut unparsable) = (Vec::new(), Vec::new());
    for line in lines(&ask.body) {
        match read(&line) {
            Ok(point) => points.push(point),
            Err(reason) => unparsable.push(format!("unable to parse '{line}': {reason}")),
        }
    }
    // One line that cannot be parsed, and nothing is stored.
    if !unparsable.is_empty() {
        return error(400, "invalid", &unparsable.join("\n"));
    }
    let Some(place) = script.places.get_mut(&bucket) else { return Reply::new(204, "") };
    let (mut dropped, mut too_old, mut first) = (0, 0, None);
    for point in points {
        match place.judge(&point) {
            Ok(()) => place.store(point),
            Err(Dropped::TooOld) => too_old += 1,
            Err(Dropped::Conflict(field, is, was)) => {
                dropped += 1;
                first.get_or_insert_with(|| {
                    let measurement = &point.measurement;
                    format!("field type conflict: input field \"{field}\" on measurement \"{measurement}\" is type {is}, already exists as type {was}")
                });
            }
        }
    }
    let (reason, count) = match first {
        Some(reason) => (reason, dropped),
        None if too_old > 0 => ("points beyond retention policy".to_owned(), too_old),
        None => return Reply::new(204, ""),
    };
    let text = format!(
        "failure writing points to database: partial write: {reason} dropped={count} for database: 0f3c2a1b4d5e6f70 for retention policy: autogen"
    );
    error(422, "unprocessable entity", &text)
}
