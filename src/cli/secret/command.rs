//! A command that prints the secret, run without a shell.

use std::time::Duration;

use super::{MAX_SECRET, one_line};
use crate::base::{Class, Failure, Secret, sanitized};
use crate::process::{self, How, Input, Launch, NO_SHELL, Output, Words};
use crate::wait::Timeouts;

const WHAT: &str = "password command";

/// How long the command may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(1);

/// Splits a command into words as a shell does; `what` names it.
pub(crate) fn split(what: &str, command: &str) -> Result<Words, Failure> {
    Words::split(command).map_err(|why| Failure::config(format!("{what} {why}")))
}

/// Runs the command and takes what it prints. Its stderr is the user's; its
/// arguments are not told, since they may be secret.
pub(super) fn run(words: &Words, timeouts: &Timeouts) -> Result<Secret, Failure> {
    let what = name(WHAT, words.program());
    let failed = |class, how: &str, cause: String| {
        Failure::new(class, format!("{what} {how}")).because(cause)
    };
    let launch = Launch {
        words,
        variables: &[],
        input: Input::Nothing,
        stdout: Output::Whole(MAX_SECRET),
        stderr: Output::Inherited,
        grace: GRACE,
    };
    let running = launch.start(timeouts);
    let ended = running.map_err(|error| cannot_start(WHAT, words, &error.to_string()))?.wait();
    Err(match ended.how {
        How::Exited(status) if status.success() => {
            return one_line(&ended.stdout, &format!("what {what} printed"));
        }
        How::Exited(status) => {
            // `exit status: 1`, or the signal.
            let failure = failed(Class::Config, "failed", status.to_string());
            if words.need_shell() { failure.hint(NO_SHELL) } else { failure }
        }
        How::TooMuch => {
            failed(Class::Config, "gave no password", "more than 64 KiB came".to_owned())
        }
        How::Stopped(why) => failed(why.class(), "gave no password", why.to_string()),
        How::Lost(error) => failed(Class::Config, "was lost", error.to_string()),
    })
}

fn name(what: &str, program: &str) -> String {
    format!("{what} `{}`", sanitized(program.as_bytes()))
}

fn cannot_start(what: &str, words: &Words, cause: &str) -> Failure {
    let program = words.program();
    let hint = match what {
        _ if words.need_shell() || program.starts_with(['~', '$']) => NO_SHELL,
        WHAT => "install it, write its whole path, or use password_file",
        _ => "install it, or write its whole path",
    };
    let what = format!("{} cannot be started", name(what, program));
    Failure::config(what).because(cause).hint(hint)
}

/// Refuses an argument that only a shell makes something of: the program would
/// get it as it is. It may be secret.
pub(crate) fn check_words(words: &Words) -> Result<(), Failure> {
    if words.need_shell() {
        let what = "an argument has a variable, a ~ or a pipe, which is for a shell";
        return Err(Failure::config(what).hint(NO_SHELL));
    }
    Ok(())
}

/// Checks that there is a program to start, where it will be looked for.
/// Nothing is run; `what` names the command.
pub(crate) fn check_program(what: &str, words: &Words) -> Result<(), Failure> {
    let found = process::find(words.program()).map(drop);
    found.map_err(|why| cannot_start(what, words, &why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Cancel;

    const LONG: Duration = Duration::from_secs(60);

    fn ran(command: &str) -> Result<Vec<u8>, Failure> {
        let words = split("password command", command)?;
        let secret = run(&words, &Timeouts::new(LONG, LONG, &Cancel::new()))?;
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
        let expected = Ok(b"[]".to_vec());
        assert_eq!(ran("sh -c 'cat; echo \"[$RETR_PASSWORD]\"'"), expected);
    }

    // Fault 103.
    #[test]
    fn what_goes_wrong_is_told_without_arguments_and_output() {
        #[rustfmt::skip]
        let rows = [
            ("sh -c 'echo canary; exit 3'", "password command `sh` failed", &["exit status: 3"][..]),
            ("sh -c 'kill -9 $$'", "password command `sh` failed", &["signal: 9 (SIGKILL)"]),
            ("true canary", "what password command `true` printed is empty", &[]),
            ("printf 'canary\\nb\\n'", "what password command `printf` printed has more than one line", &[]),
            ("printf 'canary\\000'",
             "what password command `printf` printed contains a NUL or a carriage return, which no password can", &[]),
            ("sh -c 'cat /dev/zero #canary'", "password command `sh` gave no password", &["more than 64 KiB came"]),
            ("/nonexistent/x canary", "password command `/nonexistent/x` cannot be started",
             &["No such file or directory (os error 2)"]),
            ("", "password command is empty", &[]),
            ("'' x", "password command is empty", &[]),
            ("a 'b", "password command has a quote that is not closed", &[]),
            ("a b\0", "password command contains a NUL", &[]),
        ];
        for (command, what, causes) in rows {
            let failure = ran(command).expect_err(command);
            assert_eq!(failure.class, Class::Config, "{command}");
            assert_eq!(failure.what, what, "{command}");
            assert_eq!(failure.causes, causes, "{command}");
            assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
        }
    }

    #[test]
    fn one_that_hangs_is_ended() {
        let timeouts = |wait| Timeouts::new(wait, Duration::from_secs(60), &Cancel::new());
        for command in ["sleep 1000", "sh -c 'exec >&-; exec sleep 1000'"] {
            let words = split("x", command).expect("words");
            let failure = run(&words, &timeouts(Duration::from_millis(20))).expect_err("hangs");
            assert_eq!(failure.class, Class::Temporary);
            assert!(failure.what.ends_with(" gave no password"), "{failure:?}");
            assert_eq!(failure.causes, ["no end within 20ms"]);
        }
    }

    #[test]
    fn a_signal_ends_the_wait() {
        let cancel = Cancel::new();
        let timeouts = Timeouts::new(LONG, LONG, &cancel);
        cancel.flag().store(15, std::sync::atomic::Ordering::Relaxed);
        let words = split("x", "sleep 1000").expect("words");
        let failure = run(&words, &timeouts).expect_err("stopped");
        assert_eq!(failure.causes, ["interrupted by SIGTERM"]);
    }
}
