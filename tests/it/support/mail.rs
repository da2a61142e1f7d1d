//! Mail to serve, the same in every run: ordinary, foreign and malformed.

/// A message in both its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    /// As a server holds it: CRLF line ends, no dot-stuffing. Its length is
    /// the size a correct server lists (RFC 1939 §11).
    pub(crate) wire: Vec<u8>,
    /// As it has to be stored: LF line ends, nothing else changed.
    pub(crate) stored: Vec<u8>,
}

impl Mail {
    /// A message of these octets, which end with CRLF or are none at all.
    pub(crate) fn new(wire: impl Into<Vec<u8>>) -> Self {
        let wire = wire.into();
        assert!(wire.is_empty() || wire.ends_with(b"\r\n"));
        let mut stored = Vec::with_capacity(wire.len());
        for (at, &byte) in wire.iter().enumerate() {
            if byte != b'\r' || wire.get(at + 1) != Some(&b'\n') {
                stored.push(byte);
            }
        }
        Self { wire, stored }
    }
}

/// The form that represents both: with LF line ends.
impl AsRef<[u8]> for Mail {
    fn as_ref(&self) -> &[u8] {
        &self.stored
    }
}

/// What is special about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text in ASCII, of random length.
    Plain,
    /// multipart/mixed with a base64 attachment.
    Attachment,
    /// Subject and body in GB2312, encoded as mail should be.
    Gb2312,
    /// Subject and body in KOI8-R, encoded as mail should be.
    Koi8,
    /// Raw 8-bit octets in header and body, valid in no charset.
    EightBit,
    /// NULs in header and body.
    Nul,
    /// One line of 70,000 octets, and lines around the usual buffer sizes.
    LongLines,
    /// Lines that begin with dots, and a last line that is one dot.
    Dots,
    /// Lines that an mbox has to quote, in header and body.
    FromLines,
    /// A header and nothing after it, not even a blank line.
    HeaderOnly,
    /// A blank line and no more.
    BlankLine,
    /// No octet at all.
    Nothing,
    /// CRs that end no line, and one before a CRLF.
    BareCr,
}

impl Kind {
    pub(crate) const ALL: [Kind; 13] = [
        Kind::Plain,
        Kind::Attachment,
        Kind::Gb2312,
        Kind::Koi8,
        Kind::EightBit,
        Kind::Nul,
        Kind::LongLines,
        Kind::Dots,
        Kind::FromLines,
        Kind::HeaderOnly,
        Kind::BlankLine,
        Kind::Nothing,
        Kind::BareCr,
    ];

    /// Those a real server hands out as they lie in its store: it has to end
    /// lines with CRLF itself, so CRs of the message are not for it, nor is a
    /// message that is no mail at all.
    pub(crate) fn served_unchanged() -> &'static [Kind] {
        &Self::ALL[..9]
    }
}

/// Makes one message. `seed` makes it unlike others of its kind.
pub(crate) fn make(kind: Kind, seed: u64) -> Mail {
    let random = &mut Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x5eed);
    let head = header(seed, &format!("{kind:?} {seed}"));
    let behind = |rest: &[u8]| [&head[..], rest].concat();
    let mut encoded = |subject: &str, charset: &str, encoding: &str, text: &[u8]| {
        let kind = format!("Content-Type: text/plain; charset={charset}\r\n");
        let encoding = format!("Content-Transfer-Encoding: {encoding}\r\n\r\n");
        let fields = [header(seed, subject), kind.into(), encoding.into()].concat();
        [&fields, text, &text_line(random)].concat()
    };
    Mail::new(match kind {
        Kind::Plain => {
            let lines: Vec<Vec<u8>> = (0..random.below(60)).map(|_| text_line(random)).collect();
            behind(&[&b"\r\n"[..], &lines.concat()].concat())
        }
        Kind::Attachment => behind(&attachment(random)),
        // 中文邮件 in GB2312, base64 in the subject, 8-bit in the body.
        Kind::Gb2312 => {
            let text = b"\xd6\xd0\xce\xc4\xd3\xca\xbc\xfe\r\n";
            encoded("=?GB2312?B?1tDOxNPKvP4=?=", "GB2312", "8bit", text)
        }
        // Привет in KOI8-R, quoted-printable in the subject.
        Kind::Koi8 => {
            let (subject, text) =
                ("=?KOI8-R?Q?=F0=D2=C9=D7=C5=D4?=", b"=F0=D2=C9=D7=C5=D4=\r\n, soft break\r\n");
            encoded(subject, "KOI8-R", "quoted-printable", text)
        }
        Kind::EightBit => {
            let octets: Vec<u8> = (0x80..=0xff).collect();
            behind(&[b"X-Raw: \xff\xfe\xc3\x28 caf\xe9\r\n\r\n", &octets[..], b"\r\n"].concat())
        }
        Kind::Nul => behind(b"X-Nul: a\0b\r\n\r\n\0\r\na\0\0b\r\n.\0\r\n\0.\r\n"),
        Kind::LongLines => {
            let mut mail = behind(b"\r\n");
            for length in [998, 4095, 4096, 8190, 8191, 8192, 16_384, 70_000] {
                let letter = b'a' + (random.below(26) as u8);
                mail.resize(mail.len() + length, letter);
                mail.extend_from_slice(b".\r\n.\r\n");
            }
            mail
        }
        Kind::Dots => behind(b"\r\n.\r\n..\r\n...\r\n.From\r\n. \r\nx.\r\n\r\n.\r\n"),
        Kind::FromLines => behind(
            b"From here on it is odd\r\n\r\nFrom x\r\n>From y\r\n>>From z\r\n From\r\nFrom\r\n\r\n",
        ),
        Kind::HeaderOnly => head,
        Kind::BlankLine => b"\r\n".into(),
        Kind::Nothing => Vec::new(),
        Kind::BareCr => behind(b"\r\na\rb\r\n\r\r\nx\r\r\n\r.\r\n"),
    })
}

