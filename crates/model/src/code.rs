//! Codes: the stable names of what a check can find, one per cause and remedy, finer than a failure's kind.
//!
//! A code never changes its meaning and is never given again. `docs/errors.md` has one entry for each, and a test that says so.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::FailureKind;

/// The stable name of a cause: `TRB-TLS-002`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// A failure of which no more is known than its kind.
    Kind(FailureKind),
    // the URL and what may be asked
    /// The URL is none that requests can be sent to: another scheme than `http` and `https`, or no host.
    UrlInvalid,
    /// The URL holds a user name or password.
    UrlLogin,
    /// The URL has a `?` or `#` part.
    UrlExtra,
    /// The address is link-local, a cloud's metadata service, or that of no single machine: nothing is ever sent there.
    PolicyAddress,
    /// The server's outbound lists do not allow this host, address or port.
    PolicyDenied,
    /// The address is Tributary's own listener.
    PolicySelf,
    // reaching the machine
    /// The host name does not exist.
    DnsUnknown,
    /// The host name could not be looked up.
    DnsFailed,
    /// The machine answers, but nothing listens on that port.
    TcpRefused,
    /// Nothing answers at that address: no acceptance and no refusal.
    TcpTimeout,
    /// Tributary's machine has no way to that address.
    TcpUnreachable,
    // TLS
    /// What answers does not speak TLS.
    TlsPlain,
    /// The server's certificate has expired, or one above it.
    TlsExpired,
    /// The server's certificate is not valid yet.
    TlsNotYetValid,
    /// The server's certificate is signed by itself: nobody else vouches for it.
    TlsSelfSigned,
    /// The server's certificate is signed by an authority that is not trusted here.
    TlsUnknownIssuer,
    /// The server sends its own certificate alone, and the authority that signed it is not known here: usually an intermediate certificate is missing on the server.
    TlsIncompleteChain,
    /// The server's certificate is for other names than the one in the URL.
    TlsWrongName,
    /// The server's certificate is not the pinned one.
    TlsPinMismatch,
    /// The server asks for a client certificate, or does not take the one that was shown.
    TlsClientCertificate,
    /// The TLS handshake failed.
    TlsHandshake,
    /// The TLS handshake did not end in time.
    TlsTimeout,
    /// The connection's own certificates, pin or key cannot be used.
    TlsSettings,
    /// The server's certificate does not verify.
    TlsCertificate,
    /// Any certificate is accepted here: nobody knows who answers (warning).
    TlsUnverified,
    /// The server's certificate expires within two weeks (warning).
    TlsExpiring,
    // HTTP
    /// The server takes https only.
    HttpNeedsTls,
    /// The connection was accepted, and no answer came in time.
    HttpTimeout,
    /// The connection was closed without a whole answer.
    HttpBroken,
    /// What answers does not speak HTTP.
    HttpForeign,
    /// The server redirects; redirects are not followed.
    HttpRedirect,
    /// The server, or a proxy before it, reports an error of its own.
    HttpServerError,
    // which product answers
    /// What answers is no InfluxDB.
    ProductUnknown,
    /// A Kapacitor answers where an InfluxDB should.
    ProductKapacitor,
    /// Another line of InfluxDB answers than the driver speaks to.
    ProductOther,
    /// An InfluxDB answers where a Kapacitor should.
    ProductInflux,
    /// What answers is no Kapacitor.
    ProductNotKapacitor,
    /// It answers as an InfluxDB does but hides its version (warning).
    ProductHidden,
    // the login
    /// The server asks for a login and none is given.
    LoginMissing,
    /// The server does not know this login.
    LoginWrong,
    /// The server asks for logins but has no administrator yet: it knows nobody and takes no line.
    LoginNoAdministrator,
    /// The server does not take bearer tokens, or they are signed with another secret.
    LoginSharedSecret,
    /// The login is known and may not do anything here.
    LoginForbidden,
    /// The password or token holds a character that cannot be sent.
    LoginUnsendable,
    /// This server takes any password (warning).
    LoginUnverified,
    /// A login is given and the server does not ask for one (warning).
    LoginUnused,
    // the database or bucket
    /// The database does not exist.
    DatabaseMissing,
    /// The database has no such retention policy.
    RetentionPolicyMissing,
    /// The server has no such organization.
    OrganizationMissing,
    /// The organization has no such bucket.
    BucketMissing,
    /// The login may not use this database.
    DatabaseForbidden,
    // the right to write
    /// The login may read but not write there.
    WriteForbidden,
    /// The server is overloaded or asks to wait.
    WriteBusy,
    /// The server answered the trial in a way that its documents do not describe.
    WriteFailed,
    /// The folder does not exist, or is no folder.
    FolderMissing,
    /// Tributary may not write into the folder, or the disk is full.
    FolderForbidden,
    /// The login may not read the Kapacitor's configuration: alert endpoints cannot be kept from here.
    ConfigForbidden,
    /// Connected; this Kapacitor's configuration cannot be changed from outside (warning).
    ConfigDisabled,
    // the cursor of an incremental series
    /// The query, its parameters, the database or the cursor's settings were changed since the cursor last moved.
    CursorChanged,
    /// There are rows without a cursor value, and the series says to fail then.
    CursorNull,
    /// The account may not see the transactions of others.
    CursorRight,
    /// A row's cursor lies in the future of the database's clock.
    CursorAhead,
    /// A chunk of a backfill is of a query, or of settings, that are not those of today.
    RangeChanged,
}

