//! Kapacitor 1.5.3, 1.5.6 and later, as they were recorded: what they say of their configuration, take, refuse and do wrong. Nothing is
//! sent anywhere; what a service test would have sent is kept for whoever looks.
//!
//! Its logins are `user:password`. Without any it asks for none; with some, 1.5 takes every name and password, and 1.6 and later only
//! these: `Rights::All` may do everything, the others may ping and write.

mod config;
mod copying;
mod go;
mod routes;
mod sections;
mod service_tests;
mod services;
mod tasks;
mod update;
mod validation;

use std::collections::BTreeMap;

pub use config::{Options, Override};
pub use routes::answer;
use serde_json::{Value, json};
pub use services::FarSide;
pub use tasks::TaskState;

/// What a Kapacitor has, and what it did.
#[derive(Debug, Default)]
pub struct Alerting {
    /// What its file says beyond what is shipped: sections with options; in a list the key says of which element.
    pub file: Vec<(String, Options)>,
    /// What was set from outside, as `kapacitor.db` keeps it, by `SECTION/ELEMENT`.
    pub overrides: BTreeMap<String, Override>,
    /// What the services run with; nothing before the first request.
    pub running: BTreeMap<String, Vec<Options>>,
    /// What stands at the addresses that begin so. Elsewhere everything is taken, but on ports of 127.0.0.1 below 10 nobody listens.
    pub far_sides: Vec<(String, FarSide)>,
    /// What service tests sent, in order.
    pub sent: Vec<Sent>,
    /// The tasks, as `GET /tasks` shows them.
    pub tasks: Vec<Value>,
    /// Says `Content-Encoding: gzip` of answers without a body even to those who do not offer gzip, as a careless proxy does.
    pub zips_nothing: bool,
}

/// What a service test sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The service: `slack`.
    pub service: String,
    /// Its element in a section that is a list.
    pub element: String,
    /// To whom, where the service knows recipients.
    pub recipients: Vec<String>,
    /// The options of the test: those of the service with what was asked for.
    pub test: Value,
    /// What the service ran with, secrets too.
    pub running: Options,
}

impl Alerting {
    /// Writes options into its file, and starts it anew with what is stored then. `options` is an object.
    pub fn in_file(&mut self, section: &str, options: Value) {
        let Value::Object(options) = options else { panic!("options are an object") };
        self.file.push((section.to_owned(), options));
        self.running.clear();
    }

    /// What stands at addresses that begin so.
    pub fn far_side(&mut self, address: &str, far_side: FarSide) {
        self.far_sides.push((address.to_owned(), far_side));
    }

    /// Has a task.
    pub fn task(&mut self, id: &str, kind: &str, reads: &[(&str, &str)], state: &TaskState) {
        self.tasks.push(tasks::task(id, kind, reads, state));
    }

    /// What the service runs with: the options of its elements.
    pub fn runs(&mut self, version: &str, section: &str) -> Vec<Options> {
        services::start(self, version);
        services::running(self, section).to_vec()
    }
}

impl Sent {
    /// The same as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "service": self.service,
            "element": self.element,
            "recipients": self.recipients,
            "test": self.test,
            "running": self.running,
        })
    }
}
