//! The Date field (RFC 5322 §3.3 and §4.3) as RFC 3339. A date is shown right
//! or not at all: each word of it must be understood.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, fmt::temporal::Pieces};

use super::fields;

/// Longest value that can be a date in octets, comments included.
const MAX_LENGTH: usize = 200;

/// Layouts as for strptime(3), without the day of the week and the zone: those
/// of mail, of asctime(3) and date(1), and of JavaScript. Slashes are between
/// the words, since a blank in a layout also means no blank.
const LAYOUTS: [&str; 6] = [
    "%d/%b/%Y/%H:%M:%S",
    "%d/%b/%Y/%I:%M:%S/%p",
    "%b/%d/%H:%M:%S/%Y",
    "%b/%d/%I:%M:%S/%p/%Y",
    "%b/%d/%Y/%H:%M:%S",
    "%b/%d/%Y/%I:%M:%S/%p",
];

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
    let (time, offset) = iso8601(value).or_else(|| spelled(value))?;
    let timestamp = offset.to_timestamp(time).ok()?;
    (1900..=9999).contains(&time.year()).then(|| timestamp.display_with_offset(offset).to_string())
}

/// A date as in RFC 3339, which some programs write.
fn iso8601(value: &str) -> Option<(DateTime, Offset)> {
    let pieces = Pieces::parse(value).ok()?;
    let offset = pieces.offset().map(|offset| offset.to_numeric_offset());
    let plain = pieces.time_zone_annotation().is_none();
    let time = pieces.date().to_datetime(pieces.time()?);
    plain.then_some((time, offset.unwrap_or(Offset::UTC)))
}

/// A date with the name of its month.
fn spelled(value: &str) -> Option<(DateTime, Offset)> {
    let date = Words::read(value)?;
    let offset = match date.zone {
        Some(zone) => zone,
        None if date.comments.is_empty() => Offset::UTC,
        // A comment matters only where nothing else names the zone.
        None => match Words::read(&date.comments)? {
            comments if comments.words.is_empty() => comments.zone.unwrap_or(Offset::UTC),
            _ => return None,
        },
    };
    // A time may lack its second, but no digit of its minute.
    let is_whole = |word: &String| word.split(':').nth(1).is_none_or(|minute| minute.len() == 2);
    if !date.words.iter().all(is_whole) {
        return None;
    }
    let whole = |word: &String| match word.matches(':').count() {
        1 => format!("{word}:00"),
        _ => word.to_owned(),
    };
    let words = date.words.iter().map(whole).collect::<Vec<_>>().join("/");
    let mut times = LAYOUTS.iter().filter_map(|layout| {
        let year = layout.split('/').position(|part| part == "%Y")?;
        let digits = date.words.get(year)?.len();
        let time = DateTime::strptime(layout, &words).ok()?;
        // Nobody knows what a longer year with a zero in front means.
        let least = [0, 0, 0, 100, 1000];
        let is_year = digits >= 2 && time.year() >= *least.get(digits)?;
        is_year.then_some(time)
    });
    let time = times.next()?;
    let year = match time.year() {
        year @ 0..50 => year + 2000, // RFC 5322 §4.3
        year @ 50..1000 => year + 1900,
        year => year,
    };
    let leap = SignedDuration::from_secs(words.contains(":60").into());
    let time = time.with().year(year).build().ok()?;
    Some((time.checked_add(leap).ok()?, offset))
}

/// What a date consists of, day of the week aside.
#[derive(Default)]
struct Words {
    /// As [`LAYOUTS`] has them.
    words: Vec<String>,
    zone: Option<Offset>,
    comments: String,
}

impl Words {
    fn read(text: &str) -> Option<Self> {
        let mut date = Self::default();
        let mut rest = text;
        let mut before = ' ';
        while let Some(first) = rest.chars().next() {
            let run = |of: fn(&char) -> bool| 1 + rest.chars().skip(1).take_while(of).count();
            let length = match first {
                ' ' | '\t' | ',' => 1,
                '(' => date.comment(rest),
                'A'..='Z' | 'a'..='z' => run(|c| c.is_ascii_alphabetic() || *c == '.'),
                '0'..='9' | ':' | '+' | '-' => run(|c| c.is_ascii_digit() || *c == ':'),
                _ => return None,
            };
            let word = &rest[..length];
            match first {
                'A'..='Z' | 'a'..='z' => date.name(word)?,
                '0'..='9' | ':' => date.number(word),
                // As in 06-Nov-1994.
                '-' if length == 1 => {}
                '-' if before.is_ascii_alphabetic() && date.zone.is_none() => {
                    date.number(&word[1..]);
                }
                '+' | '-' => date.offset(word, before.is_ascii_alphabetic())?,
                _ => {}
            }
            before = word.chars().next_back()?;
            rest = &rest[length..];
        }
        Some(date)
    }

    /// Reads a comment, and returns its length.
    fn comment(&mut self, text: &str) -> usize {
        let mut comment = vec![b' '];
        let length = fields::quoted(text.as_bytes(), b')', &mut comment);
        self.comments.push_str(&String::from_utf8_lossy(&comment));
        length
    }

    /// Takes a month, a half of the day, a day of the week or a zone.
    fn name(&mut self, word: &str) -> Option<()> {
        let word = word.replace('.', "").to_ascii_lowercase();
        let is_in = |names: &str| {
            let mut names = names.split(' ');
            word.len() >= 3 && names.any(|name| name.starts_with(&word))
        };
        if is_in(MONTHS) {
            self.words.push(word[..3].to_owned());
        } else if word == "am" || word == "pm" {
            self.words.push(word);
        } else if !is_in(WEEKDAYS) {
            let is_it = |names: &str| names.split(' ').any(|n| n.eq_ignore_ascii_case(&word));
            let (hours, _) = ZONES.iter().find(|(_, names)| is_it(names))?;
            return self.zone(Offset::constant(*hours));
        }
        Some(())
    }

    /// Takes a number or a time of day. Blanks and comments may be around
    /// the colons of a time (RFC 5322 §4.3).
    fn number(&mut self, word: &str) {
        match self.words.last_mut() {
            Some(last) if last.ends_with(':') || word.starts_with(':') => last.push_str(word),
            _ => self.words.push(word.to_owned()),
        }
    }

    /// Takes `+hhmm`, `+hh:mm` or `+hh`, perhaps behind a name of UTC.
    fn offset(&mut self, word: &str, is_behind_name: bool) -> Option<()> {
        let (sign, digits) = word.split_at(1);
        let (hours, minutes) = match (digits.len(), digits.split_once(':')) {
            (4 | 5, Some(split)) => split,
            (4, None) => digits.split_at(2),
            (1 | 2, None) => (digits, "00"),
            _ => return None,
        };
        let (hours, minute): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        let possible = hours < 24 && minute < 60 && minutes.len() == 2;
        let sign = if sign == "-" { -60 } else { 60 };
        if is_behind_name {
            self.zone.take().filter(|&zone| zone == Offset::UTC)?;
        }
        let offset = Offset::from_seconds(sign * (hours * 60 + minute));
        self.zone(offset.ok().filter(|_| possible)?)
    }

    /// The name behind a number says the same again.
    fn zone(&mut self, zone: Offset) -> Option<()> {
        let before = self.zone.replace(zone);
        (before.is_none() || before == Some(zone)).then_some(())
    }
}

#[cfg(test)]
mod tests;
