//! A dozen messages of the kinds that mailboxes hold, invented for the demo.

/// The messages, with LF line ends.
pub fn mails() -> Vec<Vec<u8>> {
    let mut mails: Vec<Vec<u8>> =
        [PLAIN, ATTACHMENT, CHINESE, RUSSIAN, QUOTED, DOTS, FROM_LINE, EMPTY, LATIN, HTML, NESTED]
            .map(<[u8]>::to_vec)
            .to_vec();
    mails.insert(9, long_line());
    mails
}

/// One line of 100,000 octets, where the RFC allows 998.
fn long_line() -> Vec<u8> {
    let mut mail = LONG.to_vec();
    mail.extend_from_slice(&b"0123456789".repeat(10_000));
    mail.push(b'\n');
    mail
}

/// The plainest of all.
const PLAIN: &[u8] = b"Message-ID: <1.demo@example.org>\n\
      Date: Tue, 3 Nov 2026 08:15:00 +0000\n\
      From: Alice Example <alice@example.org>\n\
      To: demo@example.org\n\
      Subject: Welcome to the demo\n\
      \n\
      Hello,\n\
      \n\
      this message came over POP3 from a server inside of retr.\n\
      \n\
      Alice\n";

/// Text and a small table attached.
const ATTACHMENT: &[u8] = b"Message-ID: <2.demo@example.org>\n\
      Date: Wed, 4 Nov 2026 09:15:00 +0000\n\
      From: Bob Example <bob@example.org>\n\
      To: demo@example.org\n\
      Subject: The numbers you asked for\n\
      MIME-Version: 1.0\n\
      Content-Type: multipart/mixed; boundary=\"=_two\"\n\
      \n\
      --=_two\n\
      Content-Type: text/plain; charset=us-ascii\n\
      \n\
      Please find the table attached.\n\
      \n\
      --=_two\n\
      Content-Type: text/csv; name=\"fruit.csv\"\n\
      Content-Disposition: attachment; filename=\"fruit.csv\"\n\
      Content-Transfer-Encoding: base64\n\
      \n\
      bmFtZSxjb3VudAphcHBsZXMsMwpwZWFycyw0Cg==\n\
      --=_two--\n";

/// Subject and body in GB2312, the body as it is.
const CHINESE: &[u8] =
    b"Message-ID: <3.demo@example.org>\n\
      Date: Thu, 5 Nov 2026 10:15:00 +0000\n\
      From: =?GB2312?B?zfXQocP3?= <wang@example.org>\n\
      To: demo@example.org\n\
      Subject: =?GB2312?B?w/fM7M/Czue1xLvh0uk=?=\n\
      MIME-Version: 1.0\n\
      Content-Type: text/plain; charset=gb2312\n\
      Content-Transfer-Encoding: 8bit\n\
      \n\
      \xc4\xfa\xba\xc3\xa3\xba\n\
      \n\
      \xc3\xf7\xcc\xec\xcf\xc2\xce\xe7\xc8\xfd\xb5\xe3\xd4\xda\xb6\xfe\xc2\xa5\xbb\xe1\xd2\xe9\xca\xd2\xbf\xaa\xbb\xe1\xa3\xac\xc7\xeb\xb4\xf8\xc9\xcf\xc9\xcf\xb8\xf6\xd4\xc2\xb5\xc4\xb1\xa8\xb8\xe6\xa1\xa3\n\
      \n\
      \xcd\xf5\xd0\xa1\xc3\xf7\n";

/// KOI8-R, as Russian mail was written for decades.
const RUSSIAN: &[u8] =
    b"Message-ID: <4.demo@example.org>\n\
      Date: Fri, 6 Nov 2026 11:15:00 +0000\n\
      From: =?KOI8-R?Q?=F0=A3=D4=D2_=E9=D7=C1=CE=CF=D7?= <petr@example.org>\n\
      To: demo@example.org\n\
      Subject: =?KOI8-R?Q?=F0=CF=C5=DA=C4=CB=C1_=CE=C1_=C4=C1=DE=D5?=\n\
      MIME-Version: 1.0\n\
      Content-Type: text/plain; charset=koi8-r\n\
      Content-Transfer-Encoding: 8bit\n\
      \n\
      \xf0\xd2\xc9\xd7\xc5\xd4!\n\
      \n\
      \xf7 \xd3\xd5\xc2\xc2\xcf\xd4\xd5 \xc5\xc4\xc5\xcd \xce\xc1 \xc4\xc1\xde\xd5. \xf0\xcf\xc5\xda\xc4 \xd7 9:40, \xce\xc5 \xcf\xd0\xc1\xda\xc4\xd9\xd7\xc1\xca.\n\
      \n\
      \xf0\xa3\xd4\xd2\n";

