use super::*;
use crate::base::Class;
use crate::proto::Status;
use crate::session::{Interrupt, Leave, Next, Request, Work};

/// Asks for what it is told to and writes down what happens.
#[derive(Default)]
pub(super) struct Notebook {
    todo: std::collections::VecDeque<Next>,
    pub(super) notes: Vec<String>,
    data: Vec<u8>,
    /// How long each empty-handed call was ready to wait.
    idles: Vec<Option<Duration>>,
    /// Fails at this many octets of data.
    disk: Option<usize>,
}

impl Notebook {
    pub(super) fn new(todo: impl IntoIterator<Item = Next>) -> Self {
        Self {
            todo: todo.into_iter().collect(),
            ..Self::default()
        }
    }
}

impl Work for Notebook {
    type Error = &'static str;

    fn next(&mut self, idle: Option<Duration>) -> Result<Next, Self::Error> {
        let next = self.todo.pop_front().unwrap_or(Next::Finished);
        if !matches!(next, Next::Send(_)) {
            self.idles.push(idle);
        }
        Ok(next)
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
        self.notes
            .push(format!("{} {octets} {data:?}", name(request)));
        Ok(())
    }

    fn refused(&mut self, request: &Request, status: Status) -> Result<(), Self::Error> {
        assert!(self.data.is_empty());
        self.notes
            .push(format!("{} refused: {}", name(request), status.shown()));
        Ok(())
    }
}

fn name(request: &Request) -> String {
    match request {
        Request::Retrieve(number, _) => format!("RETR {number}"),
        Request::Top(number, lines) => format!("TOP {number} {lines}"),
        Request::Delete(number) => format!("DELE {number}"),
    }
}

pub(super) fn retr(n: u32) -> Next {
    Next::Send(Request::Retrieve(number(n), None))
}

fn sized(n: u32, size: u64) -> Next {
    Next::Send(Request::Retrieve(number(n), Some(size)))
}

fn dele(n: u32) -> Next {
    Next::Send(Request::Delete(number(n)))
}

fn top(n: u32) -> Next {
    Next::Send(Request::Top(number(n), 5))
}

const PIPELINING: [&str; 1] = ["PIPELINING"];

/// Plays a transfer to its end and gives its notes.
fn play(stage: &Stage, after: &[&str], todo: &[Next]) -> Vec<String> {
    let access = access(Auth::User);
    let mut session = logged_in(stage, &access, after);
    let mut work = Notebook::new(todo.iter().copied());
    if let Err(interrupt) = session.transfer(&mut work) {
        panic!("{interrupt:?}");
    }
    drop(session);
    stage.assert_played();
    work.notes
}

/// The session's failure in a transfer, the notes, and the hints.
fn fail(stage: &Stage, after: &[&str], todo: &[Next]) -> (Error, Vec<String>, Hints) {
    let access = access(Auth::User);
    let mut session = logged_in(stage, &access, after);
    let mut work = Notebook::new(todo.iter().copied());
    match session.transfer(&mut work) {
        Err(Interrupt::Session(error)) => {
            let mut hints = session.hints();
            hints.learn(&error);
            (error, work.notes, hints)
        }
        other => panic!("{other:?}"),
    }
}

/// Cases 2 to 7 and 45.
#[test]
fn without_pipelining_one_command_is_outstanding() {
    for chunk in [1, 3, usize::MAX] {
        let mut stage = Stage::after_login(&[
            "C RETR 1",
            "S +OK",
            "S ..",
            "S ...x",
            "S ..From",
            "S .",
            "C TOP 2 5",
            "S +OK",
            "S a",
            "S .",
            "C RETR 3",
            "S +OK",
            "S .",
            "C DELE 1",
            "S +OK",
        ])
        .chunk(chunk);
        stage.lockstep = true;
        assert_eq!(
            play(&stage, &["TOP"], &[retr(1), top(2), retr(3), dele(1)]),
            [
                "RETR 1 15 \".\\n..x\\n.From\\n\"",
                "TOP 2 5 3 \"a\\n\"",
                "RETR 3 0 \"\"",
                "DELE 1 0 \"\"",
            ]
        );
        let writes = stage.writes();
        assert_eq!(
            writes[2..],
            ["RETR 1\r\n", "TOP 2 5\r\n", "RETR 3\r\n", "DELE 1\r\n"]
        );
    }
}

