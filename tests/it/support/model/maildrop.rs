//! The mail on the server, as tests put it there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use retr::demo::{self, Message};

/// Messages in their order.
#[derive(Debug)]
pub(crate) struct Maildrop {
    pub(super) served: demo::Maildrop,
    added: AtomicUsize,
}

impl Maildrop {
    pub(super) fn new(batch: Option<usize>) -> Self {
        let mut served = demo::Maildrop::default();
        served.batch = batch;
        Self { served, added: AtomicUsize::new(0) }
    }

    /// Adds a message (LF line ends) with a unique id of its own: a number
    /// never given before, in a form that says nothing.
    pub(crate) fn add(&self, mail: &impl AsRef<[u8]>) {
        let number = self.added.fetch_add(1, Ordering::Relaxed);
        self.add_as(format!("uid{number:05}"), mail);
    }

    pub(crate) fn add_all(&self, mails: &[impl AsRef<[u8]>]) {
        mails.iter().for_each(|mail| self.add(mail));
    }

    /// Adds a message (LF line ends) under a given unique id, which may be
    /// anything.
    pub(crate) fn add_as(&self, uid: impl Into<Vec<u8>>, mail: &impl AsRef<[u8]>) {
        let message = Message::new(uid, mail.as_ref());
        self.served.messages().push(Arc::new(message));
    }

    /// The messages now on the server.
    pub(crate) fn messages(&self) -> Vec<Arc<Message>> {
        self.served.messages().clone()
    }

    /// Puts these messages in the place of all.
    pub(crate) fn set(&self, messages: Vec<Arc<Message>>) {
        *self.served.messages() = messages;
    }

    pub(crate) fn len(&self) -> usize {
        self.served.messages().len()
    }

    /// Gives every message another unique id.
    pub(crate) fn renumber(&self) {
        for (at, message) in self.served.messages().iter_mut().enumerate() {
            Arc::make_mut(message).uid = format!("again{at:05}").into();
        }
    }
}
