//! A house of its own for each test, asked as `curl -d` asks.

use std::{fs, num::NonZeroU32, os::unix::fs::PermissionsExt, sync::Mutex};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, header},
};
use serde_json::{Value, json};
use store::KeyPlace;
use tower::ServiceExt;
use tributary::{
    app::{App, CheckLimits, Checks},
    house, serving,
};

pub(crate) struct House {
    pub(crate) app: App,
    router: Router,
    dir: tempfile::TempDir,
    /// Every answer, with its headers.
    heard: Mutex<Vec<String>>,
}

/// An answer, as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |place| place.to_str().unwrap())
    }

    /// Status and message, which an error's body must hold and nothing else.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let body = self.body();
        assert_eq!(body, json!({ "code": self.status, "message": body["message"] }));
        (self.status, body["message"].as_str().unwrap().to_owned())
    }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with_files(&[]).await
    }

    /// A house that follows a folder with these files.
    pub(crate) async fn with_files(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let app = house::build(&data, KeyPlace::File(data.join("key"))).await.unwrap();
        let folder = dir.path().join("files");
        fs::create_dir(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
        if !files.is_empty() {
            drop(house::follow_files(&app, folder, Default::default()).await);
        }
        Self { router: serving::router(app.clone()), app, dir, heard: Mutex::default() }
    }

    /// The same house, where an organization may ask for so many checks a minute.
    pub(crate) fn with_checks(self, per_minute: u32) -> Self {
        let limits = CheckLimits { per_minute: NonZeroU32::new(per_minute).unwrap(), ..CheckLimits::default() };
        let app = App { checks: Checks::new(limits), ..self.app };
        Self { router: serving::router(app.clone()), app, ..self }
    }

    /// What the folder says now is taken over.
    pub(crate) async fn remove_file(&self, name: &str) {
        let folder = self.dir.path().join("files");
        fs::remove_file(folder.join(name)).unwrap();
        drop(house::follow_files(&self.app, folder, Default::default()).await);
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Asks below `/chronograf/v1` as curl does: a body is declared as a form. `headers` are laid over it.
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        self.ask(method, &format!("/chronograf/v1{path}"), "application/x-www-form-urlencoded", headers, body).await
    }

    /// Asks Tributary's own API, and must get what it asks for.
    pub(crate) async fn own(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.ask(method, &format!("/api/v1{path}"), "application/json", &[], Some(body.to_string())).await;
        assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
        if answer.text.is_empty() { Value::Null } else { answer.body() }
    }

    /// A connection that nobody has checked.
    pub(crate) async fn unverified(&self, name: &str) -> Value {
        let body = json!({ "name": name, "driver": "v1", "url": "http://127.0.0.1:1", "database": "telegraf" });
        self.own(Method::POST, "/connections?check=skip", body).await
    }

    /// All that was answered so far.
    pub(crate) fn heard(&self) -> String {
        self.heard.lock().unwrap().join("\n")
    }

    async fn ask(&self, method: Method, path: &str, kind: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(path);
        let mut all = HeaderMap::new();
        all.insert(header::HOST, "localhost:8282".parse().unwrap());
        if let Some(body) = &body {
            all.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            all.insert(header::CONTENT_LENGTH, body.len().into());
        }
        for (name, value) in headers {
            all.insert(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        *request.headers_mut().unwrap() = all;
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.heard.lock().unwrap().push(format!("{method} {path} {} {:?} {text}", parts.status, parts.headers));
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }
}
