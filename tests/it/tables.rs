//! The tables of `tests/cases`: for every promise, every fault and every case
//! of the protocol the tests that hold it, all of which are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of all test functions below a folder.
fn tests_below(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            tests_below(&path, names);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).expect("text");
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                match line.strip_prefix("fn ") {
                    Some(rest) if is_test => {
                        names.extend(rest.split('(').next().map(str::to_owned));
                    }
                    _ => is_test |= line == "#[test]",
                }
                is_test &= line.starts_with('#') || line.starts_with("//");
            }
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of a table whose name starts with a number: what each is for, and
/// what it says of it.
fn rows(table: &str) -> Vec<(String, String)> {
    let table = fs::read_to_string(root().join("tests/cases").join(table)).expect("the table");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let (name, text) = (cells.next()?, cells.next()?);
        let number = name.trim_start_matches('Q');
        let is_row = number.starts_with(|c: char| c.is_ascii_digit());
        is_row.then(|| (name.to_owned(), text.to_owned()))
    };
    table.lines().filter_map(row).collect()
}

/// Fails unless the table has exactly these rows, and each names tests that
/// exist, or a reason where one is allowed.
fn check(table: &str, expected: &[String], may_have_reasons: bool) {
    let rows = rows(table);
    let named: Vec<&String> = rows.iter().map(|(name, _)| name).collect();
    assert_eq!(named, expected.iter().collect::<Vec<_>>(), "{table}");
    let mut names = BTreeSet::new();
    for folder in ["src", "tests"] {
        tests_below(&root().join(folder), &mut names);
    }
    assert!(names.contains("every_promise_has_its_tests"));
    let mut wrong = Vec::new();
    for (case, text) in rows {
        let tests: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
        let missing = tests.iter().filter(|test| !names.contains(**test));
        wrong.extend(missing.map(|test| format!("{case}: there is no test {test}")));
        let is_reason = may_have_reasons && text.starts_with("Not seen: ");
        if tests.is_empty() && !is_reason {
            wrong.push(format!("{case}: neither a test nor a reason"));
        }
    }
    assert!(wrong.is_empty(), "{table}: {wrong:#?}");
}

fn numbers(last: u32) -> Vec<String> {
    (1..=last).map(|n| n.to_string()).collect()
}

#[test]
fn every_case_and_quirk_has_a_test_or_a_reason() {
    let mut expected = numbers(104);
    expected.extend((1..=53).map(|n| format!("Q{n}")));
    check("protocol.md", &expected, true);
}

#[test]
fn every_fault_has_a_test_or_a_reason() {
    check("reliability.md", &numbers(113), true);
}

/// The promises are those of the README, under the same numbers.
#[test]
fn every_promise_has_its_tests() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let (_, promises) = readme
        .split_once("\n## The promises\n")
        .expect("its promises");
    let promises = promises.split("\n## ").next().unwrap_or(promises);
    let promise = |line: &str| {
        let (number, rest) = line.split_once(". **")?;
        let (name, _) = rest.split_once("**")?;
        let is_number = number.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| format!("{number}. {}", name.trim_end_matches('.')))
    };
    let promises: Vec<String> = promises.lines().filter_map(promise).collect();
    assert_eq!(promises.len(), 8, "{promises:?}");
    check("promises.md", &promises, false);
}
