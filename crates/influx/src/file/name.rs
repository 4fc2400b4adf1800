//! From the label of a write to a file name that any file system takes.

/// Longest name, in bytes, before the extension; file systems take 255 in all.
const MAX_BYTES: usize = 200;

/// A file name for a label: letters, digits, `.`, `-` and `_` stay, every other byte becomes `%XX`, so that different labels have different
/// names. A long one is cut and ends in a number made from the whole label.
pub(super) fn of(label: &str) -> String {
    let mut name = String::with_capacity(label.len());
    for (index, character) in label.char_indices() {
        if character.is_alphanumeric() || matches!(character, '-' | '_') || (character == '.' && index > 0) {
            name.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                name.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    if name.is_empty() {
        name.push('_');
    }
    if name.len() > MAX_BYTES {
        let mut end = MAX_BYTES - 17;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
        name.push_str(&format!("-{:016x}", fingerprint(label.as_bytes())));
    }
    name
}

/// FNV-1a of 64 bits: the same on every machine and in every version, as names have to be.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_leaves_the_folder_and_different_labels_have_different_names() {
        for (label, expected) in [
            ("orders 2026-11-21T12:00:00Z", "orders%202026-11-21T12%3A00%3A00Z"),
            ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
            (".hidden", "%2Ehidden"),
            ("a%20b", "a%2520b"),
            ("Größe", "Größe"),
            ("", "_"),
        ] {
            assert_eq!(of(label), expected);
        }
        let long = "x".repeat(400);
        assert_eq!(of(&long).len(), MAX_BYTES);
        assert_ne!(of(&long), of(&format!("{long}y")));
        assert_eq!(of(&long), of(&long));
    }
}
