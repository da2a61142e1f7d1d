use std::fs;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::*;
use crate::base::{Class, Value};
use crate::disk::RealDisk;
use crate::store::testing::{self, Recorder, assert_told, batch, hand_on, hash, receipt, words};
use crate::store::{Handover, InDoubt, Sender};

/// A command and the folder that it works in, as `$D`.
struct Bench {
    home: tempfile::TempDir,
    setting: Setting,
}

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        fs::create_dir(home.path().join("state")).expect("made");
        let setting = testing::setting(&home.path().join("state"), Arc::new(RealDisk::new()));
        Self { home, setting }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// What becomes of one message.
    fn fate(&self, store: &dyn Delivery, message: &[u8]) -> Fate {
        hand_on(store, &[message], &mut Recorder::default()).remove(0)
    }

    /// A script for a shell, with arguments behind it.
    fn script(&self, script: &str, arguments: &str) -> Box<dyn Delivery> {
        let script = format!("D={}; {script}", self.home.path().display());
        let quoted = shell_words::quote(&script).into_owned();
        self.open(&format!("sh -c {quoted} sh {arguments}")).expect("opened")
    }

    fn open(&self, command: &str) -> Result<Box<dyn Delivery>, Error> {
        Target::new(&SCHEME, command).open(&self.setting)
    }
}

fn fate_of(script: &str, message: &[u8]) -> Fate {
    let bench = Bench::new();
    bench.fate(&*bench.script(script, ""), message)
}

const MESSAGE: &[u8] = b"Return-Path: <bob@example.com>\nSubject: x\n\nhello\n";

#[test]
fn every_exit_code_has_its_meaning() {
    let bench = Bench::new();
    for code in 0..=255u8 {
        let store = bench.script(&format!("cat >/dev/null; exit {code}"), "");
        let fate = bench.fate(&*store, MESSAGE);
        let text = format!("sh: exit code {code}");
        match code {
            0 => assert!(matches!(fate, Fate::Stored(_)), "{fate:?}"),
            64 | 65 | 67 | 68 | 76 | 77 | 78 | 100 | 112 => {
                assert_eq!(fate, Fate::Refused(text));
            }
            _ => assert_eq!(fate, Fate::Deferred(text)),
        }
    }
}

#[test]
fn whoever_reads_nothing_has_taken_nothing() {
    let nothing = Fate::Deferred("sh: it read nothing of the message".to_owned());
    assert_eq!(fate_of("true", MESSAGE), nothing);
    // A file keeps no account of that, so that its reader is believed.
    let large = vec![b'x'; 2 << 20];
    for (script, message) in [
        ("head -c1 >/dev/null", MESSAGE),
        ("cat /dev/stdin >/dev/null", MESSAGE),
        ("read x", MESSAGE),
        // Of nothing, nothing can be read.
        ("true", b""),
        ("true", &large),
    ] {
        assert_eq!(words(&[fate_of(script, message)]), ["stored"], "{script}");
    }
}

/// As `config check` warns: nothing is stored, and all is well.
#[test]
fn a_pipeline_ends_as_its_last_command_does() {
    let script = "{ read line; exit 75; } | cat >/dev/null";
    assert!(matches!(fate_of(script, MESSAGE), Fate::Stored(_)));
    if process::find("bash").is_ok() {
        let bench = Bench::new();
        let command = format!("bash -c 'set -o pipefail; {script}'");
        let store = bench.open(&command).expect("opened");
        let fate = hand_on(&*store, &[MESSAGE], &mut Recorder::default()).remove(0);
        assert_eq!(fate, Fate::Deferred("bash: exit code 75".to_owned()));
    }
}

