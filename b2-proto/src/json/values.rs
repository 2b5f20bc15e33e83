//! What everything else is made of.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::{AsJson, FromJson, Json, JsonError};

impl FromJson for String {
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        json.as_text().map(str::to_owned)
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
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        match json {
            Json::Bool(value) => Ok(*value),
            _ => Err(json.is_not("true or false")),
        }
    }
}

impl AsJson for bool {
    fn as_json(&self) -> Json<'_> {
        Json::Bool(*self)
    }
}

impl FromJson for u64 {
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        json.as_number()
    }
}

impl AsJson for u64 {
    fn as_json(&self) -> Json<'_> {
        Json::Number(*self)
    }
}

impl FromJson for u32 {
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        u32::try_from(json.as_number()?).map_err(|_| json.is_not("one of 32 bits"))
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
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        match json {
            Json::Null => Ok(None),
            json => T::from_json(json).map(Some),
        }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: AsJson> AsJson for Option<T> {
    fn as_json(&self) -> Json<'_> {
        self.as_ref().map_or(Json::Null, T::as_json)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        let Json::List(list) = json else {
            return Err(json.is_not("a list"));
        };
        let mut entries = Self::with_capacity(list.len());
        for (index, entry) in list.iter().enumerate() {
            entries.push(T::from_json(entry).map_err(|error| error.of_entry(index))?);
        }
        Ok(entries)
    }
}

impl<T: AsJson> AsJson for Vec<T> {
    fn as_json(&self) -> Json<'_> {
        Json::List(self.iter().map(T::as_json).collect())
    }
}

impl<T: FromJson + Ord> FromJson for BTreeSet<T> {
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        let mut set = Self::new();
        // One by one: collecting would sort first, by more code than there are entries.
        for entry in Vec::from_json(json)? {
            set.insert(entry);
        }
        Ok(set)
    }
}

impl<T: AsJson> AsJson for BTreeSet<T> {
    fn as_json(&self) -> Json<'_> {
        Json::List(self.iter().map(T::as_json).collect())
    }
}

impl<K: for<'n> From<&'n str> + Ord, V: FromJson> FromJson for BTreeMap<K, V> {
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        let mut map = Self::new();
        for (name, value) in json.fields()?.iter() {
            let value = V::from_json(value).map_err(|error| error.of_field(name))?;
            map.insert(K::from(name), value);
        }
        Ok(map)
    }
}

impl<K: AsRef<str>, V: AsJson> AsJson for BTreeMap<K, V> {
    fn as_json(&self) -> Json<'_> {
        let fields = self.iter();
        let fields = fields.map(|(name, value)| (Cow::Borrowed(name.as_ref()), value.as_json()));
        Json::Object(fields.collect())
    }
}

/// A pair is a list of two.
impl<A: FromJson, B: FromJson> FromJson for (A, B) {
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        match json {
            Json::List(list) if list.len() == 2 => {
                Ok((A::from_json(&list[0])?, B::from_json(&list[1])?))
            }
            _ => Err(json.is_not("a list of two")),
        }
    }
}

impl<A: AsJson, B: AsJson> AsJson for (A, B) {
    fn as_json(&self) -> Json<'_> {
        Json::List(vec![self.0.as_json(), self.1.as_json()])
    }
}
