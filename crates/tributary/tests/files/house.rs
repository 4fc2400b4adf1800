//! A house that follows a folder of its own, and what the API says of it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use foreign::Variables;
use model::{
    Organization,
    secret::{ExposeSecret, Secrets},
};
use serde_json::{Value, json};
use store::KeyPlace;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tributary::{api, app::App, house};

/// How long a change may take to be seen before the test gives up on it.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct House {
    pub(crate) app: App,
    router: Router,
    stop: CancellationToken,
    following: JoinHandle<()>,
    flow: JoinHandle<Result<(), model::Failure>>,
    dir: TempDir,
    variables: Variables,
}

/// A folder for a test, not yet followed.
pub(crate) struct Plan {
    dir: TempDir,
    variables: Variables,
}

impl Plan {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), variables: Variables::new() }
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let folder = self.dir.path().join("files");
        fs::create_dir_all(&folder).unwrap();
        put(&folder, name, text);
        self
    }

    pub(crate) async fn open(self) -> House {
        House::open(self.dir, self.variables).await
    }
}

/// Writes a file that its owner alone may read.
fn put(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

impl House {
    async fn open(dir: TempDir, variables: Variables) -> Self {
        let data = dir.path().join("data");
        let app = house::build(&data, KeyPlace::File(data.join("key"))).await.unwrap();
        let stop = CancellationToken::new();
        let files = house::follow_files(&app, dir.path().join("files"), variables.clone()).await;
        let following = tokio::spawn(files.run(stop.clone()));
        let flow = tokio::spawn({
            let (flow, stop) = (app.flow.clone(), stop.clone());
            async move { flow.run(stop).await }
        });
        Self { router: api::router(app.clone()), app, stop, following, flow, dir, variables }
    }

    /// Stops it; the folder and the store stay.
    pub(crate) async fn close(self) -> Plan {
        let Self { stop, following, flow, dir, variables, app, router } = self;
        stop.cancel();
        following.await.unwrap();
        flow.await.unwrap().unwrap();
        drop((app, router));
        Plan { dir, variables }
    }

    pub(crate) async fn reopen(self) -> Self {
        self.close().await.open().await
    }

    /// A path beside the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The folder that is followed.
    pub(crate) fn folder(&self) -> PathBuf {
        self.path("files")
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        put(&self.folder(), name, text);
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.folder().join(name)).unwrap();
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header(header::HOST, "localhost:8282");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                let text = body.to_string();
                request = request.header(header::CONTENT_TYPE, "application/json").header(header::CONTENT_LENGTH, text.len());
                Body::from(text)
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, &[], None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.send(Method::POST, path, &[], Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {body}");
        body
    }

    /// A connection that people make.
    pub(crate) async fn connection_of_people(&self, name: &str) -> Value {
        self.post("/connections?check=skip", json!({"name": name, "driver": "v1", "url": "http://localhost:1", "database": "d"})).await
    }

    /// What came of one file.
    pub(crate) async fn file(&self, name: &str) -> Value {
        file_of(&self.get("/files").await, name)
    }

    /// The connections of the organization `default`, by name.
    pub(crate) async fn connections(&self) -> Vec<Value> {
        items(self.get("/connections").await)
    }

    pub(crate) async fn connection(&self, name: &str) -> Value {
        let all = self.connections().await;
        all.iter().find(|shown| shown["name"] == name).unwrap_or_else(|| panic!("no `{name}` in {all:?}")).clone()
    }

    pub(crate) async fn names(&self) -> Vec<String> {
        self.connections().await.iter().map(|shown| shown["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn kapacitors(&self) -> Vec<Value> {
        items(self.get("/kapacitors").await)
    }

    pub(crate) async fn secrets(&self, connection: &Value) -> Vec<String> {
        let id = connection["id"].as_str().unwrap().parse().unwrap();
        let secrets: Secrets = self.app.store.connection_secrets(Organization::DEFAULT, id).await.unwrap();
        secrets.values().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    /// Waits until the answer is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let waiting = async {
            loop {
                last = self.get(path).await;
                if wanted(&last) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(LIMIT, waiting).await.is_ok();
        assert!(in_time, "{path} does not become as wanted: {last:#}");
        last
    }

    /// Waits until exactly these connections are there.
    pub(crate) async fn until_names(&self, names: &[&str]) {
        self.until("/connections", |answer| {
            items(answer.clone()).iter().map(|shown| shown["name"].as_str().unwrap()).eq(names.iter().copied())
        })
        .await;
    }

    /// Waits until a file stands so.
    pub(crate) async fn until_state(&self, name: &str, state: &str) -> Value {
        let answer = self.until("/files", |answer| file_of(answer, name)["state"] == state).await;
        file_of(&answer, name)
    }
}

pub(crate) fn file_of(answer: &Value, name: &str) -> Value {
    answer["files"].as_array().unwrap().iter().find(|file| file["file"] == name).cloned().unwrap_or(Value::Null)
}

pub(crate) fn items(answer: Value) -> Vec<Value> {
    answer["items"].as_array().unwrap().clone()
}

/// A `.src` file of a connection without a login.
pub(crate) fn src(number: i64, name: &str) -> String {
    json!({"id": number.to_string(), "name": name, "url": "http://localhost:1", "type": "influx", "telegraf": "telegraf"}).to_string()
}

/// A `.kap` file.
pub(crate) fn kap(number: i64, connection: i64, name: &str) -> String {
    json!({"id": number, "srcID": connection, "name": name, "url": "http://localhost:2"}).to_string()
}

/// A file's warnings, in one text.
pub(crate) fn warnings(file: &Value) -> String {
    file["warnings"].as_array().unwrap().iter().map(|warning| warning["text"].as_str().unwrap()).collect::<Vec<_>>().join("; ")
}
