//! Chinese and Korean in seven bits: HZ (RFC 1843), ISO-2022-CN (RFC 1922) and
//! ISO-2022-KR (RFC 1557). Between shifts, each two octets are a character of
//! a set that EUC has with the eighth bit set.

/// How the shifts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::message) enum Shifts {
    /// `~{` and `~}`.
    Hz,
    /// SO and SI, and an escape sequence that names GB2312. Characters of
    /// CNS 11643, which hardly any mail has, are replaced.
    Iso2022Cn,
    /// SO and SI.
    Iso2022Kr,
}

const SHIFT_OUT: u8 = 0x0e;
const SHIFT_IN: u8 = 0x0f;

impl Shifts {
    /// Looks a name in lower case up.
    pub(super) fn find(name: &str) -> Option<Self> {
        match name {
            "hz" | "hz-gb-2312" | "hz-gb2312" | "cp52936" => Some(Self::Hz),
            "iso-2022-cn" | "iso-2022-cn-ext" | "csiso2022cn" | "cp50227" => Some(Self::Iso2022Cn),
            "iso-2022-kr" | "csiso2022kr" | "cp50225" => Some(Self::Iso2022Kr),
            _ => None,
        }
    }

    /// What mail is written in that claims this one by mistake.
    pub(super) fn relatives(self) -> &'static [&'static str] {
        match self {
            Self::Hz | Self::Iso2022Cn => &["gbk"],
            Self::Iso2022Kr => &["euc-kr"],
        }
    }

    /// What is invalid becomes U+FFFD; returns whether anything was.
    pub(super) fn decode(self, octets: &[u8]) -> (String, bool) {
        let mut euc = Vec::with_capacity(octets.len());
        let mut shifted = false;
        let mut broken = !octets.is_ascii();
        let mut rest = octets;
        while let Some((&first, tail)) = rest.split_first() {
            let (shift, length) = match self {
                Self::Hz => hz_shift(rest, shifted),
                Self::Iso2022Cn | Self::Iso2022Kr => iso_2022_shift(rest, shifted),
            };
            if length > 0 {
                shifted = shift;
                rest = &rest[length..];
                continue;
            }
            rest = tail;
            match (first, tail.first()) {
                (b'~', Some(b'~')) if self == Self::Hz && !shifted => {
                    euc.push(b'~');
                    rest = &tail[1..];
                }
                // A line starts anew, whether it was shifted back or not.
                (b'\n', _) => {
                    shifted = false;
                    euc.push(first);
                }
                (0x21..=0x7e, Some(&second @ 0x21..=0x7e)) if shifted => {
                    euc.extend([first | 0x80, second | 0x80]);
                    rest = &tail[1..];
                }
                _ => {
                    broken |= shifted && !first.is_ascii_whitespace();
                    euc.push(first);
                }
            }
        }
        let charset = super::Charset::standard(self.relatives()[0]);
        match charset.map(|charset| charset.decode(&euc)) {
            Some((text, invalid)) => (text, broken || invalid),
            None => (String::from_utf8_lossy(&euc).into_owned(), true),
        }
    }
}

/// Whether what follows the shift at the start is shifted, and its length; 0
/// if none stands there.
fn hz_shift(rest: &[u8], shifted: bool) -> (bool, usize) {
    match rest {
        [b'~', b'{', ..] if !shifted => (true, 2),
        [b'~', b'}', ..] if shifted => (false, 2),
        // A line that goes on.
        [b'~', b'\n', ..] => (false, 2),
        _ => (shifted, 0),
    }
}

fn iso_2022_shift(rest: &[u8], shifted: bool) -> (bool, usize) {
    match rest {
        [SHIFT_OUT, ..] => (true, 1),
        [SHIFT_IN, ..] => (false, 1),
        // Which set SO means: `A` is GB2312, `C` is KS X 1001.
        [0x1b, b'$', b')', b'A' | b'C', ..] => (shifted, 4),
        _ => (shifted, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifted_text_is_read() {
        for (shifts, octets, text) in [
            (Shifts::Hz, &b"a ~~ ~{Dc:C~} b\n"[..], "a ~ 你好 b\n"),
            (Shifts::Hz, b"~{Dc~\n:C~}", "你:C~}"),
            (Shifts::Hz, b"~{Dc:C\nplain", "你好\nplain"),
            (Shifts::Iso2022Kr, b"\x1b$)C\x0eGQ1[\x0f ok\n", "한글 ok\n"),
            (Shifts::Iso2022Cn, b"\x1b$)A\x0eDc:C\x0f!", "你好!"),
        ] {
            assert_eq!(shifts.decode(octets), (text.to_owned(), false));
        }
    }

    #[test]
    fn what_is_invalid_is_told() {
        assert!(Shifts::Iso2022Kr.decode(b"\xc7\xd1").1);
        assert!(Shifts::Iso2022Kr.decode(b"\x0eG").1);
        assert!(Shifts::Hz.decode(b"~{\x7f\x7f~}").1);
    }
}
