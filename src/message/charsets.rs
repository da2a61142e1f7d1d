//! Octets to text, by the name of a character set or by what they look like.

mod shifts;

use std::borrow::Cow;

use shifts::Shifts;
use yore::CodePage;

/// How octets become text.
#[derive(Clone, Copy)]
pub(super) enum Charset {
    /// One of the Encoding Standard, or UTF-7.
    Standard(charset::Charset),
    /// Two octets a character, in seven bits.
    Shifts(&'static Shifts),
    /// A code page of DOS.
    Page(&'static dyn CodePage),
}

/// Looks a character set up by the name that mail gives it. `None` if the name
/// is unknown, or that of ASCII, which says nothing of an eighth bit.
pub(super) fn find(name: &str) -> Option<Charset> {
    // RFC 2231 §5 lets a language follow.
    let label = name.split('*').next().unwrap_or_default().trim();
    let name = label.to_ascii_lowercase().replace(['_', ' '], "-");
    if name.contains("ascii") || name.starts_with("ansi-x3") || name.ends_with("646-us") {
        return None;
    }
    if let Some(shifts) = Shifts::find(&name) {
        return Some(Charset::Shifts(shifts));
    }
    let prefixes = ["cp-", "cp", "ms", "windows-", "x-cp", "ibm-", "ibm", "dos-"];
    let number = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
    let number = number.unwrap_or_default();
    if let Some(page) = page(number) {
        return Some(Charset::Page(page));
    }
    let family = match number {
        "50220" | "50221" | "50222" => "iso-2022-jp",
        "65001" => "utf-8",
        // Dialects, which differ in characters that are rare.
        _ if name.starts_with("iso-2022-jp") => "iso-2022-jp",
        _ if name.starts_with("big5") => "big5",
        _ => label,
    };
    let [x, ms, windows] = [("x-", &*name), ("ms", number), ("windows-", number)]
        .map(|(prefix, name)| format!("{prefix}{name}"));
    [family, &name, &x, &ms, &windows, number]
        .iter()
        .find_map(|label| charset::Charset::for_label_no_replacement(label.as_bytes()))
        .map(Charset::Standard)
}

/// A code page of DOS that the Encoding Standard lacks.
fn page(number: &str) -> Option<&'static dyn CodePage> {
    use yore::code_pages as pages;
    Some(match number {
        "437" => &pages::CP437,
        "737" => &pages::CP737,
        // 858 differs in one character, the euro sign.
        "850" | "858" => &pages::CP850,
        "852" => &pages::CP852,
        "855" => &pages::CP855,
        "857" => &pages::CP857,
        "860" => &pages::CP860,
        "861" => &pages::CP861,
        "862" => &pages::CP862,
        "863" => &pages::CP863,
        "865" => &pages::CP865,
        "869" => &pages::CP869,
        _ => return None,
    })
}

impl Charset {
    /// A character set of the Encoding Standard, by the standard's own name.
    fn standard(name: &str) -> Option<Self> {
        charset::Charset::for_label(name.as_bytes()).map(Self::Standard)
    }

    /// What is invalid becomes U+FFFD; returns whether anything was. A byte
    /// order mark is believed.
    fn decode(self, octets: &[u8]) -> (String, bool) {
        match self {
            Self::Standard(charset) => {
                let (text, _, broken) = charset.decode(octets);
                (text.into_owned(), broken)
            }
            Self::Shifts(shifts) => {
                let (euc, broken) = shifts.to_euc(octets);
                let (text, invalid) = Self::standard(shifts.euc)
                    .map_or_else(Default::default, |charset| charset.decode(&euc));
                (text, broken || invalid)
            }
            Self::Page(page) => {
                let text = page.decode_lossy(octets).into_owned();
                let broken = text.contains('\u{fffd}');
                (text, broken)
            }
        }
    }

    /// The text, if every octet of it is valid.
    fn exact(self, octets: &[u8]) -> Option<String> {
        let (text, broken) = self.decode(octets);
        (!broken).then_some(text)
    }

    /// The standard's name; empty for what the standard lacks.
    fn name(self) -> &'static str {
        match self {
            Self::Standard(charset) => charset.name(),
            Self::Shifts(_) | Self::Page(_) => "",
        }
    }

    /// Returns whether ASCII's octets may mean something else.
    pub(super) fn is_stateful(self) -> bool {
        match self {
            Self::Standard(charset) => !charset.is_ascii_compatible(),
            Self::Shifts(_) => true,
            Self::Page(_) => false,
        }
    }

