//! Every wait ends, and nothing that was started outlives the run.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, test_kill_process};

use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::table::{at_once, table};

/// Longer than a run with short limits takes, shorter than what it waits for.
const SOON: Duration = Duration::from_secs(30);

/// For a run of which every wait is short.
const SHORT: [&str; 4] = ["--timeout", "1s", "--deadline", "3s"];

#[test]
fn a_fifo_in_the_place_of_a_file_is_refused_and_not_waited_for() {
    let mailbox = Mailbox::with(&small(1, 1));
    let path = mailbox.path("fifo");
    mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a FIFO");
    for [code, words] in table(
        "
        78 | stat URL --tls none --password-file fifo
        78 | stat URL --tls implicit --tls-ca fifo
        78 | stat URL --tls implicit --tls-client fifo
        78 | fetch URL --config fifo
        78 | config check --config fifo
        78 | config import --from mpop fifo
        78 | state import --from mpop fifo URL
        73 | fetch URL --tls none --mbox fifo
        73 | fetch URL --tls none --maildir fifo
        0  | stat URL --tls none --state-dir fifo",
    ) {
        let started = Instant::now();
        let program = mailbox.typed(&words.replace("URL", &mailbox.url()));
        let program = program.env("RETR_PASSWORD", "correct horse");
        let program = match words.starts_with("stat ") {
            true => program.args(SHORT),
            false => program,
        };
        let output = program.run();
        assert!(started.elapsed() < SOON, "{words}");
        // A state folder that is none shows only where it is written to.
        let is_last = words.contains("--state-dir");
        let code = code.parse().expect("a code");
        assert!(is_last || output.code() == Some(code), "{words}\n{output}");
        let sessions = mailbox.model.session_count();
        assert_eq!(sessions, usize::from(is_last), "{words}");
    }
    // A netrc that is one is none.
    let stat = mailbox.offline("stat --tls none").env("NETRC", path);
    stat.tells(78, "no password for alice");
}

/// Waits for the id that a command wrote, and then for its end.
#[track_caller]
fn assert_ended(file: &Path) {
    let text = fs::read_to_string(file).expect("the command has started");
    let id = text.trim().parse().ok().and_then(Pid::from_raw);
    let id = id.expect("the id of a process");
    let until = Instant::now() + SOON;
    let is_there = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero()));
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
    let (waits, says) = ("wait; wait; true", "echo 'correct horse'; exec >&-; ");
    let rows = [
        (75, "--tunnel", "", waits),
        (75, "--password-command", "", waits),
        (75, "--password-command", "trap '' TERM; ", waits),
        // It ends by itself, with success, and leaves one behind.
        (0, "--password-command", says, "exit"),
    ];
    at_once(rows, |(code, option, first, ends)| {
        let mailbox = Mailbox::with(&small(1, 1));
        let script = format!("sh -c \"{first}sleep 600 & echo $! >id; {ends}\"");
        let started = Instant::now();
        let stat = mailbox.offline("stat --tls none").args([option, &script]);
        let stat = stat.args(SHORT).env("RETR_PASSWORD", "correct horse");
        stat.run_to(code);
        assert!(started.elapsed() < SOON, "{option} {first}");
        assert_ended(&mailbox.path("id"));
    });
}

#[test]
fn the_deadline_holds_for_the_password_and_the_session_together() {
    let mailbox = Mailbox::with(&small(1, 1));
    let gate = mailbox.model.gate_at("STAT");
    let started = Instant::now();
    let stat = mailbox.offline("stat --tls none --deadline 2s");
    let command = "sh -c \"sleep 1; echo 'correct horse'\"";
    let stat = stat.args(["--password-command", command]);
    stat.tells(75, "before the deadline");
    let took = started.elapsed();
    gate.open();
    assert!(took < Duration::from_millis(2900), "{took:?}");
}

/// SIGQUIT makes a core file, where files of any size may be made.
#[test]
fn a_crash_leaves_no_core_with_the_password() {
    let mailbox = Mailbox::with(&small(1, 1));
    let gate = mailbox.model.gate_at("STAT");
    let script = "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\"";
    let shell = mailbox.sandbox.command("sh").args(["-c", script]);
    let program = shell.args([env!("CARGO_BIN_EXE_retr"), "stat"]);
    let running = mailbox.connecting(program).start();
    gate.wait_until_reached();
    let limits = format!("/proc/{}/limits", running.pid().as_raw_nonzero());
    if let Ok(limits) = fs::read_to_string(limits) {
        let mut lines = limits.lines();
        let core = lines.find(|line| line.starts_with("Max core file size"));
        let limit = core.expect("a limit").split_whitespace().nth(4);
        assert_eq!(limit, Some("0"), "the limit in force");
    }
    running.dies_of(Signal::QUIT);
    gate.open();
    let files = fs::read_dir(mailbox.root()).expect("folder");
    let mut names = files.map(|entry| entry.expect("entry").file_name());
    assert!(!names.any(|name| name.to_string_lossy().contains("core")));
}
