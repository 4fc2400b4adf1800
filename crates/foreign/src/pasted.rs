//! Whatever somebody pastes: a URL, a `curl` command, lines of an environment, Telegraf's or the `influx` command's TOML, Chronograf's JSON.

use serde_json::Value;

use crate::{Broken, Found, Given, Remark, chronograf, curl, draft::Draft, influx_config, lines, location, telegraf};

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Chronograf's JSON: what a `.src`, `.kap` or `.org` file holds, or an answer of its API.
    Chronograf,
    /// Sections of Telegraf's configuration.
    Telegraf,
    /// The configurations of the `influx` command.
    InfluxConfig,
    /// Lines of an environment.
    Lines,
    /// A `curl` command line.
    Curl,
    /// One or more URLs.
    Url,
    /// The address of a SQL database.
    Sql,
}

/// Recognizes the text and reads it, without anything given beside it.
///
/// # Errors
/// When it is nothing that is known, or what it is cannot be read.
pub fn read(text: &str) -> Result<Found, Broken> {
    read_with(text, &Given::default())
}

/// The same with variables for the references in it, and a bucket for v2 connections that name none.
///
/// # Errors
/// As [`read`].
pub fn read_with(text: &str, given: &Given) -> Result<Found, Broken> {
    let text = text.trim_start_matches('\u{feff}');
    let broken = |reason: &str| Broken { line: None, field: None, reason: reason.to_owned() };
    let Some(kind) = kind_of(text) else {
        return Err(match text.trim().is_empty() {
            true => broken("there is nothing in it"),
            false => broken(
                "this is nothing that is known: a URL, a `curl` command, `INFLUX_…` lines, a Telegraf output, an `influx` configuration, or what a .src, .kap or .org file holds",
            ),
        });
    };
    match kind {
        Kind::Chronograf => json(text, given),
        Kind::Telegraf => telegraf::read(text, given),
        Kind::InfluxConfig => influx_config::read(text, given),
        Kind::Lines => lines::read(text, given),
        Kind::Curl => curl::read(text, given),
        Kind::Url => urls(text, given),
        Kind::Sql => Err(broken(location::SQL)),
    }
}

/// What the text is; `None` when it is nothing that is known.
pub fn kind_of(text: &str) -> Option<Kind> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let after_bracket = text.strip_prefix('[').map(str::trim_start);
    if text.starts_with('{') || after_bracket.is_some_and(|rest| rest.starts_with('{')) {
        return Some(Kind::Chronograf);
    }
    if curl::is_curl(text) {
        return Some(Kind::Curl);
    }
    if telegraf::is_telegraf(text) {
        return Some(Kind::Telegraf);
    }
    let keys: Vec<&str> = text.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key.trim()).collect();
    let headings = text.lines().map(str::trim).any(|line| line.starts_with('[') && !line.starts_with("[["));
    if keys.contains(&"url") && (headings || keys.contains(&"token") || keys.contains(&"org")) {
        return Some(Kind::InfluxConfig);
    }
    if text.lines().map(str::trim).any(|line| line.starts_with("[[") || matches!(line, "[agent]" | "[global_tags]")) {
        return Some(Kind::Telegraf);
    }
    if lines::is_lines(text) {
        return Some(Kind::Lines);
    }
    if location::is_sql(text) {
        return Some(Kind::Sql);
    }
    (!text.is_empty() && pieces(text).all(|(_, piece)| is_address(piece))).then_some(Kind::Url)
}

/// What may be URLs, each with its line: parted by white space, as no URL has any.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with('#'))
        .flat_map(|(at, line)| line.split([' ', '\t', ',']).filter(|piece| !piece.is_empty()).map(move |piece| (at + 1, piece)))
}

fn is_address(piece: &str) -> bool {
    piece.contains("://") || location::read(piece).is_ok()
}

fn urls(text: &str, given: &Given) -> Result<Found, Broken> {
    let mut found = Found::default();
    for (line, piece) in pieces(text) {
        match location::read(piece) {
            Ok(location) => {
                let draft = Draft::of_location(location, Some(line), &mut found.remarks);
                draft.add_to(&mut found, given);
            }
            Err(error) => {
                found.broken.push(Broken { line: Some(line), field: Some("url".to_owned()), reason: error.reason().to_owned() });
            }
        }
    }
    if found.connections.is_empty() && found.kapacitors.is_empty() {
        let nothing = || Broken { line: None, field: None, reason: "there is no URL in it".to_owned() };
        return Err(found.broken.into_iter().next().unwrap_or_else(nothing));
    }
    Ok(found)
}

/// Chronograf's JSON: one object, a list of them, or an answer of its API (`{"sources": […]}`, `{"kapacitors": […]}`).
fn json(text: &str, given: &Given) -> Result<Found, Broken> {
    let value: Value = serde_json::from_str(text).map_err(|error| Broken {
        line: Some(error.line()).filter(|line| *line > 0),
        field: None,
        reason: "this is not JSON: look for a missing quote, comma or bracket".to_owned(),
    })?;
    let mut found = Found::default();
    match &value {
        Value::Object(members) => match ["sources", "kapacitors", "organizations"].iter().find_map(|list| members.get(*list)) {
            Some(Value::Array(items)) => several(items, given, &mut found),
            _ => add(text, &value, given, &mut found)?,
        },
        Value::Array(items) => several(items, given, &mut found),
        _ => {}
    }
    Ok(found)
}

fn several(items: &[Value], given: &Given, found: &mut Found) {
    for (at, item) in items.iter().enumerate() {
        if let Err(broken) = add(&item.to_string(), item, given, found) {
            let reason = format!("entry {}: {}", at + 1, broken.reason);
            found.broken.push(Broken { line: None, reason, ..broken });
        }
    }
    if !items.is_empty() {
        let text = "an answer of Chronograf's API holds no password: give each connection its own".to_owned();
        found.remarks.push(Remark { line: None, text });
    }
}

/// One object of Chronograf's, told by its members.
fn add(text: &str, value: &Value, given: &Given, found: &mut Found) -> Result<(), Broken> {
    let Value::Object(members) = value else {
        return Err(Broken { line: None, field: None, reason: "must be an object in curly brackets".to_owned() });
    };
    // Chronograf reads names of members without regard to case.
    let has = |name: &str| members.keys().any(|key| key.eq_ignore_ascii_case(name));
    if has("srcID") || (has("active") && has("url")) {
        let (kapacitor, remarks) = chronograf::kapacitor(text, &given.variables)?;
        found.kapacitors.push(kapacitor);
        found.remarks.extend(remarks);
    } else if has("url") {
        let (connection, remarks) = chronograf::connection(text, &given.variables)?;
        found.connections.push(connection);
        found.remarks.extend(remarks);
    } else if has("name") && (has("id") || has("defaultRole")) {
        let (organization, remarks) = chronograf::organization(text, &given.variables)?;
        found.organizations.push(organization);
        found.remarks.extend(remarks);
    } else {
        let reason =
            "is none of Chronograf's objects: a connection has a `url`, a Kapacitor a `srcID` too, an organization an `id` and a `name`";
        return Err(Broken { line: None, field: None, reason: reason.to_owned() });
    }
    Ok(())
}
