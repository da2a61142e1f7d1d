//! What was read of a message, kept so that it need not be read twice.

use super::Error;

/// The message that was read last, from its beginning as far as there is room.
#[derive(Debug, Default)]
pub struct Kept {
    bytes: Vec<u8>,
    room: usize,
    len: u64,
}

impl Kept {
    /// Keeps nothing.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Keeps up to this many octets.
    pub fn up_to(room: usize) -> Self {
        Self { room, ..Self::default() }
    }

    /// Another message begins, of which this takes the pieces.
    pub(super) fn sink(&mut self) -> impl FnMut(&[u8]) -> Result<(), Error> {
        self.clear();
        |piece| {
            self.take(piece);
            Ok(())
        }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.len = 0;
    }

    /// Returns whether anything is kept at all.
    pub(super) fn has_room(&self) -> bool {
        self.room > 0
    }

    /// Takes a piece.
    pub(super) fn take(&mut self, piece: &[u8]) {
        let room = self.room - self.bytes.len();
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        self.len += piece.len() as u64;
    }

    /// Its beginning.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its octets, kept or not.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns whether all of it was kept.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() as u64 == self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let mut kept = Kept::up_to(5);
        assert!(kept.is_whole() && kept.is_empty());
        kept.take(b"abc");
        assert!(kept.is_whole());
        kept.take(b"defg");
        assert_eq!((kept.bytes(), kept.len()), (&b"abcde"[..], 7));
        assert!(!kept.is_whole());
        kept.clear();
        kept.take(b"x");
        assert_eq!((kept.bytes(), kept.is_whole()), (&b"x"[..], true));
    }
}
