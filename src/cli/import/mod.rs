//! Moving here from another program: what it has seen, and how it was
//! configured.

pub(crate) mod seen;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::config::path_shown;
use super::environment::Environment;
use crate::base::{Class, Failure};

/// Largest file of another program, in octets.
const LARGEST: u64 = 256 << 20;

/// Reads a file of another program.
pub(crate) fn read(path: &Path, env: &Environment) -> Result<Vec<u8>, Failure> {
    let path = env.absolute(path)?;
    let unreadable = |error: std::io::Error| {
        let mut failure = Failure::new(Class::Config, format!("cannot read {}", path_shown(&path)));
        failure.causes.push(error.to_string());
        failure
    };
    let file = File::open(&path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        let what = format!("{} is larger than 256 MiB", path_shown(&path));
        return Err(Failure::new(Class::Data, what));
    }
    Ok(bytes)
}

/// Says in which file something is wrong.
pub(crate) fn in_file(mut failure: Failure, path: &Path) -> Failure {
    failure.what = format!("{}: {}", path_shown(path), failure.what);
    failure
}
