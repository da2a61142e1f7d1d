//! Lines out of pieces, with a limit.

/// Longest line of a reply or listing that is taken, in octets. The RFCs say
/// 512; servers with long error texts and OAuth challenges send more.
pub const MAX_LINE: usize = 64 * 1024;

/// Collects pieces into lines that end with LF; one CR before it is dropped.
/// What a line has above [`MAX_LINE`] is thrown away.
#[derive(Debug, Default)]
pub struct Lines {
    line: Vec<u8>,
    overlong: bool,
}

impl Lines {
    /// Takes octets up to and including the first LF. Returns how many were
    /// taken and whether a line is complete; it is then in [`Lines::line`]
    /// until the next call.
    pub fn take(&mut self, input: &[u8]) -> (usize, bool) {
        let (piece, used, complete) = match memchr::memchr(b'\n', input) {
            Some(at) => (&input[..at], at + 1, true),
            None => (input, input.len(), false),
        };
        let room = MAX_LINE - self.line.len().min(MAX_LINE);
        self.overlong |= piece.len() > room;
        self.line.extend_from_slice(&piece[..piece.len().min(room)]);
        if complete && self.line.last() == Some(&b'\r') && !self.overlong {
            self.line.pop();
        }
        (used, complete)
    }

    /// The line taken last, without its end.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// Returns whether it was cut at the limit.
    pub fn overlong(&self) -> bool {
        self.overlong
    }

    /// Makes room for the next line.
    pub fn clear(&mut self) {
        self.line.clear();
        self.overlong = false;
    }
}
