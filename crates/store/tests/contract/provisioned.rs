//! What files and the environment define: mirrored, read-only for people, gone with its definition.

use model::{
    AskedBy, Connection, FailureKind, Finding, Id, Kapacitor, LastCheck, Organization, Origin, SecretField, Stored, Target,
    edges::Store as _, secret::Secrets,
};
use secrecy::ExposeSecret;
use store::{Definition, KapacitorChange, New, NewKapacitor, Removed, StoreError};

use crate::backend::{House, ORG, at, connection, houses, name, secret, tamper};

/// A file that defines a connection.
#[derive(Clone)]
struct Src {
    number: i64,
    name: &'static str,
    spec: Connection,
    password: Option<&'static str>,
    file: &'static str,
    claims: bool,
}

fn src(number: i64, name: &'static str) -> Src {
    Src { number, name, spec: connection(), password: Some("s3cret"), file: "shop.src", claims: false }
}

fn passwords(text: Option<&str>) -> Secrets {
    text.map(|text| (SecretField::Password, secret(text))).into_iter().collect()
}

fn file(name: &str) -> Origin {
    Origin::File(name.to_owned())
}

impl Src {
    fn id(&self) -> Id<Connection> {
        Id::of_key(ORG, &format!("connection {}", self.number))
    }

    async fn try_put(&self, house: &House) -> Result<Stored<Connection>, StoreError> {
        let (title, secrets, origin) = (name(self.name), passwords(self.password), file(self.file));
        let definition = Definition {
            id: self.id(),
            name: &title,
            spec: &self.spec,
            secrets: &secrets,
            origin: &origin,
            number: Some(self.number),
            claims: self.claims,
        };
        house.store.put_provisioned_connection(ORG, &definition).await
    }

    async fn put(&self, house: &House) -> Stored<Connection> {
        self.try_put(house).await.unwrap()
    }

    async fn remove(&self, house: &House) -> Removed {
        house.store.remove_provisioned_connection(ORG, self.id()).await.unwrap()
    }
}

async fn put_kapacitor(house: &House, key: &str, of: Id<Connection>, password: &str, claims: bool) -> Stored<Kapacitor> {
    let (title, secrets, origin) = (name(key), passwords(Some(password)), file("shop.kap"));
    let spec = Kapacitor::new(of, "http://localhost:9092".parse().unwrap());
    let id = Id::of_key(ORG, key);
    let definition = Definition { id, name: &title, spec: &spec, secrets: &secrets, origin: &origin, number: None, claims };
    house.store.put_provisioned_kapacitor(ORG, &definition).await.unwrap()
}

fn passed() -> LastCheck {
    LastCheck { version: Some("1.6.7".to_owned()), ..LastCheck::of(&[Finding::passed("url", "well formed", 1)], at(5), AskedBy::People) }
}

async fn verified(house: &House, of: &Stored<Connection>) -> bool {
    assert!(house.store.note_connection_check(ORG, of.id, of.revision, passed()).await.unwrap());
    house.store.connection_standing(ORG, of.id).await.unwrap().last_check == Some(passed())
}

#[tokio::test]
async fn what_a_file_says_is_listed_beside_what_people_made_and_says_whose_it_is() {
    for house in houses().await {
        house.connection("mine", New::default()).await;
        let put = src(10_000, "theirs").put(&house).await;
        assert_eq!((put.id, put.number, put.revision, &put.origin), (src(10_000, "").id(), Some(10_000), 1, &file("shop.src")));
        let house = house.reopen().await;
        let listed = house.store.list_connections(ORG).await.unwrap();
        assert_eq!(
            listed.iter().map(|one| (one.name.as_str(), &one.origin)).collect::<Vec<_>>(),
            [("mine", &Origin::People), ("theirs", &file("shop.src"))]
        );
        assert_eq!(listed[1], put);
        assert_eq!(house.store.connection_secrets(ORG, put.id).await.unwrap()[&SecretField::Password].expose_secret(), "s3cret");

        let provisioned = house.store.list_provisioned().await.unwrap();
        let [one] = &provisioned.connections[..] else { panic!("{provisioned:?}") };
        assert_eq!((one.id, one.organization_id, one.number, &one.origin, one.gone), (put.id, ORG, Some(10_000), &put.origin, false));
        assert_eq!((provisioned.kapacitors, provisioned.organizations), (vec![], vec![]));
    }
}

