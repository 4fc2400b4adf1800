//! A URL as people paste it: of a server, of an API call, with or without its scheme; and the addresses of SQL databases, to tell them apart.

use secrecy::SecretString;
use url::Url;

use crate::chronograf::address::{self, Address};

/// What a URL says.
pub(crate) struct Location {
    /// The base: scheme, host, port and a proxy's sub-path, nothing else.
    pub(crate) url: Url,
    /// The user in it.
    pub(crate) username: Option<String>,
    /// The password in it.
    pub(crate) password: Option<SecretString>,
    /// The query parameters, decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The API whose path was at its end.
    pub(crate) api: Option<Api>,
    /// What was tidied up or assumed, without any value.
    pub(crate) notes: Vec<&'static str>,
}

/// Whose API a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    V1,
    V2,
    V3,
    Kapacitor,
}

/// Why a text is no such URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nowhere {
    /// Nothing that looks like a URL, and why.
    Unreadable(&'static str),
    /// It leads to a SQL database.
    Sql,
    /// Another scheme than `http` and `https`: `udp`, `unix`.
    Scheme,
    /// The login holds characters that must be percent-encoded.
    Login,
}

impl Nowhere {
    /// What is wrong and what to do.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Unreadable(reason) => reason,
            Self::Sql => SQL,
            Self::Scheme => "only http and https can be kept; give the server's HTTP address",
            Self::Login => {
                "the login in the URL cannot be told from the rest; percent-encode `/`, `?`, `#`, `@` and `%` in it, or give it in its own fields"
            }
        }
    }
}

/// What is said to somebody who pastes the address of a SQL database.
pub(crate) const SQL: &str = "this is a SQL database, not an InfluxDB: `tributary database create` keeps it";

/// The paths of API calls, and whose they are where only one product has them. What stands before is a proxy's sub-path.
const PATHS: [(&str, Option<Api>); 9] = [
    ("/kapacitor/v1/", Some(Api::Kapacitor)),
    ("/api/v3/", Some(Api::V3)),
    ("/api/v2/", Some(Api::V2)),
    ("/orgs/", Some(Api::V2)),
    ("/write/", Some(Api::V1)),
    ("/query/", Some(Api::V1)),
    ("/debug/vars/", Some(Api::V1)),
    ("/ping/", None),
    ("/health/", None),
];

/// Reads a URL. White space, quotes and angle brackets around it are not part of it.
pub(crate) fn read(text: &str) -> Result<Location, Nowhere> {
    let text = text.trim().trim_matches(['"', '\'', '`', '<', '>', ',', ';']).trim();
    if is_sql(text) {
        return Err(Nowhere::Sql);
    }
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let has_host_and_port = scheme.is_none() && is_host_and_port(text);
    let read = match scheme.as_deref() {
        Some("http" | "https") => address::read(text),
        Some(_) => return Err(Nowhere::Scheme),
        None if has_host_and_port => address::read(&format!("http://{text}")),
        None => address::read(text),
    };
    let Address { mut url, username, password, parameters, mut notes } = read.map_err(|reason| match text.contains('@') {
        true => Nowhere::Login,
        false => Nowhere::Unreadable(reason),
    })?;
    // `http://bob:12/3@host` and `http://bob:12#3@host` parse, with the host `bob`.
    if username.is_none()
        && password.is_none()
        && text.contains('@')
        && (url.path().contains('@') || notes.iter().any(|note| note.contains('#')))
    {
        return Err(Nowhere::Login);
    }
    if has_host_and_port {
        notes.push("the URL has no scheme: http is assumed");
    }
    let api = cut_path(&mut url);
    Ok(Location { url, username, password: password.map(SecretString::from), query: parameters, api, notes })
}

impl Location {
    /// The first of these query parameters that is there and not blank.
    pub(crate) fn parameter(&self, names: &[&str]) -> Option<String> {
        self.query.iter().find(|(key, value)| names.contains(&key.as_str()) && !value.trim().is_empty()).map(|(_, value)| value.clone())
    }
}

/// Takes the path of an API call off the end.
fn cut_path(url: &mut Url) -> Option<Api> {
    let path = format!("{}/", url.path().trim_end_matches('/'));
    for (end, api) in PATHS {
        // These stand anywhere, the others at the end only: a proxy's sub-path may be called `write`.
        let anywhere = end.starts_with("/api/") || end.starts_with("/kapacitor/") || end == "/orgs/";
        let found = if anywhere { path.find(end) } else { path.ends_with(end).then(|| path.len() - end.len()) };
        if let Some(at) = found {
            url.set_path(&path[..at]);
            return api;
        }
    }
    None
}