/// Quoted-printable UTF-8 with a soft line break.
const QUOTED: &[u8] = b"Message-ID: <5.demo@example.org>\n\
      Date: Sat, 7 Nov 2026 12:15:00 +0000\n\
      From: =?UTF-8?Q?Zo=C3=AB_M=C3=BCller?= <zoe@example.org>\n\
      To: demo@example.org\n\
      Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=\n\
      MIME-Version: 1.0\n\
      Content-Type: text/plain; charset=utf-8\n\
      Content-Transfer-Encoding: quoted-printable\n\
      \n\
      Liebe Gr=C3=BC=C3=9Fe aus K=C3=B6ln! Der Caf=C3=A9 am Rhein hat wieder=\n\
      \x20ge=C3=B6ffnet, und der Kaffee kostet 2=E2=82=AC.\n";

/// Lines that start with dots: the protocol doubles them on the way.
const DOTS: &[u8] = b"Message-ID: <6.demo@example.org>\n\
      Date: Sun, 8 Nov 2026 13:15:00 +0000\n\
      From: Carol Example <carol@example.org>\n\
      To: demo@example.org\n\
      Subject: Dots at the start of lines\n\
      \n\
      .profile is a file\n\
      ..\n\
      .\n\
      A lone dot above, and the message goes on.\n";

/// A line that an mbox has to quote.
const FROM_LINE: &[u8] = b"Message-ID: <7.demo@example.org>\n\
      Date: Mon, 9 Nov 2026 14:15:00 +0000\n\
      From: Dan Example <dan@example.org>\n\
      To: demo@example.org\n\
      Subject: A line that starts with From\n\
      \n\
      He said:\n\
      \n\
      From here on the road is bad.\n\
      >From there it is worse.\n";

/// No body at all.
const EMPTY: &[u8] = b"Message-ID: <8.demo@example.org>\n\
      Date: Tue, 10 Nov 2026 15:15:00 +0000\n\
      From: erin@example.org\n\
      To: demo@example.org\n\
      Subject: (nothing inside)\n\
      \n";

/// Raw bytes of ISO-8859-1, in the header too.
const LATIN: &[u8] = b"Message-ID: <9.demo@example.org>\n\
      Date: Wed, 11 Nov 2026 16:15:00 +0000\n\
      From: Fran\xe7ois Exemple <francois@example.org>\n\
      To: demo@example.org\n\
      Subject: D\xe9jeuner \xe0 midi\n\
      MIME-Version: 1.0\n\
      Content-Type: text/plain; charset=iso-8859-1\n\
      Content-Transfer-Encoding: 8bit\n\
      \n\
      Rendez-vous au caf\xe9 \xe0 midi.\n";

/// HTML only, with a link.
const HTML: &[u8] = b"Message-ID: <11.demo@example.org>\n\
      Date: Fri, 13 Nov 2026 18:15:00 +0000\n\
      From: The Newsletter <news@example.org>\n\
      To: demo@example.org\n\
      Subject: News of the week\n\
      MIME-Version: 1.0\n\
      Content-Type: text/html; charset=utf-8\n\
      Content-Transfer-Encoding: 7bit\n\
      \n\
      <html><body><h1>News</h1><p>Read <a href=\"https://www.example.org/news\">more</a>\n\
      &amp; enjoy.</p></body></html>\n";

/// Plain text and HTML beside a picture, one in the other.
const NESTED: &[u8] = b"Message-ID: <12.demo@example.org>\n\
      Date: Sat, 14 Nov 2026 19:15:00 +0000\n\
      From: Grace Example <grace@example.org>\n\
      To: demo@example.org\n\
      Subject: A picture\n\
      MIME-Version: 1.0\n\
      Content-Type: multipart/mixed; boundary=outer\n\
      \n\
      --outer\n\
      Content-Type: multipart/alternative; boundary=inner\n\
      \n\
      --inner\n\
      Content-Type: text/plain\n\
      \n\
      One red pixel.\n\
      \n\
      --inner\n\
      Content-Type: text/html\n\
      \n\
      <p>One <b>red</b> pixel.</p>\n\
      \n\
      --inner--\n\
      \n\
      --outer\n\
      Content-Type: image/gif\n\
      Content-Disposition: attachment;\n\
      \x20filename*=utf-8''red%20%E2%97%8F.gif\n\
      Content-Transfer-Encoding: base64\n\
      \n\
      R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==\n\
      --outer--\n";

/// Header of the message with the long line.
const LONG: &[u8] = b"Message-ID: <10.demo@example.org>\n\
      Date: Thu, 12 Nov 2026 17:15:00 +0000\n\
      From: backup@example.org\n\
      To: demo@example.org\n\
      Subject: A very long line\n\
      \n";
