//! Chronograf's database: what is in two of them, to the last password, and what damage does.

use foreign::{Found, bolt};
use model::{Connection, SecretField, Target, V1Edition, V3Edition};
use proptest::prelude::*;
use secrecy::ExposeSecret;

const SMALL: &[u8] = include_bytes!("fixtures/chronograf-v1.db");
const LARGE: &[u8] = include_bytes!("fixtures/chronograf-v1-605-sources.db");

/// One line for each connection: everything that was found.
fn connections(found: &Found) -> Vec<String> {
    found
        .connections
        .iter()
        .map(|one| {
            let Connection { target, telegraf_database, insecure_skip_verify, .. } = &one.connection;
            let target = match target {
                Target::V1 { url, database, username, retention_policy, edition, meta_url } => format!(
                    "{} {url} db={database} user={username:?} rp={retention_policy:?} meta={}",
                    match edition {
                        V1Edition::Oss => "oss",
                        V1Edition::Enterprise => "enterprise",
                        V1Edition::Relay => "relay",
                    },
                    meta_url.as_ref().map_or("-", |url| url.as_str())
                ),
                Target::V2 { url, organization, bucket } => format!("v2 {url} org={organization} bucket={bucket}"),
                Target::V3 { url, database, edition, cluster_id, account_id } => {
                    assert_eq!(*edition, V3Edition::CloudDedicated);
                    format!("dedicated {url} db={database} cluster={cluster_id:?} account={account_id:?}")
                }
                Target::File { .. } => panic!("no folder is in a database"),
            };
            format!(
                "{} {:?} of {} {target} telegraf={} skip={insecure_skip_verify} default={}{}",
                one.number.expect("every row has one"),
                one.name,
                one.organization.as_deref().expect("every row has one"),
                telegraf_database.as_deref().expect("every row has one"),
                one.default,
                one.secrets.iter().map(|(field, secret)| format!(" {}={}", field.as_str(), secret.expose_secret())).collect::<String>()
            )
        })
        .collect()
}

fn kapacitors(found: &Found) -> Vec<String> {
    let line = |one: &foreign::FoundKapacitor| {
        format!(
            "{} {:?} at {} of {} {} user={:?} skip={} active={} password={:?}",
            one.number.expect("every row has one"),
            one.name,
            one.connection_number.expect("every row has one"),
            one.organization.as_deref().expect("every row has one"),
            one.url,
            one.username,
            one.insecure_skip_verify,
            one.active,
            one.secrets.get(&SecretField::Password).map(|secret| secret.expose_secret())
        )
    };
    found.kapacitors.iter().map(line).collect()
}

fn remarks(found: &Found) -> Vec<&str> {
    found.remarks.iter().map(|remark| remark.text.as_str()).collect()
}

const SMALL_CONNECTIONS: [&str; 5] = [
    r#"1 "Influx 1" of default oss http://localhost:8086/ db=telegraf user=Some("admin") rp=Some("autogen") meta=- telegraf=telegraf skip=false default=true password=p&w"+'<é>"#,
    r#"2 "Enterprise" of default enterprise https://ent:8086/ db=telegraf user=Some("root") rp=None meta=https://meta:8091/ telegraf=telegraf skip=true default=false shared_secret=jwtsecret"#,
    r#"3 "V2 cloud" of 1 v2 https://eu-central-1-1.aws.cloud2.influxdata.com/ org=my org bucket=telegraf telegraf=telegraf skip=false default=false token=tok=="#,
    r#"4 "V3 dedicated" of default dedicated https://c.a.influxdb.io/ db=mydb cluster=Some("11111111-1111-1111-1111-111111111111") account=Some("22222222-2222-2222-2222-222222222222") telegraf=telegraf skip=false default=false token=dbtok management_token=mgmttok"#,
    r#"5 "Pre-1.4 no org, no type" of default oss http://old:8086/ db=telegraf user=None rp=None meta=- telegraf=telegraf skip=false default=false"#,
];

#[test]
fn a_database_is_read_completely_passwords_included() {
    let found = bolt::read(SMALL).unwrap();
    assert_eq!(connections(&found), SMALL_CONNECTIONS);
    assert_eq!(
        kapacitors(&found),
        [
            r#"1 "My Kapacitor" at 1 of default http://localhost:9092/ user=Some("kap") skip=false active=true password=Some("kappass")"#,
            r#"2 "Spare" at 1 of default https://kap2:9092/ user=None skip=true active=false password=None"#,
        ]
    );
    let organizations: Vec<(&str, &str)> = found.organizations.iter().map(|one| (one.alias.as_str(), one.name.as_str())).collect();
    assert_eq!(organizations, [("1", "Second Org"), ("default", "Default")]);
    assert_eq!(
        remarks(&found),
        [
            "connection 3: `defaultDB`: no bucket is named; the Telegraf database is taken for it",
            "connection 4: files with tags are not read",
            "service 3 was left out: it is no Kapacitor",
        ]
    );
    assert_eq!(found.broken, []);
}

