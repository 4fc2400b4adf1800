//! The outbound lists at the place where they count: nothing is connected to that they forbid, by whichever name.

use std::{sync::Arc, time::Duration};

use influx::http::{Http, Login, Outbound, endpoint};
use model::{Code, FailureKind};
use url::Url;

use crate::{Epoch, server};

fn at(url: &Url, host: &str) -> Url {
    let mut url = endpoint(url, "/echo", &[]);
    url.set_host(Some(host)).unwrap();
    url
}

async fn refused(outbound: Arc<Outbound>, url: Url) -> Option<Code> {
    let client = Http::guarded(Arc::new(Epoch), outbound).unwrap().client(&Login::None, Duration::from_secs(30), false).unwrap();
    client.get(url).await.err().map(|failure| {
        assert_eq!(failure.kind, FailureKind::InfluxUrl, "{}", failure.chain());
        failure.code()
    })
}

#[tokio::test]
async fn only_what_the_lists_let_pass_is_connected_to() {
    let url = server().await;
    let port = url.port().unwrap();
    let here = format!("127.0.0.0/8:{port}");
    for (allow, deny, by_address, by_name) in [
        (vec![], vec![], None, None),
        (vec![here.clone(), "::1".to_owned()], vec![], None, None),
        (vec!["localhost".to_owned()], vec![], Some(Code::PolicyDenied), None),
        (vec!["10.0.0.0/8".to_owned()], vec![], Some(Code::PolicyDenied), Some(Code::PolicyDenied)),
        (vec![format!("*:{port}")], vec![], None, None),
        (vec!["127.0.0.0/8:1".to_owned()], vec![], Some(Code::PolicyDenied), Some(Code::PolicyDenied)),
        (vec![], vec![here.clone(), "::1".to_owned()], Some(Code::PolicyDenied), Some(Code::PolicyDenied)),
        (vec![], vec!["127.0.0.0/8:1".to_owned()], None, None),
        (vec![], vec!["localhost".to_owned()], None, Some(Code::PolicyDenied)),
        (vec!["localhost".to_owned()], vec![here, "::1".to_owned()], Some(Code::PolicyDenied), Some(Code::PolicyDenied)),
    ] {
        let outbound = Arc::new(Outbound::parse(&allow, &deny).unwrap());
        assert_eq!(refused(Arc::clone(&outbound), at(&url, "127.0.0.1")).await, by_address, "{outbound:?}");
        assert_eq!(refused(Arc::clone(&outbound), at(&url, "localhost")).await, by_name, "{outbound:?}");
    }
}

#[tokio::test]
async fn an_own_listener_that_is_known_later_is_refused_from_then_on() {
    let url = server().await;
    let outbound = Arc::<Outbound>::default();
    assert_eq!(refused(Arc::clone(&outbound), at(&url, "localhost")).await, None);
    outbound.own(([0, 0, 0, 0], url.port().unwrap()).into());
    for host in ["localhost", "127.0.0.1", "127.1", "[::ffff:127.0.0.1]"] {
        assert_eq!(refused(Arc::clone(&outbound), at(&url, host)).await, Some(Code::PolicySelf), "{host}");
    }
}
