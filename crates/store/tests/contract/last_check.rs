//! What the last check said stands beside the noun: it is no new revision, and it does not outlive what it was said of.

use model::{AskedBy, Code, Connection, Kapacitor, LastCheck, Stored};
use store::{Change, KapacitorChange, New, NewKapacitor};

use crate::backend::{House, ORG, at, houses, name};

fn passed() -> LastCheck {
    LastCheck {
        passed: true,
        at: at(5),
        took_ms: Some(12),
        asked_by: AskedBy::People,
        step: None,
        code: None,
        detail: None,
        version: Some("1.6.7".to_owned()),
    }
}

fn failed() -> LastCheck {
    let detail = Some("nothing listens on port 8086".to_owned());
    LastCheck {
        passed: false,
        at: at(9),
        took_ms: Some(7),
        asked_by: AskedBy::Server,
        step: Some("tcp".to_owned()),
        code: Some(Code::TcpRefused),
        detail,
        version: None,
    }
}

async fn last_check(house: &House, of: &Stored<Connection>) -> Option<LastCheck> {
    house.store.connection_standing(ORG, of.id).await.unwrap().last_check
}

async fn update(house: &House, of: &Stored<Connection>, last_check: Option<Option<LastCheck>>) -> Stored<Connection> {
    let change = Change { default: false, last_check };
    house.store.update_connection(ORG, of.id, None, &of.name, &of.spec, &Default::default(), change).await.unwrap()
}

#[tokio::test]
async fn a_check_is_kept_word_for_word_and_makes_no_revision() {
    for house in houses().await {
        let created = house.connection("a", New { last_check: Some(passed()), ..Default::default() }).await;
        assert_eq!(last_check(&house, &created).await, Some(passed()));
        assert!(house.store.note_connection_check(ORG, created.id, created.revision, failed()).await.unwrap());
        assert_eq!(last_check(&house, &created).await, Some(failed()));
        assert_eq!(house.store.get_connection(ORG, created.id).await.unwrap(), Some(created.clone()));
        let unverified = house.connection("b", New::default()).await;
        assert_eq!(last_check(&house, &unverified).await, None);
        assert_eq!(last_check(&house.reopen().await, &created).await, Some(failed()));
    }
}

#[tokio::test]
async fn a_check_of_what_was_changed_deleted_or_belongs_to_another_organization_is_not_kept() {
    for house in houses().await {
        let before = house.connection("a", New::default()).await;
        let now = update(&house, &before, None).await;
        assert!(!house.store.note_connection_check(ORG, before.id, before.revision, passed()).await.unwrap());
        assert_eq!(last_check(&house, &now).await, None);
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        assert!(!house.store.note_connection_check(other, now.id, now.revision, passed()).await.unwrap());
        house.store.delete_connection(ORG, now.id, None).await.unwrap().expect("it was there");
        assert!(!house.store.note_connection_check(ORG, now.id, now.revision, passed()).await.unwrap());
        assert_eq!(house.store.connection_standing(ORG, now.id).await.unwrap(), Default::default());
    }
}

#[tokio::test]
async fn a_change_keeps_replaces_or_forgets_the_check_as_it_is_told() {
    for house in houses().await {
        let one = house.connection("a", New { last_check: Some(passed()), ..Default::default() }).await;
        update(&house, &one, None).await;
        assert_eq!(last_check(&house, &one).await, Some(passed()));
        update(&house, &one, Some(Some(failed()))).await;
        assert_eq!(last_check(&house, &one).await, Some(failed()));
        update(&house, &one, Some(None)).await;
        assert_eq!(last_check(&house, &one).await, None);
    }
}

#[tokio::test]
async fn kapacitors_are_told_the_same() {
    for house in houses().await {
        let owner = house.connection("a", New::default()).await;
        let spec = Kapacitor::new(owner.id, "http://localhost:9092".parse().unwrap());
        let new = NewKapacitor { last_check: Some(failed()), ..Default::default() };
        let one = house.store.create_kapacitor(ORG, &name("one"), &spec, &Default::default(), new).await.unwrap();
        let last_check = async || house.store.kapacitor_standing(ORG, one.id).await.unwrap().last_check;
        assert_eq!(last_check().await, Some(failed()));
        assert!(house.store.note_kapacitor_check(ORG, one.id, 1, passed()).await.unwrap());
        assert_eq!(last_check().await, Some(passed()));
        assert_eq!(house.store.kapacitor_standings(ORG).await.unwrap()[&one.id].last_check, Some(passed()));
        let change = KapacitorChange { active: None, last_check: Some(None) };
        house.store.update_kapacitor(ORG, one.id, Some(1), &one.name, &spec, &Default::default(), change).await.unwrap();
        assert!(!house.store.note_kapacitor_check(ORG, one.id, 1, passed()).await.unwrap());
        assert_eq!(last_check().await, None);
    }
}
