//! Shell completions: what clap makes of the arguments, and the account names
//! of the config file, which `retr config accounts` prints.

use clap::Command;
use clap_complete::aot;

use super::NAME;
use crate::cli::args::{Shell, command};

/// The script for a shell.
pub(crate) fn completions(shell: Shell) -> String {
    let commands = commands_with_accounts(&command(), "");
    match shell {
        Shell::Bash => bash(&of_clap(aot::Bash), &commands),
        Shell::Zsh => zsh(&of_clap(aot::Zsh)),
        Shell::Fish => fish(of_clap(aot::Fish), &commands),
        Shell::Elvish => elvish(&of_clap(aot::Elvish), &commands),
    }
}

fn of_clap(generator: impl aot::Generator) -> String {
    let mut script = Vec::new();
    aot::generate(generator, &mut command(), NAME, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The commands, as `config show`, whose first argument is an account.
fn commands_with_accounts(command: &Command, above: &str) -> Vec<String> {
    let mut found = Vec::new();
    for inner in command.get_subcommands() {
        let name = format!("{above}{}", inner.get_name());
        let takes_account = |arg: &clap::Arg| {
            let names = arg.get_value_names().unwrap_or_default();
            names.iter().any(|name| name == "ACCOUNT" || name == "OLD")
        };
        if inner.get_positionals().next().is_some_and(takes_account) {
            found.push(name.clone());
        }
        found.extend(commands_with_accounts(inner, &format!("{name} ")));
    }
    found
}

/// Wraps clap's function. Names are compared as they are and quoted, never
/// expanded.
fn bash(script: &str, commands: &[String]) -> String {
    let patterns: Vec<String> = commands
        .iter()
        .map(|command| {
            if command.contains(' ') {
                format!("'{command}'")
            } else {
                format!("'{command} '*")
            }
        })
        .collect();
    let wrapper = format!(
        r#"_retr_with_accounts() {{
    _retr "$@"
    local name
    if [[ $COMP_CWORD -lt 2 || $2 == -* || $3 == -* ]]; then
        return 0
    fi
    case "${{COMP_WORDS[1]}} ${{COMP_WORDS[2]}}" in
        {})
            COMPREPLY=()
            while IFS= read -r name; do
                if [[ $name == "$2"* ]]; then
                    COMPREPLY+=("$(printf '%q' "$name")")
                fi
            done < <("$1" config accounts 2>/dev/null)
            ;;
    esac
    return 0
}}

if [[ "#,
        patterns.join(" | ")
    );
    let script = script.replace("complete -F _retr ", "complete -F _retr_with_accounts ");
    match script.rfind("if [[ ") {
        Some(at) => script[..at].to_owned() + &wrapper + &script[at + "if [[ ".len()..],
        None => script,
    }
}

/// Gives the positional arguments that are accounts a function of their own.
fn zsh(script: &str) -> String {
    const FUNCTION: &str = r#"(( $+functions[_retr_account_names] )) ||
_retr_account_names() {
    local -a names
    names=(${(f)"$(_call_program accounts retr config accounts 2>/dev/null)"})
    compadd -a names
}

"#;
    let mut text = String::with_capacity(script.len() + FUNCTION.len());
    for line in script.lines() {
        if line.starts_with("if [ \"$funcstack[1]\"") {
            text.push_str(FUNCTION);
        }
        let is_account = [
            "'*::accounts -- ",
            "':account -- ",
            "':old -- ",
            "':new -- ",
        ]
        .iter()
        .any(|start| line.starts_with(start));
        match line.strip_suffix(":_default' \\") {
            Some(rest) if is_account => {
                text.push_str(rest);
                text.push_str(":_retr_account_names' \\");
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// Adds a line a command.
fn fish(mut script: String, commands: &[String]) -> String {
    for command in commands {
        let condition = match command.split_once(' ') {
            Some((outer, inner)) => format!(
                "__fish_retr_using_subcommand {outer}; and __fish_seen_subcommand_from {inner}"
            ),
            None => format!("__fish_retr_using_subcommand {command}"),
        };
        script.push_str(&format!(
            "complete -c retr -n \"{condition}\" -f -a \"(retr config accounts 2>/dev/null)\"\n"
        ));
    }
    script
}

/// Puts the names at the beginning of each command's list. They are offered
/// for one word only: what follows the command is cut off.
fn elvish(script: &str, commands: &[String]) -> String {
    let keys: Vec<String> = commands
        .iter()
        .map(|command| format!("{NAME};{}", command.replace(' ', ";")))
        .collect();
    let script = script.replace("use str;\n", "use re;\nuse str;\n").replace(
        "    var completions = [\n",
        &format!(
            "    set command = (re:replace '^({});.*$' '$1' $command)\n    var completions = [\n",
            keys.join("|")
        ),
    );
    keys.iter().fold(script, |script, key| {
        let start = format!("        &'{key}'= {{\n");
        let names = "            try { e:retr config accounts 2>/dev/null | \
                     each {|name| edit:complex-candidate $name } } catch error { }\n";
        script.replace(&start, &format!("{start}{names}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_with_accounts_are_found() {
        let commands = commands_with_accounts(&command(), "");
        for command in ["fetch", "stat", "config show"] {
            assert!(commands.iter().any(|c| c == command), "{command}");
        }
        assert!(!commands.iter().any(|c| c.starts_with("generate")));
    }

    #[test]
    fn account_names_are_hooked_into_the_scripts() {
        let bash = completions(Shell::Bash);
        assert!(bash.contains("'fetch '* | "));
        assert!(bash.contains("| 'config show'"));
        assert!(!bash.contains("complete -F _retr "));
        let zsh = completions(Shell::Zsh);
        let uses = zsh.matches(":_retr_account_names' \\").count();
        let commands = commands_with_accounts(&command(), "");
        // `state import` takes a file first, and `state move` two accounts.
        assert_eq!(uses, commands.len() + 2);
        assert_eq!(zsh.matches("_retr_account_names() {").count(), 1);
        let fish = completions(Shell::Fish);
        assert_eq!(
            fish.matches("(retr config accounts").count(),
            commands.len()
        );
        let elvish = completions(Shell::Elvish);
        assert_eq!(
            elvish.matches("retr config accounts").count(),
            commands.len()
        );
        assert_eq!(elvish.matches("|retr;config;show);.*$'").count(), 1);
    }
}
