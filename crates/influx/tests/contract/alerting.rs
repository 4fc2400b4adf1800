//! What is promised of Kapacitors (`model::edges::Kapacitors`), on one that answers and fails as the real ones were recorded.

mod endpoints;
mod inside;
mod recorded;
mod refusals;
mod side_by_side;
mod traps;

use influx::{
    Drivers,
    http::{Login, Method, Request, StatusCode, endpoint},
};
use model::{
    AlertEndpoint, AlertEndpoints, Connection, EndpointChange, EndpointName, EndpointRefusal, EndpointTest, Id, Kapacitor,
    edges::{KapacitorAccess, Kapacitors as _},
    secret::Secrets,
};
use serde_json::{Map, Value, json};

use crate::{
    ground::{Noon, client, drivers},
    servers::{
        Kind, Script, Scripted,
        kapacitor::{Alerting, Sent},
    },
};

/// The versions that were recorded, and those that the source tells of.
const VERSIONS: [&str; 4] = ["1.5.3", "1.5.6", "1.6.5", "1.8.3"];

/// A scripted Kapacitor, and the drivers that speak to it.
struct Alerts {
    server: Scripted,
    version: &'static str,
    drivers: Drivers,
}

impl Alerts {
    async fn start(version: &'static str) -> Self {
        let mut script = Script::new(Kind::Kapacitor, &[]);
        script.version = Some(version.to_owned());
        Self { server: Scripted::start(script).await, version, drivers: drivers() }
    }

    /// Looks into the server, or changes it while it runs.
    fn with<T>(&self, look: impl FnOnce(&mut Alerting) -> T) -> T {
        self.server.with(|script| look(&mut script.alerting))
    }

    fn access(&self) -> KapacitorAccess {
        let kapacitor = Kapacitor::new(Id::<Connection>::new(&Noon), self.server.url().clone());
        KapacitorAccess { kapacitor, secrets: Secrets::new() }
    }

    async fn all(&self) -> AlertEndpoints {
        self.drivers.endpoints(&self.access()).await.unwrap()
    }

    async fn get(&self, name: &str) -> AlertEndpoint {
        let found = self.all().await.items.into_iter().find(|item| item.name.to_string() == name);
        found.unwrap_or_else(|| panic!("there is no endpoint {name}"))
    }

    async fn set(&self, name: &str, options: Value) -> Result<AlertEndpoint, EndpointRefusal> {
        self.drivers.change_endpoint(&self.access(), &named(name), &change(options)).await
    }

    async fn reset(&self, name: &str, options: &[&str]) -> Result<AlertEndpoint, EndpointRefusal> {
        let reset = options.iter().map(|option| (*option).to_owned()).collect();
        self.drivers.change_endpoint(&self.access(), &named(name), &EndpointChange { reset, ..EndpointChange::default() }).await
    }

    async fn add(&self, name: &str, options: Value) -> Result<AlertEndpoint, EndpointRefusal> {
        self.drivers.add_endpoint(&self.access(), &named(name), &change(options)).await
    }

    async fn test(&self, name: &str) -> Result<EndpointTest, EndpointRefusal> {
        self.drivers.test_endpoint(&self.access(), &named(name)).await
    }

    async fn apply(&self, name: &str) -> Result<AlertEndpoint, EndpointRefusal> {
        self.drivers.apply_endpoint(&self.access(), &named(name)).await
    }

    /// Asks the server itself, as somebody else would: status and body, or nothing when it hangs up.
    async fn ask(&self, method: Method, path: &str, body: &str) -> Option<(StatusCode, String)> {
        let url = endpoint(self.server.url(), &format!("/kapacitor/v1{path}"), &[]);
        let mut request = Request::new(method, url);
        if !body.is_empty() {
            request = request.body("application/json", body.to_owned().into());
        }
        client(&Login::None).send(request).await.ok().map(|answer| (answer.status, answer.text()))
    }

    /// A change by somebody else, which is taken.
    async fn posted(&self, path: &str, body: Value) {
        let answer = self.ask(Method::POST, path, &body.to_string()).await;
        assert!(answer.as_ref().is_some_and(|(status, _)| status.is_success()), "{path} {body}: {answer:?}");
    }

    /// The bodies of what was posted below `/config` and `/service-tests`, with their paths.
    fn posts(&self) -> Vec<(String, Value)> {
        let read = |body: &[u8]| serde_json::from_slice(body).unwrap_or_default();
        self.server.with(|script| {
            let posts = script.seen.iter().filter(|seen| seen.method == "POST");
            posts.map(|seen| (seen.path.replacen("/kapacitor/v1", "", 1), read(&seen.body))).collect()
        })
    }

    /// What an element runs with.
    fn runs(&self, name: &str) -> Map<String, Value> {
        let name = named(name);
        let elements = self.with(|alerting| alerting.runs(self.version, &name.section));
        let is_it = |options: &Map<String, Value>| {
            let keys = ["workspace", "endpoint", "id", "name"].into_iter().find_map(|key| options.get(key));
            keys.is_none_or(|key| *key == name.element)
        };
        elements.into_iter().find(is_it).unwrap_or_default()
    }

    fn sent(&self) -> Vec<Sent> {
        self.with(|alerting| alerting.sent.clone())
    }
}

fn named(name: &str) -> EndpointName {
    name.parse().unwrap()
}

fn change(options: Value) -> EndpointChange {
    EndpointChange { set: serde_json::from_value(options).unwrap(), reset: Vec::new() }
}

/// The option that a refusal blames, and its words.
fn blamed<T: std::fmt::Debug>(refused: Result<T, EndpointRefusal>) -> (String, String) {
    match refused {
        Err(EndpointRefusal::Option { option, message, advice }) => {
            assert!(!advice.is_empty(), "{option}: {message}");
            (option, message)
        }
        other => panic!("no option is blamed: {other:?}"),
    }
}

/// An option as it reads: of a secret `{"set": …}`.
fn read(endpoint: &AlertEndpoint, option: &str) -> Value {
    endpoint.options.get(option).map_or(Value::Null, |value| json!(value))
}
