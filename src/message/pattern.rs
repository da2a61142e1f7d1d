//! Patterns for what a header says: `subject:*invoice*`.

use std::fmt;
use std::str::FromStr;

use super::fields::Fields;
use super::headers::told_charset;
use super::{addresses, words};
use crate::base::sanitized;

/// A field that patterns are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    From,
    To,
    Cc,
    Subject,
    ListId,
}

/// Every field with its name.
const FIELDS: [(Field, &str); 5] = [
    (Field::From, "from"),
    (Field::To, "to"),
    (Field::Cc, "cc"),
    (Field::Subject, "subject"),
    (Field::ListId, "list-id"),
];

/// A field and a glob, in which `*` means any text and `?` one
/// character. Case does not matter.
#[derive(Clone, Debug)]
pub struct Pattern {
    field: Field,
    text: String,
    /// In lower case.
    glob: Vec<char>,
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is not a valid pattern; write from, to, cc, subject or list-id, a colon and a glob: from:*@shop.example",
                sanitized(text.as_bytes())
            )
        };
        let (field, glob) = text.split_once(':').ok_or_else(wrong)?;
        let field = FIELDS.iter().find(|(_, name)| field.trim().eq_ignore_ascii_case(name));
        let (field, name) = field.ok_or_else(wrong)?;
        let glob = glob.trim();
        Ok(Self {
            field: *field,
            text: format!("{name}:{glob}"),
            glob: glob.to_lowercase().chars().collect(),
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Those that match the same texts are the same.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (self.field, &self.glob) == (other.field, &other.glob)
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// The same text for the same pattern, whatever its case.
    pub fn canonical(&self) -> String {
        self.text.to_lowercase()
    }

    /// Returns whether the whole of one of the field's texts looks like this.
    pub fn matches(&self, texts: &Texts) -> bool {
        let texts = texts.0.iter().filter(|(field, _)| *field == self.field);
        texts.into_iter().any(|(_, text)| is_like(&self.glob, text))
    }
}

/// What patterns are compared with: the texts of a header's fields, decoded.
/// Of an address that is the address, its name, and `name <address>`; of a
/// List-Id its whole value and what is in its angle brackets.
#[derive(Clone, Debug)]
pub struct Texts(Vec<(Field, Vec<char>)>);

impl Texts {
    /// Reads a message's header, or the first part of one, within the same
    /// limits as [`super::headers()`].
    pub fn of(header: &[u8]) -> Self {
        let fields = Fields::read(header).0;
        let told = told_charset(&fields);
        let mut texts = Self(Vec::new());
        for (field, name) in FIELDS {
            for value in fields.all(name) {
                match field {
                    Field::From | Field::To | Field::Cc => {
                        let mut list = Vec::new();
                        addresses::read(value, told, &mut list);
                        for one in list {
                            texts.add(field, &format!("{} <{}>", one.name, one.address));
                            texts.add(field, &one.name);
                            texts.add(field, &one.address);
                        }
                    }
                    Field::Subject => texts.add(field, &words::decode(value, told)),
                    Field::ListId => {
                        let value = words::decode(value, told);
                        let inside = value.rsplit_once('<').map(|(_, rest)| rest);
                        let inside = inside.and_then(|rest| rest.split_once('>'));
                        inside.iter().for_each(|(id, _)| texts.add(field, id));
                        texts.add(field, &value);
                    }
                }
            }
        }
        texts
    }

    fn add(&mut self, field: Field, text: &str) {
        let text = text.trim().to_lowercase();
        self.0.push((field, text.chars().collect()));
    }
}

/// Returns whether a text is what a glob means. A star takes as little as it
/// can; if the rest does not fit, the last one takes one character more. So the
/// work is at most the product of both lengths.
fn is_like(glob: &[char], text: &[char]) -> bool {
    let (mut at_glob, mut at_text) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at_text < text.len() {
        match glob.get(at_glob) {
            Some('*') => {
                at_glob += 1;
                star = Some((at_glob, at_text));
            }
            Some(c) if *c == '?' || *c == text[at_text] => {
                at_glob += 1;
                at_text += 1;
            }
            _ => {
                let Some((behind, taken)) = star else {
                    return false;
                };
                star = Some((behind, taken + 1));
                (at_glob, at_text) = (behind, taken + 1);
            }
        }
    }
    glob[at_glob..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().expect(text)
    }

    const HEADER: &str = "From: =?utf-8?Q?J=C3=B6rg?= <Joerg@Shop.Example>\r\n\
        To: a@x.org, \"B, C\" <b@y.org>\r\n\
        Cc: c@z.org\r\n\
        Cc: d@z.org\r\n\
        Subject: =?iso-8859-1?Q?Gr=FC=DFe?= from\r\n\tus\r\n\
        List-Id: The News <news.lists.example>\r\n\r\n";

    #[test]
    fn fields_are_compared_decoded_and_whole() {
        let texts = Texts::of(HEADER.as_bytes());
        #[rustfmt::skip]
        let rows = [
            "from:*@shop.example", "FROM: joerg@SHOP.example ", "from:JÖRG", "from:jörg <joerg@shop.example>",
            "to:a@x.org", "to:b@y.org", "to:B, C", "cc:d@z.org", "cc:?@z.org", "subject:*", "subject:grüße from us",
            "subject:GRÜ?E*", "list-id:news.lists.example", "list-id:*news*", "list-id:the news <*>",
        ];
        for matching in rows {
            assert!(pattern(matching).matches(&texts), "{matching}");
        }
        #[rustfmt::skip]
        let rows = [
            "from:*@shop", "from:a@x.org", "to:*@z.org", "subject:grüße", "subject:", "list-id:*.org", "cc:e*",
        ];
        for other in rows {
            assert!(!pattern(other).matches(&texts), "{other}");
        }
    }

    #[test]
    fn a_field_that_is_not_there_matches_nothing_and_an_empty_one_what_is_empty() {
        let none = Texts::of(b"X: y\r\n\r\n");
        let empty = Texts::of(b"Subject:\r\n\r\n");
        for any in ["subject:*", "subject:"] {
            assert!(!pattern(any).matches(&none), "{any}");
            assert!(pattern(any).matches(&empty), "{any}");
        }
        assert!(!pattern("subject:?").matches(&empty));
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_the_right_form() {
        for text in ["", "x", "bcc:x", "subject", ":x", "list_id:x"] {
            let why = text.parse::<Pattern>().expect_err(text);
            assert!(why.contains("from:*@shop.example"), "{why}");
        }
    }

    #[test]
    fn the_same_pattern_has_one_canonical_form() {
        let (one, other) = (pattern("From: *X* "), pattern("from:*x*"));
        assert_eq!(one, other);
        assert_eq!(one.canonical(), other.canonical());
        assert_eq!(one.to_string(), "from:*X*");
        assert_ne!(other, pattern("to:*x*"));
    }

    /// As slow as it is plain.
    fn is_like_by_trying(glob: &[char], text: &[char]) -> bool {
        match (glob.split_first(), text.split_first()) {
            (None, rest) => rest.is_none(),
            (Some(('*', behind)), rest) => {
                is_like_by_trying(behind, text)
                    || rest.is_some_and(|(_, rest)| is_like_by_trying(glob, rest))
            }
            (Some(_), None) => false,
            (Some((c, behind)), Some((first, rest))) => {
                (*c == '?' || c == first) && is_like_by_trying(behind, rest)
            }
        }
    }

    proptest! {
        #[test]
        fn a_glob_matches_what_it_stands_for(glob in "[ab*?]{0,8}", text in "[abc]{0,10}") {
            let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
            prop_assert_eq!(is_like(&glob, &text), is_like_by_trying(&glob, &text));
        }

        #[test]
        fn any_header_can_be_matched(header in prop::collection::vec(any::<u8>(), 0..400), glob in ".{0,20}") {
            let texts = Texts::of(&header);
            for (_, name) in FIELDS {
                let _ = pattern(&format!("{name}:{glob}")).matches(&texts);
            }
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let header = format!("Subject: {}\r\n\r\n", "a".repeat(30_000));
        let texts = Texts::of(header.as_bytes());
        let glob = format!("subject:{}b", "*a".repeat(100));
        assert!(!pattern(&glob).matches(&texts));
    }
}
