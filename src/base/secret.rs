//! The one type a password or token lives in.

use zeroize::Zeroizing;

/// The environment variable that may hold a password. Children do not inherit
/// it.
pub const PASSWORD_VARIABLE: &str = "RETR_PASSWORD";

/// The one that may hold a proxy's password. Neither this.
pub const PROXY_PASSWORD_VARIABLE: &str = "RETR_PROXY_PASSWORD";

/// Bytes that are never shown: no `Display`, a `Debug` that hides them, wiped
/// when dropped. Code that wants the bytes has to ask for them by
/// [`Secret::expose`], which is easy to search for.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes themselves, to be sent or hashed and for nothing else.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new(b"hunter2".to_vec());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
