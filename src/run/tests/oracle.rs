//! A server that knows the client's disk: at the moment it is asked to delete
//! a message, that message has to be safe; and at QUIT, which makes it delete,
//! the ledger has to know of it.

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
            let place = Place::new(kind, &all);
            if pipelining {
                place.peer.pipelines();
            }
            watch(&place.peer, &place.disk, kind, &all);
            assert_eq!(place.run_well(Disposal::Delete).summary.deleted, 40);
            assert_eq!(place.peer.count("DELE"), 40);
            place.assert_moved(&all);
        }
    }
}

#[test]
fn the_oracle_notices_what_is_not_safe() {
    let mail = &mails(1)[0];
    let place = Place::maildir(std::slice::from_ref(mail));
    place.run_well(Disposal::Keep);
    let is_safe = |user| is_safe(&place.disk, Kind::Maildir, user, mail);
    assert!(is_safe("alice"));
    assert!(!is_safe("bob"), "no record");
    let path = place.disk.files("/home/Mail/new").remove(0);
    place.disk.shift(&path, Path::new("/home/Mail/tmp/x"));
    assert!(!is_safe("alice"), "no name");
}
