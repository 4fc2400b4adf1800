//! `tributary import`: each kind of text, the same import again, and what is here already.

use std::{fs, path::PathBuf};

use assert_cmd::Command;
use serde_json::Value;

use crate::server::{Done, Server, done, process};

/// Every secret of the two databases.
const SECRETS: [&str; 7] = ["p&w\"+", "jwtsecret", "tok==", "dbtok", "mgmttok", "kappass", "\"secret\""];

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../foreign/tests/fixtures").join(name)
}

fn dry(arguments: &[&str], input: &str) -> Done {
    let mut command = Command::from_std(process());
    // Nothing listens there: a dry run asks nobody.
    command.args(["import", "--dry-run", "--server", "http://127.0.0.1:1"]).args(arguments);
    done(command.write_stdin(input))
}

fn import(server: &Server, path: &str, arguments: &[&str]) -> Done {
    let done = done(server.command().args(["import", path]).args(arguments));
    for secret in SECRETS {
        assert!(!done.out.contains(secret) && !done.words.contains(secret), "{secret}: {done:?}");
    }
    done
}

fn list(server: &Server, words: &str) -> Vec<Value> {
    let answer: Value = serde_json::from_str(&server.run(&format!("{words} -o json")).out).unwrap();
    answer["items"].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

#[test]
fn a_dry_run_says_what_would_come_and_asks_nobody() {
    let told = dry(&[fixture("chronograf-v1.db").to_str().unwrap()], "");
    assert_eq!(told.code, 0, "{told:?}");
    insta::assert_snapshot!("dry_run_of_a_database", told.out);
    insta::assert_snapshot!("dry_run_of_a_database_in_words", told.words);
    for secret in SECRETS {
        assert!(!told.out.contains(secret) && !told.words.contains(secret), "{secret}: {told:?}");
    }
    let json = dry(&[fixture("chronograf-v1.db").to_str().unwrap(), "-o", "json"], "");
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["connections"].as_array().unwrap().len(), 5);
    assert_eq!(json["connections"][0]["secrets"], serde_json::json!(["password"]));
    assert_eq!(json["connections"][2]["organization"], "Second Org");
    assert_eq!(json["organizations"][0]["name"], "Second Org");
}

#[test]
fn a_dry_run_of_something_broken_ends_with_1_and_names_file_and_line() {
    let told = dry(
        &["-"],
        "[[outputs.influxdb]]\n  urls = [\"http://a:8086\"]\n  password = \"${NOT_SET_ANYWHERE}\"\n[[outputs.influxdb]]\n  urls = [\"http://b:8086\"]\n  database = \"d\"\n",
    );
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.words.contains("broken: -:3: `password`: refers to the variable `NOT_SET_ANYWHERE`"), "{told:?}");
    assert!(told.out.contains("http://b:8086"), "{told:?}");
    for (path, code) in [("no-such-file.db", 66), (env!("CARGO_MANIFEST_DIR"), 78)] {
        assert_eq!(dry(&[path], "").code, code, "{path}");
    }
    let sql = dry(&["-"], "postgres://reader:hunter2@db/shop");
    assert_eq!(sql.code, 1, "{sql:?}");
    assert!(sql.words.contains("tributary database create") && !sql.words.contains("hunter2"), "{sql:?}");
}

