//! Lines that are good arrive, whatever happens on the way.

use std::time::Duration;

use model::{FailureKind, Gzip, Mapping, Policy, edges::Influx};

use crate::{
    ground::{PLACE, Played, all, at, batch, check, drivers, expected, good, open, servers, with_gzip, write},
    servers::{Kind, Reply, Script},
};

#[tokio::test]
async fn lines_arrive_and_the_same_batch_again_changes_nothing() {
    for ground in all().await {
        for _ in 0..2 {
            let (written, traffic) = write(&ground.access(), &batch(&good(500))).await.unwrap();
            assert_eq!((written.points, written.rejects.len()), (500, 0), "{}", ground.name());
            assert_eq!(written.bytes, batch(&good(500)).body.len() as u64, "{}", ground.name());
            assert_eq!(traffic.bytes, written.bytes, "{}: nothing is compressed on the loopback interface", ground.name());
            assert_eq!(ground.values().await, expected(500, &[]), "{}", ground.name());
        }
    }
}

#[tokio::test]
async fn compressed_batches_arrive_too() {
    for ground in servers().await {
        let (written, traffic) = write(&with_gzip(ground.access(), Gzip::On), &batch(&good(5000))).await.unwrap();
        assert!(traffic.bytes * 3 < written.bytes, "{}: {} of {} bytes", ground.name(), traffic.bytes, written.bytes);
        assert_eq!(ground.values().await, expected(5000, &[]), "{}", ground.name());
    }
}

#[tokio::test]
async fn several_batches_are_on_the_way_at_once_and_all_arrive() {
    for ground in all().await {
        let writer = open(&ground.access()).await;
        let lines = good(4000);
        let batches: Vec<_> = lines.chunks(250).map(batch).collect();
        let writes = batches.iter().map(|batch| async { writer.write(batch, &mut model::edges::Traffic::default()).await.unwrap().points });
        let points: u64 = futures_util::future::join_all(writes).await.into_iter().sum();
        writer.finish().await.unwrap();
        assert_eq!(points, 4000, "{}", ground.name());
        assert_eq!(ground.values().await, expected(4000, &[]), "{}", ground.name());
    }
}

#[tokio::test]
async fn an_influxdb_3_gets_eight_requests_at_once_because_it_acknowledges_once_a_second() {
    for (kind, fewest) in [(Kind::V1, 4), (Kind::V2, 4), (Kind::V3, 8)] {
        let played = Played::start(Script::new(kind, &[PLACE])).await;
        assert_eq!(open(&at(kind, played.server.url())).await.in_flight(), fewest, "{kind:?}");
    }
}

#[tokio::test]
async fn an_empty_batch_sends_nothing() {
    for ground in all().await {
        let (written, traffic) = write(&ground.access(), &batch::<&str>(&[])).await.unwrap();
        assert_eq!((written.points, traffic.requests), (0, 0), "{}", ground.name());
    }
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_cut_and_the_size_is_remembered() {
    for kind in [Kind::V1, Kind::V2, Kind::V3] {
        let mut script = Script::new(kind, &[PLACE]);
        script.largest_body = 8000;
        let played = Played::start(script).await;
        let writer = open(&at(kind, played.server.url())).await;
        let all = batch(&good(1000));
        let mut first = model::edges::Traffic::default();
        let written = writer.write(&all, &mut first).await.unwrap();
        assert_eq!((written.points, written.rejects.len()), (1000, 0), "{kind:?}");
        let mut second = model::edges::Traffic::default();
        writer.write(&all, &mut second).await.unwrap();
        let fewest = all.body.len().div_ceil(8000) as u64;
        assert!(second.requests < first.requests && second.requests <= 2 * fewest, "{kind:?}: {first:?} {second:?}");
        let arrived: std::collections::BTreeMap<_, _> = crate::ground::Ground::values(&played).await;
        assert_eq!(arrived, expected(1000, &[]), "{kind:?}");
    }
}

#[tokio::test]
async fn one_line_that_is_too_large_is_rejected_only_when_it_is_large() {
    let mut script = Script::new(Kind::V2, &[PLACE]);
    script.largest_body = 70_000;
    let played = Played::start(script).await;
    let huge = format!("m,t=a f=1,g=\"{}\" 1795000000000000007", "x".repeat(100_000));
    let mut lines = good(5);
    lines.insert(3, huge.clone());
    let (written, _) = write(&at(Kind::V2, played.server.url()), &batch(&lines)).await.unwrap();
    assert_eq!((written.points, written.rejects.len(), written.rejects[0].row), (5, 1, 4));
    assert_eq!(written.rejects[0].line.as_deref(), Some(&huge[..model::Reject::MAX_LINE_BYTES]));

    played.server.with(|script| script.largest_body = 10);
    let failure = write(&at(Kind::V2, played.server.url()), &batch(&good(5))).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InfluxTooLarge, "a server that takes no ordinary line must not turn every row into a reject");
}

