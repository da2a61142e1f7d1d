//! Moving here from another program: what it has seen, and how it was
//! configured.

mod command;
mod draft;
mod fetchmail;
mod getmail;
mod mpop;
pub(crate) mod seen;
#[cfg(test)]
mod tests;

use std::path::Path;

use self::draft::Drafts;
use super::args::ConfiguredFor;
use super::config::path_shown;
use super::environment::Environment;
use crate::base::{Class, Failure};
use crate::wait::{FileError, RegularFile};

/// Largest file of another program, in octets.
const MAX_FILE: usize = 256 << 20;

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
    let path = env.absolute(path)?;
    let drafts = drafts(from, &path, bytes, env).map_err(|failure| in_file(failure, &path))?;
    Ok(drafts.toml(env))
}

/// The accounts of a file, at least one of them.
fn drafts(
    from: ConfiguredFor,
    path: &Path,
    bytes: Vec<u8>,
    env: &Environment,
) -> Result<Drafts, Failure> {
    let wrong = |what: &str, hint| Failure::new(Class::Data, what).hint(hint);
    let text = String::from_utf8(bytes)
        .map_err(|_| wrong("this is not UTF-8", "convert it: iconv -t UTF-8"))?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let drafts = match from {
        ConfiguredFor::Mpop => mpop::read(&text),
        ConfiguredFor::Getmail => getmail::read(&text, name_of(path), folder, env),
        ConfiguredFor::Fetchmail => fetchmail::read(&text, folder)?,
    };
    match (drafts.accounts.len(), drafts.protocols.join(", ")) {
        (0, only) if only.is_empty() => {
            let what = "no account that could be carried over is in it";
            Err(wrong(what, "is --from right?"))
        }
        (0, only) => {
            let what = format!("only {only} accounts are in it");
            Err(wrong(&what, "retr speaks POP3; many servers offer both"))
        }
        _ => Ok(drafts),
    }
}

/// What getmail's only account is called: after its file, unless that has the
/// usual name.
fn name_of(path: &Path) -> &str {
    match path.file_name().and_then(|name| name.to_str()) {
        None | Some("getmailrc") => "mail",
        Some(name) => name.strip_prefix("getmailrc-").unwrap_or(name),
    }
}
