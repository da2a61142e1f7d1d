//! How the ledger can fail.

/// A failure of the ledger.
#[derive(Debug, thiserror::Error)]
#[error("ledger")]
pub struct Error;
