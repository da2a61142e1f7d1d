use std::fs::File;
use std::io::{Seek, Write};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use super::*;
use crate::base::Cancel;
use crate::wait::Timeouts;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(30);

/// Returns whether a process is there, and not only its exit code.
pub(crate) fn is_alive(id: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero()));
    stat.is_ok_and(|stat| {
        let state = stat.rsplit_once(") ").map(|(_, rest)| rest.as_bytes()[0]);
        !matches!(state, Some(b'Z' | b'X'))
    })
}

/// Waits until a process that was killed has gone.
pub(crate) fn ends(id: Pid) -> bool {
    let until = Instant::now() + LONG;
    while is_alive(id) && Instant::now() < until {
        std::thread::yield_now();
    }
    !is_alive(id)
}

fn timeouts(wait: Duration) -> Timeouts {
    Timeouts::new(wait, LONG, &Cancel::new())
}

fn words(script: &str) -> Words {
    Words::new(vec!["sh".into(), "-c".into(), script.into()]).expect("words")
}

fn launch<'a>(words: &'a Words, input: Input) -> Launch<'a> {
    Launch {
        words,
        variables: &[],
        input,
        stdout: Output::Whole(1000),
        stderr: Output::First(10),
        grace: Duration::from_millis(100),
    }
}

fn run(script: &str, input: Input) -> Ended {
    let words = words(script);
    let running = launch(&words, input).start(&timeouts(LONG));
    running.expect("started").wait()
}

fn code(ended: &Ended) -> Option<i32> {
    match &ended.how {
        How::Exited(status) => status.code(),
        _ => None,
    }
}

#[test]
fn code_and_output_come_back() {
    let ended = run("cat; echo out; echo err >&2; exit 7", Input::Nothing);
    assert_eq!(code(&ended), Some(7));
    let expected = (&b"out\n"[..], &b"err\n"[..]);
    assert_eq!((&ended.stdout[..], &ended.stderr[..]), expected);
    assert_eq!(ended.was_read, None);
    let ended = run("kill -9 $$", Input::Nothing);
    assert!(matches!(&ended.how, How::Exited(status) if status.to_string().contains("SIGKILL")));
}

#[test]
fn no_variable_with_a_password_is_inherited_and_others_are_given() {
    let words = words("echo \"[$RETR_PASSWORD][$RETR_PROXY_PASSWORD][$SENDER]\"");
    let launch =
        Launch { variables: &[("SENDER", "a b".into())], ..launch(&words, Input::Nothing) };
    let ended = launch.start(&timeouts(LONG)).expect("started").wait();
    assert_eq!(&ended.stdout[..], b"[][][a b]\n");
}

#[test]
fn octets_are_read_whole_from_a_pipe_or_a_file() {
    for length in [0, 1, 4096, 65_536, 300_000, 1 << 20, (1 << 20) + 1, 3 << 20] {
        let ended = run("wc -c", Input::Octets(vec![b'x'; length]));
        let counted = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
        assert_eq!(counted, length.to_string());
        match length {
            1..=65_536 => assert_eq!(ended.was_read, Some(true), "{length}"),
            0 => assert_eq!(ended.was_read, Some(false)),
            // How large a pipe may be is the system's to say.
            _ => assert_ne!(ended.was_read, Some(false), "{length}"),
        }
    }
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(b"not this, but this").expect("written");
    file.seek(std::io::SeekFrom::Start(10)).expect("seek");
    let ended = run("cat", Input::File(file));
    assert_eq!(&ended.stdout[..], b"but this");
}

#[test]
fn what_reads_nothing_is_told() {
    for script in ["exit 0", "exec <&-; exit 0"] {
        let ended = run(script, Input::Octets(b"mail".to_vec()));
        assert_eq!((code(&ended), ended.was_read), (Some(0), Some(false)));
    }
    let ended = run("read -r line; exit 0", Input::Octets(b"a\nb\n".to_vec()));
    assert_eq!(ended.was_read, Some(true));
}

#[test]
fn too_much_output_ends_it_or_is_dropped() {
    let ended = run("exec cat /dev/zero", Input::Nothing);
    assert!(matches!(ended.how, How::TooMuch), "{ended:?}");
    assert_eq!(ended.stdout.len(), 1000);
    let ended = run("yes | head -c 1000", Input::Nothing);
    assert_eq!((code(&ended), ended.stdout.len()), (Some(0), 1000));
    let ended = run("yes | head -c 1001; exit 3", Input::Nothing);
    assert!(matches!(ended.how, How::TooMuch), "{ended:?}");
    let ended = run("yes | head -c 3000000 >&2; exit 3", Input::Nothing);
    let expected = (Some(3), &b"y\ny\ny\ny\ny\n"[..]);
    assert_eq!((code(&ended), &ended.stderr[..]), expected);
}