#[tokio::test]
async fn what_time_heals_is_told_with_the_pause_that_was_asked_for_and_the_same_batch_then_arrives() {
    let answers = [
        (Reply::new(429, "").header("Retry-After", "17"), FailureKind::InfluxBusy, Some(17)),
        // The clock of these tests stands at noon.
        (Reply::new(429, "").header("Retry-After", "Sat, 21 Nov 2026 12:01:00 GMT"), FailureKind::InfluxBusy, Some(60)),
        (Reply::new(503, "request throttled, queue full").header("Connection", "close"), FailureKind::InfluxBusy, None),
        (Reply::new(503, "").header("Retry-After", "5"), FailureKind::InfluxBusy, Some(5)),
        (Reply::new(500, r#"{"error":"timeout"}"#), FailureKind::InfluxTimeout, None),
        (Reply::new(500, r#"{"error":"engine: cache-max-memory-size exceeded: (1/0)"}"#), FailureKind::InfluxBusy, None),
        (Reply::new(502, "<html>Bad Gateway</html>"), FailureKind::InfluxFailed, None),
        (Reply::new(200, "<html>Welcome</html>"), FailureKind::InfluxUnexpected, None),
    ];
    for kind in [Kind::V1, Kind::V2, Kind::V3] {
        let played = Played::start(Script::new(kind, &[PLACE])).await;
        for (answer, expected_kind, wait) in &answers {
            played.server.with(|script| script.next.push_back(answer.clone()));
            let failure = write(&at(kind, played.server.url()), &batch(&good(10))).await.unwrap_err();
            assert_eq!((failure.kind, failure.policy()), (*expected_kind, Policy::Retry), "{kind:?} {answer:?}");
            assert_eq!(failure.retry_after, wait.map(Duration::from_secs), "{kind:?} {answer:?}");
        }
        write(&at(kind, played.server.url()), &batch(&good(10))).await.unwrap();
        assert_eq!(crate::ground::Ground::values(&played).await, expected(10, &[]), "{kind:?}");
    }
}

#[tokio::test]
async fn limits_of_the_server_are_held() {
    for (kind, answer) in [
        (Kind::V1, Reply::new(400, r#"{"error":"partial write: max-series-per-database limit exceeded: (1000000) dropped=3"}"#)),
        (
            Kind::V1,
            Reply::new(
                400,
                r#"{"error":"partial write: max-values-per-tag limit exceeded (100000/100000): measurement=\"m\" tag=\"t\" value=\"a\" dropped=1"}"#,
            ),
        ),
        (Kind::V2, Reply::new(503, r#"{"code":"unavailable","message":"Series cardinality exceeds your plan's limit"}"#)),
        (
            Kind::V3,
            Reply::new(
                422,
                r#"{"error":"partial write of line protocol occurred","data":[{"original_line":"m","line_number":1,"error_message":"Update to schema would exceed number of columns per table limit of 500 columns"}]}"#,
            ),
        ),
    ] {
        let played = Played::start(Script::new(kind, &[PLACE]).next(answer.clone())).await;
        let failure = write(&at(kind, played.server.url()), &batch(&good(3))).await.unwrap_err();
        assert_eq!((failure.kind, failure.policy()), (FailureKind::InfluxLimit, Policy::Hold), "{kind:?} {answer:?}");
    }
}

#[tokio::test]
async fn a_rehearsal_shapes_and_checks_like_the_real_thing_and_writes_nothing() {
    let played = Played::start(Script::new(Kind::V2, &[PLACE])).await;
    let access = at(Kind::V2, played.server.url());
    let discard = influx::Discard(std::sync::Arc::new(drivers()));
    let writer = discard.open(&access, "x").await.unwrap();
    let written = writer.write(&batch(&good(10)), &mut model::edges::Traffic::default()).await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!((written.points, written.rejects.len()), (10, 0));
    let mut findings = Vec::new();
    discard.check(&access, &mut |finding| findings.push(finding)).await;
    assert_eq!(findings.len(), check(&access).await.len());
    let schema = std::sync::Arc::new(arrow_schema::Schema::empty());
    let slot = chrono::DateTime::from_timestamp_nanos(0);
    let refused = discard.shaper(&access.connection, &Mapping::new("m"), &schema, slot).err().map(|failure| failure.kind);
    assert_eq!(refused, Some(FailureKind::Mapping), "a result without columns has nothing that could be a field");
    assert_eq!(played.server.writes(), 0);
}
