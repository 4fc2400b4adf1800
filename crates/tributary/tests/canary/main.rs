//! No secret leaves: everything that people do with secrets is done once, with marked secrets and every log at its finest, and then every
//! answer, every line of the log and of the commands, every file of the data directory and the process's arguments are searched for them.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without, it unwraps")]

mod canaries;
#[path = "../cli/server.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line, which use more of it")]
mod server;
#[path = "../../../influx/tests/servers/mod.rs"]
mod servers;

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

use canaries::Canaries;
use influx::http::{self, Http, Login, Method, Request};
use serde_json::{Value, json};
use server::Server;
use servers::{Kind, Rights, Script, Scripted};
use sqlx::Connection as _;
use tributary::clock::MachineClock;
use url::Url;

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"))
}

/// The API of the server, every answer kept as text.
struct Face {
    client: http::Client,
    base: Url,
    heard: Vec<String>,
}

impl Face {
    fn new(address: &str) -> Self {
        let client = Http::new(Arc::new(MachineClock)).unwrap().client(&Login::None, Duration::from_secs(60), false).unwrap();
        Self { client, base: format!("http://{address}").parse().unwrap(), heard: Vec::new() }
    }

    async fn ask(&mut self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.ask_text(method, path, "application/json", body.to_string()).await
    }

    async fn ask_text(&mut self, method: Method, path: &str, content_type: &'static str, body: String) -> (u16, Value) {
        let url = self.base.join(path).unwrap();
        let request = Request::new(method.clone(), url).body(content_type, body.into());
        let answer = self.client.send(request).await.unwrap();
        let headers: Vec<String> = answer.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        self.heard.push(format!("{method} {path} {} {} {}", answer.status, headers.join(" "), answer.text()));
        (answer.status.as_u16(), answer.json().unwrap_or(Value::Null))
    }

    async fn get(&mut self, path: &str) -> Value {
        self.ask(Method::GET, path, Value::Null).await.1
    }