/// Whether the text is a host and a port, and perhaps a path, without a scheme.
fn is_host_and_port(text: &str) -> bool {
    let authority = text.split(['/', '?']).next().unwrap_or_default();
    let Some((host, port)) = authority.rsplit_once(':') else { return false };
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '[' | ']' | ':');
    !host.is_empty() && host.chars().all(plain) && (!host.contains(':') || host.starts_with('[')) && port.parse::<u16>().is_ok()
}

/// Whether the text is a connection string of a SQL database, in any of the usual forms.
pub(crate) fn is_sql(text: &str) -> bool {
    const SCHEMES: [&str; 17] = [
        "postgres",
        "postgresql",
        "mysql",
        "mysqlx",
        "mariadb",
        "sqlite",
        "sqlite3",
        "sqlserver",
        "mssql",
        "clickhouse",
        "oracle",
        "odbc",
        "jdbc",
        "duckdb",
        "cockroachdb",
        "redshift",
        "snowflake",
    ];
    let lower = text.trim().to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return false;
    }
    let scheme = lower.split(':').next().unwrap_or_default();
    // SQLAlchemy names its driver behind a plus sign.
    let scheme = scheme.split('+').next().unwrap_or_default();
    let has = |names: &[&str]| lower.split([';', ' ']).filter_map(|part| part.split_once('=')).any(|(key, _)| names.contains(&key.trim()));
    (lower.contains(':') && SCHEMES.contains(&scheme))
        || lower.contains("@tcp(")
        || lower.contains("@unix(")
        || has(&["dbname", "driver", "initial catalog"])
        || (has(&["server", "data source"]) && has(&["database", "uid", "user id"]))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn shown(text: &str) -> String {
        match read(text) {
            Ok(location) => format!(
                "{} {:?} {} {} {:?}",
                location.url,
                location.api,
                location.username.as_deref().unwrap_or("-"),
                location.password.as_ref().map_or("-", |password| password.expose_secret()),
                location.query
            ),
            Err(error) => format!("{error:?}").split('(').next().unwrap().to_owned(),
        }
    }

    #[test]
    fn a_url_is_taken_apart() {
        for (text, expected) in [
            ("http://h:8086", "http://h:8086/ None - - []"),
            ("  'https://h/influx/'  ", "https://h/influx/ None - - []"),
            ("<http://h:8086>,", "http://h:8086/ None - - []"),
            ("http://bob:p%40ss%2F@h:8086/?db=x", r#"http://h:8086/ None bob p@ss/ [("db", "x")]"#),
            ("http://bob:p@ss@h:8086", "http://h:8086/ None bob p@ss []"),
            ("http://bob:p^|ss@h:8086", "http://h:8086/ None bob p^|ss []"),
            ("http://bob:100%@h:8086", "http://h:8086/ None bob 100% []"),
            ("http://h/influx/write?db=x&rp=y", r#"http://h/influx Some(V1) - - [("db", "x"), ("rp", "y")]"#),
            ("http://h/api/v2/write?org=a%20b&bucket=c+d", r#"http://h/ Some(V2) - - [("org", "a b"), ("bucket", "c d")]"#),
            ("http://h/p/api/v3/write_lp?db=x", r#"http://h/p Some(V3) - - [("db", "x")]"#),
            ("http://h/write/influx", "http://h/write/influx None - - []"),
            ("http://h:9092/kapacitor/v1/ping", "http://h:9092/ Some(Kapacitor) - - []"),
            ("localhost:8086", "http://localhost:8086/ None - - []"),
            ("[::1]:8086", "http://[::1]:8086/ None - - []"),
            ("HTTP://H:8086", "http://h:8086/ None - - []"),
            ("http://bob:12/3@h", "Login"),
            ("http://bob:p#q@h", "Login"),
            ("http://bob:1#q@h", "Login"),
            ("http://", "Unreadable"),
            ("influx", "Unreadable"),
            ("udp://127.0.0.1:8089", "Scheme"),
            ("unix:///var/run/influxdb.sock", "Scheme"),
            ("postgres://u:p@h/db", "Sql"),
            ("postgresql+psycopg2://u:p@h/db", "Sql"),
            ("jdbc:mysql://h/db", "Sql"),
            ("root:pw@tcp(127.0.0.1:3306)/shop", "Sql"),
            ("host=h user=u dbname=shop", "Sql"),
            ("Server=h;Database=shop;Uid=u;Pwd=p", "Sql"),
            ("sqlite:shop.db", "Sql"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
