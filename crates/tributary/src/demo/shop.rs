//! The demo's web shop: a small SQLite database whose orders keep coming.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use model::Clock;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use rusqlite::{Connection, Transaction, params};
use tokio_util::sync::CancellationToken;

/// How many orders a new shop already has, and over which time they came.
const HISTORY_ORDERS: u32 = 5_000;
const HISTORY: TimeDelta = TimeDelta::hours(3);

/// Country and its share of the orders.
const COUNTRIES: [(&str, u32); 8] = [("DE", 30), ("FR", 18), ("AT", 12), ("NL", 10), ("IT", 10), ("ES", 9), ("PL", 7), ("SE", 4)];

/// Product, price in euro, pieces in stock at the start.
const PRODUCTS: [(&str, f64, i64); 6] = [
    ("tea pot", 39.9, 900),
    ("espresso cup", 7.5, 4_000),
    ("kettle", 64.0, 600),
    ("coffee, 1 kg", 18.2, 5_000),
    ("tea, 250 g", 12.4, 3_000),
    ("milk jug", 14.9, 1_200),
];

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS products (name TEXT PRIMARY KEY, price REAL NOT NULL, stock INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY,
        created DATETIME NOT NULL,
        country TEXT NOT NULL,
        product TEXT NOT NULL REFERENCES products(name),
        quantity INTEGER NOT NULL,
        amount REAL NOT NULL
    );
    CREATE INDEX IF NOT EXISTS orders_created ON orders(created);
";

/// The shop's database.
pub(super) struct Shop {
    database: Connection,
    dice: StdRng,
}

impl Shop {
    /// Opens the shop in `file`, and gives a new one its products and the orders of the last hours.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub(super) fn open(file: &Path, clock: &dyn Clock) -> anyhow::Result<Self> {
        let database = Connection::open(file).with_context(|| format!("opening the shop's database {}", file.display()))?;
        database.busy_timeout(Duration::from_secs(10))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        // An order must be there soon after the time it carries; what a power cut would take from a demo is no loss.
        database.pragma_update(None, "synchronous", "NORMAL")?;
        database.execute_batch(SCHEMA).context("making the shop's tables")?;
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(&clock.entropy());
        let mut shop = Self { database, dice: StdRng::from_seed(seed) };
        shop.fill(clock.now())?;
        Ok(shop)
    }

    /// In one transaction, so that a shop that was interrupted here starts anew.
    fn fill(&mut self, now: DateTime<Utc>) -> anyhow::Result<()> {
        let transaction = self.database.transaction()?;
        let known: i64 = transaction.query_row("SELECT count(*) FROM products", [], |row| row.get(0))?;
        if known > 0 {
            return Ok(());
        }
        for (name, price, stock) in PRODUCTS {
            transaction.execute("INSERT INTO products VALUES (?1, ?2, ?3)", params![name, price, stock])?;
        }
        for order in 0..HISTORY_ORDERS {
            let back = HISTORY * i32::try_from(HISTORY_ORDERS - order)? / i32::try_from(HISTORY_ORDERS)?;
            place_order(&transaction, &mut self.dice, now - back)?;
        }
        transaction.commit().context("filling the shop")
    }

    /// Takes one to three orders, dated `now` and a millisecond apart: no two orders have one time, so each is a point of its own.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn take_orders(&mut self, now: DateTime<Utc>) -> anyhow::Result<u32> {
        let orders = self.dice.random_range(1..=3);
        let transaction = self.database.transaction()?;
        for order in 0..orders {
            place_order(&transaction, &mut self.dice, now + TimeDelta::milliseconds(order.into()))?;
        }
        transaction.commit()?;
        Ok(orders)
    }

    /// The pause until the next customer.
    fn pause(&mut self) -> Duration {
        Duration::from_millis(self.dice.random_range(150..900))
    }
}

/// Keeps orders coming until `stop`. Blocks; runs on a thread of its own.
///
/// # Errors
/// When the database cannot be written.
pub(super) fn keep_open(mut shop: Shop, clock: &Arc<dyn Clock>, stop: &CancellationToken) -> anyhow::Result<()> {
    while !stop.is_cancelled() {
        shop.take_orders(clock.now())?;
        std::thread::sleep(shop.pause());
    }
    Ok(())
}

fn place_order(transaction: &Transaction<'_>, dice: &mut impl Rng, at: DateTime<Utc>) -> anyhow::Result<()> {
    let country = pick_country(dice);
    let (product, price, _) = PRODUCTS[dice.random_range(0..PRODUCTS.len())];
    let quantity: i64 = dice.random_range(1..=4);
    let created = at.format("%Y-%m-%d %H:%M:%S%.3f").to_string();
    transaction
        .prepare_cached("INSERT INTO orders (created, country, product, quantity, amount) VALUES (?1, ?2, ?3, ?4, round(?4 * ?5, 2))")?
        .execute(params![created, country, product, quantity, price])?;
    // Deliveries fill the shelf again, so that the shop never runs dry.
    transaction
        .prepare_cached("UPDATE products SET stock = CASE WHEN stock < 50 THEN stock + 1000 ELSE stock END - ?1 WHERE name = ?2")?
        .execute(params![quantity, product])?;
    Ok(())
}

fn pick_country(dice: &mut impl Rng) -> &'static str {
    let all: u32 = COUNTRIES.iter().map(|(_, share)| share).sum();
    let mut at = dice.random_range(0..all);
    for (country, share) in COUNTRIES {
        match at.checked_sub(share) {
            Some(rest) => at = rest,
            None => return country,
        }
    }
    COUNTRIES[0].0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MachineClock;

    #[test]
    fn a_shop_is_filled_once_and_keeps_its_orders() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shop.db");
        let count = |shop: &Shop| shop.database.query_row("SELECT count(*) FROM orders", [], |row| row.get::<_, u32>(0)).unwrap();
        let mut shop = Shop::open(&file, &MachineClock).unwrap();
        assert_eq!(count(&shop), HISTORY_ORDERS);
        let taken = shop.take_orders(MachineClock.now()).unwrap();
        drop(shop);
        assert_eq!(count(&Shop::open(&file, &MachineClock).unwrap()), HISTORY_ORDERS + taken);
    }
}