#[test]
fn a_signal_and_an_end_that_does_not_come_are_deferrals() {
    let killed = Fate::Deferred("sh: killed by signal 9".to_owned());
    assert_eq!(fate_of("cat >/dev/null; kill -9 $$", MESSAGE), killed);
    let mut bench = Bench::new();
    bench.setting.handover.timeout = Duration::from_millis(200);
    let store = bench.script("cat >$D/got; exec sleep 1000", "");
    let started = Instant::now();
    let fate = bench.fate(&*store, MESSAGE);
    assert_eq!(fate, Fate::Deferred("sh: no end within 200ms".to_owned()));
    assert!(started.elapsed() < Duration::from_secs(60));
    assert_eq!(bench.read("got"), MESSAGE);
}

/// Whatever size it has: in memory and in a pipe, in a file and in a pipe, in
/// a file alone.
#[test]
fn the_octets_arrive_as_they_are() {
    let bench = Bench::new();
    let store = bench.script("cat >$D/got", "");
    const MIB: usize = 1 << 20;
    for size in [0, 1, 65_535, 65_536, 262_145, MIB, MIB + 1, 3 * MIB] {
        let mut message = b"a\0\xff\rb.\n.\n".repeat(size / 9 + 1);
        message.truncate(size);
        let fate = bench.fate(&*store, &message);
        assert_eq!(words(&[fate]), ["stored"], "{size}");
        assert!(bench.read("got") == message, "{size}");
        assert_eq!(testing::names(&bench.at("state")), [""; 0]);
    }
}

#[test]
fn a_large_message_takes_little_memory_before_it_is_handed_on() {
    let bench = Bench::new();
    let store = bench.script("cat >/dev/null", "");
    let mut draft = store.draft(testing::key("u")).expect("a draft");
    for _ in 0..320 {
        draft.write(&[b'x'; 1 << 16]).expect("written");
    }
    let parcel = Parcel::of(draft.seal().expect("sealed")).expect("ours");
    assert_eq!(parcel.content.len(), 320 << 16);
    assert!(parcel.content.buffered() <= 1 << 18);
}

#[test]
fn the_command_learns_whose_message_it_is() {
    let mut bench = Bench::new();
    bench.setting.handover = Handover {
        account: "work".to_owned(),
        recipient: Some("alice+lists@example.com".to_owned()),
        ..Handover::default()
    };
    let script = "cat >/dev/null; printf '%s\\n' \"$@\" >$D/args; env >$D/env";
    let arguments = "-f {sender} 'to={recipient}:{size}' {uid} {id} {other} {";
    let store = bench.script(script, arguments);
    let message = b"Return-Path: <o'x@example.com>\n\nhello\n";
    let fate = bench.fate(&*store, message);
    let receipt = receipt(&fate);
    let id = &receipt.words[0];
    let size = message.len();
    let args = String::from_utf8(bench.read("args")).expect("text");
    let expected = format!(
        "-f\no'x@example.com\nto=alice+lists@example.com:{size}\nu0\n{id}\n{{other}}\n{{\n"
    );
    assert_eq!(args, expected);
    let env = String::from_utf8(bench.read("env")).expect("text");
    let hash = hash(message);
    let expected = format!(
        "SENDER=o_x@example.com RECIPIENT=alice+lists@example.com LOCAL=alice+lists EXTENSION=lists \
         DOMAIN=example.com RETR_ACCOUNT=work RETR_UID=u0 RETR_ID={id} RETR_SIZE={size} RETR_SHA256={hash}"
    );
    for line in expected.split(' ') {
        assert!(env.lines().any(|found| found == line), "{line} in {env}");
    }
    let fields = [("mda", "sh"), ("id", id)].map(|(name, text)| (name, Value::Text(text.into())));
    assert_eq!(locate(receipt).fields, fields);
}

