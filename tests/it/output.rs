//! What reaches a terminal, a mail from cron, or nobody at all.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::process::Stdio;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;
use serde_json::json;

use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::table::at_once;

#[test]
fn all_is_silent_when_all_is_well() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    for options in [&[][..], &[], &["--delete"], &["-q"]] {
        let output = mailbox.fetch().args(options).run_to(0);
        assert_eq!(output.to_string(), "", "{options:?}");
        mailbox.assert_stored(&mails);
    }
    assert_eq!(mailbox.model.left(), 0);
}

/// And there is neither colour nor a bar where no terminal is.
#[test]
fn verbosity_goes_to_stderr_and_json_to_stdout() {
    let mailbox = Mailbox::with(&small(3, 1));
    for (option, word) in [("-v", ""), ("-vv", "UIDL")] {
        let fetch = mailbox.fetch().args([option, "--progress", "auto"]);
        let output = fetch.tells(0, word);
        assert!(output.stdout.is_empty(), "{output}");
        assert!(!output.stderr.is_empty(), "{output}");
        assert!(!output.stderr.contains(&0x1b), "{output}");
    }
    let output = mailbox.fetch_json().args(["-vv"]).run_to(0);
    output.has("summary", json!({"exit": 0}));
    mailbox.secret_file("password", "wrong");
    let output = mailbox.fetch().run_to(77);
    assert!(!output.stderr.contains(&0x1b), "{output}");
}

#[test]
fn a_message_that_is_cut_says_so_and_whole_ones_do_not() {
    let mail = Mail::new("Subject: x\r\n\r\none\r\ntwo\r\nthree\r\n");
    let mailbox = Mailbox::with(&[mail]);
    let show = |lines: &str| mailbox.command("show").args(["1", "--lines", lines]);
    let cut = "two\n[cut after 2 lines; there is more]\n\n";
    let output = show("2").run_to(0);
    assert!(output.stdout_text().ends_with(cut), "{output}");
    let output = show("2").args(["--json"]).run_to(0);
    output.has("shown", json!({"cut_after": 2}));
    for all in ["3", "4"] {
        let output = show(all).run_to(0);
        assert!(output.stdout_text().ends_with("\nthree\n\n"), "{output}");
    }
    show("0").run_to(0).shows("\n[cut after 0 lines");
}

#[test]
fn what_is_not_known_is_not_in_a_summary_and_what_cannot_pass_is_not_retried() {
    let mailbox = Mailbox::with(&small(3, 1));
    let stat = mailbox.command("stat").arg("--json").run_to(0);
    let summary = stat.has("summary", json!({"listed": 3}));
    assert_eq!(summary.get("new"), None);
    let show = mailbox.command("show").args(["9", "--json"]).run_to(76);
    show.has("error", json!({"retryable": false}));
}

#[test]
fn quiet_leaves_only_errors() {
    let mailbox = Mailbox::with(&small(3, 1));
    mailbox.model.answer("RETR 2", "-ERR gone");
    let text = mailbox.fetch().args(["-q"]).run_to(76).stderr_text();
    assert!(text.starts_with("retr: error: "), "{text}");
}

// Faults 60 and 61.
#[test]
fn a_reader_who_left_does_not_stop_the_mail() {
    let mails = small(50, 1);
    let mailbox = Mailbox::with(&mails);
    let output = mailbox.fetch_json().stdout(left()).run();
    assert!(matches!(output.code(), Some(0 | 74)), "{output}");
    assert!(!output.stderr_text().contains("panicked"), "{output}");
    mailbox.assert_stored(&mails);
}

/// A pipe whose reader has left.
fn left() -> PipeWriter {
    io::pipe().expect("a pipe").1
}

/// A pipe of one page; nobody reads from it unless the test does.
fn small_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = io::pipe().expect("a pipe");
    rustix::pipe::fcntl_setpipe_size(&writer, PAGE).expect("made small");
    (reader, writer)
}

const PAGE: usize = 4096;

/// More than pipes and sockets hold.
fn large_mail() -> Mail {
    Mail::new(format!("Subject: x\r\n\r\n{}", "line\r\n".repeat(200_000)))
}

#[test]
fn a_reader_that_stops_reading_is_given_up_at_the_deadline() {
    let rows = [("show --raw", "alice@127.0.0.1: "), ("show", "")];
    at_once(rows, |(command, whose)| {
        let mailbox = Mailbox::with(&[large_mail()]);
        let (_reader, writer) = small_pipe();
        let show = mailbox.command(command).args(["1", "--deadline", "3s"]);
        let told = show.stdout(writer).run_to(74).stderr_text();
        let why = "cannot write to stdout\ncaused by: its reader stopped reading\n";
        assert_eq!(told, format!("retr: error: {whose}{why}"));
    });
}

