//! A command that prints the secret, run without a shell.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::descriptor::{Until, gather};
use super::one_line;
use crate::base::{Cancel, Class, Failure, Secret, shown};
use crate::cli::environment::Environment;
use crate::net::user_command;

/// What to do about it.
const NO_SHELL: &str = "no shell runs it; for pipes and variables write sh -c '…'";

/// What the command is called.
const WHAT: &str = "password command";

/// Splits a command into words as a shell does; `what` names it.
pub(crate) fn split(what: &str, command: &str) -> Result<Vec<String>, Failure> {
    let words = shell_words::split(command)
        .map_err(|_| Failure::new(Class::Config, format!("{what}: a quote is not closed")))?;
    if words.first().is_none_or(String::is_empty) {
        return Err(Failure::new(Class::Config, format!("{what} is empty")));
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err(Failure::new(
            Class::Config,
            format!("{what} contains a NUL"),
        ));
    }
    Ok(words)
}

/// Runs the command and takes what it prints. Its stderr is the user's; its
/// arguments are not told, since they may be secret.
pub(super) fn run(
    words: &[String],
    patience: Duration,
    cancel: &Cancel,
) -> Result<Secret, Failure> {
    let [program, arguments @ ..] = words else {
        return Err(Failure::new(Class::Config, "password command is empty"));
    };
    let what = name(WHAT, program);
    let failed = |how: &str, cause: Option<String>| {
        let mut failure = Failure::new(Class::Config, format!("{what} {how}"));
        failure.causes.extend(cause);
        failure
    };
    let mut child = user_command(program, arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_start(WHAT, program, &error.to_string()))?;
    let deadline = Instant::now() + patience;
    let gathered = match child.stdout.take() {
        Some(mut stdout) => gather(&mut stdout, Until::End, patience, cancel),
        None => Err(std::io::Error::other("no output")),
    };
    let bytes = match gathered {
        Ok(bytes) => bytes,
        Err(error) => {
            end(&mut child);
            return Err(failed("gave no password", Some(error.to_string())));
        }
    };
    let status = match wait(&mut child, deadline, cancel) {
        Ok(Some(status)) => status,
        Ok(None) => {
            end(&mut child);
            return Err(failed("did not end", None));
        }
        Err(error) => return Err(failed("was lost", Some(error.to_string()))),
    };
    if !status.success() {
        // `exit status: 1`, or the signal.
        let failure = failed("failed", Some(status.to_string()));
        return Err(match check_words(words) {
            Ok(()) => failure,
            Err(_) => failure.hint(NO_SHELL),
        });
    }
    one_line(&bytes, &format!("what {what} printed"))
}

fn name(what: &str, program: &str) -> String {
    format!("{what} `{}`", shown(program.as_bytes()))
}

fn cannot_start(what: &str, program: &str, cause: &str) -> Failure {
    let what = format!("{} cannot be started", name(what, program));
    let mut failure = Failure::new(Class::Config, what);
    failure.causes.push(cause.to_owned());
    failure.hint(NO_SHELL)
}

/// Refuses an argument that only a shell makes something of: the program would
/// get it as it is. It may be secret.
pub(crate) fn check_words(words: &[String]) -> Result<(), Failure> {
    let is_for_a_shell = |word: &String| {
        let is_operator = ["|", "||", "&", "&&", ";", "<", ">", ">>"].contains(&word.as_str());
        let is_variable = word.strip_prefix('$').is_some_and(|name| {
            name.starts_with(|c: char| c == '{' || c == '(' || c == '_' || c.is_ascii_alphabetic())
        });
        is_operator || is_variable || word == "~" || word.starts_with("~/")
    };
    match words.iter().skip(1).any(is_for_a_shell) {
        true => Err(Failure::new(
            Class::Config,
            "an argument has a variable, a ~ or a pipe, which is for a shell",
        )
        .hint(NO_SHELL)),
        false => Ok(()),
    }
}