    /// Must succeed.
    async fn ok(&mut self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method.clone(), path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Must be refused.
    async fn refused(&mut self, method: Method, path: &str, body: Value) {
        let (status, answer) = self.ask(method.clone(), path, body).await;
        assert!((400..500).contains(&status), "{method} {path}: {status} {answer}");
    }
}

/// A user of the real InfluxDB whose password is the canary, with a database that it may write to.
async fn influx_user(canary: &str) -> (Url, String) {
    let url: Url = env("TRIBUTARY_TEST_INFLUX_AUTH_URL").parse().unwrap();
    let login = Login::Basic(env("TRIBUTARY_TEST_INFLUX_AUTH_USER"), env("TRIBUTARY_TEST_INFLUX_AUTH_PASSWORD").into());
    let client = Http::new(Arc::new(MachineClock)).unwrap().client(&login, Duration::from_secs(30), false).unwrap();
    let name = format!("canary_{}", std::process::id());
    for statement in [
        format!("CREATE DATABASE \"{name}\""),
        format!("CREATE USER \"{name}\" WITH PASSWORD '{canary}'"),
        format!("GRANT ALL ON \"{name}\" TO \"{name}\""),
    ] {
        influx::v1::query(&client, &url, None, &statement).await.unwrap();
    }
    (url, name)
}

/// A login of the real PostgreSQL whose password is the canary.
async fn postgres_user(canary: &str) -> (Url, String) {
    let url: Url = env("TRIBUTARY_TEST_POSTGRES_URL").parse().unwrap();
    let name = format!("canary_{}", std::process::id());
    let mut admin = sqlx::PgConnection::connect(url.as_str()).await.unwrap();
    let create = format!("CREATE ROLE {name} LOGIN PASSWORD '{canary}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
    (url, name)
}

#[tokio::test(flavor = "multi_thread")]
async fn marked_secrets_are_nowhere_after_everything_was_done_with_them() {
    let mut canaries = Canaries::default();
    let mut script = Script::new(Kind::Kapacitor, &[]);
    script.version = Some("1.8.3".to_owned());
    let kapacitor = Scripted::start(script).await;
    let token = canaries.mark("v2 token");
    let v2 = Scripted::start(Script::new(Kind::V2, &["shop"]).login(&token, Rights::All)).await;

    let from_file = canaries.mark("password in a file");
    let from_variable = canaries.mark("password of a variable");
    let from_environment = canaries.mark("INFLUXDB_PASSWORD");
    let environment_token = canaries.mark("INFLUXDB_TOKEN");
    let kap_password = canaries.mark("password of a .kap");
    let server = Server::start_with(|dir, serve| {
        let resources = dir.join("resources");
        fs::create_dir(&resources).unwrap();
        let file = |name: &str, text: Value| fs::write(resources.join(name), text.to_string()).unwrap();
        file("a.src", json!({ "id": "10000", "name": "literal", "url": "http://127.0.0.1:1", "username": "u", "password": from_file }));
        file(
            "b.src",
            json!({ "id": "10001", "name": "variable", "url": "http://127.0.0.1:1", "username": "u", "password": "{{ .CANARY }}" }),
        );
        file("broken.src", json!({ "id": "10002", "name": "broken", "url": 7, "password": from_file, "sharedSecret": ["{{ .CANARY }}"] }));
        fs::write(resources.join("half.src"), format!("{{\"id\": \"10003\", \"password\": \"{from_file}\", \"url\": ")).unwrap();
        file(
            "c.kap",
            json!({ "id": 10000, "srcID": 10000, "name": "k", "url": "http://127.0.0.1:1", "password": kap_password, "active": true }),
        );
        serve
            .env("RESOURCES_PATH", &resources)
            .env("CANARY", &from_variable)
            .env("INFLUXDB_URL", "http://127.0.0.1:2")
            .env("INFLUXDB_USERNAME", "writer")
            .env("INFLUXDB_PASSWORD", &from_environment)
            .env("INFLUXDB_TOKEN", &environment_token)
            .env("TRIBUTARY_LOG", "trace");
    });
    let mut face = Face::new(server.address());
    let mut said: BTreeMap<String, String> = BTreeMap::new();

    // Connections of every driver, saved, checked, changed, refused.
    let password = canaries.mark("v1 password");
    let (influx, user) = influx_user(&password).await;
    let real =
        json!({ "name": "real", "driver": "v1", "url": influx, "database": user, "username": user, "secrets": { "password": password } });
    face.ok(Method::POST, "/api/v1/connections", real).await;
    let cloud = json!({ "name": "cloud", "driver": "v2", "url": v2.url(), "organization": "acme", "bucket": "shop", "secrets": { "token": token } });
    face.ok(Method::POST, "/api/v1/connections?check=skip", cloud.clone()).await;
    face.ok(Method::POST, "/api/v1/connections/cloud/check", json!({})).await;
    let (v3_token, management, key) = (canaries.mark("v3 token"), canaries.mark("management token"), canaries.mark("client key"));
    let three = json!({
        "name": "three", "driver": "v3", "edition": "clustered", "url": "http://127.0.0.1:3", "database": "shop",
        "secrets": { "token": v3_token, "management_token": management },
    });
    face.ok(Method::POST, "/api/v1/connections?check=skip", three).await;
    let shared = canaries.mark("shared secret");
    let wrong = canaries.mark("wrong password");
    for secrets in [json!({ "password": wrong }), json!({ "shared_secret": shared }), json!({ "password": wrong, "client_key": key })] {
        let draft = json!({ "driver": "v1", "url": influx, "database": user, "username": user, "secrets": secrets });
        face.ask(Method::POST, "/api/v1/connections/check", draft).await;
    }
    face.refused(Method::PATCH, "/api/v1/connections/real", json!({ "secrets": { "password": wrong } })).await;
    face.refused(Method::PATCH, "/api/v1/connections/real", json!({ "secrets": { "token": wrong } })).await;
    face.refused(Method::PATCH, "/api/v1/connections/real", json!({ "secrets": { "password": [wrong] } })).await;
    face.refused(Method::PATCH, "/api/v1/connections/real", json!({ "password": wrong })).await;
    face.refused(
        Method::POST,
        "/api/v1/connections",
        json!({ "name": "u", "driver": "v1", "url": format!("http://u:{wrong}@h"), "database": "d" }),
    )
    .await;
    face.refused(Method::POST, "/api/v1/connections/detect", json!({ "url": format!("http://u:{wrong}@127.0.0.1:1") })).await;
    face.ask_text(Method::POST, "/api/v1/connections", "application/json", format!("{{\"secrets\":{{\"password\":\"{wrong}\"")).await;
    face.ask_text(Method::POST, "/api/v1/connections", "text/plain", format!("password={wrong}")).await;

    // Kapacitors.
    let kapacitor_password = canaries.mark("kapacitor password");
    let alerts = json!({ "name": "alerts", "url": kapacitor.url(), "username": "ops", "secrets": { "password": kapacitor_password } });
    face.ok(Method::POST, "/api/v1/connections/real/kapacitors?check=skip", alerts).await;
    face.ok(Method::POST, "/api/v1/connections/real/kapacitors/alerts/check", json!({})).await;
    alert_endpoints(&mut face, &mut canaries).await;

    // Rows from a database with a login into the real InfluxDB.
    let sql_password = canaries.mark("database password");
    let (postgres, role) = postgres_user(&sql_password).await;
    let database = json!({
        "name": "shop", "engine": "postgres", "host": postgres.host_str(), "port": postgres.port(), "database": postgres.path().trim_start_matches('/'),
        "username": role, "secrets": { "password": sql_password },
    });
    face.ok(Method::POST, "/api/v1/databases", database).await;
    face.ok(Method::POST, "/api/v1/databases/shop/check", json!({})).await;
    let database_id = face_id(&mut face, "databases/shop").await;
    let query = json!({ "name": "one", "database_id": database_id, "sql": "SELECT 1 AS v" });
    let query = face.ok(Method::POST, "/api/v1/queries", query).await;
    for connection in ["real", "cloud"] {
        let connection_id = face_id(&mut face, &format!("connections/{connection}")).await;
        let series = json!({
            "name": connection, "query_id": query["id"], "connection_id": connection_id, "mode": { "mode": "snapshot" },
            "mapping": { "measurement": { "name": "m" } },
        });
        face.ok(Method::POST, "/api/v1/series", series).await;
        face.ok(Method::POST, &format!("/api/v1/series/{connection}/preview"), json!({})).await;
        face.ok(Method::POST, &format!("/api/v1/series/{connection}/run"), json!({})).await;
    }
    wait_for_runs(&mut face).await;
    // Another destination forgets the token.
    face.ok(Method::PATCH, "/api/v1/connections/cloud?check=skip", json!({ "url": "http://127.0.0.1:4" })).await;

    // Chronograf's API.
    let chronograf = canaries.mark("password by chronograf's api");
    let good = json!({ "name": "script", "url": influx, "username": user, "password": password, "telegraf": user });
    let made = face.ok(Method::POST, "/chronograf/v1/sources", good).await;
    let place = format!("/chronograf/v1/sources/{}", made["id"].as_str().unwrap());
    face.ok(Method::PATCH, &place, json!({ "name": "renamed", "sharedSecret": null })).await;
    face.refused(Method::PATCH, &place, json!({ "password": chronograf })).await;
    face.refused(
        Method::POST,
        "/chronograf/v1/sources",
        json!({ "name": "old", "url": influx, "username": "admin", "password": chronograf }),
    )
    .await;
    face.refused(Method::PATCH, "/chronograf/v1/sources/10000", json!({ "password": chronograf })).await;
    let token_in_clear = json!({ "name": "three", "type": "influx-v3-core", "url": "http://127.0.0.1:3", "databaseToken": chronograf });
    face.refused(Method::POST, "/chronograf/v1/sources", token_in_clear).await;
    let old_kapacitor = json!({ "name": "old", "url": "http://127.0.0.1:1", "username": "u", "password": chronograf });
    face.ok(Method::POST, &format!("{place}/kapacitors"), old_kapacitor).await;
    face.get(&format!("{place}/kapacitors")).await;
    face.get(&format!("{place}/health")).await;

    // Commands: a secret in a file, an import, one that cannot work.
    let by_command = canaries.mark("password by command");
    let secret_file = server.path("secret");
    fs::write(&secret_file, format!("{by_command}\n")).unwrap();
    fs::set_permissions(&secret_file, fs::Permissions::from_mode(0o600)).unwrap();
    let imported = canaries.mark("imported token");
    let telegraf = format!(
        "[[outputs.influxdb_v2]]\n  urls = [\"http://127.0.0.1:1\"]\n  token = \"{imported}\"\n  organization = \"o\"\n  bucket = \"b\"\n"
    );
    fs::write(server.path("telegraf.conf"), telegraf).unwrap();
    let secret_file = secret_file.to_str().unwrap();
    let by_file = format!("url={secret_file}");
    let to_nowhere = ["--driver", "v1", "--url", "http://127.0.0.1:1", "--username", "u", "--secret-file", secret_file];
    for words in [
        [&["connection", "create", "c"][..], &to_nowhere, &["--unverified"]].concat(),
        [&["connection", "create", "d"][..], &to_nowhere].concat(),
        [&["connection", "check"][..], &to_nowhere].concat(),
        vec!["connection", "show", "c", "-o", "json"],
        vec!["import", "--dry-run", "telegraf.conf"],
        vec!["import", "telegraf.conf"],
        vec!["files"],
        vec!["connection", "list"],
        vec!["connection", "holds"],
        vec!["reject", "list"],
        vec!["kapacitor", "list"],
        vec!["kapacitor", "endpoint", "list", "--connection", "real"],
        vec!["kapacitor", "endpoint", "show", "httppost:hook", "--connection", "real"],
        vec!["kapacitor", "endpoint", "set", "slack", "--secret-file", &by_file, "--connection", "real"],
        vec!["kapacitor", "endpoint", "set", "httppost:hook", "--secret-file", &by_file, "--connection", "real"],
        vec!["kapacitor", "endpoint", "test", "slack", "--yes", "--connection", "real", "-o", "json"],
    ] {
        let done = server.run_words(&words);
        assert!([0, 1].contains(&done.code), "{words:?}: {done:?}");
        said.insert(format!("`tributary {}`", words.join(" ")), format!("{}\n{}", done.out, done.words));
    }

    for list in ["connections", "holds", "spool", "rejects", "rejects/export", "kapacitors", "databases", "runs", "files", "organizations"]
    {
        face.get(&format!("/api/v1/{list}")).await;
    }
    for list in ["sources", "sources/10000", "sources/10000/kapacitors", "organizations", "me", ""] {
        face.get(&format!("/chronograf/v1/{list}")).await;
    }

    let arguments = fs::read(format!("/proc/{}/cmdline", server.pid())).unwrap();
    let data = server.path("data");
    let held: Vec<(String, Vec<u8>)> = fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    assert!(held.len() > 1, "{data:?} holds {} files", held.len());
    let heard = face.heard.join("\n");
    let log = server.stop();
    // The log was really at its finest, and the flows really happened: otherwise finding nothing proves nothing.
    assert!(log.contains("TRACE") && log.lines().count() > 200, "the log has {} lines", log.lines().count());
    assert!(heard.len() > 20_000, "{} bytes of answers", heard.len());

    canaries.seek("the log", log.as_bytes());
    canaries.seek("the answers", heard.as_bytes());
    canaries.seek("the arguments", &arguments);
    for (place, text) in &said {
        canaries.seek(place, text.as_bytes());
    }
    for (place, bytes) in &held {
        canaries.seek(place, bytes);
    }
    canaries.none_was_seen();
}

/// Secrets of alert endpoints: those that Kapacitor hides and those that it forgets to, taken and refused, tested, cleared and removed.
async fn alert_endpoints(face: &mut Face, canaries: &mut Canaries) {
    let place = "/api/v1/connections/real/kapacitors/alerts/endpoints";
    let webhook = |mark: String| format!("https://hooks.example.com/{mark}");
    let hidden = [("slack", "url"), ("smtp", "password"), ("telegram", "token"), ("pushover", "user-key"), ("victorops", "api-key")];
    let forgotten = [("discord", "url"), ("teams", "channel-url"), ("alerta", "url")];
    for (section, option) in hidden.into_iter().chain(forgotten) {
        let mark = canaries.mark(&format!("{option} of {section}"));
        let secret = if option.ends_with("url") { webhook(mark) } else { mark };
        let endpoint = format!("{place}/{section}");
        face.ok(Method::PATCH, &endpoint, json!({ "options": { option: secret } })).await;
        face.get(&endpoint).await;
        face.ask(Method::POST, &format!("{endpoint}/test"), json!({})).await;
        face.refused(Method::PATCH, &endpoint, json!({ "options": { option: [secret] } })).await;
        face.refused(Method::PATCH, &endpoint, json!({ "options": { option: secret, "nosuch": secret } })).await;
        face.refused(Method::PATCH, &endpoint, json!({ "options": { option: format!("{secret}%zz://") , "enabled": secret } })).await;
    }
    let (url, header, password) =
        (canaries.mark("url of httppost"), canaries.mark("header of httppost"), canaries.mark("login of httppost"));
    let hook = json!({
        "url": webhook(url), "headers": { "Authorization": format!("Bearer {header}") },
        "basic-auth": { "username": "ops", "password": password },
    });
    face.ok(Method::POST, place, json!({ "name": "httppost:hook", "options": hook })).await;
    face.refused(Method::POST, place, json!({ "name": "httppost:hook", "options": hook })).await;
    face.refused(Method::POST, place, json!({ "name": "httppost:a.b", "options": hook })).await;
    let wrong = canaries.mark("wrong url of httppost");
    face.refused(Method::PATCH, &format!("{place}/httppost:hook"), json!({ "options": { "url": format!("http://[{wrong}") } })).await;
    face.ask(Method::POST, &format!("{place}/httppost:hook/test"), json!({})).await;
    face.ok(Method::POST, &format!("{place}/httppost:hook/apply"), json!({})).await;
    let kafka = json!({
        "brokers": ["127.0.0.1:1"], "sasl-mechanism": "PLAIN", "sasl-username": "u", "sasl-password": canaries.mark("sasl-password of kafka"),
        "sasl-oauth-client-secret": canaries.mark("sasl-oauth-client-secret of kafka"),
        "sasl-access-token": canaries.mark("sasl-access-token of kafka"),
    });
    face.ok(Method::POST, place, json!({ "name": "kafka:main", "options": kafka })).await;
    face.ask(Method::POST, &format!("{place}/kafka:main/test"), json!({})).await;
    face.ok(Method::PATCH, &format!("{place}/kafka:main"), json!({ "options": { "sasl-password": null }, "reset": ["sasl-access-token"] }))
        .await;
    face.ok(Method::DELETE, &format!("{place}/slack"), json!({})).await;
    for list in ["endpoints", "tasks", "statistics"] {
        face.get(&format!("/api/v1/connections/real/kapacitors/alerts/{list}")).await;
    }
}

async fn face_id(face: &mut Face, path: &str) -> String {
    face.get(&format!("/api/v1/{path}")).await["id"].as_str().unwrap().to_owned()
}

/// Until every run has ended.
async fn wait_for_runs(face: &mut Face) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        let runs = face.get("/api/v1/runs").await;
        let items = runs["items"].as_array().unwrap();
        if items.len() >= 2 && items.iter().all(|run| !run["finished_at"].is_null()) {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "runs do not end: {runs}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
