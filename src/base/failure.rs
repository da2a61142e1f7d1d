//! A failure as plain words, ready to be shown or written as JSON.

use std::iter::once;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::Class;

/// What went wrong, told once: `what` names what failed and where, `causes`
/// go deeper, `hint` says what to do. All text is already safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind it is; decides the exit code.
    pub class: Class,
    /// One line, lower case, without a full stop.
    pub what: String,
    /// The chain beneath, outermost first.
    pub causes: Vec<String>,
    /// What the user can do about it.
    pub hint: Option<String>,
    /// Whether the same command may succeed later with nothing changed here.
    pub retryable: bool,
}

impl Failure {
    /// A failure without causes or hint.
    pub fn new(class: Class, what: impl Into<String>) -> Self {
        Self {
            class,
            what: what.into(),
            causes: Vec::new(),
            hint: None,
            retryable: class.is_retryable(),
        }
    }

    /// Something is wrong in the configuration.
    pub fn config(what: impl Into<String>) -> Self {
        Self::new(Class::Config, what)
    }

    /// The command line was used wrongly.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Class::Usage, what)
    }

    /// Takes an error's message, and its sources as the causes.
    pub fn from_error(class: Class, error: &dyn std::error::Error) -> Self {
        let mut failure = Self::new(class, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            failure.causes.push(cause.to_string());
            source = cause.source();
        }
        failure
    }

    /// Adds a cause.
    #[must_use]
    pub fn because(mut self, cause: impl ToString) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// What failed and why, as one text.
    pub fn text(&self) -> String {
        let parts = once(&self.what).chain(&self.causes);
        parts.map(String::as_str).collect::<Vec<_>>().join(": ")
    }

    /// Adds the hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What failed and why come as one text.
impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Failure", 5)?;
        fields.serialize_field("code", &self.class.code())?;
        fields.serialize_field("class", &self.class)?;
        fields.serialize_field("text", &self.text())?;
        fields.serialize_field("hint", &self.hint)?;
        fields.serialize_field("retryable", &self.retryable)?;
        fields.end()
    }
}
