//! Answers of a token endpoint, of any octets: HTTP or none, tokens or none, and
//! nothing in an error drives a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retr::oauth::{Issuer, Provider, Settings, tokens_in};
use retr::web::{Progress, read_answer};

fuzz_target!(|input: (bool, &[u8])| {
    let (is_bare, octets) = input;
    let head = b"HTTP/1.1 200 OK\r\n\r\n";
    let octets = [if is_bare { &head[..] } else { b"" }, octets].concat();
    let Progress::Whole(answer) = read_answer(&octets, true) else {
        return;
    };
    let settings = Settings {
        provider: Provider::Google,
        client_id: Some("id".into()),
        ..Settings::default()
    };
    let issuer = Issuer::of(&settings).expect("an issuer");
    match tokens_in(&answer, &issuer, 1000, None) {
        Ok(tokens) => {
            assert!(tokens.is_of(&issuer));
            assert!(!tokens.scope.contains(char::is_control));
        }
        Err(error) => {
            let hint = error.hint(Provider::Google, "work").unwrap_or_default();
            assert!(!format!("{error}{hint}").contains(char::is_control));
        }
    }
});
