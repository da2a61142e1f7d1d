//! The names of exported files.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::About;
use crate::base::{Headers, rfc3339};
use crate::message;

/// Most octets of a sender in a name, and of a subject. The whole name fits
/// into the 100 octets that a tar has for it.
const MAX_SENDER: usize = 26;
const MAX_SUBJECT: usize = 34;

/// Names that were given, by their hashes: where two names have the same one, a
/// number too many does no harm.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: HashSet<u64>,
    state: RandomState,
}

impl Names {
    /// `stem` and `ending`, and between them `-2`, `-3`, … if that was given
    /// before.
    pub(super) fn unique(&mut self, stem: &str, ending: &str) -> String {
        let mut name = format!("{stem}{ending}");
        let mut count = 1;
        while !self.given.insert(self.state.hash_one(&name)) {
            count += 1;
            name = format!("{stem}-{count}{ending}");
        }
        name
    }
}

/// `2026-11-29T1204_alice@example.com_Lunch-on-Monday_1a2b3c4d`: the date on
/// the sender's clock, the sender, the subject, and the beginning of the
/// SHA-256.
pub(super) fn eml(about: &About<'_>) -> String {
    told_by(message::headers(about.header), about)
}

fn told_by(fields: Headers, about: &About<'_>) -> String {
    let date = fields.date.or_else(|| rfc3339(about.seconds));
    let date = date.filter(|date| date.len() >= 16 && date.is_ascii());
    let date = date.map_or_else(
        || "0000-00-00T0000".to_owned(),
        |date| format!("{}{}", &date[..13], &date[14..16]),
    );
    let from = fields.from.first();
    let sender = from.map_or("", |from| match from.address.as_str() {
        "" => &from.name,
        address => address,
    });
    let sender = safe(sender, MAX_SENDER, "unknown");
    let subject = safe(fields.subject.as_deref().unwrap_or_default(), MAX_SUBJECT, "no-subject");
    let hash = about.hash.to_string();
    format!("{date}_{sender}_{subject}_{}", &hash[..8])
}

/// Letters, digits and a few marks, in at most this many octets; for all else,
/// and for the underscore that is between parts, a hyphen. What would be
/// empty then has another name.
fn safe(text: &str, most: usize, empty: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        let c = if c.is_alphanumeric() || ".@+".contains(c) {
            c
        } else if safe.is_empty() || safe.ends_with('-') {
            continue;
        } else {
            '-'
        };
        if safe.len() + c.len_utf8() > most {
            break;
        }
        safe.push(c);
    }
    match safe.trim_matches(['-', '.']) {
        "" => empty.to_owned(),
        safe => safe.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::{Address, Hash};

    fn name(date: Option<&str>, sender: &str, subject: &str) -> String {
        let fields = Headers {
            date: date.map(str::to_owned),
            from: vec![Address { name: String::new(), address: sender.to_owned() }],
            subject: Some(subject.to_owned()),
            ..Headers::default()
        };
        let about = About { hash: Hash([0xab; 32]), len: 0, seconds: 1_700_000_000, header: b"" };
        told_by(fields, &about)
    }

    #[test]
    fn a_name_tells_date_sender_subject_and_hash() {
        assert_eq!(
            name(Some("2026-11-29T12:04:05+01:00"), "alice@example.com", "Re: Lunch on Monday?"),
            "2026-11-29T1204_alice@example.com_Re-Lunch-on-Monday_abababab"
        );
        let expected = "2023-11-14T2213_unknown_etc-passwd_abababab";
        assert_eq!(name(None, "", "../../etc/passwd\n\u{202e}"), expected);
        let expected = "2023-11-14T2213_unknown_no-subject_abababab";
        assert_eq!(name(None, "..", "\0"), expected);
        let found = name(Some("2026-01-02T03:04:05Z"), "é@x", "Grüße, 日本");
        assert_eq!(found, "2026-01-02T0304_é@x_Grüße-日本_abababab");
    }

    #[test]
    fn a_name_is_given_once() {
        let mut names = Names::default();
        let given = ["a", "a", "b", "a"].map(|stem| names.unique(stem, ".eml"));
        assert_eq!(given, ["a.eml", "a-2.eml", "b.eml", "a-3.eml"]);
    }

    proptest! {
        #[test]
        fn no_name_leaves_its_folder(date in ".*", sender in ".*", subject in ".*") {
            let name = name(Some(&date), &sender, &subject) + "-99999.eml";
            prop_assert!(name.len() <= 100, "{name}");
            prop_assert!(!name.contains(['/', '\0', '\n', '\\', ':']), "{name}");
            prop_assert!(!name.starts_with('.') && !name.starts_with('-'), "{name}");
        }
    }
}
