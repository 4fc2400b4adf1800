//! A Kapacitor that answers as 1.5.3 was recorded and as the source of 1.6 says.

use crate::{
    canned::{Canned, json},
    servers::{Reply, Seen},
};

/// What it has and how it behaves.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) version: &'static str,
    /// Whether it asks for a login.
    pub(crate) auth_enabled: bool,
    /// The one user, from 1.6 on: before, any will do.
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    /// Whether the user may read the configuration.
    pub(crate) privileged: bool,
    /// `[config-override] enabled`.
    pub(crate) override_enabled: bool,
}

impl Script {
    pub(crate) fn new(version: &'static str) -> Self {
        Self { version, auth_enabled: false, user: "scribe", password: "right-8c2e", privileged: true, override_enabled: true }
    }
}

pub(crate) async fn start(script: Script) -> Canned {
    Canned::start(move |seen| answer(&script, seen).header("X-Kapacitor-Version", script.version).header("Request-Id", "1")).await
}

fn answer(script: &Script, seen: &Seen) -> Reply {
    // From 1.6 on the same text stands in `message` too.
    let is_old = script.version.starts_with("1.5");
    let error = |status: u16, text: &str| {
        let text = serde_json::Value::from(text);
        if is_old {
            json(status, &format!("{{\"error\":{text}}}"))
        } else {
            json(status, &format!("{{\"error\":{text},\"message\":{text}}}"))
        }
    };
    if !seen.path.starts_with("/kapacitor/v1/") && seen.path != "/write" {
        return error(404, "Not Found");
    }
    if script.auth_enabled {
        let given = seen.headers.get("authorization").and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Basic "));
        let Some(given) = given else { return error(401, "unable to parse authentication credentials") };
        if !is_old && given != encoded(script.user, script.password) {
            return error(401, "authorization failed");
        }
    }
    match (seen.method.as_str(), seen.path.as_str()) {
        ("GET" | "HEAD", "/kapacitor/v1/ping") | ("POST", "/write") => Reply::new(204, ""),
        ("GET", "/kapacitor/v1/config") if !script.override_enabled => error(403, "config override service is not enabled"),
        ("GET", "/kapacitor/v1/config") if !script.privileged => {
            let user = script.user;
            error(403, &format!("user {user} does not have \"read\" privilege for API endpoint \"/kapacitor/v1/config\""))
        }
        ("GET", "/kapacitor/v1/config") => json(200, r#"{"link":{"rel":"self","href":"/kapacitor/v1/config"},"sections":{}}"#),
        _ => error(404, "Not Found"),
    }
}

fn encoded(user: &str, password: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"))
}
