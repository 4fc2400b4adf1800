//! How the console is served, with a folder in its place that holds a few files, and with an empty one.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without, it unwraps")]

use std::{fs, path::Path};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use tower::ServiceExt;
use tributary::web::{self, Console};

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

struct Served {
    router: Router,
    dir: tempfile::TempDir,
}

impl Served {
    /// An empty folder.
    fn nothing() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { router: web::router(Console::Folder(dir.path().to_owned())), dir }
    }

    /// What a build leaves behind, in small.
    fn console() -> Self {
        let served = Self::nothing();
        fs::create_dir(served.path().join("assets")).unwrap();
        for (name, content) in [
            ("index.html", "<!doctype html>console"),
            ("icon.svg", "<svg/>"),
            ("assets/index-AbC123.js", "plain"),
            ("assets/index-AbC123.js.br", "as brotli"),
            ("assets/index-AbC123.js.gz", "as gzip"),
            ("assets/index-AbC123.css", "body {}"),
        ] {
            fs::write(served.path().join(name), content).unwrap();
        }
        served
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:8282");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[]).await
    }
}

#[tokio::test]
async fn every_page_is_the_index_and_a_part_that_is_missing_is_not() {
    let console = Served::console();
    for path in ["/", "/index.html", "/connections", "/connections/018f-1?tab=check", "/assetsx", "/chronografx"] {
        let answer = console.get(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "<!doctype html>console"), "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
    }
    assert_eq!(console.get("/icon.svg").await.text, "<svg/>");
    for path in ["/assets/index-older.js", "/assets/", "/chronograf", "/chronograf/v2"] {
        let answer = console.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.text.contains("console"), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_is_named_by_its_content_is_kept_for_ever_and_the_rest_is_asked_for_each_time() {
    let console = Served::console();
    let script = console.get("/assets/index-AbC123.js").await;
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");

    let index = console.get("/").await;
    assert_eq!(index.header("cache-control"), "no-cache");
    let tag = index.header("etag").to_owned();
    let known = format!("W/\"0\", {tag}");
    let again = console.ask(Method::GET, "/connections", &[("if-none-match", &known)]).await;
    assert_eq!((again.status, again.text.as_str(), again.header("etag")), (StatusCode::NOT_MODIFIED, "", tag.as_str()));

    fs::write(console.path().join("index.html"), "<!doctype html>newer console").unwrap();
    let newer = console.ask(Method::GET, "/", &[("if-none-match", &known)]).await;
    assert_eq!((newer.status, newer.text.as_str()), (StatusCode::OK, "<!doctype html>newer console"));
}

#[tokio::test]
async fn a_file_comes_compressed_as_the_client_can_read_it() {
    let console = Served::console();
    for (accepted, encoding, text) in [
        ("gzip, deflate, br", "br", "as brotli"),
        ("gzip, br;q=0", "gzip", "as gzip"),
        ("gzip", "gzip", "as gzip"),
        ("identity", "", "plain"),
        ("", "", "plain"),
    ] {
        let answer = console.ask(Method::GET, "/assets/index-AbC123.js", &[("accept-encoding", accepted)]).await;
        assert_eq!((answer.header("content-encoding"), answer.text.as_str()), (encoding, text), "{accepted}");
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8", "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accepted}");
    }
    let style = console.ask(Method::GET, "/assets/index-AbC123.css", &[("accept-encoding", "br, gzip")]).await;
    assert_eq!((style.header("content-encoding"), style.text.as_str()), ("", "body {}"));
}

#[tokio::test]
async fn every_answer_forbids_what_the_console_does_not_need() {
    let (console, nothing) = (Served::console(), Served::nothing());
    for answer in
        [console.get("/").await, console.get("/assets/index-AbC123.js").await, console.get("/assets/none.js").await, nothing.get("/").await]
    {
        let policy = answer.header("content-security-policy");
        for rule in ["default-src 'self'", "script-src 'self';", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{rule} is not in {policy}");
        }
        assert!(!policy.contains("unsafe-eval"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
}

#[tokio::test]
async fn the_console_is_read_from_this_machine_and_only_read() {
    let console = Served::console();
    for (host, status) in [
        ("127.0.0.1:8282", StatusCode::OK),
        ("[::1]:8282", StatusCode::OK),
        ("evil.example", StatusCode::FORBIDDEN),
        ("192.168.1.2:8282", StatusCode::FORBIDDEN),
    ] {
        let answer = console.ask(Method::GET, "/", &[("host", host)]).await;
        assert_eq!(answer.status, status, "{host}");
        assert_eq!(answer.text.contains("doctype html>console"), status == StatusCode::OK, "{host}: {}", answer.text);
    }
    let head = console.ask(Method::HEAD, "/", &[]).await;
    assert_eq!(head.status, StatusCode::OK);
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = console.ask(method.clone(), "/connections", &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"), "{method}");
    }
}

#[tokio::test]
async fn a_build_without_a_console_says_so_and_how_to_get_one() {
    let nothing = Served::nothing();
    assert!(!Console::Folder(nothing.path().to_owned()).is_there().await);
    for path in ["/", "/connections"] {
        let answer = nothing.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"), "{path}");
        for words in ["This Tributary has no console", "make console", "/api/v1/openapi.json"] {
            assert!(answer.text.contains(words), "{path}: {words} is not in {}", answer.text);
        }
    }
}