/// This many messages, the kinds in turn.
pub(crate) fn assorted(kinds: &[Kind], count: usize, seed: u64) -> Vec<Mail> {
    (0..count).map(|at| make(kinds[at % kinds.len()], seed + at as u64)).collect()
}

/// This many small messages, for tests of which the mail is not the point.
pub(crate) fn small(count: usize, seed: u64) -> Vec<Mail> {
    (0..count)
        .map(|at| Mail::new(format!("Subject: {seed}-{at}\r\n\r\nhello\r\n.dot\r\n")))
        .collect()
}

fn header(seed: u64, subject: &str) -> Vec<u8> {
    let minute = seed % 60;
    format!(
        "Return-Path: <bob@example.org>\r\n\
         Date: Mon, 2 Nov 2026 10:{minute:02}:00 +0100\r\n\
         From: Bob <bob@example.org>\r\n\
         To: Alice <alice@example.com>,\r\n\
         \tcarol@example.com\r\n\
         Subject: {subject}\r\n\
         Message-ID: <{seed}.retr@example.org>\r\n"
    )
    .into_bytes()
}

fn attachment(random: &mut Random) -> Vec<u8> {
    let text = text_line(random);
    let octets: Vec<u8> =
        (0..1000 + random.below(20_000)).map(|_| random.below(256) as u8).collect();
    let encoded = data_encoding::BASE64.encode(&octets);
    let lines = encoded.as_bytes().chunks(76);
    let lines: Vec<u8> = lines.flat_map(|line| [line, b"\r\n"].concat()).collect();
    let first = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_edge\"\r\n\r\n\
                 --=_edge\r\nContent-Type: text/plain\r\n\r\n";
    let second = "--=_edge\r\nContent-Type: application/octet-stream; name=\"data.bin\"\r\n\
                  Content-Transfer-Encoding: base64\r\n\
                  Content-Disposition: attachment; filename=\"data.bin\"\r\n\r\n";
    let parts = [first.as_bytes(), &text, second.as_bytes(), &lines, b"--=_edge--\r\n"];
    parts.concat()
}

fn text_line(random: &mut Random) -> Vec<u8> {
    const WORDS: [&str; 8] = ["mail", "drop", "post", "dot", "stuff", "octet", "list", "quit"];
    let words = (0..1 + random.below(10)).map(|_| WORDS[random.below(8) as usize]);
    let words: String = words.flat_map(|word| [word, " "]).collect();
    (words + "\r\n").into_bytes()
}

/// SplitMix64: enough for mail, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_is_the_same_in_every_run_and_unlike_its_neighbours() {
        let mails = assorted(Kind::served_unchanged(), 27, 7);
        assert_eq!(mails, assorted(Kind::served_unchanged(), 27, 7));
        for (at, mail) in mails.iter().enumerate() {
            assert!(!mails[at + 1..].contains(mail));
            assert!(!mail.stored.windows(2).any(|two| two == b"\r\n"));
        }
    }

    #[test]
    fn only_the_cr_of_a_crlf_goes() {
        let mail = make(Kind::BareCr, 1);
        assert!(mail.stored.ends_with(b"\n\na\rb\n\r\nx\r\n\r.\n"));
        assert!(make(Kind::Nothing, 1).stored.is_empty());
        assert_eq!(make(Kind::BlankLine, 1).stored, b"\n");
    }
}
