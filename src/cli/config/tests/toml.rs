//! What is no TOML.

use super::*;

#[test]
fn broken_toml_is_told_with_its_line() {
    for (text, line) in [
        ("[accounts.a\nhost = 'x'", 1),
        ("[accounts.a]\nhost = pop.example.com", 2),
        ("[accounts.a]\nhost = 'x", 2),
        ("[accounts.a]\n= 1", 2),
        ("\u{1}", 1),
    ] {
        let what = failure(text).what;
        assert!(what.starts_with(&format!("/c.toml:{line}: ")), "{what}");
        assert!(!what.contains('\n'), "{what}");
    }
}

#[test]
fn the_usual_slips_of_toml_are_told_what_to_write() {
    #[rustfmt::skip]
    let rows = [
        ("[accounts.w]\nuser = \"name@domain.com\\shared\"", "2: in double quotes a backslash begins an escape",
         r"use single quotes, as in 'DOMAIN\user', or write the backslash twice"),
        ("[accounts.me@gmail.com]\nhost = 'h'", "1: a heading has characters that are not allowed without quotes",
         "quote the name: [accounts.\"me@gmail.com\"]"),
        ("[accounts.my mail+x]\nhost = 'h'", "1: a heading has characters that are not allowed without quotes",
         "quote the name: [accounts.\"my mail+x\"]"),
        ("[accounts.a]\nhost = pop.example.com", "2: a value that is not a number, true or false has to be in quotes",
         "put the value in quotes"),
        ("[accounts.a]\nmaildir = ~/Mail", "2: a value that is not a number, true or false has to be in quotes",
         "put the value in quotes"),
        ("[accounts.a]\nuser = alice", "2: a value that is not a number, true or false has to be in quotes",
         "put the value in quotes"),
        ("[accounts.a]\ntimeout = 60s", "2: a value that is not a number, true or false has to be in quotes",
         "put the value in quotes"),
    ];
    for (text, what, hint) in rows {
        let config = Config::parse(Path::new("/c.toml"), text, &env());
        let [mistake] = &config.mistakes[..] else {
            panic!("told once: {:?}", config.mistakes);
        };
        let failure = &mistake.failure;
        assert_eq!(failure.what, format!("/c.toml:{what}"), "{text}");
        assert_eq!(failure.hint.as_deref(), Some(hint), "{text}");
    }
}
