//! Reports from the outside: exact lines of every event on both streams.

mod bars;
mod checker;
mod json_lines;
mod text_lines;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::*;
use crate::base::{
    Address, Attachment, Closing, Deletion, Dialogue, Exported, Failed, Hash, Headers, Integrity,
    KnownBy, KnownMessage, LedgerChange, Listed, Location, Lost, MessageNumber, Planned, Probed,
    ProbedTls, Receipt, SessionFacts, Shown, Skipped, StoredMessage, Summary, Uid, Unrestored,
    Verification, Verified, Warning, WarningCode, with,
};
use crate::store::{self, Target};

/// A stream whose bytes can be looked at afterwards, with the number of
/// writes.
#[derive(Clone, Default)]
struct Stream(Arc<Mutex<(Vec<u8>, usize)>>);

impl Stream {
    fn text(&self) -> String {
        String::from_utf8(lock(&self.0).0.clone()).expect("UTF-8")
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = lock(&self.0);
        inner.0.extend_from_slice(bytes);
        inner.1 += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl super::Stream for Stream {}

/// A stream that refuses.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

impl super::Stream for Broken {}

/// What the events of an account named `work` leave on both streams.
fn report(options: Options, events: &[Event]) -> (String, String) {
    let (out, err) = (Stream::default(), Stream::default());
    let report = Report::new(options, Box::new(out.clone()), Box::new(err.clone()));
    let account = report.account("work");
    for event in events {
        account.notice(event);
    }
    drop(account);
    report.finish();
    (out.text(), err.text())
}

fn json(event: Event) -> String {
    let options = with(Options::default(), |it| it.json = true);
    let (out, _) = report(options, &[event]);
    out.lines().next().unwrap_or_default().to_owned()
}

fn verbose(event: Event) -> String {
    let options = with(Options::default(), |it| it.verbose = 1);
    report(options, &[event]).1
}

fn number(number: u32) -> MessageNumber {
    MessageNumber::new(number).expect("not 0")
}

fn uid(uid: &[u8]) -> Uid {
    Uid::new(uid).expect("valid")
}

fn headers(name: &str, subject: &str) -> Headers {
    Headers {
        message_id: Some("<1@example.org>".into()),
        date: Some("2026-11-25T10:30:00+08:00".into()),
        from: vec![Address { name: name.into(), address: "a@example.org".into() }],
        to: vec![],
        subject: Some(subject.into()),
    }
}

/// What a target says of a message that it stored.
fn receipt(target: &Target, words: &[&str]) -> Receipt {
    Receipt {
        target: Arc::clone(target.name()),
        words: words.iter().map(|word| word.to_string()).collect(),
    }
}

fn in_maildir() -> Receipt {
    receipt(&Target::maildir("/m"), &["new/1"])
}

fn in_mbox() -> Receipt {
    receipt(&Target::mbox("/m/box"), &["10", "20"])
}

fn message(location: Location) -> Event {
    Event::Message(Box::new(StoredMessage {
        number: number(3),
        uid: uid(b"u3"),
        size: 4096,
        sha256: Hash([0xab; 32]),
        location,
        headers: headers("王小明", "你好"),
    }))
}

fn maildir() -> Event {
    message(store::locate(&in_maildir()))
}

fn listed(name: &str, subject: &str) -> Event {
    Event::Listed(Box::new(Listed {
        number: number(3),
        uid: uid(b"u3"),
        size: Some(4096),
        new: true,
        headers: Some(headers(name, subject)),
    }))
}

fn shown(text: &str) -> Event {
    Event::Shown(Box::new(Shown {
        number: number(3),
        uid: uid(b"u3"),
        headers: headers("Alice", "Hello"),
        text: text.into(),
        cut_after: None,
        attachments: vec![Attachment {
            name: Some("cat\u{202e}gnp.exe".into()),
            content_type: "image/png".into(),
            size: 12_345,
        }],
    }))
}

fn summary() -> Summary {
    Summary {
        listed: 352,
        new: 12,
        stored: 12,
        bytes: 3_100_000,
        elapsed_ms: 800,
        closing: Closing::Fetch,
        ..Summary::default()
    }
}

fn failure() -> Failure {
    let mut failure = Failure::new(Class::Auth, "login as alice refused by pop.example.org");
    failure.causes = vec!["the server said \"no\"".into(), "deeper".into()];
    failure.hint("check the password")
}

fn skipped(reason: &'static str) -> Event {
    Event::Skipped(Skipped {
        number: number(3),
        uid: uid(b"u3"),
        size: Some(30_000_000),
        reason: reason.into(),
    })
}

fn planned(action: &'static str, then_delete: bool) -> Event {
    Event::Planned(Planned {
        number: number(3),
        uid: uid(b"u3"),
        size: None,
        action,
        then_delete,
        reason: "new".into(),
    })
}

fn deleted(uid: Uid) -> Event {
    let number = number(3);
    Event::Deleted(Deletion { number, uid })
}

fn failed(text: &str) -> Failed {
    Failed::new(number(3), uid(b"u3"), text.into())
}

fn warning(code: WarningCode, text: &str) -> Event {
    let text = text.to_owned();
    Event::Warning(Warning { code, text })
}

fn stat(messages: u64, octets: Option<u64>) -> Event {
    Event::Stat { messages, octets }
}

fn transfer(messages: u64, octets: Option<u64>) -> Event {
    Event::Transfer { messages, octets }
}

/// One of each that JSON knows.
fn all_events() -> Vec<Event> {
    let refused = with(failed("exit code 67"), |it| {
        it.disposition = Some(crate::base::Disposition::Refused);
    });
    vec![
        Event::Session(SessionFacts {
            host: "pop.example.org".into(),
            port: 995,
            tls: true,
            greeting: "ready".into(),
            capabilities: vec!["UIDL".into()],
            listed: 352,
            new: 12,
        }),
        maildir(),
        message(store::locate(&in_mbox())),
        skipped("larger than --max-size"),
        planned("fetch", false),
        deleted(uid(b"u3")),
        Event::Failed(failed("the server said \"gone\"")),
        Event::Failed(refused),
        warning(WarningCode::SizeChanged, "message 3 changed its size"),
        listed("Alice", "Hello"),
        shown("Hi.\n"),
        stat(3, Some(4096)),
        Event::Probed(Box::new(probed())),
        Event::Error(failure()),
        Event::Summary(summary()),
    ]
}

/// One of each that `state` and `verify` tell.
fn ledger_events() -> Vec<Event> {
    let known = |proof, gone_since| {
        Event::Known(Box::new(KnownMessage {
            uid: uid(b"u3"),
            size: Some(4096),
            first_seen: Some(1_700_000_000),
            proof,
            deleted: false,
            gone_since,
        }))
    };
    let refused = KnownBy::Refused {
        id: "ab".repeat(16),
        answer: "sh: exit code 67: no\u{1b} such user".into(),
        next_try: 1_700_000_600,
    };
    let repaired = |lost, forgotten| {
        Event::Ledger(LedgerChange::Repaired {
            ledger: "/s/ledger".into(),
            kept: 9,
            lost,
            forgotten,
        })
    };
    let stored =
        |receipt| KnownBy::Stored { sha256: Hash([0xab; 32]), location: store::recorded(&receipt) };
    let verified = |verdict, receipt: Option<Receipt>| {
        Event::Verified(Box::new(Verified {
            uid: Some(uid(b"u3")),
            verdict,
            sha256: (verdict != Integrity::NotHere).then_some(Hash([0xab; 32])),
            location: receipt.as_ref().map(store::locate),
            lost: matches!(verdict, Integrity::Missing | Integrity::Altered).then(|| Lost {
                file: "/m/new/1".into(),
                first_seen: Some(1_700_000_000),
                date: receipt.as_ref().map(|_| "2023-11-13T23:00:00+01:00".into()),
                subject: receipt.as_ref().map(|_| "Hi\u{1b}".into()),
                on_server: Some(true),
            }),
            in_brief: false,
        }))
    };
    vec![
        known(stored(in_maildir()), None),
        known(stored(in_mbox()), Some(1_700_000_060)),
        known(KnownBy::Marked, None),
        known(KnownBy::Imported, None),
        known(KnownBy::Left, None),
        known(refused, None),
        known(KnownBy::InDoubt { id: "cd".repeat(16) }, None),
        Event::Ledger(LedgerChange::Forgotten { uid: uid(b"u3") }),
        Event::Ledger(LedgerChange::Marked { listed: 1, marked: 0 }),
        Event::Ledger(LedgerChange::Imported { read: 9, imported: 8 }),
        Event::Ledger(LedgerChange::Moved { to: "new\u{7}".into(), known: 3 }),
        repaired(1, 2),
        repaired(0, 0),
        verified(Integrity::Intact, Some(in_maildir())),
        verified(Integrity::Altered, Some(in_mbox())),
        verified(Integrity::Missing, None),
        verified(Integrity::NotHere, None),
        Event::Verification(Verification {
            stored: 3,
            intact: 1,
            missing: 1,
            altered: 1,
            ..Verification::default()
        }),
        Event::Verification(Verification {
            stored: 2,
            intact: 2,
            by_manifest: true,
            ..Verification::default()
        }),
        Event::Verification(with(Verification::default(), |it| it.not_here = Some(1))),
        exported(None),
        exported(Some("a.eml")),
        Event::Unrestored(Box::new(Unrestored {
            file: "cur/\u{1b}x".into(),
            error: "it is a symbolic link".into(),
        })),
    ]
}

fn exported(file: Option<&str>) -> Event {
    Event::Exported(Box::new(Exported {
        uid: uid(b"u3"),
        size: 4096,
        sha256: Hash([0xab; 32]),
        file: file.map(str::to_owned),
    }))
}

fn probed() -> Probed {
    let lines = |lines: &[&str]| lines.iter().map(|&l| l.to_owned()).collect::<Vec<String>>();
    Probed {
        host: "pop.example.org".into(),
        port: 995,
        greeting: "ready\u{1b}".into(),
        tls: Some(ProbedTls {
            refused: None,
            pin: "sha256:07".into(),
            subject: Some("pop.example.org".into()),
            issuer: Some("Example CA".into()),
            not_before: Some("2026-01-01T00:00:00Z".into()),
            not_after: Some("2027-01-01T00:00:00Z".into()),
            names: lines(&["pop.example.org", "192.0.2.1"]),
        }),
        before_login: Some(lines(&["SASL PLAIN", "UIDL"])),
        after_login: Some(lines(&["UIDL"])),
        mechanisms: lines(&["PLAIN"]),
        mechanism: Some("PLAIN"),
        logged_in: true,
        uidl: Some(true),
        top: Some(false),
        pipelining: Some(false),
        expire: Some("31".into()),
        login_delay: Some(300),
        utf8: false,
        implementation: Some("Example POP".into()),
    }
}

#[test]
fn a_closed_standard_output_is_noted_and_quiet() {
    for (kind, told) in [
        (io::ErrorKind::BrokenPipe, None),
        (io::ErrorKind::StorageFull, Some(io::ErrorKind::StorageFull)),
    ] {
        let err = Stream::default();
        let report = Report::new(Options::default(), Box::new(Broken(kind)), Box::new(err.clone()));
        let account = report.account("work");
        for _ in 0..3 {
            account.notice(&stat(1, Some(1)));
        }
        assert_eq!(report.stdout_error().map(|error| error.kind()), told);
        assert_eq!(err.text(), "");
    }
}

#[test]
fn a_closed_standard_error_changes_nothing() {
    let out = Stream::default();
    let options = Options { progress: Some(80), verbose: 2, ..Options::default() };
    let broken = Box::new(Broken(io::ErrorKind::BrokenPipe));
    let report = Report::new(options, Box::new(out.clone()), broken);
    let account = report.account("work");
    account.notice(&transfer(1, Some(1)));
    for event in all_events() {
        account.notice(&event);
    }
    drop(account);
    report.finish();
    assert!(out.text().contains("3 messages, 4096 octets\n"));
}

/// A stream that takes nothing, and how long it was to be waited for.
#[derive(Clone, Default)]
struct Stuck(Arc<Mutex<Vec<bool>>>);

impl Write for Stuck {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::TimedOut.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl super::Stream for Stuck {
    fn give_up_at(&mut self, until: Option<Instant>) {
        lock(&self.0).push(until.is_some_and(|until| until > Instant::now()));
    }
}

#[test]
fn a_standard_error_that_nobody_reads_is_waited_for_once() {
    for progress in [None, Some(80)] {
        let (out, err) = (Stream::default(), Stuck::default());
        let options = with(Options::default(), |it| it.progress = progress);
        let report = Report::new(options, Box::new(out.clone()), Box::new(err.clone()));
        let account = report.account("work");
        for _ in 0..3 {
            account.notice(&Event::Error(failure()));
            account.notice(&stat(1, Some(1)));
        }
        assert_eq!(*lock(&err.0), [true, false, false]);
        assert_eq!(out.text().lines().count(), 3);
    }
}

#[test]
fn a_standard_output_that_nobody_reads_is_waited_for_until_the_deadline() {
    let out = Stuck::default();
    let report = Report::new(Options::default(), Box::new(out.clone()), Box::new(io::sink()));
    let mut account = report.account("work");
    account.limit(Duration::ZERO);
    account.notice(&stat(1, Some(1)));
    assert_eq!(*lock(&out.0), [false]);
    let error = report.stdout_error().expect("it was given up");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[test]
fn messages_are_poured_as_they_are_but_not_into_a_terminal() {
    let mail = "Subject: \u{1b}]0;pwned\u{7}é\u{9b}\r\n\n\t世界\u{202e}\n".as_bytes();
    let mail = [mail, b"\xff\xe4\xb8"].concat();
    let safe = "Subject: \\x1b]0;pwned\\x07é\\x9b\\x0d\n\n\t世界\\u{202e}\n\\xff\\xe4\\xb8";
    for (columns, expected) in [(None, &mail[..]), (Some(80), safe.as_bytes())] {
        // Wherever a piece ends.
        for piece in 1..=mail.len() {
            let out = Stream::default();
            let options = with(Options::default(), |it| it.columns = columns);
            let report = Report::new(options, Box::new(out.clone()), Box::new(io::sink()));
            let account = report.account("work");
            let mut output = account.output();
            for piece in mail.chunks(piece) {
                output.write_all(piece).expect("written");
            }
            output.flush().expect("written");
            assert_eq!(lock(&out.0).0, expected, "{piece}");
        }
    }
}

#[test]
fn without_progress_no_control_sequence_is_written() {
    let events = [transfer(2, None), Event::Received { octets: 10 }, Event::Arrived];
    let (out, err) = report(Options::default(), &events);
    assert_eq!((out.as_str(), err.as_str()), ("", ""));
}
