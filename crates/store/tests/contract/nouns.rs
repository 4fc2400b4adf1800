//! What people edit: create, list, get, find, update, delete; names, revisions, references, organizations.

use model::Id;
use store::StoreError;

use crate::backend::{ORG, at, connection, database, group, houses, name};

#[tokio::test]
async fn a_created_noun_is_got_found_and_listed_as_it_was_given() {
    for house in houses().await {
        let created =
            house.store.create_connection(ORG, &name("influx"), &connection(), &Default::default(), Default::default()).await.unwrap();
        assert_eq!((created.revision, created.created_at, created.updated_at), (1, at(0), at(0)));
        assert_eq!(created.spec, connection());
        assert_eq!(house.store.get_connection(ORG, created.id).await.unwrap(), Some(created.clone()));
        assert_eq!(house.store.find_connection(ORG, "influx").await.unwrap(), Some(created.clone()));
        assert_eq!(house.store.list_connections(ORG).await.unwrap(), [created]);
        assert_eq!(house.store.find_connection(ORG, "other").await.unwrap(), None);
        assert_eq!(house.store.get_connection(ORG, Id::new(&*house.clock)).await.unwrap(), None);

        let group = house.group("minutely", Some(at(60))).await;
        let series = house.series("orders", Some(&group), 3).await;
        assert_eq!(house.store.get_series(ORG, series.id).await.unwrap(), Some(series.clone()));
        assert_eq!(house.store.get_group(ORG, group.id).await.unwrap(), Some(group.clone()));
        let query = house.store.get_query(ORG, series.spec.query_id).await.unwrap().expect("its query");
        assert_eq!(house.store.find_query(ORG, "orders").await.unwrap(), Some(query.clone()));
        let kept = house.store.get_database(ORG, query.spec.database_id).await.unwrap().expect("its database");
        assert_eq!(kept.spec, database());
    }
}

#[tokio::test]
async fn lists_are_ordered_by_name() {
    for house in houses().await {
        for text in ["b", "c", "a"] {
            house.group(text, None).await;
        }
        let names: Vec<String> = house.store.list_groups(ORG).await.unwrap().into_iter().map(|group| group.name.to_string()).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }
}

#[tokio::test]
async fn an_update_counts_the_revision_up_and_refuses_a_stale_one() {
    for house in houses().await {
        let created = house.group("minutely", Some(at(60))).await;
        house.clock.set(at(5));
        let mut spec = group();
        spec.time_zone = chrono_tz::UTC;
        let updated = house.store.update_group(ORG, created.id, Some(1), &name("each minute"), &spec, Some(at(60))).await.unwrap();
        assert_eq!((updated.revision, updated.created_at, updated.updated_at), (2, at(0), at(5)));
        assert_eq!((updated.name.as_str(), &updated.spec), ("each minute", &spec));
        assert_eq!(house.store.get_group(ORG, created.id).await.unwrap(), Some(updated));

        let stale = house.store.update_group(ORG, created.id, Some(1), &name("late"), &spec, None).await;
        assert!(matches!(stale, Err(StoreError::Changed { noun: "group", revision: 2 })), "{stale:?}");
        assert_eq!(house.store.group_next_slot(ORG, created.id).await.unwrap(), Some(at(60)), "a refused update changes nothing");
        let unasked = house.store.update_group(ORG, created.id, None, &name("late"), &spec, None).await.unwrap();
        assert_eq!(unasked.revision, 3);
        let gone = house.store.update_group(ORG, Id::new(&*house.clock), None, &name("new"), &spec, None).await;
        assert!(matches!(gone, Err(StoreError::Missing { noun: "group" })), "{gone:?}");
    }
}

#[tokio::test]
async fn a_name_is_unique_per_organization_and_noun() {
    for house in houses().await {
        let other = house.store.create_organization(&name("other"), None).await.unwrap();
        let taken = |result: Result<_, StoreError>, what: &str| {
            assert!(matches!(&result, Err(StoreError::NameTaken { noun, name }) if *noun == what && name == "one"), "{what}");
        };
        house.group("one", None).await;
        taken(house.store.create_group(ORG, &name("one"), &group(), None).await.map(|_| ()), "group");
        house.store.create_group(other.id, &name("one"), &group(), None).await.unwrap();
        house.store.create_connection(ORG, &name("one"), &connection(), &Default::default(), Default::default()).await.unwrap();
        let second =
            house.store.create_connection(ORG, &name("two"), &connection(), &Default::default(), Default::default()).await.unwrap();
        let renamed =
            house.store.update_connection(ORG, second.id, None, &name("one"), &connection(), &Default::default(), Default::default()).await;
        taken(renamed.map(|_| ()), "connection");
        house.store.create_organization(&name("one"), None).await.unwrap();
        taken(house.store.create_organization(&name("one"), None).await.map(|_| ()), "organization");
    }
}

