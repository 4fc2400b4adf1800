//! A database as people see it.

use model::{
    Database as Spec, Engine, SecretField,
    database::{Adbc, Odbc},
};

use super::super::{length, sheet::Sheet, stored::Shown};

/// Where a database is.
fn place(engine: &Engine) -> String {
    match engine {
        Engine::Sqlite { path } => path.clone(),
        Engine::Postgres(server) | Engine::Mysql(server) => {
            let port = server.port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}{port}/{}", server.host, server.database)
        }
        Engine::Adbc(adbc) => adbc.uri.clone(),
        Engine::Odbc(odbc) => odbc.connection.clone(),
    }
}

pub(super) fn row(shown: Shown<Spec>) -> Vec<String> {
    let username = match &shown.spec.engine {
        Engine::Sqlite { .. } => String::new(),
        Engine::Postgres(server) | Engine::Mysql(server) => server.username.clone(),
        Engine::Adbc(Adbc { username, .. }) | Engine::Odbc(Odbc { username, .. }) => username.clone().unwrap_or_default(),
    };
    let secret = match shown.secrets.get(&SecretField::Password) {
        Some(state) => if state.set { "kept" } else { "not set" }.to_owned(),
        None => String::new(),
    };
    vec![shown.name, shown.spec.engine.kind().to_owned(), place(&shown.spec.engine), username, secret]
}

pub(super) fn sheet(shown: &Shown<Spec>, sheet: Sheet) -> Sheet {
    let spec = &shown.spec;
    let sheet = sheet.line("engine", spec.engine.kind());
    let sheet = match &spec.engine {
        Engine::Sqlite { path } => sheet.line("path", path),
        Engine::Postgres(server) | Engine::Mysql(server) => sheet
            .line("host", &server.host)
            .maybe("port", server.port)
            .line("database", &server.database)
            .line("username", &server.username)
            .line("tls", format!("{:?}", server.tls).to_lowercase())
            .maybe("trusted", server.ca_certificate.as_ref().map(|_| "the public authorities and its own"))
            .maybe("shows", server.client_certificate.as_ref().map(|_| "a client certificate")),
        Engine::Adbc(adbc) => {
            let sheet = sheet.line("driver", &adbc.driver).maybe("entrypoint", adbc.entrypoint.as_ref()).line("uri", &adbc.uri);
            let sheet = adbc.options.iter().fold(sheet, |sheet, (name, value)| sheet.line("option", format!("{name}={value}")));
            sheet.maybe("username", adbc.username.as_ref()).line("dialect", format!("{:?}", adbc.dialect).to_lowercase())
        }
        Engine::Odbc(odbc) => sheet
            .line("connection", &odbc.connection)
            .maybe("username", odbc.username.as_ref())
            .line("dialect", format!("{:?}", odbc.dialect).to_lowercase()),
    };
    let limit = match spec.statement_timeout_ms {
        0 => "none".to_owned(),
        limit => length::of_millis(limit.into()),
    };
    sheet
        .line("connect timeout", length::of_millis(spec.connect_timeout_ms.into()))
        .line("lock timeout", length::of_millis(spec.lock_timeout_ms.into()))
        .line("statement timeout", limit)
        .line("reads at once", spec.max_reads)
        .maybe("notes", Some(&spec.notes))
}
