//! A POP3 server in memory, on a port of the kernel's choice: correct unless
//! told otherwise, with a record of every line it was sent.

mod maildrop;
mod sasl;
mod session;
mod wire;

use std::collections::BTreeMap;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub(crate) use maildrop::{Maildrop, Message};
pub(crate) use wire::{Faults, Gate};

use super::certs::Identity;
use super::mail::Mail;

/// When TLS starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tls {
    #[default]
    None,
    Implicit(Identity),
    /// By STLS; USER, PASS and AUTH are refused before it.
    Starttls(Identity),
}

/// What kind of server it is.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) greeting: &'static str,
    pub(crate) user: &'static str,
    /// Password, or token.
    pub(crate) secret: &'static str,
    pub(crate) tls: Tls,
    /// TLS goes no higher than 1.2.
    pub(crate) old_tls: bool,
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
    /// Only so many messages are listed, and what was retrieved is gone after
    /// QUIT, as with Gmail.
    pub(crate) batch: Option<usize>,
    /// What LIST says of a message, in place of its size.
    pub(crate) list_size: Option<fn(&Message) -> String>,
    /// Input behind a login in the same segment is lost, as with Courier.
    pub(crate) swallows_behind_login: bool,
    /// Iterations that SCRAM asks for.
    pub(crate) scram_iterations: u32,
    /// SCRAM's server signature is wrong.
    pub(crate) scram_false_signature: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            greeting: "+OK model ready <1.2@model.invalid>",
            user: "alice",
            secret: "correct horse",
            tls: Tls::None,
            old_tls: false,
            capa: true,
            pipelining: true,
            user_pass: true,
            mechanisms: &["PLAIN"],
            hidden_mechanisms: &[],
            capabilities: &[],
            uidl: true,
            batch: None,
            list_size: None,
            swallows_behind_login: false,
            scram_iterations: 4096,
            scram_false_signature: false,
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

type Hook = Arc<dyn Fn(&Line) -> Act + Send + Sync>;

struct Shared {
    setup: Setup,
    maildrop: Maildrop,
    hook: Mutex<Hook>,
    faults: Mutex<Faults>,
    log: Mutex<Vec<Line>>,
    violations: Mutex<Vec<String>>,
    most_outstanding: Mutex<usize>,
    /// The connections that are open, to be able to end them.
    open: Mutex<BTreeMap<usize, TcpStream>>,
    stopping: AtomicBool,
}

/// A running server. Dropping it stops it, and fails the test if a session
/// panicked or the client broke a rule.
pub(crate) struct Model {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

impl Model {
    pub(crate) fn start(setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            setup,
            maildrop: Maildrop::default(),
            hook: Mutex::new(Arc::new(|_| Act::Serve)),
            faults: Mutex::default(),
            log: Mutex::default(),
            violations: Mutex::default(),
            most_outstanding: Mutex::new(0),
            open: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let accepting = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept(&listener, &shared))
        };
        Self {
            shared,
            address,
            accepting: Some(accepting),
        }
    }

    /// A usual server with this mail.
    pub(crate) fn with(mails: &[Mail]) -> Self {
        Self::start(Setup::default()).holding(mails)
    }

    pub(crate) fn holding(self, mails: &[Mail]) -> Self {
        for mail in mails {
            self.maildrop().add(mail);
        }
        self
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn maildrop(&self) -> &Maildrop {
        &self.shared.maildrop
    }

    /// Decides about every command from now on.
    pub(crate) fn on_command(&self, hook: impl Fn(&Line) -> Act + Send + Sync + 'static) {
        *self.shared.hook.lock().expect("hook") = Arc::new(hook);
    }

    /// Serves every command from now on.
    pub(crate) fn behave(&self) {
        self.on_command(|_| Act::Serve);
        self.set_faults(Faults::default());
    }

    /// The faults of every connection from now on.
    pub(crate) fn set_faults(&self, faults: Faults) {
        *self.shared.faults.lock().expect("faults") = faults;
    }

    /// Every line the client sent so far.
    pub(crate) fn log(&self) -> Vec<Line> {
        self.shared.log.lock().expect("log").clone()
    }

    /// The text of every line so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.log().into_iter().map(|line| line.text).collect()
    }

    /// How many lines so far begin with this command.
    pub(crate) fn count(&self, command: &str) -> usize {
        self.lines()
            .iter()
            .filter(|line| line.split(' ').next() == Some(command))
            .count()
    }

    /// Connections that sent at least one line.
    pub(crate) fn session_count(&self) -> usize {
        let mut sessions: Vec<usize> = self.log().iter().map(|line| line.session).collect();
        sessions.dedup();
        sessions.len()
    }

    /// The most commands that were ever unanswered at once.
    pub(crate) fn most_outstanding(&self) -> usize {
        *self.shared.most_outstanding.lock().expect("count")
    }

    /// Stops the server: all sessions are over when this returns. The number
    /// of connections it took.
    pub(crate) fn stop(mut self) -> usize {
        self.shut_down()
    }

    fn shut_down(&mut self) -> usize {
        let Some(accepting) = self.accepting.take() else {
            return 0;
        };
        self.shared.stopping.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let sessions = accepting.join().expect("accepting does not panic");
        for stream in self.shared.open.lock().expect("open").values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let count = sessions.len();
        let panicked = sessions.into_iter().filter_map(|s| s.join().err()).count();
        if !thread::panicking() {
            assert_eq!(panicked, 0, "sessions of the model server panicked");
            let violations = self.shared.violations.lock().expect("violations");
            assert!(violations.is_empty(), "{violations:#?}");
        }
        count
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// Takes connections until told to stop; hands back the sessions it started.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    let mut sessions = Vec::new();
    loop {
        let (stream, _) = listener.accept().expect("a connection");
        if shared.stopping.load(Ordering::SeqCst) {
            return sessions;
        }
        let number = sessions.len() + 1;
        let handle = stream.try_clone().expect("a second handle");
        shared.open.lock().expect("open").insert(number, handle);
        let shared = Arc::clone(shared);
        sessions.push(thread::spawn(move || {
            session::serve(&shared, stream, number);
        }));
    }
}
