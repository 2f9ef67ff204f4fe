//! What is made of all objects of some kinds. Every write asks for it, so it is made once for each change of theirs.

use std::sync::Arc;

use knarr_api::kinds::Kind;
use knarr_api::status::Status;
use knarr_storage::At;
use parking_lot::Mutex;
use serde_json::Value;

use super::{Registry, known};

/// What was made last, and of what.
pub struct Derived<T, const N: usize> {
    kinds: [&'static Kind; N],
    last: Mutex<Option<Made<T, N>>>,
}

struct Made<T, const N: usize> {
    generations: [u64; N],
    made: Arc<T>,
}

impl<T, const N: usize> Derived<T, N> {
    /// Of the kinds of these plurals in `group/v1`.
    pub fn new(group: &str, plurals: [&str; N]) -> Self {
        Self {
            kinds: plurals.map(|plural| known(group, "v1", plural)),
            last: Mutex::default(),
        }
    }

    /// What `make` made of the objects as they are now: the lists are in the order of the plurals, each in the order of
    /// the names.
    pub async fn current(
        &self,
        registry: &Registry,
        make: impl FnOnce([Vec<Value>; N]) -> T,
    ) -> Result<Arc<T>, Status> {
        // Read before the objects: what changes in between is looked at again the next time.
        let generations = self
            .kinds
            .map(|kind| registry.built_in_cache(kind).generation());
        if let Some(last) = &*self.last.lock()
            && last.generations == generations
        {
            return Ok(last.made.clone());
        }
        let mut objects = [const { Vec::new() }; N];
        for (kind, objects) in self.kinds.into_iter().zip(&mut objects) {
            *objects = registry.list(kind, "", At::Any).await?;
        }
        let made = Arc::new(make(objects));
        *self.last.lock() = Some(Made {
            generations,
            made: made.clone(),
        });
        Ok(made)
    }
}
