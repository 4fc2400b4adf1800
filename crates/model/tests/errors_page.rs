//! `docs/errors.md` says of every code what the program says.

#![allow(clippy::unwrap_used)]

#[path = "../examples/errors/page.rs"]
mod page;

use model::{Code, Policy};

fn written() -> String {
    std::fs::read_to_string(page::PATH).unwrap()
}

#[test]
fn the_entries_of_the_codes_are_fresh() {
    let page = written();
    let renewed = page::renewed(&page).expect("the page has the marks around its entries");
    assert!(page == renewed, "docs/errors.md is stale: run `make gen`");
}

#[test]
fn every_code_has_its_entry_with_the_advice_that_is_given() {
    let page = written();
    for code in Code::all() {
        let text = code.as_str();
        if let Some(meaning) = code.meaning() {
            let entry = format!("\n#### {text}\n\n{meaning}.\n\n- What to do: {}.\n", code.advice());
            assert!(page.contains(&entry), "{text} has no entry, or an old one");
            continue;
        }
        let Code::Kind(kind) = code else { panic!("{text} has no meaning") };
        let then = match kind.policy() {
            Policy::Retry => "retry",
            Policy::Hold => "hold",
            Policy::Person => "person",
        };
        let (begin, end) = (format!("| `{}` | `{text}` | ", kind.as_str()), format!(" | {then} | {} |", code.advice()));
        assert!(page.lines().any(|line| line.starts_with(&begin) && line.ends_with(&end)), "{text} has no row, or an old one");
    }
}

#[test]
fn an_entry_stands_once_and_for_a_code_that_exists() {
    let page = written();
    let mut headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("#### ")).collect();
    assert!(headings.iter().all(|heading| Code::parse(heading).is_some()), "{headings:?}");
    let all = headings.len();
    headings.sort_unstable();
    headings.dedup();
    assert_eq!(headings.len(), all);
}
