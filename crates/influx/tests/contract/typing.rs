//! What servers say of the types that fields have already, and how long they keep points.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::Schema;
use model::{
    Column, ColumnType, FailureKind, FieldType, FieldTypes, Mapping, Target,
    edges::{ConnectionAccess, Influx},
};
use serde_json::json;

use crate::{
    ground::{Folder, Ground, PLACE, RealV1, START, Strict, TOKEN, at, batch, drivers, to, v1, write},
    servers::{Kind, Reply, Script, Scripted},
};

fn types(fields: &[(&str, &[FieldType])]) -> FieldTypes {
    FieldTypes(fields.iter().map(|(name, kinds)| ((*name).to_owned(), kinds.iter().copied().collect::<BTreeSet<_>>())).collect())
}

async fn told(access: &ConnectionAccess, measurement: &str) -> FieldTypes {
    drivers().target_types(access, measurement).await.unwrap()
}

#[tokio::test]
async fn an_influxdb_1_tells_the_fields_of_the_connections_own_retention_policy() {
    let ground = RealV1::new().await;
    ground.query(&format!("CREATE RETENTION POLICY \"a week\" ON \"{}\" DURATION 7d REPLICATION 1", ground.database)).await;
    let here = ground.access();
    let there = to(v1(&ground.url, &ground.database, None, Some("a week")), None);
    // The policy refuses what is older than a week, so the server's own clock is asked.
    let answer = ground.query("SHOW DIAGNOSTICS").await;
    let now = current_time(&answer);
    let lines = [format!(r#"say\ "m" f=1.5,i=1i,s="x",b=true {now}"#)];
    write(&here, &batch(&lines)).await.unwrap();
    write(&there, &batch(&[format!(r#"say\ "m" f=1i {now}"#)])).await.unwrap();

    let all = [("b", &[FieldType::Boolean][..]), ("f", &[FieldType::Float]), ("i", &[FieldType::Integer]), ("s", &[FieldType::Text])];
    assert_eq!(told(&here, "say \"m\"").await, types(&all));
    assert_eq!(told(&there, "say \"m\"").await, types(&[("f", &[FieldType::Integer])]));
    assert_eq!(told(&here, "nothing yet").await, FieldTypes::default());
    let nowhere = to(v1(&ground.url, "no such database", None, None), None);
    assert_eq!(told(&nowhere, "m").await, FieldTypes::default());

    assert_eq!(drivers().retention(&here).await.unwrap(), None, "for ever");
    assert_eq!(drivers().retention(&there).await.unwrap(), Some(Duration::from_secs(7 * 86_400)));
    assert_eq!(drivers().retention(&nowhere).await.unwrap_err().kind, FailureKind::InfluxMissing);
}

#[tokio::test]
async fn a_field_may_have_one_type_in_each_shard() {
    let ground = RealV1::new().await;
    let access = ground.access();
    write(&access, &batch(&[format!("m f=1 {START}"), format!("m f=1i {}", START - 100 * 86_400_000_000_000)])).await.unwrap();
    assert_eq!(told(&access, "m").await, types(&[("f", &[FieldType::Float, FieldType::Integer])]));
}

#[tokio::test]
async fn a_login_that_may_only_write_goes_on_without() {
    let strict = Strict::new("typing").await;
    let writer = strict.user("writer", Some("WRITE")).await;
    let access = to(v1(&strict.url, &strict.database, Some(&writer), None), Some("hunter2"));
    write(&access, &batch(&[format!("m f=1 {START}")])).await.unwrap();
    assert_eq!(told(&access, "m").await, FieldTypes::default());
    assert!(drivers().retention(&access).await.is_err());
    let reader = strict.user("reader", Some("ALL")).await;
    let access = to(v1(&strict.url, &strict.database, Some(&reader), None), Some("hunter2"));
    assert_eq!(told(&access, "m").await, types(&[("f", &[FieldType::Float])]));
}

fn rows() -> RecordBatch {
    let column = Column { name: "f".to_owned(), kind: ColumnType::Integer, native: String::new() };
    RecordBatch::try_new(Arc::new(Schema::new(vec![column.field()])), vec![Arc::new(Int64Array::from(vec![7]))]).unwrap()
}

#[tokio::test]
async fn an_integer_column_is_stored_in_a_field_that_is_a_float_already() {
    let ground = RealV1::new().await;
    let access = ground.access();
    write(&access, &batch(&[format!("m f=1.5 {START}")])).await.unwrap();
    let drivers = drivers();
    let types = drivers.target_types(&access, "m").await.unwrap();
    let slot = chrono::DateTime::from_timestamp_nanos(START + 1);
    let rows = rows();
    let shaped = |types: &FieldTypes| {
        let mut shaper = drivers.shaper_for(&access.connection, &Mapping::new("m"), &rows.schema(), slot, types).unwrap();
        shaper.shape(&rows);
        shaper.finish().batches.remove(0)
    };
    let (written, _) = write(&access, &shaped(&FieldTypes::default())).await.unwrap();
    assert_eq!((written.points, written.rejects.len()), (0, 1), "as an integer it is refused");
    let (written, _) = write(&access, &shaped(&types)).await.unwrap();
    assert_eq!((written.points, written.rejects.len()), (1, 0));
    assert_eq!(ground.values().await[&(START + 1)], "7");
}

#[tokio::test]
async fn what_was_told_is_not_asked_again_until_a_line_is_refused_for_its_type() {
    let ground = RealV1::new().await;
    let access = ground.access();
    let drivers = drivers();
    write(&access, &batch(&[format!("m f=1.5 {START}")])).await.unwrap();
    let float = types(&[("f", &[FieldType::Float])]);
    assert_eq!(drivers.target_types(&access, "m").await.unwrap(), float);
    write(&access, &batch(&[format!("m g=1i {START}")])).await.unwrap();
    assert_eq!(drivers.target_types(&access, "m").await.unwrap(), float, "as it was told");
    let writer = drivers.open(&access, "typing").await.unwrap();
    let written = writer.write(&batch(&[format!("m f=\"x\" {START}")]), &mut Default::default()).await.unwrap();
    assert_eq!(written.rejects.len(), 1);
    let both = types(&[("f", &[FieldType::Float]), ("g", &[FieldType::Integer])]);
    assert_eq!(drivers.target_types(&access, "m").await.unwrap(), both);
}

#[tokio::test]
async fn an_influxdb_2_tells_the_types_of_the_latest_values_and_the_retention_of_the_bucket() {
    let latest = "#datatype,string,long,string,double\r\n#group,false,false,true,false\r\n#default,_result,,,\r\n\
        ,result,table,_field,_value\r\n,,0,total,1.5\r\n\r\n\
        #datatype,string,long,string,long\r\n#group,false,false,true,false\r\n#default,_result,,,\r\n\
        ,result,table,_field,_value\r\n,,1,count,7\r\n\r\n";
    let names = "#datatype,string,long,string\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n\
        ,,0,total\r\n,,0,count\r\n,,0,old\r\n\r\n";
    let script = Script::new(Kind::V2, &[PLACE])
        .knows("schema.measurementFieldKeys(bucket: \"shop\", measurement: \"orders\"", Reply::new(200, names))
        .knows("|> last()", Reply::new(200, latest));
    let server = Scripted::start(script).await;
    let access = at(Kind::V2, server.url());
    assert_eq!(told(&access, "orders").await, types(&[("count", &[FieldType::Integer]), ("total", &[FieldType::Float])]));
    assert_eq!(drivers().retention(&access).await.unwrap(), Some(Duration::from_secs(2_592_000)));
    let url = server.url().clone();
    let stranger = to(Target::V2 { url, organization: "acme".to_owned(), bucket: PLACE.to_owned() }, Some("hunter2"));
    assert_eq!(told(&stranger, "orders").await, FieldTypes::default());
}

#[tokio::test]
async fn an_influxdb_3_tells_its_columns() {
    let column = |name: &str, kind: &str| json!({ "column_name": name, "data_type": kind }).to_string();
    let columns = [
        column("count", "Int64"),
        column("country", "Dictionary(Int32, Utf8)"),
        column("note", "Utf8"),
        column("ok", "Boolean"),
        column("time", "Timestamp(Nanosecond, None)"),
        column("total", "Float64"),
        column("u", "UInt64"),
    ];
    let script = Script::new(Kind::V3, &[PLACE]).knows("table_name = 'orders'", Reply::new(200, columns.join("\n") + "\n"));
    let server = Scripted::start(script).await;
    let access = at(Kind::V3, server.url());
    let expected = [
        ("count", &[FieldType::Integer][..]),
        ("note", &[FieldType::Text]),
        ("ok", &[FieldType::Boolean]),
        ("total", &[FieldType::Float]),
        ("u", &[FieldType::Unsigned]),
    ];
    assert_eq!(told(&access, "orders").await, types(&expected));
    assert_eq!(drivers().retention(&access).await.unwrap(), None);
    assert_eq!(told(&to(Target::v3(server.url().clone(), PLACE), Some(TOKEN)), "orders").await, types(&expected));
}

#[tokio::test]
async fn a_folder_knows_nothing_and_a_server_that_is_not_there_is_a_failure() {
    let folder = Folder::new();
    assert_eq!(told(&folder.access(), "m").await, FieldTypes::default());
    assert_eq!(drivers().retention(&folder.access()).await.unwrap(), None);
    let nobody = to(v1(&"http://127.0.0.1:9".parse().unwrap(), "shop", None, None), None);
    assert_eq!(drivers().target_types(&nobody, "m").await.unwrap_err().kind, FailureKind::InfluxUnreachable);
}

/// The server's clock in nanoseconds, from its diagnostics.
fn current_time(answer: &[serde_json::Value]) -> i64 {
    let series = answer[0]["series"].as_array().unwrap();
    let system = series.iter().find(|series| series["name"] == "system").unwrap();
    let at = system["columns"].as_array().unwrap().iter().position(|column| column == "currentTime").unwrap();
    let text = system["values"][0][at].as_str().unwrap();
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_nanos_opt().unwrap()
}
