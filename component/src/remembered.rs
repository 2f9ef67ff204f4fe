//! What has been found out, and is taken as it is for a time: answers of webhooks, tokens whose signatures are good.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use parking_lot::RwLock;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

/// How many answers of one sort are remembered at most.
const CAPACITY: usize = 8192;

/// How long upstream takes a token for good before it is looked at again.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(10);

/// What stands for a token, so that none is kept.
pub type TokenKey = [u8; 32];

/// The key of a token that is to be good for some audiences.
pub fn token_key<'a>(token: &str, audiences: impl IntoIterator<Item = &'a String>) -> TokenKey {
    let mut digest = Sha256::new();
    digest.update(token);
    for audience in audiences {
        digest.update([0]);
        digest.update(audience);
    }
    digest.finalize().into()
}

/// A bounded map of what is known, each for its time.
pub struct Remembered<K, V>(RwLock<HashMap<K, (Instant, V)>>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// What is known, and not for too long.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let known = self.0.read();
        let (until, value) = known.get(key)?;
        (Instant::now() < *until).then(|| value.clone())
    }

    /// Remembers for a time. Where there is no room, what is too old goes; if nothing is, everything.
    pub fn put(&self, key: K, lifetime: Duration, value: V) {
        let now = Instant::now();
        let mut known = self.0.write();
        if known.len() >= CAPACITY {
            known.retain(|_, (until, _)| now < *until);
            if known.len() >= CAPACITY {
                known.clear();
            }
        }
        known.insert(key, (now + lifetime, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everything_is_forgotten_in_time() {
        let known = Remembered::<u32, &str>::default();
        known.put(1, TOKEN_LIFETIME, "one");
        assert_eq!(known.get(&1), Some("one"));
        tokio::time::advance(TOKEN_LIFETIME).await;
        assert_eq!(known.get(&1), None);
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_an_end_to_what_is_remembered() {
        let known = Remembered::<usize, ()>::default();
        known.put(0, TOKEN_LIFETIME * 2, ());
        for key in 1..CAPACITY {
            known.put(key, TOKEN_LIFETIME, ());
        }
        tokio::time::advance(TOKEN_LIFETIME).await;
        known.put(CAPACITY, TOKEN_LIFETIME, ());
        assert_eq!(known.0.read().len(), 2);
        for key in 0..2 * CAPACITY {
            known.put(key, TOKEN_LIFETIME, ());
            assert!(known.0.read().len() <= CAPACITY);
        }
    }

    #[test]
    fn a_token_for_other_audiences_is_another() {
        let (a, b) = ("a".to_owned(), "b".to_owned());
        assert_ne!(token_key("t", [&a]), token_key("t", [&a, &b]));
        assert_ne!(token_key("t", []), token_key("u", []));
    }
}
