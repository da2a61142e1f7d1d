//! What messages are handed on to, and what it took.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::lmtp::Lmtp;
use super::mail::Mail;
use super::output::Output;

/// The kinds of recipients that messages are handed on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AgentKind {
    Mda,
    Lmtp,
}

impl AgentKind {
    pub(crate) const BOTH: [AgentKind; 2] = [AgentKind::Mda, AgentKind::Lmtp];
}

/// One that takes everything.
pub(crate) enum Agent {
    /// `tee`, and the file that it appends to.
    Command(PathBuf),
    Server(Lmtp),
}

impl Agent {
    /// One that keeps what it needs in this folder.
    pub(crate) fn new(kind: AgentKind, folder: &Path) -> Self {
        match kind {
            AgentKind::Mda => Self::Command(folder.join("got")),
            AgentKind::Lmtp => Self::Server(Lmtp::start()),
        }
    }

    /// The options that name it, and have it told a second copy from the first.
    pub(crate) fn options(&self) -> Vec<String> {
        let (option, address) = match self {
            Self::Command(got) => ("--mda", format!("tee -a {}", got.display())),
            Self::Server(server) => ("--lmtp", server.address().to_owned()),
        };
        [option, &address, "--recipient", "alice", "--id-header"].map(str::to_owned).into()
    }

    /// How often it took each of the messages, by their places. Fails for what
    /// is none of them, or not whole, and for one that came under two ids.
    #[track_caller]
    pub(crate) fn taken(&self, mails: &[Mail]) -> Vec<usize> {
        let taken = match self {
            Self::Command(got) => {
                let octets = fs::read(got).unwrap_or_default();
                split(&octets)
            }
            Self::Server(server) => server.taken(),
        };
        let mut counts = vec![0; mails.len()];
        let mut ids: BTreeMap<usize, &[u8]> = BTreeMap::new();
        for message in &taken {
            let end = message.iter().position(|octet| *octet == b'\n');
            let (id, content) = message.split_at(end.expect("a line") + 1);
            assert!(id.starts_with(FIELD), "{}", message.escape_ascii());
            let place = mails.iter().position(|mail| mail.stored == content);
            let place = place.unwrap_or_else(|| panic!("partial: {}", content.escape_ascii()));
            counts[place] += 1;
            assert_eq!(*ids.entry(place).or_insert(id), id, "another id");
        }
        counts
    }
}

const FIELD: &[u8] = b"X-Retr-Id: ";

/// One message after the other, each behind its id.
fn split(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(FIELD) {
            messages.push(Vec::new());
        }
        let message = messages.last_mut().expect("it begins with an id");
        message.extend_from_slice(line);
    }
    messages
}

/// Which messages the JSON lines of one kind are about, by their places.
#[allow(dead_code, reason = "not every test binary breaks in")]
pub(crate) fn told_of(output: &Output, event: &str, is: impl Fn(&Value) -> bool) -> Vec<usize> {
    let place = |event: Value| {
        let text = event["uid"].as_str().or(event["text"].as_str());
        let (_, digits) = text?.split_once("uid")?;
        digits.get(..5)?.parse().ok()
    };
    let events = output.events_of(event).into_iter().filter(is);
    events.filter_map(place).collect()
}