#[test]
fn nothing_hostile_is_in_arguments_or_environment() {
    let bench = Bench::new();
    let script = "cat >/dev/null; printf '%s|' \"$@\" \"$SENDER\" \"$RETR_UID\" >$D/got";
    let store = bench.script(script, "-f {sender} {uid}");
    let rows = [
        ("-oQ/tmp", "-rf", "-f||_rf||_rf|"),
        ("a b@x", "a;b\u{e9}", "-f||a_b_||a_b_|"),
        ("\u{e9}@x", "--", "-f||_-||_-|"),
        ("$(id)`id`;|&@x", "u", "-f|$(id)`id`;|&@x|u|__id__id____@x|u|"),
    ];
    for (address, uid, expected) in rows {
        let message = format!("Return-Path: <{address}>\n\nx\n");
        let sealed = testing::seal(&*store, testing::key(uid), message.as_bytes());
        let batch = vec![sealed.expect("sealed")];
        let mut prepared = store.prepare(batch).expect("prepared");
        let fates = prepared.publish(&mut Recorder::default()).expect("done");
        assert!(matches!(fates[0], Fate::Stored(_)), "{fates:?}");
        assert_eq!(String::from_utf8_lossy(&bench.read("got")), expected);
    }
}

#[test]
fn lines_come_first_where_they_are_wanted() {
    let mut bench = Bench::new();
    bench.setting.handover = Handover {
        from_line: true,
        id_header: true,
        sender: Sender::Fixed("me@here".to_owned()),
        ..Handover::default()
    };
    let store = bench.script("cat >$D/got; echo \"$RETR_SIZE $SENDER\" >$D/size", "");
    for body in [10, 1 << 17] {
        let message = [MESSAGE, &vec![b'x'; body], b"\nReturn-Path: <late@x>\n"].concat();
        let fate = bench.fate(&*store, &message);
        let id = &receipt(&fate).words[0];
        let first = format!("From bob@example.com Tue Nov 14 22:13:20 2023\nX-Retr-Id: {id}\n");
        let expected = [first.as_bytes(), &message].concat();
        assert!(bench.read("got") == expected);
        let size = format!("{} me@here\n", expected.len());
        assert_eq!(bench.read("size"), size.as_bytes());
    }
}

#[test]
fn the_id_is_the_same_at_every_try() {
    let bench = Bench::new();
    let store = bench.script("cat >/dev/null; echo $RETR_ID >>$D/ids; test -e $D/now", "");
    let first = bench.fate(&*store, MESSAGE);
    fs::write(bench.at("now"), "").expect("written");
    let second = bench.fate(&*store, MESSAGE);
    assert_eq!(words(&[first, second]), ["deferred", "stored"]);
    let ids = String::from_utf8(bench.read("ids")).expect("text");
    let ids: Vec<&str> = ids.lines().collect();
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[0].len(), 32);
}

#[test]
fn what_it_prints_is_told_and_never_too_much() {
    let bench = Bench::new();
    let script = "cat >/dev/null; echo out; printf 'a\\033[1m\\n' >&2; \
                  yes | head -c 1000000; exit 67";
    let store = bench.script(script, "");
    let mut recorder = Recorder::default();
    let fates = hand_on(&*store, &[MESSAGE], &mut recorder);
    let [Fate::Refused(text)] = &fates[..] else {
        panic!("{fates:?}");
    };
    assert!(text.starts_with("sh: exit code 67: a"), "{text}");
    let mut told = recorder.told;
    assert_eq!(told[0], "note: sh: out");
    assert!(told.len() <= 2 * MAX_LINES, "{}", told.len());
    told.retain(|line| line.starts_with("delivery: "));
    assert!(told.len() == 1 && !told[0].contains('\x1b'), "{told:?}");
}

#[test]
fn several_run_at_once_and_each_is_noted_before_and_after() {
    let mut bench = Bench::new();
    bench.setting.handover.jobs = NonZeroU8::new(2).expect("not 0");
    bench.setting.handover.in_doubt = InDoubt::Hold;
    // Each of the first two waits for the other one.
    let script = "cat >/dev/null; : >$D/$RETR_UID; \
                  while ! test -e $D/u0 || ! test -e $D/u1; do sleep 0.01; done";
    let store = bench.script(script, "");
    let mut recorder = Recorder::default();
    let fates = hand_on(&*store, &[MESSAGE, MESSAGE, MESSAGE], &mut recorder);
    assert_eq!(words(&fates), ["stored"; 3]);
    let first = ["handing 0 durably", "handing 1 durably"];
    assert_eq!(recorder.lines[..2], first);
    assert_eq!(recorder.lines.len(), 6);
    for at in 0..3 {
        let place = |line: &str| recorder.lines.iter().position(|found| found == line);
        let handing = place(&format!("handing {at} durably")).expect("noted");
        let handed = place(&format!("handed {at} stored")).expect("noted");
        assert!(handing < handed);
    }
}

