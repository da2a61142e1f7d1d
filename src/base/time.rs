//! Times as scripts read them.

/// Seconds since 1970 as RFC 3339 has them, in UTC; `None` for a time that
/// no calendar has.
pub fn rfc3339(seconds: u64) -> Option<String> {
    let time = jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(time.to_string())
}
