//! `retr demo`: a whole fetch against the built-in server, told step by step.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::failure::written;
use crate::base::{
    AccountId, Cancel, Class, Event, Failure, Observer, Secret, StoredMessage, Summary, escape,
};
use crate::demo::{self, Server};
use crate::net::{Family, Route, TlsPolicy, Via};
use crate::plan::Policy;
use crate::run::{self, Account, FetchJob, Rules, SecretSource};
use crate::session::{Access, Auth, Pipelining, TlsMode};
use crate::store::Target;

/// Marks a folder as made by an earlier demo, which may be made anew.
const MARK: &str = ".retr-demo";

/// What is in such a folder besides.
const MAILDIR: &str = "Maildir";
const STATE: &str = "state";

/// Runs the demo in `dir`, or in a new folder in the place for temporary
/// files, and tells on `out` what happens.
pub(super) fn run(dir: Option<&Path>, cancel: &Cancel, out: &mut dyn Write) -> Result<(), Failure> {
    let dir = match dir {
        Some(dir) => use_folder(dir)?,
        None => new_folder(&std::env::temp_dir())?,
    };
    let mails = demo::mails();
    let count = mails.len() as u64;
    let server = Server::start(mails).map_err(|error| {
        Failure::new(Class::Io, "the demo server cannot listen on 127.0.0.1").because(error)
    })?;
    let job = job(&dir, server.address().port());

    let mut tell = |text: String| {
        // A reader that went away has seen enough; the demo goes on.
        written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    };
    tell(format!(
        "A small POP3 server listens on {}; {count} messages are waiting there.\n\n\
         First run: everything is new.\n",
        server.address()
    ))?;
    let (first, stored) = fetch(&job, cancel)?;
    for message in &stored {
        tell(row(message))?;
    }
    tell(format!(
        "{} of {} messages stored in {}, each one on the disk before it counts.\n\n\
         Second run: the same mailbox again.\n",
        first.stored,
        first.listed,
        shown(&dir.join(MAILDIR)),
    ))?;
    let (second, _) = fetch(&job, cancel)?;
    tell(format!(
        "{} of {} messages stored: what is known is not fetched twice.\n",
        second.stored, second.listed
    ))?;
    if (first.stored, second.stored) != (count, 0) {
        let what = format!(
            "the demo stored {} and {} messages instead of {count} and 0",
            first.stored, second.stored
        );
        return Err(Failure::new(Class::Internal, what));
    }
    tell(next_steps(&dir))
}

/// One fetch into the demo's folder; what was stored, in order.
fn fetch(job: &FetchJob, cancel: &Cancel) -> Result<(Summary, Vec<StoredMessage>), Failure> {
    let stored = Stored::default();
    let outcome = run::fetch(job, cancel, &stored);
    if let Some(error) = &outcome.error {
        return Err(Failure::from_error(error.class(), error));
    }
    let stored = stored.0.into_inner();
    let stored = stored.unwrap_or_else(PoisonError::into_inner);
    Ok((outcome.summary, stored))
}

/// Remembers what was stored.
#[derive(Default)]
struct Stored(Mutex<Vec<StoredMessage>>);

impl Observer for Stored {
    fn wants_headers(&self) -> bool {
        true
    }

    fn notice(&self, event: &Event) {
        if let Event::Message(message) = event {
            let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            stored.push((**message).clone());
        }
    }
}

fn job(dir: &Path, port: u16) -> FetchJob {
    let host = "127.0.0.1";
    FetchJob {
        account: Account {
            name: "demo".into(),
            word: "demo".into(),
            id: AccountId::new(demo::USER, host),
            secret: SecretSource::default(),
            access: Access {
                route: Route {
                    host: host.into(),
                    port,
                    via: Via::Direct,
                    family: Family::Any,
                    bind: None,
                },
                // The password never leaves this machine.
                tls_mode: TlsMode::None,
                tls: TlsPolicy::default(),
                user: demo::USER.into(),
                secret: Some(Secret::new(demo::PASSWORD.into())),
                auth: Auth::Auto,
                token: false,
                insecure_plaintext: false,
                pipelining: Pipelining::Auto,
                timeout: Duration::from_secs(20),
                deadline: Duration::from_secs(120),
            },
            state_dir: dir.join(STATE),
        },
        target: Target::maildir(dir.join(MAILDIR)),
        handover: crate::store::Handover::default(),
        policy: Policy::default(),
        rules: Rules::default(),
        no_uidl: false,
        delete_verified: false,
        dry_run: false,
        lock_wait: Duration::ZERO,
    }
}

fn row(message: &StoredMessage) -> String {
    format!(
        "{:>5} {:>7} octets  {}\n",
        message.number,
        message.size,
        escape(message.headers.subject.as_deref().unwrap_or("(no subject)"))
    )
}

