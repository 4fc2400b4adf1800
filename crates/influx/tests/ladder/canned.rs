//! Web servers that answer as they are told, and remember what they were asked.

use std::sync::{Arc, Mutex};

use axum::{
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode},
};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

use crate::{
    servers::{Reply, Seen},
    stage::{Scene, only_asked},
};

/// A running web server. Dropping it closes its port.
pub(crate) struct Canned {
    url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Canned {
    /// On a free port of the loopback interface, answering with what `answer` gives.
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        let router = axum::Router::new().fallback(move |request| serve(request, Arc::clone(&log), answer.clone()));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { url, seen, task }
    }

    /// One that answers everything alike.
    pub(crate) async fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn seen(&self) -> Arc<Mutex<Vec<Seen>>> {
        Arc::clone(&self.seen)
    }

    /// Keeps the server in the scene and lets it prove that it was only asked.
    pub(crate) fn judging(self, scene: Scene) -> Scene {
        let seen = self.seen();
        scene.keeping(self).proven(async move { only_asked(&seen.lock().unwrap()) })
    }

    /// Keeps the server in the scene and lets it prove that nothing was sent to it.
    pub(crate) fn untouched(self, scene: Scene) -> Scene {
        let seen = self.seen();
        scene.keeping(self).proven(async move {
            match seen.lock().unwrap().first() {
                Some(seen) => Err(format!("{} {} was sent to a server that nothing may be sent to", seen.method, seen.path)),
                None => Ok(()),
            }
        })
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(request: Request<Body>, log: Arc<Mutex<Vec<Seen>>>, answer: Arc<impl Fn(&Seen) -> Reply>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let seen = Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        query_text: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        wire_bytes: body.len(),
        body,
    };
    log.lock().unwrap().push(seen.clone());
    let reply = answer(&seen);
    let mut response = Response::builder().status(StatusCode::from_u16(reply.status).unwrap());
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap()
}

/// A page of HTML.
pub(crate) fn page(status: u16, text: &str) -> Reply {
    Reply::new(status, format!("<!DOCTYPE html>\n<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>\n"))
        .header("content-type", "text/html; charset=utf-8")
}

/// JSON.
pub(crate) fn json(status: u16, body: &str) -> Reply {
    Reply::new(status, body).header("content-type", "application/json")
}
