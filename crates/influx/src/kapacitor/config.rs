//! What a Kapacitor has and offers, read: its configuration with everything that was changed from outside, and its service tests.

use std::collections::BTreeMap;

use model::{AlertEndpoint, AlertEndpoints, EndpointName, Failure, FailureKind, Handler, OptionValue};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    catalogue::{self, Sections, Shown, Tests},
    client::{About, Api, version},
};

/// The configuration as it is stored, and the options of the service tests, some of which tell what runs.
pub(super) struct Config {
    sections: Sections,
    tests: Tests,
    handlers: Vec<Handler>,
}

impl Config {
    /// Asks for all of it.
    ///
    /// # Errors
    /// `Influx*`; [`model::Code::ConfigDisabled`] when it is closed to the outside.
    pub(super) async fn read(api: &Api<'_>) -> Result<Self, Failure> {
        let answer = api.get("/config", &[], About::Configuration).await?;
        let told: ToldConfig = answer.json().ok_or_else(|| api.unreadable(About::Configuration))?;
        let sections = told.sections();
        let tests = Self::read_tests(api).await?;
        let handlers = catalogue::offered(version(&answer).unwrap_or_default(), &sections, &tests);
        Ok(Self { sections, tests, handlers })
    }

    /// A login that may see the configuration may be kept from the tests: nothing can be tested then.
    async fn read_tests(api: &Api<'_>) -> Result<Tests, Failure> {
        let answer = match api.get("/service-tests", &[], About::Work).await {
            Ok(answer) => answer,
            Err(failure) if failure.kind == FailureKind::InfluxForbidden => return Ok(Tests::new()),
            Err(failure) => return Err(failure),
        };
        let told: ToldTests = answer.json().ok_or_else(|| api.unreadable(About::Work))?;
        Ok(told.services.unwrap_or_default().into_iter().map(|test| (test.name, test.options.unwrap_or_default())).collect())
    }

    /// The kind of endpoint that a section is.
    pub(super) fn handler(&self, section: &str) -> Option<&Handler> {
        self.handlers.iter().find(|handler| handler.section == section)
    }

    /// The elements of a section; none when it is an empty list.
    pub(super) fn elements(&self, section: &str) -> &[Shown] {
        self.sections.get(section).map(Vec::as_slice).unwrap_or_default()
    }

    /// An endpoint as it is stored.
    pub(super) fn find(&self, name: &EndpointName) -> Option<(&Handler, &Shown)> {
        let stored = self.elements(&name.section).iter().find(|shown| shown.element == name.element)?;
        Some((self.handler(&name.section)?, stored))
    }

    /// An endpoint as it may be shown.
    pub(super) fn endpoint(&self, name: &EndpointName) -> Option<AlertEndpoint> {
        let (handler, stored) = self.find(name)?;
        Some(self.shown(handler, stored))
    }

    /// What it offers, and every endpoint.
    pub(super) fn endpoints(self) -> AlertEndpoints {
        let stored = self.handlers.iter().flat_map(|handler| self.elements(&handler.section).iter().map(move |stored| (handler, stored)));
        let items = stored.map(|(handler, stored)| self.shown(handler, stored)).collect();
        AlertEndpoints { items, handlers: self.handlers }
    }

    fn shown(&self, handler: &Handler, stored: &Shown) -> AlertEndpoint {
        let differs = match self.tests.get(&handler.section) {
            Some(running) => catalogue::differing(&handler.section, stored, running),
            None => Vec::new(),
        };
        AlertEndpoint {
            name: EndpointName::element(&handler.section, &stored.element),
            section: handler.section.clone(),
            element: stored.element.clone(),
            enabled: stored.options.get("enabled").and_then(Value::as_bool),
            options: stored.options.iter().map(|(name, value)| (name.clone(), option(handler, stored, name, value))).collect(),
            differs,
        }
    }
}

/// Whether an option is never shown: by the catalogue, or because Kapacitor hides it here and tells only whether it is set.
pub(super) fn is_secret(handler: &Handler, stored: &Shown, name: &str) -> bool {
    let is_hidden = stored.redacted.iter().any(|hidden| hidden == name);
    is_hidden || handler.fields.iter().any(|field| field.name == name && field.secret)
}

