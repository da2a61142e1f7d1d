//! `retr` fetches mail over POP3 (RFC 1939), once per run, into a Maildir or
//! an mbox.
//!
//! One run goes: connect and log in ([`session`]), ask for the unique ids,
//! decide what is new ([`plan`]) from what the [`ledger`] knows, retrieve it
//! into a [`store`], record it, delete on the server only what is on stable
//! storage, and quit so that the server enters the UPDATE state. The order of
//! these steps is in [`run`] and nowhere else.
//!
//! The folders are layers. An arrow may only point down; a test
//! (`tests/it/layers.rs`) reads the sources and holds it.
//!
//! | row | folder | what lives there | must not touch |
//! |---|---|---|---|
//! | 9 | [`cli`] | arguments, config, secrets, signals, failure to text and exit code | |
//! | 8 | [`report`] | what people and scripts see: human lines, JSON, progress | net, proto |
//! | 7 | [`run`] | the use cases, and the one order that keeps mail safe | argv, environment, terminal |
//! | 6 | [`store`], [`ledger`] | Maildir and mbox; what was seen. Neither knows the other | proto, net |
//! | 5 | [`plan`], [`oauth`], [`discover`] | pure decisions, each with a reason; tokens in place of passwords; from an address to its server | clock, files, sockets |
//! | 4 | [`session`], [`web`] | greeting, login, listings, transfer over a connection; small answers over https | files, terminal |
//! | 3 | [`net`] | connections with TLS and deadlines | disk |
//! | 2 | [`process`], [`disk`], [`demo`] | commands of the user's; files that can be made durable; the server of `retr demo` and of the tests | each other |
//! | 1 | [`proto`], [`message`] | POP3 as bytes in and events out; what a mail's header says | any I/O, clock, randomness |
//! | 1 | [`wait`] | the limits of every wait and of every file that is read whole | |
//! | 0 | [`base`] | the nouns, failure classes, events, the secret | |
#![forbid(unsafe_code)]

// The model server of the tests names the library as `tests/it` has to.
#[cfg(test)]
extern crate self as retr;

pub mod base;
pub mod cli;
pub mod demo;
pub mod discover;
pub mod disk;
pub mod ledger;
pub mod message;
pub mod net;
pub mod oauth;
pub mod plan;
pub mod process;
pub mod proto;
pub mod report;
pub mod run;
pub mod session;
pub mod store;
pub mod wait;
pub mod web;
