//! Shell completions: what clap makes of the arguments, and the account names
//! of the config file, which `retr config accounts` prints.

use clap::{Arg, ArgAction, Command, ValueHint};
use clap_complete::aot;

use super::NAME;
use crate::cli::args::{Shell, command};

pub(crate) fn completions(shell: Shell) -> String {
    let commands = commands_that(takes_account);
    match shell {
        Shell::Bash => bash(&of_clap(aot::Bash)),
        Shell::Zsh => zsh(&of_clap(aot::Zsh)),
        Shell::Fish => fish(of_clap(aot::Fish), &commands),
        Shell::Elvish => elvish(&of_clap(aot::Elvish), &commands),
    }
}

fn of_clap(generator: impl aot::Generator) -> String {
    let mut script = Vec::new();
    aot::generate(generator, &mut without_files(command()), NAME, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// A value of which nothing is known is not taken for the name of a file.
fn without_files(command: Command) -> Command {
    command
        .mut_args(|arg| match arg.get_value_hint() {
            ValueHint::Unknown
                if arg.get_action().takes_values()
                    && arg.get_num_args().is_none_or(|count| count.takes_values()) =>
            {
                arg.value_hint(ValueHint::Other)
            }
            _ => arg,
        })
        .mut_subcommands(without_files)
}

/// The commands, as `config show`, that are so.
fn commands_that(is: fn(&Command) -> bool) -> Vec<String> {
    fn look(command: &Command, above: &str, is: fn(&Command) -> bool, found: &mut Vec<String>) {
        for inner in command.get_subcommands() {
            let name = format!("{above}{}", inner.get_name());
            if is(inner) {
                found.push(name.clone());
            }
            look(inner, &format!("{name} "), is, found);
        }
    }
    let mut found = Vec::new();
    look(&command(), "", is, &mut found);
    found
}

fn is_account(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().any(|name| ["ACCOUNT", "OLD", "NEW"].contains(&name.as_str()))
}

/// Returns whether its first argument is an account.
fn takes_account(command: &Command) -> bool {
    command.get_positionals().next().is_some_and(is_account)
}

/// Returns whether its arguments are accounts and nothing else.
fn takes_accounts(command: &Command) -> bool {
    let mut accounts = command.get_positionals().filter(|arg| is_account(arg));
    let is_several = |arg: &Arg| matches!(arg.get_action(), ArgAction::Append);
    accounts.next().is_some_and(is_several) || accounts.next().is_some()
}

/// Returns whether one of its arguments is a file or a folder.
fn takes_path(command: &Command) -> bool {
    use ValueHint::{AnyPath, DirPath, FilePath};
    let is_path = |arg: &Arg| matches!(arg.get_value_hint(), AnyPath | DirPath | FilePath);
    command.get_positionals().any(is_path)
}

/// Wraps clap's function. Names are compared as they are and quoted, never
/// expanded. Files are for the arguments that are files, and only once the
/// account before them is there. Bash takes a URL for three words.
fn bash(script: &str) -> String {
    let patterns = |is: fn(&Command) -> bool| {
        let commands = commands_that(is);
        let patterns = commands.iter().map(|command| match command.contains(' ') {
            true => format!("'{command}'"),
            false => format!("'{command} '*"),
        });
        patterns.collect::<Vec<_>>().join(" | ")
    };
    let wrapper = format!(
        r#"_retr_with_accounts() {{
    _retr "$@"
    if [[ $COMP_CWORD -lt 2 || $2 == -* || $3 == -* ]]; then
        return 0
    fi
    local command="${{COMP_WORDS[1]}} ${{COMP_WORDS[2]}}" name word given='' names=()
    case $command in
        {accounts})
            while IFS= read -r name; do
                names+=("$(printf '%q' "$name")")
            done < <("$1" config accounts 2>/dev/null)
            ;;
        {paths}) ;;
        *) return 0 ;;
    esac
    COMPREPLY=()
    for word in "${{COMP_WORDS[@]:2:COMP_CWORD-2}}"; do
        for name in "${{names[@]}}" pop3 pop3s pop pops; do
            [[ $word == "$name" ]] && given=1
        done
    done
    case $command in
        {lists}) ;;
        *) [[ $given ]] && names=() ;;
    esac
    for name in "${{names[@]}}"; do
        [[ $name == "$2"* ]] && COMPREPLY+=("$name")
    done
    case $command in
        {paths}) [[ ${{#names[@]}} -eq 0 ]] && compopt -o default 2>/dev/null ;;
    esac
    return 0
}}

if [[ "#,
        accounts = patterns(takes_account),
        lists = patterns(takes_accounts),
        paths = patterns(takes_path),
    );
    let script = script
        .replace("complete -F _retr ", "complete -F _retr_with_accounts ")
        .replace(" -o bashdefault -o default", "");
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
    let names = ["*::accounts", ":account", ":old", ":new"];
    let line = |line: &str| {
        let before = match line.starts_with("if [ \"$funcstack[1]\"") {
            true => FUNCTION,
            false => "",
        };
        let is_account = names.iter().any(|name| line.starts_with(&format!("'{name} -- ")));
        match line.strip_suffix(":' \\").filter(|_| is_account) {
            Some(rest) => format!("{before}{rest}:_retr_account_names' \\\n"),
            None => format!("{before}{line}\n"),
        }
    };
    script.lines().map(line).collect()
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
    let key = |command: &String| format!("{NAME};{}", command.replace(' ', ";"));
    let keys: Vec<String> = commands.iter().map(key).collect();
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
        let commands = commands_that(takes_account);
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
        assert!(!bash.contains("bashdefault"));
        let zsh = completions(Shell::Zsh);
        let uses = zsh.matches(":_retr_account_names' \\").count();
        let commands = commands_that(takes_account);
        // `state import` takes a file first, and `state move` two accounts.
        assert_eq!(uses, commands.len() + 2);
        assert_eq!(zsh.matches("_retr_account_names() {").count(), 1);
        let fish = completions(Shell::Fish);
        let expected = commands.len();
        assert_eq!(fish.matches("(retr config accounts").count(), expected);
        let elvish = completions(Shell::Elvish);
        let expected = commands.len();
        assert_eq!(elvish.matches("retr config accounts").count(), expected);
        assert_eq!(elvish.matches("|retr;config;show);.*$'").count(), 1);
    }
}
