//! What the engines that are servers share: the way to one.

use std::{future::Future, io, time::Duration};

use model::{Database, Engine, Failure, FailureKind, SecretField, database::Server, edges::DatabaseAccess, secret::SecretString};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::Steps;

/// How long a name may take to resolve, and an address to answer.
const REACH_LIMIT: Duration = Duration::from_secs(5);

/// Opens a session within the database's time limit.
///
/// # Errors
/// `SqlUnreachable` when there is no answer in time.
pub(crate) async fn in_time<S>(limit_ms: u32, about: &str, opening: impl Future<Output = Result<S, Failure>>) -> Result<S, Failure> {
    timeout(Duration::from_millis(limit_ms.into()), opening).await.unwrap_or_else(|_| {
        let words = format!("{about}: no answer in {limit_ms} ms (`connect_timeout_ms`)");
        Err(Failure::new(FailureKind::SqlUnreachable, words))
    })
}

/// How long preparing may take, beside the time in which it waits for a lock.
const PREPARE_LIMIT: Duration = Duration::from_secs(60);
/// How long after its time limit a statement may still be running: beyond it the server, which should have ended it, is gone.
const GRACE: Duration = Duration::from_secs(30);

/// When a read is given up because the server has gone without a word; never when statements have no limit.
pub(crate) fn time_limit(database: &Database) -> Option<Duration> {
    let statement_timeout_ms = database.statement_timeout_ms;
    (statement_timeout_ms > 0).then(|| Duration::from_millis(statement_timeout_ms.into()) + GRACE)
}

/// Prepares a query of this database, of which nothing runs yet.
///
/// # Errors
/// Those of `preparing`; `SqlUnreachable` when the server has gone without a word.
pub(crate) async fn prepared<T>(database: &Database, preparing: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let limit = Duration::from_millis(database.lock_timeout_ms.into()) + PREPARE_LIMIT;
    let late = || Failure::new(FailureKind::SqlUnreachable, format!("preparing the query: no answer in {} s", limit.as_secs()));
    timeout(limit, preparing).await.map_err(|_| late())?
}

/// The certificate that is shown to the server, and its key.
pub(crate) fn shown(access: &DatabaseAccess) -> Option<(&str, &SecretString)> {
    let (Engine::Postgres(server) | Engine::Mysql(server)) = &access.database.engine else { return None };
    server.client_certificate.as_deref().zip(access.secrets.get(&SecretField::ClientKey))
}

/// Tries the way to the server and tells each step: `dns` and `tcp`, or `socket` for a path. Returns whether it is open; when it is not,
/// the failure has been told.
pub(crate) async fn reach(server: &Server, default_port: u16, steps: &mut Steps<'_>) -> bool {
    let host = server.host.as_str();
    if host.starts_with('/') {
        let exists = std::path::Path::new(host).exists();
        if exists {
            steps.passed("socket", format!("{host} is there"), &[]);
        } else {
            steps.failed("socket", &Failure::new(FailureKind::SqlUnreachable, format!("there is no {host}")), "host");
        }
        return exists;
    }
    let port = server.port.unwrap_or(default_port);
    let addresses = match timeout(REACH_LIMIT, lookup_host((host, port))).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(error)) => {
            steps.failed("dns", &unreachable(format!("looking up {host}"), error), "host");
            return false;
        }
        Err(_) => {
            steps.failed("dns", &silent(format!("looking up {host}")), "host");
            return false;
        }
    };
    let names: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    steps.passed("dns", format!("{host} is {}", names.join(", ")), &[("address", &names.join(", "))]);
    let mut last = silent(format!("connecting to {host}:{port}"));
    for address in addresses {
        match timeout(REACH_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => {
                steps.passed("tcp", format!("{address} accepts connections"), &[("address", &address.to_string())]);
                return true;
            }
            Ok(Err(error)) => last = unreachable(format!("connecting to {address}"), error),
            Err(_) => last = silent(format!("connecting to {address}")),
        }
    }
    steps.failed("tcp", &last, "port");
    false
}

fn unreachable(doing: String, error: io::Error) -> Failure {
    Failure::new(FailureKind::SqlUnreachable, doing).because(error)
}

fn silent(doing: String) -> Failure {
    Failure::new(FailureKind::SqlUnreachable, format!("{doing}: no answer in {} s", REACH_LIMIT.as_secs()))
}
