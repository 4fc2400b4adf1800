//! A connection as a row of a table and as a sheet.

use model::{Certificates, CheckOutcome, Connection as Spec, Hold, Target, V1Edition};
use serde::Deserialize;

use super::super::{
    length, output,
    sheet::{self, Sheet},
    standing::Standing,
    stored::Shown,
};

/// A connection with how it stands.
#[derive(Deserialize)]
pub(super) struct Seen {
    #[serde(flatten)]
    pub(super) spec: Spec,
    #[serde(flatten)]
    pub(super) standing: Standing,
    #[serde(default)]
    pub(super) default: bool,
    #[serde(default)]
    pub(super) hold: Option<Hold>,
}

pub(super) const HEADINGS: [&str; 7] = ["name", "driver", "where", "what", "secret", "state", "defined by"];

pub(super) const CHECK_HEADINGS: [&str; 7] = ["at", "verdict", "step", "code", "took", "asked by", "detail"];

pub(super) fn check_row(outcome: CheckOutcome) -> Vec<String> {
    let CheckOutcome { at, verdict, step, code, detail, took_ms, asked_by } = outcome;
    vec![
        sheet::second(at),
        word(verdict),
        step.unwrap_or_default(),
        code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
        length::of_millis(took_ms),
        word(asked_by),
        detail.unwrap_or_default(),
    ]
}

/// Where a connection leads, and what is written to there.
fn place(target: &Target) -> (String, String) {
    match target {
        Target::V1 { url, database, retention_policy, .. } => {
            let policy = retention_policy.as_deref().map(|policy| format!(".{policy}")).unwrap_or_default();
            (url.to_string(), format!("{database}{policy}"))
        }
        Target::V2 { url, organization, bucket } => (url.to_string(), format!("{organization}/{bucket}")),
        Target::V3 { url, database, .. } => (url.to_string(), database.clone()),
        Target::File { folder } => (folder.clone(), "files".to_owned()),
    }
}

pub(super) fn row(shown: Shown<Seen>) -> Vec<String> {
    let Seen { spec, standing, default, hold } = &shown.spec;
    let (at, what) = place(&spec.target);
    let secret = match spec.login_secret() {
        Some(_) if shown.secrets.values().any(|state| state.set) => "kept",
        Some(_) => "not set",
        None => "",
    };
    let name = if *default { format!("{} (default)", shown.name) } else { shown.name.clone() };
    let state = if hold.is_some() { format!("on hold, {}", standing.word()) } else { standing.word() };
    vec![name, spec.target.driver().to_owned(), at, what, secret.to_owned(), state, standing.origin()]
}

pub(super) fn sheet(shown: &Shown<Seen>, sheet: Sheet) -> Sheet {
    let Seen { spec, standing, default, hold } = &shown.spec;
    let on_hold = hold.as_ref().map(|hold| format!("since {}: {}", sheet::second(hold.since), hold.reason.message));
    let sheet = sheet.maybe("on hold", on_hold).maybe("default", default.then_some("yes")).line("driver", spec.target.driver());
    let sheet = match &spec.target {
        Target::V1 { url, database, username, retention_policy, edition, meta_url } => sheet
            .maybe("edition", (*edition != V1Edition::Oss).then(|| word(edition)))
            .line("url", url)
            .line("database", database)
            .line("retention policy", retention_policy.as_deref().unwrap_or("autogen"))
            .maybe("username", username.as_deref())
            .maybe("meta url", meta_url.as_ref()),
        Target::V2 { url, organization, bucket } => sheet.line("url", url).line("influx organization", organization).line("bucket", bucket),
        Target::V3 { url, database, edition, cluster_id, account_id } => sheet
            .line("edition", word(edition))
            .line("url", url)
            .line("database", database)
            .maybe("cluster id", cluster_id.as_deref())
            .maybe("account id", account_id.as_deref()),
        Target::File { folder } => return standing.lines(sheet.line("folder", folder).maybe("notes", Some(&spec.notes))),
    };
    let sheet = sheet
        .maybe("telegraf database", spec.telegraf_database.as_deref())
        .line("timeout", length::of_millis(spec.timeout_ms.into()))
        .maybe("certificate", trusted(spec.insecure_skip_verify, &spec.tls))
        .maybe("shows a certificate", spec.tls.client_certificate.as_ref().map(|_| "its own"))
        .line("gzip", format!("{:?}", spec.gzip).to_lowercase())
        .line("batch", format!("{} lines, {} requests at once", output::count(spec.batch_lines.into()), spec.in_flight))
        .maybe("notes", Some(&spec.notes));
    standing.lines(sheet)
}

/// Which certificates are trusted, when it is not simply the machine's authorities.
pub(in crate::cli) fn trusted(insecure_skip_verify: bool, tls: &Certificates) -> Option<String> {
    match tls {
        _ if insecure_skip_verify => Some("any is accepted".to_owned()),
        Certificates { pinned_sha256: Some(pin), .. } => Some(format!("only {pin}")),
        Certificates { ca_certificate: Some(_), .. } => Some("by its own authority".to_owned()),
        _ => None,
    }
}

/// A value as JSON spells it, with `-` for `_` as the command line does.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(|word| word.replace('_', "-"))).unwrap_or_default()
}
