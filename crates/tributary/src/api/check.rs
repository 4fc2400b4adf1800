//! The answer to a check: all findings at the end, or each as soon as it is known (server-sent events).

use std::convert::Infallible;

use axum::{
    Json,
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use model::{
    Finding, Verdict,
    edges::{ConnectionAccess, DatabaseAccess, Tell},
};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use utoipa::ToSchema;

use crate::app::App;

/// What a check found. Asked for as `text/event-stream`, it comes as one event `finding` per finding and, at the end, one event `checked`
/// with this object.
#[derive(Serialize, ToSchema)]
pub(super) struct Checked {
    /// Whether no step failed.
    passed: bool,
    /// The steps, in the order in which they were tried; none was tried after one that failed.
    findings: Vec<Finding>,
}

impl From<Vec<Finding>> for Checked {
    fn from(findings: Vec<Finding>) -> Self {
        Self { passed: findings.iter().all(|finding| finding.verdict != Verdict::Failed), findings }
    }
}

/// What is checked, ready to be.
pub(super) enum Check {
    Connection(ConnectionAccess),
    Database(DatabaseAccess),
}

impl Check {
    async fn run(&self, app: &App, tell: Tell<'_>) {
        match self {
            Self::Connection(access) => app.check_connection(access, tell).await,
            Self::Database(access) => app.check_database(access, tell).await,
        }
    }
}

/// Runs a check and answers in the form that was asked for. A client that goes away stops the check.
pub(super) async fn answer(app: App, headers: &HeaderMap, check: Check) -> Response {
    if !wants_events(headers) {
        let mut findings = Vec::new();
        check.run(&app, &mut |finding| findings.push(finding)).await;
        return Json(Checked::from(findings)).into_response();
    }
    let (sender, receiver) = mpsc::unbounded_channel();
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        let mut findings = Vec::new();
        let mut tell = |finding: Finding| {
            // Nobody listens any more when the client has gone away; then this task ends too.
            let _ = sender.send(event("finding", &finding));
            findings.push(finding);
        };
        check.run(&app, &mut tell).await;
        let _ = sender.send(event("checked", &Checked::from(findings)));
    }));
    let events = stream::unfold((receiver, task), async |(mut receiver, task)| {
        let event = receiver.recv().await?;
        Some((Ok::<_, Infallible>(event), (receiver, task)))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

fn event(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).json_data(data).unwrap_or_default()
}

fn wants_events(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|value| value.contains("text/event-stream"))
}
