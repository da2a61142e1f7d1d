//! An account that is appended to a config file of any text: refused, or there,
//! with all that was there before.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str, u16, &str)| {
    let (before, name, host, port, user) = input;
    retr::cli::check_appended(before, name, host, port.max(1), user);
});
