//! A priority level at work: its seats, who sits on them, and who waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderValue;
use knarr_api::meta;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::oneshot;

use super::present::Present;
use super::queues::{QueueSettings, QueueState, Queues, Waiter};
use super::shares::{Demand, Limits};
use super::width;

/// How long a request waits for a seat: a quarter of the time that it may take, as upstream.
const MAX_WAIT: Duration = Duration::from_secs(15);
/// As upstream: how slowly the smooth demand falls, by each adjustment.
const SMOOTHING: f64 = 0.977;

/// Why a request gets no seat: 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No seat is free, and nobody waits here.
    ConcurrencyLimit,
    QueueFull,
    TimeOut,
}

/// One priority level. It stays the same while its object changes, so that nobody loses a seat.
pub struct Level {
    uid: HeaderValue,
    exempt: bool,
    state: Mutex<State>,
    pub present: Arc<Present>,
}

struct State {
    limits: Limits,
    /// The seats that it has now: its own, and those that it borrowed.
    limit: u32,
    in_use: u32,
    /// The most seats in use and waited for since the last adjustment.
    high: u32,
    smooth: f64,
    /// None when nobody waits here.
    queues: Option<Queues<oneshot::Sender<Seat>>>,
}

fn is_exempt(object: &Value) -> bool {
    object["spec"]["type"] == "Exempt"
}

fn uid(object: &Value) -> HeaderValue {
    HeaderValue::from_str(meta::uid(object)).unwrap_or(HeaderValue::from_static(""))
}

impl Level {
    pub fn new(object: &Value) -> Self {
        Self {
            uid: uid(object),
            exempt: is_exempt(object),
            state: Mutex::new(State {
                limits: Limits::default(),
                limit: 0,
                in_use: 0,
                high: 0,
                smooth: 0.0,
                queues: None,
            }),
            present: Arc::default(),
        }
    }

    /// Whether the object is still this level's.
    pub fn is_of(&self, object: &Value) -> bool {
        self.uid == uid(object) && self.exempt == is_exempt(object)
    }

    pub fn uid(&self) -> HeaderValue {
        self.uid.clone()
    }

    /// Whether its requests never wait.
    pub fn is_exempt(&self) -> bool {
        self.exempt
    }

    /// Takes in what the object says. Those who wait go on waiting where they are, as far as that is still there.
    pub fn configure(self: &Arc<Self>, object: &Value, limits: Limits) {
        let response = &object["spec"]["limited"]["limitResponse"];
        let settings = (response["type"] == "Queue").then(|| QueueSettings::read(response));
        let mut state = self.state.lock();
        if state.limits != limits {
            // A new share begins with what is its own.
            state.limits = limits;
            state.limit = limits.nominal.max(1);
        }
        match (settings, &mut state.queues) {
            (None, queues) => {
                // Their senders are dropped: they are told to come again.
                *queues = None;
            }
            (Some(settings), Some(queues)) => queues.configure(settings),
            (Some(settings), queues) => *queues = Some(Queues::new(settings)),
        }
        self.dispatch(&mut state);
    }

    /// The most seats that one request takes: a small level is not filled by one list.
    pub fn max_width(&self) -> u32 {
        let nominal = u64::from(self.state.lock().limits.nominal);
        let part = (nominal * 15).div_ceil(100);
        u32::try_from(part)
            .unwrap_or(width::MAX)
            .clamp(1, width::MAX)
    }

    /// The seats that it has now, its nominal ones, the fewest and the most.
    pub fn limits(&self) -> [u32; 4] {
        let state = self.state.lock();
        let Limits { nominal, min, max } = state.limits;
        [state.limit, nominal, min, max]
    }

    /// Its queues as they are now.
    pub fn queues(&self) -> Vec<QueueState> {
        let state = self.state.lock();
        state.queues.as_ref().map_or(Vec::new(), Queues::states)
    }

