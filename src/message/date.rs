//! The Date field (RFC 5322 §3.3 and §4.3) as RFC 3339. A date is shown right
//! or not at all: each word of it must be understood, whatever their order.

use std::str::FromStr;

use jiff::civil;
use jiff::tz::Offset;

/// Longest value that can be a date in octets, comments included.
const MAX_LENGTH: usize = 200;

/// Hours from UTC with the names of zones: those of RFC 5322 §4.3, and others
/// that name one offset everywhere. A single letter but `Z` was used with
/// either sign (RFC 5322 §4.3) and is not known.
const ZONES: [(i8, &str); 13] = [
    (-8, "PST"),
    (-7, "PDT MST"),
    (-6, "MDT CST"),
    (-5, "CDT EST"),
    (-4, "EDT"),
    (0, "UT UTC GMT Z WET"),
    (1, "CET MET MEZ WEST"),
    (2, "CEST MEST MESZ EET"),
    (3, "EEST"),
    (8, "HKT SGT"),
    (9, "JST KST"),
    (12, "NZST"),
    (13, "NZDT"),
];

const MONTHS: &str =
    "january february march april may june july august september october november december";

const WEEKDAYS: &str = "monday tuesday wednesday thursday friday saturday sunday";

/// Reads a date as mail programs write it, asctime(3), date(1), JavaScript
/// and ISO 8601 included, and keeps the sender's offset; without one it is
/// taken for UTC. `None` if a part is missing, comes twice or is not
/// understood, or if the year lies outside of 1900 to 9999.
pub(super) fn rfc3339(value: &str) -> Option<String> {
    let value = value.trim();
    if value.len() > MAX_LENGTH {
        return None;
    }
    let (time, offset) = match iso8601(value) {
        Some(found) => found,
        None => Words::read(value)?.date()?,
    };
    let timestamp = offset.to_timestamp(time).ok()?;
    (1900..=9999)
        .contains(&time.year())
        .then(|| timestamp.display_with_offset(offset).to_string())
}

/// A date as in RFC 3339, which some programs write.
fn iso8601(value: &str) -> Option<(civil::DateTime, Offset)> {
    let pieces = jiff::fmt::temporal::Pieces::parse(value).ok()?;
    let offset = match pieces.offset() {
        Some(offset) => offset.to_numeric_offset(),
        None => Offset::UTC,
    };
    let plain = pieces.time_zone_annotation().is_none();
    plain.then_some((pieces.date().to_datetime(pieces.time()?), offset))
}

/// The words of a date, each at most once but for the two numbers.
#[derive(Default)]
struct Words {
    weekday: Option<()>,
    /// Day and year, in this order in every layout; each with its digits.
    numbers: Vec<(i16, usize)>,
    month: Option<i8>,
    time: Option<Time>,
    /// Whether it is after noon on a clock of twelve hours.
    afternoon: Option<bool>,
    zone: Option<Offset>,
    /// What comments name besides days of the week, which matters where no
    /// zone stands outside of them.
    comments: Vec<Option<Offset>>,
}

#[derive(Clone, Copy)]
struct Time {
    hour: i8,
    minute: i8,
    /// 60 in a leap second.
    second: i8,
}

/// Sets what must not be set twice.
fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

impl Words {
    fn read(value: &str) -> Option<Self> {
        let mut words = Self::default();
        let mut plain = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(at) = rest.find('(') {
            plain.push_str(&rest[..at]);
            plain.push(' ');
            let (comment, behind) = comment(&rest[at + 1..]);
            words.comment(comment);
            rest = behind;
        }
        plain.push_str(rest);
        // Blanks may stand around the colons of a time (RFC 5322 §4.3).
        let parts: Vec<&str> = plain.split(':').map(str::trim).collect();
        parts
            .join(":")
            .split(|c: char| c.is_ascii_whitespace() || c == ',')
            .filter(|word| !word.is_empty())
            .try_for_each(|word| words.word(word))?;
        Some(words)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        if let Some(number) = number(word, 4) {
            self.numbers.push((number, word.len()));
            return Some(());
        }
        if let Some(offset) = zone(word) {
            // The name behind a number says the same again.
            let before = self.zone.replace(offset);
            return (before.is_none() || before == Some(offset)).then_some(());
        }
        if let Some(month) = named(MONTHS, word) {
            return once(&mut self.month, month);
        }
        if named(WEEKDAYS, word).is_some() {
            return once(&mut self.weekday, ());
        }
        if let Some(afternoon) = noon(word) {
            return once(&mut self.afternoon, afternoon);
        }
        if word.contains(':') {
            if let Some(at) = word.find(['+', '-']) {
                self.word(&word[..at])?;
                return self.word(&word[at..]);
            }
            let clock = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            if clock.len() < word.len() {
                once(&mut self.afternoon, noon(&word[clock.len()..])?)?;
            }
            return once(&mut self.time, time(clock)?);
        }
        // As in 06-Nov-1994; a hyphen in front would be a zone.
        let mut parts = word.split('-');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        for text in [day, year] {
            self.numbers.push((number(text, 4)?, text.len()));
        }
        once(&mut self.month, named(MONTHS, month)?)?;
        parts.next().is_none().then_some(())
    }

