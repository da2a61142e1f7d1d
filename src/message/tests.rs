//! Headers and readable text from the outside: real samples, hostile ones,
//! and any bytes at all.

use proptest::prelude::*;

use super::*;
use crate::base::{Attachment, Headers};

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
    assert_eq!(read.text, "Привет\n\nThe list's footer.");
    let attachment = |name: Option<&str>, content_type: &str, size| Attachment {
        name: name.map(str::to_owned),
        content_type: content_type.to_owned(),
        size,
    };
    assert_eq!(
        read.attachments,
        [
            attachment(Some("bär.png"), "image/png", 5),
            attachment(None, "message/rfc822", 17),
        ]
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

#[test]
fn a_nest_is_read_down_to_the_limit() {
    let read = readable(&nest(DEPTH_MAX));
    assert_eq!(read.text, "innermost\n");
    assert!(!read.truncated);
    let read = readable(&nest(20_000));
    assert_eq!(read.text, "");
    assert!(read.truncated);
}

#[test]
fn parts_are_read_up_to_the_limit() {
    let mut message = b"Content-Type: multipart/mixed; boundary=b\n\n".to_vec();
    message.extend_from_slice(&b"--b\nContent-Type: a/b\n\nx\n".repeat(100_000));
    let read = readable(&message);
    assert_eq!(read.attachments.len(), PARTS_MAX);
    assert!(read.truncated);
}

#[test]
fn endless_repetition_takes_no_quadratic_time() {
    let starts = [
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
        "Content-Type: text/html\n\n",
    ];
    let pieces = [
        ";",
        "=?",
        "<",
        ",",
        "(",
        "\"",
        "\\",
        ":",
        "a:b\n",
        " \n",
        "--b\n",
        "--b",
        "\n",
        "a*0*=",
        "a*0*;",
        "x*0*=y;",
        "*0*=a'b'c;*1*=d;",
        "=?utf-8?q?a?= ",
        "\u{1b}$B",
    ];
    for start in starts {
        for piece in pieces {
            let mut message = start.as_bytes().to_vec();
            message.extend_from_slice(piece.repeat((1 << 16) / piece.len()).as_bytes());
            headers(&message);
            readable(&message);
        }
    }
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
