//! The config file as bytes: bounded, and text.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::path_shown;
use crate::base::{Class, Failure};

/// Largest config file, in octets; hundreds of thousands of accounts.
const LARGEST: u64 = 64 << 20;

/// Reads the file; `None` if it does not exist.
pub(super) fn read(path: &Path) -> Result<Option<String>, Failure> {
    let unreadable = |error: std::io::Error| {
        let mut failure = Failure::new(
            Class::Config,
            format!("cannot read config file {}", path_shown(path)),
        );
        failure.causes.push(error.to_string());
        failure
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::new(
            Class::Config,
            format!("config file {} is larger than 64 MiB", path_shown(path)),
        ));
    }
    decode(path, bytes).map(Some)
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
