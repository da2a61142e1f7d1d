//! The completions in the shells they are for, as the Tab key asks for them.
//! Where a shell is not installed, a line says so.

use crate::support::env::{Sandbox, has};
use crate::support::table::table;

const CONFIG: &str = r#"
[accounts.work]
url = "pop3s://u@pop.example.com"
[accounts.home]
url = "pop3s://u@pop.example.com"
[accounts."two words"]
url = "pop3s://u@pop.example.com"
"#;

/// What a shell prints on its script, which finds the completions at `$FILE`,
/// or in `$FOLDER`.
#[test]
fn shells_complete_account_names() {
    for [shell, file, expected] in table(
        r"
        bash   | retr.bash | work, home, two\ words, --max-messages, 0, , , , s
        zsh    | _retr     |  config show home
        fish   | retr.fish | work, home, two words
        elvish | retr.elv  | work, home, two words",
    ) {
        if !has(shell) {
            continue;
        }
        let sandbox = Sandbox::new();
        sandbox.config(CONFIG);
        let root = env!("CARGO_MANIFEST_DIR");
        let script = format!("exec {shell} {root}/tests/fixtures/completions/{shell}");
        let run = sandbox.shell(&script).env("FOLDER", format!("{root}/completions"));
        let run = run.env("FILE", format!("{root}/completions/{file}"));
        let printed = run.run_to(0).stdout_text();
        let printed: Vec<&str> = printed.lines().collect();
        assert_eq!(printed.join(", ").trim(), expected, "{shell}");
    }
}
