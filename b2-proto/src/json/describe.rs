//! How a type says what its JSON is.

/// Says how a struct is read and written: each of its fields, with the name that it has in JSON.
///
/// ```text
/// object! { Part {
///     file_id: "fileId",                          // must be there, unless its type is an `Option`
///     content_sha1: "contentSha1" or default,     // the default if it is missing or null
///     priority: "priority" or 128,                // this if it is missing
///     content_md5: "contentMd5" if some,          // not written if it is `None`
///     bypass: "bypassGovernance" if true,         // not written if it is `false`
/// } }
/// ```
macro_rules! object {
    ($type:ident { $($field:ident: $name:literal $(or $absent:tt)? $(if $some:ident)?,)+ }) => {
        $crate::json::read_object! { $type { $($field: $name $(or $absent)?,)+ } }
        $crate::json::write_object! { $type { $($field: $name $(if $some)?,)+ } }
    };
}

/// Says how a struct is read, as [`object`] does: all of its fields.
macro_rules! read_object {
    ($type:ident { $($fields:tt)+ }) => {
        $crate::json::read_tree! { $type { $($fields)+ } }
        $crate::json::serde_read!($type);
    };
}

/// As `object`, for a type that derives serde's traits.
macro_rules! tree {
    ($type:ident { $($field:ident: $name:literal $(or $absent:tt)? $(if $some:ident)?,)+ }) => {
        $crate::json::read_tree! { $type { $($field: $name $(or $absent)?,)+ } }
        $crate::json::write_tree! { $type { $($field: $name $(if $some)?,)+ } }
    };
}

/// As `read_object`, for a type that derives serde's traits.
macro_rules! read_tree {
    ($type:ident { $($field:ident: $name:literal $(or $absent:tt)?,)+ }) => {
        impl $crate::json::FromJson for $type {
            fn from_json(place: &$crate::json::Place<'_>) -> Self {
                Self {
                    $($field: $crate::json::read_tree!(@field place $name $($absent)?),)+
                }
            }
        }
    };
    (@field $place:ident $name:literal) => { $place.read($name) };
    (@field $place:ident $name:literal default) => { $place.read_or_default($name) };
    (@field $place:ident $name:literal $absent:tt) => { $place.read_or($name, $absent) };
}

/// Says how a struct is written, as [`object`] does: those of its fields that are.
macro_rules! write_object {
    ($type:ident { $($fields:tt)+ }) => {
        $crate::json::write_tree! { $type { $($fields)+ } }
        $crate::json::serde_write!($type);
    };
}

/// As `write_object`, for a type that derives serde's traits.
macro_rules! write_tree {
    ($type:ident { $($field:ident: $name:literal $(if $some:ident)?,)+ }) => {
        impl $crate::json::AsJson for $type {
            fn as_json(&self) -> $crate::json::Json<'_> {
                let mut object = $crate::json::Object::new();
                $($crate::json::write_tree!(@put object $name (self.$field) $($some)?);)+
                object.into()
            }
        }
    };
    (@put $object:ident $name:literal $value:tt) => {
        $object.add($name, &$value);
    };
    (@put $object:ident $name:literal $value:tt true) => {
        if $value {
            $object.put($name, $crate::json::Json::Bool(true));
        }
    };
    (@put $object:ident $name:literal $value:tt some) => {
        $object.add_some($name, &$value);
    };
}

/// Says that a type is read from a text, by its `From<&str>`.
macro_rules! read_text {
    ($type:ident) => {
        impl $crate::json::FromJson for $type {
            fn from_json(place: &$crate::json::Place<'_>) -> Self {
                Self::from(place.text())
            }
        }
    };
}

/// Says that a type is written as the text that its `as_str` gives.
macro_rules! write_text {
    ($type:ident) => {
        impl $crate::json::AsJson for $type {
            fn as_json(&self) -> $crate::json::Json<'_> {
                $crate::json::Json::text(self.as_str())
            }
        }
    };
}

/// Gives a type that can be taken out of a tree serde's trait.
macro_rules! serde_read {
    ($type:ident) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::json::deserialize(deserializer)
            }
        }
    };
}

/// Gives a type that can be put into a tree serde's trait.
macro_rules! serde_write {
    ($type:ident) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::json::serialize(self, serializer)
            }
        }
    };
}

pub(crate) use {
    object, read_object, read_text, read_tree, serde_read, serde_write, tree, write_object,
    write_text, write_tree,
};
