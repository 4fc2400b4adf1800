//! Numbers, names, defaults: what files say of one another and of what people made.

use serde_json::{Value, json};

use crate::house::{House, Plan, kap, src, warnings};

fn with(text: String, field: &str, value: Value) -> String {
    let mut file: Value = serde_json::from_str(&text).unwrap();
    file[field] = value;
    serde_json::to_string_pretty(&file).unwrap()
}

async fn reason(house: &House, file: &str) -> String {
    house.file(file).await["reason"].as_str().unwrap_or_else(|| panic!("{file} is not wrong")).to_owned()
}

#[tokio::test]
async fn of_two_files_with_one_id_the_first_is_loaded_and_the_other_names_it() {
    let house = Plan::new().file("b.src", src(1001, "second")).file("a.src", src(1001, "first")).open().await;
    assert_eq!(house.names().await, ["first"]);
    let file = house.file("b.src").await;
    assert_eq!((&file["state"], &file["field"], &file["object"]), (&json!("broken"), &json!("id"), &Value::Null));
    assert!(reason(&house, "b.src").await.contains("a.src"));

    house.remove("a.src");
    house.until_names(&["second"]).await;
    assert_eq!(house.file("b.src").await["state"], "loaded");
}

#[tokio::test]
async fn an_id_that_people_use_is_refused_and_taken_once_it_is_free() {
    let house = Plan::new().file("a.src", src(5, "other")).open().await;
    for name in ["one", "two"] {
        house.connection_of_people(name).await;
    }
    let number = house.connection("two").await["number"].as_i64().unwrap();
    house.write("b.src", src(number, "mine"));
    let file = house.until_state("b.src", "broken").await;
    assert_eq!(file["field"], "id");
    assert!(reason(&house, "b.src").await.contains("people"), "{file}");
    assert_eq!(house.connection("two").await["origin"], Value::Null);

    house.send(axum::http::Method::DELETE, "/connections/two", &[], None).await;
    house.until_state("b.src", "loaded").await;
    assert_eq!(house.connection("mine").await["number"], number);
}

#[tokio::test]
async fn two_defaults_of_one_organization_are_both_reported_and_neither_is_made_it() {
    let default = |number, name| with(src(number, name), "default", json!(true));
    let house = Plan::new().file("0.src", src(1000, "calm")).open().await;
    house.write("a.src", default(1001, "first"));
    house.write("b.src", default(1002, "second"));
    house.until_names(&["calm", "first", "second"]).await;
    for file in ["a.src", "b.src"] {
        let reason = reason(&house, file).await;
        assert!(reason.contains("a.src") && reason.contains("b.src"), "{reason}");
        assert_eq!(house.file(file).await["state"], "loaded");
    }
    assert_eq!(house.connection("calm").await["default"], true);

    house.write("a.src", src(1001, "first"));
    house.until("/connections/second", |shown| shown["default"] == true).await;
    assert_eq!(house.file("a.src").await["reason"], Value::Null);
    assert_eq!(house.file("b.src").await["reason"], Value::Null);
}

