use model::Certificates;
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::*;

fn client_pair() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["tributary".to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn authority_pem() -> String {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap().pem()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

#[test]
fn settings_that_cannot_be_used_name_their_field_and_repeat_nothing() {
    let (certificate, key) = client_pair();
    let (_, other_key) = client_pair();
    let ca = authority_pem();
    let pin = "ab".repeat(32);
    let some = |text: &str| Some(text.to_owned());
    let none = Certificates::default;
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for (certificates, skip, key, field) in [
        (Certificates { ca_certificate: some("canary"), ..none() }, false, None, Some(CA_CERTIFICATE)),
        (
            Certificates { ca_certificate: some("-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n"), ..none() },
            false,
            None,
            Some(CA_CERTIFICATE),
        ),
        (Certificates { ca_certificate: some("-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n"), ..none() }, false, None, Some(CA_CERTIFICATE)),
        (Certificates { ca_certificate: some(&format!("{ca}{key}")), ..none() }, false, None, Some(CA_CERTIFICATE)),
        (Certificates { ca_certificate: some(&ca), ..none() }, false, None, None),
        (Certificates { ca_certificate: some(&format!("{ca}{ca}")), ..none() }, false, None, None),
        (Certificates { ca_certificate: some(" \n"), ..none() }, true, None, None),
        (Certificates { ca_certificate: some(&ca), ..none() }, true, None, Some(SKIP_VERIFY)),
        (Certificates { ca_certificate: some(&ca), pinned_sha256: some(&pin), ..none() }, false, None, Some(PINNED_SHA256)),
        (Certificates { pinned_sha256: some(&pin), ..none() }, true, None, Some(SKIP_VERIFY)),
        (Certificates { pinned_sha256: some("12:34"), ..none() }, false, None, Some(PINNED_SHA256)),
        (Certificates { pinned_sha256: some(&"zz".repeat(32)), ..none() }, false, None, Some(PINNED_SHA256)),
        (Certificates { pinned_sha256: some(&"é".repeat(32)), ..none() }, false, None, Some(PINNED_SHA256)),
        (Certificates { client_certificate: some(&certificate), ..none() }, false, None, Some(CLIENT_KEY)),
        (Certificates { client_certificate: some(&certificate), ..none() }, false, Some("canary"), Some(CLIENT_KEY)),
        (Certificates { client_certificate: some(&certificate), ..none() }, false, Some(encrypted), Some(CLIENT_KEY)),
        (Certificates { client_certificate: some(&certificate), ..none() }, false, Some(&other_key), Some(CLIENT_KEY)),
        (Certificates { client_certificate: some(&certificate), ..none() }, false, Some(&key), None),
        (Certificates { client_certificate: some("canary"), ..none() }, false, Some(&key), Some(CLIENT_CERTIFICATE)),
        (none(), false, Some(&key), Some(CLIENT_CERTIFICATE)),
        (none(), false, None, None),
    ] {
        let settings = TlsSettings::of(&certificates, skip, key.map(secret).as_ref());
        assert_eq!(settings.unusable_field(), field, "{certificates:?}");
        let Some(field) = field else {
            settings.usable().unwrap();
            continue;
        };
        let failure = settings.usable().unwrap_err();
        assert_eq!((failure.kind, failure.code()), (FailureKind::InfluxTls, Code::TlsSettings));
        assert_eq!(settings.field_of(failure.code()), field);
        assert!(failure.chain().contains(field), "{}", failure.chain());
        for line in [certificate.lines().nth(1), key.and_then(|key| key.lines().nth(1)), Some("canary"), Some("Y2FuYXJ5")] {
            assert!(!failure.chain().contains(line.unwrap_or("canary")), "{}", failure.chain());
        }
    }
}

#[test]
fn a_pin_is_read_as_tools_print_it() {
    let expected: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 7).unwrap());
    let lower: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
    let colons = expected.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    for text in [&lower, &lower.to_uppercase(), &colons, &format!(" {} {}\n", &lower[..32], &lower[32..])] {
        assert!(matches!(pinned(text), Ok(read) if read == expected), "{text}");
    }
}

#[test]
fn equal_settings_share_connections_and_others_do_not() {
    let (certificate, key) = client_pair();
    let shown = Certificates { client_certificate: Some(certificate), ..Certificates::default() };
    let print =
        |certificates: &Certificates, skip, key: Option<&str>| TlsSettings::of(certificates, skip, key.map(secret).as_ref()).print();
    let plain = print(&Certificates::default(), false, None);
    assert_eq!(plain, TlsSettings::plain(false).print());
    assert_eq!(plain, print(&Certificates { ca_certificate: Some(" ".to_owned()), ..Certificates::default() }, false, None));
    assert_ne!(plain, TlsSettings::plain(true).print());
    assert_ne!(print(&shown, false, Some(&key)), print(&shown, false, Some("another")));
    assert_ne!(print(&shown, false, Some(&key)), plain);
    let (a, b) = ("ab".repeat(32), "cd".repeat(32));
    let pin = |pin: &str| Certificates { pinned_sha256: Some(pin.to_owned()), ..Certificates::default() };
    assert_ne!(print(&pin(&a), false, None), print(&pin(&b), false, None));
    // The same text in another field is another setting.
    assert_ne!(print(&pin(&a), false, None), print(&Certificates { ca_certificate: Some(a), ..Certificates::default() }, false, None));
}

#[test]
fn nothing_that_is_printed_holds_a_key() {
    let (certificate, key) = client_pair();
    let certificates = Certificates { client_certificate: Some(certificate), ..Certificates::default() };
    let settings = TlsSettings::of(&certificates, false, Some(&secret(&key)));
    let roots = MachineRoots::default();
    let pinned = TlsSettings::of(&Certificates { pinned_sha256: Some("ab".repeat(32)), ..certificates }, false, Some(&secret(&key)));
    let config = pinned.config(&roots, Some(Arc::default())).unwrap();
    let printed = format!("{settings:?} {config:?} {:?}", pinned.config(&roots, None).unwrap());
    let der = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let scalar = &der.secret_der()[40..60];
    assert!(printed.contains("shows_a_certificate: true"));
    assert!(!printed.contains(key.lines().nth(1).unwrap()));
    assert!(!printed.contains(&format!("{scalar:?}").trim_matches(['[', ']']).to_owned()), "{printed}");
}
