//! Bytes to text by the name of a character set, or by a guess.

pub(super) use charset::Charset;

/// Looks a character set up by the name mail gives it; `None` if unknown.
pub(super) fn find(name: &str) -> Option<Charset> {
    // RFC 2231 §5 lets a language follow.
    let name = name.split('*').next().unwrap_or_default().trim();
    let page = ["cp", "ms", "windows-", "x-cp"]
        .iter()
        .find_map(|prefix| strip_prefix(name, prefix));
    let name = match page {
        Some("932") => "shift_jis",
        Some("936") => "gbk",
        Some("949") => "euc-kr",
        Some("950") => "big5",
        Some("65001") => "utf-8",
        _ => name,
    };
    Charset::for_label_no_replacement(name.as_bytes())
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

/// Text in a known character set; what is invalid in it becomes U+FFFD.
pub(super) fn decode(bytes: &[u8], charset: Charset) -> String {
    charset.decode_without_bom_handling(bytes).0.into_owned()
}

/// Text whose character set is told by the message at most. UTF-8 that is
/// valid is taken as such, since hardly any other text is by accident; a last
/// character that was cut off does not count against it. Next comes what the
/// message says, then Chinese in GBK if it looks like that, then windows-1252,
/// in which every byte means something.
pub(super) fn guess(bytes: &[u8], told: Option<Charset>) -> String {
    let shifts = bytes.contains(&0x1b);
    match std::str::from_utf8(bytes) {
        // ISO-2022-JP is ASCII to the eye.
        Ok(text) => match told {
            Some(charset) if shifts && charset.name() == "ISO-2022-JP" => decode(bytes, charset),
            _ => text.to_owned(),
        },
        Err(error) if error.error_len().is_none() && !bytes[..error.valid_up_to()].is_ascii() => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        Err(_) => {
            let likely = if looks_chinese(bytes) {
                "gbk"
            } else {
                "windows-1252"
            };
            match told.or_else(|| find(likely)) {
                Some(charset) => decode(bytes, charset),
                None => String::from_utf8_lossy(bytes).into_owned(),
            }
        }
    }
}

/// Whether text can hardly be anything but Chinese in GB2312: its high octets
/// come in pairs, each a character of the set, and three of four are
/// punctuation or of the first level, the characters in common use. In
/// windows-1252 these would be capitals and signs without small letters.
fn looks_chinese(bytes: &[u8]) -> bool {
    let (mut common, mut rare) = (0, 0);
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first.is_ascii() {
            continue;
        }
        let Some((0xa1..=0xfe, tail)) = tail.split_first() else {
            return false;
        };
        rest = tail;
        match first {
            0xa1..=0xa3 | 0xb0..=0xd7 => common += 1,
            0xd8..=0xf7 => rare += 1,
            _ => return false,
        }
    }
    common >= 2 && common >= 3 * rare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mail_uses_are_known() {
        for (name, bytes, text) in [
            ("GB2312", &b"\xc4\xe3"[..], "你"),
            ("cp936", b"\xc4\xe3", "你"),
            ("CP950", b"\xa7\x41", "你"),
            ("ks_c_5601-1987", b"\xbd\xba", "스"),
            ("us-ascii*en", b"a", "a"),
            ("koi8-r", b"\xf0", "П"),
            ("Windows-1251", b"\xcf", "П"),
            ("utf8", b"\xc3\xa9", "é"),
        ] {
            assert_eq!(decode(bytes, find(name).expect(name)), text, "{name}");
        }
        for name in ["", "x-unknown", "hz-gb-2312", "c\u{f6}p936"] {
            assert!(find(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_guess_prefers_utf_8_then_what_is_told_then_windows_1252() {
        let koi8 = find("koi8-r");
        assert_eq!(guess("Привет".as_bytes(), koi8), "Привет");
        assert_eq!(guess(b"\xf0\xd2\xc9\xd7\xc5\xd4", koi8), "Привет");
        assert_eq!(guess(b"caf\xe9", None), "café");
        assert_eq!(guess(&"При".as_bytes()[..5], None), "Пр\u{fffd}");
        assert_eq!(guess(b"\x1b$B%5%s\x1b(B", find("iso-2022-jp")), "サン");
        assert_eq!(guess(b"\x1b[1m", None), "\x1b[1m");
    }

    #[test]
    fn chinese_is_known_by_its_pairs() {
        let chinese = b"\xcf\xb5\xcd\xb3\xb9\xdc\xc0\xed\xd4\xb1";
        assert_eq!(guess(chinese, None), "系统管理员");
        assert_eq!(guess(&chinese[..9], None), "ÏµÍ³¹ÜÀíÔ", "cut in two");
        for western in ["Größe", "déjà vu, où ça", "ÄÖ", "señor Muñoz", "£5 §7"] {
            let bytes: Vec<u8> = western.chars().map(|c| c as u8).collect();
            assert_eq!(guess(&bytes, None), western);
        }
        assert_eq!(guess(chinese, find("koi8-r")).chars().count(), 10);
    }
}
