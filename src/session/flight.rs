//! How many requests may be outstanding: the window of a pipelined transfer,
//! without any I/O.

use std::collections::VecDeque;

use super::Request;
use crate::proto::{MAX_SIZE, Status};

/// Octets of expected replies at the start. What is in flight beyond what the
/// link holds waits at the server; with less, a long link idles for more
/// round trips.
const START_WINDOW: u64 = 4 * 1024 * 1024;

/// Octets of expected replies at most.
const MAX_WINDOW: u64 = 8 * 1024 * 1024;

/// Requests at most. Their commands are some 15 octets each; a link sends and
/// receives at once, so that they can't block it.
const MAX_REQUESTS: usize = 2048;

/// What a header is expected to have.
const HEADER: u64 = 2048;

/// What a message is expected to have when nothing is known.
const UNKNOWN: u64 = 64 * 1024;

/// Requests sent and not yet answered, the oldest first.
#[derive(Debug)]
pub(super) struct Flight {
    pipelined: bool,
    requests: VecDeque<(Request, u64)>,
    /// Octets still expected for all of them.
    expected: u64,
    window: u64,
    /// Octets that came since the window last grew.
    came: u64,
    /// The beginning of the message that is coming in, without empty lines.
    head: Vec<u8>,
}

/// Octets by which a reply is told from a message.
const HEAD: usize = 5;

impl Flight {
    /// Of several requests at a time, or of one.
    pub(super) fn new(pipelined: bool) -> Self {
        Self {
            pipelined,
            requests: VecDeque::new(),
            expected: 0,
            window: START_WINDOW,
            came: 0,
            head: Vec::with_capacity(HEAD),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Returns whether one more request may be sent.
    pub(super) fn has_room(&self) -> bool {
        self.requests.is_empty()
            || self.pipelined && self.requests.len() < MAX_REQUESTS && self.expected < self.window
    }

    /// Notes that a request is sent.
    pub(super) fn push(&mut self, request: Request) {
        let octets = match request {
            Request::Retrieve(_, size) => size.unwrap_or(UNKNOWN).min(MAX_SIZE),
            Request::Top(_, lines) => HEADER + 80 * u64::from(lines),
        };
        self.expected += octets;
        self.requests.push_back((request, octets));
    }

    /// The oldest request.
    pub(super) fn front(&self) -> Option<Request> {
        self.requests.front().map(|(request, _)| *request)
    }

    /// Notes that this piece of the oldest's reply came. Each time a whole
    /// window came, the window doubles.
    pub(super) fn receive(&mut self, piece: &[u8]) {
        let is_blank = |octet: &&u8| self.head.is_empty() && **octet == b'\n';
        let blanks = piece.iter().take_while(is_blank).count();
        let room = HEAD - self.head.len();
        self.head.extend(piece[blanks..].iter().take(room));
        self.count(piece.len() as u64);
    }

    /// Returns whether the message that came begins as a reply does, perhaps
    /// behind empty lines, and no header.
    pub(super) fn begins_as_reply(&self) -> bool {
        let end = self.head.iter().position(|octet| *octet == b'\n');
        Status::parse(&self.head[..end.unwrap_or(self.head.len())]).is_ok()
    }

    fn count(&mut self, octets: u64) {
        if let Some((_, rest)) = self.requests.front_mut() {
            let less = octets.min(*rest);
            *rest -= less;
            self.expected -= less;
        }
        self.came += octets;
        if self.came >= self.window {
            self.came = 0;
            self.window = (self.window * 2).min(MAX_WINDOW);
        }
    }

    /// Notes that the oldest's reply is complete.
    pub(super) fn pop(&mut self) {
        self.head.clear();
        if let Some((_, rest)) = self.requests.pop_front() {
            self.expected -= rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MessageNumber;

    fn number(n: u32) -> MessageNumber {
        MessageNumber::new(n).expect("not 0")
    }

    fn fill(flight: &mut Flight, size: Option<u64>) -> usize {
        let mut sent = 0;
        while flight.has_room() {
            flight.push(Request::Retrieve(number(1), size));
            sent += 1;
        }
        sent
    }

    #[test]
    fn in_lockstep_there_is_one() {
        let mut flight = Flight::new(false);
        assert_eq!(fill(&mut flight, Some(1)), 1);
        flight.pop();
        assert_eq!(fill(&mut flight, Some(1)), 1);
    }

    #[test]
    fn the_window_bounds_octets_and_requests() {
        assert_eq!(fill(&mut Flight::new(true), Some(64 * 1024)), 64);
        assert_eq!(fill(&mut Flight::new(true), None), 64);
        assert_eq!(fill(&mut Flight::new(true), Some(u64::MAX)), 1);
        assert_eq!(fill(&mut Flight::new(true), Some(0)), MAX_REQUESTS);
    }

    #[test]
    fn five_thousand_headers_take_three_round_trips() {
        let mut flight = Flight::new(true);
        let (mut left, mut trips) = (5_000, 0);
        while left > 0 {
            while left > 0 && flight.has_room() {
                flight.push(Request::Top(number(1), 0));
                left -= 1;
            }
            trips += 1;
            while !flight.is_empty() {
                flight.count(700);
                flight.pop();
            }
        }
        assert_eq!(trips, 3);
    }

    #[test]
    fn the_window_doubles_up_to_eight_mebibytes() {
        let mut flight = Flight::new(true);
        let mut windows = Vec::new();
        for _ in 0..1000 {
            fill(&mut flight, Some(32 * 1024));
            flight.count(32 * 1024);
            flight.pop();
            windows.push(flight.window);
        }
        windows.dedup();
        let mib = |n: u64| n * 1024 * 1024;
        assert_eq!(windows, [START_WINDOW, mib(8)]);
        assert_eq!(flight.requests.len(), 255);
    }

    #[test]
    fn sizes_may_lie_either_way() {
        let mut flight = Flight::new(true);
        flight.push(Request::Retrieve(number(1), Some(100)));
        flight.push(Request::Retrieve(number(2), Some(10_000)));
        flight.count(10_000);
        flight.pop();
        flight.count(10);
        flight.pop();
        assert_eq!((flight.expected, flight.is_empty()), (0, true));
        for _ in 0..3 {
            flight.push(Request::Retrieve(number(1), Some(u64::MAX)));
        }
        for _ in 0..3 {
            flight.count(10);
            flight.pop();
        }
        assert_eq!((flight.expected, flight.is_empty()), (0, true));
    }

    #[test]
    fn a_message_larger_than_the_window_makes_room_as_it_comes() {
        let mut flight = Flight::new(true);
        flight.push(Request::Retrieve(number(1), Some(10 * START_WINDOW)));
        assert!(!flight.has_room());
        for _ in 0..9 {
            flight.count(START_WINDOW);
        }
        assert!(flight.has_room());
    }
}
