//! The entries of `docs/errors.md`, one for each code that a check can give, in the order of its steps.

use std::fmt::Write as _;

use model::Code;

/// The page.
pub(crate) const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");

const BEGIN: &str = "<!-- codes: written by `make gen` from crates/model/src/code.rs -->\n";
const END: &str = "<!-- end of the codes -->\n";

/// The middle part of a code, the heading of its group, and the step that gives it.
const GROUPS: [(&str, &str, &str); 13] = [
    ("URL", "The URL", "`url`"),
    ("POLICY", "What may be asked", "`policy`"),
    ("DNS", "The name", "`dns`"),
    ("TCP", "The port", "`tcp`"),
    ("TLS", "TLS", "`tls`"),
    ("HTTP", "HTTP", "`http`"),
    ("PRODUCT", "Which product answers", "`product`"),
    ("AUTH", "The login", "`authentication`"),
    ("DB", "The database or bucket", "`database`"),
    ("WRITE", "The right to write", "`write`"),
    ("FOLDER", "A folder", "`database` (is it there?) and `write` (can files be made in it?)"),
    ("KAPACITOR", "A Kapacitor's configuration", "`configuration`"),
    ("CURSOR", "The cursor of an incremental series", "none of a check: a run says it"),
];

/// The page with its entries written anew; `None` when it has no marks that say where they stand.
pub(crate) fn renewed(page: &str) -> Option<String> {
    let begin = page.find(BEGIN)? + BEGIN.len();
    let end = begin + page[begin..].find(END)?;
    Some(format!("{}{}{}", &page[..begin], entries(), &page[end..]))
}

fn entries() -> String {
    let mut text = String::new();
    for (part, heading, step) in GROUPS {
        let _ = write!(text, "\n### {heading}\n\nStep: {step}.\n");
        for code in Code::all().filter(|code| code.meaning().is_some() && part_of(*code) == part) {
            text.push_str(&entry(code));
        }
    }
    text.push('\n');
    text
}

fn part_of(code: Code) -> &'static str {
    code.as_str().split('-').nth(1).unwrap_or_default()
}

fn entry(code: Code) -> String {
    let mut text = format!("\n#### {}\n\n{}.\n\n- What to do: {}.\n", code.as_str(), code.meaning().unwrap_or_default(), code.advice());
    if let Some(how) = how_to_find_out(code) {
        let _ = writeln!(text, "- How to find out: {how}.");
    }
    text
}

/// A command or a place to look, where it helps. Nothing here says more than the step itself can show.
fn how_to_find_out(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::PolicyAddress | Code::PolicyDenied => {
            "`getent hosts NAME` on the machine that runs Tributary shows which addresses the name has"
        }
        Code::DnsUnknown => "`getent hosts NAME` on the machine, or in the container, that runs Tributary",
        Code::DnsFailed => "`getent hosts NAME` and the file `/etc/resolv.conf` on the machine that runs Tributary",
        Code::TcpRefused => "`ss -ltn` on the server lists the ports that something listens on, and on which addresses",
        Code::TcpTimeout => "`curl -v --connect-timeout 5 URL/ping` on the machine that runs Tributary hangs in the same place",
        Code::TcpUnreachable => "`ip route get ADDRESS` and, for IPv6, `ip -6 address` on the machine that runs Tributary",
        Code::TlsExpired | Code::TlsNotYetValid => "`openssl s_client -connect HOST:PORT </dev/null | openssl x509 -noout -dates`",
        Code::TlsSelfSigned | Code::TlsPinMismatch => {
            "`openssl s_client -connect HOST:PORT </dev/null | openssl x509 -noout -fingerprint -sha256`"
        }
        Code::TlsUnknownIssuer => "`openssl s_client -connect HOST:PORT </dev/null | openssl x509 -noout -issuer`",
        Code::TlsIncompleteChain => "`openssl s_client -showcerts -connect HOST:PORT </dev/null` lists what the server sends",
        Code::TlsWrongName => "`openssl s_client -connect HOST:PORT </dev/null | openssl x509 -noout -ext subjectAltName`",
        Code::HttpRedirect => "`curl -si URL/ping` shows the address in its header `Location`",
        Code::ProductUnknown | Code::ProductHidden => {
            "`curl -si URL/ping`: an InfluxDB says `X-Influxdb-Version`, a Kapacitor `X-Kapacitor-Version`"
        }
        Code::ProductNotKapacitor => "`curl -si URL/kapacitor/v1/ping` gives 204 and the header `X-Kapacitor-Version`",
        Code::LoginNoAdministrator => {
            "InfluxDB 1 answers questions with `create admin user first or disable authentication`, and a write, whatever its login, with \
             `user is required to write to database`"
        }
        Code::LoginSharedSecret => {
            "InfluxDB 1 says `bearer auth disabld` when it has no secret, `signature is invalid` when it has another one"
        }
        Code::LoginForbidden => "InfluxDB 2 says `User is inactive`; its user or token is shown as inactive in its own pages",
        Code::DatabaseMissing => "`SHOW DATABASES` (InfluxDB 1) and `influxdb3 show databases` (InfluxDB 3) list those that there are",
        Code::RetentionPolicyMissing => "`SHOW RETENTION POLICIES ON \"DATABASE\"`; a blank retention policy means `autogen`",
        Code::OrganizationMissing => "`influx org list`; a name of 16 hexadecimal digits is taken for an id",
        Code::BucketMissing => "`influx bucket list --org ORGANIZATION`",
        Code::DatabaseForbidden => {
            "`SHOW GRANTS FOR \"USER\"` (InfluxDB 1); for InfluxDB 3 the token must be allowed to read the database too, because nobody \
             else can tell whether it exists, and writing would create it"
        }
        Code::WriteForbidden => "`SHOW GRANTS FOR \"USER\"` (InfluxDB 1), `influx auth list` (InfluxDB 2)",
        Code::FolderForbidden => "`df` shows whether the disk is full, `ls -ld` who may write, `mount` whether it may be written to at all",
        _ => return None,
    })
}
