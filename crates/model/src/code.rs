//! Codes: the stable names of what a check can find, one per cause and remedy, finer than a failure's kind.
//!
//! A code never changes its meaning and is never given again. `docs/errors.md` has one entry for each, and a test that says so.

mod table;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use table::{ENTRIES, Entry, KINDS};

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