#[tokio::test]
async fn putting_the_same_again_changes_nothing_and_seals_nothing_anew() {
    for house in houses().await {
        let first = src(1, "a").put(&house).await;
        assert!(verified(&house, &first).await);
        let states = house.store.connection_secret_states(ORG, first.id).await.unwrap();
        let log = house.data_dir().join("tributary.db-wal");
        let written = std::fs::read(&log).unwrap();
        house.clock.set(at(99));
        assert_eq!(src(1, "a").put(&house).await, first);
        assert!(std::fs::read(&log).unwrap() == written, "not even a page of the database is written");
        assert_eq!(house.store.get_connection(ORG, first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(house.store.connection_secret_states(ORG, first.id).await.unwrap(), states);
        assert_eq!(house.store.connection_standing(ORG, first.id).await.unwrap().last_check, Some(passed()));
    }
}

#[tokio::test]
async fn another_name_or_file_keeps_the_check_and_another_way_to_reach_it_or_secret_forgets_it() {
    let other_url = Target::v1("http://elsewhere:8086".parse().unwrap(), "shop");
    for (changed, keeps) in [
        (Src { name: "b", ..src(1, "a") }, true),
        (Src { file: "other.src", ..src(1, "a") }, true),
        (Src { spec: Connection { notes: "n".to_owned(), ..connection() }, ..src(1, "a") }, true),
        (Src { spec: Connection::new(other_url), ..src(1, "a") }, false),
        (Src { password: Some("other"), ..src(1, "a") }, false),
        (Src { password: None, ..src(1, "a") }, false),
    ] {
        for house in houses().await {
            let first = src(1, "a").put(&house).await;
            assert!(verified(&house, &first).await);
            house.clock.set(at(99));
            let second = changed.put(&house).await;
            assert_eq!((second.revision, second.updated_at, second.created_at), (2, at(99), at(0)));
            assert_eq!((second.name.as_str(), &second.spec, &second.origin), (changed.name, &changed.spec, &file(changed.file)));
            assert_eq!(house.store.get_connection(ORG, first.id).await.unwrap(), Some(second.clone()));
            let opened = house.store.connection_secrets(ORG, first.id).await.unwrap();
            assert_eq!(opened.get(&SecretField::Password).map(ExposeSecret::expose_secret), changed.password);
            let check = house.store.connection_standing(ORG, first.id).await.unwrap().last_check;
            assert_eq!(check.is_some(), keeps, "{} {:?}", changed.name, changed.password);
        }
    }
}

#[tokio::test]
async fn a_name_or_number_that_is_taken_is_told_and_nothing_is_kept() {
    for house in houses().await {
        let mine = house.connection("a", New::default()).await;
        let refused = src(7, "a").try_put(&house).await.unwrap_err();
        assert!(matches!(&refused, StoreError::NameTaken { name, .. } if name == "a"), "{refused:?}");
        let refused = src(1, "b").try_put(&house).await.unwrap_err();
        assert!(matches!(refused, StoreError::NumberTaken { number: 1, .. }), "{refused:?}");
        assert_eq!(house.store.list_connections(ORG).await.unwrap(), [mine]);
        src(7, "a (7)").put(&house).await;
    }
}

#[tokio::test]
async fn people_can_neither_change_nor_delete_it_and_are_told_the_file() {
    for house in houses().await {
        let theirs = src(1, "a").put(&house).await;
        let update = house
            .store
            .update_connection(ORG, theirs.id, Some(1), &name("b"), &connection(), &Default::default(), Default::default())
            .await
            .unwrap_err();
        assert!(matches!(&update, StoreError::ReadOnly { noun: "connection", origin } if *origin == file("shop.src")), "{update:?}");
        assert_eq!(update.to_string(), "the connection is defined by the file `shop.src`; change it there");
        let delete = house.store.delete_connection(ORG, theirs.id, None).await.unwrap_err();
        assert!(matches!(delete, StoreError::ReadOnly { .. }), "{delete:?}");

        let kapacitor = put_kapacitor(&house, "k", theirs.id, "p", false).await;
        let change = KapacitorChange::default();
        let update = house.store.update_kapacitor(ORG, kapacitor.id, None, &name("b"), &kapacitor.spec, &Default::default(), change).await;
        assert!(matches!(update, Err(StoreError::ReadOnly { noun: "kapacitor", .. })), "{update:?}");
        let delete = house.store.delete_kapacitor(ORG, kapacitor.id).await.unwrap_err();
        assert!(matches!(delete, StoreError::ReadOnly { noun: "kapacitor", .. }), "{delete:?}");
        assert_eq!(house.store.list_kapacitors(ORG, None).await.unwrap(), std::slice::from_ref(&kapacitor));
        assert_eq!(house.store.list_connections(ORG).await.unwrap(), std::slice::from_ref(&theirs));

        house.connection("mine", New { default: true, ..Default::default() }).await;
        house.store.set_default_connection(ORG, theirs.id).await.unwrap();
        assert_eq!(house.default_connection().await.as_deref(), Some("a"), "which one is the default is for people to say");
        house.store.set_active_kapacitor(ORG, theirs.id, Some(kapacitor.id)).await.unwrap();
        assert!(house.store.kapacitor_standing(ORG, kapacitor.id).await.unwrap().chosen);
    }
}

#[tokio::test]
async fn a_file_asks_to_be_the_default_once_and_the_choice_of_people_stands_afterwards() {
    for house in houses().await {
        let mine = house.connection("mine", New::default()).await;
        let asking = Src { claims: true, ..src(7, "theirs") };
        src(7, "theirs").put(&house).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("mine"));
        asking.put(&house).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("theirs"), "it asks for the first time");
        house.store.set_default_connection(ORG, mine.id).await.unwrap();
        asking.put(&house).await;
        Src { name: "renamed", ..asking.clone() }.put(&house).await;
        let house = house.reopen().await;
        asking.put(&house).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("mine"));
        src(7, "theirs").put(&house).await;
        asking.put(&house).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("theirs"), "the file was told to ask anew");
    }
}

