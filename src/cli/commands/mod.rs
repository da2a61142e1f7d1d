//! The commands, one file each: from arguments to an exit code.

mod account;
mod answer;
mod backup;
mod check;
mod config;
mod demo;
mod fetch;
mod generate;
mod help;
mod hook;
mod mailbox;
mod oauth;
mod proof;
mod single;
mod state;
mod work;

pub(crate) use account::account;
pub(crate) use backup::{export, restore};
pub(crate) use config::config;
pub(crate) use demo::demo;
pub(crate) use fetch::fetch;
pub(crate) use generate::generate;
pub(crate) use help::help;
pub(crate) use mailbox::{delete, list, show, stat};
pub(crate) use oauth::oauth;
pub(crate) use proof::{probe, verify};
pub(crate) use state::state;
