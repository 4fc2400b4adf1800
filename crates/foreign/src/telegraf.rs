//! Telegraf's outputs to InfluxDB: `[[outputs.influxdb]]`, `[[outputs.influxdb_v2]]` and `[[outputs.influxdb_v3]]` (the `sample.conf` of
//! each plugin). Everything else of the file is passed over in silence.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{
    Broken, Found, Given, Remark,
    document::{self, Lines, Table},
    draft::Draft,
    length,
    location::{self, Api, Nowhere},
    reference::{self, Unfilled},
};

/// The plugins that are read.
const PLUGINS: [(&str, Api); 3] = [("influxdb", Api::V1), ("influxdb_v2", Api::V2), ("influxdb_v3", Api::V3)];

/// Reads a whole configuration or a piece of one: one connection for each URL of each output.
///
/// # Errors
/// When there is no such output. One that cannot be used is told in [`Found::broken`] and stops no other.
pub fn read(text: &str, given: &Given) -> Result<Found, Broken> {
    let mut found = Found::default();
    let lines = Lines::of(text, 0);
    match document::parse(text, &lines) {
        Ok(document) => outputs(&lines, &document, given, &mut found),
        // Some other plugin may be at fault, or one of several outputs: each stands for itself.
        Err(broken) => {
            let sections = sections(text);
            if sections.is_empty() {
                return Err(broken);
            }
            for (before, section) in sections {
                let lines = Lines::of(&section, before);
                match document::parse(&section, &lines) {
                    Ok(document) => outputs(&lines, &document, given, &mut found),
                    Err(broken) => found.broken.push(broken),
                }
            }
        }
    }
    if found.connections.is_empty() && found.broken.is_empty() && found.remarks.is_empty() {
        let reason = "holds no output to InfluxDB: `[[outputs.influxdb]]`, `[[outputs.influxdb_v2]]` or `[[outputs.influxdb_v3]]`";
        return Err(Broken { line: None, field: None, reason: reason.to_owned() });
    }
    Ok(found)
}

/// Whether the text names an output to InfluxDB.
pub(crate) fn is_telegraf(text: &str) -> bool {
    text.lines().any(|line| heading(line).is_some_and(|heading| heading.starts_with("outputs.influxdb")))
}

/// What stands between the brackets of a heading.
fn heading(line: &str) -> Option<&str> {
    let line = line.trim();
    let line = line.strip_prefix("[[").or_else(|| line.strip_prefix('['))?;
    let (heading, after) = line.split_once(']')?;
    let after = after.trim_start_matches(']').trim();
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '"' | '\'' | ' ');
    (heading.chars().all(plain) && (after.is_empty() || after.starts_with('#'))).then(|| heading.trim())
}

/// The outputs of a text that is not TOML as a whole, each with the number of lines before it.
fn sections(text: &str) -> Vec<(usize, String)> {
    let mut sections: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (at, line) in text.lines().enumerate() {
        if let Some(heading) = heading(line) {
            let output = PLUGINS.iter().any(|(plugin, _)| heading.strip_prefix("outputs.") == Some(plugin));
            let below = PLUGINS.iter().any(|(plugin, _)| heading.starts_with(&format!("outputs.{plugin}.")));
            open = output || (open && below);
            if output {
                sections.push((at, String::new()));
            }
        }
        if let (true, Some((_, section))) = (open, sections.last_mut()) {
            section.push_str(line);
            section.push('\n');
        }
    }
    sections
}

