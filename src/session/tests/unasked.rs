//! What the server says although nothing was asked, right behind a reply. It
//! is no answer to the next command, and nothing of it gets lost.

use super::transfer::{Notebook, retr};
use super::*;
use crate::session::Interrupt;

const LISTED: [&str; 4] = ["C LIST", "S +OK", "S 1 9", "S ."];

/// A transfer of message 1 behind LIST: its notes, and how it failed.
fn behind_a_listing(script: &[&str]) -> (Vec<String>, Option<Error>) {
    let stage = Stage::after_login(&[&LISTED, script].concat());
    let access = access(Auth::User);
    let mut session = logged_in(&stage, &access, &[]);
    session.list().expect("sizes");
    let mut work = Notebook::new([retr(1)]);
    match session.transfer(&mut work) {
        Ok(()) => (work.notes, None),
        Err(Interrupt::Session(error)) => (work.notes, Some(error)),
        Err(Interrupt::Work(error)) => panic!("{error}"),
    }
}

#[test]
fn a_line_behind_a_listing_is_no_answer_to_the_next_command() {
    for line in ["+OK", "-ERR Disconnected", "2 9"] {
        let (notes, error) = behind_a_listing(&[&format!("S {line}"), "EOF"]);
        assert!(notes.is_empty(), "{line}: {notes:?}");
        assert_eq!(
            told(&error.expect("a failure")),
            format!("pop.example.com:995: LIST failed: the server sent {line:?} unasked")
        );
    }
}

#[test]
fn half_a_line_behind_a_listing_is_not_lost() {
    let script = ["S: -ERR Discon", "C RETR 1", "S nected"];
    let (notes, error) = behind_a_listing(&script);
    assert_eq!(notes, ["RETR 1 refused: Disconnected"]);
    assert!(error.is_none());
}

/// A stray `+OK` confirms nothing.
#[test]
fn a_line_before_quit_does_not_confirm_deletions() {
    let stage = Stage::after_login(&[&LISTED[..], &["S +OK", "EOF"]].concat());
    let access = access(Auth::User);
    let mut session = logged_in(&stage, &access, &[]);
    session.list().expect("sizes");
    let error = failed(session.leave(crate::session::Leave::Confirm));
    assert!(matches!(error, Error::Unconfirmed { .. }), "{error:?}");
}
