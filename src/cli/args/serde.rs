//! Values as clap and the config file take them.

use std::fmt;
use std::marker::PhantomData;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, IntoDeserializer};
use serde::{Serialize, Serializer};

use super::{Addressee, Pin, Proxy, Size, Span, Wait};
use crate::base::from_text;
use crate::message::Pattern;
use crate::net::TlsMin;
use crate::session::{Auth, Pipelining, TlsMode};
use crate::store::export::Format;
use crate::store::{InDoubt, Sender};

/// Choices of the layers below, for the help and its completions.
macro_rules! value_enum {
    ($($choice:ident),+) => { $(
        impl ValueEnum for $choice {
            fn value_variants<'a>() -> &'a [Self] {
                Self::ALL
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                Some(PossibleValue::new(self.word()).help(self.meaning()))
            }
        }
    )+ };
}

value_enum! { TlsMode, TlsMin, Auth, Pipelining, InDoubt, Format }

/// Config values are the same text as on the command line.
macro_rules! as_text {
    ($($value:ident: $expected:literal),+) => { $(
        from_text!($value, $expected);

        impl Serialize for $value {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+ };
}

as_text! {
    Size: "a valid size in quotes, such as \"25M\"",
    Span: "a valid duration in quotes, such as \"60s\" or \"30d\"",
    Wait: "a valid duration in quotes, such as \"60s\" or \"30d\"",
    Pattern: "a pattern in quotes, such as \"from:*@shop.example\"",
    Pin: "a pin in quotes, such as \"sha256:…\"",
    Proxy: "a proxy in quotes, such as \"socks5://host:1080\"",
    Addressee: "an address in quotes",
    Sender: "\"return-path\" or an address, in quotes"
}

/// Takes one value or an array of them.
pub(super) fn one_or_several<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    struct Visitor<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value in quotes, or an array of them")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            Ok(vec![T::deserialize(text.into_deserializer())?])
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, values: A) -> Result<Vec<T>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(values))
        }
    }
    deserializer.deserialize_any(Visitor(PhantomData)).map(Some)
}
