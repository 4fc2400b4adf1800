//! "Manage the connections": add a connection by driver V1 or V2, edit it.

use influx::http::Method;
use serde_json::json;

use crate::{
    RealInflux, ask,
    server::Server,
    servers::{Kind, Rights, Script, Scripted},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_v1_connection_is_added_with_url_database_username_and_password() {
    let influx = RealInflux::new("seed_v1").await;
    let server = Server::start();
    std::fs::write(server.path("password"), &influx.password).unwrap();
    let done = server.ok(&[
        "connection",
        "create",
        "plant",
        "--driver",
        "v1",
        "--url",
        influx.url.as_str(),
        "--database",
        &influx.database,
        "--username",
        &influx.user,
        "--secret-file",
        "password",
    ]);
    for step in ["url", "dns", "tcp", "http", "product", "authentication", "database", "write"] {
        assert!(done.words.lines().any(|line| line.starts_with(&format!("✓ {step} "))), "{step} in {}", done.words);
    }
    let list = server.ok(&["connection", "list"]);
    assert!(list.out.contains("plant (default)") && list.out.contains("verified") && list.out.contains(&influx.database), "{}", list.out);
    assert!(!list.out.contains(&influx.password));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_v2_connection_is_added_with_url_organization_bucket_and_token() {
    let influx = Scripted::start(Script::new(Kind::V2, &["shop"]).login("a token", Rights::All)).await;
    let server = Server::start();
    std::fs::write(server.path("token"), "a token\n").unwrap();
    let done = server.ok(&[
        "connection",
        "create",
        "cloud",
        "--driver",
        "v2",
        "--url",
        influx.url().as_str(),
        "--influx-organization",
        "acme",
        "--bucket",
        "shop",
        "--secret-file",
        "token",
    ]);
    assert!(done.words.contains("✓ write"), "{}", done.words);
    assert!(server.ok(&["connection", "list"]).out.contains("cloud (default)"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_credentials_differ_by_driver() {
    let server = Server::start();
    for (driver, foreign) in [("v1", "bucket"), ("v2", "database"), ("v3", "organization"), ("file", "url")] {
        let mut body = json!({ "name": "x", "driver": driver });
        let own: &[(&str, &str)] = match driver {
            "v1" => &[("url", "http://localhost:8086"), ("database", "d")],
            "v2" => &[("url", "http://localhost:8086"), ("organization", "o"), ("bucket", "b")],
            "v3" => &[("url", "http://localhost:8181"), ("database", "d")],
            _ => &[("folder", "/tmp")],
        };
        for (field, value) in own {
            body[*field] = json!(value);
        }
        body[foreign] = json!("x");
        let (status, answer) = ask(&server, Method::POST, "/api/v1/connections?check=skip", &body).await;
        assert_eq!((status, answer["error"]["field"].as_str()), (422, Some(foreign)), "{driver}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn saving_an_edited_connection_checks_its_credentials_and_a_new_name_contacts_nobody() {
    let influx = RealInflux::new("seed_edit").await;
    let server = Server::start();
    std::fs::write(server.path("password"), &influx.password).unwrap();
    std::fs::write(server.path("wrong"), "not the password").unwrap();
    server.ok(&[
        "connection",
        "create",
        "plant",
        "--driver",
        "v1",
        "--url",
        influx.url.as_str(),
        "--database",
        &influx.database,
        "--username",
        &influx.user,
        "--secret-file",
        "password",
    ]);
    let refused = server.run_words(&["connection", "update", "plant", "--secret-file", "wrong"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.words.contains("✗ authentication") && refused.words.contains("TRB-AUTH-002"), "{}", refused.words);
    assert!(!refused.words.contains("not the password"));
    let kept = server.ok(&["connection", "check", "plant"]);
    assert!(kept.out.contains("✓ write"), "the stored connection stays as it was: {}", kept.out);

    server.ok(&["connection", "update", "plant", "--url", "http://127.0.0.1:1", "--unverified"]);
    let renamed = server.ok(&["connection", "update", "plant", "--rename", "works"]);
    assert!(!renamed.words.contains('✓') && !renamed.words.contains('✗'), "{}", renamed.words);
    assert!(server.ok(&["connection", "list"]).out.contains("works (default)"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_driver_of_a_connection_is_read_only() {
    let server = Server::start();
    server.ok(&["connection", "create", "plant", "--driver", "v1", "--unverified"]);
    let v2 = json!({ "driver": "v2", "organization": "o", "bucket": "b" });
    let (status, answer) = ask(&server, Method::PATCH, "/api/v1/connections/plant?check=skip", &v2).await;
    assert_eq!((status, answer["error"]["field"].as_str()), (422, Some("driver")), "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("cannot be changed"), "{answer}");
}