/// Cases 46 and 7.
#[test]
fn with_pipelining_commands_share_a_write_and_replies_keep_their_order() {
    for chunk in [1, 4, usize::MAX] {
        let stage = Stage::after_login(&[
            "C RETR 1",
            "C RETR 2",
            "C DELE 7",
            "C TOP 3 5",
            "S +OK",
            "S one",
            "S .",
            "S -ERR gone",
            "S +OK",
            "S +OK",
            "S three",
            "S .",
            "C STAT",
            "S +OK 3 20",
            "C NOOP",
            "S +OK",
        ])
        .chunk(chunk);
        assert_eq!(
            play(&stage, &PIPELINING, &[retr(1), retr(2), dele(7), top(3)]),
            [
                "RETR 1 5 \"one\\n\"",
                "RETR 2 refused: gone",
                "DELE 7 0 \"\"",
                "TOP 3 5 7 \"three\\n\"",
            ]
        );
        let flight = "RETR 1\r\nRETR 2\r\nDELE 7\r\nTOP 3 5\r\n";
        assert_eq!(stage.writes()[2..], [flight, "STAT\r\n", "NOOP\r\n"]);
    }
}

/// Case 46.
#[test]
fn two_hundred_and_fifty_messages_come_in_few_flights() {
    let hear: Vec<String> = (1..=250).map(|n| format!("C RETR {n}")).collect();
    let say: Vec<String> = (1..=250)
        .map(|n| format!("S: +OK\r\n{n}\r\n.\r\n"))
        .collect();
    let script: Vec<&str> = hear.iter().chain(&say).map(String::as_str).collect();
    let stage = Stage::after_login(&script);
    let todo: Vec<Next> = (1..=250).map(|n| sized(n, 500)).collect();
    let notes = play(&stage, &PIPELINING, &todo);
    assert_eq!(notes.len(), 250);
    assert!(
        (1..)
            .zip(&notes)
            .all(|(n, note)| note.starts_with(&format!("RETR {n} ")))
    );
    assert_eq!(stage.writes().len(), 3);
}

/// Case 47.
#[test]
fn a_server_that_takes_little_at_a_time_is_no_deadlock() {
    let hear: Vec<String> = (1..=40).map(|n| format!("C RETR {n}")).collect();
    let say: Vec<String> = (1..=40)
        .map(|n| format!("S: +OK\r\n{n}\r\n.\r\n"))
        .collect();
    let script: Vec<&str> = hear
        .iter()
        .zip(&say)
        .flat_map(|(hear, say)| [hear.as_str(), say.as_str()])
        .collect();
    let mut stage = Stage::after_login(&script).chunk(5);
    stage.gulp = 3;
    let todo: Vec<Next> = (1..=40).map(|n| sized(n, 3)).collect();
    assert_eq!(play(&stage, &PIPELINING, &todo).len(), 40);
}

#[test]
fn the_window_opens_as_replies_come() {
    // Four messages of a mebibyte are a window; each that comes
    // makes room for one more.
    let stage = Stage::after_login(&[
        "C RETR 1", "C RETR 2", "C RETR 3", "C RETR 4", "S +OK", "S .", "S +OK", "S .", "C RETR 5",
        "C RETR 6", "S +OK", "S .", "S +OK", "S .", "S +OK", "S .", "S +OK", "S .",
    ]);
    let todo: Vec<Next> = (1..=6).map(|n| sized(n, 1024 * 1024)).collect();
    assert_eq!(play(&stage, &PIPELINING, &todo).len(), 6);
    assert_eq!(
        stage.writes()[2..],
        [
            "RETR 1\r\nRETR 2\r\nRETR 3\r\nRETR 4\r\n",
            "RETR 5\r\nRETR 6\r\n"
        ]
    );
}

