//! The registry of targets: one row for each kind of place where mail can go.

use super::{Error, Recovered, Scheme, Setting, by_hash, lmtp, maildir, mbox, mda};
use crate::base::{Hash, Location, Note, Receipt, TargetName, sanitized};

/// Every kind of target.
pub static SCHEMES: [&Scheme; 5] =
    [&maildir::SCHEME, &mbox::SCHEME, &by_hash::SCHEME, &mda::SCHEME, &lmtp::SCHEME];

/// The kind that has this name.
pub fn scheme(name: &str) -> Option<&'static Scheme> {
    SCHEMES.into_iter().find(|scheme| scheme.name == name)
}

/// The kind of target in which the file of a message with this hash can have
/// this path.
pub fn scheme_of_file(path: &str, hash: Hash) -> Option<&'static Scheme> {
    let is_file = |scheme: &&Scheme| scheme.is_file.is_some_and(|is_file| is_file(path, hash));
    SCHEMES.into_iter().find(is_file)
}

/// The path of a message's file below its target, by its receipt; `None` where
/// messages are no files.
pub fn file_of(receipt: &Receipt) -> Option<&str> {
    scheme(&receipt.target.scheme)?.is_file?;
    receipt.words.first().map(String::as_str)
}

/// Where a message is, by its receipt. Of a target that this program does not
/// know there is nothing to tell but its name.
pub fn locate(receipt: &Receipt) -> Location {
    rendered(receipt, |scheme| scheme.locate)
}

/// Where a message was put, by its receipt: others may have moved it since.
pub fn recorded(receipt: &Receipt) -> Location {
    rendered(receipt, |scheme| scheme.recorded)
}

/// Where mail is that is not in the target that was named, and what to name
/// instead: to go on after "it was". `verb` is what is then done with it.
pub fn elsewhere(target: &TargetName, verb: &str) -> String {
    let TargetName { scheme: name, address } = target;
    let place = sanitized(address.as_encoded_bytes());
    match scheme(name) {
        Some(scheme) if scheme.archive.is_none() => {
            format!("handed to the {} {place}, which keeps nothing to read", scheme.noun)
        }
        Some(scheme) if !place.is_empty() => {
            format!("stored in the {} {place}; --{name} {place} {verb}", scheme.noun)
        }
        // A ledger of before did not say where.
        _ => format!("stored in a target of another kind; --{name} {verb}"),
    }
}

fn rendered(receipt: &Receipt, how: fn(&Scheme) -> fn(&Receipt) -> Location) -> Location {
    match scheme(&receipt.target.scheme) {
        Some(scheme) => how(scheme)(receipt),
        None => Location { fields: Vec::new(), text: receipt.target.scheme.clone() },
    }
}

/// Looks at what an interrupted run may have left in the target of its note,
/// wherever mail goes now, and makes the whole messages durable. Creates
/// nothing: where there is nothing any more, nothing is whole.
pub fn recover(note: &Note, setting: &Setting) -> Result<Recovered, Error> {
    match scheme(&note.target.scheme).and_then(|scheme| scheme.recover) {
        Some(recover) => recover(note, setting).map_err(Error::at_open),
        None => Ok(Recovered { whole: 0, left_alone: true }),
    }
}
