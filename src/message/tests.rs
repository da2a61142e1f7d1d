//! Headers and readable text from the outside: real samples, hostile ones,
//! and any bytes at all.

use proptest::prelude::*;

use super::steps::Steps;
use super::*;
use crate::base::{Cancel, Headers};

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
    let expected = Some("bare");
    assert_eq!(headers(b"Message-ID: bare").message_id.as_deref(), expected);
    assert_eq!(headers(b"Message-ID: <cut").message_id, None);
}

#[test]
fn raw_eight_bit_fields_follow_the_charset_of_the_message() {
    let read = headers(b"Subject: \xc4\xe3\xba\xc3\nContent-Type: text/plain; charset=gb2312\n\n");
    assert_eq!(read.subject.as_deref(), Some("你好"));
    let read = headers(b"Subject: caf\xe9\n\n");
    assert_eq!(read.subject.as_deref(), Some("café"));
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

// Fault 90.
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

// Fault 91.
#[test]
fn the_work_grows_with_the_message() {
    for start in STARTS {
        for piece in PIECES {
            let of = |octets: usize| {
                let message = [start, &piece.repeat(octets / piece.len())].concat();
                steps(message.as_bytes())
            };
            let (once, twice) = (of(1 << 13), of(1 << 14));
            let holds = twice <= 2 * once + once / 4 + 2_048;
            assert!(holds, "{start:?} {piece:?}: {once} {twice}");
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
    cancel.flag().store(15, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(super::readable(b"x", &cancel).expect_err("cancelled").signal, 15);
}

/// What is shown of a message: its text, and a line for each attachment.
fn shown(message: &[u8]) -> String {
    let read = readable(message);
    assert!(!read.truncated);
    read.attachments.iter().fold(read.text, |shown, attachment| {
        let name = attachment.name.as_deref().unwrap_or("-");
        format!("{shown}[{name} {} {}]", attachment.content_type, attachment.size)
    })
}

#[test]
fn messages_become_readable() {
    let rows = [
        // Plain text is preferred, and the rest is attached.
        (
            &b"Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n\
               --a\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: quoted-printable\n\n=F0=D2=C9=D7=C5=D4\n\
               --a\nContent-Type: text/html\n\n<b>html</b>\n--a--\n\
               --m\nContent-Type: image/png; name=\"=?utf-8?q?b=C3=A4r.png?=\"\nContent-Transfer-Encoding: base64\n\nAAAA\nAAA=\n\
               --m\nContent-Type: text/plain\n\nThe list's footer.\n--m--\n"[..],
            "Привет\n\nThe list's footer.[bär.png image/png 5]",
        ),
        // HTML alone is shown as text.
        (
            b"Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\n \n\
              --a\nContent-Type: text/html; charset=gbk\n\n<p>\xc4\xe3\xba\xc3</p>\n--a--\n",
            "你好\n",
        ),
        // A message may be all attachment.
        (b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\naGk=\n", "[- application/pdf 2]"),
        (b"Content-Disposition: attachment; filename=a.txt\n\nhello", "[a.txt text/plain 5]"),
        (b"Content-Disposition: attachment; filename=\"\xd0\x97\xd0\"\n\nx", "[З\u{fffd} text/plain 1]"),
        // A multipart without parts is shown unchanged.
        (b"Content-Type: multipart/mixed; boundary=b\n\nhello", "hello"),
        (b"Content-Type: multipart/mixed\n\nhello", "hello"),
        // The blank line below a header may hold blanks, or be forgotten.
        (b"Subject: x\nContent-Type: text/plain\n \nThe text.\n\nMore.\n", "The text.\n\nMore.\n"),
        (
            b"Content-Type: multipart/alternative; boundary=\"b\"\n\t\n--b\nContent-Type: text/plain\n \n\
              In plain.\n--b\nContent-Type: text/html\n \n<p>In HTML\n--b--\n",
            "In plain.",
        ),
        (
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\
              On Monday <a@b> somebody wrote:\n\n> quoted\n--b\nContent-Type: application/pdf\n\
              Content-Transfer-Encoding: base64\nJVBERg==\n--b--\n",
            "On Monday <a@b> somebody wrote:\n\n> quoted[- application/pdf 4]",
        ),
        (b"Content-Type: text/plain; format=Flowed; DelSp=yes\n\na para \r\ngraph\r\n", "a paragraph\n"),
        (b"Content-Type: text/plain\n\na \nb\n", "a \nb\n"),
        (b"Content-Type: text/plain; charset=iso-2022-jp\n\n\xa4\xb3\xa4\xf3", "こん"),
        (b"Content-Transfer-Encoding: base64\n\nNobody encoded this.\n", "Nobody encoded this.\n"),
        // The parts of a digest are messages.
        (
            b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nFrom: c@example.org\nSubject: one\n\
              Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n\
              caf=C3=A9\n--b\nFrom: d@example.org\n\nno line between\n--b\nContent-Type: text/plain\n\n\
              no message\n--b--\n",
            "From: c@example.org\nSubject: one\n\ncafé\n\nFrom: d@example.org\n\nno line between\n\nno message",
        ),
    ];
    for (message, expected) in rows {
        assert_eq!(shown(message), expected, "{}", message.escape_ascii());
    }
}

#[test]
fn a_multipart_that_is_encoded_has_its_parts() {
    let inner = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/pdf\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n";
    let base64 = data_encoding::BASE64_MIME.encode(inner.as_bytes());
    for (encoding, body) in [("base64", base64.as_str()), ("quoted-printable", inner)] {
        let message = format!(
            "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: {encoding}\n\n{body}"
        );
        let found = shown(message.as_bytes());
        assert_eq!(found, "hello[- application/pdf 3]", "{encoding}");
    }
}

#[test]
fn a_message_inside_is_shown_with_its_header_and_attachments() {
    let inner = "From: =?utf-8?q?B=C3=A4r?= <b@example.org>\nSubject: the original\nX-Other: x\n\
        Content-Type: multipart/mixed; boundary=c\n\n--c\n\noriginal text\n--c\n\
        Content-Type: image/png; name=a.png\n\nabc\n--c--";
    let text = "see below\n\nFrom: Bär <b@example.org>\nSubject: the original\n\noriginal text[a.png image/png 3]";
    let attached = format!("see below[f.eml message/rfc822 {}][a.png image/png 3]", inner.len());
    let rows = [
        ("Content-Type: message/rfc822", text),
        ("Content-Type: message/rfc822\nContent-Disposition: inline", text),
        ("Content-Type: message/global; name=fwd.eml", text),
        (
            "Content-Type: message/rfc822\nContent-Disposition: attachment; filename=f.eml",
            &attached,
        ),
    ];
    for (fields, expected) in rows {
        let message = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n--b\n{fields}\n\n{inner}\n--b--\n"
        );
        assert_eq!(shown(message.as_bytes()), expected, "{fields}");
    }
}

#[test]
fn samples_of_other_projects_are_read() {
    let rows = [
        ("iso-2022-jp.eml", "すみません。\n\n"),
        ("ks_c_5601-1987.eml", "스티해\n"),
        ("nonascii-filename.eml", "This is the first part.\n[ciële.txt text/plain 11]"),
        ("similar-boundaries.eml", "Test\n[LOGO.png application/octetstream 3]"),
        ("msg_26.eml", "Simple email with attachment.\n\n[clock.bmp application/riscos 630]"),
    ];
    for (file, expected) in rows {
        assert_eq!(shown(&sample(file)), expected, "{file}");
    }
    // Its inner boundary is told in the wrong place.
    assert!(shown(&sample("malformed-020.eml")).ends_with("[- image/png 74]"));
    let read = headers(&sample("iso-2022-jp.eml"));
    assert_eq!(read.subject.as_deref(), Some("まみむめも"));
    let read = headers(&sample("utf8-headers.eml"));
    assert_eq!(read.from[0].name, "Jöhn Doe");
    assert_eq!(read.from[0].address, "jdöe@mächine.example");
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
    fn no_bytes_are_too_strange(
        bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..2000), mail_like()],
    ) {
        prop_assert_eq!(readable(&bytes).headers, headers(&bytes));
    }

    #[test]
    fn a_cut_header_still_reads(at in 0_usize..2000) {
        let message = sample("iso-2022-jp.eml");
        headers(&message[..at.min(message.len())]);
    }
}
