//! The model server in the words of these tests: any user may log in, and
//! CAPA is unknown until something is announced.

use std::sync::{Arc, Mutex, PoisonError};

use crate::base::Uid;
use crate::demo::Message;
use crate::demo::model::{self, Faults, Line, Model, Setup};

/// A message on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mail {
    pub(super) uid: String,
    text: Vec<u8>,
    /// It goes over the wire with its dots as they are.
    unstuffed: bool,
}

impl Mail {
    /// Takes a message with LF line ends.
    pub(super) fn new(uid: &str, text: &[u8]) -> Self {
        assert!(text.is_empty() || text.ends_with(b"\n"));
        Self { uid: uid.into(), text: text.into(), unstuffed: false }
    }

    /// The same, of which the server stuffs no dots.
    pub(super) fn unstuffed(self) -> Self {
        Self { unstuffed: true, ..self }
    }

    /// The message as it has to be stored.
    pub(super) fn stored(&self) -> Vec<u8> {
        self.text.clone()
    }

    pub(super) fn id(&self) -> Uid {
        Uid::new(self.uid.as_bytes()).expect("valid")
    }

    /// The answer to RETR.
    pub(super) fn answer(&self) -> Vec<u8> {
        [b"+OK\r\n", self.message().wire.as_slice(), b".\r\n"].concat()
    }

    /// As the server has it.
    fn message(&self) -> Message {
        let mut message = Message::new(self.uid.as_str(), &self.text);
        if self.unstuffed {
            let text = String::from_utf8_lossy(&self.text);
            message.wire = text.replace('\n', "\r\n").into_bytes();
        }
        message
    }
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Which connection, from 1 on.
    pub(super) session: usize,
    pub(super) line: String,
}

impl From<&Line> for Asked {
    fn from(line: &Line) -> Self {
        Self { session: line.session, line: line.text.clone() }
    }
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// What a server does.
    Serve,
    /// Only say this.
    Say(&'static str),
    /// Only send this.
    Write(Vec<u8>),
    /// Send this, and hang up.
    LastWords(Vec<u8>),
    /// Do it, but hang up instead of answering.
    ServeUnanswered,
    /// Hang up.
    Close,
}

impl Act {
    pub(super) fn write(parts: &[&[u8]]) -> Self {
        Act::Write(parts.concat())
    }

    /// A listing of these lines.
    pub(super) fn list<T: std::fmt::Display>(lines: impl IntoIterator<Item = T>) -> Self {
        let lines: String = lines.into_iter().map(|line| format!("{line}\r\n")).collect();
        Act::Write(format!("+OK\r\n{lines}.\r\n").into_bytes())
    }

    /// The same for the model server, for which QUIT is the end whatever is
    /// said to it.
    fn translated(self, line: &str) -> model::Act {
        let is_end = line == "QUIT";
        match self {
            Act::Say(text) if is_end => model::Act::SayAndClose(format!("{text}\r\n").into()),
            Act::Write(octets) if is_end => model::Act::SayAndClose(octets),
            Act::Serve => match line.split(' ').next() {
                Some("USER") => model::Act::ServeAs(format!("USER {USER}")),
                _ => model::Act::Serve,
            },
            Act::Say(text) => model::Act::say(text),
            Act::Write(octets) => model::Act::Say(octets),
            Act::LastWords(octets) => model::Act::SayAndClose(octets),
            Act::ServeUnanswered => model::Act::ServeUnanswered,
            Act::Close => model::Act::Close,
        }
    }
}

/// The number in a RETR.
pub(super) fn retrieved(line: &str) -> Option<usize> {
    line.strip_prefix("RETR ")?.parse().ok()
}

const USER: &str = "alice";

/// A running server; it stops when dropped.
pub(super) struct Peer {
    model: Model,
    capabilities: Arc<Mutex<Vec<&'static str>>>,
    /// All mail it ever had.
    known: Mutex<Vec<(Arc<Message>, Mail)>>,
}

impl Peer {
    pub(super) fn start(mails: Vec<Mail>) -> Self {
        let peer = Self {
            model: Model::start(Setup {
                greeting: "+OK",
                user: USER,
                secret: "secret",
                ..Setup::default()
            }),
            capabilities: Arc::default(),
            known: Mutex::default(),
        };
        peer.set_maildrop(mails);
        peer.behave();
        peer
    }

