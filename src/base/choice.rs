//! Settings that are one of a few words.

/// Declares an enum whose values users know by a word, each with what it means
/// for the help. The texts behind its name say what a wrong word is not and what
/// to write, and what the config file expects; with them words are read back
/// (`FromStr`, `Deserialize`), too.
macro_rules! choice {
    (
        $(#[$attribute:meta])*
        pub enum $choice:ident {
            $($(#[$own:meta])* $value:ident $word:literal $meaning:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $choice {
            $(
                #[doc = $meaning]
                $(#[$own])*
                $value,
            )+
        }

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

        impl serde::Serialize for $choice {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
    (
        $(#[$attribute:meta])*
        pub enum $choice:ident($wanted:literal, $expected:literal) {
            $($(#[$own:meta])* $value:ident $word:literal $meaning:literal,)+
        }
    ) => {
        $crate::base::choice! {
            $(#[$attribute])*
            pub enum $choice {
                $($(#[$own])* $value $word $meaning,)+
            }
        }

        $crate::base::from_text!($choice, $expected);

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

/// Lets a value be deserialized from the text that its `FromStr` reads. The
/// second argument says what is expected in its place.
macro_rules! from_text {
    ($value:ident, $expected:literal) => {
        impl<'de> serde::Deserialize<'de> for $value {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl serde::de::Visitor<'_> for Visitor {
                    type Value = $value;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$value, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                from.deserialize_str(Visitor)
            }
        }
    };
}
pub(crate) use from_text;
