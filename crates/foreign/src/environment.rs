//! The connection and the Kapacitor that the server's own environment defines, by the variables that Chronograf knows.

use model::V3Edition;
use secrecy::SecretString;

use crate::{
    Broken, Found, Remark, Variables,
    chronograf::{
        kind::Kind,
        record::{About, ConnectionRecord, KapacitorRecord, name_of_url},
    },
};

/// The id that Chronograf gives what the environment defines.
const NUMBER: i64 = 0;

/// Every variable that is read.
pub const VARIABLES: [&str; 15] = [
    "INFLUXDB_URL",
    "INFLUXDB_USERNAME",
    "INFLUXDB_PASSWORD",
    "INFLUXDB_ORG",
    "INFLUXDB_TOKEN",
    "INFLUXDB_TYPE",
    "INFLUXDB_DEFAULT_DB",
    "INFLUXDB_MGMT_TOKEN",
    "INFLUXDB_CLUSTER_ID",
    "INFLUXDB_ACCOUNT_ID",
    "INFLUXDB_CLUSTERED_CLUSTER_ID",
    "INFLUXDB_CLUSTERED_ACCOUNT_ID",
    "KAPACITOR_URL",
    "KAPACITOR_USERNAME",
    "KAPACITOR_PASSWORD",
];

/// The connection that `INFLUXDB_URL` defines and the Kapacitor that `KAPACITOR_URL` defines, if they are set. A variable that is empty is
/// not set.
///
/// Both have the id 0 and are called by their URL, without the login that may be in it. The connection asks to be the default. It is v2 when
/// `INFLUXDB_ORG` and `INFLUXDB_TOKEN` are both set, v3 when `INFLUXDB_TYPE` says so, else v1.
///
/// What cannot be understood is an error that names its variable; it hides nothing else, except that there is no Kapacitor without a
/// connection.
pub fn read(variables: &Variables) -> (Found, Vec<Broken>) {
    let mut found = Found::default();
    let mut broken = Vec::new();
    let environment = Environment(variables);
    match environment.text("INFLUXDB_URL") {
        Some(url) => match environment.connection(&url).translate() {
            Ok((connection, notes)) => {
                found.remarks.extend(notes.iter().map(|note| remark(variable(note.field), &note.text)));
                found.remarks.extend(environment.unused());
                found.connections.push(connection);
            }
            Err(about) => broken.push(of(variable(about.field), about)),
        },
        None => found
            .remarks
            .extend(environment.without_url("INFLUXDB_URL", &["INFLUXDB_USERNAME", "INFLUXDB_PASSWORD", "INFLUXDB_ORG", "INFLUXDB_TOKEN"])),
    }
    match environment.text("KAPACITOR_URL") {
        Some(_) if found.connections.is_empty() => {
            let reason = "a Kapacitor needs a connection: set INFLUXDB_URL to one that can be used".to_owned();
            broken.push(Broken { line: None, field: Some("KAPACITOR_URL".to_owned()), reason });
        }
        Some(url) => match environment.kapacitor(&url).translate() {
            Ok((kapacitor, notes)) => {
                found.remarks.extend(notes.iter().map(|note| remark(kapacitor_variable(note.field), &note.text)));
                found.kapacitors.push(kapacitor);
            }
            Err(about) => broken.push(of(kapacitor_variable(about.field), about)),
        },
        None => found.remarks.extend(environment.without_url("KAPACITOR_URL", &["KAPACITOR_USERNAME", "KAPACITOR_PASSWORD"])),
    }
    (found, broken)
}

struct Environment<'a>(&'a Variables);

