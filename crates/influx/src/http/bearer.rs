//! Bearer tokens that a client signs itself, with the secret that it shares with the server (InfluxDB 1.x and Kapacitor: `shared-secret`).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// How long a token is valid. Each request carries its own, so this bounds only how far the clocks of both machines may be apart.
const VALID: TimeDelta = TimeDelta::minutes(1);

/// A JSON Web Token (RFC 7519) with the claims that both servers read, `username` and `exp`, signed by HMAC with SHA-256: both take any
/// HMAC, and this one was seen at work on each.
pub(super) fn token(username: &str, secret: &SecretString, now: DateTime<Utc>) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        part(json!({ "alg": "HS256", "typ": "JWT" })),
        part(json!({ "username": username, "exp": (now + VALID).timestamp() }))
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_token_verifies_with_its_secret_alone_and_lasts_a_minute() {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let token = token("ann", &SecretString::from("hunter2"), now);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let verifies = |secret: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
        };
        assert!(verifies("hunter2") && !verifies("hunter3"));
        let parts: Vec<serde_json::Value> =
            signed.split('.').map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()).collect();
        assert_eq!(parts, [json!({"alg": "HS256", "typ": "JWT"}), json!({"username": "ann", "exp": now.timestamp() + 60})]);
        assert!(!token.contains("hunter2"));
    }
}
