//! Other users of the same machine, in a folder where everybody can make
//! files. Only root can play two users, so elsewhere nothing is tried.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use crate::support::env::{Program, chmod};
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::store::Kind;

const VICTIM: u32 = 61_001;
const STRANGER: u32 = 61_002;

fn give(path: &Path, user: u32, mode: u32) {
    chown(path, Some(user), Some(user)).expect("given");
    chmod(path, mode);
}

/// A fetch by the victim, whose program and folders lie where everybody can
/// make files; `None` if we are not root.
fn fetch(mailbox: &Mailbox) -> Option<Program> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let root = mailbox.root();
    for entry in fs::read_dir(root).expect("listed") {
        let path = entry.expect("listed").path();
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        if path != mailbox.store() {
            give(&path, VICTIM, mode);
        }
    }
    chmod(root, 0o1777);
    let built = fs::read(env!("CARGO_BIN_EXE_retr")).expect("read");
    let program = mailbox.program("program", built);
    give(&program, VICTIM, 0o755);
    let program = mailbox.sandbox.command(&program.to_string_lossy());
    let program = mailbox.connecting(program.arg("fetch").user(VICTIM));
    Some(program.args(mailbox.target()).args(["--delete"]))
}

#[test]
fn a_target_of_another_user_is_refused() {
    for kind in Kind::ALL {
        let mailbox = Mailbox::with(&small(2, 1)).kept_in(kind);
        let store = mailbox.store();
        if kind == Kind::Mbox {
            chmod(&mailbox.write("Mail", ""), 0o666);
        } else {
            for folder in ["", "tmp", "new", "cur"].map(|name| store.join(name)) {
                fs::create_dir(&folder).expect("made");
                chmod(&folder, 0o777);
            }
        }
        let Some(program) = fetch(&mailbox) else {
            return;
        };
        // First a stranger's, then one's own with a stranger's part.
        let part = match kind {
            Kind::Maildir => store.join("new"),
            Kind::Archive => store.join("tmp"),
            Kind::Mbox => store.clone(),
        };
        chown(&store, Some(STRANGER), None).expect("given");
        chown(&part, Some(STRANGER), None).expect("given");
        let output = program.run_to(78);
        output.shows("cannot store mail in $SANDBOX/Mail");
        output.shows("it belongs to another user");
        chown(&store, Some(VICTIM), None).expect("given");
        if kind != Kind::Mbox {
            fetch(&mailbox).expect("root").run_to(78);
        }
        assert!(mailbox.stored().is_empty());
        assert_eq!(mailbox.model.left(), 2, "nothing is deleted");
    }
}

/// The holder of the dotlock is waited for, whatever others leave beside it.
#[test]
fn files_beside_a_dotlock_do_not_open_it() {
    let mailbox = Mailbox::with(&small(1, 1)).kept_in(Kind::Mbox);
    let store = mailbox.store();
    fs::write(&store, "").expect("made");
    let Some(program) = fetch(&mailbox) else {
        return;
    };
    give(&store, VICTIM, 0o600);
    let lock = mailbox.write("Mail.lock", "1:elsewhere.example.com\n");
    give(&lock, VICTIM, 0o600);
    for name in ["Mail.lock.0123456789abcdef", "Mail.lock.", "Mail.lock.x"] {
        give(&mailbox.write(name, ""), STRANGER, 0o666);
    }
    program.args(["--timeout", "1s"]).run_to(75);
    assert_eq!(fs::read(&store).expect("read"), b"");
    fs::remove_file(&lock).expect("removed");
    let again = fetch(&mailbox).expect("root");
    give(&store, VICTIM, 0o600);
    again.run_to(0);
    assert!(!lock.exists());
}

/// Whoever runs as the same user cannot look into the memory that holds a
/// password or a token: what is to be seen of the process is root's.
#[test]
fn another_program_of_the_user_cannot_look_into_the_memory() {
    let mailbox = Mailbox::with(&small(1, 1));
    let gate = mailbox.model.gate_at("UIDL");
    let Some(program) = fetch(&mailbox) else {
        return;
    };
    let running = program.start();
    gate.wait_until_reached();
    let memory = format!("/proc/{}/mem", running.pid().as_raw_nonzero());
    let owner = fs::metadata(memory).map(|facts| facts.uid());
    gate.open();
    running.ends_with(0);
    // Where there is no /proc there is nothing to be seen.
    assert_eq!(owner.unwrap_or(0), 0);
}
