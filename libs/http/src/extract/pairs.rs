//! Names and values, as a query or a path gives them, deserialised into a struct.
//!
//! The way that succeeds makes one pass and allocates only for text that must be decoded or kept. Only when that fails
//! are the pairs gone through again, to tell of every fault rather than the first.

use std::borrow::Cow;
use std::fmt;

use medcover_kernel::{Error, ErrorKind, FieldFault};
use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

/// One name with its value, both decoded.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// More pairs than this are refused: every pair is compared with every known name.
const MAX_PAIRS: usize = 64;

/// Why a pair does not fit.
#[derive(Debug)]
pub(super) struct PairFault {
    /// The name of the pair, once that is known.
    pub(super) name: Option<String>,
    pub(super) detail: Cow<'static, str>,
}

impl PairFault {
    pub(super) fn of(name: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: Some(name.into()),
            detail: detail.into(),
        }
    }
}

/// Reads `T` from the pairs that `pairs` yields anew each time it is called.
pub(super) fn read<'a, T, I>(pairs: impl Fn() -> I) -> Result<T, Error>
where
    T: DeserializeOwned,
    I: Iterator<Item = Result<Pair<'a>, PairFault>>,
{
    match T::deserialize(Pairs::new(pairs())) {
        Ok(value) => Ok(value),
        Err(first) => Err(explain::<T, I>(pairs(), first)),
    }
}

#[cold]
fn explain<'a, T, I>(pairs: I, first: PairFault) -> Error
where
    T: DeserializeOwned,
    I: Iterator<Item = Result<Pair<'a>, PairFault>>,
{
    let mut faults = Vec::new();
    let mut left = Vec::new();
    for pair in pairs.take(MAX_PAIRS) {
        match pair {
            Ok(pair) => left.push(pair),
            Err(fault) => faults.push(fault),
        }
    }
    // Each round finds one fault and sets its pair aside, so that the next round finds the next.
    while let Err(fault) = T::deserialize(Pairs::new(left.iter().cloned().map(Ok))) {
        let name = fault.name.as_deref();
        let at = left.iter().rposition(|(known, _)| Some(&**known) == name);
        let told = faults.iter().any(|known| known.name == fault.name);
        if !told {
            faults.push(fault);
        }
        match at {
            Some(at) => drop(left.remove(at)),
            None => break,
        }
    }
    if faults.is_empty() {
        faults.push(first);
    }
    as_error(faults)
}

fn as_error(faults: Vec<PairFault>) -> Error {
    let error = Error::new(
        ErrorKind::Invalid,
        "invalid-request",
        "The request has parameters that are not valid.",
    );
    faults.into_iter().fold(error, |error, fault| {
        let fault = FieldFault {
            pointer: fault.name.as_deref().map_or(Cow::Borrowed(""), pointer),
            detail: fault.detail,
        };
        error.with_fault(fault.pointer, fault.detail)
    })
}

/// `/name`, with the two characters escaped that mean something in a JSON pointer; names without end are cut.
fn pointer(name: &str) -> Cow<'static, str> {
    let name = &name[..name.floor_char_boundary(100)];
    format!("/{}", name.replace('~', "~0").replace('/', "~1")).into()
}

struct Pairs<'a, I> {
    left: I,
    seen: usize,
    fields: &'static [&'static str],
    current: Option<Pair<'a>>,
}

impl<'a, I: Iterator<Item = Result<Pair<'a>, PairFault>>> Pairs<'a, I> {
    fn new(left: I) -> Self {
        Self {
            left,
            seen: 0,
            fields: &[],
            current: None,
        }
    }
}

impl<'de, 'a, I> Deserializer<'de> for Pairs<'a, I>
where
    I: Iterator<Item = Result<Pair<'a>, PairFault>>,
{
    type Error = PairFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairFault> {
        visitor.visit_map(self)
    }

    /// A struct knows its fields, so a name that is none of them is refused whether or not the struct says so.
    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PairFault> {
        self.fields = fields;
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de, 'a, I> MapAccess<'de> for Pairs<'a, I>
where
    I: Iterator<Item = Result<Pair<'a>, PairFault>>,
{
    type Error = PairFault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, PairFault> {
        let Some(pair) = self.left.next().transpose()? else {
            return Ok(None);
        };
        self.seen += 1;
        if self.seen > MAX_PAIRS {
            return Err(<PairFault as serde::de::Error>::custom(format_args!(
                "at most {MAX_PAIRS} parameters are taken"
            )));
        }
        if !self.fields.is_empty() && !self.fields.contains(&&*pair.0) {
            return Err(serde::de::Error::unknown_field(&pair.0, self.fields));
        }
        let (name, _) = self.current.insert(pair);
        let name: &str = name;
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, PairFault> {
        let (name, text) = self.current.take().expect("a value follows its key");
        seed.deserialize(Value(text)).map_err(|fault| PairFault {
            name: fault.name.or_else(|| Some(name.into_owned())),
            ..fault
        })
    }
}

/// The text of one value, which becomes what the field wants.
struct Value<'a>(Cow<'a, str>);

macro_rules! whole_number {
    ($($method:ident $visit:ident $type:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairFault> {
            match self.0.parse::<$type>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(serde::de::Error::custom(format_args!(
                    "must be a whole number from {} to {}", <$type>::MIN, <$type>::MAX
                ))),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = PairFault;

    whole_number! {
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairFault> {
        match self.0.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(serde::de::Error::custom("must be a number")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairFault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairFault> {
        match &*self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(serde::de::Error::custom("must be true or false")),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairFault> {
        match self.0 {
            Cow::Borrowed(text) => visitor.visit_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairFault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PairFault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PairFault> {
        let text: StringDeserializer<PairFault> = self.0.into_owned().into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl fmt::Display for PairFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl std::error::Error for PairFault {}

impl serde::de::Error for PairFault {
    fn custom<T: fmt::Display>(detail: T) -> Self {
        Self {
            name: None,
            detail: detail.to_string().into(),
        }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("must be {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("must be {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("must be one of {}", expected.join(", ")))
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        let detail = match expected {
            [] => "is not known; there are no parameters here".into(),
            known => format!("is not known; the parameters are {}", known.join(", ")),
        };
        Self::of(name, detail)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::of(name, "is required")
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::of(name, "is given more than once")
    }
}
