//! Looking around on a connection: on a real InfluxDB with points in it.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use influx::{
    http::{Client, Http, Login, Request, endpoint},
    v1,
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tributary::clock::MachineClock;
use url::Url;

use crate::house::{Answer, House};

/// A database of its own on the real InfluxDB, with points in it, and a house with the connection `c` to it.
struct Shop {
    house: House,
    database: String,
}

impl Shop {
    async fn open(purpose: &str) -> Self {
        let name = "TRIBUTARY_TEST_INFLUX_URL";
        let url = std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"));
        let url: Url = url.parse().unwrap();
        let database = format!("explore_{purpose}_{}", std::process::id());
        let client = Http::new(Arc::new(MachineClock)).unwrap().client(&Login::None, Duration::from_secs(10), false).unwrap();
        v1::query(&client, &url, None, &format!("DROP DATABASE \"{database}\"")).await.unwrap();
        v1::create_database(&client, &url, &database).await.unwrap();
        let lines = concat!(
            "orders,country=DE total=1.5,count=9007199254740993i,note=\"=1+1\" 1795000000000000001\n",
            "orders,country=AT total=2 1795000000000000002\n",
            "returns f=true 1795000000000000000\n",
        );
        put(&client, &url, &database, lines).await;
        let house = House::open().await;
        let connection = json!({ "name": "c", "driver": "v1", "url": url, "database": database });
        let saved = house.post("/api/v1/connections?check=skip", connection).await;
        assert_eq!(saved.status, 201, "{}", saved.text);
        Self { house, database }
    }

    async fn get(&self, what: &str) -> Answer {
        self.house.get(&format!("/api/v1/connections/c/explore/{what}")).await
    }

    async fn post(&self, what: &str, body: Value) -> Answer {
        self.house.post(&format!("/api/v1/connections/c/explore/{what}"), body).await
    }
}

async fn put(client: &Client, url: &Url, database: &str, lines: &'static str) {
    let request = Request::new(Method::POST, endpoint(url, "/write", &[("db", database)])).body("text/plain", lines.into());
    assert_eq!(client.send(request).await.unwrap().status.as_u16(), 204);
}

/// Kind, field and message of a refusal.
fn refusal(answer: &Answer) -> (u16, String, String, String) {
    let error = &answer.body()["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("kind"), text("field"), text("message"))
}

#[tokio::test]
async fn a_connection_tells_its_places_measurements_tags_and_fields() {
    let shop = Shop::open("tells").await;
    let places = shop.get("places").await.body();
    assert_eq!(places["languages"], json!(["influxql"]));
    assert_eq!(
        places["items"][0],
        json!({
            "name": shop.database, "own": true, "listed": true,
            "retention_policies": [{ "name": "autogen", "duration": "0s", "default": true }],
        })
    );
    for (what, expected) in [
        ("measurements".to_owned(), json!({ "items": ["orders", "returns"], "truncated": false })),
        (format!("measurements?place={}&search=ORD", shop.database), json!({ "items": ["orders"], "truncated": false })),
        ("tags?measurement=orders".to_owned(), json!({ "items": ["country"], "truncated": false })),
        ("tag-values?measurement=orders&tag=country".to_owned(), json!({ "items": ["AT", "DE"], "truncated": false })),
        ("tag-values?measurement=orders&tag=country&search=d".to_owned(), json!({ "items": ["DE"], "truncated": false })),
        (
            "fields?measurement=orders".to_owned(),
            json!({
                "items": [{ "name": "count", "type": "integer" }, { "name": "note", "type": "text" }, { "name": "total", "type": "float" }],
                "truncated": false,
            }),
        ),
    ] {
        let answer = shop.get(&what).await;
        assert_eq!((answer.status, answer.body()), (200, expected), "{what}");
    }
}

#[tokio::test]
async fn what_is_clicked_together_is_asked_and_comes_unrounded() {
    let shop = Shop::open("asks").await;
    let selection = json!({
        "measurement": "orders", "fields": ["total", "count"], "filters": [{ "tag": "country", "values": ["DE", "AT"] }],
        "group_by": ["country"], "aggregate": "max", "window": "1s",
    });
    let built = shop.post("build", selection).await.body();
    let text = "SELECT max(\"total\") AS \"total\", max(\"count\") AS \"count\"\nFROM \"orders\"\nWHERE time >= :from AND time < :to\n  \
                AND (\"country\" = 'DE' OR \"country\" = 'AT')\nGROUP BY time(1s), \"country\"\nFILL(none)";
    assert_eq!(built, json!({ "text": text, "language": "influxql" }));
    let range = json!({ "from": "2026-11-18T11:06:40Z", "to": "2026-11-18T11:06:41Z" });
    let answer = shop.post("query", json!({ "text": text, "range": range })).await;
    assert_json_snapshot!("explore_answer", shop.house.shown(&answer));
    // Every point as it is, to the nanosecond.
    let plain = shop.post("query", json!({ "text": "SELECT total FROM orders" })).await.body();
    assert_eq!(plain["series"][0]["rows"][0], json!(["2026-11-18T11:06:40.000000001Z", 1.5]));
    assert_eq!((&plain["rows"], &plain["truncated"], &plain["warnings"]), (&json!(2), &json!(false), &json!([])));
}

#[tokio::test]
async fn an_answer_can_be_downloaded_and_holds_no_formula() {
    let shop = Shop::open("downloads").await;
    let body = json!({ "text": "SELECT note, count, total FROM orders GROUP BY country" }).to_string();
    let path = "/api/v1/connections/c/explore/query";
    let answer = shop.house.send(Method::POST, path, &[("accept", "text/csv")], Some(body)).await;
    assert_eq!((answer.status, answer.header("tributary-truncated")), (200, Some("false")), "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"explore.csv\""));
    assert_eq!(
        answer.text,
        "name,country,time,note,count,total\r\n\
         orders,AT,2026-11-18T11:06:40.000000002Z,,,2\r\n\
         orders,DE,2026-11-18T11:06:40.000000001Z,'=1+1,9007199254740993,1.5\r\n"
    );
    let wrong = json!({ "text": "SELECT" }).to_string();
    let refused = shop.house.send(Method::POST, path, &[("accept", "text/csv")], Some(wrong)).await;
    assert_eq!((refused.status, refused.body()["error"]["kind"].as_str()), (422, Some("influx_query")));
}

