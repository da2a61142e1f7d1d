//! Messages that are left on the server for what their headers say.

use super::oracle::mails_that_differ;
use super::peer::Act;
use super::*;
use crate::base::Class;
use crate::plan::Limits;
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

fn by(peer: &Peer, rules: Rules, disposal: Disposal) -> FetchJob {
    FetchJob {
        rules,
        ..job(peer, Kind::Maildir, disposal)
    }
}

/// Hears what is left out and why, what is planned, and warnings.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Observer for Told {
    fn notice(&self, event: &Event) {
        let line = match event {
            Event::Skipped(skipped) => format!("{} {}", skipped.number, skipped.reason),
            Event::Planned(planned) => {
                format!("{} {}: {}", planned.number, planned.action, planned.reason)
            }
            Event::Warning(warning) => format!("{}: {}", warning.code.word(), warning.text),
            _ => return,
        };
        self.0.lock().expect("unpoisoned").push(line);
    }
}

fn told(disk: &CrashDisk, job: &FetchJob) -> (Outcome, Vec<String>) {
    let told = Told::default();
    let outcome = fetch_on(Arc::new(disk.clone()), job, &Cancel::new(), &told);
    (outcome, told.0.into_inner().expect("unpoisoned"))
}

/// The commands of the last session that are about messages, and STAT.
fn asked(peer: &Peer) -> Vec<String> {
    let log = peer.log();
    let last = log.last().map_or(0, |asked| asked.session);
    let of_last = log.into_iter().filter(|asked| asked.session == last);
    let words = ["TOP", "RETR", "STAT", "DELE", "LIST"];
    let lines = of_last.map(|asked| asked.line);
    lines
        .filter(|line| words.iter().any(|word| line.starts_with(word)))
        .collect()
}

#[test]
fn what_matches_is_left_and_asked_about_once() {
    let all = mails(4);
    let kept = [all[0].clone(), all[2].clone(), all[3].clone()];
    let disk = disk();
    let peer = Peer::start(all.clone());
    let rules = skip(&["from:*@x", "subject:TW?"]);
    let job_of = |rules: &Rules| by(&peer, rules.clone(), Disposal::Delete);
    let (outcome, lines) = self::told(&disk, &job_of(&rules));
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert_eq!(lines, ["2 matches --skip subject:TW?"]);
    let summary = outcome.summary;
    assert_eq!((summary.new, summary.stored, summary.skipped), (4, 3, 1));
    // STAT stands between what is decided by headers and what is done then.
    let first = ["LIST", "TOP 1 0", "TOP 2 0", "TOP 3 0", "TOP 4 0", "STAT"];
    assert_eq!(asked(&peer)[..6], first);
    assert_eq!(asked(&peer)[6..9], ["RETR 1", "RETR 3", "RETR 4"]);
    assert_eq!(peer.maildrop(), [all[1].clone()]);
    assert_eq!(Kind::Maildir.read(&disk), stored(&kept));

    // As long as its pattern is among them, whatever else is.
    for rules in [&rules, &skip(&["subject:three", "SUBJECT:tw?"])] {
        run_well(&disk, &job_of(rules));
        assert_eq!(asked(&peer), [""; 0]);
        assert_eq!(peer.maildrop().len(), 1);
    }
    // Another pattern, and none.
    let (_, lines) = self::told(&disk, &job_of(&skip(&["subject:t*"])));
    assert_eq!(lines, ["1 matches --skip subject:t*"]);
    assert_eq!(asked(&peer), ["LIST", "TOP 1 0", "STAT"]);
    run_well(&disk, &job_of(&Rules::default()));
    assert_eq!(peer.count("TOP"), 5);
    assert!(peer.maildrop().is_empty());
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
}

