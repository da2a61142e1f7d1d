//! Which messages the user means: numbers, ranges, `last`, unique ids.

use std::ops::RangeInclusive;

use crate::base::{Entry, Listing, MessageNumber, Uid};

use super::Error;

/// One word of the user for one or more messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A number of this session.
    Number(MessageNumber),
    /// From one number to another, both included.
    Range(MessageNumber, MessageNumber),
    /// The highest number.
    Last,
    /// A unique id as it is shown, or in the form of [`Uid::encode`].
    Uid(String),
}

impl Wanted {
    /// Reads `5`, `3-7`, `last` or `uid:UID`; `None` for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        if let Some(uid) = word.strip_prefix("uid:") {
            return (!uid.is_empty()).then(|| Wanted::Uid(uid.to_owned()));
        }
        if word == "last" {
            return Some(Wanted::Last);
        }
        let number = |digits: &str| {
            let plain = digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| digits.parse().ok().and_then(MessageNumber::new))?
        };
        match word.split_once('-') {
            None => number(word).map(Wanted::Number),
            Some((from, to)) => {
                let (from, to) = (number(from)?, number(to)?);
                (from <= to).then_some(Wanted::Range(from, to))
            }
        }
    }

    /// The unique id that the word means, of those that are there: the one
    /// that is literally so, and if there is none, the one it encodes.
    pub(super) fn uid(&self, is_there: impl Fn(&Uid) -> bool) -> Option<Uid> {
        let Wanted::Uid(word) = self else {
            return None;
        };
        [Uid::new(word.as_bytes()), Uid::decode(word)].into_iter().flatten().find(is_there)
    }

    /// What the word means in a listing, if anything.
    fn meaning(&self, entries: &[Entry]) -> Option<Meaning> {
        Some(match self {
            Wanted::Number(number) => Meaning::Numbers(*number..=*number),
            Wanted::Range(from, to) => Meaning::Numbers(*from..=*to),
            Wanted::Last => {
                let last = entries.last()?.number;
                Meaning::Numbers(last..=last)
            }
            Wanted::Uid(_) => {
                Meaning::Uid(self.uid(|uid| entries.iter().any(|entry| entry.uid == *uid))?)
            }
        })
    }
}

/// A word of the user's, looked up in a listing.
enum Meaning {
    Numbers(RangeInclusive<MessageNumber>),
    Uid(Uid),
}

impl Meaning {
    fn has(&self, entry: &Entry) -> bool {
        match self {
            Meaning::Numbers(numbers) => numbers.contains(&entry.number),
            Meaning::Uid(uid) => entry.uid == *uid,
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Wanted::Number(number) => number.fmt(f),
            Wanted::Range(from, to) => write!(f, "{from}-{to}"),
            Wanted::Last => f.write_str("last"),
            Wanted::Uid(uid) => write!(f, "uid:{}", crate::base::escape(uid)),
        }
    }
}

/// The messages meant, ascending by number, each once. A word that means no
/// message of the listing is an error, and so is a range that goes on behind
/// the last one: its author had another listing in mind. Numbers that
/// are missing within a range are no fault.
pub(super) fn select(listing: &Listing, wanted: &[Wanted]) -> Result<Vec<Entry>, Error> {
    let entries = listing.entries();
    let last = entries.last().map(|entry| entry.number);
    let missing = |wanted: String| Error::NoSuchMessage { wanted, listed: listing.len() as u64 };
    let mut meanings = Vec::with_capacity(wanted.len());
    for word in wanted {
        match word {
            Wanted::Range(_, to) if Some(*to) > last => return Err(missing(to.to_string())),
            _ => {}
        }
        let meaning = word.meaning(entries);
        let meaning = meaning.filter(|meaning| entries.iter().any(|entry| meaning.has(entry)));
        meanings.push(meaning.ok_or_else(|| missing(word.to_string()))?);
    }
    let is_wanted = |entry: &&Entry| meanings.iter().any(|meaning| meaning.has(entry));
    Ok(entries.iter().filter(is_wanted).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: u32) -> MessageNumber {
        MessageNumber::new(n).expect("not 0")
    }

    fn listing() -> Listing {
        let entry = |n: u32, uid: &[u8]| {
            let uid = Uid::new(uid).expect("valid");
            Entry::new(number(n), uid, None)
        };
        Listing::new(vec![entry(1, b"a"), entry(3, b"b b"), entry(7, b"\xff")])
    }

    fn numbers(words: &[&str]) -> Result<Vec<u32>, String> {
        let wanted: Vec<Wanted> = words.iter().filter_map(|word| Wanted::parse(word)).collect();
        let entries = select(&listing(), &wanted).map_err(|error| error.to_string())?;
        Ok(entries.iter().map(|entry| entry.number.get()).collect())
    }

    #[test]
    fn words_mean_messages() {
        assert_eq!(numbers(&["3"]), Ok(vec![3]));
        assert_eq!(numbers(&["2-7", "1", "last"]), Ok(vec![1, 3, 7]));
        assert_eq!(numbers(&["last"]), Ok(vec![7]));
        assert_eq!(numbers(&["uid:b b", "uid:%FF"]), Ok(vec![3, 7]));
    }

    /// `%41` is an `A`, encoded.
    #[test]
    fn an_encoded_id_counts_only_where_none_is_literally_so() {
        let word = Wanted::parse("uid:a%41").expect("an id");
        for (listed, meant) in [
            (&["aA", "a%41"][..], Some(2)),
            (&["a%41", "aA"], Some(1)),
            (&["x", "aA"], Some(2)),
            (&["a%2541"], None),
        ] {
            let entries = (1..).zip(listed).map(|(n, uid)| {
                let uid = Uid::new(uid.as_bytes()).expect("valid");
                Entry::new(number(n), uid, None)
            });
            let listing = Listing::new(entries.collect());
            let selected = select(&listing, std::slice::from_ref(&word)).unwrap_or_default();
            let numbers: Vec<u32> = selected.iter().map(|entry| entry.number.get()).collect();
            assert_eq!(numbers, Vec::from_iter(meant), "{listed:?}");
        }
    }

    #[test]
    fn a_word_that_means_no_message_is_named() {
        let error = numbers(&["1", "4-6"]).expect_err("nothing there");
        assert_eq!(error, "there is no message 4-6; 3 are listed");
    }

    #[test]
    fn a_range_ends_with_the_last_message_at_most() {
        for word in ["3-9999", "8-9", "1-8"] {
            let to = word.split('-').next_back().expect("an end");
            let error = numbers(&["1", word]).expect_err("too far");
            assert_eq!(error, format!("there is no message {to}; 3 are listed"));
        }
        assert_eq!(numbers(&["1-7"]), Ok(vec![1, 3, 7]));
    }

    #[test]
    fn other_words_are_refused() {
        for word in " 0 x -3 7-3 3- uid: +1 99999999999 last-1".split(' ') {
            assert_eq!(Wanted::parse(word), None, "{word:?}");
        }
    }
}
