//! Alert endpoints, tasks and statistics by commands, of a scripted Kapacitor.

use std::fs;

use serde_json::{Value, json};

use crate::{
    server::{Done, Server, done},
    servers::{Kind, Script, Scripted, kapacitor::TaskState},
};

const SECRET: &str = "hunter2-never-shown";

/// A server with the connection `lines`, its active Kapacitor `alerts`, and a file with a webhook.
async fn alerting() -> (Server, Scripted) {
    let mut script = Script::new(Kind::Kapacitor, &[]);
    script.version = Some("1.5.6".to_owned());
    script.alerting.task("cpu", "stream", &[("telegraf", "autogen")], &TaskState::Executing);
    let kapacitor = Scripted::start(script).await;
    let server = Server::start();
    server.ok(&["connection", "create", "lines", "--driver", "file", "--folder", "lines"]);
    server.ok(&["kapacitor", "create", "alerts", "--connection", "lines", "--url", kapacitor.url().as_str()]);
    fs::write(server.path("webhook"), format!("https://hooks.example.com/{SECRET}\n")).unwrap();
    (server, kapacitor)
}

fn endpoint(server: &Server, words: &str) -> Done {
    server.run(&format!("kapacitor endpoint {words} --connection lines"))
}

fn ok(server: &Server, words: &str) -> Done {
    let done = endpoint(server, words);
    assert_eq!(done.code, 0, "{words}: {done:?}");
    done
}

fn json_of(done: &Done) -> Value {
    serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_listed_set_tested_reset_and_removed_and_its_secret_is_never_shown() {
    let (server, _kapacitor) = alerting().await;
    let mut told = Vec::new();
    let list = ok(&server, "list");
    assert!(
        list.out.trim_start().starts_with("NAME") && list.out.contains("slack") && list.words.contains("slack:<workspace>"),
        "{list:?}"
    );
    told.push(list);
    let set = ok(&server, "set slack channel=#ops enabled=true --secret-file url=webhook");
    assert!(set.words.contains("changed the alert endpoint `slack`"), "{set:?}");
    assert!(set.out.lines().any(|line| line.contains("channel") && line.contains("#ops")), "{set:?}");
    assert!(set.out.lines().any(|line| line.trim_start().starts_with("url ") && line.contains("kept")), "{set:?}");
    told.push(set);
    let shown = json_of(&ok(&server, "show slack -o json"));
    assert_eq!((&shown["options"]["url"], &shown["enabled"]), (&json!({ "set": true }), &json!(true)));
    let path = "/api/v1/connections/lines/kapacitors/alerts/endpoints/slack";
    assert_eq!(serde_json::to_string(&shown).unwrap(), server.get(path), "JSON is the answer of the API");

    let tested = ok(&server, "test slack --yes");
    assert!(tested.out.starts_with('✓') && tested.out.contains("Slack took the message"), "{tested:?}");
    let cleared = json_of(&ok(&server, "set slack --clear channel --reset username -o json"));
    assert_eq!((&cleared["options"]["channel"], &cleared["options"]["url"]), (&json!(""), &json!({ "set": true })));

    let added = done(
        server
            .command()
            .args(["kapacitor", "endpoint", "add", "slack:ops", "enabled=true", "--secret-stdin", "url", "--connection", "lines"])
            .write_stdin(format!("https://hooks.example.com/{SECRET}")),
    );
    assert_eq!(added.code, 0, "{added:?}");
    told.push(added);
    told.push(ok(&server, "show slack:ops --kapacitor alerts"));
    told.push(ok(&server, "apply slack:ops"));
    let removed = ok(&server, "remove slack:ops");
    assert!(removed.words.contains("removed the alert endpoint `slack:ops`"), "{removed:?}");
    let reset = ok(&server, "remove slack");
    assert!(reset.words.contains("has the values of Kapacitor's file again"), "{reset:?}");
    let failed = endpoint(&server, "test slack --yes");
    assert!(failed.code == 1 && failed.out.starts_with('✗'), "{failed:?}");
    for done in &told {
        assert!(!done.out.contains(SECRET) && !done.words.contains(SECRET), "{done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_asks_before_it_sends() {
    let (server, kapacitor) = alerting().await;
    ok(&server, "set slack enabled=true --secret-file url=webhook");
    let sent =
        || kapacitor.with(|script| script.seen.iter().filter(|seen| seen.method == "POST" && seen.path.contains("service-tests")).count());
    let answered = |answer: &str| {
        let words = ["kapacitor", "endpoint", "test", "slack", "--connection", "lines"];
        done(server.command().args(words).write_stdin(answer.to_owned()))
    };
    for answer in ["", "\n", "no\n"] {
        let refused = answered(answer);
        assert!(refused.code == 64 && refused.words.contains("really sends a message by `slack`"), "{refused:?}");
    }
    assert_eq!(sent(), 0);
    let tested = answered("y\n");
    assert_eq!((tested.code, sent()), (0, 1), "{tested:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_what_to_do_and_no_secret_is_repeated() {
    let (server, _kapacitor) = alerting().await;
    for (words, code, said) in [
        (format!("set slack url=https://{SECRET}"), 64, "--secret-file url=FILE or --secret-stdin url"),
        (format!("set slack {SECRET}"), 64, "OPTION=VALUE"),
        (format!("set slack nosuch={SECRET}"), 64, "has no option `nosuch`"),
        ("set slack enabled=perhaps".to_owned(), 64, "`enabled`"),
        ("set slack".to_owned(), 64, "nothing was said"),
        ("set slack channel=a --clear channel".to_owned(), 64, "given and cleared"),
        ("set slack enabled=true".to_owned(), 78, "url"),
        ("set nosuch enabled=true".to_owned(), 66, "kapacitor endpoint list"),
        ("show slack:nobody".to_owned(), 66, "slack:nobody"),
        ("add slack:a.b --secret-file url=webhook".to_owned(), 78, "try:"),
        ("add smtp host=mail.example.com".to_owned(), 78, "try:"),
        ("list --kapacitor nobody".to_owned(), 66, "nobody"),
    ] {
        let refused = endpoint(&server, &words);
        assert!(refused.code == code && refused.words.contains(said), "{words}: {refused:?}");
        assert!(refused.out.is_empty() && !refused.words.contains(SECRET), "{words}: {refused:?}");
    }
    server.ok(&["kapacitor", "delete", "alerts", "--connection", "lines"]);
    let none = endpoint(&server, "list");
    assert!(none.code == 66 && none.words.contains("--kapacitor"), "{none:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_and_statistics_are_shown() {
    let (server, _kapacitor) = alerting().await;
    let tasks = server.ok(&["kapacitor", "tasks", "--connection", "lines"]);
    assert!(tasks.out.trim_start().starts_with("TASK") && tasks.out.contains("telegraf.autogen"), "{tasks:?}");
    let listed = json_of(&server.ok(&["kapacitor", "tasks", "--connection", "lines", "-o", "json"]));
    let first = listed["items"][0]["id"].as_str().unwrap();
    assert!(tasks.out.contains(first), "{tasks:?}");
    let none = server.ok(&["kapacitor", "tasks", "--connection", "lines", "--search", "nosuchtask"]);
    assert!(none.words.contains("no tasks"), "{none:?}");
    let statistics = server.ok(&["kapacitor", "statistics", "--connection", "lines", "--kapacitor", "alerts"]);
    assert!(statistics.out.contains("1.5.6"), "{statistics:?}");
}
