//! Statements that somebody waits for: when nobody does any more, they are stopped on the server.

use std::time::Duration;

use futures_util::future::BoxFuture;
use model::{Failure, FailureKind};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Session;

/// Comes when `limit` has passed; never when there is none.
pub(crate) async fn late(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

/// The failure of what is given up then: a server that were there would have ended it.
pub(crate) fn past_its_limit() -> Failure {
    Failure::new(FailureKind::SqlUnreachable, "the server neither answers nor ends the statement, which is past its time limit")
}

/// Works with a session on a task of its own and gives it back. When the caller stops waiting, or `limit` has passed, what runs in the
/// session is stopped on the server.
///
/// # Errors
/// Those of `work`; the session is closed then. `SqlUnreachable` when `limit` has passed.
pub(crate) async fn attended<S, T, W>(session: S, limit: Option<Duration>, work: W) -> Result<(S, T), Failure>
where
    S: Session,
    T: Send + 'static,
    W: for<'a> FnOnce(&'a mut S) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
{
    let cancel = CancellationToken::new();
    let _guard = cancel.clone().drop_guard();
    let (answer, answered) = oneshot::channel();
    tokio::spawn(async move {
        let mut session = session;
        let done = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            done = work(&mut session) => Some(done),
            () = late(limit) => None,
        };
        match done {
            Some(Ok(done)) => {
                if let Err(Ok((session, _))) = answer.send(Ok((session, done))) {
                    session.close().await;
                }
            }
            Some(Err(failure)) => {
                // Nobody waits for it when this fails.
                let _ = answer.send(Err(failure));
                session.close().await;
            }
            None => {
                let _ = answer.send(Err(past_its_limit()));
                session.abandon().await;
            }
        }
    });
    let died = |_| Failure::new(FailureKind::Internal, "asking the server ended without an answer");
    answered.await.map_err(died)?
}
