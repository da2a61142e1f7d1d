//! What others could learn from this process's memory.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// From now on no core file is written of this process, whose memory may hold
/// a secret, and no other process of the same user can look into it. What the
/// system refuses stays as it was.
pub fn keep_private() {
    let maximum = getrlimit(Resource::Core).maximum;
    let none = Rlimit { current: Some(0), maximum };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
