//! Marked secrets, and the search for them in any form in which they could leave.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The secrets that were given out, and where they were seen again.
#[derive(Default)]
pub(crate) struct Canaries {
    marks: Vec<(String, String)>,
    seen: Vec<String>,
}

impl Canaries {
    /// A new secret. Long, without a pattern, and of characters that no encoding touches, so that it is found wherever it is.
    pub(crate) fn mark(&mut self, what: &str) -> String {
        let mark = format!("canary{:02}q{:08x}zk", self.marks.len(), 0x9e37_79b9_u32.wrapping_mul(self.marks.len() as u32 + 1));
        self.marks.push((what.to_owned(), mark.clone()));
        mark
    }

    /// Looks for every secret, as it is and in base64 whatever stands before it (a `Basic` login is `user:password`).
    pub(crate) fn seek(&mut self, place: &str, bytes: &[u8]) {
        for (what, mark) in &self.marks {
            for (form, text) in forms(mark) {
                if let Some(at) = find(bytes, text.as_bytes()) {
                    let around = String::from_utf8_lossy(&bytes[at.saturating_sub(120)..(at + 20).min(bytes.len())]).into_owned();
                    self.seen.push(format!("{what} ({form}) in {place}: …{around}"));
                }
            }
        }
    }

    pub(crate) fn none_was_seen(&self) {
        assert!(self.seen.is_empty(), "{} sightings:\n{}", self.seen.len(), self.seen.join("\n"));
    }
}

/// The secret itself, and the middle of its base64 at each of the three alignments.
fn forms(mark: &str) -> Vec<(&'static str, String)> {
    let mut forms = vec![("in clear", mark.to_owned())];
    for shift in 0..3 {
        let encoded = STANDARD.encode(format!("{}{mark}", "x".repeat(shift)));
        // The first and last characters mix with what stands before and after.
        forms.push(("in base64", encoded[4..encoded.len() - 4].to_owned()));
    }
    forms
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_clear_and_in_the_header_of_a_login() {
        for user in ["u", "us", "use", "user"] {
            let mut canaries = Canaries::default();
            let mark = canaries.mark("password");
            canaries.seek("a log", format!("Authorization: Basic {}", STANDARD.encode(format!("{user}:{mark}"))).as_bytes());
            assert_eq!(canaries.seen.len(), 1, "{user}");
        }
        let mut canaries = Canaries::default();
        let mark = canaries.mark("password");
        canaries.seek("an answer", format!("{{\"password\":\"{mark}\"}}").as_bytes());
        assert_eq!(canaries.seen.len(), 1);
    }
}
