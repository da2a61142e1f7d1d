//! The man page and the completions that are committed are what the program
//! makes. `UPDATE_GENERATED=1` rewrites them.

use std::path::Path;
use std::process::Command;

fn generated(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_retr"))
        .arg("generate")
        .args(words)
        .output()
        .expect("runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn check(file: &str, words: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = generated(words);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, text).expect("written");
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{file} is out of date; UPDATE_GENERATED=1 cargo test generated mends it"
    );
}

#[test]
fn the_man_page_is_up_to_date() {
    check("man/retr.1", &["man"]);
}

#[test]
fn the_completions_are_up_to_date() {
    check("completions/retr.bash", &["completions", "bash"]);
    check("completions/_retr", &["completions", "zsh"]);
    check("completions/retr.fish", &["completions", "fish"]);
}
