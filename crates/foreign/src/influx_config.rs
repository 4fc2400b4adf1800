//! The configurations of the `influx` command of InfluxDB 2, by default `~/.influxdbv2/configs`: TOML, one table for each, with `url`,
//! `token`, `org`, `active`, `previous` and `cookie` (`Config` in `config/config.go` of influx-cli). They name no bucket.
//!
//! The `influx` command of InfluxDB 1 has no such file.

use toml::{Spanned, de::DeValue};

use crate::{
    Broken, Found, Given, Remark,
    document::{self, Lines, Table},
    draft::Draft,
    location::{self, Api},
};

/// Reads the file: one v2 connection for each configuration, named as it is; the active one asks to be the default.
///
/// # Errors
/// When the text is not TOML, or holds no configuration. One that cannot be used is told in [`Found::broken`] and stops no other.
pub fn read(text: &str, given: &Given) -> Result<Found, Broken> {
    let lines = Lines::of(text, 0);
    let document = document::parse(text, &lines)?;
    let mut sections: Vec<_> = document
        .iter()
        .filter_map(|(name, value)| match value.get_ref() {
            DeValue::Table(table) => Some((name, value.span(), table)),
            _ => None,
        })
        .collect();
    sections.sort_by_key(|(name, ..)| name.span().start);
    let mut found = Found::default();
    for (name, place, table) in &sections {
        let table = Table::new(&lines, table, Some(place));
        match configuration(name.get_ref(), &table, &mut found.remarks) {
            Ok(draft) => draft.add_to(&mut found, given),
            Err(broken) => found.broken.push(broken),
        }
    }
    if sections.is_empty() && document.keys().any(|key| key.get_ref() == "url") {
        // One configuration without its heading, as people copy it.
        let table = Table::new(&lines, &document, document.values().map(Spanned::span).min_by_key(|place| place.start).as_ref());
        configuration("", &table, &mut found.remarks)?.add_to(&mut found, given);
    }
    if found.connections.is_empty() && found.broken.is_empty() {
        return Err(Broken {
            line: None,
            field: None,
            reason: "holds no configuration: a `[name]` with `url`, `token` and `org`".to_owned(),
        });
    }
    Ok(found)
}

fn configuration(name: &str, table: &Table<'_>, remarks: &mut Vec<Remark>) -> Result<Draft, Broken> {
    let url = table.text("url")?.ok_or_else(|| table.broken("url", "is missing"))?;
    let location = location::read(url).map_err(|error| table.broken("url", error.reason()))?;
    let mut draft = Draft::of_location(location, table.line, remarks);
    draft.api = Some(Api::V2);
    draft.name = Some(name.to_owned());
    draft.organization = table.text("org")?.map(str::to_owned).filter(|text| !text.trim().is_empty()).or(draft.organization);
    let token = table.text("token")?.filter(|token| !token.is_empty());
    draft.token = token.map(Into::into);
    draft.default = table.truth("active")?.unwrap_or_default();
    if token.is_none() && table.get("cookie").is_some() {
        let text = "the configuration has a session instead of a token: give the connection a token";
        remarks.push(Remark { line: table.line_of("cookie"), text: text.to_owned() });
    }
    remarks.extend(table.ignored(&["url", "token", "org", "active", "previous", "cookie"]));
    Ok(draft)
}