#[tokio::test]
async fn with_its_file_a_connection_goes_with_kapacitors_and_secrets_and_the_oldest_becomes_the_default() {
    for house in houses().await {
        let theirs = src(7, "theirs").put(&house).await;
        let kapacitor = put_kapacitor(&house, "k", theirs.id, "p", true).await;
        house.connection("mine", New::default()).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("theirs"));
        assert_eq!(src(7, "theirs").remove(&house).await, Removed::Deleted);
        assert_eq!(house.store.get_connection(ORG, theirs.id).await.unwrap(), None);
        assert_eq!(house.store.list_kapacitors(ORG, None).await.unwrap(), []);
        assert!(house.store.connections_secret_states(ORG).await.unwrap().is_empty());
        assert!(house.store.kapacitor_secrets(ORG, kapacitor.id).await.unwrap().is_empty());
        assert_eq!(house.default_connection().await.as_deref(), Some("mine"));
        assert_eq!(src(7, "theirs").remove(&house).await, Removed::Deleted, "it is gone already");
    }
}

#[tokio::test]
async fn nothing_of_people_is_removed_as_if_a_file_had_defined_it() {
    for house in houses().await {
        let mine = house.connection("mine", New::default()).await;
        let refused = house.store.remove_provisioned_connection(ORG, mine.id).await.unwrap_err();
        assert!(matches!(refused, StoreError::Missing { noun: "connection" }), "{refused:?}");
        let spec = Kapacitor::new(mine.id, "http://localhost:9092".parse().unwrap());
        let kapacitor = house.store.create_kapacitor(ORG, &name("k"), &spec, &Default::default(), NewKapacitor::default()).await.unwrap();
        let refused = house.store.remove_provisioned_kapacitor(ORG, kapacitor.id).await.unwrap_err();
        assert!(matches!(refused, StoreError::Missing { noun: "kapacitor" }), "{refused:?}");
        let refused = house.store.remove_provisioned_organization(ORG).await.unwrap_err();
        assert!(matches!(refused, StoreError::Missing { noun: "organization" }), "{refused:?}");
        assert_eq!(house.store.list_connections(ORG).await.unwrap(), [mine]);
        assert_eq!(house.store.list_kapacitors(ORG, None).await.unwrap(), [kapacitor]);
    }
}

