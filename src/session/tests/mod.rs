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
use super::{Access, Auth, Error, Hints, Pipelining, Session, TlsMode};
use crate::base::{Event, MessageNumber, Observer, Secret, Silent};
use crate::net::{Family, Route, TlsPolicy, Via};

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

/// The hints of somebody who has been there before.
fn hints(before: &[&str], after: &[&str]) -> Hints {
    let lines = |lines: &[&str]| Some(lines.iter().map(|&l| l.to_owned()).collect());
    Hints {
        capabilities: lines(before),
        after_login: lines(after),
        ..Hints::default()
    }
}

fn number(n: u32) -> MessageNumber {
    MessageNumber::new(n).expect("not 0")
}

fn open<'a>(stage: &Stage, access: &'a Access, hints: Hints) -> Result<Session<'a>, Error> {
    Greeted::dial(&stage.dial(), access, hints, &Silent)?.login()
}

/// A session right after its login, by USER and PASS without CAPA.
fn logged_in<'a>(stage: &Stage, access: &'a Access, after: &[&str]) -> Session<'a> {
    match open(stage, access, hints(&["UIDL"], after)) {
        Ok(session) => session,
        Err(error) => panic!("{}", told(&error)),
    }
}

/// The error that must have come.
fn failed<T>(outcome: Result<T, Error>) -> Error {
    match outcome {
        Ok(_) => panic!("must fail"),
        Err(error) => error,
    }
}

/// An error with all that is beneath it.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Writes the dialogue down.
#[derive(Default)]
struct Recorder {
    lines: Mutex<Vec<String>>,
}

impl Recorder {
    fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("unpoisoned").clone()
    }
}

impl Observer for Recorder {
    fn notice(&self, event: &Event) {
        if let Event::Dialogue(dialogue) = event {
            let side = if dialogue.sent { "C" } else { "S" };
            let line = format!("{side} {}", dialogue.line);
            self.lines.lock().expect("unpoisoned").push(line);
        }
    }

    fn wants_dialogue(&self) -> bool {
        true
    }
}
