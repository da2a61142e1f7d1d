//! Answers of a name server, of any octets: what is in them are hosts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retr::discover::{exchangers_in, is_host, services_in};

fuzz_target!(|answer: &[u8]| {
    let exchangers = exchangers_in(answer).unwrap_or_default();
    assert!(exchangers.iter().all(|host| is_host(host)));
    let services = services_in(answer).unwrap_or_default();
    assert!(
        services
            .iter()
            .all(|(host, port)| is_host(host) && *port != 0)
    );
});
