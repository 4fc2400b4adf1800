//! What is trusted and shown in a TLS handshake, as people give it: certificates and keys in PEM, a certificate's fingerprint.

use model::Certificates;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use super::Invalid;

/// The longest text of certificates, in bytes: a chain of a dozen, or a bundle of some authorities.
const MAX_PEM_BYTES: usize = 256 * 1024;

/// The certificates as they are stored: blanks taken for absent, the fingerprint in one form, at most one way to trust a server.
pub(super) fn validated(tls: Certificates, insecure_skip_verify: bool) -> Result<Certificates, Invalid> {
    let tls = Certificates {
        ca_certificate: certificates("tls.ca_certificate", tls.ca_certificate)?,
        pinned_sha256: fingerprint("tls.pinned_sha256", tls.pinned_sha256)?,
        client_certificate: certificates("tls.client_certificate", tls.client_certificate)?,
    };
    let ways = [
        ("tls.ca_certificate", tls.ca_certificate.is_some()),
        ("tls.pinned_sha256", tls.pinned_sha256.is_some()),
        ("insecure_skip_verify", insecure_skip_verify),
    ];
    let mut given = ways.into_iter().filter(|(_, given)| *given).map(|(field, _)| field);
    if let (Some(first), Some(second)) = (given.next(), given.next()) {
        return Err(Invalid::new(
            second,
            format!("`{first}` and `{second}` both say whom to trust"),
            "give one of `tls.ca_certificate`, `tls.pinned_sha256` and `insecure_skip_verify`, and null for the others",
        ));
    }
    Ok(tls)
}

/// Refuses a client certificate in `field` without its key, and a key without its certificate.
pub(super) fn is_shown_with_its_key(field: &str, certificate: Option<&String>, has_key: bool) -> Result<(), Invalid> {
    match (certificate, has_key) {
        (Some(_), false) => Err(Invalid::new(
            "secrets.client_key",
            format!("`{field}` is given and no key for it is kept"),
            "give its private key in `secrets.client_key`; a kept one is forgotten when scheme, host, port or user change",
        )),
        (None, true) => Err(Invalid::new(
            field,
            "`secrets.client_key` is kept and there is no certificate for it",
            format!("give its certificate in `{field}`, or null for `secrets.client_key`"),
        )),
        _ => Ok(()),
    }
}

/// Refuses what is not one private key in PEM, without repeating it.
pub(super) fn is_private_key(field: &str, text: &str) -> Result<(), Invalid> {
    match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(_) => Ok(()),
        Err(_) => Err(Invalid::new(
            field,
            "the client_key is not a private key in PEM",
            "give it whole, unencrypted, from `-----BEGIN … PRIVATE KEY-----` to its END line",
        )),
    }
}

/// Certificates in PEM as they are stored; blanks are taken for none.
pub(super) fn certificates(field: &str, text: Option<String>) -> Result<Option<String>, Invalid> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.len() > MAX_PEM_BYTES {
        return Err(Invalid::new(field, format!("`{field}` has {} bytes", text.len()), format!("at most {MAX_PEM_BYTES} are kept")));
    }
    // A key in the place of a certificate would be shown to everyone who may read the object.
    if text.contains("PRIVATE KEY") {
        return Err(Invalid::new(
            field,
            format!("`{field}` holds a private key"),
            "give the certificates alone; the key goes into `secrets.client_key`",
        ));
    }
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
        certificate.map_err(|_| not_pem(field))?;
        count += 1;
    }
    if count == 0 {
        return Err(not_pem(field));
    }
    Ok(Some(text + "\n"))
}

fn not_pem(field: &str) -> Invalid {
    Invalid::new(
        field,
        format!("`{field}` is not a certificate in PEM"),
        "give it whole, from `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`, several one after another",
    )
}

/// 64 hexadecimal digits in lower case; colons, spaces and upper case, as other tools print them, are taken away.
fn fingerprint(field: &str, text: Option<String>) -> Result<Option<String>, Invalid> {
    let Some(text) = text else { return Ok(None) };
    let digits: String = text.chars().filter(|letter| *letter != ':' && !letter.is_whitespace()).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(Invalid::new(
            field,
            format!("`{field}` is not the SHA-256 of a certificate"),
            "give 64 hexadecimal digits, as the check shows them or as `openssl x509 -noout -fingerprint -sha256` prints them",
        ));
    }
    Ok(Some(digits.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: &str = "tls.client_certificate";
    const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

    #[test]
    fn a_fingerprint_is_kept_in_one_form() {
        let printed = "AB:".repeat(31) + "AB";
        for text in [printed.as_str(), &"ab".repeat(32), &format!(" {} ", "aB".repeat(32))] {
            let tls = Certificates { pinned_sha256: Some(text.to_owned()), ..Certificates::default() };
            assert_eq!(validated(tls, false).unwrap().pinned_sha256, Some("ab".repeat(32)), "{text}");
        }
        for text in ["ab", &"zz".repeat(32), &"ab".repeat(33), &"é".repeat(32)] {
            let tls = Certificates { pinned_sha256: Some(text.to_owned()), ..Certificates::default() };
            assert_eq!(validated(tls, false).unwrap_err().field, "tls.pinned_sha256", "{text}");
        }
    }

    #[test]
    fn a_certificate_is_in_pem_and_no_key() {
        let of = |text: &str| validated(Certificates { ca_certificate: Some(text.to_owned()), ..Certificates::default() }, false);
        assert_eq!(of(" \n").unwrap().ca_certificate, None);
        assert!(of(&format!("{PEM}\n{PEM}\n")).is_ok());
        for text in ["no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n", KEY, &format!("{PEM}\n{KEY}")] {
            let invalid = of(text).unwrap_err();
            assert_eq!(invalid.field, "tls.ca_certificate", "{text}");
            assert!(!format!("{invalid:?}").contains("AAAA"));
        }
    }

    #[test]
    fn only_one_thing_says_whom_to_trust() {
        let both = Certificates { ca_certificate: Some(PEM.to_owned()), pinned_sha256: Some("ab".repeat(32)), ..Certificates::default() };
        assert_eq!(validated(both, false).unwrap_err().field, "tls.pinned_sha256");
        let pin = Certificates { pinned_sha256: Some("ab".repeat(32)), ..Certificates::default() };
        assert_eq!(validated(pin, true).unwrap_err().field, "insecure_skip_verify");
        let shown = Certificates { client_certificate: Some(PEM.to_owned()), ..Certificates::default() };
        assert!(validated(shown, true).is_ok());
    }

    #[test]
    fn a_client_certificate_and_its_key_come_together() {
        let shown = Certificates { client_certificate: Some(PEM.to_owned()), ..Certificates::default() };
        assert_eq!(is_shown_with_its_key(FIELD, shown.client_certificate.as_ref(), false).unwrap_err().field, "secrets.client_key");
        assert_eq!(is_shown_with_its_key(FIELD, None, true).unwrap_err().field, "tls.client_certificate");
        assert!(is_shown_with_its_key(FIELD, shown.client_certificate.as_ref(), true).is_ok());
    }

    #[test]
    fn a_key_is_a_private_key_in_pem_and_is_never_repeated() {
        assert!(is_private_key("secrets.client_key", KEY).is_ok());
        for text in ["hunter2", PEM] {
            let invalid = is_private_key("secrets.client_key", text).unwrap_err();
            assert!(!format!("{invalid:?}").contains("hunter2"));
        }
    }
}
