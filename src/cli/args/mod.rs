//! The command line as plain values. Nothing here is looked up or checked
//! against the world: that is [`super::resolve`].
#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "what documents an option is its help text"
)]

mod authority;
mod commands;
mod connect;
mod fetch;
mod mailbox;
mod proof;
mod proxy;
mod state;
mod values;

pub(crate) use authority::{decode_percent, host_and_port};
pub(crate) use commands::{
    Cli, Command, Common, ConfigCommand, ConfigImportArgs, ConfiguredFor, DemoArgs, Generated,
    Shell, StatArgs, When,
};
pub(crate) use connect::Connect;
pub(crate) use fetch::{Destination, FetchArgs, FetchOptions, RunOptions};
pub(crate) use mailbox::{DeleteArgs, ListArgs, ShowArgs};
pub(crate) use proof::{ProbeArgs, VerifyArgs};
pub(crate) use proxy::Proxy;
pub(crate) use state::{LedgerPlace, SeenBy, StateArgs, StateCommand, StateOf};
pub(crate) use values::{Pin, Shard, Size, Span, Wait};
pub(crate) use values::{address, number};

/// Options as far as one source says, of the command line or the config file.
pub(crate) trait OptionSet {
    /// The config keys.
    const KEYS: &[&str];

    /// The same keys; those of one group replace each other.
    const GROUPS: &[&[&str]];

    /// Takes from `farther` what this source leaves open.
    #[must_use]
    fn or(self, farther: &Self) -> Self;
}

/// For a struct of options: the nearer source wins. Options in one pair of
/// brackets replace each other, so a source that has one of them hides all of
/// them in the sources behind it.
macro_rules! nearest_wins {
    ($options:ident { $([$($field:ident)+])+ }) => {
        impl $crate::cli::args::OptionSet for $options {
            const KEYS: &[&str] = &[$($(stringify!($field)),+),+];

            const GROUPS: &[&[&str]] = &[$(&[$(stringify!($field)),+]),+];

            fn or(mut self, farther: &Self) -> Self {
                $(
                    if true $(&& self.$field.is_none())+ {
                        $(self.$field.clone_from(&farther.$field);)+
                    }
                )+
                self
            }
        }
    };
}
pub(crate) use nearest_wins;

/// Shows a path; bytes that are not UTF-8 are replaced.
fn lossy<S: serde::Serializer>(
    path: &Option<std::path::PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => serializer.collect_str(&path.display()),
        None => serializer.serialize_none(),
    }
}
