//! Lengths of time as people write them: `90s`, `5m`, `1h 30m`.

use std::time::Duration;

/// Whole seconds from a text such as `30s`, `5m`, `1h 30m`; for `clap`.
///
/// # Errors
/// What is wrong with the text, in words.
pub fn seconds(text: &str) -> Result<u32, String> {
    let length = parse(text)?;
    if length.subsec_nanos() != 0 {
        return Err("whole seconds are needed".to_owned());
    }
    u32::try_from(length.as_secs()).map_err(|_| "that is longer than a century".to_owned())
}

/// Whole milliseconds from a text such as `250ms`, `30s`; for `clap`.
///
/// # Errors
/// What is wrong with the text, in words.
pub fn millis(text: &str) -> Result<u32, String> {
    let length = parse(text)?;
    if length.subsec_nanos() % 1_000_000 != 0 {
        return Err("whole milliseconds are needed".to_owned());
    }
    u32::try_from(length.as_millis()).map_err(|_| "that is longer than 49 days".to_owned())
}

fn parse(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it as `30s`, `5m` or `1h 30m`"))
}

/// Seconds as people write them: `1h 30m`.
pub fn of_seconds(seconds: u32) -> String {
    humantime::format_duration(Duration::from_secs(seconds.into())).to_string()
}

/// Milliseconds as people write them: `1s 250ms`.
pub fn of_millis(millis: u64) -> String {
    humantime::format_duration(Duration::from_millis(millis)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, expected) in
            [("0s", Some(0)), ("90s", Some(90)), ("5m", Some(300)), ("1h 30m", Some(5_400)), ("1h30m", Some(5_400)), ("2d", Some(172_800))]
        {
            assert_eq!(seconds(text).ok(), expected, "{text}");
        }
        for text in ["", "5", "-1s", "1.5x", "250ms", "200y"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(millis("250ms"), Ok(250));
        assert!(millis("3us").is_err());
    }

    #[test]
    fn lengths_are_written_as_they_are_read() {
        for text in ["30s", "5m", "1h 30m", "1day"] {
            assert_eq!(of_seconds(seconds(text).unwrap()), text);
        }
        assert_eq!(of_millis(1_250), "1s 250ms");
    }
}
