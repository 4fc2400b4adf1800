//! One broken file affects nothing else, and says what is wrong with it.

use std::fs;

use serde_json::{Value, json};

use crate::house::{Plan, kap, src, warnings};

#[tokio::test]
async fn a_broken_file_says_line_and_field_and_stands_in_nobodys_way() {
    let house = Plan::new()
        .file("a.src", "{\n  \"id\": 1001,\n  \"name\": \"half\n")
        .file("b.src", src(1002, "good"))
        .file("c.src", "{\n  \"id\": 1003,\n  \"name\": \"x\",\n  \"url\": \"{{ .NOT_SET }}\"\n}")
        .file("d.src", "{\n  \"id\": 1004,\n  \"name\": \"{{ printf \\\"%q\\\" .X }}\",\n  \"url\": \"http://h:1\"\n}")
        .file("e.src", b"{\"name\": \"caf\xe9\"}")
        .file("f.src", "[]")
        .file("g.org", "{}")
        .file("h.kap", "")
        .open()
        .await;
    assert_eq!(house.names().await, ["good"]);
    for file in ["a.src", "c.src", "d.src", "e.src", "f.src", "g.org", "h.kap"] {
        let shown = house.file(file).await;
        assert_eq!((&shown["state"], &shown["object"]), (&json!("broken"), &Value::Null), "{shown}");
        assert!(shown["reason"].is_string(), "{shown}");
    }
    let missing = house.file("c.src").await;
    assert_eq!((&missing["line"], &missing["field"]), (&json!(4), &json!("url")));
    assert!(missing["reason"].as_str().unwrap().contains("NOT_SET"), "{missing}");
    assert_eq!(house.file("d.src").await["line"], 3);
}

#[tokio::test]
async fn unknown_keys_are_remarked_with_their_line() {
    let house = Plan::new()
        .file("a.src", "{\n  \"id\": 1001,\n  \"name\": \"x\",\n  \"url\": \"http://h:1\",\n  \"colour\": \"red\"\n}")
        .open()
        .await;
    let shown = house.file("a.src").await;
    assert_eq!(shown["state"], "loaded");
    let remark = shown["warnings"].as_array().unwrap().iter().find(|warning| warning["text"].as_str().unwrap().contains("colour")).unwrap();
    assert_eq!(remark["line"], 5);
}

#[tokio::test]
async fn a_half_written_file_leaves_the_last_good_state_until_it_is_complete() {
    let house = Plan::new().file("a.src", src(1001, "before")).file("b.src", src(1002, "other")).open().await;
    let before = house.connection("before").await;
    let text = src(1001, "after");
    house.write("a.src", &text[..text.len() / 2]);
    let shown = house.until_state("a.src", "last_good").await;
    let reason = shown["reason"].as_str().unwrap();
    assert!(reason.contains("the last good state of ") && reason.ends_with(" UTC is in use"), "{reason}");
    assert_eq!(shown["object"]["id"], before["id"]);
    assert_eq!(house.connection("before").await, before);

    house.write("a.src", &text);
    house.until_state("a.src", "loaded").await;
    let after = house.connection("after").await;
    assert_eq!(after["id"], before["id"]);
}

#[tokio::test]
async fn another_file_with_the_same_id_does_not_take_the_place_of_one_that_is_half_written() {
    let house = Plan::new()
        .file("a.src", src(1001, "first"))
        .file("b.src", src(1001, "second"))
        .file("c.src", src(1002, "other"))
        .file("a.kap", kap(1, 1002, "first"))
        .file("b.kap", kap(1, 1002, "second"))
        .open()
        .await;
    let before = house.connections().await;
    let kapacitors = house.get("/kapacitors").await;
    assert_eq!(kapacitors["items"][0]["name"], "first", "{kapacitors}");
    house.write("a.kap", "{");
    house.write("a.src", "{");
    house.until_state("a.src", "last_good").await;
    house.until_state("a.kap", "last_good").await;
    for file in ["b.src", "b.kap"] {
        let shown = house.file(file).await;
        assert_eq!((&shown["state"], &shown["field"]), (&json!("broken"), &json!("id")), "{shown}");
    }
    assert_eq!(house.connections().await, before);
    assert_eq!(house.get("/kapacitors").await, kapacitors);
    house.remove("a.src");
    house.remove("a.kap");
    house.until_names(&["other", "second"]).await;
    house.until("/kapacitors", |answer| answer["items"][0]["name"] == "second").await;
}

#[tokio::test]
async fn the_last_good_state_survives_a_restart() {
    let house = Plan::new().file("a.src", src(1001, "shop")).open().await;
    let before = house.connection("shop").await;
    let plan = house.close().await.file("a.src", "{");
    let house = plan.open().await;
    assert_eq!(house.file("a.src").await["state"], "last_good");
    assert_eq!(house.connection("shop").await, before);
}

#[tokio::test]
async fn a_file_that_is_broken_and_then_removed_takes_its_object_along() {
    let house = Plan::new().file("a.src", src(1001, "shop")).open().await;
    house.write("a.src", "{");
    house.until_state("a.src", "last_good").await;
    house.remove("a.src");
    house.until_names(&[]).await;
    assert!(house.get("/files").await["files"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_leaves_everything_and_says_so() {
    let house = Plan::new().file("a.src", src(1001, "shop")).variable("INFLUXDB_URL", "http://localhost:8086").open().await;
    let before = house.connections().await;
    fs::rename(house.folder(), house.path("aside")).unwrap();
    // Not even root can list what is no folder.
    fs::write(house.folder(), "no folder").unwrap();
    let answer = house.until("/files", |answer| answer["reason"].is_string()).await;
    assert_eq!(answer["files"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(house.connections().await, before);

    let house = house.reopen().await;
    assert_eq!(house.connections().await, before);

    fs::remove_file(house.folder()).unwrap();
    fs::rename(house.path("aside"), house.folder()).unwrap();
    house.until("/files", |answer| answer["reason"].is_null()).await;
    assert_eq!(house.file("a.src").await["state"], "loaded");
    assert_eq!(house.connections().await, before);
}

#[tokio::test]
async fn no_secret_of_a_file_or_variable_is_in_what_is_said_of_files() {
    let secret = "canary-7f3a";
    let house = Plan::new()
        .variable("S", secret)
        .file("a.src", json!({"id": 1, "name": "a", "url": format!("ftp://u:{secret}@h"), "password": secret}).to_string())
        .file("b.src", json!({"id": secret, "name": "b", "url": "http://h:1"}).to_string())
        .file("c.src", json!({"id": 3, "name": "c", "url": "http://h:1", "password": "{{ .S }}", "organization": secret}).to_string())
        .file("d.src", json!({"id": 4, "name": "d", "url": "http://h:1", "password": format!("{secret}\n")}).to_string())
        .file("e.src", json!({"id": 5, "name": "e", "url": "http://h:1", "type": secret, "insecureSkipVerify": secret}).to_string())
        .open()
        .await;
    let answer = house.get("/files").await;
    assert!(!answer.to_string().contains(secret), "{answer:#}");
    assert!(warnings(&house.file("c.src").await).contains("organization"));
}
