//! Kapacitors: below a connection, at most one of them active.

use model::{Connection, Id, Kapacitor, SecretChange, SecretField, Stored, secret::SecretChanges};
use secrecy::ExposeSecret;
use store::{KapacitorChange, New, NewKapacitor, StoreError};

use crate::backend::{House, ORG, houses, name, secret, tamper};

fn kapacitor(of: &Stored<Connection>) -> Kapacitor {
    Kapacitor { username: Some("admin".to_owned()), ..Kapacitor::new(of.id, "http://localhost:9092/kapacitor".parse().unwrap()) }
}

fn password(text: &str) -> SecretChanges {
    [(SecretField::Password, SecretChange::Set(secret(text)))].into()
}

async fn create(house: &House, of: &Stored<Connection>, text: &str, active: Option<bool>) -> Stored<Kapacitor> {
    let new = NewKapacitor { active, ..Default::default() };
    house.store.create_kapacitor(ORG, &name(text), &kapacitor(of), &password(text), new).await.unwrap()
}

async fn update(house: &House, of: &Stored<Kapacitor>, active: Option<bool>) -> Stored<Kapacitor> {
    let change = KapacitorChange { active, last_check: None };
    house.store.update_kapacitor(ORG, of.id, None, &of.name, &of.spec, &Default::default(), change).await.unwrap()
}

/// The names of the active ones of the whole organization.
async fn active(house: &House) -> Vec<String> {
    let standings = house.store.kapacitor_standings(ORG).await.unwrap();
    let all = house.store.list_kapacitors(ORG, None).await.unwrap();
    all.into_iter().filter(|one| standings[&one.id].chosen).map(|one| one.name.to_string()).collect()
}

#[tokio::test]
async fn a_kapacitor_is_got_found_and_listed_under_its_connection_as_it_was_given() {
    for house in houses().await {
        let (a, b) = (house.connection("a", New::default()).await, house.connection("b", New::default()).await);
        let of_a = create(&house, &a, "kapacitor", None).await;
        let of_b = create(&house, &b, "kapacitor", None).await;
        assert_eq!((of_a.revision, &of_a.spec), (1, &kapacitor(&a)));
        assert_eq!(house.store.get_kapacitor(ORG, of_a.id).await.unwrap(), Some(of_a.clone()));
        assert_eq!(house.store.find_kapacitor(ORG, b.id, "kapacitor").await.unwrap(), Some(of_b.clone()));
        assert_eq!(house.store.list_kapacitors(ORG, Some(a.id)).await.unwrap(), std::slice::from_ref(&of_a));
        assert_eq!(house.store.list_kapacitors(ORG, None).await.unwrap().len(), 2);
        let taken = house.store.create_kapacitor(ORG, &name("kapacitor"), &of_a.spec, &Default::default(), Default::default()).await;
        assert!(matches!(taken, Err(StoreError::NameTaken { noun: "kapacitor", .. })), "{taken:?}");

        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        assert_eq!(house.store.get_kapacitor(other, of_a.id).await.unwrap(), None);
        assert_eq!(house.store.find_kapacitor(other, a.id, "kapacitor").await.unwrap(), None);
        assert_eq!(house.store.list_kapacitors(other, None).await.unwrap(), []);
        assert!(house.store.kapacitor_secrets(other, of_a.id).await.unwrap().is_empty());
        assert!(!house.store.delete_kapacitor(other, of_a.id).await.unwrap());
        let astray = house.store.create_kapacitor(other, &name("x"), &of_a.spec, &Default::default(), Default::default()).await;
        assert!(matches!(astray, Err(StoreError::Missing { noun: "connection" })), "{astray:?}");
        let house = house.reopen().await;
        assert_eq!(house.store.list_kapacitors(ORG, Some(a.id)).await.unwrap(), [of_a]);
        assert_eq!(house.store.list_kapacitors(ORG, Some(b.id)).await.unwrap(), [of_b]);
    }
}

#[tokio::test]
async fn a_change_counts_the_revision_and_is_refused_when_somebody_was_faster_or_names_another_connection() {
    for house in houses().await {
        let (a, b) = (house.connection("a", New::default()).await, house.connection("b", New::default()).await);
        let created = create(&house, &a, "kapacitor", None).await;
        let spec = Kapacitor { timeout_ms: 5, ..created.spec.clone() };
        let update = async |revision: i64, spec: &Kapacitor, secrets: &SecretChanges| {
            house.store.update_kapacitor(ORG, created.id, Some(revision), &name("renamed"), spec, secrets, Default::default()).await
        };
        let changed = update(1, &spec, &SecretChanges::new()).await.unwrap();
        assert_eq!((changed.revision, changed.name.as_str(), &changed.spec), (2, "renamed", &spec));
        let late = update(1, &created.spec, &password("late")).await.unwrap_err();
        assert!(matches!(late, StoreError::Changed { noun: "kapacitor", revision: 2 }), "{late:?}");
        let secrets = house.store.kapacitor_secrets(ORG, created.id).await.unwrap();
        assert_eq!(secrets[&SecretField::Password].expose_secret(), "kapacitor", "kept by the change, and by the refused one");
        let moved = update(2, &kapacitor(&b), &SecretChanges::new()).await.unwrap_err();
        assert!(matches!(moved, StoreError::Missing { noun: "kapacitor" }), "{moved:?}");
        let states = house.store.kapacitors_secret_states(ORG).await.unwrap();
        assert_eq!(states[&created.id], house.store.kapacitor_secret_states(ORG, created.id).await.unwrap());
        assert!(states[&created.id][&SecretField::Password].set);
    }
}

