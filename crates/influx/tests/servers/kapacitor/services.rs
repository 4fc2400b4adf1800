//! The services that run, which are told of a change before it is kept, and what stands at the addresses that they send to.

use serde_json::Value;

use super::{Alerting, config, config::Options, sections, validation};

/// What stands at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FarSide {
    /// It takes everything.
    Takes,
    /// Nobody listens.
    Refuses,
    /// It answers so, with `{"error":…,"message":…}`.
    Says(u16, String),
}

/// Starts the services with what is stored, unless they run.
pub fn start(alerting: &mut Alerting, version: &str) {
    if alerting.running.is_empty() {
        let stored = config::stored(alerting, version).unwrap_or_default();
        alerting.running = stored.into_iter().map(|(section, elements)| (section.to_owned(), elements)).collect();
    }
}

/// What the elements of a section run with.
pub fn running<'a>(alerting: &'a Alerting, section: &str) -> &'a [Options] {
    alerting.running.get(section).map(Vec::as_slice).unwrap_or_default()
}

/// Gives a service what it shall run with. Only brokers are connected to at once.
pub fn take(alerting: &mut Alerting, version: &str, section: &str, elements: Vec<Options>) -> Result<(), String> {
    if section == "mqtt" {
        validation::brokers(&elements, version)?;
        let before = running(alerting, section);
        for options in elements.iter().filter(|options| options["enabled"] == true && !before.contains(options)) {
            let url = options["url"].as_str().unwrap_or_default();
            if far_side(alerting, url) == FarSide::Refuses {
                return Err(format!("Network Error : {}", dial(url)));
            }
        }
    }
    alerting.running.insert(section.to_owned(), elements);
    Ok(())
}

/// What stands at an address, with or without a scheme.
pub fn far_side(alerting: &Alerting, address: &str) -> FarSide {
    if let Some((_, far_side)) = alerting.far_sides.iter().find(|(start, _)| address.starts_with(start)) {
        return far_side.clone();
    }
    let place = place(address);
    let port = place.strip_prefix("127.0.0.1:").and_then(|port| port.parse::<u16>().ok());
    if port.is_some_and(|port| port < 10) { FarSide::Refuses } else { FarSide::Takes }
}

/// What Go says when nobody listens there.
pub fn dial(address: &str) -> String {
    format!("dial tcp {}: connect: connection refused", place(address))
}

/// Host and port of an address.
fn place(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// The element of this name that runs, or the service itself where its section is no list.
pub fn element<'a>(alerting: &'a Alerting, section: &str, name: &str) -> Option<&'a Options> {
    let key = sections::key(section);
    running(alerting, section).iter().find(|options| key.is_none_or(|key| options[key] == name))
}

/// The element that a service uses when it is told none: the only one, or in a list the one without a name, or the default.
pub fn default<'a>(alerting: &'a Alerting, section: &str) -> Option<&'a Options> {
    let elements = running(alerting, section);
    let is_default = |options: &&Options| options.get("default") == Some(&Value::Bool(true));
    element(alerting, section, "").or_else(|| elements.iter().find(is_default).or(elements.first()))
}
