//! The headers of a tar: written as ustar (POSIX.1-1988), read in that form and
//! as older and as GNU's tar write them.

/// Octets of a block.
pub(super) const BLOCK: usize = 512;

/// Where the checksum is.
const SUM: std::ops::Range<usize> = 148..156;

/// Octets that fill the last block of a content.
pub(super) fn padding(len: u64) -> usize {
    let over = (len % BLOCK as u64) as usize;
    (BLOCK - over) % BLOCK
}

/// The header of a regular file (0600). The name has 100 octets at most.
pub(super) fn header(name: &str, len: u64, seconds: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, &number(len));
    put(136, &number(seconds));
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum = format!("{:06o}\0 ", sums(&block).0);
    block[SUM].copy_from_slice(sum.as_bytes());
    block
}

/// Eleven octal digits, or GNU's form where those are too few.
fn number(value: u64) -> [u8; 12] {
    let mut field = [0; 12];
    if value < 1 << 33 {
        field[..11].copy_from_slice(format!("{value:011o}").as_bytes());
    } else {
        field[0] = 0x80;
        field[4..].copy_from_slice(&value.to_be_bytes());
    }
    field
}

/// The sum of all octets, those of the checksum taken as spaces; and the same
/// of signed octets, which some writers take.
fn sums(block: &[u8; BLOCK]) -> (u64, i64) {
    let octets = block.iter().enumerate();
    let octets = octets.map(|(at, byte)| if SUM.contains(&at) { b' ' } else { *byte });
    octets.fold((0, 0), |(unsigned, signed), byte| {
        (unsigned + u64::from(byte), signed + i64::from(byte.cast_signed()))
    })
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The name, as it is.
    pub(super) name: Vec<u8>,
    /// Octets of the content.
    pub(super) len: u64,
    /// Seconds since 1970 of its last change, if they make sense.
    pub(super) modified: Option<u64>,
    /// What it is; 0 in old forms.
    pub(super) kind: u8,
}

/// Reads a header; `None` if it is none.
pub(super) fn parse(block: &[u8; BLOCK]) -> Option<Entry> {
    let sum = value(&block[SUM])?;
    let (unsigned, signed) = sums(block);
    if sum != unsigned && i64::try_from(sum).ok()? != signed {
        return None;
    }
    let text = |field: &[u8]| {
        let end = memchr::memchr(0, field).unwrap_or(field.len());
        field[..end].to_vec()
    };
    let mut name = text(&block[..100]);
    // In GNU's form there are other things in place of the prefix.
    if &block[257..263] == b"ustar\0" && block[345] != 0 {
        name = [&text(&block[345..500])[..], b"/", &name].concat();
    }
    Some(Entry {
        name,
        len: value(&block[124..136])?,
        modified: value(&block[136..148]),
        kind: block[156],
    })
}

/// A number, as [`number`] writes it.
fn value(field: &[u8]) -> Option<u64> {
    if let Some((0x80, rest)) = field.split_first() {
        let (high, low) = rest.split_at(rest.len().checked_sub(8)?);
        let small = high.iter().all(|byte| *byte == 0);
        return small.then_some(u64::from_be_bytes(low.try_into().ok()?));
    }
    let digits = field.split(|byte| *byte == 0).next()?.trim_ascii();
    let digits = std::str::from_utf8(digits).ok()?;
    match digits {
        "" => Some(0),
        digits => u64::from_str_radix(digits, 8).ok(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn contents_fill_their_blocks() {
        for (len, rest) in [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)] {
            assert_eq!(padding(len), rest, "{len}");
        }
    }

    #[test]
    fn what_is_no_header_is_none() {
        let mut block = header("a.eml", 7, 0);
        assert!(parse(&block).is_some());
        block[0] ^= 1;
        assert_eq!(parse(&block), None);
        assert_eq!(parse(&[b'x'; BLOCK]), None);
    }

    #[test]
    fn a_prefix_stands_before_the_name() {
        let mut block = header("b", 0, 0);
        block[345..348].copy_from_slice(b"a/c");
        let sum = format!("{:06o}\0 ", sums(&block).0);
        block[SUM].copy_from_slice(sum.as_bytes());
        assert_eq!(parse(&block).expect("a header").name, b"a/c/b");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(name in "[a-zé]{1,50}", len: u64, seconds: u64) {
            let entry = parse(&header(&name, len, seconds)).expect("a header");
            prop_assert_eq!(entry.name, name.into_bytes());
            prop_assert_eq!((entry.len, entry.kind), (len, b'0'));
            prop_assert_eq!(entry.modified, Some(seconds));
        }

        #[test]
        fn any_block_is_read_or_refused(block in proptest::collection::vec(any::<u8>(), BLOCK)) {
            parse(&block.try_into().expect("a block"));
        }
    }
}
