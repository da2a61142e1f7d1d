//! The published promise of what JSON lines look like.

/// JSON Schema (2020-12) of one line of `--json` output. A test holds that
/// every event keeps it.
pub const SCHEMA: &str = include_str!("schema.json");