/// Cases 17, 20 and 81.
#[test]
fn refusals_go_to_the_caller_and_stop_nothing() {
    let stage = Stage::after_login(&[
        "C RETR 1",
        "S +OK",
        "S a",
        "S .",
        "C RETR 2",
        "S -ERR gone",
        "C STAT",
        "S +OK 3 10",
        "C RETR 3",
        "S +OK",
        "S long",
        "S .",
        "C DELE 2",
        "S -ERR no",
        "C DELE 1",
        "S +OK",
        "C STAT",
        "S +OK 2 10",
    ]);
    assert_eq!(
        play(
            &stage,
            &[],
            &[sized(1, 1000), retr(2), sized(3, 1), dele(2), dele(1)]
        ),
        [
            "RETR 1 3 \"a\\n\"",
            "RETR 2 refused: gone",
            "RETR 3 6 \"long\\n\"",
            "DELE 2 refused: no",
            "DELE 1 0 \"\"",
        ]
    );
}

/// Cases 18 and 93.
#[test]
fn a_refusal_and_then_the_end_is_the_end() {
    let stage = Stage::after_login(&[
        "C RETR 1",
        "S +OK",
        "S .",
        "C RETR 2",
        "S -ERR [SYS/TEMP] x",
        "EOF",
    ]);
    let (error, notes, hints) = fail(&stage, &[], &[retr(1), retr(2), retr(3)]);
    assert_eq!(notes, ["RETR 1 0 \"\""]);
    assert_eq!(error.class(), Class::Temporary);
    assert_eq!(
        told(&error),
        "pop.example.com:995: STAT failed; it had said \"-ERR [SYS/TEMP] x\": \
         the server closed the connection"
    );
    assert!(!error.is_pipelining_anomaly() && !hints.lockstep);
}

#[test]
fn the_last_refusal_counts_if_the_server_goes_on() {
    for (after, end, refused) in [
        (&[][..], &["S +OK 1 5"][..], true),
        (&[], &["EOF"], false),
        (&PIPELINING, &["S +OK 1 5", "C NOOP", "S +OK"], true),
        (&PIPELINING, &["EOF"], false),
        // The answer to RETR, after a word that was none.
        (&[], &["S +OK 5 octets"], false),
        (&[], &["S -ERR gone"], false),
        (&PIPELINING, &["S +OK 5", "C NOOP", "S Subject: x"], false),
    ] {
        let script = ["C RETR 1", "S -ERR gone", "C STAT"];
        let stage = Stage::after_login(&[&script, end].concat());
        let access = access(Auth::User);
        let mut session = logged_in(&stage, &access, after);
        let mut work = Notebook::new([retr(1)]);
        let transferred = session.transfer(&mut work);
        assert_eq!(transferred.is_ok(), refused, "{transferred:?}");
        assert_eq!(work.notes.as_slice() == ["RETR 1 refused: gone"], refused);
    }
}

/// Case 93: the server gave up waiting while nothing was asked.
#[test]
fn an_unasked_refusal_is_temporary() {
    let stage = Stage::after_login(&[
        "C RETR 1",
        "S +OK",
        "S .",
        "S -ERR Disconnected for inactivity",
        "EOF",
    ]);
    let (error, notes, _) = fail(&stage, &[], &[retr(1), retr(2)]);
    assert_eq!(notes.len(), 1);
    assert_eq!(error.class(), Class::Temporary);
    assert_eq!(
        told(&error),
        "pop.example.com:995: RETR 1 failed: \
         the server sent \"-ERR Disconnected for inactivity\" unasked"
    );
}

/// Case 19.
#[test]
fn a_refusal_inside_a_message_is_data() {
    let stage = Stage::after_login(&["C RETR 1", "S +OK", "S hdr", "S -ERR boom", "EOF"]);
    let (error, notes, _) = fail(&stage, &[], &[retr(1)]);
    assert!(notes.is_empty());
    assert_eq!(
        told(&error),
        "pop.example.com:995: RETR 1 failed: the server closed the connection"
    );
}

