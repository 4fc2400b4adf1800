//! One POST to a section of the configuration, which Kapacitor stores and gives to the running service at once.
//!
//! ```text
//!  POST ─┬─▶ 204
//!        ├─▶ 400 ─▶ refused, nothing has changed
//!        ├─▶ 500: the service does not take it ──────┐
//!        └─▶ no answer: the request's handler died ──┴─▶ the service is given what is stored ─▶ refused
//! ```
//!
//! A handler dies when an element is added that has changes of its own already (1.5 to 1.8 at least), and leaves the service with the values
//! of Kapacitor's file: mostly off, and nothing shows it.

use std::collections::BTreeMap;

use model::{EndpointRefusal, Handler};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    client::{About, Api, died, version},
    config::Config,
    refused::{Secrets, refusal},
};
use crate::http::Answer;

/// The name of an element that there cannot be. To remove it changes nothing that is stored, and gives that to the running service.
const NOBODY: &str = "nobody/nowhere";

/// A section that is written to.
pub(super) struct Section<'a> {
    pub(super) api: &'a Api<'a>,
    pub(super) handler: &'a Handler,
    /// What is in no refusal.
    pub(super) secrets: Secrets,
}

impl Section<'_> {
    /// Sets and resets options of an element that is there.
    ///
    /// # Errors
    /// [`EndpointRefusal`].
    pub(super) async fn set(&self, element: &str, set: &BTreeMap<String, Value>, reset: &[String]) -> Result<(), EndpointRefusal> {
        // Behind the slash stands nothing for an element without a name.
        self.post(&format!("{}/{element}", self.path()), &json!({"set": set, "delete": reset}), NOBODY).await
    }

    /// Adds an element that is not there. Its name is among its options.
    ///
    /// # Errors
    /// [`EndpointRefusal`].
    pub(super) async fn add(&self, element: &str, options: &BTreeMap<String, Value>) -> Result<(), EndpointRefusal> {
        // Its handler dies of changes of an element that is gone: the repair takes them away.
        self.post(&self.path(), &json!({"add": options}), element).await
    }

    /// Removes an element, or the changes of one that Kapacitor's file has.
    ///
    /// # Errors
    /// [`EndpointRefusal`].
    pub(super) async fn remove(&self, element: &str) -> Result<(), EndpointRefusal> {
        self.post(&self.path(), &json!({"remove": [element]}), NOBODY).await
    }

    /// Gives what is stored to the running service.
    ///
    /// # Errors
    /// [`EndpointRefusal`].
    pub(super) async fn give(&self) -> Result<(), EndpointRefusal> {
        self.give_without(NOBODY).await
    }

    fn path(&self) -> String {
        format!("/config/{}", self.handler.section)
    }

    /// `remnant` is an element that the repair removes unless it is there.
    async fn post(&self, path: &str, body: &Value, remnant: &str) -> Result<(), EndpointRefusal> {
        match self.api.post(path, body).await {
            Ok(answer) if answer.status.is_success() => Ok(()),
            Ok(answer) if answer.status == StatusCode::BAD_REQUEST && version(&answer).is_some() => Err(self.refusal(&answer)),
            Ok(answer) if answer.status == StatusCode::INTERNAL_SERVER_ERROR && version(&answer).is_some() => {
                // The service may have begun to change.
                let refusal = self.refusal(&answer);
                Err(if self.give().await.is_ok() { refusal } else { self.unsettled(refusal) })
            }
            Ok(answer) => Err(self.failed(&answer)),
            Err(failure) if died(&failure) => Err(self.after_death(remnant).await),
            Err(failure) => Err(failure.into()),
        }
    }

    /// What is stored is given without `removed`.
    async fn give_without(&self, removed: &str) -> Result<(), EndpointRefusal> {
        let answer = self.api.post(&self.path(), &json!({"remove": [removed]})).await?;
        match answer.status {
            status if status.is_success() => Ok(()),
            StatusCode::BAD_REQUEST | StatusCode::INTERNAL_SERVER_ERROR if version(&answer).is_some() => Err(self.refusal(&answer)),
            _ => Err(self.failed(&answer)),
        }
    }

    async fn after_death(&self, remnant: &str) -> EndpointRefusal {
        let section = &self.handler.section;
        // What somebody else has added meanwhile stays.
        let is_there = match Config::read(self.api).await {
            Ok(config) => config.elements(section).iter().any(|stored| stored.element == remnant),
            Err(_) => true,
        };
        let ended = "Kapacitor ended the connection instead of answering";
        match self.give_without(if is_there { NOBODY } else { remnant }).await {
            Ok(()) => EndpointRefusal::Refused {
                message: format!("{ended}; its running `{section}` was set back to what is stored"),
                advice: "look at what is stored, then try again".to_owned(),
            },
            Err(refused) => EndpointRefusal::Refused {
                message: format!("{ended}, and its running `{section}` could not be set back to what is stored: {refused}"),
                advice: format!("apply `{section}` as soon as Kapacitor answers: until then its alerts may reach nobody"),
            },
        }
    }

    fn refusal(&self, answer: &Answer) -> EndpointRefusal {
        refusal(&answer.message(), self.handler, &self.secrets)
    }

    /// The failure of an answer that is none of Kapacitor's configuration. What stands on the way may repeat what it was sent.
    fn failed(&self, answer: &Answer) -> EndpointRefusal {
        let mut failure = self.api.refused(answer, About::Configuration);
        failure.doing = self.secrets.out_of(&failure.doing);
        failure.into()
    }

    /// The same refusal, with the advice to repair what it left behind.
    fn unsettled(&self, refusal: EndpointRefusal) -> EndpointRefusal {
        let section = &self.handler.section;
        let more = |advice: String| format!("{advice}; then apply `{section}`: what runs may not be what is stored");
        match refusal {
            EndpointRefusal::Option { option, message, advice } => EndpointRefusal::Option { option, message, advice: more(advice) },
            EndpointRefusal::Refused { message, advice } => EndpointRefusal::Refused { message, advice: more(advice) },
            other => other,
        }
    }
}
