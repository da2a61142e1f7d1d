//! Octets and times as people read them.

use std::time::Duration;

/// Octets in decimal units, as disks and networks count: `512 B`, `3.1 MB`.
pub(super) fn octets(octets: u64) -> String {
    let mut value = octets as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB", "PB"] {
        // 999.95 and more would be shown as 1000.
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if unit == "B" || value >= 99.95 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// How long something took: `0.8 s`, `42 s`, `3 min 20 s`, `2 h 05 min`.
pub(super) fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_have_three_digits_at_most() {
        for (number, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (3_141_592, "3.1 MB"),
            (99_949, "99.9 kB"),
            (99_950, "100 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(octets(number), text);
        }
    }

    #[test]
    fn times_grow_coarser() {
        for (millis, text) in [
            (0, "0.0 s"),
            (800, "0.8 s"),
            (42_000, "42 s"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 05 min"),
        ] {
            assert_eq!(elapsed(Duration::from_millis(millis)), text);
        }
    }
}