    fn comment(&mut self, comment: &str) {
        let comment = comment.trim();
        if named(WEEKDAYS, comment).is_none() {
            self.comments.push(zone(comment));
        }
    }

    /// The offset from UTC; `None` if it is in doubt.
    fn offset(&self) -> Option<Offset> {
        match (self.zone, self.comments.as_slice()) {
            (Some(zone), _) => Some(zone),
            (None, []) => Some(Offset::UTC),
            (None, [named]) => *named,
            (None, _) => None,
        }
    }

    fn date(self) -> Option<(civil::DateTime, Offset)> {
        let offset = self.offset()?;
        let [(day, day_digits), (year, year_digits)] = self.numbers[..] else {
            return None;
        };
        let year = match year_digits {
            // RFC 5322 §4.3.
            2 if year < 50 => year + 2000,
            2 | 3 => year + 1900,
            4 => year,
            _ => return None,
        };
        let day = i8::try_from(day).ok().filter(|_| day_digits <= 2)?;
        let Time {
            hour,
            minute,
            second,
        } = self.time?;
        let hour = match self.afternoon {
            None => hour,
            Some(afternoon) if (1..=12).contains(&hour) => {
                hour % 12 + if afternoon { 12 } else { 0 }
            }
            Some(_) => return None,
        };
        let leap = i64::from(second == 60);
        let time = civil::Time::new(hour, minute, second.min(59), 0).ok()?;
        let date = civil::Date::new(year, self.month?, day).ok()?;
        let time = date.to_datetime(time);
        let time = time.checked_add(jiff::SignedDuration::from_secs(leap));
        Some((time.ok()?, offset))
    }
}

/// Splits behind the parenthesis that ends a comment; comments lie in one
/// another, and one that is not closed goes to the end.
fn comment(text: &str) -> (&str, &str) {
    let mut depth = 0;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 0 => return (&text[..at], &text[at + 1..]),
            ')' => depth -= 1,
            _ => {}
        }
    }
    (text, "")
}

/// The place of a name in a list, from 1; three letters or more will do.
fn named(names: &str, word: &str) -> Option<i8> {
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    let is_it = |name: &str| word.len() >= 3 && name.starts_with(&word);
    let at = names.split(' ').position(is_it)?;
    i8::try_from(at + 1).ok()
}

/// A number of at most `most` digits.
fn number<T: FromStr>(text: &str, most: usize) -> Option<T> {
    let numeric = text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| numeric)
}

/// Whether a word says that it is after noon.
fn noon(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "am" | "a.m." => Some(false),
        "pm" | "p.m." => Some(true),
        _ => None,
    }
}

/// A time of day: hour and minute, and perhaps a second.
fn time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, parts.next()?);
    let second = match parts.next() {
        Some(second) => number(second, 2).filter(|&second| second <= 60)?,
        None => 0,
    };
    let minute = number(minute, 2).filter(|_| minute.len() == 2)?;
    parts.next().is_none().then_some(Time {
        hour,
        minute,
        second,
    })
}

/// A zone: `+hhmm`, `+hh:mm`, `+hh`, a name, or a name of UTC in front of one
/// of the first three.
fn zone(word: &str) -> Option<Offset> {
    let known = |name: &str| {
        let is_it = |names: &str| names.split(' ').any(|n| n.eq_ignore_ascii_case(name));
        let found = ZONES.iter().find(|(_, names)| is_it(names));
        found.map(|&(hours, _)| hours)
    };
    let Some(at) = word.find(['+', '-']) else {
        return known(word).map(Offset::constant);
    };
    let (name, signed) = word.split_at(at);
    if !name.is_empty() && known(name) != Some(0) {
        return None;
    }
    let digits = &signed[1..];
    let (hours, minutes) = match (digits.len(), digits.split_once(':')) {
        (4 | 5, Some((hours, minutes))) => (hours, minutes),
        (4, None) => digits.split_at_checked(2)?,
        (1 | 2, None) => (digits, "00"),
        _ => return None,
    };
    let (hours, minute): (i32, i32) = (number(hours, 2)?, number(minutes, 2)?);
    let possible = hours < 24 && minute < 60 && minutes.len() == 2;
    let sign = if signed.starts_with('-') { -1 } else { 1 };
    let offset = Offset::from_seconds(sign * (hours * 60 + minute) * 60);
    offset.ok().filter(|_| possible)
}

#[cfg(test)]
mod tests;