/// What there is to say about one cause.
struct Entry {
    code: Code,
    text: &'static str,
    meaning: &'static str,
    advice: &'static str,
}

const ENTRIES: [Entry; 63] = [
    Entry {
        code: Code::UrlInvalid,
        text: "TRB-URL-001",
        meaning: "The URL is none that requests can be sent to: another scheme than `http` and `https`, or no host",
        advice: "give the address as http://host:port or https://host:port",
    },
    Entry {
        code: Code::UrlLogin,
        text: "TRB-URL-002",
        meaning: "The URL holds a user name or password",
        advice: "take them out of the URL and give them in their own fields",
    },
    Entry {
        code: Code::UrlExtra,
        text: "TRB-URL-003",
        meaning: "The URL has a `?` or `#` part",
        advice: "give the address alone; database, organization and the like have their own fields",
    },
    Entry {
        code: Code::PolicyAddress,
        text: "TRB-POLICY-001",
        meaning: "The address is link-local, a cloud's metadata service, or that of no single machine: nothing is ever sent there",
        advice: "correct the host; if the name is right, its DNS entry is not",
    },
    Entry {
        code: Code::PolicyDenied,
        text: "TRB-POLICY-002",
        meaning: "The server's outbound lists do not allow this host, address or port",
        advice: "ask whoever runs Tributary to change `--outbound-allow` or `--outbound-deny`",
    },
    Entry {
        code: Code::PolicySelf,
        text: "TRB-POLICY-003",
        meaning: "The address is Tributary's own listener",
        advice: "correct the host or port: InfluxDB is usually on 8086 or 8181, Kapacitor on 9092",
    },
    Entry {
        code: Code::DnsUnknown,
        text: "TRB-DNS-001",
        meaning: "The host name does not exist",
        advice: "check the host name for a typing error; from inside a container `localhost` is the container itself and other containers go by their service names",
    },
    Entry {
        code: Code::DnsFailed,
        text: "TRB-DNS-002",
        meaning: "The host name could not be looked up",
        advice: "check that the name server of Tributary's machine answers, or give the address instead of the name",
    },
    Entry {
        code: Code::TcpRefused,
        text: "TRB-TCP-001",
        meaning: "The machine answers, but nothing listens on that port",
        advice: "start the server, or correct the port: 8086 for InfluxDB 1 and 2, 8181 for InfluxDB 3, 9092 for Kapacitor",
    },
    Entry {
        code: Code::TcpTimeout,
        text: "TRB-TCP-002",
        meaning: "Nothing answers at that address: no acceptance and no refusal",
        advice: "check the address, and that no firewall between Tributary and the server drops the packets",
    },
    Entry {
        code: Code::TcpUnreachable,
        text: "TRB-TCP-003",
        meaning: "Tributary's machine has no way to that address",
        advice: "check the network; for a name with IPv6 addresses only, that this machine has IPv6",
    },
    Entry {
        code: Code::TlsPlain,
        text: "TRB-TLS-001",
        meaning: "What answers does not speak TLS",
        advice: "write http instead of https in the URL, or correct the port",
    },
    Entry {
        code: Code::TlsExpired,
        text: "TRB-TLS-002",
        meaning: "The server's certificate has expired, or one above it",
        advice: "renew the certificate on the server",
    },
    Entry {
        code: Code::TlsNotYetValid,
        text: "TRB-TLS-003",
        meaning: "The server's certificate is not valid yet",
        advice: "check the clocks of both machines, then the certificate's dates",
    },
    Entry {
        code: Code::TlsSelfSigned,
        text: "TRB-TLS-004",
        meaning: "The server's certificate is signed by itself: nobody else vouches for it",
        advice: "pin the certificate by the SHA-256 that is shown here, or give it as the connection's own CA certificate",
    },
    Entry {
        code: Code::TlsUnknownIssuer,
        text: "TRB-TLS-005",
        meaning: "The server's certificate is signed by an authority that is not trusted here",
        advice: "give the authority's certificate as the connection's own CA certificate",
    },
    Entry {
        code: Code::TlsIncompleteChain,
        text: "TRB-TLS-006",
        meaning: "The server sends its own certificate alone, and the authority that signed it is not known here: usually an intermediate certificate is missing on the server",
        advice: "let the server send its intermediate certificates too, or give the issuer's certificate as the connection's own CA certificate",
    },
    Entry {
        code: Code::TlsWrongName,
        text: "TRB-TLS-007",
        meaning: "The server's certificate is for other names than the one in the URL",
        advice: "write one of the certificate's names in the URL, or give the server a certificate for this name",
    },
    Entry {
        code: Code::TlsPinMismatch,
        text: "TRB-TLS-008",
        meaning: "The server's certificate is not the pinned one",
        advice: "if the certificate was renewed, pin the new one; if not, somebody else may be answering",
    },
    Entry {
        code: Code::TlsClientCertificate,
        text: "TRB-TLS-009",
        meaning: "The server asks for a client certificate, or does not take the one that was shown",
        advice: "give the connection a client certificate and its key, signed by an authority that the server trusts",
    },
    Entry {
        code: Code::TlsHandshake,
        text: "TRB-TLS-010",
        meaning: "The TLS handshake failed",
        advice: "check that the server offers TLS 1.2 or 1.3, and the names and certificates in its configuration",
    },
    Entry {
        code: Code::TlsTimeout,
        text: "TRB-TLS-011",
        meaning: "The TLS handshake did not end in time",
        advice: "check that the port speaks TLS, and the load of the server",
    },
    Entry {
        code: Code::TlsSettings,
        text: "TRB-TLS-012",
        meaning: "The connection's own certificates, pin or key cannot be used",
        advice: "give certificates and keys in PEM, and the pin as 64 hexadecimal digits",
    },
    Entry {
        code: Code::TlsCertificate,
        text: "TRB-TLS-013",
        meaning: "The server's certificate does not verify",
        advice: "give the server a certificate that verifies, or pin the one that it has",
    },
    Entry {
        code: Code::TlsUnverified,
        text: "TRB-TLS-014",
        meaning: "Any certificate is accepted here: nobody knows who answers (warning)",
        advice: "pin the certificate by the SHA-256 that is shown here, or give the authority's certificate as the connection's own CA certificate",
    },
    Entry {
        code: Code::TlsExpiring,
        text: "TRB-TLS-015",
        meaning: "The server's certificate expires within two weeks (warning)",
        advice: "renew the certificate on the server",
    },
    Entry {
        code: Code::HttpNeedsTls,
        text: "TRB-HTTP-001",
        meaning: "The server takes https only",
        advice: "write https instead of http in the URL",
    },
    Entry {
        code: Code::HttpTimeout,
        text: "TRB-HTTP-002",
        meaning: "The connection was accepted, and no answer came in time",
        advice: "check that it is the right port, and the load of the server and of proxies in between",
    },
    Entry {
        code: Code::HttpBroken,
        text: "TRB-HTTP-003",
        meaning: "The connection was closed without a whole answer",
        advice: "check the server's own log, and proxies in between",
    },
    Entry { code: Code::HttpForeign, text: "TRB-HTTP-004", meaning: "What answers does not speak HTTP", advice: "correct the port" },
    Entry {
        code: Code::HttpRedirect,
        text: "TRB-HTTP-005",
        meaning: "The server redirects; redirects are not followed",
        advice: "write the address that it redirects to in the URL",
    },
    Entry {
        code: Code::HttpServerError,
        text: "TRB-HTTP-006",
        meaning: "The server, or a proxy before it, reports an error of its own",
        advice: "look into the log of the server and of the proxy",
    },
    Entry {
        code: Code::ProductUnknown,
        text: "TRB-PRODUCT-001",
        meaning: "What answers is no InfluxDB",
        advice: "check host, port and sub-path; a login page or a proxy may stand before the server",
    },
    Entry {
        code: Code::ProductKapacitor,
        text: "TRB-PRODUCT-002",
        meaning: "A Kapacitor answers where an InfluxDB should",
        advice: "correct the port: 8086 is usual for InfluxDB, 9092 for Kapacitor",
    },
    Entry {
        code: Code::ProductOther,
        text: "TRB-PRODUCT-003",
        meaning: "Another line of InfluxDB answers than the driver speaks to",
        advice: "make a connection with the driver that is named, or correct the port",
    },
    Entry {
        code: Code::ProductInflux,
        text: "TRB-PRODUCT-004",
        meaning: "An InfluxDB answers where a Kapacitor should",
        advice: "correct the port: 9092 is usual for Kapacitor",
    },
    Entry {
        code: Code::ProductNotKapacitor,
        text: "TRB-PRODUCT-005",
        meaning: "What answers is no Kapacitor",
        advice: "check host, port and sub-path",
    },
    Entry {
        code: Code::ProductHidden,
        text: "TRB-PRODUCT-006",
        meaning: "It answers as an InfluxDB does but hides its version (warning)",
        advice: "nothing to do if the steps that follow pass; a proxy may take the headers away",
    },
    Entry {
        code: Code::LoginMissing,
        text: "TRB-AUTH-001",
        meaning: "The server asks for a login and none is given",
        advice: "give a username and password, or a token",
    },
    Entry {
        code: Code::LoginWrong,
        text: "TRB-AUTH-002",
        meaning: "The server does not know this login",
        advice: "check the username and password, or the token",
    },
    Entry {
        code: Code::LoginNoAdministrator,
        text: "TRB-AUTH-003",
        meaning: "The server asks for logins but has no administrator yet: it knows nobody and takes no line",
        advice: "create one on the server: CREATE USER admin WITH PASSWORD '…' WITH ALL PRIVILEGES",
    },
    Entry {
        code: Code::LoginSharedSecret,
        text: "TRB-AUTH-004",
        meaning: "The server does not take bearer tokens, or they are signed with another secret",
        advice: "set `shared-secret` in the `[http]` part of the server's configuration to the same value, or use a password",
    },
    Entry {
        code: Code::LoginForbidden,
        text: "TRB-AUTH-005",
        meaning: "The login is known and may not do anything here",
        advice: "activate the user or token on the server, or give it the rights",
    },
    Entry {
        code: Code::LoginUnsendable,
        text: "TRB-AUTH-006",
        meaning: "The password or token holds a character that cannot be sent",
        advice: "give it again, without line breaks and control characters",
    },
    Entry {
        code: Code::LoginUnverified,
        text: "TRB-AUTH-007",
        meaning: "This server takes any password (warning)",
        advice: "Kapacitor before 1.6 does not verify logins; from 1.6 on it does when `[auth]` is enabled",
    },
    Entry {
        code: Code::LoginUnused,
        text: "TRB-AUTH-008",
        meaning: "A login is given and the server does not ask for one (warning)",
        advice: "enable authentication on the server, or leave the login out",
    },
    Entry {
        code: Code::DatabaseMissing,
        text: "TRB-DB-001",
        meaning: "The database does not exist",
        advice: "create it on the server or choose one of those that are named",
    },
    Entry {
        code: Code::RetentionPolicyMissing,
        text: "TRB-DB-002",
        meaning: "The database has no such retention policy",
        advice: "create it, or choose one of those that are named",
    },
    Entry {
        code: Code::OrganizationMissing,
        text: "TRB-DB-003",
        meaning: "The server has no such organization",
        advice: "correct the organization's name or id",
    },
    Entry {
        code: Code::BucketMissing,
        text: "TRB-DB-004",
        meaning: "The organization has no such bucket",
        advice: "create the bucket or correct its name",
    },
    Entry {
        code: Code::DatabaseForbidden,
        text: "TRB-DB-005",
        meaning: "The login may not use this database",
        advice: "give the token the right to it",
    },
    Entry {
        code: Code::WriteForbidden,
        text: "TRB-WRITE-001",
        meaning: "The login may read but not write there",
        advice: "grant it the right to write",
    },
    Entry {
        code: Code::WriteBusy,
        text: "TRB-WRITE-002",
        meaning: "The server is overloaded or asks to wait",
        advice: "try again later; look at the server's load and limits",
    },
    Entry {
        code: Code::WriteFailed,
        text: "TRB-WRITE-003",
        meaning: "The server answered the trial in a way that its documents do not describe",
        advice: "look into the server's log, and for a proxy in between",
    },
    Entry {
        code: Code::FolderMissing,
        text: "TRB-FOLDER-001",
        meaning: "The folder does not exist, or is no folder",
        advice: "create it, or correct the path",
    },
    Entry {
        code: Code::FolderForbidden,
        text: "TRB-FOLDER-002",
        meaning: "Tributary may not write into the folder, or the disk is full",
        advice: "give the user that runs Tributary the right to write there; make room",
    },
    Entry {
        code: Code::ConfigForbidden,
        text: "TRB-KAPACITOR-001",
        meaning: "The login may not read the Kapacitor's configuration: alert endpoints cannot be kept from here",
        advice: "give the user the privilege `config_api`",
    },
    Entry {
        code: Code::ConfigDisabled,
        text: "TRB-KAPACITOR-002",
        meaning: "Connected; this Kapacitor's configuration cannot be changed from outside (warning)",
        advice: "set `enabled = true` in the `[config-override]` part of its configuration if alert endpoints are to be kept from here",
    },
    Entry {
        code: Code::CursorChanged,
        text: "TRB-CURSOR-002",
        meaning: "The query, its parameters, the database or the cursor's settings were changed since the cursor last moved: where it stands may mean something else now",
        advice: "decide what holds: keep the cursor, set it to a value, or reset it and read from the start",
    },
    Entry {
        code: Code::CursorNull,
        text: "TRB-CURSOR-003",
        meaning: "There are rows whose cursor column is NULL, and the series says to fail then",
        advice: "give the rows a value, or set the series' `null_cursor` to `exclude` or `sweep`",
    },
    Entry {
        code: Code::CursorRight,
        text: "TRB-CURSOR-004",
        meaning: "The account may not see the transactions of others, so nobody can tell which rows are still to come",
        advice: "grant it the right that is named, or choose a fence that lags",
    },
    Entry {
        code: Code::CursorAhead,
        text: "TRB-CURSOR-005",
        meaning: "A row's cursor lies in the future of the database's own clock: with it as the cursor no later row would ever be read",
        advice: "correct the row, or leave such rows out in the query",
    },
    Entry {
        code: Code::RangeChanged,
        text: "TRB-CURSOR-006",
        meaning: "The query, its parameters, the database, or the series' mode or cursor were changed since the backfill was made: its range may mean something else now",
        advice: "cancel the backfill, and begin another of the series as it is now",
    },
];

