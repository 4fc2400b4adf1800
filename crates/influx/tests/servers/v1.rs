//! InfluxDB 1.8.10, as far as it differs from the 1.6.7 that the tests run for real: answers that are hard to get from it.

use serde_json::json;

use super::{
    Reply, Rights, Script, Seen,
    points::{Dropped, lines, read},
};

const VERSION: &str = "1.8.10";

pub fn answer(script: &mut Script, ask: &Seen) -> Reply {
    if script.is_relay {
        return relay(script, ask);
    }
    let reply = match (ask.method.as_str(), ask.path.as_str()) {
        ("GET" | "HEAD", "/ping") => match rights(script, ask) {
            Err(reply) if script.asks_on_ping => reply,
            _ => Reply::new(204, ""),
        },
        ("GET", "/health") => {
            let version = script.version(VERSION);
            Reply::json(
                200,
                json!({"checks": [], "message": "ready for queries and writes", "name": "influxdb", "status": "pass", "version": version}),
            )
        }
        ("GET" | "POST", "/query") => query(script, ask),
        ("POST", "/write") => write(script, ask),
        ("GET" | "HEAD", "/write") => Reply::new(405, "Method Not Allowed\n").header("Allow", "OPTIONS, POST"),
        _ => Reply::new(404, "404 page not found\n"),
    };
    reply.header("X-Influxdb-Version", script.version(VERSION)).header("X-Influxdb-Build", script.build("OSS"))
}

/// `influxdb-relay`: it knows two paths, and passes on what its servers answer.
fn relay(script: &mut Script, ask: &Seen) -> Reply {
    match (ask.method.as_str(), ask.path.as_str()) {
        ("GET" | "HEAD", "/ping") => Reply::new(204, "").header("X-InfluxDB-Version", "relay"),
        ("POST", "/write") => write(script, ask),
        _ => Reply::json(404, json!({"error": "invalid write endpoint"})),
    }
}

fn error(status: u16, text: &str) -> Reply {
    let reply = Reply::json(status, json!({ "error": text }));
    if status == 401 {
        reply.header("WWW-Authenticate", "Basic realm=\"InfluxDB\"")
    } else {
        reply.header("X-Influxdb-Error", text.chars().filter(|c| *c != '\n').take(1024).collect::<String>())
    }
}

fn rights(script: &Script, ask: &Seen) -> Result<Rights, Reply> {
    if script.logins.is_empty() {
        return Ok(Rights::All);
    }
    let Some(value) = ask.headers.get("authorization").and_then(|value| value.to_str().ok()) else {
        return Err(error(401, "unable to parse authentication credentials"));
    };
    let known = script.logins.iter().find(|(login, _)| value == format!("Basic {}", base64(login.as_bytes())));
    known.map(|(_, rights)| *rights).ok_or_else(|| error(401, "authorization failed"))
}

fn query(script: &Script, ask: &Seen) -> Reply {
    if script.no_administrator {
        return error(403, "error authorizing query: create admin user first or disable authentication");
    }
    let rights = match rights(script, ask) {
        Ok(rights) => rights,
        Err(reply) => return reply,
    };
    let form: std::collections::BTreeMap<String, String> = url::form_urlencoded::parse(&ask.body).into_owned().collect();
    let asked = form.get("q").or_else(|| ask.query.get("q")).map_or("", String::as_str);
    let names: Vec<&String> = match asked.starts_with("SHOW RETENTION POLICIES") {
        true => script.policies.iter().collect(),
        // A login sees the databases that it has some right to.
        false => script.places.keys().filter(|_| rights != Rights::Elsewhere).collect(),
    };
    let mut series = json!({"name": "databases", "columns": ["name"]});
    if !names.is_empty() {
        series["values"] = names.into_iter().map(|name| json!([name])).collect();
    }
    Reply::json(200, json!({"results": [{"statement_id": 0, "series": [series]}]}))
}

fn write(script: &mut Script, ask: &Seen) -> Reply {
    let rights = match rights(script, ask) {
        Ok(rights) => rights,
        // No login is read: all are alike.
        Err(_) if script.no_administrator => Rights::ReadOnly,
        Err(reply) => return reply,
    };
    let Some(name) = ask.query.get("db").cloned() else { return error(400, "database is required") };
    if !script.places.contains_key(&name) {
        return error(404, &format!("database not found: {name:?}"));
    }
    if script.no_administrator {
        return error(403, &format!("user is required to write to database {name:?}"));
    }
    if matches!(rights, Rights::ReadOnly | Rights::Elsewhere) {
        return error(403, &format!("\"reader\" user is not authorized to write to database {name:?}"));
    }
    if ask.query.get("rp").is_some_and(|policy| !script.policies.contains(policy)) {
        return error(500, &format!("retention policy not found: {}", ask.query["rp"]));
    }
    if ask.wire_bytes > script.largest_body {
        return error(413, "Request Entity Too Large");
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
    if points.is_empty() {
        return if unparsable.is_empty() { Reply::new(204, "") } else { error(400, &unparsable.join("\n")) };
    }
    let undercount = script.undercount;
    let Some(place) = script.places.get_mut(&name) else { return Reply::new(204, "") };
    let (mut dropped, mut too_old, mut reason) = (0, 0, None);
    for point in points {
        match place.judge(&point) {
            Ok(()) => place.store(point),
            Err(Dropped::TooOld) => too_old += 1,
            Err(Dropped::Conflict(field, is, was)) => {
                dropped += 1;
                reason.get_or_insert_with(|| {
                    let measurement = &point.measurement;
                    format!("field type conflict: input field \"{field}\" on measurement \"{measurement}\" is type {is}, already exists as type {was}")
                });
            }
        }
    }
    // A conflict hides what else was wrong, and points beyond retention hide what could not be parsed.
    if let Some(reason) = reason {
        return error(400, &format!("partial write: {reason} dropped={}", if undercount { 1 } else { dropped }));
    }
    if too_old > 0 {
        return error(400, &format!("partial write: points beyond retention policy dropped={too_old}"));
    }
    if !unparsable.is_empty() {
        return error(400, &format!("partial write: {} dropped=0", unparsable.join("\n")));
    }
    Reply::new(204, "")
}

/// RFC 4648, written out so that the server shares no code with what it tests.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * place) & 63) as usize] as char;
            text.push(if place <= group.len() { letter } else { '=' });
        }
    }
    text
}
