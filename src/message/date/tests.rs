//! Dates: known ones, and an oracle for all others.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

#[test]
fn dates_keep_their_offset() {
    for row in [
        "Wed, 25 Nov 2026 10:30:00 +0800 => 2026-11-25T10:30:00+08:00",
        "25 Nov 2026 10:30 GMT => 2026-11-25T10:30:00+00:00",
        "Mon, 25 Nov 2026 10:30:00 -0330 (NST) => 2026-11-25T10:30:00-03:30",
        "Thu, 01 Jan 98 00:00:00 EST => 1998-01-01T00:00:00-05:00",
        "Wed, 25 November 2026 10:30:00 +0100 => 2026-11-25T10:30:00+01:00",
        "Wed, 25 Nov 2026 10:30:00 => 2026-11-25T10:30:00+00:00",
        "Wed, 20 Sep 1995 00:19:00 (EDT) -0400 => 1995-09-20T00:19:00-04:00",
        "Wed, 20 Sep 1995 00:19:00 (who (knows) \\) that?) -0400 => 1995-09-20T00:19:00-04:00",
        "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600 => 1997-11-21T09:55:06-06:00",
        "Thu, 16 Jun 2016 00:41:19 (UTC) => 2016-06-16T00:41:19+00:00",
        "Thu, 16 Jun 2016 00:41:19 (PDT) => 2016-06-16T00:41:19-07:00",
        "18 Feb 01 12:29:13 AM => 2001-02-18T00:29:13+00:00",
        "18 Feb 01 12:29:13PM => 2001-02-18T12:29:13+00:00",
        "18 Feb 01 01:29 p.m. +0100 => 2001-02-18T13:29:00+01:00",
        "18 Jan 1992 17:19 (Saturday) => 1992-01-18T17:19:00+00:00",
        "Tue Jul 24 18:55:07 2007 => 2007-07-24T18:55:07+00:00",
        "Tue Jul  4 18:55:07 CEST 2007 => 2007-07-04T18:55:07+02:00",
        "Mon Nov 18 2013 09:26:24 GMT+0100 (CET) => 2013-11-18T09:26:24+01:00",
        "Mon, 18 Nov 2013 09:26:24 +01:00 => 2013-11-18T09:26:24+01:00",
        "Mon, 18 Nov 2013 09:26:24 -05:30 => 2013-11-18T09:26:24-05:30",
        "Mon, 18 Nov 2013 9:26 +0100 => 2013-11-18T09:26:00+01:00",
        "Mon, 18 Nov 2013 9:26 +1 => 2013-11-18T09:26:00+01:00",
        "Mon, 18 Nov 2013 9:26 -0000 => 2013-11-18T09:26:00+00:00",
        "Mon, 18 Nov 2013 9:26 -0800 PST => 2013-11-18T09:26:00-08:00",
        "Sunday, 06-Nov-94 08:49:37 GMT => 1994-11-06T08:49:37+00:00",
        "Sun, 06 Nov 103 08:49:37 GMT => 2003-11-06T08:49:37+00:00",
        "2013-11-18T09:26:24+01:00 => 2013-11-18T09:26:24+01:00",
        "Wed, 25 Nov 2026 9:05:5 +0000 => 2026-11-25T09:05:05+00:00",
        "2013-11-18 09:26:24Z => 2013-11-18T09:26:24+00:00",
        "Sat, 31 Dec 2016 23:59:60 +0000 => 2017-01-01T00:00:00+00:00",
        "01 Jan 2001 00:01+0000 => 2001-01-01T00:01:00+00:00",
    ] {
        let (value, date) = row.split_once(" => ").expect("a row");
        assert_eq!(rfc3339(value).as_deref(), Some(date), "{value}");
    }
}

// Fault 92.
#[test]
fn what_is_no_date_is_none() {
    let long = format!("Wed, 25 Nov 2026 10:30:00 +0800 ({})", "x".repeat(1 << 20));
    for value in [
        "",
        "yesterday",
        "Wed, 25 Nov 99999 10:30:00 +0000",
        "Wed, 25 Nov -1 10:30:00 +0000",
        "Wed, 25 Nov",
        "Wed, 25 Nov 2026",
        "Wed, 25 Nov 4294967295 10:30:00 +0000",
        "Wed, 31 Feb 2026 10:30:00 +0000",
        "Wed, 25 Nov 2026 24:30:00 +0000",
        "Wed, 25 Nov 2026 10:60:00 +0000",
        "Wed, 25 Nov 2026 13:30 PM",
        "Wed, 25 Nov 2026 10:3 +0000",
        "Wed, 25 Nov 2 10:30:00 +0000",
        "Wed, 25 Nov 0098 10:30:00 +0000",
        "Wed, 25 Nov 005 10:30:00 +0000",
        "Wed, 25 Nov 1850 10:30:00 +0000",
        // Zones nobody knows, or with several meanings.
        "Wed, 25 Nov 2026 10:30:00 XYZ",
        "Wed, 25 Nov 2026 10:30:00 IST",
        "Wed, 25 Nov 2026 10:30:00 A",
        "Wed, 25 Nov 2026 10:30:00 (Romance Standard Time)",
        "Wed, 25 Nov 2026 10:30:00 (EST) (EDT)",
        "Wed, 25 Nov 2026 10:30:00 +0100 EST",
        "Wed, 25 Nov 2026 10:30:00 +0160",
        "Wed, 25 Nov 2026 10:30:00 +2400",
        "Wed, 25 Nov 2026 10:30:00 +010",
        "Wed, 25 Nov 2026 10:30:00 +01:5",
        "Wed, 25 Nov 2026 10:30:00 +++1",
        "Wed, 25 Nov 2026 10:30:00 EST+0100",
        // Which is the day, which the month?
        "11/12/2013 09:26:24 +0100",
        "2013 Nov 18 09:26:24 +0100",
        "11 12 2013 09:26:24 +0100",
        "2013-11-18",
        "2013-11-18T09:26:24+01:00[Europe/Paris]",
        &long,
    ] {
        assert_eq!(rfc3339(value), None, "{value:.60}");
    }
}

