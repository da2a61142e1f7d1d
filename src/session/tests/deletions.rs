//! DELE, the proof behind it, and the ways to leave.

use super::transfer::PIPELINING;
use super::*;
use crate::base::Class;
use crate::proto::Status;
use crate::session::{Deletions, Leave};

/// DELE of the first messages.
fn delete(stage: &Stage, after: &[&str], count: u32) -> Result<Deletions, Error> {
    let access = access(Auth::User);
    let mut session = logged_in(stage, &access, after);
    let numbers: Vec<MessageNumber> = (1..=count).map(number).collect();
    session.delete(&numbers)
}

fn words(deletions: &Deletions) -> Vec<String> {
    let word = |answer: &Result<(), Status>| match answer {
        Ok(()) => "deleted".to_owned(),
        Err(status) => format!("refused: {}", status.sanitized()),
    };
    deletions.iter().map(word).collect()
}

#[test]
fn deletions_go_out_together_and_a_proof_behind_them() {
    for (after, writes) in [
        (
            &PIPELINING[..],
            &["DELE 1\r\nDELE 2\r\nDELE 3\r\nSTAT\r\n"][..],
        ),
        (&[], &["DELE 1\r\n", "DELE 2\r\n", "DELE 3\r\n", "STAT\r\n"]),
    ] {
        let lockstep = [
            "C DELE 1",
            "S +OK",
            "C DELE 2",
            "S -ERR no",
            "C DELE 3",
            "S +OK",
            "C STAT",
            "S +OK 1 5",
        ];
        let pipelined = [
            "C DELE 1",
            "C DELE 2",
            "C DELE 3",
            "C STAT",
            "S +OK",
            "S -ERR no",
            "S +OK",
            "S +OK 1 5",
        ];
        let script = if after.is_empty() {
            lockstep
        } else {
            pipelined
        };
        let stage = Stage::after_login(&script);
        let deletions = delete(&stage, after, 3).expect("proven");
        assert_eq!(words(&deletions), ["deleted", "refused: no", "deleted"]);
        assert_eq!(stage.writes()[2..], *writes);
        stage.assert_played();
    }
}

/// An empty line is the answer to DELE at some servers, and stands in front of
/// it at others; with the answer to STAT their number tells.
#[test]
fn an_empty_line_in_place_of_an_answer_is_a_refusal() {
    for (replies, told) in [
        (
            &["S +OK", "S: \n", "S +OK", "S +OK 1 5"][..],
            &["deleted", "refused: ", "deleted"][..],
        ),
        (&["S: \n", "S: \n", "S: \n", "S +OK 1 5"], &["refused: "; 3]),
        (
            &[
                "S: \n",
                "S +OK",
                "S: \n",
                "S +OK",
                "S: \n",
                "S +OK",
                "S: \n",
                "S +OK 1 5",
            ],
            &["deleted"; 3],
        ),
        (
            &["S +OK", "S: \n", "S -ERR x", "S +OK", "S +OK 1 5"],
            &["deleted", "refused: x", "deleted"],
        ),
    ] {
        let script = ["C DELE 1", "C DELE 2", "C DELE 3", "C STAT"];
        let stage = Stage::after_login(&[&script, replies].concat());
        let deletions = delete(&stage, &PIPELINING, 3).expect("proven");
        assert_eq!(words(&deletions), told, "{replies:?}");
    }
    for (end, told) in [
        (&["S +OK 1 5"][..], "refused: "),
        (&["S +OK", "S +OK 1 5"], "deleted"),
    ] {
        let script = ["C DELE 1", "S +OK", "C DELE 2", "S: \n", "C STAT"];
        let stage = Stage::after_login(&[&script, end].concat());
        let deletions = delete(&stage, &[], 2).expect("proven");
        assert_eq!(words(&deletions), ["deleted", told]);
        stage.assert_played();
    }
}

#[test]
fn a_reply_too_many_behind_deletions_is_no_proof() {
    for script in [
        &["S +OK", "S +OK", "S +OK", "S +OK 1 5"][..],
        &["S +OK", "S -ERR hiccup", "S +OK", "S +OK 1 5"],
        &["S +OK 1 5", "S +OK", "S +OK", "S +OK"],
    ] {
        let stage = Stage::after_login(&[&["C DELE 1", "C DELE 2", "C STAT"], script].concat());
        let error = delete(&stage, &PIPELINING, 2).expect_err("no proof");
        assert!(error.is_mixed_up(), "{}", told(&error));
    }
}

#[test]
fn more_deletions_than_one_flight_takes_are_proven_flight_by_flight() {
    let numbers: Vec<u32> = (1..=1500).collect();
    let mut script: Vec<String> = Vec::new();
    for flight in numbers.chunks(1000) {
        script.extend(flight.iter().map(|n| format!("C DELE {n}")));
        script.push("C STAT".into());
        script.extend(flight.iter().map(|_| "S +OK".into()));
        script.push("S +OK 1 5".into());
    }
    let script: Vec<&str> = script.iter().map(String::as_str).collect();
    let stage = Stage::after_login(&script);
    let deletions = delete(&stage, &PIPELINING, 1500).expect("proven");
    assert!(deletions.len() == 1500 && deletions.iter().all(Result::is_ok));
    stage.assert_played();
}

// Case 85.
#[test]
fn deletions_count_when_quit_is_answered() {
    let ten_minutes = Duration::from_secs(600);
    for (script, text) in [
        (&["C QUIT", "S +OK bye", "EOF"][..], None),
        (&["C QUIT", "S +OK bye", "S see you", "EOF"], None),
        (
            &[
                "C QUIT",
                "S +OK",
                "S -ERR some deleted messages not removed",
            ],
            Some("QUIT was refused: \"some deleted messages not removed\""),
        ),
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
        assert_eq!(stage.log.borrow().waits[2], ten_minutes);
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
    let stage = Stage::after_login(&["C QUIT", "S +OK", "EOF"]);
    let access = Access {
        timeout: Duration::from_secs(3600),
        ..access(Auth::User)
    };
    let session = logged_in(&stage, &access, &[]);
    session.leave(Leave::Confirm).expect("confirmed");
    assert_eq!(stage.log.borrow().waits[2], Duration::from_secs(3600));
}

// Case 84, Q38.
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
