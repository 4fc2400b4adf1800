//! What stands in files is there, as it stands.

use std::{fs, os::unix::fs::PermissionsExt, time::Instant};

use axum::http::Method;
use serde_json::{Value, json};

use crate::house::{Plan, items, kap, src, warnings};

/// From "Creating InfluxDB and Kapacitor connections", letter by letter.
const EXAMPLE_SRC: &str = r#"{
  "id": "10000",
  "name": "My InfluxDB",
  "username": "test",
  "password": "test",
  "url": "http://localhost:8086",
  "type": "influx",
  "insecureSkipVerify": false,
  "default": true,
  "telegraf": "telegraf",
  "organization": "example_org"
}
"#;
const EXAMPLE_SRC_OF_VARIABLES: &str = r#"{
  "id": "10000",
  "name": "My InfluxDB",
  "username": "{{ .INFLUXDB_USER }}",
  "password": "{{ .INFLUXDB_PASS }}",
  "url": "{{ .INFLUXDB_URL }}",
  "type": "influx",
  "insecureSkipVerify": false,
  "default": true,
  "telegraf": "telegraf",
  "organization": "example_org"
}
"#;
const EXAMPLE_KAP: &str = r#"{
  "id": 10000,
  "srcID": 10000,
  "name": "My Kapacitor",
  "url": "http://localhost:9092",
  "active": true,
  "organization": "example_org"
}
"#;
const EXAMPLE_KAP_OF_VARIABLES: &str = r#"{
  "id": 10000,
  "srcID": 10000,
  "name": "My Kapacitor",
  "url": "{{ .KAPACITOR_URL }}",
  "active": true,
  "organization": "example_org"
}
"#;

#[tokio::test]
async fn the_examples_of_the_documentation_load_as_they_stand() {
    let house = Plan::new().file("example.src", EXAMPLE_SRC).file("example.kap", EXAMPLE_KAP).open().await;

    let connection = house.connection("My InfluxDB").await;
    assert_eq!(connection["driver"], "v1");
    assert_eq!(connection["number"], 10000);
    assert_eq!(connection["url"].as_str().map(|url| url.trim_end_matches('/')), Some("http://localhost:8086"));
    assert_eq!((&connection["username"], &connection["database"]), (&json!("test"), &json!("telegraf")));
    assert_eq!(connection["origin"], "file:example.src");
    assert_eq!(connection["default"], true);
    assert_eq!(connection["secrets"]["password"]["set"], true);
    assert_eq!(house.secrets(&connection).await, ["test"]);

    let [kapacitor] = &house.kapacitors().await[..] else { panic!("one Kapacitor is there") };
    assert_eq!((&kapacitor["name"], &kapacitor["number"]), (&json!("My Kapacitor"), &json!(10000)));
    assert_eq!(kapacitor["connection_id"], connection["id"]);
    assert_eq!(kapacitor["active"], true);
    assert_eq!(kapacitor["origin"], "file:example.kap");

    let file = house.file("example.src").await;
    assert_eq!((&file["state"], &file["reason"]), (&json!("loaded"), &Value::Null), "{file}");
    assert_eq!(file["object"], json!({"noun": "connection", "id": connection["id"], "name": "My InfluxDB"}));
    assert!(warnings(&file).contains("nobody knows the organization"), "{file}");
    assert_eq!(house.file("example.kap").await["state"], "loaded");
}

