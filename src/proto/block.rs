//! The body of a multi-line reply (RFC 1939 §3): dot-stuffing off, CRLF to
//! LF, and the one line that ends it.

use memchr::memchr;

/// Where in a line the decoder stands.
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

/// Decoder of one block, fed in pieces of any size. Only a line that is a
/// lone dot ends it. A bare LF ends a line too; any CR that does not stand
/// before an LF, NULs and 8-bit octets are data.
#[derive(Clone, Debug)]
pub struct Block {
    at: At,
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

impl Default for Block {
    fn default() -> Self {
        Self {
            at: At::Start,
            octets: 0,
        }
    }
}

impl Block {
    /// A decoder at the start of a block.
    pub fn new() -> Self {
        Self::default()
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
                At::Dot | At::DotCr if first == b'\n' => {
                    self.at = At::Start;
                    return Decoded {
                        used: input.len() - rest.len() + 1,
                        ended: true,
                    };
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
                    self.at = At::Start;
                    rest = &rest[1..];
                }
                At::Start | At::Dot | At::DotCr | At::Middle => rest = self.line(rest, out),
            }
        }
        Decoded {
            used: input.len(),
            ended: false,
        }
    }

    /// The rest of a line, as far as it is there.
    fn line<'i>(&mut self, rest: &'i [u8], out: &mut Vec<u8>) -> &'i [u8] {
        let Some(end) = memchr(b'\n', rest) else {
            let held = usize::from(rest.last() == Some(&b'\r'));
            out.extend_from_slice(&rest[..rest.len() - held]);
            self.octets += (rest.len() - held) as u64;
            self.at = if held == 1 { At::Cr } else { At::Middle };
            return &[];
        };
        self.octets += end as u64 + 1;
        self.at = At::Start;
        if end > 0 && rest[end - 1] == b'\r' {
            out.extend_from_slice(&rest[..end - 1]);
            out.push(b'\n');
        } else {
            out.extend_from_slice(&rest[..=end]);
        }
        &rest[end + 1..]
    }
}
