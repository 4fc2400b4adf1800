//! A server at work: the API, the console and the flow side by side until someone says stop.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::Router;
use influx::http::Outbound;
use tokio::{net::TcpListener, signal::unix::SignalKind};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    api,
    app::App,
    chronograf,
    files::Files,
    rounds::{self, CheckEvery},
    web::{self, Console},
};

/// How long runs and requests may take to end after a stop was asked for.
const GRACE: Duration = Duration::from_secs(20);

/// The API's listener. From then on no request of ours is sent to it, whatever connection names it.
///
/// # Errors
/// When the address is taken or not allowed.
pub async fn listen(address: SocketAddr, outbound: &Outbound) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    let listener = bound.with_context(|| format!("listening on {address}; another port can be given with --listen"))?;
    outbound.own(listener.local_addr()?);
    Ok(listener)
}

/// What programs are answered over HTTP: the API, and Chronograf's for scripts. [`serve`] adds the console everywhere else.
pub fn router(app: App) -> Router {
    api::router(app.clone()).merge(chronograf::router(app))
}

/// Serves until `stop`, following `files` if there are any and checking every connection as often as `every` says, then lets runs and
/// requests come to an end.
///
/// # Errors
/// When the flow or the listener fails.
pub async fn serve(
    app: App,
    console: Console,
    files: Option<Files>,
    every: CheckEvery,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let tasks = TaskTracker::new();
    tasks.spawn(rounds::run(app.clone(), every, stop.clone()));
    let flow = {
        let (flow, stop) = (app.flow.clone(), stop.clone());
        tasks.spawn(async move { flow.run(stop).await })
    };
    // A stream never ends by itself, and the listener waits for every answer.
    let (streams, stopping) = (app.streams.clone(), stop.clone());
    tasks.spawn(async move {
        stopping.cancelled_owned().await;
        streams.close();
    });
    let router = router(app).merge(web::router(console));
    let server = {
        let stop = stop.clone();
        tasks.spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await })
    };
    if let Some(files) = files {
        tasks.spawn(files.run(stop.clone()));
    }
    tasks.close();
    // Whichever ends first ends the other: an API without a flow, or a flow that nobody can see, is half a server.
    let ended = tokio::select! {
        ended = flow => ended.context("the flow broke").and_then(|ended| ended.context("running series")),
        ended = server => ended.context("the API broke").and_then(|ended| ended.context("serving the API")),
    };
    stop.cancel();
    let _ = tokio::time::timeout(GRACE, tasks.wait()).await;
    ended
}

/// A token that is cancelled when the process is asked to stop (interrupt or terminate).
///
/// # Errors
/// When the signals cannot be watched.
pub fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut interrupt = tokio::signal::unix::signal(SignalKind::interrupt()).context("watching for an interrupt")?;
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate()).context("watching for a terminate signal")?;
    let asked = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        asked.cancel();
    });
    Ok(stop)
}

#[cfg(test)]
mod tests {
    use model::{Code, Failure};

    use super::*;

    #[tokio::test]
    async fn nothing_is_sent_to_the_own_listener() {
        let outbound = Outbound::default();
        let listener = listen(([127, 0, 0, 1], 0).into(), &outbound).await.unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        assert_eq!(outbound.judge(&own.parse().unwrap()).map_err(|failure: Failure| failure.code()), Err(Code::PolicySelf));
    }
}
