//! What goes away comes back, and nothing is lost or doubled: the database, InfluxDB, the disk, the server itself.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use model::{
    Connection, FailureKind, Group, Mapping, Missed, Mode, Overlap, RunStatus, Schedule, Target,
    secret::{ExposeSecret, SecretString},
};
use serde_json::{Value, json};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use crate::{
    house::{House, ORG, RealInflux, real_database, series},
    servers::{Kind, Reply, Script, Scripted},
};

const SLOT: &str = "2026-11-21T12:00:00Z";

/// A way to a server that can be cut.
struct Cable {
    port: u16,
    cut: CancellationToken,
}

impl Cable {
    async fn to(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, cut) = (listener.local_addr().unwrap().port(), CancellationToken::new());
        let gone = cut.clone();
        tokio::spawn(async move {
            loop {
                let (mut near, _) = tokio::select! {
                    () = gone.cancelled() => return,
                    accepted = listener.accept() => accepted.unwrap(),
                };
                let (address, gone) = (address.clone(), gone.clone());
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(address).await.unwrap();
                    tokio::select! {
                        () = gone.cancelled() => {}
                        // Either side may hang up; that ends this way and nothing else.
                        _ended = copy_bidirectional(&mut near, &mut far) => {}
                    }
                });
            }
        });
        Self { port, cut }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_mid_run_fails_the_run_and_never_ends_the_rows() {
    for variable in ["TRIBUTARY_TEST_POSTGRES_URL", "TRIBUTARY_TEST_MYSQL_URL"] {
        let house = House::open().await;
        let (mut spec, password) = real_database(variable, &[]).await;
        let (model::Engine::Postgres(address) | model::Engine::Mysql(address)) = &mut spec.engine else { panic!("a server") };
        address.tls = model::Tls::Disable;
        let cable = Cable::to(format!("{}:{}", address.host, address.port.unwrap())).await;
        (address.host, address.port) = ("127.0.0.1".to_owned(), Some(cable.port));
        let sql = if spec.engine.kind() == "postgres" {
            "SELECT g AS n, repeat('x', 200) AS words FROM generate_series(1, 20000000) AS g"
        } else {
            "SELECT seq AS n, repeat('x', 200) AS words FROM seq_1_to_20000000"
        };
        let database = house.database("far", spec, password.as_ref().map(|password: &SecretString| password.expose_secret())).await;
        let (connection, folder) = house.folder("lines").await;
        let query_id = house.query("much", database, sql).await.unwrap();
        let series = house.series("much", series(query_id, connection, Mapping::new("much"))).await;
        let id = house.start(series, SLOT).await;
        house.until(id, |run| run.figures.rows_read > 0 || run.status.is_final()).await;
        cable.cut.cancel();
        let run = house.ended(id).await;
        assert_eq!(run.status, RunStatus::Failed, "{variable}");
        assert_eq!(run.reason.as_ref().and_then(|reason| reason.kind), Some(FailureKind::SqlUnreachable), "{variable}: {:?}", run.reason);
        assert!(run.figures.rows_read < 20_000_000, "{variable}");
        let visible =
            std::fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "lp"));
        assert_eq!(visible.count(), 0, "{variable}: half a result is not a file");
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_influxdb_that_goes_away_mid_run_and_comes_back_gets_every_point() {
    let house = House::open().await;
    let influx = RealInflux::new("away").await;
    let cable = Cable::to(influx.url.socket_addrs(|| None).unwrap()[0].to_string()).await;
    let target = |port: u16| Target::v1(format!("http://127.0.0.1:{port}").parse().unwrap(), influx.database.clone());
    let connection = house.connection("far", Connection::new(target(cable.port)), None).await;
    let (spec, password) = real_database("TRIBUTARY_TEST_POSTGRES_URL", &[]).await;
    let database = house.database("pg", spec, password.as_ref().map(|password: &SecretString| password.expose_secret())).await;
    let sql = "SELECT timestamptz '2026-01-01 00:00:00Z' + g * interval '1 second' AS at, g AS n FROM generate_series(1, 1500000) AS g";
    let query_id = house.query("much", database, sql).await.unwrap();
    let time = Some(model::TimeColumn::new("at"));
    let mapping = Mapping { time, ..Mapping::new("much") };
    let series = house.series("much", series(query_id, connection, mapping)).await;
    let id = house.start(series, SLOT).await;
    let arriving = async {
        while influx.rows("SELECT n FROM much LIMIT 1").await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), arriving).await.expect("points arrive");
    cable.cut.cancel();
    house.until(id, |run| run.figures.retries > 0 || run.status.is_final()).await;
    let back = TcpListener::bind(("127.0.0.1", cable.port)).await.unwrap();
    let far = influx.url.socket_addrs(|| None).unwrap()[0];
    tokio::spawn(async move {
        loop {
            let (mut near, _) = back.accept().await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut near, &mut TcpStream::connect(far).await.unwrap()).await });
        }
    });
    let run = house.ended(id).await;
    assert_eq!(run.status, RunStatus::Succeeded, "{:?}", run.reason);
    assert_eq!((run.figures.rows_read, run.figures.points_written, run.figures.rejected), (1_500_000, 1_500_000, 0));
    assert!(run.figures.retries > 0);
    let counted = influx.rows("SELECT count(n), sum(n) FROM much").await;
    assert_eq!(counted, [json!([0, 1_500_000, 1_125_000_750_000_i64])]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_holds_the_data_and_says_so() {
    let house = House::open().await;
    // Every write to it fails with "no space left on device", as on a full disk.
    let target = Target::File { folder: "/dev/full".to_owned() };
    let failed = house.app.influx.open(&model::edges::ConnectionAccess::new(Connection::new(target), None), "x").await;
    let kind = match failed {
        Err(failure) => failure.kind,
        Ok(writer) => {
            let batch = model::edges::LineBatch { body: "m f=1 1\n".into(), lines: 1, rows: vec![(0, 1)] };
            writer.write(&batch, &mut Default::default()).await.unwrap_err().kind
        }
    };
    assert_eq!(kind, FailureKind::FolderWrite);
    assert_eq!(kind.policy(), model::Policy::Hold);
    house.close().await;
}

/// A server process of its own, ended with SIGKILL when dropped.
struct Process {
    child: Child,
    api: String,
}

impl Process {
    fn start(data: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tributary"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut words = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let api = loop {
            line.clear();
            assert!(words.read_line(&mut line).unwrap() > 0, "the server ended before it served");
            if let Some((_, address)) = line.trim().split_once("serves ") {
                break address.to_owned();
            }
        };
        // Read on, so that a log line never finds its pipe full.
        std::thread::spawn(move || words.lines().for_each(drop));
        Self { child, api }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been ended by the test already.
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

async fn get(url: String) -> Value {
    use influx::http::{Http, Login};
    let http = Http::new(std::sync::Arc::new(tributary::clock::MachineClock)).unwrap();
    let client = http.client(&Login::None, Duration::from_secs(10), false).unwrap();
    client.get(url.parse().unwrap()).await.unwrap().json().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_mid_run_runs_the_slot_again_after_its_restart() {
    let house = House::open().await;
    let data = house.path("data");
    // An answer that asks to wait keeps the run on its way, within its patience, until the server is killed.
    let script = Script::new(Kind::V2, &["shop"]).next(Reply::new(503, "").header("retry-after", "15"));
    let influx = Scripted::start(script).await;
    let target = Target::V2 { url: influx.url().clone(), organization: "acme".to_owned(), bucket: "shop".to_owned() };
    let connection = house.connection("influx", Connection::new(target), Some("secret")).await;
    let database = house
        .sqlite("shop", "CREATE TABLE r (at TEXT, a INTEGER); INSERT INTO r VALUES ('2026-11-21 11:30:00', 1), ('2026-11-21 11:45:00', 2)")
        .await;
    let sql = "SELECT count(*) AS n, sum(a) AS a FROM r WHERE at >= :window_start AND at < :window_end";
    let query_id = house.query("r", database, sql).await.unwrap();
    let window = Mode::Window { length_s: Some(3600), lag_s: 0 };
    let series = house.series("r", model::Series { mode: window, ..series(query_id, connection, Mapping::new("r")) }).await;
    let slot = SLOT.parse().unwrap();
    let store = house.app.store.clone();
    let directory = house.shut().await;
    // Put in line while nothing runs, so that the server to be killed takes it.
    let run = store.enqueue_run(ORG, series, slot).await.unwrap().unwrap();
    store.close().await.unwrap();

    let mut first = Process::start(&data);
    let seen = async {
        while influx.writes() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), seen).await.expect("the run writes");
    first.kill();

    let second = Process::start(&data);
    let done = async {
        loop {
            let runs = get(format!("{}/api/v1/runs?limit=10", second.api)).await;
            let items = runs["items"].as_array().unwrap().clone();
            if items.iter().any(|run| run["status"] == "succeeded") {
                return items;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let runs = tokio::time::timeout(Duration::from_secs(30), done).await.expect("the slot is run again");
    let told: Vec<_> = runs.iter().map(|run| (run["attempt"].as_u64().unwrap(), run["status"].as_str().unwrap())).collect();
    assert_eq!(told, [(2, "succeeded"), (1, "abandoned")]);
    assert_eq!(runs[1]["id"], json!(run.id.to_string()));
    assert_eq!(influx.points("shop"), ["r a=3i,n=2i 1795262400000000000"]);
    let bodies = influx.written();
    assert!(bodies.len() >= 2 && bodies.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes again");
    drop(second);
    drop(directory);
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_that_passed_while_the_server_was_down_are_made_up_for_and_each_has_one_outcome() {
    let house = House::open().await;
    let data = house.path("data");
    let influx = RealInflux::new("made_up").await;
    let connection = house.connection("influx", influx.connection(), None).await;
    let database = house.sqlite("shop", "CREATE TABLE r (a INTEGER); INSERT INTO r VALUES (7)").await;
    let query_id = house.query("r", database, "SELECT a FROM r WHERE :window_start < :window_end").await.unwrap();
    let spec = Group {
        schedule: Schedule::EveryS(1),
        time_zone: chrono_tz::Tz::UTC,
        overlap: Overlap::QueueOne,
        missed: Missed::All(1000),
        enabled: true,
    };
    let group = house.group("every second", spec).await;
    let window = Mode::Window { length_s: None, lag_s: 0 };
    let spec = model::Series { mode: window, group_id: Some(group.id), ..series(query_id, connection, Mapping::new("r")) };
    house.series("r", spec).await;
    let store = house.app.store.clone();
    let directory = house.shut().await;
    store.close().await.unwrap();
    for _ in 0..3 {
        let mut process = Process::start(&data);
        tokio::time::sleep(Duration::from_millis(1700)).await;
        process.kill();
        tokio::time::sleep(Duration::from_millis(2100)).await;
    }
    let last = Process::start(&data);
    let settled = async {
        loop {
            let slots = get(format!("{}/api/v1/groups/every%20second/slots?limit=1000", last.api)).await;
            let slots = slots["items"].as_array().unwrap().clone();
            let first_ten_done = slots.len() > 12 && slots.iter().skip(2).all(|slot| slot["outcome"] != "open");
            if first_ten_done {
                return slots;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let slots = tokio::time::timeout(Duration::from_secs(60), settled).await.expect("the missed slots are run");
    let times: Vec<i64> = slots
        .iter()
        .skip(2)
        .map(|slot| {
            assert_eq!(slot["outcome"], "succeeded", "{slot}");
            slot["slot"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp()
        })
        .collect();
    assert!(times.windows(2).all(|pair| pair[0] == pair[1] + 1), "every second once: {times:?}");
    let (newest, oldest) = (times[0], times[times.len() - 1]);
    let points = influx.rows(&format!("SELECT a FROM r WHERE time >= {oldest}s AND time <= {newest}s")).await;
    let expected: Vec<Value> = times.iter().rev().map(|second| json!([second * 1_000_000_000, 7])).collect();
    assert_eq!(points, expected, "and exactly the points that the slots define");
    drop(last);
    drop(directory);
}
