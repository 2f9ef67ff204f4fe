//! From the store's writer to its watches: each watch has a bounded queue, and falls back to the store's history when
//! it started in the past or could not keep up.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use futures::{FutureExt, Stream, future::BoxFuture};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::store::{Error, Event, Result, Revision};

/// How many events may wait in the queue of one watch before it is served from history instead.
const QUEUE_LIMIT: usize = 4_096;

/// How many events are read from history at a time.
const HISTORY_PAGE: usize = 256;

/// The past of a store, for watches that are not at its end.
#[async_trait]
pub trait History: Send + Sync + 'static {
    /// Events under `prefix` with `after < revision <= through`, in order, about `limit` at most; and the revision up
    /// to which the answer is complete.
    async fn events(
        &self,
        prefix: &str,
        after: Revision,
        through: Revision,
        limit: usize,
    ) -> Result<(Vec<Event>, Revision)>;
}

/// Hands the events of a store's only writer to all watches.
pub struct Feed {
    state: Mutex<State>,
    published: watch::Sender<Revision>,
}

struct State {
    published: Revision,
    subscriptions: Vec<Weak<Subscription>>,
}

impl Feed {
    /// A feed of a store whose latest revision is `current`.
    pub fn new(current: Revision) -> Self {
        Self {
            state: Mutex::new(State {
                published: current,
                subscriptions: Vec::new(),
            }),
            published: watch::Sender::new(current),
        }
    }

    /// The revision up to which all events have been handed to the watches.
    pub fn published(&self) -> Revision {
        *self.published.borrow()
    }

    /// Waits until everything up to `revision` has been published.
    pub async fn wait_for(&self, revision: Revision) -> Result<()> {
        let mut published = self.published.subscribe();
        published
            .wait_for(|published| *published >= revision)
            .await
            .map(drop)
            .map_err(|_| Error::Closed)
    }

    /// Hands on the events up to `revision`, which must come in order and without gaps.
    pub fn publish(&self, events: &[Event], revision: Revision) {
        let mut state = self.state.lock();
        state
            .subscriptions
            .retain(|subscription| match subscription.upgrade() {
                Some(subscription) => {
                    subscription.push(events);
                    true
                }
                None => false,
            });
        state.published = revision;
        self.published.send_replace(revision);
    }

    /// Ends all watches with `error`: the feed lost its place in the store's history and goes on from `revision`.
    pub fn reset(&self, error: &Error, revision: Revision) {
        let mut state = self.state.lock();
        for subscription in state
            .subscriptions
            .drain(..)
            .filter_map(|subscription| subscription.upgrade())
        {
            subscription.fail(error.clone());
        }
        state.published = revision;
        self.published.send_replace(revision);
    }

    fn attach(&self, subscription: &Arc<Subscription>) -> Revision {
        let mut state = self.state.lock();
        state.subscriptions.push(Arc::downgrade(subscription));
        subscription.rejoin(state.published)
    }

    fn rejoin(&self, subscription: &Subscription) -> Revision {
        subscription.rejoin(self.state.lock().published)
    }
}

/// One watch's place in the feed.
struct Subscription {
    prefix: String,
    queue: Mutex<Queue>,
}

struct Queue {
    events: VecDeque<Event>,
    /// The newest revision under the prefix that was handed to this watch, or is to be read from history.
    newest: Revision,
    /// The queue overflowed: events are dropped until the watch has read them from history.
    behind: bool,
    failed: Option<Error>,
    waker: Option<Waker>,
}

impl Subscription {
    fn push(&self, events: &[Event]) {
        let mut queue = self.queue.lock();
        let before = queue.newest;
        for event in events
            .iter()
            .filter(|event| event.key().is_some_and(|key| key.starts_with(&self.prefix)))
        {
            queue.newest = event.revision();
            if queue.behind {
                continue;
            }
            if queue.events.len() >= QUEUE_LIMIT {
                queue.events = VecDeque::new();
                queue.behind = true;
            } else {
                queue.events.push_back(event.clone());
            }
        }
        if queue.newest != before {
            queue.wake();
        }
    }

    fn fail(&self, error: Error) {
        let mut queue = self.queue.lock();
        queue.failed = Some(error);
        queue.wake();
    }

    /// Goes back to live events, which will be those after `published`.
    fn rejoin(&self, published: Revision) -> Revision {
        let mut queue = self.queue.lock();
        queue.behind = false;
        queue.newest = queue.newest.max(published);
        published
    }
}

