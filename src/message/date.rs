//! The Date field (RFC 5322 §3.3) as RFC 3339.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::Offset;

/// Longest value that can be a date, comments included.
const LENGTH_MAX: usize = 200;

/// Reads a date, with the obsolete forms and the usual mistakes; the
/// sender's offset is kept where it is told properly. `None` if it makes no
/// sense or the year has not four digits.
pub(super) fn rfc3339(value: &str) -> Option<String> {
    let value = value.trim();
    if value.len() > LENGTH_MAX {
        return None;
    }
    let (timestamp, offset) = strict(value).or_else(|| lenient(value))?;
    let year = offset.to_datetime(timestamp).year();
    (1900..=9999)
        .contains(&year)
        .then(|| timestamp.display_with_offset(offset).to_string())
}

fn strict(value: &str) -> Option<(Timestamp, Offset)> {
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let date = PARSER.parse_zoned_datetime(value).ok()?;
    Some((date.timestamp(), date.offset()))
}

/// Full names of months, no zone and the like; in UTC.
fn lenient(value: &str) -> Option<(Timestamp, Offset)> {
    // 0 is also the answer when there is no year.
    let seconds = mailparse::dateparse(value).ok().filter(|&s| s != 0)?;
    Some((Timestamp::from_second(seconds).ok()?, Offset::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_keep_their_offset() {
        for (value, date) in [
            (
                "Wed, 25 Nov 2026 10:30:00 +0800",
                "2026-11-25T10:30:00+08:00",
            ),
            ("25 Nov 2026 10:30 GMT", "2026-11-25T10:30:00+00:00"),
            (
                "Mon, 25 Nov 2026 10:30:00 -0330 (NST)",
                "2026-11-25T10:30:00-03:30",
            ),
            ("Thu, 01 Jan 98 00:00:00 EST", "1998-01-01T00:00:00-05:00"),
            (
                "Wed, 25 November 2026 10:30:00 +0100",
                "2026-11-25T09:30:00+00:00",
            ),
            ("Wed, 25 Nov 2026 10:30:00", "2026-11-25T10:30:00+00:00"),
        ] {
            assert_eq!(rfc3339(value).as_deref(), Some(date), "{value}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        let long = format!("Wed, 25 Nov 2026 10:30:00 +0800 ({})", "x".repeat(1 << 20));
        for value in [
            "",
            "yesterday",
            "Wed, 25 Nov 99999 10:30:00 +0000",
            "Wed, 25 Nov -1 10:30:00 +0000",
            "Wed, 25 Nov",
            "Wed, 25 Nov 4294967295 10:30:00 +0000",
            &long,
        ] {
            assert_eq!(rfc3339(value), None, "{value:.40}");
        }
    }
}
