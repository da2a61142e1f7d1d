//! One line an account, drawn again and again: how far the transfer is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use unicode_width::UnicodeWidthStr;

use super::screen::Shared;
use super::{lock, table, units};
use crate::base::escape;

/// Shortest time between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// Columns that an account's name gets, if it needs them, before a bar and all
/// the figures do; with room to spare it gets more.
const NAME: usize = 20;

/// Columns of the bar itself: fewer would tell nothing, more no more.
const BAR: std::ops::RangeInclusive<usize> = 8..=30;

/// How far a transfer is.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    messages: u64,
    all_messages: u64,
    octets: u64,
    /// By the listed sizes, which may be wrong; `None` if some are unknown.
    all_octets: Option<u64>,
}

/// The line of one account. It vanishes when dropped.
#[derive(Debug)]
pub(super) struct Meter {
    bar: ProgressBar,
    name: String,
    position: Position,
    err: Shared,
    start: Instant,
    drawn: Instant,
}

impl Meter {
    pub(super) fn new(
        bars: &MultiProgress,
        err: &Shared,
        name: &str,
        messages: u64,
        octets: Option<u64>,
    ) -> Self {
        let style = ProgressStyle::with_template("{msg}");
        let bar = ProgressBar::no_length()
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let now = Instant::now();
        let meter = Self {
            bar: bars.add(bar),
            name: escape(name),
            position: Position {
                all_messages: messages,
                all_octets: octets,
                ..Position::default()
            },
            err: Arc::clone(err),
            start: now,
            drawn: now,
        };
        meter.draw();
        meter
    }

    /// More octets came in.
    pub(super) fn received(&mut self, octets: u64) {
        self.position.octets = self.position.octets.saturating_add(octets);
        self.refresh();
    }

    /// One more message came in whole.
    pub(super) fn arrived(&mut self) {
        self.position.messages += 1;
        self.refresh();
    }

    fn refresh(&mut self) {
        if self.drawn.elapsed() >= PAUSE {
            self.drawn = Instant::now();
            self.draw();
        }
    }

