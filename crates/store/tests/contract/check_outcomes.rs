//! What became of the checks of a connection: the latest are kept, of each connection its own.

use model::{AskedBy, CheckOutcome, Code, Connection, Id, LastCheck, Stored, Verdict};
use store::{Change, ChangedNoun, Heard, New};

use crate::backend::{House, ORG, at, houses, name};

fn passed(second: i64) -> LastCheck {
    let (took_ms, asked_by) = (Some(12), AskedBy::Server);
    LastCheck { passed: true, at: at(second), took_ms, asked_by, step: None, code: None, detail: None, version: None }
}

fn failed(second: i64) -> LastCheck {
    let (step, detail) = (Some("tcp".to_owned()), Some("nothing listens on port 8086".to_owned()));
    LastCheck { passed: false, asked_by: AskedBy::People, step, code: Some(Code::TcpRefused), detail, ..passed(second) }
}

async fn outcomes(house: &House, of: &Stored<Connection>, limit: u32) -> Vec<CheckOutcome> {
    house.store.check_outcomes(ORG, &[of.id], limit).await.unwrap().remove(&of.id).unwrap_or_default()
}

async fn note(house: &House, of: &Stored<Connection>, check: LastCheck) -> bool {
    house.store.note_connection_check(ORG, of.id, of.revision, check).await.unwrap()
}

#[tokio::test]
async fn each_way_of_checking_is_kept_newest_first_with_all_that_was_said() {
    for house in houses().await {
        let mut one = house.connection("a", New { last_check: Some(passed(1)), ..Default::default() }).await;
        assert!(note(&house, &one, failed(2)).await);
        let change = Change { default: false, last_check: Some(Some(LastCheck { step: Some("tls".to_owned()), ..passed(3) })) };
        one = house.store.update_connection(ORG, one.id, None, &one.name, &one.spec, &Default::default(), change).await.unwrap();
        let kept = outcomes(&house, &one, 90).await;
        let verdicts: Vec<_> = kept.iter().map(|outcome| (outcome.verdict, outcome.at)).collect();
        assert_eq!(verdicts, [(Verdict::Warning, at(3)), (Verdict::Failed, at(2)), (Verdict::Passed, at(1))]);
        assert_eq!(kept[1], CheckOutcome::from(&failed(2)));

        let forgets = Change { default: false, last_check: Some(None) };
        house.store.update_connection(ORG, one.id, None, &one.name, &one.spec, &Default::default(), forgets).await.unwrap();
        assert_eq!(outcomes(&house.reopen().await, &one, 90).await, kept, "another way to reach it does not undo what was");
    }
}

#[tokio::test]
async fn the_latest_ninety_are_kept_and_no_clock_decides_which_those_are() {
    for house in houses().await {
        let one = house.connection("a", New::default()).await;
        let other = house.connection("b", New { last_check: Some(passed(0)), ..Default::default() }).await;
        for second in (0..100).rev() {
            assert!(note(&house, &one, passed(second)).await);
        }
        let kept: Vec<_> = outcomes(&house, &one, 1000).await.iter().map(|outcome| outcome.at).collect();
        assert_eq!(kept, (0..90).map(at).collect::<Vec<_>>());
        assert_eq!(outcomes(&house, &one, 30).await.len(), 30);
        let both = house.store.check_outcomes(ORG, &[one.id, other.id, Id::from_uuid(ORG.uuid())], 5).await.unwrap();
        assert_eq!((both.len(), both[&one.id].len(), both[&other.id].len()), (2, 5, 1));
    }
}

#[tokio::test]
async fn what_was_changed_is_gone_or_belongs_to_another_organization_keeps_none() {
    for house in houses().await {
        let before = house.connection("a", New::default()).await;
        let (name_of, spec, secrets) = (&before.name, &before.spec, Default::default());
        let now = house.store.update_connection(ORG, before.id, None, name_of, spec, &secrets, Change::default()).await.unwrap();
        assert!(!note(&house, &before, failed(1)).await);
        assert_eq!(outcomes(&house, &now, 90).await, []);
        assert!(note(&house, &now, passed(2)).await);
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        assert!(house.store.check_outcomes(other, &[now.id], 90).await.unwrap().is_empty());
        house.store.delete_connection(ORG, now.id, None).await.unwrap().expect("it was there");
        assert_eq!(outcomes(&house, &now, 90).await, []);
    }
}

#[tokio::test]
async fn those_to_check_are_of_every_organization() {
    for house in houses().await {
        let one = house.connection("a", New::default()).await;
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        let spec = crate::backend::connection();
        let two = house.store.create_connection(other, &name("a"), &spec, &Default::default(), New::default()).await.unwrap();
        let mut expected = [(ORG, one.id), (other, two.id)];
        expected.sort_by_key(|(_, id)| id.uuid());
        assert_eq!(house.store.connections_to_check().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn the_servers_own_check_is_told_to_listeners_only_when_it_says_something_new() {
    for house in houses().await {
        let one = house.connection("a", New::default()).await;
        let mut hears = house.store.announcements();
        let mut told = async |check| {
            assert!(note(&house, &one, check).await);
            house.store.announce_files();
            let mut connections = 0;
            loop {
                let Some(Heard::Changed(changed)) = hears.next().await else { panic!("the listener lagged") };
                match changed[0].noun {
                    ChangedNoun::File => return connections,
                    ChangedNoun::Connection => connections += 1,
                    other => panic!("{other:?}"),
                }
            }
        };
        assert_eq!([told(passed(1)).await, told(passed(2)).await], [1, 0]);
        let server_failed = |second| LastCheck { asked_by: AskedBy::Server, ..failed(second) };
        assert_eq!([told(server_failed(3)).await, told(server_failed(4)).await, told(failed(5)).await], [1, 0, 1]);
    }
}
