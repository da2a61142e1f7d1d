//! What takes more than one session, and what a server does by itself:
//! batches, LOGIN-DELAY, EXPIRE.

use std::time::{Duration, Instant};

use retr::plan::Disposal;

use crate::support::direct::Direct;
use crate::support::mail::small;
use crate::support::model::{Act, Setup};

fn gmail() -> Setup {
    Setup::default().in_batches(210).capabilities(&["EXPIRE 0"])
}

/// Lists everything, and drops what was retrieved.
fn forgetful() -> Setup {
    Setup::default().capabilities(&["EXPIRE 0"])
}

fn deleting(direct: &mut Direct) {
    direct.policy.disposal = Disposal::Delete;
}

fn after_days(days: u64) -> Disposal {
    Disposal::DeleteAfter(Duration::from_secs(days * 24 * 3600))
}

// Q41.
#[test]
fn batches_are_fetched_until_a_listing_brings_nothing_new() {
    let (model, direct) = Direct::on(gmail(), 500);
    let told = direct.fetch().well();
    let summary = told.outcome.summary;
    let counts = [summary.stored, summary.new, summary.listed];
    assert_eq!(counts, [500; 3]);
    assert_eq!(direct.stored().len(), 500);
    // 210, 210, 80: the last is no full batch.
    assert_eq!(model.session_count(), 3);
    assert_eq!(told.warnings(), ["expire-0"]);
    // The ids of the day before are gone, and these are all new: no reset.
    model.maildrop().add_all(&small(30, 900));
    let told = direct.fetch().well();
    assert_eq!(told.outcome.summary.stored, 30);
    assert!(told.warnings().is_empty(), "warned once");
}

#[test]
fn a_message_that_cannot_be_had_ends_no_batches() {
    let (model, direct) = Direct::on(gmail(), 300);
    model.on_command(|line| match line.text.as_str() {
        "RETR 7" if line.session < 3 => Act::say("-ERR not this one"),
        _ => Act::Serve,
    });
    let told = direct.fetch().ends(76);
    assert_eq!(told.outcome.summary.stored, 298);
    assert_eq!(told.failed().len(), 2);
}

#[test]
fn a_server_on_which_mail_stays_is_asked_once() {
    let (model, mut direct) = Direct::on(Setup::default(), 250);
    let summary = direct.fetch().well().outcome.summary;
    let counts = [summary.stored, summary.new, summary.listed];
    assert_eq!(counts, [250; 3]);
    assert_eq!(model.session_count(), 1);
    assert_eq!(model.count("RETR"), 250);
    deleting(&mut direct);
    direct.fetch().well();
    assert_eq!(model.session_count(), 2);
    assert_eq!(model.count("RETR"), 250);
}

#[test]
fn a_limit_or_a_small_listing_means_one_session() {
    let (model, mut direct) = Direct::on(forgetful(), 250);
    direct.policy.limits.messages = Some(249);
    assert_eq!(direct.fetch().well().outcome.summary.stored, 249);
    assert_eq!(model.session_count(), 1);
    let (model, direct) = Direct::on(forgetful(), 199);
    assert_eq!(direct.fetch().well().outcome.summary.stored, 199);
    assert_eq!(model.session_count(), 1);
}

#[test]
fn much_new_mail_beside_what_is_known_is_no_batch() {
    let (model, direct) = Direct::on(forgetful(), 5);
    direct.fetch().well();
    model.maildrop().add_all(&small(220, 900));
    assert_eq!(direct.fetch().well().outcome.summary.stored, 220);
    assert_eq!(model.session_count(), 2);
}

#[test]
fn a_run_too_soon_after_the_last_login_does_not_connect() {
    let setup = Setup::default().capabilities(&["LOGIN-DELAY 300"]);
    let (model, direct) = Direct::on(setup, 2);
    direct.fetch().well();
    let told = direct.fetch().ends(75);
    let text = told.error();
    let seconds = text.strip_prefix("the server allows the next login in ");
    let seconds = seconds.and_then(|text| text.strip_suffix(" s"));
    let seconds: u64 = seconds.and_then(|n| n.parse().ok()).expect("seconds");
    assert!((290..=301).contains(&seconds), "{text}");
    assert_eq!(model.session_count(), 1);
    // What a person types is tried.
    direct.list(true).well();
    direct.probe(true).well();
    assert_eq!(model.session_count(), 3);
}

#[test]
fn between_its_own_sessions_a_run_waits() {
    // Not beyond the deadline of the run.
    for (delay, stored, warnings) in [
        (&["EXPIRE 0", "LOGIN-DELAY 1"], 201, &[][..]),
        (&["EXPIRE 0", "LOGIN-DELAY 900"], 200, &["login-delay"]),
    ] {
        let setup = Setup::default().capabilities(delay).in_batches(200);
        let (model, mut direct) = Direct::on(setup, 201);
        deleting(&mut direct);
        let started = Instant::now();
        let told = direct.fetch().well();
        let is_waited_for = warnings.is_empty();
        assert!(!is_waited_for || started.elapsed() >= Duration::from_secs(1));
        assert_eq!(told.outcome.summary.stored, stored);
        assert_eq!(told.warnings(), warnings);
        assert_eq!(model.session_count(), if is_waited_for { 2 } else { 1 });
    }
}

// Case 100.
#[test]
fn the_user_is_warned_once_of_what_the_server_deletes_by_itself() {
    let (shorter, longer) = (after_days(31), after_days(32));
    for (capability, disposal, warned) in [
        (&["EXPIRE 0"], Disposal::Keep, &["expire-0"][..]),
        (&["EXPIRE 31"], Disposal::Keep, &["expire"]),
        (&["EXPIRE NEVER"], Disposal::Keep, &[]),
        (&["EXPIRE what"], Disposal::Keep, &[]),
        (&["EXPIRE 0"], Disposal::Delete, &[]),
        (&["EXPIRE 31 USER"], shorter, &[]),
        (&["EXPIRE 31 USER"], longer, &["expire"]),
    ] {
        let setup = Setup::default().capabilities(capability);
        let (_model, mut direct) = Direct::on(setup, 1);
        direct.policy.disposal = disposal;
        let told = format!("{capability:?} {disposal:?}");
        assert_eq!(direct.fetch().well().warnings(), warned, "{told}");
        assert!(direct.fetch().well().warnings().is_empty(), "{told}");
    }
}

/// Sessions of one run may not share made-up ids: the second session's first
/// message is not the first session's.
// Q39.
#[test]
fn without_uidl_many_sessions_confuse_nothing() {
    let (model, mut direct) = Direct::on(Setup::default().uidl(false), 1100);
    deleting(&mut direct);
    direct.no_uidl = true;
    let summary = direct.fetch().well().outcome.summary;
    assert_eq!((summary.stored, summary.deleted), (1100, 1100));
    assert_eq!(direct.stored().len(), 1100);
    assert_eq!(model.left(), 0);
}
