//! What everything else is made of.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::{AsJson, FromJson, Json, Place};

impl FromJson for String {
    fn from_json(place: &Place<'_>) -> Self {
        place.text().to_owned()
    }
}

impl AsJson for String {
    fn as_json(&self) -> Json<'_> {
        Json::text(self)
    }
}

impl AsJson for str {
    fn as_json(&self) -> Json<'_> {
        Json::text(self)
    }
}

impl FromJson for bool {
    fn from_json(place: &Place<'_>) -> Self {
        place.truth()
    }
}

impl AsJson for bool {
    fn as_json(&self) -> Json<'_> {
        Json::Bool(*self)
    }
}

impl FromJson for u64 {
    fn from_json(place: &Place<'_>) -> Self {
        place.number()
    }
}

impl AsJson for u64 {
    fn as_json(&self) -> Json<'_> {
        Json::Number(*self)
    }
}

impl FromJson for u32 {
    fn from_json(place: &Place<'_>) -> Self {
        u32::try_from(place.number()).unwrap_or_else(|_| {
            place.is_not("one of 32 bits");
            0
        })
    }
}

impl AsJson for u32 {
    fn as_json(&self) -> Json<'_> {
        Json::Number((*self).into())
    }
}

/// In whole seconds, as B2 counts them.
impl AsJson for Duration {
    fn as_json(&self) -> Json<'_> {
        Json::Number(self.as_secs())
    }
}

impl<T: AsJson + ?Sized> AsJson for &T {
    fn as_json(&self) -> Json<'_> {
        (**self).as_json()
    }
}

/// Null and an absent field are `None`.
impl<T: FromJson> FromJson for Option<T> {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_absent() { None } else { Some(T::from_json(place)) }
    }
}

impl<T: AsJson> AsJson for Option<T> {
    fn as_json(&self) -> Json<'_> {
        self.as_ref().map_or(Json::Null, T::as_json)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(place: &Place<'_>) -> Self {
        let list = place.entries();
        let mut entries = Self::with_capacity(list.len());
        for entry in list {
            entries.push(T::from_json(&entry));
        }
        entries
    }
}

impl<T: AsJson> AsJson for Vec<T> {
    fn as_json(&self) -> Json<'_> {
        Json::List(self.iter().map(T::as_json).collect())
    }
}

/// A pair is a list of two.
impl<A: FromJson, B: FromJson> FromJson for (A, B) {
    fn from_json(place: &Place<'_>) -> Self {
        if place.entries().len() != 2 {
            place.is_not("a list of two");
        }
        (A::from_json(&place.entry(0)), B::from_json(&place.entry(1)))
    }
}

impl<A: AsJson, B: AsJson> AsJson for (A, B) {
    fn as_json(&self) -> Json<'_> {
        Json::List(vec![self.0.as_json(), self.1.as_json()])
    }
}

impl<T: Ord + for<'n> From<&'n str>> FromJson for BTreeMap<T, T> {
    fn from_json(place: &Place<'_>) -> Self {
        place.fields().map(|(name, value)| (name.into(), value.text().into())).collect()
    }
}

impl<T: AsRef<str>> AsJson for BTreeMap<T, T> {
    fn as_json(&self) -> Json<'_> {
        let fields = self.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        Json::Object(fields.map(|(name, value)| (name.into(), Json::text(value))).collect())
    }
}
