//! Moving here from mpop, fetchmail, getmail and fdm as Debian has them: what
//! they have fetched is not fetched again, and what comes after is. A program
//! that is not installed is left out, with a line that says so.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::getuid;
use serde_json::json;

use crate::server::{Dovecot, PASSWORD};
use crate::support::env::{Program, Sandbox, chmod};
use crate::support::mail::{Kind as MailKind, Mail, assorted, small};
use crate::support::mailbox::stored_forms;
use crate::support::store::{Kind, assert_same, read_files};
use crate::support::table::at_once;

/// Another program with one account on the server.
struct Peer {
    name: &'static str,
    /// Its configuration, if `config import` knows it.
    config: Option<PathBuf>,
    seen: PathBuf,
    command: Command,
}

/// Somebody who moves.
struct Mover {
    server: Dovecot,
    sandbox: Sandbox,
}

impl Mover {
    fn folder(&self) -> PathBuf {
        self.sandbox.path("peer")
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        fs::write(&path, text).expect("written");
        chmod(&path, 0o600);
        path
    }

    fn maildir(&self) -> PathBuf {
        let maildir = self.folder().join("Mail");
        for folder in ["new", "cur", "tmp"] {
            fs::create_dir_all(maildir.join(folder)).expect("folder");
        }
        maildir
    }

    fn mpop(&self) -> Peer {
        let (maildir, folder) = (self.maildir(), self.folder());
        let secret = self.sandbox.path("password");
        let config = self.write(
            "mpoprc",
            &format!(
                "account work\nhost 127.0.0.1\nport {}\nuser alice\npasswordeval cat {}\n\
                 auth plain\ntls off\nkeep on\nuidls_file {}/uidls\ndelivery maildir {}\n",
                self.server.pop3,
                secret.display(),
                folder.display(),
                maildir.display()
            ),
        );
        let mut command = Command::new("mpop");
        command.arg("-q").arg("-C").arg(&config).arg("work");
        Peer {
            name: "mpop",
            config: Some(config),
            seen: folder.join("uidls"),
            command,
        }
    }

    fn fetchmail(&self) -> Peer {
        let folder = self.folder();
        let config = self.write(
            "fetchmailrc",
            &format!(
                "poll 127.0.0.1 service {} protocol pop3 uidl user alice password \"{PASSWORD}\" \
                 keep sslproto '' bsmtp {}/box\n",
                self.server.pop3,
                folder.display()
            ),
        );
        let mut command = Command::new("fetchmail");
        command.arg("-s").arg("-f").arg(&config);
        command.arg("-i").arg(folder.join("ids"));
        command.arg("--pidfile").arg(folder.join("pid"));
        Peer {
            name: "fetchmail",
            config: Some(config),
            seen: folder.join("ids"),
            command,
        }
    }

    fn getmail(&self) -> Peer {
        let (maildir, folder) = (self.maildir(), self.folder());
        // It refuses to deliver as root.
        let user = if getuid().is_root() {
            "user = nobody\n"
        } else {
            ""
        };
        let config = self.write(
            "getmailrc",
            &format!(
                "[retriever]\ntype = SimplePOP3Retriever\nserver = 127.0.0.1\nport = {}\n\
                 username = alice\npassword = {PASSWORD}\n[destination]\ntype = Maildir\n\
                 path = {}/\n{user}[options]\nread_all = false\ndelete = false\n\
                 delivered_to = false\nreceived = false\nverbose = 0\n",
                self.server.pop3,
                maildir.display()
            ),
        );
        if getuid().is_root() {
            give_to_nobody(&folder);
        }
        let mut command = Command::new("getmail");
        command.arg("--getmaildir").arg(&folder);
        Peer {
            name: "getmail",
            config: Some(config),
            seen: folder.join(format!("oldmail-127.0.0.1-{}-alice", self.server.pop3)),
            command,
        }
    }

    /// A program that keeps each message in a file of its own, and its words.
    fn agent(&self) -> PathBuf {
        let got = self.got();
        fs::create_dir(&got).expect("a folder");
        chmod(&got, 0o777);
        let words = self.folder().join("words");
        fs::write(&words, "").expect("written");
        chmod(&words, 0o666);
        let script = format!(
            "#!/bin/sh\necho \"$*\" >>{}\nexec cat >$(mktemp {}/XXXXXX)\n",
            words.display(),
            got.display()
        );
        self.sandbox.program("agent", script)
    }

    fn got(&self) -> PathBuf {
        self.sandbox.path("got")
    }

