//! Sessions against a server that plays a script in memory. The case numbers
//! are those of the list of conformance cases.

mod deletions;
mod listing;
mod login;
mod opening;
mod peer;
mod scram;
mod secrecy;
mod transfer;
mod unasked;

use std::sync::Mutex;
use std::time::Duration;

use peer::Stage;

use super::greeted::Greeted;
use super::{Access, Auth, Error, Hints, Leave, Pipelining, Session, TlsMode};
use crate::base::{Class, Event, Failure, MessageNumber, Observer, Secret, Silent};
use crate::net::{Family, Route, TlsPolicy, Via};

const LOGIN: &str = "C USER alice | S +OK | C PASS wonder land | S +OK";
const PIPELINED_LOGIN: &str = "C USER alice | C PASS wonder land | S +OK | S +OK";
const PLAIN: &str = "C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k";

/// An account under implicit TLS.
fn access(auth: Auth) -> Access {
    Access {
        route: Route {
            host: "pop.example.com".into(),
            port: 995,
            via: Via::Direct,
            family: Family::Any,
            bind: None,
        },
        tls_mode: TlsMode::Implicit,
        tls: TlsPolicy::default(),
        user: "alice".into(),
        secret: Some(Secret::new(b"wonder land".to_vec())),
        auth,
        token: false,
        insecure_plaintext: false,
        pipelining: Pipelining::Auto,
        timeout: Duration::from_secs(60),
        deadline: Duration::from_secs(3600),
    }
}

/// The same with something changed.
fn access_with(auth: Auth, change: impl FnOnce(&mut Access)) -> Access {
    let mut access = access(auth);
    change(&mut access);
    access
}

/// The same with another secret.
fn access_by(auth: Auth, secret: &[u8]) -> Access {
    access_with(auth, |it| it.secret = Some(Secret::new(secret.to_vec())))
}

/// The hints of somebody who has been there before.
fn hints(before: &[&str], after: &[&str]) -> Hints {
    let lines = |lines: &[&str]| Some(lines.iter().map(|&l| l.to_owned()).collect());
    Hints { capabilities: lines(before), after_login: lines(after), ..Hints::default() }
}

fn number(n: u32) -> MessageNumber {
    MessageNumber::new(n).expect("not 0")
}

/// A session borrows its account, which is left to the end of the tests.
fn open(stage: &Stage, access: Access, hints: Hints) -> Result<Session<'static>, Error> {
    Greeted::dial(&stage.dial(), Box::leak(Box::new(access)), hints, &Silent)?.login()
}

/// A session of somebody who was never there.
fn opened(stage: &Stage, access: Access) -> Session<'static> {
    open(stage, access, Hints::default()).unwrap_or_else(|error| panic!("{}", told(&error)))
}

/// A session right after its login, by USER and PASS without CAPA.
fn logged_in(stage: &Stage, after: &[&str]) -> Session<'static> {
    let session = open(stage, access(Auth::User), hints(&["UIDL"], after));
    session.unwrap_or_else(|error| panic!("{}", told(&error)))
}

/// The error that must have come.
fn failed<T>(outcome: Result<T, Error>) -> Error {
    match outcome {
        Ok(_) => panic!("must fail"),
        Err(error) => error,
    }
}

/// The error of a login by somebody who was never there.
fn unopened(script: &str, access: Access) -> Error {
    failed(open(&Stage::new(script), access, Hints::default()))
}

/// An error with all that is beneath it, behind the place where it happened.
fn told(error: &Error) -> String {
    let text = Failure::from_error(error.class(), error).text();
    let behind = text.strip_prefix("pop.example.com:995: ");
    behind.unwrap_or_else(|| panic!("no place: {text}")).into()
}

#[track_caller]
fn assert_told(error: &Error, class: Class, text: &str) {
    assert_eq!((error.class(), &*told(error)), (class, text));
}

/// Writes the dialogue down.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Recorder {
    fn lines(&self) -> Vec<String> {
        self.0.lock().expect("unpoisoned").clone()
    }

    /// The outcome of a login that is written down.
    fn login(&self, stage: &Stage, access: Access, hints: Hints) -> Result<Session<'_>, Error> {
        let access = Box::leak(Box::new(access));
        let greeted = Greeted::dial(&stage.dial(), access, hints, self);
        greeted.expect("greeted").login()
    }
}

impl Observer for Recorder {
    fn notice(&self, event: &Event) {
        if let Event::Dialogue(dialogue) = event {
            let side = if dialogue.sent { "C" } else { "S" };
            let line = format!("{side} {}", dialogue.line);
            self.0.lock().expect("unpoisoned").push(line);
        }
    }

    fn wants_dialogue(&self) -> bool {
        true
    }
}
