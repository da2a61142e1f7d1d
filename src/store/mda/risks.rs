//! Commands that lose mail as they are written, each measured.

use std::path::Path;

use crate::process::Words;
use crate::store::Handover;

/// What is known of a command to lose mail, each in a sentence.
pub(super) fn risks(words: &Words, handover: &Handover) -> Vec<String> {
    let program = Path::new(words.program()).file_name().unwrap_or_default();
    let has = |wanted: char| words.arguments().iter().any(|word| has_flag(word, wanted));
    let (mut found, mut nested) = (Vec::new(), Vec::new());
    match program.to_str() {
        Some("dovecot-lda" | "deliver") if !has('e') => found.push(
            "dovecot-lda without -e exits with 0 when a mailbox is full, and the message is lost: \
             add -e",
        ),
        Some("sendmail") if has('t') => found.push(
            "sendmail -t sends to whomever the message names: name the recipient instead, as in \
             sendmail -i -f {sender} -- alice",
        ),
        Some("procmail") => {
            if !has('t') {
                found.push(
                    "procmail without -t gives up a message for good where it could try again: \
                     add -t",
                );
            }
            if !handover.from_line {
                found.push(
                    "procmail without from_line writes mboxes in which messages run together: \
                     add from_line = true",
                );
            }
        }
        Some("sh" | "ash" | "bash" | "dash" | "ksh" | "zsh") if has('c') => {
            let script = words.arguments().iter().find(|word| !word.starts_with('-'));
            let script = script.map_or("", String::as_str);
            if is_pipeline(script) {
                found.push(
                    "a pipeline exits as its last command does, so that a message which an \
                     earlier one cuts or refuses counts as delivered: bash -c 'set -o pipefail; \
                     …' looks at all of them",
                );
            }
            let first = Words::split(script.strip_prefix("exec ").unwrap_or(script));
            nested = first.map_or_else(|_| Vec::new(), |words| risks(&words, handover));
        }
        _ => {}
    }
    let own = found.into_iter().map(str::to_owned);
    own.chain(nested).collect()
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

/// Returns whether a script has a pipe outside of quotes, and nothing that
/// makes its first commands count.
fn is_pipeline(script: &str) -> bool {
    // In a `case` it may stand between patterns.
    if script.contains("pipefail") || script.split_whitespace().any(|word| word == "case") {
        return false;
    }
    let mut quote = None;
    let mut before = ' ';
    let mut rest = script.chars().peekable();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (None | Some('"'), '\\') => drop(rest.next()),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '|') if before != '>' && rest.next_if_eq(&'|').is_none() => return true,
            _ => {}
        }
        before = c;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_lose_mail_are_known() {
        let count = |command: &str, from_line| {
            let handover = Handover { from_line, ..Handover::default() };
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
            ("sh -c 'spamc | maildrop'", 1),
            ("sh -c 'exec procmail -d $USER' sh x", 2),
            ("sh -c 'dovecot-lda -d \"${1}\" | cat' sh x", 2),
            ("/bin/bash -ec 'spamc|maildrop'", 1),
            ("sh -c 'x \"a|b\" \\| || y >|z'", 0),
            ("bash -c 'set -o pipefail; spamc | maildrop'", 0),
            ("sh -c 'case $1 in a|b) maildrop;; esac' sh x", 0),
            ("maildrop 'a | b'", 0),
        ] {
            assert_eq!(count(command, false), expected, "{command}");
        }
        assert_eq!(count("procmail -t", true), 0);
        assert_eq!(count("procmail", true), 1);
    }
}
