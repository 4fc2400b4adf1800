//! From a database to a file of lines, by nothing but commands.

use std::{fs, time::Duration};

use serde_json::Value;

use crate::server::{Done, Server};

const CREATE: [&str; 14] = [
    "series",
    "create",
    "orders",
    "--query",
    "orders",
    "--connection",
    "lines",
    "--group",
    "hourly",
    "--measurement",
    "orders",
    "--tag",
    "country",
    "--window=1h",
];

/// The lines of every file in the folder, sorted.
fn lines(server: &Server) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(server.path("lines")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().and_then(|name| name.to_str()), Some("lp"), "{path:?}");
        lines.extend(fs::read_to_string(path).unwrap().lines().map(str::to_owned));
    }
    lines.sort();
    lines
}

fn json(done: &Done) -> Value {
    serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

#[test]
fn rows_of_the_window_arrive_as_lines_and_running_the_slot_again_changes_nothing() {
    let server = Server::with_shop();
    server.ok(&CREATE);
    let expected =
        ["orders,country=DE orders=2i,amount=15.0 1795269900000000000", "orders,country=FR orders=1i,amount=20.0 1795269900000000000"];

    let preview = server.run("series preview orders --slot 2026-11-21T14:05:00Z");
    assert_eq!(preview.code, 0, "{preview:?}");
    for line in expected {
        assert!(preview.out.lines().any(|told| told == line), "{line} is not in {preview:?}");
    }
    assert!(preview.out.contains("country") && preview.out.contains("tag") && preview.out.contains("field"), "{preview:?}");
    assert!(preview.words.contains("window 2026-11-21 13:05:00Z until 2026-11-21 14:05:00Z"), "{preview:?}");
    assert!(lines(&server).is_empty(), "a preview writes nothing");

    for _ in 0..2 {
        let run = server.run("series run orders --slot 2026-11-21T14:05:00Z --wait");
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.words.contains("orders succeeded: 2 rows read, 2 points written"), "{run:?}");
        assert_eq!(lines(&server), expected);
    }

    let list = json(&server.run("run list --series orders --status succeeded -o json"));
    let runs = list["items"].as_array().unwrap();
    assert_eq!(runs.len(), 2, "{list}");
    assert_eq!(runs[0]["figures"]["points_written"], 2);
    let id = runs[0]["id"].as_str().unwrap();

    let shown = server.ok(&["run", "show", id]);
    assert!(shown.out.contains("succeeded") && shown.out.contains("2026-11-21 13:05:00Z until 2026-11-21 14:05:00Z"), "{shown:?}");
    assert!(!server.ok(&["run", "log", id]).out.is_empty());
    assert!(server.ok(&["run", "rejects", id]).words.contains("no rejects"));
    let cancel = server.ok(&["run", "cancel", id]);
    assert!(cancel.words.contains("nothing to stop: the run is succeeded"), "{cancel:?}");
    assert_eq!(server.run_words(&["run", "wait", id]).code, 0);
    let table = server.run("run list");
    let heading = table.out.lines().next().unwrap();
    assert!(heading.trim_start().starts_with("SLOT") && heading.ends_with("RUN"), "ids come last: {heading}");
}

#[test]
fn a_run_without_rows_is_empty_and_no_failure() {
    let server = Server::with_shop();
    server.ok(&CREATE);
    let run = server.run("series run orders --slot 2020-01-01T00:00:00Z --wait -o json");
    assert_eq!((run.code, json(&run)["status"].as_str()), (0, Some("empty")), "{run:?}");
}

#[test]
fn rows_that_cannot_be_written_are_kept_with_their_reason() {
    let server = Server::with_shop();
    server.ok(&[
        "query",
        "create",
        "times",
        "--database",
        "shop",
        "--sql",
        "SELECT amount, created FROM orders WHERE amount < 5 UNION ALL SELECT 7.0, NULL",
    ]);
    server.ok(&["series", "create", "times", "--query", "times", "--connection", "lines", "--measurement", "t", "--time", "created"]);
    let run = server.run("series run times --wait -o json");
    assert_eq!((run.code, json(&run)["status"].as_str()), (3, Some("partial")), "{run:?}");
    assert_eq!(lines(&server), ["t amount=1.0 1795266299000000000", "t amount=4.5 1795269899000000000"]);
    let run = json(&run);
    let rejects = server.ok(&["run", "rejects", run["id"].as_str().unwrap()]);
    assert!(rejects.out.lines().nth(1).unwrap().trim_start().starts_with('3') && rejects.out.contains("created"), "{rejects:?}");
}