#[tokio::test]
async fn nothing_of_one_organization_is_seen_or_changed_from_another() {
    for house in houses().await {
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        let group = house.group("minutely", Some(at(60))).await;
        let series = house.series("orders", Some(&group), 0).await;
        house.run_slot(&group, at(60)).await;
        let run = house.store.list_runs(ORG, &limit(9)).await.unwrap().remove(0);

        assert_eq!(house.store.list_series(other).await.unwrap(), []);
        assert_eq!(house.store.get_series(other, series.id).await.unwrap(), None);
        assert_eq!(house.store.find_series(other, "orders").await.unwrap(), None);
        assert!(!house.store.delete_series(other, series.id).await.unwrap());
        assert!(!house.store.delete_group(other, group.id).await.unwrap());
        let update = house.store.update_series(other, series.id, None, &series.name, &series.spec).await;
        assert!(matches!(update, Err(StoreError::Missing { .. })), "{update:?}");
        assert_eq!(house.store.group_next_slot(other, group.id).await.unwrap(), None);
        assert_eq!(house.store.enqueue_run(other, series.id, at(0)).await.unwrap(), None);
        assert_eq!(house.store.enqueue_group(other, group.id, at(0)).await.unwrap(), None);
        assert_eq!(house.store.list_slots(other, group.id, None, 9).await.unwrap(), []);
        assert_eq!(house.store.get_run(other, run.id).await.unwrap(), None);
        assert_eq!(house.store.cancel_run(other, run.id).await.unwrap(), None);
        for filter in [
            limit(9),
            store::RunFilter { series_id: Some(series.id), ..limit(9) },
            store::RunFilter { group_id: Some(group.id), ..limit(9) },
        ] {
            assert_eq!(house.store.list_runs(other, &filter).await.unwrap(), []);
            assert_eq!(house.store.list_runs(ORG, &filter).await.unwrap(), std::slice::from_ref(&run));
        }
    }
}

fn limit(limit: u64) -> store::RunFilter {
    store::RunFilter { limit, ..Default::default() }
}

#[tokio::test]
async fn a_reference_out_of_the_organization_is_refused() {
    for house in houses().await {
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        let spec = house.series_spec("orders", None, 0).await;
        let refused = house.store.create_series(other, &name("orders"), &spec).await;
        assert!(matches!(refused, Err(StoreError::Missing { noun: "query" })), "{refused:?}");

        let elsewhere = house.store.create_group(other, &name("minutely"), &group(), None).await.unwrap();
        let mut astray = spec.clone();
        astray.group_id = Some(elsewhere.id);
        let refused = house.store.create_series(ORG, &name("orders"), &astray).await;
        assert!(matches!(refused, Err(StoreError::Missing { noun: "group" })), "{refused:?}");
        let nowhere = house.store.create_group(Id::new(&*house.clock), &name("minutely"), &group(), None).await;
        assert!(matches!(nowhere, Err(StoreError::Missing { noun: "organization" })), "{nowhere:?}");
    }
}

#[tokio::test]
async fn what_is_used_is_not_deleted_and_the_refusal_names_the_users() {
    for house in houses().await {
        let group = house.group("minutely", None).await;
        let series = house.series("orders", Some(&group), 0).await;
        let query = house.store.get_query(ORG, series.spec.query_id).await.unwrap().expect("its query");

        let by_series = [("series".to_owned(), "orders".to_owned())];
        let refused = house.store.delete_group(ORG, group.id).await.unwrap_err();
        assert_eq!(refused.to_string(), "the group is used by series `orders`");
        assert!(matches!(refused, StoreError::InUse { noun: "group", by } if by == by_series));
        let refused = house.store.delete_query(ORG, query.id).await.unwrap_err();
        assert!(matches!(refused, StoreError::InUse { noun: "query", by } if by == by_series));
        let refused = house.store.delete_connection(ORG, series.spec.connection_id, None).await.unwrap_err();
        assert!(matches!(refused, StoreError::InUse { noun: "connection", by } if by == by_series));
        let refused = house.store.delete_database(ORG, query.spec.database_id).await.unwrap_err();
        assert!(matches!(refused, StoreError::InUse { noun: "database", by } if by == [("query".to_owned(), "orders".to_owned())]));

        assert!(house.store.delete_series(ORG, series.id).await.unwrap());
        assert!(house.store.delete_group(ORG, group.id).await.unwrap());
        assert!(house.store.delete_query(ORG, query.id).await.unwrap());
        assert!(house.store.delete_database(ORG, query.spec.database_id).await.unwrap());
        assert!(house.store.delete_connection(ORG, series.spec.connection_id, None).await.unwrap().is_some());
        assert_eq!(house.store.delete_connection(ORG, series.spec.connection_id, None).await.unwrap(), None, "it is gone already");
    }
}

#[tokio::test]
async fn the_default_organization_is_there_from_the_first_start_and_stays_the_same() {
    for house in houses().await {
        let first = house.store.list_organizations().await.unwrap();
        assert_eq!(first.iter().map(|organization| (organization.id, organization.name.as_str())).collect::<Vec<_>>(), [(ORG, "default")]);
        house.clock.set(at(99));
        let house = house.reopen().await;
        assert_eq!(house.store.list_organizations().await.unwrap(), first);
        let other = house.store.create_organization(&name("other"), None).await.unwrap();
        assert_eq!(house.store.find_organization("other").await.unwrap(), Some(other.clone()));
        assert_eq!(house.store.get_organization(other.id).await.unwrap(), Some(other));
    }
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        let series = house.series("orders", Some(&group), 0).await;
        house.run_slot(&group, at(60)).await;
        let runs = house.store.list_runs(ORG, &limit(9)).await.unwrap();
        let house = house.reopen().await;
        assert_eq!(house.store.list_series(ORG).await.unwrap(), [series]);
        assert_eq!(house.store.list_groups(ORG).await.unwrap(), std::slice::from_ref(&group));
        assert_eq!(house.store.group_next_slot(ORG, group.id).await.unwrap(), Some(at(120)));
        assert_eq!(house.store.list_runs(ORG, &limit(9)).await.unwrap(), runs);
        assert_eq!(runs.len(), 1);
    }
}
