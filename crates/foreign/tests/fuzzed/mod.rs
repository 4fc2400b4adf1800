//! What must hold of any bytes whatever, one function for each reader. `dev/fuzz` looks for bytes of which it does not; the test `corpus`
//! tries those that were kept.

use foreign::{Broken, Found, FoundConnection, FoundKapacitor, Remark, Variables, bolt, chronograf, pasted, template};
use model::{Name, Target};
use url::Url;

/// The value of every variable: no message may hold it.
const CANARY: &str = "c4n4ry \"\\{{ .A }}";

fn variables() -> Variables {
    ["A", "INFLUXDB_USER", "INFLUXDB_PASS", "INFLUXDB_URL", "KAPACITOR_URL"].map(|name| (name.to_owned(), CANARY.to_owned())).into()
}

/// A `.src` file.
pub(crate) fn src(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match chronograf::connection(&text, &variables()) {
        Ok((connection, remarks)) => {
            holds_of_connection(&connection);
            hold_of_remarks(&text, &remarks);
        }
        Err(broken) => holds_of_broken(&text, &broken),
    }
}

/// A `.kap` file.
pub(crate) fn kap(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match chronograf::kapacitor(&text, &variables()) {
        Ok((kapacitor, remarks)) => {
            holds_of_kapacitor(&kapacitor);
            hold_of_remarks(&text, &remarks);
        }
        Err(broken) => holds_of_broken(&text, &broken),
    }
    if let Err(broken) = chronograf::organization(&text, &variables()) {
        holds_of_broken(&text, &broken);
    }
}

/// A template: filled with a mark that stands nowhere else, then the mark replaced, it is the same as filled at once.
pub(crate) fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mark = "\u{10fffe}";
    if text.contains(mark) {
        return;
    }
    let with = |value: &str| template::fill(&text, &Variables::from([("A".to_owned(), value.to_owned())]));
    match (with(mark), with(CANARY)) {
        (Ok(marked), Ok(filled)) => assert_eq!(marked.replace(mark, CANARY), filled),
        (Err(one), Err(other)) => {
            assert_eq!(one, other);
            assert!(text.contains(CANARY) || !one.to_string().contains(CANARY));
        }
        _ => panic!("the value of a variable decides whether a template can be filled"),
    }
    if !template::is_template(&text) {
        assert_eq!(with(CANARY).as_deref(), Ok(&*text));
    }
}

/// Chronograf's database. The checksums of both heads are made right first: no change behind them would matter otherwise.
pub(crate) fn bolt(bytes: &[u8]) {
    let mut file = bytes.to_vec();
    for page in [0, 1024, 4096] {
        if let Some(meta) = file.get_mut(page + 16..page + 80) {
            let (head, checksum) = meta.split_at_mut(56);
            let right = head.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
            checksum.copy_from_slice(&right.to_le_bytes());
        }
    }
    for bytes in [&file[..], bytes] {
        let Ok(found) = bolt::read(bytes) else { continue };
        holds_of_found(&found);
        for kapacitor in &found.kapacitors {
            assert!(found.connections.iter().any(|connection| connection.number == kapacitor.connection_number));
            assert!(kapacitor.organization.is_some());
        }
        assert!(found.connections.iter().all(|connection| connection.number.is_some_and(|number| number >= 0)));
        assert!(found.connections.iter().all(|connection| connection.organization.is_some()));
    }
}

/// Whatever somebody pastes.
pub(crate) fn pasted(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match pasted::read(&text) {
        Ok(found) => holds_of_found(&found),
        Err(broken) => holds_of_broken(&text, &broken),
    }
}

fn holds_of_found(found: &Found) {
    found.connections.iter().for_each(holds_of_connection);
    found.kapacitors.iter().for_each(holds_of_kapacitor);
}

fn holds_of_connection(found: &FoundConnection) {
    assert!(Name::new(&found.name).is_ok(), "{:?}", found.name);
    if let Some(url) = found.connection.target.url() {
        is_an_address(url);
    }
    if let Target::V1 { meta_url: Some(url), .. } = &found.connection.target {
        is_an_address(url);
    }
}

fn holds_of_kapacitor(found: &FoundKapacitor) {
    assert!(Name::new(&found.name).is_ok(), "{:?}", found.name);
    is_an_address(&found.url);
}

/// Nothing in it that may be a secret, and nothing that the rest of the house refuses.
fn is_an_address(url: &Url) {
    assert!(matches!(url.scheme(), "http" | "https") && url.has_host());
    assert!(url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none());
}

fn hold_of_remarks(text: &str, remarks: &[Remark]) {
    for remark in remarks {
        is_a_line_of(text, remark.line);
        is_one_line(text, &remark.text);
    }
}

fn holds_of_broken(text: &str, broken: &Broken) {
    is_a_line_of(text, broken.line);
    is_one_line(text, &broken.to_string());
}

fn is_a_line_of(text: &str, line: Option<usize>) {
    if let Some(line) = line {
        assert!(line >= 1 && line <= text.matches('\n').count() + 1, "there is no line {line}");
    }
}

fn is_one_line(text: &str, message: &str) {
    assert!(!message.contains('\n'), "{message:?}");
    assert!(text.contains(CANARY) || !message.contains(CANARY), "{message:?}");
}