    fn fetchmail_with_mda(&self) -> Peer {
        let peer = self.fetchmail();
        let config = peer.config.as_ref().expect("its configuration");
        let text = fs::read_to_string(config).expect("read");
        let (account, _) = text.split_once("bsmtp").expect("a destination");
        let agent = self.agent();
        // No trace of its own, and no address made longer: the same octets.
        let mda = format!(
            "is bob here no rewrite mda \"{} -f %F -d %T\"\n",
            agent.display()
        );
        self.write("fetchmailrc", &format!("set invisible\n{account}{mda}"));
        peer
    }

    fn getmail_with_mda(&self) -> Peer {
        let peer = self.getmail();
        let config = peer.config.as_ref().expect("its configuration");
        let text = fs::read_to_string(config).expect("read");
        let (account, rest) = text.split_once("[destination]\n").expect("a destination");
        let (_, options) = rest.split_once("[options]\n").expect("options");
        // A command it refuses to start for root's group as well.
        let user = if getuid().is_root() {
            "user = nobody\ngroup = nogroup\n"
        } else {
            ""
        };
        let mda = format!(
            "[destination]\ntype = MDA_external\npath = {}\n\
             arguments = (\"-f\", \"%(sender)\", \"-d\", \"bob\")\n{user}",
            self.agent().display(),
        );
        self.write("getmailrc", &format!("{account}{mda}[options]\n{options}"));
        if getuid().is_root() {
            give_to_nobody(&self.folder());
        }
        peer
    }

    fn fdm(&self) -> Peer {
        let (maildir, folder) = (self.maildir(), self.folder());
        // Started by root it fetches as another user, who writes the cache.
        chmod(&folder, 0o777);
        let user = if getuid().is_root() {
            "set default-user \"root\"\n"
        } else {
            ""
        };
        let config = self.write(
            "fdm.conf",
            &format!(
                "{user}set lock-file \"{0}/lock\"\nset no-received\n\
                 action \"keep\" maildir \"{1}\"\n\
                 account \"a\" pop3 server \"127.0.0.1\" port {2} user \"alice\" \
                 pass \"{PASSWORD}\" new-only cache \"{0}/cache\" keep\n\
                 match all action \"keep\"\n",
                folder.display(),
                maildir.display(),
                self.server.pop3
            ),
        );
        let mut command = Command::new("fdm");
        command.arg("-f").arg(&config).arg("fetch");
        Peer {
            name: "fdm",
            config: None,
            seen: folder.join("cache"),
            command,
        }
    }

    fn retr(&self, words: &[&str]) -> Program {
        self.sandbox.retr(words)
    }
}

fn give_to_nobody(path: &Path) {
    chown(path, Some(65534), Some(65534)).expect("chown");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("folder") {
            give_to_nobody(&entry.expect("entry").path());
        }
    }
}

impl Mover {
    /// Somebody with mail that all programs take: odd mail is not the matter
    /// here.
    fn with(old: &[Mail]) -> Self {
        let server = Dovecot::start(&["alice"]);
        let sandbox = Sandbox::beneath(Path::new("/tmp"));
        chmod(sandbox.root(), 0o755);
        sandbox.secret_file("password", PASSWORD);
        let mover = Self { server, sandbox };
        fs::create_dir(mover.folder()).expect("folder");
        mover.server.deliver_all("alice", 1_700_000_000, old);
        mover
    }

    /// Has the other program fetch. Returns whether it is installed.
    fn run(&self, peer: &mut Peer) -> bool {
        let (name, seen) = (peer.name, &peer.seen);
        let home = self.sandbox.path("home");
        let ran = peer
            .command
            .env_clear()
            .env("HOME", home)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .stdin(Stdio::null())
            .output();
        let Ok(ran) = ran else {
            // Not by the macro, whose lines only a failed test shows.
            let _ = writeln!(
                io::stderr(),
                "{name} is not installed: moving from it was not tested"
            );
            return false;
        };
        assert!(ran.status.success(), "{ran:?}");
        assert!(seen.is_file(), "{name} writes {}: {ran:?}", seen.display());
        true
    }

    fn maildir_here(&self) -> PathBuf {
        self.sandbox.path("retr-mail")
    }

