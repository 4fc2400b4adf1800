//! Which server answers at an address: an InfluxDB of which line, or a Kapacitor, or something else.

use model::{Failure, FailureKind};
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use crate::{
    answer::{self, HTTP_TO_HTTPS},
    http::{Answer, Client, endpoint, shown},
};

/// A server that can be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Which one.
    pub product: Product,
    /// Its version without a leading `v`, if it says: `1.6.7`.
    pub version: Option<String>,
    /// Its build, if it says: `OSS`, `ENT`, `Core`.
    pub build: Option<String>,
    /// Whether it refused the login that the question was asked with.
    pub login_refused: bool,
}

/// The lines of InfluxDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// InfluxDB 1.x, open source.
    V1,
    /// InfluxDB 1.x Enterprise.
    V1Enterprise,
    /// InfluxDB 2.x.
    V2,
    /// InfluxDB 3 Core.
    V3Core,
    /// InfluxDB 3 Enterprise.
    V3Enterprise,
    /// InfluxDB 3; it does not say which, because it is older than 3.9 or refused the login.
    V3,
    /// InfluxDB Cloud (TSM).
    CloudTsm,
    /// InfluxDB Cloud Serverless.
    CloudServerless,
    /// InfluxDB Cloud Dedicated.
    CloudDedicated,
    /// It answers as an InfluxDB does, without a version: a proxy took it away, or it is Clustered.
    Nameless,
}

impl Product {
    /// Its name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::V1 => "InfluxDB 1",
            Self::V1Enterprise => "InfluxDB 1 Enterprise",
            Self::V2 => "InfluxDB 2",
            Self::V3Core => "InfluxDB 3 Core",
            Self::V3Enterprise => "InfluxDB 3 Enterprise",
            Self::V3 => "InfluxDB 3",
            Self::CloudTsm => "InfluxDB Cloud",
            Self::CloudServerless => "InfluxDB Cloud Serverless",
            Self::CloudDedicated => "InfluxDB Cloud Dedicated",
            Self::Nameless => "an InfluxDB that does not tell its version",
        }
    }

    /// The driver that speaks to it; `None` when it cannot be told.
    pub const fn driver(self) -> Option<&'static str> {
        match self {
            Self::V1 | Self::V1Enterprise => Some("v1"),
            Self::V2 | Self::CloudTsm | Self::CloudServerless | Self::CloudDedicated => Some("v2"),
            Self::V3Core | Self::V3Enterprise | Self::V3 => Some("v3"),
            Self::Nameless => None,
        }
    }
}

impl Server {
    fn new(product: Product) -> Self {
        Self { product, version: None, build: None, login_refused: false }
    }

    /// In words: `InfluxDB 1, version 1.6.7`.
    pub fn describe(&self) -> String {
        let mut text = self.product.label().to_owned();
        if let Some(version) = &self.version {
            text.push_str(&format!(", version {version}"));
        }
        text
    }
}

impl Server {
    /// Whether this driver speaks to it, as far as can be told.
    ///
    /// # Errors
    /// `InfluxProduct`, naming the driver that does.
    pub(crate) fn suits(&self, driver: &str, url: &Url) -> Result<(), Failure> {
        let Some(right) = self.product.driver().filter(|right| *right != driver) else { return Ok(()) };
        let detail = format!("{} answers at {}: that is driver {right}, this connection's driver is {driver}", self.describe(), shown(url));
        Err(Failure::new(FailureKind::InfluxProduct, detail))
    }
}

/// Asks the server at `url` who it is (`GET /ping`). Writes nothing.
///
/// # Errors
/// As [`Client::send`] when nothing answers; `InfluxProduct` when it is no InfluxDB (the message says when it is a Kapacitor), `InfluxTls`
/// when it wants `https`, or the kind of its answer when a proxy answers in its place.
pub async fn detect(client: &Client, url: &Url) -> Result<Server, Failure> {
    let answer = client.get(ping_url(url)).await?;
    recognize(&answer, url)
}

/// Where a server is asked who it is.
pub(crate) fn ping_url(base: &Url) -> Url {
    endpoint(base, "/ping", &[])
}

/// The server that gave this answer to `GET /ping`.
///
/// # Errors
/// As [`detect`].
pub(crate) fn recognize(answer: &Answer, url: &Url) -> Result<Server, Failure> {
    let place = shown(url);
    let foreign = |what: String| Err(Failure::new(FailureKind::InfluxProduct, what));
    if let Some(version) = answer.header("x-kapacitor-version") {
        return foreign(format!("a Kapacitor {version} answers at {place}, not an InfluxDB"));
    }
    let version = answer.header("x-influxdb-version").map(|text| text.trim_start_matches('v').to_owned());
    let build = answer.header("x-influxdb-build").map(str::to_owned);
    let body = answer.json::<Value>();
    let said = |key: &str| body.as_ref().and_then(|body| body.get(key)).and_then(Value::as_str).map(str::to_owned);
    let login_refused = answer.status == StatusCode::UNAUTHORIZED;
    let known = |version: Option<String>| {
        let product = product(version.as_deref(), build.as_deref(), said("product_name").as_deref());
        Ok(Server { product, version, build: build.clone(), login_refused })
    };
    match answer.status {
        _ if version.is_some() => known(version),
        StatusCode::OK if said("version").is_some() => known(said("version").map(|text| text.trim_start_matches('v').to_owned())),
        StatusCode::NO_CONTENT => Ok(Server::new(cloud(url))),
        // 3.0 to 3.7 say nothing at all; later ones name their cluster.
        StatusCode::UNAUTHORIZED
            if answer.header("cluster-uuid").is_some() || answer.body.is_empty() || answer.message().contains("was not authenticated") =>
        {
            Ok(Server { login_refused, ..Server::new(Product::V3) })
        }
        StatusCode::BAD_REQUEST if answer.message().contains(HTTP_TO_HTTPS) => {
            Err(Failure::new(FailureKind::InfluxTls, format!("{place} answers only to https")))
        }
        status if status.is_server_error() => Err(answer::failure(answer, &format!("asking {place} who it is"))),
        status if status.is_redirection() => {
            let mut failure = answer::failure(answer, &format!("asking {place} who it is"));
            failure.kind = FailureKind::InfluxUrl;
            Err(failure)
        }
        status => foreign(format!("what answers at {place} is not an InfluxDB ({} to /ping)", status.as_u16())),
    }
}

