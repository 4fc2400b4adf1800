//! How a server proves who it is and how Tributary does: the flags that connections and Kapacitors share, and those of databases.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use super::body::{self, Body};

/// Certificates, pin and key.
#[derive(Args, Debug)]
#[command(next_help_heading = "TLS")]
pub struct CertificateOptions {
    /// Accept any certificate: only for test servers
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    insecure_skip_verify: Option<bool>,
    /// File with the certificates, in PEM, of the only authorities that are trusted; an empty text goes back to the machine's own
    #[arg(long, value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
    /// SHA-256 of the one certificate that is trusted, as `check` shows it; an empty text trusts by authority again
    #[arg(long, value_name = "SHA256")]
    pin: Option<String>,
    /// File with the certificate, in PEM, that is shown to the server; an empty text shows none
    #[arg(long, value_name = "FILE")]
    client_certificate: Option<PathBuf>,
    /// File with the private key, in PEM, of the client certificate; an empty text forgets it
    #[arg(long, value_name = "FILE")]
    client_key_file: Option<PathBuf>,
}

impl CertificateOptions {
    /// Adds what was said to `body`.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn put(&self, body: &mut Body) -> anyhow::Result<()> {
        body.put("insecure_skip_verify", self.insecure_skip_verify)?;
        let mut tls = Map::new();
        for (member, file) in [("ca_certificate", &self.ca_certificate), ("client_certificate", &self.client_certificate)] {
            if let Some(file) = file {
                tls.insert(member.to_owned(), text_of(file)?);
            }
        }
        if let Some(pin) = &self.pin {
            tls.insert("pinned_sha256".to_owned(), if pin.is_empty() { Value::Null } else { Value::from(pin.as_str()) });
        }
        if !tls.is_empty() {
            body.put("tls", Some(tls))?;
        }
        body.put_secret_of("client_key", self.client_key_file.as_deref())
    }
}

/// What is trusted beside the public authorities when a database server is verified, and what is shown to it.
#[derive(Args, Debug)]
#[command(next_help_heading = "TLS")]
pub struct ServerCertificateOptions {
    /// File with certificates, in PEM, of authorities that are trusted too; an empty text forgets them
    #[arg(long, value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
    /// File with the certificate, in PEM, that is shown to the server; an empty text shows none
    #[arg(long, value_name = "FILE")]
    client_certificate: Option<PathBuf>,
    /// File with the private key, in PEM, of the client certificate; an empty text forgets it
    #[arg(long, value_name = "FILE")]
    client_key_file: Option<PathBuf>,
}

impl ServerCertificateOptions {
    /// Adds what was said to `body`.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn put(&self, body: &mut Body) -> anyhow::Result<()> {
        for (member, file) in [("ca_certificate", &self.ca_certificate), ("client_certificate", &self.client_certificate)] {
            body.put(member, file.as_deref().map(text_of).transpose()?)?;
        }
        body.put_secret_of("client_key", self.client_key_file.as_deref())
    }
}

fn text_of(file: &Path) -> anyhow::Result<Value> {
    if file.as_os_str().is_empty() { Ok(Value::Null) } else { body::read_text(file).map(Value::from) }
}