/// Whether there is a program to start, where it will be looked for. Nothing
/// is run; `what` names the command.
pub(super) fn check(what: &str, program: &str, env: &Environment) -> Result<(), Failure> {
    /// Where libc looks if nothing says where.
    const USUAL: &str = "/bin:/usr/bin";
    let is_program = |path: &Path| {
        path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
    };
    if program.contains('/') {
        return match is_program(&env.absolute(Path::new(program))?) {
            true => Ok(()),
            false => Err(cannot_start(what, program, "it is no file that can be run")),
        };
    }
    let path = env.vars.get(OsStr::new("PATH"));
    let path = path.map_or(OsStr::new(USUAL), |path| path);
    let found = std::env::split_paths(path)
        .filter_map(|dir| env.absolute(&dir.join(program)).ok())
        .any(|path| is_program(&path));
    match found {
        true => Ok(()),
        false => Err(cannot_start(
            what,
            program,
            "no program of this name is in PATH",
        )),
    }
}

/// Waits for the end; `None` at the deadline or when cancelled.
fn wait(
    child: &mut Child,
    deadline: Instant,
    cancel: &Cancel,
) -> std::io::Result<Option<ExitStatus>> {
    // It has closed its output, so this is short.
    const LOOK: Duration = Duration::from_millis(5);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline || cancel.signal().is_some() {
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    }
}

/// Kills the command; that it ended meanwhile does not matter.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(command: &str) -> Result<Vec<u8>, Failure> {
        let words = split("password command", command)?;
        let secret = run(&words, Duration::from_secs(10), &Cancel::new())?;
        Ok(secret.expose().to_vec())
    }

    #[test]
    fn the_output_is_the_secret() {
        assert_eq!(ran("printf 'a b\\n'"), Ok(b"a b".to_vec()));
        assert_eq!(ran("sh -c 'echo $((1 + 1))'"), Ok(b"2".to_vec()));
        assert_eq!(ran(r"printf '\377'"), Ok(b"\xff".to_vec()));
    }

    #[test]
    fn it_has_no_input_and_no_variable() {
        assert_eq!(
            ran("sh -c 'cat; echo \"[$RETR_PASSWORD]\"'"),
            Ok(b"[]".to_vec())
        );
    }

    #[test]
    fn what_goes_wrong_is_told_without_arguments_and_output() {
        for (command, what, causes) in [
            (
                "sh -c 'echo canary; exit 3'",
                "password command `sh` failed",
                &["exit status: 3"][..],
            ),
            (
                "sh -c 'kill -9 $$'",
                "password command `sh` failed",
                &["signal: 9 (SIGKILL)"],
            ),
            (
                "true canary",
                "what password command `true` printed is empty",
                &[],
            ),
            (
                "printf 'canary\\nb\\n'",
                "what password command `printf` printed has more than one line",
                &[],
            ),
            (
                "printf 'canary\\000'",
                "what password command `printf` printed contains a NUL or a carriage return, which no password can",
                &[],
            ),
            (
                "sh -c 'cat /dev/zero #canary'",
                "password command `sh` gave no password",
                &["more than 64 KiB"],
            ),
            (
                "/nonexistent/x canary",
                "password command `/nonexistent/x` cannot be started",
                &["No such file or directory (os error 2)"],
            ),
            ("", "password command is empty", &[]),
            ("'' x", "password command is empty", &[]),
            ("a 'b", "password command: a quote is not closed", &[]),
            ("a b\0", "password command contains a NUL", &[]),
        ] {
            let failure = ran(command).expect_err(command);
            assert_eq!(failure.class, Class::Config, "{command}");
            assert_eq!(failure.what, what, "{command}");
            assert_eq!(failure.causes, causes, "{command}");
            assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
        }
    }

    #[test]
    fn one_that_hangs_is_ended() {
        let words = split("x", "sleep 1000").expect("words");
        let started = Instant::now();
        let failure = run(&words, Duration::from_millis(20), &Cancel::new());
        assert_eq!(
            failure.expect_err("hangs").causes,
            ["nothing came in 0.02 s"]
        );
        // Its output closed, it still does not end.
        let words = split("x", "sh -c 'exec >&-; exec sleep 1000'").expect("words");
        let failure = run(&words, Duration::from_secs(1), &Cancel::new());
        assert_eq!(
            failure.expect_err("hangs").what,
            "password command `sh` did not end"
        );
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_signal_ends_the_wait() {
        let cancel = Cancel::new();
        cancel
            .flag()
            .store(15, std::sync::atomic::Ordering::Relaxed);
        let words = split("x", "sleep 1000").expect("words");
        let failure = run(&words, Duration::from_secs(60), &cancel).expect_err("stopped");
        assert_eq!(failure.causes, ["interrupted by SIGTERM"]);
    }
}
