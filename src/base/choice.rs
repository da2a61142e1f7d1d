//! Settings that are one of a few words.

/// Gives an enum the words by which users know its values, each with what it
/// means for the help. With a second argument, which says what a wrong word is
/// not, and what to write, it reads them back (`FromStr`), too.
macro_rules! choice {
    ($choice:ident, [$($value:ident $word:literal $meaning:literal),+ $(,)?]) => {
        impl $choice {
            /// All values, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The word that users write, and scripts read.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }

            /// What the value means, as the help says it.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$value => $meaning),+
                }
            }
        }

        impl std::fmt::Display for $choice {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
    ($choice:ident, $wanted:literal, [$($value:ident $word:literal $meaning:literal),+ $(,)?]) => {
        $crate::base::choice!($choice, [$($value $word $meaning),+]);

        impl std::str::FromStr for $choice {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$value),)+
                    _ => Err(format!(
                        concat!("`{}` is not ", $wanted),
                        $crate::base::sanitized(text.as_bytes())
                    )),
                }
            }
        }
    };
}
pub(crate) use choice;
