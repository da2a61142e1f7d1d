//! Every wait ends, and nothing that was started outlives the run.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, test_kill_process};

use crate::support::env::Sandbox;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Gate;

/// Longer than a run with short limits takes, shorter than what it waits for.
const SOON: Duration = Duration::from_secs(30);

/// For a run of which every wait is short.
const SHORT: [&str; 4] = ["--timeout", "1s", "--deadline", "3s"];

fn fifo(sandbox: &Sandbox) -> std::path::PathBuf {
    let path = sandbox.path("fifo");
    mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a FIFO");
    path
}

#[test]
fn a_fifo_in_the_place_of_a_file_is_refused_and_not_waited_for() {
    let mailbox = Mailbox::with(&small(1, 1));
    let fifo = fifo(&mailbox.sandbox);
    let fifo = fifo.to_str().expect("UTF-8");
    let url = mailbox.url();
    for (code, words) in [
        (
            78,
            &["stat", &url, "--tls", "none", "--password-file", fifo][..],
        ),
        (78, &["stat", &url, "--tls", "implicit", "--tls-ca", fifo]),
        (
            78,
            &["stat", &url, "--tls", "implicit", "--tls-client", fifo],
        ),
        (78, &["fetch", &url, "--config", fifo]),
        (78, &["config", "check", "--config", fifo]),
        (78, &["config", "import", "--from", "mpop", fifo]),
        (78, &["state", "import", "--from", "mpop", fifo, &url]),
        (73, &["fetch", &url, "--tls", "none", "--mbox", fifo]),
        (73, &["fetch", &url, "--tls", "none", "--maildir", fifo]),
        (73, &["stat", &url, "--tls", "none", "--state-dir", fifo]),
    ] {
        let started = Instant::now();
        let program = mailbox.sandbox.retr(words);
        let program = match words[0] {
            "stat" => program.args(SHORT),
            _ => program,
        };
        let output = program.env("RETR_PASSWORD", "correct horse").run();
        assert!(started.elapsed() < SOON, "{words:?}");
        // A state folder that is none shows only where it is written to.
        if words[0] != "stat" || code == 78 {
            assert_eq!(output.code(), Some(code), "{words:?}\n{output}");
        }
    }
    assert_eq!(
        mailbox.model.session_count(),
        1,
        "only the last one logs in"
    );
}

#[test]
fn a_netrc_that_is_a_fifo_is_none() {
    let mailbox = Mailbox::with(&small(1, 1));
    let fifo = fifo(&mailbox.sandbox);
    let output = mailbox
        .sandbox
        .retr(["stat", &mailbox.url(), "--tls", "none"])
        .env("NETRC", fifo)
        .run_to(78);
    assert!(
        output.stderr_text().contains("no password for alice"),
        "{output}"
    );
}

/// Waits for the id that a command wrote, and then for its end.
#[track_caller]
fn assert_ended(file: &Path) {
    let text = std::fs::read_to_string(file).expect("the command has started");
    let id = text.trim().parse().ok().and_then(Pid::from_raw);
    let id = id.expect("the id of a process");
    let until = Instant::now() + SOON;
    let is_there = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero()));
        test_kill_process(id).is_ok() && !stat.is_ok_and(|stat| stat.contains(") Z "))
    };
    while is_there() && Instant::now() < until {
        std::thread::yield_now();
    }
    assert!(!is_there(), "{}", file.display());
}

/// What a command starts keeps our stderr open: the test's read of it ends only
/// when all of them have.
#[test]
fn no_command_and_nothing_that_it_started_outlives_the_run() {
    for (code, option, first) in [
        (75, "--tunnel", ""),
        (75, "--password-command", ""),
        (75, "--password-command", "trap '' TERM; "),
        // It ends by itself, with success, and leaves one behind.
        (0, "--password-command", "echo 'correct horse'; exec >&-; "),
    ] {
        let mailbox = Mailbox::with(&small(1, 1));
        let ends = if code == 0 {
            "exit"
        } else {
            "wait; wait; true"
        };
        let script = format!("sh -c \"{first}sleep 600 & echo $! >id; {ends}\"");
        let started = Instant::now();
        let url = mailbox.url();
        mailbox
            .sandbox
            .retr(["stat", &url, "--tls", "none", option, &script])
            .args(SHORT)
            .env("RETR_PASSWORD", "correct horse")
            .run_to(code);
        assert!(started.elapsed() < SOON, "{option} {first}");
        assert_ended(&mailbox.sandbox.path("id"));
    }
}

#[test]
fn the_deadline_holds_for_the_password_and_the_session_together() {
    let mailbox = Mailbox::with(&small(1, 1));
    let gate = Gate::new();
    mailbox.model.stall_at("STAT", &gate);
    let url = mailbox.url();
    let started = Instant::now();
    let output = mailbox
        .sandbox
        .retr(["stat", &url, "--tls", "none", "--deadline", "2s"])
        .args([
            "--password-command",
            "sh -c \"sleep 1; echo 'correct horse'\"",
        ])
        .run_to(75);
    let took = started.elapsed();
    gate.open();
    assert!(took < Duration::from_millis(2900), "{took:?}");
    assert!(
        output.stderr_text().contains("before the deadline"),
        "{output}"
    );
}

#[test]
fn a_descriptor_that_says_nothing_is_waited_for_no_longer() {
    let mailbox = Mailbox::with(&small(1, 1));
    let (reader, _writer) = std::io::pipe().expect("a pipe");
    let url = mailbox.url();
    let output = mailbox
        .sandbox
        .retr(["stat", &url, "--tls", "none", "--password-fd", "0"])
        .args(SHORT)
        .stdin(reader)
        .run_to(75);
    assert!(
        output.stderr_text().contains("nothing came within 1s"),
        "{output}"
    );
}

/// SIGQUIT makes a core file, where files of any size may be made.
#[test]
fn a_crash_leaves_no_core_with_the_password() {
    let mailbox = Mailbox::with(&small(1, 1));
    let gate = Gate::new();
    mailbox.model.stall_at("STAT", &gate);
    let script = "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\"";
    let shell = mailbox.sandbox.command("sh").args(["-c", script]);
    let program = shell.args([env!("CARGO_BIN_EXE_retr"), "stat"]);
    let running = mailbox.connecting(program).start();
    gate.wait_until_reached();
    let process = format!("/proc/{}", running.pid().as_raw_nonzero());
    if let Ok(limits) = std::fs::read_to_string(format!("{process}/limits")) {
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let words: Vec<&str> = core.expect("a limit").split_whitespace().collect();
        assert_eq!(words[4], "0", "the limit in force");
    }
    running.signal(Signal::QUIT);
    let output = running.finish();
    gate.open();
    assert_eq!(output.signal(), Some(Signal::QUIT.as_raw()));
    let files = std::fs::read_dir(mailbox.sandbox.root()).expect("folder");
    let mut names = files.map(|entry| entry.expect("entry").file_name());
    assert!(!names.any(|name| name.to_string_lossy().contains("core")));
}
