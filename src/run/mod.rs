//! The use cases: what one command does from beginning to end, and the one
//! order of steps that keeps mail safe.

mod job;

pub use job::{Access, Disposal, FetchJob, Limits, Target};
