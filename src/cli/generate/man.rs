//! The man page: hand-written prose around what the arguments say of
//! themselves.

use clap::{Arg, Args, Command, CommandFactory};
use clap_mangen::Man;

use super::NAME;
use crate::cli::args::{Cli, Common, Connect, Destination};

/// The whole page, for section 1.
pub(crate) fn man_page() -> String {
    let mut page =
        include_str!("prose/head.roff").replace("{{version}}", env!("CARGO_PKG_VERSION"));
    let mut cli = Cli::command();
    cli.build();
    page.push_str(".SH COMMANDS\n");
    for command in visible(&cli) {
        if command.has_subcommands() {
            visible(command).for_each(|inner| describe(inner, &mut page));
        } else {
            describe(command, &mut page);
        }
    }
    page.push_str(".SH OPTIONS OF COMMANDS THAT CONNECT\n");
    let shared = Connect::augment_args(Command::new(NAME));
    options(&shared, |_| true, ".SS ", &mut page);
    page.push_str(".SH OPTIONS OF ALL COMMANDS\n");
    let common = Common::augment_args(Command::new(NAME));
    options(&common, |_| true, ".SS ", &mut page);
    page.push_str(include_str!("prose/tail.roff"));
    page
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
}

/// One command: its usage, what it does, and the options that only it has.
fn describe(command: &Command, page: &mut String) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    page.push_str(&format!(".SS \"{}\"\n", roff(usage)));
    let about = command
        .get_long_about()
        .or_else(|| command.get_about())
        .map(ToString::to_string)
        .unwrap_or_default();
    // The page has its own examples.
    let about = about.split("\n\nExamples:").next().unwrap_or_default();
    for line in about.lines() {
        let line = roff(line);
        page.push_str(if line.is_empty() { ".PP" } else { &line });
        page.push('\n');
    }
    let mut shared = Common::augment_args(Connect::augment_args(Command::new(NAME)));
    if command.get_name() != "fetch" {
        shared = Destination::augment_args(shared);
    }
    let is_own = |arg: &Arg| {
        shared
            .get_arguments()
            .all(|other| other.get_id() != arg.get_id())
    };
    options(command, is_own, ".PP\n.B ", page);
}

/// The options that are wanted, below headings of the given rank.
fn options(command: &Command, wanted: impl Fn(&Arg) -> bool, rank: &str, page: &mut String) {
    let command = command.clone().disable_help_flag(true).mut_args(|arg| {
        let hidden = arg.is_hide_set() || arg.get_id() == "help" || !wanted(&arg);
        arg.hide(hidden)
    });
    let mut roff = Vec::new();
    // Writing to memory cannot fail.
    let _ = Man::new(command).render_options_section(&mut roff);
    for line in String::from_utf8_lossy(&roff).lines() {
        match line.strip_prefix(".SH ") {
            Some("OPTIONS") => {}
            Some(heading) => {
                let heading = heading.trim_matches('"').to_lowercase();
                let heading = match heading.as_str() {
                    "tls" => "TLS".to_owned(),
                    _ => heading[..1].to_uppercase() + &heading[1..],
                };
                page.push_str(&format!("{rank}{heading}\n"));
            }
            // How the writer declares its apostrophe, once a section; groff
            // and mandoc have one by name.
            None if line.starts_with(".ie ") || line.starts_with(".el ") => {}
            None => {
                page.push_str(&line.replace('`', "\\(ga").replace("\\*(Aq", "\\(aq"));
                page.push('\n');
            }
        }
    }
}

/// Text as roff takes it literally.
fn roff(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('`', "\\(ga");
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_option_is_described() {
        let page = man_page();
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            commands.extend(visible(&command).cloned());
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                if let Some(long) = arg.get_long() {
                    let option = format!("\\-\\-{}", long.replace('-', "\\-"));
                    assert!(page.contains(&option), "{option}");
                }
            }
            if !command.has_subcommands() {
                assert!(page.contains(&roff(command.get_name())));
            }
        }
    }

    #[test]
    fn options_stand_once_and_hidden_commands_never() {
        let page = man_page();
        let tag = |option: &str| page.matches(&format!(".TP\n\\fB{option}\\fR")).count();
        assert_eq!(tag("\\-\\-tls\\-ca"), 1);
        assert_eq!(tag("\\-\\-maildir"), 1);
        assert_eq!(tag("\\-\\-json"), 1);
        assert!(!page.contains("retr config accounts"));
    }

    #[test]
    fn text_is_no_request() {
        assert_eq!(roff(".x-y\\"), "\\&.x\\-y\\e");
        assert_eq!(roff("'x"), "\\&'x");
    }
}
