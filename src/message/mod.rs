//! What a mail says, for display only.