    fn draw(&self) {
        let width = lock(&self.err).columns();
        let elapsed = self.start.elapsed();
        self.bar
            .set_message(line(&self.name, &self.position, elapsed, width));
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Position {
    /// Part done, 0 to 1. It is 1 only when every message is there: listed
    /// sizes may have been too small.
    fn fraction(&self) -> f64 {
        if self.messages >= self.all_messages {
            return 1.0;
        }
        let fraction = match self.all_octets {
            Some(all @ 1..) => self.octets as f64 / all as f64,
            _ => self.messages as f64 / self.all_messages as f64,
        };
        fraction.min(0.99)
    }

    /// Time left at the speed so far, once there is enough to go by.
    fn left(&self, elapsed: Duration) -> Option<Duration> {
        let done = self.fraction();
        if elapsed < Duration::from_secs(1) || done < 0.01 {
            return None;
        }
        let left = elapsed.as_secs_f64() * (1.0 - done) / done;
        Duration::try_from_secs_f64(left).ok()
    }
}

/// The line, in at most `width` columns. Each part always takes as many
/// columns as it ever may, so that what there is room for does not change from
/// one drawing to the next.
fn line(name: &str, position: &Position, elapsed: Duration, width: usize) -> String {
    let all = position.all_messages.to_string();
    let counts = format!("{:>1$}/{all}", position.messages, all.len());
    let percent = format!("{:>3} %", (position.fraction() * 100.0) as u8);
    let octets = format!("{:>7}", units::octets(position.octets));
    let total = position
        .all_octets
        .map(|all| format!(" of {}", units::octets(all)))
        .unwrap_or_default();
    // A total that proved wrong is not shown.
    let total = match position.all_octets {
        Some(all) if position.octets > all => " ".repeat(total.len()),
        _ => total,
    };
    let of_total = format!("{octets}{total}");
    let seconds = elapsed.as_secs_f64();
    let rate = match seconds >= 0.5 {
        true => units::octets((position.octets as f64 / seconds) as u64) + "/s",
        false => String::new(),
    };
    let rate = format!("{rate:>9}");
    let left = position.left(elapsed).map(units::clock);
    let left = left.map(|left| left + " left").unwrap_or_default();
    let left = format!("{left:<12}");

    // What does not fit is left out, the least important first.
    let forms: [&[&str]; 5] = [
        &[&counts, &percent, &of_total, &rate, &left],
        &[&counts, &percent, &of_total, &left],
        &[&counts, &percent, &octets, &left],
        &[&counts, &percent, &octets],
        &[&counts, &percent],
    ];
    let gap = if name.is_empty() { "" } else { "  " };
    let least = name.width().min(NAME) + gap.len();
    let bar = BAR.start() + "[]  ".len();
    let mut texts = forms.iter().map(|form| form.join("  "));
    let fits = texts.find(|text| least + bar + text.width() <= width);
    let bar = if fits.is_some() { bar } else { 0 };
    let text = fits.unwrap_or_else(|| forms[forms.len() - 1].join("  "));

    let room = width.saturating_sub(text.width());
    let mut out = table::cut(name, room.saturating_sub(bar + gap.len())) + gap;
    if bar > 0 {
        let cells = room
            .saturating_sub(out.width() + "[]  ".len())
            .min(*BAR.end());
        let full = (position.fraction() * cells as f64) as usize;
        let (full, rest) = ("#".repeat(full), ".".repeat(cells - full));
        out.push_str(&format!("[{full}{rest}]  "));
    }
    out.push_str(&text);
    table::cut(out.trim_end(), width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(messages: u64, octets: u64) -> Position {
        Position {
            messages,
            all_messages: 340,
            octets,
            all_octets: Some(3_400_000),
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_left_out() {
        for (width, expected) in [
            (
                99,
                "work  [##########....................]  120/340   35 %   1.2 MB of 3.4 MB   600 kB/s  0:03 left",
            ),
            (
                79,
                "work  [###........]  120/340   35 %   1.2 MB of 3.4 MB   600 kB/s  0:03 left",
            ),
            (
                75,
                "work  [######............]  120/340   35 %   1.2 MB of 3.4 MB  0:03 left",
            ),
            (
                59,
                "work  [####........]  120/340   35 %   1.2 MB  0:03 left",
            ),
            (39, "work  [#####..........]  120/340   35 %"),
            (29, "work  120/340   35 %"),
            (18, "w…  120/340   35 %"),
        ] {
            let line = line("work", &at(120, 1_200_000), Duration::from_secs(2), width);
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn the_parts_stay_where_they_are() {
        let middle = |line: &str| line.rfind(']').or(line.find('/'));
        let begin = |width| line("work", &at(0, 0), Duration::ZERO, width);
        for width in 1..120 {
            for (messages, octets, seconds) in [
                (0, 9, 1),
                (7, 99_900, 3),
                (120, 999_499, 40_000),
                (300, 3_300_000, 5000),
                (339, 99_900_000, 9),
                (340, 3_400_000, 999_999_999),
            ] {
                let seconds = Duration::from_secs(seconds);
                let line = line("work", &at(messages, octets), seconds, width);
                assert_eq!(middle(&line), middle(&begin(width)), "{line}");
                assert_eq!(line.find('%'), begin(width).find('%'), "{line}");
            }
        }
    }

    #[test]
    fn a_long_name_is_whole_where_there_is_room() {
        let name = "somebody@pop.example.org";
        let line = |width| line(name, &at(0, 0), Duration::ZERO, width);
        for (width, begin) in [
            (79, "somebody@pop.example.org  [............]  "),
            (60, "somebody@pop.example.o…  [........]  "),
            (29, "somebody@pop…  "),
        ] {
            assert!(line(width).starts_with(begin), "{}", line(width));
        }
    }

    #[test]
    fn the_line_fits_whatever_is_in_it() {
        let wide = "工作邮箱工作邮箱工作邮箱工作邮箱";
        let position = Position {
            messages: 999_999,
            all_messages: 1_000_000,
            octets: 123_456_789_012,
            all_octets: Some(923_456_789_012),
        };
        for width in 1..120 {
            for name in ["", "work", wide, "somebody@pop.example.org"] {
                let line = line(name, &position, Duration::from_secs(12_345), width);
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
        let line = line(wide, &position, Duration::from_secs(12_345), 60);
        assert!(line.contains("999999/1000000"), "{line}");
    }

    #[test]
    fn sizes_that_were_too_small_never_give_100_percent() {
        let text = line("", &at(339, 9_000_000), Duration::from_secs(9), 60);
        assert!(
            text.contains("339/340   99 %   9.0 MB            0:00 left"),
            "{text}"
        );
        let text = line("", &at(340, 9_000_000), Duration::from_secs(9), 60);
        assert!(text.contains("340/340  100 %"), "{text}");
    }

    #[test]
    fn without_sizes_messages_are_counted() {
        let position = Position {
            all_octets: None,
            ..at(170, 5_000)
        };
        let text = line("", &position, Duration::from_secs(10), 60);
        assert!(
            text.contains("170/340   50 %   5.0 kB    500 B/s  0:10 left"),
            "{text}"
        );
        let nothing = Position::default();
        assert!(line("", &nothing, Duration::ZERO, 60).contains("0/0  100 %"));
    }
}
