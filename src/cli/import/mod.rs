//! Moving here from another program: what it has seen, and how it was
//! configured.

mod draft;
mod fetchmail;
mod getmail;
mod mpop;
pub(crate) mod seen;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::args::ConfiguredFor;
use super::config::path_shown;
use super::environment::Environment;
use crate::base::{Class, Failure};
use crate::wait::{FileError, RegularFile};

/// Largest file of another program, in octets.
const MAX_FILE: usize = 256 << 20;

/// Reads a file of another program.
pub(crate) fn read(path: &Path, env: &Environment) -> Result<Vec<u8>, Failure> {
    let path = env.absolute(path)?;
    let content = RegularFile::open(&path).and_then(|file| file.read(MAX_FILE));
    let bytes = content.map_err(|error| {
        let mut failure = error.failure(&path_shown(&path));
        if matches!(error, FileError::TooLarge { .. }) {
            failure.class = Class::Data;
        }
        failure
    })?;
    Ok(bytes.to_vec())
}

/// Says in which file something is wrong.
pub(crate) fn in_file(mut failure: Failure, path: &Path) -> Failure {
    failure.what = format!("{}: {}", path_shown(path), failure.what);
    failure
}

/// The config file that does what another program's does.
pub(crate) fn config(
    from: ConfiguredFor,
    path: &Path,
    env: &Environment,
) -> Result<String, Failure> {
    let bytes = read(path, env)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        let what = format!("{} is not UTF-8", path_shown(path));
        Failure::new(Class::Data, what).hint("convert it: iconv -t UTF-8")
    })?;
    let drafts = match from {
        ConfiguredFor::Mpop => mpop::read(&text),
        ConfiguredFor::Getmail => getmail::read(&text, name_of(path)),
        ConfiguredFor::Fetchmail => {
            fetchmail::read(&text).map_err(|failure| in_file(failure, path))?
        }
    };
    if drafts.accounts.is_empty() {
        let what = format!(
            "no account that could be carried over is in {}",
            path_shown(path)
        );
        return Err(Failure::new(Class::Data, what).hint("is --from right?"));
    }
    Ok(drafts.toml())
}

/// What getmail's only account is called: after its file, unless that has the
/// usual name.
fn name_of(path: &Path) -> &str {
    match path.file_name().and_then(|name| name.to_str()) {
        None | Some("getmailrc") => "mail",
        Some(name) => name.strip_prefix("getmailrc-").unwrap_or(name),
    }
}