#[tokio::test]
async fn the_first_of_a_connection_becomes_active_unless_told_otherwise_and_others_when_they_are_asked_to() {
    for house in houses().await {
        let (a, b) = (house.connection("a", New::default()).await, house.connection("b", New::default()).await);
        create(&house, &a, "a1", None).await;
        assert_eq!(active(&house).await, ["a1"]);
        let second = create(&house, &a, "a2", None).await;
        assert_eq!(active(&house).await, ["a1"]);
        create(&house, &a, "a3", Some(true)).await;
        assert_eq!(active(&house).await, ["a3"]);
        create(&house, &b, "b1", Some(false)).await;
        assert_eq!(active(&house).await, ["a3"]);
        create(&house, &b, "b2", Some(true)).await;
        assert_eq!(active(&house).await, ["a3", "b2"], "each connection has its own");

        update(&house, &second, None).await;
        assert_eq!(active(&house).await, ["a3", "b2"]);
        update(&house, &second, Some(true)).await;
        assert_eq!(active(&house).await, ["a2", "b2"]);
        update(&house, &second, Some(false)).await;
        assert_eq!(active(&house).await, ["b2"]);
        update(&house, &second, Some(false)).await;
        house.store.set_active_kapacitor(ORG, a.id, Some(second.id)).await.unwrap();
        assert_eq!(active(&house).await, ["a2", "b2"]);
        assert!(house.store.kapacitor_standing(ORG, second.id).await.unwrap().chosen);
        house.store.set_active_kapacitor(ORG, b.id, None).await.unwrap();
        assert_eq!(active(&house).await, ["a2"]);
        let astray = house.store.set_active_kapacitor(ORG, b.id, Some(second.id)).await.unwrap_err();
        assert!(matches!(astray, StoreError::Missing { noun: "kapacitor" }), "{astray:?}");
        let nowhere = house.store.set_active_kapacitor(ORG, Id::new(&*house.clock), None).await.unwrap_err();
        assert!(matches!(nowhere, StoreError::Missing { noun: "connection" }), "{nowhere:?}");
    }
}

#[tokio::test]
async fn what_was_changed_since_it_was_read_is_not_deleted() {
    for house in houses().await {
        let connection = house.connection("a", New::default()).await;
        let kapacitor = create(&house, &connection, "a1", None).await;
        update(&house, &kapacitor, None).await;
        let stale = house.store.delete_kapacitor_at(ORG, kapacitor.id, Some(1)).await.unwrap_err();
        assert!(matches!(stale, StoreError::Changed { revision: 2, .. }), "{stale:?}");
        assert!(house.store.delete_kapacitor_at(ORG, kapacitor.id, Some(2)).await.unwrap());
        let stale = house.store.delete_connection_at(ORG, connection.id, Some(2), None).await.unwrap_err();
        assert!(matches!(stale, StoreError::Changed { revision: 1, .. }), "{stale:?}");
        assert!(house.store.delete_connection_at(ORG, connection.id, Some(1), None).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn deleting_the_active_one_leaves_none_active_and_no_secret() {
    for house in houses().await {
        let a = house.connection("a", New::default()).await;
        let first = create(&house, &a, "a1", None).await;
        create(&house, &a, "a2", None).await;
        assert!(house.store.delete_kapacitor(ORG, first.id).await.unwrap());
        assert_eq!(active(&house).await, Vec::<String>::new());
        assert!(house.store.kapacitor_secrets(ORG, first.id).await.unwrap().is_empty());
        assert!(!house.store.delete_kapacitor(ORG, first.id).await.unwrap(), "it is gone already");
        create(&house, &a, "a3", None).await;
        assert_eq!(active(&house).await, Vec::<String>::new(), "it is not the first");
    }
}

#[tokio::test]
async fn deleting_a_connection_deletes_its_kapacitors_and_every_secret_of_theirs() {
    for house in houses().await {
        let (a, b) = (house.connection("a", New::default()).await, house.connection("b", New::default()).await);
        create(&house, &a, "a1", None).await;
        create(&house, &a, "a2", None).await;
        let kept = create(&house, &b, "b1", None).await;
        house.store.delete_connection(ORG, a.id, None).await.unwrap().expect("it was there");
        assert_eq!(house.store.list_kapacitors(ORG, None).await.unwrap(), std::slice::from_ref(&kept));
        assert_eq!(house.store.kapacitors_secret_states(ORG).await.unwrap().into_keys().collect::<Vec<_>>(), [kept.id]);
        assert_eq!(active(&house).await, ["b1"]);
    }
}

#[tokio::test]
async fn a_password_of_a_kapacitor_opens_nowhere_else() {
    for house in houses().await {
        let a = house.connection("a", New::default()).await;
        let one = create(&house, &a, "a1", None).await;
        tamper(&house, "UPDATE secrets SET kind = 'connection', noun_id = (SELECT id FROM connections)").await;
        let refused = house.store.connection_secrets(ORG, a.id).await.unwrap_err();
        assert!(matches!(refused, StoreError::Sealed { .. }), "{refused:?}");
        assert!(house.store.kapacitor_secrets(ORG, one.id).await.unwrap().is_empty());
    }
}
