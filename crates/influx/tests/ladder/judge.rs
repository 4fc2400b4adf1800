//! The judge: sets a scene, lets it be checked, and complains of everything that a check may not do.

use std::time::Instant;

use influx::Drivers;
use libtest_mimic::Failed;
use model::{
    Code, Failure, FailureKind, Finding, Verdict,
    edges::{Influx, Tell},
};
use url::Url;

use crate::{
    fault::{Expected, Fault, Kind},
    servers::Seen,
    stage::{Scene, Subject, WRONG, only_asked},
    table::Row,
};

/// Tries one fault.
pub(crate) async fn judge(fault: Fault, place: usize) -> Row {
    let mut row = Row::of(&fault, place);
    let Fault { kind, expected, within, stage, .. } = fault;
    // A task of its own, so that a scene that cannot be set is a row too.
    let tried = tokio::spawn(async move {
        let mut scene = stage().await;
        let mut findings = Vec::new();
        let began = Instant::now();
        check(&scene.subject, &scene.drivers, &mut |finding| findings.push(finding)).await;
        let took = began.elapsed();
        let mut complaints = Vec::new();
        for proof in std::mem::take(&mut scene.proofs) {
            complaints.extend(proof.await.err());
        }
        (scene, findings, took, complaints)
    });
    let (scene, findings, took, complaints) = match tried.await {
        Ok(tried) => tried,
        Err(panicked) => {
            row.complaints.push(format!("the scene could not be set: {panicked}"));
            return row;
        }
    };
    row.took = took;
    row.complaints = complaints;
    if took > within {
        row.complaints.push(format!("it took {} ms of {} ms", took.as_millis(), within.as_millis()));
    }
    let told = findings.iter().find(|finding| finding.verdict != Verdict::Passed);
    row.found_step = told.map(|finding| finding.step.clone()).unwrap_or_default();
    row.found_code = told.and_then(|finding| finding.code).map(|code| code.as_str().to_owned()).unwrap_or_default();

    row.complaints.extend(complaints_of(kind, &expected, &scene, &findings));
    if !row.complaints.is_empty() {
        row.complaints.push(format!("the findings: {findings:#?}"));
    }
    row
}

/// Everything that is wrong with what was told.
fn complaints_of(kind: Kind, expected: &Expected, scene: &Scene, findings: &[Finding]) -> Vec<String> {
    let mut complaints: Vec<String> = steps(kind, expected, scene, findings).into_iter().collect();
    complaints.extend(verdicts(expected, scene.instead, findings));
    complaints.extend(words(scene, findings));
    complaints
}

async fn check(subject: &Subject, drivers: &Drivers, tell: Tell<'_>) {
    match subject {
        Subject::Connection(access) => drivers.check(access, tell).await,
        Subject::Kapacitor(access) => drivers.check_kapacitor(access, tell).await,
    }
}

/// Every step from the first to the last that is to be tried, each once, in order.
fn steps(kind: Kind, expected: &Expected, scene: &Scene, findings: &[Finding]) -> Option<String> {
    let all: &[&str] = match kind {
        Kind::File => &["url", "database", "write"],
        Kind::Kapacitor => &["url", "policy", "dns", "tcp", "tls", "http", "product", "authentication", "configuration"],
        Kind::V1 | Kind::V2 | Kind::V3 => &["url", "policy", "dns", "tcp", "tls", "http", "product", "authentication", "database", "write"],
    };
    let is_tls = scene.url().is_some_and(|url: &Url| url.scheme() == "https");
    let mut due: Vec<&str> = all.iter().copied().filter(|step| *step != "tls" || is_tls).collect();
    if let Expected::Fails { step, .. } = expected {
        let last = due.iter().position(|due| due == step).map_or(due.len(), |at| at + 1);
        due.truncate(last);
    }
    let tried: Vec<&str> = findings.iter().map(|finding| finding.step.as_str()).collect();
    (tried != due).then(|| format!("the steps are {tried:?}, not {due:?}"))
}

/// What must fail fails, what must warn warns, everything else passes.
fn verdicts(expected: &Expected, instead: Option<Code>, findings: &[Finding]) -> Vec<String> {
    let mut complaints = Vec::new();
    for finding in findings {
        let (verdict, code, field) = match expected {
            Expected::Fails { step, code, field } if *step == finding.step => (Verdict::Failed, instead.or(Some(*code)), Some(*field)),
            Expected::Warns { step, code } if *step == finding.step => (Verdict::Warning, Some(*code), finding.field.as_deref()),
            _ => (Verdict::Passed, None, None),
        };
        if finding.verdict != verdict {
            complaints.push(format!("`{}` is {:?}, not {verdict:?}", finding.step, finding.verdict));
        }
        if finding.code != code {
            complaints.push(format!("`{}` has the code {:?}, not {code:?}", finding.step, finding.code));
        }
        if finding.field.as_deref() != field {
            complaints.push(format!("`{}` belongs to the field {:?}, not {field:?}", finding.step, finding.field));
        }
        let advice = finding.advice.as_deref().unwrap_or_default();
        if advice.is_empty() != (verdict == Verdict::Passed) || advice.contains('\n') {
            complaints.push(format!("the advice of `{}` is {advice:?}", finding.step));
        }
        if finding.detail.is_empty() || finding.detail.contains(['\n', '\r']) {
            complaints.push(format!("the detail of `{}` is {:?}", finding.step, finding.detail));
        }
    }
    complaints
}