impl Environment<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    fn secret(&self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    fn is_set(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    fn is_v2(&self) -> bool {
        self.is_set("INFLUXDB_ORG") && self.is_set("INFLUXDB_TOKEN") && !matches!(self.kind(), Some(Kind::V3(_)))
    }

    fn kind(&self) -> Option<Kind> {
        Kind::parse(&self.text("INFLUXDB_TYPE").unwrap_or_default())
    }

    fn connection(&self, url: &str) -> ConnectionRecord {
        let record = ConnectionRecord {
            number: Some(NUMBER),
            name: name_of_url(url),
            url: Some(url.to_owned()),
            default: true,
            default_db: self.text("INFLUXDB_DEFAULT_DB"),
            ..ConnectionRecord::default()
        };
        if self.is_v2() {
            return ConnectionRecord {
                kind: Some(Kind::V2.as_str().to_owned()),
                username: self.text("INFLUXDB_ORG"),
                password: self.secret("INFLUXDB_TOKEN"),
                ..record
            };
        }
        let kind = self.text("INFLUXDB_TYPE");
        match self.kind() {
            Some(Kind::V2) => {
                ConnectionRecord { kind, username: self.text("INFLUXDB_ORG"), password: self.secret("INFLUXDB_TOKEN"), ..record }
            }
            Some(Kind::V3(edition)) => {
                let (cluster, account) = match edition {
                    V3Edition::Clustered => ("INFLUXDB_CLUSTERED_CLUSTER_ID", "INFLUXDB_CLUSTERED_ACCOUNT_ID"),
                    _ => ("INFLUXDB_CLUSTER_ID", "INFLUXDB_ACCOUNT_ID"),
                };
                ConnectionRecord {
                    kind,
                    database_token: self.secret("INFLUXDB_TOKEN"),
                    management_token: self.secret("INFLUXDB_MGMT_TOKEN"),
                    cluster_id: self.text(cluster),
                    account_id: self.text(account),
                    ..record
                }
            }
            Some(Kind::V1(_)) | None => {
                ConnectionRecord { kind, username: self.text("INFLUXDB_USERNAME"), password: self.secret("INFLUXDB_PASSWORD"), ..record }
            }
        }
    }

    fn kapacitor(&self, url: &str) -> KapacitorRecord {
        KapacitorRecord {
            number: Some(NUMBER),
            connection_number: Some(NUMBER),
            name: name_of_url(url),
            url: Some(url.to_owned()),
            username: self.text("KAPACITOR_USERNAME"),
            password: self.secret("KAPACITOR_PASSWORD"),
            active: true,
            ..KapacitorRecord::default()
        }
    }

    /// What is set although this kind of connection does not use it.
    fn unused(&self) -> Vec<Remark> {
        let (names, why): (&[&str], _) = match self.kind() {
            Some(Kind::V3(_)) => {
                (&["INFLUXDB_USERNAME", "INFLUXDB_PASSWORD", "INFLUXDB_ORG"], "is not used: InfluxDB 3 asks for a token only")
            }
            _ if self.is_v2() => {
                (&["INFLUXDB_USERNAME", "INFLUXDB_PASSWORD"], "is not used: INFLUXDB_ORG and INFLUXDB_TOKEN make it an InfluxDB 2")
            }
            _ => {
                (&["INFLUXDB_ORG", "INFLUXDB_TOKEN"], "is not used: it takes both INFLUXDB_ORG and INFLUXDB_TOKEN to make it an InfluxDB 2")
            }
        };
        names.iter().filter(|name| self.is_set(name)).map(|name| remark(name, why)).collect()
    }

    fn without_url(&self, url: &str, names: &[&str]) -> Vec<Remark> {
        let why = format!("is not used: {url} is not set");
        names.iter().filter(|name| self.is_set(name)).map(|name| remark(name, &why)).collect()
    }
}

fn remark(variable: &str, text: &str) -> Remark {
    Remark { line: None, text: format!("`{variable}`: {text}") }
}

fn of(variable: &str, about: About) -> Broken {
    Broken { line: None, field: Some(variable.to_owned()), reason: about.text }
}

/// The variable behind a field of the connection.
fn variable(field: &str) -> &'static str {
    match field {
        "type" => "INFLUXDB_TYPE",
        "username" => "INFLUXDB_ORG",
        "password" | "databaseToken" => "INFLUXDB_TOKEN",
        "defaultDB" => "INFLUXDB_DEFAULT_DB",
        _ => "INFLUXDB_URL",
    }
}

fn kapacitor_variable(field: &str) -> &'static str {
    match field {
        "username" => "KAPACITOR_USERNAME",
        "password" => "KAPACITOR_PASSWORD",
        _ => "KAPACITOR_URL",
    }
}

#[cfg(test)]
mod tests {
    use model::{SecretField, Target};
    use secrecy::ExposeSecret;

    use super::*;

    fn read_set(variables: &[(&str, &str)]) -> (Found, Vec<String>) {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (found, broken) = read(&variables);
        (found, broken.iter().map(ToString::to_string).collect())
    }

    fn remarks(found: &Found) -> Vec<&str> {
        found.remarks.iter().map(|remark| remark.text.as_str()).collect()
    }

    #[test]
    fn nothing_is_found_where_nothing_is_set() {
        let (found, broken) = read_set(&[("INFLUXDB_URL", ""), ("PATH", "/bin")]);
        assert!(found.connections.is_empty() && found.kapacitors.is_empty() && found.remarks.is_empty() && broken.is_empty());
    }

    #[test]
    fn a_url_with_user_and_password_is_a_v1_connection_and_the_default() {
        let (found, broken) = read_set(&[
            ("INFLUXDB_URL", "http://influx:8086"),
            ("INFLUXDB_USERNAME", "bob"),
            ("INFLUXDB_PASSWORD", "p&w"),
            ("KAPACITOR_URL", "https://kapacitor:9092/sub"),
            ("KAPACITOR_USERNAME", "kap"),
            ("KAPACITOR_PASSWORD", "kp"),
        ]);
        assert!(broken.is_empty() && found.remarks.is_empty(), "{broken:?} {:?}", found.remarks);
        let connection = &found.connections[0];
        assert_eq!((connection.number, connection.name.as_str(), connection.default), (Some(0), "http://influx:8086", true));
        assert_eq!(connection.organization, None);
        let Target::V1 { database, username, .. } = &connection.connection.target else { panic!("{connection:?}") };
        assert_eq!((database.as_str(), username.as_deref()), ("telegraf", Some("bob")));
        assert_eq!(connection.secrets[&SecretField::Password].expose_secret(), "p&w");
        let kapacitor = &found.kapacitors[0];
        assert_eq!((kapacitor.number, kapacitor.connection_number, kapacitor.active), (Some(0), Some(0), true));
        assert_eq!((kapacitor.name.as_str(), kapacitor.username.as_deref()), ("https://kapacitor:9092/sub", Some("kap")));
        assert_eq!(kapacitor.secrets[&SecretField::Password].expose_secret(), "kp");
    }

