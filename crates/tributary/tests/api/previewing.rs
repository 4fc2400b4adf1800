//! Previews of series that would write to a real InfluxDB 1.6.7: what they say of what is there already.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use influx::{
    http::{Http, Login},
    v1,
};
use serde_json::{Value, json};
use tributary::clock::MachineClock;
use url::Url;

use crate::{
    bodies::sqlite_database,
    house::{Answer, House},
};

/// A new database on the real server without logins, whose default policy keeps points for ever and `short` for an hour.
struct RealInflux {
    url: Url,
    database: String,
}

impl RealInflux {
    async fn new(name: &str) -> Self {
        let url = std::env::var("TRIBUTARY_TEST_INFLUX_URL")
            .unwrap_or_else(|_| panic!("TRIBUTARY_TEST_INFLUX_URL is not set: run `make test`, or `dev/servers run cargo test`"));
        let made = Self { url: url.parse().unwrap(), database: format!("preview_{name}_{}", std::process::id()) };
        made.ask(&format!("DROP DATABASE \"{}\"", made.database)).await;
        made.ask(&format!("CREATE DATABASE \"{}\"", made.database)).await;
        made.ask(&format!("CREATE RETENTION POLICY short ON \"{}\" DURATION 1h REPLICATION 1", made.database)).await;
        made
    }

    async fn ask(&self, query: &str) -> Vec<Value> {
        let client = Http::new(Arc::new(MachineClock)).unwrap().client(&Login::None, Duration::from_secs(10), false).unwrap();
        v1::query(&client, &self.url, Some(&self.database), query).await.unwrap()
    }

    /// The field `orders` of the measurement `m` as a float, the field `note` as an integer.
    async fn fill(&self) {
        let client = Http::new(Arc::new(MachineClock)).unwrap().client(&Login::None, Duration::from_secs(10), false).unwrap();
        let mut write = self.url.join("/write").unwrap();
        write.query_pairs_mut().append_pair("db", &self.database);
        let request = influx::http::Request::new(Method::POST, write).body("text/plain", "m orders=1.5,note=1i 1\n".into());
        assert!(client.send(request).await.unwrap().status.is_success());
    }

    fn connection(&self, name: &str, policy: Option<&str>) -> Value {
        json!({ "name": name, "driver": "v1", "url": self.url, "database": self.database, "retention_policy": policy })
    }
}

async fn made(house: &House, path: &str, body: Value) -> String {
    let answer = house.post(path, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.id().to_string()
}

/// The verdicts of a preview, by kind.
fn verdicts(answer: &Answer) -> Vec<(String, Value)> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.body();
    let verdicts = body["verdicts"].as_array().unwrap();
    verdicts.iter().map(|verdict| (verdict["kind"].as_str().unwrap().to_owned(), verdict.clone())).collect()
}

