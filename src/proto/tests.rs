use memchr::memmem;
use proptest::prelude::*;

use super::*;
use crate::base::{MessageNumber, Secret, Uid};

/// All events that a stream of bytes brings, data glued together.
fn events(expected: &[Expect], pieces: &[&[u8]]) -> Vec<String> {
    let mut replies = Replies::new();
    for expect in expected {
        replies.expect(*expect);
    }
    let mut events: Vec<String> = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        loop {
            match replies.feed(rest) {
                Err(error) => {
                    events.push(format!("error {error}"));
                    return events;
                }
                Ok((used, step)) => {
                    let more = step == Step::More;
                    match step {
                        Step::More => {}
                        Step::Data(bytes) => data.extend_from_slice(bytes),
                        Step::End { octets } => {
                            events.push(format!("{:?} {octets}", std::mem::take(&mut data)));
                        }
                        step => events.push(format!("{step:?}")),
                    }
                    rest = &rest[used..];
                    if more && rest.is_empty() {
                        break;
                    }
                }
            }
        }
    }
    events
}

fn decode(wire: &[u8]) -> Option<(Vec<u8>, u64, usize)> {
    let mut block = Block::message();
    let mut out = Vec::new();
    let decoded = block.decode(wire, &mut out);
    decoded.ended.then(|| (out, block.octets(), decoded.used))
}

