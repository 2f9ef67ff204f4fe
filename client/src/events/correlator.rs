//! Decides what becomes of an event: new, one more of the same, combined with similar ones, or
//! dropped. Pure: time is handed in.

use std::collections::HashMap;

use k8s_openapi::jiff::Timestamp;

use super::{About, Occurrence};

/// Different messages of one kind within the interval before they are combined.
const SIMILAR_LIMIT: usize = 10;
/// The interval, in seconds.
const SIMILAR_SECONDS: i64 = 600;
/// Events about one object that may come in one burst.
const BURST: f64 = 25.0;
/// One more event about the object in this many seconds after the burst.
const REFILL_SECONDS: f64 = 300.0;
/// Objects and events remembered; beyond it the oldest half is forgotten.
const REMEMBERED: usize = 4096;

/// What to do with an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Write a new one.
    Create { name: String, message: String },
    /// Count up the one that is there.
    Count {
        name: String,
        message: String,
        count: i32,
        first: Timestamp,
    },
    /// Say nothing.
    Drop,
}

#[derive(Debug, Default)]
pub(super) struct Correlator {
    seen: HashMap<Occurrence, Seen>,
    similar: HashMap<Similar, SimilarSeen>,
    budgets: HashMap<(&'static str, About), Budget>,
}

#[derive(Debug)]
struct Seen {
    name: String,
    count: i32,
    first: Timestamp,
    last: Timestamp,
}

/// Who says something of an object, of what type and for what reason.
type Similar = (&'static str, About, &'static str, &'static str);

#[derive(Debug)]
struct SimilarSeen {
    messages: Vec<String>,
    last: Timestamp,
}

#[derive(Debug)]
struct Budget {
    tokens: f64,
    last: Timestamp,
}

impl Correlator {
    pub(super) fn observe(&mut self, occurrence: &Occurrence, now: Timestamp) -> Verdict {
        self.forget(now);
        // The version of the object is no part of what the event says.
        let mut occurrence = occurrence.clone();
        occurrence.about.resource_version.clear();
        if !self.spend(&occurrence, now) {
            return Verdict::Drop;
        }
        if self.is_one_of_many(&occurrence, now) {
            occurrence.message = format!("(combined from similar events): {}", occurrence.message);
        }
        let message = occurrence.message.clone();
        let key = if message.starts_with("(combined") {
            Occurrence {
                message: "(combined)".into(),
                ..occurrence
            }
        } else {
            occurrence
        };
        if let Some(seen) = self.seen.get_mut(&key) {
            seen.count += 1;
            seen.last = now;
            let (name, count, first) = (seen.name.clone(), seen.count, seen.first);
            return Verdict::Count {
                name,
                message,
                count,
                first,
            };
        }
        let name = format!("{}.{:x}", key.about.name, now.as_nanosecond());
        self.seen.insert(
            key,
            Seen {
                name: name.clone(),
                count: 1,
                first: now,
                last: now,
            },
        );
        Verdict::Create { name, message }
    }

    fn spend(&mut self, occurrence: &Occurrence, now: Timestamp) -> bool {
        let about = About {
            field_path: String::new(),
            ..occurrence.about.clone()
        };
        let key = (occurrence.component, about);
        let budget = self.budgets.entry(key).or_insert(Budget {
            tokens: BURST,
            last: now,
        });
        let passed = (now.as_second() - budget.last.as_second()).max(0) as f64;
        budget.tokens = (budget.tokens + passed / REFILL_SECONDS).min(BURST);
        budget.last = now;
        let allowed = budget.tokens >= 1.0;
        if allowed {
            budget.tokens -= 1.0;
        }
        allowed
    }

    fn is_one_of_many(&mut self, occurrence: &Occurrence, now: Timestamp) -> bool {
        let key = (
            occurrence.component,
            occurrence.about.clone(),
            occurrence.type_,
            occurrence.reason,
        );
        let seen = self.similar.entry(key).or_insert_with(|| SimilarSeen {
            messages: Vec::new(),
            last: now,
        });
        if now.as_second() - seen.last.as_second() > SIMILAR_SECONDS {
            seen.messages.clear();
        }
        seen.last = now;
        if seen.messages.contains(&occurrence.message) {
            return false;
        }
        if seen.messages.len() + 1 >= SIMILAR_LIMIT {
            return true;
        }
        seen.messages.push(occurrence.message.clone());
        false
    }

    /// Keeps each map bounded by dropping what was not used for the longest time.
    fn forget(&mut self, now: Timestamp) {
        let old = |last: Timestamp| now.as_second() - last.as_second() > 2 * SIMILAR_SECONDS;
        if self.seen.len() > REMEMBERED {
            self.seen.retain(|_, seen| !old(seen.last));
        }
        if self.similar.len() > REMEMBERED {
            self.similar.retain(|_, seen| !old(seen.last));
        }
        if self.budgets.len() > REMEMBERED {
            self.budgets.retain(|_, budget| !old(budget.last));
        }
        if self.seen.len() > 2 * REMEMBERED {
            self.seen.clear();
            self.similar.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn event(message: &str) -> Occurrence {
        Occurrence {
            component: "kubelet",
            about: About {
                kind: "Pod".into(),
                name: "p".into(),
                ..About::default()
            },
            type_: "Normal",
            reason: "Pulled",
            message: message.into(),
        }
    }

    #[test]
    fn repeats_are_counted_under_the_first_name() {
        let mut correlator = Correlator::default();
        let Verdict::Create { name, .. } = correlator.observe(&event("a"), at(0)) else {
            panic!()
        };
        assert!(name.starts_with("p."));
        let mut newer = event("a");
        newer.about.resource_version = "7".into();
        assert_eq!(
            correlator.observe(&newer, at(5)),
            Verdict::Count {
                name,
                message: "a".into(),
                count: 2,
                first: at(0)
            }
        );
    }

    #[test]
    fn many_different_messages_are_combined() {
        let mut correlator = Correlator::default();
        for index in 0..9 {
            let verdict = correlator.observe(&event(&index.to_string()), at(index));
            assert!(matches!(verdict, Verdict::Create { .. }), "{verdict:?}");
        }
        let Verdict::Create { message, .. } = correlator.observe(&event("x"), at(10)) else {
            panic!()
        };
        assert_eq!(message, "(combined from similar events): x");
        let verdict = correlator.observe(&event("y"), at(11));
        assert!(
            matches!(verdict, Verdict::Count { count: 2, .. }),
            "{verdict:?}"
        );
    }

    #[test]
    fn a_babbling_object_is_slowed_down() {
        let mut correlator = Correlator::default();
        let dropped = (0..40)
            .filter(|_| correlator.observe(&event("a"), at(0)) == Verdict::Drop)
            .count();
        assert_eq!(dropped, 15);
        assert_ne!(correlator.observe(&event("a"), at(301)), Verdict::Drop);
    }
}
