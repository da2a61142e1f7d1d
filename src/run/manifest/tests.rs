use proptest::prelude::*;

use super::lines::{Entry, read, write_sum};
use crate::base::Hash;

fn entry(path: &str) -> Entry {
    Entry { path: path.into(), part: None, hash: Hash([0xab; 32]) }
}

#[test]
fn lines_are_as_sha256sum_writes_them() {
    let ab = "ab".repeat(32);
    for (path, line) in [
        ("new/1.R2.host", format!("{ab}  new/1.R2.host\n")),
        ("a\\072b", format!("\\{ab}  a\\\\072b\n")),
        ("a\nb", format!("\\{ab}  a\\nb\n")),
    ] {
        let mut out = Vec::new();
        write_sum(path, Hash([0xab; 32]), &mut out);
        assert_eq!(String::from_utf8(out).expect("text"), line);
        assert_eq!(read(line.trim_end_matches('\n')), Ok(entry(path)));
    }
    for line in [format!("{ab} *x"), format!("{ab}  ./x")] {
        assert_eq!(read(&line), Ok(entry("x")), "{line}");
    }
}

#[test]
fn what_is_no_line_is_told() {
    let ab = "ab".repeat(32);
    #[rustfmt::skip]
    let rows = [
        String::new(), "x".into(), format!("{ab} x"), format!("{ab}x"), format!("{}  x", ab.to_uppercase()),
        format!("{}  x", &ab[..62]), format!("\\{ab}  a\\b"), format!("\\{ab}  a\\"), "{}".into(),
        "{\"path\":\"x\",\"sha256\":\"ab\"}".into(), format!("é{ab}  x"),
    ];
    for line in rows {
        read(&line).expect_err(&line);
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(path in "[^\u{0}]{1,40}") {
        let mut out = Vec::new();
        write_sum(&path, Hash([0xab; 32]), &mut out);
        let line = String::from_utf8(out).expect("text");
        let (line, end) = line.split_at(line.len() - 1);
        prop_assert_eq!(end, "\n");
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(read(line).expect("a line").path, path.strip_prefix("./").unwrap_or(&path));
    }

    #[test]
    fn no_line_is_too_odd(line in ".{0,200}") {
        let _ = read(&line);
    }
}
