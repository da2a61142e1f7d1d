//! A document of any octets in place of one that names servers: what it names
//! is a host, reached by TLS, and a user name without controls.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retr::discover::{Address, Origin, is_host, servers_in};
use retr::session::TlsMode;

fuzz_target!(|document: &[u8]| {
    let address = Address::parse("alice@example.com").expect("an address");
    let found = servers_in(document, &address, &Origin::Guess);
    for candidate in found.into_iter().flatten() {
        assert!(is_host(&candidate.host) && candidate.port != 0);
        assert!(candidate.tls != TlsMode::None);
        assert!(!candidate.user.chars().any(char::is_control));
    }
});
