//! Placeholder: variants as needed, each naming the path; class(): CantCreate 73 (found at open), Io 74, Temporary 75 (mbox locked), Config 78.

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
#[error("store")]
pub struct Error;
