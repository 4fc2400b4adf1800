//! What is told of what was committed.

use std::collections::BTreeSet;

use model::{
    Figures, Incremental, Mode, Reject, RunStatus,
    edges::{Advance, Fate, Freeze, Progress, Store as _},
};
use store::{Announcements, ChangedNoun, CursorChange, Heard, KapacitorChange, NewKapacitor, RejectRows, Store};

use crate::backend::{House, LIMIT, ORG, at, connection, database, decision, group, houses, name};

/// Listens to a store, one operation after another.
struct Listener {
    store: Store,
    hears: Announcements,
}

impl Listener {
    fn to(house: &House) -> Self {
        Self { store: house.store.clone(), hears: house.store.announcements() }
    }

    /// What was told since: noun and id, `*` for any.
    async fn told(&mut self) -> BTreeSet<String> {
        self.store.announce_files();
        let mut told = BTreeSet::new();
        loop {
            let Some(Heard::Changed(changed)) = self.hears.next().await else { panic!("the listener lagged") };
            for one in changed.iter() {
                if one.noun == ChangedNoun::File {
                    return told;
                }
                let of_its_own = one.noun == ChangedNoun::Organization || one.organization == Some(ORG);
                assert!(of_its_own, "{one:?}");
                told.insert(format!("{} {}", one.noun.as_str(), one.id.map_or("*".to_owned(), |id| id.to_string())));
            }
        }
    }
}

fn exactly<const N: usize>(told: [(&str, String); N]) -> BTreeSet<String> {
    told.into_iter().map(|(noun, id)| format!("{noun} {id}")).collect()
}

fn any() -> String {
    "*".to_owned()
}

#[tokio::test]
async fn what_people_save_change_and_delete_is_told_by_its_id() {
    for house in houses().await {
        let mut listener = Listener::to(&house);
        let organization = house.store.create_organization(&name("plant"), None).await.unwrap();
        assert_eq!(listener.told().await, exactly([("organization", organization.id.to_string())]));

        let made = house.group("minutely", None).await;
        assert_eq!(listener.told().await, exactly([("group", made.id.to_string())]));
        house.store.update_group(ORG, made.id, None, &name("hourly"), &group(), None).await.unwrap();
        assert_eq!(listener.told().await, exactly([("group", made.id.to_string())]));
        house.store.delete_group(ORG, made.id).await.unwrap();
        assert_eq!(listener.told().await, exactly([("group", made.id.to_string())]));

        let series = house.series("orders", None, 0).await;
        let (query, to) = (series.spec.query_id, series.spec.connection_id);
        let reads = house.store.get_query(ORG, query).await.unwrap().unwrap().spec.database_id;
        assert_eq!(
            listener.told().await,
            exactly([
                ("series", series.id.to_string()),
                ("query", query.to_string()),
                ("database", reads.to_string()),
                ("connection", to.to_string()),
                ("connection", any()),
            ])
        );
        house.store.update_series(ORG, series.id, None, &name("sales"), &series.spec).await.unwrap();
        assert_eq!(listener.told().await, exactly([("series", series.id.to_string())]));
        house.store.update_database(ORG, reads, None, &name("shop"), &database(), &Default::default()).await.unwrap();
        assert_eq!(listener.told().await, exactly([("database", reads.to_string())]));

        house.store.delete_series(ORG, series.id).await.unwrap();
        assert_eq!(listener.told().await, exactly([("series", series.id.to_string()), ("run", any())]), "its runs go with it");
        house.store.delete_query(ORG, query).await.unwrap();
        assert_eq!(listener.told().await, exactly([("query", query.to_string())]));
        house.store.delete_database(ORG, reads).await.unwrap();
        assert_eq!(listener.told().await, exactly([("database", reads.to_string())]));
    }
}

#[tokio::test]
async fn how_connections_and_kapacitors_stand_is_told_and_what_goes_with_a_connection() {
    for house in houses().await {
        let first = house.connection("first", Default::default()).await;
        let second = house.connection("second", Default::default()).await;
        let mut listener = Listener::to(&house);
        house.store.set_default_connection(ORG, second.id).await.unwrap();
        assert_eq!(listener.told().await, exactly([("connection", any())]));
        house.store.set_default_connection(ORG, first.id).await.unwrap();
        listener.told().await;

        let spec = model::Kapacitor::new(first.id, "http://localhost:9092".parse().unwrap());
        let new = NewKapacitor::default();
        let kapacitor = house.store.create_kapacitor(ORG, &name("alerts"), &spec, &Default::default(), new).await.unwrap();
        assert_eq!(listener.told().await, exactly([("kapacitor", kapacitor.id.to_string()), ("kapacitor", any())]));
        let change = KapacitorChange::default();
        house.store.update_kapacitor(ORG, kapacitor.id, None, &name("alarms"), &spec, &Default::default(), change).await.unwrap();
        assert_eq!(listener.told().await, exactly([("kapacitor", kapacitor.id.to_string())]));
        house.store.set_active_kapacitor(ORG, first.id, None).await.unwrap();
        assert_eq!(listener.told().await, exactly([("kapacitor", any())]));

        house.store.delete_connection(ORG, first.id, None).await.unwrap();
        let gone = [("connection", first.id.to_string()), ("connection", any()), ("kapacitor", kapacitor.id.to_string())];
        assert_eq!(listener.told().await, exactly(gone));
    }
}

