//! The completions in the shells they are for, as the Tab key asks for them.
//! Where a shell is not installed, a line says so.

use crate::support::env::{Sandbox, has};

const CONFIG: &str = r#"
[accounts.work]
url = "pop3s://u@pop.example.com"
[accounts.home]
url = "pop3s://u@pop.example.com"
[accounts."two words"]
url = "pop3s://u@pop.example.com"
"#;

/// What a shell prints on a script, which finds the completions at `$FILE`.
fn printed(shell: &str, file: &str, script: &str) -> Option<Vec<String>> {
    if !has(shell) {
        return None;
    }
    let sandbox = Sandbox::new();
    sandbox.config(CONFIG);
    std::fs::write(sandbox.path("script"), script).expect("written");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/completions");
    let output = sandbox
        .shell(&format!("exec {shell} ./script"))
        .env("FOLDER", folder)
        .env("FILE", format!("{folder}/{file}"))
        .run_to(0);
    Some(output.stdout_text().lines().map(str::to_owned).collect())
}

#[test]
fn bash_completes_account_names() {
    let script = r#"
        source "$FILE"
        try() {
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            "$(complete -p retr | sed 's/.* -F \([^ ]*\) retr/\1/')" retr "${@: -1}" "${@: -2:1}"
            printf '%s\n' "${COMPREPLY[@]}"
        }
        try retr fetch w
        try retr fetch work h
        try retr config show two
        try retr fetch --max-mess
        # Behind the account comes no file, and a URL is three words.
        complete -p retr | grep -c default
        try retr show work ""
        try retr list pop3s : //
        try retr list pop3s : //u@h ""
        # Nor for a value that is none.
        try retr list --tls-pin s
    "#;
    if let Some(lines) = printed("bash", "retr.bash", script) {
        assert_eq!(
            lines,
            [
                "work",
                "home",
                "two\\ words",
                "--max-messages",
                "0",
                "",
                "",
                "",
                "s"
            ]
        );
    }
}

#[test]
fn zsh_completes_account_names() {
    // In a terminal of its own, typed as a user does.
    let script = r#"
        zmodload zsh/zpty
        zpty z TERM=dumb zsh -f -i
        zpty -w z 'fpath=($FOLDER $fpath); autoload -Uz compinit; compinit -u -D; echo rea""dy'
        zpty -r z out $'*ready\r\n*'
        zpty -n -w z $'retr fetch w\t'
        zpty -r z out '*ork *'
        zpty -n -w z $'two\t'
        zpty -r z out '*words *'
        zpty -n -w z $'\C-uretr config show h\t'
        zpty -r z out '*ome *'
        print -r -- ${out##*retr}
        zpty -d z
    "#;
    if let Some(lines) = printed("zsh", "_retr", script) {
        assert_eq!(lines, [" config show home "]);
    }
}

#[test]
fn fish_completes_account_names() {
    let script = r#"
        source $FILE
        complete -C "retr fetch w"
        complete -C "retr fetch work h"
        complete -C "retr config show two"
    "#;
    if let Some(lines) = printed("fish", "retr.fish", script) {
        assert_eq!(lines, ["work", "home", "two words"]);
    }
}

#[test]
fn elvish_completes_account_names() {
    // Only an interactive one has the module `edit:`, and asks it to filter.
    let script = r#"
        use str
        var candidate = {|text &display='' @_| put $text }
        var edit: = (ns [&completion:=(ns [&arg-completer=[&]]) &'complex-candidate~'=$candidate])
        eval (slurp < $E:FILE) &ns=(ns [&edit:=$edit:])
        fn typed {|@words start|
            $edit:completion:arg-completer[retr] $@words $start | each {|text|
                if (str:has-prefix $text $start) { echo $text }
            }
        }
        typed retr fetch w
        typed retr fetch work h
        typed retr config show two
    "#;
    if let Some(lines) = printed("elvish", "retr.elv", script) {
        assert_eq!(lines, ["work", "home", "two words"]);
    }
}
