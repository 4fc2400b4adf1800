//! Lines that the server refuses are found, and the others arrive.

use std::collections::BTreeMap;

use model::{
    FailureKind, Policy, SecretField, Target,
    edges::{ConnectionAccess, Traffic},
};

use crate::{
    ground::{Ground, PLACE, Played, RealV1, START, TOKEN, at, batch, env, expected, good, open, servers, to, write},
    servers::{Kind, Rights, Script},
};

/// Good lines with some replaced by bad ones.
fn spoilt(count: usize, bad: &[(usize, &str)]) -> Vec<String> {
    let mut lines = good(count);
    for (index, line) in bad {
        lines[*index] = (*line).to_owned();
    }
    lines
}

/// Makes `f` a float, so that a text is refused.
async fn settle(access: &ConnectionAccess) {
    write(access, &batch(&["m,t=a f=0 1795000000000000000"])).await.unwrap();
}

#[tokio::test]
async fn lines_that_do_not_parse_are_rejected_with_their_row_and_the_others_arrive() {
    for ground in servers().await {
        let lines = spoilt(100, &[(0, "m,t=a f= 5"), (41, "m,t=a,t= f=1 7"), (42, "m f=1e400 9"), (99, "just text")]);
        let mut batch = batch(&lines);
        // Rows 42 and 43 never became lines, so that everything from line 41 on is two rows further.
        batch.rows = vec![(0, 1), (41, 44)];
        let (written, _) = write(&ground.access(), &batch).await.unwrap();
        let rows: Vec<(u64, Option<&str>)> = written.rejects.iter().map(|reject| (reject.row, reject.line.as_deref())).collect();
        let bad = [(1, Some("m,t=a f= 5")), (44, Some("m,t=a,t= f=1 7")), (45, Some("m f=1e400 9")), (102, Some("just text"))];
        assert_eq!(rows, bad, "{}", ground.name());
        assert!(written.rejects[0].reason.contains("missing field value"), "{}: {}", ground.name(), written.rejects[0].reason);
        assert!(written.rejects[1].reason.contains("missing tag value"), "{}: {}", ground.name(), written.rejects[1].reason);
        assert_eq!(written.points, 96, "{}", ground.name());
        let rejected_bytes: usize = written.rejects.iter().map(|reject| reject.line.as_ref().unwrap().len() + 1).sum();
        assert_eq!(written.bytes, (batch.body.len() - rejected_bytes) as u64, "{}", ground.name());
        assert_eq!(ground.values().await, expected(100, &[0, 41, 42, 99]), "{}", ground.name());
    }
}

#[tokio::test]
async fn lines_of_the_wrong_type_are_rejected_with_the_servers_reason() {
    for ground in servers().await {
        settle(&ground.access()).await;
        let lines = spoilt(
            300,
            &[
                (7, "m,t=a f=\"x\" 1795000000000000007"),
                (150, "m,t=a f=true 1795000000000000008"),
                (151, "m,t=a f=1i 1795000000000000009"),
                (299, "m,t=a f=\"y\" 1795000000000000010"),
            ],
        );
        let (written, _) = write(&ground.access(), &batch(&lines)).await.unwrap();
        let rows: Vec<u64> = written.rejects.iter().map(|reject| reject.row).collect();
        assert_eq!(rows, [8, 151, 152, 300], "{}", ground.name());
        for (reject, kind) in written.rejects.iter().zip(["string", "boolean", "integer", "string"]) {
            assert!(reject.reason.contains(kind), "{}: {}", ground.name(), reject.reason);
            assert!(!reject.reason.contains("dropped="), "{}: {}", ground.name(), reject.reason);
        }
        assert_eq!(ground.values().await, expected(300, &[7, 150, 151, 299]), "{}", ground.name());
    }
}

#[tokio::test]
async fn lines_that_do_not_parse_are_found_beside_lines_of_the_wrong_type_that_hide_them() {
    for ground in servers().await {
        settle(&ground.access()).await;
        let lines =
            spoilt(64, &[(3, "m,t=a f=\"x\" 1795000000000000003"), (4, "m,t=a f="), (40, "m,t=a f=t 1795000000000000003"), (63, "m g")]);
        let (written, _) = write(&ground.access(), &batch(&lines)).await.unwrap();
        let rows: Vec<u64> = written.rejects.iter().map(|reject| reject.row).collect();
        assert_eq!(rows, [4, 5, 41, 64], "{}", ground.name());
        assert_eq!(ground.values().await, expected(64, &[3, 4, 40, 63]), "{}", ground.name());
    }
}

