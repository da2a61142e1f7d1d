use super::*;
use crate::proto::Status;
use crate::session::{Interrupt, Request, Work};

/// Asks for what it is told to and writes down what happens.
#[derive(Default)]
pub(super) struct Notebook {
    todo: std::collections::VecDeque<Request>,
    pub(super) notes: Vec<String>,
    data: Vec<u8>,
    /// Fails at this many octets of data.
    disk: Option<usize>,
}

impl Notebook {
    pub(super) fn new(todo: impl IntoIterator<Item = Request>) -> Self {
        Self { todo: todo.into_iter().collect(), ..Self::default() }
    }
}

impl Work for Notebook {
    type Error = &'static str;

    fn next(&mut self) -> Result<Option<Request>, Self::Error> {
        Ok(self.todo.pop_front())
    }

    fn data(&mut self, _: &Request, piece: &[u8]) -> Result<(), Self::Error> {
        self.data.extend_from_slice(piece);
        match self.disk {
            Some(room) if self.data.len() > room => Err("disk full"),
            _ => Ok(()),
        }
    }

    fn done(&mut self, request: &Request, octets: u64) -> Result<(), Self::Error> {
        let data = String::from_utf8(std::mem::take(&mut self.data)).expect("UTF-8");
        let note = format!("{} {octets} {data:?}", name(request));
        self.notes.push(note);
        Ok(())
    }

    fn refused(&mut self, request: &Request, status: Status) -> Result<(), Self::Error> {
        assert!(self.data.is_empty());
        let note = format!("{} refused: {}", name(request), status.sanitized());
        self.notes.push(note);
        Ok(())
    }
}

fn name(request: &Request) -> String {
    match request {
        Request::Retrieve(number, _) => format!("RETR {number}"),
        Request::Top(number, lines) => format!("TOP {number} {lines}"),
    }
}

pub(super) fn retr(n: u32) -> Request {
    Request::Retrieve(number(n), None)
}

fn sized(n: u32, size: u64) -> Request {
    Request::Retrieve(number(n), Some(size))
}

fn top(n: u32) -> Request {
    Request::Top(number(n), 5)
}

pub(super) const PIPELINING: [&str; 1] = ["PIPELINING"];

/// Plays a transfer to its end and gives its notes.
fn play(stage: &Stage, after: &[&str], todo: impl IntoIterator<Item = Request>) -> Vec<String> {
    let mut work = Notebook::new(todo);
    let transferred = logged_in(stage, after).transfer(&mut work);
    assert!(transferred.is_ok(), "{transferred:?}");
    work.notes
}

/// The session's failure in a transfer or at the proof behind it, the notes,
/// and the hints.
fn fail(script: &str, after: &[&str], todo: &[Request]) -> (Error, Vec<String>, Hints) {
    let stage = Stage::after_login(script);
    let mut session = logged_in(&stage, after);
    let mut work = Notebook::new(todo.iter().copied());
    let error = match session.transfer(&mut work) {
        Err(Interrupt::Session(error)) => error,
        Ok(()) => failed(session.prove()),
        Err(other) => panic!("{other:?}"),
    };
    let mut hints = session.hints();
    hints.learn(&error);
    (error, work.notes, hints)
}

// Cases 2, 7 and 45.
#[test]
fn commands_go_out_one_by_one_or_in_one_write_and_replies_keep_their_order() {
    for chunk in [1, 3, 4, usize::MAX] {
        let stage = Stage::after_login(
            "C RETR 1 | S +OK | S .. | S ...x | S ..From | S . | C TOP 2 5 | S +OK | S a | S . | \
             C RETR 3 | S +OK | S .",
        )
        .with(|it| (it.chunk, it.lockstep) = (chunk, true));
        let notes = play(&stage, &["TOP"], [retr(1), top(2), retr(3)]);
        let first = "RETR 1 15 \".\\n..x\\n.From\\n\"";
        assert_eq!(notes, [first, "TOP 2 5 3 \"a\\n\"", "RETR 3 0 \"\""]);
        let writes = stage.writes();
        assert_eq!(writes[2..], ["RETR 1\r\n", "TOP 2 5\r\n", "RETR 3\r\n"]);

        let stage = Stage::after_login(
            "C RETR 1 | C RETR 2 | C TOP 3 5 | S +OK | S one | S . | S -ERR gone | S +OK | S three | S .",
        );
        let stage = stage.with(|it| it.chunk = chunk);
        let notes = play(&stage, &PIPELINING, [retr(1), retr(2), top(3)]);
        let (first, third) = ("RETR 1 5 \"one\\n\"", "TOP 3 5 7 \"three\\n\"");
        assert_eq!(notes, [first, "RETR 2 refused: gone", third]);
        assert_eq!(stage.writes()[2..], ["RETR 1\r\nRETR 2\r\nTOP 3 5\r\n"]);
    }
}

