//! What reaches a terminal, a mail from cron, or nobody at all.

use std::fs::OpenOptions;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Setup};

#[test]
fn all_is_silent_when_all_is_well() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    for options in [&[][..], &[], &["--delete"], &["-q"]] {
        let output = mailbox.fetch().args(options).run_to(0);
        assert_eq!(output.to_string(), "", "{options:?}");
        mailbox.assert_stored(&mails);
    }
    assert_eq!(mailbox.model.maildrop().len(), 0);
}

#[test]
fn verbosity_goes_to_stderr_and_json_to_stdout() {
    let mailbox = Mailbox::with(&small(3, 1));
    let output = mailbox.fetch().args(["-v"]).run_to(0);
    assert!(
        output.stdout.is_empty() && !output.stderr.is_empty(),
        "{output}"
    );
    let output = mailbox.fetch().args(["-vv"]).run_to(0);
    assert!(output.stderr_text().contains("UIDL"), "{output}");
    assert!(output.stdout.is_empty(), "{output}");
    let output = mailbox.fetch_json().args(["-vv"]).run_to(0);
    assert_eq!(output.event("summary")["exit"], 0);
}

#[test]
fn a_message_that_is_cut_says_so_and_whole_ones_do_not() {
    let mail = Mail::new("Subject: x\r\n\r\none\r\ntwo\r\nthree\r\n");
    let mailbox = Mailbox::with(&[mail]);
    let show = |lines: &str| mailbox.command("show").args(["1", "--lines", lines]);
    let cut = "two\n[cut after 2 lines; there is more]\n\n";
    let output = show("2").run_to(0);
    assert!(output.stdout_text().ends_with(cut), "{output}");
    let json = show("2").args(["--json"]).run_to(0);
    assert_eq!(json.event("shown")["cut_after"], 2);
    for all in ["3", "4"] {
        let output = show(all).run_to(0);
        assert!(output.stdout_text().ends_with("\nthree\n\n"), "{output}");
    }
    let output = show("0").run_to(0);
    assert!(
        output.stdout_text().contains("\n[cut after 0 lines"),
        "{output}"
    );
}

#[test]
fn what_is_not_known_is_not_in_a_summary_and_what_cannot_pass_is_not_retried() {
    let mailbox = Mailbox::with(&small(3, 1));
    let stat = mailbox.command("stat").args(["--json"]).run_to(0);
    let summary = stat.event("summary");
    assert_eq!((&summary["listed"], summary.get("new")), (&3.into(), None));
    let show = mailbox.command("show").args(["9", "--json"]).run_to(76);
    assert_eq!(show.event("error")["retryable"], false);
}

#[test]
fn no_colour_and_no_bar_where_no_terminal_is() {
    let mailbox = Mailbox::with(&small(3, 1));
    let output = mailbox
        .fetch()
        .args(["-vv", "--progress", "auto"])
        .run_to(0);
    assert!(!output.stderr.contains(&0x1b), "{output}");
    mailbox.sandbox.secret_file("password", "wrong");
    let output = mailbox.fetch().run_to(77);
    assert!(!output.stderr.contains(&0x1b), "{output}");
}

#[test]
fn quiet_leaves_only_errors() {
    let mailbox = Mailbox::with(&small(3, 1));
    mailbox.model.on_command(|line| match line.text.as_str() {
        "RETR 2" => Act::say("-ERR gone"),
        _ => Act::Serve,
    });
    let output = mailbox.fetch().args(["-q"]).run_to(76);
    assert!(
        output.stderr_text().starts_with("retr: error: "),
        "{output}"
    );
}

// Faults 60 and 61.
#[test]
fn a_reader_who_left_does_not_stop_the_mail() {
    let mails = small(50, 1);
    let mailbox = Mailbox::with(&mails);
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    let output = mailbox.fetch_json().stdout(writer).run();
    assert!(matches!(output.code(), Some(0 | 74)), "{output}");
    assert!(!output.stderr_text().contains("panicked"), "{output}");
    mailbox.assert_stored(&mails);
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
    let mailbox = Mailbox::with(&[large_mail()]);
    for (command, whose) in [
        (&["show", "--raw"][..], "alice@127.0.0.1: "),
        (&["show"], ""),
    ] {
        let (_reader, writer) = small_pipe();
        let output = mailbox
            .command(command[0])
            .args(&command[1..])
            .args(["1", "--deadline", "1s"])
            .stdout(writer)
            .run_to(74);
        assert_eq!(
            output.stderr_text(),
            format!(
                "retr: error: {whose}cannot write to stdout\ncaused by: its reader stopped reading\n"
            )
        );
    }
}