/// Cases 49, 50 and 98.
#[test]
fn what_goes_wrong_while_pipelining_asks_for_lockstep() {
    for (script, done) in [
        // Replies mixed up: the second status is taken for data.
        (&["S +OK", "S +OK", "S one", "S .", "S two", "S ."][..], 0),
        // Hung up in the middle: nobody knows whose the dot was.
        (&["S +OK", "S .", "EOF"], 0),
        (&["S +OK", "S .", "S +OK", "EOF"], 1),
        (&["S: +OK\r\none", "EOF"], 0),
        (&["S +OK", "S .", "RST"], 0),
        // One reply too many.
        (&["S +OK", "S .", "S +OK", "S .", "S +OK"], 2),
        (&["S HTTP/1.1 400"], 0),
    ] {
        let stage = Stage::after_login(&[&["C RETR 1", "C RETR 2"], script].concat());
        let (error, notes, hints) = fail(&stage, &PIPELINING, &[retr(1), retr(2)]);
        assert!(
            error.is_pipelining_anomaly(),
            "{script:?}: {}",
            told(&error)
        );
        assert_eq!(notes.len(), done, "{script:?}");
        assert!(hints.lockstep);
    }
}

#[test]
fn what_goes_wrong_in_lockstep_is_no_anomaly() {
    for (script, lost) in [
        (&["S +OK", "S x", "EOF"][..], true),
        (&["S HTTP/1.1 400"], false),
        (&["EOF"], true),
        (&["RST"], true),
    ] {
        let stage = Stage::after_login(&[&["C RETR 1"], script].concat());
        let (error, _, hints) = fail(&stage, &[], &[retr(1), retr(2)]);
        assert!(!error.is_pipelining_anomaly() && !hints.lockstep);
        assert_eq!(error.is_connection_lost(), lost, "{script:?}");
    }
}

#[test]
fn a_signal_while_pipelining_is_no_anomaly() {
    let stage = Stage::after_login(&["C RETR 1", "C RETR 2", "S +OK", "INT"]);
    let (error, _, hints) = fail(&stage, &PIPELINING, &[retr(1), retr(2)]);
    assert!(error.is_cancelled() && !error.is_pipelining_anomaly() && !hints.lockstep);
}

#[test]
fn a_hint_of_lockstep_beats_what_the_server_announces() {
    for pipelining in [Pipelining::Auto, Pipelining::On] {
        let script = ["TLS", "S +OK", "C USER alice"];
        let login = match pipelining {
            Pipelining::On => &["C PASS wonder land", "S +OK", "S +OK"][..],
            _ => &["S +OK", "C PASS wonder land", "S +OK"],
        };
        let transfer = ["C RETR 1", "S +OK", "S .", "C RETR 2", "S +OK", "S ."];
        let stage = Stage::new(&[&script, login, &transfer].concat());
        let access = Access {
            pipelining,
            ..access(Auth::User)
        };
        let known = Hints {
            lockstep: true,
            ..hints(&["PIPELINING"], &["PIPELINING"])
        };
        let mut session = open(&stage, &access, known).expect("a session");
        session.settle_pipelining().expect("nothing asked");
        assert!(
            session
                .transfer(&mut Notebook::new([retr(1), retr(2)]))
                .is_ok()
        );
        assert_eq!(stage.writes().last().expect("one"), "RETR 2\r\n");
    }
}

#[test]
fn an_idle_session_is_kept_alive() {
    let stage = Stage::after_login(&[
        "C RETR 1",
        "S +OK",
        "S .",
        "C NOOP",
        "S +OK",
        "C NOOP",
        "S -ERR no such command",
        "C DELE 1",
        "S +OK",
    ]);
    let access = access(Auth::User);
    let mut session = logged_in(&stage, &access, &PIPELINING);
    let mut work = Notebook::new([retr(1), Next::Later, Next::Later, Next::Later, dele(1)]);
    assert!(session.transfer(&mut work).is_ok());
    let twenty = Some(Duration::from_secs(20));
    // The first came while RETR was outstanding, the last is the end.
    assert_eq!(work.idles, [None, twenty, twenty, None]);
    drop(session);
    stage.assert_played();
}

