//! The lease: who may commit, what becomes of a run whose node is gone, and that no two nodes get the same.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use model::{
    FailureKind, Figures, Reject, RunStatus, SlotOutcome, Trigger,
    edges::{Fate, Lease, LeaseState, Progress, Store as _},
};
use store::RunFilter;
use tokio::task::JoinSet;

use crate::backend::{House, LIMIT, ORG, at, decision, houses, name, secret};

/// A house with one claimed run of a scheduled slot.
async fn one_running(house: &House, node: &str) -> (model::Stored<model::Group>, Lease, model::Run) {
    let group = house.group("minutely", Some(at(60))).await;
    house.series("orders", Some(&group), 0).await;
    house.clock.set(at(60));
    house.run_slot(&group, at(60)).await;
    let (lease, run) = house.claim(node).await.expect("a run");
    (group, lease, run)
}

async fn runs(house: &House) -> Vec<model::Run> {
    house.store.list_runs(ORG, &RunFilter { limit: 99, ..RunFilter::default() }).await.unwrap()
}

#[tokio::test]
async fn a_lost_lease_commits_nothing_and_the_slot_runs_again() {
    for house in houses().await {
        let (group, lease, run) = one_running(&house, "a").await;
        house.clock.set(at(61));
        assert_eq!(house.store.reclaim("b", at(61), 3).await.unwrap(), [run.id]);
        let abandoned = house.run(run.id).await;
        assert_eq!((abandoned.status, abandoned.finished_at), (RunStatus::Abandoned, Some(at(61))));
        assert_eq!(abandoned.reason.as_ref().and_then(|reason| reason.kind), Some(FailureKind::Interrupted));

        let progress = Progress { figures: Figures { rows_read: 9, ..Figures::default() }, ..Progress::default() };
        assert_eq!(house.store.heartbeat(&lease, at(99), &progress).await.unwrap(), LeaseState::Lost);
        let reject = Reject { row: 1, line: None, reason: "bad".to_owned(), values: None };
        assert_eq!(house.store.keep_rejects(&lease, &[reject], LIMIT).await.unwrap(), 0);
        assert!(house.store.load_plan(&lease).await.unwrap().is_none());
        assert!(!house.finish(&lease, RunStatus::Succeeded).await);
        assert_eq!(house.run(run.id).await, abandoned, "the lost lease changed nothing");
        assert!(house.store.list_rejects(ORG, run.id, 0, 9).await.unwrap().is_empty());

        let (lease, again) = house.claim("b").await.expect("the slot again");
        assert_eq!((again.slot, again.attempt, again.trigger, again.figures), (at(60), 2, Trigger::Retry, Figures::default()));
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        let slot = house.store.list_slots(ORG, group.id, None, 9).await.unwrap().remove(0);
        assert_eq!(slot.outcome, SlotOutcome::Succeeded);
    }
}

#[tokio::test]
async fn a_lease_with_another_token_or_node_does_not_hold() {
    for house in houses().await {
        let (_, lease, run) = one_running(&house, "a").await;
        for wrong in [Lease { token: lease.token + 1, ..lease.clone() }, Lease { node: "b".to_owned(), ..lease.clone() }] {
            assert!(!house.finish(&wrong, RunStatus::Succeeded).await);
            assert_eq!(house.store.heartbeat(&wrong, at(99), &Progress::default()).await.unwrap(), LeaseState::Lost);
        }
        assert_eq!(house.run(run.id).await, run);
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        assert!(!house.finish(&lease, RunStatus::Failed).await, "a run ends once");
        assert_eq!(house.run(run.id).await.status, RunStatus::Succeeded);
    }
}

#[tokio::test]
async fn a_node_reclaims_no_run_of_its_own() {
    for house in houses().await {
        let (_, lease, _) = one_running(&house, "a").await;
        assert!(house.store.reclaim("a", at(9999), 3).await.unwrap().is_empty());
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
    }
}

