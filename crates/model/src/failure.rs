//! Failures: what can go wrong at the edges of the house, and, per kind, whether time heals it or a person must.
//!
//! This is the one file that decides: retry after how long, hold, or a person; and the sentence that person reads.

use std::{error::Error, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::Code;

/// Something went wrong while talking to a database, an InfluxDB or the store.
///
/// `Display` says this link only (what was being done); [`Failure::chain`] prints the whole chain in one line.
#[derive(Debug)]
pub struct Failure {
    /// What kind of thing it is: decides what happens next.
    pub kind: FailureKind,
    /// The cause, where more is known than the kind; see [`Failure::code`].
    pub cause: Option<Code>,
    /// What was being done or what is wrong, lower case, no period, no secret: `connecting to 127.0.0.1:5432`.
    pub doing: String,
    /// What the other side asked for (`Retry-After`), if it did.
    pub retry_after: Option<Duration>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: FailureKind, doing: impl Into<String>) -> Self {
        Self { kind, cause: None, doing: doing.into(), retry_after: None, source: None }
    }

    /// The same, caused by `source`.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same, with the code of its cause.
    #[must_use]
    pub fn coded(mut self, code: Code) -> Self {
        self.cause = Some(code);
        self
    }

    /// The stable code: of the cause, or of the kind when no more is known.
    pub fn code(&self) -> Code {
        self.cause.unwrap_or(Code::Kind(self.kind))
    }

    /// The same, with the time the other side asked to wait.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The whole chain in one line: `reading row 7: connection reset by peer`. A link that only repeats what was said is left out.
    pub fn chain(&self) -> String {
        let mut text = self.doing.clone();
        let mut next = self.source();
        while let Some(error) = next {
            let link = error.to_string();
            if !text.contains(&link) {
                text.push_str(": ");
                text.push_str(&link);
            }
            next = error.source();
        }
        text.replace(['\n', '\r'], " ")
    }

    /// What to do about it, one line for the person who reads it.
    pub fn advice(&self) -> String {
        self.code().advice().to_owned()
    }

    /// Whether time heals it.
    pub const fn policy(&self) -> Policy {
        self.kind.policy()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.doing)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// What happens after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Time heals it: try again with growing pauses (or after the pause that was asked for).
    Retry,
    /// Nothing is wrong with the data, but a person must change something on the other side (a login, a grant, a full disk): data is
    /// held and tried again with long pauses, never dropped.
    Hold,
    /// A person must change the object itself; trying again would fail again.
    Person,
}

/// What kind of thing went wrong. The text form (`sql_unreachable`) is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The database does not answer, or the connection to it broke.
    SqlUnreachable,
    /// The database refused the TLS handshake, or we refused its certificate.
    SqlTls,
    /// The database refused the login.
    SqlAuthentication,
    /// The server answers, but has no such database (or no such file).
    SqlDatabaseMissing,
    /// The login may not read what the query names.
    SqlForbidden,
    /// The query does not parse, or names what does not exist.
    SqlInvalid,
    /// The query is not one reading statement.
    SqlNotReadOnly,
    /// The query returns no columns.
    SqlNoColumns,
    /// The query returns two columns of one name.
    SqlDuplicateColumn,
    /// A placeholder has no value, or a wrong one.
    SqlParameter,
    /// The cursor of an incremental series cannot be used as it stands.
    Cursor,
    /// A column holds a value that does not fit the type it began with.
    SqlTypeChanged,
    /// The statement ran into its time limit.
    SqlTimeout,
    /// The database reported an error while the rows were on their way.
    SqlFailed,
    /// The mapping names a column that the result does not have, or asks for what a column's type cannot give.
    Mapping,
    /// The URL or folder of a connection cannot be used as it stands.
    InfluxUrl,
    /// InfluxDB's host name does not resolve.
    InfluxDns,
    /// Nothing answers at InfluxDB's address, or the connection broke.
    InfluxUnreachable,
    /// The TLS handshake failed, or the certificate was refused.
    InfluxTls,
    /// Something answers, but it is not the InfluxDB that the driver speaks to.
    InfluxProduct,
    /// 401: the login or token is wrong or missing.
    InfluxAuthentication,
    /// 403: the login or token may not write there.
    InfluxForbidden,
    /// 404: the database, bucket, organization or retention policy does not exist.
    InfluxMissing,
    /// InfluxDB asks to wait (429, 503) or is overloaded.
    InfluxBusy,
    /// The request ran into its time limit; it may or may not have been written.
    InfluxTimeout,
    /// One single line is larger than the server takes.
    InfluxTooLarge,
    /// A limit of the server is reached (databases, columns, series): writing more is refused until a person acts.
    InfluxLimit,
    /// InfluxDB answered with an error of its own (5xx).
    InfluxFailed,
    /// InfluxDB answered in a way that its documents do not describe.
    InfluxUnexpected,
    /// InfluxDB does not understand the query that it is asked, or the query would do more than read.
    InfluxQuery,
    /// The folder cannot be written: full disk, missing, no permission.
    FolderWrite,
    /// A run has more rejects than are kept, and the series says to stop then.
    RejectLimit,
    /// The store could not read or write.
    Store,
    /// The run was stopped by a person.
    Cancelled,
    /// The node that ran it went away or lost its lease.
    Interrupted,
    /// A schedule cannot be read.
    Schedule,
    /// A fault in Tributary itself.
    Internal,
}

