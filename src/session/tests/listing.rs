use super::*;
use crate::session::UidList;

fn uids(lines: &str) -> UidList {
    let stage = Stage::after_login(&format!("C UIDL | S +OK | {lines} | S ."));
    logged_in(&stage, &[]).uidl().expect("a listing")
}

/// Numbers and ids, encoded.
fn pairs(list: &UidList) -> String {
    let entries = list.listing.entries().iter();
    let pairs = entries.map(|e| format!("{} {}", e.number, e.uid.encode()));
    pairs.collect::<Vec<_>>().join(", ")
}

/// Cases 25, 27, 28 and 29.
// Q14.
#[test]
fn uids_are_taken_as_they_are() {
    let long = "u".repeat(300);
    let list = uids(&format!("S 7 x y z | S 1   abc | S +OK 3 def | S 8 #/../é | S 9 {long}"));
    let taken = format!("1 abc, 3 def, 7 x%20y%20z, 8 #/../%C3%A9, 9 {long}");
    assert_eq!((pairs(&list), list.nonsense), (taken, 0));
}

/// Cases 26, 30, 31 and 32.
#[test]
fn odd_lines_stop_nothing() {
    let list = uids(&format!(
        "S 1 a | S 2  | S 2 | S 3 a | S 4 x | S 4 y | S 0 z | S 99999999999 z | S abc u | S 6 {}",
        "u".repeat(2000)
    ));
    assert_eq!(pairs(&list), "1 a, 3 a, 4 y");
    assert_eq!(list.without_uid, [number(2), number(6)]);
    assert_eq!(list.nonsense, 4, "a doubled number is one");
}

/// Case 37.
#[test]
fn an_empty_maildrop_is_a_listing_once_stat_says_so() {
    for (stat, is_believed) in [("+OK 0 0", true), ("+OK 1 9", false), ("+OK", false)] {
        let stage = Stage::after_login(&format!("C UIDL | S +OK | S . | C STAT | S {stat}"));
        let listed = logged_in(&stage, &[]).uidl();
        let is_empty = listed.is_ok_and(|list| list.is_empty());
        assert_eq!(is_empty, is_believed, "{stat}");
    }
}

/// Cases 33 and 35.
// Q5.
#[test]
fn a_refused_uidl_tells_whether_it_was_announced() {
    for (before, after, class) in [
        ("S UIDL", "", Class::Temporary),
        ("", "S UIDL", Class::Temporary),
        ("S USER", "", Class::Unavailable),
    ] {
        let stage = Stage::new(&format!(
            "TLS | S +OK | C CAPA | S +OK | {before} | S . | {LOGIN} | C CAPA | S +OK | {after} | S . | \
             C UIDL | S -ERR no"
        ));
        let mut session = opened(&stage, access(Auth::User));
        session.capabilities().expect("an answer");
        let error = failed(session.uidl());
        assert_told(&error, class, "UIDL was refused: \"no\"");
        let announced = class == Class::Temporary;
        assert!(matches!(error, Error::UidlRefused { announced: a, .. } if a == announced));
    }
}

#[test]
fn what_hints_say_of_uidl_is_checked_before_it_is_believed() {
    let stage = Stage::after_login("C UIDL | S -ERR no | C CAPA | S +OK | S USER | S .");
    let mut session = open(&stage, access(Auth::User), hints(&["USER"], &["UIDL"])).expect("in");
    assert_eq!(failed(session.uidl()).class(), Class::Unavailable);
    assert_eq!(session.hints().after_login, Some(vec!["USER".to_owned()]));
}

#[test]
fn a_code_at_a_refused_uidl_counts() {
    let stage = Stage::after_login("C UIDL | S -ERR [SYS/TEMP] x | C CAPA | S -ERR");
    let error = failed(logged_in(&stage, &[]).uidl());
    assert_eq!(error.class(), Class::Temporary);
}

/// Case 36.
#[test]
fn a_listing_cut_short_is_none() {
    for chunk in [1, usize::MAX] {
        let stage = Stage::after_login("C UIDL | S +OK | S 1 a | S: 2 b\r\n. | EOF");
        let stage = stage.with(|it| it.chunk = chunk);
        let error = failed(logged_in(&stage, &[]).uidl());
        let text = "UIDL failed: the server closed the connection";
        assert_eq!(told(&error), text);
    }
}

/// Cases 21, 22 and 23.
#[test]
fn sizes_are_hints() {
    let stage = Stage::after_login(
        "C LIST | S +OK | S 1 -1 | S 2 4294967400 | S 3 abc | S 4   7\textra | S x | S . | \
         C LIST | S -ERR no",
    );
    let mut session = logged_in(&stage, &[]);
    let sizes = [(1, None), (2, Some(4_294_967_400)), (3, None), (4, Some(7))];
    let sizes = sizes.map(|(n, size)| (number(n), size)).to_vec();
    assert_eq!(session.list().expect("an answer"), Some(sizes));
    assert_eq!(session.list().expect("an answer"), None);
}

/// Case 24.
// Q17.
#[test]
fn stat_counts_or_says_nonsense() {
    let stage = Stage::after_login(
        "C STAT | S +OK 2 320 x | C STAT | S +OK 3 -17 bytes | C STAT | S +OK 3 octets | C STAT | S -ERR",
    );
    let mut session = logged_in(&stage, &[]);
    assert_eq!(session.stat().expect("counts"), (2, Some(320)));
    assert_eq!(session.stat().expect("counts"), (3, None));
    let text = "STAT failed: the server's answer to STAT makes no sense: \"3 octets\"";
    assert_eq!(told(&failed(session.stat())), text);
    assert_eq!(failed(session.stat()).class(), Class::Protocol);
}