#[test]
fn without_top_nothing_is_fetched() {
    for announced in [&[][..], &["UIDL", "TOP"]] {
        let disk = disk();
        let peer = Peer::start(mails(4));
        peer.announce(announced);
        peer.on_command(|asked| {
            if asked.line.starts_with("TOP") {
                Act::Say("-ERR what?")
            } else {
                Act::Serve
            }
        });
        let (outcome, lines) = self::told(&disk, &by(&peer, skip(&["to:x"]), Disposal::Keep));
        if announced.is_empty() {
            let error = outcome.error.expect("there is no TOP");
            assert_eq!(error.class(), Class::Unavailable);
            assert_eq!((peer.count("RETR"), lines.len()), (0, 0));
        } else {
            // It is announced, so these messages are odd.
            assert_eq!(outcome.summary.stored, 4);
            assert_eq!(
                lines,
                [
                    "filter-failed: the header of message 1 could not be fetched, so it is fetched: \
                     -ERR what?"
                ]
            );
        }
    }
}

#[test]
fn a_header_that_cannot_be_had_leaves_nothing_behind() {
    let disk = disk();
    let peer = Peer::start(mails(4));
    peer.on_command(|asked| match asked.line.as_str() {
        "TOP 2 0" => Act::Say("-ERR locked"),
        _ => Act::Serve,
    });
    let (outcome, lines) = self::told(&disk, &by(&peer, skip(&["subject:*"]), Disposal::Keep));
    assert_eq!((outcome.summary.stored, outcome.summary.skipped), (2, 2));
    assert_eq!(lines.len(), 3, "{lines:?}");
    let retrieved: Vec<_> = asked(&peer)
        .into_iter()
        .filter(|line| line.starts_with("RETR"))
        .collect();
    assert_eq!(retrieved, ["RETR 2", "RETR 3"]);
}

/// Each reply belongs to the command before it.
#[test]
fn what_is_not_proved_is_not_remembered() {
    let disk = disk();
    let peer = Peer::start(mails(4));
    peer.announce(&["UIDL", "TOP", "PIPELINING"]);
    peer.on_command(|asked| match asked.line.as_str() {
        "TOP 1 0" => Act::Say("+OK\r\nSubject: x\r\n\r\n.\r\n+OK\r\nSubject: two\r\n\r\n."),
        _ => Act::Serve,
    });
    let outcome = run_unwatched(&disk, &by(&peer, skip(&["subject:two"]), Disposal::Delete));
    assert!(outcome.error.is_some());
    assert_eq!((peer.count("RETR"), peer.count("DELE")), (0, 0));
    assert_eq!(ledger(&disk, "alice").len(), 0);
}

/// Wherever the link breaks: what matches is never stored, and what does not
/// is stored once.
#[test]
fn a_cut_anywhere_costs_nothing() {
    let all = mails(4);
    let rules = skip(&["subject:t*"]);
    let kept = [all[0].clone(), all[2].clone(), all[3].clone()];
    for cut in (0..1200).step_by(13) {
        let disk = disk();
        let peer = Peer::start(all.clone());
        peer.cut(move |number| (number == 1).then_some(cut));
        let job = by(&peer, rules.clone(), Disposal::Delete);
        run_unwatched(&disk, &job);
        peer.behave();
        disk.set_now(1_700_000_999);
        run_well(&disk, &job);
        assert_eq!(Kind::Maildir.read(&disk), stored(&kept), "cut at {cut}");
        assert_eq!(peer.maildrop(), [all[1].clone()], "cut at {cut}");
        let seen = ledger(&disk.after_crash(Survives::Nothing), "alice");
        let known = seen.get(&all[1].id()).expect("remembered");
        assert!(known.current().all(|(_, copy)| copy.left_by().is_some()));
    }
}