/// Layouts that mail has, as patterns of strftime(3), and whether each tells
/// the instant whole.
const LAYOUTS: [(&str, bool); 16] = [
    ("%a, %d %b %Y %H:%M:%S %z", true),
    ("%d %b %Y %H:%M:%S %z", true),
    ("%a, %-d %b %Y %-H:%M:%S %z", true),
    ("%A, %d %B %Y %H:%M:%S %:z", true),
    ("%a, %d %b %Y %H:%M:%S GMT%z", true),
    ("%a, %d %b %Y %I:%M:%S %p %z", true),
    ("%a %b %e %H:%M:%S %z %Y", true),
    ("%a %b %d %Y %H:%M:%S GMT%z (anything)", true),
    ("%d-%b-%Y %H:%M:%S %z", true),
    ("%Y-%m-%dT%H:%M:%S%:z", true),
    ("%a, %d %b %Y (noon) %H:%M:%S %z (local)", true),
    // What is not told is taken to be 0.
    ("%a, %d %b %Y %H:%M %z", false),
    ("%a %b %e %H:%M:%S %Y", false),
    // Either nobody can know, or only some can.
    ("%d/%m/%Y %H:%M:%S %z", false),
    ("%a, %d.%m.%Y %H:%M:%S %z", false),
    ("%s", false),
];

proptest! {
    #[test]
    fn no_date_is_another_instant(
        second in -2_208_800_000_i64..253_402_000_000,
        quarters in -48_i32..57,
        (layout, whole) in prop::sample::select(LAYOUTS.to_vec()),
    ) {
        let instant = Timestamp::from_second(second).expect("in range");
        // Of what a layout leaves out, nothing is there.
        let minute = second.rem_euclid(60) == 0;
        let utc = quarters == 0;
        let zone = Offset::from_seconds(quarters * 900).expect("in range");
        let zoned = instant.to_zoned_datetime(TimeZone::fixed(zone));
        let text = zoned.strftime(layout).to_string();
        let read = rfc3339(&text);
        let year = zoned.year();
        if whole && (1900..=9999).contains(&year) {
            prop_assert!(read.is_some(), "{text}");
        }
        let comparable = match layout {
            "%a, %d %b %Y %H:%M %z" => minute,
            "%a %b %e %H:%M:%S %Y" => utc,
            _ => true,
        };
        if let Some(read) = read.filter(|_| comparable) {
            let same: Timestamp = read.parse().expect("RFC 3339");
            prop_assert_eq!(same, instant, "{}", text);
        }
    }

    #[test]
    fn two_digits_of_a_year_are_of_this_century_or_the_last(
        second in -631_152_000_i64..2_524_607_999,
        layout in prop::sample::select(vec!["%a, %d %b %y %T %z", "%A, %d-%b-%y %T GMT"]),
    ) {
        let instant = Timestamp::from_second(second).expect("in range");
        let text = instant.strftime(layout).to_string();
        let read = rfc3339(&text).expect("a date");
        prop_assert_eq!(read.parse::<Timestamp>().expect("RFC 3339"), instant, "{}", text);
    }

    #[test]
    fn a_word_too_many_or_too_few_is_no_date(
        at in 0_usize..6,
        word in "[a-z]{4,9}|[0-9]{1,4}|[a-z]*[/;_!][0-9a-z]*",
    ) {
        let words = ["Wed,", "25", "Nov", "2026", "10:30:00", "+0800"];
        prop_assume!(Words::default().name(&word).is_none());
        let mut more = words.to_vec();
        more.insert(at, &word);
        prop_assert_eq!(rfc3339(&more.join(" ")), None, "{:?}", more);
        if (1..5).contains(&at) {
            let mut fewer = words.to_vec();
            fewer.remove(at);
            prop_assert_eq!(rfc3339(&fewer.join(" ")), None, "{:?}", fewer);
        }
    }

    #[test]
    fn any_text_is_a_date_or_none(text in "[ -~]{0,40}|[0-9a-zA-Z:+, ()-]{0,40}|\\PC{0,20}") {
        if let Some(read) = rfc3339(&text) {
            prop_assert!(read.parse::<Timestamp>().is_ok(), "{text}: {read}");
        }
    }
}
