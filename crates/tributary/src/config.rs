//! Where a server keeps its things and where it listens.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context;
use clap::Args;
use directories::ProjectDirs;
use foreign::Variables;
use influx::http::{Outbound, Rule};
use model::secret::SecretString;
use sql::Engines;
use store::KeyPlace;

use crate::{rounds::CheckEvery, web::Console};

/// The variable that can hold the key that seals secrets.
const KEY_VARIABLE: &str = "TRIBUTARY_KEY";

/// The address that a server listens on unless told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8282";

/// Where the store is.
#[derive(Args, Clone, Debug)]
pub struct DataOptions {
    /// Folder of the store [default: the platform's state directory]
    #[arg(long, env = "TRIBUTARY_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// File with the key that seals secrets, made on first start [default: DATA_DIR/key]; the variable TRIBUTARY_KEY may hold the key
    /// itself (base64 of 32 bytes) instead
    #[arg(long, env = "TRIBUTARY_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// Where the server listens.
#[derive(Args, Clone, Debug)]
pub struct ListenOptions {
    /// Address and port of the console and the API. Only loopback addresses are accepted: the API has no login yet
    #[arg(long, env = "TRIBUTARY_LISTEN", value_name = "ADDRESS:PORT", default_value = DEFAULT_LISTEN)]
    pub listen: SocketAddr,
}

/// Which console is shown.
#[derive(Args, Clone, Debug)]
pub struct ConsoleOptions {
    /// Folder with another build of the console, as `npm run build` makes it [default: the built-in console]
    #[arg(long, env = "TRIBUTARY_CONSOLE", value_name = "DIR")]
    pub console: Option<PathBuf>,
}

impl ConsoleOptions {
    /// The given one, or the built-in one.
    pub fn console(self) -> Console {
        self.console.map_or(Console::BuiltIn, Console::Folder)
    }
}

/// Where the files are that define objects. Chronograf's own names, so that its unit files and images keep working.
#[derive(Args, Clone, Debug)]
pub struct FilesOptions {
    /// Folder of the files that define connections (.src), Kapacitors (.kap) and organizations (.org) [default: that of --canned-path]
    #[arg(long, env = "RESOURCES_PATH", value_name = "DIR")]
    pub resources_path: Option<PathBuf>,

    /// The same, unless --resources-path is given
    #[arg(long, env = "CANNED_PATH", value_name = "DIR", default_value = "canned")]
    pub canned_path: PathBuf,
}

/// How often the server checks by itself.
#[derive(Args, Clone, Debug)]
pub struct CheckOptions {
    /// Check every connection once in this time, spread over it: from 10s to 24h, or `off`. Writes nothing
    #[arg(long, env = "TRIBUTARY_CHECK_EVERY", value_name = "LENGTH", default_value = "5m")]
    pub check_every: CheckEvery,
}

/// How much room is given to what waits.
#[derive(Args, Clone, Debug)]
pub struct SpoolOptions {
    /// Most bytes of the lines that wait in the store for a connection that does not take them, as they are kept (compressed): a number, or
    /// one with k, M, G, Ki, Mi or Gi. When there is no more room, runs wait unread
    #[arg(long, env = "TRIBUTARY_SPOOL_MAX_BYTES", value_name = "BYTES", default_value = "1Gi", value_parser = bytes)]
    pub spool_max_bytes: u64,
}

/// A number of bytes as people write it: `500M`, `2Gi`.
fn bytes(text: &str) -> Result<u64, String> {
    let units = [("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("", 1)];
    let (digits, unit) = units.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, *size))).unwrap_or((text, 1_u64));
    let number: u64 = digits.trim().parse().map_err(|_| "write it as `500M` or `2Gi`".to_owned())?;
    number.checked_mul(unit).filter(|bytes| i64::try_from(*bytes).is_ok()).ok_or_else(|| "that is more than any disk has".to_owned())
}

/// Where requests may go. Link-local, cloud-metadata and no-machine addresses and the server's own listener are refused in any case.
#[derive(Args, Clone, Debug)]
pub struct OutboundOptions {
    /// Send requests to InfluxDB and Kapacitor only where these say: an address, a network (10.0.0.0/8), a host name, *.suffix, each with or
    /// without :port. Several by repeating it or by commas [default: everywhere]
    #[arg(long, env = "TRIBUTARY_OUTBOUND_ALLOW", value_name = "RULE", value_delimiter = ',')]
    pub outbound_allow: Vec<Rule>,

    /// Never send requests where these say, whatever is allowed
    #[arg(long, env = "TRIBUTARY_OUTBOUND_DENY", value_name = "RULE", value_delimiter = ',')]
    pub outbound_deny: Vec<Rule>,
}

