//! The sections of a configuration and the options of each, since which version, with what Kapacitor ships. From a live `GET /config` of
//! 1.5.3 and 1.5.6, later versions from their source.

use serde_json::{Value, json};

use super::config::Options;

/// A section and its options.
#[derive(Clone, Debug)]
pub struct Section {
    pub name: &'static str,
    /// In a section that is a list: the option that names an element.
    pub key: Option<&'static str>,
    /// Whether it is shipped with an element.
    pub is_filled: bool,
    pub fields: Vec<Field>,
}

/// An option.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub shipped: Value,
    /// Whether `GET /config` says only if it is set.
    pub is_hidden: bool,
}

/// The Go type of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Switch,
    Text,
    Integer,
    /// A number that may be missing. It cannot be set from outside.
    Pointer,
    Duration,
    List,
    Map,
    Lists,
    Login,
    Severities,
}

impl Kind {
    /// The zero value of the type, as JSON.
    pub fn zero(self) -> Value {
        match self {
            Self::Switch => json!(false),
            Self::Text => json!(""),
            Self::Integer => json!(0),
            Self::Duration => json!("0s"),
            Self::Pointer | Self::List | Self::Map | Self::Lists => Value::Null,
            Self::Login => json!({"username": "", "password": ""}),
            Self::Severities => json!({"ok": null, "info": null, "warning": null, "critical": null}),
        }
    }

    fn named(word: &str) -> Self {
        match word {
            "switch" => Self::Switch,
            "text" => Self::Text,
            "integer" => Self::Integer,
            "pointer" => Self::Pointer,
            "duration" => Self::Duration,
            "list" => Self::List,
            "map" => Self::Map,
            "lists" => Self::Lists,
            "login" => Self::Login,
            "severities" => Self::Severities,
            other => panic!("no kind is called {other}"),
        }
    }
}

impl Section {
    /// What an element is made of before anything is set: in Kapacitor's file, and where the type fills itself in.
    pub fn shipped(&self) -> Options {
        self.fields.iter().map(|field| (field.name.to_owned(), field.shipped.clone())).collect()
    }

    /// What an element that is added begins as. Only that of `influxdb` fills itself in.
    pub fn blank(&self) -> Options {
        if self.name == "influxdb" {
            return self.shipped();
        }
        self.fields.iter().map(|field| (field.name.to_owned(), field.kind.zero())).collect()
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// `1.5.3`, `v1.6`, as numbers.
pub fn number(version: &str) -> [u32; 3] {
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
    [(); 3].map(|()| parts.next().unwrap_or(0))
}

/// The sections of a version, in the order of their names.
pub fn of(version: &str) -> Vec<Section> {
    let version = number(version);
    let mut sections: Vec<Section> = Vec::new();
    let mut is_there = false;
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        if !line.starts_with(' ') {
            let name = words.next().expect("a section has a name");
            is_there = words.next().is_some_and(|since| number(since) <= version);
            let (key, is_filled) = match words.next() {
                Some("list") => (words.next(), words.next() != Some("empty")),
                _ => (None, true),
            };
            if is_there {
                sections.push(Section { name, key, is_filled, fields: Vec::new() });
            }
            continue;
        }
        let mut kind = words.next().expect("a line of options begins with their kind");
        if let Some(since) = kind.strip_suffix(':') {
            if number(since) > version {
                continue;
            }
            kind = words.next().expect("a version stands before a kind");
        }
        if is_there {
            let section = sections.last_mut().expect("options stand below their section");
            section.fields.extend(words.map(|word| field(kind, word)));
        }
    }
    sections.sort_by_key(|section| section.name);
    sections
}

/// The key of a section that is a list in whatever version.
pub fn key(section: &str) -> Option<&'static str> {
    let head = TABLE.lines().find(|line| line.split(' ').next() == Some(section))?;
    head.split_once(" list ").and_then(|(_, key)| key.split(' ').next())
}

fn field(kind: &str, word: &'static str) -> Field {
    let (is_hidden, kind) = kind.strip_prefix("hidden-").map_or((false, kind), |kind| (true, kind));
    let kind = Kind::named(kind);
    let (name, shipped) = match word.split_once('=') {
        None => (word, kind.zero()),
        Some((name, text)) if matches!(kind, Kind::Text | Kind::Duration) => (name, json!(text)),
        Some((name, text)) => (name, serde_json::from_str(text).expect("the table is well formed")),
    };
    Field { name, kind, shipped, is_hidden }
}

/// A section: its name, its first version, and if it is a list the key of its elements. Below it the options by kind, after the version that
/// brought them where that is later; what stands after `=` is shipped in place of the zero value. The pigeon is of no version that there is,
/// and stands for what a later one will bring.
const TABLE: &str = "
alerta 1.5.3
 switch enabled insecure-skip-verify
 text environment origin token-prefix url
 duration timeout
 hidden-text token
hipchat 1.5.3
 switch enabled global state-changes-only
 text room url
 hidden-text token
httppost 1.5.3 list endpoint
 text endpoint=example url=http://example.com alert-template alert-template-file row-template row-template-file
 map headers
 hidden-login basic-auth
