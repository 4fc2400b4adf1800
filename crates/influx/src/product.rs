//! Which server answers at an address: an InfluxDB of which line, or a Kapacitor, or something else.

use model::{Code, Connection, Failure, FailureKind, Target, V1Edition, V3Edition, edges::Detected};
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use crate::{
    answer,
    check::Ladder,
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
    /// A relay that passes lines on to several InfluxDB 1.x. It takes writes and nothing else.
    V1Relay,
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
    /// InfluxDB 3 Cloud, which its vendor's documents tell the name of and no more.
    CloudV3,
    /// It answers as an InfluxDB does, without a version: a proxy took it away, or it is Clustered.
    Nameless,
}

impl Product {
    /// Its name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::V1 => "InfluxDB 1",
            Self::V1Enterprise => "InfluxDB 1 Enterprise",
            Self::V1Relay => "InfluxDB 1 Relay",
            Self::V2 => "InfluxDB 2",
            Self::V3Core => "InfluxDB 3 Core",
            Self::V3Enterprise => "InfluxDB 3 Enterprise",
            Self::V3 => "InfluxDB 3",
            Self::CloudTsm => "InfluxDB Cloud",
            Self::CloudServerless => "InfluxDB Cloud Serverless",
            Self::CloudDedicated => "InfluxDB Cloud Dedicated",
            Self::CloudV3 => "InfluxDB 3 Cloud",
            Self::Nameless => "an InfluxDB that does not tell its version",
        }
    }

    /// The driver that speaks to it; `None` when it cannot be told.
    pub const fn driver(self) -> Option<&'static str> {
        match self {
            Self::V1 | Self::V1Enterprise | Self::V1Relay => Some("v1"),
            Self::V2 | Self::CloudTsm => Some("v2"),
            Self::V3Core | Self::V3Enterprise | Self::V3 | Self::CloudServerless | Self::CloudDedicated | Self::CloudV3 => Some("v3"),
            Self::Nameless => None,
        }
    }

    /// Which InfluxDB 3 it is, for the v3 driver; `None` when it is none, or cannot be told.
    pub const fn v3_edition(self) -> Option<V3Edition> {
        match self {
            Self::V3Core => Some(V3Edition::Core),
            Self::V3Enterprise => Some(V3Edition::Enterprise),
            Self::CloudServerless => Some(V3Edition::CloudServerless),
            Self::CloudDedicated => Some(V3Edition::CloudDedicated),
            _ => None,
        }
    }

    /// The driver's `edition` for it, as it is written in a connection.
    const fn edition(self) -> Option<&'static str> {
        match self {
            Self::V1 => Some("oss"),
            Self::V1Enterprise => Some("enterprise"),
            Self::V1Relay => Some("relay"),
            _ => match self.v3_edition() {
                Some(edition) => Some(written(edition)),
                None => None,
            },
        }
    }

    /// Whether a write creates the database that is missing: the servers that keep their own catalogue.
    pub(crate) const fn creates_databases(self) -> bool {
        matches!(self, Self::V3Core | Self::V3Enterprise | Self::V3)
    }
}

/// An edition as it is written in a connection.
const fn written(edition: V3Edition) -> &'static str {
    match edition {
        V3Edition::Core => "core",
        V3Edition::Enterprise => "enterprise",
        V3Edition::Clustered => "clustered",
        V3Edition::CloudDedicated => "cloud_dedicated",
        V3Edition::CloudServerless => "cloud_serverless",
    }
}

