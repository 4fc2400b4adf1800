//! What becomes of what was found, beside a house that has something already.

use foreign::FoundOrganization;
use model::secret::Secrets;

use super::*;
use crate::import::house::KnownOrganization;

fn connection(number: Option<i64>, name: &str, organization: Option<&str>) -> Item<FoundConnection> {
    let url = format!("http://{}:8086", number.map_or("any".to_owned(), |number| format!("h{number}"))).parse().unwrap();
    let found = FoundConnection {
        number,
        name: name.to_owned(),
        organization: organization.map(str::to_owned),
        default: false,
        connection: Connection::new(Target::v1(url, "telegraf")),
        secrets: Secrets::new(),
    };
    Item { file: "f".to_owned(), found }
}

fn kapacitor(number: i64, of: Option<i64>, name: &str, active: bool) -> Item<FoundKapacitor> {
    let found = FoundKapacitor {
        number: Some(number),
        connection_number: of,
        name: name.to_owned(),
        organization: None,
        active,
        url: format!("http://k{number}:9092").parse().unwrap(),
        username: None,
        insecure_skip_verify: false,
        secrets: Secrets::new(),
    };
    Item { file: "f".to_owned(), found }
}

fn organization(alias: &str, name: &str) -> Item<FoundOrganization> {
    Item { file: "f".to_owned(), found: FoundOrganization { alias: alias.to_owned(), name: name.to_owned() } }
}

fn house() -> House {
    House { organizations: vec![KnownOrganization { id: "o0".to_owned(), name: "default".to_owned(), alias: None }], ..House::default() }
}

/// The house as it is after the plan was carried out.
fn carried_out(plan: &Plan, mut house: House) -> House {
    for (at, organization) in plan.organizations.iter().enumerate() {
        if organization.fate == Fate::Create {
            let (id, name) = (format!("new-o{at}"), organization.name.clone());
            house.organizations.push(KnownOrganization { id, name, alias: organization.alias.clone() });
        }
    }
    let place = |at: usize, house: &House| {
        let name = &plan.organizations[at].name;
        house.organizations.iter().find(|known| known.name == *name).unwrap().id.clone()
    };
    let mut next = 1_000;
    let mut ids = Vec::new();
    for (at, planned) in plan.connections.iter().enumerate() {
        let Fate::Here { id, .. } = &planned.fate else {
            let id = format!("new-c{at}");
            next += 1;
            house.connections.push(KnownConnection {
                id: id.clone(),
                organization: place(planned.organization, &house),
                name: planned.name.to_string(),
                number: planned.number.or(Some(next)),
                connection: planned.found.connection.clone(),
            });
            ids.push(id);
            continue;
        };
        ids.push(id.clone());
    }
    for (at, planned) in plan.kapacitors.iter().enumerate() {
        if planned.fate == Fate::Create {
            let connection = match &planned.connection {
                Owner::Imported(at) => ids[*at].clone(),
                Owner::Here { id, .. } => id.clone(),
            };
            house.kapacitors.push(KnownKapacitor {
                id: format!("new-k{at}"),
                connection,
                name: planned.name.to_string(),
                number: planned.number,
                url: planned.found.url.clone(),
                username: planned.found.username.clone(),
                active: planned.active,
            });
        }
    }
    house
}

fn gathered() -> Gathered {
    Gathered {
        organizations: vec![organization("default", "Default"), organization("1", "Operations")],
        connections: vec![
            connection(Some(1), "Influx 1", None),
            connection(Some(2), "Influx 1", Some("default")),
            connection(Some(3), "Influx 1", Some("1")),
            connection(Some(4), "Influx 4", Some("Operations")),
        ],
        kapacitors: vec![kapacitor(1, Some(3), "K", true), kapacitor(2, Some(3), "K", false), kapacitor(3, Some(99), "orphan", true)],
        ..Gathered::default()
    }
}

fn names(plan: &Plan) -> Vec<(String, String, Option<i64>)> {
    let place = |at: usize| plan.organizations[at].name.clone();
    plan.connections.iter().map(|planned| (place(planned.organization), planned.name.to_string(), planned.number)).collect()
}

#[test]
fn organizations_names_and_numbers_are_kept_and_doubles_get_their_number() {
    let plan = plan(gathered(), &house(), None);
    let expected = [
        ("default", "Influx 1", Some(1)),
        ("default", "Influx 1 (2)", Some(2)),
        ("Operations", "Influx 1", Some(3)),
        ("Operations", "Influx 4", Some(4)),
    ];
    assert_eq!(names(&plan), expected.map(|(organization, name, number)| (organization.to_owned(), name.to_owned(), number)));
    let kapacitors: Vec<_> =
        plan.kapacitors.iter().map(|planned| (planned.name.as_str(), planned.connection.clone(), planned.active)).collect();
    assert_eq!(kapacitors, [("K", Owner::Imported(2), true), ("K (2)", Owner::Imported(2), false)]);
    assert_eq!(plan.broken.len(), 1, "{:?}", plan.broken);
}

#[test]
fn the_same_import_again_changes_nothing() {
    let first = plan(gathered(), &house(), None);
    let after = carried_out(&first, house());
    let again = plan(gathered(), &after, None);
    assert!(again.connections.iter().all(|planned| matches!(planned.fate, Fate::Here { changed: false, .. })), "{:?}", again.connections);
    assert!(again.kapacitors.iter().all(|planned| matches!(planned.fate, Fate::Here { changed: false, .. })), "{:?}", again.kapacitors);
    assert!(again.organizations.iter().all(|planned| planned.fate != Fate::Create), "{:?}", again.organizations);
    assert!(again.remarks.is_empty(), "{:?}", again.remarks);
}

