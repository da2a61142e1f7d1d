//! The man page and the shell completions, made from the arguments so that
//! they cannot say anything else.

mod completions;
mod man;

pub(crate) use completions::completions;
pub(crate) use man::man_page;

/// The program's name.
const NAME: &str = "retr";