fn outputs(lines: &Lines, document: &DeTable<'_>, given: &Given, found: &mut Found) {
    let Some(DeValue::Table(outputs)) = document.iter().find(|(key, _)| key.get_ref() == "outputs").map(|(_, value)| value.get_ref())
    else {
        return;
    };
    let mut tables: Vec<(&DeTable<'_>, std::ops::Range<usize>, Api)> = Vec::new();
    for (plugin, value) in outputs {
        let Some((_, api)) = PLUGINS.iter().find(|(name, _)| *name == plugin.get_ref()) else { continue };
        match value.get_ref() {
            DeValue::Table(table) => tables.push((table, value.span(), *api)),
            DeValue::Array(items) => {
                tables.extend(items.iter().filter_map(|item: &Spanned<DeValue<'_>>| match item.get_ref() {
                    DeValue::Table(table) => Some((table, item.span(), *api)),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    tables.sort_by_key(|(_, place, _)| place.start);
    for (table, place, api) in tables {
        if let Err(broken) = output(&Table::new(lines, table, Some(&place)), api, given, found) {
            found.broken.push(broken);
        }
    }
}

/// One output: a connection for each of its URLs.
fn output(table: &Table<'_>, api: Api, given: &Given, found: &mut Found) -> Result<(), Broken> {
    let filled =
        |key: &str, text: &str| reference::fill(text, &given.variables).map_err(|unfilled: Unfilled| table.broken(key, unfilled.reason()));
    let text = |key: &str| table.text(key)?.map(|text| filled(key, text)).transpose();
    let mut remarks = Vec::new();
    let mut say = |key: &str, text: String| remarks.push(Remark { line: table.line_of(key), text });

    let secret = |key: &str, say: &mut dyn FnMut(&str, String)| -> Result<Option<String>, Broken> {
        if table.text(key)?.is_some_and(reference::is_secret_store) {
            say(key, format!("`{key}` is in one of Telegraf's secret stores, which cannot be read from here: give it to the connection"));
            return Ok(None);
        }
        text(key)
    };
    let (username, password, token) = (secret("username", &mut say)?, secret("password", &mut say)?, secret("token", &mut say)?);
    let (database, retention_policy) = (text("database")?, text("retention_policy")?);
    let (organization, bucket, name) = (text("organization")?, text("bucket")?, text("alias")?);
    let insecure_skip_verify = table.truth("insecure_skip_verify")?.unwrap_or_default();
    let timeout_ms = time_limit(table, given, &mut say)?;
    let gzip = match text("content_encoding")?.as_deref() {
        None => model::connection::Gzip::Auto,
        Some("gzip") => model::connection::Gzip::On,
        Some("identity" | "none" | "") => model::connection::Gzip::Off,
        Some(_) => return Err(table.broken("content_encoding", "must be `gzip` or `identity`")),
    };
    for (old, key) in [("ssl_ca", "tls_ca"), ("ssl_cert", "tls_cert"), ("ssl_key", "tls_key")] {
        for key in [old, key] {
            if table.get(key).is_some() {
                say(key, format!("`{key}` is a path on Telegraf's machine: give what is in that file to the connection"));
            }
        }
    }
    for key in ["database_tag", "bucket_tag", "retention_policy_tag"] {
        if table.text(key)?.is_some_and(|text| !text.is_empty()) {
            say(key, format!("`{key}` chooses by a tag, which a connection does not: one for each is needed"));
        }
    }
    for key in ["http_headers", "http_proxy"] {
        if table.get(key).is_some() {
            say(key, format!("`{key}` has no counterpart here: the connection comes without it"));
        }
    }
    remarks.extend(unknown(table));

    let mut urls = Vec::new();
    for key in ["urls", "url"] {
        for (url, line) in table.texts(key)? {
            urls.push((key, filled(key, url)?, line));
        }
    }
    if urls.is_empty() {
        let default = if api == Api::V3 { "http://localhost:8181" } else { "http://localhost:8086" };
        remarks.push(Remark { line: table.line, text: format!("no URL is named: Telegraf's own default, {default}, is taken") });
        urls.push(("urls", default.to_owned(), table.line));
    }
    let mut taken = Vec::new();
    for (key, url, line) in urls {
        match location::read(&url) {
            Ok(location) => taken.push((location, line)),
            Err(Nowhere::Scheme) => {
                remarks.push(Remark { line, text: "a URL that is neither http nor https is left out".to_owned() });
            }
            Err(error) => return Err(Broken { line, field: Some(key.to_owned()), reason: error.reason().to_owned() }),
        }
    }
    found.remarks.append(&mut remarks);
    for (location, line) in taken {
        let login = (location.username.is_some() || location.password.is_some()) && username.is_none();
        let mut draft = Draft::of_location(location, line, &mut found.remarks);
        draft.api = Some(api);
        if !login {
            draft.username.clone_from(&username);
            draft.password = password.clone().map(Into::into);
        }
        draft.token = token.clone().map(Into::into);
        draft.database = database.clone().or(draft.database);
        draft.retention_policy = retention_policy.clone().or(draft.retention_policy);
        draft.organization = organization.clone().or(draft.organization);
        draft.bucket = bucket.clone().or(draft.bucket);
        draft.name.clone_from(&name);
        (draft.insecure_skip_verify, draft.timeout_ms, draft.gzip) = (insecure_skip_verify, timeout_ms, gzip);
        draft.add_to(found, given);
    }
    Ok(())
}

/// The time limit of a request: a Go duration, or a number of seconds.
fn time_limit(table: &Table<'_>, given: &Given, say: &mut dyn FnMut(&str, String)) -> Result<Option<u32>, Broken> {
    let key = "timeout";
    let wrong = || table.broken(key, "must be a length of time as `5s` or `1m30s`");
    let millis = match table.get(key).map(Spanned::get_ref) {
        None => return Ok(None),
        Some(DeValue::String(text)) => {
            let text = reference::fill(text, &given.variables).map_err(|unfilled| table.broken(key, unfilled.reason()))?;
            if text.trim().is_empty() {
                return Ok(None);
            }
            length::millis(&text).or_else(|| length::millis(&format!("{}s", text.trim()))).ok_or_else(wrong)?
        }
        Some(DeValue::Integer(number)) => length::millis(&format!("{number}s")).ok_or_else(wrong)?,
        Some(DeValue::Float(number)) => length::millis(&format!("{number}s")).ok_or_else(wrong)?,
        Some(_) => return Err(wrong()),
    };
    let (limit, remark) = length::time_limit(millis);
    if let Some(remark) = remark {
        say(key, remark.to_owned());
    }
    Ok(limit)
}

/// What an output says that no connection knows.
fn unknown(table: &Table<'_>) -> Option<Remark> {
    // Read above, or of no account to who writes where.
    const KNOWN: [&str; 34] = [
        "urls",
        "url",
        "database",
        "username",
        "password",
        "retention_policy",
        "timeout",
        "insecure_skip_verify",
        "tls_ca",
        "tls_cert",
        "tls_key",
        "ssl_ca",
        "ssl_cert",
        "ssl_key",
        "alias",
        "token",
        "organization",
        "bucket",
        "database_tag",
        "bucket_tag",
        "retention_policy_tag",
        "http_headers",
        "http_proxy",
        "content_encoding",
        "user_agent",
        "skip_database_creation",
        "precision",
        "exclude_database_tag",
        "exclude_bucket_tag",
        "exclude_retention_policy_tag",
        "influx_uint_support",
        "write_consistency",
        "udp_payload",
        "log_level",
    ];
    table.ignored(&KNOWN)
}
