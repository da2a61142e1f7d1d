//! What a store wants told, each once.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::base::{Warning, WarningCode, sanitized};

/// Warnings that came up, and those that were told already.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: Vec<WarningCode>,
    fresh: Vec<Warning>,
}

impl Warnings {
    /// Adds a warning, unless its code came up before.
    pub(super) fn add(&self, code: WarningCode, text: impl FnOnce() -> String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.known.contains(&code) {
            state.known.push(code);
            state.fresh.push(Warning { code, text: text() });
        }
    }

    /// A folder's names cannot be made durable.
    pub(super) fn directory_sync(&self, folder: &Path) {
        self.add(WarningCode::DirectorySync, || {
            let folder = sanitized(folder.as_os_str().as_bytes());
            format!(
                "the file system of {folder} cannot sync folders: a power cut may lose new files"
            )
        });
    }

    /// Those that were not taken before.
    pub(super) fn take(&self) -> Vec<Warning> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.fresh)
    }
}
