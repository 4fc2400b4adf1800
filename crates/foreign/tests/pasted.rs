//! Texts that people paste, and exactly what becomes of each: `fixtures/pasted/*.txt` beside `*.expected`.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without, it unwraps")]

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use foreign::{Found, FoundConnection, FoundKapacitor, Given, Variables, pasted};
use model::{
    Name, Target,
    secret::{ExposeSecret, Secrets},
};
use proptest::prelude::*;

fn given() -> Given {
    let variables = [("INFLUX_URL", "https://given.example.com"), ("INFLUX_TOKEN", "s3cret-given"), ("STAGE", "test")];
    Given { variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), bucket: None }
}

/// Every field of it that is not at its default, in one line.
fn connection(found: &FoundConnection) -> String {
    let spec = &found.connection;
    let mut line = spec.target.driver().to_owned();
    if let Target::V3 { edition, .. } = &spec.target {
        let _ = write!(line, " {}", word(edition));
    }
    let _ = write!(line, " `{}`", found.name);
    match &spec.target {
        Target::V1 { url, database, username, retention_policy, edition, meta_url } => {
            let _ = write!(line, " {url} database={database}");
            put(&mut line, "retention_policy", retention_policy.as_deref());
            put(&mut line, "username", username.as_deref());
            put(&mut line, "edition", Some(word(edition)).filter(|edition| edition != "oss").as_deref());
            put(&mut line, "meta_url", meta_url.as_ref().map(url::Url::as_str));
        }
        Target::V2 { url, organization, bucket } => {
            let _ = write!(line, " {url} organization={organization} bucket={bucket}");
        }
        Target::V3 { url, database, cluster_id, account_id, .. } => {
            let _ = write!(line, " {url} database={database}");
            put(&mut line, "cluster_id", cluster_id.as_deref());
            put(&mut line, "account_id", account_id.as_deref());
        }
        Target::File { folder } => {
            let _ = write!(line, " {folder}");
        }
    }
    secrets(&mut line, &found.secrets);
    let usual = model::Connection::new(spec.target.clone());
    put(&mut line, "timeout", Some(spec.timeout_ms.to_string()).filter(|_| spec.timeout_ms != usual.timeout_ms).as_deref());
    if spec.insecure_skip_verify {
        line.push_str(" skip_verify");
    }
    put(&mut line, "gzip", Some(word(&spec.gzip)).filter(|gzip| gzip != "auto").as_deref());
    if found.default {
        line.push_str(" default");
    }
    put(&mut line, "number", found.number.map(|number| number.to_string()).as_deref());
    put(&mut line, "of", found.organization.as_deref());
    line
}

fn kapacitor(found: &FoundKapacitor) -> String {
    let mut line = format!("kapacitor `{}` {}", found.name, found.url);
    put(&mut line, "username", found.username.as_deref());
    secrets(&mut line, &found.secrets);
    if found.insecure_skip_verify {
        line.push_str(" skip_verify");
    }
    put(&mut line, "number", found.number.map(|number| number.to_string()).as_deref());
    put(&mut line, "connection", found.connection_number.map(|number| number.to_string()).as_deref());
    if found.active && found.number.is_some() {
        line.push_str(" active");
    }
    put(&mut line, "of", found.organization.as_deref());
    line
}

fn secrets(line: &mut String, secrets: &Secrets) {
    for (field, secret) in secrets {
        put(line, field.as_str(), Some(secret.expose_secret()));
    }
}

fn put(line: &mut String, field: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = write!(line, " {field}={value}");
    }
}

/// What is not meant to be shown may be in fields, never in words.
fn words(found: &Found) -> Vec<String> {
    let place = |line: Option<usize>| line.map_or("-".to_owned(), |line| line.to_string());
    let remarks = found.remarks.iter().map(|remark| format!("remark {}: {}", place(remark.line), remark.text));
    let broken = found
        .broken
        .iter()
        .map(|broken| format!("broken {} {}: {}", place(broken.line), broken.field.as_deref().unwrap_or("-"), broken.reason));
    remarks.chain(broken).collect()
}

fn shown(text: &str) -> (Vec<String>, Vec<String>) {
    match pasted::read_with(text, &given()) {
        Ok(found) => {
            let fields = found.connections.iter().map(connection).chain(found.kapacitors.iter().map(kapacitor)).collect();
            (fields, words(&found))
        }
        Err(broken) => {
            let place = broken.line.map_or("-".to_owned(), |line| line.to_string());
            (Vec::new(), vec![format!("error {place} {}: {}", broken.field.as_deref().unwrap_or("-"), broken.reason)])
        }
    }
}

