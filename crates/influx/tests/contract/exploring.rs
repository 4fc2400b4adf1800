//! Looking around: on the real InfluxDB 1.6.7 with points in it, and on scripted servers that answer as those of InfluxDB 2 and 3 were
//! recorded.

use model::{
    Code, Connection, Failure, FailureKind, Target, V3Edition,
    edges::{Explorer, Influx},
    explore::{Aggregate, Field, Frames, Language, Question, Selection, TagFilter, TimeRange, ValueType, Where},
};
use serde_json::{Value, json};

use crate::{
    ground::{Ground, PLACE, RealV1, START, Strict, TOKEN, at, batch, drivers, env, to, v1, write},
    servers::{Kind, Reply, Rights, Script, Scripted},
};

fn explorer(access: &model::edges::ConnectionAccess) -> Box<dyn Explorer> {
    drivers().explorer(access).unwrap()
}

fn question(text: &str) -> Question {
    Question { at: Where::default(), language: None, text: text.to_owned(), range: None, max_points: 1000 }
}

fn here() -> Where {
    Where::default()
}

fn in_place(place: &str) -> Where {
    Where { place: Some(place.to_owned()), retention_policy: None }
}

fn field(name: &str, kind: ValueType) -> Field {
    Field { name: name.to_owned(), kind: Some(kind) }
}

fn columns(frames: &Frames, series: usize) -> Vec<(&str, ValueType)> {
    frames.series[series].columns.iter().map(|column| (column.name.as_str(), column.kind)).collect()
}

/// The name of a measurement that every language must quote.
const ODD: &str = r#"m ,'/\b"x"#;