/// The codes of kinds, for failures of which no more is known.
const KINDS: [(FailureKind, &str); 37] = [
    (FailureKind::SqlUnreachable, "TRB-SQL-001"),
    (FailureKind::SqlTls, "TRB-SQL-002"),
    (FailureKind::SqlAuthentication, "TRB-SQL-003"),
    (FailureKind::SqlDatabaseMissing, "TRB-SQL-004"),
    (FailureKind::SqlForbidden, "TRB-SQL-005"),
    (FailureKind::SqlInvalid, "TRB-SQL-006"),
    (FailureKind::SqlNotReadOnly, "TRB-SQL-007"),
    (FailureKind::SqlNoColumns, "TRB-SQL-008"),
    (FailureKind::SqlDuplicateColumn, "TRB-SQL-009"),
    (FailureKind::SqlParameter, "TRB-SQL-010"),
    (FailureKind::SqlTypeChanged, "TRB-SQL-011"),
    (FailureKind::SqlTimeout, "TRB-SQL-012"),
    (FailureKind::SqlFailed, "TRB-SQL-013"),
    (FailureKind::Cursor, "TRB-CURSOR-001"),
    (FailureKind::RejectLimit, "TRB-RUN-004"),
    (FailureKind::Mapping, "TRB-MAPPING-001"),
    (FailureKind::InfluxUrl, "TRB-INFLUX-001"),
    (FailureKind::InfluxDns, "TRB-INFLUX-002"),
    (FailureKind::InfluxUnreachable, "TRB-INFLUX-003"),
    (FailureKind::InfluxTls, "TRB-INFLUX-004"),
    (FailureKind::InfluxProduct, "TRB-INFLUX-005"),
    (FailureKind::InfluxAuthentication, "TRB-INFLUX-006"),
    (FailureKind::InfluxForbidden, "TRB-INFLUX-007"),
    (FailureKind::InfluxMissing, "TRB-INFLUX-008"),
    (FailureKind::InfluxBusy, "TRB-INFLUX-009"),
    (FailureKind::InfluxTimeout, "TRB-INFLUX-010"),
    (FailureKind::InfluxTooLarge, "TRB-INFLUX-011"),
    (FailureKind::InfluxLimit, "TRB-INFLUX-012"),
    (FailureKind::InfluxFailed, "TRB-INFLUX-013"),
    (FailureKind::InfluxUnexpected, "TRB-INFLUX-014"),
    (FailureKind::InfluxQuery, "TRB-INFLUX-015"),
    (FailureKind::FolderWrite, "TRB-FOLDER-003"),
    (FailureKind::Store, "TRB-STORE-001"),
    (FailureKind::Cancelled, "TRB-RUN-001"),
    (FailureKind::Interrupted, "TRB-RUN-002"),
    (FailureKind::Schedule, "TRB-RUN-003"),
    (FailureKind::Internal, "TRB-INTERNAL-001"),
];