    #[test]
    fn a_login_in_the_url_is_used_and_is_no_part_of_the_name() {
        let (found, _) = read_set(&[("INFLUXDB_URL", "http://bob:hunter2@influx:8086")]);
        assert_eq!(found.connections[0].name, "http://influx:8086");
        assert_eq!(found.connections[0].secrets[&SecretField::Password].expose_secret(), "hunter2");
    }

    #[test]
    fn organization_and_token_together_make_it_v2() {
        let both = [("INFLUXDB_URL", "http://i"), ("INFLUXDB_ORG", "shop"), ("INFLUXDB_TOKEN", "t0k"), ("INFLUXDB_PASSWORD", "p")];
        let (found, broken) = read_set(&both);
        assert!(broken.is_empty());
        assert!(
            matches!(&found.connections[0].connection.target, Target::V2 { organization, bucket, .. } if organization == "shop" && bucket == "telegraf")
        );
        assert_eq!(found.connections[0].secrets[&SecretField::Token].expose_secret(), "t0k");
        assert_eq!(
            remarks(&found),
            [
                "`INFLUXDB_DEFAULT_DB`: no bucket is named; the Telegraf database is taken for it",
                "`INFLUXDB_PASSWORD`: is not used: INFLUXDB_ORG and INFLUXDB_TOKEN make it an InfluxDB 2",
            ]
        );
        for one in [1, 2] {
            let (found, _) = read_set(&[both[0], both[one]]);
            assert_eq!(found.connections[0].connection.target.driver(), "v1");
            assert!(remarks(&found)[0].contains("takes both"), "{:?}", found.remarks);
        }
    }

    #[test]
    fn a_type_of_version_3_makes_it_v3() {
        let (found, broken) = read_set(&[
            ("INFLUXDB_URL", "http://i"),
            ("INFLUXDB_TYPE", "influx-v3-clustered"),
            ("INFLUXDB_TOKEN", "t0k"),
            ("INFLUXDB_MGMT_TOKEN", "m"),
            ("INFLUXDB_CLUSTERED_CLUSTER_ID", "c"),
            ("INFLUXDB_CLUSTERED_ACCOUNT_ID", "a"),
            ("INFLUXDB_DEFAULT_DB", "shop"),
        ]);
        assert!(broken.is_empty());
        let Target::V3 { database, edition: V3Edition::Clustered, cluster_id, account_id, .. } = &found.connections[0].connection.target
        else {
            panic!("{:?}", found.connections)
        };
        assert_eq!((database.as_str(), cluster_id.as_deref(), account_id.as_deref()), ("shop", Some("c"), Some("a")));
        assert_eq!(found.connections[0].secrets.len(), 2);
    }

    #[test]
    fn what_cannot_be_understood_names_its_variable_and_not_its_value() {
        for (variables, message) in [
            (vec![("INFLUXDB_URL", "hunter2:8086")], vec!["`INFLUXDB_URL`: must begin with http:// or https://"]),
            (
                vec![("INFLUXDB_URL", "hunter2:8086"), ("KAPACITOR_URL", "http://k")],
                vec![
                    "`INFLUXDB_URL`: must begin with http:// or https://",
                    "`KAPACITOR_URL`: a Kapacitor needs a connection: set INFLUXDB_URL to one that can be used",
                ],
            ),
            (
                vec![("INFLUXDB_URL", "http://i"), ("KAPACITOR_URL", "hunter2")],
                vec!["`KAPACITOR_URL`: must begin with http:// or https://"],
            ),
        ] {
            assert_eq!(read_set(&variables).1, message);
        }
        let (_, broken) = read_set(&[("INFLUXDB_URL", "http://i"), ("INFLUXDB_TYPE", "hunter2")]);
        assert!(broken[0].starts_with("`INFLUXDB_TYPE`: is no type") && !broken[0].contains("hunter2"), "{broken:?}");
        let (_, broken) = read_set(&[("INFLUXDB_URL", "http://i"), ("INFLUXDB_TYPE", "influx-v2"), ("INFLUXDB_TOKEN", "hunter2")]);
        assert!(broken[0].starts_with("`INFLUXDB_ORG`: "), "{broken:?}");
    }

    #[test]
    fn a_login_without_a_url_is_told_of() {
        let (found, broken) = read_set(&[("INFLUXDB_PASSWORD", "hunter2"), ("KAPACITOR_USERNAME", "k")]);
        assert!(broken.is_empty() && found.connections.is_empty());
        assert_eq!(
            remarks(&found),
            ["`INFLUXDB_PASSWORD`: is not used: INFLUXDB_URL is not set", "`KAPACITOR_USERNAME`: is not used: KAPACITOR_URL is not set"]
        );
    }
}
