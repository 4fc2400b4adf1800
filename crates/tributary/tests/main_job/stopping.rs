//! What is given up stops on the database's server: a run that is cancelled, a preview whose page was left, a check of columns.

use std::time::{Duration, Instant};

use model::{Mapping, Mode, RunStatus};
use serde_json::json;
use sqlx::Connection as _;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use tributary::api;

use crate::house::{House, ORG, real_database, series, server};

const SLOT: &str = "2026-11-21T12:00:00Z";

/// How long a statement may go on that nobody waits for.
const LIMIT: Duration = Duration::from_secs(60);

/// The servers, and a statement on each that nobody would wait for.
fn servers() -> [(&'static str, String); 2] {
    let marker = |engine: &str| format!("stopping_{engine}_{}", std::process::id());
    [
        ("TRIBUTARY_TEST_POSTGRES_URL", format!("SELECT pg_sleep(600)::text AS {}", marker("postgres"))),
        (
            "TRIBUTARY_TEST_MYSQL_URL",
            format!("SELECT count(*) AS {} FROM seq_1_to_4000000000 a, seq_1_to_4000000000 b WHERE a.seq + b.seq < 0", marker("mysql")),
        ),
    ]
}

/// Waits until such a statement runs on the server, or none does.
async fn until(variable: &str, sql: &str, wanted: bool) {
    let url = server(variable);
    // What is asked holds the words in two parts, so that it does not find itself.
    let words = sql.split(" AS ").nth(1).unwrap().split(' ').next().unwrap();
    let since = Instant::now();
    loop {
        let running: i64 = if url.starts_with("postgres") {
            let mut session = sqlx::PgConnection::connect(&url).await.unwrap();
            let sql = "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() AND strpos(query, $1) > 0";
            sqlx::query_scalar(sql).bind(words).fetch_one(&mut session).await.unwrap()
        } else {
            let mut session = sqlx::MySqlConnection::connect(&url).await.unwrap();
            let sql = "SELECT count(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND COMMAND <> 'Sleep' AND INSTR(INFO, ?) > 0";
            sqlx::query_scalar(sql).bind(words).fetch_one(&mut session).await.unwrap()
        };
        if (running > 0) == wanted {
            return;
        }
        assert!(since.elapsed() < LIMIT, "{words}: {running} run");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_stops_its_statement_on_the_server() {
    let house = House::open().await;
    let (connection, _folder) = house.folder("lines").await;
    for (at, (variable, sql)) in servers().into_iter().enumerate() {
        let (spec, password) = real_database(variable, &[]).await;
        let password = password.as_ref().map(|password| model::secret::ExposeSecret::expose_secret(password).to_owned());
        let name = format!("stopping{at}");
        let database = house.database(&name, spec, password.as_deref()).await;
        let query = house.query(&name, database, &sql).await.unwrap();
        let series = house.series(&name, series(query, connection, Mapping::new("m"))).await;
        let run = house.start(series, SLOT).await;
        until(variable, &sql, true).await;
        house.app.cancel_run(ORG, &run.to_string()).await.unwrap();
        until(variable, &sql, false).await;
        assert_eq!(house.ended(run).await.status, RunStatus::Cancelled);
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_dropped_stops_its_statement_on_the_server() {
    let house = House::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = api::router(house.app.clone());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let (connection, _folder) = house.folder("lines").await;
    for (at, (variable, sql)) in servers().into_iter().enumerate() {
        let (spec, password) = real_database(variable, &[]).await;
        let password = password.as_ref().map(|password| model::secret::ExposeSecret::expose_secret(password).to_owned());
        let database = house.database(&format!("dropping{at}"), spec, password.as_deref()).await;
        let query = json!({ "database_id": database, "sql": sql });
        let preview = json!({ "query": query, "mapping": Mapping::new("m"), "mode": Mode::Snapshot, "connection_id": connection });
        for (path, body) in [("/api/v1/queries/try", json!({ "query": query })), ("/api/v1/series/preview", preview)] {
            let body = body.to_string();
            let mut client = TcpStream::connect(address).await.unwrap();
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            client.write_all((head + &body).as_bytes()).await.unwrap();
            until(variable, &sql, true).await;
            drop(client);
            until(variable, &sql, false).await;
        }
    }
    serving.abort();
    house.close().await;
}
