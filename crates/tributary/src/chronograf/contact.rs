//! Chronograf's words for a server that was tried and did not do. It keeps the cause to itself; here it follows, with its code.

use axum::http::StatusCode;
use model::{Code, Finding, Target, V3Edition};

use super::envelope::Error;
use crate::app::Refusal;

/// What Chronograf answers whatever stands in the way.
pub(super) const UNREACHABLE: &str = "Error contacting source";

/// `Error contacting source`, and why.
pub(super) fn unreachable(step: &Finding) -> Error {
    because(UNREACHABLE, step)
}

/// The words for the step at which saving a connection ended: those of the server's own answer where it refused the login.
pub(super) fn refused(target: &Target, step: &Finding) -> Error {
    match of_login(target, step.code) {
        Some(words) => because(&words, step),
        None => unreachable(step),
    }
}

/// The same for whatever kept a connection from being saved.
pub(super) fn unsaved(target: &Target, refusal: Refusal) -> Error {
    match refusal.failed_step() {
        Some(step) => refused(target, step),
        None => refusal.into(),
    }
}

fn because(words: &str, step: &Finding) -> Error {
    let code = step.code.map(|code| format!(" [{}]", code.as_str())).unwrap_or_default();
    Error::new(StatusCode::BAD_REQUEST, format!("{words}: {}{code}", step.detail))
}

fn of_login(target: &Target, code: Option<Code>) -> Option<String> {
    let status = match code? {
        Code::LoginMissing | Code::LoginWrong | Code::LoginSharedSecret => 401,
        Code::LoginForbidden => 403,
        _ => return None,
    };
    Some(match (target, status) {
        (Target::V1 { .. }, 401) => "received status code 401 from server: err: authorization failed".to_owned(),
        (Target::V2 { .. }, 401) => "received status code 401 from server: err: unauthorized access".to_owned(),
        (Target::V1 { .. } | Target::V2 { .. }, _) => format!("received status code {status} from server: err"),
        (Target::V3 { edition: V3Edition::Clustered | V3Edition::CloudDedicated, .. }, _) => "database authentication failed".to_owned(),
        _ => format!("received status code {status}"),
    })
}
