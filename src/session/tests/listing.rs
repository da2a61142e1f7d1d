use super::*;
use crate::base::{Class, Uid};

fn uids(script: &[&str]) -> crate::session::UidList {
    let stage = Stage::after_login(&[&["C UIDL", "S +OK"], script, &["S ."]].concat());
    let access = access(Auth::User);
    let mut session = logged_in(&stage, &access, &[]);
    session.uidl().expect("a listing")
}

fn pairs(list: &crate::session::UidList) -> Vec<(u32, String)> {
    let entries = list.listing.entries().iter();
    entries.map(|e| (e.number.get(), e.uid.encode())).collect()
}

/// Cases 25, 27, 28 and 29.
// Q14.
#[test]
fn uids_are_taken_as_they_are() {
    let long = "u".repeat(300);
    let line = format!("S 9 {long}");
    let list = uids(&["S 7 x y z", "S 1   abc", "S +OK 3 def", "S 8 #/../é", &line]);
    assert_eq!(
        pairs(&list),
        [
            (1, "abc".into()),
            (3, "def".into()),
            (7, "x%20y%20z".into()),
            (8, "#/../%C3%A9".into()),
            (9, long),
        ]
    );
    assert_eq!(list.nonsense, 0);
}

/// Cases 26, 30, 31 and 32.
#[test]
fn odd_lines_stop_nothing() {
    let long = format!("S 6 {}", "u".repeat(2000));
    let list = uids(&[
        "S 1 a | S 2  | S 2 | S 3 a | S 4 x | S 4 y | S 0 z | S 99999999999 z | S abc u",
        &long,
    ]);
    assert_eq!(
        pairs(&list),
        [(1, "a".into()), (3, "a".into()), (4, "y".into())]
    );
    assert_eq!(list.without_uid, [number(2), number(6)]);
    assert_eq!(list.nonsense, 4, "a doubled number is one");
}

/// Case 37.
#[test]
fn an_empty_maildrop_is_a_listing_once_stat_says_so() {
    for (stat, is_believed) in [("S +OK 0 0", true), ("S +OK 1 9", false), ("S +OK", false)] {
        let stage = Stage::after_login(&["C UIDL", "S +OK", "S .", "C STAT", stat]);
        let access = access(Auth::User);
        let listed = logged_in(&stage, &access, &[]).uidl();
        assert_eq!(
            listed.is_ok_and(|list| list.is_empty()),
            is_believed,
            "{stat}"
        );
    }
}

/// Cases 33 and 35.
// Q5.
#[test]
fn a_refused_uidl_tells_whether_it_was_announced() {
    let refusal = ["C UIDL", "S -ERR no"];
    for (before, after, class) in [
        (&["UIDL"][..], &[][..], Class::Temporary),
        (&[], &["UIDL"], Class::Temporary),
        (&["USER"], &[], Class::Unavailable),
    ] {
        let capa = |lines: &[&'static str]| {
            let mut script = vec!["C CAPA".to_owned(), "S +OK".to_owned()];
            script.extend(lines.iter().map(|line| format!("S {line}")));
            script.push("S .".to_owned());
            script
        };
        let mut script: Vec<String> = vec!["TLS".into(), "S +OK".into()];
        script.extend(capa(before));
        let login = ["C USER alice", "S +OK", "C PASS wonder land", "S +OK"];
        script.extend(login.map(String::from));
        script.extend(capa(after));
        script.extend(refusal.map(String::from));
        let script: Vec<&str> = script.iter().map(String::as_str).collect();
        let stage = Stage::new(&script);
        let access = access(Auth::User);
        let mut session = open(&stage, &access, Hints::default()).expect("a session");
        session.capabilities().expect("an answer");
        let error = failed(session.uidl());
        assert_eq!(error.class(), class);
        assert_eq!(
            told(&error),
            "pop.example.com:995: UIDL was refused: \"no\""
        );
        let announced = class == Class::Temporary;
        assert!(matches!(error, Error::UidlRefused { announced: a, .. } if a == announced));
        drop(session);
        stage.assert_played();
    }
}

#[test]
fn what_hints_say_of_uidl_is_checked_before_it_is_believed() {
    let script = ["C UIDL", "S -ERR no", "C CAPA", "S +OK", "S USER", "S ."];
    let login = ["TLS | S +OK | C USER alice | S +OK | C PASS wonder land | S +OK"];
    let stage = Stage::new(&[&login[..], &script].concat());
    let access = access(Auth::User);
    let mut session = open(&stage, &access, hints(&["USER"], &["UIDL"])).expect("a session");
    let error = failed(session.uidl());
    assert_eq!(error.class(), Class::Unavailable);
    assert_eq!(session.hints().after_login, Some(vec!["USER".to_owned()]));
    drop(session);
    stage.assert_played();
}

