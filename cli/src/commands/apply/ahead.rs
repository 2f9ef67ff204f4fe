//! Many objects in one call: while some are written the next are read, and new ones are written together where their
//! order makes no difference.

use super::Apply;
use crate::{
    client::{self, Warnings},
    error::Result,
    resource::{Info, goes_with},
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
    loop {
        let fellow = |(live, info): &(Live, Info)| {
            matches!((&batch[0].0, live), (Live::Absent, Live::Absent))
                && goes_with(batch.iter().map(|(_, before)| before), info)
        };
        match looked.as_mut().next_if(fellow).await {
            Some(next) => batch.push(next),
            None => return Some(batch),
        }
    }
}
