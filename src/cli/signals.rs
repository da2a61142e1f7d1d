//! Signals that ask for the end: the first stops work in an orderly way, the
//! second at once; in the end the process dies by the signal, so that a shell
//! sees it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::base::{Cancel, Class, Failure};

/// From now on signals cancel. Those that were ignored when the process was
/// started stay ignored (nohup, a background job of a script), but for SIGCHLD:
/// while it is, nobody learns how a command ended.
pub(crate) fn watch(cancel: &Cancel) -> Result<(), Failure> {
    register(cancel)
        .map_err(|error| Failure::new(Class::Internal, "cannot watch for signals").because(error))
}

fn register(cancel: &Cancel) -> io::Result<()> {
    let ignored = ignored_signals();
    // One for all of them: the second signal may be another one.
    let armed = Arc::new(AtomicBool::new(false));
    if ignored & bit(SIGCHLD) != 0 {
        flag::register(SIGCHLD, Arc::default())?;
    }
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        if ignored & bit(signal) != 0 {
            continue;
        }
        // In this order: only the second signal finds it armed.
        flag::register_conditional_default(signal, Arc::clone(&armed))?;
        flag::register(signal, Arc::clone(&armed))?;
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, cancel.flag(), number)?;
    }
    Ok(())
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// Ends the process by the signal that cancelled work, if one did.
pub(crate) fn reraise(cancel: &Cancel) {
    if let Some(signal) = cancel.signal()
        && let Ok(signal) = i32::try_from(signal)
    {
        // If this fails, the exit code tells the end as well.
        let _ = low_level::emulate_default_handler(signal);
    }
}

/// The mask of signals that this process ignores, where /proc tells it.
fn ignored_signals() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .map(|status| ignored_mask(&status))
        .unwrap_or_default()
}

fn ignored_mask(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn any_second_signal_ends_the_process_at_once() {
        const IS_CHILD: &str = "RETR_TEST_SIGNALS";
        if std::env::var_os(IS_CHILD).is_some() {
            let cancel = Cancel::new();
            watch(&cancel).expect("watched");
            low_level::raise(SIGINT).expect("the first");
            assert_eq!(cancel.signal(), Some(2));
            low_level::raise(SIGTERM).expect("the second");
            return;
        }
        let itself = std::env::current_exe().expect("the tests");
        let status = Command::new(itself)
            .args(["--exact", "cli::signals::tests::any_second_signal_ends_the_process_at_once"])
            .env(IS_CHILD, "1")
            .stdout(Stdio::null())
            .status()
            .expect("run");
        assert_eq!(status.signal(), Some(SIGTERM), "{status}");
    }

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let status = "Name:\tretr\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignored_mask(status), 0x1001);
        assert_eq!(ignored_mask("SigIgn:\tx"), 0);
        assert_eq!(ignored_mask(""), 0);
    }
}
