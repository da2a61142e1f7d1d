//! Connections that break off, at every octet the server sends.

use super::*;

/// Octets of a whole session.
fn session_octets(way: (Kind, Disposal), all: &[Mail]) -> u64 {
    let peer = Peer::start(all.to_vec());
    run_well(&disk(), &job(&peer, way.0, way.1));
    let octets = peer.sent();
    drop(peer);
    octets
}

/// The server's answers up to and with the k-th message, in octets.
fn octets_up_to(all: &[Mail], count: usize, octets: u64) -> u64 {
    let tail: usize = all[count..]
        .iter()
        .map(|mail| "+OK\r\n.\r\n".len() + mail.on_the_wire())
        .sum();
    octets - tail as u64 - "+OK\r\n".len() as u64
}

#[test]
fn what_came_whole_before_a_cut_is_kept_wherever_it_is() {
    let all = mails(3);
    for kind in [Kind::Maildir, Kind::Mbox] {
        let way = (kind, Disposal::Keep);
        let octets = session_octets(way, &all);
        for at in 0..octets {
            let disk = disk();
            let peer = Peer::start(all.clone());
            peer.cut(move |_| Some(at));
            let outcome = run(&disk, &job(&peer, kind, Disposal::Keep));
            let is_in = |n: &usize| *n == 0 || octets_up_to(&all, *n, octets) <= at;
            let whole = (0..=3).rev().find(is_in).expect("0 at least");
            // The answer to QUIT is not waited for where nothing was deleted;
            // and in a second session there is less to send.
            match outcome.summary.exit {
                0 => assert_eq!(kind.read(&disk), stored(&all), "cut at octet {at}"),
                75 => assert!(whole < 3, "cut at octet {at}"),
                exit => panic!("{exit}, cut at octet {at}: {:?}", outcome.error),
            }
            let got = stored(&all[..whole]);
            let here = kind.read(&disk);
            assert!(
                got.iter().all(|message| here.contains(message)),
                "cut at octet {at}"
            );
            assert_none_lost(&disk, kind, &peer.maildrop(), &all);
            assert_recovers(&disk, way, peer.maildrop(), &all);
        }
    }
}

#[test]
fn no_cut_loses_or_doubles_what_is_to_be_deleted() {
    let all = mails(2);
    for kind in [Kind::Maildir, Kind::Mbox] {
        let way = (kind, Disposal::Delete);
        for at in 0..session_octets(way, &all) {
            let disk = disk();
            let peer = Peer::start(all.clone());
            peer.cut(move |_| Some(at));
            let outcome = run(&disk, &job(&peer, kind, Disposal::Delete));
            match outcome.summary.exit {
                0 => assert!(peer.maildrop().is_empty(), "cut at octet {at}"),
                exit => assert_eq!(exit, 75, "cut at octet {at}"),
            }
            assert_none_lost(&disk, kind, &peer.maildrop(), &all);
            assert_recovers(&disk, way, peer.maildrop(), &all);
        }
    }
}

/// What breaks off once, behind the login, is made up for in the same run.
#[test]
fn a_connection_lost_in_the_transfer_is_made_anew_once() {
    let all = mails(3);
    for way in WAYS {
        let (kind, disposal) = way;
        let octets = session_octets(way, &all);
        let first = octets_up_to(
            &all,
            0,
            octets - 5 * 3 * u64::from(disposal == Disposal::Delete),
        );
        for at in (first + 1..octets - 5).step_by(2) {
            let disk = disk();
            let peer = Peer::start(all.clone());
            peer.cut(move |session| (session == 1).then_some(at));
            run_well(&disk, &job(&peer, kind, disposal));
            assert_eq!(kind.read(&disk), stored(&all), "cut at octet {at}");
            assert!(disposal == Disposal::Keep || peer.maildrop().is_empty());
            let retrieved = peer.count("RETR");
            assert!(retrieved <= 4, "{retrieved} retrieved, cut at octet {at}");
        }
    }
}

#[test]
fn a_listing_that_breaks_off_is_never_used() {
    let all = mails(3);
    let disk = disk();
    let peer = Peer::start(all.clone());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    let uidl = "+OK\r\n-ERR what?\r\n+OK\r\n+OK\r\n".len() as u64;
    for at in uidl..uidl + "+OK\r\n1 u0\r\n2 u1\r\n3 u2\r\n.\r".len() as u64 {
        peer.cut(move |_| Some(at));
        let outcome = run(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
        assert_eq!(outcome.summary.exit, 75, "cut at octet {at}");
        assert_eq!(ledger(&disk, "alice").sessions(), 1, "cut at octet {at}");
        assert_eq!(peer.count("DELE"), 0);
    }
    peer.behave();
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    assert_eq!(peer.count("RETR"), 3);
}