#[test]
fn a_database_of_chronograf_comes_whole_and_the_second_time_nothing_changes() {
    let server = Server::start();
    let path = fixture("chronograf-v1.db");
    let path = path.to_str().unwrap();
    let before = fs::read(path).unwrap();
    let first = import(&server, path, &[]);
    assert_eq!(first.code, 0, "{first:?}");
    assert!(first.words.contains("created 5 connections, 2 Kapacitors, 1 organization"), "{first:?}");

    let connections = list(&server, "connection list");
    let names: Vec<(&str, i64, bool)> =
        connections.iter().map(|one| (text(one, "name"), one["number"].as_i64().unwrap(), one["default"].as_bool().unwrap())).collect();
    assert_eq!(names, [("Enterprise", 2, false), ("Influx 1", 1, true), ("Pre-1.4 no org, no type", 5, false), ("V3 dedicated", 4, false)]);
    assert!(connections.iter().all(|one| one["state"] == "unverified"), "{connections:?}");
    assert_eq!(connections[0]["secrets"]["shared_secret"]["set"], true);
    assert_eq!(connections[1]["secrets"]["password"]["set"], true);
    assert_eq!(
        (&connections[3]["edition"], &connections[3]["secrets"]["management_token"]["set"]),
        (&"cloud_dedicated".into(), &true.into())
    );

    let organizations = list(&server, "organization list");
    let second = organizations.iter().find(|one| one["name"] == "Second Org").unwrap();
    assert_eq!(second["alias"], "1");
    let there = list(&server, &format!("connection list --organization {}", text(second, "id")));
    assert_eq!((there.len(), text(&there[0], "driver"), there[0]["secrets"]["token"]["set"].as_bool()), (1, "v2", Some(true)));

    let kapacitors = list(&server, "kapacitor list");
    let told: Vec<(&str, i64, bool)> =
        kapacitors.iter().map(|one| (text(one, "name"), one["number"].as_i64().unwrap(), one["active"].as_bool().unwrap())).collect();
    assert_eq!(told, [("My Kapacitor", 1, true), ("Spare", 2, false)]);
    assert!(kapacitors.iter().all(|one| one["connection_id"] == connections[1]["id"]), "{kapacitors:?}");

    let again = import(&server, path, &[]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.words.contains("nothing changed: 7 here already"), "{again:?}");
    assert_eq!(list(&server, "connection list"), connections);
    assert_eq!(list(&server, "kapacitor list"), kapacitors);
    assert_eq!(list(&server, "organization list"), organizations);
    assert_eq!(fs::read(path).unwrap(), before);

    // What was changed here since is kept, and told.
    server.ok(&["connection", "update", "Influx 1", "--database", "orders", "--unverified"]);
    let third = import(&server, path, &[]);
    assert!(third.code == 0 && third.words.contains("1 here already and not as in the file"), "{third:?}");
    let words = server.stop();
    for secret in SECRETS {
        assert!(!words.contains(secret), "{words}");
    }
}

#[test]
fn six_hundred_connections_come_in_one_go() {
    let server = Server::start();
    let path = fixture("chronograf-v1-605-sources.db");
    let told = import(&server, path.to_str().unwrap(), &[]);
    assert_eq!(told.code, 0, "{}", told.words);
    assert!(told.words.contains("created 605 connections, 2 Kapacitors, 1 organization"), "{}", told.words);
    assert_eq!(list(&server, "connection list").len(), 604);
    let again = import(&server, path.to_str().unwrap(), &[]);
    assert!(again.words.contains("nothing changed: 607 here already"), "{}", again.words);
}

#[test]
fn a_number_or_name_of_something_else_is_told_and_nothing_is_overwritten() {
    let server = Server::start();
    server.ok(&["connection", "create", "V3 dedicated", "--driver", "v1", "--url", "http://mine:8086", "--unverified"]);
    let mine = list(&server, "connection list");
    let path = fixture("chronograf-v1.db");
    let told = import(&server, path.to_str().unwrap(), &[]);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.words.contains("the number 1 of `Influx 1` is that of `V3 dedicated` here"), "{told:?}");
    assert!(told.words.contains("it comes as `V3 dedicated (4)`"), "{told:?}");
    assert!(told.words.contains("asks to be the default connection: the one that is here stays it"), "{told:?}");
    let now = list(&server, "connection list");
    assert_eq!(now.len(), 5);
    assert!(now.contains(&mine[0]), "{now:?}");
    // The Kapacitors follow their connection, whatever its number is now.
    let influx = now.iter().find(|one| one["name"] == "Influx 1").unwrap();
    assert!(list(&server, "kapacitor list").iter().all(|one| one["connection_id"] == influx["id"]));
    assert!(import(&server, path.to_str().unwrap(), &[]).words.contains("nothing changed: 7 here already"));
}

