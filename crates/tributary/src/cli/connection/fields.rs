//! What can be said of a connection on the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use model::SecretField;
use url::Url;

use super::{
    super::{body::Body, certificates::CertificateOptions, credential, length},
    SECRET_VARIABLE,
};

/// Which InfluxDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Driver {
    /// InfluxDB 1.x
    V1,
    /// InfluxDB 2.x and InfluxDB Cloud (TSM)
    V2,
    /// InfluxDB 3
    V3,
    /// A folder that receives line-protocol files
    File,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Gzip {
    /// Off on this machine, on elsewhere
    Auto,
    /// Always
    On,
    /// Never
    Off,
}

#[derive(Args, Debug)]
pub(super) struct Fields {
    /// Base URL, without user and password [default: http://localhost:8086, v3: http://localhost:8181]
    #[arg(long)]
    url: Option<Url>,
    /// Database that is written to (v1, v3) [default for v1: telegraf]
    #[arg(long)]
    database: Option<String>,
    /// User name (v1)
    #[arg(long)]
    username: Option<String>,
    /// Retention policy (v1); `autogen` when absent
    #[arg(long)]
    retention_policy: Option<String>,
    /// InfluxDB's organization, by name or id (v2)
    #[arg(long, value_name = "NAME")]
    influx_organization: Option<String>,
    /// Bucket that is written to, by name or id (v2)
    #[arg(long)]
    bucket: Option<String>,
    /// Which one of its line it is: oss, enterprise, relay (v1); core, enterprise, clustered, cloud-dedicated, cloud-serverless (v3)
    #[arg(long)]
    edition: Option<String>,
    /// Base URL of an Enterprise meta node (v1)
    #[arg(long, value_name = "URL")]
    meta_url: Option<String>,
    /// Id of the cluster, a UUID (v3 clustered, cloud-dedicated)
    #[arg(long, value_name = "UUID")]
    cluster_id: Option<String>,
    /// Id of the account, a UUID (v3 clustered, cloud-dedicated)
    #[arg(long, value_name = "UUID")]
    account_id: Option<String>,
    /// Database that Telegraf writes to [default: telegraf]
    #[arg(long, value_name = "NAME")]
    telegraf_database: Option<String>,
    /// Folder on the server's machine (file)
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Time limit of one request: `30s`
    #[arg(long, value_name = "LENGTH", value_parser = length::millis)]
    timeout: Option<u32>,
    /// Whether request bodies are compressed
    #[arg(long, value_enum)]
    gzip: Option<Gzip>,
    /// Most lines in one request
    #[arg(long)]
    batch_lines: Option<u32>,
    /// Most requests on the way at once
    #[arg(long)]
    in_flight: Option<u32>,
    /// Free text
    #[arg(long)]
    notes: Option<String>,
    /// File with the secret that a v1 server shares with its clients, used instead of a password; an empty text forgets it
    #[arg(long, value_name = "FILE", help_heading = "Secret")]
    shared_secret_file: Option<PathBuf>,
    /// File with the token of the account's management API (v3 clustered, cloud-dedicated); an empty text forgets it
    #[arg(long, value_name = "FILE", help_heading = "Secret")]
    management_token_file: Option<PathBuf>,
    #[command(flatten)]
    certificates: CertificateOptions,
}

impl Driver {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
            Self::File => "file",
        }
    }

    pub(super) fn secret(self) -> Option<&'static str> {
        match self {
            Self::V1 => Some(SecretField::Password.as_str()),
            Self::V2 | Self::V3 => Some(SecretField::Token.as_str()),
            Self::File => None,
        }
    }
}

impl Fields {
    /// A whole connection: what was not said is filled in as people expect it.
    pub(super) fn draft(&self, driver: Driver) -> anyhow::Result<Body> {
        let mut body = self.body()?;
        body.put("driver", Some(driver.as_str()))?;
        let url = match driver {
            Driver::V1 | Driver::V2 => Some("http://localhost:8086"),
            Driver::V3 => Some("http://localhost:8181"),
            Driver::File => None,
        };
        if self.url.is_none() {
            body.put("url", url)?;
        }
        if self.database.is_none() && driver == Driver::V1 {
            body.put("database", Some("telegraf"))?;
        }
        Ok(body)
    }

    /// Only what was said.
    pub(super) fn body(&self) -> anyhow::Result<Body> {
        if self.url.as_ref().is_some_and(|url| url.password().is_some()) {
            return Err(credential::refuse_in_url("the URL", SECRET_VARIABLE));
        }
        let mut body = Body::default();
        body.put("url", self.url.as_ref())?;
        body.put_text("database", self.database.as_deref());
        body.put_text("username", self.username.as_deref());
        body.put_text("retention_policy", self.retention_policy.as_deref());
        body.put_text("organization", self.influx_organization.as_deref());
        body.put_text("bucket", self.bucket.as_deref());
        body.put("folder", self.folder.as_deref().map(std::path::absolute).transpose()?)?;
        body.put("timeout_ms", self.timeout)?;
        body.put_text("edition", self.edition.as_deref().map(|edition| edition.replace('-', "_")).as_deref());
        body.put_text("meta_url", self.meta_url.as_deref());
        body.put_text("cluster_id", self.cluster_id.as_deref());
        body.put_text("account_id", self.account_id.as_deref());
        body.put_text("telegraf_database", self.telegraf_database.as_deref());
        body.put(
            "gzip",
            self.gzip.map(|gzip| match gzip {
                Gzip::Auto => "auto",
                Gzip::On => "on",
                Gzip::Off => "off",
            }),
        )?;
        body.put("batch_lines", self.batch_lines)?;
        body.put("in_flight", self.in_flight)?;
        body.put_text("notes", self.notes.as_deref());
        body.put_secret_of("shared_secret", self.shared_secret_file.as_deref())?;
        body.put_secret_of("management_token", self.management_token_file.as_deref())?;
        self.certificates.put(&mut body)?;
        Ok(body)
    }
}
