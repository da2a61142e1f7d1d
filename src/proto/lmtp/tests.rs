use proptest::prelude::*;

use super::*;

const ENVELOPE: Envelope<'static> = Envelope {
    sender: b"bob@example.com",
    recipient: b"alice",
    size: 1234,
};

/// A server that answers from a script: a reply for each line it is sent, the
/// greeting first, and for the message as a whole. `None` says nothing.
struct Server {
    replies: Vec<&'static str>,
    heard: Vec<String>,
    chunk: usize,
}

impl Server {
    fn new(replies: &[&'static str]) -> Self {
        Self {
            replies: replies.iter().rev().copied().collect(),
            heard: Vec::new(),
            chunk: usize::MAX,
        }
    }

    /// Has the client say all it has to say, and answers each line of it.
    fn talk(&mut self, client: &mut Client) {
        if self.heard.is_empty() {
            self.heard.push(String::new());
            self.answer(client);
        }
        loop {
            let said = String::from_utf8(client.output().to_vec()).expect("ASCII");
            client.sent(said.len());
            if said.is_empty() {
                return;
            }
            for line in said.split_terminator("\r\n") {
                self.heard.push(line.to_owned());
                self.answer(client);
            }
        }
    }

    fn answer(&mut self, client: &mut Client) {
        let reply = self.replies.pop().unwrap_or_default();
        for piece in reply.as_bytes().chunks(self.chunk.max(1)) {
            client.receive(piece);
        }
    }

    /// What became of a message.
    fn deliver(&mut self, client: &mut Client) -> Turn {
        client.begin(&ENVELOPE);
        self.talk(client);
        if *client.turn() == Turn::Content {
            client.content_sent();
            self.answer(client);
            self.talk(client);
        }
        client.turn().clone()
    }
}

const HELLO: [&str; 2] = [
    "220 here\r\n",
    "250-here\r\n250-PIPELINING\r\n250 SIZE 10\r\n",
];

fn outcome(replies: &[&'static str]) -> (Turn, Vec<String>, bool) {
    let mut client = Client::new("me".to_owned());
    let mut server = Server::new(&[&HELLO, replies].concat());
    server.talk(&mut client);
    assert_eq!(*client.turn(), Turn::Ready);
    let turn = server.deliver(&mut client);
    let said = server.heard.split_off(2);
    (turn, said, client.is_spoiled())
}

fn failed(failure: FailureKind, text: &str) -> Turn {
    Turn::Failed(failure, text.as_bytes().to_vec())
}

const COMMANDS: [&str; 3] = [
    "MAIL FROM:<bob@example.com> SIZE=1234",
    "RCPT TO:<alice>",
    "DATA",
];

#[test]
fn a_message_goes_out_in_one_breath_where_that_is_announced() {
    let mut client = Client::new("me".to_owned());
    let mut server = Server::new(&HELLO);
    server.talk(&mut client);
    assert_eq!(server.heard[1], "LHLO me");
    client.begin(&ENVELOPE);
    let expected = format!("{}\r\n", COMMANDS.join("\r\n"));
    assert_eq!(client.output(), expected.as_bytes());
}

#[test]
fn without_pipelining_each_command_waits_for_its_reply() {
    let mut client = Client::new("me".to_owned());
    let mut server = Server::new(&["220 x\r\n", "250-x\r\n250-8bitmime\r\n250 smtputf8\r\n"]);
    server.talk(&mut client);
    client.begin(&Envelope {
        sender: "zo\u{eb}@example.com".as_bytes(),
        ..ENVELOPE
    });
    let mail = "MAIL FROM:<zo\u{eb}@example.com> BODY=8BITMIME SMTPUTF8\r\n";
    assert_eq!(client.output(), mail.as_bytes());
    client.sent(mail.len());
    client.receive(b"250 ok\r\n");
    assert_eq!(client.output(), b"RCPT TO:<alice>\r\n");
}

#[test]
fn every_answer_to_every_step_has_its_meaning() {
    use FailureKind::{Deferred, Refused};
    let passing = [
        "450 busy",
        "452 4.3.1 full",
        "552 5.2.2 quota",
        "550 5.2.1 off",
        "554 5.3.0 x",
    ];
    let permanent = ["550 5.1.1 unknown", "501 syntax", "554 spam"];
    let answers = (passing.iter().map(|text| (*text, Deferred)))
        .chain(permanent.iter().map(|text| (*text, Refused)));
    for (text, failure) in answers {
        let line: &'static str = format!("{text}\r\n").leak();
        let wanted = failed(failure, text);
        #[rustfmt::skip]
        let rows = [
            ("MAIL", vec![line, "503 no\r\n", "503 no\r\n", "250 reset\r\n"]),
            ("RCPT", vec!["250 ok\r\n", line, "503 no\r\n", "250 reset\r\n"]),
            // It would have a message without a recipient.
            ("354", vec!["250 ok\r\n", line, "354 go\r\n", "554 none\r\n", "250 reset\r\n"]),
            ("DATA", vec!["250 ok\r\n", "250 ok\r\n", line, "250 reset\r\n"]),
        ];
        for (step, replies) in rows {
            let (turn, said, spoiled) = outcome(&replies);
            assert_eq!(turn, wanted, "{step}: {text}");
            assert_eq!(
                said.last().map(String::as_str),
                Some("RSET"),
                "{step}: {text}"
            );
            assert_eq!(said.contains(&".".to_owned()), step == "354");
            assert!(!spoiled);
        }
        let (turn, said, _) = outcome(&["250 a\r\n", "250 b\r\n", "354 go\r\n", line]);
        assert_eq!(turn, wanted, "the answer: {text}");
        assert_eq!(said, COMMANDS, "nothing is to be reset");
    }
}

#[test]
fn a_reply_of_several_lines_is_one() {
    let many = "250-2.0.0 <alice>\r\n250-saved\r\n250 ok\r\n";
    let (turn, ..) = outcome(&[
        "250-a\r\n250 b\r\n",
        "250 ok\r\n",
        "354-go\r\n354 on\r\n",
        many,
    ]);
    assert_eq!(turn, Turn::Delivered);
    let (turn, ..) = outcome(&[
        "250 a\r\n",
        "550-no\r\n550 never\r\n",
        "503 x\r\n",
        "250 y\r\n",
    ]);
    assert_eq!(turn, failed(FailureKind::Refused, "550 no never"));
}

#[test]
fn the_end_of_the_service_ends_it_at_every_step() {
    let well = ["250 a\r\n", "250 b\r\n", "354 c\r\n", "250 d\r\n"];
    for step in 0..well.len() {
        let mut replies = well[..step].to_vec();
        replies.push("421 4.3.2 closing\r\n");
        let (turn, _, spoiled) = outcome(&replies);
        assert_eq!(turn, Turn::Closing(b"421 4.3.2 closing".to_vec()), "{step}");
        assert!(spoiled);
    }
    for replies in [
        &["421 not now\r\n"][..],
        &["220 x\r\n", "421 not now\r\n"],
        &["554 no\r\n"],
    ] {
        let mut client = Client::new("me".to_owned());
        Server::new(replies).talk(&mut client);
        assert!(matches!(client.turn(), Turn::Closing(_)), "{replies:?}");
    }
}

#[test]
fn what_makes_no_sense_is_never_a_success() {
    #[rustfmt::skip]
    let rows = [
        (vec!["250 a\r\n", "250 b\r\n", "250 c\r\n"], "the server answered 250 c"),
        (vec!["354 a\r\n"], "the server answered 354 a"),
        (vec!["250 a\r\n", "250 b\r\n", "354 c\r\n", "354 d\r\n"], "the server answered 354 d"),
        (vec!["hello\r\n"], "the server sent something that is no reply"),
        (vec!["250-a\r\n251 b\r\n"], "the server sent something that is no reply"),
        (vec!["999 a\r\n"], "the server sent something that is no reply"),
        (vec!["25\r\n"], "the server sent something that is no reply"),
        (vec!["250 a\r\n250 b\r\n250 c\r\n"], "the server answered 250 c"),
    ];
    for (replies, text) in rows {
        let (turn, _, spoiled) = outcome(&replies);
        assert_eq!(turn, Turn::Broken(text.as_bytes().to_vec()), "{replies:?}");
        assert!(spoiled);
    }
    let mut client = Client::new("me".to_owned());
    client.receive(&[b'2'; 5000]);
    assert!(matches!(client.turn(), Turn::Broken(_)));
    let mut client = Client::new("me".to_owned());
    for _ in 0..200 {
        client.receive(b"220-more\r\n");
    }
    assert!(matches!(client.turn(), Turn::Broken(_)));
}

#[test]
fn a_reply_too_many_spoils_the_connection_and_not_the_answer() {
    let well = ["250 a\r\n", "250 b\r\n", "354 c\r\n"];
    for (last, turn) in [
        ("250 d\r\n250 e\r\n", Turn::Delivered),
        ("250 d\r\nwhat\r\n", Turn::Delivered),
        ("250 d\r\n421 idle\r\n", Turn::Delivered),
        ("550 d\r\n250 e\r\n", failed(FailureKind::Refused, "550 d")),
    ] {
        let (found, _, spoiled) = outcome(&[&well[..], &[last]].concat());
        assert_eq!(found, turn, "{last:?}");
        assert!(spoiled, "{last:?}");
    }
    // While the message is still on its way.
    for (early, turn) in [
        (
            "250 taken\r\n",
            Turn::Broken(b"the server spoke out of turn: 250 taken".to_vec()),
        ),
        (
            "552 enough\r\n",
            failed(FailureKind::Deferred, "552 enough"),
        ),
    ] {
        let mut client = Client::new("me".to_owned());
        let mut server = Server::new(&[&HELLO, &well[..]].concat());
        server.talk(&mut client);
        client.begin(&ENVELOPE);
        server.talk(&mut client);
        assert_eq!(*client.turn(), Turn::Content);
        client.receive(early.as_bytes());
        assert_eq!(*client.turn(), turn);
        assert!(client.is_spoiled());
    }
}

fn encoded(pieces: &[&[u8]]) -> Vec<u8> {
    let (mut content, mut out) = (Content::default(), Vec::new());
    pieces
        .iter()
        .for_each(|piece| content.encode(piece, &mut out));
    content.finish(&mut out);
    out
}

#[test]
fn content_has_crlf_and_doubled_dots() {
    for (message, wire) in [
        (&b""[..], &b".\r\n"[..]),
        (b"a\n.\n..b\n", b"a\r\n..\r\n...b\r\n.\r\n"),
        (b"no end", b"no end\r\n.\r\n"),
        (b"a\rb\0\r\n.c", b"a\rb\0\r\r\n..c\r\n.\r\n"),
    ] {
        assert_eq!(encoded(&[message]), wire);
    }
}

proptest! {
    #[test]
    fn content_does_not_depend_on_its_pieces(
        message in prop::collection::vec(prop_oneof![Just(b'.'), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..60),
        cut in 0..60usize,
    ) {
        let cut = cut.min(message.len());
        let wire = encoded(&[&message]);
        prop_assert_eq!(&encoded(&[&message[..cut], &message[cut..]]), &wire);
        // It ends with the first line that is a dot, and only there.
        let text = wire.strip_suffix(b".\r\n").expect("an end");
        prop_assert!(text.is_empty() || text.ends_with(b"\r\n"));
        prop_assert!(!text.starts_with(b".\r\n"));
        prop_assert!(memchr::memmem::find(text, b"\r\n.\r\n").is_none());
    }

    #[test]
    fn replies_do_not_depend_on_their_pieces(chunk in 1..20usize, code in 200..600u16) {
        let line: &'static str = format!("{code}-one\r\n{code} two\r\n").leak();
        for at in 0..4 {
            let mut replies = [&HELLO[..], &["250 a\r\n", "250 b\r\n", "354 c\r\n", "250 d\r\n", "250 e\r\n", "250 f\r\n"]].concat();
            replies[2 + at] = line;
            let run = |chunk| {
                let mut client = Client::new("me".to_owned());
                let mut server = Server::new(&replies);
                server.chunk = chunk;
                server.talk(&mut client);
                (server.deliver(&mut client), server.heard)
            };
            let (turn, heard) = run(usize::MAX);
            prop_assert_eq!(&run(chunk), &(turn.clone(), heard));
            prop_assert_eq!(turn == Turn::Delivered, matches!((at, code), (0 | 1 | 3, 200..=299) | (2, 354)));
        }
    }

    #[test]
    fn garbage_is_never_a_delivery(garbage in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut client = Client::new("me".to_owned());
        let mut server = Server::new(&[&HELLO[..], &["250 a\r\n", "250 b\r\n", "354 c\r\n"]].concat());
        server.talk(&mut client);
        server.deliver(&mut client);
        client.receive(&garbage);
        let is_yes = garbage.starts_with(b"2") && garbage.contains(&b'\n');
        prop_assert!(*client.turn() != Turn::Delivered || is_yes);
    }
}
