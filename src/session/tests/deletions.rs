//! DELE, the proof behind it, and the ways to leave.

use super::transfer::PIPELINING;
use super::*;
use crate::session::Deletions;

/// DELE of the first messages.
fn delete(stage: &Stage, after: &[&str], count: u32) -> Result<Deletions, Error> {
    let numbers: Vec<MessageNumber> = (1..=count).map(number).collect();
    logged_in(stage, after).delete(&numbers)
}

/// What became of each.
fn told_of(deletions: &Deletions) -> String {
    let words = deletions.iter().map(|answer| match answer {
        Ok(()) => "deleted".to_owned(),
        Err(status) => format!("refused: {}", status.sanitized()),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[test]
fn deletions_go_out_together_and_a_proof_behind_them() {
    #[rustfmt::skip]
    let rows = [
        (&[][..], "C DELE 1 | S +OK | C DELE 2 | S -ERR no | C DELE 3 | S +OK | C STAT | S +OK 1 5",
         &["DELE 1\r\n", "DELE 2\r\n", "DELE 3\r\n", "STAT\r\n"][..]),
        (&PIPELINING, "C DELE 1 | C DELE 2 | C DELE 3 | C STAT | S +OK | S -ERR no | S +OK | S +OK 1 5",
         &["DELE 1\r\nDELE 2\r\nDELE 3\r\nSTAT\r\n"]),
    ];
    for (after, script, writes) in rows {
        let stage = Stage::after_login(script);
        let deletions = delete(&stage, after, 3).expect("proven");
        assert_eq!(told_of(&deletions), "deleted, refused: no, deleted");
        assert_eq!(stage.writes()[2..], *writes);
    }
}

/// An empty line is the answer to DELE at some servers, and stands in front of
/// it at others; with the answer to STAT their number tells.
#[test]
fn an_empty_line_in_place_of_an_answer_is_a_refusal() {
    let flight = "C DELE 1 | C DELE 2 | C DELE 3 | C STAT";
    let lockstep = "C DELE 1 | S +OK | C DELE 2 | S: \n | C STAT";
    #[rustfmt::skip]
    let answers = [
        (flight, "S +OK | S: \n | S +OK", "deleted, refused: , deleted"),
        (flight, "S: \n | S: \n | S: \n", "refused: , refused: , refused: "),
        (flight, "S: \n | S +OK | S: \n | S +OK | S: \n | S +OK | S: \n", "deleted, deleted, deleted"),
        (flight, "S +OK | S: \n | S -ERR x | S +OK", "deleted, refused: x, deleted"),
        (lockstep, "", "deleted, refused: "),
        (lockstep, "S +OK", "deleted, deleted"),
    ];
    for (commands, replies, told) in answers {
        let stage = Stage::after_login(&format!("{commands} | {replies} | S +OK 1 5"));
        let (after, count) = match commands {
            _ if commands == flight => (&PIPELINING[..], 3),
            _ => (&[][..], 2),
        };
        let deletions = delete(&stage, after, count).expect("proven");
        assert_eq!(told_of(&deletions), told, "{replies:?}");
    }
}

#[test]
fn a_reply_too_many_behind_deletions_is_no_proof() {
    for replies in [
        "S +OK | S +OK | S +OK | S +OK 1 5",
        "S +OK | S -ERR hiccup | S +OK | S +OK 1 5",
        "S +OK 1 5 | S +OK | S +OK | S +OK",
    ] {
        let stage = Stage::after_login(&format!("C DELE 1 | C DELE 2 | C STAT | {replies}"));
        let error = delete(&stage, &PIPELINING, 2).expect_err("no proof");
        assert!(error.is_mixed_up(), "{}", told(&error));
    }
}

#[test]
fn more_deletions_than_one_flight_takes_are_proven_flight_by_flight() {
    let numbers: Vec<u32> = (1..=1500).collect();
    let flight = |numbers: &[u32]| {
        let commands: String = numbers.iter().map(|n| format!("C DELE {n} | ")).collect();
        let replies = "S +OK | ".repeat(numbers.len());
        format!("{commands}C STAT | {replies}S +OK 1 5 | ")
    };
    let script: String = numbers.chunks(1000).map(flight).collect();
    let stage = Stage::after_login(script.trim_end_matches(" | "));
    let deletions = delete(&stage, &PIPELINING, 1500).expect("proven");
    assert!(deletions.len() == 1500 && deletions.iter().all(Result::is_ok));
}

// Case 85.
#[test]
fn deletions_count_when_quit_is_answered() {
    let refused = "QUIT was refused: \"some deleted messages not removed\"";
    let failed =
        "the server did not confirm the deletions: pop.example.com:995: QUIT failed: the server";
    let closed = format!("{failed} closed the connection");
    let nonsense = format!("{failed} sent \"HTTP\" where a reply was due");
    for (replies, text) in [
        ("S +OK bye | EOF", ""),
        ("S +OK bye | S see you | EOF", ""),
        ("S +OK | S -ERR some deleted messages not removed", refused),
        ("S -ERR some deleted messages not removed", refused),
        ("EOF", &closed),
        ("S HTTP", &nonsense),
    ] {
        let stage = Stage::after_login(&format!("C QUIT | {replies}"));
        let outcome = logged_in(&stage, &[]).leave(Leave::Confirm);
        assert_eq!(stage.log.borrow().waits[2], Duration::from_secs(600));
        assert_eq!(stage.log.borrow().closes.len(), 1);
        let error = outcome.err();
        assert_eq!(error.as_ref().map(told).unwrap_or_default(), text);
        let class = error.map_or(Class::Temporary, |error| error.class());
        assert!(class == Class::Temporary || text.contains("HTTP"));
    }
}

#[test]
fn a_longer_timeout_holds_for_quit_too() {
    let hour = Duration::from_secs(3600);
    let stage = Stage::after_login("C QUIT | S +OK | EOF");
    let access = access_with(Auth::User, |it| it.timeout = hour);
    let session = open(&stage, access, hints(&["UIDL"], &[])).expect("a session");
    session.leave(Leave::Confirm).expect("confirmed");
    assert_eq!(stage.log.borrow().waits[2], hour);
}

// Case 84, Q38.
#[test]
fn an_unconfirmed_quit_waits_for_nothing() {
    for rest in ["C QUIT", "C QUIT | EOF", "C QUIT | S -ERR no", "EOF"] {
        let stage = Stage::after_login(rest);
        logged_in(&stage, &[]).leave(Leave::Quit).expect("gone");
        if rest != "EOF" {
            assert_eq!(stage.last_write(), "QUIT\r\n");
            assert_eq!(stage.log.borrow().closes, [Duration::from_millis(50)]);
        }
    }
}

#[test]
fn leaving_at_once_says_nothing() {
    let stage = Stage::after_login("");
    let session = logged_in(&stage, &[]);
    let before = stage.writes().len();
    session.leave(Leave::Abandon).expect("gone");
    assert_eq!(stage.writes().len(), before);
}