#[test]
fn a_group_runs_its_series_and_remembers_them() {
    let server = Server::with_shop();
    server.ok(&CREATE);
    let run = server.run("group run hourly --slot 2026-11-21T14:05:00Z --wait -o json");
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(json(&run)["items"][0]["status"], "succeeded");
    assert_eq!(lines(&server).len(), 2);
    assert_eq!(server.run("group slots hourly").code, 0);
    server.ok(&["series", "update", "orders", "--enabled", "false"]);
    assert!(server.run("group run hourly --wait").words.contains("nothing was put in line"));
}

#[test]
fn a_series_can_come_from_a_file_that_names_what_it_refers_to() {
    let server = Server::with_shop();
    fs::write(
        server.path("series.json"),
        r#"{"query": "orders", "connection": "lines", "mapping": {"measurement": {"name": "m"}, "tags": ["country"]},
            "mode": {"mode": "window", "length_s": 3600}}"#,
    )
    .unwrap();
    server.ok(&["series", "create", "filed", "--file", "series.json", "--measurement", "orders"]);
    let shown = json(&server.run("series show filed -o json"));
    assert_eq!(shown["mapping"]["measurement"]["name"], "orders");
    assert_eq!(shown["mapping"]["tags"], serde_json::json!(["country"]));
    let preview = server.run("series preview --file series.json --slot 2026-11-21T14:05:00Z");
    assert!(preview.out.contains("m,country=DE orders=2i,amount=15.0 1795269900000000000"), "{preview:?}");
}

#[test]
fn an_update_changes_only_what_it_names() {
    let server = Server::with_shop();
    server.ok(&CREATE);
    let before = json(&server.run("series show orders -o json"));
    server.ok(&["series", "update", "orders", "--lag", "30s"]);
    let after = json(&server.run("series show orders -o json"));
    assert_eq!(after["mode"], serde_json::json!({ "mode": "window", "length_s": 3600, "lag_s": 30 }));
    assert_eq!(after["mapping"], before["mapping"]);
    server.ok(&["series", "update", "orders", "--rename", "sales", "--group", "", "--tag", "country,orders"]);
    let after = json(&server.run("series show sales -o json"));
    assert_eq!((after.get("group_id"), &after["mapping"]["tags"]), (None, &serde_json::json!(["country", "orders"])));
    assert_eq!(after["mapping"]["measurement"], before["mapping"]["measurement"]);

    server.ok(&["group", "update", "hourly", "--every", "30s", "--missed", "all:7"]);
    let group = json(&server.run("group show hourly -o json"));
    assert_eq!((&group["schedule"], &group["missed"]), (&serde_json::json!({ "every_s": 30 }), &serde_json::json!({ "all": 7 })));
    assert_eq!(group["time_zone"], "Europe/Berlin");
    assert_eq!(server.run("group update hourly").code, 64, "an update that says nothing is a mistake");
}

#[test]
fn a_query_is_tried_with_values_and_without_being_saved() {
    let server = Server::with_shop();
    server.ok(&[
        "query",
        "create",
        "of",
        "--database",
        "shop",
        "--sql",
        "SELECT amount FROM orders WHERE country = :country",
        "--declare",
        "country:text=FR",
    ]);
    assert!(server.run("query try of").words.contains("2 rows"));
    assert!(server.run("query try of --param country=DE").words.contains("3 rows"));
    assert!(server.run("query try of --param country=DE --limit 2").words.contains("the first 2 rows; there are more"));
    let draft = server.ok(&["query", "try", "--database", "shop", "--sql", "SELECT 1 AS one, NULL AS none"]);
    assert!(draft.out.contains("one (integer)") && draft.out.contains("NULL"), "{draft:?}");
    let columns = server.ok(&["database", "describe", "shop", "--sql", "SELECT country, amount FROM orders"]);
    assert!(columns.out.contains("country") && columns.out.contains("float"), "{columns:?}");
}

#[test]
fn the_tables_of_a_database_are_shown_and_the_columns_of_one() {
    let server = Server::with_shop();
    let tables = server.run("database tables shop");
    assert!(tables.out.contains("orders") && tables.out.contains("country"), "{tables:?}");
    let columns = server.run("database tables shop --table orders");
    assert!(columns.out.lines().any(|line| line.trim().starts_with("country ") && line.contains("TEXT")), "{columns:?}");
    assert_eq!(json(&server.run("database tables shop --table orders -o json"))["kind"], "table");
    let none = server.run("database tables shop --table nowhere");
    assert_eq!(none.code, 66, "{none:?}");
    assert!(none.words.contains("no table `nowhere`"), "{none:?}");
}

