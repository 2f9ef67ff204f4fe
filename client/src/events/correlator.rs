//! Decides what becomes of an event: new, one more of the same, combined with similar ones, or
//! dropped. Pure: time is handed in.

use k8s_openapi::jiff::Timestamp;

use super::recent::Recent;
use super::{About, Occurrence};

/// Different messages of one kind within the interval before they are combined.
const SIMILAR_LIMIT: usize = 10;
/// The interval, in seconds.
const SIMILAR_SECONDS: i64 = 600;
/// Events about one object that may come in one burst.
const BURST: f64 = 25.0;
/// One more event about the object in this many seconds after the burst.
const REFILL_SECONDS: f64 = 300.0;
/// How many events, kinds of similar ones and objects are remembered, each.
const REMEMBERED: usize = 4096;

/// What to do with an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Write it, or count up the one that is there.
    Write(Entry),
    /// Say nothing.
    Drop,
}

/// What stands in an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub name: String,
    pub message: String,
    /// How often it has happened: more than once, and it should be there.
    pub count: i32,
    /// When it first happened.
    pub first: Timestamp,
}

#[derive(Debug)]
pub(super) struct Correlator {
    seen: Recent<Same, Seen>,
    similar: Recent<Similar, SimilarSeen>,
    budgets: Recent<(&'static str, About), Budget>,
}

/// Who says something of an object, of what type and for what reason.
type Similar = (&'static str, About, &'static str, &'static str);

/// Occurrences that are one event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Same {
    Exactly(Occurrence),
    Combined(Similar),
}

#[derive(Debug)]
struct Seen {
    name: String,
    count: i32,
    first: Timestamp,
}

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

impl Default for Correlator {
    fn default() -> Self {
        Self {
            seen: Recent::new(REMEMBERED),
            similar: Recent::new(REMEMBERED),
            budgets: Recent::new(REMEMBERED),
        }
    }
}

impl Correlator {
    /// What is to be done with an occurrence. One that is dropped counts as well.
    pub(super) fn observe(&mut self, occurrence: &Occurrence, now: Timestamp) -> Verdict {
        // The version of the object is no part of what the event says.
        let mut occurrence = occurrence.clone();
        occurrence.about.resource_version.clear();
        // Which part of the object it is makes events differ, but not those who babble.
        let whole = About {
            field_path: String::new(),
            ..occurrence.about.clone()
        };
        let (component, object) = (occurrence.component, occurrence.about.name.clone());
        let similar = (
            component,
            whole.clone(),
            occurrence.type_,
            occurrence.reason,
        );
        let mut message = occurrence.message.clone();
        let same = if self.is_one_of_many(&similar, &message, now) {
            message = format!("(combined from similar events): {message}");
            Same::Combined(similar)
        } else {
            Same::Exactly(occurrence)
        };
        let seen = self.seen.entry(same, || Seen {
            name: format!("{object}.{:x}", now.as_nanosecond()),
            count: 0,
            first: now,
        });
        seen.count = seen.count.saturating_add(1);
        let entry = Entry {
            name: seen.name.clone(),
            message,
            count: seen.count,
            first: seen.first,
        };
        if self.spend((component, whole), now) {
            Verdict::Write(entry)
        } else {
            Verdict::Drop
        }
    }

    fn spend(&mut self, source: (&'static str, About), now: Timestamp) -> bool {
        let budget = self.budgets.entry(source, || Budget {
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

    fn is_one_of_many(&mut self, similar: &Similar, message: &str, now: Timestamp) -> bool {
        let seen = self.similar.entry(similar.clone(), || SimilarSeen {
            messages: Vec::new(),
            last: now,
        });
        if now.as_second() - seen.last.as_second() > SIMILAR_SECONDS {
            seen.messages.clear();
        }
        seen.last = now;
        if seen.messages.iter().any(|known| known == message) {
            return false;
        }
        if seen.messages.len() + 1 >= SIMILAR_LIMIT {
            return true;
        }
        seen.messages.push(message.to_owned());
        false
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

    fn written(correlator: &mut Correlator, occurrence: &Occurrence, now: Timestamp) -> Entry {
        match correlator.observe(occurrence, now) {
            Verdict::Write(entry) => entry,
            Verdict::Drop => panic!("dropped"),
        }
    }

    #[test]
    fn repeats_are_counted_under_the_first_name() {
        let mut correlator = Correlator::default();
        let first = written(&mut correlator, &event("a"), at(0));
        assert!(first.name.starts_with("p.") && first.count == 1);
        let mut newer = event("a");
        newer.about.resource_version = "7".into();
        let expected = Entry { count: 2, ..first };
        assert_eq!(written(&mut correlator, &newer, at(5)), expected);
    }

    #[test]
    fn many_different_messages_are_combined() {
        let mut correlator = Correlator::default();
        for index in 0..9 {
            let entry = written(&mut correlator, &event(&index.to_string()), at(index));
            assert_eq!(entry.count, 1);
        }
        let entry = written(&mut correlator, &event("x"), at(10));
        assert_eq!(entry.message, "(combined from similar events): x");
        // The containers of a pod babble together.
        let mut other = event("y");
        other.about.field_path = "spec.containers{c}".into();
        assert_eq!(written(&mut correlator, &other, at(11)).count, 2);
    }

    #[test]
    fn a_message_that_looks_like_a_combined_one_is_none() {
        let mut correlator = Correlator::default();
        for message in ["(combined from similar events): a", "(combined by hand)"] {
            let entry = written(&mut correlator, &event(message), at(0));
            assert_eq!((entry.message.as_str(), entry.count), (message, 1));
        }
    }

    #[test]
    fn a_babbling_object_is_slowed_down_and_all_that_it_says_counts() {
        let mut correlator = Correlator::default();
        let dropped = (0..40)
            .filter(|_| correlator.observe(&event("a"), at(0)) == Verdict::Drop)
            .count();
        assert_eq!(dropped, 15);
        assert_eq!(written(&mut correlator, &event("a"), at(301)).count, 41);
    }
}