    pub(super) fn port(&self) -> u16 {
        self.model.port()
    }

    /// Announces these capabilities; without any CAPA is unknown.
    pub(super) fn announce(&self, capabilities: &[&'static str]) {
        *lock(&self.capabilities) = capabilities.into();
    }

    /// Announces pipelining.
    pub(super) fn pipelines(&self) {
        self.announce(&["UIDL", "USER", "PIPELINING"]);
    }

    /// Decides about every command from now on. What panics there fails the
    /// test.
    pub(super) fn on_command(&self, mut hook: impl FnMut(&Asked) -> Act + Send + 'static) {
        let capabilities = Arc::clone(&self.capabilities);
        self.model.on_command(move |line| {
            let act = hook(&Asked::from(line));
            match (&act, lock(&capabilities).as_slice()) {
                (Act::Serve, []) if line.text == "CAPA" => model::Act::say("-ERR what?"),
                (Act::Serve, lines) if line.text == "CAPA" => {
                    model::Act::say(&format!("+OK\r\n{}\r\n.", lines.join("\r\n")))
                }
                _ => act.translated(&line.text),
            }
        });
    }

    /// Acts so at these commands, or at all with these words.
    pub(super) fn acts<const N: usize>(&self, acts: [(&'static str, Act); N]) {
        self.on_command(move |asked| {
            let verb = asked.line.split(' ').next();
            let is_it = |(line, _): &&(&str, Act)| asked.line == *line || verb == Some(*line);
            let act = acts.iter().find(is_it).map(|(_, act)| act.clone());
            act.unwrap_or(Act::Serve)
        });
    }

    /// Decides about every RETR, by session and number.
    pub(super) fn on_retr(&self, mut hook: impl FnMut(usize, usize) -> Act + Send + 'static) {
        self.on_command(move |asked| match retrieved(&asked.line) {
            Some(number) => hook(asked.session, number),
            None => Act::Serve,
        });
    }

    /// Breaks connections off after this many octets, by their number.
    pub(super) fn cut(&self, cut: impl Fn(usize) -> Option<u64> + Send + 'static) {
        self.model.on_connection(move |number| Faults { cut_at: cut(number), ..Faults::default() });
    }

    /// Does everything right from now on.
    pub(super) fn behave(&self) {
        self.on_command(|_| Act::Serve);
        self.cut(|_| None);
    }

    pub(super) fn maildrop(&self) -> Vec<Mail> {
        let known = lock(&self.known);
        let mail = |message| {
            let mut known = known.iter();
            let (_, mail) = known.find(|(other, _)| Arc::ptr_eq(other, message))?;
            Some(mail.clone())
        };
        self.model.maildrop().messages().iter().filter_map(mail).collect()
    }

    pub(super) fn set_maildrop(&self, mails: Vec<Mail>) {
        let mails = mails.into_iter().map(|mail| (Arc::new(mail.message()), mail));
        let mails: Vec<_> = mails.collect();
        let messages = mails.iter().map(|(message, _)| Arc::clone(message));
        self.model.maildrop().set(messages.collect());
        lock(&self.known).extend(mails);
    }

    /// Octets sent by the last connection.
    pub(super) fn sent(&self) -> u64 {
        self.model.sent()
    }

    /// The same once QUIT is answered, for which a client does not wait if it
    /// deletes nothing.
    pub(super) fn sent_to_the_end(&self) -> u64 {
        loop {
            if let Some(quit) = self.model.log().last().filter(|line| line.text == "QUIT") {
                return quit.sent_before + "+OK\r\n".len() as u64;
            }
            std::thread::yield_now();
        }
    }

    pub(super) fn log(&self) -> Vec<Asked> {
        self.model.log().iter().map(Asked::from).collect()
    }

    /// Commands behind which another one than RETR came too early.
    pub(super) fn behind_messages(&self) -> Vec<String> {
        self.model.behind_messages()
    }

    /// How many commands so far begin with this word.
    pub(super) fn count(&self, command: &str) -> usize {
        self.model.count(command)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
