//! mboxrd quoting: a line of any number of `>` and then `From ` gets one more
//! `>`, and loses one when read. Both work on pieces of any size and hold back
//! no more than a few octets.

const FROM: &[u8; 5] = b"From ";

/// Where in a line the quoting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Only `>` so far, or nothing.
    Start,
    /// After this many octets of `From `; they are held back.
    From(usize),
    /// Where nothing can be quoted any more.
    Inside,
}

/// Adds the quoting. As one `>` is like another, it is put before `From `.
#[derive(Debug)]
pub(in crate::store) struct Quote {
    at: At,
}

impl Quote {
    /// At the start of a message.
    pub(in crate::store) fn new() -> Self {
        Self { at: At::Start }
    }

    /// Appends the quoted form of a piece to `out`.
    pub(in crate::store) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        while let Some(&first) = rest.first() {
            match self.at {
                At::Start if first == b'>' => {
                    out.push(b'>');
                    rest = &rest[1..];
                }
                At::Start => self.at = At::From(0),
                At::From(n) if first == FROM[n] => {
                    rest = &rest[1..];
                    self.at = At::From(n + 1);
                    if n + 1 == FROM.len() {
                        out.extend_from_slice(b">From ");
                        self.at = At::Inside;
                    }
                }
                At::From(n) => {
                    out.extend_from_slice(&FROM[..n]);
                    self.at = At::Inside;
                }
                At::Inside => rest = lines(rest, &mut self.at, out),
            }
        }
    }

    /// Appends what was held back: the message is complete.
    pub(in crate::store) fn finish(&mut self, out: &mut Vec<u8>) {
        if let At::From(n) = self.at {
            out.extend_from_slice(&FROM[..n]);
        }
        self.at = At::Start;
    }
}

/// Takes the quoting off.
#[derive(Debug)]
pub(super) struct Unquote {
    at: At,
    /// A `>` at the start of the line is held back.
    held: bool,
    /// A line that starts with a bare `From ` was seen.
    bare: bool,
}

impl Unquote {
    /// At the start of a message, behind its From_ line.
    pub(super) fn new() -> Self {
        Self { at: At::Start, held: false, bare: false }
    }

    /// Appends the unquoted form of a piece to `out`.
    pub(super) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        while let Some(&first) = rest.first() {
            match self.at {
                At::Start if first == b'>' => {
                    if self.held {
                        out.push(b'>');
                    }
                    self.held = true;
                    rest = &rest[1..];
                }
                At::Start => self.at = At::From(0),
                At::From(n) if first == FROM[n] => {
                    rest = &rest[1..];
                    self.at = At::From(n + 1);
                    if n + 1 == FROM.len() {
                        self.bare |= !self.held;
                        self.held = false;
                        out.extend_from_slice(FROM);
                        self.at = At::Inside;
                    }
                }
                At::From(n) => {
                    self.release(out);
                    out.extend_from_slice(&FROM[..n]);
                    self.at = At::Inside;
                }
                At::Inside => rest = lines(rest, &mut self.at, out),
            }
        }
    }

    /// Appends what was held back. Returns whether this was one message: no
    /// line in it starts with a bare `From `.
    pub(super) fn finish(mut self, out: &mut Vec<u8>) -> bool {
        self.release(out);
        if let At::From(n) = self.at {
            out.extend_from_slice(&FROM[..n]);
        }
        !self.bare
    }

    fn release(&mut self, out: &mut Vec<u8>) {
        if self.held {
            out.push(b'>');
            self.held = false;
        }
    }
}

/// Copies the rest of a line, as far as it is there, and the lines behind it
/// that begin as no quoted one does.
fn lines<'p>(rest: &'p [u8], at: &mut At, out: &mut Vec<u8>) -> &'p [u8] {
    let may_quote = |end: &usize| !matches!(rest.get(*end), Some(next) if !b">F".contains(next));
    let end = match memchr::memchr_iter(b'\n', rest).map(|lf| lf + 1).find(may_quote) {
        Some(end) => {
            *at = At::Start;
            end
        }
        None => rest.len(),
    };
    out.extend_from_slice(&rest[..end]);
    &rest[end..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pieces of a message, cut every `size` octets.
    fn quoted(message: &[u8], size: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut quote = Quote::new();
        for piece in message.chunks(size) {
            quote.push(piece, &mut out);
        }
        quote.finish(&mut out);
        out
    }

    fn unquoted(text: &[u8], size: usize) -> (Vec<u8>, bool) {
        let mut out = Vec::new();
        let mut unquote = Unquote::new();
        for piece in text.chunks(size) {
            unquote.push(piece, &mut out);
        }
        let whole = unquote.finish(&mut out);
        (out, whole)
    }

    // Case 94, fault 54.
    #[test]
    fn every_from_line_gets_one_more_mark() {
        for (message, expected) in [
            (&b"From x\n"[..], &b">From x\n"[..]),
            (b">From x\n", b">>From x\n"),
            (b">>>From x\nFrom \n", b">>>>From x\n>From \n"),
            (b"A: b\n\nFrom x", b"A: b\n\n>From x"),
            (b"From: x\n", b"From: x\n"),
            (b" From x\n", b" From x\n"),
            (b"> From x\n", b"> From x\n"),
            (b"from x\nFROM x\n", b"from x\nFROM x\n"),
            (b"x\rFrom y\n", b"x\rFrom y\n"),
            (b"\n\nFrom", b"\n\nFrom"),
            (b">>Fro\n", b">>Fro\n"),
            (b"FFrom x\n", b"FFrom x\n"),
            (b"", b""),
        ] {
            for size in 1..9 {
                assert_eq!(quoted(message, size), expected);
                assert_eq!(unquoted(expected, size), (message.to_vec(), true));
            }
        }
    }

    #[test]
    fn a_bare_from_line_is_no_part_of_a_message() {
        for text in [&b"From x\n"[..], b"a\nFrom x\n", b">\nFrom "] {
            for size in 1..5 {
                assert_eq!(unquoted(text, size), (text.to_vec(), false));
            }
        }
    }

    /// Text in which From_ lines are likely.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let tokens: Vec<&[u8]> = vec![b"From ", b">", b"\n", b"Fro", b"m ", b"\r", b"x\0\xff"];
        let token = proptest::sample::select(tokens);
        proptest::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
    }

    proptest! {
        #[test]
        fn quoting_and_unquoting_is_nothing(message in text(), a in 1usize..50, b in 1usize..50) {
            let there = quoted(&message, a);
            prop_assert_eq!(&there, &quoted(&message, usize::MAX));
            prop_assert!(!there.starts_with(b"From "));
            prop_assert!(memchr::memmem::find(&there, b"\nFrom ").is_none());
            prop_assert_eq!(unquoted(&there, b), (message, true));
        }

        #[test]
        fn unquoting_is_the_same_however_the_text_is_cut(text in text(), size in 1usize..50) {
            prop_assert_eq!(unquoted(&text, size), unquoted(&text, usize::MAX));
        }
    }
}