#[test]
fn a_code_at_a_refused_uidl_counts() {
    let stage = Stage::after_login(&["C UIDL", "S -ERR [SYS/TEMP] x", "C CAPA", "S -ERR"]);
    let access = access(Auth::User);
    let mut session = logged_in(&stage, &access, &[]);
    assert_eq!(failed(session.uidl()).class(), Class::Temporary);
}

/// Case 36.
#[test]
fn a_listing_cut_short_is_none() {
    for chunk in [1, usize::MAX] {
        let stage = Stage::after_login(&["C UIDL", "S +OK", "S 1 a", "S: 2 b\r\n.", "EOF"]);
        let stage = stage.chunk(chunk);
        let access = access(Auth::User);
        let mut session = logged_in(&stage, &access, &[]);
        let error = failed(session.uidl());
        assert_eq!(
            told(&error),
            "pop.example.com:995: UIDL failed: the server closed the connection"
        );
    }
}

/// Cases 21, 22 and 23.
#[test]
fn sizes_are_hints() {
    let stage = Stage::after_login(&[
        "C LIST | S +OK | S 1 -1 | S 2 4294967400 | S 3 abc | S 4   7\textra | S x | S .",
        "C LIST | S -ERR no",
    ]);
    let access = access(Auth::User);
    let mut session = logged_in(&stage, &access, &[]);
    assert_eq!(
        session.list().expect("an answer").expect("a listing"),
        [
            (number(1), None),
            (number(2), Some(4_294_967_400)),
            (number(3), None),
            (number(4), Some(7)),
        ]
    );
    assert_eq!(session.list().expect("an answer"), None);
}

/// Case 24.
// Q17.
#[test]
fn stat_counts_or_says_nonsense() {
    let stage = Stage::after_login(&[
        "C STAT",
        "S +OK 2 320 x",
        "C STAT",
        "S +OK 3 -17 bytes",
        "C STAT",
        "S +OK 3 octets",
        "C STAT",
        "S -ERR",
    ]);
    let access = access(Auth::User);
    let mut session = logged_in(&stage, &access, &[]);
    assert_eq!(session.stat().expect("counts"), (2, Some(320)));
    assert_eq!(session.stat().expect("counts"), (3, None));
    assert_eq!(
        told(&failed(session.stat())),
        "pop.example.com:995: STAT failed: the server's answer to STAT makes no sense: \"3 octets\""
    );
    assert_eq!(failed(session.stat()).class(), Class::Protocol);
}

#[test]
fn uidl_and_list_share_a_flight_where_that_is_known_to_work() {
    let replies = ["S +OK", "S 1 a", "S .", "S +OK", "S 1 9", "S ."];
    for chunk in [1, 5, usize::MAX] {
        let stage =
            Stage::after_login(&[&["C UIDL", "C LIST"], &replies[..]].concat()).chunk(chunk);
        let access = access(Auth::User);
        let mut session = logged_in(&stage, &access, &["PIPELINING"]);
        let (uids, sizes) = session.uidl_and_list().expect("listings");
        assert_eq!(
            uids.listing.entries()[0].uid,
            Uid::new(b"a").expect("valid")
        );
        assert_eq!(sizes, Some(vec![(number(1), Some(9))]));
        assert_eq!(stage.writes().last().expect("one"), "UIDL\r\nLIST\r\n");
    }
    for script in [
        &["C UIDL", "S +OK", "S 1 a", "S .", "C LIST", "S +OK", "S ."][..],
        // Of nothing no size is asked.
        &["C UIDL", "S +OK", "S .", "C STAT", "S +OK 0 0"],
    ] {
        let mut stage = Stage::after_login(script);
        stage.lockstep = true;
        let access = access(Auth::User);
        let mut session = logged_in(&stage, &access, &["TOP"]);
        session.uidl_and_list().expect("listings");
        drop(session);
        stage.assert_played();
    }
}

#[test]
fn a_refused_uidl_in_a_flight_takes_the_listing_of_sizes_along() {
    let stage =
        Stage::after_login(&["C UIDL | C LIST | S -ERR | S +OK | S 1 9 | S . | C CAPA | S -ERR"]);
    let access = access(Auth::User);
    let mut session = logged_in(&stage, &access, &["PIPELINING"]);
    assert!(matches!(
        failed(session.uidl_and_list()),
        Error::UidlRefused { .. }
    ));
}

