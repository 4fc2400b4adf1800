//! Answers that take several steps: checks, and saving what is checked first. Everything at the end, or each finding as soon as it is
//! known (server-sent events).

use std::convert::Infallible;

use axum::{
    Json,
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{StreamExt, stream};
use model::{Finding, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::task::AbortOnDropHandle;
use utoipa::{IntoParams, ToSchema};

use super::envelope::ApiError;
use crate::app::{CheckFirst, Heard};

/// What a check found. Asked for as `text/event-stream`, it comes as one event `finding` per finding and, at the end, one event `checked`
/// with this object.
#[derive(Serialize, ToSchema)]
pub(super) struct Checked {
    /// Whether no step failed.
    passed: bool,
    /// The steps, in the order in which they were tried; none was tried after one that failed.
    findings: Vec<Finding>,
}

impl From<Heard> for Checked {
    fn from(Heard { findings, .. }: Heard) -> Self {
        Self { passed: findings.iter().all(|finding| finding.verdict != Verdict::Failed), findings }
    }
}

/// Whether what is saved is checked first.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Saving {
    /// `first`, as when absent: it is saved only when no step of a check fails, else the answer is `check_failed` with the findings.
    /// `skip`: it is saved as it is, with the state `unverified`, and nobody is contacted.
    #[serde(default)]
    #[param(inline)]
    check: Option<Check>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Check {
    First,
    Skip,
}

impl Saving {
    pub(super) fn check_first(&self) -> CheckFirst {
        match self.check {
            None | Some(Check::First) => CheckFirst::Yes,
            Some(Check::Skip) => CheckFirst::Skip,
        }
    }
}

/// Takes findings as they become known.
#[derive(Clone)]
pub(super) struct Listener(UnboundedSender<Told>);

impl Listener {
    pub(super) fn tell(&self, finding: Finding) {
        // Nobody listens any more when the client has gone away; then the work ends too.
        let _ = self.0.send(Told::Finding(finding));
    }
}

/// How the work ended, in both forms that an answer may have.
pub(super) struct Outcome {
    event: &'static str,
    data: Value,
    response: Response,
}

impl Outcome {
    /// `response` when all comes at once; the event `event` with its body at the end of a stream.
    pub(super) fn new(event: &'static str, body: &impl Serialize, response: Response) -> Self {
        Self { event, data: serde_json::to_value(body).unwrap_or_default(), response }
    }

    pub(super) fn checked(heard: Heard) -> Self {
        let checked = Checked::from(heard);
        Self::new("checked", &checked, Json(&checked).into_response())
    }
}

enum Told {
    Finding(Finding),
    Ended(Box<Result<Outcome, ApiError>>),
}

impl Told {
    fn into_event(self) -> Event {
        match self {
            Self::Finding(finding) => event("finding", &finding),
            Self::Ended(ended) => match *ended {
                Ok(outcome) => event(outcome.event, &outcome.data),
                Err(error) => event("refused", &error.into_envelope()),
            },
        }
    }
}

/// Does the work and answers in the form that was asked for. A client that goes away stops the work. What is refused before there was a
/// finding is refused as any other request.
///
/// # Errors
/// When the work was refused.
pub(super) async fn answer<W>(headers: &HeaderMap, work: impl FnOnce(Listener) -> W) -> Result<Response, ApiError>
where
    W: Future<Output = Result<Outcome, ApiError>> + Send + 'static,
{
    let (sender, mut receiver) = unbounded_channel();
    let work = work(Listener(sender.clone()));
    if !wants_events(headers) {
        return Ok(work.await?.response);
    }
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        let ended = Box::new(work.await);
        let _ = sender.send(Told::Ended(ended));
    }));
    let first = match receiver.recv().await {
        // The work panicked; what it said is in the log.
        None => return Err(ApiError::internal()),
        Some(Told::Ended(ended)) => match *ended {
            Err(error) => return Err(error),
            outcome => Told::Ended(Box::new(outcome)),
        },
        Some(finding) => finding,
    };
    let rest = stream::unfold((receiver, task), async |(mut receiver, task)| {
        let told = receiver.recv().await?;
        Some((told, (receiver, task)))
    });
    let events = stream::once(async { first }).chain(rest).map(|told| Ok::<_, Infallible>(told.into_event()));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

fn event(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).json_data(data).unwrap_or_default()
}

fn wants_events(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|value| value.contains("text/event-stream"))
}
