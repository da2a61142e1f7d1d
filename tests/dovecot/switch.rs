//! Moving here from mpop, fetchmail, getmail and fdm as Debian has them: what
//! they have fetched is not fetched again, and what comes after is. A program
//! that is not installed is left out, with a line that says so.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::getuid;

use crate::server::{Dovecot, PASSWORD};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::{Mail, small};
use crate::support::store::{Kind, assert_same};

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
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("chmod");
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

    fn fdm(&self) -> Peer {
        let (maildir, folder) = (self.maildir(), self.folder());
        // Started by root it fetches as another user, who writes the cache.
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).expect("chmod");
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

fn deliver(server: &Dovecot, second: u32, mails: &[Mail]) {
    for (at, mail) in mails.iter().enumerate() {
        server.deliver("alice", &format!("{second}.{at}.test"), &mail.stored);
    }
}

fn moves_here(peer: fn(&Mover) -> Peer) {
    let server = Dovecot::start(&["alice"]);
    let sandbox = Sandbox::beneath(Path::new("/tmp"));
    fs::set_permissions(sandbox.root(), Permissions::from_mode(0o755)).expect("chmod");
    sandbox.secret_file("password", PASSWORD);
    let mover = Mover { server, sandbox };
    fs::create_dir(mover.folder()).expect("folder");
    // Mail that they all take: odd mail is not the matter here.
    let old = small(12, 1);
    deliver(&mover.server, 1_700_000_000, &old);

    let Peer {
        name,
        config,
        seen,
        mut command,
    } = peer(&mover);
    let home = mover.sandbox.path("home");
    let ran = command
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
        return;
    };
    assert!(ran.status.success(), "{ran:?}");
    assert!(seen.is_file(), "{name} writes {}: {ran:?}", seen.display());

    // The account by its imported configuration, where there is one.
    let port = mover.server.pop3;
    let target = mover.sandbox.path("retr-mail");
    let secret = mover.sandbox.path("password");
    let account = match &config {
        Some(config) => {
            let config = config.to_str().expect("UTF-8");
            let imported = mover.retr(&["config", "import", "--from", name, config]);
            let mut toml = imported.run_to(0).stdout_text();
            assert!(!toml.contains(PASSWORD), "{toml}");
            // What the other configuration had in another way, the check asks for.
            for (start, key, path) in [
                ("password_", "password_file", &secret),
                ("maildir", "maildir", &target),
            ] {
                if !toml.lines().any(|line| line.starts_with(start)) {
                    toml += &format!("{key} = \"{}\"\n", path.display());
                }
            }
            let folder = mover.sandbox.path("config/retr");
            fs::create_dir_all(&folder).expect("folder");
            fs::write(folder.join("config.toml"), &toml).expect("written");
            mover.retr(&["config", "check"]).run_to(0);
            let heading = toml
                .lines()
                .find_map(|line| line.strip_prefix("[accounts."));
            let heading = heading.expect("an account").trim_end_matches(']');
            heading.trim_matches('"').to_owned()
        }
        None => format!("pop3://alice@127.0.0.1:{port}"),
    };
    let fetch = || {
        mover
            .retr(&["fetch", &account, "--json", "--keep", "--tls", "none"])
            .args(["--password-file".into(), secret.clone()])
            .args(["--maildir".into(), target.clone()])
    };
    let seen = seen.to_str().expect("UTF-8");
    let imported = mover
        .retr(&["state", "import", "--json", "--from", name, seen, &account])
        .run_to(0)
        .event("imported");
    assert_eq!(imported["imported"], old.len());

    let first = fetch().run_to(0);
    assert_eq!(first.event("summary")["stored"], 0, "{first}");
    let new = small(3, 900);
    deliver(&mover.server, 1_700_000_001, &new);
    let second = fetch().run_to(0);
    assert_eq!(second.event("summary")["stored"], 3, "{second}");
    let mut expected: Vec<Vec<u8>> = new.iter().map(|mail| mail.stored.clone()).collect();
    expected.sort();
    assert_same(&Kind::Maildir.read(&target), &expected);
    // What the other program fetched is not retr's to delete.
    fetch().args(["--delete"]).run_to(64);
    let delete = mover
        .retr(&["fetch", &account, "--delete", "--tls", "none"])
        .args(["--password-file".into(), secret.clone()])
        .args(["--maildir".into(), target.clone()]);
    delete.run_to(0);
    assert_eq!(mover.server.files("alice").len(), old.len());
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn from_mpop() {
    moves_here(Mover::mpop);
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn from_fetchmail() {
    moves_here(Mover::fetchmail);
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn from_getmail() {
    moves_here(Mover::getmail);
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn from_fdm() {
    moves_here(Mover::fdm);
}
