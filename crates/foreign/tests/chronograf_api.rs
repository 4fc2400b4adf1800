//! The JSON of Chronograf's API: what is answered, what is asked, what is refused.

use std::collections::BTreeSet;

use foreign::chronograf::{Around, ConnectionChange, Server, ServerRequest, Source, SourceRequest};
use model::{
    Connection, Id, Kapacitor, Name, Noun, Organization, Origin, SecretChange, SecretField, Stored, Target, V1Edition, V3Edition,
    secret::{ExposeSecret, SecretChanges},
};
use url::Url;

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL of this file")
}

fn stored<N: Noun>(number: i64, name: &str, spec: N) -> Stored<N> {
    let at = chrono::DateTime::from_timestamp(0, 0).expect("the epoch");
    Stored {
        id: Id::of_key(Organization::DEFAULT, name),
        organization_id: Organization::DEFAULT,
        name: Name::new(name).expect("a name of this file"),
        created_at: at,
        updated_at: at,
        revision: 1,
        origin: Origin::People,
        number: Some(number),
        spec,
    }
}

fn v1() -> Connection {
    Connection::new(Target::V1 {
        url: url("http://localhost:8086"),
        database: "telegraf".to_owned(),
        username: Some("admin".to_owned()),
        retention_policy: None,
        edition: V1Edition::Oss,
        meta_url: None,
    })
}

fn v2() -> Connection {
    Connection::new(Target::V2 { url: url("https://cloud"), organization: "my org".to_owned(), bucket: "shop".to_owned() })
}

fn dedicated() -> Connection {
    Connection::new(Target::V3 {
        url: url("https://c.example/sub"),
        database: "telegraf".to_owned(),
        edition: V3Edition::CloudDedicated,
        cluster_id: Some("11111111-1111-1111-1111-111111111111".to_owned()),
        account_id: None,
    })
}

fn shown(connection: Connection, kept: &[SecretField]) -> Option<Source> {
    let kept = BTreeSet::from_iter(kept.iter().copied());
    Source::of(
        &stored(5, "Influx 1", connection),
        &Around { base_path: "", organization: "default", chosen: true, kept: &kept, version: Some("1.8.10") },
    )
}

#[test]
fn a_connection_is_answered_as_chronograf_answers_it() {
    let source = shown(v1(), &[SecretField::Password]).unwrap();
    assert_eq!(
        serde_json::to_string_pretty(&source).unwrap(),
        r#"{
  "id": "5",
  "name": "Influx 1",
  "type": "influx",
  "username": "admin",
  "url": "http://localhost:8086",
  "default": true,
  "telegraf": "telegraf",
  "organization": "default",
  "defaultRP": "",
  "version": "1.8.10",
  "authentication": "basic",
  "links": {
    "self": "/chronograf/v1/sources/5",
    "kapacitors": "/chronograf/v1/sources/5/kapacitors",
    "services": "/chronograf/v1/sources/5/services",
    "proxy": "/chronograf/v1/sources/5/proxy",
    "queries": "/chronograf/v1/sources/5/queries",
    "write": "/chronograf/v1/sources/5/write",
    "permissions": "/chronograf/v1/sources/5/permissions",
    "users": "/chronograf/v1/sources/5/users",
    "databases": "/chronograf/v1/sources/5/dbs",
    "annotations": "/chronograf/v1/sources/5/annotations",
    "health": "/chronograf/v1/sources/5/health"
  }
}"#
    );
}

