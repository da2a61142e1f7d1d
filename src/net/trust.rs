//! Files that decide whom to trust and who we are: further roots, and the
//! client's certificate with its key.

use std::path::Path;

use native_tls::{Certificate, Identity};
use zeroize::Zeroizing;

use super::Error;
use super::openssl::{Meaning, reason};
use crate::wait::{FileError, RegularFile};

/// Largest file that is read, in octets. A system's bundle of all roots has
/// about 250 kB.
const MAX_FILE: usize = 4 * 1024 * 1024;

const ROOTS: &str = "CA file";
const IDENTITY: &str = "client certificate";

const KEY_START: &str = "-----BEGIN PRIVATE KEY-----";
const KEY_END: &str = "-----END PRIVATE KEY-----";

/// All roots of a PEM file; at least one.
pub(super) fn read_roots(path: &Path) -> Result<Vec<Certificate>, Error> {
    let pem = read(ROOTS, path)?;
    match Certificate::stack_from_pem(&pem) {
        Ok(roots) if roots.is_empty() => Err(refused(ROOTS, path, "no certificate in PEM format")),
        Ok(roots) => Ok(roots),
        Err(error) => Err(refused(ROOTS, path, &reason(&error.to_string()))),
    }
}

/// Checks that a file of further roots can be used.
pub fn check_roots(path: &Path) -> Result<(), Error> {
    read_roots(path).map(drop)
}

/// Checks that a file with the client's certificate can be used.
pub fn check_identity(path: &Path) -> Result<(), Error> {
    read_identity(path).map(drop)
}

/// The client's certificate, its chain and its key: PKCS#12 without a
/// password, or PEM with a PKCS#8 key.
pub(super) fn read_identity(path: &Path) -> Result<Identity, Error> {
    let file = read(IDENTITY, path)?;
    let bytes = &file[..];
    let identity = match std::str::from_utf8(bytes) {
        Ok(pem) if pem.contains("-----BEGIN ") => {
            let key = find_key(pem).map_err(|why| refused(IDENTITY, path, why))?;
            Identity::from_pkcs8(bytes, key.as_bytes()).map_err(|error| reason(&error.to_string()))
        }
        _ => Identity::from_pkcs12(bytes, "").map_err(|error| {
            // What else the library says of it are details of its encoding.
            match Meaning::of(&error.to_string()) {
                Meaning::Password => "it has a password".to_owned(),
                _ => "no certificate with its key in PEM or PKCS#12 format".to_owned(),
            }
        }),
    };
    identity.map_err(|why| refused(IDENTITY, path, &why))
}

/// The PKCS#8 key among the blocks of a PEM file.
fn find_key(pem: &str) -> Result<&str, &'static str> {
    if let Some(start) = pem.find(KEY_START) {
        let length = pem[start..].find(KEY_END).ok_or("its key has no end")?;
        return Ok(&pem[start..start + length + KEY_END.len()]);
    }
    Err(if pem.contains("ENCRYPTED PRIVATE KEY-----") {
        "its key has a password"
    } else if pem.contains(" PRIVATE KEY-----") {
        "its key is not in PKCS#8 form (openssl pkcs8 -topk8 -nodes makes it so)"
    } else {
        "no private key in it"
    })
}

/// The file's content. Wiped when dropped, as there may be a key in it.
fn read(what: &'static str, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let content = RegularFile::open(path).and_then(|file| file.read(MAX_FILE));
    content.map_err(|error| match error {
        FileError::Io(error) => refused(what, path, &error.to_string()),
        error => refused(what, path, &format!("it is {error}")),
    })
}

fn refused(what: &'static str, path: &Path, reason: &str) -> Error {
    Error::TlsFile {
        what,
        path: crate::base::sanitized(path.as_os_str().as_encoded_bytes()),
        reason: reason.to_owned(),
    }
}
