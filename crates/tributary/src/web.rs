//! The console: what `web/` builds, served at every path that no other face has.
//!
//! A page's address (`/connections/…`) is known to the console's own router only, so it is answered with `index.html`. The console asks the
//! API for everything else; it has no routes of its own here.
//!
//! A release build carries the files; a debug build reads them from `web/dist` as they are at that moment. Neither needs them to compile:
//! without them there is one page that says so.

use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Component, Path, PathBuf},
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::any,
};
use rust_embed::RustEmbed;

use crate::guard::{host, is_loopback};

/// Nothing from elsewhere, no script within a page, no frame around it. Mantine writes styles into elements.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The folder of the files whose names change with their content.
const HASHED: &str = "assets/";
const A_YEAR: &str = "public, max-age=31536000, immutable";

/// The page that every address of the console shows.
const INDEX: &str = "index.html";

/// What the build puts beside a file, best first: the same, compressed.
const COMPRESSED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Where the console's files are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Console {
    /// In this program, if there were any when it was built.
    #[default]
    BuiltIn,
    /// In this folder, read at every request.
    Folder(PathBuf),
}

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

impl Console {
    /// Whether there is one.
    pub async fn is_there(&self) -> bool {
        self.read(INDEX).await.is_some()
    }

    /// The content of the file with this name, relative and with forward slashes.
    async fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        // What a folder holds is public, what lies around it is not.
        if name.contains(['\\', '\0']) || !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        match self {
            Self::BuiltIn => Built::get(name).map(|file| file.data),
            Self::Folder(folder) => tokio::fs::read(folder.join(name)).await.ok().map(Cow::Owned),
        }
    }
}

/// The console at every path that no other face has, guards included. It is a fallback: merge it with routers that have none.
pub fn router(console: Console) -> Router {
    let elsewhere = any(|| async { said(StatusCode::NOT_FOUND, "There is nothing at this path", "") });
    Router::new()
        .route("/chronograf", elsewhere.clone())
        .route("/chronograf/{*rest}", elsewhere)
        .fallback(answer)
        .with_state(console)
        .layer(middleware::from_fn(crate::guard::plain_answers))
}

async fn answer(State(console): State<Console>, request: Request) -> Response {
    let headers = request.headers();
    let is_of_this_machine = host(headers, request.uri()).is_some_and(|host| is_loopback(host.host()));
    if !is_of_this_machine {
        let how = "<p>Ask for <code>http://localhost</code> or <code>http://127.0.0.1</code> with the server's port.</p>";
        return said(StatusCode::FORBIDDEN, "This is not a name of this machine's loopback interface", how);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let refused = said(StatusCode::METHOD_NOT_ALLOWED, "There is only something to read at this path", "");
        return ([(header::ALLOW, "GET, HEAD")], refused).into_response();
    }
    let name = request.uri().path().trim_start_matches('/');
    if !name.is_empty()
        && let Some(file) = find(&console, name, headers).await
    {
        return file;
    }
    if name.starts_with(HASHED) {
        // A page of an older build asks for its parts; a page in their place would be taken for a script.
        return said(StatusCode::NOT_FOUND, "This file is of another build", "");
    }
    match find(&console, INDEX, headers).await {
        Some(page) => page,
        None => said(StatusCode::OK, "This Tributary has no console", NO_CONSOLE),
    }
}

/// The file as the client may have it: compressed if it can read that, and not at all if it has it already.
async fn find(console: &Console, name: &str, asked: &HeaderMap) -> Option<Response> {
    let plain = console.read(name).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(name)));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    if name.starts_with(HASHED) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(A_YEAR));
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let tag = tag(&plain);
        let is_known = listed(asked, header::IF_NONE_MATCH).any(|known| known == tag);
        headers.insert(header::ETAG, HeaderValue::from_str(&tag).expect("a tag is quoted hexadecimal digits"));
        if is_known {
            return Some((StatusCode::NOT_MODIFIED, headers).into_response());
        }
    }
    for (encoding, ending) in COMPRESSED {
        if accepts(asked, encoding)
            && let Some(compressed) = console.read(&format!("{name}{ending}")).await
        {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            return Some((headers, compressed).into_response());
        }
    }
    Some((headers, plain).into_response())
}

/// Weak, because it is the same for the compressed file. It only has to differ between two builds.
fn tag(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("W/\"{:016x}\"", hasher.finish())
}

fn listed(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    listed(headers, header::ACCEPT_ENCODING).any(|accepted| {
        let (name, weight) = accepted.split_once(';').unwrap_or((accepted, "q=1"));
        let is_refused = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()) == Some(0.0);
        name.trim().eq_ignore_ascii_case(encoding) && !is_refused
    })
}

/// The media type of what a build of the console holds.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

const NO_CONSOLE: &str = "<p>It was built where Node.js was missing. Everything works with the command line (<code>tributary --help</code>) and \
    with the <a href=\"/api/v1/openapi.json\">REST API</a>.</p>\
    <p>For a build with the console, install Node.js 20 or later and npm, and run <code>make console</code>, then <code>cargo build</code>.</p>";

/// A page of a heading and a few words.
fn said(status: StatusCode, heading: &str, text: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Tributary</title><style>:root {{ color-scheme: light dark }} \
         body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem }}</style>\
         <main><h1>{heading}</h1>{text}</main></html>\n"
    );
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)];
    (status, headers, page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_with_weight_zero_is_refused() {
        for (accepted, accepts_br) in [
            ("gzip, deflate, br, zstd", true),
            ("BR;q=0.1", true),
            ("br;q=0, gzip", false),
            ("br; q=0.000", false),
            ("gzip", false),
            ("brotli", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
            assert_eq!(accepts(&headers, "br"), accepts_br, "{accepted}");
        }
        assert!(!accepts(&HeaderMap::new(), "br"));
    }

    #[tokio::test]
    async fn what_lies_around_the_folder_is_not_read() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("dist");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(around.path().join("key"), "k").unwrap();
        std::fs::write(folder.join("icon.svg"), "i").unwrap();
        let absolute = around.path().join("key").display().to_string();
        let console = Console::Folder(folder);
        for name in ["../key", "assets/../../key", "./../key", "..\\key", "", ".", "key\0", &absolute] {
            assert_eq!(console.read(name).await, None, "{name}");
        }
        assert!(console.read("icon.svg").await.is_some());
    }
}