#[test]
fn uidl_and_list_share_a_flight_where_that_is_known_to_work() {
    for chunk in [1, 5, usize::MAX] {
        let stage =
            Stage::after_login("C UIDL | C LIST | S +OK | S 1 a | S . | S +OK | S 1 9 | S .");
        let stage = stage.with(|it| it.chunk = chunk);
        let mut session = logged_in(&stage, &["PIPELINING"]);
        let (uids, sizes) = session.uidl_and_list().expect("listings");
        assert_eq!(pairs(&uids), "1 a");
        assert_eq!(sizes, Some(vec![(number(1), Some(9))]));
        assert_eq!(stage.last_write(), "UIDL\r\nLIST\r\n");
    }
    for script in [
        "C UIDL | S +OK | S 1 a | S . | C LIST | S +OK | S .",
        // Of nothing no size is asked.
        "C UIDL | S +OK | S . | C STAT | S +OK 0 0",
    ] {
        let stage = Stage::after_login(script).with(|it| it.lockstep = true);
        let mut session = logged_in(&stage, &["TOP"]);
        session.uidl_and_list().expect("listings");
    }
}

#[test]
fn a_refused_uidl_in_a_flight_takes_the_listing_of_sizes_along() {
    let stage =
        Stage::after_login("C UIDL | C LIST | S -ERR | S +OK | S 1 9 | S . | C CAPA | S -ERR");
    let error = failed(logged_in(&stage, &["PIPELINING"]).uidl_and_list());
    assert!(matches!(error, Error::UidlRefused { .. }));
}

const CAPA: &str = "S +OK | S PIPELINING | S .";

/// Where pipelining is announced before the login; what follows it.
fn pipelined(then: &str) -> Stage {
    let capa = "C CAPA | S +OK | S TOP | S PIPELINING | S .";
    Stage::new(&format!("TLS | S +OK | {capa} | {PIPELINED_LOGIN} | {then}"))
}

/// Cases 43 and 44.
// Q6.
#[test]
fn pipelining_is_what_the_server_says_after_the_login() {
    for (answer, is_pipelined) in [("S -ERR", false), ("S +OK | S UIDL | S .", false), (CAPA, true)]
    {
        let stage = pipelined(&format!("C CAPA | {answer}"));
        let mut session = opened(&stage, access(Auth::User));
        session.settle_pipelining().expect("an answer");
        session.settle_pipelining().expect("no second question");
        assert_eq!(session.is_pipelined(), is_pipelined);
        assert_eq!(session.facts().capabilities.has("PIPELINING"), is_pipelined);
        assert!(session.facts().capabilities.has("TOP"));
        assert!(session.hints().after_login.is_some());
    }
}

#[test]
fn whoever_asks_for_sizes_settles_pipelining_in_the_same_flight() {
    let stage = pipelined(&format!("C CAPA | C LIST | {CAPA} | S +OK | S 1 9 | S ."));
    let mut session = opened(&stage, access(Auth::User));
    let listed = session.list().expect("sizes");
    assert_eq!(listed, Some(vec![(number(1), Some(9))]));
    assert_eq!(stage.last_write(), "CAPA\r\nLIST\r\n");
    session.settle_pipelining().expect("nothing asked");
    assert!(session.is_pipelined());
}

/// At the first contact one flight tells all of the maildrop; and LIST that lists
/// nothing proves that there is nothing.
#[test]
fn ids_sizes_and_capabilities_come_in_one_flight() {
    for (uids, sizes) in [("S 1 a", "S 1 9"), ("", "")] {
        let flight = "C UIDL | C CAPA | C LIST";
        let stage =
            pipelined(&format!("{flight} | S +OK | {uids} | S . | {CAPA} | S +OK | {sizes} | S ."));
        let mut session = opened(&stage, access(Auth::User));
        assert!(session.lists_at_once());
        let (uids, sizes) = session.uidl_and_list().expect("listings");
        assert_eq!(Some(uids.listing.len()), sizes.map(|sizes| sizes.len()));
        assert_eq!(stage.last_write(), "UIDL\r\nCAPA\r\nLIST\r\n");
        assert!(session.is_pipelined());
    }
}

// Q36.
#[test]
fn where_pipelining_is_settled_nothing_is_asked() {
    for (pipelining, after, pipelined) in [
        (Pipelining::Auto, Some("PIPELINING"), true),
        (Pipelining::Auto, Some("UIDL"), false),
        (Pipelining::Off, None, false),
        (Pipelining::On, None, true),
    ] {
        let login = match pipelining {
            Pipelining::On => PIPELINED_LOGIN,
            _ => LOGIN,
        };
        let stage = Stage::new(&format!("TLS | S +OK | {login}"));
        let access = access_with(Auth::User, |it| it.pipelining = pipelining);
        let mut hints = hints(&["UIDL"], &[]);
        hints.after_login = after.map(|line| vec![line.to_owned()]);
        let mut session = open(&stage, access, hints).expect("a session");
        session.settle_pipelining().expect("nothing asked");
        assert_eq!(session.is_pipelined(), pipelined);
    }
}

#[test]
fn a_server_that_hangs_up_on_capa_after_the_login_is_remembered() {
    let stage = Stage::after_login("C CAPA | EOF");
    let mut hints = hints(&["UIDL"], &[]);
    hints.after_login = None;
    let mut session = open(&stage, access(Auth::User), hints).expect("a session");
    let error = session.settle_pipelining().expect_err("hung up");
    let mut hints = session.hints();
    assert!(hints.learn(&error), "news");
    assert!(hints.no_capa_after_login && !hints.no_capa && !hints.lockstep);
    assert!(!hints.learn(&error), "known");
}
