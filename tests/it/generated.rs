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
    let mends = "UPDATE_GENERATED=1 cargo test generated mends it";
    assert!(committed == text, "{file} is out of date; {mends}");
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
    check("completions/retr.elv", &["completions", "elvish"]);
}

/// What a Debian package of cargo-deb has, and where.
#[test]
fn a_package_has_man_page_and_completions_in_their_places() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = toml::from_str(&manifest).expect("TOML");
    let deb = &manifest["package"]["metadata"]["deb"];
    let license = deb["license-file"][0].as_str().expect("a path");
    assert!(root.join(license).is_file(), "{license}");
    let mut places = Vec::new();
    for asset in deb["assets"].as_array().expect("assets") {
        let [source, target] = [0, 1].map(|at| asset[at].as_str().expect("a path"));
        let is_built = source.starts_with("target/release/");
        assert!(is_built || root.join(source).is_file(), "{source}");
        let name = source.rsplit('/').next().unwrap_or_default();
        places.push(if target.ends_with('/') {
            format!("{target}{name}")
        } else {
            target.to_owned()
        });
    }
    for place in [
        "usr/bin/retr",
        "usr/share/man/man1/retr.1",
        "usr/share/bash-completion/completions/retr",
        "usr/share/zsh/vendor-completions/_retr",
        "usr/share/fish/vendor_completions.d/retr.fish",
        "usr/share/elvish/lib/retr.elv",
    ] {
        assert!(places.iter().any(|known| known == place), "{place}");
    }
}

#[test]
fn the_crate_has_what_an_install_needs_and_no_more() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let list = String::from_utf8(output.stdout).expect("UTF-8");
    for file in ["Cargo.lock", "LICENSE", "README.md", "man/retr.1", "completions/_retr"] {
        let is_there = list.lines().any(|line| line == file);
        assert!(is_there, "{file} is missing\n{list}");
    }
    for folder in [".ci", "benches", "target"] {
        let is_there = list.lines().any(|line| line.starts_with(folder));
        assert!(!is_there, "{folder}\n{list}");
    }
}