impl Code {
    /// Every code, in the order of the steps of a check, then those of kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        ENTRIES.iter().map(|entry| entry.code).chain(KINDS.iter().map(|(kind, _)| Self::Kind(*kind)))
    }

    /// The text form: `TRB-TLS-002`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kind(kind) => KINDS.iter().find(|(of, _)| *of == kind).map_or("TRB-INTERNAL-001", |(_, text)| text),
            code => code.entry().map_or("TRB-INTERNAL-001", |entry| entry.text),
        }
    }

    /// The code of this text form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::all().find(|code| code.as_str() == text)
    }

    /// What it means, one sentence without a period; `None` for the code of a kind, which its kind explains.
    pub fn meaning(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.meaning)
    }

    /// What to do about it, one line.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.advice(),
            code => code.entry().map_or("", |entry| entry.advice),
        }
    }

    fn entry(self) -> Option<&'static Entry> {
        ENTRIES.iter().find(|entry| entry.code == self)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is no code of this version")))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Code {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A stable code, explained in docs/errors.md"))
            .examples([serde_json::json!("TRB-TLS-002")])
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Code {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_is_given_once_and_reads_back() {
        let texts: BTreeSet<&str> = Code::all().map(Code::as_str).collect();
        assert_eq!(texts.len(), Code::all().count());
        for code in Code::all() {
            assert_eq!(Code::parse(code.as_str()), Some(code));
            assert!(!code.advice().is_empty(), "{code:?}");
        }
    }
}