#[test]
fn a_failure_of_the_caller_stops_at_once() {
    let stage = Stage::after_login(&[
        "C RETR 1",
        "C RETR 2",
        "S +OK",
        "S much too much",
        "S .",
        "EOF",
    ]);
    let access = access(Auth::User);
    let mut session = logged_in(&stage, &access, &PIPELINING);
    let mut work = Notebook::new([retr(1), retr(2)]);
    work.disk = Some(3);
    let outcome = session.transfer(&mut work);
    assert!(matches!(outcome, Err(Interrupt::Work("disk full"))));
    assert!(work.notes.is_empty());
    session.leave(Leave::Abandon).expect("gone");
    assert_eq!(stage.log.borrow().closes, [Duration::ZERO]);
    assert_eq!(stage.writes().len(), 3);
}

/// Cases 82 to 85.
#[test]
fn deletions_count_when_quit_is_answered() {
    let ten_minutes = [Duration::from_secs(600)];
    for (script, text) in [
        (&["C QUIT", "S +OK bye"][..], None),
        (
            &["C QUIT", "S -ERR some deleted messages not removed"],
            Some("QUIT was refused: \"some deleted messages not removed\""),
        ),
        (
            &["C QUIT", "EOF"],
            Some(
                "the server did not confirm the deletions: pop.example.com:995: QUIT failed: \
                 the server closed the connection",
            ),
        ),
        (
            &["C QUIT", "S HTTP"],
            Some(
                "the server did not confirm the deletions: pop.example.com:995: QUIT failed: \
                 the server sent \"HTTP\" where a reply was due",
            ),
        ),
    ] {
        let stage = Stage::after_login(script);
        let access = access(Auth::User);
        let session = logged_in(&stage, &access, &[]);
        let outcome = session.leave(Leave::Confirm);
        assert_eq!(stage.log.borrow().waits[2..], ten_minutes);
        assert_eq!(stage.log.borrow().closes.len(), 1);
        let Some(text) = text else {
            assert!(outcome.is_ok());
            continue;
        };
        let error = failed(outcome);
        assert_eq!(told(&error), format!("pop.example.com:995: {text}"));
        if !text.contains("HTTP") {
            assert_eq!(error.class(), Class::Temporary);
        }
    }
}

#[test]
fn a_longer_timeout_holds_for_quit_too() {
    let stage = Stage::after_login(&["C QUIT", "S +OK"]);
    let access = Access {
        timeout: Duration::from_secs(3600),
        ..access(Auth::User)
    };
    let session = logged_in(&stage, &access, &[]);
    session.leave(Leave::Confirm).expect("confirmed");
    assert_eq!(stage.log.borrow().waits[2..], [Duration::from_secs(3600)]);
}

/// Case 84 without deletions.
#[test]
fn an_unconfirmed_quit_waits_for_nothing() {
    for rest in [&[][..], &["EOF"], &["S -ERR no"]] {
        let stage = Stage::after_login(&[&["C QUIT"], rest].concat());
        let access = access(Auth::User);
        let session = logged_in(&stage, &access, &[]);
        session.leave(Leave::Quit).expect("gone");
        assert_eq!(stage.writes().last().expect("one"), "QUIT\r\n");
        assert_eq!(stage.log.borrow().closes, [Duration::from_millis(50)]);
    }
    let stage = Stage::after_login(&["EOF"]);
    let access = access(Auth::User);
    let session = logged_in(&stage, &access, &[]);
    session.leave(Leave::Quit).expect("gone");
}

#[test]
fn leaving_at_once_says_nothing() {
    let stage = Stage::after_login(&[]);
    let access = access(Auth::User);
    let session = logged_in(&stage, &access, &[]);
    let before = stage.writes().len();
    session.leave(Leave::Abandon).expect("gone");
    assert_eq!(stage.writes().len(), before);
}
