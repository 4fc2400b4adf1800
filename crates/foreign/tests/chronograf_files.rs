//! `.src`, `.kap` and `.org` files: the examples of Chronograf's own documents as they stand, and every way of writing one wrong.

use foreign::{Broken, FoundConnection, FoundKapacitor, Remark, Variables, chronograf};
use model::{SecretField, Target, V1Edition, V3Edition};
use secrecy::ExposeSecret;

fn variables() -> Variables {
    [
        ("INFLUXDB_USER", "bob"),
        ("INFLUXDB_PASS", r#"a+b&c<d'e"f\g{{ .INFLUXDB_USER }}"#),
        ("INFLUXDB_URL", "https://influx.example:8086/sub"),
        ("KAPACITOR_URL", "http://kapacitor.example:9092"),
        ("ID", "7"),
        ("EMPTY", ""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn src(text: &str) -> Result<(FoundConnection, Vec<Remark>), Broken> {
    chronograf::connection(text, &variables())
}

fn kap(text: &str) -> Result<(FoundKapacitor, Vec<Remark>), Broken> {
    chronograf::kapacitor(text, &variables())
}

fn secret(found: &FoundConnection, field: SecretField) -> Option<&str> {
    found.secrets.get(&field).map(|secret| secret.expose_secret())
}

fn lines(remarks: &[Remark]) -> Vec<String> {
    remarks.iter().map(|remark| format!("{}: {}", remark.line.unwrap_or(0), remark.text)).collect()
}

/// A `.src` that says enough, with one member more.
fn with(member: &str) -> String {
    format!("{{\n\"id\": \"1\",\n\"name\": \"n\",\n\"url\": \"http://h:8086\",\n{member}\n}}")
}

#[test]
fn the_src_example_of_the_documents_loads_as_it_stands() {
    let (found, remarks) = src(include_str!("files/example.src")).unwrap();
    assert_eq!((found.number, found.name.as_str()), (Some(10000), "My InfluxDB"));
    assert_eq!((found.organization.as_deref(), found.default), (Some("example_org"), true));
    let Target::V1 { url, database, username, retention_policy, edition, meta_url } = &found.connection.target else {
        panic!("{:?}", found.connection)
    };
    assert_eq!((url.as_str(), database.as_str(), username.as_deref()), ("http://localhost:8086/", "telegraf", Some("test")));
    assert_eq!((retention_policy, *edition, meta_url), (&None, V1Edition::Oss, &None));
    assert_eq!(found.connection.telegraf_database.as_deref(), Some("telegraf"));
    assert!(!found.connection.insecure_skip_verify);
    assert_eq!(secret(&found, SecretField::Password), Some("test"));
    assert_eq!(
        lines(&remarks),
        ["5: `password`: a secret stands in clear in this file; `{{ .NAME }}` takes it from a variable of the environment"]
    );
}

#[test]
fn the_src_example_with_variables_loads_and_every_value_arrives_byte_by_byte() {
    let (found, remarks) = src(include_str!("files/variables.src")).unwrap();
    let Target::V1 { url, username, .. } = &found.connection.target else { panic!("{:?}", found.connection) };
    assert_eq!((url.as_str(), username.as_deref()), ("https://influx.example:8086/sub", Some("bob")));
    assert_eq!(secret(&found, SecretField::Password), Some(r#"a+b&c<d'e"f\g{{ .INFLUXDB_USER }}"#));
    assert_eq!(remarks, []);
}

#[test]
fn the_kap_examples_of_the_documents_load_with_their_numbers_as_ids() {
    for (text, host) in [
        (include_str!("files/example.kap"), "http://localhost:9092/"),
        (include_str!("files/variables.kap"), "http://kapacitor.example:9092/"),
    ] {
        let (found, remarks) = kap(text).unwrap();
        assert_eq!((found.number, found.connection_number), (Some(10000), Some(10000)));
        assert_eq!((found.name.as_str(), found.url.as_str(), found.active), ("My Kapacitor", host, true));
        assert_eq!((found.organization.as_deref(), found.username.as_deref()), (Some("example_org"), None));
        assert_eq!(remarks, []);
    }
}

#[test]
fn an_id_is_a_text_or_a_number() {
    for (id, number) in [
        ("\"10000\"", 10000),
        ("10000", 10000),
        ("0", 0),
        ("\"007\"", 7),
        ("\"{{ .ID }}\"", 7),
        ("9007199254740991", 9_007_199_254_740_991),
    ] {
        let (found, _) = src(&with(&format!("\"default\": false, \"id\": {id}"))).unwrap();
        assert_eq!(found.number, Some(number), "{id}");
    }
    for (id, reason) in [
        ("-5", "is negative"),
        ("\"-5\"", "is negative"),
        ("1.5", "is not a whole number"),
        ("1e3", "is not a whole number"),
        ("\"abc\"", "is not a whole number"),
        ("\" 5\"", "is not a whole number"),
        ("\"\"", "is empty"),
        ("\"{{ .EMPTY }}\"", "is empty"),
        ("true", "is true or false"),
        ("[1]", "is a list or an object"),
        ("9223372036854775808", "is too large"),
        ("9007199254740992", "is too large"),
    ] {
        let broken = src(&with(&format!("\"id\": {id}"))).unwrap_err();
        assert_eq!((broken.line, broken.field.as_deref()), (Some(5), Some("id")), "{id}");
        assert_eq!(broken.reason, format!("{reason}; an id is a whole number from 0, with or without quotes"), "{id}");
    }
    for member in ["\"id\": null", "\"other\": 1"] {
        let text = format!("{{\"name\": \"n\", \"url\": \"http://h\", {member}}}");
        assert_eq!(src(&text).unwrap().0.number, None);
    }
}

#[test]
fn an_organization_is_a_text_or_a_number_and_blank_means_none() {
    for (organization, expected) in [("\"1\"", Some("1")), ("1", Some("1")), ("\"\"", None), ("null", None), ("\"a b\"", Some("a b"))] {
        let (found, _) = src(&with(&format!("\"organization\": {organization}"))).unwrap();
        assert_eq!(found.organization.as_deref(), expected, "{organization}");
    }
    assert!(src(&with("\"organization\": -1")).is_err());
}

#[test]
fn keys_are_the_same_in_any_case() {
    let (found, remarks) =
        src("{\"ID\": 3, \"NAME\": \"n\", \"Url\": \"http://h\", \"InsecureSkipVerify\": true, \"DefaultRP\": \"week\"}").unwrap();
    assert_eq!(found.number, Some(3));
    assert!(found.connection.insecure_skip_verify);
    assert!(matches!(&found.connection.target, Target::V1 { retention_policy: Some(policy), .. } if policy == "week"));
    assert_eq!(remarks, []);
}

#[test]
fn a_key_of_the_wrong_type_is_named_with_its_line_and_what_to_write() {
    for (member, message) in [
        ("\"insecureSkipVerify\": \"false\"", "line 5: `insecureSkipVerify`: is a text; write true or false, without quotes"),
        ("\"default\": \"{{ .ID }}\"", "line 5: `default`: is a text; write true or false, without quotes"),
        ("\"default\": 1", "line 5: `default`: is a number; write true or false, without quotes"),
        ("\"telegraf\": 5", "line 5: `telegraf`: is a number; put it into quotes"),
        ("\"password\": {\"a\": 1}", "line 5: `password`: is a list or an object; put it into quotes"),
        (
            "\"type\": \"postgres\"",
            "line 5: `type`: is no type of InfluxDB that is known: `influx`, `influx-enterprise`, `influx-relay`, `influx-v2`, `influx-v3-core`, `influx-v3-enterprise`, `influx-v3-clustered`, `influx-v3-cloud-dedicated`, `influx-v3-serverless`",
        ),
        ("\"metaUrl\": \"meta:8091\"", "line 5: `metaUrl`: must begin with http:// or https://"),
        ("\"name\": \"a\\nb\"", "line 5: `name`: a name has no control characters"),
        ("\"password\": \"{{ .NO_SUCH }}\"", "line 5: `password`: the variable `NO_SUCH` is not set: set it in the server's environment"),
        (
            "\"type\": \"influx-v2\"",
            "`username`: is where Chronograf keeps the organization of an InfluxDB 2, and it is missing: give its name",
        ),
    ] {
        assert_eq!(src(&with(member)).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_url_is_needed_and_must_be_one() {
    for (url, reason) in [
        ("", "a URL is needed: http://host:port"),
        ("localhost:8086", "must begin with http:// or https://"),
        ("127.0.0.1:8086", "must begin with http:// or https://"),
        ("http://", "is not a URL: give it as http://host:port"),
        ("ftp://hunter2", "must begin with http:// or https://"),
    ] {
        let broken = src(&format!("{{\"id\": 1, \"name\": \"n\",\n\"url\": \"{url}\"}}")).unwrap_err();
        assert_eq!((broken.line, broken.field.as_deref(), broken.reason.as_str()), (Some(2), Some("url"), reason), "{url}");
    }
    let broken = src("{\"id\": 1, \"name\": \"n\"}").unwrap_err();
    assert_eq!((broken.line, broken.field.as_deref()), (None, Some("url")));
}

#[test]
fn a_connection_without_a_name_is_called_by_its_host() {
    let (found, remarks) = src("{\"id\": 1, \"url\": \"http://influx.example:8086\"}").unwrap();
    assert_eq!(found.name, "influx.example");
    assert_eq!(lines(&remarks), ["0: `name`: no name is given; the host of the URL is taken for it"]);
}

#[test]
fn a_login_in_the_url_is_moved_to_its_own_fields() {
    let (found, remarks) = src("{\"id\": 1, \"name\": \"n\", \"url\": \"http://bob:p%40ss@h:8086/?db=x\"}").unwrap();
    assert!(
        matches!(&found.connection.target, Target::V1 { url, username: Some(name), .. } if url.as_str() == "http://h:8086/" && name == "bob")
    );
    assert_eq!(secret(&found, SecretField::Password), Some("p@ss"));
    assert_eq!(remarks.len(), 3, "{remarks:?}");

    let (found, _) = src("{\"id\": 1, \"name\": \"n\", \"username\": \"eve\", \"url\": \"http://bob:p%40ss@h:8086\"}").unwrap();
    assert!(matches!(&found.connection.target, Target::V1 { username: Some(name), .. } if name == "eve"));
    assert_eq!(secret(&found, SecretField::Password), None, "the password of one user is not given to another");
}

#[test]
fn every_field_of_a_v1_connection_arrives() {
    let (found, _) = src(&with(
        "\"type\": \"influx-enterprise\", \"metaUrl\": \"https://meta:8091\", \"username\": \"u\", \"sharedSecret\": \"s\", \
         \"insecureSkipVerify\": true, \"telegraf\": \"t\", \"defaultRP\": \"week\", \"defaultDB\": \"d\", \"organization\": \"1\"",
    ))
    .unwrap();
    let Target::V1 { database, username, retention_policy, edition, meta_url, .. } = &found.connection.target else { panic!() };
    assert_eq!((database.as_str(), username.as_deref(), retention_policy.as_deref()), ("d", Some("u"), Some("week")));
    assert_eq!((*edition, meta_url.as_ref().map(|url| url.as_str())), (V1Edition::Enterprise, Some("https://meta:8091/")));
    assert_eq!(found.connection.telegraf_database.as_deref(), Some("t"));
    assert!(found.connection.insecure_skip_verify);
    assert_eq!((secret(&found, SecretField::SharedSecret), secret(&found, SecretField::Password)), (Some("s"), None));
}

#[test]
fn every_type_becomes_its_driver_and_edition() {
    for (kind, driver) in [("", "v1"), ("influx", "v1"), ("influx-relay", "v1"), ("influx-v2", "v2"), ("influx-v3-serverless", "v3")] {
        let (found, _) = src(&with(&format!("\"type\": \"{kind}\", \"username\": \"u\""))).unwrap();
        assert_eq!(found.connection.target.driver(), driver, "{kind}");
    }
    let (found, remarks) =
        src(&with("\"type\": \"influx-v2\", \"username\": \"my org\", \"password\": \"{{ .INFLUXDB_USER }}\", \"telegraf\": \"t\""))
            .unwrap();
    assert!(matches!(&found.connection.target, Target::V2 { organization, bucket, .. } if organization == "my org" && bucket == "t"));
    assert_eq!(secret(&found, SecretField::Token), Some("bob"));
    assert_eq!(lines(&remarks), ["0: `defaultDB`: no bucket is named; the Telegraf database is taken for it"]);

    let (found, remarks) = src(&with(
        "\"type\": \"influx-v3-cloud-dedicated\", \"databaseToken\": \"{{ .INFLUXDB_USER }}\", \"managementToken\": \"{{ .ID }}\", \
         \"clusterId\": \"c\", \"accountId\": \"a\", \"defaultDB\": \"d\", \"tagsCSVPath\": \"/tags\", \"role\": \"viewer\"",
    ))
    .unwrap();
    let Target::V3 { database, edition, cluster_id, account_id, .. } = &found.connection.target else { panic!() };
    assert_eq!((database.as_str(), *edition), ("d", V3Edition::CloudDedicated));
    assert_eq!((cluster_id.as_deref(), account_id.as_deref()), (Some("c"), Some("a")));
    assert_eq!((secret(&found, SecretField::Token), secret(&found, SecretField::ManagementToken)), (Some("bob"), Some("7")));
    assert_eq!(lines(&remarks), ["5: `role`: roles are not taken from files", "5: `tagsCSVPath`: files with tags are not read"]);
}

#[test]
fn a_kap_of_another_service_is_refused() {
    let broken = kap("{\"id\": 1,\n\"type\": \"flux\", \"url\": \"http://h\"}").unwrap_err();
    assert_eq!((broken.line, broken.field.as_deref()), (Some(2), Some("type")));
    assert!(kap("{\"id\": 1, \"type\": \"\", \"metadata\": null, \"url\": \"http://h\"}").is_ok());
}

#[test]
fn every_field_of_a_kapacitor_arrives() {
    let text = "{\"id\": \"2\", \"srcid\": \"1\", \"name\": \"k\", \"username\": \"u\", \"password\": \"{{ .INFLUXDB_PASS }}\",
        \"url\": \"https://k:9092/sub\", \"insecureSkipVerify\": true, \"active\": false, \"organization\": 5}";
    let (found, remarks) = kap(text).unwrap();
    assert_eq!((found.number, found.connection_number, found.name.as_str()), (Some(2), Some(1), "k"));
    assert_eq!(
        (found.url.as_str(), found.username.as_deref(), found.organization.as_deref()),
        ("https://k:9092/sub", Some("u"), Some("5"))
    );
    assert!(found.insecure_skip_verify && !found.active);
    assert_eq!(found.secrets[&SecretField::Password].expose_secret(), r#"a+b&c<d'e"f\g{{ .INFLUXDB_USER }}"#);
    assert_eq!(remarks, []);
}

#[test]
fn an_organization_has_an_id_and_by_default_its_name() {
    let org = |text: &str| chronograf::organization(text, &variables());
    let (found, remarks) = org("{\"id\": \"howdy\", \"name\": \"{{ .INFLUXDB_USER }}\", \"defaultRole\": \"viewer\"}").unwrap();
    assert_eq!((found.alias.as_str(), found.name.as_str()), ("howdy", "bob"));
    assert_eq!(lines(&remarks), ["1: `defaultRole`: roles are not taken from files"]);
    let (found, remarks) = org("{\"id\": 12}").unwrap();
    assert_eq!((found.alias.as_str(), found.name.as_str(), remarks.len()), ("12", "12", 1));
    for text in ["{}", "{\"id\": \"\"}", "{\"id\": \" \"}", "{\"id\": true}", "{\"id\": \"a\\u0000\"}"] {
        assert_eq!(org(text).unwrap_err().field.as_deref(), Some("id"), "{text}");
    }
}

#[test]
fn no_message_repeats_a_value() {
    for text in [
        with("\"password\": 123454321"),
        with("\"password\": \"123454321"),
        with("\"password\": \"123454321 {{ .INFLUXDB_PASS | js }}\""),
        with("\"password\": \"{{ .INFLUXDB_PASS }}{{ .NO_SUCH }}\""),
        with("\"url\": \"http://u:123454321@\""),
        with("\"url\": \"http://u:1/23454321@h\""),
        with("\"type\": \"123454321\""),
        with("\"id\": \"123454321x\""),
        "\"123454321\"".to_owned(),
        "123454321".to_owned(),
        with("\"password\": \"123454321\\ud800\""),
    ] {
        let broken = src(&text).unwrap_err();
        let shown = format!("{broken} {broken:?}");
        assert!(!shown.contains("23454321") && !shown.contains("a+b&c"), "{shown}");
    }
    let (found, remarks) = src(&with("\"password\": \"123454321\", \"url\": \"http://u:123454321@h\"")).unwrap();
    assert!(!format!("{found:?} {remarks:?}").contains("123454321"));
}