    /// What it wanted since it was asked last.
    pub fn demand(&self) -> Demand {
        let mut state = self.state.lock();
        let high = std::mem::take(&mut state.high);
        let now = state.in_use + state.waiting_seats();
        let high = high.max(now);
        let envelope = f64::from(high);
        state.smooth = envelope.max(SMOOTHING * state.smooth + (1.0 - SMOOTHING) * envelope);
        Demand {
            limits: state.limits,
            high,
            smooth: state.smooth,
        }
    }

    /// Gives the level so many seats until the next adjustment.
    pub fn set_limit(self: &Arc<Self>, limit: u32) {
        let mut state = self.state.lock();
        state.limit = limit;
        self.dispatch(&mut state);
    }

    /// Waits for seats. `flow` tells the request's flow, if it has to wait, and `placed` is told in which queue.
    pub async fn acquire(
        self: &Arc<Self>,
        flow: impl FnOnce() -> u64,
        width: u32,
        placed: impl FnOnce(usize),
    ) -> Result<Seat, Refused> {
        let (waiting, id, queue) = {
            let mut state = self.state.lock();
            if state.waiting_seats() == 0 && state.fits(width) {
                state.in_use += width;
                state.note_demand();
                return Ok(Seat::new(self.clone(), width, None));
            }
            let Some(queues) = &mut state.queues else {
                return Err(Refused::ConcurrencyLimit);
            };
            let (grant, waiting) = oneshot::channel();
            let Some((id, queue)) = queues.push(flow(), width, grant) else {
                return Err(Refused::QueueFull);
            };
            placed(queue);
            state.note_demand();
            // The seat that is free may be too narrow for who waits longer, and wide enough for this one.
            self.dispatch(&mut state);
            (waiting, id, queue)
        };
        let place = Place {
            level: self,
            queue,
            id,
        };
        let granted = tokio::time::timeout(MAX_WAIT, waiting).await;
        drop(place);
        match granted {
            Ok(Ok(seat)) => Ok(seat),
            // The queues are gone.
            Ok(Err(_)) => Err(Refused::ConcurrencyLimit),
            Err(_) => Err(Refused::TimeOut),
        }
    }

    /// Hands the free seats to those who wait.
    fn dispatch(self: &Arc<Self>, state: &mut State) {
        loop {
            let Some(width) = state.queues.as_ref().and_then(Queues::next_width) else {
                return;
            };
            if !state.fits(width) {
                return;
            }
            let Some((queue, waiter)) = state.queues.as_mut().and_then(Queues::pop) else {
                return;
            };
            let Waiter { grant, width, .. } = waiter;
            let seat = Seat::new(self.clone(), width, Some((queue, Instant::now())));
            match grant.send(seat) {
                Ok(()) => state.in_use += width,
                // Who waited is gone; the lock is held, so the seat must not give itself back.
                Err(seat) => seat.forget(),
            }
        }
    }

    fn release(self: &Arc<Self>, seat: &Seat) {
        let mut state = self.state.lock();
        state.in_use -= seat.width;
        if let (Some((queue, since)), Some(queues)) = (seat.queue, &mut state.queues) {
            queues.charge(queue, seat.width, since.elapsed());
        }
        self.dispatch(&mut state);
    }
}

impl State {
    /// Whether a request of this width can be seated: one that is wider than the level, when it is alone.
    fn fits(&self, width: u32) -> bool {
        self.in_use == 0 || self.in_use.saturating_add(width) <= self.limit
    }

    fn waiting_seats(&self) -> u32 {
        self.queues.as_ref().map_or(0, Queues::waiting_seats)
    }

    fn note_demand(&mut self) {
        self.high = self.high.max(self.in_use + self.waiting_seats());
    }
}

/// A place in a queue; who leaves gives it up.
struct Place<'a> {
    level: &'a Arc<Level>,
    queue: usize,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.level.state.lock();
        if let Some(queues) = &mut state.queues {
            queues.remove(self.queue, self.id);
        }
    }
}

/// The seats of a request. Dropping it gives them back.
pub struct Seat {
    level: Option<Arc<Level>>,
    width: u32,
    /// The queue in which it was waited for, and since when it is taken.
    queue: Option<(usize, Instant)>,
}

impl Seat {
    fn new(level: Arc<Level>, width: u32, queue: Option<(usize, Instant)>) -> Self {
        Self {
            level: Some(level),
            width,
            queue,
        }
    }

