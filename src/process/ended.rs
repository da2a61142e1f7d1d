//! How a command ended, in words.

use super::{Ended, How};
use crate::base::sanitized;

impl Ended {
    /// The code that it exited with, if it did so by itself.
    pub fn code(&self) -> Option<i32> {
        match &self.how {
            How::Exited(status) => status.code(),
            _ => None,
        }
    }

    /// How it ended and the first line that it complained with, safe to print.
    pub fn words(&self) -> String {
        let how = match &self.how {
            How::Exited(status) => status.to_string(),
            How::Stopped(why) => why.to_string(),
            How::TooMuch => "it printed too much".to_owned(),
            How::Lost(error) => error.to_string(),
        };
        let mut lines = self.stderr.split(|octet| *octet == b'\n');
        match lines.find(|line| !line.trim_ascii().is_empty()) {
            Some(line) => format!("{how}: {}", sanitized(line.trim_ascii())),
            None => how,
        }
    }
}