#[tokio::test]
async fn a_connection_that_a_series_writes_to_stays_as_gone_until_its_file_comes_back() {
    for house in houses().await {
        let asking = Src { claims: true, ..src(7, "theirs") };
        let theirs = asking.put(&house).await;
        house.connection("mine", New::default()).await;
        house.series_to("orders", theirs.id).await;
        assert!(verified(&house, &theirs).await);
        assert_eq!(asking.remove(&house).await, Removed::KeptForSeries(vec!["orders".to_owned()]));
        let standing = house.store.connection_standing(ORG, theirs.id).await.unwrap();
        assert!(standing.gone && !standing.chosen, "{standing:?}");
        assert_eq!(house.default_connection().await.as_deref(), Some("mine"), "what cannot be written to is no default");
        assert_eq!(house.store.get_connection(ORG, theirs.id).await.unwrap(), Some(theirs.clone()), "it is listed, and as it was");
        assert!(house.store.list_provisioned().await.unwrap().connections[0].gone);
        assert_eq!(asking.remove(&house).await, Removed::KeptForSeries(vec!["orders".to_owned()]), "at the next start");
        let used = house.store.delete_connection(ORG, theirs.id, None).await.unwrap_err();
        assert!(matches!(used, StoreError::InUse { .. }), "{used:?}");

        assert_eq!(asking.put(&house).await, theirs);
        let standing = house.store.connection_standing(ORG, theirs.id).await.unwrap();
        assert!(!standing.gone && standing.last_check == Some(passed()), "{standing:?}");
        assert!(standing.chosen, "a file that comes back asks anew");
    }
}