#[test]
fn a_folder_of_files_comes_into_one_organization_and_one_broken_file_stops_no_other() {
    let server = Server::start();
    fs::create_dir(server.path("resources")).unwrap();
    let write = |name: &str, text: &str| fs::write(server.path("resources").join(name), text).unwrap();
    write(
        "a.src",
        r#"{"id": "10000", "name": "My InfluxDB", "username": "test", "password": "{{ .SHOP_PASSWORD }}", "url": "http://localhost:8086", "type": "influx", "default": true, "organization": "example_org"}"#,
    );
    write(
        "b.kap",
        r#"{"id": 10000, "srcID": 10000, "name": "My Kapacitor", "url": "http://localhost:9092", "active": true, "organization": "example_org"}"#,
    );
    write("c.org", r#"{"id": "example_org", "name": "Example"}"#);
    write("d.src", r#"{"id": "10001", "name": "Broken", "url": "{{ .NOT_SET_ANYWHERE }}"}"#);
    fs::write(server.path("env"), "SHOP_PASSWORD='hunter2'\n").unwrap();
    let told = import(&server, "resources", &["--env-file", "env"]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.words.contains("broken: d.src") && told.words.contains("NOT_SET_ANYWHERE"), "{told:?}");
    assert!(!told.words.contains("hunter2") && !told.out.contains("hunter2"), "{told:?}");
    let connections = list(&server, "connection list --organization Example");
    assert_eq!((text(&connections[0], "name"), connections[0]["number"].as_i64()), ("My InfluxDB", Some(10_000)));
    assert_eq!(connections[0]["secrets"]["password"]["set"], true);
    assert_eq!(list(&server, "kapacitor list --organization Example").len(), 1);

    let unknown = import(&server, "resources", &["--env-file", "env", "--organization", "nobody"]);
    assert_eq!(unknown.code, 66, "{unknown:?}");
}

#[test]
fn texts_come_from_files_and_standard_input() {
    let server = Server::start();
    let texts = [
        ("configs", "[eu]\nurl = \"https://eu.example.com\"\ntoken = \"hunter2-a\"\norg = \"shop\"\nactive = true\n"),
        (
            "telegraf.conf",
            "[agent]\n[[outputs.influxdb]]\nurls = [\"http://t:8086\"]\ndatabase = \"d\"\nusername = \"u\"\npassword = \"$PW\"\n",
        ),
        (
            "env",
            "export PW=hunter2-b\nINFLUXDB3_HOST_URL=http://three:8181\nINFLUXDB3_AUTH_TOKEN=apiv3_hunter2\nINFLUXDB3_DATABASE_NAME=s\n",
        ),
    ];
    for (name, text) in texts {
        fs::write(server.path(name), text).unwrap();
    }
    for (name, _) in texts {
        let told = import(&server, name, &["--bucket", "orders", "--env-file", "env"]);
        assert_eq!(told.code, 0, "{told:?}");
        assert!(!told.words.contains("hunter2") && !told.out.contains("hunter2"), "{told:?}");
    }
    let told = done(server.command().args(["import", "-"]).write_stdin("curl -u w:hunter2-c 'http://c:8086/write?db=x'"));
    assert!(told.code == 0 && !told.words.contains("hunter2"), "{told:?}");
    let connections = list(&server, "connection list");
    let names: Vec<&str> = connections.iter().map(|one| text(one, "name")).collect();
    assert_eq!(names, ["c x", "eu", "t d", "three s"]);
    assert_eq!((text(&connections[1], "bucket"), text(&connections[1], "driver")), ("orders", "v2"));
    let set = |at: usize, field: &str| connections[at]["secrets"][field]["set"].as_bool();
    assert_eq!([set(0, "password"), set(1, "token"), set(2, "password"), set(3, "token")], [Some(true); 4]);
}

#[test]
fn a_check_afterwards_says_of_each_what_it_found() {
    let server = Server::start();
    // Port 1 of this machine: nobody listens there.
    let told = done(server.command().args(["import", "-", "--check"]).write_stdin("http://127.0.0.1:1/?db=x http://127.0.0.1:1/?db=y"));
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.words.contains("checked 2: 0 work"), "{told:?}");
    assert_eq!(told.out.matches("TRB-TCP-001").count(), 2, "{told:?}");
    assert!(list(&server, "connection list").iter().all(|one| one["state"] == "failing"));
}

#[test]
fn more_checks_than_a_minute_allows_are_waited_for() {
    let server = Server::start();
    let urls: Vec<String> = (0..66).map(|at| format!("http://127.0.0.1:1/?db=d{at}")).collect();
    let told = done(server.command().args(["import", "-", "--check"]).write_stdin(urls.join("\n")));
    assert!(told.words.contains("waiting where it says so"), "{told:?}");
    assert!(told.words.contains("checked 66: 0 work"), "{told:?}");
    assert_eq!(told.out.matches("TRB-TCP-001").count(), 66, "{told:?}");
}

#[test]
fn an_absent_server_is_said_before_anything_else() {
    let told = done(Command::from_std(process()).args(["import", "-", "--server", "http://127.0.0.1:1"]).write_stdin("http://h:8086"));
    assert_eq!(told.code, 69, "{told:?}");
}
