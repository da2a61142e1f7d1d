//! The registry of targets: one row for each kind of place where mail can go.

use super::{Error, Recovered, Scheme, Setting, by_hash, maildir, mbox};
use crate::base::{Location, Note, Receipt};

/// Every kind of target.
pub static SCHEMES: [&Scheme; 3] = [&maildir::SCHEME, &mbox::SCHEME, &by_hash::SCHEME];

/// The kind that has this name.
pub fn scheme(name: &str) -> Option<&'static Scheme> {
    SCHEMES.into_iter().find(|scheme| scheme.name == name)
}

/// Where a message is, by its receipt. Of a target that this program does not
/// know there is nothing to tell but its name.
pub fn locate(receipt: &Receipt) -> Location {
    told(receipt, |scheme| scheme.locate)
}

/// Where a message was put, by its receipt: others may have moved it since.
pub fn recorded(receipt: &Receipt) -> Location {
    told(receipt, |scheme| scheme.recorded)
}

fn told(receipt: &Receipt, how: fn(&Scheme) -> fn(&Receipt) -> Location) -> Location {
    match scheme(&receipt.target.scheme) {
        Some(scheme) => how(scheme)(receipt),
        None => Location {
            fields: Vec::new(),
            text: receipt.target.scheme.clone(),
        },
    }
}

/// Looks at what an interrupted run may have left in the target of its note,
/// wherever mail goes now, and makes the whole messages durable. Creates
/// nothing: where there is nothing any more, nothing is whole.
pub fn recover(note: &Note, setting: &Setting) -> Result<Recovered, Error> {
    match scheme(&note.target.scheme).and_then(|scheme| scheme.recover) {
        Some(recover) => recover(note, setting).map_err(Error::at_open),
        None => Ok(Recovered {
            whole: 0,
            left_alone: true,
        }),
    }
}
