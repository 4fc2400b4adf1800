//! Who answers what, and how an answer looks.

use serde_json::Value;

use super::{
    super::{Reply, Rights, Script, Seen},
    config, go, sections, service_tests, services, tasks, update,
};

/// What a route says: an answer of JSON with status 200, or a refusal.
pub type Answered = Result<Value, Refused>;

/// Why a route does nothing.
pub enum Refused {
    /// A status, and the error in words.
    Says(u16, String),
    /// The handler dies, and the connection is closed without an answer.
    HangsUp,
}

const BASE: &str = "/kapacitor/v1";

pub fn answer(script: &mut Script, ask: &Seen) -> Reply {
    let version = script.version("1.5.3");
    services::start(&mut script.alerting, &version);
    let reply = if script.alerting.zips_nothing || offers_gzip(ask) {
        let reply = route(script, ask, &version);
        if reply.status == 204 { reply.header("Content-Encoding", "gzip") } else { reply }
    } else {
        route(script, ask, &version)
    };
    reply.header("X-Kapacitor-Version", version).header("Request-Id", "5a6a1a86-e572-11f1-8005-000000000000")
}

fn offers_gzip(ask: &Seen) -> bool {
    ask.headers.get("accept-encoding").and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"))
}

fn route(script: &mut Script, ask: &Seen, version: &str) -> Reply {
    let is_new = sections::number(version) >= [1, 6, 0];
    if let Some(place) = cleaned(ask) {
        let body = format!("<a href=\"{place}\">Moved Permanently</a>.\n\n");
        return Reply::new(301, body).header("Location", place).header("content-type", "text/html; charset=utf-8");
    }
    let path = go::unescaped(&ask.path.replacen("/kapacitor/v1preview/", "/kapacitor/v1/", 1));
    let Some(path) = path.strip_prefix(BASE) else {
        return match (ask.method.as_str(), ask.path.as_str()) {
            // Lines are taken for any database.
            ("POST", "/write") => Reply::new(204, ""),
            _ => error(404, "Not Found", is_new),
        };
    };
    if let Err(reply) = allowed(script, ask, path, is_new) {
        return reply;
    }
    let answered = match (ask.method.as_str(), path) {
        ("GET" | "HEAD", "/ping") | ("POST", "/write") => return Reply::new(204, ""),
        (_, "/config") | ("GET" | "POST", _) if path.starts_with("/config") && script.override_disabled => {
            Err(Refused::Says(403, "config override service is not enabled".to_owned()))
        }
        ("GET", "/config") => config::show(&script.alerting, version, ""),
        ("GET", _) if path.starts_with("/config/") => config::show(&script.alerting, version, &path["/config".len()..]),
        ("POST", _) if path.starts_with("/config/") => {
            match update::update(&mut script.alerting, version, &path["/config".len()..], &ask.body) {
                Ok(()) => return Reply::new(204, ""),
                Err(refused) => Err(refused),
            }
        }
        ("GET", "/service-tests") => service_tests::list(&script.alerting, version, ask.query.get("pattern")),
        ("GET", _) if path.starts_with("/service-tests/") => service_tests::show(&script.alerting, version, &path[15..]),
        ("POST", _) if path.starts_with("/service-tests/") => service_tests::run(&mut script.alerting, version, &path[15..], &ask.body),
        ("GET", "/tasks") => tasks::list(&script.alerting.tasks, ask),
        ("GET", _) if path.starts_with("/tasks/") => tasks::show(&script.alerting.tasks, &path[7..]),
        ("GET", "/debug/vars") => Ok(tasks::variables(&script.alerting.tasks, version)),
        _ => Err(Refused::Says(404, "Not Found".to_owned())),
    };
    match answered {
        Ok(value) => Reply::new(200, format!("{}\n", escaped(&value))).header("content-type", "application/json"),
        Err(Refused::Says(status, text)) => error(status, &text, is_new),
        Err(Refused::HangsUp) => Reply::hang_up(),
    }
}

/// JSON as Go writes it: fit for a page of HTML.
fn escaped(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Where a path is that is not clean.
fn cleaned(ask: &Seen) -> Option<String> {
    if !ask.path.contains("//") && !ask.path.contains("/.") {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in ask.path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    let end = if ask.path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    let path = format!("/{}{end}", parts.join("/"));
    let host = ask.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    (path != ask.path).then(|| format!("http://{host}{path}"))
}

/// The login, and what it may do: every user may ping and write.
fn allowed(script: &Script, ask: &Seen, path: &str, is_new: bool) -> Result<(), Reply> {
    let Some((name, rights)) = login(script, ask, is_new)? else { return Ok(()) };
    if rights == Rights::All || matches!(path, "/ping" | "/write") {
        return Ok(());
    }
    let privilege = match ask.method.as_str() {
        "GET" => "read",
        "DELETE" => "delete",
        _ => "write",
    };
    Err(error(403, &format!("user {name} does not have {privilege:?} privilege for API endpoint \"{BASE}{path}\""), is_new))
}

/// The user and what it may do; `None` where no login is asked for.
fn login(script: &Script, ask: &Seen, is_new: bool) -> Result<Option<(String, Rights)>, Reply> {
    if script.logins.is_empty() {
        return Ok(None);
    }
    let basic = ask.headers.get("authorization").and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Basic "));
    let Some(pair) = basic.map(plain) else { return Err(refused("unable to parse authentication credentials", is_new)) };
    let name = pair.split(':').next().unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(refused("username required", is_new));
    }
    match script.logins.get(&pair) {
        Some(rights) => Ok(Some((name, *rights))),
        None if !is_new => Ok(Some((name, Rights::All))),
        None => Err(refused("authorization failed", is_new)),
    }
}

/// Compact, unlike other errors, and without `WWW-Authenticate`.
fn refused(text: &str, is_new: bool) -> Reply {
    let body = if is_new { format!(r#"{{"error":"{text}","message":"{text}"}}"#) } else { format!(r#"{{"error":"{text}"}}"#) };
    Reply::new(401, body)
}

fn error(status: u16, text: &str, is_new: bool) -> Reply {
    let text = escaped(&Value::from(text));
    let message = if is_new { format!(",\n    \"message\": {text}") } else { String::new() };
    Reply::new(status, format!("{{\n    \"error\": {text}{message}\n}}")).header("content-type", "application/json")
}

/// RFC 4648, written out so that the server shares no code with what it tests.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let (mut number, mut bits) = (0u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        (number, bits) = (number << 6 | u32::from(value), bits + 6);
        if bits >= 8 {
            bits -= 8;
            bytes.push((number >> bits & 0xff) as u8);
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}
