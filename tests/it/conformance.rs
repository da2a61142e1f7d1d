//! Conformance cases and quirks that show only from end to end.

use std::thread;
use std::time::Duration;

use retr::plan::Disposal;

use crate::support::direct::Direct;
use crate::support::model::{Act, Setup};
use crate::support::scripted::Scripted;

/// Up to the login, without CAPA.
const LOGIN: &str = "S: +OK\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS sesame\nS: +OK\n";

/// One message is listed.
const ONE: &str = "C: UIDL\nS: +OK\nS: 1 u1\nS: .\nC: LIST\nS: +OK\nS: 1 20\nS: .\n";

fn play(sessions: &[&str]) -> (Scripted, Direct) {
    let sessions: Vec<String> = sessions.iter().map(|s| format!("{LOGIN}{s}")).collect();
    let server = Scripted::play_text(&sessions.join("---\n"));
    let direct = Direct::to(server.port());
    (server, direct)
}

/// Case 13, Q24: the dot is text, and the silence behind it the end.
#[test]
fn a_dot_behind_text_ends_no_message() {
    let retr = format!("{ONE}C: RETR 1\nS: +OK\nS: Subject: a\nS:\nS: text.\nC-close\n");
    let (_server, mut direct) = play(&[&retr, &retr]);
    direct.account.access.timeout = Duration::from_millis(300);
    let told = direct.fetch().ends(75);
    assert_eq!(told.outcome.summary.stored, 0);
    assert!(direct.stored().is_empty());
    assert!(told.error().contains("RETR 1"), "{}", told.error());
}

/// Case 16: what came is not proven, so it is fetched again.
// Fault 11.
#[test]
fn a_cut_right_behind_the_last_message_loses_none() {
    let retr = format!("{ONE}C: RETR 1\nS: +OK\nS: a\nS: .\n");
    let cut = format!("{retr}S-close\n");
    let whole = format!("{retr}C: STAT\nS: +OK 1 3\n");
    let (_server, direct) = play(&[&cut, &format!("{whole}C: QUIT\nS: +OK\n")]);
    let told = direct.fetch().well();
    assert_eq!(told.outcome.summary.stored, 1);

    // Behind the proof, another session deletes it, without a second RETR.
    let cut = format!("{whole}S-close\n");
    let again = format!("{ONE}C: DELE 1\nS: +OK\nC: STAT\nS: +OK 0 0\nC: QUIT\nS: +OK\n");
    let (_server, mut direct) = play(&[&cut, &again]);
    direct.policy.disposal = Disposal::Delete;
    let told = direct.fetch().well();
    assert_eq!(told.outcome.summary.stored, 1);
    assert_eq!(told.outcome.summary.deleted, 1);
}

/// The server goes away for good: the run tells what it was cut off from, not
/// that nobody answers any more.
#[test]
fn a_server_that_dies_in_mid_run_is_told_as_a_lost_connection() {
    let (server, direct) = play(&[&format!("{ONE}C: RETR 1\nS: +OK\nS: a\nS-close\n")]);
    let told = direct.fetch().ends(75);
    let error = told.error();
    assert!(error.contains("RETR 1 failed"), "{error}");
    drop(server);
}

/// Case 18: a refusal in front of the end says nothing of the message.
// Q22.
#[test]
fn a_message_refused_with_a_goodbye_is_tried_again() {
    let three = "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: 3 c\nS: .\nC: LIST\nS: -ERR\n";
    let first =
        format!("{three}C: RETR 1\nS: +OK\nS: a\nS: .\nC: RETR 2\nS: -ERR [SYS/TEMP] x\nS-close\n");
    // One by one.
    let rest: String = ["a", "b", "c"]
        .iter()
        .zip(1..)
        .map(|(text, n)| format!("C: RETR {n}\nS: +OK\nS: {text}\nS: .\nC: STAT\nS: +OK 3 9\n"))
        .collect();
    let second = format!("{three}{rest}C: QUIT\nS: +OK\n");
    let (_server, direct) = play(&[&first, &second]);
    let told = direct.fetch().ends(0);
    assert!(told.failed().is_empty());
    assert_eq!(direct.stored(), [b"a\n", b"b\n", b"c\n"]);
}

/// Case 54, Q21: a tarpit.
#[test]
fn nothing_is_said_before_the_greeting() {
    let (model, direct) = Direct::on(Setup::default(), 1);
    let gate = model.gate_behind(0);
    thread::scope(|scope| {
        let fetching = scope.spawn(|| direct.fetch());
        gate.wait_until_reached();
        assert_eq!(model.lines(), Vec::<String>::new());
        gate.open();
        fetching.join().expect("fetch").well();
    });
}

