//! A POP3 server in memory, on a port of the kernel's choice: correct unless
//! told otherwise, with a record of every line it was sent. Beneath is the
//! server of `retr demo`; everything else stands in its wire. The unit tests
//! of `src` have these files too, by `src/demo/mod.rs`.

pub(crate) mod certs;
mod maildrop;
mod sasl;
mod session;
mod wire;

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use retr::demo::Server;

pub(crate) use maildrop::Maildrop;
pub(crate) use wire::{Faults, Gate};

use certs::Identity;

/// When TLS starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tls {
    #[default]
    None,
    Implicit(Identity),
    /// By STLS; USER, PASS and AUTH are refused before it.
    Starttls(Identity),
}

/// Who decides whether a token is good.
#[derive(Clone)]
pub(crate) struct Tokens(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

/// What kind of server it is.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) greeting: &'static str,
    pub(crate) user: &'static str,
    /// Password, or token.
    pub(crate) secret: &'static str,
    /// Decides about tokens in place of the secret.
    pub(crate) tokens: Option<Tokens>,
    pub(crate) tls: Tls,
    /// Without it CAPA is refused.
    pub(crate) capa: bool,
    /// Announced; without it more than one outstanding command is a failure
    /// of the test.
    pub(crate) pipelining: bool,
    /// Whether USER and PASS work.
    pub(crate) user_pass: bool,
    /// SASL mechanisms that are announced and work.
    pub(crate) mechanisms: &'static [&'static str],
    /// SASL mechanisms that work, but are not announced.
    pub(crate) hidden_mechanisms: &'static [&'static str],
    /// Further capability lines.
    pub(crate) capabilities: &'static [&'static str],
    /// Without it UIDL is refused, and not announced.
    pub(crate) uidl: bool,
    /// Only this many messages are listed, and what was retrieved is gone after
    /// QUIT, as with Gmail.
    pub(crate) batch: Option<usize>,
    /// Input behind a login in the same segment is lost, as with Courier.
    pub(crate) swallows_behind_login: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            greeting: "+OK model ready <1.2@model.invalid>",
            user: "alice",
            secret: "correct horse",
            tokens: None,
            tls: Tls::None,
            capa: true,
            pipelining: true,
            user_pass: true,
            mechanisms: &["PLAIN"],
            hidden_mechanisms: &[],
            capabilities: &[],
            uidl: true,
            batch: None,
            swallows_behind_login: false,
        }
    }
}

/// Changes of the usual kind, each by the name of its field.
macro_rules! setters {
    ($($field:ident: $kind:ty),+ $(,)?) => {
        impl Setup {
            $(pub(crate) fn $field(self, $field: $kind) -> Self {
                Self { $field, ..self }
            })+
        }
    };
}

setters! {
    greeting: &'static str,
    user: &'static str,
    secret: &'static str,
    tls: Tls,
    capa: bool,
    pipelining: bool,
    mechanisms: &'static [&'static str],
    hidden_mechanisms: &'static [&'static str],
    capabilities: &'static [&'static str],
    uidl: bool,
    swallows_behind_login: bool,
}

impl Setup {
    /// Only so many are listed, as with Gmail.
    pub(crate) fn in_batches(self, of: usize) -> Self {
        let batch = Some(of);
        Self { batch, ..self }
    }

    /// Nothing but a token logs in, and this decides about it.
    pub(crate) fn by_tokens(self, judge: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            user_pass: false,
            mechanisms: &["XOAUTH2"],
            tokens: Some(Tokens(Arc::new(judge))),
            ..self
        }
    }
}

/// A line the client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Connection it came by, from 1 on.
    pub(crate) session: usize,
    /// The line, without its end.
    pub(crate) text: String,
    /// Whether it came encrypted.
    pub(crate) encrypted: bool,
    /// Octets sent on this connection before it was answered.
    pub(crate) sent_before: u64,
}

/// What to do about a command.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// What a server does.
    Serve,
    /// Serve this command instead.
    ServeAs(String),
    /// Only send this.
    Say(Vec<u8>),
    /// Only send this, and close.
    SayAndClose(Vec<u8>),
    /// Do it, but close instead of answering.
    ServeUnanswered,
    /// Close without answering; nothing is done.
    Close,
    /// Reset the connection.
    Reset,
    /// Wait at the gate, then serve.
    Stall(Arc<Gate>),
}

impl Act {
    pub(crate) fn say(line: &str) -> Self {
        Act::Say(format!("{line}\r\n").into_bytes())
    }
}

type Hook = Box<dyn FnMut(&Line) -> Act + Send>;
type FaultsOf = Box<dyn Fn(usize) -> Faults + Send>;

struct Shared {
    setup: Setup,
    maildrop: Maildrop,
    hook: Mutex<Hook>,
    faults: Mutex<FaultsOf>,
    log: Mutex<Vec<Line>>,
    /// Octets sent on the connection that came last.
    sent: Mutex<u64>,
    violations: Mutex<Vec<String>>,
    most_outstanding: Mutex<usize>,
    behind_messages: Mutex<Vec<String>>,
}

/// A running server. Dropping it stops it, and fails the test if a session
/// panicked or the client broke a rule.
pub(crate) struct Model {
    shared: Arc<Shared>,
    server: Server,
    listener: TcpListener,
}

/// Sockets that servers before listened on: to find a free port costs the more
/// the more connections there were.
static IDLE: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());

