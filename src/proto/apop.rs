//! APOP.