impl FailureKind {
    /// The stable text form: `sql_unreachable`.
    pub fn as_str(self) -> String {
        serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether time heals it, it is held, or a person must change the object.
    pub const fn policy(self) -> Policy {
        match self {
            Self::SqlUnreachable
            | Self::SqlTimeout
            | Self::SqlFailed
            | Self::InfluxDns
            | Self::InfluxUnreachable
            | Self::InfluxBusy
            | Self::InfluxTimeout
            | Self::InfluxFailed
            | Self::InfluxUnexpected
            | Self::Store
            | Self::Interrupted => Policy::Retry,
            Self::SqlAuthentication
            | Self::SqlDatabaseMissing
            | Self::SqlForbidden
            | Self::InfluxTls
            | Self::InfluxProduct
            | Self::InfluxAuthentication
            | Self::InfluxForbidden
            | Self::InfluxMissing
            | Self::InfluxLimit
            | Self::FolderWrite => Policy::Hold,
            Self::SqlTls
            | Self::SqlInvalid
            | Self::SqlNotReadOnly
            | Self::SqlNoColumns
            | Self::SqlDuplicateColumn
            | Self::SqlParameter
            | Self::SqlTypeChanged
            | Self::Cursor
            | Self::Mapping
            | Self::RejectLimit
            | Self::InfluxUrl
            | Self::InfluxTooLarge
            | Self::InfluxQuery
            | Self::Cancelled
            | Self::Schedule
            | Self::Internal => Policy::Person,
        }
    }

    /// What to do about it, one line.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::SqlUnreachable => "check that the database server runs and that host and port are right; it is tried again by itself",
            Self::SqlTls => "set the database's `tls` to what the server offers, or give the server a certificate that verifies",
            Self::SqlAuthentication => "check the database's username and password",
            Self::SqlDatabaseMissing => "check the database's name, or the path of the file",
            Self::SqlForbidden => "grant the database's user the right to read what the query names",
            Self::SqlInvalid => "correct the query; trying it in a SQL client shows the same message",
            Self::SqlNotReadOnly => {
                "a query is one SELECT (or WITH … SELECT, VALUES, SHOW); remove what writes and what follows a semicolon"
            }
            Self::SqlNoColumns => "a query must return at least one column",
            Self::SqlDuplicateColumn => "give each column of the query a name of its own with AS",
            Self::SqlParameter => "give every placeholder of the query a value of its type",
            Self::SqlTypeChanged => "cast the column to one type in the query: CAST(x AS …)",
            Self::SqlTimeout => {
                "make the query faster (an index, a shorter window) or raise the database's time limit (`statement_timeout_ms`)"
            }
            Self::SqlFailed => "the database stopped sending rows; its own log says more",
            Self::Cursor => "choose a cursor column that only grows, its key, and a fence that the database can tell",
            Self::RejectLimit => "look at the run's rejects and mend their cause, or raise the series' limit of rejects",
            Self::Mapping => "correct the series' mapping so that it names columns of the query's result",
            Self::InfluxUrl => "give the address as http://host:port or https://host:port, and a folder as an absolute path",
            Self::InfluxDns => "check the host name in the connection's URL; from inside a container `localhost` is the container itself",
            Self::InfluxUnreachable => "check that InfluxDB runs and that host and port are right; it is tried again by itself",
            Self::InfluxTls => "check https against http in the URL, and the server's certificate",
            Self::InfluxProduct => "check the port and the driver: v1, v2 and v3 are different servers, and 9092 is usually a Kapacitor",
            Self::InfluxAuthentication => "check the username and password, or the token; data is held until it works",
            Self::InfluxForbidden => "grant the login or token the right to write there; data is held until it works",
            Self::InfluxMissing => {
                "create the database or bucket, or correct its name (and the retention policy's); data is held until it works"
            }
            Self::InfluxBusy => "InfluxDB asks to wait; it is tried again by itself",
            Self::InfluxTimeout => {
                "InfluxDB took longer than the connection's time limit (`timeout_ms`); the same data is sent again by itself"
            }
            Self::InfluxTooLarge => "one row becomes a line that is larger than the server takes: shorten its text",
            Self::InfluxLimit => "raise the limit on the server or write fewer tags, columns or databases; data is held until it works",
            Self::InfluxFailed => "InfluxDB reports an error of its own; its log says more; it is tried again by itself",
            Self::InfluxUnexpected => "the answer is none that InfluxDB gives; look for a proxy between Tributary and the server",
            Self::InfluxQuery => "correct the query; a query only reads: SELECT, SHOW and EXPLAIN, or Flux without writers",
            Self::FolderWrite => "make room on the disk, or give Tributary the right to write into the folder; data is held until it works",
            Self::Store => "check the disk of the data directory: room, permission, health",
            Self::Cancelled => "run it again when it is wanted",
            Self::Interrupted => "nothing to do: the slot is run again",
            Self::Schedule => "correct the group's schedule: 5 or 6 cron fields, or a number of seconds",
            Self::Internal => "this is a fault in Tributary; please report it with the run's log",
        }
    }
}
