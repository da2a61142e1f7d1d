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
    config: PathBuf,
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

    /// With what it stands for: `$D` for the folder, `$M` for a Maildir in it,
    /// `$P` for the port, `$S` for the password and `$F` for its file.
    fn filled(&self, text: &str) -> String {
        let folder = self.folder().display().to_string();
        let secret = self.sandbox.path("password").display().to_string();
        text.replace("$M", "$D/Mail")
            .replace("$D", &folder)
            .replace("$P", &self.server.pop3.to_string())
            .replace("$S", PASSWORD)
            .replace("$F", &secret)
    }

    /// One with this configuration, which writes what it has seen there and is
    /// started by this command.
    fn peer(&self, name: &'static str, config: [&str; 2], seen: &str, command: &str) -> Peer {
        for folder in ["new", "cur", "tmp"] {
            let folder = self.folder().join("Mail").join(folder);
            fs::create_dir_all(folder).expect("folder");
        }
        let [file, text] = config;
        let path = self.sandbox.write(&format!("peer/{file}"), self.filled(text));
        chmod(&path, 0o600);
        if name == "getmail" && getuid().is_root() {
            give_to_nobody(&self.folder());
        }
        let command = self.filled(command);
        let mut words = command.split(' ');
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words);
        Peer { name, config: path, seen: self.filled(seen).into(), command }
    }

    fn mpop(&self) -> Peer {
        let config = "account work\nhost 127.0.0.1\nport $P\nuser alice\npasswordeval cat $F\n\
                      auth plain\ntls off\nkeep on\nuidls_file $D/uidls\ndelivery maildir $M\n";
        let command = "mpop -q -C $D/mpoprc work";
        self.peer("mpop", ["mpoprc", config], "$D/uidls", command)
    }

    fn fetchmail_to(&self, before: &str, destination: &str) -> Peer {
        let account = "poll 127.0.0.1 service $P protocol pop3 uidl user alice password \"$S\" \
                       keep sslproto ''";
        let config = format!("{before}{account} {destination}\n");
        let command = "fetchmail -s -f $D/fetchmailrc -i $D/ids --pidfile $D/pid";
        self.peer("fetchmail", ["fetchmailrc", &config], "$D/ids", command)
    }

    fn fetchmail(&self) -> Peer {
        self.fetchmail_to("", "bsmtp $D/box")
    }

    fn fetchmail_with_mda(&self) -> Peer {
        // No trace of its own, and no address made longer: the same octets.
        let mda = format!("is bob here no rewrite mda \"{} -f %F -d %T\"", self.agent());
        self.fetchmail_to("set invisible\n", &mda)
    }

    fn getmail_to(&self, destination: &str) -> Peer {
        // It refuses to deliver as root, and to start a command for root's group.
        let user = match getuid().is_root() {
            true if destination.contains("MDA") => "user = nobody\ngroup = nogroup\n",
            true => "user = nobody\n",
            false => "",
        };
        let config = format!(
            "[retriever]\ntype = SimplePOP3Retriever\nserver = 127.0.0.1\nport = $P\n\
             username = alice\npassword = $S\n[destination]\n{destination}{user}[options]\n\
             read_all = false\ndelete = false\ndelivered_to = false\nreceived = false\nverbose = 0\n"
        );
        let seen = "$D/oldmail-127.0.0.1-$P-alice";
        self.peer("getmail", ["getmailrc", &config], seen, "getmail --getmaildir $D")
    }

    fn getmail(&self) -> Peer {
        self.getmail_to("type = Maildir\npath = $M/\n")
    }

    fn getmail_with_mda(&self) -> Peer {
        let agent = self.agent();
        let words = "arguments = (\"-f\", \"%(sender)\", \"-d\", \"bob\")";
        self.getmail_to(&format!("type = MDA_external\npath = {agent}\n{words}\n"))
    }

    fn fdm(&self) -> Peer {
        // Started by root it fetches as another user, who writes the cache.
        chmod(&self.folder(), 0o777);
        let is_root = getuid().is_root();
        let user = if is_root { "set default-user \"root\"\n" } else { "" };
        let config = format!(
            "{user}set lock-file \"$D/lock\"\nset no-received\naction \"keep\" maildir \"$M\"\n\
             account \"a\" pop3 server \"127.0.0.1\" port $P user \"alice\" pass \"$S\" new-only \
             cache \"$D/cache\" keep\nmatch all action \"keep\"\n"
        );
        let command = "fdm -f $D/fdm.conf fetch";
        self.peer("fdm", ["fdm.conf", &config], "$D/cache", command)
    }

    /// A program that keeps each message in a file of its own, and its words.
    fn agent(&self) -> String {
        fs::create_dir(self.got()).expect("a folder");
        chmod(&self.got(), 0o777);
        let words = self.sandbox.write("peer/words", "");
        chmod(&words, 0o666);
        let (words, got) = (words.display(), self.got());
        let keeps = format!("exec cat >$(mktemp {}/XXXXXX)", got.display());
        let script = format!("#!/bin/sh\necho \"$*\" >>{words}\n{keeps}\n");
        self.sandbox.program("agent", script).display().to_string()
    }

    fn got(&self) -> PathBuf {
        self.sandbox.path("got")
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
            let _ =
                writeln!(io::stderr(), "{name} is not installed: moving from it was not tested");
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
        let account = match peer.name {
            "fdm" => format!("pop3://alice@127.0.0.1:{}", self.server.pop3),
            _ => {
                let config = peer.config.to_str().expect("UTF-8");
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
                let heading = toml.lines().find_map(|line| line.strip_prefix("[accounts."));
                let heading = heading.expect("an account").trim_end_matches(']');
                heading.trim_matches('"').to_owned()
            }
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
    fetch("--keep").run_to(0).has("summary", json!({"stored": 0}));
    let new = small(3, 900);
    mover.server.deliver_all("alice", 1_700_000_001, &new);
    fetch("--keep").run_to(0).has("summary", json!({"stored": 3}));
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
        fetch.arg("--password-file").arg(mover.sandbox.path("password"))
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
    let peers = [Mover::fetchmail_with_mda as fn(&_) -> _, Mover::getmail_with_mda];
    at_once(peers, moves_here_with_its_command);
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn what_another_program_has_fetched_is_not_fetched_again() {
    let peers = [Mover::mpop as fn(&_) -> _, Mover::fetchmail, Mover::getmail, Mover::fdm];
    at_once(peers, moves_here);
}
