//! What is wrong with the login of a Kapacitor, or with the right to its configuration.

use model::Code;

use crate::{
    fault::{Fault, Kind::Kapacitor, fails, warns},
    kapacitor::{Script, start},
    stage::{Scene, WRONG},
};

async fn at(script: Script, login: Option<(&str, &str)>) -> Scene {
    let server = start(script).await;
    let scene = Scene::kapacitor(server.url(), login);
    server.judging(scene)
}

pub(crate) fn faults() -> Vec<Fault> {
    let guarded = |version| Script { auth_enabled: true, ..Script::new(version) };
    let right = || Some(("scribe", "right-8c2e"));
    vec![
        fails("no_login_for_a_kapacitor_that_asks_for_one", Kapacitor, "authentication", Code::LoginMissing, "username")
            .when(async move || at(guarded("1.5.3"), None).await),
        fails("a_wrong_password_for_a_kapacitor", Kapacitor, "authentication", Code::LoginWrong, "password")
            .when(async move || at(guarded("1.6.5"), Some(("scribe", WRONG))).await),
        fails("a_kapacitors_password_with_a_line_break", Kapacitor, "authentication", Code::LoginUnsendable, "password")
            .when(async move || at(guarded("1.6.5"), Some(("scribe", "canary-two\nlines"))).await.hides("canary-two")),
        warns("a_kapacitor_that_takes_any_password", Kapacitor, "authentication", Code::LoginUnverified)
            .when(async move || at(guarded("1.5.3"), Some(("scribe", WRONG))).await),
        warns("a_kapacitor_whose_configuration_is_not_to_be_changed", Kapacitor, "configuration", Code::ConfigDisabled)
            .when(async move || at(Script { override_enabled: false, ..guarded("1.6.5") }, right()).await),
        fails("a_user_that_may_not_read_the_configuration", Kapacitor, "configuration", Code::ConfigForbidden, "username")
            .when(async move || at(Script { privileged: false, ..guarded("1.6.5") }, right()).await.says("config_api")),
    ]
}