#[tokio::test]
async fn a_batch_of_nothing_but_bad_lines_ends_in_rejects_after_few_requests() {
    for ground in servers().await {
        settle(&ground.access()).await;
        for (what, line) in [("unparsable", "m,t=a f="), ("of the wrong type", "m,t=a f=\"x\" 1795000000000000000")] {
            let (written, traffic) = write(&ground.access(), &batch(&vec![line; 2000])).await.unwrap();
            assert_eq!((written.points, written.bytes, written.rejects.len()), (0, 0, 2000), "{}: {what}", ground.name());
            assert!(traffic.requests <= 3, "{}: {} requests for lines {what}", ground.name(), traffic.requests);
        }
        assert_eq!(ground.values().await, expected(1, &[]), "{}", ground.name());
    }
}

#[tokio::test]
async fn every_second_line_bad_costs_few_requests_too() {
    for ground in servers().await {
        settle(&ground.access()).await;
        let bad: Vec<usize> = (0..1000).filter(|n| n % 2 == 1).collect();
        let mut lines = good(1000);
        for index in &bad {
            lines[*index] = format!("m,t=a f=\"x\" {}", START + *index as i64);
        }
        let (written, traffic) = write(&ground.access(), &batch(&lines)).await.unwrap();
        assert_eq!(written.rejects.len(), 500, "{}", ground.name());
        assert!(traffic.requests <= 5, "{}: {} requests", ground.name(), traffic.requests);
        assert_eq!(ground.values().await, expected(1000, &bad), "{}", ground.name());
    }
}

#[tokio::test]
async fn a_count_that_is_too_low_misleads_nobody_and_halving_stays_cheap() {
    let mut script = Script::new(Kind::V1, &[PLACE]);
    script.undercount = true;
    let played = Played::start(script).await;
    let access = at(Kind::V1, played.server.url());
    settle(&access).await;
    let bad = [5usize, 1000, 1001, 3999];
    let lines = spoilt(4096, &bad.map(|index| (index, "m,t=a f=\"x\" 5")));
    let (written, traffic) = write(&access, &batch(&lines)).await.unwrap();
    let rows: Vec<u64> = written.rejects.iter().map(|reject| reject.row).collect();
    assert_eq!(rows, bad.map(|index| index as u64 + 1));
    assert!(traffic.requests <= 2 * 4 * 12, "{} requests", traffic.requests);
    assert_eq!(played.values().await, expected(4096, &bad));
}

#[tokio::test]
async fn a_server_that_stops_naming_lines_loses_none() {
    let mut script = Script::new(Kind::V3, &[PLACE]);
    script.most_named = 100;
    let played = Played::start(script).await;
    let bad: Vec<usize> = (0..1000).filter(|n| n % 4 == 0).collect();
    let spoil: Vec<(usize, &str)> = bad.iter().map(|index| (*index, "m,t=a f=")).collect();
    let (written, traffic) = write(&at(Kind::V3, played.server.url()), &batch(&spoilt(1000, &spoil))).await.unwrap();
    assert_eq!(written.rejects.iter().map(|reject| reject.row as usize - 1).collect::<Vec<_>>(), bad);
    assert!(traffic.requests <= 4, "{} requests", traffic.requests);
    assert_eq!(played.values().await, expected(1000, &bad));
}

#[tokio::test]
async fn an_answer_too_long_to_keep_loses_no_line() {
    for ground in servers().await {
        let filler = "x".repeat(200);
        let bad: Vec<usize> = (0..16_000).filter(|n| n % 2 == 0).collect();
        let mut lines = good(16_000);
        for index in &bad {
            lines[*index] = format!("m,t={filler} f=");
        }
        let (written, traffic) = write(&ground.access(), &batch(&lines)).await.unwrap();
        assert_eq!(written.rejects.len(), bad.len(), "{}", ground.name());
        assert!(traffic.requests <= 40, "{}: {} requests", ground.name(), traffic.requests);
        assert_eq!(ground.values().await, expected(16_000, &bad), "{}", ground.name());
    }
}

