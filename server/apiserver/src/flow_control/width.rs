//! How many seats a request takes: one, and for lists one for each hundred objects that are looked at.

use crate::registry::Registry;
use crate::request::info::pairs;
use crate::request::{RequestInfo, Verb};

/// As upstream: the most that a list takes, unless its priority level is small.
pub const MAX: u32 = 10;
/// As upstream.
const OBJECTS_PER_SEAT: usize = 100;

/// The seats of a request. `max` is asked for lists only.
pub fn of(info: &RequestInfo, query: &str, registry: &Registry, max: impl FnOnce() -> u32) -> u32 {
    // A list with a name is a get.
    if !info.is_resource || !info.name.is_empty() {
        return 1;
    }
    let looked_at = match info.verb {
        Verb::List => {
            let stored = registry.size(&info.group, &info.version, &info.resource);
            limit(query).map_or(stored, |limit| stored.min(limit))
        }
        Verb::Watch if sends_all(query) => {
            registry.size(&info.group, &info.version, &info.resource)
        }
        _ => return 1,
    };
    let seats = u32::try_from(looked_at.div_ceil(OBJECTS_PER_SEAT)).unwrap_or(MAX);
    seats.clamp(1, max().clamp(1, MAX))
}

/// What a list without selectors is limited to: with them all objects are looked at.
fn limit(query: &str) -> Option<usize> {
    let mut limit = None;
    for (name, value) in pairs(query) {
        match name.as_ref() {
            "limit" => limit = value.parse().ok().filter(|limit| *limit > 0),
            "labelSelector" | "fieldSelector" if !value.is_empty() => return None,
            _ => {}
        }
    }
    limit
}

/// Whether a watch begins with all that is there.
fn sends_all(query: &str) -> bool {
    pairs(query).any(|(name, value)| name == "sendInitialEvents" && value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_small_unless_something_is_searched() {
        assert_eq!(limit("limit=500&continue=x"), Some(500));
        assert_eq!(limit("limit=0"), None);
        assert_eq!(limit("limit=5&labelSelector=a%3Db"), None);
        assert!(sends_all("watch=1&sendInitialEvents=true"));
        assert!(!sends_all("watch=1"));
    }
}
