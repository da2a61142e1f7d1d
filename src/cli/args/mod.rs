//! The command line as plain values. Nothing here is looked up or checked
//! against the world: that is [`super::resolve`].

mod commands;
mod connect;
mod fetch;
mod values;

pub use commands::{
    Cli, Command, Common, ConfigArgs, ConfigCommand, GenerateArgs, Generated, Shell, StatArgs, When,
};
pub use connect::{AuthChoice, Connect, PipeliningChoice, TlsChoice, TlsMinChoice};
pub use fetch::{Destination, FetchArgs, FetchOptions, RunOptions};
pub use values::{Pin, Proxy, Shard, Size, Span, Wait};
pub(crate) use values::{decode_percent, host_and_port};

/// For a struct of options: `or`, by which the nearer source wins. Options in
/// one pair of brackets replace each other, so a source that has one of them
/// hides all of them in the sources behind it.
macro_rules! nearest_wins {
    ($options:ident { $([$($field:ident)+])+ }) => {
        impl $options {
            /// The config keys.
            pub const KEYS: &[&str] = &[$($(stringify!($field)),+),+];

            /// The same keys; those of one group replace each other.
            pub const GROUPS: &[&[&str]] = &[$(&[$(stringify!($field)),+]),+];

            /// Takes from `farther` what this source leaves open.
            #[must_use]
            pub fn or(mut self, farther: &Self) -> Self {
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
