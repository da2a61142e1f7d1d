//! The config file as bytes: bounded, and text.

use std::path::Path;

use super::path_shown;
use crate::base::{Class, Failure};
use crate::wait::{FileError, RegularFile};

/// Largest config file, in octets; hundreds of thousands of accounts.
const MAX_FILE: usize = 64 << 20;

/// Reads the file; `None` if it does not exist.
pub(super) fn read(path: &Path) -> Result<Option<String>, Failure> {
    let unreadable = |error: FileError| error.failure(&format!("config file {}", path_shown(path)));
    let file = match RegularFile::open(path) {
        Ok(file) => file,
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let bytes = file.read(MAX_FILE).map_err(unreadable)?;
    decode(path, bytes.to_vec()).map(Some)
}

/// TOML is UTF-8 (TOML 1.1, "Preliminaries").
fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, Failure> {
    let wrong = |at: usize, what: &str| {
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..at]).count();
        let path = path_shown(path);
        Failure::new(Class::Config, format!("{path}:{line}: {what}"))
            .hint("save the file as UTF-8 text")
    };
    if let Some(at) = memchr::memchr(0, &bytes) {
        return Err(wrong(at, "a NUL byte is no text"));
    }
    match std::str::from_utf8(&bytes) {
        Ok(_) => {}
        Err(error) => return Err(wrong(error.valid_up_to(), "this is not UTF-8")),
    }
    String::from_utf8(bytes).map_err(|error| Failure::from_error(Class::Config, &error))
}