#[test]
fn coming_slots_show_what_a_clock_change_does() {
    let server = Server::with_shop();
    let words =
        ["group", "next", "--cron", "30 2 * * *", "--time-zone", "Europe/Berlin", "--after", "2027-03-26T12:00:00Z", "--count", "3"];
    let next = server.ok(&words);
    let rows: Vec<&str> = next.out.lines().skip(1).collect();
    assert_eq!(rows.len(), 3, "{next:?}");
    assert!(rows[0].contains("2027-03-27 01:30:00Z") && rows[2].contains("2027-03-29 00:30:00Z"), "{next:?}");
    // 02:30 does not exist on that day: the slot is the first instant after the gap, and the table says why.
    assert!(rows[1].contains("2027-03-28 01:00:00Z") && rows[1].len() > rows[0].len() + 10, "{next:?}");
    let stored = json(&server.run("group next hourly --count 2 -o json"));
    assert_eq!(stored["slots"].as_array().unwrap().len(), 2);
}

#[test]
fn a_check_tells_each_step_and_ends_as_it_went() {
    let server = Server::with_shop();
    for what in ["connection check lines", "database check shop"] {
        let check = server.run(what);
        assert_eq!(check.code, 0, "{check:?}");
        assert!(check.out.lines().all(|line| line.starts_with('✓')) && check.out.lines().count() > 1, "{check:?}");
    }
    let draft = server.command().args(["connection", "check", "--driver", "v1", "--url", "http://127.0.0.1:1"]).output().unwrap();
    let out = String::from_utf8(draft.stdout).unwrap();
    assert_eq!(draft.status.code(), Some(1), "{out}");
    assert!(out.contains('✗') && out.contains("try: "), "{out}");
    let missing = server.run("database check --url sqlite:nothing.db -o json");
    assert_eq!((missing.code, json(&missing)["passed"].as_bool()), (1, Some(false)), "{missing:?}");
}

#[test]
fn what_is_waited_for_ends_when_somebody_stops_it() {
    let server = Server::with_shop();
    // A statement that would run for ever.
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS i FROM n";
    server.ok(&["query", "create", "endless", "--database", "shop", "--sql", endless]);
    server.ok(&["series", "create", "endless", "--query", "endless", "--connection", "lines", "--measurement", "e"]);
    let queued = json(&server.run("series run endless -o json"));
    let id = queued["id"].as_str().unwrap();
    server.ok(&["run", "cancel", id]);
    let waited = done_within(&server, &["run", "wait", id, "-o", "json"]);
    assert_eq!((waited.code, json(&waited)["status"].as_str()), (1, Some("cancelled")), "{waited:?}");
}

fn done_within(server: &Server, words: &[&str]) -> Done {
    crate::server::done(server.command().timeout(Duration::from_secs(60)).args(words))
}

#[test]
fn past_slots_are_backfilled_and_the_end_is_waited_for() {
    let server = Server::with_shop();
    server.ok(&CREATE);
    let range = "--from 2020-11-20T12:00:00Z --to 2020-11-20T16:00:00Z";
    let plan = server.run(&format!("backfill start orders {range} --dry-run"));
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(plan.words.contains("4 chunks, nothing was begun") && plan.out.contains("2020-11-20T14:00:00Z"), "{plan:?}");
    assert!(lines(&server).is_empty());
    let done = server.run(&format!("backfill start orders {range} --parallel 2 --wait"));
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.words.contains("orders: succeeded, 4 of 4 chunks, ") && done.out.contains("parallel"), "{done:?}");
    let list = json(&server.run("backfill list --series orders --state succeeded -o json"));
    let id = list["items"][0]["id"].as_str().unwrap();
    for what in ["show", "watch", "pause", "resume", "retry", "cancel"] {
        let told = server.run(&format!("backfill {what} {id}"));
        assert!(told.code == 0 && told.out.contains("succeeded"), "{what}: {told:?}");
    }
    assert_eq!(json(&server.run(&format!("run list --backfill {id} -o json")))["items"].as_array().unwrap().len(), 4);
    let refused = server.run("backfill start orders --from yesterday");
    assert!(refused.code != 0 && refused.words.contains("yesterday"), "{refused:?}");
}

#[test]
fn an_audit_says_what_it_cannot_compare_and_where_there_is_none() {
    let server = Server::with_shop();
    server.ok(&CREATE);
    let refused = server.run("audit start orders --from 2020-11-20 --every day --zone Europe/Berlin");
    assert!(refused.code != 0 && refused.words.contains("a folder of files"), "{refused:?}");
    let none = server.run("audit list --series orders");
    assert!(none.code == 0 && none.words.contains("no audits"), "{none:?}");
    let missing = server.run("audit watch 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f");
    assert!(missing.code != 0 && missing.words.contains("list what is there"), "{missing:?}");
}
