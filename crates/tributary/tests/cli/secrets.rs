//! Secrets go in and never come out.

use std::fs;

use crate::server::{Done, Server, done};

const SECRET: &str = "hunter2-never-shown";

fn is_set(server: &Server, words: &str) -> bool {
    let shown: serde_json::Value = serde_json::from_str(&server.run(words).out).unwrap();
    shown["secrets"]["password"]["set"].as_bool().unwrap()
}

#[test]
fn a_secret_comes_from_the_environment_a_file_or_standard_input_and_is_never_shown() {
    let server = Server::start();
    fs::write(server.path("password"), format!("{SECRET}\n")).unwrap();
    let mut told: Vec<Done> = Vec::new();
    let create = ["connection", "create", "--unverified"];
    let v1 = ["--driver", "v1", "--username", "writer"];

    told.push(done(server.command().args(create).arg("a").args(v1).env("TRIBUTARY_CONNECTION_SECRET", SECRET)));
    told.push(done(server.command().args(create).arg("b").args(v1).args(["--secret-file", "password"])));
    told.push(done(server.command().args(create).arg("c").args(v1).arg("--secret-stdin").write_stdin(SECRET)));
    told.push(done(server.command().args(create).arg("d").args(v1)));
    told.push(done(
        server
            .command()
            .args(["database", "create", "shop", "--url", "postgres://reader@127.0.0.1:1/shop"])
            .env("TRIBUTARY_DATABASE_PASSWORD", SECRET),
    ));
    for (name, set) in [("a", true), ("b", true), ("c", true), ("d", false)] {
        assert_eq!(is_set(&server, &format!("connection show {name} -o json")), set, "{name}");
    }
    assert!(is_set(&server, "database show shop -o json"));

    // Kept by a change that does not speak of it, forgotten by one that sends it elsewhere or clears it.
    told.push(server.run("connection update a --timeout 5s"));
    assert!(is_set(&server, "connection show a -o json"));
    told.push(server.run("connection update a --url http://127.0.0.2:8086 --unverified"));
    assert!(!is_set(&server, "connection show a -o json"));
    told.push(server.run("connection update b --clear-secret --unverified"));
    assert!(!is_set(&server, "connection show b -o json"));
    told.push(done(server.command().args(["connection", "update", "b", "--secret-stdin", "--unverified"]).write_stdin(SECRET)));
    assert!(is_set(&server, "connection show b -o json"));
    assert!(told.iter().all(|done| done.code == 0), "{told:?}");

    for words in ["connection list", "connection show b", "database show shop", "database check shop", "connection check b"] {
        told.push(server.run(words));
        told.push(server.run(&format!("{words} -o json")));
    }
    for done in &told {
        assert!(!done.out.contains(SECRET) && !done.words.contains(SECRET), "{done:?}");
    }
    let words = server.stop();
    assert!(!words.contains(SECRET), "{words}");
}

#[test]
fn a_password_in_a_url_is_refused_without_repeating_it() {
    let server = Server::start();
    for words in [
        format!("connection create a --driver v1 --url http://bob:{SECRET}@localhost:8086"),
        format!("connection check --driver v2 --url http://bob:{SECRET}@localhost:8086 --bucket b --influx-organization o"),
        format!("database create a --url postgres://bob:{SECRET}@localhost/shop"),
        format!("connection list --server http://bob:{SECRET}@localhost:1"),
    ] {
        let done = server.run(&words);
        assert_eq!(done.code, 64, "{done:?}");
        assert!(!done.out.contains(SECRET) && !done.words.contains(SECRET), "{done:?}");
    }
    assert_eq!(server.run("connection list -o json").out.trim(), "{\n  \"items\": []\n}");
}

#[test]
fn a_secret_for_what_has_none_is_refused() {
    let server = Server::start();
    fs::write(server.path("password"), SECRET).unwrap();
    assert_eq!(server.run("connection create a --driver file --folder lines --secret-file password").code, 64);
    assert_eq!(server.run("database create a --url sqlite:shop.db --secret-file password").code, 64);
    fs::write(server.path("empty"), "\n").unwrap();
    let empty = server.run("connection create a --driver v1 --secret-file empty");
    assert_eq!(empty.code, 64, "{empty:?}");
}