#[tokio::test]
async fn after_a_restart_even_a_node_of_the_same_name_reclaims_what_ran() {
    for house in houses().await {
        let (_, lease, run) = one_running(&house, "a").await;
        let house = house.reopen().await;
        assert!(!house.finish(&lease, RunStatus::Succeeded).await, "the former process has no lease any more");
        assert_eq!(house.store.reclaim("a", at(60), 3).await.unwrap(), [run.id]);
        let (_, again) = house.claim("a").await.expect("the slot again");
        assert_eq!(again.attempt, 2);
    }
}

#[tokio::test]
async fn a_run_whose_node_goes_away_every_time_fails_in_the_end() {
    for house in houses().await {
        let (group, _, _) = one_running(&house, "a").await;
        assert_eq!(house.store.reclaim("b", at(60), 2).await.unwrap().len(), 1);
        let (_, second) = house.claim("b").await.expect("attempt 2");
        assert!(house.store.reclaim("c", at(62), 2).await.unwrap().is_empty(), "nothing was abandoned: it failed");
        let failed = house.run(second.id).await;
        assert_eq!((failed.status, failed.finished_at), (RunStatus::Failed, Some(at(62))));
        assert_eq!(failed.reason.and_then(|reason| reason.kind), Some(FailureKind::Interrupted));
        assert_eq!(runs(&house).await.len(), 2);
        let slot = house.store.list_slots(ORG, group.id, None, 9).await.unwrap().remove(0);
        assert_eq!(slot.outcome, SlotOutcome::Failed);
        assert_eq!(house.store.run_log(ORG, second.id).await.unwrap().len(), 1, "the log says what happened");
    }
}

#[tokio::test]
async fn a_running_run_is_asked_to_stop_and_is_not_tried_again() {
    for house in houses().await {
        let (group, lease, run) = one_running(&house, "a").await;
        assert_eq!(house.store.cancel_run(ORG, run.id).await.unwrap(), Some(RunStatus::Running));
        assert_eq!(house.store.heartbeat(&lease, at(99), &Progress::default()).await.unwrap(), LeaseState::CancelRequested);
        let mut end = house.end(RunStatus::Failed);
        end.retry_at = Some(at(61));
        assert!(house.store.finish_run(&lease, &end).await.unwrap());
        assert_eq!(runs(&house).await.len(), 1);
        assert_eq!(house.store.list_slots(ORG, group.id, None, 9).await.unwrap()[0].outcome, SlotOutcome::Failed);
    }
}

#[tokio::test]
async fn a_run_that_was_asked_to_stop_is_cancelled_when_its_node_is_gone() {
    for house in houses().await {
        let (group, _, run) = one_running(&house, "a").await;
        house.store.cancel_run(ORG, run.id).await.unwrap();
        assert!(house.store.reclaim("b", at(61), 9).await.unwrap().is_empty());
        assert_eq!(house.run(run.id).await.status, RunStatus::Cancelled);
        assert_eq!(house.store.list_slots(ORG, group.id, None, 9).await.unwrap()[0].outcome, SlotOutcome::Cancelled);
        assert_eq!(runs(&house).await.len(), 1);
    }
}

#[tokio::test]
async fn a_run_does_not_end_with_a_status_that_is_no_end() {
    for house in houses().await {
        let (_, lease, run) = one_running(&house, "a").await;
        let refused = house.store.finish_run(&lease, &house.end(RunStatus::Queued)).await.unwrap_err();
        assert!(refused.chain().contains("final status"), "{}", refused.chain());
        assert_eq!(house.run(run.id).await.status, RunStatus::Running);
    }
}