    /// The account by its imported configuration, where there is one, and with
    /// what was seen.
    fn import(&self, peer: &Peer, old: usize) -> String {
        let secret = self.sandbox.path("password");
        let account = match &peer.config {
            Some(config) => {
                let config = config.to_str().expect("UTF-8");
                let imported = self.retr(&["config", "import", "--from", peer.name, config]);
                let mut toml = imported.run_to(0).stdout_text();
                assert!(!toml.contains(PASSWORD), "{toml}");
                // What the other configuration had in another way, the check
                // asks for.
                let mut give = |start: &[&str], key, path: &Path| {
                    let has = |line: &str| start.iter().any(|start| line.starts_with(start));
                    if !toml.lines().any(has) {
                        toml += &format!("{key} = \"{}\"\n", path.display());
                    }
                };
                give(&["password_"], "password_file", &secret);
                give(&["maildir", "mda"], "maildir", &self.maildir_here());
                self.sandbox.write("config/retr/config.toml", &toml);
                self.retr(&["config", "check"]).run_to(0);
                let heading = toml
                    .lines()
                    .find_map(|line| line.strip_prefix("[accounts."));
                let heading = heading.expect("an account").trim_end_matches(']');
                heading.trim_matches('"').to_owned()
            }
            None => format!("pop3://alice@127.0.0.1:{}", self.server.pop3),
        };
        let seen = peer.seen.to_str().expect("UTF-8");
        let imported = self.retr(&["state", "import", "--json", "--from", peer.name, seen]);
        let imported = imported.arg(&account).run_to(0).event("imported");
        assert_eq!(imported["imported"], old);
        account
    }
}

fn moves_here(peer: fn(&Mover) -> Peer) {
    let old = small(12, 1);
    let mover = Mover::with(&old);
    let mut peer = peer(&mover);
    if !mover.run(&mut peer) {
        return;
    }
    let account = mover.import(&peer, old.len());
    let (target, secret) = (mover.maildir_here(), mover.sandbox.path("password"));
    let fetch = |disposal: &str| {
        let fetch = mover.retr(&["fetch", &account, "--json", disposal, "--tls", "none"]);
        let fetch = fetch.arg("--password-file").arg(&secret);
        fetch.arg("--maildir").arg(&target)
    };
    fetch("--keep")
        .run_to(0)
        .has("summary", json!({"stored": 0}));
    let new = small(3, 900);
    mover.server.deliver_all("alice", 1_700_000_001, &new);
    fetch("--keep")
        .run_to(0)
        .has("summary", json!({"stored": 3}));
    assert_same(&Kind::Maildir.read(&target), &stored_forms(&new));
    // What the other program fetched is not retr's to delete.
    fetch("--keep").args(["--delete"]).run_to(64);
    fetch("--delete").run_to(0);
    assert_eq!(mover.server.files("alice").len(), old.len());
}

/// What the other program handed to its command, retr does not hand on again;
/// what comes after goes to the same command, with the same words and octets.
fn moves_here_with_its_command(peer: fn(&Mover) -> Peer) {
    // With a Return-Path: getmail makes one up where none is.
    let old = assorted(&[MailKind::Plain], 12, 1);
    let mover = Mover::with(&old);
    let mut peer = peer(&mover);
    if !mover.run(&mut peer) {
        return;
    }
    let got = || read_files(&mover.got());
    assert_same(&got(), &stored_forms(&old));
    let account = mover.import(&peer, old.len());
    let fetch = || {
        let fetch = mover.retr(&["fetch", &account, "--json", "--tls", "none"]);
        fetch
            .arg("--password-file")
            .arg(mover.sandbox.path("password"))
    };
    fetch().run_to(0).has("summary", json!({"stored": 0}));
    assert_eq!(got().len(), old.len());
    let new = assorted(&[MailKind::Plain], 3, 900);
    mover.server.deliver_all("alice", 1_700_000_001, &new);
    fetch().run_to(0).has("summary", json!({"stored": 3}));
    assert_same(&got(), &stored_forms(&[old.clone(), new].concat()));
    fetch().run_to(0);
    assert_eq!(got().len(), old.len() + 3);
    let words = fs::read_to_string(mover.folder().join("words")).expect("its words");
    let words: BTreeSet<&str> = words.lines().collect();
    assert_eq!(words, BTreeSet::from(["-f bob@example.org -d bob"]));
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn another_program_s_command_goes_on_taking_mail() {
    let peers = [
        Mover::fetchmail_with_mda as fn(&_) -> _,
        Mover::getmail_with_mda,
    ];
    at_once(peers, moves_here_with_its_command);
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn what_another_program_has_fetched_is_not_fetched_again() {
    let peers = [
        Mover::mpop as fn(&_) -> _,
        Mover::fetchmail,
        Mover::getmail,
        Mover::fdm,
    ];
    at_once(peers, moves_here);
}