#[test]
fn a_signal_ends_a_run_that_nobody_reads_from() {
    let mails = small(100, 1);
    let mailbox = Mailbox::with(&mails);
    let large = Mailbox::with(&[large_mail()]);
    let show = large.command("show").args(["--raw", "1"]);
    for program in [show, mailbox.fetch_json()] {
        let (reader, writer) = small_pipe();
        let running = program.stdout(writer).start();
        // The rest finds no room.
        let mut fds = [PollFd::new(&reader, PollFlags::IN)];
        let wait = Timespec::try_from(Duration::from_secs(30)).expect("short");
        assert_eq!(poll(&mut fds, Some(&wait)), Ok(1));
        let text = running.dies_of(Signal::TERM).stderr_text();
        assert!(text.ends_with(": interrupted by SIGTERM\n"), "{text}");
    }
    mailbox.assert_part_stored(&mails);
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
}

/// Nor for one that is full, or whose reader has left.
#[test]
fn mail_does_not_wait_for_a_stderr_that_nobody_reads() {
    let mails = small(3, 1);
    let full = || File::options().write(true).open("/dev/full").expect("opened");
    let (_reader, mut stuck) = small_pipe();
    stuck.write_all(&[b'x'; PAGE]).expect("room");
    let rows = [full().into(), left().into(), Stdio::from(stuck)];
    at_once(rows, |stderr| {
        let mailbox = Mailbox::with(&mails);
        let output = mailbox.fetch().args(["-vv"]).stderr(stderr).run_to(0);
        assert!(output.stdout.is_empty(), "{output}");
        mailbox.assert_stored(&mails);
        mailbox.secret_file("password", "wrong");
        mailbox.fetch().stderr(full()).run_to(77);
    });
}

const HOSTILE: &str = "\x1b]0;owned\x07\x1b[2J \u{9b}31m \u{202e}gnp.exe\u{2066} \x7f \x08\x08 end";

/// Nothing that drives a terminal: no control but the line end, no mark that
/// reorders text, and nothing but UTF-8.
#[track_caller]
fn assert_harmless(what: &str, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    for c in text.chars() {
        let marks = ['\u{200e}', '\u{200f}', '\u{061c}', '\u{2028}', '\u{2029}'];
        let reorders =
            marks.contains(&c) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let is_harmless = c == '\n' || !(c.is_control() || reorders);
        assert!(is_harmless, "{what} has {c:?}: {text:?}");
    }
}

// Case 92, faults 87 and 88.
#[test]
fn hostile_server_text_is_escaped_wherever_it_shows() {
    for command in ["PASS", "UIDL", "RETR", "DELE", "QUIT"] {
        let mailbox = Mailbox::on(Setup::default().mechanisms(&[]), &small(2, 1));
        mailbox.model.answer(command, &format!("-ERR {HOSTILE}"));
        for option in ["-vv", "--progress=never", "--json"] {
            let output = mailbox.fetch().args(["--delete", option]).run();
            assert_ne!(output.code(), Some(0), "{command}\n{output}");
            assert_harmless(command, &output.stdout);
            assert_harmless(command, &output.stderr);
        }
    }
    // A greeting is cut, too.
    let long = format!("-ERR {HOSTILE}{}", "x".repeat(2000));
    let setup = Setup::default().greeting(Box::leak(long.into_boxed_str()));
    let output = Mailbox::on(setup, &[]).fetch().tells(75, "end");
    assert_harmless("the greeting", &output.stderr);
    assert!(output.stderr.len() < 1000, "{output}");
}

/// A mailbox with one message whose header and id are hostile.
fn hostile() -> (Mailbox, Mail) {
    let from = format!("From: {HOSTILE} <a@b>");
    let mail = Mail::new(format!("Subject: {HOSTILE}\r\n{from}\r\n\r\nx\r\n"));
    let mailbox = Mailbox::with(&[]);
    mailbox.model.maildrop().add_as(HOSTILE, &mail);
    (mailbox, mail)
}

#[test]
fn hostile_ids_and_headers_are_escaped_in_json() {
    let (mailbox, mail) = hostile();
    let output = mailbox.fetch_json().run_to(0);
    assert_harmless("JSON", &output.stdout);
    let subject = output.column("message", "subject").remove(0);
    assert!(subject.contains("end"), "{subject}");
    mailbox.assert_stored(&[mail]);
}

#[test]
fn hostile_headers_are_escaped_in_a_list() {
    let (mailbox, _) = hostile();
    for option in ["--color=auto", "--json", "--color=never"] {
        let output = mailbox.command("list").arg(option).run_to(0);
        assert_harmless("list", &output.stdout);
        assert!(output.stdout_text().contains("owned"), "{output}");
    }
}