#[tokio::test]
async fn points_beyond_retention_are_rejected_with_that_reason() {
    let real = RealV1::new().await;
    // The server's clock is the machine's; an hour of the year 2001 is over on any.
    real.query(&format!("CREATE RETENTION POLICY \"short\" ON \"{}\" DURATION 1h REPLICATION 1 DEFAULT", real.database)).await;
    let mut lines = good(50);
    lines[20] = "m,t=a f=1 1000000000000000000".to_owned();
    lines[21] = "m,t=a f=2 1000000000000000001".to_owned();
    let far: Vec<String> = lines.iter().map(|line| line.replace(" 17950", " 40000")).collect();
    let mut access = real.access();
    let Target::V1 { retention_policy, .. } = &mut access.connection.target else { unreachable!() };
    *retention_policy = Some("short".to_owned());
    let (written, _) = write(&access, &batch(&far)).await.unwrap();
    assert_eq!(written.rejects.iter().map(|reject| reject.row).collect::<Vec<_>>(), [21, 22]);
    assert_eq!(written.rejects[0].reason, "points beyond retention policy");
    assert_eq!(real.values().await.len(), 48);

    for kind in [Kind::V1, Kind::V2] {
        let played = Played::start(Script::new(kind, &[PLACE])).await;
        played.server.with(|script| script.places.get_mut(PLACE).unwrap().keeps_since = Some(START));
        let (written, _) = write(&at(kind, played.server.url()), &batch(&lines)).await.unwrap();
        assert_eq!(written.rejects.iter().map(|reject| reject.row).collect::<Vec<_>>(), [21, 22], "{kind:?}");
        assert_eq!(written.rejects[0].reason, "points beyond retention policy", "{kind:?}");
        assert_eq!(played.values().await, expected(50, &[20, 21]), "{kind:?}");
    }
}

#[tokio::test]
async fn a_wrong_or_missing_login_holds_and_is_never_repeated_in_a_message() {
    let url = env("TRIBUTARY_TEST_INFLUX_AUTH_URL").parse().unwrap();
    let v1 = |username: Option<&str>| Target::V1 {
        url: url::Url::clone(&url),
        database: "nothing".to_owned(),
        username: username.map(str::to_owned),
        retention_policy: None,
        edition: Default::default(),
        meta_url: None,
    };
    let mut cases = vec![to(v1(None), None), to(v1(Some("admin")), Some("hunter2-wrong")), to(v1(Some("nobody")), Some("hunter2-wrong"))];
    let mut played = Vec::new();
    for kind in [Kind::V2, Kind::V3] {
        let server = Played::start(Script::new(kind, &[PLACE])).await;
        for secret in [None, Some("hunter2-wrong")] {
            let mut access = server.access();
            access = ConnectionAccess::new(access.connection, secret.map(secrecy::SecretString::from));
            cases.push(access);
        }
        played.push(server);
    }
    for access in cases {
        let failure = write(&access, &batch(&good(3))).await.unwrap_err();
        assert_eq!((failure.kind, failure.policy()), (FailureKind::InfluxAuthentication, Policy::Hold), "{:?}", access.connection.target);
        let said = format!("{} {failure:?} {access:?}", failure.chain());
        assert!(!said.contains("hunter2") && !said.contains(TOKEN.repeat(2).as_str()), "{said}");
    }
}

#[tokio::test]
async fn a_login_that_may_not_write_holds() {
    for kind in [Kind::V2, Kind::V3] {
        let played = Played::start(Script::new(kind, &[PLACE]).login("reader", Rights::ReadOnly)).await;
        let mut access = played.access();
        access.secrets.insert(SecretField::Token, "reader".into());
        let failure = write(&access, &batch(&good(3))).await.unwrap_err();
        assert_eq!((failure.kind, failure.policy()), (FailureKind::InfluxForbidden, Policy::Hold), "{kind:?}");
    }
}

#[tokio::test]
async fn a_login_that_may_only_write_writes() {
    for kind in [Kind::V2, Kind::V3] {
        let played = Played::start(Script::new(kind, &[PLACE]).login("writer", Rights::WriteOnly)).await;
        let mut access = played.access();
        access.secrets.insert(SecretField::Token, "writer".into());
        write(&access, &batch(&good(3))).await.unwrap();
        assert_eq!(played.values().await, expected(3, &[]), "{kind:?}");
    }
}

