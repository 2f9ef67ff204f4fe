//! One object as the cache holds it: attributes for selection, and the bytes that clients are sent.

use std::sync::Arc;

use bytes::Bytes;

use crate::store::Revision;

/// A small sorted map of strings, half the size of a `BTreeMap` of two or three labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(Box<[(Box<str>, Box<str>)]>);

impl Pairs {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let index = self
            .0
            .binary_search_by(|(name, _)| (**name).cmp(key))
            .ok()?;
        self.0.get(index).map(|(_, value)| &**value)
    }

    /// All pairs in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes that the strings take.
    pub(crate) fn size(&self) -> usize {
        self.iter()
            .map(|(key, value)| key.len() + value.len() + 32)
            .sum()
    }
}

impl<K: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(K, V)> for Pairs {
    /// The last of several values of one key wins.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut pairs: Vec<(Box<str>, Box<str>)> = pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        pairs.reverse();
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.dedup_by(|later, earlier| later.0 == earlier.0);
        Self(pairs.into_boxed_slice())
    }
}

/// What selectors look at. The API server derives it from the object, with the kind's selectable fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `metadata.labels`.
    pub labels: Pairs,
    /// `metadata.name`, `metadata.namespace` and the kind's own selectable fields.
    pub fields: Pairs,
}

/// An object at one revision.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The full key (`/registry/pods/default/web-0`).
    pub key: Arc<str>,
    pub create_revision: Revision,
    pub revision: Revision,
    pub attributes: Arc<Attributes>,
    /// The object as JSON, with `metadata.resourceVersion` filled in.
    pub object: Bytes,
}

impl Entry {
    /// About how many bytes of memory the entry takes.
    pub(crate) fn size(&self) -> usize {
        self.object.len()
            + self.key.len()
            + self.attributes.labels.size()
            + self.attributes.fields.size()
            + 160
    }
}