fn product(version: Option<&str>, build: Option<&str>, name: Option<&str>) -> Product {
    let build = build.unwrap_or_default();
    let is_enterprise =
        build.starts_with("ENT") || build.eq_ignore_ascii_case("enterprise") || name.is_some_and(|n| n.contains("Enterprise"));
    let is_core = build.eq_ignore_ascii_case("core") || name.is_some_and(|n| n.contains("Core"));
    match version.and_then(|version| version.split('.').next()) {
        Some("1") if is_enterprise => Product::V1Enterprise,
        Some("1") => Product::V1,
        Some("2") => Product::V2,
        Some("3") if is_core => Product::V3Core,
        Some("3") if is_enterprise => Product::V3Enterprise,
        Some("3") => Product::V3,
        _ => Product::Nameless,
    }
}

/// Which cloud answers there, by its name (vendor documents).
fn cloud(url: &Url) -> Product {
    let host = url.host_str().unwrap_or_default();
    if host.ends_with(".a.influxdb.io") {
        Product::CloudDedicated
    } else if host.ends_with("us-east-1-1.aws.cloud2.influxdata.com") || host.ends_with("eu-central-1-1.aws.cloud2.influxdata.com") {
        Product::CloudServerless
    } else if host.ends_with(".cloud2.influxdata.com") {
        Product::CloudTsm
    } else {
        Product::Nameless
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn ask(url: &str, status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Result<Server, Failure> {
        let headers: HeaderMap = headers.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from_static(body.as_bytes()),
            truncated: false,
            retry_after: None,
            took: Duration::ZERO,
        };
        recognize(&answer, &Url::parse(url).unwrap())
    }

    #[test]
    fn every_recorded_ping_is_recognized() {
        let here = "http://localhost:8086";
        for (url, status, headers, body, product, version) in [
            (here, 204, vec![("x-influxdb-version", "1.6.7~rc0"), ("x-influxdb-build", "OSS")], "", Product::V1, Some("1.6.7~rc0")),
            (
                here,
                204,
                vec![("x-influxdb-version", "1.8.3-c1.8.3"), ("x-influxdb-build", "ENT")],
                "",
                Product::V1Enterprise,
                Some("1.8.3-c1.8.3"),
            ),
            (here, 401, vec![("x-influxdb-version", "1.8.10")], "{}", Product::V1, Some("1.8.10")),
            (here, 204, vec![("x-influxdb-version", "v2.7.12"), ("x-influxdb-build", "OSS")], "", Product::V2, Some("2.7.12")),
            (here, 200, vec![("x-influxdb-version", "3.10.1"), ("x-influxdb-build", "Core")], "{}", Product::V3Core, Some("3.10.1")),
            (here, 200, vec![], r#"{"version":"3.9.0","product_name":"InfluxDB 3 Enterprise"}"#, Product::V3Enterprise, Some("3.9.0")),
            (here, 200, vec![], r#"{"version":"3.0.1","revision":"abc"}"#, Product::V3, Some("3.0.1")),
            (here, 401, vec![("cluster-uuid", "x")], r#"{"error": "the request was not authenticated"}"#, Product::V3, None),
            (here, 401, vec![], "", Product::V3, None),
            ("https://x.a.influxdb.io", 204, vec![], "", Product::CloudDedicated, None),
            ("https://us-east-1-1.aws.cloud2.influxdata.com", 204, vec![], "", Product::CloudServerless, None),
            ("https://westeurope-1.azure.cloud2.influxdata.com", 204, vec![], "", Product::CloudTsm, None),
            (here, 204, vec![], "", Product::Nameless, None),
        ] {
            let server = ask(url, status, &headers, body).unwrap();
            assert_eq!((server.product, server.version.as_deref()), (product, version), "{url} {status} {headers:?} {body}");
            assert_eq!(server.login_refused, status == 401);
        }
    }

    #[test]
    fn what_is_no_influxdb_is_named() {
        for (status, headers, body, kind, words) in [
            (404, vec![("x-kapacitor-version", "1.5.3")], r#"{"error": "Not Found"}"#, FailureKind::InfluxProduct, "Kapacitor 1.5.3"),
            (400, vec![], "Client sent an HTTP request to an HTTPS server.\n", FailureKind::InfluxTls, "https"),
            (200, vec![], "<html>Grafana</html>", FailureKind::InfluxProduct, "not an InfluxDB"),
            (302, vec![("location", "https://x.example.org/ping")], "", FailureKind::InfluxUrl, "https://x.example.org/ping"),
            (502, vec![], "<html>", FailureKind::InfluxFailed, "502"),
        ] {
            let failure = ask("http://localhost:1", status, &headers, body).unwrap_err();
            assert_eq!(failure.kind, kind, "{status}");
            assert!(failure.chain().contains(words), "{}", failure.chain());
        }
    }
}
