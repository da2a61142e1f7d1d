//! Who writes: this host, and this account under its lock.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::base::AccountId;

/// The name of this host, as it is.
pub(super) fn host() -> Vec<u8> {
    rustix::system::uname().nodename().to_bytes().to_vec()
}

/// A word of 16 letters for whoever holds the lock of an account: who has
/// another state folder, or is on another host, does not hold the same one.
pub(super) fn tag(account: &AccountId, scratch: &Path, host: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [
        account.as_str().as_bytes(),
        scratch.as_os_str().as_bytes(),
        host,
    ] {
        hash.update(part);
        hash.update([0]);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..8])
}