#[tokio::test]
async fn every_step_of_a_run_is_told() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        let series = house.series("orders", Some(&group), 0).await;
        house.clock.set(at(60));
        let mut listener = Listener::to(&house);
        house.run_slot(&group, at(60)).await;
        let queued = listener.told().await;
        let (lease, run) = house.claim("node").await.expect("a run");
        let this_run = exactly([("run", run.id.to_string())]);
        assert_eq!(queued, exactly([("run", run.id.to_string()), ("group", group.id.to_string())]), "the group has another next slot");
        assert_eq!(listener.told().await, this_run, "it has begun");
        house.store.heartbeat(&lease, at(99), &Progress::default()).await.unwrap();
        assert_eq!(listener.told().await, this_run);
        house.store.load_plan(&lease).await.unwrap();
        assert_eq!(listener.told().await, BTreeSet::new(), "what only reads tells nothing");
        let reject = Reject { row: 1, line: None, reason: "bad".to_owned(), values: None };
        house.store.keep_rejects(&lease, &[reject], LIMIT).await.unwrap();
        assert_eq!(listener.told().await, this_run);
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        assert_eq!(listener.told().await, this_run);
        assert!(!house.finish(&lease, RunStatus::Succeeded).await);
        assert_eq!(listener.told().await, BTreeSet::new(), "a lost lease tells nothing");

        let by_hand = house.store.enqueue_run(ORG, series.id, at(61)).await.unwrap().unwrap();
        assert_eq!(listener.told().await, exactly([("run", by_hand.id.to_string())]));
        house.store.cancel_run(ORG, by_hand.id).await.unwrap();
        assert_eq!(listener.told().await, exactly([("run", by_hand.id.to_string()), ("run", any())]));

        house.store.enqueue_run(ORG, series.id, at(62)).await.unwrap();
        let (lost, orphan) = house.claim("other").await.expect("a run");
        listener.told().await;
        house.store.reclaim("node", at(63), 3).await.unwrap();
        let told = listener.told().await;
        assert!(told.contains(&format!("run {}", orphan.id)) && told.len() == 2, "it and its next attempt: {told:?}");
        assert!(!house.finish(&lost, RunStatus::Succeeded).await);
    }
}

#[tokio::test]
async fn what_moves_waits_and_is_discarded_is_told() {
    for house in houses().await {
        let connection = house.connection("influx", Default::default()).await;
        let series = house.series_in("orders", Mode::Incremental(Incremental::by("id")), connection.id).await;
        house.enqueue(&series, at(0)).await;
        let (lease, run) = house.claim("node").await.expect("a run");
        let mut listener = Listener::to(&house);
        let (run_id, series_id, connection_id) = (run.id.to_string(), series.id.to_string(), connection.id.to_string());
        let advance = Advance {
            position: None,
            fingerprint: String::new(),
            marks: Vec::new(),
            delivered: Vec::new(),
            forget_below: None,
            most_entries: 0,
            at: at(0),
            progress: Progress::default(),
        };
        assert!(house.store.advance(&lease, &advance).await.unwrap());
        assert_eq!(listener.told().await, exactly([("run", run_id.clone()), ("series", series_id.clone())]));
        assert_eq!(house.store.freeze(&lease, &[], Some(&Figures::default())).await.unwrap(), Freeze::Kept);
        assert_eq!(listener.told().await, exactly([("run", run_id.clone())]));
        let both = exactly([("run", run_id.clone()), ("connection", connection_id.clone())]);
        assert!(house.refuse(&lease, at(30)).await);
        assert_eq!(listener.told().await, both, "it waits, and the connection is on hold");
        assert!(!house.refuse(&lease, at(30)).await);
        assert_eq!(listener.told().await, BTreeSet::new(), "a lost lease tells nothing");
        house.store.lift_hold(ORG, connection.id).await.unwrap();
        assert_eq!(listener.told().await, exactly([("connection", connection_id)]));
        let (lease, _) = house.claim("node").await.expect("a try");
        assert_eq!(listener.told().await, both, "the next try is later");
        let reject = Reject { row: 1, line: None, reason: "bad".to_owned(), values: None };
        house.store.keep_rejects(&lease, &[reject], LIMIT).await.unwrap();
        listener.told().await;
        assert!(house.finish_with(&lease, 1).await);
        assert_eq!(listener.told().await, both, "the hold is over");
        house.store.discard_rejects(ORG, run.id, RejectRows::All).await.unwrap();
        assert_eq!(listener.told().await, exactly([("run", run_id)]));
        house.store.discard_rejects(ORG, run.id, RejectRows::All).await.unwrap();
        assert_eq!(listener.told().await, BTreeSet::new());
        house.store.set_cursor(ORG, series.id, &CursorChange::To(None)).await.unwrap();
        assert_eq!(listener.told().await, exactly([("series", series_id)]));
    }
}

#[tokio::test]
async fn a_slot_without_runs_is_told_too() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.clock.set(at(60));
        let mut listener = Listener::to(&house);
        assert!(house.settle(&group, at(60), vec![decision(at(60), Fate::Run)]).await);
        assert_eq!(listener.told().await, exactly([("group", group.id.to_string())]));
    }
}

#[tokio::test]
async fn what_is_refused_is_not_told() {
    for house in houses().await {
        let first = house.connection("first", Default::default()).await;
        let mut listener = Listener::to(&house);
        let (same, spec, secrets) = (name("first"), connection(), Default::default());
        assert!(house.store.create_connection(ORG, &same, &spec, &secrets, Default::default()).await.is_err());
        let stale = house.store.update_connection(ORG, first.id, Some(7), &same, &spec, &secrets, Default::default());
        assert!(stale.await.is_err());
        assert_eq!(listener.told().await, BTreeSet::new());
    }
}