fn next_steps(dir: &Path) -> String {
    let maildir = dir.join(MAILDIR);
    format!(
        "\nLook at the messages:  ls {}\n\
         With a mail reader:    mutt -R -f {}\n\
         Remove it all:         rm -r {}\n\
         What is in your own mailbox, without a change to it:\n\
         \x20                      retr list pop3s://USER@pop.example.org\n",
        shown(&maildir.join("new")),
        shown(&maildir),
        shown(dir),
    )
}

/// A path as a shell takes it.
fn shown(path: &Path) -> String {
    let path = path.to_string_lossy();
    escape(&shell_words::quote(&path))
}

/// A new folder that nobody else can have prepared.
fn new_folder(parent: &Path) -> Result<PathBuf, Failure> {
    for number in 1..=1000 {
        let dir = parent.join(match number {
            1 => "retr-demo".to_owned(),
            _ => format!("retr-demo-{number}"),
        });
        match make(&dir) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot_create(&dir, &error)),
            Ok(()) => return mark(dir),
        }
    }
    let what = format!("{} holds too many demos", shown(parent));
    Err(Failure::new(Class::CantCreate, what).hint("name a folder: retr demo DIR"))
}

/// The folder the user named: missing, empty, or of an earlier demo.
fn use_folder(dir: &Path) -> Result<PathBuf, Failure> {
    match make(dir) {
        Ok(()) => return mark(dir.to_owned()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(cannot_create(dir, &error)),
    }
    let failed = |error: io::Error| cannot_create(dir, &error);
    let entries = fs::read_dir(dir).map_err(failed)?;
    let names = entries.map(|entry| Ok(entry?.file_name()));
    let names: Vec<_> = names.collect::<io::Result<_>>().map_err(failed)?;
    let is_ours = |name: &OsString| [MARK, MAILDIR, STATE].iter().any(|known| name == known);
    let is_earlier = names.iter().all(is_ours) && names.iter().any(|name| name == MARK);
    if !is_earlier && !names.is_empty() {
        let what = format!("{} is not empty and not of an earlier demo", shown(dir));
        return Err(Failure::new(Class::CantCreate, what).hint("name a new folder"));
    }
    for name in [MAILDIR, STATE] {
        match fs::remove_dir_all(dir.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    mark(dir.to_owned())
}

fn make(dir: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(dir)
}

fn mark(dir: PathBuf) -> Result<PathBuf, Failure> {
    let marked = fs::write(dir.join(MARK), "Made by `retr demo`.\n");
    let made = marked.and_then(|()| make(&dir.join(STATE)));
    made.map_err(|error| cannot_create(&dir, &error))?;
    Ok(dir)
}

fn cannot_create(dir: &Path, error: &io::Error) -> Failure {
    let what = format!("{} cannot be used for the demo", shown(dir));
    Failure::new(Class::CantCreate, what).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_folder_is_never_one_that_was_there() {
        let parent = tempfile::tempdir().expect("a folder");
        let first = new_folder(parent.path()).expect("made");
        let second = new_folder(parent.path()).expect("made");
        assert_eq!(first, parent.path().join("retr-demo"));
        assert_eq!(second, parent.path().join("retr-demo-2"));
        assert_eq!(entries(&first), [MARK, STATE]);
    }

    #[test]
    fn an_earlier_demo_is_made_anew() {
        let parent = tempfile::tempdir().expect("a folder");
        let dir = parent.path().join("d");
        use_folder(&dir).expect("a missing folder is made");
        fs::create_dir_all(dir.join(MAILDIR).join("new")).expect("made");
        fs::write(dir.join(STATE).join("x"), "").expect("written");
        use_folder(&dir).expect("an earlier demo is taken");
        assert_eq!(entries(&dir), [MARK, STATE]);
        assert_eq!(entries(&dir.join(STATE)), [""; 0]);
    }

    #[test]
    fn a_folder_with_anything_else_is_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        use_folder(dir.path()).expect("an empty folder is taken");
        fs::create_dir(dir.path().join(MAILDIR)).expect("made");
        fs::write(dir.path().join("thesis.txt"), "years").expect("written");
        let failure = use_folder(dir.path()).expect_err("refused");
        assert_eq!(failure.class, Class::CantCreate);
        let end = "is not empty and not of an earlier demo";
        assert!(failure.what.ends_with(end));
        assert_eq!(entries(dir.path()), [MARK, MAILDIR, STATE, "thesis.txt"]);
        // A Maildir of somebody else, without the mark.
        let other = tempfile::tempdir().expect("a folder");
        fs::create_dir(other.path().join(MAILDIR)).expect("made");
        use_folder(other.path()).expect_err("refused");
        assert_eq!(entries(other.path()), [MAILDIR]);
    }

    #[test]
    fn what_to_do_next_is_safe_to_paste() {
        let text = next_steps(Path::new("/tmp/a b\u{1b}"));
        assert!(text.contains("rm -r '/tmp/a b\\x1b'\n"), "{text}");
    }
}
