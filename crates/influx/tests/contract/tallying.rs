//! Counts and sums by step of time: of the real InfluxDB 1.6.7, and as InfluxDB 2 and 3 answer.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{
    FailureKind,
    edges::{ConnectionAccess, Influx, Tally, TallyAsked},
    explore::TimeRange,
};
use serde_json::json;

use crate::{
    ground::{Ground, PLACE, RealV1, at, batch, drivers, write},
    servers::{Kind, Reply, Script, Scripted},
};

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn asked() -> TallyAsked {
    TallyAsked {
        measurement: "or\"ders".to_owned(),
        tags: BTreeMap::from([("si te".to_owned(), "it's".to_owned())]),
        fields: BTreeMap::from([("note".to_owned(), false), ("to\"tal".to_owned(), true)]),
        range: TimeRange { from: instant("2026-11-21T10:30:00Z"), to: instant("2026-11-21T13:00:00Z") },
        step_s: 3600,
    }
}

async fn tallies(access: &ConnectionAccess, asked: &TallyAsked) -> Result<Vec<Tally>, FailureKind> {
    drivers().explorer(access).unwrap().tallies(asked).await.map_err(|failure| failure.kind)
}

fn tally(begin: &str, field: &str, count: u64, sum: Option<f64>) -> Tally {
    Tally { begin: instant(begin), field: field.to_owned(), count, sum }
}

