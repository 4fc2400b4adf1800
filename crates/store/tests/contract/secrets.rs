//! Secrets: sealed, kept, cleared, bound to their place.

use model::{Id, SecretChange, SecretField, secret::SecretChanges};
use secrecy::ExposeSecret;
use store::StoreError;

use crate::backend::{ORG, at, connection, database, houses, name, secret, tamper};

fn set(field: SecretField, text: &str) -> SecretChanges {
    [(field, SecretChange::Set(secret(text)))].into()
}

fn clear(field: SecretField) -> SecretChanges {
    [(field, SecretChange::Clear)].into()
}

#[tokio::test]
async fn a_secret_is_opened_as_it_was_set_kept_by_other_changes_and_cleared_on_request() {
    use SecretField::{Password, Token};
    for house in houses().await {
        let created = house
            .store
            .create_connection(ORG, &name("influx"), &connection(), &set(Password, "pässwörd"), Default::default())
            .await
            .unwrap();
        let opened = async || house.store.connection_secrets(ORG, created.id).await.unwrap();
        let update = async |changes: SecretChanges| {
            house.store.update_connection(ORG, created.id, None, &created.name, &created.spec, &changes, Default::default()).await.unwrap()
        };
        let states = async || house.store.connection_secret_states(ORG, created.id).await.unwrap();
        assert_eq!(opened().await[&Password].expose_secret(), "pässwörd");
        assert_eq!((states().await[&Password].set, states().await[&Password].updated_at), (true, Some(at(0))));
        assert_eq!(states().await.get(&Token), None, "it was never set");

        house.clock.set(at(10));
        update(SecretChanges::new()).await;
        assert_eq!(opened().await[&Password].expose_secret(), "pässwörd");
        assert_eq!(states().await[&Password].updated_at, Some(at(0)));
        update(set(Token, "t")).await;
        assert_eq!((opened().await[&Password].expose_secret(), opened().await[&Token].expose_secret()), ("pässwörd", "t"));
        update(set(Password, "new")).await;
        assert_eq!(opened().await[&Password].expose_secret(), "new");
        house.clock.set(at(20));
        update(clear(Password)).await;
        assert!(!opened().await.contains_key(&Password));
        assert_eq!((states().await[&Password].set, states().await[&Password].updated_at), (false, Some(at(20))));
    }
}

#[tokio::test]
async fn a_refused_change_keeps_the_secret_as_it_was() {
    for house in houses().await {
        let field = SecretField::Password;
        let created = house.store.create_database(ORG, &name("shop"), &database(), &set(field, "old")).await.unwrap();
        let refused = house.store.update_database(ORG, created.id, Some(7), &created.name, &created.spec, &set(field, "new")).await;
        assert!(matches!(refused, Err(StoreError::Changed { .. })), "{refused:?}");
        assert_eq!(house.store.database_secrets(ORG, created.id).await.unwrap()[&field].expose_secret(), "old");
    }
}

#[tokio::test]
async fn secrets_are_there_again_after_a_restart_and_gone_with_their_noun() {
    for house in houses().await {
        let field = SecretField::Password;
        let created = house.store.create_database(ORG, &name("shop"), &database(), &set(field, "kept")).await.unwrap();
        let house = house.reopen().await;
        assert_eq!(house.store.database_secrets(ORG, created.id).await.unwrap()[&field].expose_secret(), "kept");
        assert!(house.store.delete_database(ORG, created.id).await.unwrap());
        assert!(house.store.database_secrets(ORG, created.id).await.unwrap().is_empty());
        assert!(house.store.database_secret_states(ORG, created.id).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_secret_is_not_seen_from_another_organization_or_through_another_noun() {
    for house in houses().await {
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        let created = house.store.create_database(ORG, &name("shop"), &database(), &set(SecretField::Password, "p")).await.unwrap();
        assert!(house.store.database_secrets(other, created.id).await.unwrap().is_empty());
        assert!(house.store.connection_secrets(ORG, Id::from_uuid(created.id.uuid())).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_sealed_value_does_not_open_in_another_place_or_after_it_was_altered() {
    let field = SecretField::Password;
    for change in [
        // One database's password in the row of the other.
        "UPDATE secrets SET sealed = (SELECT s.sealed FROM secrets s JOIN databases d ON d.id = s.noun_id WHERE d.name = 'b')
         WHERE noun_id = (SELECT id FROM databases WHERE name = 'a')",
        // The same row under another noun, another field, another version.
        "UPDATE secrets SET noun_id = (SELECT id FROM databases WHERE name = 'c') WHERE noun_id = (SELECT id FROM databases WHERE name = 'b')",
        "UPDATE secrets SET field = 'token'",
        "UPDATE secrets SET version = version + 1",
        "UPDATE secrets SET organization_id = (SELECT id FROM organizations WHERE name = 'other')",
        "UPDATE secrets SET sealed = substr(sealed, 1, 20)",
    ] {
        for house in houses().await {
            house.store.create_organization(&name("other"), None).await.unwrap();
            let mut ids = Vec::new();
            for text in ["a", "b"] {
                ids.push(house.store.create_database(ORG, &name(text), &database(), &set(field, text)).await.unwrap().id);
            }
            ids.push(house.store.create_database(ORG, &name("c"), &database(), &SecretChanges::new()).await.unwrap().id);
            let other = house.store.find_organization("other").await.unwrap().expect("created").id;
            tamper(&house, change).await;
            let mut refused = 0;
            for id in ids {
                for organization in [ORG, other] {
                    match house.store.database_secrets(organization, id).await {
                        Ok(opened) => {
                            let own = opened.get(&field).is_none_or(|text| ["a", "b"].contains(&text.expose_secret()));
                            assert!(own && !opened.contains_key(&SecretField::Token), "{change}");
                        }
                        Err(StoreError::Sealed { noun, .. }) if noun == "database" => refused += 1,
                        Err(error) => panic!("{change}: {error:?}"),
                    }
                }
            }
            assert!(refused > 0, "{change}: what was moved or altered opened");
        }
    }
}