impl Queue {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// How far the events of one watch go; see [`Watch::position`].
#[derive(Clone)]
pub struct Position(Arc<Subscription>);

impl Position {
    /// Once the watch has delivered an event (or progress) of this revision, it has delivered everything that was
    /// published so far. None when the watch has failed, and will not deliver anything more.
    pub fn newest(&self) -> Option<Revision> {
        let queue = self.0.queue.lock();
        queue.failed.is_none().then_some(queue.newest)
    }
}

type Page = BoxFuture<'static, Result<(Vec<Event>, Revision)>>;

enum Phase {
    /// Reading history up to `through`; `page` is the read under way.
    Catching {
        through: Revision,
        page: Page,
    },
    Live,
    Ended,
}

/// A watch of a store: a stream of events in the order of their revisions.
pub struct Watch {
    feed: Arc<Feed>,
    history: Arc<dyn History>,
    subscription: Arc<Subscription>,
    /// Everything up to this revision was delivered, or is in `ready`.
    delivered: Revision,
    ready: VecDeque<Event>,
    phase: Phase,
    /// What the events go through on their way out.
    map: Option<EventMap>,
}

/// Makes of a stored event what is to be seen of it.
pub(crate) type EventMap = Arc<dyn Fn(Event) -> Result<Event> + Send + Sync>;

impl Watch {
    /// Starts a watch of `prefix` with the changes after `after`.
    pub fn new(feed: Arc<Feed>, history: Arc<dyn History>, prefix: &str, after: Revision) -> Self {
        let queue = Queue {
            events: VecDeque::new(),
            newest: after,
            behind: false,
            failed: None,
            waker: None,
        };
        let subscription = Arc::new(Subscription {
            prefix: prefix.to_owned(),
            queue: Mutex::new(queue),
        });
        let through = feed.attach(&subscription);
        let mut watch = Self {
            feed,
            history,
            subscription,
            delivered: after,
            ready: VecDeque::new(),
            phase: Phase::Live,
            map: None,
        };
        if after < through {
            watch.catch_up(through);
        }
        watch
    }

    /// The same watch, with events that have gone through `map` after what they went through already. The first that
    /// fails ends it.
    pub(crate) fn map(mut self, map: EventMap) -> Self {
        self.map = Some(match self.map.take() {
            Some(before) => Arc::new(move |event| before(event).and_then(|event| map(event))),
            None => map,
        });
        self
    }

    /// A handle that tells how far this watch has to read to be current.
    pub fn position(&self) -> Position {
        Position(Arc::clone(&self.subscription))
    }

    /// Whether everything that was published before the watch began has been delivered.
    pub fn is_caught_up(&self) -> bool {
        self.ready.is_empty() && matches!(self.phase, Phase::Live)
    }

    fn catch_up(&mut self, through: Revision) {
        let history = Arc::clone(&self.history);
        let prefix = self.subscription.prefix.clone();
        let after = self.delivered;
        let page =
            async move { history.events(&prefix, after, through, HISTORY_PAGE).await }.boxed();
        self.phase = Phase::Catching { through, page };
    }

    fn poll_history(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        let Phase::Catching { through, page } = &mut self.phase else {
            return Poll::Ready(Ok(()));
        };
        let through = *through;
        let (events, complete) = std::task::ready!(page.as_mut().poll(context))?;
        self.ready.extend(events);
        self.delivered = complete;
        if complete < through {
            self.catch_up(through);
        } else {
            self.ready.push_back(Event::Progress(through));
            self.phase = Phase::Live;
        }
        Poll::Ready(Ok(()))
    }

    /// Takes what is in the queue. Answers false if nothing was there; the task is then woken by the next event.
    fn take_live(&mut self, context: &mut Context<'_>) -> Result<bool> {
        let behind = {
            let mut queue = self.subscription.queue.lock();
            if let Some(error) = &queue.failed {
                return Err(error.clone());
            }
            if !queue.behind && queue.events.is_empty() {
                queue.waker = Some(context.waker().clone());
                return Ok(false);
            }
            std::mem::swap(&mut queue.events, &mut self.ready);
            queue.behind
        };
        if behind {
            let through = self.feed.rejoin(&self.subscription);
            self.catch_up(through);
        } else {
            // After a catch-up the queue may begin with events that history already delivered.
            let delivered = self.delivered;
            self.ready.retain(|event| event.revision() > delivered);
            self.delivered = self.ready.back().map_or(delivered, Event::revision);
        }
        Ok(true)
    }
}

impl Stream for Watch {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(event) = this.ready.pop_front() {
                let mapped = match &this.map {
                    Some(map) => map(event),
                    None => Ok(event),
                };
                if mapped.is_err() {
                    this.ready.clear();
                    this.phase = Phase::Ended;
                }
                return Poll::Ready(Some(mapped));
            }
            let failed = match this.phase {
                Phase::Ended => return Poll::Ready(None),
                Phase::Catching { .. } => std::task::ready!(this.poll_history(context)).err(),
                Phase::Live => match this.take_live(context) {
                    Ok(true) => None,
                    Ok(false) => return Poll::Pending,
                    Err(error) => Some(error),
                },
            };
            if let Some(error) = failed {
                this.phase = Phase::Ended;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}