#[tokio::test]
async fn a_place_that_does_not_exist_holds_and_is_not_created() {
    let real = RealV1::new().await;
    let mut cases: Vec<(ConnectionAccess, Option<Played>)> = Vec::new();
    let v1 = |database: &str, policy: Option<&str>| Target::V1 {
        url: real.url.clone(),
        database: database.to_owned(),
        username: None,
        retention_policy: policy.map(str::to_owned),
        edition: Default::default(),
        meta_url: None,
    };
    cases.push((to(v1("never created", None), None), None));
    cases.push((to(v1(&real.database, Some("never created")), None), None));
    for kind in [Kind::V2, Kind::V3] {
        let played = Played::start(Script::new(kind, &["other"]).login("writer", Rights::WriteOnly)).await;
        let mut writer = played.access();
        writer.secrets.insert(SecretField::Token, "writer".into());
        cases.push((writer, None));
        cases.push((played.access(), Some(played)));
    }
    for (access, played) in &cases {
        let writer = open(access).await;
        for _ in 0..2 {
            let failure = writer.write(&batch(&good(3)), &mut Traffic::default()).await.unwrap_err();
            assert_eq!((failure.kind, failure.policy()), (FailureKind::InfluxMissing, Policy::Hold), "{:?}", access.connection.target);
        }
        if let Some(played) = played {
            let places: Vec<String> = played.server.with(|script| script.places.keys().cloned().collect());
            assert_eq!(places, ["other"], "{}", played.name());
            // Once the place is there the same writer goes on.
            played.server.with(|script| script.places.insert(PLACE.to_owned(), Default::default()));
            writer.write(&batch(&good(3)), &mut Traffic::default()).await.unwrap();
            assert_eq!(played.values().await, expected(3, &[]), "{}", played.name());
        }
    }
}

#[tokio::test]
async fn a_v1_connection_creates_nothing_on_a_server_of_another_line() {
    for (kind, words) in [(Kind::V2, "driver v2"), (Kind::V3, "driver v3"), (Kind::Kapacitor, "Kapacitor")] {
        let mut script = Script::new(kind, &["other"]);
        script.logins.clear();
        let played = Played::start(script).await;
        let writer = open(&at(Kind::V1, played.server.url())).await;
        for _ in 0..2 {
            let failure = writer.write(&batch(&good(3)), &mut Traffic::default()).await.unwrap_err();
            assert_eq!((failure.kind, failure.policy()), (FailureKind::InfluxProduct, Policy::Hold), "{kind:?}");
            assert!(failure.chain().contains(words), "{kind:?}: {}", failure.chain());
        }
        assert_eq!(played.server.writes(), 0, "{kind:?}");
        assert_eq!(played.server.with(|script| script.places.keys().cloned().collect::<Vec<_>>()), ["other"], "{kind:?}");
    }
}

#[tokio::test]
async fn a_v1_writer_asks_once_who_answers() {
    let played = Played::start(Script::new(Kind::V1, &[PLACE])).await;
    let writer = open(&played.access()).await;
    let (lines, mut first, mut second) = (batch(&good(3)), Traffic::default(), Traffic::default());
    let (one, two) = tokio::join!(writer.write(&lines, &mut first), writer.write(&lines, &mut second));
    assert_eq!((one.unwrap().points, two.unwrap().points), (3, 3));
    let paths = played.server.with(|script| script.seen.iter().map(|seen| seen.path.clone()).collect::<Vec<_>>());
    assert_eq!(paths, ["/ping", "/write", "/write"]);
}

#[tokio::test]
async fn a_text_with_a_line_break_is_one_line_everywhere() {
    for ground in servers().await {
        settle(&ground.access()).await;
        let lines = vec![
            "m,t=a f=0 1795000000000000000".to_owned(),
            "m,t=a f=1,g=\"two\nlines, a \\\"quote\\\" and = signs\" 1795000000000000001".to_owned(),
            "m,t=a f=\"bad\" 1795000000000000005".to_owned(),
            "m,t=a f=2 1795000000000000002".to_owned(),
        ];
        let (written, _) = write(&ground.access(), &batch(&lines)).await.unwrap();
        assert_eq!((written.points, written.rejects.len()), (3, 1), "{}", ground.name());
        assert_eq!(written.rejects[0].row, 3, "{}", ground.name());
        let times: BTreeMap<i64, ()> = ground.values().await.into_keys().map(|time| (time, ())).collect();
        assert!(times.contains_key(&(START + 2)), "{}", ground.name());
    }
}
