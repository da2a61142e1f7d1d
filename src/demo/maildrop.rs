//! The messages on the server.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A message as the server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What UIDL says.
    pub uid: Vec<u8>,
    /// What LIST says: octets with CRLF line ends, before dots are stuffed
    /// (RFC 1939 §11).
    pub octets: usize,
    /// What RETR sends, but for the line that ends it.
    pub wire: Vec<u8>,
}

impl Message {
    /// Takes a message with LF line ends.
    pub fn new(uid: impl Into<Vec<u8>>, text: &[u8]) -> Self {
        let mut wire = Vec::with_capacity(text.len() + text.len() / 32);
        let mut octets = 0;
        for line in text.split_inclusive(|&b| b == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            if line.starts_with(b".") {
                wire.push(b'.');
            }
            wire.extend_from_slice(line);
            wire.extend_from_slice(b"\r\n");
            octets += line.len() + 2;
        }
        Self { uid: uid.into(), octets, wire }
    }
}

/// Messages in their order.
#[derive(Debug, Default)]
pub struct Maildrop {
    messages: Mutex<Vec<Arc<Message>>>,
    /// A session sees no more than this many, and what it retrieved is gone
    /// after QUIT, as with Gmail.
    pub batch: Option<usize>,
    session: Mutex<()>,
}

impl Maildrop {
    /// The messages, to be looked at and changed. A session that is open goes
    /// on with those of its login.
    pub fn messages(&self) -> MutexGuard<'_, Vec<Arc<Message>>> {
        lock(&self.messages)
    }

    /// The lock that a session holds from its login on (RFC 1939 §4); waits
    /// for another one to end.
    pub(super) fn lock(&self) -> MutexGuard<'_, ()> {
        lock(&self.session)
    }

    /// The messages for a session.
    pub(super) fn listing(&self) -> Vec<Arc<Message>> {
        let most = self.batch.unwrap_or(usize::MAX);
        self.messages().iter().take(most).cloned().collect()
    }

    /// The UPDATE state: these messages are gone (RFC 1939 §6).
    pub(super) fn remove<'a>(&self, gone: impl Iterator<Item = &'a Arc<Message>>) {
        let gone: HashSet<*const Message> = gone.map(Arc::as_ptr).collect();
        self.messages().retain(|message| !gone.contains(&Arc::as_ptr(message)));
    }
}

/// A poisoned lock still guards usable data.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
