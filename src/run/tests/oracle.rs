//! A server that knows the client's disk: at the moment it is asked to delete
//! a message, that message has to be safe; and at QUIT, which makes it delete,
//! the ledger has to know of it.

use super::peer::Act;
use super::*;

/// Fails the test as soon as the server is asked to delete what a power cut
/// could take from this disk, or to quit while one could take the knowledge of
/// what it deletes.
pub(super) fn watch(peer: &Peer, disk: &CrashDisk, kind: Kind, listed: &[Mail]) {
    let (disk, listed) = (disk.clone(), listed.to_vec());
    let mut deleted = Vec::new();
    peer.on_command(move |asked| {
        deleted.retain(|(session, _)| *session == asked.session);
        if asked.line == "QUIT" && !deleted.is_empty() {
            let seen = ledger(&disk.after_crash(Survives::Nothing), "alice");
            for (_, uid) in &deleted {
                let known = seen.get(uid).expect("recorded");
                assert!(known.is_deleted(), "QUIT after DELE of {uid}");
            }
        }
        if let Some(number) = asked.line.strip_prefix("DELE ") {
            let number: usize = number.parse().expect("a number");
            let mail = &listed[number - 1];
            assert!(is_safe(&disk, kind, "alice", mail), "DELE of {mail:?}");
            deleted.push((asked.session, mail.id()));
        }
        Act::Serve
    });
}

#[test]
fn what_the_server_is_asked_to_delete_is_safe() {
    for pipelining in [false, true] {
        for kind in [Kind::Maildir, Kind::Mbox] {
            // More than one batch, so that deletions join the pipeline.
            let all = mails_that_differ(40);
            let disk = disk();
            let peer = Peer::start(all.clone());
            if pipelining {
                peer.announce(&["UIDL", "USER", "PIPELINING"]);
            }
            watch(&peer, &disk, kind, &all);
            let outcome = run_well(&disk, &job(&peer, kind, Disposal::Delete));
            assert_eq!(outcome.summary.deleted, 40);
            assert_eq!(peer.count("DELE"), 40);
            assert!(peer.maildrop().is_empty());
            assert_eq!(kind.read(&disk), stored(&all));
        }
    }
}

pub(super) fn mails_that_differ(count: usize) -> Vec<Mail> {
    let text = |n: usize| format!("Subject: {n}\n\nbody of {n}\n");
    let mail = |n: usize| Mail::new(&format!("u{n}"), text(n).as_bytes());
    (0..count).map(mail).collect()
}

#[test]
fn the_oracle_notices_what_is_not_safe() {
    let mail = &mails(1)[0];
    let disk = disk();
    run_well(
        &disk,
        &job(
            &Peer::start(vec![mail.clone()]),
            Kind::Maildir,
            Disposal::Keep,
        ),
    );
    assert!(is_safe(&disk, Kind::Maildir, "alice", mail));
    assert!(!is_safe(&disk, Kind::Maildir, "bob", mail), "no record");
    let path = disk.files("/home/Mail/new").remove(0);
    disk.shift(&path, Path::new("/home/Mail/tmp/x"));
    assert!(!is_safe(&disk, Kind::Maildir, "alice", mail), "no name");
}