#[tokio::test]
async fn the_real_server_counts_and_adds_up_by_step_and_only_what_has_the_tags() {
    let real = RealV1::new().await;
    let at = |time: &str| instant(time).timestamp_nanos_opt().unwrap();
    let series = r#"or"ders,si\ te=it's"#;
    let lines = [
        format!(r#"{series} to"tal=1.5 {}"#, at("2026-11-21T10:29:59.999999999Z")),
        format!(r#"{series},x=1 to"tal=2.5,note="a" {}"#, at("2026-11-21T10:30:00Z")),
        format!(r#"{series},x=2 to"tal=-1 {}"#, at("2026-11-21T10:59:59Z")),
        format!(r#"{series} to"tal=4 {}"#, at("2026-11-21T12:00:00Z")),
        format!(r#"{series} note="b" {}"#, at("2026-11-21T12:59:59.999999999Z")),
        format!(r#"{series} to"tal=8 {}"#, at("2026-11-21T13:00:00Z")),
        format!(r#"or"ders,si\ te=other to"tal=16 {}"#, at("2026-11-21T12:00:00Z")),
        format!("elsewhere,site=x total=32 {}", at("2026-11-21T12:00:00Z")),
    ];
    write(&real.access(), &batch(&lines)).await.unwrap();
    let expected = [
        tally("2026-11-21T10:00:00Z", "note", 1, None),
        tally("2026-11-21T10:00:00Z", "to\"tal", 2, Some(1.5)),
        tally("2026-11-21T12:00:00Z", "note", 1, None),
        tally("2026-11-21T12:00:00Z", "to\"tal", 1, Some(4.0)),
    ];
    assert_eq!(tallies(&real.access(), &asked()).await.unwrap(), expected);
    let nowhere = TallyAsked { measurement: "nowhere".to_owned(), ..asked() };
    assert_eq!(tallies(&real.access(), &nowhere).await.unwrap(), []);
    let days = TallyAsked { step_s: 86_400, tags: BTreeMap::new(), ..asked() };
    let found = tallies(&real.access(), &days).await.unwrap();
    assert_eq!(
        found.iter().map(|one| (one.begin, one.count)).collect::<Vec<_>>(),
        [2, 4].map(|count| (instant("2026-11-21T00:00:00Z"), count))
    );
}

#[tokio::test]
async fn a_number_beyond_what_json_keeps_is_added_up_too() {
    let real = RealV1::new().await;
    let lines: Vec<String> =
        (0..3).map(|n| format!("m f=9007199254740993i {}", instant("2026-11-21T12:00:00Z").timestamp_nanos_opt().unwrap() + n)).collect();
    write(&real.access(), &batch(&lines)).await.unwrap();
    let asked =
        TallyAsked { measurement: "m".to_owned(), tags: BTreeMap::new(), fields: BTreeMap::from([("f".to_owned(), true)]), ..asked() };
    assert_eq!(tallies(&real.access(), &asked).await.unwrap(), [tally("2026-11-21T12:00:00Z", "f", 3, Some(27_021_597_764_222_979.0))]);
}

#[tokio::test]
async fn an_influxdb_2_is_asked_for_counts_and_then_for_sums() {
    let table = |number: u8, field: &str, kind: &str, rows: &[(&str, &str)]| {
        let mut text = format!(
            "#datatype,string,long,string,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,{kind}\r\n#group,false,false,true,true,true,false,false\r\n\
             #default,_result,,,,,,\r\n,result,table,_field,_start,_stop,_time,_value\r\n"
        );
        for (time, value) in rows {
            text.push_str(&format!(",,{number},\"{field}\",2026-11-21T10:30:00Z,2026-11-21T13:00:00Z,{time},{value}\r\n"));
        }
        text + "\r\n"
    };
    let counts = table(0, "note", "long", &[("2026-11-21T10:30:00Z", "1")])
        + &table(1, "to\"\"tal", "long", &[("2026-11-21T10:30:00Z", "2"), ("2026-11-21T12:00:00Z", "1")]);
    let sums = table(0, "to\"\"tal", "double", &[("2026-11-21T10:30:00Z", "1.5"), ("2026-11-21T12:00:00Z", "4")]);
    let question = |filter: &str, fun: &str| {
        format!(
            "from(bucket: \"shop\")\n  |> range(start: 2026-11-21T10:30:00Z, stop: 2026-11-21T13:00:00Z)\n  \
             |> filter(fn: (r) => r._measurement == \"or\\\"ders\")\n  |> filter(fn: (r) => {filter})\n  \
             |> filter(fn: (r) => r[\"si te\"] == \"it's\")\n  |> group(columns: [\"_field\"])\n  \
             |> aggregateWindow(every: 1h, fn: {fun}, timeSrc: \"_start\", createEmpty: false)"
        )
    };
    let script = Script::new(Kind::V2, &[PLACE])
        .knows(&question("r._field == \"note\" or r._field == \"to\\\"tal\"", "count"), Reply::new(200, counts))
        .knows(&question("r._field == \"to\\\"tal\"", "sum"), Reply::new(200, sums));
    let server = Scripted::start(script).await;
    let expected = [
        tally("2026-11-21T10:30:00Z", "note", 1, None),
        tally("2026-11-21T10:30:00Z", "to\"tal", 2, Some(1.5)),
        tally("2026-11-21T12:00:00Z", "to\"tal", 1, Some(4.0)),
    ];
    assert_eq!(tallies(&at(Kind::V2, server.url()), &asked()).await.unwrap(), expected);
}

#[tokio::test]
async fn an_influxdb_3_is_asked_only_for_columns_that_it_has_and_in_short_ranges() {
    let rows = |rows: &[serde_json::Value]| Reply::new(200, rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    let column = |name: &str, kind: &str| json!({"column_name": name, "data_type": kind});
    let columns = [column("si te", "Dictionary(Int32, Utf8)"), column("time", "Timestamp(Nanosecond, None)"), column("to\"tal", "Float64")];
    let question = "SELECT date_bin(INTERVAL '1 hours', time) AS time, count(\"to\"\"tal\") AS c0, sum(\"to\"\"tal\") AS s0 FROM \"or\"\"ders\" \
        WHERE time >= TIMESTAMP '2026-11-21T10:30:00Z' AND time < TIMESTAMP '2026-11-21T13:00:00Z' AND \"si te\" = 'it''s' \
        GROUP BY 1 ORDER BY 1";
    let answer = [json!({"time": "2026-11-21T10:00:00", "c0": 2, "s0": 1.5}), json!({"time": "2026-11-21T12:00:00", "c0": 0})];
    let script = Script::new(Kind::V3, &[PLACE])
        .knows("information_schema.columns WHERE table_schema = 'iox' AND table_name = 'or\"ders'", rows(&columns))
        .knows(question, rows(&answer));
    let server = Scripted::start(script).await;
    let access = at(Kind::V3, server.url());
    assert_eq!(tallies(&access, &asked()).await.unwrap(), [tally("2026-11-21T10:00:00Z", "to\"tal", 2, Some(1.5))]);
    let without = TallyAsked { tags: BTreeMap::from([("country".to_owned(), "DE".to_owned())]), ..asked() };
    assert_eq!(tallies(&access, &without).await.unwrap(), [], "no point has a tag that is no column");
    assert!(drivers().explorer(&access).unwrap().tally_reach() < chrono::TimeDelta::days(3));
}
