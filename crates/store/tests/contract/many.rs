//! Lists stay quick when there is much to list.

use std::time::{Duration, Instant};

use crate::backend::{ORG, houses, tamper};
use store::New;

#[tokio::test]
async fn five_thousand_connections_are_listed_with_standings_and_secrets_at_once() {
    const MANY: usize = 5_000;
    for house in houses().await {
        house.connection("a", New::default()).await;
        tamper(
            &house,
            &format!(
                "WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {MANY})
                 INSERT INTO connections (id, organization_id, name, created_at, updated_at, revision, number, driver, spec, last_check)
                 SELECT CAST(printf('%016d', n) AS BLOB), organization_id, name || n, created_at, updated_at, 1, n, driver, spec,
                        '{{\"passed\":true,\"at\":\"2027-01-15T08:00:00Z\"}}'
                 FROM n, connections"
            ),
        )
        .await;
        tamper(
            &house,
            "INSERT INTO secrets (organization_id, kind, noun_id, field, version, sealed, updated_at)
             SELECT organization_id, 'connection', id, 'password', 1, x'00', created_at FROM connections",
        )
        .await;

        let begun = Instant::now();
        let connections = house.store.list_connections(ORG).await.unwrap();
        let standings = house.store.connection_standings(ORG).await.unwrap();
        let states = house.store.connections_secret_states(ORG).await.unwrap();
        let took = begun.elapsed();
        assert_eq!((connections.len(), standings.len(), states.len()), (MANY, MANY, MANY));
        assert_eq!(standings.values().filter(|standing| standing.chosen).count(), 1);
        assert!(connections.iter().all(|one| standings.contains_key(&one.id) && states.contains_key(&one.id)));
        // One query each. A query per connection would take many times as long, on a busy machine too.
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
}
