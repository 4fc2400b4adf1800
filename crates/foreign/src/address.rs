//! Reading a URL as people write it: with a login, with query parameters, with the path of an API call at its end.

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

/// What a URL says.
pub(crate) struct Address {
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
    /// Whether `http://` had to be put before it.
    pub(crate) scheme_assumed: bool,
}

/// Whose API a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    V1,
    V2,
    V3,
    Kapacitor,
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAnAddress {
    /// Nothing that looks like a URL.
    Unreadable,
    /// It leads to a SQL database.
    Sql,
    /// Another scheme than `http` and `https`: `udp`, `unix`.
    Scheme,
    /// The login holds characters that must be percent-encoded.
    Login,
}

impl NotAnAddress {
    /// What is wrong and what to do.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Unreadable => "is no URL; write it as http://host:port or https://host:port",
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

/// The paths of the APIs, the longest first where one ends another. What stands before is a proxy's sub-path.
const PATHS: [(&str, Api); 13] = [
    ("/kapacitor/v1preview/", Api::Kapacitor),
    ("/kapacitor/v1/", Api::Kapacitor),
    ("/kapacitor/", Api::Kapacitor),
    ("/api/v3/", Api::V3),
    ("/api/v2/", Api::V2),
    ("/api/v2private/", Api::V2),
    ("/orgs/", Api::V2),
    ("/write/", Api::V1),
    ("/query/", Api::V1),
    ("/ping/", Api::V1),
    ("/debug/vars/", Api::V1),
    ("/health/", Api::V2),
    ("/metrics/", Api::V2),
];

/// Reads a URL. White space, quotes and angle brackets around it are not part of it.
pub(crate) fn read(text: &str) -> Result<Address, NotAnAddress> {
    let text = text.trim().trim_matches(['"', '\'', '`', '<', '>', ',', ';']).trim();
    if is_sql(text) {
        return Err(NotAnAddress::Sql);
    }
    let scheme_assumed = !text.contains("://");
    if scheme_assumed && !is_host_and_port(text) {
        return Err(match text.split_once(':') {
            Some(("udp" | "unix" | "tcp", _)) => NotAnAddress::Scheme,
            _ => NotAnAddress::Unreadable,
        });
    }
    let parsed = if scheme_assumed { Url::parse(&format!("http://{text}")) } else { Url::parse(text) };
    let Ok(mut url) = parsed else {
        return Err(if text.contains('@') { NotAnAddress::Login } else { NotAnAddress::Unreadable });
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(NotAnAddress::Scheme);
    }
    // `http://bob:12/3@host` parses, with the host `bob`.
    if url.username().is_empty() && url.password().is_none() && [url.path(), url.fragment().unwrap_or_default()].concat().contains('@') {
        return Err(NotAnAddress::Login);
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| NotAnAddress::Login);
    let username = Some(decoded(url.username())?).filter(|name| !name.is_empty());
    let password = url.password().map(decoded).transpose()?.filter(|text| !text.is_empty()).map(SecretString::from);
    let query = url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    url.set_query(None);
    url.set_fragment(None);
    // Both fail only for URLs without a host, and http has one.
    let _ = (url.set_username(""), url.set_password(None));
    let api = cut_path(&mut url);
    Ok(Address { url, username, password, query, api, scheme_assumed })
}

impl Address {
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
            let before = path[..at].to_owned();
            url.set_path(&before);
            return Some(api);
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
        "postgres", "postgresql", "mysql", "mysqlx", "mariadb", "sqlite", "sqlite3", "sqlserver", "mssql", "clickhouse", "oracle", "odbc",
        "jdbc", "duckdb", "cockroachdb", "redshift", "snowflake",
    ];
    let lower = text.to_ascii_lowercase();
    let scheme = lower.split(':').next().unwrap_or_default();
    // SQLAlchemy names its driver behind a plus sign.
    let scheme = scheme.split('+').next().unwrap_or_default();
    let keys = lower.split([';', ' ']).filter_map(|part| part.split_once('=')).map(|(key, _)| key.trim().to_owned()).collect::<Vec<_>>();
    let has = |names: &[&str]| names.iter().any(|name| keys.iter().any(|key| key == name));
    (lower.contains(':') && SCHEMES.contains(&scheme))
        || lower.contains("@tcp(")
        || lower.contains("@unix(")
        || (!lower.contains("://") && has(&["dbname", "driver", "initial catalog", "data source"]))
        || (!lower.contains("://") && has(&["server"]) && has(&["database", "uid", "user id"]))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn shown(text: &str) -> String {
        match read(text) {
            Ok(address) => format!(
                "{} {:?} {} {} {:?}",
                address.url,
                address.api,
                address.username.as_deref().unwrap_or("-"),
                address.password.as_ref().map_or("-", |password| password.expose_secret()),
                address.query
            ),
            Err(error) => format!("{error:?}"),
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
