//! Logging in to an InfluxDB 1 by a token that is signed with the secret it shares, in place of a password.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use influx::Drivers;
use model::{
    Clock, Code, Connection, Finding, SecretField,
    edges::{ConnectionAccess, Influx, Traffic},
};

use crate::{
    ground::{PLACE, Played, Strict, assert_green, batch, env, failed, good, said, v1},
    servers::{Kind, Script},
};

/// The machine's time, which a real server holds a token against, so many minutes ahead.
struct Machine {
    ahead_minutes: i64,
}

impl Clock for Machine {
    #[allow(clippy::disallowed_methods)]
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::minutes(self.ahead_minutes)
    }
    fn entropy(&self) -> [u8; 16] {
        [7; 16]
    }
}

fn signed(strict: &Strict, user: &str, secret: &str) -> ConnectionAccess {
    let mut access = ConnectionAccess::new(Connection::new(v1(&strict.url, &strict.database, Some(user), None)), None);
    access.secrets.insert(SecretField::SharedSecret, secret.into());
    access
}

async fn check(access: &ConnectionAccess, ahead_minutes: i64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let drivers = Drivers::new(Arc::new(Machine { ahead_minutes })).unwrap();
    drivers.check(access, &mut |finding| findings.push(finding)).await;
    findings
}

#[tokio::test]
async fn a_shared_secret_stands_in_for_a_password() {
    let strict = Strict::new("signing").await;
    let (secret, reader) = (env("TRIBUTARY_TEST_INFLUX_AUTH_SHARED_SECRET"), strict.user("reader", Some("READ")).await);
    assert_green(&check(&signed(&strict, &strict.admin, &secret), 0).await);
    assert_eq!(strict.measurements().await, Vec::<String>::new());
    let writer = Drivers::new(Arc::new(Machine { ahead_minutes: 0 })).unwrap();
    let writer = writer.open(&signed(&strict, &strict.admin, &secret), "signing").await.unwrap();
    assert_eq!(writer.write(&batch(&good(3)), &mut Traffic::default()).await.unwrap().points, 3);
    assert_eq!(strict.measurements().await, ["m"]);

    for (user, secret, ahead_minutes, step, code, field, words) in [
        (strict.admin.as_str(), "hunter2", 0, "authentication", Code::LoginSharedSecret, "shared_secret", "signature is invalid"),
        (strict.admin.as_str(), secret.as_str(), -5, "authentication", Code::LoginSharedSecret, "shared_secret", "clocks"),
        ("nobody at all", secret.as_str(), 0, "authentication", Code::LoginWrong, "username", "no user nobody at all"),
        (reader.as_str(), secret.as_str(), 0, "write", Code::WriteForbidden, "username", "GRANT WRITE"),
    ] {
        let findings = check(&signed(&strict, user, secret), ahead_minutes).await;
        let (failed_step, _, failed_field) = failed(&findings);
        assert_eq!((failed_step, findings.last().unwrap().code, failed_field), (step, Some(code), field), "{findings:#?}");
        assert!(said(&findings).contains(words), "{words}: {}", said(&findings));
        let told = serde_json::to_string(&findings).unwrap();
        assert!(!told.contains("hunter2") && !told.contains(&env("TRIBUTARY_TEST_INFLUX_AUTH_SHARED_SECRET")), "{told}");
    }
}

#[tokio::test]
async fn a_password_goes_before_a_shared_secret() {
    let strict = Strict::new("both").await;
    let mut access = signed(&strict, &strict.admin, "hunter2");
    access.secrets.insert(SecretField::Password, strict.password.clone().into());
    assert_green(&check(&access, 0).await);
    access.secrets.insert(SecretField::Password, "".into());
    assert_eq!(check(&access, 0).await.last().unwrap().code, Some(Code::LoginSharedSecret), "an empty password is none");
}

/// Two minutes pass whenever somebody looks.
struct Running(AtomicI64);

impl Clock for Running {
    fn now(&self) -> DateTime<Utc> {
        let minutes = self.0.fetch_add(2, Ordering::Relaxed);
        Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap() + TimeDelta::minutes(minutes)
    }
    fn entropy(&self) -> [u8; 16] {
        [7; 16]
    }
}

#[tokio::test]
async fn every_request_of_a_long_run_carries_a_token_that_has_not_expired() {
    let played = Played::start(Script::new(Kind::V1, &[PLACE])).await;
    let clock = Arc::new(Running(AtomicI64::new(0)));
    let drivers = Drivers::new(Arc::<Running>::clone(&clock)).unwrap();
    let mut access = ConnectionAccess::new(Connection::new(v1(played.server.url(), PLACE, Some("ann"), None)), None);
    access.secrets.insert(SecretField::SharedSecret, "hunter2".into());
    let writer = drivers.open(&access, "signing").await.unwrap();
    for _ in 0..3 {
        let before = clock.0.load(Ordering::Relaxed);
        writer.write(&batch(&good(3)), &mut Traffic::default()).await.unwrap();
        let header = played.server.with(|script| script.seen.last().unwrap().headers["authorization"].clone());
        let token = header.to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        let sent_at = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap() + TimeDelta::minutes(before);
        assert!(claims["exp"].as_i64().unwrap() > sent_at.timestamp(), "{claims}");
        assert_eq!(claims["username"], "ann");
    }
}
