//! Connections that break off, at every octet the server sends.

use super::peer::Act;
use super::*;

/// Octets of a whole session.
fn session_octets(way: (Kind, Disposal), all: &[Mail]) -> u64 {
    let peer = Peer::start(all.to_vec());
    run_well(&disk(), &job(&peer, way.0, way.1));
    peer.sent_to_the_end()
}

/// What came in is kept once the answer to STAT has proven it, and nothing of it
/// before.
// Faults 8 and 21.
#[test]
fn what_is_proven_before_a_cut_is_kept_wherever_it_is() {
    let all = mails(3);
    for kind in [Kind::Maildir, Kind::Mbox] {
        let way = (kind, Disposal::Keep);
        let octets = session_octets(way, &all);
        let mut ends = Ends::default();
        for at in 0..octets {
            let disk = disk();
            let peer = Peer::start(all.clone());
            peer.cut(move |_| Some(at));
            let outcome = run(&disk, &job(&peer, kind, Disposal::Keep));
            // The answer to QUIT is not waited for where nothing was deleted;
            // and in a second session messages are proven one by one.
            let is_proven = at >= octets - "+OK\r\n".len() as u64;
            match outcome.summary.exit {
                0 => assert_eq!(kind.read(&disk), stored(&all), "cut at octet {at}"),
                75 => assert!(!is_proven, "cut at octet {at}"),
                exit => panic!("{exit}, cut at octet {at}: {:?}", outcome.error),
            }
            ends.check(&disk, way, &peer.maildrop(), &all);
        }
    }
}

// Fault 12.
#[test]
fn no_cut_loses_or_doubles_what_is_to_be_deleted() {
    let all = mails(2);
    for kind in [Kind::Maildir, Kind::Mbox] {
        let way = (kind, Disposal::Delete);
        let mut ends = Ends::default();
        for at in 0..session_octets(way, &all) {
            let disk = disk();
            let peer = Peer::start(all.clone());
            peer.cut(move |_| Some(at));
            let outcome = run(&disk, &job(&peer, kind, Disposal::Delete));
            match outcome.summary.exit {
                0 => assert!(peer.maildrop().is_empty(), "cut at octet {at}"),
                exit => assert_eq!(exit, 75, "cut at octet {at}"),
            }
            ends.check(&disk, way, &peer.maildrop(), &all);
        }
    }
}

/// What breaks off once, behind the login, is made up for in the same run; what
/// was proven is not retrieved again.
// Case 50, Q35.
#[test]
fn a_connection_lost_in_the_transfer_is_made_anew_once() {
    let all = mails(3);
    let messages: usize = all.iter().map(|mail| mail.answer().len()).sum();
    let stat = "+OK 3 99\r\n".len() as u64;
    for way in WAYS {
        let (kind, disposal) = way;
        let octets = session_octets(way, &all);
        let quit = "+OK\r\n".len() as u64;
        // DELE of each, and the proof behind it.
        let deletions = match disposal {
            Disposal::Keep => 0,
            _ => 3 * quit + stat,
        };
        let proven = octets - quit - deletions;
        let first = proven - stat - messages as u64;
        for at in (first + 1..octets - quit).step_by(2) {
            let disk = disk();
            let peer = Peer::start(all.clone());
            peer.cut(move |session| (session == 1).then_some(at));
            run_well(&disk, &job(&peer, kind, disposal));
            assert_eq!(kind.read(&disk), stored(&all), "cut at octet {at}");
            assert!(disposal == Disposal::Keep || peer.maildrop().is_empty());
            let most = if at >= proven { 3 } else { 6 };
            let retrieved = peer.count("RETR");
            assert!(
                retrieved <= most,
                "{retrieved} retrieved, cut at octet {at}"
            );
        }
    }
}

/// A correct server and messages of one size, which nothing tells apart: one
/// batch at most is fetched again, and after a cut at DELE nothing.
#[test]
fn a_cut_costs_one_batch_at_most_though_all_sizes_are_equal() {
    let mail = |n: usize| {
        Mail::new(
            &format!("u{n}"),
            format!("Subject: {n:03}\n\nx\n").as_bytes(),
        )
    };
    let all: Vec<Mail> = (0..300).map(mail).collect();
    for pipelined in [true, false] {
        let capabilities: &[&str] = if pipelined {
            &["PIPELINING", "UIDL"]
        } else {
            &["UIDL"]
        };
        let whole = Peer::start(all.clone());
        whole.announce(capabilities);
        run_unwatched(&disk(), &job(&whole, Kind::Mbox, Disposal::Keep));
        for back in [20, 3_000, 6_000, 8_000] {
            let at = whole.sent() - back;
            let disk = disk();
            let peer = Peer::start(all.clone());
            peer.announce(capabilities);
            peer.cut(move |session| (session == 1).then_some(at));
            let job = job(&peer, Kind::Mbox, Disposal::Delete);
            assert_eq!(run_unwatched(&disk, &job).summary.exit, 0);
            assert!(
                peer.count("RETR") <= 600,
                "{} retrieved",
                peer.count("RETR")
            );
            assert_eq!(Kind::Mbox.read(&disk), stored(&all));
            assert!(peer.maildrop().is_empty());
        }
        let disk = disk();
        let peer = Peer::start(all.clone());
        peer.announce(capabilities);
        peer.on_command(|asked| match (asked.session, asked.line.as_str()) {
            (1, "DELE 100") => Act::Close,
            _ => Act::Serve,
        });
        let job = job(&peer, Kind::Mbox, Disposal::Delete);
        assert_eq!(run_unwatched(&disk, &job).summary.exit, 0);
        assert_eq!(peer.count("RETR"), 300);
        assert!(peer.maildrop().is_empty());
    }
}

// Fault 7.
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