#[test]
fn a_database_of_many_pages_is_read_completely_and_in_order() {
    let found = bolt::read(LARGE).unwrap();
    let lines = connections(&found);
    assert_eq!(lines.len(), 605);
    assert_eq!(lines[..5], SMALL_CONNECTIONS);
    for (at, line) in lines.iter().enumerate().skip(5) {
        let n = at + 1;
        let expected = format!(
            r#"{n} "bulk {n}" of default oss http://h{n}:8086/ db=telegraf user=Some("u") rp=None meta=- telegraf=telegraf skip=false default=false password=secret"#
        );
        assert_eq!(line, &expected);
    }
    assert_eq!((found.kapacitors.len(), found.organizations.len(), found.broken.len()), (2, 2, 0));
}

#[test]
fn one_damaged_head_does_no_harm_as_long_as_the_other_stands() {
    let newest = connections(&bolt::read(LARGE).unwrap());
    // The first head is the newer one of these files; the second describes the database before anything was in it.
    let mut second_gone = LARGE.to_vec();
    second_gone[4096..4096 + 80].fill(0xff);
    assert_eq!(connections(&bolt::read(&second_gone).unwrap()), newest);

    let mut first_gone = LARGE.to_vec();
    first_gone[20] ^= 1;
    let reason = bolt::read(&first_gone).unwrap_err().reason;
    assert!(reason.contains("not one of Chronograf"), "{reason}");

    // With the two exchanged (each bears its page number), the newer one is found where it is.
    let mut exchanged = LARGE.to_vec();
    exchanged[16..80].copy_from_slice(&LARGE[4096 + 16..4096 + 80]);
    exchanged[4096 + 16..4096 + 80].copy_from_slice(&LARGE[16..80]);
    assert_eq!(connections(&bolt::read(&exchanged).unwrap()), newest);
    exchanged[16..80].fill(0);
    assert_eq!(connections(&bolt::read(&exchanged).unwrap()), newest);

    second_gone[20] ^= 1;
    assert!(bolt::read(&second_gone).is_err());
}

#[test]
fn a_file_that_is_something_else_is_told_so() {
    for bytes in [&b""[..], b"SQLite format 3\0", &[0; 8192], &SMALL[..79]] {
        assert!(bolt::read(bytes).unwrap_err().reason.starts_with("this is no BoltDB file"), "{} bytes", bytes.len());
    }
    let mut version = SMALL.to_vec();
    for head in [16, 4096 + 16] {
        version[head + 4] = 3;
    }
    assert!(bolt::read(&version).unwrap_err().reason.contains("another version"));
    let mut swapped = SMALL.to_vec();
    for head in [16, 4096 + 16] {
        swapped[head..head + 4].reverse();
    }
    assert!(bolt::read(&swapped).unwrap_err().reason.contains("big-endian"));
}

#[test]
fn a_file_that_is_cut_off_is_told_so() {
    let reason = bolt::read(&LARGE[..4096 * 20]).unwrap_err().reason;
    assert!(reason.contains("cut off"), "{reason}");
}

#[test]
fn a_page_that_stands_twice_in_its_tree_ends_the_reading() {
    // The branch page of the connections: kind 1 in its header.
    let branch = (2..LARGE.len() / 4096).map(|page| page * 4096).find(|at| LARGE[at + 8] == 1 && LARGE[at + 10] > 2).unwrap();
    let mut twice = LARGE.to_vec();
    let first_child: [u8; 8] = LARGE[branch + 24..branch + 32].try_into().unwrap();
    twice[branch + 40..branch + 48].copy_from_slice(&first_child);
    assert!(bolt::read(&twice).unwrap_err().reason.contains("twice"));

    let mut itself = LARGE.to_vec();
    let own = (branch as u64 / 4096).to_le_bytes();
    itself[branch + 24..branch + 32].copy_from_slice(&own);
    assert!(bolt::read(&itself).is_err());
}

type Pair<'a> = (&'a [u8], Vec<u8>);

