//! What the command line answers: exit codes, advice, and the API's JSON as it is.

use std::net::{Ipv4Addr, TcpListener};

use assert_cmd::Command;

use crate::server::{Server, done, process};

#[test]
fn an_absent_server_is_said_with_what_to_do() {
    // Bound and given back: nobody listens there.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let done = done(Command::from_std(process()).args(["series", "list", "--server", &format!("http://127.0.0.1:{port}")]));
    assert_eq!(done.code, 69, "{done:?}");
    assert!(done.out.is_empty() && done.words.contains("tributary serve"), "{done:?}");
}

#[test]
fn every_refusal_has_its_exit_code_and_its_words() {
    let server = Server::with_shop();
    server.ok(&["series", "create", "orders", "--query", "orders", "--connection", "lines", "--measurement", "m", "--window", "1h"]);
    for (words, code, said) in [
        ("connection show nobody", 66, "nobody"),
        ("series run nobody", 66, "nobody"),
        ("run show 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f", 66, "run"),
        ("query create x --database nobody --sql x", 66, "nobody"),
        ("organization list --organization nobody", 0, ""),
        ("connection list --organization nobody", 66, "nobody"),
        ("connection create lines --driver file --folder lines", 78, "already"),
        ("connection create x --driver v1 --bucket b", 78, "bucket"),
        ("connection create x --driver v3", 78, "database"),
        ("connection delete lines", 78, "series `orders`"),
        ("database delete shop", 78, "query `orders`"),
        ("query delete orders", 78, "series `orders`"),
        ("group create x --cron *", 78, "schedule"),
        ("group create x --every 30s --time-zone Mars/Base", 78, "time_zone"),
        ("group create x", 64, "--cron"),
        ("group create x --every 1.5s", 64, "every"),
        ("group create x --every soon", 64, "every"),
        ("series create x --query orders", 64, "--connection"),
        ("series create x --query orders --connection lines --measurement m", 78, "window"),
        ("series create x --query orders --connection lines --measurement m --window", 78, "length"),
        ("query create x --database shop --sql DELETE", 78, "try:"),
        ("query try --database shop --sql SELECT", 78, "try:"),
        ("database check", 64, "name"),
        ("connection", 64, "Usage"),
    ] {
        let done = server.run(words);
        assert_eq!(done.code, code, "{words}: {done:?}");
        assert!(done.words.contains(said), "{words}: {done:?}");
        assert!(code == 0 || done.out.is_empty(), "words belong to standard error: {words}: {done:?}");
    }
}

#[test]
fn what_is_not_used_any_more_can_be_deleted() {
    let server = Server::with_shop();
    for (noun, name) in [("query", "orders"), ("database", "shop"), ("connection", "lines"), ("group", "hourly")] {
        let deleted = server.ok(&[noun, "delete", name]);
        assert!(deleted.out.is_empty() && deleted.words.contains(&format!("deleted the {noun} `{name}`")), "{deleted:?}");
        assert_eq!(server.run_words(&[noun, "show", name]).code, 66);
    }
}

#[test]
fn json_is_the_answer_of_the_api() {
    let server = Server::with_shop();
    for (words, path) in [
        ("organization list", "organizations"),
        ("connection list", "connections"),
        ("database show shop", "databases/shop"),
        ("query list", "queries"),
        ("group show hourly", "groups/hourly"),
        ("series list", "series"),
        ("run list", "runs?limit=20"),
    ] {
        let told: serde_json::Value = serde_json::from_str(&server.run(&format!("{words} -o json")).out).unwrap();
        // Compared as text too: the order of members is part of the answer.
        assert_eq!(serde_json::to_string(&told).unwrap(), server.get(&format!("/api/v1/{path}")), "{words}");
    }
}

#[test]
fn tables_begin_with_names_and_name_what_they_refer_to() {
    let server = Server::with_shop();
    server.ok(&[
        "series",
        "create",
        "sales",
        "--query",
        "orders",
        "--connection",
        "lines",
        "--group",
        "hourly",
        "--measurement",
        "m",
        "--window",
    ]);
    let series = server.run("series list").out;
    let mut words = series.lines().nth(1).unwrap().split_whitespace();
    assert_eq!([words.next(), words.next(), words.next(), words.next()], [Some("sales"), Some("hourly"), Some("orders"), Some("lines")]);
    for list in ["connection list", "database list", "query list", "group list", "series list"] {
        let out = server.run(list).out;
        assert!(out.trim_start().starts_with("NAME"), "{out}");
        assert!(!out.contains("-7"), "no id in a list: {out}");
    }
}

#[test]
fn names_may_hold_anything_a_name_may_hold() {
    let server = Server::with_shop();
    let name = "a/b c?d#e%2F ü";
    server.ok(&["query", "create", name, "--database", "shop", "--sql", "SELECT 1 AS one"]);
    assert!(server.ok(&["query", "show", name]).out.contains(name));
    assert!(server.ok(&["query", "try", name]).words.contains("1 row"));
    server.ok(&["query", "delete", name]);
    assert_eq!(server.run_words(&["query", "show", ".."]).code, 64);
}
