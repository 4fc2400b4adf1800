//! A query that is followed by a cursor: its pages, and what is told before them of rows that are still to come.

mod pages;
mod sessions;
mod sight;

use model::{
    Failure, Fence, Position, Statement,
    edges::{DatabaseAccess, Databases, Follow, Following, Page, ReadLimits},
};

use crate::ground::{Outcome, drain, engines};

/// What is followed, with a fence that asks the database for nothing.
pub(crate) fn by(cursor: &str, key: &[&str]) -> Following {
    Following { cursor: cursor.to_owned(), key: key.iter().map(|name| (*name).to_owned()).collect(), fence: Fence::LagS(0) }
}

/// The same with another fence.
pub(crate) fn fenced(cursor: &str, key: &[&str], fence: Fence) -> Following {
    Following { fence, ..by(cursor, key) }
}

/// Begins to follow what can be followed.
pub(crate) async fn follow(access: &DatabaseAccess, statement: &Statement, following: &Following) -> Box<dyn Follow> {
    let followed = engines().follow(access, statement, following).await;
    followed.unwrap_or_else(|failure| panic!("{}: {}", statement.sql, failure.chain()))
}

/// Why it cannot be followed.
pub(crate) async fn refusal(access: &DatabaseAccess, statement: &Statement, following: &Following) -> Failure {
    match engines().follow(access, statement, following).await {
        Ok(_) => panic!("it is followed: {}", statement.sql),
        Err(failure) => failure,
    }
}

/// One page, to its end or its failure.
pub(crate) async fn page(followed: &mut dyn Follow, page: &Page) -> Outcome {
    let mut outcome = Outcome::default();
    match followed.page(page, ReadLimits { batch_rows: 3, ..ReadLimits::default() }).await {
        Ok(rows) => drain(rows, &mut outcome).await,
        Err(failure) => outcome.failure = Some(failure),
    }
    outcome
}

/// The place of the last row of a page.
pub(crate) fn last(followed: &dyn Follow, outcome: &Outcome, following: &Following) -> Option<Position> {
    let columns = followed.columns();
    let find = |name: &String| columns.iter().position(|column| column.name == *name).unwrap();
    let key: Vec<usize> = following.key.iter().map(find).collect();
    let batch = outcome.batches.last()?;
    Position::of(columns, batch, batch.num_rows() - 1, find(&following.cursor), &key).unwrap()
}

/// All rows, in pages of so many.
pub(crate) async fn all_pages(followed: &mut dyn Follow, following: &Following, first: Page) -> Vec<Vec<Option<String>>> {
    let (mut rows, mut at) = (Vec::new(), first);
    loop {
        let outcome = page(followed, &at).await.whole(&format!("behind {:?}", at.after));
        assert!(outcome.count() as u64 <= at.rows, "a page is longer than it was asked for");
        rows.extend(outcome.rows());
        assert!(rows.len() < 1_000, "the pages have no end: {at:?}");
        match last(followed, &outcome, following) {
            Some(position) => at.after = Some(position),
            None => return rows,
        }
    }
}