fn of(verdicts: &[(String, Value)], kind: &str) -> Option<Value> {
    verdicts.iter().find(|(of, _)| of == kind).map(|(_, verdict)| verdict.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_would_be_refused_lost_or_too_old() {
    let (house, influx) = (House::open().await, RealInflux::new("verdicts").await);
    influx.fill().await;
    let database = made(&house, "/api/v1/databases", sqlite_database(&house, "shop")).await;
    let connection = made(&house, "/api/v1/connections?check=skip", influx.connection("c", None)).await;
    let short = made(&house, "/api/v1/connections?check=skip", influx.connection("short", Some("short"))).await;
    let sql = "SELECT 'AT' AS country, 7 AS orders, 'x' AS note, '2026-11-21 11:30:00' AS at \
               UNION ALL SELECT 'DE', 8, 'y', '2026-11-21 11:30:00' \
               UNION ALL SELECT 'AT', 9, 'z', '2026-11-21 11:30:00' \
               UNION ALL SELECT 'AT', 1, 'z', '2026-11-21 10:59:59'";
    let draft = |connection: &str, more: Value| {
        let mut mapping = json!({ "measurement": { "name": "m" }, "tags": ["country"], "time": { "column": "at" } });
        mapping.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({
            "query": { "database_id": database, "sql": sql }, "connection_id": connection, "mapping": mapping,
            "mode": { "mode": "snapshot" }
        })
    };

    let shown = house.post("/api/v1/series/preview", draft(&connection, json!({}))).await;
    let told = verdicts(&shown);
    let conflict = of(&told, "type_conflict").unwrap();
    assert_eq!(
        (conflict["severity"].as_str(), conflict["message"].as_str()),
        (Some("error"), Some("field `note` is of type integer on the server, and column `note` makes it text"))
    );
    assert_eq!(told[0].0, "type_conflict", "the worst comes first");
    assert_eq!(of(&told, "type_converted").unwrap()["severity"], "note");
    let collapse = of(&told, "collapse").unwrap();
    assert_eq!((&collapse["rows"], &collapse["count"], &collapse["severity"]), (&json!([1, 3]), &json!(2), &json!("warning")));
    assert_eq!(of(&told, "retention"), None, "autogen keeps for ever");
    assert_eq!(of(&told, "not_asked"), None);
    assert_eq!(shown.body()["rows"][0]["line"], "m,country=AT orders=7i,note=\"x\" 1795260600000000000", "as the mapping says it");

    // What is in the way is taken out: now the integer goes into the float that is there.
    let fields = json!({ "fields": { "columns": ["*", "!note"] }, "renames": { "country": "land" } });
    let shown = house.post("/api/v1/series/preview", draft(&connection, fields)).await;
    assert_eq!(of(&verdicts(&shown), "type_conflict"), None);
    let body = shown.body();
    assert_eq!(body["rows"][0]["line"], "m,land=AT orders=7.0 1795260600000000000");
    let column =
        |at: usize| (body["columns"][at]["role"].clone(), body["columns"][at]["key"].clone(), body["columns"][at]["field_type"].clone());
    assert_eq!(column(0), (json!("tag"), json!("land"), Value::Null));
    assert_eq!(column(1), (json!("field"), Value::Null, json!("float")));
    assert_eq!(column(2).0, "unused");
    assert_eq!((&body["measures"]["points"], &body["measures"]["series"]), (&json!(3), &json!(2)));

    // Another retention policy has other fields, and keeps points for an hour.
    let told = verdicts(&house.post("/api/v1/series/preview", draft(&short, json!({}))).await);
    assert_eq!(of(&told, "type_conflict"), None);
    let old = of(&told, "retention").unwrap();
    assert_eq!((&old["rows"], &old["severity"]), (&json!([4]), &json!("error")));
    assert_eq!(old["message"], "1 point of 4 is older than the 1 h that the server keeps");

    let found = influx.ask("SHOW MEASUREMENTS").await;
    assert_eq!(found[0].pointer("/series/0/values"), Some(&json!([["m"]])), "a preview writes nothing");
}

#[tokio::test]
async fn a_preview_goes_on_when_the_influxdb_does_not_answer() {
    let house = House::open().await;
    let database = made(&house, "/api/v1/databases", sqlite_database(&house, "shop")).await;
    let nobody = json!({ "name": "nobody", "driver": "v1", "url": "http://127.0.0.1:9", "database": "d" });
    let connection = made(&house, "/api/v1/connections?check=skip", nobody).await;
    let draft = json!({
        "query": { "database_id": database, "sql": "SELECT 1 AS n" }, "connection_id": connection,
        "mapping": { "measurement": { "name": "m" } }, "mode": { "mode": "snapshot" }
    });
    let shown = house.post("/api/v1/series/preview", draft).await;
    let told = verdicts(&shown);
    assert_eq!(shown.body()["lines"], 1);
    let message = of(&told, "not_asked").unwrap()["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with("(TRB-TCP-001)"), "{message}");
}

#[tokio::test]
async fn a_mapping_that_cannot_be_is_refused_by_its_member() {
    let house = House::open().await;
    crate::bodies::build_shop(&house).await;
    for (change, field) in [
        (json!({ "renames": { "orders": "time" } }), "mapping.renames.orders"),
        (json!({ "constant_tags": { "plant": "" } }), "mapping.constant_tags.plant"),
        (json!({ "time": { "column": "at", "format": "unix_s", "pattern": "%Y" } }), "mapping.time.pattern"),
    ] {
        let answer = house.send(Method::PATCH, "/api/v1/series/orders", &[], Some(json!({ "mapping": change }).to_string())).await;
        assert_eq!((answer.status, &answer.body()["error"]["field"]), (422, &json!(field)), "{}", answer.text);
    }
    let change = json!({
        "constant_fields": { "build": { "integer": 7 } }, "field_types": { "orders": "float" }, "nulls": { "orders": { "default": "0" } }
    });
    let answer = house.send(Method::PATCH, "/api/v1/series/orders", &[], Some(json!({ "mapping": change }).to_string())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let change = json!({ "mapping": { "constant_fields": { "build": { "float": 7 } }, "nulls": { "orders": "reject" } } });
    let answer = house.send(Method::PATCH, "/api/v1/series/orders", &[], Some(change.to_string())).await;
    let mapping = answer.body()["mapping"].clone();
    assert_eq!(
        (&mapping["constant_fields"], &mapping["nulls"]),
        (&json!({ "build": { "float": 7.0 } }), &json!({ "orders": "reject" })),
        "{}",
        answer.text
    );
    let shown = house.send(Method::POST, "/api/v1/series/orders/preview", &[], None).await;
    assert_eq!(shown.body()["rows"][0]["line"], "orders,country=AT orders=1.0,build=7.0 1795262400000000000", "{}", shown.text);
}