/// Whether this InfluxDB 3 takes lines where an InfluxDB 2 does, at `/api/v2/write`.
pub(crate) const fn writes_like_v2(edition: V3Edition) -> bool {
    matches!(edition, V3Edition::Clustered | V3Edition::CloudDedicated | V3Edition::CloudServerless)
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

    /// What there is to know before a connection is made.
    pub(crate) fn detected(self) -> Detected {
        let remark = match self.product {
            Product::Nameless => Some("it answers as an InfluxDB does but hides its version: choose the driver by hand".to_owned()),
            Product::CloudV3 => Some("choose the edition by hand".to_owned()),
            _ if self.login_refused && self.version.is_none() => Some("it asks for a login before it says its version".to_owned()),
            _ if self.login_refused => Some("it asks for a login".to_owned()),
            Product::V3 => Some("it does not say which InfluxDB 3 it is: choose the edition by hand".to_owned()),
            _ => None,
        };
        Detected {
            product: self.product.label().to_owned(),
            version: self.version,
            driver: self.product.driver(),
            edition: self.product.edition(),
            is_kapacitor: false,
            remark,
        }
    }

    /// Whether the connection's driver and edition speak to it, as far as can be told.
    ///
    /// # Errors
    /// `InfluxProduct`, naming the driver or edition that does.
    pub(crate) fn suits(&self, target: &Target, url: &Url) -> Result<(), Misfit> {
        let driver = target.driver();
        // The clouds of InfluxDB 3 take what an InfluxDB 2 takes.
        let is_like_v2 = matches!(self.product, Product::CloudServerless | Product::CloudDedicated | Product::CloudV3);
        if let Some(right) = self.product.driver().filter(|right| *right != driver && !(driver == "v2" && is_like_v2)) {
            return Err(Misfit {
                failure: other(format!(
                    "{} answers at {}: that is driver {right}, this connection's driver is {driver}",
                    self.describe(),
                    shown(url)
                )),
                field: "driver",
                advice: format!("make the connection with driver {right}, or correct the port"),
            });
        }
        let Target::V3 { edition, .. } = target else { return Ok(()) };
        // Core and Enterprise are written to in the same way, which is another than that of the clouds.
        let takes_v2_writes = match self.product {
            Product::CloudServerless | Product::CloudDedicated => true,
            // Who takes nobody's word for it says nothing of itself either.
            Product::V3 if self.login_refused => return Ok(()),
            product if product.creates_databases() => false,
            _ => return Ok(()),
        };
        if takes_v2_writes == writes_like_v2(*edition) {
            return Ok(());
        }
        let right = self.product.v3_edition().map_or("core or enterprise", written);
        Err(Misfit {
            failure: other(format!(
                "{} answers at {}: that is edition {right}, this connection's edition is {}",
                self.describe(),
                shown(url),
                written(*edition)
            )),
            field: "edition",
            advice: format!("set the connection's edition to {right}, or correct the address"),
        })
    }
}

fn other(detail: String) -> Failure {
    Failure::new(FailureKind::InfluxProduct, detail).coded(Code::ProductOther)
}

/// A server that answers, and is none for the connection.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) failure: Failure,
    /// The form field that is to be changed.
    field: &'static str,
    advice: String,
}

/// The step `product`, from the answer to `GET /ping`: which server it is, and whether it is the connection's. `None` when it is not, which
/// was told.
pub(crate) fn step(ladder: &mut Ladder<'_>, answer: &Answer, url: &Url, connection: &Connection) -> Option<Server> {
    let server = match recognize(answer, url) {
        Ok(server) => server,
        Err(failure) => {
            ladder.failed("product", &failure, "url", None);
            return None;
        }
    };
    if let Err(misfit) = server.suits(&connection.target, url) {
        ladder.failed("product", &misfit.failure, misfit.field, Some(misfit.advice));
        return None;
    }
    let detail = match &connection.target {
        Target::V1 { edition: V1Edition::Enterprise, .. } if server.product == Product::V1 => {
            format!("{}: open source, not Enterprise", server.describe())
        }
        _ => server.describe(),
    };
    if server.product == Product::Nameless {
        ladder.warned_of("product", Code::ProductHidden, detail, None);
    } else {
        let mut facts = vec![("product", server.product.label().to_owned())];
        facts.extend(server.version.clone().map(|version| ("version", version)));
        facts.extend(server.build.clone().map(|build| ("build", build)));
        ladder.passed_with("product", detail, &facts);
    }
    Some(server)
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

/// Asks who answers at `url`, an InfluxDB or a Kapacitor, and when it hides its version, asks a second time (`GET /health`).
///
/// # Errors
/// As [`detect`], but that a Kapacitor is none.
pub(crate) async fn survey(client: &Client, url: &Url) -> Result<Detected, Failure> {
    let answer = client.get(ping_url(url)).await?;
    if let Some(version) = answer.header("x-kapacitor-version") {
        let asks = answer.status == StatusCode::UNAUTHORIZED;
        return Ok(Detected {
            product: "Kapacitor".to_owned(),
            version: Some(version.trim_start_matches('v').to_owned()),
            driver: None,
            edition: None,
            is_kapacitor: true,
            remark: asks.then(|| "it asks for a login".to_owned()),
        });
    }
    let mut server = recognize(&answer, url)?;
    if server.product == Product::Nameless
        && let Some(version) = health(client, url).await
    {
        server = Server { product: product(Some(&version), None, None), version: Some(version), ..server };
    }
    Ok(server.detected())
}

/// The version that InfluxDB 1.8 and 2 tell at `/health`, where a proxy may have taken the headers away.
async fn health(client: &Client, url: &Url) -> Option<String> {
    let body = client.get(endpoint(url, "/health", &[])).await.ok()?.json::<Value>()?;
    let said = |key: &str| body.get(key).and_then(Value::as_str);
    (said("name") == Some("influxdb")).then(|| said("version").map(|version| version.trim_start_matches('v').to_owned()))?
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
    let foreign = |code: Code, what: String| Err(Failure::new(FailureKind::InfluxProduct, what).coded(code));
    if let Some(version) = answer.header("x-kapacitor-version") {
        return foreign(Code::ProductKapacitor, format!("a Kapacitor {version} answers at {place}, not an InfluxDB"));
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
        status => match answer::of_the_way(answer, url) {
            Some(failure) => Err(failure),
            None => foreign(
                Code::ProductUnknown,
                format!("what answers at {place} is not an InfluxDB ({}{} to /ping)", status.as_u16(), kind_of_page(answer)),
            ),
        },
    }
}

/// What kind of page stands there, when it is one for people: it tells a proxy or another program from a server.
fn kind_of_page(answer: &Answer) -> &'static str {
    if answer.body.trim_ascii_start().starts_with(b"<") { " and a web page" } else { "" }
}

