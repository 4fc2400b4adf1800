//! What is wrong with the URL, where it leads, and whether anybody is there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use influx::http::Outbound;
use model::Code;
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::{
    broken::{BlackHole, Closed},
    canned::{Canned, page},
    fault::{Fault, Kind::*, fails},
    stage::{Scene, WRONG},
};

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = texts();
    faults.extend(forbidden());
    faults.extend(listed());
    faults.extend(unreachable());
    faults
}

fn texts() -> Vec<Fault> {
    vec![
        fails("another_scheme", V1, "url", Code::UrlInvalid, "url").when(async || Scene::v1(&url("ftp://localhost:8086"))),
        fails("a_login_inside_the_url", V1, "url", Code::UrlLogin, "url")
            .when(async || Scene::v1(&url(&format!("http://someone:{WRONG}@localhost:8086"))).hides(WRONG)),
        fails("a_database_inside_the_url", V1, "url", Code::UrlExtra, "url")
            .when(async || Scene::v1(&url("http://localhost:8086/?db=orders"))),
        fails("a_token_behind_the_hash_of_the_url", V3, "url", Code::UrlExtra, "url")
            .when(async || Scene::v3(&url(&format!("http://localhost:8181/#{WRONG}"))).hides(WRONG)),
        fails("a_kapacitor_with_a_login_inside_the_url", Kapacitor, "url", Code::UrlLogin, "url")
            .when(async || Scene::kapacitor(&url(&format!("http://someone:{WRONG}@localhost:9092")), None).hides(WRONG)),
    ]
}

fn forbidden() -> Vec<Fault> {
    vec![
        fails("a_link_local_address", V1, "policy", Code::PolicyAddress, "url")
            .when(async || Scene::v1(&url("http://169.254.7.7:8086")).says("169.254.7.7")),
        fails("the_metadata_address_of_a_cloud", V2, "policy", Code::PolicyAddress, "url")
            .when(async || Scene::v2(&url("http://169.254.169.254/"))),
        fails("the_metadata_address_written_as_one_number", V1, "policy", Code::PolicyAddress, "url")
            .when(async || Scene::v1(&url("http://2852039166/"))),
        fails("the_metadata_address_inside_an_ipv6_address", Kapacitor, "policy", Code::PolicyAddress, "url")
            .when(async || Scene::kapacitor(&url("http://[::ffff:169.254.169.254]:9092/"), None)),
        fails("the_metadata_address_of_ipv6", V3, "policy", Code::PolicyAddress, "url")
            .when(async || Scene::v3(&url("http://[fd00:ec2::254]/"))),
    ]
}

/// What whoever runs Tributary forbids: our own listeners, and what is on the lists.
fn listed() -> Vec<Fault> {
    /// A server that must not be asked, and where it is.
    async fn there() -> (Canned, Url) {
        let server = Canned::always(page(200, "never asked")).await;
        let url = server.url().clone();
        (server, url)
    }
    fn under(allow: &[&str], deny: &[&str]) -> Outbound {
        Outbound::parse(allow, deny).unwrap()
    }
    fn own(url: &Url, address: IpAddr) -> Outbound {
        let outbound = Outbound::default();
        outbound.own(SocketAddr::new(address, url.port().unwrap()));
        outbound
    }
    fn by_name(url: &Url) -> Url {
        url.as_str().replace("127.0.0.1", "localhost").parse().unwrap()
    }
    vec![
        fails("our_own_listener", V1, "policy", Code::PolicySelf, "url").when(async || {
            let (server, url) = there().await;
            server.untouched(Scene::v1(&url).guarded(own(&url, Ipv4Addr::LOCALHOST.into())))
        }),
        fails("our_own_listener_on_every_address", V3, "policy", Code::PolicySelf, "url").when(async || {
            let (server, url) = there().await;
            server.untouched(Scene::v3(&url).guarded(own(&url, Ipv4Addr::UNSPECIFIED.into())))
        }),
        fails("our_own_listener_by_another_name", Kapacitor, "policy", Code::PolicySelf, "url").when(async || {
            let (server, url) = there().await;
            let outbound = own(&url, Ipv4Addr::LOCALHOST.into());
            // Some machines have two addresses of this name.
            outbound.own(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), url.port().unwrap()));
            server.untouched(Scene::kapacitor(&by_name(&url), None).guarded(outbound))
        }),
        fails("our_own_listener_by_the_address_of_no_machine", V1, "policy", Code::PolicyAddress, "url").when(async || {
            let (server, url) = there().await;
            let by_zeros = url.as_str().replace("127.0.0.1", "0.0.0.0").parse().unwrap();
            server.untouched(Scene::v1(&by_zeros).guarded(own(&url, Ipv4Addr::LOCALHOST.into())))
        }),
        fails("a_host_that_is_denied", V1, "policy", Code::PolicyDenied, "url").when(async || {
            let (server, url) = there().await;
            server.untouched(Scene::v1(&by_name(&url)).guarded(under(&[], &["localhost"])))
        }),
        fails("a_name_that_leads_to_a_denied_network", V2, "policy", Code::PolicyDenied, "url").when(async || {
            let (server, url) = there().await;
            server.untouched(Scene::v2(&by_name(&url)).guarded(under(&[], &["127.0.0.0/8", "::1"])))
        }),
        fails("an_address_that_is_not_on_the_list_of_allowed_ones", V1, "policy", Code::PolicyDenied, "url").when(async || {
            let (server, url) = there().await;
            server.untouched(Scene::v1(&url).guarded(under(&["10.0.0.0/8", "*.example.org"], &[])))
        }),
    ]
}