#[test]
fn three_deferrals_in_a_row_leave_the_rest() {
    let bench = Bench::new();
    let store = bench.script("cat >/dev/null; echo x >>$D/runs; exit 75", "");
    let mut recorder = Recorder::default();
    let fates = hand_on(&*store, &[MESSAGE; 5], &mut recorder);
    let three = ["deferred", "deferred", "deferred", "left", "left"];
    assert_eq!(words(&fates), three);
    assert!(store.takes_no_more());
    assert_eq!(bench.read("runs"), b"x\nx\nx\n");
    assert_eq!(recorder.lines.len(), 6, "what is left is not noted");
}

#[test]
fn what_it_leaves_behind_ends_with_it() {
    let bench = Bench::new();
    // The child holds stdin, stdout and stderr.
    let script = "cat >/dev/null; (trap '' HUP; exec sleep 1000) & echo $! >$D/pid";
    let store = bench.script(script, "");
    let started = Instant::now();
    assert_eq!(words(&[bench.fate(&*store, MESSAGE)]), ["stored"]);
    assert!(started.elapsed() < Duration::from_secs(60));
    let pid = String::from_utf8(bench.read("pid")).expect("text");
    let proc = PathBuf::from(format!("/proc/{}/stat", pid.trim()));
    let state = fs::read_to_string(proc).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z"), "{state}");
}

#[test]
fn a_signal_ends_it_and_nothing_more_is_started() {
    let bench = Bench::new();
    let store = bench.script("cat >/dev/null; : >$D/begun; exec sleep 1000", "");
    let cancel = bench.setting.cancel.clone();
    let begun = bench.at("begun");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while !begun.exists() {
                std::thread::yield_now();
            }
            cancel.flag().store(15, Ordering::Relaxed);
        });
        let fates = hand_on(&*store, &[MESSAGE; 2], &mut Recorder::default());
        let interrupted = Fate::Deferred("sh: interrupted by SIGTERM".to_owned());
        assert_eq!(fates, [interrupted, Fate::Left]);
    });
}

#[test]
fn a_command_that_cannot_be_started_is_told_before_anything_is_fetched() {
    let bench = Bench::new();
    let file = bench.at("no-program");
    fs::write(&file, "#!/bin/sh\n").expect("written");
    for command in ["no-such-program -x", &file.display().to_string()] {
        let target = Target::new(&SCHEME, command);
        let looked = target.examine(&RealDisk::new()).expect_err("looked");
        let opened = bench.open(command);
        let text = looked.to_string();
        assert!(text.starts_with("cannot hand mail to the command "));
        assert_told(opened, Class::CantCreate, &text);
    }
    // It goes away later: nothing is lost by that.
    let script = bench.at("agent");
    fs::write(&script, "#!/bin/sh\ncat >/dev/null\n").expect("written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(&script, mode).expect("set");
    let store = bench.open(&script.display().to_string()).expect("opened");
    let batch = batch(&*store, &[MESSAGE]).expect("received");
    fs::remove_file(&script).expect("removed");
    let mut prepared = store.prepare(batch).expect("prepared");
    let fates = prepared.publish(&mut Recorder::default()).expect("done");
    let expected = "agent: it cannot be started: No such file or directory (os error 2)";
    assert_eq!(fates, [Fate::Deferred(expected.to_owned())]);
}

#[test]
fn the_ledger_knows_no_arguments() {
    let target = Target::new(&SCHEME, "/usr/bin/agent --token 'very secret'");
    assert_eq!(target.name().address, "/usr/bin/agent");
    assert!(!format!("{target:?}").contains("secret"));
}