#[test]
fn a_signal_ends_a_run_that_nobody_reads_from() {
    let mails = small(100, 1);
    let mailbox = Mailbox::with(&mails);
    let large = Mailbox::with(&[large_mail()]);
    for program in [
        large.command("show").args(["--raw", "1"]),
        mailbox.fetch_json(),
    ] {
        let (reader, writer) = small_pipe();
        let running = program.stdout(writer).start();
        // The rest finds no room.
        let mut fds = [PollFd::new(&reader, PollFlags::IN)];
        let wait = Timespec::try_from(Duration::from_secs(30)).expect("short");
        assert_eq!(poll(&mut fds, Some(&wait)), Ok(1));
        running.signal(Signal::TERM);
        let output = running.finish();
        assert_eq!(output.signal(), Some(15), "{output}");
        assert!(
            output.stderr_text().ends_with(": interrupted by SIGTERM\n"),
            "{output}"
        );
    }
    mailbox.assert_part_stored(&mails);
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
}

#[test]
fn mail_does_not_wait_for_a_stderr_that_nobody_reads() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let (_reader, mut writer) = small_pipe();
    writer.write_all(&[b'x'; PAGE]).expect("room");
    let output = mailbox.fetch().args(["-vv"]).stderr(writer).run_to(0);
    assert!(output.stdout.is_empty(), "{output}");
    mailbox.assert_stored(&mails);
}

#[test]
fn a_full_stderr_changes_nothing() {
    let mails = small(3, 1);
    let full = || {
        OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full")
    };
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().args(["-vv"]).stderr(full()).run_to(0);
    mailbox.assert_stored(&mails);
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    mailbox.fetch().args(["-vv"]).stderr(writer).run_to(0);
    mailbox.sandbox.secret_file("password", "wrong");
    mailbox.fetch().stderr(full()).run_to(77);
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
        assert!(
            c == '\n' || !(c.is_control() || reorders),
            "{what} has {c:?}: {text:?}"
        );
    }
}

// Case 92, faults 87 and 88.
#[test]
fn hostile_server_text_is_escaped_wherever_it_shows() {
    for command in ["PASS", "UIDL", "RETR", "DELE", "QUIT"] {
        let setup = Setup {
            mechanisms: &[],
            ..Setup::default()
        };
        let mailbox = Mailbox::on(setup, &small(2, 1));
        mailbox.model.on_command(move |line| {
            if line.text.split(' ').next() == Some(command) {
                Act::say(&format!("-ERR {HOSTILE}"))
            } else {
                Act::Serve
            }
        });
        for options in [&["-vv"][..], &[], &["--json"]] {
            let output = mailbox.fetch().args(["--delete"]).args(options).run();
            assert_ne!(output.code(), Some(0), "{command}\n{output}");
            assert_harmless(command, &output.stdout);
            assert_harmless(command, &output.stderr);
        }
    }
}

#[test]
fn a_hostile_greeting_is_escaped_and_cut() {
    let long = format!("-ERR {HOSTILE}{}", "x".repeat(2000));
    let setup = Setup {
        greeting: Box::leak(long.into_boxed_str()),
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &[]);
    let output = mailbox.fetch().run_to(75);
    assert_harmless("the greeting", &output.stderr);
    assert!(output.stderr.len() < 1000, "{output}");
    assert!(output.stderr_text().contains("end"), "{output}");
}

#[test]
fn hostile_ids_and_headers_are_escaped_in_json() {
    let mail = Mail::new(format!(
        "Subject: {HOSTILE}\r\nFrom: {HOSTILE} <a@b>\r\n\r\nx\r\n"
    ));
    let mailbox = Mailbox::with(&[]);
    mailbox.model.maildrop().add_as(HOSTILE, &mail);
    let output = mailbox.fetch_json().run_to(0);
    assert_harmless("JSON", &output.stdout);
    let message = output.event("message");
    assert!(
        message["subject"]
            .as_str()
            .expect("a subject")
            .contains("end")
    );
    mailbox.assert_stored(&[mail]);
}

#[test]
fn hostile_headers_are_escaped_in_a_list() {
    let mail = Mail::new(format!(
        "Subject: {HOSTILE}\r\nFrom: {HOSTILE} <a@b>\r\n\r\nx\r\n"
    ));
    let mailbox = Mailbox::with(&[mail]);
    for options in [&[][..], &["--json"], &["--color", "never"]] {
        let output = mailbox.command("list").args(options).run_to(0);
        assert_harmless("list", &output.stdout);
        assert!(output.stdout_text().contains("owned"), "{output}");
    }
}

#[test]
fn probe_goes_as_far_as_what_it_is_given() {
    let mailbox = Mailbox::with(&small(3, 1));
    let url = format!("pop3://127.0.0.1:{}", mailbox.model.port());
    let nobody = mailbox
        .sandbox
        .retr(["probe", "--json", &url, "--tls", "none"]);
    let probed = nobody.run_to(0).event("probed");
    assert_eq!(probed["logged_in"], false);
    assert_eq!(mailbox.model.count("AUTH") + mailbox.model.count("USER"), 0);
    let alice = mailbox.command("probe").args(["--json"]).run_to(0);
    assert_eq!(alice.event("probed")["logged_in"], true);
    assert_eq!(mailbox.model.count("RETR"), 0);
    let table = mailbox.command("probe").run_to(0).stdout_text();
    assert!(
        table.starts_with("server          127.0.0.1 port "),
        "{table}"
    );
}
