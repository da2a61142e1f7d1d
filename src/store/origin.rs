//! Who writes: this host, and this account under its lock.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Error;
use crate::base::AccountId;
use crate::disk::Stat;

/// Refuses what belongs to another user, who would read the mail that is put
/// there, or take it away. The administrator stores for others.
pub(super) fn check_owner(path: &Path, facts: &Stat) -> Result<(), Error> {
    let us = rustix::process::geteuid();
    if us.is_root() || facts.uid == us.as_raw() {
        return Ok(());
    }
    Err(Error::Foreign { path: path.into() })
}

/// The name of this host, as it is.
pub(super) fn host() -> Vec<u8> {
    rustix::system::uname().nodename().to_bytes().to_vec()
}

/// Seconds since this system was started, if it tells.
pub(super) fn uptime() -> Option<i64> {
    #[cfg(target_os = "linux")]
    return Some(rustix::system::sysinfo().uptime as i64);
    #[cfg(not(target_os = "linux"))]
    None
}

/// A word of 16 letters for the holder of the lock of an account: who has
/// another state folder, or is on another host, does not hold the same one.
pub(super) fn tag(account: &AccountId, scratch: &Path, host: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [account.as_str().as_bytes(), scratch.as_os_str().as_bytes(), host] {
        hash.update(part);
        hash.update([0]);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..8])
}
