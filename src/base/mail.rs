//! The nouns of RFC 1939: message numbers, unique ids, listings.

use std::cmp::Ordering;
use std::fmt;
use std::hash::Hasher;
use std::num::NonZeroU32;

use serde::{Serialize, Serializer};

use super::{decode_percent, encode_percent};

/// A message's number within one session, from 1 on (RFC 1939 §4). It means
/// nothing in another session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct MessageNumber(NonZeroU32);

impl MessageNumber {
    /// `None` for 0.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// The number itself.
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A unique id as the server gave it (RFC 1939 §7): opaque bytes, not always
/// the 70 printable ones of the RFC. Never used as a path.
#[derive(Clone)]
pub struct Uid(Repr);

/// Most ids are short. Those are kept in place: a listing may have a million.
#[derive(Clone)]
enum Repr {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(Box<[u8]>),
}

/// Octets that fit in as much room as a pointer, a length and a tag take.
const SHORT: usize = 22;

impl Uid {
    /// Longest unique id that is taken, in octets. The RFC says 70; servers
    /// have been seen with more.
    pub const MAX: usize = 1024;

    /// Takes the bytes; `None` when there are none or more than [`Uid::MAX`].
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || bytes.len() > Self::MAX {
            return None;
        }
        let mut short = [0; SHORT];
        Some(Self(match short.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                let len = bytes.len() as u8;
                Repr::Short { len, bytes: short }
            }
            None => Repr::Long(bytes.into()),
        }))
    }

    /// The bytes as the server sent them.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Short { len, bytes } => &bytes[..usize::from(*len)],
            Repr::Long(bytes) => bytes,
        }
    }

    /// As one word of printable ASCII: every other byte, and `%`, as `%XX`.
    /// [`Uid::decode`] takes it back.
    pub fn encode(&self) -> String {
        encode_percent(self.as_bytes(), |byte| byte.is_ascii_graphic() && byte != b'%')
    }

    /// Reads what [`Uid::encode`] wrote; `None` for anything else.
    pub fn decode(word: &str) -> Option<Self> {
        Self::new(&decode_percent(word)?)
    }
}

impl PartialEq for Uid {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Uid {}

impl PartialOrd for Uid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Uid {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl std::hash::Hash for Uid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::hash::Hash::hash(self.as_bytes(), state);
    }
}

/// Readable and unambiguous: UTF-8 as it is (with controls escaped by the code
/// that shows it), anything else in the form of [`Uid::encode`].
impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(self.as_bytes()) {
            Ok(text) => f.write_str(text),
            Err(_) => f.write_str(&self.encode()),
        }
    }
}

/// As it is shown.
impl Serialize for Uid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uid({})", self.encode())
    }
}

/// A SHA-256 of a message as it is stored: LF line ends, before any quoting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Reads 64 hexadecimal digits in lower case.
    pub fn parse(hex: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// One message of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in this session.
    pub number: MessageNumber,
    /// Its unique id.
    pub uid: Uid,
    /// `u64::MAX` when unknown: half the memory of an `Option`.
    size: u64,
}

impl Entry {
    /// A message with its listed size in octets, if that is known.
    pub fn new(number: MessageNumber, uid: Uid, size: Option<u64>) -> Self {
        let size = size.unwrap_or(u64::MAX);
        Self { number, uid, size }
    }

    /// Its size in octets as LIST told it; a hint, never the truth. `None`
    /// when LIST was not asked, failed, or said nonsense.
    pub fn size(&self) -> Option<u64> {
        (self.size != u64::MAX).then_some(self.size)
    }
}

/// A complete listing: the terminating line was seen. Ascending by number, no
/// number twice. An incomplete one never becomes a value of this type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    entries: Vec<Entry>,
}

impl Listing {
    /// Sorts by number; where a number comes twice, the last one counts.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        // As servers mostly send them: nothing to do, and no room needed for it.
        if !entries.is_sorted_by(|a, b| a.number < b.number) {
            entries.reverse();
            entries.sort_by_key(|entry| entry.number);
            entries.dedup_by_key(|entry| entry.number);
        }
        Self { entries }
    }

    /// The messages, ascending by number.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Gives them away.
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether the maildrop is empty.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Fills a size in; a number that LIST has but UIDL had not is ignored.
    pub fn set_size(&mut self, number: MessageNumber, size: u64) {
        if let Ok(at) = self.entries.binary_search_by_key(&number, |e| e.number) {
            self.entries[at].size = size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u32, uid: &str) -> Entry {
        let number = MessageNumber::new(number).expect("not 0");
        Entry::new(number, Uid::new(uid.as_bytes()).expect("valid"), None)
    }

    #[test]
    fn a_listed_message_takes_40_octets() {
        assert_eq!(size_of::<Entry>(), 40);
    }

    #[test]
    fn uids_survive_their_word_form() {
        #[rustfmt::skip]
        let rows = [
            &b"abc"[..], b"a b%\xff\x00", b"../../x", &[b'x'; SHORT], &[b'x'; SHORT + 1], &[b'x'; 1024],
        ];
        for bytes in rows {
            let uid = Uid::new(bytes).expect("valid");
            let word = uid.encode();
            assert!(word.bytes().all(|b| b.is_ascii_graphic()));
            assert_eq!(Uid::decode(&word), Some(uid));
        }
        assert_eq!(Uid::new(b""), None);
        assert_eq!(Uid::new(&[b'x'; 1025]), None);
        assert_eq!(Uid::decode("%4"), None);
        assert_eq!(Uid::decode("%zz"), None);
    }

    #[test]
    fn a_listing_is_sorted_and_the_last_of_a_doubled_number_counts() {
        let listing = Listing::new(vec![entry(3, "c"), entry(1, "a"), entry(3, "d")]);
        let uids: Vec<String> = listing.entries().iter().map(|e| e.uid.to_string()).collect();
        assert_eq!(uids, ["a", "d"]);
    }
}
