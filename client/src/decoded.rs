//! Decoded objects that the components of one process share. A pod is followed by the scheduler, by controllers and by a
//! kubelet; decoded it takes three times its bytes, and decoding it is most of what taking notice of it costs.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use serde::Deserialize;

/// So many objects can be decoded at a time.
const SHARDS: usize = 16;

/// A shard is swept when it holds this many more objects than after it was swept last, beside as many again.
const SWEEP: usize = 64;

/// The objects of a kind that somebody holds.
pub struct Decoded<K> {
    shards: [Mutex<Shard<K>>; SHARDS],
    hasher: RandomState,
}

struct Shard<K> {
    /// By uid: the newest state that was decoded, and the hash of what it was decoded from. A resource version would not
    /// do: tests have many clusters in one process, which give the same ones.
    objects: HashMap<Box<str>, (u64, Weak<K>)>,
    /// How many were held when those that nobody holds were dropped last.
    held: usize,
}

/// What an encoded object goes by.
#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    metadata: Identity<'a>,
}

#[derive(Deserialize)]
struct Identity<'a> {
    uid: &'a str,
}

impl<K> Default for Decoded<K> {
    fn default() -> Self {
        let shard = |_| {
            Mutex::new(Shard {
                objects: HashMap::new(),
                held: 0,
            })
        };
        Self {
            shards: std::array::from_fn(shard),
            hasher: RandomState::new(),
        }
    }
}

impl<K> Decoded<K> {
    /// The object that `json` encodes: the one that somebody in this process has already, or else what `decode` makes.
    pub fn get(
        &self,
        json: &str,
        decode: impl FnOnce(&str) -> serde_json::Result<K>,
    ) -> serde_json::Result<Arc<K>> {
        let Ok(Identified { metadata }) = serde_json::from_str(json) else {
            return decode(json).map(Arc::new);
        };
        let (hash, state) = (
            self.hasher.hash_one(metadata.uid),
            self.hasher.hash_one(json),
        );
        // Others that are told of the same change wait for this one's result.
        let mut shard = self.shards[(hash % SHARDS as u64) as usize].lock();
        if let Some((held, object)) = shard.objects.get(metadata.uid)
            && *held == state
            && let Some(object) = object.upgrade()
        {
            return Ok(object);
        }
        let object = Arc::new(decode(json)?);
        shard.hold(metadata.uid, state, &object);
        Ok(object)
    }
}

impl<K> Shard<K> {
    fn hold(&mut self, uid: &str, state: u64, object: &Arc<K>) {
        self.objects
            .insert(uid.into(), (state, Arc::downgrade(object)));
        if self.objects.len() > 2 * self.held + SWEEP {
            self.objects
                .retain(|_, (_, object)| object.strong_count() > 0);
            self.held = self.objects.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(uid: usize, version: usize) -> String {
        format!(r#"{{"metadata":{{"resourceVersion":"{version}","uid":"{uid}"}}}}"#)
    }

    fn text(json: &str) -> serde_json::Result<String> {
        Ok(json.to_owned())
    }

    #[test]
    fn a_state_that_somebody_holds_is_decoded_once() {
        let decoded = Decoded::default();
        let first = decoded.get(&json(1, 1), text).unwrap();
        let again = decoded
            .get(&json(1, 1), |_| panic!("decoded again"))
            .unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let newer = decoded.get(&json(1, 2), text).unwrap();
        let other = decoded.get(&json(2, 2), text).unwrap();
        assert_eq!(
            (newer.as_str(), other.as_str()),
            (&*json(1, 2), &*json(2, 2))
        );
        assert_eq!(*decoded.get("{}", text).unwrap(), "{}");
        let of_another_cluster = json(2, 2).replace("}}", "},\"spec\":{}}");
        let object = decoded.get(&of_another_cluster, text).unwrap();
        assert_eq!(*object, of_another_cluster);
    }

    #[test]
    fn what_nobody_holds_is_forgotten() {
        let decoded = Decoded::default();
        for uid in 0..100 * SHARDS * SWEEP {
            decoded.get(&json(uid, 1), text).unwrap();
        }
        let known = |shard: &Mutex<Shard<String>>| shard.lock().objects.len();
        assert!(decoded.shards.iter().all(|shard| known(shard) <= SWEEP + 2));
        let calls = |_: &str| Ok("again".to_owned());
        assert_eq!(*decoded.get(&json(0, 1), calls).unwrap(), "again");
    }
}
