//! What happens to files happens to their objects, without a restart.

use std::{fs, os::unix::fs::symlink};

use serde_json::{Value, json};

use crate::house::{Plan, src};

#[tokio::test]
async fn files_are_added_edited_renamed_and_removed() {
    let house = Plan::new().file("a.src", src(1001, "one")).open().await;
    let before = house.connection("one").await;
    house.write("b.src", src(1002, "two"));
    house.until_names(&["one", "two"]).await;
    house.write("a.src", src(1001, "uno"));
    house.until_names(&["two", "uno"]).await;
    assert_eq!(house.connection("uno").await["id"], before["id"]);
    assert_eq!(house.connection("uno").await["revision"], 2);

    fs::rename(house.folder().join("a.src"), house.folder().join("z.src")).unwrap();
    let moved = house.until("/connections/uno", |shown| shown["origin"] == "file:z.src").await;
    assert_eq!(moved["id"], before["id"]);
    house.remove("z.src");
    house.until_names(&["two"]).await;
}

#[tokio::test]
async fn editors_that_write_aside_and_rename_over_are_followed() {
    let house = Plan::new().file("a.src", src(1001, "one")).open().await;
    let folder = house.folder();
    // As vim does: a probe, a backup by renaming, the new file, the backup removed.
    fs::write(folder.join("4913"), "").unwrap();
    fs::remove_file(folder.join("4913")).unwrap();
    fs::rename(folder.join("a.src"), folder.join("a.src~")).unwrap();
    house.write("a.src", src(1001, "by vim"));
    fs::remove_file(folder.join("a.src~")).unwrap();
    house.until_names(&["by vim"]).await;

    house.write(".a.src.tmp", src(1001, "by rename"));
    fs::rename(folder.join(".a.src.tmp"), folder.join("a.src")).unwrap();
    house.until_names(&["by rename"]).await;
    assert_eq!(house.connection("by rename").await["revision"], 3);
}

#[tokio::test]
async fn a_swap_of_links_as_kubernetes_does_it_is_followed() {
    let plan = Plan::new().file("keep", "");
    let house = plan.open().await;
    let folder = house.folder();
    for (version, name) in [("..2026_01", "one"), ("..2026_02", "two")] {
        fs::create_dir(folder.join(version)).unwrap();
        fs::write(folder.join(version).join("a.src"), src(1001, name)).unwrap();
    }
    symlink("..2026_01", folder.join("..data")).unwrap();
    symlink("..data/a.src", folder.join("a.src")).unwrap();
    house.until_names(&["one"]).await;
    let id = house.connection("one").await["id"].clone();

    symlink("..2026_02", folder.join("..data_tmp")).unwrap();
    fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    fs::remove_dir_all(folder.join("..2026_01")).unwrap();
    house.until_names(&["two"]).await;
    assert_eq!(house.connection("two").await["id"], id);
}

#[tokio::test]
async fn a_change_behind_a_link_is_followed() {
    let house = Plan::new().file("keep", "").open().await;
    fs::create_dir(house.path("elsewhere")).unwrap();
    fs::write(house.path("elsewhere/real.src"), src(1001, "one")).unwrap();
    symlink(house.path("elsewhere/real.src"), house.folder().join("a.src")).unwrap();
    house.until_names(&["one"]).await;
    fs::write(house.path("elsewhere/real.src"), src(1001, "two")).unwrap();
    house.until_names(&["two"]).await;
    fs::remove_file(house.path("elsewhere/real.src")).unwrap();
    house.until_state("a.src", "last_good").await;
}

#[tokio::test]
async fn a_folder_may_come_later_go_and_be_replaced() {
    let house = Plan::new().open().await;
    assert!(house.get("/files").await["files"].as_array().unwrap().is_empty());
    fs::create_dir(house.folder()).unwrap();
    house.write("a.src", src(1001, "first"));
    house.until_names(&["first"]).await;

    fs::create_dir(house.path("next")).unwrap();
    fs::write(house.path("next/a.src"), src(1001, "second")).unwrap();
    fs::rename(house.folder(), house.path("old")).unwrap();
    fs::rename(house.path("next"), house.folder()).unwrap();
    house.until_names(&["second"]).await;
    house.write("b.src", src(1002, "third"));
    house.until_names(&["second", "third"]).await;

    fs::remove_dir_all(house.folder()).unwrap();
    house.until_names(&[]).await;
    symlink("old", house.folder()).unwrap();
    house.until_names(&["first"]).await;
}

#[tokio::test]
async fn a_connection_that_a_series_uses_stays_marked_when_its_file_goes_and_its_runs_say_why() {
    let house = Plan::new().file("a.src", src(1001, "shop")).open().await;
    let id = house.connection("shop").await["id"].clone();
    let database = house.path("shop.db");
    rusqlite::Connection::open(&database).unwrap().execute_batch("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1);").unwrap();
    let database = house.post("/databases", json!({"name": "d", "engine": "sqlite", "path": database})).await;
    let query = house.post("/queries", json!({"name": "q", "database_id": database["id"], "sql": "SELECT n FROM t"})).await;
    let series = json!({
        "name": "s", "query_id": query["id"], "connection_id": id, "mode": {"mode": "snapshot"},
        "mapping": {"measurement": {"name": "m"}, "fields": {"columns": ["n"]}}
    });
    house.post("/series", series).await;

    house.remove("a.src");
    house.until("/connections/shop", |shown| shown["gone"] == true).await;
    let run = house.post("/series/s/run", json!({})).await;
    let path = format!("/runs/{}", run["id"].as_str().unwrap());
    let ended = house.until(&path, |run| !matches!(run["status"].as_str(), Some("queued" | "running"))).await;
    assert_eq!(ended["status"], "failed", "{ended}");
    assert!(ended["reason"]["message"].as_str().unwrap().contains("a.src"), "{ended}");

    house.write("a.src", src(1001, "shop"));
    let back = house.until("/connections/shop", |shown| shown["gone"] == false).await;
    assert_eq!(back["id"], id);

    house.remove("a.src");
    house.until("/connections/shop", |shown| shown["gone"] == true).await;
    house.send(axum::http::Method::DELETE, "/series/s", &[], None).await;
    house.until("/connections", |answer| answer["items"] == Value::Array(Vec::new())).await;
}

#[tokio::test]
async fn the_default_passes_on_when_its_file_goes() {
    let house = Plan::new().file("a.src", src(1001, "one")).file("b.src", src(1002, "two")).open().await;
    assert_eq!(house.connection("one").await["default"], true);
    house.remove("a.src");
    house.until_names(&["two"]).await;
    assert_eq!(house.connection("two").await["default"], true);
}
