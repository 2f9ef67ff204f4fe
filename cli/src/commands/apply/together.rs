//! Many objects in one call. While some are written the next are read, and new objects of a kind whose order nobody can
//! tell are written several at a time. What is printed keeps the order of the files.

use super::Apply;
use crate::{
    client::{self, Warnings},
    error::Result,
    resource::Info,
    terminal::Progress,
};
use futures::{
    Stream, StreamExt,
    future::join_all,
    stream::{self, Peekable},
};
use serde_json::Value;
use std::{collections::HashSet, pin::Pin, time::Instant};

/// How many objects are read before their turn.
const AHEAD: usize = 32;
/// How many new objects are written at a time.
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

/// What the server had of an object when it was looked at.
pub enum Live {
    /// It was not looked at yet.
    Unknown,
    Absent,
    Found(Value),
}

/// An object that was applied, and what came of it.
pub struct Turn {
    pub info: Info,
    pub outcome: Result<&'static str>,
    pub warnings: Warnings,
}

impl Apply<'_> {
    /// Applies all objects, and returns some of them at a time, in their order.
    pub fn turns(&self, chosen: Vec<Info>) -> impl Stream<Item = Vec<Turn>> {
        let (count, started) = (chosen.len(), Instant::now());
        let mut seen = HashSet::new();
        let first_time: Vec<bool> = chosen
            .iter()
            .map(|info| {
                let (kind, group) = (info.mapping.kind.clone(), info.mapping.group.clone());
                seen.insert((group, kind, info.namespace.clone(), info.name.clone()))
            })
            .collect();
        let looks = chosen.into_iter().zip(first_time);
        let looked = stream::iter(looks)
            .map(async |(info, first_time)| match first_time {
                true => (self.look(&info).await, info),
                // What it will be is decided by the one before.
                false => (Live::Unknown, info),
            })
            .buffered(AHEAD)
            .peekable();
        stream::unfold(
            (Box::pin(looked), 0),
            move |(mut looked, done)| async move {
                let batch = next_batch(looked.as_mut()).await?;
                let done = done + batch.len();
                let progress = Progress::since(started, format!("applying {done} of {count}"));
                let applied = join_all(batch.into_iter().map(|(live, info)| self.turn(info, live)));
                Some((progress.during(applied).await, (looked, done)))
            },
        )
    }

    /// Looks at what the server has, so that it is known when the turn comes. What goes wrong here may not go wrong
    /// then: an object that comes first may be what makes it right.
    async fn look(&self, info: &Info) -> Live {
        if self.args.server_side || info.name.is_empty() {
            return Live::Unknown;
        }
        let Ok(client) = self.session.client() else {
            return Live::Unknown;
        };
        if client.logs_requests() {
            // Read by people, one object after the other.
            return Live::Unknown;
        }
        match info.fetch(client).await {
            Ok(live) => Live::Found(live),
            Err(error) if error.is_not_found() => Live::Absent,
            Err(_) => Live::Unknown,
        }
    }

    async fn turn(&self, mut info: Info, live: Live) -> Turn {
        let (outcome, warnings) = client::holding_warnings(self.one(&mut info, live)).await;
        Turn {
            info,
            outcome,
            warnings,
        }
    }
}

/// What is written next: one object, or several new ones of a kind.
async fn next_batch<S>(mut looked: Pin<&mut Peekable<S>>) -> Option<Vec<(Live, Info)>>
where
    S: Stream<Item = (Live, Info)>,
{
    let mut batch = vec![looked.next().await?];
    while batch.len() < TOGETHER && is_free(&batch[0]) {
        let kind = &batch[0].1.mapping;
        let fellow = |next: &(Live, Info)| {
            is_free(next)
                && (&next.1.mapping.group, &next.1.mapping.kind) == (&kind.group, &kind.kind)
        };
        match looked.as_mut().next_if(fellow).await {
            Some(next) => batch.push(next),
            None => break,
        }
    }
    Some(batch)
}

/// Whether an object may be written beside others of its kind.
fn is_free((live, info): &(Live, Info)) -> bool {
    let kind = (info.mapping.group.as_str(), info.mapping.kind.as_str());
    matches!(live, Live::Absent) && IN_ANY_ORDER.contains(&kind)
}
