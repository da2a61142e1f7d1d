//! Headers and readable text from the outside: real samples, hostile ones,
//! and any bytes at all.

use proptest::prelude::*;

use super::steps::Steps;
use super::*;
use crate::base::{Attachment, Cancel, Headers};

fn readable(message: &[u8]) -> Readable {
    super::readable(message, &Cancel::new()).expect("not cancelled")
}

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/mail/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("a sample")
}

#[test]
fn headers_are_decoded() {
    let read = headers(
        b"Message-ID:\n <1@example.org>\nDate: Wed, 25 Nov 2026 10:30:00 +0800\n\
          From: =?GB2312?B?zfXQocP3?= <wang@example.org>\nTo: a@example.org\nTo: b@example.org\n\
          Subject: =?KOI8-R?B?8NLJ18XU?=\nSubject: second\n\nbody",
    );
    assert_eq!(read.message_id.as_deref(), Some("<1@example.org>"));
    assert_eq!(read.date.as_deref(), Some("2026-11-25T10:30:00+08:00"));
    assert_eq!(read.from.len(), 1);
    assert_eq!(read.from[0].name, "王小明");
    assert_eq!(read.from[0].address, "wang@example.org");
    assert_eq!(read.to.len(), 2);
    assert_eq!(read.subject.as_deref(), Some("Привет"));
    assert_eq!(headers(b""), Headers::default());
    assert_eq!(
        headers(b"Message-ID: bare").message_id.as_deref(),
        Some("bare")
    );
    assert_eq!(headers(b"Message-ID: <cut").message_id, None);
}

#[test]
fn raw_eight_bit_fields_follow_the_charset_of_the_message() {
    let read = headers(b"Subject: \xc4\xe3\xba\xc3\nContent-Type: text/plain; charset=gb2312\n\n");
    assert_eq!(read.subject.as_deref(), Some("你好"));
    let read = headers(b"Subject: caf\xe9\n\n");
    assert_eq!(read.subject.as_deref(), Some("café"));
}

#[test]
fn plain_text_is_preferred_and_the_rest_is_attached() {
    let read = readable(
        b"Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n\
          --a\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: quoted-printable\n\n=F0=D2=C9=D7=C5=D4\n\
          --a\nContent-Type: text/html\n\n<b>html</b>\n--a--\n\
          --m\nContent-Type: image/png; name=\"=?utf-8?q?b=C3=A4r.png?=\"\nContent-Transfer-Encoding: base64\n\nAAAA\nAAA=\n\
          --m\nContent-Type: text/plain\n\nThe list's footer.\n\
          --m\nContent-Type: message/rfc822\n\nSubject: inner\n\nx\n--m--\n",
    );
    assert_eq!(
        read.text,
        "Привет\n\nThe list's footer.\n\nSubject: inner\n\nx"
    );
    let attachment = |name: Option<&str>, content_type: &str, size| Attachment {
        name: name.map(str::to_owned),
        content_type: content_type.to_owned(),
        size,
    };
    assert_eq!(
        read.attachments,
        [attachment(Some("bär.png"), "image/png", 5)]
    );
    assert!(!read.truncated);
}

#[test]
fn html_alone_is_shown_as_text() {
    let read = readable(
        b"Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\n \n\
          --a\nContent-Type: text/html; charset=gbk\n\n<p>\xc4\xe3\xba\xc3</p>\n--a--\n",
    );
    assert_eq!(read.text, "你好\n");
    assert_eq!(read.attachments, []);
}

