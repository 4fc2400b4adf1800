//! What the tests send, and the objects that most of them need.

use serde_json::{Value, json};

use crate::house::{Answer, House};

/// What has the shape of a certificate.
pub(crate) const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/// What has the shape of a key.
pub(crate) const KEY: &str = "-----BEGIN PRIVATE KEY-----\nhunter2A\n-----END PRIVATE KEY-----\n";

pub(crate) fn v1_connection(name: &str) -> Value {
    json!({
        "name": name, "driver": "v1", "url": "http://localhost:8086", "database": "telegraf", "username": "writer",
        "secrets": { "password": "hunter2" },
    })
}

pub(crate) fn file_connection(house: &House, name: &str) -> Value {
    json!({ "name": name, "driver": "file", "folder": house.lines() })
}

pub(crate) fn sqlite_database(house: &House, name: &str) -> Value {
    json!({ "name": name, "engine": "sqlite", "path": house.shop() })
}

pub(crate) fn postgres_database(name: &str) -> Value {
    json!({
        "name": name, "engine": "postgres", "host": "localhost", "database": "shop", "username": "reader",
        "secrets": { "password": "hunter2" },
    })
}

pub(crate) const BY_COUNTRY: &str = "SELECT country, count(*) AS orders, :window_end AS at FROM orders \
     WHERE at >= :window_start AND at < :window_end GROUP BY country ORDER BY country";

/// A shop with all that a run needs: database `shop`, query `by country`, group `hourly`, connection `lines`, series `orders`.
pub(crate) async fn build_shop(house: &House) {
    let made = |answer: Answer| {
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.id()
    };
    let database = made(house.post("/api/v1/databases", sqlite_database(house, "shop")).await);
    let query = json!({ "name": "by country", "database_id": database, "sql": BY_COUNTRY, "category": "sales/daily" });
    let query = made(house.post("/api/v1/queries", query).await);
    let group = made(house.post("/api/v1/groups", json!({ "name": "hourly", "schedule": { "cron": "0 * * * *" } })).await);
    let connection = made(house.post("/api/v1/connections?check=skip", file_connection(house, "lines")).await);
    let series = json!({
        "name": "orders", "query_id": query, "connection_id": connection, "group_id": group,
        "mapping": { "measurement": { "name": "orders" }, "tags": ["country"], "time": { "column": "at" } },
        "mode": { "mode": "window", "length_s": 3600 },
    });
    made(house.post("/api/v1/series", series).await);
}
