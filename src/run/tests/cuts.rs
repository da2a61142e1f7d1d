//! Connections that break off, at every octet the server sends.

use super::*;

const QUIT: u64 = "+OK\r\n".len() as u64;

/// Octets of a whole session.
fn session_octets((kind, disposal): (Kind, Disposal), all: &[Mail]) -> u64 {
    let place = Place::new(kind, all);
    place.run_well(disposal);
    place.peer.sent_to_the_end()
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
            let place = Place::new(kind, &all);
            place.peer.cut(move |_| Some(at));
            let outcome = place.run(Disposal::Keep);
            // The answer to QUIT is not waited for where nothing was deleted;
            // and in a second session messages are proven one by one.
            match outcome.summary.exit {
                0 => assert_eq!(place.here(), stored(&all), "cut at octet {at}"),
                75 => assert!(at < octets - QUIT, "cut at octet {at}"),
                exit => panic!("{exit}, cut at octet {at}: {:?}", outcome.error),
            }
            ends.check(&place.disk, way, &place.left(), &all);
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
            let place = Place::new(kind, &all);
            place.peer.cut(move |_| Some(at));
            match place.run(Disposal::Delete).summary.exit {
                0 => assert!(place.left().is_empty(), "cut at octet {at}"),
                exit => assert_eq!(exit, 75, "cut at octet {at}"),
            }
            ends.check(&place.disk, way, &place.left(), &all);
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
    for (kind, disposal) in WAYS {
        let octets = session_octets((kind, disposal), &all);
        // DELE of each, and the proof behind it.
        let deletions = match disposal {
            Disposal::Keep => 0,
            _ => 3 * QUIT + stat,
        };
        let proven = octets - QUIT - deletions;
        let first = proven - stat - messages as u64;
        for at in (first + 1..octets - QUIT).step_by(2) {
            let place = Place::new(kind, &all);
            place.peer.cut(move |session| (session == 1).then_some(at));
            place.run_well(disposal);
            assert_eq!(place.here(), stored(&all), "cut at octet {at}");
            assert!(disposal == Disposal::Keep || place.left().is_empty());
            let most = if at >= proven { 3 } else { 6 };
            let retrieved = place.retrieved();
            assert!(retrieved <= most, "{retrieved}, cut at octet {at}");
        }
    }
}

/// A correct server and messages of one size, which nothing tells apart: one
/// batch at most is fetched again, and after a cut at DELE nothing.
#[test]
fn a_cut_costs_one_batch_at_most_though_all_sizes_are_equal() {
    let all = mails_of(300, |n| format!("Subject: {n:03}\n\nx\n"));
    for capabilities in [&["PIPELINING", "UIDL"][..], &["UIDL"]] {
        let place = || {
            let place = Place::mbox(&all);
            place.peer.announce(capabilities);
            place
        };
        let whole = place();
        whole.run_unwatched(Disposal::Keep);
        for back in [Some(20), Some(3_000), Some(6_000), Some(8_000), None] {
            let place = place();
            match back.map(|back| whole.peer.sent() - back) {
                Some(at) => place.peer.cut(move |session| (session == 1).then_some(at)),
                None => place.peer.on_command(|asked| match (asked.session, &*asked.line) {
                    (1, "DELE 100") => Act::Close,
                    _ => Act::Serve,
                }),
            }
            assert_eq!(place.run_unwatched(Disposal::Delete).summary.exit, 0);
            let most = if back.is_some() { 600 } else { 300 };
            assert!(place.retrieved() <= most, "{}", place.retrieved());
            place.assert_moved(&all);
        }
    }
}

// Fault 7.
#[test]
fn a_listing_that_breaks_off_is_never_used() {
    let place = Place::maildir(&mails(3));
    place.run_well(Disposal::Keep);
    let uidl = "+OK\r\n-ERR what?\r\n+OK\r\n+OK\r\n".len() as u64;
    for at in uidl..uidl + "+OK\r\n1 u0\r\n2 u1\r\n3 u2\r\n.\r".len() as u64 {
        place.peer.cut(move |_| Some(at));
        let exit = place.run(Disposal::Delete).summary.exit;
        assert_eq!(exit, 75, "cut at octet {at}");
        let sessions = ledger(&place.disk, "alice").sessions();
        assert_eq!(sessions, 1, "cut at octet {at}");
        assert_eq!(place.peer.count("DELE"), 0);
    }
    place.peer.behave();
    place.run_well(Disposal::Keep);
    assert_eq!(place.retrieved(), 3);
}