#[test]
fn every_driver_is_answered_under_its_type_and_a_folder_is_not() {
    let enterprise = Connection {
        target: Target::V1 {
            url: url("https://ent:8086/p/"),
            database: "shop".to_owned(),
            username: None,
            retention_policy: Some("week".to_owned()),
            edition: V1Edition::Enterprise,
            meta_url: Some(url("https://meta:8091")),
        },
        telegraf_database: Some("t".to_owned()),
        insecure_skip_verify: true,
        ..v1()
    };
    let json = serde_json::to_value(shown(enterprise, &[SecretField::SharedSecret])).unwrap();
    for (key, value) in [
        ("type", "influx-enterprise"),
        ("url", "https://ent:8086/p/"),
        ("metaUrl", "https://meta:8091"),
        ("telegraf", "t"),
        ("defaultDB", "shop"),
        ("defaultRP", "week"),
        ("authentication", "shared"),
    ] {
        assert_eq!(json[key], value, "{key}");
    }
    assert_eq!(json["insecureSkipVerify"], true);
    assert_eq!(json["links"]["roles"], "/chronograf/v1/sources/5/roles");

    let json = serde_json::to_value(shown(v2(), &[])).unwrap();
    for (key, value) in
        [("type", "influx-v2"), ("username", "my org"), ("defaultDB", "shop"), ("authentication", "token"), ("url", "https://cloud")]
    {
        assert_eq!(json[key], value, "{key}");
    }
    assert_eq!(json["links"]["flux"], "/chronograf/v1/sources/5/proxy/flux");

    let json = serde_json::to_value(shown(dedicated(), &[SecretField::Token])).unwrap();
    for (key, value) in
        [("type", "influx-v3-cloud-dedicated"), ("defaultDB", "telegraf"), ("authentication", "unknown"), ("url", "https://c.example/sub")]
    {
        assert_eq!(json[key], value, "{key}");
    }
    assert_eq!(json["clusterId"], "11111111-1111-1111-1111-111111111111");

    assert_eq!(shown(Connection::new(Target::File { folder: "/data".to_owned() }), &[]), None);
}

#[test]
fn a_kapacitor_is_answered_as_chronograf_answers_it_below_a_base_path() {
    let mut kapacitor = Kapacitor::new(Id::of_key(Organization::DEFAULT, "c"), url("http://localhost:9092"));
    kapacitor.username = Some("kap".to_owned());
    let around = Around { base_path: "/tributary/", organization: "default", chosen: false, kept: &BTreeSet::new(), version: None };
    let server = Server::of(&stored(7, "My Kapacitor", kapacitor), 5, &around).unwrap();
    assert_eq!(
        serde_json::to_string_pretty(&server).unwrap(),
        r#"{
  "id": "7",
  "name": "My Kapacitor",
  "url": "http://localhost:9092",
  "username": "kap",
  "insecureSkipVerify": false,
  "active": false,
  "links": {
    "proxy": "/tributary/chronograf/v1/sources/5/kapacitors/7/proxy",
    "self": "/tributary/chronograf/v1/sources/5/kapacitors/7",
    "rules": "/tributary/chronograf/v1/sources/5/kapacitors/7/rules",
    "tasks": "/tributary/chronograf/v1/sources/5/kapacitors/7/proxy?path=/kapacitor/v1/tasks",
    "ping": "/tributary/chronograf/v1/sources/5/kapacitors/7/proxy?path=/kapacitor/v1/ping"
  }
}"#
    );
}

#[test]
fn what_is_answered_can_be_asked_for_again() {
    for connection in [v1(), v2(), dedicated()] {
        let source = shown(connection.clone(), &[]).unwrap();
        let mut body = serde_json::to_value(&source).unwrap();
        body["databaseToken"] = "t".into();
        body["accountId"] = "22222222-2222-2222-2222-222222222222".into();
        body["managementToken"] = "m".into();
        let found = SourceRequest::parse(body.to_string().as_bytes()).unwrap().create().unwrap();
        assert_eq!((found.name.as_str(), found.default, found.organization.as_deref()), ("Influx 1", true, Some("default")));
        let mut expected = Connection { telegraf_database: Some("telegraf".to_owned()), ..connection };
        if let Target::V3 { account_id, .. } = &mut expected.target {
            *account_id = Some("22222222-2222-2222-2222-222222222222".to_owned());
        }
        assert_eq!(found.connection, expected);
    }
}

fn create(body: &str) -> (u16, String) {
    match SourceRequest::parse(body.as_bytes()) {
        Err(unparsable) => (400, unparsable.to_string()),
        Ok(request) => request.create().map_or_else(|invalid| (invalid.status(), invalid.to_string()), |found| (201, found.name)),
    }
}