    /// What mail is written in that claims this one by mistake.
    fn relatives(self) -> &'static [&'static str] {
        match self {
            Self::Shifts(shifts) => std::slice::from_ref(&shifts.euc),
            _ => match self.name() {
                // The octets of EUC-JP mean something in Shift_JIS too.
                "ISO-2022-JP" | "EUC-JP" | "Shift_JIS" => &["EUC-JP", "Shift_JIS"],
                _ => &[],
            },
        }
    }

    /// Returns whether octets that happen to be valid UTF-8 are more likely
    /// this.
    fn rather_than_utf_8(self, octets: &[u8], utf_8: &str) -> bool {
        let mut foreign = utf_8.chars().filter(|c| !c.is_ascii());
        match self.name() {
            // What programs claim that know nothing better.
            "windows-1252" | "UTF-8" => false,
            "gb18030" | "EUC-KR" | "EUC-JP" | "Big5" => {
                let Some(Pairs { common, rare }) = Pairs::count(octets) else {
                    return false;
                };
                let short = foreign.all(|c| c < '\u{800}');
                (short || common >= 3 * rare) && self.exact(octets).is_some()
            }
            "Shift_JIS" => false,
            _ if self.is_stateful() => false,
            // A single character may be a capital and a sign.
            _ => foreign.next().is_some_and(|c| c < '\u{800}') && foreign.next().is_none(),
        }
    }
}

/// The text of `octets`, by what the message tells of their character set,
/// unless they cannot be that. Text that is UTF-8 is hardly anything else by
/// accident, whatever is told; a torn character does not count against it.
/// What was told gives way to a relative that fits, then to Chinese if it
/// looks like that, and at last to windows-1252, in which all octets mean
/// something.
pub(super) fn text(octets: &[u8], told: Option<Charset>) -> String {
    let ascii = octets.is_ascii();
    // ASCII of an even length is UTF-16 too, of characters that make no sense.
    let is_wide = |c: Charset| c.name().starts_with("UTF-16");
    if let Some(charset) = told.filter(|charset| charset.is_stateful())
        && !(is_wide(charset) && ascii && !octets.contains(&0))
        && let Some(text) = charset.exact(octets)
    {
        return text;
    }
    if ascii {
        // ISO-2022-JP is ASCII to the eye.
        let escapes = memchr::memmem::find(octets, b"\x1b$").is_some();
        let japanese = Charset::standard("iso-2022-jp").filter(|_| escapes);
        return japanese
            .and_then(|charset| charset.exact(octets))
            .unwrap_or_else(|| String::from_utf8_lossy(octets).into_owned());
    }
    let utf_8 = String::from_utf8_lossy(octets);
    let fits = matches!(utf_8, Cow::Borrowed(_)) || is_mostly_valid(&utf_8);
    if fits && !told.is_some_and(|c| c.rather_than_utf_8(octets, &utf_8)) {
        return utf_8.into_owned();
    }
    let relatives = told.map_or(&[][..], Charset::relatives);
    let relatives = relatives.iter().filter_map(|name| Charset::standard(name));
    let exact = told.into_iter().chain(relatives).find_map(|charset| charset.exact(octets));
    let torn = || Some(told?.decode(octets).0).filter(|text| is_mostly_valid(text));
    exact.or_else(torn).unwrap_or_else(|| {
        let likely = if looks_chinese(octets) { "gbk" } else { "windows-1252" };
        Charset::standard(likely)
            .map_or_else(|| utf_8.into_owned(), |likely| likely.decode(octets).0)
    })
}

/// Returns whether at least as many characters beyond ASCII are sound as were
/// replaced.
fn is_mostly_valid(text: &str) -> bool {
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    let replaced = text.matches(char::REPLACEMENT_CHARACTER).count();
    foreign > replaced && foreign >= 2 * replaced
}

/// Returns whether text can hardly be anything but Chinese in GB2312: three of
/// four characters are punctuation or of the first level. In windows-1252 these
/// would be capitals and signs without small letters.
fn looks_chinese(octets: &[u8]) -> bool {
    Pairs::count(octets).is_some_and(|p| p.common >= 2 && p.common >= 3 * p.rare)
}

/// Characters of two octets, the eighth bit set in both, as in GB2312.
struct Pairs {
    /// Punctuation and GB2312's first level, the characters in common use.
    common: usize,
    rare: usize,
}

impl Pairs {
    /// `None` if an octet beyond ASCII stands alone or outside of GB2312.
    fn count(octets: &[u8]) -> Option<Self> {
        let mut pairs = Self { common: 0, rare: 0 };
        let mut rest = octets;
        while let Some((&first, tail)) = rest.split_first() {
            rest = tail;
            if first.is_ascii() {
                continue;
            }
            let Some((0xa1..=0xfe, tail)) = tail.split_first() else {
                return None;
            };
            rest = tail;
            match first {
                0xa1..=0xa3 | 0xb0..=0xd7 => pairs.common += 1,
                0xd8..=0xf7 => pairs.rare += 1,
                _ => return None,
            }
        }
        Some(pairs)
    }
}

#[cfg(test)]
mod tests;
