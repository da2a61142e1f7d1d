//! The program from outside: against a model server with faults, against
//! played transcripts, and by reading its sources.

mod account;
mod accounts;
mod agents;
mod archive;
mod backup;
mod check;
mod completions;
mod conformance;
mod delete;
mod exit_codes;
mod faults;
mod fetch;
mod generated;
mod handover;
mod layers;
mod limits;
mod login;
mod manifest;
mod messages;
mod model_server;
mod oauth;
mod output;
mod picture;
mod probe;
mod readme;
mod recipes;
mod restore;
mod rounds;
mod rules;
mod secrets;
mod seeds;
mod signals;
mod state;
mod strangers;
mod support;
mod tables;
mod terminal;
mod tls;
mod transcripts;
mod verify;
mod waits;

use std::fs;
use std::path::Path;

#[test]
fn no_test_file_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = fs::read_to_string(folder.join("main.rs")).expect("this file");
    for entry in fs::read_dir(&folder).expect("folder") {
        let name = entry.expect("entry").file_name();
        let name = name.to_string_lossy();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        let listed = main.lines().any(|line| line == format!("mod {module};"));
        assert!(listed || module == "main", "tests/it/{name} is not listed");
    }
}