#[test]
fn a_new_connection_is_refused_in_the_words_of_chronograf() {
    let v3 = |kind: &str, more: &str| format!(r#"{{"name": "n", "url": "http://h", "type": "influx-v3-{kind}"{more}}}"#);
    for (body, status, message) in [
        ("{".to_owned(), 400, "Unparsable JSON"),
        ("[]".to_owned(), 400, "Unparsable JSON"),
        (r#"{"name": 7}"#.to_owned(), 400, "Unparsable JSON"),
        (r#"{"id": "abc"}"#.to_owned(), 400, "Unparsable JSON"),
        (r#"{"default": "true"}"#.to_owned(), 400, "Unparsable JSON"),
        ("{}".to_owned(), 422, "url required"),
        (r#"{"url": null}"#.to_owned(), 422, "url required"),
        (r#"{"url": ""}"#.to_owned(), 422, "url required"),
        (r#"{"url": "http://h", "type": "postgres"}"#.to_owned(), 422, "invalid source type postgres"),
        (r#"{"url": "localhost"}"#.to_owned(), 422, "invalid source URI: parse \"localhost\": invalid URI for request"),
        (r#"{"url": "/foo"}"#.to_owned(), 422, "invalid URL; no URL scheme defined"),
        (r#"{"url": "localhost:8086"}"#.to_owned(), 400, "Error contacting source: the URL must begin with http:// or https://"),
        (v3("core", ""), 422, "database token required"),
        (v3("enterprise", r#", "databaseToken": """#), 422, "database token required"),
        (v3("serverless", ""), 422, "database token required"),
        (v3("core", r#", "databaseToken": "t""#), 201, "n"),
        (v3("clustered", r#", "databaseToken": "t""#), 422, "management token or default database is required"),
        (v3("clustered", r#", "databaseToken": "t", "defaultDB": "d""#), 201, "n"),
        (v3("cloud-dedicated", ""), 422, "database token required"),
        (v3("cloud-dedicated", r#", "databaseToken": "t""#), 422, "default database is required for queries"),
        (v3("cloud-dedicated", r#", "databaseToken": "t", "defaultDB": "d""#), 201, "n"),
        (v3("cloud-dedicated", r#", "databaseToken": "t", "managementToken": "m""#), 422, "cluster ID required"),
        (v3("cloud-dedicated", r#", "databaseToken": "t", "clusterId": "c""#), 422, "cluster ID is not a valid UUID"),
        (
            v3("cloud-dedicated", r#", "databaseToken": "t", "clusterId": "11111111-1111-1111-1111-111111111111""#),
            422,
            "account ID required",
        ),
        (
            v3("cloud-dedicated", r#", "databaseToken": "t", "clusterId": "11111111-1111-1111-1111-111111111111", "accountId": "a""#),
            422,
            "account ID is not a valid UUID",
        ),
        (
            v3(
                "cloud-dedicated",
                r#", "databaseToken": "t", "clusterId": "11111111-1111-1111-1111-111111111111", "accountId": "11111111-1111-1111-1111-111111111111""#,
            ),
            422,
            "management token required",
        ),
        (r#"{"url": "http://influx:8086", "password": "{{ .NOT_FILLED | js }}", "unknown": 1, "id": 5}"#.to_owned(), 201, "influx"),
    ] {
        assert_eq!(create(&body), (status, message.to_owned()), "{body}");
    }
}

#[test]
fn what_is_wrong_with_a_body_is_told_to_whoever_looks_closer() {
    let unparsable = SourceRequest::parse(b"{\"name\":\n 7}").unwrap_err();
    assert_eq!(unparsable.0.to_string(), "line 1: `name`: a text is expected");
}

fn update(before: &Connection, body: &str) -> ConnectionChange {
    SourceRequest::parse(body.as_bytes()).expect("JSON").update(before).expect("a change that is taken")
}

fn refused(before: &Connection, body: &str) -> String {
    SourceRequest::parse(body.as_bytes()).expect("JSON").update(before).expect_err("a change that is refused").to_string()
}

fn secrets(changes: &SecretChanges) -> Vec<String> {
    let shown = |(field, change): (&SecretField, &SecretChange)| match change {
        SecretChange::Set(value) => format!("{}={}", field.as_str(), value.expose_secret()),
        SecretChange::Clear => format!("{} cleared", field.as_str()),
    };
    changes.iter().map(shown).collect()
}

#[test]
fn a_patch_keeps_what_it_does_not_name() {
    let full = Connection { telegraf_database: Some("t".to_owned()), insecure_skip_verify: true, notes: "kept".to_owned(), ..v1() };
    for before in [full, v2(), dedicated()] {
        let change = update(&before, r#"{"name": "renamed"}"#);
        assert_eq!((change.name.as_deref(), change.default, change.secrets.len()), (Some("renamed"), None, 0));
        assert_eq!(change.connection, before);
    }
}

#[test]
fn a_body_that_was_answered_changes_nothing_when_it_is_sent_back() {
    for before in [v1(), v2(), dedicated()] {
        let body = serde_json::to_string(&shown(before.clone(), &[]).unwrap()).unwrap();
        let change = update(&before, &body);
        assert_eq!(change.connection, before);
        assert_eq!((secrets(&change.secrets), change.default), (vec![], Some(true)));
    }
}

#[test]
fn a_patch_clears_by_null_and_keeps_by_empty_what_chronograf_keeps() {
    let before = Connection {
        target: Target::V1 {
            url: url("http://h"),
            database: "shop".to_owned(),
            username: Some("bob".to_owned()),
            retention_policy: Some("week".to_owned()),
            edition: V1Edition::Enterprise,
            meta_url: Some(url("http://meta")),
        },
        telegraf_database: Some("t".to_owned()),
        insecure_skip_verify: true,
        ..v1()
    };
    let kept = update(&before, r#"{"name": "", "url": "", "type": "", "username": "", "password": "", "sharedSecret": ""}"#);
    assert_eq!(kept.connection, before);
    assert_eq!((kept.name, secrets(&kept.secrets)), (None, vec![]));

    let cleared = update(
        &before,
        r#"{"username": null, "password": null, "sharedSecret": null, "defaultRP": null, "defaultDB": null, "metaUrl": null,
            "telegraf": null, "insecureSkipVerify": null, "default": null}"#,
    );
    let Target::V1 { database, username, retention_policy, meta_url, .. } = &cleared.connection.target else { panic!() };
    assert_eq!((database.as_str(), username, retention_policy, meta_url), ("telegraf", &None, &None, &None));
    assert!(!cleared.connection.insecure_skip_verify);
    assert_eq!(
        (secrets(&cleared.secrets), cleared.default),
        (vec!["password cleared".to_owned(), "shared_secret cleared".to_owned()], Some(false))
    );

    let emptied = update(&before, r#"{"defaultRP": "", "metaUrl": "", "defaultDB": ""}"#);
    let Target::V1 { database, retention_policy, meta_url, .. } = &emptied.connection.target else { panic!() };
    assert_eq!((database.as_str(), retention_policy, meta_url), ("t", &None, &None));
}

#[test]
fn a_patch_sets_what_it_names() {
    let change = update(
        &v1(),
        r#"{"URL": "https://bob:p%40ss@new:8086/sub", "type": "influx-enterprise", "telegraf": "t", "defaultRP": "week", "default": true}"#,
    );
    let Target::V1 { url, database, username, retention_policy, edition, .. } = &change.connection.target else { panic!() };
    assert_eq!((url.as_str(), database.as_str(), username.as_deref()), ("https://new:8086/sub", "t", Some("bob")));
    assert_eq!((retention_policy.as_deref(), *edition, change.default), (Some("week"), V1Edition::Enterprise, Some(true)));
    assert_eq!((change.connection.telegraf_database.as_deref(), secrets(&change.secrets)), (Some("t"), vec!["password=p@ss".to_owned()]));

    let change = update(&v2(), r#"{"username": "other", "password": "t0k", "telegraf": "t"}"#);
    assert!(matches!(&change.connection.target, Target::V2 { organization, bucket, .. } if organization == "other" && bucket == "shop"));
    assert_eq!(secrets(&change.secrets), ["token=t0k"]);

    let change = update(&dedicated(), r#"{"databaseToken": "t0k", "managementToken": null, "defaultDB": "d"}"#);
    assert!(matches!(&change.connection.target, Target::V3 { database, .. } if database == "d"));
    assert_eq!(secrets(&change.secrets), ["token=t0k", "management_token cleared"]);
}

#[test]
fn a_patch_is_refused_where_it_would_break_a_connection() {
    for (before, body, message) in [
        (v1(), r#"{"url": null}"#, "url required"),
        (v1(), r#"{"url": "localhost"}"#, "invalid source URI: parse \"localhost\": invalid URI for request"),
        (v1(), r#"{"type": "x"}"#, "invalid source type x"),
        (v1(), r#"{"type": "influx-v2"}"#, "the type cannot be changed from influx to influx-v2; create another source"),
        (v1(), r#"{"metaUrl": "meta:8091"}"#, "metaUrl must begin with http:// or https://"),
        (v2(), r#"{"username": null}"#, "username required: it holds the organization"),
        (dedicated(), r#"{"databaseToken": null}"#, "database token required"),
        (dedicated(), r#"{"accountId": "x"}"#, "account ID is not a valid UUID"),
        (Connection::new(Target::File { folder: "/data".to_owned() }), "{}", "a folder cannot be changed here"),
    ] {
        assert_eq!(refused(&before, body), message, "{body}");
    }
}

#[test]
fn a_kapacitor_is_created_and_changed_as_chronograf_does() {
    let create = |body: &str| ServerRequest::parse(body.as_bytes()).unwrap().create();
    for body in ["{}", r#"{"name": "k"}"#, r#"{"url": "http://k"}"#, r#"{"name": null, "url": "http://k"}"#] {
        assert_eq!(create(body).unwrap_err().to_string(), "name and url required", "{body}");
    }
    assert_eq!(create(r#"{"name": "k", "url": ""}"#).unwrap_err().to_string(), "invalid source URI: parse \"\": empty url");
    let found =
        create(r#"{"name": "k", "url": "http://k:9092", "username": "u", "password": "p", "active": true, "insecureSkipVerify": true}"#)
            .unwrap();
    assert_eq!((found.name.as_str(), found.username.as_deref(), found.active), ("k", Some("u"), true));
    assert_eq!(found.secrets[&SecretField::Password].expose_secret(), "p");
    assert!(create(r#"{"name": "k", "url": "http://k:9092", "password": ""}"#).unwrap().secrets.is_empty());

    let before = found.of(Id::of_key(Organization::DEFAULT, "c"));
    let update = |body: &str| ServerRequest::parse(body.as_bytes()).unwrap().update(&before);
    let change = update(r#"{"name": "other"}"#).unwrap();
    assert_eq!((change.kapacitor, change.name.as_deref(), change.active, change.secrets.len()), (before.clone(), Some("other"), None, 0));
    let change = update(r#"{"username": "", "password": "", "active": false, "insecureSkipVerify": false}"#).unwrap();
    assert_eq!((change.kapacitor.username, change.kapacitor.insecure_skip_verify, change.active), (None, false, Some(false)));
    assert_eq!(secrets(&change.secrets), ["password cleared"]);
    let change = update(r#"{"url": "http://new:9092", "password": "q"}"#).unwrap();
    assert_eq!((change.kapacitor.url.as_str(), secrets(&change.secrets)), ("http://new:9092/", vec!["password=q".to_owned()]));
    assert_eq!(update(r#"{"url": "/k"}"#).unwrap_err().to_string(), "invalid URL; no URL scheme defined");
    assert_eq!(update(r#"{"url": null}"#).unwrap_err().to_string(), "name and url required");
}

#[test]
fn no_answer_and_no_refusal_holds_a_secret() {
    let request = SourceRequest::parse(br#"{"url": "1x:hunter2@h", "password": "hunter2"}"#).unwrap();
    let shown = format!("{request:?}");
    let invalid = request.create().unwrap_err();
    assert!(!format!("{invalid} {invalid:?}").contains("hunter2"), "{invalid}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