/// Where the drivers are of databases that only a driver knows.
#[derive(Args, Clone, Debug)]
pub struct DriverOptions {
    /// Folder of the ADBC drivers (lib*.so, or manifests *.toml) that databases may name. What is in it is loaded and run: let nobody else
    /// write there [default: none, and no such database can be read]
    #[cfg(feature = "adbc")]
    #[arg(long, env = "TRIBUTARY_ADBC_DRIVERS", value_name = "DIR")]
    pub adbc_drivers: Option<PathBuf>,
}

impl DriverOptions {
    /// The engines of this build, with these drivers.
    pub fn engines(self) -> Engines {
        let engines = Engines::new();
        #[cfg(feature = "adbc")]
        let engines = engines.with_adbc_drivers(self.adbc_drivers);
        engines
    }
}

impl OutboundOptions {
    /// The policy of these lists.
    pub fn policy(self) -> Arc<Outbound> {
        Arc::new(Outbound::new(self.outbound_allow, self.outbound_deny))
    }
}

impl FilesOptions {
    /// The folder, which need not be there; relative names begin at the working directory.
    ///
    /// # Errors
    /// When there is no working directory.
    pub fn folder(&self) -> anyhow::Result<PathBuf> {
        let folder = self.resources_path.as_ref().unwrap_or(&self.canned_path);
        std::path::absolute(folder).with_context(|| format!("making {} absolute", folder.display()))
    }
}

/// The variables of the environment that files may name: all that are text, but for the key that seals secrets.
pub fn variables() -> Variables {
    let texts = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts.filter(|(name, _)| name != KEY_VARIABLE).collect()
}

impl DataOptions {
    /// The data directory: the given one, or `leaf` in the platform's state directory.
    ///
    /// # Errors
    /// When the platform names no home.
    pub fn data_dir(&self, leaf: &str) -> anyhow::Result<PathBuf> {
        if let Some(dir) = &self.data_dir {
            return std::path::absolute(dir).with_context(|| format!("making {} absolute", dir.display()));
        }
        let dirs = ProjectDirs::from("", "", "tributary").context("no home directory is known; name the data directory with --data-dir")?;
        Ok(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).join(leaf))
    }

    /// Where the key is: the environment's value wins over a file.
    pub fn key_place(&self, data_dir: &std::path::Path) -> KeyPlace {
        match std::env::var(KEY_VARIABLE) {
            Ok(value) if !value.is_empty() => KeyPlace::Value(SecretString::from(value)),
            _ => KeyPlace::File(self.key_file.clone().unwrap_or_else(|| data_dir.join("key"))),
        }
    }
}

impl ListenOptions {
    /// The address, if it is one of this machine's own.
    ///
    /// # Errors
    /// When others could reach it.
    pub fn loopback(&self) -> anyhow::Result<SocketAddr> {
        anyhow::ensure!(
            self.listen.ip().is_loopback(),
            "{} can be reached from other machines, and the API has no login yet: listen on 127.0.0.1 or [::1], behind a proxy with a login",
            self.listen
        );
        Ok(self.listen)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use model::Code;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        outbound: OutboundOptions,
    }

    #[test]
    fn outbound_lists_are_repeated_or_joined_by_commas_and_deny_wins() {
        let line = [
            "tributary",
            "--outbound-allow",
            "10.0.0.0/8:8086,*.example.org:8086",
            "--outbound-allow",
            "h",
            "--outbound-deny",
            "10.1.0.0/16",
        ];
        let policy = Line::parse_from(line).outbound.policy();
        for (url, code) in [
            ("http://10.2.0.1:8086", None),
            ("http://a.example.org:8086", None),
            ("http://h", None),
            ("http://a.example.org:8087", Some(Code::PolicyDenied)),
            ("http://10.1.0.1:8086", Some(Code::PolicyDenied)),
            ("http://192.168.0.1", Some(Code::PolicyDenied)),
        ] {
            let verdict = policy.judge(&url.parse().unwrap());
            assert_eq!(verdict.err().map(|failure| failure.code()), code, "{url}");
        }
    }

    #[test]
    fn bytes_are_read_as_people_write_them() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1048576", Some(1 << 20)),
            ("500M", Some(500_000_000)),
            ("2Gi", Some(2 << 30)),
            ("1k", Some(1_000)),
            ("16Gi", Some(16 << 30)),
        ] {
            assert_eq!(bytes(text).ok(), expected, "{text}");
        }
        for text in ["", "M", "-1", "1.5G", "1T", "99999999999Gi"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_rule_that_is_none_is_refused() {
        assert!(Line::try_parse_from(["tributary", "--outbound-deny", "10.0.0.0/33"]).is_err());
    }
}