fn unreachable() -> Vec<Fault> {
    vec![
        fails("a_host_name_that_does_not_exist", V1, "dns", Code::DnsUnknown, "url")
            .within_ms(10_000)
            .when(async || Scene::v1(&url("http://nowhere.invalid:8086")).says("nowhere.invalid")),
        fails("a_kapacitor_whose_host_name_does_not_exist", Kapacitor, "dns", Code::DnsUnknown, "url")
            .within_ms(10_000)
            .when(async || Scene::kapacitor(&url("http://nowhere.invalid:9092"), None)),
        fails("a_port_where_nothing_listens", V1, "tcp", Code::TcpRefused, "url").when(async || {
            let closed = Closed::new();
            Scene::v1(&closed.url()).says(closed.url().port().unwrap().to_string()).keeping(closed)
        }),
        fails("an_https_port_where_nothing_listens", V2, "tcp", Code::TcpRefused, "url").when(async || {
            let closed = Closed::new();
            Scene::v2(&crate::stage::https(&closed.url())).keeping(closed)
        }),
        fails("a_kapacitor_that_does_not_run", Kapacitor, "tcp", Code::TcpRefused, "url").when(async || {
            let closed = Closed::new();
            Scene::kapacitor(&closed.url(), None).says("9092").keeping(closed)
        }),
        fails("an_ipv6_address_of_a_server_that_listens_on_ipv4_alone", V1, "tcp", Code::TcpRefused, "url").when(async || {
            let server = Canned::always(page(200, "never asked")).await;
            let there = url(&format!("http://[::1]:{}", server.url().port().unwrap()));
            let scene = server.untouched(Scene::v1(&there));
            if has_ipv6() { scene } else { scene.expecting(Code::TcpUnreachable) }
        }),
        // The kernel itself knows no way for TCP to the broadcast address of the loopback interface.
        fails("an_address_that_no_way_leads_to", V1, "tcp", Code::TcpUnreachable, "url")
            .when(async || Scene::v1(&url("http://127.255.255.255:8086"))),
        fails("an_ipv6_address_that_no_way_leads_to", V3, "tcp", Code::TcpUnreachable, "url")
            .when(async || Scene::v3(&url("http://[::ffff:127.255.255.255]:8181"))),
        fails("an_address_that_never_answers", V1, "tcp", Code::TcpTimeout, "url").when(async || {
            let hole = BlackHole::new().await;
            Scene::v1(&hole.url()).patient_ms(700).keeping(hole)
        }),
        fails("an_address_that_never_answers_and_thirty_seconds_of_patience", V1, "tcp", Code::TcpTimeout, "url").within_ms(15_000).when(
            async || {
                let hole = BlackHole::new().await;
                Scene::v1(&hole.url()).keeping(hole)
            },
        ),
        fails("a_server_that_ends_between_two_tries", V1, "tcp", Code::TcpRefused, "url").when(async || {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let there = url(&format!("http://{}", listener.local_addr().unwrap()));
            drop(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
            drop(listener);
            Scene::v1(&there)
        }),
    ]
}

/// Whether this machine has IPv6 at all: without, nobody refuses a connection to `[::1]`, and no way leads there.
fn has_ipv6() -> bool {
    std::net::TcpListener::bind("[::1]:0").is_ok()
}
