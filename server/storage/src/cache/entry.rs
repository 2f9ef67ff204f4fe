//! One object as the cache holds it: attributes for selection, and the bytes that clients are sent.

use std::cmp::Ordering;
use std::sync::Arc;

use bytes::Bytes;

use crate::store::Revision;

/// A small sorted map of strings in two allocations: labels and selectable fields are half of what the cache holds
/// beside the objects themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// All keys and values, one after the other.
    text: Box<str>,
    /// Where each of them ends.
    ends: Box<[u32]>,
}

impl Pairs {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.part(2 * middle).cmp(key) {
                Ordering::Equal => return Some(self.part(2 * middle + 1)),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// All pairs in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..self.len()).map(|index| (self.part(2 * index), self.part(2 * index + 1)))
    }

    pub fn len(&self) -> usize {
        self.ends.len() / 2
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes that the strings take.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + 4 * self.ends.len()
    }

    fn part(&self, index: usize) -> &str {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        };
        &self.text[start..self.ends[index] as usize]
    }
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Pairs {
    /// The last of several values of one key wins.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut pairs: Vec<(K, V)> = pairs.into_iter().collect();
        pairs.reverse();
        pairs.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
        pairs.dedup_by(|later, earlier| later.0.as_ref() == earlier.0.as_ref());
        let size = |(key, value): &(K, V)| key.as_ref().len() + value.as_ref().len();
        let mut text = String::with_capacity(pairs.iter().map(size).sum());
        let mut ends = Vec::with_capacity(2 * pairs.len());
        for (key, value) in &pairs {
            for part in [key.as_ref(), value.as_ref()] {
                text.push_str(part);
                // Objects are smaller than 2 MiB.
                ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            }
        }
        Self {
            text: text.into_boxed_str(),
            ends: ends.into_boxed_slice(),
        }
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
