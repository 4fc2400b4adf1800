//! A series by a cursor, connections on hold and rejects, by nothing but commands.

use std::fs;

use serde_json::Value;

use crate::server::{Done, Server};

/// A shop whose orders are followed by their number: query and series `rows`.
fn following() -> Server {
    let server = Server::with_shop();
    let sql = "SELECT rowid AS id, created, country, amount FROM orders";
    server.ok(&["query", "create", "rows", "--database", "shop", "--sql", sql]);
    let create = "series create rows --query rows --connection lines --measurement orders --tag country --time created --incremental id";
    server.ok(&create.split_whitespace().collect::<Vec<_>>());
    server
}

fn json(done: &Done) -> Value {
    serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

fn run(server: &Server) -> Done {
    server.run("series run rows --wait -o json")
}

#[test]
fn a_series_by_a_cursor_says_what_it_does_where_it_stands_and_what_to_decide() {
    let server = following();
    let shown = server.run("series show rows").out;
    assert!(shown.contains("incremental by id") && shown.contains("what open transactions leave undecided"), "{shown}");
    assert!(server.run("series cursor show rows").out.contains("before the first row"));
    let first = run(&server);
    assert_eq!((first.code, json(&first)["figures"]["points_written"].as_u64()), (0, Some(5)), "{first:?}");
    let about = server.run(&format!("run show {}", json(&first)["id"].as_str().unwrap())).out;
    assert!(about.contains("cursor before") && about.contains("before the first row"), "{about}");
    let cursor = server.run("series cursor show rows").out;
    assert!(cursor.contains("stands at") && cursor.contains("the next run goes on from here"), "{cursor}");
    assert_eq!(json(&run(&server))["status"], "empty");

    let sql = "SELECT rowid AS id, created, country, amount FROM orders WHERE amount > 0";
    let changed = server.ok(&["query", "update", "rows", "--sql", sql]);
    assert!(changed.words.contains("tributary series cursor keep rows"), "{changed:?}");
    let refused = server.run("series run rows --wait");
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.words.contains("decide"), "{refused:?}");
    assert!(server.run("series cursor show rows").words.contains("no run of it reads until you decide"));
    server.ok(&["series", "cursor", "keep", "rows"]);
    assert_eq!(json(&run(&server))["status"], "empty");
    server.ok(&["series", "cursor", "set", "rows", "3"]);
    assert_eq!(json(&run(&server))["figures"]["rows_read"], 2);
    server.ok(&["series", "cursor", "reset", "rows"]);
    assert_eq!(json(&run(&server))["figures"]["rows_read"], 5);

    let wrong = server.run("series cursor set rows three");
    assert_eq!(wrong.code, 78, "{wrong:?}");
    assert!(wrong.words.contains("`three` is not a whole number"), "{wrong:?}");
    let other = server.ok(&["series", "update", "rows", "--key", "country"]);
    assert!(other.words.contains("tributary series cursor keep rows"), "{other:?}");
    let snapshot = server.ok(&["series", "update", "rows", "--snapshot"]);
    assert!(snapshot.out.contains("snapshot"), "{snapshot:?}");
    assert_eq!(server.run("series cursor show rows").code, 78);
    assert_eq!(server.run("series cursor show nothing").code, 66);
    assert_eq!(server.run("series update rows --page-rows 7").code, 64, "it is about an incremental series");
}

#[test]
fn nothing_on_hold_is_said_so() {
    let server = Server::with_shop();
    assert!(server.ok(&["connection", "holds"]).words.contains("no connection is on hold"));
    assert!(server.ok(&["connection", "try-now", "lines"]).words.contains("is not on hold"));
    assert_eq!(server.run("connection try-now nothing").code, 66);
}

#[test]
fn rejects_are_counted_listed_taken_along_sent_again_and_let_go() {
    let server = Server::with_shop();
    assert!(server.ok(&["reject", "count"]).words.contains("no rejects"));
    server.ok(&["query", "create", "bad", "--database", "shop", "--sql", "SELECT 'DE' AS country, NULL AS amount"]);
    let create = "series create bad --query bad --connection lines --measurement bad --tag country --empty-row reject --reject-limit 5";
    let created = server.ok(&create.split_whitespace().collect::<Vec<_>>());
    assert!(created.out.contains("5 rejects of one run, then a run stops"), "{created:?}");
    assert_eq!(server.run("series run bad --wait").code, 3);
    let list = server.run("reject list --series bad").out;
    assert!(list.contains("no field has a value") && list.contains("\"country\":\"DE\""), "{list}");
    assert!(server.run("reject count").out.lines().any(|line| line.contains("bad") && line.contains('1')));
    let export = server.ok(&["reject", "export", "--series", "bad"]);
    assert_eq!(serde_json::from_str::<Value>(export.out.trim_end()).unwrap()["row"], 1);
    server.ok(&["reject", "export", "--format", "csv", "--to", "rejects.csv"]);
    assert!(fs::read_to_string(server.path("rejects.csv")).unwrap().starts_with("run_id,series,row,reason,line,values\r\n"));
    let retry = server.run("reject retry --series bad");
    assert_eq!(retry.code, 3, "{retry:?}");
    assert!(retry.words.contains("1 row never became a line"), "{retry:?}");
    assert!(server.ok(&["reject", "discard", "--series", "bad"]).words.contains("1 reject discarded"));
    assert_eq!(server.run("reject retry --series bad").code, 0);
    assert_eq!(server.run("reject retry").code, 64);
    assert_eq!(server.run("reject list --run nothing").code, 66);
}
