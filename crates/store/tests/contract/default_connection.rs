//! An organization that has any connection has exactly one default connection, whatever happens to it.

use std::{collections::BTreeSet, sync::Arc};

use model::{Connection, Id, Kapacitor, Organization, Origin, Stored};
use store::{Change, Definition, KapacitorChange, New, NewKapacitor, Store, StoreError};
use tokio::task::JoinSet;

use crate::backend::{Dice, House, ORG, at, connection, houses, name};

fn asking() -> New {
    New { default: true, ..Default::default() }
}

async fn delete(house: &House, one: &Stored<Connection>, successor: Option<&Stored<Connection>>) -> Option<String> {
    let deleted = house.store.delete_connection(ORG, one.id, successor.map(|one| one.id)).await.unwrap();
    deleted.expect("it was there").new_default.map(|new| new.name.to_string())
}

#[tokio::test]
async fn the_first_connection_becomes_the_default_and_a_later_one_only_when_it_is_asked_to() {
    for house in houses().await {
        assert_eq!(house.default_connection().await, None);
        let a = house.connection("a", New::default()).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("a"));
        house.connection("b", New::default()).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("a"));
        let c = house.connection("c", asking()).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("c"));

        let update = async |one: &Stored<Connection>, default: bool| {
            let change = Change { default, last_check: None };
            house.store.update_connection(ORG, one.id, None, &one.name, &one.spec, &Default::default(), change).await.unwrap()
        };
        update(&c, false).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("c"), "it does not cease to be by being told so");
        update(&a, true).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("a"));
        house.store.set_default_connection(ORG, c.id).await.unwrap();
        assert_eq!(house.default_connection().await.as_deref(), Some("c"));
        assert_eq!(house.reopen().await.default_connection().await.as_deref(), Some("c"));
    }
}

#[tokio::test]
async fn deleting_the_default_passes_it_to_the_successor_or_else_to_the_oldest_and_says_to_which() {
    for house in houses().await {
        // The oldest is neither the first by name nor by insertion order of names.
        let mut made = Vec::new();
        for (second, text) in ["d", "b", "c", "a"].into_iter().enumerate() {
            house.clock.set(at(i64::try_from(second).unwrap()));
            made.push(house.connection(text, New::default()).await);
        }
        let [d, b, c, a] = &made[..] else { panic!("four") };
        assert_eq!(delete(&house, b, None).await, None, "it was not the default");
        assert_eq!(house.default_connection().await.as_deref(), Some("d"));
        assert_eq!(delete(&house, d, Some(a)).await.as_deref(), Some("a"));
        assert_eq!(house.default_connection().await.as_deref(), Some("a"));
        assert_eq!(delete(&house, a, None).await.as_deref(), Some("c"));
        assert_eq!(delete(&house, c, None).await, None, "none is left");
        assert_eq!(house.default_connection().await, None);
        house.connection("e", New::default()).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("e"));
    }
}

#[tokio::test]
async fn a_successor_that_is_not_there_is_refused_and_nothing_is_deleted() {
    for house in houses().await {
        let a = house.connection("a", New::default()).await;
        house.connection("b", New::default()).await;
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        let astray = house.store.create_connection(other, &name("x"), &connection(), &Default::default(), New::default()).await.unwrap();
        for successor in [a.id, astray.id, Id::new(&*house.clock)] {
            let refused = house.store.delete_connection(ORG, a.id, Some(successor)).await.unwrap_err();
            assert!(matches!(refused, StoreError::Missing { .. }), "{refused:?}");
            assert_eq!(house.default_connection().await.as_deref(), Some("a"));
        }
        let refused = house.store.set_default_connection(ORG, astray.id).await.unwrap_err();
        assert!(matches!(refused, StoreError::Missing { noun: "connection" }), "{refused:?}");
    }
}

#[tokio::test]
async fn a_refused_change_leaves_the_default_where_it_was() {
    for house in houses().await {
        let a = house.connection("a", New::default()).await;
        let b = house.connection("b", New::default()).await;
        house.store.create_connection(ORG, &name("a"), &connection(), &Default::default(), asking()).await.unwrap_err();
        let change = Change { default: true, last_check: None };
        house.store.update_connection(ORG, b.id, Some(9), &b.name, &b.spec, &Default::default(), change).await.unwrap_err();
        house.series_to("orders", a.id).await;
        house.store.delete_connection(ORG, a.id, Some(b.id)).await.unwrap_err();
        assert_eq!(house.default_connection().await.as_deref(), Some("a"));
    }
}

/// What must hold at every moment.
async fn check(store: &Store, organization: Id<Organization>) -> Result<(), String> {
    let standings = store.connection_standings(organization).await.unwrap();
    let defaults = standings.values().filter(|standing| standing.chosen).count();
    if defaults != usize::from(!standings.is_empty()) {
        return Err(format!("{defaults} defaults among {} connections", standings.len()));
    }
    let active = store.kapacitor_standings(organization).await.unwrap();
    let kapacitors = store.list_kapacitors(organization, None).await.unwrap();
    let owners: Vec<_> = kapacitors
        .iter()
        .filter(|one| active.get(&one.id).is_some_and(|standing| standing.chosen))
        .map(|one| one.spec.connection_id)
        .collect();
    if owners.len() != owners.iter().collect::<BTreeSet<_>>().len() {
        return Err(format!("two active Kapacitors of one connection among {owners:?}"));
    }
    Ok(())
}

