//! What a test cannot do without.

/// Ends a test that is about a program which is not there.
macro_rules! needs {
    ($($program:literal),+) => {
        if ![$($program),+].into_iter().all($crate::support::env::has) {
            return;
        }
    };
}
pub(crate) use needs;
