//! What the encoder writes, a real InfluxDB 1.6.7 reads as it was meant.
#![allow(missing_docs, clippy::unwrap_used)]

mod line_rows;

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
};

use influx::line::LineRules;
use line_rows::{
    go::{self, Point, Value},
    *,
};
use model::{
    FieldType, Mapping, Measurement, TimeColumn, TimeFormat,
    edges::LineBatch,
    mapping::{Constant, Null},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    string::string_regex,
    test_runner::TestRunner,
};
use serde_json::Value as Json;

/// A database of its own on the test server, dropped at the end.
struct Server {
    address: String,
    database: String,
}

impl Server {
    fn new(test: &str) -> Self {
        let url = std::env::var("TRIBUTARY_TEST_INFLUX_URL").expect("run `make test`, or `dev/servers run cargo test`");
        let address = url.trim_end_matches('/').strip_prefix("http://").expect("the test server speaks plain HTTP").to_owned();
        let server = Self { address, database: format!("line_{test}_{}", std::process::id()) };
        server.query(&format!("CREATE DATABASE {}", server.database));
        server
    }

    /// Status and body of a request.
    fn post(&self, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (address, length) = (&self.address, body.len());
        write!(stream, "POST {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n{headers}\r\n\r\n").unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn ask(&self, query: &str, format: &str) -> String {
        let path = format!("/query?epoch=ns&db={}", self.database);
        let headers = format!("Content-Type: application/x-www-form-urlencoded\r\nAccept: {format}");
        let (status, body) = self.post(&path, &headers, format!("q={query}").as_bytes());
        assert_eq!(status, 200, "{body}");
        body
    }

    fn query(&self, query: &str) -> Json {
        serde_json::from_str(&self.ask(query, "application/json")).unwrap()
    }

    fn write(&self, body: &[u8]) -> (u16, String) {
        self.post(&format!("/write?precision=n&db={}", self.database), "Content-Type: text/plain", body)
    }

    fn write_all(&self, batches: &[LineBatch]) {
        for batch in batches {
            assert_eq!(self.write(&batch.body), (204, String::new()));
        }
    }

    /// Every point of the database, whose fields are all strings.
    fn points(&self) -> Vec<Point> {
        let answer = self.query("SELECT * FROM /.*/ GROUP BY *");
        let mut points = Vec::new();
        for series in answer["results"][0]["series"].as_array().unwrap() {
            let measurement = series["name"].as_str().unwrap();
            // A tag that a point does not have is an empty one here.
            let tags = series["tags"].as_object().into_iter().flatten();
            let tags = tags.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()));
            let tags: BTreeMap<_, _> = tags.filter(|(_, value)| !value.is_empty()).collect();
            let columns: Vec<_> = series["columns"].as_array().unwrap().iter().map(|column| column.as_str().unwrap()).collect();
            for row in series["values"].as_array().unwrap() {
                let time = row[0].as_i64().unwrap();
                let fields = columns[1..].iter().zip(&row.as_array().unwrap()[1..]).filter(|(_, value)| !value.is_null());
                let fields = fields.map(|(name, value)| ((*name).to_owned(), Value::String(value.as_str().unwrap().to_owned())));
                points.push(Point { measurement: measurement.to_owned(), tags: tags.clone(), fields: fields.collect(), time });
            }
        }
        points.sort_by_key(|point| point.time);
        points
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.query(&format!("DROP DATABASE {}", self.database));
    }
}

fn same(found: &[Point], sent: &[Point]) {
    for (found, sent) in found.iter().zip(sent) {
        assert_eq!(found, sent);
    }
    assert_eq!(found.len(), sent.len());
}

const TRICKY: [&str; 32] = [
    "plain",
    "two words",
    " ",
    "  a ",
    ",",
    "=",
    "a=b c,d",
    "a\\b",
    "a\\\\b",
    "a\\,b",
    "a\\ b",
    "a\\=b",
    "a\\\\\\ b",
    "\\a",
    "\\,",
    "\\\\,",
    "\\ x",
    "\"",
    "a\"b",
    "a\\\"b",
    "\"a,b=c\" d",
    "#x",
    "\ta",
    "a\tb",
    "a\rb",
    "\r",
    "a\u{1}",
    "é ☃ 漢字",
    "\u{7f}",
    "'quoted'",
    "a\nb",
    "x\\",
];

