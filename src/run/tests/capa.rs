//! Servers that hang up when they are asked CAPA after the login: it costs
//! one connection, once, and nothing is told twice.

use super::peer::Act;
use super::*;
use crate::run::{ListJob, Outcome, list, mark_seen};

/// The capabilities before the login: with the last, the question goes out
/// together with LIST.
const ANNOUNCED: [&[&str]; 2] = [&["UIDL", "TOP"], &["UIDL", "TOP", "PIPELINING"]];

/// A server that hangs up on CAPA in a session that has logged in.
fn touchy(mails: &[Mail], announced: &[&'static str]) -> Peer {
    let peer = Peer::start(mails.to_vec());
    peer.announce(announced);
    let mut logged_in = 0;
    peer.on_command(move |asked| match asked.line.split(' ').next() {
        Some("PASS") => {
            logged_in = asked.session;
            Act::Serve
        }
        Some("CAPA") if asked.session == logged_in => Act::Close,
        Some("TOP") => Act::Say("+OK\r\nSubject: x\r\n\r\n."),
        _ => Act::Serve,
    });
    peer
}

/// In which sessions CAPA was asked after the login.
fn asked(peer: &Peer) -> Vec<usize> {
    let mut logged_in = 0;
    let mut sessions = Vec::new();
    for asked in peer.log() {
        if asked.line.starts_with("PASS") {
            logged_in = asked.session;
        } else if asked.line == "CAPA" && asked.session == logged_in {
            sessions.push(asked.session);
        }
    }
    sessions
}

/// What is told, but for what a connection needs.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Observer for Told {
    fn notice(&self, event: &Event) {
        let word = match event {
            Event::Session(_) => "session".to_owned(),
            Event::Warning(warning) => warning.code.word().to_owned(),
            Event::Note(note) if note.ends_with("; connecting once more to go on") => {
                "once more".to_owned()
            }
            Event::Message(message) => format!("message {}", message.number),
            Event::Listed(listed) => format!("listed {}", listed.number),
            _ => return,
        };
        self.0.lock().expect("unpoisoned").push(word);
    }
}

impl Told {
    fn words(self) -> Vec<String> {
        self.0.into_inner().expect("unpoisoned")
    }
}

#[test]
fn fetch_goes_on_in_another_session_and_asks_no_more() {
    for announced in ANNOUNCED {
        let mut all = mails(2);
        // A line of the listing that names no message.
        all[1].uid.push_str("\r\nnonsense");
        let disk = disk();
        let peer = touchy(&all, announced);
        let job = job(&peer, Kind::Maildir, Disposal::Keep);
        let told = Told::default();
        let outcome = fetch_on(Arc::new(disk.clone()), &job, &Cancel::new(), &told);
        assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
        assert_eq!(
            told.words(),
            [
                "once more",
                "listing-nonsense",
                "session",
                "message 1",
                "message 2"
            ]
        );
        assert_eq!(Kind::Maildir.read(&disk), stored(&all));
        assert_eq!(asked(&peer), [1]);

        let more = mails(4);
        peer.set_maildrop(more.clone());
        run_unwatched(&disk, &job);
        assert_eq!(asked(&peer), [1], "it is remembered");
    }
}

/// Only what comes after the login is no longer asked: what the server can do
/// at the login counts on.
#[test]
fn capabilities_before_the_login_are_still_asked() {
    let disk = disk();
    let peer = touchy(&mails(2), ANNOUNCED[0]);
    let job = job(&peer, Kind::Maildir, Disposal::Keep);
    assert_eq!(run_unwatched(&disk, &job).summary.exit, 0);
    assert_eq!(peer.count("CAPA"), 3, "before both logins, and after one");
}

/// A run of a command on a real disk.
fn on_disk(command: impl Fn(&Account, &dyn Observer) -> Outcome) {
    for announced in ANNOUNCED {
        let dir = tempfile::tempdir().expect("a folder");
        let peer = touchy(&mails(2), announced);
        let account = Account {
            state_dir: dir.path().join("state"),
            ..job(&peer, Kind::Maildir, Disposal::Keep).account
        };
        let told = Told::default();
        let outcome = command(&account, &told);
        assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
        assert_eq!((outcome.summary.listed, outcome.summary.new), (2, 2));
        let words = told.words();
        let listed: Vec<&String> = words.iter().filter(|w| w.starts_with("listed")).collect();
        assert!(
            listed.is_empty() || listed == ["listed 1", "listed 2"],
            "{words:?}"
        );
    }
}

#[test]
fn list_goes_on_in_another_session() {
    on_disk(|account, observer| {
        let job = ListJob {
            account: account.clone(),
            headers: true,
            only_new: false,
        };
        list(&job, &Cancel::new(), observer)
    });
}

#[test]
fn mark_seen_goes_on_in_another_session() {
    on_disk(|account, observer| mark_seen(account, &[], &Cancel::new(), observer));
}
