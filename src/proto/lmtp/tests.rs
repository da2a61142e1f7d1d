use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

const ENVELOPE: Envelope<'static> =
    Envelope { sender: b"bob@example.com", recipient: b"alice", size: 1234 };

/// A server that answers from a script: a reply for each line it is sent, the
/// greeting first, and for the message as a whole; ` | ` stands between them,
/// and ` / ` between the lines of one.
struct Server {
    replies: VecDeque<String>,
    heard: Vec<String>,
    chunk: usize,
}

impl Server {
    fn new(replies: &str) -> Self {
        let lines = |reply: &str| format!("{}\r\n", reply.replace(" / ", "\r\n"));
        Self {
            replies: replies.split(" | ").map(lines).collect(),
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
        let reply = self.replies.pop_front().unwrap_or_default();
        for piece in reply.as_bytes().chunks(self.chunk.max(1)) {
            client.receive(piece);
        }
    }

    /// What became of a message.
    fn deliver(&mut self, client: &mut Client) -> NextAction {
        client.begin(&ENVELOPE);
        self.talk(client);
        if *client.turn() == NextAction::Content {
            client.content_sent();
            self.answer(client);
            self.talk(client);
        }
        client.turn().clone()
    }
}

const HELLO: &str = "220 here | 250-here / 250-PIPELINING / 250 SIZE 10";

/// A client of this server, greeted.
fn greeted(server: &mut Server) -> Client {
    let mut client = Client::new("me".to_owned());
    server.talk(&mut client);
    client
}

/// What becomes of a message, what was said for it, and whether the connection
/// is spoiled.
fn outcome(replies: &str) -> (NextAction, Vec<String>, bool) {
    let mut server = Server::new(&format!("{HELLO} | {replies}"));
    let mut client = greeted(&mut server);
    assert_eq!(*client.turn(), NextAction::Ready);
    let turn = server.deliver(&mut client);
    let said = server.heard.split_off(2);
    (turn, said, client.is_spoiled())
}

fn failed(failure: FailureKind, text: &str) -> NextAction {
    NextAction::Failed(failure, text.as_bytes().to_vec())
}

const COMMANDS: [&str; 3] = ["MAIL FROM:<bob@example.com> SIZE=1234", "RCPT TO:<alice>", "DATA"];

#[test]
fn a_message_goes_out_in_one_breath_where_that_is_announced() {
    let mut server = Server::new(HELLO);
    let mut client = greeted(&mut server);
    assert_eq!(server.heard[1], "LHLO me");
    client.begin(&ENVELOPE);
    let expected = format!("{}\r\n", COMMANDS.join("\r\n"));
    assert_eq!(client.output(), expected.as_bytes());
}

#[test]
fn without_pipelining_each_command_waits_for_its_reply() {
    let mut client = greeted(&mut Server::new("220 x | 250-x / 250-8bitmime / 250 smtputf8"));
    client.begin(&Envelope { sender: "zo\u{eb}@example.com".as_bytes(), ..ENVELOPE });
    let mail = "MAIL FROM:<zo\u{eb}@example.com> BODY=8BITMIME SMTPUTF8\r\n";
    assert_eq!(client.output(), mail.as_bytes());
    client.sent(mail.len());
    client.receive(b"250 ok\r\n");
    assert_eq!(client.output(), b"RCPT TO:<alice>\r\n");
}

#[test]
fn every_answer_to_every_step_has_its_meaning() {
    use FailureKind::{Deferred, Refused};
    for (text, failure) in [
        ("450 busy", Deferred),
        ("452 4.3.1 full", Deferred),
        ("552 5.2.2 quota", Deferred),
        ("550 5.2.1 off", Deferred),
        ("554 5.3.0 x", Deferred),
        ("550 5.1.1 unknown", Refused),
        ("501 syntax", Refused),
        ("554 spam", Refused),
    ] {
        let wanted = failed(failure, text);
        for (step, replies) in [
            ("MAIL", format!("{text} | 503 no | 503 no | 250 reset")),
            ("RCPT", format!("250 ok | {text} | 503 no | 250 reset")),
            // It would have a message without a recipient.
            ("354", format!("250 ok | {text} | 354 go | 554 none | 250 reset")),
            ("DATA", format!("250 ok | 250 ok | {text} | 250 reset")),
        ] {
            let (turn, said, spoiled) = outcome(&replies);
            assert_eq!(turn, wanted, "{step}: {text}");
            assert_eq!(said.last().expect("a line"), "RSET", "{step}: {text}");
            assert_eq!(said.contains(&".".to_owned()), step == "354");
            assert!(!spoiled);
        }
        let (turn, said, _) = outcome(&format!("250 a | 250 b | 354 go | {text}"));
        assert_eq!(turn, wanted, "the answer: {text}");
        assert_eq!(said, COMMANDS, "nothing is to be reset");
    }
}

#[test]
fn a_reply_of_several_lines_is_one() {
    let many = "250-2.0.0 <alice> / 250-saved / 250 ok";
    let replies = format!("250-a / 250 b | 250 ok | 354-go / 354 on | {many}");
    assert_eq!(outcome(&replies).0, NextAction::Delivered);
    let (turn, ..) = outcome("250 a | 550-no / 550 never | 503 x | 250 y");
    assert_eq!(turn, failed(FailureKind::Refused, "550 no never"));
}

#[test]
fn the_end_of_the_service_ends_it_at_every_step() {
    for well in ["", "250 a | ", "250 a | 250 b | ", "250 a | 250 b | 354 c | "] {
        let (turn, _, spoiled) = outcome(&format!("{well}421 4.3.2 closing"));
        assert_eq!(turn, NextAction::Closing(b"421 4.3.2 closing".to_vec()), "{well}");
        assert!(spoiled);
    }
    for replies in ["421 not now", "220 x | 421 not now", "554 no"] {
        let client = greeted(&mut Server::new(replies));
        assert!(matches!(client.turn(), NextAction::Closing(_)), "{replies:?}");
    }
}

#[test]
fn what_makes_no_sense_is_never_a_success() {
    let no_reply = "the server sent something that is no reply";
    for (replies, text) in [
        ("250 a | 250 b | 250 c", "the server answered 250 c"),
        ("354 a", "the server answered 354 a"),
        ("250 a | 250 b | 354 c | 354 d", "the server answered 354 d"),
        ("hello", no_reply),
        ("250-a / 251 b", no_reply),
        ("999 a", no_reply),
        ("25", no_reply),
        ("250 a / 250 b / 250 c", "the server answered 250 c"),
    ] {
        let (turn, _, spoiled) = outcome(replies);
        assert_eq!(turn, NextAction::Broken(text.as_bytes().to_vec()), "{replies:?}");
        assert!(spoiled);
    }
    for (octets, times) in [(&[b'2'; 5000][..], 1), (b"220-more\r\n", 200)] {
        let mut client = Client::new("me".to_owned());
        (0..times).for_each(|_| client.receive(octets));
        assert!(matches!(client.turn(), NextAction::Broken(_)));
    }
}

#[test]
fn a_reply_too_many_spoils_the_connection_and_not_the_answer() {
    let well = "250 a | 250 b | 354 c";
    for (last, turn) in [
        ("250 d / 250 e", NextAction::Delivered),
        ("250 d / what", NextAction::Delivered),
        ("250 d / 421 idle", NextAction::Delivered),
        ("550 d / 250 e", failed(FailureKind::Refused, "550 d")),
    ] {
        let (found, _, spoiled) = outcome(&format!("{well} | {last}"));
        assert_eq!((found, spoiled), (turn, true), "{last:?}");
    }
    // While the message is still on its way.
    let out_of_turn = b"the server spoke out of turn: 250 taken".to_vec();
    for (early, turn) in [
        ("250 taken\r\n", NextAction::Broken(out_of_turn)),
        ("552 enough\r\n", failed(FailureKind::Deferred, "552 enough")),
    ] {
        let mut server = Server::new(&format!("{HELLO} | {well}"));
        let mut client = greeted(&mut server);
        client.begin(&ENVELOPE);
        server.talk(&mut client);
        assert_eq!(*client.turn(), NextAction::Content);
        client.receive(early.as_bytes());
        assert_eq!(*client.turn(), turn);
        assert!(client.is_spoiled());
    }
}

fn encoded(pieces: &[&[u8]]) -> Vec<u8> {
    let (mut content, mut out) = (Content::default(), Vec::new());
    for piece in pieces {
        content.encode(piece, &mut out);
    }
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
        for at in 0..4 {
            let mut replies = ["250 a", "250 b", "354 c", "250 d", "250 e", "250 f"].map(str::to_owned);
            replies[at] = format!("{code}-one / {code} two");
            let replies = format!("{HELLO} | {}", replies.join(" | "));
            let run = |chunk| {
                let mut server = Server::new(&replies);
                server.chunk = chunk;
                let mut client = greeted(&mut server);
                (server.deliver(&mut client), server.heard)
            };
            let (turn, heard) = run(usize::MAX);
            prop_assert_eq!(&run(chunk), &(turn.clone(), heard));
            prop_assert_eq!(turn == NextAction::Delivered, matches!((at, code), (0 | 1 | 3, 200..=299) | (2, 354)));
        }
    }

    #[test]
    fn garbage_is_never_a_delivery(garbage in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut server = Server::new(&format!("{HELLO} | 250 a | 250 b | 354 c"));
        let mut client = greeted(&mut server);
        server.deliver(&mut client);
        client.receive(&garbage);
        let is_yes = garbage.starts_with(b"2") && garbage.contains(&b'\n');
        prop_assert!(*client.turn() != NextAction::Delivered || is_yes);
    }
}