/// A database of one page with these buckets in it, each with its pairs.
fn database(buckets: &[(&str, &[Pair<'_>])]) -> Vec<u8> {
    fn page(number: u64, flags: u32, pairs: &[Pair<'_>]) -> Vec<u8> {
        let mut page = [&number.to_le_bytes()[..], &2_u16.to_le_bytes(), &(pairs.len() as u16).to_le_bytes(), &[0; 4]].concat();
        let mut place = pairs.len() * 16;
        for (at, (key, value)) in pairs.iter().enumerate() {
            for number in [flags, (place - at * 16) as u32, key.len() as u32, value.len() as u32] {
                page.extend(number.to_le_bytes());
            }
            place += key.len() + value.len();
        }
        for (key, value) in pairs {
            page.extend([*key, value].concat());
        }
        page
    }
    let mut meta = [&0xED0C_DAED_u32.to_le_bytes()[..], &2_u32.to_le_bytes(), &4096_u32.to_le_bytes(), &[0; 4]].concat();
    for number in [2_u64, 0, 0, 3, 1] {
        meta.extend(number.to_le_bytes());
    }
    let checksum = meta.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    meta.extend(checksum.to_le_bytes());
    let mut file = [&[0; 8][..], &4_u16.to_le_bytes(), &[0; 6], &meta].concat();
    file.resize(2 * 4096, 0);
    let inline: Vec<Pair<'_>> = buckets.iter().map(|(name, pairs)| (name.as_bytes(), [vec![0; 16], page(0, 0, pairs)].concat())).collect();
    file.extend(page(2, 1, &inline));
    file.resize(3 * 4096, 0);
    file
}

/// A field of a record: a text, or a number.
fn text(field: u8, text: &str) -> Vec<u8> {
    let tag = u32::from(field) << 3 | 2;
    let tag = if tag < 128 { vec![tag as u8] } else { vec![(tag & 127) as u8 | 128, (tag >> 7) as u8] };
    [tag, vec![text.len() as u8], text.as_bytes().to_vec()].concat()
}

fn number(field: u8, number: u8) -> Vec<u8> {
    vec![field << 3, number]
}

#[test]
fn ciphertext_is_left_out_and_told_of() {
    let record = [number(1, 1), text(2, "n"), text(5, "AbCdEf"), text(6, "http://h"), text(11, "GhIjKl")].concat();
    let server = [number(1, 1), text(4, "MnOpQr"), text(5, "http://k"), number(6, 1)].concat();
    let pairs: [Pair<'_>; 1] = [(b"\0\0\0\0\0\0\0\x01", record)];
    let servers: [Pair<'_>; 1] = [(b"\0\0\0\0\0\0\0\x01", server)];
    let key: [Pair<'_>; 1] = [(b"secrets/wrapped-dek/v1", vec![1; 61])];

    let found = bolt::read(&database(&[("Servers", &servers), ("Sources", &pairs)])).unwrap();
    assert_eq!((found.connections[0].secrets.len(), found.kapacitors[0].secrets.len()), (2, 1));

    let found = bolt::read(&database(&[("ConfigV1", &key), ("Servers", &servers), ("Sources", &pairs)])).unwrap();
    assert!(remarks(&found)[0].starts_with("Chronograf encrypted the secrets in this file"), "{:?}", found.remarks);
    assert_eq!((found.connections[0].secrets.len(), found.kapacitors[0].secrets.len()), (0, 0));
}

#[test]
fn one_unusable_record_hides_no_other() {
    let good = [number(1, 3), text(2, "good"), text(6, "http://h")].concat();
    let records: [Pair<'_>; 4] = [
        (b"\0\0\0\0\0\0\0\x01", [number(1, 1), text(2, "bad url"), text(6, "hunter2")].concat()),
        (b"\0\0\0\0\0\0\0\x02", vec![0xff; 3]),
        (b"\0\0\0\0\0\0\0\x03", good),
        (b"\0\0\0\0\0\0\0\x04", [number(1, 4), text(3, "postgres"), text(6, "http://h")].concat()),
    ];
    let servers: [Pair<'_>; 2] = [
        (b"\0\0\0\0\0\0\0\x01", [number(1, 1), text(5, "http://k"), number(6, 9)].concat()),
        (b"\0\0\0\0\0\0\0\x02", [number(1, 2), text(5, "http://k"), number(6, 3), number(7, 1)].concat()),
    ];
    let found = bolt::read(&database(&[("Servers", &servers), ("Sources", &records)])).unwrap();
    assert_eq!(found.connections.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["good"]);
    assert_eq!(found.kapacitors.iter().map(|one| (one.number, one.active)).collect::<Vec<_>>(), [(Some(2), true)]);
    assert_eq!(found.organizations.len(), 1, "the default organization, which nobody wrote down");
    let reasons: Vec<&str> = found.broken.iter().map(|broken| broken.reason.as_str()).collect();
    assert_eq!(reasons.len(), 3);
    assert_eq!(reasons[0], "a connection was left out: 1: `url`: must begin with http:// or https://");
    assert_eq!(reasons[1], "a connection was left out: 2: its record cannot be read");
    assert!(reasons[2].starts_with("a connection was left out: 4: `type`: is no type"), "{reasons:?}");
    assert_eq!(remarks(&found)[0], "Kapacitor 1 was left out: its connection 9 is not in the file");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damage_makes_it_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), length in any::<prop::sample::Index>()) {
        // Anywhere, and near the heads of pages, where the structure is.
        for spread in [1, 16] {
            let mut bytes = SMALL.to_vec();
            for (at, byte) in &changes {
                let at = at.index(bytes.len() / spread);
                let at = if spread == 1 { at } else { at / 256 * 4096 + at % 256 };
                // A head with a wrong checksum would end the test before it begins.
                if !(16..80).contains(&at) && at < bytes.len() {
                    bytes[at] = *byte;
                }
            }
            let _ = bolt::read(&bytes);
            bytes.truncate(length.index(bytes.len()));
            let _ = bolt::read(&bytes);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..9000)) {
        let _ = bolt::read(&bytes);
    }
}
