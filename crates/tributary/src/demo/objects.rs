//! What the demo sets up: the same objects that a person would create, by the same services.

use std::path::Path;

use chrono_tz::Tz;
use model::{
    Connection, Database, Engine, Group, Id, Incremental, Mapping, Missed, Mode, Name, Organization, Overlap, Query, Schedule, Series,
    Stored, TimeColumn, secret::SecretChanges,
};

use crate::app::{App, CheckFirst, Creation, Draft, Refusal, Update};

/// The seed's own question, with the window as parameters instead of `NOW()`: so that any slot can be read again.
const ORDERS_LAST_HOUR: &str = "SELECT country, count(*) AS orders, round(sum(amount), 2) AS revenue
FROM orders
WHERE created >= :window_start AND created < :window_end
GROUP BY country
ORDER BY country";

const REVENUE_BY_PRODUCT: &str = "SELECT product, sum(quantity) AS pieces, round(sum(amount), 2) AS revenue
FROM orders
WHERE created >= :window_start AND created < :window_end
GROUP BY product
ORDER BY product";

/// Each order by itself: whoever reads only new rows needs no window.
const EACH_ORDER: &str = "SELECT id, created, country, product, quantity, amount FROM orders";

const STOCK: &str = "SELECT name AS product, stock, price FROM products ORDER BY name";

/// The shop commits an order well within this after the time that the order carries, however busy the machine is.
const LAG_S: u32 = 2;

/// Catch-up after downtime: a day's slots of the busiest group.
const CATCH_UP: u32 = 8_640;

/// Creates what is not there yet; what is there is left as it is, except that the connection follows the place the demo writes to.
///
/// # Errors
/// When the store fails.
pub(super) async fn ensure(app: &App, shop: &Path, connection: Connection) -> Result<(), Refusal> {
    let organization = Organization::DEFAULT;
    let connection = ensure_connection(app, organization, connection).await?;
    let database = match app.store.find_database(organization, "web shop").await? {
        Some(stored) => stored,
        None => {
            let spec = Database::new(Engine::Sqlite { path: shop.display().to_string() });
            app.create_database(organization, draft("web shop", spec)).await?.stored
        }
    };
    let often = ensure_group(app, organization, "every 10 seconds", Schedule::EveryS(10), Missed::All(CATCH_UP)).await?;
    let minutely = ensure_group(app, organization, "every minute", Schedule::Cron("* * * * *".to_owned()), Missed::All(CATCH_UP)).await?;
    let hour = Mode::Window { length_s: Some(3600), lag_s: LAG_S };
    let since_last = Mode::Window { length_s: None, lag_s: LAG_S };
    let new = Mode::Incremental(Incremental::by("id"));
    let tagged = |measurement: &str, tags: &[&str]| Mapping {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Mapping::new(measurement)
    };
    let each = Mapping { time: Some(TimeColumn::new("created")), ..tagged("orders", &["country", "product"]) };
    let members = [
        ("orders in the last hour by country", ORDERS_LAST_HOUR, often, 0, tagged("orders_last_hour", &["country"]), hour),
        ("each order", EACH_ORDER, often, 1, each, new),
        ("revenue of the minute by product", REVENUE_BY_PRODUCT, minutely, 0, tagged("revenue", &["product"]), since_last),
        ("stock by product", STOCK, minutely, 1, tagged("stock", &["product"]), Mode::Snapshot),
    ];
    for (name, sql, group_id, position, mapping, mode) in members {
        let query_id = match app.store.find_query(organization, name).await? {
            Some(stored) => stored.id,
            None => {
                let spec = Query { database_id: database.id, sql: sql.to_owned(), category: "web shop".to_owned(), parameters: Vec::new() };
                app.create_query(organization, draft(name, spec)).await?.id
            }
        };
        if app.store.find_series(organization, name).await?.is_none() {
            let spec = Series {
                query_id,
                connection_id: connection.id,
                group_id: Some(group_id),
                position,
                mapping,
                mode,
                parameters: Default::default(),
                enabled: true,
                rejects: Default::default(),
            };
            app.create_series(organization, draft(name, spec)).await?;
        }
    }
    Ok(())
}

async fn ensure_connection(app: &App, organization: Id<Organization>, spec: Connection) -> Result<Stored<Connection>, Refusal> {
    // Another driver is another connection: a demo that moved from files to an InfluxDB keeps both.
    let name = format!("demo {}", spec.target.driver());
    // The demo itself has just made sure that the place is there, and its database may be made only by the first write.
    let check = CheckFirst::Skip;
    match app.store.find_connection(organization, &name).await? {
        Some(stored) if stored.spec == spec => Ok(stored),
        Some(stored) => {
            let update = Update { check, default: None };
            Ok(app.update_connection(&stored, draft(&name, spec), update, &mut |_| {}).await?.stored)
        }
        None => {
            let creation = Creation { check, default: false, number: None };
            Ok(app.create_connection(organization, draft(&name, spec), creation, &mut |_| {}).await?.stored)
        }
    }
}

async fn ensure_group(
    app: &App,
    organization: Id<Organization>,
    name: &str,
    schedule: Schedule,
    missed: Missed,
) -> Result<Id<Group>, Refusal> {
    if let Some(stored) = app.store.find_group(organization, name).await? {
        return Ok(stored.id);
    }
    let spec = Group { schedule, time_zone: Tz::UTC, overlap: Overlap::QueueOne, missed, enabled: true };
    Ok(app.create_group(organization, draft(name, spec)).await?.id)
}

fn draft<N>(name: &str, spec: N) -> Draft<N> {
    Draft { name: Name::new(name).expect("the demo's names are names"), spec, secrets: SecretChanges::new() }
}
