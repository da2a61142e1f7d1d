//! Lines for people. Everything foreign in them is escaped here, even where
//! it should be already.

use std::fmt::Write;

use super::units;
use crate::base::{
    Address, Dialogue, Event, Failed, Failure, LedgerChange, Shown, Unrestored, Verification,
    Verified, Warning, counted, escape, escape_lines, rfc3339, sanitized,
};

/// The program's name in front of warnings and errors.
const PROGRAM: &str = "retr";

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Paint {
    pub(super) color: bool,
}

impl Paint {
    const RED: u8 = 31;
    const YELLOW: u8 = 33;
    const CYAN: u8 = 36;

    fn word(self, word: &str, color: u8) -> String {
        if self.color { format!("\x1b[{color}m{word}\x1b[0m") } else { word.to_owned() }
    }
}

/// A line of talk, with the account's name if it has one.
pub(super) fn line(account: &str, text: &str) -> String {
    format!("{}{}\n", prefix(account), escape(text))
}

/// A line of data, with the account's name.
pub(super) fn named(account: &str, line: &str) -> String {
    format!("{}{line}", prefix(account))
}

fn prefix(account: &str) -> String {
    if account.is_empty() { String::new() } else { format!("{}: ", escape(account)) }
}

/// An error in three lines at most: what, why, what to do.
pub(super) fn failure(account: &str, failure: &Failure, paint: Paint) -> String {
    let mut text = error_line(account, &failure.what, paint);
    if !failure.causes.is_empty() {
        let causes = escape(&failure.causes.join(": "));
        let _ = writeln!(text, "caused by: {causes}");
    }
    if let Some(hint) = &failure.hint {
        let word = paint.word("hint:", Paint::CYAN);
        let _ = writeln!(text, "{word} {}", escape_lines(hint.as_bytes()));
    }
    text
}

/// Accounts that failed as another one did, for the same reason.
pub(super) fn same(accounts: &[String], first: &str, paint: Paint) -> String {
    let what = format!("the same as {first}");
    error_line(&accounts.join(", "), &what, paint)
}

fn error_line(account: &str, what: &str, paint: Paint) -> String {
    let error = paint.word("error:", Paint::RED);
    format!("{PROGRAM}: {error} {}", line(account, what))
}

/// Foreign text in a line of talk: cut as all of it is.
fn brief(text: &str) -> String {
    sanitized(text.as_bytes())
}

/// A message that could not be fetched or deleted.
pub(super) fn failed(account: &str, failed: &Failed, paint: Paint) -> String {
    let uid = brief(&failed.uid.to_string());
    let what = format!("message {} (unique id {uid}): {}", failed.number, failed.error);
    error_line(account, &what, paint)
}

/// Something in a source that was not restored.
pub(super) fn unrestored(account: &str, unrestored: &Unrestored, paint: Paint) -> String {
    let file = brief(&unrestored.file);
    error_line(account, &format!("{file}: {}", unrestored.error), paint)
}

pub(super) fn warning(account: &str, warning: &Warning, paint: Paint) -> String {
    let word = paint.word("warning:", Paint::YELLOW);
    format!("{PROGRAM}: {word} {}", line(account, &warning.text))
}

/// A line of the dialogue: `C:` from the client, `S:` from the server.
pub(super) fn dialogue(dialogue: &Dialogue) -> String {
    let who = if dialogue.sent { 'C' } else { 'S' };
    format!("{who}: {}", dialogue.line)
}

/// A step for `-v`; `None` for events that are no step.
pub(super) fn step(event: &Event) -> Option<String> {
    Some(match event {
        Event::Session(facts) => {
            let tls = if facts.tls { "encrypted" } else { "in clear" };
            format!(
                "{} port {}, {tls}: {} on the server, {} new",
                facts.host, facts.port, facts.listed, facts.new
            )
        }
        Event::Message(message) => {
            let subject = message.headers.subject.as_deref();
            format!(
                "message {} stored, {}, in {}: {}",
                message.number,
                units::octets(message.size),
                message.location.text,
                brief(subject.unwrap_or("(no subject)"))
            )
        }
        Event::Skipped(skipped) => {
            let size = skipped.size.map(units::octets);
            let size = size.as_deref().unwrap_or("size unknown");
            let reason = escape(&skipped.reason);
            format!("message {} left out, {size}: {reason}", skipped.number)
        }
        Event::Deleted(deletion) => format!("message {} deleted on the server", deletion.number),
        Event::Exported(message) => {
            let (uid, size) = (brief(&message.uid.to_string()), units::octets(message.size));
            match &message.file {
                Some(file) => format!("{uid} exported, {size}, as {}", brief(file)),
                None => format!("{uid} exported, {size}"),
            }
        }
        Event::Note(text) => text.clone(),
        _ => return None,
    })
}

