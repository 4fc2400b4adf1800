//! What is promised of the data directory of the embedded store: one owner, modes, the key, nothing in clear, newer schemas.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use model::{SecretChange, SecretField, edges::Store as _};
use secrecy::{ExposeSecret, SecretString};
use store::{KeyPlace, Store, StoreError};

use crate::backend::{ORG, TestClock, at, database, name, secret, sqlite, tamper};

const SECRET: &str = "correct horse battery staple";

async fn open(data: &Path, key: KeyPlace) -> Result<Store, StoreError> {
    Store::open(data, key, TestClock::new()).await
}

fn key_file(data: &Path) -> PathBuf {
    data.join("tributary.key")
}

async fn keep_a_secret(store: &Store) -> model::Id<model::Database> {
    let password = [(SecretField::Password, SecretChange::Set(secret(SECRET)))].into();
    store.create_database(ORG, &name("shop"), &database(), &password).await.unwrap().id
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn message(result: Result<Store, StoreError>) -> String {
    match result {
        Ok(_) => panic!("the store opened"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_second_owner_is_refused_with_directory_and_pid_until_the_first_lets_go() {
    let house = sqlite().await;
    let data = house.data_dir();
    let refused = open(&data, KeyPlace::File(key_file(&data))).await;
    assert!(matches!(&refused, Err(StoreError::Locked { dir, pid }) if *dir == data && *pid == Some(std::process::id())));
    let text = message(refused);
    assert!(text.contains(&data.display().to_string()) && text.contains(&format!("pid {}", std::process::id())), "{text}");

    let clone = house.store.clone();
    drop(clone);
    assert!(open(&data, KeyPlace::File(key_file(&data))).await.is_err(), "one clone is still open");
    let _ = house.reopen().await;
}

#[tokio::test]
async fn nobody_else_can_read_what_the_store_makes() {
    let house = sqlite().await;
    keep_a_secret(&house.store).await;
    let data = house.data_dir();
    assert_eq!(mode(&data), 0o700);
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!(fs::metadata(key_file(&data)).unwrap().len(), 32);
}

#[tokio::test]
async fn a_secret_is_in_no_file_of_the_data_directory() {
    let house = sqlite().await;
    let data = house.data_dir();
    keep_a_secret(&house.store).await;
    let holds = |needle: &str| {
        fs::read_dir(&data)
            .unwrap()
            .filter(|entry| {
                let bytes = fs::read(entry.as_ref().unwrap().path()).unwrap();
                bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
            })
            .count()
    };
    assert!(holds("localhost") > 0, "the search finds what is kept in clear");
    assert_eq!(holds(SECRET), 0, "while it runs, write-ahead log included");
    house.store.clone().close().await.unwrap();
    assert!(holds("localhost") > 0);
    assert_eq!(holds(SECRET), 0, "after it was closed");
}

#[tokio::test]
async fn a_key_file_that_others_can_read_is_refused_with_the_cure() {
    let house = sqlite().await;
    let data = house.data_dir();
    drop(house.store);
    fs::set_permissions(key_file(&data), fs::Permissions::from_mode(0o640)).unwrap();
    let text = message(open(&data, KeyPlace::File(key_file(&data))).await);
    assert!(text.contains("0640") && text.contains("chmod 600"), "{text}");
    fs::set_permissions(key_file(&data), fs::Permissions::from_mode(0o400)).unwrap();
    open(&data, KeyPlace::File(key_file(&data))).await.expect("narrower is fine");
}

#[tokio::test]
async fn a_key_file_of_the_wrong_length_is_refused() {
    for length in [0, 31, 33] {
        let house = sqlite().await;
        let data = house.data_dir();
        drop(house.store);
        fs::write(key_file(&data), vec![7; length]).unwrap();
        let text = message(open(&data, KeyPlace::File(key_file(&data))).await);
        assert!(text.contains("exactly 32 bytes"), "{text}");
    }
}

#[tokio::test]
async fn without_the_key_a_store_with_secrets_stays_closed_and_makes_no_new_key() {
    let house = sqlite().await;
    let data = house.data_dir();
    let id = keep_a_secret(&house.store).await;
    drop(house.store);
    let elsewhere = data.join("kept-elsewhere");
    fs::rename(key_file(&data), &elsewhere).unwrap();
    let text = message(open(&data, KeyPlace::File(key_file(&data))).await);
    assert!(text.contains("missing") && text.contains("backup"), "{text}");
    assert!(!key_file(&data).exists());

    fs::write(key_file(&data), [7; 32]).unwrap();
    fs::set_permissions(key_file(&data), fs::Permissions::from_mode(0o600)).unwrap();
    let text = message(open(&data, KeyPlace::File(key_file(&data))).await);
    assert!(text.contains("not the one that sealed"), "{text}");

    let store = open(&data, KeyPlace::File(elsewhere)).await.expect("the right key, wherever it is");
    assert_eq!(store.database_secrets(ORG, id).await.unwrap()[&SecretField::Password].expose_secret(), SECRET);
}

#[tokio::test]
async fn without_secrets_a_lost_key_is_replaced() {
    let house = sqlite().await;
    let data = house.data_dir();
    let id = keep_a_secret(&house.store).await;
    house.store.delete_database(ORG, id).await.unwrap();
    drop(house.store);
    fs::remove_file(key_file(&data)).unwrap();
    let store = open(&data, KeyPlace::File(key_file(&data))).await.expect("a new key is made");
    let id = keep_a_secret(&store).await;
    drop(store);
    let store = open(&data, KeyPlace::File(key_file(&data))).await.expect("the new key is the key from now on");
    assert_eq!(store.database_secrets(ORG, id).await.unwrap()[&SecretField::Password].expose_secret(), SECRET);
}

#[tokio::test]
async fn a_key_from_the_environment_works_and_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep").join("data");
    let value = |text: &str| KeyPlace::Value(SecretString::from(text));
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let store = open(&data, value(key)).await.unwrap();
    let id = keep_a_secret(&store).await;
    drop(store);
    assert!(!key_file(&data).exists());
    let store = open(&data, value(&format!(" {key}\n"))).await.expect("white space around it does no harm");
    assert_eq!(store.database_secrets(ORG, id).await.unwrap()[&SecretField::Password].expose_secret(), SECRET);
    drop(store);
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert!(message(open(&data, value(zeros)).await).contains("not the one that sealed"));
    for wrong in ["", "AAEC", "not base64!", &key[..40]] {
        let text = message(open(&data, value(wrong)).await);
        assert!(text.contains("32 random bytes"), "{text}");
        assert!(wrong.is_empty() || !text.contains(wrong), "a key is never repeated: {text}");
    }
    assert!(!format!("{:?}", value(key)).contains("AAEC"));
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let house = sqlite().await;
    let data = house.data_dir();
    tamper(&house, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m0999_future', 0)").await;
    drop(house.store);
    let refused = open(&data, KeyPlace::File(key_file(&data))).await;
    assert!(matches!(&refused, Err(StoreError::Newer { migration }) if migration == "m0999_future"));
    assert!(message(refused).contains("newer version"));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused_without_panic() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tributary.db"), "this is no database, and it is long enough to be taken for one".repeat(99)).unwrap();
    let refused = open(folder.path(), KeyPlace::File(key_file(folder.path()))).await;
    assert!(matches!(refused, Err(StoreError::Database(_))));
    let not_a_directory = folder.path().join("tributary.db");
    let refused = open(&not_a_directory, KeyPlace::File(key_file(folder.path()))).await;
    assert!(matches!(refused, Err(StoreError::File { .. })));
}

#[tokio::test]
async fn a_group_that_cannot_be_read_does_not_keep_the_others_from_being_due() {
    let house = sqlite().await;
    let broken = house.group("broken", Some(at(60))).await;
    let sound = house.group("sound", Some(at(60))).await;
    tamper(&house, "UPDATE groups SET spec = '{\"schedule\":\"whenever\"}' WHERE name = 'broken'").await;
    let due: Vec<_> = house.store.due_groups(at(60)).await.unwrap().into_iter().map(|due| due.group.id).collect();
    assert_eq!(due, [sound.id]);
    assert_eq!(house.store.group_next_slot(ORG, broken.id).await.unwrap(), Some(at(60)), "its slot is not lost");
}
