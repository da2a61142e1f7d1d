//! What the target still has of what was stored, and unaltered.

mod absent;
mod search;
mod survey;

pub(super) use absent::{Absence, absent, absent_from};
pub(super) use search::{Search, Sought};
pub(super) use survey::{Intact, Survey, Surveyed, Verified};
