//! A message on its way to the server: LF becomes CRLF, and a dot at the start
//! of a line becomes two (RFC 5321 §4.5.2). Everything else stays as it is.

/// Encodes piece by piece.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    at_line_start: bool,
}

impl Default for Content {
    fn default() -> Self {
        Self { at_line_start: true }
    }
}

impl Content {
    /// Appends a piece.
    pub fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for line in piece.split_inclusive(|octet| *octet == b'\n') {
            if self.at_line_start && line[0] == b'.' {
                out.push(b'.');
            }
            match line.strip_suffix(b"\n") {
                Some(text) => {
                    out.extend_from_slice(text);
                    out.extend_from_slice(b"\r\n");
                    self.at_line_start = true;
                }
                None => {
                    out.extend_from_slice(line);
                    self.at_line_start = false;
                }
            }
        }
    }

    /// Appends the end: a last line without an end gets one.
    pub fn finish(self, out: &mut Vec<u8>) {
        if !self.at_line_start {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
    }
}
