//! Objects of a file that may be made at the same time. What the server makes of them is what it would make of one after
//! the other, and what is told of them keeps their order.

use super::Info;
use futures::{
    Stream, StreamExt,
    stream::{self, FuturesOrdered},
};
use std::collections::VecDeque;

/// How many objects are made at a time.
const TOGETHER: usize = 16;

/// Kinds of which an object is made the same way whether another one stands before it or after it: none of these takes
/// an address, a port or a name that the other might have had, and none decides what the other may do.
const IN_ANY_ORDER: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "ServiceAccount"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
];

/// An object that may be made beside others of its kind.
#[derive(PartialEq)]
pub struct Place {
    kind: &'static (&'static str, &'static str),
    namespace: String,
    name: String,
}

impl Place {
    /// The place of an object whose order makes no difference.
    pub fn of(info: &Info) -> Option<Self> {
        let (group, kind) = (&info.mapping.group, &info.mapping.kind);
        let kind = IN_ANY_ORDER.iter().find(|known| **known == (group, kind))?;
        Some(Place {
            kind,
            namespace: info.namespace.clone(),
            name: info.name.clone(),
        })
    }

    fn goes_with(&self, other: &Place) -> bool {
        self.kind == other.kind && self != other
    }
}

/// Does `work` on each item in their order, and gives what came of it in that order; at the same time on items that
/// `place` says may be.
pub fn in_order<S, W>(
    items: S,
    place: impl Fn(&S::Item) -> Option<Place>,
    work: impl Fn(S::Item) -> W,
) -> impl Stream<Item = W::Output>
where
    S: Stream,
    W: Future,
{
    let under_way = FuturesOrdered::new();
    let places: VecDeque<Option<Place>> = VecDeque::new();
    let items = Box::pin(items.peekable());
    let state = (items, under_way, places, place, work);
    stream::unfold(state, async |mut state| {
        let (items, under_way, places, place, work) = &mut state;
        loop {
            let may_begin = |item: &S::Item| {
                let Some(next) = place(item) else {
                    return places.is_empty();
                };
                let goes =
                    |before: &Option<Place>| before.as_ref().is_some_and(|it| next.goes_with(it));
                places.len() < TOGETHER && places.iter().all(goes)
            };
            tokio::select! {
                biased;
                Some(done) = under_way.next() => {
                    places.pop_front();
                    return Some((done, state));
                }
                Some(item) = items.as_mut().next_if(may_begin) => {
                    places.push_back(place(&item));
                    under_way.push_back(work(item));
                }
                else => return None,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        cell::{Cell, RefCell},
        time::Duration,
    };

    fn config_map(name: &str) -> Option<Place> {
        Some(Place {
            kind: &IN_ANY_ORDER[0],
            namespace: String::new(),
            name: name.to_owned(),
        })
    }

    /// What was begun while how many were under way, where each takes the time that it has.
    async fn played(items: &[(&str, bool, u64)]) -> (Vec<String>, Vec<String>) {
        let (running, begun) = (Cell::new(0), RefCell::new(Vec::new()));
        let done = in_order(
            stream::iter(items),
            |(name, fits, _)| config_map(name).filter(|_| *fits),
            async |(name, _, seconds)| {
                begun
                    .borrow_mut()
                    .push(format!("{name} beside {}", running.get()));
                running.set(running.get() + 1);
                tokio::time::sleep(Duration::from_secs(*seconds)).await;
                running.set(running.get() - 1);
                (*name).to_owned()
            },
        );
        let done = done.collect().await;
        (done, begun.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn what_fits_is_done_together_and_told_of_in_order() {
        let (done, begun) = played(&[("a", true, 9), ("b", true, 1), ("c", true, 5)]).await;
        assert_eq!(done, ["a", "b", "c"]);
        assert_eq!(begun, ["a beside 0", "b beside 1", "c beside 2"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_fit_waits_for_those_before_and_holds_up_those_behind() {
        let (done, begun) = played(&[
            ("a", true, 2),
            ("alone", false, 1),
            ("b", true, 2),
            ("b", true, 1),
        ])
        .await;
        assert_eq!(done, ["a", "alone", "b", "b"]);
        assert_eq!(
            begun,
            ["a beside 0", "alone beside 0", "b beside 0", "b beside 0"]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_a_few_are_under_way() {
        let names: Vec<String> = (0..40).map(|index| format!("n{index}")).collect();
        let items: Vec<(&str, bool, u64)> =
            names.iter().map(|name| (name.as_str(), true, 1)).collect();
        let (done, begun) = played(&items).await;
        assert_eq!(done, names);
        assert!(begun.iter().any(|line| line.ends_with(" beside 15")));
        assert!(!begun.iter().any(|line| line.ends_with(" beside 16")));
    }
}
