//! Commands that lose mail as they are written, each measured.

use std::path::Path;

use crate::process::Words;
use crate::store::Handover;

/// What is known of a command to lose mail, each in a sentence.
pub(super) fn risks(words: &Words, handover: &Handover) -> Vec<String> {
    let program = Path::new(words.program()).file_name().unwrap_or_default();
    let has = |wanted: char| words.arguments().iter().any(|word| has_flag(word, wanted));
    let mut found = Vec::new();
    match program.to_str() {
        Some("dovecot-lda" | "deliver") if !has('e') => found.push(
            "dovecot-lda without -e exits with 0 when a mailbox is full, and the message is lost",
        ),
        Some("sendmail") if has('t') => found.push(
            "sendmail -t sends to whomever the message names: name the recipient instead, as in \
             sendmail -i -f {sender} -- alice",
        ),
        Some("procmail") => {
            if !has('t') {
                found.push(
                    "procmail without -t gives up a message for good where it could try again",
                );
            }
            if !handover.from_line {
                found.push(
                    "procmail without from_line writes mboxes in which messages run together",
                );
            }
        }
        _ => {}
    }
    found.into_iter().map(str::to_owned).collect()
}

/// Returns whether a word is, or begins like, a cluster of flags with this one
/// in it. The value of a flag may follow in the same word: `-falice` has no
/// `-l`.
fn has_flag(word: &str, wanted: char) -> bool {
    const WITH_VALUE: &str = "fdamopr";
    let Some(flags) = word.strip_prefix('-') else {
        return false;
    };
    let flags: Vec<char> = flags.chars().collect();
    let end = flags.iter().position(|flag| WITH_VALUE.contains(*flag));
    flags[..end.unwrap_or(flags.len())].contains(&wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_lose_mail_are_known() {
        let count = |command: &str, from_line| {
            let handover = Handover {
                from_line,
                ..Handover::default()
            };
            risks(&Words::split(command).expect("words"), &handover).len()
        };
        for (command, expected) in [
            ("/usr/lib/dovecot/dovecot-lda -d alice", 1),
            ("/usr/lib/dovecot/dovecot-lda -e -d alice", 0),
            ("dovecot-lda -f {sender} -de", 1),
            ("sendmail -t", 1),
            ("/usr/sbin/sendmail -oi -t", 1),
            ("/usr/sbin/sendmail -it", 1),
            ("sendmail -i -f {sender} -- alice", 0),
            ("procmail -d alice", 2),
            ("procmail -t -d alice", 1),
            ("maildrop", 0),
        ] {
            assert_eq!(count(command, false), expected, "{command}");
        }
        assert_eq!(count("procmail -t", true), 0);
        assert_eq!(count("procmail", true), 1);
    }
}
