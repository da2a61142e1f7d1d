//! What is worth knowing and stops nothing.

use serde::Serialize;

use super::choice;

/// Something worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What it is about, for scripts.
    pub code: WarningCode,
    /// One sentence, safe to print.
    pub text: String,
}

choice! {
    /// What a warning is about. Scripts know it by its word.
    #[non_exhaustive]
    pub enum WarningCode {
        ChangedMeanwhile "changed-meanwhile"
            "the mbox was written to while it was verified",
        Clock "clock"
            "the clock went back, or far ahead, so that ages of messages are not trusted",
        CountChanged "count-changed"
            "a unique id has fewer messages than were stored under it, which are left on the server",
        Delivery "delivery"
            "the command that messages are handed to said something on stderr",
        DirectorySync "directory-sync"
            "the file system cannot make new names durable",
        Elsewhere "elsewhere"
            "messages were stored in a store of the other kind",
        Expire "expire"
            "the server deletes messages after some days by itself",
        ExpireAtOnce "expire-0"
            "the server deletes by itself whatever was retrieved",
        FailingSince "failing-since"
            "for a day or longer every fetch of the account ended with 75; told once a day",
        FilterFailed "filter-failed"
            "a header could not be looked at by the filter, so that its message is fetched",
        HookFailed "hook-failed"
            "the command of after_new could not be run, or failed",
        InDoubt "in-doubt"
            "a message is handed on once more, because it is not known whether it was taken",
        ListingNonsense "listing-nonsense"
            "lines of the server's listing make no sense",
        LoginDelay "login-delay"
            "the next login waits as long as the server wants",
        LosesMail "loses-mail"
            "a command as it is written in the config file is known to lose mail",
        MboxTail "mbox-tail"
            "an interrupted run's unfinished message was left in the mbox",
        NeedsShell "needs-shell"
            "a command of the config file has words that only a shell understands, and none runs it",
        NeverFetched "never-fetched"
            "messages are deleted, or would be, that were never fetched",
        NoDotlock "no-dotlock"
            "no dotlock can be made beside the mbox, so only its record lock is taken",
        NotMail "not-mail"
            "files of what is restored are not messages by their names, and are left out",
        NotVerified "not-verified"
            "messages that are missing or altered here stay on the server",
        OutOfReach "out-of-reach"
            "what was handed on cannot be read again to be verified",
        PasswordBlank "password-blank"
            "the password in a file begins or ends with a blank, which may be none of it",
        SetAside "set-aside"
            "a file of the archive did not hold what its name says; it was renamed, and the message stored anew",
        SharedLedger "shared-ledger"
            "two accounts of the config file are the same user and host",
        ShortPath "short-path"
            "a command of the config file is found only by a PATH that is longer than cron's",
        SizeChanged "size-changed"
            "a known message has another size, and is left on the server",
        StillThere "still-there"
            "the server still lists messages whose deletion it confirmed",
        TargetChanged "target-changed"
            "mail goes to another place than before",
        TornSource "torn-source"
            "an mbox that is restored has no empty line at its end: its last message may be cut",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_differ_and_are_in_order() {
        let words = WarningCode::ALL.iter().map(|code| code.word());
        assert!(words.is_sorted_by(|one, next| one < next));
    }
}