#[tokio::test]
async fn a_wrong_question_is_refused_at_its_field_with_the_servers_words() {
    let shop = Shop::open("refuses").await;
    let words = "error parsing query: found FRO, expected FROM at line 1, char 10";
    let range = |from: &str, to: &str| json!({ "from": from, "to": to });
    for (body, status, kind, field, message) in [
        (json!({ "text": "SELECT f FRO orders" }), 422, "influx_query", "text", words),
        (json!({ "text": "DROP DATABASE x" }), 422, "influx_query", "text", "DROP is no SELECT, SHOW or EXPLAIN: here one can only read"),
        (
            json!({ "text": "SELECT f FROM m WHERE time > :from" }),
            422,
            "influx_query",
            "text",
            "the query says `:from`, and no range is given",
        ),
        (json!({ "text": "SELECT f FROM m", "place": "nowhere" }), 502, "influx_missing", "", "database not found: nowhere"),
        (json!({ "text": "SELECT 1", "language": "flux" }), 422, "validation", "language", "this connection is not asked in `flux`"),
        (json!({ "text": " " }), 422, "validation", "text", "`text` is empty"),
        (json!({ "text": "S".repeat(20_001) }), 422, "validation", "text", "`text` is longer than 20000 bytes"),
        (json!({ "text": "SELECT 1", "place": "" }), 422, "validation", "place", "`place` is empty"),
        (
            json!({ "text": "SELECT 1", "range": range("2026-11-18T11:00:00Z", "2026-11-18T11:00:00Z") }),
            422,
            "validation",
            "range.to",
            "the range ends before it begins",
        ),
    ] {
        let answer = shop.post("query", body).await;
        let (is_status, is_kind, is_field, is_message) = refusal(&answer);
        assert_eq!((is_status, is_kind.as_str(), is_field.as_str(), is_message.as_str()), (status, kind, field, message));
        assert!(answer.body()["error"]["advice"].as_str().is_some_and(|advice| !advice.is_empty()));
    }
    let still = shop.get("measurements").await.body();
    assert_eq!(still["items"], json!(["orders", "returns"]));
    let window = shop.post("build", json!({ "measurement": "m", "window": "1s" })).await;
    assert_eq!(refusal(&window).2, "window");
    let absent = shop.get("tags").await;
    assert_eq!((absent.status, refusal(&absent).1.as_str()), (400, "malformed"));
}

#[tokio::test]
async fn a_folder_answers_no_questions_and_a_strangers_connection_is_not_there() {
    let house = House::open().await;
    let folder = json!({ "name": "folder", "driver": "file", "folder": house.lines() });
    house.post("/api/v1/connections?check=skip", folder).await;
    for answer in [
        house.get("/api/v1/connections/folder/explore/places").await,
        house.post("/api/v1/connections/folder/explore/query", json!({ "text": "SELECT 1" })).await,
        house.post("/api/v1/connections/folder/explore/build", json!({ "measurement": "m" })).await,
    ] {
        let (status, kind, _, message) = refusal(&answer);
        assert_eq!((status, kind.as_str()), (422, "validation"));
        assert_eq!(message, "connection `folder` is a folder of line-protocol files: it answers no questions");
    }
    house.organization("other").await;
    let path = "/api/v1/connections/folder/explore/places";
    let answer = house.send(Method::GET, path, &[("tributary-organization", "other")], None).await;
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (404, "not_found"));
}
