//! Commands that another program gives to a shell, and retr runs without one.

use std::fmt::Write;

/// The command without a shell, or with one named if it needs it; as it is if
/// a quote in it is not closed, which nothing takes. Each field,
/// such as `%F`, becomes the placeholder beside it; a shell gets their values
/// as parameters, which it does not read as commands.
pub(super) fn without_shell(command: &str, fields: &[(&str, &str)]) -> String {
    let (mut direct, mut script) = (String::new(), String::new());
    let mut used: Vec<&str> = Vec::new();
    let mut needs_shell = BUILT_IN.contains(&command.split_whitespace().next().unwrap_or_default());
    let (mut quote, mut is_comment) = (None, false);
    let mut is_first_word = true;
    let mut rest = command.trim_start();
    while let Some(c) = rest.chars().next() {
        if let Some((field, place)) = fields.iter().find(|(field, _)| rest.starts_with(field)) {
            direct.push_str(place);
            if !used.contains(place) {
                used.push(place);
            }
            let number = 1 + used.iter().position(|used| used == place).unwrap_or_default();
            let _ = match quote {
                None => write!(script, "\"${{{number}}}\""),
                Some('\'') => write!(script, "'\"${{{number}}}\"'"),
                Some(_) => write!(script, "${{{number}}}"),
            };
            rest = &rest[field.len()..];
            continue;
        }
        let is_escape = c == '\\' && quote != Some('\'');
        let length = if is_escape {
            1 + rest[1..].chars().next().map_or(0, char::len_utf8)
        } else {
            c.len_utf8()
        };
        needs_shell |= match quote {
            Some('\'') => false,
            Some(_) => "$`".contains(c),
            None => "|&;<>()$`*?[~#\n".contains(c) || (c == '=' && is_first_word),
        };
        let begins_word = script.is_empty() || script.ends_with([' ', '\t', ';', '&', '|']);
        is_comment |= c == '#' && quote.is_none() && begins_word;
        is_comment &= c != '\n';
        is_first_word &= quote.is_some() || !c.is_whitespace();
        if !is_escape && !is_comment && "'\"".contains(c) {
            quote = match quote {
                None => Some(c),
                Some(open) if open == c => None,
                open => open,
            };
        }
        direct.push_str(&rest[..length]);
        script.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    if !needs_shell || quote.is_some() {
        return direct;
    }
    let script = shell_words::quote(&script);
    if used.is_empty() {
        format!("sh -c {script}")
    } else {
        format!("sh -c {script} sh {}", used.join(" "))
    }
}

/// Words that only a shell understands as the first of a command.
const BUILT_IN: &[&str] = &[
    "!", ".", ":", "[", "case", "cd", "command", "eval", "exec", "exit", "export", "for", "if",
    "set", "test", "trap", "ulimit", "umask", "until", "while", "{",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_run_without_a_shell_unless_they_need_one() {
        for (command, without) in [
            ("pass show mail/work", "pass show mail/work"),
            ("secret-tool lookup host=h", "secret-tool lookup host=h"),
            ("echo 'a|b' \"c d\" e\\ f", "echo 'a|b' \"c d\" e\\ f"),
            ("gpg -d ~/x | head -1", "sh -c 'gpg -d ~/x | head -1'"),
            ("X=1 pass", "sh -c 'X=1 pass'"),
            ("exec pass", "sh -c 'exec pass'"),
            ("echo \"$HOME\"", "sh -c 'echo \"$HOME\"'"),
            ("echo 'open", "echo 'open"),
            ("echo $X | x 'open; y", "echo $X | x 'open; y"),
            ("a >b; c", "sh -c 'a >b; c'"),
            ("echo x # isn't", "sh -c 'echo x # isn'\\''t'"),
        ] {
            assert_eq!(without_shell(command, &[]), without);
        }
    }

    /// What a shell makes of a command is what it made of it before, whatever
    /// is in the fields.
    #[test]
    fn fields_are_parameters_of_the_shell() {
        let fields = &[("%F", "{sender}"), ("%T", "{recipient}")];
        for (command, without) in [
            ("mda -f %F -d %T", "mda -f {sender} -d {recipient}"),
            ("mda -f '%F'", "mda -f '{sender}'"),
            ("mda %T | x", "sh -c 'mda \"${1}\" | x' sh {recipient}"),
        ] {
            assert_eq!(without_shell(command, fields), without);
        }
        let command = "printf '<%s>' %F '%F' \"x%F\" %T %T; exit 3";
        let words = shell_words::split(&without_shell(command, fields)).expect("closed");
        let hostile = "$(exit 9)';\"`x`";
        let words: Vec<String> = words
            .iter()
            .map(|word| word.replace("{sender}", hostile).replace("{recipient}", "al"))
            .collect();
        let output =
            std::process::Command::new(&words[0]).args(&words[1..]).output().expect("a shell");
        assert_eq!(output.status.code(), Some(3));
        let printed = String::from_utf8(output.stdout).expect("text");
        let expected = format!("<{hostile}><{hostile}><x{hostile}><al><al>");
        assert_eq!(printed, expected);
    }
}
