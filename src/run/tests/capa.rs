//! Servers that hang up when they are asked CAPA after the login: it costs
//! one connection, once, and nothing is told twice.

use super::*;
use crate::run::{ListJob, list, mark_seen};

/// The capabilities before the login: with the last, the question goes out
/// together with LIST.
const ANNOUNCED: [&[&str]; 2] = [&["UIDL", "TOP"], &["UIDL", "TOP", "PIPELINING"]];

/// A server that hangs up on CAPA in a session that has logged in.
fn touchy(mails: &[Mail], announced: &[&'static str]) -> Place {
    let place = Place::maildir(mails);
    place.peer.announce(announced);
    let mut logged_in = 0;
    place.peer.on_command(move |asked| match asked.line.split(' ').next() {
        Some("PASS") => {
            logged_in = asked.session;
            Act::Serve
        }
        Some("CAPA") if asked.session == logged_in => Act::Close,
        Some("TOP") => Act::Say("+OK\r\nSubject: x\r\n\r\n."),
        _ => Act::Serve,
    });
    place
}

/// In which sessions CAPA was asked after the login.
fn asked(peer: &Peer) -> Vec<usize> {
    let log = peer.log();
    let is_login = |at: usize| {
        log[..at].iter().any(|it| it.session == log[at].session && it.line.starts_with("PASS"))
    };
    let at = (0..log.len()).filter(|at| log[*at].line == "CAPA" && is_login(*at));
    at.map(|at| log[at].session).collect()
}

/// What is told, but for what a connection needs.
fn words(events: Vec<Event>) -> Vec<String> {
    let word = |event| match event {
        Event::Session(_) => Some("session".to_owned()),
        Event::Warning(warning) => Some(warning.code.word().to_owned()),
        Event::Note(note) if note.ends_with("; connecting once more to go on") => {
            Some("once more".to_owned())
        }
        Event::Message(message) => Some(format!("message {}", message.number)),
        Event::Listed(listed) => Some(format!("listed {}", listed.number)),
        _ => None,
    };
    events.into_iter().filter_map(word).collect()
}

#[test]
fn fetch_goes_on_in_another_session_and_asks_no_more() {
    for announced in ANNOUNCED {
        let mut all = mails(2);
        // A line of the listing that names no message.
        all[1].uid.push_str("\r\nnonsense");
        let place = touchy(&all, announced);
        let (outcome, events) = run_heard(&place.disk, &place.job(Disposal::Keep));
        assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
        let told = "once more, listing-nonsense, session, message 1, message 2";
        assert_eq!(words(events).join(", "), told);
        place.assert_stored(&all);
        assert_eq!(asked(&place.peer), [1]);

        place.peer.set_maildrop(mails(4));
        place.run_unwatched(Disposal::Keep);
        assert_eq!(asked(&place.peer), [1], "it is remembered");
    }
}

/// Only what comes after the login is no longer asked: what the server can do
/// at the login counts on.
#[test]
fn capabilities_before_the_login_are_still_asked() {
    let place = touchy(&mails(2), ANNOUNCED[0]);
    assert_eq!(place.run_unwatched(Disposal::Keep).summary.exit, 0);
    let asked = place.peer.count("CAPA");
    assert_eq!(asked, 3, "before both logins, and after one");
}

#[test]
fn list_and_mark_seen_go_on_in_another_session() {
    let list = |account: &Account, observer: &dyn Observer| {
        let job = ListJob { account: account.clone(), headers: true, only_new: false };
        list(&job, &Cancel::new(), observer)
    };
    let mark = |account: &Account, observer: &dyn Observer| {
        mark_seen(account, &[], &Cancel::new(), observer)
    };
    for announced in ANNOUNCED {
        for command in [&list as &dyn Fn(&Account, &dyn Observer) -> Outcome, &mark] {
            let dir = tempfile::tempdir().expect("a folder");
            let place = touchy(&mails(2), announced);
            let mut account = place.job(Disposal::Keep).account;
            account.state_dir = dir.path().join("state");
            let heard = Heard::default();
            let outcome = command(&account, &heard);
            assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
            assert_eq!((outcome.summary.listed, outcome.summary.new), (2, 2));
            let mut listed = words(heard.events());
            listed.retain(|word| word.starts_with("listed"));
            assert!(listed.is_empty() || listed == ["listed 1", "listed 2"]);
        }
    }
}
