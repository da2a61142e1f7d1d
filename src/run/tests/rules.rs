//! Messages that are left on the server for what their headers say.

use super::*;
use crate::process::Words;

const LONG: Duration = Duration::from_secs(30);

fn skip(patterns: &[&str]) -> Rules {
    let patterns = patterns.iter().map(|text| text.parse().expect("a pattern"));
    Rules::new(patterns.collect(), None, LONG)
}

fn filter(script: &str, timeout: Duration) -> Rules {
    let words = ["sh", "-c", script].map(str::to_owned);
    let words = Words::new(words.to_vec()).expect("words");
    Rules::new(Vec::new(), Some(words), timeout)
}

fn by(place: &Place, rules: Rules, disposal: Disposal) -> FetchJob {
    let mut job = place.job(disposal);
    job.rules = rules;
    job
}

/// One run: what is left out and why, what is planned, and warnings.
fn told(place: &Place, job: &FetchJob) -> (Outcome, Vec<String>) {
    let (outcome, events) = run_heard(&place.disk, job);
    let line = |event| match event {
        Event::Skipped(skipped) => Some(format!("{} {}", skipped.number, skipped.reason)),
        Event::Planned(it) => Some(format!("{} {}: {}", it.number, it.action, it.reason)),
        Event::Warning(warning) => Some(format!("{}: {}", warning.code.word(), warning.text)),
        _ => None,
    };
    (outcome, events.into_iter().filter_map(line).collect())
}

/// The same that must end well.
#[track_caller]
fn told_well(place: &Place, job: &FetchJob) -> (crate::base::Summary, Vec<String>) {
    let (outcome, lines) = told(place, job);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    (outcome.summary, lines)
}

/// The commands of the last session that are about messages, and STAT.
fn asked(peer: &Peer) -> Vec<String> {
    let log = peer.log();
    let last = log.last().map_or(0, |asked| asked.session);
    let of_last = log.into_iter().filter(|asked| asked.session == last);
    let words = ["TOP", "RETR", "STAT", "DELE", "LIST"];
    let is_one = |line: &String| words.iter().any(|word| line.starts_with(word));
    of_last.map(|asked| asked.line).filter(is_one).collect()
}

#[test]
fn what_matches_is_left_and_asked_about_once() {
    let all = mails(4);
    let place = Place::maildir(&all);
    let rules = skip(&["from:*@x", "subject:TW?"]);
    let job_of = |rules: &Rules| by(&place, rules.clone(), Disposal::Delete);
    let (summary, lines) = told_well(&place, &job_of(&rules));
    assert_eq!(lines, ["2 matches --skip subject:TW?"]);
    assert_eq!((summary.new, summary.stored, summary.skipped), (4, 3, 1));
    // STAT stands between what is decided by headers and what is done then.
    let first = ["LIST", "TOP 1 0", "TOP 2 0", "TOP 3 0", "TOP 4 0", "STAT"];
    assert_eq!(asked(&place.peer)[..6], first);
    assert_eq!(asked(&place.peer)[6..9], ["RETR 1", "RETR 3", "RETR 4"]);
    assert_eq!(place.left(), [all[1].clone()]);
    place.assert_stored(&[&all[..1], &all[2..]].concat());

    // As long as its pattern is among them, whatever else is.
    for rules in [&rules, &skip(&["subject:three", "SUBJECT:tw?"])] {
        run_well(&place.disk, &job_of(rules));
        assert_eq!(asked(&place.peer), [""; 0]);
        assert_eq!(place.left().len(), 1);
    }
    // Another pattern, and none.
    let (_, lines) = told_well(&place, &job_of(&skip(&["subject:t*"])));
    assert_eq!(lines, ["1 matches --skip subject:t*"]);
    assert_eq!(asked(&place.peer), ["LIST", "TOP 1 0", "STAT"]);
    run_well(&place.disk, &job_of(&Rules::default()));
    assert_eq!(place.peer.count("TOP"), 5);
    place.assert_moved(&all);
}

#[test]
fn without_top_nothing_is_fetched() {
    let no_top = || {
        let place = Place::maildir(&mails(4));
        place.peer.acts([("TOP", Act::Say("-ERR what?"))]);
        let job = by(&place, skip(&["to:x"]), Disposal::Keep);
        (place, job)
    };
    let (place, job) = no_top();
    let (outcome, lines) = told(&place, &job);
    let error = outcome.error.expect("there is no TOP");
    assert_eq!(error.class(), Class::Unavailable);
    assert_eq!((place.retrieved(), lines.len()), (0, 0));
    // Where it is announced, these messages are odd.
    let (place, job) = no_top();
    place.peer.announce(&["UIDL", "TOP"]);
    let (summary, lines) = told_well(&place, &job);
    assert_eq!(summary.stored, 4);
    let text = "the header of message 1 could not be fetched, so it is fetched: -ERR what?";
    assert_eq!(lines, [format!("filter-failed: {text}")]);
}

#[test]
fn a_header_that_cannot_be_had_leaves_nothing_behind() {
    let place = Place::maildir(&mails(4));
    place.peer.acts([("TOP 2 0", Act::Say("-ERR locked"))]);
    let job = by(&place, skip(&["subject:*"]), Disposal::Keep);
    let (summary, lines) = told_well(&place, &job);
    assert_eq!((summary.stored, summary.skipped), (2, 2));
    assert_eq!(lines.len(), 3, "{lines:?}");
    let mut retrieved = asked(&place.peer);
    retrieved.retain(|line| line.starts_with("RETR"));
    assert_eq!(retrieved, ["RETR 2", "RETR 3"]);
}

