//! One line an account, drawn again and again: how far the transfer is.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use unicode_width::UnicodeWidthStr;

use super::{table, units};
use crate::base::escape;

/// Shortest time between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// Most columns for an account's name.
const NAME_MAX: usize = 20;

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
    width: usize,
    start: Instant,
    drawn: Instant,
}

impl Meter {
    pub(super) fn new(
        bars: &MultiProgress,
        name: &str,
        messages: u64,
        octets: Option<u64>,
        width: usize,
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
            width,
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
        let elapsed = self.start.elapsed();
        self.bar
            .set_message(line(&self.name, &self.position, elapsed, self.width));
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

/// The line, in at most `width` columns: what does not fit is left out, the
/// least important first.
fn line(name: &str, position: &Position, elapsed: Duration, width: usize) -> String {
    let counts = format!("{}/{}", position.messages, position.all_messages);
    let percent = format!("{:>3} %", (position.fraction() * 100.0) as u8);
    let octets = units::octets(position.octets);
    let of_octets = match position.all_octets {
        // A total that proved wrong is not shown.
        Some(all) if position.octets <= all => format!("{octets} of {}", units::octets(all)),
        _ => octets.clone(),
    };
    let seconds = elapsed.as_secs_f64();
    let rate = (seconds >= 0.5).then(|| {
        format!(
            "{}/s",
            units::octets((position.octets as f64 / seconds) as u64)
        )
    });
    let left = position
        .left(elapsed)
        .map(|left| format!("{} left", units::clock(left)));

    let (rate, left) = (rate.as_deref(), left.as_deref());
    let forms = [
        [
            Some(&*counts),
            Some(&*percent),
            Some(&*of_octets),
            rate,
            left,
        ],
        [Some(&*counts), Some(&*percent), Some(&*octets), rate, left],
        [Some(&*counts), Some(&*percent), Some(&*octets), None, left],
        [Some(&*counts), Some(&*percent), None, None, left],
        [Some(&*counts), Some(&*percent), None, None, None],
    ];
    let name = table::cut(name, NAME_MAX);
    let mut text = String::new();
    for form in forms {
        text = form.into_iter().flatten().collect::<Vec<_>>().join("  ");
        if name.width() + 2 + text.width() <= width {
            break;
        }
    }
    let mut out = name;
    let room = width.saturating_sub(out.width() + 2 + text.width() + 4);
    if room >= *BAR.start() {
        let room = room.min(*BAR.end());
        let full = (position.fraction() * room as f64) as usize;
        out.push_str(&format!(
            "  [{}{}]",
            "#".repeat(full),
            ".".repeat(room - full)
        ));
    }
    if !out.is_empty() {
        out.push_str("  ");
    }
    out.push_str(&text);
    table::cut(&out, width)
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
    fn the_line_shows_all_where_there_is_room() {
        assert_eq!(
            line("work", &at(120, 1_200_000), Duration::from_secs(2), 100),
            "work  [##########....................]  120/340   35 %  1.2 MB of 3.4 MB  600 kB/s  0:03 left"
        );
        assert_eq!(
            line("work", &at(120, 1_200_000), Duration::from_secs(2), 60),
            "work  120/340   35 %  1.2 MB of 3.4 MB  600 kB/s  0:03 left"
        );
        assert_eq!(
            line("work", &at(0, 0), Duration::ZERO, 40),
            "work  0/340    0 %  0 B of 3.4 MB"
        );
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
        assert!(text.contains("339/340   99 %  9.0 MB  1.0 MB/s"), "{text}");
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
            text.contains("170/340   50 %  5.0 kB  500 B/s  0:10 left"),
            "{text}"
        );
        let nothing = Position::default();
        assert!(line("", &nothing, Duration::ZERO, 60).contains("0/0  100 %"));
    }
}