fn fixtures() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pasted");
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .map(|path| {
            let expected = fs::read_to_string(path.with_extension("expected")).unwrap();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap(), expected)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn every_text_becomes_exactly_what_it_says() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 40, "{}", fixtures.len());
    let mut wrong = String::new();
    for (name, text, expected) in &fixtures {
        let (fields, words) = shown(text);
        let told: BTreeSet<String> = fields.into_iter().chain(words).collect();
        let expected: BTreeSet<String> = expected.lines().map(str::to_owned).collect();
        for line in expected.difference(&told) {
            let _ = writeln!(wrong, "{name} - {line}");
        }
        for line in told.difference(&expected) {
            let _ = writeln!(wrong, "{name} + {line}");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn no_word_holds_a_secret() {
    let mut told = 0;
    for (name, text, _) in fixtures() {
        let (_, words) = shown(&text);
        let debug = format!("{:?}", pasted::read_with(&text, &given()));
        for word in words.iter().chain([&debug]) {
            assert!(!word.contains("s3cret"), "{name}: {word}");
            told += 1;
        }
    }
    assert!(told > 80, "{told}");
}

#[test]
fn no_text_makes_it_panic_however_it_is_cut() {
    for (_, text, _) in fixtures() {
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let _ = pasted::read(&text[..end]);
            let _ = pasted::read(&text[end..]);
        }
        // Each kind of text read as each other kind.
        let given = given();
        let _ = (foreign::telegraf::read(&text, &given), foreign::lines::read(&text, &given), foreign::influx_config::read(&text, &given));
    }
}

/// What stands in the way of a reader: openers without closers, escapes, breaks, and the beginnings of every kind of text.
const PIECES: [&str; 24] = [
    "",
    "\"",
    "'",
    "\\",
    "\n",
    "\r\n",
    "$",
    "${",
    "{{",
    "@",
    "[",
    "[[",
    "]",
    "{",
    "=",
    ":",
    "//",
    "%",
    "\u{0}",
    "é",
    "curl ",
    "http://",
    "INFLUX_HOST=",
    "[[outputs.influxdb]]\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_done_to_a_text_what_comes_of_it_can_be_kept_and_told(
        at in 0_usize..1_000,
        edits in prop::collection::vec((0.0_f64..1.0, 0_usize..12, 0_usize..PIECES.len()), 0..6),
    ) {
        let fixtures = fixtures();
        let mut text: Vec<char> = fixtures[at % fixtures.len()].1.chars().collect();
        for (place, removed, piece) in edits {
            let start = (text.len() as f64 * place) as usize;
            let end = (start + removed).min(text.len());
            text.splice(start..end, PIECES[piece].chars());
        }
        let text: String = text.into_iter().collect();
        let lines = text.matches('\n').count() + 1;
        let (found, error) = match pasted::read_with(&text, &given()) {
            Ok(found) => (found, None),
            Err(broken) => (Found::default(), Some(broken)),
        };
        let names = found.connections.iter().map(|one| &one.name).chain(found.kapacitors.iter().map(|one| &one.name));
        for name in names {
            prop_assert!(Name::new(name).is_ok_and(|kept| kept.as_str() == name), "{name:?}");
        }
        let urls = found.connections.iter().filter_map(|one| one.connection.target.url()).chain(found.kapacitors.iter().map(|one| &one.url));
        for url in urls {
            prop_assert!(matches!(url.scheme(), "http" | "https") && url.has_host(), "{url}");
            prop_assert!(url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none(), "{url}");
        }
        for (line, words) in found
            .remarks
            .iter()
            .map(|remark| (remark.line, remark.text.clone()))
            .chain(found.broken.iter().chain(&error).map(|broken| (broken.line, broken.to_string())))
        {
            prop_assert!(line.is_none_or(|line| (1..=lines).contains(&line)), "{line:?} {words}");
            prop_assert!(!words.contains(['\n', '\r']) && !words.contains("s3cret"), "{words:?}");
        }
    }
}

#[test]
fn a_bucket_that_was_given_is_used_where_the_text_names_none() {
    let given = Given { bucket: Some("orders".to_owned()), variables: Variables::new() };
    let found = pasted::read_with("[a]\nurl = \"http://h:8086\"\norg = \"o\"\ntoken = \"t\"\n", &given).unwrap();
    assert!(matches!(&found.connections[0].connection.target, Target::V2 { bucket, .. } if bucket == "orders"));
    assert!(found.remarks.is_empty(), "{:?}", found.remarks);
    let found = pasted::read_with("http://h:8086/?org=o&bucket=own", &given).unwrap();
    assert!(matches!(&found.connections[0].connection.target, Target::V2 { bucket, .. } if bucket == "own"));
}

/// A value as its serialized word.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}
