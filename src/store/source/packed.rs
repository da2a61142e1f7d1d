//! A file that zstd packed, read as what it was before. It is read forwards, in
//! a bounded piece of memory, and unpacked anew to go back.

use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use crate::base::Cancel;
use crate::disk::{File, Stat};
use crate::store::reread::CHUNK;

/// The packed file.
#[derive(Debug)]
pub(super) struct Packed {
    at: Mutex<At>,
    /// Octets, unpacked and packed.
    len: u64,
    packed: u64,
}

/// Where in it the reading is.
struct At {
    file: Box<dyn File>,
    cancel: Cancel,
    decoder: Decoder<'static>,
    /// What was read of the file and is not unpacked yet, and where that ends.
    input: Vec<u8>,
    read: u64,
    /// What was unpacked last, and where that begins.
    window: Vec<u8>,
    start: u64,
    in_frame: bool,
}

impl Packed {
    /// Unpacks all of it once: so damage shows before anything is taken.
    pub(super) fn open(file: Box<dyn File>, cancel: &Cancel) -> io::Result<Self> {
        let packed = file.stat()?.len;
        let mut at = At {
            file,
            cancel: cancel.clone(),
            decoder: Decoder::new()?,
            input: Vec::new(),
            read: 0,
            window: Vec::new(),
            start: 0,
            in_frame: false,
        };
        while at.advance()? {}
        Ok(Self { len: at.start, at: Mutex::new(at), packed })
    }
}

impl At {
    /// Unpacks the next piece. Returns `false` at the end.
    fn advance(&mut self) -> io::Result<bool> {
        self.start += self.window.len() as u64;
        self.window.resize(CHUNK, 0);
        loop {
            self.cancel.check().map_err(io::Error::other)?;
            if self.input.is_empty() {
                self.input.resize(CHUNK, 0);
                let read = self.file.read_at(&mut self.input, self.read)?;
                self.input.truncate(read);
                self.read += read as u64;
            }
            let at_end = self.input.is_empty();
            let mut input = InBuffer::around(&self.input);
            let mut output = OutBuffer::around(&mut self.window[..]);
            let hint = self.decoder.run(&mut input, &mut output)?;
            let (taken, unpacked) = (input.pos(), output.pos());
            self.input.drain(..taken);
            if taken + unpacked > 0 {
                self.in_frame = hint != 0;
            }
            if unpacked > 0 || at_end {
                self.window.truncate(unpacked);
                if unpacked == 0 && self.in_frame {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                return Ok(unpacked > 0);
            }
        }
    }

    fn begin_anew(&mut self) -> io::Result<()> {
        self.decoder = Decoder::new()?;
        self.input.clear();
        self.window.clear();
        (self.read, self.start, self.in_frame) = (0, 0, false);
        Ok(())
    }
}

impl File for Packed {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        if offset < at.start {
            at.begin_anew()?;
        }
        loop {
            let skipped = usize::try_from(offset - at.start).unwrap_or(usize::MAX);
            if let Some(rest) = at.window.get(skipped..).filter(|rest| !rest.is_empty()) {
                let octets = rest.len().min(buf.len());
                buf[..octets].copy_from_slice(&rest[..octets]);
                return Ok(octets);
            }
            if !at.advance()? {
                return Ok(0);
            }
        }
    }

    /// Of one that grew or shrank meanwhile the length is another one, too.
    fn stat(&self) -> io::Result<Stat> {
        let at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let mut facts = at.file.stat()?;
        facts.len = if facts.len == self.packed { self.len } else { u64::MAX };
        Ok(facts)
    }

    fn sync(&mut self) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    fn rewrite(&mut self, _: Range<u64>) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    fn set_len(&mut self, _: u64) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    fn try_flock(&self) -> io::Result<bool> {
        Err(ErrorKind::Unsupported.into())
    }

    fn try_record_lock(&self) -> io::Result<bool> {
        Err(ErrorKind::Unsupported.into())
    }
}

impl Write for Packed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::Unsupported.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("At").field("file", &self.file).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::disk::{Disk, Open, RealDisk};

    /// Three frames, one without an octet and one of several pieces.
    fn packed() -> (Vec<u8>, Vec<u8>) {
        let long: Vec<u8> =
            (0..3 * CHUNK as u32).map(|at| (at.wrapping_mul(at) >> 7) as u8).collect();
        let frames = [&b"short\n"[..], b"", &long];
        let pack = |frame: &[u8]| {
            let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).expect("begun");
            encoder.include_checksum(true).expect("known");
            encoder.write_all(frame).expect("packed");
            encoder.finish().expect("packed")
        };
        (frames.concat(), frames.map(pack).concat())
    }

    fn open(folder: &Path, octets: &[u8]) -> io::Result<Packed> {
        let path = folder.join("packed");
        std::fs::write(&path, octets)?;
        Packed::open(RealDisk::new().open(&path, Open::Read)?, &Cancel::new())
    }

    /// All of it, from the beginning.
    fn all(file: &dyn File) -> Vec<u8> {
        let mut all = vec![0; 1 << 20];
        let mut filled = 0;
        loop {
            match file.read_at(&mut all[filled..], filled as u64).expect("read") {
                0 => break,
                read => filled += read,
            }
        }
        all.truncate(filled);
        all
    }

    #[test]
    fn it_is_read_forwards_and_backwards() {
        let home = tempfile::tempdir().expect("a folder");
        let (plain, packed) = packed();
        let file = open(home.path(), &packed).expect("whole");
        assert_eq!(file.stat().expect("facts").len, plain.len() as u64);
        let long = 2 * CHUNK + 9;
        for offset in [0, 3, long, 5, long + 1, plain.len(), plain.len() + 9, 0] {
            let mut buf = [0; 7];
            let read = file.read_at(&mut buf, offset as u64).expect("read");
            let expected = plain.get(offset..).unwrap_or_default();
            assert_eq!(buf[..read], expected[..read]);
            assert_eq!(read == 0, expected.is_empty());
        }
        assert!(all(&file) == plain);
        std::fs::write(home.path().join("packed"), b"x").expect("cut");
        assert_ne!(file.stat().expect("facts").len, plain.len() as u64);
    }

    #[test]
    fn whatever_is_cut_or_flipped_is_told() {
        let home = tempfile::tempdir().expect("a folder");
        let (plain, packed) = packed();
        for at in 0..packed.len().min(400) {
            let mut flipped = packed.clone();
            flipped[at] ^= 1 << (at % 8);
            if let Ok(file) = open(home.path(), &flipped) {
                assert!(all(&file) == plain, "octet {at}");
            }
            // Between two frames nobody can tell.
            if let Ok(file) = open(home.path(), &packed[..at]) {
                assert!([6, 0].contains(&all(&file).len()), "octet {at}");
            }
        }
    }
}
