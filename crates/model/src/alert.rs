//! Alert endpoints: whom a Kapacitor tells of alerts, and how (Slack, mail, PagerDuty …), as its configuration has them.
//!
//! A section of the configuration is a [`Handler`]; what is configured in it is an [`AlertEndpoint`]: one, or in sections that are lists
//! one per element. Kapacitor keeps them. Nothing of them is in the store.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::Failure;

/// Which endpoint: `smtp`, `slack:ops`; the element without a name is written as the section alone: `slack`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointName {
    /// The section of Kapacitor's configuration.
    pub section: String,
    /// The element in a section that is a list; empty in the others, and for an element whose name is empty (Slack's first workspace).
    pub element: String,
}

impl EndpointName {
    /// The endpoint of a section that is no list, or its element without a name.
    pub fn of(section: impl Into<String>) -> Self {
        Self { section: section.into(), element: String::new() }
    }

    /// An element of a section that is a list.
    pub fn element(section: impl Into<String>, element: impl Into<String>) -> Self {
        Self { section: section.into(), element: element.into() }
    }
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.section)?;
        if self.element.is_empty() { Ok(()) } else { write!(f, ":{}", self.element) }
    }
}

impl FromStr for EndpointName {
    type Err = std::convert::Infallible;

    /// No section has a colon in its name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (section, element) = text.split_once(':').unwrap_or((text, ""));
        Ok(Self::element(section, element))
    }
}

impl Serialize for EndpointName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EndpointName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A kind of endpoint that a Kapacitor offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Handler {
    /// The section of its configuration: `slack`.
    pub section: String,
    /// Its name for people: `Slack`.
    pub label: String,
    /// What a person should know before choosing it: that another has replaced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The first version of Kapacitor that has it, where that is later than 1.5.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The option that names an element, where several can be had: `workspace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether it is in Tributary's catalogue. If not, its fields are made from what the server shows.
    pub known: bool,
    /// Its options, in the order of a form.
    pub fields: Vec<HandlerField>,
    /// What a test does; null when this server cannot test it.
    pub test: Option<HandlerTest>,
}

/// An option of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandlerField {
    /// Its name in Kapacitor's configuration: `icon-emoji`.
    pub name: String,
    /// Its name for people: `Icon emoji`.
    pub label: String,
    /// What it is for, with an example; empty when the label says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it is never shown: also where Kapacitor itself forgets to hide it.
    pub secret: bool,
    /// Whether an enabled endpoint needs it.
    pub required: bool,
    /// The values that it can have, where these are all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Whether most people leave it as it is.
    pub rare: bool,
}

/// What an option holds, and how it is written in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// True or false.
    Switch,
    /// Text.
    Text,
    /// An address, as text.
    Url,
    /// A path on Kapacitor's machine, as text.
    Path,
    /// A whole number.
    Integer,
    /// A length of time as Go writes it, as text: `1m30s`.
    Duration,
    /// A list of texts.
    List,
    /// An object of texts.
    Map,
    /// An object of lists of texts.
    Lists,
    /// A user name and a password: `{"username": …, "password": …}`.
    Login,
    /// None of these: shown as JSON and not edited in a form.
    Json,
}

/// What a test of an endpoint does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandlerTest {
    /// What a test that succeeds proves.
    pub proves: Proof,
    /// The same in a sentence: `Slack took the message`.
    pub says: String,
}

/// What a test that succeeds proves. Each server is tested by Kapacitor itself, which is not always told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The far side took the message.
    Accepted,
    /// The far side answered, whatever it said.
    Reached,
    /// Kapacitor put it into a queue of its own; what became of it is in Kapacitor's log only.
    Queued,
    /// It was sent; nothing tells whether it arrived.
    Sent,
    /// Not known: the handler is in no catalogue.
    Unknown,
}

/// An endpoint as a Kapacitor has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertEndpoint {
    /// Which one.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "slack:ops"))]
    pub name: EndpointName,
    /// The section, part of the name.
    pub section: String,
    /// The element, part of the name; empty when there is none.
    pub element: String,
    /// Whether Kapacitor uses it; null where there is no such option (HTTP posts are always used).
    pub enabled: Option<bool>,
    /// Every option by its name. Of a secret only whether it is set.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Value>))]
    pub options: BTreeMap<String, OptionValue>,
    /// Options whose running value is not the one that is stored, as far as Kapacitor tells. Applying the endpoint repairs them.
    pub differs: Vec<String>,
}

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OptionValue {
    /// A secret: nothing but whether there is one.
    Secret {
        /// Whether it is set.
        set: bool,
    },
    /// What it is.
    Plain(Value),
}

/// What a Kapacitor offers and has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertEndpoints {
    /// The kinds of endpoints that it offers, by label.
    pub handlers: Vec<Handler>,
    /// The endpoints, in the order of the handlers, then by element.
    pub items: Vec<AlertEndpoint>,
}

/// Values that people give to options: what is absent stays. They may be secret, and are not printed.
#[derive(Clone, Default)]
pub struct EndpointChange {
    /// New values by option; null clears: the text, list or map is empty afterwards.
    pub set: BTreeMap<String, Value>,
    /// Options that go back to the value of Kapacitor's file, or to its default.
    pub reset: Vec<String>,
}

impl fmt::Debug for EndpointChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<&String> = self.set.keys().collect();
        f.debug_struct("EndpointChange").field("set", &set).field("reset", &self.reset).finish()
    }
}

/// What became of an endpoint that was removed.
#[derive(Clone, Debug, PartialEq)]
pub enum Removed {
    /// It is gone.
    Gone,
    /// It is in Kapacitor's file, and has that file's values again.
    Reset(AlertEndpoint),
}

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointTest {
    /// Whether Kapacitor calls it a success.
    pub success: bool,
    /// Kapacitor's words, without the values of secrets; empty after a success.
    pub message: String,
    /// What that proves.
    pub proves: Proof,
    /// What it means, in a sentence.
    pub says: String,
}

/// Why nothing was changed or sent.
#[derive(Debug, thiserror::Error)]
pub enum EndpointRefusal {
    /// An option says what cannot be, by Kapacitor's words where it was asked.
    #[error("{message}")]
    Option {
        /// Its name.
        option: String,
        /// What is wrong, without the value of a secret.
        message: String,
        /// What to do.
        advice: String,
    },
    /// What should be added cannot have this name: Kapacitor could not change it afterwards.
    #[error("{message}")]
    Name {
        /// What is wrong.
        message: String,
        /// What to do.
        advice: String,
    },
    /// Kapacitor refused, and no option is to blame; or it cannot be done there.
    #[error("{message}")]
    Refused {
        /// What is wrong.
        message: String,
        /// What to do.
        advice: String,
    },
    /// There is no such section or element.
    #[error("there is no alert endpoint `{0}`")]
    Missing(EndpointName),
    /// What should be added is there.
    #[error("there is already an alert endpoint `{0}`")]
    Exists(EndpointName),
    /// The Kapacitor could not be asked.
    #[error("{}", .0.chain())]
    Failed(#[from] Failure),
}
