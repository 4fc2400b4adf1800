//! What is wrong with the certificates of either side, and with what is spoken where TLS should be.

use model::{Code, SecretField};
use url::Url;

use crate::{
    broken::{Broken, Manner},
    canned::{Canned, page},
    certificates::{Authority, Guarded, Identity, Valid},
    fault::{Fault, Kind::*, fails, warns},
    servers::{Kind, Script, Scripted},
    stage::{PLACE, Scene, https},
};

/// An InfluxDB 1 behind this certificate, at its https address, with no certificate of the connection's own.
async fn behind(shown: Identity) -> Scene {
    guarded(shown, None, Scene::v1).await
}

async fn guarded(shown: Identity, clients: Option<&Authority>, scene: impl FnOnce(&Url) -> Scene) -> Scene {
    let server = Scripted::start(Script::new(Kind::V1, &[PLACE])).await;
    let tls = Guarded::start(&shown, clients, server.url()).await;
    scene(&tls.url("https")).tells("sha256", tls.sha256()).keeping(tls).on(server)
}

fn trusting(scene: Scene, authority: &Authority) -> Scene {
    let pem = authority.root_pem();
    scene.with(|access| access.connection.tls.ca_certificate = Some(pem))
}

const HERE: &[&str] = &["localhost"];

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = servers();
    faults.extend(ours());
    faults.extend(handshakes());
    faults
}

/// What is wrong with the server's certificate.
fn servers() -> Vec<Fault> {
    vec![
        fails("an_expired_certificate", V1, "tls", Code::TlsExpired, "url").when(async || {
            let authority = Authority::shared();
            trusting(behind(authority.signs(HERE, Valid::Past)).await, authority).says("2021")
        }),
        fails("a_certificate_that_is_not_valid_yet", V1, "tls", Code::TlsNotYetValid, "url").when(async || {
            let authority = Authority::shared();
            trusting(behind(authority.signs(HERE, Valid::Future)).await, authority).says("2089")
        }),
        fails("an_expired_certificate_above_a_good_one", V1, "tls", Code::TlsExpired, "url").when(async || {
            let authority = Authority::new("Aged", Valid::Past);
            trusting(behind(authority.signs(HERE, Valid::Now)).await, &authority)
        }),
        fails("a_self_signed_certificate", V1, "tls", Code::TlsSelfSigned, "url")
            .when(async || behind(Identity::self_signed(HERE)).await.tells("subject", "ladder self-signed").says("pin")),
        fails("an_authority_that_nobody_knows", V1, "tls", Code::TlsUnknownIssuer, "url")
            .when(async || behind(Authority::stranger().signs(HERE, Valid::Now)).await.tells("issuer", "Stranger intermediate")),
        fails("a_missing_intermediate_certificate", V1, "tls", Code::TlsIncompleteChain, "url").when(async || {
            let authority = Authority::shared();
            trusting(behind(authority.signs(HERE, Valid::Now).alone()).await, authority).tells("issuer", "Ladder intermediate")
        }),
        fails("a_certificate_for_another_name", V1, "tls", Code::TlsWrongName, "url").when(async || {
            let authority = Authority::shared();
            trusting(behind(authority.signs(&["influx.example.org"], Valid::Now)).await, authority).says("influx.example.org")
        }),
        fails("a_certificate_that_is_no_servers", V1, "tls", Code::TlsCertificate, "url").when(async || {
            let authority = Authority::shared();
            trusting(behind(authority.signs_client(HERE)).await, authority)
        }),
        warns("a_certificate_that_expires_within_days", V1, "tls", Code::TlsExpiring).when(async || {
            let authority = Authority::shared();
            trusting(behind(authority.signs(HERE, Valid::ForDays(5))).await, authority).says("days")
        }),
        warns("any_certificate_will_do", V1, "tls", Code::TlsUnverified).when(async || {
            let scene = behind(Identity::self_signed(HERE)).await;
            scene.with(|access| access.connection.insecure_skip_verify = true)
        }),
        fails("a_kapacitor_with_a_self_signed_certificate", Kapacitor, "tls", Code::TlsSelfSigned, "url").when(async || {
            let server = crate::kapacitor::start(crate::kapacitor::Script::new("1.6.5")).await;
            let tls = Guarded::start(&Identity::self_signed(HERE), None, server.url()).await;
            server.untouched(Scene::kapacitor(&tls.url("https"), None).tells("sha256", tls.sha256()).keeping(tls))
        }),
    ]
}