/// What a server does to a message whose lines end with CRLF.
fn stuff(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    let mut start = true;
    for &byte in message {
        if start && byte == b'.' {
            wire.push(b'.');
        }
        start = byte == b'\n';
        wire.push(byte);
    }
    if !message.is_empty() && !start {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

// Cases 3 and 5, fault 10.
#[test]
fn only_a_lone_dot_ends_a_block() {
    let ends = |wire: &[u8]| decode(wire).map(|(out, ..)| out);
    assert_eq!(ends(b".\r\n").as_deref(), Some(&b""[..]));
    assert_eq!(ends(b"\r\n.\r\n").as_deref(), Some(&b"\n"[..]));
    assert_eq!(ends(b"..\r\n.\r\n").as_deref(), Some(&b".\n"[..]));
    assert_eq!(ends(b"...x\r\n.\r\n").as_deref(), Some(&b"..x\n"[..]));
    let expected = Some(&b".From x\n"[..]);
    assert_eq!(ends(b"..From x\r\n.\r\n").as_deref(), expected);
    assert_eq!(ends(b"a\n.\n").as_deref(), Some(&b"a\n"[..]));
    assert_eq!(ends(b"a\rb\r\r\n.\r\n").as_deref(), Some(&b"a\rb\r\n"[..]));
    assert_eq!(ends(b".\rx\r\n.\r\n").as_deref(), Some(&b"\rx\n"[..]));
    assert_eq!(ends(b".\r\r\n.\r\n").as_deref(), Some(&b"\r\n"[..]));
    let expected = Some(&b"\0\x80\xff\n"[..]);
    assert_eq!(ends(b"\0\x80\xff\r\n.\r\n").as_deref(), expected);
    let rows = [&b"text.\r\n"[..], b".", b".\r", b"x\r\n.", b"x.\r\n", b". \r\n", b".x\r\n"];
    for wire in rows {
        assert_eq!(ends(wire), None, "{wire:?}");
    }
}

/// A sender can put bare LFs into a mail, and CRLF-minded servers hand them
/// out as they are: they cut nothing and forge nothing.
#[test]
fn a_dot_between_bare_lfs_is_text_where_lines_end_with_crlf() {
    let rows = [
        (&b"A: b\r\n\r\none\n.\ntwo\r\n.\r\n"[..], Some(&b"A: b\n\none\n.\ntwo\n"[..])),
        (b"A: b\r\n\r\none\n.\r\n+OK\r\n.\r\n", Some(b"A: b\n\none\n.\n+OK\n")),
        (b"A: b\r\n\r\none\n..two\r\n.\r\n", Some(b"A: b\n\none\n..two\n")),
        (b"A: b\nC: d\r\n.\n.\r\n", Some(b"A: b\nC: d\n")),
        (b"A: b\n\none\n..two\n.\n", Some(b"A: b\n\none\n.two\n")),
        (b"A: b\n\none\n.\r\n", Some(b"A: b\n\none\n")),
        (b"A: b\r\nC: d\n\none\n.\n.\r\n", None),
    ];
    for (wire, message) in rows {
        let out = decode(wire).map(|(out, ..)| out);
        assert_eq!(out.as_deref(), message, "{wire:?}");
    }
}

#[test]
fn octets_are_counted_as_the_rfc_does() {
    let (_, octets, used) = decode(b"a\r\n..b\r\n.\r\n+OK").expect("ends");
    assert_eq!((octets, used), (7, 11));
}

// Case 8, Q31, fault 67.
#[test]
fn a_terminator_behind_a_long_line_is_found_at_every_length() {
    for length in (8180..8200).chain(65530..65540) {
        let mut wire = vec![b'x'; length];
        wire.extend_from_slice(b".\r\nafter\r\n.\r\n");
        let (out, ..) = decode(&wire).expect("ends");
        assert_eq!(out.len(), length + 2 + 6, "line of {length}");
    }
}

// Case 56, Q20, fault 84.
#[test]
fn status_lines_as_servers_send_them() {
    let ok = |line: &[u8]| Status::parse(line).map(|status| status.ok);
    for line in [&b"+OK"[..], b"+OK hi", b"+ok hi", b"+OK\tx", b"+OK "] {
        assert_eq!(ok(line), Ok(true), "{line:?}");
    }
    for line in [&b"-ERR"[..], b"-err no", b"-ERR [AUTH] x"] {
        assert_eq!(ok(line), Ok(false), "{line:?}");
    }
    let rows = [&b"+ERR x"[..], b"+OKAY", b"+", b"", b"OK x", b"HTTP/1.1 400", b"+ OK"];
    for line in rows {
        assert!(matches!(ok(line), Err(Error::NotAReply { .. })), "{line:?}");
    }
    for line in [&b"* BYE x"[..], b"421 x"] {
        assert!(matches!(ok(line), Err(Error::Goodbye { .. })), "{line:?}");
    }
}

#[test]
fn response_codes_in_any_case_and_depth() {
    let code = |line: &[u8]| Status::parse(line).expect("a status").code;
    assert_eq!(code(b"-ERR [IN-USE] x"), Some(Code::InUse));
    assert_eq!(code(b"-ERR [login-delay] x"), Some(Code::LoginDelay));
    assert_eq!(code(b"-ERR [sys/perm/foo] x"), Some(Code::SysPerm));
    assert_eq!(code(b"-ERR [SYS/TEMP] x"), Some(Code::SysTemp));
    assert_eq!(code(b"-ERR [SYS] x"), None);
    assert_eq!(code(b"-ERR [X"), None);
    assert_eq!(code(b"-ERR x [AUTH]"), None);
}

// Case 55.
#[test]
fn a_banner_of_many_lines_is_skipped_up_to_the_first_reply() {
    let stream = b"+OK a\r\nnotice\r\nnotice\r\n+OK b\r\n* BYE\r\n";
    let got = events(&[Expect::Line, Expect::Line], &[stream]);
    assert_eq!(got.len(), 3);
    let holds = got[2].starts_with("error the server says goodbye");
    assert!(holds, "{got:?}");
}

#[test]
fn what_nobody_asked_for_is_an_error() {
    let got = events(&[], &[b"+OK a\r\n-ERR autologout\r\n"]);
    assert_eq!(got[1], "error the server sent \"-ERR autologout\" unasked");
    let got = events(&[], &[b"SSH-2.0-x\r\n"]);
    let expected = "error this is no POP3 server: its first line is \"SSH-2.0-x\"";
    assert_eq!(got[0], expected);
}

/// Some send an empty line before each reply, some in place of one.
#[test]
fn an_empty_line_is_no_reply_but_is_told() {
    let got = events(&[Expect::Line], &[b"\r\n+OK a\r\n\n+OK b\r\n"]);
    let blanks = got.iter().filter(|event| *event == "Blank").count();
    assert_eq!((got.len(), blanks), (4, 2), "{got:?}");
    let got = events(&[], &[&b"\n".repeat(30)]);
    assert!(got[20].starts_with("error"), "{got:?}");
}

#[test]
fn tls_in_place_of_a_greeting_is_told_at_once() {
    let told = ["error the server sent a TLS record in place of a greeting"];
    // An alert, the second one with an LF for its last octet.
    for alert in [b"\x15\x03\x03\0\x02\x02\x28", b"\x15\x03\x01\0\x02\x02\x0a"] {
        assert_eq!(events(&[], &[alert]), told);
        let octets: Vec<&[u8]> = alert.chunks(1).collect();
        assert_eq!(events(&[], &octets[..2]), told);
    }
    assert_eq!(events(&[], &[b"\x16\x03"]), told);
    for other in [&b"\x15\r\n"[..], b"\x17\x03\r\n", b"+\x15\x03\r\n"] {
        let got = events(&[], &[other]);
        let holds = got[0].starts_with("error this is no POP3 server");
        assert!(holds, "{got:?}");
    }
    // A line of a reply may be anything.
    let got = events(&[Expect::Listing], &[b"+OK\r\n+OK\r\n\x15\x03\r\n.\r\n"]);
    let holds = !got.iter().any(|event| event.starts_with("error"));
    assert!(holds, "{got:?}");
}

// Fault 69.
#[test]
fn an_endless_line_is_refused() {
    let got = events(&[], &[&[b'x'; MAX_LINE + 1]]);
    let found = got;
    let expected = ["error the server sent a reply line longer than 65536 octets"];
    assert_eq!(found, expected);
}

#[test]
fn challenges_with_and_without_a_blank() {
    let got = events(&[Expect::Challenge; 4], &[b"+OK\r\n+\r\n+ \r\n+ YQ==\r\n+OK done\r\n"]);
    assert_eq!(got[1..4], ["Challenge([])", "Challenge([])", "Challenge([89, 81, 61, 61])"]);
    assert!(got[4].starts_with("Status"));
}

// Q8, fault 74.
#[test]
fn uidl_lines_as_servers_send_them() {
    let number = |n| MessageNumber::new(n).expect("not 0");
    let message = |n, uid: &[u8]| UidlLine::Message(number(n), Uid::new(uid).expect("valid"));
    assert_eq!(uidl_line(b"1   abc"), message(1, b"abc"));
    assert_eq!(uidl_line(b"+OK 2 def"), message(2, b"def"));
    assert_eq!(uidl_line(b"3 x y z "), message(3, b"x y z"));
    assert_eq!(uidl_line(b"4\t\xe4#/../x"), message(4, b"\xe4#/../x"));
    assert_eq!(uidl_line(b"5 "), UidlLine::WithoutUid(number(5)));
    assert_eq!(uidl_line(b"6"), UidlLine::WithoutUid(number(6)));
    let rows = [&b"0 a"[..], b"99999999999 a", b"abc u", b"-1 x", b"", b"+1 x"];
    for line in rows {
        assert_eq!(uidl_line(line), UidlLine::Nonsense, "{line:?}");
    }
}

// Q18.
#[test]
fn list_lines_and_stat_as_servers_send_them() {
    let number = |n| MessageNumber::new(n).expect("not 0");
    assert_eq!(list_line(b"1 -1"), ListLine::Message(number(1), None));
    let expected = ListLine::Message(number(2), Some(4_294_967_400));
    assert_eq!(list_line(b"2 4294967400"), expected);
    assert_eq!(list_line(b"3 abc"), ListLine::Message(number(3), None));
    let expected = ListLine::Message(number(4), Some(7));
    assert_eq!(list_line(b"4   7\textra"), expected);
    assert_eq!(list_line(b"0 7"), ListLine::Nonsense);
    for (size, known) in [(MAX_SIZE, true), (MAX_SIZE + 1, false), (u64::MAX, false)] {
        let expected = ListLine::Message(number(5), known.then_some(size));
        assert_eq!(list_line(format!("5 {size}").as_bytes()), expected);
    }
    assert_eq!(stat_text(b"2 6415 more"), Ok((2, Some(6415))));
    assert_eq!(stat_text(b"20437 -1843724289"), Ok((20437, None)));
    for text in [&b"3"[..], b"3 octets", b"3 - 4", b"-3 4", b"message 3"] {
        assert!(stat_text(text).is_err(), "{text:?}");
    }
}

#[test]
fn capabilities_in_any_case() {
    let capa = Capabilities::from_lines([&b"sasl plain LOGIN"[..], b"Top", b"X \xff", b""]);
    assert!(capa.has("TOP") && capa.has("x") && !capa.has("UIDL"));
    assert!(capa.has_mechanism("PLAIN") && !capa.has_mechanism("CRAM-MD5"));
    assert_eq!(capa.lines().len(), 3);
}

#[test]
fn commands_and_their_masks() {
    let secret = Secret::new(b" pass word".to_vec());
    let mut wire = Vec::new();
    Command::Pass(&secret).encode(&mut wire).expect("valid");
    assert_eq!(wire, b"PASS  pass word\r\n");
    assert_eq!(Command::Pass(&secret).masked(), "PASS ****");
    for bad in ["a\rb", "a\nb", "a\0b", "a\x7fb"] {
        let mut wire = Vec::new();
        let secret = Secret::new(bad.as_bytes().to_vec());
        assert!(Command::User(bad).encode(&mut wire).is_err());
        assert!(Command::Pass(&secret).encode(&mut wire).is_err());
        assert!(wire.is_empty());
    }
}

/// A block read line by line, all at once: what it holds, and where it ends.
/// In a message whose first line ends with CRLF, no other line end is one.
fn naive(wire: &[u8], is_listing: bool) -> Option<(Vec<u8>, usize)> {
    let first = wire.split_inclusive(|&b| b == b'\n').next();
    let is_crlf = !is_listing && first.is_some_and(|line| line.ends_with(b"\r\n"));
    let mut lines: Vec<&[u8]> = Vec::new();
    let mut rest = wire;
    while !rest.is_empty() {
        let end = if is_crlf { &b"\r\n"[..] } else { b"\n" };
        let len = memmem::find(rest, end).map_or(rest.len(), |at| at + end.len());
        lines.push(&rest[..len]);
        rest = &rest[len..];
    }
    let (mut out, mut used) = (Vec::new(), 0);
    for line in lines {
        used += line.len();
        if line == b".\r\n" || line == b".\n" && !is_crlf {
            return Some((out, used));
        }
        let line = line.strip_prefix(b".").unwrap_or(line);
        let text = line.strip_suffix(b"\r\n");
        out.extend_from_slice(text.unwrap_or(line));
        out.extend(text.map(|_| b'\n'));
    }
    None
}

proptest! {
    #[test]
    fn a_block_is_what_a_naive_reader_says(
        wire in "(a\r\n)?[.\r\n\0-\u{2}a]{0,60}",
        is_listing in any::<bool>(),
        size in 1usize..20,
    ) {
        let wire = wire.as_bytes();
        let mut block = if is_listing { Block::listing() } else { Block::message() };
        let (mut out, mut used, mut ended) = (Vec::new(), 0, false);
        for piece in wire.chunks(size) {
            let decoded = block.decode(piece, &mut out);
            used += decoded.used;
            ended = decoded.ended;
            if ended {
                break;
            }
        }
        prop_assert_eq!(ended.then_some((out, used)), naive(wire, is_listing));
    }

    // Cases 6 and 14, Q25, faults 15, 16 and 89.
    #[test]
    fn any_chunking_gives_the_same_events(
        bytes in proptest::collection::vec(
            prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'+'), any::<u8>()], 0..200),
        cuts in proptest::collection::vec(0usize..400, 0..40),
    ) {
        let mut stream = b"+OK hi <a@b>\r\n+OK\r\n".to_vec();
        stream.extend_from_slice(&bytes);
        stream.extend_from_slice(b"\r\n.\r\n-ERR no\r\n");
        let expected = [Expect::Message, Expect::Line];
        let whole = events(&expected, &[&stream]);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c % stream.len()).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &stream[w[0]..w[1]]).collect();
        prop_assert_eq!(&events(&expected, &pieces), &whole);
        let bytewise: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(&events(&expected, &bytewise), &whole);
    }

    // Q26.
    #[test]
    fn unstuffing_undoes_stuffing(lines in proptest::collection::vec("[.\0-\u{9}a-c\r]{0,6}", 0..12)) {
        let message: Vec<u8> = lines.iter().flat_map(|l| [l.as_bytes(), b"\r\n"].concat()).collect();
        let stored = String::from_utf8(message.clone()).expect("UTF-8").replace("\r\n", "\n");
        let wire = stuff(&message);
        let (out, octets, used) = decode(&wire).expect("ends");
        prop_assert_eq!(out, stored.into_bytes());
        prop_assert_eq!(octets, message.len() as u64);
        prop_assert_eq!(used, wire.len());
    }

    #[test]
    fn nothing_panics_on_any_line(line in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = (uidl_line(&line), list_line(&line), stat_text(&line), Status::parse(&line));
        let _ = Capabilities::from_lines([&line[..]]);
    }
}