/// A connection of a file that a series writes to: the one thing that stays when it goes.
async fn begin(house: &House) {
    let (text, spec, secrets, origin) = (name("of a file"), connection(), Default::default(), Origin::File("a.src".to_owned()));
    let id = Id::of_key(ORG, "connection 0");
    let definition = Definition { id, name: &text, spec: &spec, secrets: &secrets, origin: &origin, number: None, claims: false };
    house.store.put_provisioned_connection(ORG, &definition).await.unwrap();
    house.series_to("orders", id).await;
}

/// One thing that people or files do, at random; what is refused is part of it.
async fn do_something(store: &Store, organization: Id<Organization>, dice: &mut Dice) -> String {
    let connections = store.list_connections(organization).await.unwrap();
    let kapacitors = store.list_kapacitors(organization, None).await.unwrap();
    let series = store.list_series(organization).await.unwrap();
    let key = format!("connection {}", dice.below(2));
    let text = name(&format!("{} {}", key, dice.below(3)));
    let some = dice.pick(&connections).cloned();
    let another = dice.pick(&connections).map(|one| one.id);
    let origin = Origin::File("a.src".to_owned());
    let secrets = Default::default();
    let spec = connection();
    let coin = dice.coin();
    let outcome = match (dice.below(12), some) {
        (0, _) => {
            let new = New { default: coin, ..Default::default() };
            store.create_connection(organization, &text, &spec, &Default::default(), new).await.map(|_| "created")
        }
        (1, Some(one)) => {
            let change = Change { default: coin, last_check: None };
            store.update_connection(organization, one.id, None, &text, &spec, &Default::default(), change).await.map(|_| "updated")
        }
        (2, Some(one)) => store.set_default_connection(organization, one.id).await.map(|()| "made default"),
        (3 | 4 | 11, Some(one)) => {
            let successor = another.filter(|_| coin);
            store.delete_connection(organization, one.id, successor).await.map(|_| "deleted")
        }
        (5, _) => {
            let id = Id::of_key(organization, &key);
            let definition = Definition { id, name: &text, spec: &spec, secrets: &secrets, origin: &origin, number: None, claims: coin };
            store.put_provisioned_connection(organization, &definition).await.map(|_| "put")
        }
        (6, _) => store.remove_provisioned_connection(organization, Id::of_key(organization, &key)).await.map(|_| "removed"),
        (7, Some(one)) => match series.first() {
            Some(first) if coin => {
                let to = model::Series { connection_id: one.id, ..first.spec.clone() };
                store.update_series(organization, first.id, None, &first.name, &to).await.map(|_| "series moved")
            }
            _ => Ok("nothing"),
        },
        (8, Some(one)) => {
            let spec = Kapacitor::new(one.id, "http://localhost:9092".parse().unwrap());
            let new = NewKapacitor { active: Some(coin), ..Default::default() };
            store.create_kapacitor(organization, &text, &spec, &Default::default(), new).await.map(|_| "attached")
        }
        (9, _) => match dice.pick(&kapacitors) {
            Some(one) if coin => store.delete_kapacitor(organization, one.id).await.map(|_| "detached"),
            Some(one) => {
                let change = KapacitorChange { active: Some(dice.coin()), last_check: None };
                store.update_kapacitor(organization, one.id, None, &text, &one.spec, &Default::default(), change).await.map(|_| "activated")
            }
            None => Ok("nothing"),
        },
        (10, Some(one)) => store.set_active_kapacitor(organization, one.id, dice.pick(&kapacitors).map(|k| k.id)).await.map(|()| "chosen"),
        _ => Ok("nothing"),
    };
    match outcome {
        Ok(done) => done.to_owned(),
        Err(
            refused @ (StoreError::NameTaken { .. } | StoreError::Missing { .. } | StoreError::InUse { .. } | StoreError::ReadOnly { .. }),
        ) => format!("refused: {refused}"),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whatever_is_done_in_whatever_order_there_is_exactly_one_default() {
    let mut seen = BTreeSet::new();
    for seed in 0..6 {
        for house in houses().await {
            begin(&house).await;
            let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
            let mut dice = Dice(seed);
            for step in 0..80 {
                let organization = if dice.below(4) == 0 { other } else { ORG };
                let done = do_something(&house.store, organization, &mut dice).await;
                for organization in [ORG, other] {
                    check(&house.store, organization).await.unwrap_or_else(|wrong| panic!("seed {seed}, step {step}, {done}: {wrong}"));
                }
                seen.insert(done.split(':').next().unwrap().to_owned());
            }
        }
    }
    let all =
        ["activated", "attached", "chosen", "created", "deleted", "detached", "made default", "put", "refused", "removed", "series moved"];
    assert_eq!(seen.iter().filter(|done| *done != "nothing" && *done != "updated").collect::<Vec<_>>(), all, "the walk goes everywhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_side_by_side_leave_exactly_one_default_at_every_moment() {
    for house in houses().await {
        begin(&house).await;
        let house = Arc::new(house);
        let mut writers = JoinSet::new();
        for writer in 0..6 {
            let house = house.clone();
            writers.spawn(async move {
                let mut dice = Dice(100 + writer);
                for _ in 0..30 {
                    do_something(&house.store, ORG, &mut dice).await;
                    // One statement, so one moment: the others are still at it.
                    let standings = house.store.connection_standings(ORG).await.unwrap();
                    let defaults = standings.values().filter(|standing| standing.chosen).count();
                    assert_eq!(defaults, usize::from(!standings.is_empty()), "{standings:?}");
                }
            });
        }
        writers.join_all().await;
        check(&house.store, ORG).await.unwrap();
    }
}