/// Cases 43 and 44.
// Q6.
#[test]
fn pipelining_is_what_the_server_says_after_the_login() {
    let script = |answer: &'static [&str]| {
        let head = ["TLS | S +OK | C CAPA | S +OK | S TOP | S PIPELINING | S ."];
        let login = ["C USER alice | C PASS wonder land | S +OK | S +OK | C CAPA"];
        [&head[..], &login, answer].concat()
    };
    for (answer, pipelined) in [
        (&["S -ERR"][..], false),
        (&["S +OK", "S UIDL", "S ."], false),
        (&["S +OK", "S PIPELINING", "S ."], true),
    ] {
        let stage = Stage::new(&script(answer));
        let access = access(Auth::User);
        let mut session = open(&stage, &access, Hints::default()).expect("a session");
        session.settle_pipelining().expect("an answer");
        session.settle_pipelining().expect("no second question");
        assert_eq!(session.is_pipelined(), pipelined);
        assert_eq!(session.facts().capabilities.has("PIPELINING"), pipelined);
        assert!(session.facts().capabilities.has("TOP"));
        assert!(session.hints().after_login.is_some());
        drop(session);
        stage.assert_played();
    }
}

#[test]
fn whoever_asks_for_sizes_settles_pipelining_in_the_same_flight() {
    let login = ["C USER alice", "C PASS wonder land", "S +OK", "S +OK"];
    let capa = ["S +OK", "S PIPELINING", "S ."];
    let sizes = ["S +OK", "S 1 9", "S ."];
    let head = ["TLS", "S +OK", "C CAPA"];
    let flight = ["C CAPA", "C LIST"];
    let script = [&head[..], &capa, &login, &flight, &capa, &sizes].concat();
    let stage = Stage::new(&script);
    let access = access(Auth::User);
    let mut session = open(&stage, &access, Hints::default()).expect("a session");
    let listed = session.list().expect("sizes");
    assert_eq!(listed, Some(vec![(number(1), Some(9))]));
    assert_eq!(stage.writes().last().expect("one"), "CAPA\r\nLIST\r\n");
    session.settle_pipelining().expect("nothing asked");
    assert!(session.is_pipelined());
    drop(session);
    stage.assert_played();
}

/// At the first contact one flight tells all of the maildrop; and LIST that lists
/// nothing proves that there is nothing.
#[test]
fn ids_sizes_and_capabilities_come_in_one_flight() {
    let login = ["C USER alice", "C PASS wonder land", "S +OK", "S +OK"];
    let capa = ["S +OK", "S PIPELINING", "S ."];
    let head = ["TLS", "S +OK", "C CAPA"];
    let flight = ["C UIDL", "C CAPA", "C LIST"];
    for (uids, sizes) in [(&["S 1 a"][..], &["S 1 9"][..]), (&[], &[])] {
        let block = |lines: &[&'static str]| [&["S +OK"][..], lines, &["S ."]].concat();
        let (uids, sizes) = (block(uids), block(sizes));
        let script = [&head[..], &capa, &login, &flight, &uids, &capa, &sizes].concat();
        let stage = Stage::new(&script);
        let access = access(Auth::User);
        let mut session = open(&stage, &access, Hints::default()).expect("a session");
        assert!(session.lists_at_once());
        let (uids, sizes) = session.uidl_and_list().expect("listings");
        assert_eq!(Some(uids.listing.len()), sizes.map(|sizes| sizes.len()));
        assert_eq!(
            stage.writes().last().expect("one"),
            "UIDL\r\nCAPA\r\nLIST\r\n"
        );
        assert!(session.is_pipelined());
        drop(session);
        stage.assert_played();
    }
}

// Q36.
#[test]
fn where_pipelining_is_settled_nothing_is_asked() {
    for (pipelining, after, pipelined) in [
        (Pipelining::Auto, Some(&["PIPELINING"][..]), true),
        (Pipelining::Auto, Some(&["UIDL"]), false),
        (Pipelining::Off, None, false),
        (Pipelining::On, None, true),
    ] {
        let script = match pipelining {
            Pipelining::On => &["TLS | S +OK | C USER alice | C PASS wonder land | S +OK | S +OK"],
            _ => &["TLS | S +OK | C USER alice | S +OK | C PASS wonder land | S +OK"],
        };
        let stage = Stage::new(script);
        let access = Access {
            pipelining,
            ..access(Auth::User)
        };
        let mut hints = hints(&["UIDL"], after.unwrap_or_default());
        hints.after_login = hints.after_login.filter(|_| after.is_some());
        let mut session = open(&stage, &access, hints).expect("a session");
        session.settle_pipelining().expect("nothing asked");
        assert_eq!(session.is_pipelined(), pipelined);
    }
}

#[test]
fn a_server_that_hangs_up_on_capa_after_the_login_is_remembered() {
    let script = ["TLS | S +OK | C USER alice | S +OK | C PASS wonder land | S +OK | C CAPA | EOF"];
    let stage = Stage::new(&script);
    let access = access(Auth::User);
    let mut hints = hints(&["UIDL"], &[]);
    hints.after_login = None;
    let mut session = open(&stage, &access, hints).expect("a session");
    let error = session.settle_pipelining().expect_err("hung up");
    let mut hints = session.hints();
    assert!(hints.learn(&error), "news");
    assert!(hints.no_capa_after_login && !hints.no_capa && !hints.lockstep);
    assert!(!hints.learn(&error), "known");
}