pub(super) fn stat(messages: u64, octets: Option<u64>) -> String {
    let messages = counted(messages, "message");
    match octets {
        Some(octets) => format!("{messages}, {}\n", counted(octets, "octet")),
        None => format!("{messages}, octets unknown\n"),
    }
}

/// What a command did to the ledger.
pub(super) fn change(change: &LedgerChange) -> String {
    match change {
        LedgerChange::Forgotten { uid } => {
            format!("forgotten: {}\n", escape(&uid.to_string()))
        }
        LedgerChange::Marked { listed, marked } => format!(
            "{} on the server marked as seen ({marked} not known before)\n",
            counted(*listed, "message")
        ),
        LedgerChange::Imported { read, imported } => {
            format!("{} imported ({imported} not known before)\n", counted(*read, "id"))
        }
        LedgerChange::Moved { to, known } => {
            format!("the ledger, with {}, is {}'s now\n", counted(*known, "unique id"), escape(to))
        }
        LedgerChange::Repaired { ledger, kept, lost, forgotten } => {
            let path = escape(&ledger.to_string_lossy());
            let mut text = match lost {
                0 => format!("{path}: all of its {kept} lines are whole\n"),
                lost => format!(
                    "{path}: {kept} lines kept, {lost} lost; the damaged file is beside it\n"
                ),
            };
            if *forgotten > 0 {
                let _ = writeln!(
                    text,
                    "{} no more where stored, and forgotten: what is on the server is fetched again",
                    counted(*forgotten, "message")
                );
            }
            text
        }
    }
}

/// What became of a stored message: where it is or was, and of what is lost its
/// date and subject, as far as they are known.
pub(super) fn verified(verified: &Verified) -> String {
    let verdict = verified.verdict.word();
    let mut text = format!("{verdict:<8}");
    if let Some(uid) = &verified.uid {
        let _ = write!(text, " {}", escape(&uid.to_string()));
    }
    let lost = verified.lost.as_ref();
    let place = verified.location.as_ref().map(|at| &at.text);
    let place = place.or(lost.map(|lost| &lost.file));
    if let Some(place) = place {
        let _ = write!(text, "  {}", escape(place));
    }
    if let Some(lost) = lost {
        let day = |time: String| time.chars().take(10).collect::<String>();
        let first_seen = lost.first_seen.and_then(rfc3339).map(day);
        let date = lost.date.clone().map(day);
        let date = date.or(first_seen.map(|seen| format!("first seen {seen}")));
        for part in date.iter().chain(&lost.subject) {
            let _ = write!(text, "  {}", brief(part));
        }
    }
    text.push('\n');
    text
}

/// The counts of `verify`.
pub(super) fn verification(counts: &Verification) -> String {
    if counts.stored == 0 && counts.not_here.is_none() {
        return "nothing was stored yet: there is nothing to verify\n".to_owned();
    }
    let not_here = counts
        .not_here
        .map_or_else(String::new, |count| format!(", {count} on the server but not here"));
    let of = if counts.by_manifest { "checked" } else { "stored" };
    format!(
        "{} {of}, {} intact, {} missing, {} altered{not_here}\n",
        counts.stored, counts.intact, counts.missing, counts.altered
    )
}

/// A whole message to read.
pub(super) fn shown(shown: &Shown) -> String {
    let headers = &shown.headers;
    let mut text =
        format!("Message {} (unique id {})\n", shown.number, escape(&shown.uid.to_string()));
    let fields = [
        ("From", addresses(&headers.from)),
        ("To", addresses(&headers.to)),
        ("Date", headers.date.clone().unwrap_or_default()),
        ("Subject", headers.subject.clone().unwrap_or_default()),
    ];
    for (name, value) in fields {
        if !value.is_empty() {
            let _ = writeln!(text, "{name}: {}", escape(&value));
        }
    }
    text.push('\n');
    for line in shown.text.lines() {
        // Tabs are harmless, and tables in mail are made of them.
        let cells: Vec<String> = line.split('\t').map(escape).collect();
        let _ = writeln!(text, "{}", cells.join("\t"));
    }
    if let Some(lines) = shown.cut_after {
        let lines = counted(lines.into(), "line");
        let _ = writeln!(text, "[cut after {lines}; there is more]");
    }
    for attachment in &shown.attachments {
        let _ = writeln!(
            text,
            "[attachment: {}, {}, {}]",
            escape(attachment.name.as_deref().unwrap_or("without a name")),
            escape(&attachment.content_type),
            units::octets(attachment.size)
        );
    }
    text.push('\n');
    text
}

fn addresses(list: &[Address]) -> String {
    let shown = |one: &Address| match (one.name.as_str(), one.address.as_str()) {
        ("", only) | (only, "") => only.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    };
    list.iter().map(shown).collect::<Vec<_>>().join(", ")
}