kafka 1.5.3 list id
 switch enabled insecure-skip-verify use-ssl
 text id=default ssl-ca ssl-cert ssl-key
 list brokers
 duration timeout batch-timeout
 integer batch-size
 1.6.4: text sasl-username sasl-password sasl-mechanism
 1.6.4: pointer sasl-version
 1.6.4: map sasl_extensions
 1.6.4: text sasl-gssapi-service-name sasl-gssapi-auth-type sasl-gssapi-kerberos-config-path sasl-gssapi-key-tab-path sasl-gssapi-realm
 1.6.4: switch sasl-gssapi-disable-pafxfast
 1.7.6: text sasl-oauth-service sasl-oauth-client-id sasl-oauth-client-secret sasl-oauth-token-url
 1.7.6: list sasl-oauth-scopes
 1.7.6: map sasl-oauth-parameters
 1.7.6: integer sasl-oauth-token-expiry-margin=1000000000
 1.7.6: text sasl-access-token sasl-oauth-tenant-id
kubernetes 1.5.3 list id empty
 switch enabled in-cluster
 text id ca-path namespace resource
 list api-servers
 hidden-text token
mqtt 1.5.3 list name
 switch enabled default insecure-skip-verify
 text name=default url client-id username ssl-ca ssl-cert ssl-key
 hidden-text password
opsgenie 1.5.3
 switch enabled global
 text url=https://api.opsgenie.com/v1/json/alert recovery_url=https://api.opsgenie.com/v1/json/alert/note
 list teams recipients
 hidden-text api-key
opsgenie2 1.5.3
 switch enabled global
 text url=https://api.opsgenie.com/v2/alerts recovery_action=notes
 list teams recipients
 hidden-text api-key
 1.5.8: switch details
pagerduty 1.5.3
 switch enabled global
 text url=https://events.pagerduty.com/generic/2010-04-15/create_event.json
 hidden-text service-key
pagerduty2 1.5.3
 switch enabled global
 text url=https://events.pagerduty.com/v2/enqueue
 hidden-text routing-key
pushover 1.5.3
 switch enabled
 hidden-text token user-key
 text url=https://api.pushover.net/1/messages.json
sensu 1.5.3
 switch enabled
 text addr source=Kapacitor
 list handlers
slack 1.5.3 list workspace
 switch enabled default=true global insecure-skip-verify state-changes-only
 text workspace channel username=kapacitor icon-emoji ssl-ca ssl-cert ssl-key
 hidden-text url
 1.6.0: hidden-text token
smtp 1.5.3
 switch enabled global no-verify state-changes-only
 text host=localhost from username
 integer port=25
 list to
 duration idle-timeout=30s
 hidden-text password
 1.6.3: list to-templates
snmptrap 1.5.3
 switch enabled
 text addr=localhost:162
 hidden-text community=kapacitor
 integer retries=1
swarm 1.5.3 list id empty
 switch enabled insecure-skip-verify
 text id ssl-ca ssl-cert ssl-key
 list servers
talk 1.5.3
 switch enabled
 text author_name
 hidden-text url
telegram 1.5.3
 switch enabled disable-notification disable-web-page-preview global state-changes-only
 text url=https://api.telegram.org/bot chat-id parse-mode
 hidden-text token
victorops 1.5.3
 switch enabled global json-data
 text routing-key url=https://alert.victorops.com/integrations/generic/20131114/alert
 hidden-text api-key
influxdb 1.5.3 list name
 switch enabled default=true disable-subscriptions insecure-skip-verify
 text name=default username kapacitor-hostname ssl-ca ssl-cert ssl-key subscription-mode=cluster subscription-protocol=http udp-bind
 list urls=[\"http://localhost:8086\"]
 hidden-text password
 1.6.0: hidden-text token
 1.6.0: switch http-shared-secret
 1.6.0: text subscription-path compression
 integer http-port udp-buffer=1000 udp-read-buffer
 duration timeout startup-timeout=5m0s subscriptions-sync-interval=1m0s
 lists subscriptions excluded-subscriptions={\"_kapacitor\":[\"autogen\"]}
discord 1.5.6 list workspace
 switch enabled default=true global insecure-skip-verify state-changes-only timestamp
 text workspace url username avatar-url embed-title ssl-ca ssl-cert ssl-key
teams 1.5.6
 switch enabled global state-changes-only
 text channel-url
servicenow 1.5.7
 switch enabled global state-changes-only
 text url=https://instance.service-now.com/api/global/em/jsonv2 source username
 hidden-text password
bigpanda 1.5.8
 switch enabled global insecure-skip-verify state-changes-only
 text url=https://api.bigpanda.io/data/v2/alerts app-key
 hidden-text token
 1.6.3: text auto-attributes=tags,fields
zenoss 1.6.0
 switch enabled global state-changes-only
 text url=https://tenant.zenoss.io:8080/zport/dmd/evconsole_router username action=EventsRouter method=add_event type=rpc collector=Kapacitor
 hidden-text password
 integer tid=1
 severities severity-map={\"ok\":\"Clear\",\"info\":\"Info\",\"warning\":\"Warning\",\"critical\":\"Critical\"}
pigeon 9.0.0 list id
 switch enabled
 text id=first url=https://pigeon.example.com
 hidden-text ring
 integer wings=2
 duration rest=1h0m0s
 list routes
 map names
";
