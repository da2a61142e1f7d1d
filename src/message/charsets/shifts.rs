//! Chinese and Korean in seven bits: HZ (RFC 1843), ISO-2022-CN (RFC 1922) and
//! ISO-2022-KR (RFC 1557). Between shifts, each two octets are a character of
//! a set that EUC has with the eighth bit set.

/// A way to shift.
#[derive(Debug)]
pub(in crate::message) struct Shifts {
    /// Names in lower case.
    names: &'static [&'static str],
    /// Octets that are no text, and whether what follows is shifted.
    marks: &'static [(&'static [u8], bool)],
    /// What the characters are once they have the eighth bit. Mail is written
    /// in it, too, that claims to be shifted by mistake.
    pub(super) euc: &'static str,
}

static SHIFTS: [Shifts; 3] = [
    Shifts {
        names: &["hz", "hz-gb-2312", "hz-gb2312", "cp52936"],
        // The last one is a line that goes on.
        marks: &[(b"~{", true), (b"~}", false), (b"~\n", false)],
        euc: "gbk",
    },
    // Characters of CNS 11643, which hardly any mail has, are replaced.
    Shifts {
        names: &["iso-2022-cn", "iso-2022-cn-ext", "csiso2022cn", "cp50227"],
        marks: &[(b"\x0e", true), (b"\x0f", false), (b"\x1b$)A", false)],
        euc: "gbk",
    },
    Shifts {
        names: &["iso-2022-kr", "csiso2022kr", "cp50225"],
        marks: &[(b"\x0e", true), (b"\x0f", false), (b"\x1b$)C", false)],
        euc: "euc-kr",
    },
];

impl Shifts {
    /// Looks a name in lower case up.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        SHIFTS.iter().find(|shifts| shifts.names.contains(&name))
    }

    /// The text in EUC, and whether anything was invalid.
    pub(super) fn to_euc(&self, octets: &[u8]) -> (Vec<u8>, bool) {
        let mut euc = Vec::with_capacity(octets.len());
        let mut shifted = false;
        let mut broken = !octets.is_ascii();
        let mut rest = octets;
        while let [first, tail @ ..] = rest {
            if let Some((mark, shift)) = self.marks.iter().find(|(m, _)| rest.starts_with(m)) {
                shifted = *shift;
                rest = &rest[mark.len()..];
                continue;
            }
            // A line starts anew, whether it was shifted back or not.
            shifted &= *first != b'\n';
            rest = match (first, tail) {
                (0x21..=0x7e, [second @ 0x21..=0x7e, tail @ ..]) if shifted => {
                    euc.extend([first | 0x80, second | 0x80]);
                    tail
                }
                (b'~', [b'~', tail @ ..]) if self.marks[0].0 == b"~{" => {
                    euc.push(b'~');
                    tail
                }
                _ => {
                    broken |= shifted && !first.is_ascii_whitespace();
                    euc.push(*first);
                    tail
                }
            };
        }
        (euc, broken)
    }
}
