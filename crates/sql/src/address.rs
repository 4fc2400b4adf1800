//! A database from its URL, for the command line.

use model::{Database, Engine, Failure, FailureKind, Tls, database::Server};
use secrecy::SecretString;
use url::Url;

use crate::engines::engines;

/// The database that a URL names, and the password in it: `postgres://user:password@host:5432/database?tls=require`, `mysql://…`,
/// `mariadb://…`, `sqlite:/absolute/path.db` (or `sqlite:relative.db`, against the working directory).
///
/// The only query parameter is `tls` (`disable`, `prefer`, `require`, `verify`); `sslmode` and `ssl-mode` with the clients' own words are
/// understood too. Anything else is refused rather than ignored.
///
/// # Errors
/// `SqlInvalid`, without the URL's password in it.
pub fn database_from_url(text: &str) -> Result<(Database, Option<SecretString>), Failure> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err(wrong("the URL names no file; write sqlite:/path/to/file.db"));
        }
        let path = std::path::absolute(path).map_err(|error| wrong("the file's path cannot be made absolute").because(error))?;
        return Ok((Database::new(Engine::Sqlite { path: path.to_string_lossy().into_owned() }), None));
    }
    let url = Url::parse(text).map_err(|error| wrong("the database's URL cannot be read").because(error))?;
    let server = |url: &Url| -> Result<Server, Failure> {
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("the URL names no host"))?;
        let database = decoded(url.path().trim_start_matches('/'))?;
        if database.is_empty() {
            return Err(wrong("the URL names no database; it belongs behind the host: …@host/database"));
        }
        let username = decoded(url.username())?;
        if username.is_empty() {
            return Err(wrong("the URL names no user; it belongs before the host: user@host"));
        }
        let host = decoded(host.trim_matches(['[', ']']))?;
        Ok(Server { port: url.port(), tls: tls(url)?, ..Server::new(host, database, username) })
    };
    let engine = match url.scheme() {
        "postgres" | "postgresql" => Engine::Postgres(server(&url)?),
        "mysql" | "mariadb" => Engine::Mysql(server(&url)?),
        other => {
            let known: Vec<&str> = engines().iter().map(|engine| engine.kind).collect();
            return Err(wrong(format!("no engine reads `{other}`; known are {}", known.join(", "))));
        }
    };
    let password = url.password().map(decoded).transpose()?.map(SecretString::from);
    Ok((Database::new(engine), password))
}

fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::SqlInvalid, what)
}

fn tls(url: &Url) -> Result<Tls, Failure> {
    let mut tls = Tls::default();
    for (name, value) in url.query_pairs() {
        tls = match (name.to_ascii_lowercase().as_str(), value.to_ascii_lowercase().replace('_', "-").as_str()) {
            ("tls" | "sslmode" | "ssl-mode", "disable" | "disabled") => Tls::Disable,
            ("tls" | "sslmode" | "ssl-mode", "prefer" | "preferred") => Tls::Prefer,
            ("tls" | "sslmode" | "ssl-mode", "require" | "required") => Tls::Require,
            ("tls" | "sslmode" | "ssl-mode", "verify" | "verify-full" | "verify-identity") => Tls::Verify,
            ("tls" | "sslmode" | "ssl-mode", _) => return Err(wrong("`tls` is disable, prefer, require or verify")),
            (other, _) => return Err(wrong(format!("`{other}` is no parameter of a database's URL; the only one is `tls`"))),
        };
    }
    Ok(tls)
}

/// Undoes percent-encoding. The `url` crate keeps it in user, password, host and path.
fn decoded(text: &str) -> Result<String, Failure> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| char::from(digit).to_digit(16);
        match (*first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let byte = hex(*high).zip(hex(*low)).map_or(0, |(high, low)| high * 16 + low);
                bytes.extend(u8::try_from(byte));
                rest = after;
            }
            (byte, after) => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong("the URL is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_url_gives_the_database_and_its_password() {
        let (database, password) = database_from_url("postgres://anna:p%40ss%2Fword@db.example:5433/shop%20one?tls=require").unwrap();
        let Engine::Postgres(server) = database.engine else { panic!("not postgres") };
        assert_eq!((server.host.as_str(), server.port), ("db.example", Some(5433)));
        assert_eq!((server.database.as_str(), server.username.as_str(), server.tls), ("shop one", "anna", Tls::Require));
        assert_eq!(password.unwrap().expose_secret(), "p@ss/word");

        let (database, password) = database_from_url("mariadb://anna@[::1]/shop").unwrap();
        let Engine::Mysql(server) = database.engine else { panic!("not mysql") };
        assert_eq!((server.host.as_str(), server.port), ("::1", None));
        assert!(password.is_none());
    }

    #[test]
    fn a_sqlite_url_gives_an_absolute_path() {
        for (url, path) in [("sqlite:/a/b.db", "/a/b.db"), ("sqlite:///a/b.db", "/a/b.db")] {
            let (database, _) = database_from_url(url).unwrap();
            assert_eq!(database.engine, Engine::Sqlite { path: path.to_owned() });
        }
        let (database, _) = database_from_url("sqlite:b.db").unwrap();
        let Engine::Sqlite { path } = database.engine else { panic!("not sqlite") };
        assert!(std::path::Path::new(&path).is_absolute() && path.ends_with("b.db"), "{path}");
    }

    #[test]
    fn a_wrong_url_says_what_is_wrong_and_never_the_password() {
        for (url, word) in [
            ("oracle://anna:hunter2@h/d", "oracle"),
            ("postgres://anna:hunter2@h", "no database"),
            ("postgres://anna:hunter2@h:x/d", "cannot be read"),
            ("postgres://:hunter2@h/d", "no user"),
            ("mysql://anna:hunter2@h/d?allowLoadLocalInfile=true", "allowloadlocalinfile"),
            ("mysql://anna:hunter2@h/d?tls=perhaps", "disable, prefer"),
            ("sqlite:", "no file"),
        ] {
            let failure = database_from_url(url).unwrap_err();
            assert!(failure.chain().contains(word), "{url}: {}", failure.chain());
            assert!(!failure.chain().contains("hunter2") && !format!("{failure:?}").contains("hunter2"));
        }
    }
}