fn reply(n: u32) -> String {
    format!("S: +OK\r\n{n}\r\n.\r\n | ")
}

/// No command is cut over two writes.
// Case 46.
#[test]
fn two_hundred_and_fifty_messages_come_in_few_flights_of_whole_commands() {
    let hear: String = (1..=250).map(|n| format!("C RETR {n} | ")).collect();
    let say: String = (1..=250).map(reply).collect();
    let stage = Stage::after_login(&format!("{hear}{say}"));
    let notes = play(&stage, &PIPELINING, (1..=250).map(|n| sized(n, 500)));
    let names: Vec<&str> = notes.iter().filter_map(|note| note.rsplitn(3, ' ').nth(2)).collect();
    let expected = Vec::from_iter((1..=250).map(|n| format!("RETR {n}")));
    assert_eq!(names, expected);
    let writes = stage.writes();
    assert_eq!(writes.len(), 5);
    let is_whole = |write: &String| write.len() <= 1024 && write.ends_with("\r\n");
    assert!(writes.iter().all(is_whole));
}

// Case 47.
#[test]
fn a_server_that_takes_little_at_a_time_is_no_deadlock() {
    let script: String = (1..=40).map(|n| format!("C RETR {n} | {}", reply(n))).collect();
    let stage = Stage::after_login(&script).with(|it| (it.chunk, it.gulp) = (5, 3));
    let notes = play(&stage, &PIPELINING, (1..=40).map(|n| sized(n, 3)));
    assert_eq!(notes.len(), 40);
}

#[test]
fn the_window_opens_as_replies_come() {
    // Four messages of a mebibyte are a window; each that comes
    // makes room for one more.
    let stage = Stage::after_login(&format!(
        "C RETR 1 | C RETR 2 | C RETR 3 | C RETR 4 | {two} | C RETR 5 | C RETR 6 | {two} | {two}",
        two = "S +OK | S . | S +OK | S ."
    ));
    let notes = play(&stage, &PIPELINING, (1..=6).map(|n| sized(n, 1024 * 1024)));
    assert_eq!(notes.len(), 6);
    let first = "RETR 1\r\nRETR 2\r\nRETR 3\r\nRETR 4\r\n";
    assert_eq!(stage.writes()[2..], [first, "RETR 5\r\nRETR 6\r\n"]);
}

/// Nothing else has the form of the answer to STAT: not the one to RETR, nor
/// one that came late.
#[test]
fn only_an_answer_to_stat_proves_that_replies_match() {
    for after in [&[][..], &PIPELINING] {
        for (answer, is_proof) in [
            ("S +OK 1 5", true),
            ("S +OK 2 -70 octets", true),
            ("S: \n | S +OK 0 0", true),
            ("S +OK", false),
            ("S +OK 5 octets", false),
            ("S +OK 5", false),
            ("S +OK message 1 deleted", false),
            ("S -ERR gone", false),
            ("S Subject: x", false),
            ("EOF", false),
        ] {
            let stage = Stage::after_login(&format!("C STAT | {answer}"));
            let proven = logged_in(&stage, after).prove();
            assert_eq!(proven.is_ok(), is_proof, "{answer:?}");
            if let Err(error) = proven {
                assert_eq!(error.is_mixed_up(), answer != "EOF", "{answer:?}");
            }
        }
    }
}

/// A reply in front of a message's own is taken for the beginning of the
/// message.
#[test]
fn a_message_that_begins_with_a_reply_is_none() {
    for (reply, size, is_message) in [
        ("+OK 9 octets", None, false),
        ("+OK", Some(3), false),
        ("-ERR no", Some(3), false),
        ("+OK", Some(8), true),
        ("+OKAY", None, true),
        ("-ERROR: x", None, true),
    ] {
        let stage = Stage::after_login(&format!("C RETR 1 | S +OK | S {reply} | S a | S ."));
        let mut work = Notebook::new([Request::Retrieve(number(1), size)]);
        let transferred = logged_in(&stage, &[]).transfer(&mut work);
        assert_eq!(transferred.is_ok(), is_message, "{reply}: {transferred:?}");
        assert_eq!(work.notes.len(), usize::from(is_message));
    }
}

