//! What the server says although nothing was asked, right behind a reply. It
//! is no answer to the next command, and nothing of it gets lost.

use super::transfer::{Notebook, retr};
use super::*;
use crate::session::Interrupt;

/// A session behind LIST, and what the server says then.
fn behind_a_listing(script: &str) -> (Stage, Session<'static>) {
    let stage = Stage::after_login(&format!("C LIST | S +OK | S 1 9 | S . | {script}"));
    let mut session = logged_in(&stage, &[]);
    session.list().expect("sizes");
    (stage, session)
}

#[test]
fn a_line_behind_a_listing_is_no_answer_to_the_next_command() {
    for line in ["+OK", "-ERR Disconnected", "2 9"] {
        let (_stage, mut session) = behind_a_listing(&format!("S {line} | EOF"));
        let mut work = Notebook::new([retr(1)]);
        let Err(Interrupt::Session(error)) = session.transfer(&mut work) else {
            panic!("{line}: {:?}", work.notes);
        };
        assert!(work.notes.is_empty(), "{line}: {:?}", work.notes);
        let text = format!("LIST failed: the server sent {line:?} unasked");
        assert_eq!(told(&error), text);
    }
}

#[test]
fn half_a_line_behind_a_listing_is_not_lost() {
    let (_stage, mut session) = behind_a_listing("S: -ERR Discon | C RETR 1 | S nected");
    let mut work = Notebook::new([retr(1)]);
    session.transfer(&mut work).expect("played");
    assert_eq!(work.notes, ["RETR 1 refused: Disconnected"]);
}

/// A stray `+OK` confirms nothing.
#[test]
fn a_line_before_quit_does_not_confirm_deletions() {
    let (_stage, session) = behind_a_listing("S +OK | EOF");
    let error = failed(session.leave(Leave::Confirm));
    assert!(matches!(error, Error::Unconfirmed { .. }), "{error:?}");
}