#[test]
fn what_is_left_counts_towards_no_limit() {
    let all = mails_that_differ(9);
    let disk = disk();
    let peer = Peer::start(all.clone());
    let mut job = by(&peer, Rules::default(), Disposal::Keep);
    job.policy.limits = Limits {
        messages: Some(2),
        ..Limits::default()
    };
    // The first five.
    let dir = tempfile::tempdir().expect("a folder");
    let count = dir.path().join("count");
    let script = format!(
        "echo >> {0}; [ $(wc -l < {0}) -gt 5 ] || exit 99",
        count.display()
    );
    job.rules = filter(&script, LONG);
    let (outcome, _) = self::told(&disk, &job);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    let summary = outcome.summary;
    assert_eq!((summary.stored, summary.skipped), (2, 7));
    assert_eq!(peer.count("TOP"), 7, "no more than is needed");
    assert_eq!(Kind::Maildir.read(&disk), stored(&all[5..7]));
}

#[test]
fn the_filter_says_what_is_fetched() {
    for (script, timeout, stored, why) in [
        ("grep -q '^Subject: two' && exit 99; exit 0", LONG, 3, ""),
        ("exit 99", LONG, 0, ""),
        ("true", LONG, 4, ""),
        (
            "echo oops >&2; exit 1",
            LONG,
            4,
            "which is fetched: exit status: 1: oops",
        ),
        (
            "kill -9 $$",
            LONG,
            4,
            "which is fetched: signal: 9 (SIGKILL)",
        ),
        (
            "exec sleep 100",
            Duration::from_millis(30),
            4,
            "which is fetched: no end within 30ms",
        ),
    ] {
        let disk = disk();
        let peer = Peer::start(mails(4));
        let job = by(&peer, filter(script, timeout), Disposal::Keep);
        let (outcome, lines) = self::told(&disk, &job);
        assert!(outcome.error.is_none(), "{:?}", outcome.error);
        let summary = outcome.summary;
        assert_eq!(
            (summary.stored, summary.skipped),
            (stored, 4 - stored),
            "{script}"
        );
        let warnings: Vec<_> = lines
            .iter()
            .filter(|line| !line.ends_with("left by --filter"))
            .collect();
        if why.is_empty() {
            assert!(warnings.is_empty(), "{warnings:?}");
        } else {
            assert_eq!(
                *warnings,
                [&format!(
                    "filter-failed: the filter failed at message 1, {why}"
                )]
            );
        }
        // It is asked once.
        let tops = peer.count("TOP");
        run_well(&disk, &job);
        assert_eq!(peer.count("TOP"), tops);
    }
}

#[test]
fn a_filter_that_cannot_be_started_stops_no_mail() {
    let disk = disk();
    let peer = Peer::start(mails(2));
    let words = Words::split("/nonexistent/filter").expect("words");
    let job = by(
        &peer,
        Rules::new(Vec::new(), Some(words), LONG),
        Disposal::Keep,
    );
    let (outcome, lines) = self::told(&disk, &job);
    assert_eq!(outcome.summary.stored, 2);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("it cannot be started: "), "{lines:?}");
}

#[test]
fn a_dry_run_tells_what_would_be_left_and_remembers_nothing() {
    let disk = disk();
    let peer = Peer::start(mails(2));
    let job = FetchJob {
        dry_run: true,
        ..by(&peer, skip(&["subject:two"]), Disposal::Delete)
    };
    for _ in 0..2 {
        let (_, lines) = self::told(&disk, &job);
        let expected = [
            "2 matches --skip subject:two",
            "2 skip: matches --skip subject:two",
            "1 fetch: new",
        ];
        assert_eq!(lines, expected);
    }
    assert_eq!((peer.count("RETR"), peer.count("TOP")), (0, 4));
    assert_eq!(disk.files("/var").len(), 0);
}

#[test]
fn many_headers_are_proved_in_parts() {
    let all = mails_that_differ(9_000);
    let disk = disk();
    let peer = Peer::start(all);
    peer.announce(&["UIDL", "TOP", "PIPELINING"]);
    let outcome = run_unwatched(&disk, &by(&peer, skip(&["subject:*"]), Disposal::Delete));
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert_eq!(outcome.summary.skipped, 9_000);
    assert_eq!((peer.count("TOP"), peer.count("STAT")), (9_000, 2));
    assert_eq!((peer.count("RETR"), peer.count("DELE")), (0, 0));
}
