//! Lines of CAPA.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retr::proto::Capabilities;

fuzz_target!(|text: &[u8]| {
    let lines = text.split(|&byte| byte == b'\n');
    let capabilities = Capabilities::from_lines(lines);
    for line in capabilities.lines() {
        assert!(!line.contains('\n'));
    }
    for tag in ["SASL", "EXPIRE", "LOGIN-DELAY", "PIPELINING", ""] {
        let _ = capabilities.has(tag);
        let _ = capabilities.arguments(tag).map(Iterator::count);
    }
    let _ = (capabilities.expiry(), capabilities.login_delay());
    let _ = capabilities.has_mechanism("PLAIN");
});
