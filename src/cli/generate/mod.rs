//! The man page, the topics of the help and the shell completions, made from
//! the arguments so that they cannot say anything else.

mod completions;
mod man;
mod topics;

pub(crate) use completions::completions;
pub(crate) use man::man_page;
pub(crate) use topics::{topic, topics};

const NAME: &str = "retr";
