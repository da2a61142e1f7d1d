//! What holds the promises, and the cases that a fetcher meets: the promises by
//! the table in `tests/cases`, the cases by their numbers in the comments above
//! the tests. Cases 1 to 104 are of the protocol, Q1 to Q53 quirks of real
//! servers, faults 1 to 113 whatever can lose, double, tear or expose mail.

use std::collections::BTreeSet;

use crate::support::source::sources;

/// The numbers in a comment such as `Cases 5 and 7 to 9, Q3, fault 12.`, each
/// with what it counts.
fn numbers_in(comment: &str, found: &mut BTreeSet<(&'static str, u32)>) {
    let (mut kind, mut last, mut is_range) = (None, 0, false);
    for word in comment.split([' ', ',', '.', ':', ';', '/']) {
        let quirk = word.strip_prefix('Q').and_then(|number| number.parse().ok());
        match (word.to_lowercase().as_str(), word.parse::<u32>(), kind) {
            ("", ..) | ("and", ..) => {}
            ("to", ..) => is_range = true,
            ("case" | "cases", ..) => kind = Some("case"),
            ("fault" | "faults", ..) => kind = Some("fault"),
            (_, Ok(number), Some(kind)) => {
                let first = if is_range { last + 1 } else { number };
                found.extend((first..=number).map(|number| (kind, number)));
                (last, is_range) = (number, false);
            }
            _ => {
                found.extend(quirk.map(|number| ("quirk", number)));
                (kind, is_range) = (None, false);
            }
        }
    }
}

/// The names of all tests, and what the numbers above them count.
fn tests() -> (BTreeSet<String>, BTreeSet<(&'static str, u32)>) {
    let (mut names, mut found) = (BTreeSet::new(), BTreeSet::new());
    for text in sources("src").into_values().chain(sources("tests").into_values()) {
        let (mut above, mut is_test) = (BTreeSet::new(), false);
        for line in text.lines().map(str::trim) {
            if line.starts_with("//") {
                numbers_in(line, &mut above);
                continue;
            }
            if line.starts_with('#') {
                is_test |= line == "#[test]";
                continue;
            }
            if let Some(rest) = line.strip_prefix("fn ").filter(|_| is_test) {
                names.extend(rest.split('(').next().map(str::to_owned));
                found.append(&mut above);
            }
            above.clear();
            is_test = false;
        }
    }
    (names, found)
}

/// What nothing here can show: UIDL is never asked of one message (Q7); a
/// message of Q51 is like any other; NFS is outside the promises (49); a clock
/// that jumps is a cut or a pause (64); root may fetch mail (108); there is no
/// delivery to a command (109).
const NOT_SEEN: [(&str, u32); 6] =
    [("quirk", 7), ("quirk", 51), ("fault", 49), ("fault", 64), ("fault", 108), ("fault", 109)];

#[test]
fn every_case_quirk_and_fault_has_a_test() {
    let (_, mut found) = tests();
    found.extend(NOT_SEEN);
    let up_to = |(kind, last)| (1..=last).map(move |number| (kind, number));
    let all = [("case", 104), ("quirk", 53), ("fault", 113)];
    let all: BTreeSet<_> = all.into_iter().flat_map(up_to).collect();
    let missing: Vec<_> = all.difference(&found).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
    let unknown: Vec<_> = found.difference(&all).collect();
    assert!(unknown.is_empty(), "there is no {unknown:?}");
}

#[test]
fn numbers_are_read_from_comments() {
    let read = |comment: &str| {
        let mut found = BTreeSet::new();
        numbers_in(comment, &mut found);
        found.into_iter().collect::<Vec<_>>()
    };
    let cases = [5, 6, 8, 9, 10].map(|number| ("case", number));
    let expected = [&cases[..], &[("fault", 12), ("quirk", 3)]].concat();
    let comment = "/// Cases 5, 6 and 8 to 10, Q3, fault 12.";
    assert_eq!(read(comment), expected);
    assert_eq!(read("// In that case 5 of 7 are told."), [("case", 5)]);
    assert_eq!(read("// Twenty of 30."), []);
}

/// The promises are those of the README, under the same numbers.
#[test]
fn every_promise_has_its_tests() {
    let readme = include_str!("../../README.md");
    let promises = readme.split_once("\n## The promises\n");
    let (_, promises) = promises.expect("its promises");
    let promises = promises.split("\n## ").next().unwrap_or(promises);
    let promise = |line: &str| {
        let (number, rest) = line.split_once(". **")?;
        let (name, _) = rest.split_once("**")?;
        let is_number = number.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| format!("{number}. {}", name.trim_end_matches('.')))
    };
    let promises: Vec<String> = promises.lines().filter_map(promise).collect();
    assert_eq!(promises.len(), 8, "{promises:?}");
    let table = include_str!("../cases/promises.md");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let (name, text) = (cells.next()?, cells.next()?);
        let is_row = name.starts_with(|c: char| c.is_ascii_digit());
        is_row.then(|| (name.to_owned(), text.to_owned()))
    };
    let rows: Vec<(String, String)> = table.lines().filter_map(row).collect();
    let named: Vec<&String> = rows.iter().map(|(name, _)| name).collect();
    assert_eq!(named, promises.iter().collect::<Vec<_>>());
    let (names, _) = tests();
    assert!(names.contains("every_promise_has_its_tests"));
    for (promise, text) in rows {
        let tests = text.split('`').skip(1).step_by(2);
        assert!(tests.clone().count() > 0, "{promise}: no test");
        let missing: Vec<&str> = tests.filter(|test| !names.contains(*test)).collect();
        assert!(missing.is_empty(), "{promise}: there is no {missing:?}");
    }
}