/// What is wrong with the connection's own certificates.
fn ours() -> Vec<Fault> {
    vec![
        fails("another_certificate_than_the_pinned_one", V1, "tls", Code::TlsPinMismatch, "tls.pinned_sha256").when(async || {
            let pin = Identity::self_signed(HERE).sha256();
            let scene = behind(Identity::self_signed(HERE)).await;
            scene.with(|access| access.connection.tls.pinned_sha256 = Some(pin))
        }),
        fails("a_pin_that_is_none", V1, "tls", Code::TlsSettings, "tls.pinned_sha256").when(async || {
            let scene = settings_of(Identity::self_signed(HERE)).await;
            scene.with(|access| access.connection.tls.pinned_sha256 = Some("12:34".to_owned()))
        }),
        fails("an_own_ca_that_did_not_sign", V1, "tls", Code::TlsUnknownIssuer, "tls.ca_certificate")
            .when(async || trusting(behind(Authority::stranger().signs(HERE, Valid::Now)).await, Authority::shared())),
        fails("an_own_ca_that_is_no_pem", V1, "tls", Code::TlsSettings, "tls.ca_certificate").when(async || {
            let scene = settings_of(Authority::shared().signs(HERE, Valid::Now)).await;
            scene.with(|access| access.connection.tls.ca_certificate = Some("-----BEGIN CERTIFICATE-----\nnonsense\n".to_owned()))
        }),
        fails("a_client_certificate_that_is_asked_for_and_not_given", V1, "tls", Code::TlsClientCertificate, "tls.client_certificate")
            .when(async || {
                let authority = Authority::shared();
                trusting(guarded(authority.signs(HERE, Valid::Now), Some(authority), Scene::v1).await, authority)
            }),
        fails("a_client_certificate_of_another_authority", V1, "tls", Code::TlsClientCertificate, "tls.client_certificate").when(
            async || {
                let authority = Authority::shared();
                let scene = trusting(guarded(authority.signs(HERE, Valid::Now), Some(authority), Scene::v1).await, authority);
                showing(scene, Authority::stranger())
            },
        ),
        fails("a_client_certificate_without_its_key", V1, "tls", Code::TlsSettings, "client_key").when(async || {
            let authority = Authority::shared();
            let scene = trusting(settings_of(authority.signs(HERE, Valid::Now)).await, authority);
            let client = authority.signs(&["tributary"], Valid::Now).chain_pem(authority);
            scene.with(|access| access.connection.tls.client_certificate = Some(client))
        }),
    ]
}

/// Where the connection's settings are wrong, nothing is learned of the server.
async fn settings_of(shown: Identity) -> Scene {
    let mut scene = behind(shown).await;
    scene.facts.clear();
    scene
}

/// Shows a client certificate that this authority signed.
pub(super) fn showing(scene: Scene, authority: &Authority) -> Scene {
    let client = authority.signs(&["tributary"], Valid::Now);
    let (chain, key) = (client.chain_pem(authority), client.key_pem());
    // A line of the key, as it would stand in a finding that repeats it.
    let line = key.lines().nth(1).unwrap().to_owned();
    scene.with(|access| access.connection.tls.client_certificate = Some(chain)).secret(SecretField::ClientKey, &key).hides(line)
}

/// What is spoken where TLS should be.
fn handshakes() -> Vec<Fault> {
    vec![
        fails("a_plain_http_server_at_an_https_url", V1, "tls", Code::TlsPlain, "url").when(async || {
            let server = Scripted::start(Script::new(Kind::V1, &[PLACE])).await;
            Scene::v1(&https(server.url())).says("http instead of https").on(server)
        }),
        fails("a_plain_kapacitor_at_an_https_url", Kapacitor, "tls", Code::TlsPlain, "url").when(async || {
            let server = Canned::always(page(400, "Bad Request")).await;
            let scene = Scene::kapacitor(&https(server.url()), None);
            server.untouched(scene)
        }),
        fails("an_ssh_server_at_an_https_url", V1, "tls", Code::TlsPlain, "url").when(async || {
            let server = Broken::start(Manner::Greets(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")).await;
            Scene::v1(&server.url("https")).keeping(server)
        }),
        fails("a_server_that_offers_old_tls_alone", V1, "tls", Code::TlsHandshake, "url").when(async || {
            // The alert `protocol_version`, fatal, in a record of TLS 1.0.
            let server = Broken::start(Manner::Says(&[0x15, 3, 1, 0, 2, 2, 70])).await;
            Scene::v1(&server.url("https")).keeping(server)
        }),
        fails("a_server_that_closes_during_the_handshake", V1, "tls", Code::TlsHandshake, "url").when(async || {
            let server = Broken::start(Manner::Closes).await;
            Scene::v1(&server.url("https")).keeping(server)
        }),
        fails("a_server_that_never_answers_the_handshake", V1, "tls", Code::TlsTimeout, "url").when(async || {
            let server = Broken::start(Manner::Silent).await;
            Scene::v1(&server.url("https")).patient_ms(700).keeping(server)
        }),
    ]
}