#[tokio::test]
async fn the_plan_holds_everything_with_secrets_opened_and_notes_where_the_run_writes() {
    for house in houses().await {
        let (_, lease, run) = one_running(&house, "a").await;
        let mut series = house.store.find_series(ORG, "orders").await.unwrap().expect("the series");
        let query = house.store.get_query(ORG, series.spec.query_id).await.unwrap().expect("its query");
        let database = house.store.get_database(ORG, query.spec.database_id).await.unwrap().expect("its database");
        let password = [(model::SecretField::Password, model::SecretChange::Set(secret("reader's")))].into();
        house.store.update_database(ORG, database.id, None, &database.name, &database.spec, &password).await.unwrap();
        let password = [(model::SecretField::Password, model::SecretChange::Set(secret("writer's")))].into();
        let other =
            house.store.create_connection(ORG, &name("other"), &crate::backend::connection(), &password, Default::default()).await.unwrap();
        series.spec.connection_id = other.id;
        house.store.update_series(ORG, series.id, None, &name("renamed"), &series.spec).await.unwrap();

        let plan = house.store.load_plan(&lease).await.unwrap().expect("a plan");
        let exposed =
            |secret: &Option<secrecy::SecretString>| secret.as_ref().map(|text| secrecy::ExposeSecret::expose_secret(text).to_owned());
        assert_eq!(exposed(&plan.database.password().cloned()).as_deref(), Some("reader's"));
        assert_eq!(exposed(&plan.connection.login_secret().cloned()).as_deref(), Some("writer's"));
        assert_eq!((plan.database_id, plan.connection_id, plan.query.id), (database.id, other.id, query.id));
        let noted = house.run(run.id).await;
        assert_eq!((noted.connection_id, noted.series_name.as_str()), (other.id, "renamed"));
    }
}

#[tokio::test]
async fn a_run_whose_series_was_deleted_has_no_plan_and_no_lease_and_its_slot_ends() {
    for house in houses().await {
        let (group, lease, run) = one_running(&house, "a").await;
        assert!(house.store.delete_series(ORG, run.series_id).await.unwrap());
        assert!(house.store.load_plan(&lease).await.unwrap().is_none());
        assert_eq!(house.store.heartbeat(&lease, at(99), &Progress::default()).await.unwrap(), LeaseState::Lost);
        assert!(!house.finish(&lease, RunStatus::Succeeded).await);
        assert!(runs(&house).await.is_empty());
        assert_eq!(house.store.list_slots(ORG, group.id, None, 9).await.unwrap()[0].outcome, SlotOutcome::Empty);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_race_claim_every_run_once_and_never_two_of_a_lane() {
    const GROUPS: usize = 6;
    const SERIES: i32 = 4;
    for house in houses().await {
        for text in (0..GROUPS).map(|number| format!("group {number}")) {
            let group = house.group(&text, Some(at(60))).await;
            for place in 0..SERIES {
                house.series(&format!("{text} series {place}"), Some(&group), place).await;
            }
            assert!(house.settle(&group, at(60), vec![decision(at(60), Fate::Run), decision(at(120), Fate::Run)]).await);
        }
        house.clock.set(at(200));
        let total = GROUPS * usize::try_from(SERIES).unwrap() * 2;
        let house = Arc::new(house);
        // Per lane: how many of its runs are held at this moment, and how many were done.
        let lanes = Arc::new(Mutex::new(BTreeMap::<_, (u32, usize)>::new()));
        let mut nodes = JoinSet::new();
        for node in 0..4 {
            let (house, lanes) = (house.clone(), lanes.clone());
            nodes.spawn(async move {
                loop {
                    let Some((lease, run)) = house.claim(&format!("node {node}")).await else {
                        let done: usize = lanes.lock().unwrap().values().map(|(_, done)| done).sum();
                        if done >= total {
                            break;
                        }
                        tokio::task::yield_now().await;
                        continue;
                    };
                    {
                        let mut lanes = lanes.lock().unwrap();
                        let lane = lanes.entry(run.group_id).or_default();
                        lane.0 += 1;
                        assert_eq!(lane.0, 1, "two runs of one lane at once");
                    }
                    tokio::task::yield_now().await;
                    {
                        let mut lanes = lanes.lock().unwrap();
                        let lane = lanes.entry(run.group_id).or_default();
                        lane.0 -= 1;
                        lane.1 += 1;
                    }
                    assert!(house.finish(&lease, RunStatus::Succeeded).await);
                }
            });
        }
        nodes.join_all().await;
        let done: Vec<usize> = lanes.lock().unwrap().values().map(|(_, done)| *done).collect();
        assert_eq!(done, [total / GROUPS; GROUPS]);
        for run in runs(&house).await {
            assert_eq!((run.status, run.attempt), (RunStatus::Succeeded, 1));
        }
    }
}