/// Each reply belongs to the command before it.
#[test]
fn what_is_not_proved_is_not_remembered() {
    let place = Place::maildir(&mails(4));
    place.peer.announce(&["UIDL", "TOP", "PIPELINING"]);
    let two = "+OK\r\nSubject: x\r\n\r\n.\r\n+OK\r\nSubject: two\r\n\r\n.";
    place.peer.acts([("TOP 1 0", Act::Say(two))]);
    let job = by(&place, skip(&["subject:two"]), Disposal::Delete);
    assert!(run_unwatched(&place.disk, &job).error.is_some());
    assert_eq!((place.retrieved(), place.peer.count("DELE")), (0, 0));
    assert_eq!(ledger(&place.disk, "alice").len(), 0);
}

/// Wherever the link breaks: what matches is never stored, and what does not
/// is stored once.
#[test]
fn a_cut_anywhere_costs_nothing() {
    let all = mails(4);
    let kept = [&all[..1], &all[2..]].concat();
    for cut in (0..1200).step_by(13) {
        let place = Place::maildir(&all);
        place.peer.cut(move |number| (number == 1).then_some(cut));
        let job = by(&place, skip(&["subject:t*"]), Disposal::Delete);
        run_unwatched(&place.disk, &job);
        place.peer.behave();
        place.disk.set_now(1_700_000_999);
        run_well(&place.disk, &job);
        assert_eq!(place.here(), stored(&kept), "cut at {cut}");
        assert_eq!(place.left(), [all[1].clone()], "cut at {cut}");
        let seen = ledger(&place.disk.after_crash(Survives::Nothing), "alice");
        let known = seen.get(&all[1].id()).expect("remembered");
        assert!(known.current().all(|(_, copy)| copy.left_by().is_some()));
    }
}

#[test]
fn what_is_left_counts_towards_no_limit() {
    let all = mails_that_differ(9);
    let place = Place::maildir(&all);
    // The first five.
    let dir = tempfile::tempdir().expect("a folder");
    let count = dir.path().join("count");
    let count = count.display();
    let script = format!("echo >> {count}; [ $(wc -l < {count}) -gt 5 ] || exit 99");
    let mut job = by(&place, filter(&script, LONG), Disposal::Keep);
    job.policy.limits.messages = Some(2);
    let (summary, _) = told_well(&place, &job);
    assert_eq!((summary.stored, summary.skipped), (2, 7));
    assert_eq!(place.peer.count("TOP"), 7, "no more than is needed");
    place.assert_stored(&all[5..7]);
}

#[test]
fn the_filter_says_what_is_fetched() {
    let short = Duration::from_millis(30);
    let filters = [
        ("grep -q '^Subject: two' && exit 99; exit 0", LONG, 3, ""),
        ("exit 99", LONG, 0, ""),
        ("true", LONG, 4, ""),
        ("echo oops >&2; exit 1", LONG, 4, "exit status: 1: oops"),
        ("kill -9 $$", LONG, 4, "signal: 9 (SIGKILL)"),
        ("exec sleep 100", short, 4, "no end within 30ms"),
    ];
    for (script, timeout, stored, why) in filters {
        let place = Place::maildir(&mails(4));
        let job = by(&place, filter(script, timeout), Disposal::Keep);
        let (summary, mut lines) = told_well(&place, &job);
        let counts = (summary.stored, summary.skipped);
        assert_eq!(counts, (stored, 4 - stored), "{script}");
        lines.retain(|line| !line.ends_with("left by --filter"));
        let text =
            format!("filter-failed: the filter failed at message 1, which is fetched: {why}");
        let expected = Some(text).filter(|_| !why.is_empty());
        assert_eq!(lines, Vec::from_iter(expected), "{script}");
        // It is asked once.
        let tops = place.peer.count("TOP");
        run_well(&place.disk, &job);
        assert_eq!(place.peer.count("TOP"), tops);
    }
}

#[test]
fn a_filter_that_cannot_be_started_stops_no_mail() {
    let place = Place::maildir(&mails(2));
    let words = Words::split("/nonexistent/filter").expect("words");
    let rules = Rules::new(Vec::new(), Some(words), LONG);
    let (summary, lines) = told_well(&place, &by(&place, rules, Disposal::Keep));
    assert_eq!((summary.stored, lines.len()), (2, 1));
    assert!(lines[0].contains("it cannot be started: "), "{lines:?}");
}

#[test]
fn a_dry_run_tells_what_would_be_left_and_remembers_nothing() {
    let place = Place::maildir(&mails(2));
    let mut job = by(&place, skip(&["subject:two"]), Disposal::Delete);
    job.dry_run = true;
    for _ in 0..2 {
        let (_, lines) = told_well(&place, &job);
        let skip = ["2 matches --skip subject:two", "2 skip: matches --skip subject:two"];
        assert_eq!(lines, [&skip[..], &["1 fetch: new"]].concat());
    }
    assert_eq!((place.retrieved(), place.peer.count("TOP")), (0, 4));
    assert_eq!(place.disk.files("/var").len(), 0);
}

#[test]
fn many_headers_are_proved_in_parts() {
    let place = Place::maildir(&mails_that_differ(9_000));
    place.peer.announce(&["UIDL", "TOP", "PIPELINING"]);
    let job = by(&place, skip(&["subject:*"]), Disposal::Delete);
    let outcome = run_unwatched(&place.disk, &job);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert_eq!(outcome.summary.skipped, 9_000);
    let counts = ["TOP", "STAT", "RETR", "DELE"].map(|word| place.peer.count(word));
    assert_eq!(counts, [9_000, 2, 0, 0]);
}