/// The id that a script printed first.
fn printed_id(octets: &[u8]) -> Pid {
    let text = String::from_utf8_lossy(octets);
    let id = text.lines().next().and_then(|line| line.parse().ok());
    Pid::from_raw(id.expect("a number")).expect("an id")
}

#[test]
fn at_the_limit_the_whole_group_is_ended() {
    for script in [
        "sleep 600 & echo $!; wait",
        "trap '' TERM; sleep 600 & echo $!; wait; wait",
        "trap 'exit 0' TERM; sleep 600 & echo $!; wait",
    ] {
        let words = words(script);
        let wait = Duration::from_millis(300);
        let running = launch(&words, Input::Nothing).start(&timeouts(wait));
        let ended = running.expect("started").wait();
        match &ended.how {
            How::Stopped(why) => assert_eq!(why.to_string(), "no end within 300ms"),
            how => panic!("{script}: {how:?}"),
        }
        assert!(ends(printed_id(&ended.stdout)), "{script}");
    }
}

#[test]
fn a_signal_ends_it() {
    let cancel = Cancel::new();
    let words = words("exec sleep 600");
    let timeouts = Timeouts::new(LONG, LONG, &cancel);
    let running = launch(&words, Input::Nothing).start(&timeouts);
    cancel.flag().store(15, Ordering::Relaxed);
    let ended = running.expect("started").wait();
    assert!(matches!(&ended.how, How::Stopped(why) if why.to_string() == "interrupted by SIGTERM"));
}

#[test]
fn what_it_leaves_behind_holds_nothing_and_is_ended() {
    let started = Instant::now();
    let ended = run("sleep 600 & echo $!", Input::Nothing);
    assert_eq!(code(&ended), Some(0));
    assert!(ends(printed_id(&ended.stdout)));
    assert!(started.elapsed() < LONG);
}

#[test]
fn dropping_it_ends_it() {
    let dir = tempfile::tempdir().expect("tempdir");
    let path = dir.path().join("id");
    let words = words(&format!("sleep 600 & echo $! >{}.x; mv {0}.x {0}; wait", path.display()));
    let running = launch(&words, Input::Nothing).start(&timeouts(LONG));
    while !path.exists() {
        std::thread::yield_now();
    }
    let id = printed_id(&std::fs::read(&path).expect("an id"));
    assert!(is_alive(id));
    drop(running);
    assert!(ends(id));
}

#[test]
fn several_are_polled_from_one_thread() {
    let dir = tempfile::tempdir().expect("tempdir");
    let fifo = dir.path().join("fifo");
    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).expect("made");
    // Each waits for the other one.
    let scripts = [format!("echo x >{}", fifo.display()), format!("cat {}", fifo.display())];
    let all = scripts.map(|script| words(&script));
    let timeouts = timeouts(LONG);
    let start = |words| launch(words, Input::Nothing).start(&timeouts).expect("started");
    let mut running: Vec<Running> = all.iter().map(start).collect();
    let mut printed = Vec::new();
    while !running.is_empty() {
        nap(&running.iter().collect::<Vec<_>>()).expect("poll");
        running.retain_mut(|running| {
            let ended = running.poll();
            printed.extend(ended.iter().flat_map(|ended| ended.stdout.to_vec()));
            ended.is_none()
        });
    }
    assert_eq!(printed, b"x\n");
}

#[test]
fn a_program_that_is_not_there_is_an_error_at_once() {
    let words = Words::split("/nonexistent/x").expect("words");
    let error = launch(&words, Input::Nothing).start(&timeouts(LONG));
    let expected = std::io::ErrorKind::NotFound;
    assert_eq!(error.expect_err("none").kind(), expected);
    let words = Words::split("cat").expect("words");
    let file = File::open("/dev/null").expect("opened");
    let ended = launch(&words, Input::File(file)).start(&timeouts(LONG));
    assert_eq!(code(&ended.expect("started").wait()), Some(0));
}

/// In a process of its own, as all commands end.
#[test]
fn a_process_that_drops_nothing_can_kill_them_all() {
    const IS_CHILD: &str = "RETR_TEST_KILL_ALL";
    if let Some(path) = std::env::var_os(IS_CHILD) {
        let script = format!("sleep 600 & echo $! >{0}.x; mv {0}.x {0}; wait", path.display());
        let words = words(&script);
        let running = launch(&words, Input::Nothing).start(&timeouts(LONG));
        while !std::path::Path::new(&path).exists() {
            std::thread::yield_now();
        }
        std::mem::forget(running);
        kill_all();
        std::process::exit(0);
    }
    let dir = tempfile::tempdir().expect("tempdir");
    let path = dir.path().join("id");
    let status = std::process::Command::new(std::env::current_exe().expect("the tests"))
        .args(["--exact", "process::tests::a_process_that_drops_nothing_can_kill_them_all"])
        .env(IS_CHILD, &path)
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.expect("run").success());
    assert!(ends(printed_id(&std::fs::read(&path).expect("an id"))));
}
