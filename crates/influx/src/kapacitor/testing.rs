//! Tests of endpoints: Kapacitor sends a message by its running service, and says what it knows of it.

use model::{EndpointChange, EndpointName, EndpointRefusal, EndpointTest};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{
    catalogue,
    client::{About, Api, version},
    config::Config,
    refused::{Secrets, refusal},
};

/// What a test says that did not succeed.
const NOT_SENT: &str = "no message was sent, or it was not taken";

/// Lets Kapacitor send a message. It really sends.
///
/// # Errors
/// As [`model::edges::Kapacitors::test_endpoint`].
pub(super) async fn test(api: &Api<'_>, name: &EndpointName) -> Result<EndpointTest, EndpointRefusal> {
    let config = Config::read(api).await?;
    let (handler, stored) = config.find(name).ok_or_else(|| EndpointRefusal::Missing(name.clone()))?;
    let Some(test) = &handler.test else {
        let message = format!("this Kapacitor has no test for `{}`, or does not let this login run it", name.section);
        return Err(EndpointRefusal::Refused { message, advice: "let a task alert by it".to_owned() });
    };
    let body = Value::Object(catalogue::test_body(&handler.section, stored));
    let answer = api.post(&format!("/service-tests/{}", name.section), &body).await?;
    let secrets = Secrets::of(handler, &EndpointChange::default(), Some(stored));
    if answer.status == StatusCode::BAD_REQUEST && version(&answer).is_some() {
        return Err(refusal(&answer.message(), handler, &secrets));
    }
    if answer.status != StatusCode::OK {
        return Err(api.refused(&answer, About::Work).into());
    }
    let told: Told = answer.json().ok_or_else(|| api.unreadable(About::Work))?;
    let says = if told.success { test.says.clone() } else { NOT_SENT.to_owned() };
    Ok(EndpointTest { success: told.success, message: secrets.out_of(&in_one_line(&told.message)), proves: test.proves, says })
}

fn in_one_line(words: &str) -> String {
    words.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The answer of `POST /service-tests/NAME`.
#[derive(Deserialize)]
struct Told {
    success: bool,
    #[serde(default)]
    message: String,
}