fn option(handler: &Handler, stored: &Shown, name: &str, value: &Value) -> OptionValue {
    if is_secret(handler, stored, name) {
        OptionValue::Secret { set: !catalogue::is_nothing(value) }
    } else {
        OptionValue::Plain(value.clone())
    }
}

/// `GET /config`.
#[derive(Deserialize)]
struct ToldConfig {
    sections: BTreeMap<String, ToldSection>,
}

#[derive(Deserialize)]
struct ToldSection {
    elements: Option<Vec<ToldElement>>,
}

#[derive(Deserialize)]
struct ToldElement {
    link: ToldLink,
    options: Map<String, Value>,
    redacted: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ToldLink {
    href: String,
}

impl ToldConfig {
    fn sections(self) -> Sections {
        self.sections.into_iter().map(|(name, section)| (name.clone(), section.elements(&name))).collect()
    }
}

impl ToldSection {
    /// The name of an element stands only in its link, as it is, behind the section: `/kapacitor/v1/config/slack/ops`.
    fn elements(self, section: &str) -> Vec<Shown> {
        let before = format!("/config/{section}/");
        let shown = |told: ToldElement| {
            let element = told.link.href.split_once(&before).map(|(_, element)| element.to_owned()).unwrap_or_default();
            Shown { element, options: told.options, redacted: told.redacted.unwrap_or_default() }
        };
        self.elements.unwrap_or_default().into_iter().map(shown).collect()
    }
}

/// `GET /service-tests`.
#[derive(Deserialize)]
struct ToldTests {
    services: Option<Vec<ToldTest>>,
}

#[derive(Deserialize)]
struct ToldTest {
    name: String,
    options: Option<Map<String, Value>>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn slack() -> Config {
        let told: ToldConfig = serde_json::from_value(json!({"sections": {
            "slack": {"elements": [
                {"link": {"rel": "self", "href": "/kapacitor/v1/config/slack/"},
                 "options": {"enabled": false, "url": false, "workspace": "", "channel": ""}, "redacted": ["url"]},
                {"link": {"rel": "self", "href": "/kapacitor/v1/config/slack/ops"},
                 "options": {"enabled": true, "url": true, "workspace": "ops", "channel": "#ops"}, "redacted": ["url"]},
            ]},
            "teams": {"elements": [
                {"link": {"rel": "self", "href": "/kapacitor/v1/config/teams/"},
                 "options": {"enabled": true, "channel-url": "https://example.org/hunter2"}, "redacted": null},
            ]},
            "kubernetes": {"elements": null},
        }}))
        .unwrap();
        let (sections, tests) = (told.sections(), Tests::new());
        let handlers = catalogue::offered("1.5.6", &sections, &tests);
        Config { sections, tests, handlers }
    }

    #[test]
    fn elements_are_found_by_the_name_in_their_link() {
        let config = slack();
        for (name, channel) in [("slack", ""), ("slack:ops", "#ops")] {
            let endpoint = config.endpoint(&name.parse().unwrap()).unwrap();
            assert_eq!(endpoint.name.to_string(), name);
            assert_eq!(endpoint.options["channel"], OptionValue::Plain(json!(channel)));
        }
        assert!(config.endpoint(&EndpointName::of("smtp")).is_none());
        assert!(config.endpoint(&EndpointName::element("slack", "dev")).is_none());
    }

    #[test]
    fn of_a_secret_only_whether_it_is_set_is_told_also_where_kapacitor_shows_it() {
        let config = slack();
        let option = |endpoint: &str, name: &str| config.endpoint(&endpoint.parse().unwrap()).unwrap().options[name].clone();
        assert_eq!(option("slack", "url"), OptionValue::Secret { set: false });
        assert_eq!(option("slack:ops", "url"), OptionValue::Secret { set: true });
        assert_eq!(option("teams", "channel-url"), OptionValue::Secret { set: true });
        let told = serde_json::to_string(&config.endpoints()).unwrap();
        assert!(!told.contains("hunter2"), "{told}");
    }
}
