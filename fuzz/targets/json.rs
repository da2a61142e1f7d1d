//! Mail of any octets, read for display and told in JSON: one valid object a
//! line, with nothing in it that drives a terminal.
#![no_main]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use libfuzzer_sys::fuzz_target;
use retr::base::{Cancel, Event, MessageNumber, Observer, Shown, Uid};
use retr::message::readable;
use retr::report::{Options, Report, Stream};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("unpoisoned").write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Sink {}

fuzz_target!(|mail: &[u8]| {
    let readable = readable(mail, &Cancel::new()).expect("not cancelled");
    let out = Sink::default();
    let options = Options {
        json: true,
        ..Options::default()
    };
    let report = Report::new(options, Box::new(out.clone()), Box::new(io::sink()));
    report.account("work").notice(&Event::Shown(Box::new(Shown {
        number: MessageNumber::new(1).expect("not 0"),
        uid: Uid::new(&mail[..mail.len().min(9)]).unwrap_or(Uid::new(b"u").expect("valid")),
        headers: readable.headers,
        text: readable.text,
        attachments: readable.attachments,
        cut_after: None,
    })));
    report.finish();
    let lines = out.0.lock().expect("unpoisoned");
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        let text = std::str::from_utf8(line).expect("UTF-8");
        assert!(!text.trim_end_matches('\n').contains(char::is_control));
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(value["v"], 1);
    }
});