#[tokio::test]
async fn a_gone_connection_leaves_with_the_last_that_needs_it() {
    for house in houses().await {
        for (way, text) in ["moved", "deleted", "detached"].into_iter().enumerate() {
            let theirs = src(70 + 10 * i64::try_from(way).unwrap(), text);
            let id = theirs.put(&house).await.id;
            let mine = house.connection(&format!("mine {text}"), New::default()).await;
            let is_there = async || house.store.get_connection(ORG, id).await.unwrap().is_some();
            match text {
                "detached" => {
                    let spec = Kapacitor::new(id, "http://localhost:9092".parse().unwrap());
                    let new = NewKapacitor::default();
                    let own = house.store.create_kapacitor(ORG, &name("mine"), &spec, &Default::default(), new).await.unwrap();
                    assert_eq!(theirs.remove(&house).await, Removed::KeptForKapacitors(vec!["mine".to_owned()]));
                    assert!(is_there().await, "what people attached does not vanish with a file");
                    house.store.delete_kapacitor(ORG, own.id).await.unwrap();
                }
                "moved" => {
                    let mut series = house.series_to(text, id).await;
                    assert!(matches!(theirs.remove(&house).await, Removed::KeptForSeries(_)));
                    house.store.update_series(ORG, series.id, None, &name("renamed"), &series.spec).await.unwrap();
                    assert!(is_there().await, "a series that still writes to it can be changed");
                    series.spec.connection_id = mine.id;
                    house.store.update_series(ORG, series.id, None, &series.name, &series.spec).await.unwrap();
                }
                _ => {
                    let series = house.series_to(text, id).await;
                    assert!(matches!(theirs.remove(&house).await, Removed::KeptForSeries(_)));
                    assert!(house.store.delete_series(ORG, series.id).await.unwrap());
                }
            }
            assert!(!is_there().await, "{text}");
            assert!(house.store.connection_secrets(ORG, id).await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn when_the_only_connection_is_gone_the_next_one_takes_its_place_as_the_default() {
    for house in houses().await {
        let theirs = src(7, "theirs").put(&house).await;
        house.series_to("orders", theirs.id).await;
        src(7, "theirs").remove(&house).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("theirs"), "there is no other");
        house.connection("mine", New::default()).await;
        assert_eq!(house.default_connection().await.as_deref(), Some("mine"));
    }
}

#[tokio::test]
async fn a_run_to_a_gone_connection_fails_and_says_which_file_is_gone() {
    for house in houses().await {
        let theirs = src(7, "theirs").put(&house).await;
        let series = house.series_to("orders", theirs.id).await;
        let run = house.store.enqueue_run(ORG, series.id, at(0)).await.unwrap().expect("queued");
        let (lease, _) = house.claim("a").await.expect("the run");
        assert!(house.store.load_plan(&lease).await.unwrap().is_some());
        src(7, "theirs").remove(&house).await;
        let failure = house.store.load_plan(&lease).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::InfluxMissing);
        let text = failure.chain();
        assert!(text.contains("`theirs`") && text.contains("the file `shop.src`") && text.contains("is gone"), "{text}");
        assert_eq!(house.run(run.id).await.connection_id, theirs.id);
        src(7, "theirs").put(&house).await;
        assert!(house.store.load_plan(&lease).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_secret_that_was_altered_outside_is_set_again_from_the_file() {
    for house in houses().await {
        let theirs = src(7, "theirs").put(&house).await;
        tamper(&house, "UPDATE secrets SET sealed = substr(sealed, 1, 20)").await;
        house.store.connection_secrets(ORG, theirs.id).await.unwrap_err();
        src(7, "theirs").put(&house).await;
        assert_eq!(house.store.connection_secrets(ORG, theirs.id).await.unwrap()[&SecretField::Password].expose_secret(), "s3cret");
    }
}

#[tokio::test]
async fn a_file_makes_a_kapacitor_active_once_and_takes_it_along_to_another_connection() {
    for house in houses().await {
        let (a, b) = (house.connection("a", New::default()).await, house.connection("b", New::default()).await);
        let is_active = async |one: &Stored<Kapacitor>| house.store.kapacitor_standing(ORG, one.id).await.unwrap().chosen;
        let quiet = put_kapacitor(&house, "quiet", a.id, "p", false).await;
        assert!(!is_active(&quiet).await, "its file says that it is not");
        let put = put_kapacitor(&house, "k", a.id, "p", true).await;
        assert!(is_active(&put).await);
        house.store.set_active_kapacitor(ORG, a.id, Some(quiet.id)).await.unwrap();
        assert_eq!(put_kapacitor(&house, "k", a.id, "p", true).await, put);
        assert!(is_active(&quiet).await, "the choice of people stands");

        house.store.set_active_kapacitor(ORG, a.id, Some(put.id)).await.unwrap();
        let moved = put_kapacitor(&house, "k", b.id, "other", true).await;
        assert_eq!((moved.revision, moved.number, moved.spec.connection_id), (2, put.number, b.id));
        assert!(is_active(&moved).await);
        house.store.set_active_kapacitor(ORG, b.id, None).await.unwrap();
        assert!(!is_active(&moved).await && !is_active(&quiet).await, "neither connection has one");
        assert_eq!(house.store.kapacitor_secrets(ORG, put.id).await.unwrap()[&SecretField::Password].expose_secret(), "other");
        house.store.remove_provisioned_kapacitor(ORG, put.id).await.unwrap();
        house.store.remove_provisioned_kapacitor(ORG, put.id).await.unwrap();
        assert_eq!(house.store.list_kapacitors(ORG, Some(b.id)).await.unwrap(), []);
        assert!(house.store.kapacitor_secrets(ORG, put.id).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_organization_of_a_file_is_found_by_its_alias_and_goes_when_it_owns_nothing() {
    for house in houses().await {
        let put = async |text: &str, origin: &str| house.store.put_provisioned_organization("example_org", &name(text), file(origin)).await;
        let first = put("Example", "example.org").await.unwrap();
        assert_eq!((first.alias.as_deref(), &first.origin), (Some("example_org"), &file("example.org")));
        house.clock.set(at(9));
        assert_eq!(put("Example", "example.org").await.unwrap(), first, "unchanged");
        let renamed = put("Renamed", "other.org").await.unwrap();
        assert_eq!((renamed.id, renamed.name.as_str(), renamed.updated_at), (first.id, "Renamed", at(9)));
        assert_eq!(house.store.find_organization_by_alias("example_org").await.unwrap(), Some(renamed.clone()));
        assert_eq!(house.store.list_provisioned().await.unwrap().organizations, std::slice::from_ref(&renamed));
        let taken = put("default", "other.org").await.unwrap_err();
        assert!(matches!(&taken, StoreError::NameTaken { noun: "organization", name } if name == "default"), "{taken:?}");

        let group = house.store.create_group(first.id, &name("minutely"), &crate::backend::group(), None).await.unwrap();
        assert!(!house.store.remove_provisioned_organization(first.id).await.unwrap());
        house.store.delete_group(first.id, group.id).await.unwrap();
        assert!(house.store.remove_provisioned_organization(first.id).await.unwrap());
        assert!(house.store.remove_provisioned_organization(first.id).await.unwrap(), "it is gone already");
        assert_eq!(house.store.find_organization_by_alias("example_org").await.unwrap(), None);
        assert_eq!(put("Example", "example.org").await.unwrap().id, first.id, "the same again");
    }
}

#[tokio::test]
async fn an_organization_of_people_keeps_its_name_when_a_file_has_its_alias() {
    for house in houses().await {
        let mine = house.store.create_organization(&name("Mine"), Some("1")).await.unwrap();
        assert_eq!(mine.alias.as_deref(), Some("1"));
        assert_eq!(house.store.put_provisioned_organization("1", &name("Theirs"), file("one.org")).await.unwrap(), mine);
        let taken = house.store.create_organization(&name("Other"), Some("1")).await.unwrap_err();
        assert!(matches!(&taken, StoreError::NameTaken { noun: "organization", name } if name == "1"), "{taken:?}");
        assert_eq!(house.reopen().await.store.find_organization_by_alias("1").await.unwrap(), Some(mine));
    }
}

#[tokio::test]
async fn an_object_of_a_file_comes_into_an_organization_that_is_there_or_not_at_all() {
    for house in houses().await {
        let (title, spec, secrets, origin) = (name("a"), connection(), Secrets::new(), file("a.src"));
        let nowhere: Id<Organization> = Id::new(&*house.clock);
        let id = Id::of_key(nowhere, "a");
        let definition = Definition { id, name: &title, spec: &spec, secrets: &secrets, origin: &origin, number: None, claims: true };
        let refused = house.store.put_provisioned_connection(nowhere, &definition).await.unwrap_err();
        assert!(matches!(refused, StoreError::Missing { noun: "organization" }), "{refused:?}");
    }
}
