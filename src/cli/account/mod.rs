//! What an account that is added leaves behind: its table in the config file,
//! and its password somewhere safe.

mod block;
mod keep;

#[cfg(any(test, fuzzing))]
pub use block::check_appended;
pub(crate) use block::{Block, Draft};
pub(crate) use keep::{Kept, keep};

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a folder, and those above it, for this user alone.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)
}

/// Makes a file that must not be there yet.
fn new_file(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode).open(path)
}
