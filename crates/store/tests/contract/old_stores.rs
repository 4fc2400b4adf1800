//! Data directories that older versions left: everything in them is found.

use model::{
    Cursor, Figures, Id, Name, Origin, RunStatus, SecretField, Target,
    edges::{Freeze, Store as _},
};
use secrecy::ExposeSecret;
use store::RejectFilter;

use crate::backend::{ORG, at, sqlite_of};

/// Schema up to m0003: no Kapacitors, no numbers, no default connections.
const M0003: &str = include_str!("fixtures/store-m0003.sql");
/// Schema up to m0006: no cursors, no holds, rejects that do not know their series.
const M0006: &str = include_str!("fixtures/store-m0006.sql");

#[tokio::test]
async fn a_store_without_numbers_and_defaults_gets_them_in_the_order_of_creation_and_loses_nothing() {
    let house = sqlite_of(M0003).await;
    let connections = house.store.list_connections(ORG).await.unwrap();
    let read: Vec<_> = connections.iter().map(|one| (one.name.as_str(), one.number, one.revision, &one.origin)).collect();
    let people = &Origin::People;
    assert_eq!(read, [("oldest", Some(1), 1, people), ("second", Some(3), 4, people), ("third", Some(4), 1, people)]);
    assert_eq!(house.default_connection().await.as_deref(), Some("oldest"));
    assert!(matches!(&connections[0].spec.target, Target::V2 { bucket, .. } if bucket == "orders"), "{connections:?}");
    assert_eq!((connections[0].spec.notes.as_str(), connections[0].spec.batch_lines), ("kept", 500));
    for (at, password) in [(0, "password of first by age"), (1, "password of second by name")] {
        let secrets = house.store.connection_secrets(ORG, connections[at].id).await.unwrap();
        assert_eq!(secrets[&SecretField::Password].expose_secret(), password);
    }

    let organizations = house.store.list_organizations().await.unwrap();
    let read: Vec<_> = organizations.iter().map(|one| (one.name.as_str(), one.alias.as_deref(), &one.origin)).collect();
    assert_eq!(read, [("default", None, people), ("empty", None, people), ("other", None, people)]);
    let elsewhere = house.store.list_connections(organizations[2].id).await.unwrap().remove(0);
    assert_eq!((elsewhere.name.as_str(), elsewhere.number), ("elsewhere", Some(2)));
    assert!(house.store.connection_standing(organizations[2].id, elsewhere.id).await.unwrap().chosen);

    let series = house.store.find_series(ORG, "orders").await.unwrap().expect("the series");
    assert_eq!(series.spec.connection_id, connections[1].id);
    assert_eq!((series.number, &series.origin), (None, people));
    assert!(house.store.find_query(ORG, "orders").await.unwrap().is_some());
    assert!(house.store.find_database(ORG, "shop").await.unwrap().is_some());
    let group = house.store.find_group(ORG, "minutely").await.unwrap().expect("the group");
    assert_eq!(house.store.group_next_slot(ORG, group.id).await.unwrap(), Some(at(-99_999_940)));
    assert_eq!(house.store.due_groups(at(0)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_old_store_is_used_on_like_a_new_one() {
    let house = sqlite_of(M0003).await;
    assert_eq!(house.connection("new", Default::default()).await.number, Some(5));
    let oldest = house.store.find_connection(ORG, "oldest").await.unwrap().expect("it is there");
    let deleted = house.store.delete_connection(ORG, oldest.id, None).await.unwrap().expect("it was there");
    assert_eq!(deleted.new_default.map(|new| new.name), Some(Name::new("second").unwrap()));
    let empty = house.store.find_organization("empty").await.unwrap().expect("it is there");
    let spec = crate::backend::connection();
    let first = house.store.create_connection(empty.id, &oldest.name, &spec, &Default::default(), Default::default()).await.unwrap();
    assert!(house.store.connection_standing(empty.id, first.id).await.unwrap().chosen);
    assert_eq!(first.number, Some(6));

    let before = house.store.list_connections(ORG).await.unwrap();
    let house = house.reopen().await;
    assert_eq!(house.store.list_connections(ORG).await.unwrap(), before, "the second start changes nothing");
    assert_eq!(house.default_connection().await.as_deref(), Some("second"));
    assert_eq!(house.store.get_connection(ORG, Id::from_uuid(oldest.id.uuid())).await.unwrap(), None);
}

#[tokio::test]
async fn a_store_without_cursors_and_holds_gets_them_and_loses_no_run_and_no_reject() {
    let house = sqlite_of(M0006).await;
    let orders = house.store.find_series(ORG, "orders").await.unwrap().expect("the series");
    let states = house.store.find_series(ORG, "states").await.unwrap().expect("the series");
    let found = house.store.find_rejects(ORG, &RejectFilter { series_id: Some(orders.id), limit: 9, ..Default::default() }).await.unwrap();
    let rows: Vec<_> = found.iter().map(|kept| (kept.reject.row, kept.reject.line.as_deref(), kept.reject.values.as_deref())).collect();
    assert_eq!(rows, [(2, Some("orders n=2"), None), (5, None, None)]);
    let run = house.run(found[0].run_id).await;
    assert_eq!((run.status, run.figures.rejected, run.stretch, run.frozen), (RunStatus::Partial, 2, None, false));
    assert_eq!(house.store.get_cursor(ORG, orders.id).await.unwrap(), Some(Cursor::default()));
    assert!(house.store.list_holds(ORG).await.unwrap().is_empty());

    let (lease, window) = house.claim("n").await.expect("the oldest in line");
    assert_eq!(window.series_id, orders.id);
    assert!(house.refuse(&lease, at(30)).await);
    let (lease, snapshot) = house.claim("n").await.expect("a snapshot is read though its connection is on hold");
    assert_eq!(snapshot.series_id, states.id);
    assert_eq!(house.store.freeze(&lease, &[], Some(&Figures::default())).await.unwrap(), Freeze::Kept);
    assert!(house.put_back(&lease).await);
    assert!(house.claim("n").await.is_none());
}