/// The server gave up waiting while nothing was asked; and a refusal inside a
/// message is data.
// Cases 19, 93 and 98, Q30, fault 83.
#[test]
fn a_refusal_that_is_no_answer_is_temporary() {
    #[rustfmt::skip]
    let scripts = [
        ("S . | S -ERR Disconnected for inactivity | EOF", 1, "the server sent \"-ERR Disconnected for inactivity\" unasked"),
        ("S hdr | S -ERR boom | EOF", 0, "the server closed the connection"),
    ];
    for (script, done, text) in scripts {
        let script = format!("C RETR 1 | S +OK | {script}");
        let (error, notes, _) = fail(&script, &[], &[retr(1), retr(2)]);
        assert_eq!(notes.len(), done);
        assert_told(&error, Class::Temporary, &format!("RETR 1 failed: {text}"));
    }
}

// Case 49.
#[test]
fn what_goes_wrong_while_pipelining_asks_for_lockstep() {
    for script in [
        // Replies mixed up: the second status is taken for data.
        "S +OK | S +OK | S one | S . | S two | S .",
        // Hung up in the middle.
        "S +OK | S . | EOF",
        "S +OK | S . | S +OK | EOF",
        "S: +OK\r\none | EOF",
        "S +OK | S . | RST",
        // One reply too many.
        "S +OK | S . | S +OK | S . | S +OK",
        "S HTTP/1.1 400",
    ] {
        let script = format!("C RETR 1 | C RETR 2 | {script}");
        let (error, _, hints) = fail(&script, &PIPELINING, &[retr(1), retr(2)]);
        let blamed = error.is_pipelining_anomaly() || error.is_mixed_up();
        assert!(blamed, "{script:?}: {}", told(&error));
        assert!(hints.lockstep);
    }
}

#[test]
fn what_only_the_network_does_in_lockstep_asks_for_nothing() {
    for (script, lost, mixed_up) in [
        ("S +OK | S x | EOF", true, false),
        ("S HTTP/1.1 400", false, true),
        ("EOF", true, false),
        ("RST", true, false),
    ] {
        let script = format!("C RETR 1 | {script}");
        let (error, _, hints) = fail(&script, &[], &[retr(1), retr(2)]);
        assert!(!error.is_pipelining_anomaly());
        assert_eq!((hints.lockstep, error.is_mixed_up()), (mixed_up, mixed_up));
        assert_eq!(error.is_connection_lost(), lost, "{script:?}");
    }
}

#[test]
fn a_signal_while_pipelining_is_no_anomaly() {
    let script = "C RETR 1 | C RETR 2 | S +OK | INT";
    let (error, _, hints) = fail(script, &PIPELINING, &[retr(1), retr(2)]);
    assert!(error.is_cancelled() && !error.is_pipelining_anomaly() && !hints.lockstep);
}

#[test]
fn a_hint_of_lockstep_beats_what_the_server_announces() {
    for (pipelining, login) in [(Pipelining::Auto, LOGIN), (Pipelining::On, PIPELINED_LOGIN)] {
        let transfer = "C RETR 1 | S +OK | S . | C RETR 2 | S +OK | S .";
        let stage = Stage::new(&format!("TLS | S +OK | {login} | {transfer}"));
        let access = access_with(Auth::User, |it| it.pipelining = pipelining);
        let mut known = hints(&["PIPELINING"], &["PIPELINING"]);
        known.lockstep = true;
        let mut session = open(&stage, access, known).expect("a session");
        session.settle_pipelining().expect("nothing asked");
        let mut work = Notebook::new([retr(1), retr(2)]);
        assert!(session.transfer(&mut work).is_ok());
        assert_eq!(stage.last_write(), "RETR 2\r\n");
    }
}

#[test]
fn an_idle_session_is_kept_alive() {
    let stage = Stage::after_login("C NOOP | S +OK | C NOOP | S -ERR no such command");
    let mut session = logged_in(&stage, &PIPELINING);
    assert!(session.keep_alive().is_ok() && session.keep_alive().is_ok());
}

#[test]
fn a_failure_of_the_caller_stops_at_once() {
    let stage = Stage::after_login("C RETR 1 | C RETR 2 | S +OK | S much too much | S . | EOF");
    let mut session = logged_in(&stage, &PIPELINING);
    let mut work = Notebook::new([retr(1), retr(2)]);
    work.disk = Some(3);
    let outcome = session.transfer(&mut work);
    assert!(matches!(outcome, Err(Interrupt::Work("disk full"))));
    assert!(work.notes.is_empty());
    session.leave(Leave::Abandon).expect("gone");
    assert_eq!(stage.log.borrow().closes, [Duration::ZERO]);
    assert_eq!(stage.writes().len(), 3);
}