#[tokio::test]
async fn the_examples_with_variables_load_with_what_the_environment_says() {
    let plan = Plan::new()
        .variable("INFLUXDB_USER", "reader")
        .variable("INFLUXDB_PASS", r#"p&w+d'1"\<>{{ .X }}"#)
        .variable("INFLUXDB_URL", "http://localhost:8087/sub")
        .variable("KAPACITOR_URL", "http://localhost:9093");
    let house = plan.file("example.src", EXAMPLE_SRC_OF_VARIABLES).file("example.kap", EXAMPLE_KAP_OF_VARIABLES).open().await;

    let connection = house.connection("My InfluxDB").await;
    assert_eq!((&connection["url"], &connection["username"]), (&json!("http://localhost:8087/sub"), &json!("reader")));
    assert_eq!(house.secrets(&connection).await, [r#"p&w+d'1"\<>{{ .X }}"#]);
    let kapacitors = house.kapacitors().await;
    let kapacitor = kapacitors.iter().find(|shown| shown["name"] == "My Kapacitor").unwrap();
    assert!(kapacitor["url"].as_str().unwrap().starts_with("http://localhost:9093"));
}

#[tokio::test]
async fn ids_may_be_numbers_or_texts_in_both_kinds_of_files() {
    let number = json!({"id": 20, "name": "number", "url": "http://localhost:1"}).to_string();
    let text = json!({"id": "21", "name": "text", "url": "http://localhost:1"}).to_string();
    let kap =
        |id: Value, connection: Value, name: &str| json!({"id": id, "srcID": connection, "name": name, "url": "http://h:1"}).to_string();
    let house = Plan::new()
        .file("a.src", number)
        .file("b.src", text)
        .file("c.kap", kap(json!(20), json!("20"), "one"))
        .file("d.kap", kap(json!("21"), json!(21), "two"))
        .open()
        .await;
    assert_eq!(house.names().await, ["number", "text"]);
    assert_eq!(house.kapacitors().await.len(), 2);
}

#[tokio::test]
async fn an_organization_is_found_by_id_or_name_and_default_in_any_case() {
    let of = |number: i64, organization: &str| {
        json!({"id": number, "name": format!("c{number}"), "url": "http://localhost:1", "organization": organization}).to_string()
    };
    let house = Plan::new()
        .file("plant.org", r#"{"id": "example_org", "name": "The Plant", "defaultRole": "viewer"}"#)
        .file("by-id.src", of(1001, "example_org"))
        .file("by-name.src", of(1002, "The Plant"))
        .file("default.src", of(1003, "Default"))
        .file("DEFAULT.src", of(1004, "DEFAULT"))
        .file("unknown.src", of(1005, "nobody"))
        .open()
        .await;
    let organizations = items(house.get("/organizations").await);
    let plant = organizations.iter().find(|shown| shown["name"] == "The Plant").unwrap();
    assert_eq!((&plant["alias"], &plant["origin"]), (&json!("example_org"), &json!("file:plant.org")));

    let (_, in_plant) = house.send(Method::GET, "/connections", &[("Tributary-Organization", "example_org")], None).await;
    let in_plant: Vec<Value> = items(in_plant).into_iter().map(|shown| shown["name"].clone()).collect();
    assert_eq!(in_plant, ["c1001", "c1002"]);
    assert_eq!(house.names().await, ["c1003", "c1004", "c1005"]);
    assert_eq!(warnings(&house.file("by-id.src").await), "");
    assert!(warnings(&house.file("unknown.src").await).contains("loaded into `default`"));
}

#[tokio::test]
async fn what_a_file_defines_is_read_only_and_names_its_file() {
    let house = Plan::new().file("shop.src", src(1001, "shop")).file("alert.kap", kap(7, 1001, "alerts")).open().await;
    let (status, refused) = house.send(Method::PATCH, "/connections/shop?check=skip", &[], Some(json!({"notes": "mine"}))).await;
    assert_eq!((status, &refused["error"]["kind"]), (409, &json!("read_only")), "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("shop.src"), "{refused}");
    let (status, refused) = house.send(Method::DELETE, "/connections/shop", &[], None).await;
    assert_eq!((status, &refused["error"]["kind"]), (409, &json!("read_only")), "{refused}");
    let (status, _) = house.send(Method::DELETE, "/connections/shop/kapacitors/alerts", &[], None).await;
    assert_eq!(status, 409);
    assert_eq!(fs::read_to_string(house.folder().join("shop.src")).unwrap(), src(1001, "shop"));
}

#[tokio::test]
async fn stored_and_file_objects_stand_side_by_side() {
    let house = Plan::new().file("shop.src", src(1001, "shop")).open().await;
    house.connection_of_people("mine").await;
    assert_eq!(house.names().await, ["mine", "shop"]);
    assert_eq!(house.connection("mine").await["origin"], Value::Null);
}

#[tokio::test]
async fn the_environment_defines_a_connection_and_a_kapacitor() {
    let house = Plan::new()
        .variable("INFLUXDB_URL", "http://localhost:8086")
        .variable("INFLUXDB_USERNAME", "writer")
        .variable("INFLUXDB_PASSWORD", "pass word")
        .variable("KAPACITOR_URL", "http://localhost:9092")
        .open()
        .await;
    let [connection] = &house.connections().await[..] else { panic!("one connection is there") };
    assert_eq!(connection["origin"], "environment:INFLUXDB_URL");
    assert_eq!((&connection["number"], &connection["default"]), (&json!(0), &json!(true)));
    assert_eq!(house.secrets(connection).await, ["pass word"]);
    let [kapacitor] = &house.kapacitors().await[..] else { panic!("one Kapacitor is there") };
    assert_eq!(kapacitor["origin"], "environment:KAPACITOR_URL");
    assert_eq!(kapacitor["connection_id"], connection["id"]);
    assert_eq!(house.file("environment:INFLUXDB_URL").await["state"], "loaded");

    let id = connection["id"].clone();
    let house = house.reopen().await;
    assert_eq!(house.connections().await[0]["id"], id);
}

#[tokio::test]
async fn what_the_environment_no_longer_defines_is_gone_at_the_next_start() {
    let house = Plan::new().variable("INFLUXDB_URL", "http://localhost:8086").open().await;
    assert_eq!(house.connections().await.len(), 1);
    let house = house.close().await.without("INFLUXDB_URL").open().await;
    assert_eq!(house.connections().await.len(), 0);
}

#[tokio::test]
async fn the_default_of_the_environment_gives_way_to_that_of_a_file() {
    let mut file: Value = serde_json::from_str(&src(1001, "shop")).unwrap();
    file["default"] = json!(true);
    let house = Plan::new().variable("INFLUXDB_URL", "http://localhost:8086").file("shop.src", file.to_string()).open().await;
    assert_eq!(house.connection("shop").await["default"], true);
    assert_eq!(house.file("shop.src").await["reason"], Value::Null);
}

#[tokio::test]
async fn a_restart_and_the_same_files_change_nothing() {
    let house = Plan::new()
        .file("a.src", EXAMPLE_SRC)
        .file("b.src", src(1001, "My InfluxDB"))
        .file("a.kap", EXAMPLE_KAP)
        .file("a.org", r#"{"id": "example_org", "name": "default"}"#)
        .open()
        .await;
    let before = (house.get("/organizations").await, house.connections().await, house.kapacitors().await);
    let house = house.reopen().await;
    assert_eq!((house.get("/organizations").await, house.connections().await, house.kapacitors().await), before);
}

#[tokio::test]
async fn a_choice_of_people_stands_although_the_file_asks_to_be_the_default() {
    let house = Plan::new().file("example.src", EXAMPLE_SRC).open().await;
    house.connection_of_people("mine").await;
    house.post("/connections/mine/default", json!({})).await;
    let house = house.reopen().await;
    assert_eq!(house.connection("mine").await["default"], true);
    assert_eq!(house.connection("My InfluxDB").await["default"], false);
}

#[tokio::test]
async fn a_secret_in_a_file_that_others_may_read_is_remarked() {
    let house = Plan::new().variable("PASS", "from variable").file("open.src", EXAMPLE_SRC).file("closed.src", src(3, "x")).open().await;
    assert!(!warnings(&house.file("open.src").await).contains("others may read"));
    fs::set_permissions(house.folder().join("open.src"), fs::Permissions::from_mode(0o644)).unwrap();
    let answer = house.until("/files", |answer| warnings(&answer["files"][1]).contains("others may read")).await;
    assert!(!answer.to_string().contains("\"test\""), "{answer}");

    let filled = EXAMPLE_SRC_OF_VARIABLES
        .replace(".INFLUXDB_USER", ".PASS")
        .replace(".INFLUXDB_PASS", ".PASS")
        .replace("{{ .INFLUXDB_URL }}", "http://h:1");
    house.write("open.src", filled);
    fs::set_permissions(house.folder().join("open.src"), fs::Permissions::from_mode(0o644)).unwrap();
    let answer = house.until("/files", |answer| !warnings(&answer["files"][1]).contains("others may read")).await;
    assert_eq!(answer["files"][1]["state"], "loaded");
}

#[tokio::test]
async fn hundreds_of_files_are_loaded_at_once_and_a_change_of_one_is_no_change_of_the_others() {
    let mut plan = Plan::new();
    for number in 1..=605 {
        plan = plan.file(&format!("{number:03}.src"), src(10_000 + number, &format!("connection {number:03}")));
    }
    let start = Instant::now();
    let house = plan.open().await;
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    assert_eq!(house.names().await.len(), 605);
    let before = house.connection("connection 605").await;
    house.write("001.src", src(10_001, "another name"));
    house.until("/connections", |answer| answer["items"][0]["name"] == "another name").await;
    assert_eq!(house.connection("connection 605").await, before);
}