/// A poisoned lock belongs to a test that fails anyway.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Model {
    pub(crate) fn start(setup: Setup) -> Self {
        let idle = lock(&IDLE).pop();
        let listener =
            idle.unwrap_or_else(|| TcpListener::bind("127.0.0.1:0").expect("a port on loopback"));
        let shared = Arc::new(Shared {
            maildrop: Maildrop::new(setup.batch),
            setup,
            hook: Mutex::new(Box::new(|_| Act::Serve)),
            faults: Mutex::new(Box::new(|_| Faults::default())),
            log: Mutex::default(),
            sent: Mutex::default(),
            violations: Mutex::default(),
            most_outstanding: Mutex::default(),
            behind_messages: Mutex::default(),
        });
        let clone = listener.try_clone().expect("a second handle");
        let server = Server::on(clone, {
            let shared = Arc::clone(&shared);
            move |stream, number| session::serve(&shared, stream, number)
        });
        Self { shared, server: server.expect("a thread"), listener }
    }

    /// A usual server with this mail.
    pub(crate) fn with(mails: &[impl AsRef<[u8]>]) -> Self {
        Self::start(Setup::default()).holding(mails)
    }

    pub(crate) fn holding(self, mails: &[impl AsRef<[u8]>]) -> Self {
        self.maildrop().add_all(mails);
        self
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.address().port()
    }

    pub(crate) fn maildrop(&self) -> &Maildrop {
        &self.shared.maildrop
    }

    /// Decides about every command from now on. What panics there fails the
    /// test.
    pub(crate) fn on_command(&self, hook: impl FnMut(&Line) -> Act + Send + 'static) {
        *lock(&self.shared.hook) = Box::new(hook);
    }

    /// Serves every command but this one, whatever its arguments.
    pub(crate) fn at(&self, command: &'static str, act: Act) {
        self.on_command(move |line| match line.text.strip_prefix(command) {
            Some("") => act.clone(),
            Some(rest) if rest.starts_with(' ') => act.clone(),
            _ => Act::Serve,
        });
    }

    /// Serves every command but this one, which is answered with a line.
    pub(crate) fn answer(&self, command: &'static str, line: &str) {
        self.at(command, Act::say(line));
    }

    /// A gate at which every session waits when it comes to this command.
    pub(crate) fn gate_at(&self, command: &'static str) -> Arc<Gate> {
        let gate = Gate::new();
        self.at(command, Act::Stall(Arc::clone(&gate)));
        gate
    }

    /// A gate at which a session waits when it has sent so many octets.
    pub(crate) fn gate_behind(&self, octets: u64) -> Arc<Gate> {
        let gate = Gate::new();
        let stall_at = Some((octets, Arc::clone(&gate)));
        self.set_faults(Faults { stall_at, ..Faults::default() });
        gate
    }

    /// Serves every command from now on.
    pub(crate) fn behave(&self) {
        self.on_command(|_| Act::Serve);
        self.set_faults(Faults::default());
    }

    /// The faults of every connection from now on.
    pub(crate) fn set_faults(&self, faults: Faults) {
        self.on_connection(move |_| faults.clone());
    }

    /// The faults of each connection by its number.
    pub(crate) fn on_connection(&self, faults: impl Fn(usize) -> Faults + Send + 'static) {
        *lock(&self.shared.faults) = Box::new(faults);
    }

    /// Every line the client sent so far.
    pub(crate) fn log(&self) -> Vec<Line> {
        lock(&self.shared.log).clone()
    }

    /// The text of every line so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.log().into_iter().map(|line| line.text).collect()
    }

    /// Octets that the last session had sent before its last line was answered.
    pub(crate) fn sent_before_end(&self) -> u64 {
        self.log().last().expect("lines").sent_before
    }

    /// Messages that are on the server.
    pub(crate) fn left(&self) -> usize {
        self.maildrop().len()
    }

    /// How many lines so far begin with this command.
    pub(crate) fn count(&self, command: &str) -> usize {
        let is = |line: &&Line| line.text.split(' ').next() == Some(command);
        lock(&self.shared.log).iter().filter(is).count()
    }

    /// Connections that sent at least one line.
    pub(crate) fn session_count(&self) -> usize {
        let mut sessions: Vec<usize> = self.log().iter().map(|line| line.session).collect();
        sessions.dedup();
        sessions.len()
    }

    /// Octets sent so far on the connection that came last.
    pub(crate) fn sent(&self) -> u64 {
        *lock(&self.shared.sent)
    }

    /// The most commands that were ever unanswered at once.
    pub(crate) fn most_outstanding(&self) -> usize {
        *lock(&self.shared.most_outstanding)
    }

    /// The commands for messages behind which another one came before they
    /// were answered. Some servers answer all else at once, in the middle of
    /// the message that they are sending.
    pub(crate) fn behind_messages(&self) -> Vec<String> {
        lock(&self.shared.behind_messages).clone()
    }

    /// Stops the server: all sessions are over when this returns. The number
    /// of connections it took.
    pub(crate) fn stop(mut self) -> usize {
        self.shut_down()
    }

    fn shut_down(&mut self) -> usize {
        let sessions = self.server.stop();
        if !thread::panicking() {
            let panicked = sessions.iter().filter(|end| end.is_err()).count();
            assert_eq!(panicked, 0, "sessions of the model server panicked");
            let violations = lock(&self.shared.violations);
            assert!(violations.is_empty(), "{violations:#?}");
        }
        sessions.len()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.shut_down();
        if let Ok(listener) = self.listener.try_clone() {
            retire(listener);
        }
    }
}

/// Keeps the socket for another server, without the calls nobody answered.
fn retire(listener: TcpListener) {
    listener.set_nonblocking(true).expect("a listener");
    while listener.accept().is_ok() {}
    listener.set_nonblocking(false).expect("a listener");
    lock(&IDLE).push(listener);
}