#[test]
fn a_message_that_is_all_attachment_has_no_text() {
    let read =
        readable(b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\naGk=\n");
    assert_eq!(read.text, "");
    assert_eq!(read.attachments[0].size, 2);
    let read = readable(b"Content-Disposition: attachment; filename=a.txt\n\nhello");
    assert_eq!(read.attachments[0].name.as_deref(), Some("a.txt"));
}

#[test]
fn a_multipart_without_parts_is_shown_as_it_stands() {
    assert_eq!(
        readable(b"Content-Type: multipart/mixed; boundary=b\n\nhello").text,
        "hello"
    );
    assert_eq!(
        readable(b"Content-Type: multipart/mixed\n\nhello").text,
        "hello"
    );
}

/// `levels` multiparts in one another, with a text in the innermost.
fn nest(levels: usize) -> Vec<u8> {
    let mut message = Vec::new();
    for level in 0..levels {
        let field = format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
        message.extend_from_slice(field.as_bytes());
    }
    message.extend_from_slice(b"\ninnermost\n");
    message
}

/// `levels` messages in one another.
fn matryoshka(levels: usize) -> Vec<u8> {
    let mut message = b"Content-Type: message/rfc822\n\n".repeat(levels);
    message.extend_from_slice(b"\ninnermost\n");
    message
}

#[test]
fn a_nest_is_read_down_to_the_limit() {
    for nest in [nest, matryoshka] {
        let read = readable(&nest(MAX_DEPTH));
        assert_eq!(read.text, "innermost\n");
        assert!(!read.truncated);
        let read = readable(&nest(20_000));
        assert_eq!(read.text, "");
        assert!(read.truncated);
    }
}

#[test]
fn parts_are_read_up_to_the_limit() {
    let mut message = b"Content-Type: multipart/mixed; boundary=b\n\n".to_vec();
    message.extend_from_slice(&b"--b\nContent-Type: a/b\n\nx\n".repeat(100_000));
    let read = readable(&message);
    assert_eq!(read.attachments.len(), MAX_PARTS);
    assert!(read.truncated);
}

#[test]
fn a_million_addresses_are_a_hundred() {
    let field = [b"To: ", &b"a@example.org, ".repeat(1_000_000)[..]].concat();
    assert_eq!(headers(&field).to.len(), MAX_ADDRESSES);
    let fields = b"To: a@example.org\n".repeat(1_000_000);
    assert_eq!(headers(&fields).to.len(), MAX_ADDRESSES);
    assert_eq!(readable(&fields).headers.to.len(), MAX_ADDRESSES);
}

/// How many octets are looked at to make a message readable.
fn steps(message: &[u8]) -> u64 {
    let cancel = Cancel::new();
    let mut steps = Steps::new(&cancel);
    readable::read(message, &mut steps).expect("not cancelled");
    steps.taken()
}

/// Starts of messages, and what may be repeated behind them without end.
const STARTS: [&str; 15] = [
    "",
    "Subject: ",
    "To: ",
    "Date: ",
    "Message-ID: ",
    "Content-Type: ",
    "Content-Type: a/b; ",
    "Content-Type: a/b; name",
    "Content-Disposition: a; ",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    "Content-Type: multipart/digest; boundary=b\n\n--b\n",
    "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n",
    "Content-Type: text/html\n\n<pre>",
    "Content-Type: text/html\n\n",
    "Content-Type: text/plain; format=flowed; delsp=yes\n\n",
];
const PIECES: [&str; 24] = [
    ";",
    "=?",
    "<",
    ",",
    "(",
    "\"",
    "\\",
    ":",
    ": ,",
    "a:b\n",
    " \n",
    "--b\n",
    "--b",
    "\n",
    "<br>\r\n",
    "a*0*=",
    "a*0*;",
    "x*0*=y;",
    "*0*=a'b'c;*1*=d;",
    "=?utf-8?q?a?= ",
    "=?utf-8?q?\"<",
    "\u{1b}$B",
    "LS1iCg==",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
];

#[test]
fn the_work_grows_with_the_message() {
    for start in STARTS {
        for piece in PIECES {
            let of = |octets: usize| {
                let message = [start, &piece.repeat(octets / piece.len())].concat();
                steps(message.as_bytes())
            };
            let (once, twice) = (of(1 << 13), of(1 << 14));
            assert!(
                twice <= 2 * once + once / 4 + 2_048,
                "{start:?} {piece:?}: {once} {twice}"
            );
        }
    }
    for nest in [nest, matryoshka] {
        let message = nest(20_000);
        let bound = (3 * MAX_DEPTH * message.len()) as u64;
        assert!(steps(&message) <= bound, "{}", steps(&message));
    }
}

#[test]
fn a_signal_ends_the_work() {
    let cancel = Cancel::new();
    cancel
        .flag()
        .store(15, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(
        super::readable(b"x", &cancel)
            .expect_err("cancelled")
            .signal,
        15
    );
}

/// What a message's text is that has this body under these fields.
fn text_of(fields: &str, body: &[u8]) -> String {
    readable(&[fields.as_bytes(), b"\n\n", body].concat()).text
}

#[test]
fn the_blank_line_below_a_header_may_hold_blanks_or_be_forgotten() {
    let read = readable(
        b"Subject: blanks\nContent-Type: text/plain\n \nHello, this is the text.\n\nMore.\n",
    );
    assert_eq!(read.text, "Hello, this is the text.\n\nMore.\n");
    assert_eq!(read.headers.subject.as_deref(), Some("blanks"));
    let read = readable(
        b"Content-Type: multipart/alternative; boundary=\"b\"\n\t\n--b\nContent-Type: text/plain\n \n\
          In plain.\n--b\nContent-Type: text/html\n \n<p>In HTML\n--b--\n",
    );
    assert_eq!(
        (read.text.as_str(), read.attachments.len()),
        ("In plain.", 0)
    );
    let read = readable(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\
          On Monday <a@b> somebody wrote:\n\n> quoted\n--b\nContent-Type: application/pdf\n\
          Content-Transfer-Encoding: base64\nJVBERg==\n--b--\n",
    );
    assert_eq!(read.text, "On Monday <a@b> somebody wrote:\n\n> quoted");
    assert_eq!(read.attachments[0].size, 4);
}

#[test]
fn a_name_cut_in_a_character_keeps_the_rest() {
    let mut message = b"Content-Disposition: attachment; filename=\"".to_vec();
    message.extend_from_slice(&"Отчёт за".as_bytes()[..14]);
    message.extend_from_slice(b"\"\n\nx");
    let name = readable(&message).attachments[0].name.clone();
    assert_eq!(name.as_deref(), Some("Отчёт з\u{fffd}"));
}

#[test]
fn a_charset_that_does_not_fit_gives_way() {
    let field = |charset: &str| format!("Content-Type: text/plain; charset={charset}");
    let euc_jp = b"\xa4\xb3\xa4\xf3\xa4\xcb\xa4\xc1\xa4\xcf";
    assert_eq!(text_of(&field("ISO-2022-JP"), euc_jp), "こんにちは");
    assert_eq!(
        text_of(&field("GB2312"), "世界，你好".as_bytes()),
        "世界，你好"
    );
    assert_eq!(text_of(&field("us-ascii"), b"\xc4\xe3\xba\xc3"), "你好");
    assert_eq!(text_of(&field("utf-8"), b"na\xefve"), "naïve");
    assert_eq!(text_of(&field("x-unknown"), "naïve".as_bytes()), "naïve");
}

#[test]
fn flowed_text_is_joined() {
    assert_eq!(
        text_of(
            "Content-Type: text/plain; format=flowed; DelSp=yes",
            b"https://example.org/long/ \r\npath and a para \r\ngraph\r\n From here\r\n",
        ),
        "https://example.org/long/path and a paragraph\nFrom here\n"
    );
    assert_eq!(
        text_of("Content-Type: text/plain; format=Flowed", b"a \nb\n"),
        "a b\n"
    );
    assert_eq!(text_of("Content-Type: text/plain", b"a \nb\n"), "a \nb\n");
}

#[test]
fn what_was_never_encoded_is_shown_as_it_stands() {
    assert_eq!(
        text_of(
            "Content-Transfer-Encoding: base64",
            b"Nobody encoded this, one can read it.\n"
        ),
        "Nobody encoded this, one can read it.\n"
    );
}

#[test]
fn a_multipart_that_is_encoded_has_its_parts() {
    let inner = b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n\
        Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n";
    let fields = "Content-Type: multipart/mixed; boundary=\"b\"\nContent-Transfer-Encoding: ";
    let base64 = data_encoding::BASE64_MIME.encode(inner);
    for (encoding, body) in [("base64", base64.as_bytes()), ("quoted-printable", inner)] {
        let read = readable(
            &[fields, encoding, "\n\n"]
                .concat()
                .bytes()
                .chain(body.iter().copied())
                .collect::<Vec<u8>>(),
        );
        assert_eq!(read.text, "hello", "{encoding}");
        assert_eq!(read.attachments[0].name.as_deref(), Some("a.pdf"));
        assert_eq!(read.attachments[0].size, 3);
    }
}

#[test]
fn a_message_inside_is_shown_with_its_header_and_attachments() {
    let inner = "From: =?utf-8?q?B=C3=A4r?= <b@example.org>\nSubject: the original\nX-Other: x\n\
        Content-Type: multipart/mixed; boundary=c\n\n--c\n\noriginal text\n--c\n\
        Content-Type: image/png; name=a.png\n\nabc\n--c--";
    let shown = "From: Bär <b@example.org>\nSubject: the original\n\noriginal text";
    let forward = |fields: &str| {
        let message = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n--b\n{fields}\n\n{inner}\n--b--\n"
        );
        readable(message.as_bytes())
    };
    for fields in [
        "Content-Type: message/rfc822",
        "Content-Type: message/rfc822\nContent-Disposition: inline",
        "Content-Type: message/global; name=fwd.eml",
    ] {
        let read = forward(fields);
        assert_eq!(read.text, format!("see below\n\n{shown}"), "{fields}");
        assert_eq!(read.attachments.len(), 1);
        assert_eq!(read.attachments[0].name.as_deref(), Some("a.png"));
    }
    let read =
        forward("Content-Type: message/rfc822\nContent-Disposition: attachment; filename=f.eml");
    assert_eq!(read.text, "see below");
    let names: Vec<_> = read.attachments.iter().map(|a| a.name.as_deref()).collect();
    assert_eq!(names, [Some("f.eml"), Some("a.png")]);
}

#[test]
fn the_parts_of_a_digest_are_messages() {
    let read = readable(
        "Content-Type: multipart/digest; boundary=b\n\n--b\n\nFrom: c@example.org\nSubject: one\n\
         Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n\
         caf=C3=A9\n--b\nFrom: d@example.org\n\nno line between\n--b\nContent-Type: text/plain\n\n\
         no message\n--b--\n"
            .as_bytes(),
    );
    assert_eq!(
        read.text,
        "From: c@example.org\nSubject: one\n\ncafé\n\nFrom: d@example.org\n\nno line between\n\nno message"
    );
    assert_eq!(read.attachments, []);
}

#[test]
fn samples_of_other_projects_are_read() {
    let read = readable(&sample("iso-2022-jp.eml"));
    assert_eq!(read.headers.subject.as_deref(), Some("まみむめも"));
    assert_eq!(read.text, "すみません。\n\n");
    let read = readable(&sample("ks_c_5601-1987.eml"));
    assert_eq!(read.text, "스티해\n");
    let read = readable(&sample("utf8-headers.eml"));
    assert_eq!(read.headers.from[0].name, "Jöhn Doe");
    assert_eq!(read.headers.from[0].address, "jdöe@mächine.example");
}

#[test]
fn attachments_of_samples_are_named() {
    for (file, text, name, size) in [
        (
            "nonascii-filename.eml",
            "This is the first part.\n",
            "ciële.txt",
            11,
        ),
        ("similar-boundaries.eml", "Test\n", "LOGO.png", 3),
        (
            "msg_26.eml",
            "Simple email with attachment.\n\n",
            "clock.bmp",
            630,
        ),
    ] {
        let read = readable(&sample(file));
        assert_eq!(read.text, text, "{file}");
        assert_eq!(read.attachments.len(), 1, "{file}");
        assert_eq!(read.attachments[0].name.as_deref(), Some(name));
        assert_eq!(read.attachments[0].size, size);
    }
    // Its inner boundary is told in the wrong place.
    let read = readable(&sample("malformed-020.eml"));
    assert_eq!(read.attachments[0].content_type, "image/png");
    assert_eq!(read.attachments[0].size, 74);
}

/// Bytes that look like mail more often than chance would have it.
fn mail_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"Content-Type: multipart/alternative; boundary=b\n"[..]),
        Just(&b"Content-Type: text/html; charset=iso-2022-jp\n"[..]),
        Just(&b"Content-Disposition: attachment; filename*0*=utf-8''%e4; filename*1*=%bd%a0\n"[..]),
        Just(&b"Content-Transfer-Encoding: base64\n"[..]),
        Just(&b"Subject: =?gb2312?B?"[..]),
        Just(&b"From: \"a"[..]),
        Just(&b"Date: 1 Jan 99 99:99:99 +9999\n"[..]),
        Just(&b"--b\n"[..]),
        Just(&b"--b--"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\n\n"[..]),
        Just(&b"?="[..]),
        Just(&b"=?utf-8?q?=E4"[..]),
        Just(&b"<a href='"[..]),
        Just(&b"&#x"[..]),
        Just(&b"</pre><"[..]),
        Just(&b"\xff"[..]),
        Just(&b"\xe4\xbd\xa0"[..]),
        Just(&b"\x1b$B"[..]),
        Just(&b"x"[..]),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        headers(&bytes);
        readable(&bytes);
    }

    #[test]
    fn nothing_that_looks_like_mail_is_too_strange(bytes in mail_like()) {
        headers(&bytes);
        readable(&bytes);
    }

    #[test]
    fn a_cut_header_still_reads(at in 0_usize..2000) {
        let message = sample("iso-2022-jp.eml");
        headers(&message[..at.min(message.len())]);
    }
}
