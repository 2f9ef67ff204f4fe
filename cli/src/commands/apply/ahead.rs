//! Many objects in one call: while some are written the next are read, and new ones are written together where their
//! order makes no difference.

use super::Apply;
use crate::{
    client::{self, Warnings},
    error::Result,
    resource::{Info, Place, in_order},
};
use futures::{Stream, StreamExt, stream};
use serde_json::Value;
use std::collections::HashSet;

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
    /// Applies all objects, and returns them in their order.
    pub fn turns(&self, chosen: Vec<Info>) -> impl Stream<Item = Turn> {
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
                true => (client::holding_warnings(self.look(&info)).await, info),
                // What it will be is decided by the one before.
                false => ((Live::Unknown, Warnings::default()), info),
            })
            .buffered(AHEAD);
        let place = |((live, _), info): &((Live, Warnings), Info)| match live {
            Live::Absent => Place::of(info),
            Live::Unknown | Live::Found(_) => None,
        };
        in_order(looked, place, |(looked, info)| self.turn(info, looked))
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

    async fn turn(&self, mut info: Info, (live, mut warnings): (Live, Warnings)) -> Turn {
        let (outcome, more) = client::holding_warnings(self.one(&mut info, live)).await;
        warnings.extend(more);
        Turn {
            info,
            outcome,
            warnings,
        }
    }
}