#[test]
fn the_same_import_without_numbers_again_changes_nothing() {
    let texts = || Gathered { connections: vec![connection(None, "shop", None), connection(None, "shop", None)], ..Gathered::default() };
    let first = plan(texts(), &house(), None);
    assert_eq!(first.connections[1].name.as_str(), "shop (2)");
    let again = plan(texts(), &carried_out(&first, house()), None);
    assert!(again.connections.iter().all(|planned| planned.fate != Fate::Create), "{:?}", again.connections);
}

#[test]
fn what_belongs_to_something_else_here_is_told_and_stays() {
    let mut house = house();
    house.connections.push(KnownConnection {
        id: "c1".to_owned(),
        organization: "o0".to_owned(),
        name: "mine".to_owned(),
        number: Some(1),
        connection: Connection::new(Target::v1("http://elsewhere".parse().unwrap(), "d")),
    });
    let mut default = connection(Some(1), "mine", None);
    default.found.default = true;
    default.found.connection.target = Target::v3("http://h1:8181".parse().unwrap(), "d");
    let found = || Gathered { connections: vec![Item { file: "f".to_owned(), found: default.found.clone() }], ..Gathered::default() };
    let first = plan(found(), &house, None);
    let [planned] = first.connections.as_slice() else { panic!("{first:?}") };
    assert_eq!((planned.fate.clone(), planned.number, planned.name.as_str(), planned.default), (Fate::Create, None, "mine (1)", false));
    assert_eq!(first.remarks.len(), 3, "{:?}", first.remarks);
    // And the next time it is found under its new name.
    let again = plan(found(), &carried_out(&first, house), None);
    assert_eq!(again.connections[0].fate, Fate::Here { id: "new-c0".to_owned(), changed: false });
}

#[test]
fn what_was_changed_here_since_is_kept_and_told() {
    let first = plan(gathered(), &house(), None);
    let mut after = carried_out(&first, house());
    after.connections[0].connection.insecure_skip_verify = true;
    let again = plan(gathered(), &after, None);
    assert!(matches!(again.connections[0].fate, Fate::Here { changed: true, .. }));
}

#[test]
fn an_organization_of_another_name_under_the_same_alias_keeps_its_objects_out() {
    let mut house = house();
    house.organizations.push(KnownOrganization { id: "o1".to_owned(), name: "Sales".to_owned(), alias: Some("1".to_owned()) });
    let plan = plan(gathered(), &house, None);
    assert_eq!(names(&plan).len(), 2, "{:?}", names(&plan));
    assert!(plan.broken.iter().any(|said| said.text.contains("--organization")), "{:?}", plan.broken);
    assert!(plan.kapacitors.is_empty());
}

#[test]
fn everything_can_be_put_into_one_organization() {
    let plan = plan(gathered(), &house(), Some("default"));
    assert!(names(&plan).iter().all(|(organization, ..)| organization == "default"));
    assert_eq!(names(&plan)[2].1, "Influx 1 (3)");
}

#[test]
fn an_organization_that_nobody_knows_is_told_once() {
    let found = vec![connection(Some(1), "a", Some("example_org")), connection(Some(2), "b", Some("example_org"))];
    let plan = plan(Gathered { connections: found, ..Gathered::default() }, &house(), None);
    assert!(names(&plan).iter().all(|(organization, ..)| organization == "default"));
    assert_eq!(plan.remarks.len(), 1, "{:?}", plan.remarks);
}

#[test]
fn a_kapacitor_without_a_number_belongs_to_the_one_connection_beside_it() {
    let lines = |connections| Gathered { connections, kapacitors: vec![kapacitor(1, None, "K", true)], ..Gathered::default() };
    assert_eq!(plan(lines(vec![connection(None, "a", None)]), &house(), None).kapacitors[0].connection, Owner::Imported(0));
    assert!(plan(lines(Vec::new()), &house(), None).kapacitors.is_empty());
    assert!(plan(lines(vec![connection(None, "a", None), connection(None, "b", None)]), &house(), None).kapacitors.is_empty());
}

#[test]
fn a_kapacitor_finds_its_connection_here_too() {
    let mut house = house();
    house.connections.push(KnownConnection {
        id: "c7".to_owned(),
        organization: "o0".to_owned(),
        name: "mine".to_owned(),
        number: Some(7),
        connection: Connection::new(Target::v1("http://h7:8086".parse().unwrap(), "d")),
    });
    let plan = plan(Gathered { kapacitors: vec![kapacitor(1, Some(7), "K", true)], ..Gathered::default() }, &house, None);
    let [planned] = plan.kapacitors.as_slice() else { panic!("{plan:?}") };
    assert_eq!(planned.connection, Owner::Here { id: "c7".to_owned(), name: "mine".to_owned() });
    assert_eq!(plan.organizations[planned.organization].name, "default");
}

#[test]
fn a_connection_that_says_too_little_does_not_come() {
    let mut found = connection(None, "a", None);
    found.found.connection.target = Target::V2 { url: "http://h".parse().unwrap(), organization: String::new(), bucket: "b".to_owned() };
    let plan = plan(Gathered { connections: vec![found], ..Gathered::default() }, &house(), None);
    assert!(plan.connections.is_empty() && plan.broken[0].text.contains("organization"), "{:?}", plan.broken);
}
