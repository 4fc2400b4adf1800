//! What a run of an incremental series read, and where a cursor stands, in words.

use model::{CursorValue, HeldBack, Position, Stretch};

use super::{
    length, output,
    sheet::{self, Sheet},
};

/// A place in the order of rows: the cursor's value, then those of the key.
pub fn position(position: &Position) -> String {
    let key: Vec<&str> = position.key.iter().map(|value| value.text.as_str()).collect();
    if key.is_empty() { position.cursor.text.clone() } else { format!("{} (key {})", position.cursor.text, key.join(", ")) }
}

/// What a fence waits for.
pub fn held_back(held: &HeldBack) -> String {
    let for_s = u32::try_from(held.for_s).unwrap_or(u32::MAX);
    format!("{}, open since {} ({})", held.who, sheet::second(held.since), length::of_seconds(for_s))
}

/// The lines of a sheet about what was read.
#[must_use]
pub fn lines(stretch: &Stretch, sheet: Sheet) -> Sheet {
    let Stretch { from, to, fence, held_back: held, pages, unchanged, without_cursor, skew_ms } = stretch;
    let stands = |place: &Option<Position>| place.as_ref().map_or("before the first row".to_owned(), position);
    let counted = |number: &u64| (*number > 0).then(|| output::count(*number));
    sheet
        .line("cursor before", stands(from))
        .line("cursor now", stands(to))
        .maybe("fence", fence.as_ref().map(|CursorValue { text, .. }| format!("{text}; rows from there on are left for later runs")))
        .maybe("held back by", held.as_ref().map(held_back))
        .line("pages", output::count(*pages))
        .maybe("unchanged", counted(unchanged))
        .maybe("without a cursor", counted(without_cursor))
        .maybe("database's clock", skew_ms.filter(|skew| skew.abs() >= SKEW_WORTH_A_WORD_MS).map(skew))
}

/// A difference of clocks that is smaller is the way there and back.
const SKEW_WORTH_A_WORD_MS: i64 = 1_000;

fn skew(skew_ms: i64) -> String {
    let direction = if skew_ms > 0 { "ahead of" } else { "behind" };
    format!("{} {direction} this server's", length::of_millis(skew_ms.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::*;

    fn value(text: &str) -> CursorValue {
        CursorValue { kind: ColumnType::Integer, native: "int8".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn what_was_read_says_from_where_to_where_and_what_kept_it_from_more() {
        let stretch = Stretch {
            from: None,
            to: Some(Position { cursor: value("17"), key: vec![value("3"), value("x")] }),
            fence: Some(value("20")),
            held_back: Some(HeldBack { since: "2026-11-21T11:00:00Z".parse().unwrap(), for_s: 90, who: "pid 7, bob, psql".to_owned() }),
            pages: 2,
            skew_ms: Some(-61_000),
            ..Stretch::default()
        };
        let words = lines(&stretch, Sheet::default()).render();
        for part in [
            "before the first row",
            "17 (key 3, x)",
            "20; rows from there on are left for later runs",
            "pid 7, bob, psql, open since 2026-11-21 11:00:00Z (1m 30s)",
            "1m 1s behind this server's",
        ] {
            assert!(words.contains(part), "{part}: {words}");
        }
        assert!(!words.contains("unchanged"), "{words}");
    }
}
