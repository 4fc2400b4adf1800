//! A group is deleted with what becomes of its series, or nothing happens.

use model::{Group, Mode, Series, Stored};
use store::{Members, StoreError};

use crate::backend::{House, ORG, houses, name};

struct Two {
    group: Stored<Group>,
    first: Stored<Series>,
    second: Stored<Series>,
}

async fn two(house: &House) -> Two {
    let group = house.group("minutely", None).await;
    let second = snapshot(house, "second", &group, 7).await;
    let first = snapshot(house, "first", &group, 3).await;
    Two { group, first, second }
}

async fn snapshot(house: &House, text: &str, group: &Stored<Group>, position: i32) -> Stored<Series> {
    let spec = Series { mode: Mode::Snapshot, ..house.series_spec(text, Some(group), position).await };
    house.store.create_series(ORG, &name(text), &spec).await.unwrap()
}

async fn now(house: &House, of: &Stored<Series>) -> Option<Stored<Series>> {
    house.store.get_series(ORG, of.id).await.unwrap()
}

async fn delete(house: &House, group: &Stored<Group>, members: Members) -> Result<bool, StoreError> {
    house.store.delete_group_at(ORG, group.id, Some(group.revision), members).await
}

#[tokio::test]
async fn released_series_stay_without_a_group() {
    for house in houses().await {
        let Two { group, first, second } = two(&house).await;
        assert!(delete(&house, &group, Members::Release).await.unwrap());
        for one in [&first, &second] {
            let now = now(&house, one).await.expect("it stays");
            assert_eq!((now.spec.group_id, now.revision), (None, one.revision + 1));
            assert_eq!(now.spec, Series { group_id: None, position: 0, ..one.spec.clone() });
        }
        assert_eq!(house.store.get_group(ORG, group.id).await.unwrap(), None);
        assert!(!delete(&house, &group, Members::Release).await.unwrap(), "it is gone already");
    }
}

#[tokio::test]
async fn moved_series_stand_behind_those_that_are_there_in_their_order() {
    for house in houses().await {
        let Two { group, first, second } = two(&house).await;
        let other = house.group("hourly", None).await;
        house.series("there", Some(&other), 4).await;
        assert!(delete(&house, &group, Members::Move(other.id)).await.unwrap());
        let place = async |of| now(&house, of).await.map(|now| (now.spec.group_id, now.spec.position));
        assert_eq!((place(&first).await, place(&second).await), (Some((Some(other.id), 5)), Some((Some(other.id), 6))));
    }
}

#[tokio::test]
async fn series_that_go_with_their_group_are_gone() {
    for house in houses().await {
        let Two { group, first, second } = two(&house).await;
        let alone = house.series("alone", None, 0).await;
        assert!(delete(&house, &group, Members::Delete).await.unwrap());
        assert_eq!((now(&house, &first).await, now(&house, &second).await), (None, None));
        assert!(now(&house, &alone).await.is_some());
    }
}

#[tokio::test]
async fn what_cannot_be_done_whole_is_not_done_at_all() {
    for house in houses().await {
        let Two { group, first, second } = two(&house).await;
        let spec = Series { mode: Mode::Window { length_s: None, lag_s: 0 }, ..second.spec.clone() };
        let second = house.store.update_series(ORG, second.id, None, &second.name, &spec).await.unwrap();
        let refused = delete(&house, &group, Members::Release).await.unwrap_err();
        assert!(matches!(&refused, StoreError::InUse { by, .. } if by == &[("series".to_owned(), "second".to_owned())]), "{refused:?}");
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        let elsewhere = house.store.create_group(other, &name("minutely"), &group.spec, None).await.unwrap();
        for to in [elsewhere.id, group.id] {
            let refused = delete(&house, &group, Members::Move(to)).await;
            assert!(matches!(refused, Err(StoreError::Missing { .. })), "{refused:?}");
        }
        let refused = house.store.delete_group_at(ORG, group.id, Some(group.revision + 1), Members::Delete).await;
        assert!(matches!(refused, Err(StoreError::Changed { .. })), "{refused:?}");
        assert_eq!((now(&house, &first).await, now(&house, &second).await), (Some(first), Some(second)));
        assert!(house.store.get_group(ORG, group.id).await.unwrap().is_some());
    }
}
