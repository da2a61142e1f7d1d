//! The mail on the server, and its lock (RFC 1939 §4).

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::support::mail::Mail;

/// A session that just quit may still hold the lock when the next one comes:
/// this long it is waited for.
const GRACE: Duration = Duration::from_secs(2);

/// One message on the server.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// What UIDL says, whatever it is.
    pub(crate) uid: Vec<u8>,
    /// The message.
    pub(crate) mail: Mail,
    /// What makes it this message and no other, whatever its uid.
    key: u64,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<Message>,
    next_key: u64,
    locked: bool,
}

/// Messages in their order, one session at a time.
#[derive(Debug, Default)]
pub(crate) struct Maildrop {
    state: Mutex<State>,
    unlocked: Condvar,
}

impl Maildrop {
    /// Adds a message with a unique id of its own: a number never given
    /// before, in a form that says nothing.
    pub(crate) fn add(&self, mail: &Mail) {
        let key = self.state().next_key;
        self.add_as(format!("uid{key:05}"), mail);
    }

    /// Adds a message under a given unique id, which may be anything.
    pub(crate) fn add_as(&self, uid: impl Into<Vec<u8>>, mail: &Mail) {
        let mut state = self.state();
        let key = state.next_key;
        state.next_key += 1;
        state.messages.push(Message {
            uid: uid.into(),
            mail: mail.clone(),
            key,
        });
    }

    /// The messages now on the server.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.state().messages.clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.state().messages.len()
    }

    /// Gives every message another unique id.
    pub(crate) fn renumber(&self) {
        for message in &mut self.state().messages {
            message.uid = format!("again{:05}", message.key).into();
        }
    }

    /// Removes messages behind the clients' backs.
    pub(crate) fn remove(&self, keep: impl Fn(&Message) -> bool) {
        self.state().messages.retain(keep);
    }

    /// Takes the lock; `None` if another session holds it and does not leave.
    pub(super) fn lock(&self) -> Option<Vec<Message>> {
        let state = self.state();
        let (mut state, _) = self
            .unlocked
            .wait_timeout_while(state, GRACE, |state| state.locked)
            .expect("maildrop");
        if state.locked {
            return None;
        }
        state.locked = true;
        Some(state.messages.clone())
    }

    pub(super) fn unlock(&self) {
        self.state().locked = false;
        self.unlocked.notify_one();
    }

    /// The UPDATE state: these messages are gone.
    pub(super) fn delete(&self, deleted: &[&Message]) {
        self.state()
            .messages
            .retain(|message| deleted.iter().all(|gone| gone.key != message.key));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("maildrop")
    }
}
