//! The use cases without a command line: an account that is plain values, and
//! what a run announces as values too.

use std::io;
use std::iter;
use std::sync::Mutex;
use std::time::Duration;

use retr::base::{AccountId, Cancel, Event, Observer, Secret};
use retr::net::{Family, Route, TlsPolicy, Via};
use retr::plan::{Disposal, Limits, Policy};
use retr::run::{
    self, Account, DeleteJob, FetchJob, ListJob, Outcome, ProbeJob, Rules, SecretSource, ShowJob,
    View, Wanted,
};
use retr::session::{Access, Auth, Pipelining, TlsMode};
use retr::store::Target;

use super::env::Sandbox;
use super::mail::small;
use super::model::{Model, Setup};
use super::store::Kind;

/// What a run announced, and how it ended.
pub(crate) struct Told {
    pub(crate) events: Vec<Event>,
    pub(crate) outcome: Outcome,
}

impl Told {
    /// The error with all that is beneath it; empty if there is none.
    pub(crate) fn error(&self) -> String {
        let error = self.outcome.error.as_ref();
        let error = error.map(|error| error as &dyn std::error::Error);
        let beneath = iter::successors(error, |error| error.source());
        let texts: Vec<String> = beneath.map(ToString::to_string).collect();
        texts.join(": ")
    }

    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.error(), "");
        self
    }

    #[track_caller]
    pub(crate) fn ends(self, code: u8) -> Self {
        assert_eq!(self.outcome.summary.exit, code, "{}", self.error());
        self
    }

    /// Warnings by their code.
    pub(crate) fn warnings(&self) -> Vec<&'static str> {
        let code = |event: &Event| match event {
            Event::Warning(warning) => Some(warning.code.word()),
            _ => None,
        };
        self.events.iter().filter_map(code).collect()
    }

    /// How many rows `list` has.
    pub(crate) fn rows(&self) -> usize {
        let is_row = |event: &&Event| matches!(event, Event::Listed(_));
        self.events.iter().filter(is_row).count()
    }

    /// What could not be done: number and reason.
    pub(crate) fn failed(&self) -> Vec<String> {
        let failed = |event: &Event| match event {
            Event::Failed(failed) => Some(format!("{} {}", failed.number, failed.error)),
            _ => None,
        };
        self.events.iter().filter_map(failed).collect()
    }
}

#[derive(Default)]
struct Listener(Mutex<Vec<Event>>);

impl Observer for Listener {
    fn notice(&self, event: &Event) {
        self.0.lock().expect("events").push(event.clone());
    }

    fn wants_headers(&self) -> bool {
        true
    }
}

/// A user of one mailbox on a server on loopback.
pub(crate) struct Direct {
    pub(crate) sandbox: Sandbox,
    pub(crate) account: Account,
    pub(crate) policy: Policy,
    pub(crate) no_uidl: bool,
}

impl Direct {
    /// `alice` with the password `sesame`, in clear.
    pub(crate) fn to(port: u16) -> Self {
        let sandbox = Sandbox::new();
        let account = Account {
            name: "alice".to_owned(),
            word: "alice".to_owned(),
            id: AccountId::new("alice", "127.0.0.1"),
            secret: SecretSource::default(),
            access: Access {
                route: Route {
                    host: "127.0.0.1".to_owned(),
                    port,
                    via: Via::Direct,
                    family: Family::Any,
                    bind: None,
                },
                tls_mode: TlsMode::None,
                tls: TlsPolicy::default(),
                user: "alice".to_owned(),
                secret: Some(Secret::new(b"sesame".to_vec())),
                auth: Auth::Auto,
                token: false,
                insecure_plaintext: false,
                pipelining: Pipelining::Auto,
                timeout: Duration::from_secs(20),
                deadline: Duration::from_secs(60),
            },
            state_dir: sandbox.path("state/retr"),
        };
        Self {
            sandbox,
            account,
            policy: Policy {
                disposal: Disposal::Keep,
                limits: Limits::default(),
                ..Policy::default()
            },
            no_uidl: false,
        }
    }

    /// The same on a server of this kind with so many messages.
    pub(crate) fn on(setup: Setup, messages: usize) -> (Model, Self) {
        let model = Model::start(setup.secret("sesame")).holding(&small(messages, 1));
        let direct = Self::to(model.port());
        (model, direct)
    }

    fn told(run: impl FnOnce(&Cancel, &dyn Observer) -> Outcome) -> Told {
        let (cancel, listener) = (Cancel::new(), Listener::default());
        let outcome = run(&cancel, &listener);
        let events = listener.0.into_inner().expect("events");
        Told { events, outcome }
    }

    /// `fetch` into a Maildir.
    pub(crate) fn fetch(&self) -> Told {
        let job = FetchJob {
            handover: Default::default(),
            account: self.account.clone(),
            target: Target::maildir(self.sandbox.path("Mail")),
            policy: self.policy,
            rules: Rules::default(),
            no_uidl: self.no_uidl,
            delete_verified: false,
            dry_run: false,
            lock_wait: Duration::ZERO,
        };
        Self::told(|cancel, observer| run::fetch(&job, cancel, observer))
    }

    /// The messages stored so far, sorted by content.
    pub(crate) fn stored(&self) -> Vec<Vec<u8>> {
        Kind::Maildir.read(&self.sandbox.path("Mail"))
    }

    pub(crate) fn list(&self, headers: bool) -> Told {
        let job = ListJob { account: self.account.clone(), headers, only_new: false };
        Self::told(|cancel, observer| run::list(&job, cancel, observer))
    }

    pub(crate) fn show(&self, words: &[&str], view: View) -> Told {
        let job = ShowJob { account: self.account.clone(), wanted: wanted(words), view };
        Self::told(|cancel, observer| run::show(&job, &mut io::sink(), cancel, observer))
    }

    pub(crate) fn delete(&self, words: &[&str]) -> Told {
        let job = DeleteJob {
            account: self.account.clone(),
            wanted: wanted(words),
            dry_run: false,
            no_uidl: self.no_uidl,
        };
        Self::told(|cancel, observer| run::delete(&job, &|| true, cancel, observer))
    }

    pub(crate) fn probe(&self, login: bool) -> Told {
        let mut account = self.account.clone();
        if !login {
            account.access.secret = None;
        }
        let job = ProbeJob { account };
        Self::told(|cancel, observer| run::probe(&job, cancel, observer))
    }
}

fn wanted(words: &[&str]) -> Vec<Wanted> {
    let word = |word: &&str| Wanted::parse(word).expect("a word for messages");
    words.iter().map(word).collect()
}