/// Another client may have removed it since it was listed. Only where TOP is
/// not announced, and refused for several, is it missing.
#[test]
fn a_header_that_cannot_be_had_ends_no_list() {
    for (capa, refused, rows) in [
        (false, &["TOP 1"][..], Some(4)),
        (false, &["TOP 1", "TOP 2", "TOP 4"], Some(2)),
        (false, &["TOP 1", "TOP 2", "TOP 3"], None),
        (true, &["TOP 1", "TOP 2", "TOP 3"], Some(2)),
        (true, &["TOP"], Some(0)),
    ] {
        let (model, direct) = Direct::on(Setup::default().capa(capa), 5);
        model.on_command(move |line| {
            let is_refused = refused.iter().any(|word| line.text.starts_with(word));
            let act = is_refused.then(|| Act::say("-ERR no such message"));
            act.unwrap_or(Act::Serve)
        });
        let told = direct.list(true).ends(if rows.is_some() { 76 } else { 69 });
        assert_eq!(told.rows(), rows.unwrap_or(0), "{refused:?}");
        let failed = rows.map_or(0, |rows| 5 - rows);
        assert_eq!(told.failed().len(), failed, "{refused:?}");
        assert_eq!(model.count("RETR"), 0);
    }
}

/// Case 97, Q33.
#[test]
fn without_top_a_list_says_so_and_retrieves_nothing() {
    let (model, direct) = Direct::on(Setup::default().capa(false), 2);
    model.answer("TOP", "-ERR unknown command");
    let told = direct.list(true).ends(69);
    let error = "the server refuses TOP, which shows headers without retrieving messages: \
                 \"unknown command\"";
    assert_eq!(told.error(), error);
    assert_eq!(direct.list(false).well().rows(), 2);
    let shown = direct.show(&["1"], retr::run::View::Headers);
    assert_eq!(shown.ends(76).failed().len(), 1);
    assert_eq!(model.count("RETR"), 0);
}

/// Case 99: the number means a message of the same session.
#[test]
fn deleting_reads_the_ids_in_its_own_session() {
    let (model, direct) = Direct::on(Setup::default(), 3);
    let uid = String::from_utf8(model.maildrop().messages()[1].uid.clone()).expect("UTF-8");
    let left = model.maildrop().messages().split_off(1);
    model.maildrop().set(left);
    let told = direct.delete(&[&format!("uid:{uid}")]).well();
    assert_eq!(told.outcome.summary.deleted, 1);
    let end = ["UIDL", "DELE 1", "STAT", "QUIT"].map(str::to_owned);
    assert!(model.lines().ends_with(&end));
    for words in [&["9"][..], &["1", "1-9"]] {
        let told = direct.delete(words).ends(76);
        assert_eq!(told.error(), "there is no message 9; one is listed");
        assert_eq!(model.left(), 1);
    }
}

/// Cases 82 and 99: only `+OK` to QUIT confirms.
#[test]
fn a_deletion_that_is_not_confirmed_is_75() {
    for quit in ["S: -ERR some deleted messages not removed\n", "S-close\n"] {
        let script = format!(
            "C: UIDL\nS: +OK\nS: 1 u1\nS: .\nC: DELE 1\nS: +OK\nC: STAT\nS: +OK 0 0\nC: QUIT\n{quit}"
        );
        let (_server, direct) = play(&[&script]);
        let told = direct.delete(&["1"]).ends(75);
        assert_eq!(told.outcome.summary.deleted, 0);
        assert!(told.error().starts_with("1 deletions are not confirmed"));
    }
}

/// Case 90, Q29, Q48.
#[test]
fn a_message_that_another_client_removed_is_left_out() {
    for why in ["Message 2 expunged.", "[UTF8] this message needs UTF8"] {
        let (model, direct) = Direct::on(Setup::default(), 3);
        model.answer("RETR 2", &format!("-ERR {why}"));
        let told = direct.fetch().ends(76);
        assert_eq!(told.failed(), [format!("2 {why}")]);
        assert_eq!(direct.stored().len(), 2);
        model.behave();
        assert_eq!(direct.fetch().well().outcome.summary.stored, 1);
    }
}

/// Case 89, Q15: Courier's listings are renumbered after DELE, so nothing is
/// listed a second time.
#[test]
fn nothing_is_listed_after_a_deletion() {
    let (model, mut direct) = Direct::on(Setup::default(), 120);
    direct.policy.disposal = Disposal::Delete;
    direct.fetch().well();
    let lines = model.lines();
    let first = lines.iter().position(|line| line.starts_with("DELE"));
    let after = &lines[first.expect("a deletion")..];
    assert!(!after.iter().any(|line| line == "UIDL" || line == "LIST"));
    assert_eq!(model.left(), 0);
}