/// The real server with points whose names need quotes.
async fn shop() -> RealV1 {
    let real = RealV1::new().await;
    let lines = [
        format!(r#"orders,country=DE,it's\ "one"=a total=1.5,count=9007199254740993i,note="x, \"y\"",paid=true {START}"#),
        format!("orders,country=AT total=2,count=-1i {}", START + 1),
        format!("orders,country=FR total=2.25,count=3i {}", START + 2),
        format!(r#"m\ \,'/\b"x f=1 {START}"#),
        format!("Returns f=1 {START}"),
    ];
    write(&real.access(), &batch(&lines)).await.unwrap();
    real
}

#[tokio::test]
async fn the_real_server_tells_what_is_in_it() {
    let real = shop().await;
    let explorer = explorer(&real.access());
    assert_eq!(explorer.languages(), [Language::Influxql]);

    let places = explorer.places().await.unwrap();
    let own = &places.items[0];
    assert!(own.own && own.listed && own.name == real.database, "{own:?}");
    assert_eq!(own.retention_policies.iter().map(|policy| (policy.name.as_str(), policy.default)).collect::<Vec<_>>(), [("autogen", true)]);
    assert!(places.items[1..].iter().all(|place| !place.own && place.listed));

    let measurements = explorer.measurements(&here(), None).await.unwrap();
    assert_eq!((measurements.items.as_slice(), measurements.truncated), (["Returns", ODD, "orders"].map(str::to_owned).as_slice(), false));
    let found = explorer.measurements(&here(), Some("rEt")).await.unwrap();
    assert_eq!(found.items, ["Returns"]);
    for search in ["'/\\b\"", ".*", "/; DROP DATABASE x; /"] {
        let found = explorer.measurements(&here(), Some(search)).await.unwrap().items;
        assert_eq!(found, if ODD.contains(search) { vec![ODD.to_owned()] } else { Vec::new() }, "{search}");
    }

    let tag = r#"it's "one""#;
    assert_eq!(explorer.tags(&here(), "orders").await.unwrap().items, ["country", tag]);
    assert_eq!(explorer.tag_values(&here(), "orders", "country", None).await.unwrap().items, ["AT", "DE", "FR"]);
    assert_eq!(explorer.tag_values(&here(), "orders", "country", Some("e")).await.unwrap().items, ["DE"]);
    assert_eq!(explorer.tag_values(&here(), "orders", tag, None).await.unwrap().items, ["a"]);
    let fields = explorer.fields(&here(), "orders").await.unwrap();
    let expected = [
        field("count", ValueType::Integer),
        field("note", ValueType::Text),
        field("paid", ValueType::Boolean),
        field("total", ValueType::Float),
    ];
    assert_eq!(fields.items, expected);
    assert_eq!(explorer.fields(&here(), ODD).await.unwrap().items, [field("f", ValueType::Float)]);
    assert_eq!(explorer.fields(&here(), "nowhere").await.unwrap().items, []);
    // Of a database that is not there, the server lists nothing and answers no question.
    assert_eq!(explorer.measurements(&in_place("nowhere"), None).await.unwrap().items, [""; 0]);
    let missing = explorer.query(&Question { at: in_place("nowhere"), ..question("SELECT f FROM m") }).await.unwrap_err();
    assert_eq!((missing.kind, missing.chain().as_str()), (FailureKind::InfluxMissing, "database not found: nowhere"));
}

#[tokio::test]
async fn the_real_server_answers_questions_and_nothing_is_rounded() {
    let real = shop().await;
    let explorer = explorer(&real.access());
    let frames = explorer.query(&question("SELECT total, count, note, paid FROM orders WHERE country = 'DE'")).await.unwrap();
    assert_eq!((frames.series.len(), frames.truncated, frames.warnings.len()), (1, false, 0));
    assert_eq!(
        columns(&frames, 0),
        [
            ("time", ValueType::Time),
            ("total", ValueType::Float),
            ("count", ValueType::Number),
            ("note", ValueType::Text),
            ("paid", ValueType::Boolean)
        ]
    );
    assert_eq!(
        frames.series[0].rows,
        [vec![json!("2026-11-18T11:06:40Z"), json!(1.5), json!("9007199254740993"), json!("x, \"y\""), json!(true)]]
    );
    let by_country = explorer.query(&question("SELECT count FROM orders GROUP BY country")).await.unwrap();
    assert_eq!(by_country.series.iter().map(|frame| frame.tags["country"].as_str()).collect::<Vec<_>>(), ["AT", "DE", "FR"]);
    assert_eq!(by_country.series[0].rows[0][0], json!("2026-11-18T11:06:40.000000001Z"));
}

#[tokio::test]
async fn what_is_clicked_together_can_be_asked() {
    let real = shop().await;
    let explorer = explorer(&real.access());
    let selection = Selection {
        at: Where { place: None, retention_policy: Some("autogen".to_owned()) },
        language: None,
        measurement: "orders".to_owned(),
        fields: vec!["total".to_owned(), "count".to_owned()],
        filters: vec![
            TagFilter { tag: "country".to_owned(), values: vec!["DE".to_owned(), "AT".to_owned()] },
            TagFilter { tag: r#"it's "one""#.to_owned(), values: vec!["a".to_owned(), String::new()] },
        ],
        group_by: vec!["country".to_owned()],
        aggregate: Some(Aggregate::Max),
        window: None,
        range: None,
    };
    let range = TimeRange { from: "2026-11-18T11:00:00Z".parse().unwrap(), to: "2026-11-18T12:00:00Z".parse().unwrap() };
    let asked = Question { range: Some(range), max_points: 60, ..question(&explorer.build(&selection).unwrap()) };
    let frames = explorer.query(&asked).await.unwrap();
    let rows: Vec<_> = frames.series.iter().map(|frame| (frame.tags["country"].as_str(), frame.rows.clone())).collect();
    let minute = json!("2026-11-18T11:06:00Z");
    assert_eq!(
        rows,
        [("AT", vec![vec![minute.clone(), json!(2), json!(-1)]]), ("DE", vec![vec![minute, json!(1.5), json!("9007199254740993")]])]
    );
    let everything = Selection {
        fields: Vec::new(),
        filters: Vec::new(),
        group_by: Vec::new(),
        aggregate: None,
        range: Some(range),
        measurement: ODD.to_owned(),
        ..selection
    };
    let frames = explorer.query(&question(&explorer.build(&everything).unwrap())).await.unwrap();
    assert_eq!((frames.rows(), frames.series[0].name.as_str()), (1, ODD));
    // Without a range, nobody knows what `:from` is; nothing is sent.
    let unknown = explorer.query(&Question { range: None, ..asked }).await.unwrap_err();
    assert_eq!(unknown.kind, FailureKind::InfluxQuery);
}

#[tokio::test]
async fn what_would_write_is_refused_and_a_wrong_query_is_told_in_the_servers_words() {
    let real = shop().await;
    let explorer = explorer(&real.access());
    for text in ["DROP MEASUREMENT orders", "SELECT 1; DROP MEASUREMENT orders", "SELECT * INTO copy FROM orders", "DELETE FROM orders"] {
        let refused = explorer.query(&question(text)).await.unwrap_err();
        assert_eq!(refused.kind, FailureKind::InfluxQuery, "{text}");
    }
    assert_eq!(explorer.measurements(&here(), None).await.unwrap().items.len(), 3);
    for (text, kind, words) in [
        ("SELECT total FRO orders", FailureKind::InfluxQuery, "error parsing query: found FRO, expected FROM at line 1, char 14"),
        ("SELECT foo(total) FROM orders", FailureKind::InfluxQuery, "undefined function foo()"),
        ("SELECT total FROM nowhere.orders", FailureKind::InfluxMissing, "retention policy not found: nowhere"),
    ] {
        let failure = explorer.query(&question(text)).await.unwrap_err();
        assert_eq!((failure.kind, failure.chain().as_str()), (kind, words));
    }
    let beside = explorer.query(&question("SELECT total FROM orders; SELECT foo(total) FROM orders")).await.unwrap();
    assert_eq!((beside.rows(), beside.warnings.as_slice()), (3, ["statement 2: undefined function foo()".to_owned()].as_slice()));
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_and_lists_are_too() {
    let real = RealV1::new().await;
    let lines: Vec<String> = (0..60_000).map(|n| format!("m f={n} {}", START + n)).collect();
    for part in lines.chunks(30_000) {
        write(&real.access(), &batch(part)).await.unwrap();
    }
    let many: Vec<String> = (0..1001).map(|n| format!("many,t=v{n:04} f{n}=1 {START}")).collect();
    write(&real.access(), &batch(&many)).await.unwrap();
    let explorer = explorer(&real.access());
    let frames = explorer.query(&question("SELECT f FROM m")).await.unwrap();
    assert_eq!((frames.rows(), frames.truncated), (Frames::MAX_VALUES / 2, true));
    assert_eq!(frames.series.len(), 1);
    let values = explorer.tag_values(&here(), "many", "t", None).await.unwrap();
    assert_eq!((values.items.len(), values.truncated), (1000, true));
    let fields = explorer.fields(&here(), "many").await.unwrap();
    assert_eq!((fields.items.len(), fields.truncated), (1000, true));
}

#[tokio::test]
async fn a_login_sees_what_it_may_see_and_no_failure_repeats_its_password() {
    let strict = Strict::new("explore").await;
    let (writer, reader) = (strict.user("explorer_w", Some("WRITE")).await, strict.user("explorer_r", Some("READ")).await);
    let with = |user: &str, password: &str| explorer(&to(v1(&strict.url, &strict.database, Some(user), None), Some(password)));
    let places = with(&reader, "hunter2").places().await.unwrap();
    assert_eq!(places.items.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(), [strict.database.as_str()]);
    assert_eq!(places.items[0].retention_policies[0].name, "autogen");
    // It sees the database and may not read from it.
    let places = with(&writer, "hunter2").places().await.unwrap();
    assert!(places.items[0].listed && places.items[0].retention_policies.is_empty());
    let refused = with(&writer, "hunter2").query(&question("SELECT f FROM m")).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::InfluxForbidden);
    let unknown = with(&reader, "hunter3").places().await.unwrap_err();
    assert_eq!(unknown.kind, FailureKind::InfluxAuthentication);
    for failure in [refused, unknown] {
        assert!(!failure.chain().contains("hunter"), "{}", failure.chain());
    }
}

/// Annotated CSV with one column `_value`, as the functions for schemas answer.
fn names(values: &[&str]) -> Reply {
    let mut body = "#datatype,string,long,string\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n".to_owned();
    for value in values {
        body.push_str(&format!(",,0,\"{}\"\r\n", value.replace('"', "\"\"")));
    }
    Reply::new(200, body + "\r\n").header("content-type", "text/csv; charset=utf-8")
}

#[tokio::test]
async fn an_influxdb_2_is_asked_in_flux() {
    let latest = "#datatype,string,long,string,double\r\n#group,false,false,true,false\r\n#default,_result,,,\r\n\
        ,result,table,_field,_value\r\n,,0,total,1.5\r\n\r\n\
        #datatype,string,long,string,long\r\n#group,false,false,true,false\r\n#default,_result,,,\r\n\
        ,result,table,_field,_value\r\n,,1,count,7\r\n\r\n";
    let script = Script::new(Kind::V2, &["_monitoring", "other", PLACE])
        .knows("strings.containsStr(v: strings.toLower(v: r._value), substr: \"a\\\"b\")", names(&["A\"b"]))
        .knows("schema.measurements(bucket: \"shop\", start: 0)", names(&["orders", "A\"b"]))
        .knows(
            "schema.measurementTagKeys(bucket: \"shop\", measurement: \"orders\"",
            names(&["_start", "_stop", "_field", "_measurement", "country"]),
        )
        .knows("schema.measurementTagValues(bucket: \"other\", measurement: \"orders\", tag: \"country\"", names(&["DE"]))
        .knows("schema.measurementFieldKeys(bucket: \"shop\", measurement: \"orders\"", names(&["total", "count", "old"]))
        .knows("|> last()", Reply::new(200, latest));
    let server = Scripted::start(script).await;
    let explorer = explorer(&at(Kind::V2, server.url()));
    assert_eq!(explorer.languages(), [Language::Flux]);
    let places = explorer.places().await.unwrap().items;
    assert_eq!(
        places.iter().map(|place| (place.name.as_str(), place.own)).collect::<Vec<_>>(),
        [("shop", true), ("other", false), ("_monitoring", false)]
    );
    assert_eq!(explorer.measurements(&here(), None).await.unwrap().items, ["orders", "A\"b"]);
    assert_eq!(explorer.measurements(&here(), Some("A\"b")).await.unwrap().items, ["A\"b"]);
    assert_eq!(explorer.tags(&here(), "orders").await.unwrap().items, ["country"]);
    assert_eq!(explorer.tag_values(&in_place("other"), "orders", "country", None).await.unwrap().items, ["DE"]);
    let old = Field { name: "old".to_owned(), kind: None };
    let fields = explorer.fields(&here(), "orders").await.unwrap();
    assert_eq!(fields.items, [field("total", ValueType::Float), field("count", ValueType::Integer), old]);
    assert!(server.with(|script| script.seen.iter().all(|seen| !seen.path.contains("write"))));
}

#[tokio::test]
async fn an_influxdb_2_tells_what_is_wrong_by_status_and_inside_a_success() {
    let wrong = r#"{"code":"invalid","message":"compilation failed: error @1:1-1:4: undefined identifier foo"}"#;
    let inside =
        "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,\"could not find bucket \"\"gone\"\"\",\r\n";
    let script = Script::new(Kind::V2, &[PLACE])
        .knows("foo", Reply::new(400, wrong).header("content-type", "application/json"))
        .knows("gone", Reply::new(200, inside));
    let server = Scripted::start(script).await;
    let ask = async |access: &model::edges::ConnectionAccess, text: &str| explorer(access).query(&question(text)).await.unwrap_err();
    let access = at(Kind::V2, server.url());
    let failure = ask(&access, "foo").await;
    assert_eq!(
        (failure.kind, failure.chain().as_str()),
        (FailureKind::InfluxQuery, "compilation failed: error @1:1-1:4: undefined identifier foo")
    );
    assert_eq!(ask(&access, "from(bucket: \"gone\")").await.kind, FailureKind::InfluxMissing);
    let asked = server.with(|script| script.seen.len());
    assert_eq!(ask(&access, "from(bucket: \"shop\") |> to(bucket: \"shop\")").await.kind, FailureKind::InfluxQuery);
    assert_eq!(server.with(|script| script.seen.len()), asked, "what would write is not sent");
    let url = server.url().clone();
    let stranger = to(Target::V2 { url, organization: "acme".to_owned(), bucket: PLACE.to_owned() }, Some("hunter2"));
    let failure = ask(&stranger, "from(bucket: \"shop\")").await;
    assert_eq!(failure.kind, FailureKind::InfluxAuthentication);
    assert!(!failure.chain().contains("hunter2"));
}

#[tokio::test]
async fn a_bucket_that_is_given_by_its_id_is_found_by_its_name() {
    let script = Script::new(Kind::V2, &["archive", PLACE]).knows("schema.measurements(bucket: \"archive\"", names(&["orders"]));
    let server = Scripted::start(script).await;
    let bucket = "0f3c2a1b4d5e6f70".to_owned();
    let target = Target::V2 { url: server.url().clone(), organization: "acme".to_owned(), bucket };
    let explorer = explorer(&to(target, Some(TOKEN)));
    let places = explorer.places().await.unwrap().items;
    assert_eq!((places[0].name.as_str(), places[0].own, places[0].listed), ("archive", true, true));
    assert_eq!(explorer.measurements(&here(), None).await.unwrap().items, ["orders"]);
}

#[tokio::test]
async fn more_buckets_than_one_page_are_all_listed_and_a_token_without_the_right_sees_its_own() {
    let names: Vec<String> = (0..150).map(|n| format!("b{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain([PLACE]).collect();
    let server = Scripted::start(Script::new(Kind::V2, &names).login("narrow", Rights::WriteOnly)).await;
    let places = explorer(&at(Kind::V2, server.url())).places().await.unwrap();
    assert_eq!((places.items.len(), places.items[0].name.as_str(), places.truncated), (151, PLACE, false));
    let target = at(Kind::V2, server.url()).connection.target;
    let places = explorer(&to(target, Some("narrow"))).places().await.unwrap();
    assert_eq!(places.items.iter().map(|place| (place.name.as_str(), place.own, place.listed)).collect::<Vec<_>>(), [(PLACE, true, false)]);
}

#[tokio::test]
async fn an_influxdb_3_is_asked_in_sql_and_influxql() {
    let rows = |rows: &[Value]| Reply::new(200, rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    let column = |name: &str, kind: &str| json!({"column_name": name, "data_type": kind});
    let script = Script::new(Kind::V3, &[PLACE])
        .knows("AND table_name ILIKE '%a\\_''b%'", rows(&[json!({"table_name": "a_'b"})]))
        .knows("information_schema.tables", rows(&[json!({"table_name": "orders"})]))
        .knows(
            "information_schema.columns WHERE table_schema = 'iox' AND table_name = 'orders'",
            rows(&[
                column("count", "Int64"),
                column("country", "Dictionary(Int32, Utf8)"),
                column("time", "Timestamp(Nanosecond, None)"),
                column("total", "Float64"),
            ]),
        )
        .knows("SELECT DISTINCT \"country\" AS value FROM \"orders\"", rows(&[json!({"value": "DE"})]))
        .knows(
            "date_bin",
            rows(&[
                json!({"time": "2026-11-21T12:00:00", "country": "DE", "total": 1.5}),
                json!({"time": "2026-11-21T12:00:10.000000001", "country": "AT"}),
            ]),
        )
        .knows("SHOW MEASUREMENTS", rows(&[json!({"iox::measurement": "measurements", "name": "orders"})]))
        .knows("FRO", Reply::new(400, "SQL error: ParserError(\"Expected: end of statement, found: FRO\")"));
    let server = Scripted::start(script).await;
    let explorer = explorer(&at(Kind::V3, server.url()));
    assert_eq!(explorer.languages(), [Language::Sql, Language::Influxql]);
    let places = explorer.places().await.unwrap().items;
    assert_eq!(places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(), [PLACE, "_internal"]);
    assert_eq!(explorer.measurements(&here(), None).await.unwrap().items, ["orders"]);
    assert_eq!(explorer.measurements(&here(), Some("a_'b")).await.unwrap().items, ["a_'b"]);
    assert_eq!(explorer.tags(&here(), "orders").await.unwrap().items, ["country"]);
    assert_eq!(
        explorer.fields(&here(), "orders").await.unwrap().items,
        [field("count", ValueType::Integer), field("total", ValueType::Float)]
    );
    assert_eq!(explorer.tag_values(&here(), "orders", "country", None).await.unwrap().items, ["DE"]);

    let frames =
        explorer.query(&question("SELECT date_bin(INTERVAL '10 seconds', time) AS time, country, total FROM orders")).await.unwrap();
    assert_eq!(columns(&frames, 0), [("time", ValueType::Time), ("country", ValueType::Text), ("total", ValueType::Float)]);
    assert_eq!(frames.series[0].rows[1], [json!("2026-11-21T12:00:10.000000001Z"), json!("AT"), Value::Null]);
    let in_influxql = Question { language: Some(Language::Influxql), ..question("SHOW MEASUREMENTS") };
    assert_eq!(explorer.query(&in_influxql).await.unwrap().series[0].name, "measurements");
    assert!(server.with(|script| script.seen.iter().any(|seen| seen.path == "/api/v3/query_influxql")));

    let wrong = explorer.query(&question("SELECT 1 FRO orders")).await.unwrap_err();
    assert_eq!(wrong.kind, FailureKind::InfluxQuery);
    assert!(wrong.chain().contains("Expected: end of statement"), "{}", wrong.chain());
    let missing = explorer.measurements(&in_place("nowhere"), None).await.unwrap_err();
    assert_eq!(missing.kind, FailureKind::InfluxMissing);
    let refused = explorer.query(&question("DROP TABLE orders")).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::InfluxQuery);
    assert!(server.with(|script| !script.places.contains_key("nowhere")), "looking creates nothing");
}

#[tokio::test]
async fn a_managed_influxdb_3_is_asked_as_an_influxdb_1() {
    // The real 1.6.7 stands in for it.
    let real = shop().await;
    let mut target = Target::v3(env("TRIBUTARY_TEST_INFLUX_URL").parse().unwrap(), real.database.clone());
    if let Target::V3 { edition, .. } = &mut target {
        *edition = V3Edition::CloudDedicated;
    }
    let explorer = explorer(&to(target, None));
    assert_eq!(explorer.languages(), [Language::Influxql]);
    let places = explorer.places().await.unwrap().items;
    assert_eq!(places.iter().map(|place| (place.name.as_str(), place.listed)).collect::<Vec<_>>(), [(real.database.as_str(), false)]);
    assert_eq!(explorer.tags(&here(), "orders").await.unwrap().items.len(), 2);
    assert_eq!(explorer.query(&question("SELECT total FROM orders")).await.unwrap().rows(), 3);
}

#[tokio::test]
async fn a_folder_cannot_be_asked_and_neither_can_what_the_policy_forbids() {
    let folder = to(Target::File { folder: "/nowhere".to_owned() }, None);
    let refused = |failure: Failure| (failure.kind, failure.chain());
    let (kind, words) = drivers().explorer(&folder).err().map(refused).unwrap();
    assert_eq!(kind, FailureKind::InfluxUrl);
    assert!(words.contains("folder"), "{words}");
    let metadata = to(Target::v1("http://169.254.169.254/".parse().unwrap(), "x"), None);
    let failure = drivers().explorer(&metadata).err().unwrap();
    assert_eq!((failure.kind, failure.code()), (FailureKind::InfluxUrl, Code::PolicyAddress));
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_fails_by_the_connections_limit() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut connection = Connection::new(Target::v1(url, "x"));
    connection.timeout_ms = 100;
    let access = model::edges::ConnectionAccess::new(connection, None);
    assert_eq!(explorer(&access).places().await.unwrap_err().kind, FailureKind::InfluxTimeout);
}

#[tokio::test]
async fn whoever_stops_waiting_ends_the_request() {
    use tokio::io::AsyncReadExt;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let explorer = explorer(&to(Target::v1(url, "x"), None));
    let asking = tokio::spawn(async move { explorer.query(&question("SELECT f FROM m")).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut heard = [0; 1024];
    assert!(stream.read(&mut heard).await.unwrap() > 0);
    asking.abort();
    // The end of the stream, not more of the request: it was sent whole.
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection stays open");
}