/// The words and facts that must be told, and the secrets that may not.
fn words(scene: &Scene, findings: &[Finding]) -> Vec<String> {
    let mut complaints = Vec::new();
    let told = findings.iter().find(|finding| finding.verdict != Verdict::Passed);
    let said = told.map(|told| format!("{} {}", told.detail, told.advice.as_deref().unwrap_or_default())).unwrap_or_default();
    for word in &scene.words {
        if !said.contains(word) {
            complaints.push(format!("neither detail nor advice says `{word}`"));
        }
    }
    for (name, value) in &scene.facts {
        if !findings.iter().any(|finding| finding.facts.get(*name).is_some_and(|found| found.contains(value))) {
            complaints.push(format!("no fact `{name}` holds `{value}`"));
        }
    }
    let all = format!("{findings:?} {}", serde_json::to_string(findings).unwrap());
    if scene.all_hidden().iter().any(|secret| all.contains(secret.as_str())) {
        complaints.push("a secret stands in a finding".to_owned());
    }
    complaints
}

/// The judge is judged: what is right passes, and each way of being wrong is complained of.
pub(crate) fn is_just() -> Result<(), Failed> {
    let expected = Expected::Fails { step: "dns", code: Code::DnsUnknown, field: "url" };
    let scene = Scene::v1(&Url::parse("http://nowhere.invalid:8086")?).says("nowhere").tells("address", "none").hides(WRONG);
    let failure = || Failure::new(FailureKind::InfluxDns, "resolving nowhere.invalid").coded(Code::DnsUnknown);
    let right = || {
        vec![
            Finding::passed("url", "http://nowhere.invalid:8086/", 0),
            Finding::passed("policy", "allowed", 0),
            Finding::failed("dns", &failure(), 1, Some("url")).fact("address", "none"),
        ]
    };
    let complaints = complaints_of(Kind::V1, &expected, &scene, &right());
    if !complaints.is_empty() {
        return Err(format!("what is right is complained of: {complaints:?}").into());
    }
    type Spoil = fn(&mut Vec<Finding>);
    let spoiled: [(&str, Spoil); 11] = [
        ("a step is left out", |findings| drop(findings.remove(1))),
        ("a step comes twice", |findings| findings.insert(1, findings[0].clone())),
        ("a step follows the failure", |findings| findings.push(Finding::passed("tcp", "connected", 0))),
        ("nothing fails", |findings| findings[2].verdict = Verdict::Passed),
        ("an earlier step warns", |findings| findings[1].verdict = Verdict::Warning),
        ("the code is another", |findings| findings[2].code = Some(Code::DnsFailed)),
        ("the field is missing", |findings| findings[2].field = None),
        ("there is no advice", |findings| findings[2].advice = None),
        ("the advice has two lines", |findings| findings[2].advice = Some("one\ntwo".to_owned())),
        ("a fact is missing", |findings| findings[2].facts.clear()),
        ("a secret is told", |findings| findings[0].detail = format!("http://someone:{WRONG}@nowhere.invalid")),
    ];
    for (way, spoil) in spoiled {
        let mut findings = right();
        spoil(&mut findings);
        if complaints_of(Kind::V1, &expected, &scene, &findings).is_empty() {
            return Err(format!("nobody complains when {way}").into());
        }
    }
    for (method, path, body, is_question) in [
        ("GET", "/ping", "", true),
        ("GET", "/query", "", true),
        ("POST", "/query", "q=SHOW+DATABASES", true),
        ("POST", "/query", "q=CREATE+DATABASE+x", false),
        ("POST", "/api/v3/write_lp", "", true),
        ("POST", "/write", "m f=1", false),
        ("POST", "/api/v3/configure/database", "", false),
        ("POST", "/kapacitor/v1/config/smtp/", "{}", false),
        ("DELETE", "/api/v2/buckets/1", "", false),
    ] {
        let (method, path, body) = (method.to_owned(), path.to_owned(), body.as_bytes().to_vec());
        let seen = Seen {
            method,
            path,
            query_text: String::new(),
            query: Default::default(),
            headers: Default::default(),
            wire_bytes: body.len(),
            body,
        };
        if only_asked(std::slice::from_ref(&seen)).is_ok() != is_question {
            return Err(format!("{} {} is judged wrongly", seen.method, seen.path).into());
        }
    }
    Ok(())
}
