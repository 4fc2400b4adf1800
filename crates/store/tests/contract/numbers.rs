//! The small numbers that Chronograf's API and files know connections and Kapacitors by.

use model::{Id, Kapacitor, Origin};
use store::{Definition, New, NewKapacitor, StoreError};

use crate::backend::{ORG, connection, houses, name};

fn numbered(number: i64) -> New {
    New { number: Some(number), ..Default::default() }
}

#[tokio::test]
async fn a_given_number_is_kept_and_the_next_is_one_more_than_the_highest() {
    for house in houses().await {
        assert_eq!(house.connection("a", New::default()).await.number, Some(1));
        assert_eq!(house.connection("b", numbered(5000)).await.number, Some(5000));
        assert_eq!(house.connection("c", New::default()).await.number, Some(5001));
        let low = house.connection("d", numbered(7)).await;
        assert_eq!(low.number, Some(7));
        assert_eq!(house.store.find_connection_by_number(7).await.unwrap(), Some(low.clone()));
        assert_eq!(house.store.find_connection_by_number(8).await.unwrap(), None);

        let renamed = house
            .store
            .update_connection(ORG, low.id, None, &name("renamed"), &low.spec, &Default::default(), Default::default())
            .await
            .unwrap();
        assert_eq!(renamed.number, Some(7), "a change keeps it");
    }
}

#[tokio::test]
async fn a_number_is_given_once_over_all_organizations_and_nothing_is_kept_of_a_refused_one() {
    for house in houses().await {
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        house.connection("a", numbered(3)).await;
        for organization in [ORG, other] {
            let refused =
                house.store.create_connection(organization, &name("b"), &connection(), &Default::default(), numbered(3)).await.unwrap_err();
            assert!(matches!(refused, StoreError::NumberTaken { noun: "connection", number: 3 }), "{refused:?}");
            assert_eq!(house.store.find_connection(organization, "b").await.unwrap(), None);
        }
        let taken = house.store.create_connection(ORG, &name("a"), &connection(), &Default::default(), numbered(4)).await.unwrap_err();
        assert!(matches!(&taken, StoreError::NameTaken { name, .. } if name == "a"), "the name is told from the number: {taken:?}");
        let next = house.store.create_connection(other, &name("b"), &connection(), &Default::default(), New::default()).await.unwrap();
        assert_eq!(next.number, Some(4));
    }
}

#[tokio::test]
async fn zero_is_for_what_the_environment_defines() {
    for house in houses().await {
        for number in [0, -1] {
            let refused =
                house.store.create_connection(ORG, &name("a"), &connection(), &Default::default(), numbered(number)).await.unwrap_err();
            assert!(matches!(refused, StoreError::NumberTaken { number: told, .. } if told == number), "{refused:?}");
        }
        let (title, spec, secrets) = (name("InfluxDB"), connection(), Default::default());
        let put = async |key: &str, origin: &Origin, number: Option<i64>| {
            let definition =
                Definition { id: Id::of_key(ORG, key), name: &title, spec: &spec, secrets: &secrets, origin, number, claims: false };
            house.store.put_provisioned_connection(ORG, &definition).await
        };
        let refused = put("file", &Origin::File("a.src".to_owned()), Some(0)).await.unwrap_err();
        assert!(matches!(refused, StoreError::NumberTaken { number: 0, .. }), "{refused:?}");
        let kept = put("environment", &Origin::Environment("INFLUXDB_URL".to_owned()), Some(0)).await.unwrap();
        assert_eq!(kept.number, Some(0));
        assert_eq!(house.store.find_connection_by_number(0).await.unwrap(), Some(kept));
        assert_eq!(house.connection("b", New::default()).await.number, Some(1));
    }
}

#[tokio::test]
async fn after_the_highest_number_there_is_the_lowest_free_one_follows() {
    for house in houses().await {
        house.connection("a", numbered(1)).await;
        house.connection("b", numbered(i64::MAX)).await;
        house.connection("c", numbered(3)).await;
        assert_eq!(house.connection("d", New::default()).await.number, Some(2));
        assert_eq!(house.connection("e", New::default()).await.number, Some(4));
    }
}

#[tokio::test]
async fn kapacitors_have_numbers_of_their_own() {
    for house in houses().await {
        let owner = house.connection("a", numbered(9)).await;
        let spec = Kapacitor::new(owner.id, "http://localhost:9092".parse().unwrap());
        let create = async |text: &str, number: Option<i64>| {
            let new = NewKapacitor { number, ..Default::default() };
            house.store.create_kapacitor(ORG, &name(text), &spec, &Default::default(), new).await
        };
        assert_eq!(create("one", None).await.unwrap().number, Some(1));
        let nine = create("nine", Some(9)).await.unwrap();
        assert_eq!(house.store.find_kapacitor_by_number(9).await.unwrap(), Some(nine));
        let refused = create("again", Some(9)).await.unwrap_err();
        assert!(matches!(refused, StoreError::NumberTaken { noun: "kapacitor", number: 9 }), "{refused:?}");
        assert_eq!(create("ten", None).await.unwrap().number, Some(10));
    }
}