#[test]
fn tricky_texts_come_back_from_every_place() {
    let server = Server::new("texts");
    let mut runner = TestRunner::deterministic();
    let random = string_regex(r#"[ab,= \\"\n\t\r#é]{1,8}"#).unwrap();
    let random: Vec<_> = (0..500).map(|_| random.new_tree(&mut runner).unwrap().current()).collect();
    let some: Vec<_> = TRICKY.iter().copied().chain(random.iter().map(String::as_str)).map(Some).collect();
    let rows = some.len();
    let at: Vec<_> = (0..rows as i64).map(|row| Some(SLOT_NS + row)).collect();
    let mapping = Mapping {
        tags: names(&["tag, a=\"", "\\tag"]),
        time: Some(TimeColumn { format: TimeFormat::UnixNs, ..TimeColumn::new("at") }),
        ..Mapping::new("my, \"measure=ment\"")
    };
    let columns =
        [texts("tag, a=\"", &some), texts("\\tag", &some), texts("a \"field\", or=", &some), texts("b\\field", &some), integers("at", &at)];
    let first = shaped(&mapping, &[batch(&columns)], &LineRules::v1()).unwrap();
    let refused = some.iter().flatten().filter(|text| text.contains('\n') || text.ends_with('\\')).count();
    assert_eq!(first.rejects.len(), refused);

    let measured = Mapping { measurement: Measurement::Column("name".to_owned()), tags: Vec::new(), ..mapping };
    let at: Vec<_> = (0..rows as i64).map(|row| Some(SLOT_NS + 1_000_000 + row)).collect();
    let columns = [texts("name", &some), texts("text", &some), integers("at", &at)];
    let second = shaped(&measured, &[batch(&columns)], &LineRules::v1()).unwrap();

    let mut sent = Vec::new();
    for batch in first.batches.iter().chain(&second.batches) {
        sent.extend(go::read(std::str::from_utf8(&batch.body).unwrap()));
    }
    assert_eq!(sent.len(), 2 * rows - first.rejects.len() - second.rejects.len());
    server.write_all(&first.batches);
    server.write_all(&second.batches);
    same(&server.points(), &sent);
}

#[test]
fn numbers_and_times_come_back_to_the_last_digit() {
    let server = Server::new("numbers");
    let values = [
        0.1,
        1.0,
        21.37,
        -12.5,
        1e15,
        1e16,
        1.7e20,
        1e300,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        1.5e-7,
        0.0001,
        123_456_789.123_456_79,
        99_999_999.999_9,
        f64::MIN,
    ];
    let integers_ = [0, 7, -7, i64::MAX, i64::MIN, 99_999_999, 100_000_000, 10_000_000_000_000_000];
    let times = [i64::MIN + 2, i64::MAX - 1, 0, -1, 999_999_999_999_999_999, 1_000_000_000_000_000_000, SLOT_NS, SLOT_NS + 1];
    let mapping = Mapping { time: Some(TimeColumn { format: TimeFormat::UnixNs, ..TimeColumn::new("at") }), ..Mapping::new("m") };
    let columns = [
        floats("float", &values.map(Some)),
        decimals("decimal", &values.map(|_| Some("-0012.340"))),
        integers("integer", &std::array::from_fn::<_, 16, _>(|row| Some(integers_[row % 8]))),
        booleans("boolean", &std::array::from_fn::<_, 16, _>(|row| Some(row % 2 == 0))),
        integers("at", &std::array::from_fn::<_, 16, _>(|row| Some(if row < 8 { times[row] } else { 5000 + row as i64 }))),
    ];
    let shaped = shaped(&mapping, &[batch(&columns)], &LineRules::v1()).unwrap();
    let mut sent = go::read(&text(&shaped.batches));
    assert_eq!(sent.len(), 16);
    server.write_all(&shaped.batches);
    sent.sort_by_key(|point| point.time);
    // As CSV, because a JSON parser may round the last digit.
    let answer = server.ask("SELECT boolean,decimal,float,integer FROM m", "application/csv");
    let found = answer.lines().skip(1).map(|line| {
        let [_, _, time, boolean, decimal, float, integer] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        let double = |text: &str| Value::Float(text.parse::<f64>().unwrap().to_bits());
        let fields = [
            ("boolean", Value::Boolean(boolean.parse().unwrap())),
            ("decimal", double(decimal)),
            ("float", double(float)),
            ("integer", Value::Integer(integer.parse().unwrap())),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).into();
        Point { measurement: "m".to_owned(), tags: BTreeMap::new(), fields, time: time.parse().unwrap() }
    });
    same(&found.collect::<Vec<_>>(), &sent);
}

#[test]
fn the_longest_series_key_is_what_the_server_takes() {
    let server = Server::new("keys");
    let (fits, too_long) = ("x".repeat(65_526), "x".repeat(65_527));
    let mapping = Mapping { tags: names(&["t"]), ..Mapping::new("m") };
    let columns = [texts("t", &[Some(&fits), Some(&too_long)]), integers("v", &[Some(1); 2])];
    let ours = shaped(&mapping, &[batch(&columns)], &LineRules::v1()).unwrap();
    assert_eq!((ours.batches[0].lines, ours.rejects.len()), (1, 1));
    server.write_all(&ours.batches);
    let one_more = LineRules { max_key_bytes: 65_536, max_batch_lines: 1, ..LineRules::v1() };
    let refused = shaped(&mapping, &[batch(&columns)], &one_more).unwrap();
    let (status, answer) = server.write(&refused.batches[1].body);
    assert_eq!(status, 400);
    assert!(answer.contains("max key length exceeded"), "{}", &answer[answer.len() - 200..]);
}

/// Time and fields of the points of `m`: as CSV, because a JSON parser may round.
fn read_back(server: &Server, fields: &[&str]) -> Vec<String> {
    let names = fields.iter().map(|field| format!("\"{field}\"")).collect::<Vec<_>>().join(",");
    let answer = server.ask(&format!("SELECT {names} FROM m"), "application/csv");
    let rows = answer.lines().skip(1).map(|line| line.splitn(3, ',').nth(2).unwrap_or_default().to_owned());
    let mut rows: Vec<String> = rows.filter(|row| !row.is_empty()).collect();
    rows.sort();
    rows
}

#[test]
fn what_a_mapping_in_full_writes_is_read_back_identical() {
    let server = Server::new("full");
    let mut runner = TestRunner::deterministic();
    let wholes: Vec<i64> = (0..400)
        .map(|_| (proptest::num::i64::ANY, 0..64_u32).prop_map(|(value, shift)| value >> shift).new_tree(&mut runner).unwrap().current())
        .collect();
    let rows = wholes.len();
    let texts_of_wholes: Vec<String> = wholes.iter().map(i64::to_string).collect();
    let at: Vec<String> = (0..rows).map(|row| format!("21.11.2026 14:05:{:02}.{row:09}", row % 60)).collect();
    let mapping = Mapping {
        tags: names(&["*_tag"]),
        time: Some(TimeColumn { pattern: Some("%d.%m.%Y %H:%M:%S%.f".to_owned()), ..TimeColumn::new("at") }),
        renames: [("a_tag", "zone"), ("text", "of text")].map(|(from, to)| (from.to_owned(), to.to_owned())).into(),
        constant_tags: [("plant".to_owned(), "Graz, A".to_owned())].into(),
        constant_fields: [("build".to_owned(), Constant::Integer(i64::MIN)), ("rate".to_owned(), Constant::Float(0.1))].into(),
        field_types: [("text", FieldType::Integer), ("whole", FieldType::Float), ("flag", FieldType::Integer)]
            .map(|(column, kind)| (column.to_owned(), kind))
            .into(),
        nulls: [("note".to_owned(), Null::Default("none \"yet\"".to_owned()))].into(),
        ..Mapping::new("m")
    };
    let whole_texts: Vec<Option<&str>> = texts_of_wholes.iter().map(|text| Some(text.as_str())).collect();
    let times: Vec<Option<&str>> = at.iter().map(|text| Some(text.as_str())).collect();
    let notes: Vec<Option<&str>> = (0..rows).map(|row| (row % 3 != 0).then_some("a, \"b\" c=d")).collect();
    let flags: Vec<Option<bool>> = (0..rows).map(|row| Some(row % 2 == 0)).collect();
    let columns = [
        texts("a_tag", &vec![Some("x y"); rows]),
        texts("text", &whole_texts),
        integers("whole", &wholes.iter().copied().map(Some).collect::<Vec<_>>()),
        booleans("flag", &flags),
        texts("note", &notes),
        texts("at", &times),
    ];
    let shaped = shaped(&mapping, &[batch(&columns)], &LineRules::v1()).unwrap();
    let fits = |value: i64| (value as f64) as i128 == i128::from(value);
    assert_eq!(shaped.rejects.len(), wholes.iter().filter(|value| !fits(**value)).count());
    assert!(shaped.rejects.iter().all(|reject| reject.values.as_ref().is_some_and(|values| values.contains("\"a_tag\":\"x y\""))));
    server.write_all(&shaped.batches);

    let fields = ["build", "flag", "note", "of text", "rate", "whole"];
    let kinds = server.ask("SHOW FIELD KEYS", "application/csv");
    for (field, kind) in
        [("build", "integer"), ("flag", "integer"), ("note", "string"), ("of text", "integer"), ("rate", "float"), ("whole", "float")]
    {
        assert!(kinds.lines().any(|line| line.ends_with(&format!(",{field},{kind}"))), "{kinds}");
    }
    let sent = go::read(&text(&shaped.batches));
    assert!(sent.len() > 200 && sent.iter().all(|point| point.tags["zone"] == "x y" && point.tags["plant"] == "Graz, A"));
    let back = read_back(&server, &fields);
    let mut expected: Vec<String> = sent.iter().map(row_of).collect();
    expected.sort();
    assert_eq!(back.len(), expected.len());
    for (found, sent) in back.iter().zip(&expected) {
        assert_eq!(found, sent);
    }
}

/// A point as the server writes it in CSV: time, then fields in order of their names; whole floats without a point.
fn row_of(point: &Point) -> String {
    let fields = point.fields.values().map(|value| match value {
        Value::Float(bits) => f64::from_bits(*bits).to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Unsigned(value) => value.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::String(value) if value.contains(['"', ',']) => format!("\"{}\"", value.replace('"', "\"\"")),
        Value::String(value) => value.clone(),
    });
    format!("{},{}", point.time, fields.collect::<Vec<_>>().join(","))
}
