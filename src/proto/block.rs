//! The body of a multi-line reply (RFC 1939 §3): dot-stuffing off, CRLF to
//! LF, and the one line that ends it.

use memchr::memchr;

/// Where in a line the decoder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// At the start of a line.
    Start,
    /// Behind a dot at the start of a line; the dot is held back.
    Dot,
    /// Behind a dot and a CR at the start of a line; both are held back.
    DotCr,
    /// Inside a line.
    Middle,
    /// Behind a CR inside a line; it is held back.
    Cr,
}

/// What ends a line of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineEnd {
    /// The first line of a message will tell.
    Open,
    /// CRLF alone; a bare LF is text.
    Crlf,
    /// A bare LF, too.
    Lf,
}

/// Decoder of one block, fed in pieces of any size. Only a line that is a
/// lone dot ends it; any CR that is not before an LF, NULs and 8-bit
/// octets are data.
///
/// A bare LF ends the lines of a listing. In a message it does so only if the
/// first line ends with one: some servers send mail as they have it, with LF
/// throughout. That line is one of the last mail system on the way, and not the
/// sender's. Behind a CRLF there, a dot between bare LFs is text, so that nobody
/// can cut a mail, or forge the replies behind it (RFC 1939 §3).
#[derive(Clone, Debug)]
pub struct Block {
    at: At,
    line_end: LineEnd,
    octets: u64,
}

/// What one piece brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Octets of the piece that belong to the block.
    pub used: usize,
    /// Whether the terminating line was seen.
    pub ended: bool,
}

impl Block {
    /// A decoder at the start of a message.
    pub fn message() -> Self {
        Self::new(LineEnd::Open)
    }

    /// A decoder at the start of a listing.
    pub fn listing() -> Self {
        Self::new(LineEnd::Lf)
    }

    fn new(line_end: LineEnd) -> Self {
        Self { at: At::Start, line_end, octets: 0 }
    }

    /// Octets of the block so far as the server counts them: line ends as
    /// sent, stuffed dots and the terminating line not counted (RFC 1939 §11).
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Decodes a piece and appends what it holds to `out`.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Decoded {
        let mut rest = input;
        while let Some(&first) = rest.first() {
            match self.at {
                At::Start if first == b'.' => {
                    self.at = At::Dot;
                    rest = &rest[1..];
                }
                At::DotCr | At::Dot
                    if first == b'\n'
                        && (self.at == At::DotCr || self.line_end != LineEnd::Crlf) =>
                {
                    self.at = At::Start;
                    return Decoded { used: input.len() - rest.len() + 1, ended: true };
                }
                At::Dot if first == b'\r' => {
                    self.at = At::DotCr;
                    rest = &rest[1..];
                }
                At::DotCr | At::Cr if first != b'\n' => {
                    out.push(b'\r');
                    self.octets += 1;
                    self.at = At::Middle;
                }
                At::Cr => {
                    out.push(b'\n');
                    self.octets += 2;
                    self.end_line(LineEnd::Crlf);
                    rest = &rest[1..];
                }
                At::Start | At::Dot | At::DotCr | At::Middle => rest = self.line(rest, out),
            }
        }
        Decoded { used: input.len(), ended: false }
    }

    /// The rest of a line, as far as it is there.
    fn line<'i>(&mut self, rest: &'i [u8], out: &mut Vec<u8>) -> &'i [u8] {
        let mut searched = 0;
        while let Some(found) = memchr(b'\n', &rest[searched..]) {
            let lf = searched + found;
            let (text, end) = match rest[..lf].strip_suffix(b"\r") {
                Some(text) => (text, LineEnd::Crlf),
                None => (&rest[..lf], LineEnd::Lf),
            };
            if end == LineEnd::Lf && self.line_end == LineEnd::Crlf {
                searched = lf + 1;
                continue;
            }
            out.extend_from_slice(text);
            out.push(b'\n');
            self.octets += lf as u64 + 1;
            self.end_line(end);
            return &rest[lf + 1..];
        }
        let text = rest.strip_suffix(b"\r").unwrap_or(rest);
        out.extend_from_slice(text);
        self.octets += text.len() as u64;
        self.at = if text.len() < rest.len() { At::Cr } else { At::Middle };
        &[]
    }

    fn end_line(&mut self, end: LineEnd) {
        self.at = At::Start;
        if self.line_end == LineEnd::Open {
            self.line_end = end;
        }
    }
}