/// By what the server says of itself. Enterprise 1.x marks its versions with `-c`; a relay has no number but its name.
fn product(version: Option<&str>, build: Option<&str>, name: Option<&str>) -> Product {
    let build = build.unwrap_or_default();
    let version = version.unwrap_or_default();
    let is_enterprise = build.starts_with("ENT")
        || build.eq_ignore_ascii_case("enterprise")
        || name.is_some_and(|n| n.contains("Enterprise"))
        || version.contains("-c");
    let is_core = build.eq_ignore_ascii_case("core") || name.is_some_and(|n| n.contains("Core"));
    if version.contains("relay") {
        return Product::V1Relay;
    }
    match version.split('.').next() {
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
    } else if host.ends_with(".enterprise.influxdb.io") {
        Product::CloudV3
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
            (here, 204, vec![("x-influxdb-version", "1.9.6-c1.9.6")], "", Product::V1Enterprise, Some("1.9.6-c1.9.6")),
            (here, 204, vec![("x-influxdb-version", "relay")], "", Product::V1Relay, Some("relay")),
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
            ("https://x.enterprise.influxdb.io", 204, vec![], "", Product::CloudV3, None),
            (here, 204, vec![], "", Product::Nameless, None),
        ] {
            let server = ask(url, status, &headers, body).unwrap();
            assert_eq!((server.product, server.version.as_deref()), (product, version), "{url} {status} {headers:?} {body}");
            assert_eq!(server.login_refused, status == 401);
        }
    }

    #[test]
    fn what_is_no_influxdb_is_named() {
        use FailureKind as Kind;
        let not_found = r#"{"error": "Not Found"}"#;
        let redirect = vec![("location", "https://x.example.org/ping")];
        for (status, headers, body, kind, code, words) in [
            (404, vec![("x-kapacitor-version", "1.5.3")], not_found, Kind::InfluxProduct, Code::ProductKapacitor, "Kapacitor 1.5.3"),
            (400, vec![], "Client sent an HTTP request to an HTTPS server.\n", Kind::InfluxTls, Code::HttpNeedsTls, "https"),
            (200, vec![], "<html>Grafana</html>", Kind::InfluxProduct, Code::ProductUnknown, "a web page"),
            (401, vec![], "<html>Log in</html>", Kind::InfluxProduct, Code::ProductUnknown, "not an InfluxDB"),
            (302, redirect, "", Kind::InfluxUrl, Code::HttpRedirect, "https://x.example.org/ping"),
            (502, vec![], "<html>", Kind::InfluxFailed, Code::HttpServerError, "502"),
        ] {
            let failure = ask("http://localhost:1", status, &headers, body).unwrap_err();
            assert_eq!((failure.kind, failure.code()), (kind, code), "{status}");
            assert!(failure.chain().contains(words), "{}", failure.chain());
        }
    }
}
