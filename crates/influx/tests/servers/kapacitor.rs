//! Kapacitor 1.5.3, as it was recorded; from version 1.6 on it knows its users and says its errors twice.
//!
//! Its logins are `user:password`. Without any it asks for none; with some, 1.5 takes every name and password, and 1.6 and later only
//! these: `Rights::All` may do everything, the others may ping and write.

use super::{Reply, Rights, Script, Seen};

pub fn answer(script: &mut Script, ask: &Seen) -> Reply {
    let version = script.version("1.5.3");
    let is_new = !version.starts_with("1.5");
    route(script, ask, is_new).header("X-Kapacitor-Version", version).header("Request-Id", "5a6a1a86-e572-11f1-8005-000000000000")
}

fn route(script: &Script, ask: &Seen, is_new: bool) -> Reply {
    let Some(path) = ask.path.strip_prefix("/kapacitor/v1") else {
        return match (ask.method.as_str(), ask.path.as_str()) {
            // Lines are taken for any database.
            ("POST", "/write") => Reply::new(204, ""),
            _ => error(404, "Not Found", is_new),
        };
    };
    let user = match login(script, ask, is_new) {
        Ok(user) => user,
        Err(reply) => return reply,
    };
    match (ask.method.as_str(), path) {
        ("GET" | "HEAD", "/ping") => Reply::new(204, ""),
        ("GET", "/config") if user.as_ref().is_some_and(|(_, rights)| *rights != Rights::All) => {
            let name = user.map(|(name, _)| name).unwrap_or_default();
            let text = format!("user {name} does not have \"read\" privilege for API endpoint \"/kapacitor/v1/config\"");
            error(403, &text, is_new)
        }
        ("GET", "/config") if script.override_disabled => error(403, "config override service is not enabled", is_new),
        ("GET", "/config") => {
            let body = r#"{"link":{"rel":"self","href":"/kapacitor/v1/config"},"sections":{}}"#;
            Reply::new(200, body).header("content-type", "application/json")
        }
        _ => error(404, "Not Found", is_new),
    }
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
    let text = text.replace('"', "\\\"");
    let message = if is_new { format!(",\n    \"message\": \"{text}\"") } else { String::new() };
    Reply::new(status, format!("{{\n    \"error\": \"{text}\"{message}\n}}"))
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