#[tokio::test]
async fn a_default_in_each_of_two_organizations_is_no_contradiction() {
    let default = |number, name, organization| with(with(src(number, name), "default", json!(true)), "organization", json!(organization));
    let house = Plan::new()
        .file("o.org", r#"{"id": "plant", "name": "Plant"}"#)
        .file("a.src", default(1001, "first", "plant"))
        .file("b.src", default(1002, "second", "default"))
        .open()
        .await;
    assert_eq!(house.file("a.src").await["reason"], Value::Null);
    assert_eq!(house.connection("second").await["default"], true);
}

#[tokio::test]
async fn a_name_that_is_taken_gets_the_number_behind_it() {
    let house = Plan::new().open().await;
    house.connection_of_people("shop").await;
    std::fs::create_dir(house.folder()).unwrap();
    house.write("a.src", src(1001, "shop"));
    house.write("b.src", src(1002, "other"));
    house.write("c.src", src(1003, "other"));
    house.until_names(&["other", "other (1003)", "shop", "shop (1001)"]).await;
    assert!(warnings(&house.file("a.src").await).contains("`shop (1001)`"));

    house.send(axum::http::Method::DELETE, "/connections/shop", &[], None).await;
    house.remove("b.src");
    house.until_names(&["other", "shop"]).await;
}

#[tokio::test]
async fn files_that_exchange_their_names_exchange_them() {
    let house = Plan::new().file("a.src", src(1001, "left")).file("b.src", src(1002, "right")).open().await;
    let left = house.connection("left").await["id"].clone();
    house.write("a.src", src(1001, "right"));
    house.write("b.src", src(1002, "left"));
    let is_right = |shown: &Value| shown["name"] == "right" && shown["id"] == left;
    house.until("/connections", |answer| answer["items"].as_array().unwrap().iter().any(is_right)).await;
    house.until_names(&["left", "right"]).await;
}

#[tokio::test]
async fn a_kapacitor_finds_its_connection_in_files_and_else_among_stored_ones() {
    let house = Plan::new()
        .file("a.src", src(1001, "shop"))
        .file("a.kap", kap(1, 1001, "of file"))
        .file("lost.kap", kap(2, 77, "lost"))
        .open()
        .await;
    let file = house.file("lost.kap").await;
    assert_eq!((&file["state"], &file["field"]), (&json!("broken"), &json!("srcID")));
    let mine = house.connection_of_people("mine").await;
    house.write("b.kap", kap(3, mine["number"].as_i64().unwrap(), "of stored"));
    house.until("/kapacitors", |answer| answer["items"].as_array().unwrap().len() == 2).await;
    let kapacitors = house.kapacitors().await;
    let of = |name: &str| kapacitors.iter().find(|shown| shown["name"] == name).unwrap()["connection_id"].clone();
    assert_eq!(of("of stored"), mine["id"]);
    assert_eq!(of("of file"), house.connection("shop").await["id"]);
}

#[tokio::test]
async fn a_kapacitor_goes_with_the_file_of_its_connection_and_comes_back_with_it() {
    let house = Plan::new().file("a.src", src(1001, "shop")).file("a.kap", kap(1, 1001, "alerts")).open().await;
    let before = house.kapacitors().await[0]["id"].clone();
    house.remove("a.src");
    house.until_state("a.kap", "broken").await;
    assert!(house.kapacitors().await.is_empty());
    house.write("a.src", src(1001, "shop"));
    house.until_state("a.kap", "loaded").await;
    assert_eq!(house.kapacitors().await[0]["id"], before);
}

#[tokio::test]
async fn of_two_active_kapacitors_of_a_connection_the_first_is_it() {
    let active = |number, name| with(kap(number, 1001, name), "active", json!(true));
    let house = Plan::new().file("a.src", src(1001, "shop")).file("b.kap", active(1, "one")).file("c.kap", active(2, "two")).open().await;
    let kapacitors = house.kapacitors().await;
    let active: Vec<_> = kapacitors.iter().map(|shown| (shown["name"].clone(), shown["active"].clone())).collect();
    assert_eq!(active, [(json!("one"), json!(true)), (json!("two"), json!(false))]);
    assert!(warnings(&house.file("c.kap").await).contains("b.kap"));
}

#[tokio::test]
async fn a_file_without_an_id_defines_an_object_of_its_own() {
    let without = json!({"name": "no number", "url": "http://localhost:1"}).to_string();
    let house = Plan::new().file("a.src", without).open().await;
    let before = house.connection("no number").await;
    assert!(before["number"].as_i64().unwrap() > 0);
    let house = house.reopen().await;
    assert_eq!(house.connection("no number").await, before);
}

#[tokio::test]
async fn what_people_could_not_save_a_file_cannot_define() {
    let house = Plan::new()
        .file("scheme.src", with(src(1001, "a"), "url", json!("ftp://localhost")))
        .file("name.src", with(src(1002, "b"), "name", json!("a\nb")))
        .file("zero.src", with(src(1003, "c"), "id", json!("0")))
        .file("good.src", src(1004, "good"))
        .open()
        .await;
    assert_eq!(house.names().await, ["good"]);
    for (file, field, line) in [("scheme.src", "url", 4), ("name.src", "name", 3), ("zero.src", "id", 2)] {
        let shown = house.file(file).await;
        assert_eq!((&shown["state"], &shown["field"], &shown["line"]), (&json!("broken"), &json!(field), &json!(line)), "{shown}");
    }
}
