//! What the end of a command means for its message.

use std::os::unix::process::ExitStatusExt;

use crate::base::sanitized;
use crate::process::{Ended, How};
use crate::store::Fate;

/// Exit codes that mean that this message will never be taken: those of
/// sysexits.h that are about it or about a setting, and qmail's.
const REFUSED: [i32; 9] = [64, 65, 67, 68, 76, 77, 78, 100, 112];

/// Returns whether a message of this many octets was taken; else what became of
/// it.
pub(super) fn accepted(ended: &Ended, octets: u64) -> Result<(), fn(String) -> Fate> {
    let status = match &ended.how {
        How::Exited(status) => status,
        How::Stopped(_) | How::TooMuch => return Err(Fate::Deferred),
        How::Lost(_) => return Err(Fate::InDoubt),
    };
    match status.code() {
        // Nothing of it was looked at.
        Some(0) if octets > 0 && ended.was_read == Some(false) => Err(Fate::Deferred),
        Some(0) => Ok(()),
        Some(code) if REFUSED.contains(&code) => Err(Fate::Refused),
        _ => Err(Fate::Deferred),
    }
}

/// Why it was not, in words, safe to print; with the last that the command had
/// to say about it.
pub(super) fn reason(ended: &Ended) -> String {
    let how = match &ended.how {
        How::Exited(status) => match (status.code(), status.signal()) {
            (Some(0), _) => "it read nothing of the message".to_owned(),
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("killed by signal {signal}"),
            (None, None) => status.to_string(),
        },
        How::Stopped(why) => why.to_string(),
        How::TooMuch => "it printed too much".to_owned(),
        How::Lost(error) => format!("its end was not seen: {error}"),
    };
    let lines = ended.stderr.split(|octet| *octet == b'\n');
    let said = lines.map(<[u8]>::trim_ascii).rfind(|line| !line.is_empty());
    said.map_or_else(|| how.clone(), |line| format!("{how}: {}", sanitized(line)))
}