    /// It was never taken.
    fn forget(mut self) {
        self.level = None;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(level) = self.level.take() {
            level.release(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn level(limit: u32, queues: u64, length: u64) -> Arc<Level> {
        let response = match queues {
            0 => json!({"type": "Reject"}),
            queues => json!({"type": "Queue", "queuing":
                {"queues": queues, "handSize": 1, "queueLengthLimit": length}}),
        };
        let object = json!({"metadata": {"uid": "x"}, "spec": {"type": "Limited",
            "limited": {"limitResponse": response}}});
        let level = Arc::new(Level::new(&object));
        let limits = Limits {
            nominal: limit,
            min: limit,
            max: limit,
        };
        level.configure(&object, limits);
        level
    }

    #[tokio::test]
    async fn a_level_without_queues_refuses_at_its_limit() {
        let level = level(2, 0, 0);
        let first = level.acquire(|| 0, 1, drop).await;
        let _second = level.acquire(|| 0, 1, drop).await;
        let third = level.acquire(|| 0, 1, drop).await;
        assert_eq!(third.err(), Some(Refused::ConcurrencyLimit));
        drop(first);
        assert!(level.acquire(|| 0, 1, drop).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_and_who_finds_the_queue_full_comes_again() {
        let level = level(1, 1, 1);
        let _taken = level.acquire(|| 0, 1, drop).await;
        let (waits, refused) =
            tokio::join!(level.acquire(|| 0, 1, drop), level.acquire(|| 0, 1, drop));
        assert_eq!(refused.err(), Some(Refused::QueueFull));
        assert_eq!(waits.err(), Some(Refused::TimeOut));
        assert_eq!(level.state.lock().waiting_seats(), 0);
    }

    #[tokio::test]
    async fn a_seat_that_is_given_back_goes_to_who_waits() {
        let level = level(1, 1, 5);
        let taken = level.acquire(|| 0, 1, drop).await;
        let waits = level.acquire(|| 0, 1, drop);
        tokio::pin!(waits);
        assert!(futures::poll!(&mut waits).is_pending());
        drop(taken);
        assert!(waits.await.is_ok());
        assert_eq!(level.state.lock().in_use, 0);
    }

    #[tokio::test]
    async fn who_leaves_takes_no_seat() {
        let level = level(1, 1, 5);
        let taken = level.acquire(|| 0, 1, drop).await;
        {
            let waits = level.acquire(|| 0, 1, drop);
            tokio::pin!(waits);
            assert!(futures::poll!(&mut waits).is_pending());
        }
        drop(taken);
        assert_eq!(level.state.lock().in_use, 0);
        // Granted, and gone before it was taken.
        let taken = level.acquire(|| 0, 1, drop).await;
        {
            let waits = level.acquire(|| 0, 1, drop);
            tokio::pin!(waits);
            assert!(futures::poll!(&mut waits).is_pending());
            drop(taken);
        }
        assert_eq!(level.state.lock().in_use, 0);
    }

    #[tokio::test]
    async fn what_is_wider_than_the_level_is_worked_on_alone() {
        let level = level(3, 1, 5);
        let narrow = level.acquire(|| 0, 1, drop).await;
        let wide = level.acquire(|| 0, 10, drop);
        tokio::pin!(wide);
        assert!(futures::poll!(&mut wide).is_pending());
        drop(narrow);
        let wide = wide.await;
        let other = level.acquire(|| 0, 1, drop);
        tokio::pin!(other);
        assert!(futures::poll!(&mut other).is_pending());
        drop(wide);
        assert!(other.await.is_ok());
    }

    #[tokio::test]
    async fn more_seats_let_more_in() {
        let level = level(1, 1, 5);
        let _taken = level.acquire(|| 0, 1, drop).await;
        let waits = level.acquire(|| 0, 1, drop);
        tokio::pin!(waits);
        assert!(futures::poll!(&mut waits).is_pending());
        assert_eq!(level.demand().high, 2);
        level.set_limit(2);
        assert!(waits.await.is_ok());
    }
}
