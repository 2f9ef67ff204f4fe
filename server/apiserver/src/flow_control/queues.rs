//! Where requests of a priority level wait: each flow has a hand of queues, by shuffle sharding, and takes the shortest.
//! The next to go is that of the queue that was served least, in seats times seconds (start-time fair queueing), so
//! that a flow that asks much waits behind itself.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

/// As upstream: what a request is taken to last until it has, in seconds.
const ESTIMATE: f64 = 0.003;

/// The shape of the queues: `QueuingConfiguration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    queues: usize,
    hand: usize,
    length: usize,
}

impl QueueSettings {
    /// Of a `limitResponse`. The defaults are upstream's.
    pub fn read(response: &Value) -> Self {
        let number = |field: &str, default: usize| {
            let value = response["queuing"][field].as_u64();
            value.map_or(default, |value| usize::try_from(value).unwrap_or(default))
        };
        // Validation bounds them; an object that was stored without it must not take the memory.
        let queues = number("queues", 64).clamp(1, 10_000);
        Self {
            queues,
            hand: number("handSize", 8).clamp(1, queues),
            length: number("queueLengthLimit", 50),
        }
    }
}

/// A request that waits.
pub struct Waiter<G> {
    id: u64,
    pub width: u32,
    /// How it is told that it may go.
    pub grant: G,
}

struct Queue<G> {
    waiters: VecDeque<Waiter<G>>,
    seats: u32,
    /// When its next request starts, in the time that advances as work is done.
    start: f64,
}

/// What is to be seen of a queue.
pub struct QueueState {
    /// How many wait.
    pub waiting: usize,
    /// The seats that they wait for.
    pub seats: u32,
    /// When the next starts, in seats times seconds.
    pub start: f64,
    /// What all are taken to take, in seats times seconds.
    pub work: f64,
}

/// All queues of a level.
pub struct Queues<G> {
    settings: QueueSettings,
    all: Vec<Queue<G>>,
    waiting_seats: u32,
    /// The start of the request that went last.
    now: f64,
    last_id: u64,
}

impl<G> Queues<G> {
    pub fn new(settings: QueueSettings) -> Self {
        let mut queues = Self {
            settings,
            all: Vec::new(),
            waiting_seats: 0,
            now: 0.0,
            last_id: 0,
        };
        queues.configure(settings);
        queues
    }

    /// Changes their shape. A queue that is one too many is emptied in its turn.
    pub fn configure(&mut self, settings: QueueSettings) {
        self.settings = settings;
        let start = self.now;
        while self.all.len() < settings.queues {
            self.all.push(Queue {
                waiters: VecDeque::new(),
                seats: 0,
                start,
            });
        }
        while self.all.len() > settings.queues
            && self
                .all
                .last()
                .is_some_and(|queue| queue.waiters.is_empty())
        {
            self.all.pop();
        }
    }

    /// All queues as they are.
    pub fn states(&self) -> Vec<QueueState> {
        let queues = self.all.iter();
        queues
            .map(|queue| QueueState {
                waiting: queue.waiters.len(),
                seats: queue.seats,
                start: queue.start,
                work: ESTIMATE * f64::from(queue.seats),
            })
            .collect()
    }

    /// The seats that are waited for.
    pub fn waiting_seats(&self) -> u32 {
        self.waiting_seats
    }

    /// Puts a request in the shortest queue of its flow's hand. None when that is full; otherwise the number that the
    /// request has, and its queue.
    pub fn push(&mut self, flow: u64, width: u32, grant: G) -> Option<(u64, usize)> {
        let hand = deal(flow, self.settings.queues, self.settings.hand);
        let index = hand
            .into_iter()
            .min_by_key(|index| self.all[*index].seats)?;
        let queue = &mut self.all[index];
        if queue.waiters.len() >= self.settings.length {
            return None;
        }
        if queue.waiters.is_empty() {
            // Who did not ask has saved nothing up.
            queue.start = queue.start.max(self.now);
        }
        self.last_id += 1;
        let id = self.last_id;
        queue.waiters.push_back(Waiter { id, width, grant });
        queue.seats += width;
        self.waiting_seats += width;
        Some((id, index))
    }

    /// Takes out one that waits no more; no matter if it has gone.
    pub fn remove(&mut self, queue: usize, id: u64) {
        let Some(queue) = self.all.get_mut(queue) else {
            return;
        };
        if let Some(at) = queue.waiters.iter().position(|waiter| waiter.id == id)
            && let Some(waiter) = queue.waiters.remove(at)
        {
            queue.seats -= waiter.width;
            self.waiting_seats -= waiter.width;
        }
    }

    fn next(&self) -> Option<usize> {
        let waiting = self.all.iter().enumerate();
        waiting
            .filter(|(_, queue)| !queue.waiters.is_empty())
            .min_by(|(_, one), (_, other)| one.start.total_cmp(&other.start))
            .map(|(index, _)| index)
    }

    /// The seats that the next to go needs.
    pub fn next_width(&self) -> Option<u32> {
        if self.waiting_seats == 0 {
            return None;
        }
        let queue = &self.all[self.next()?];
        queue.waiters.front().map(|waiter| waiter.width)
    }

    /// Takes the next to go out of its queue, and tells which that was.
    pub fn pop(&mut self) -> Option<(usize, Waiter<G>)> {
        let index = self.next()?;
        let queue = &mut self.all[index];
        let waiter = queue.waiters.pop_front()?;
        queue.seats -= waiter.width;
        self.waiting_seats -= waiter.width;
        self.now = self.now.max(queue.start);
        queue.start += ESTIMATE * f64::from(waiter.width);
        Some((index, waiter))
    }

    /// Puts what a request took in the place of what it was taken to take.
    pub fn charge(&mut self, queue: usize, width: u32, took: Duration) {
        if let Some(queue) = self.all.get_mut(queue) {
            queue.start += (took.as_secs_f64() - ESTIMATE) * f64::from(width);
        }
    }
}

/// `hand` different numbers below `deck`, by a flow's hash.
fn deal(mut flow: u64, deck: usize, hand: usize) -> Vec<usize> {
    let mut dealt: Vec<usize> = Vec::with_capacity(hand);
    for left in (deck - hand + 1..=deck).rev() {
        let size = left as u64;
        // Less than a usize.
        let mut card = usize::try_from(flow % size).unwrap_or(0);
        flow /= size;
        // The card's place among those that are left; what was dealt is kept in order.
        let mut at = 0;
        while at < dealt.len() && dealt[at] <= card {
            card += 1;
            at += 1;
        }
        dealt.insert(at, card);
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues(queues: usize, hand: usize, length: usize) -> Queues<&'static str> {
        Queues::new(QueueSettings {
            queues,
            hand,
            length,
        })
    }

    #[test]
    fn hands_are_different_cards_of_the_deck() {
        let mut first = std::collections::HashSet::new();
        for flow in 0..2000_u64 {
            let flow = flow.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let hand = deal(flow, 128, 6);
            assert!(hand.windows(2).all(|pair| pair[0] < pair[1]), "{hand:?}");
            assert!(hand.iter().all(|card| *card < 128));
            first.insert(hand);
        }
        assert!(first.len() > 1990);
        assert_eq!(deal(5, 3, 3), [0, 1, 2]);
    }

    #[test]
    fn a_flow_that_asks_much_waits_behind_itself() {
        let mut queues = queues(2, 1, 50);
        // Of two queues with hands of one, the flow's remainder is its queue.
        for _ in 0..3 {
            queues.push(0, 1, "many");
        }
        queues.push(1, 1, "few");
        let order: Vec<&str> = std::iter::from_fn(|| queues.pop())
            .map(|(_, waiter)| waiter.grant)
            .collect();
        assert_eq!(order, ["many", "few", "many", "many"]);
    }

    #[test]
    fn what_takes_long_counts() {
        let mut queues = queues(2, 1, 50);
        for flow in [0, 0, 1, 1, 1] {
            queues.push(flow, 1, if flow == 0 { "slow" } else { "quick" });
        }
        let (queue, first) = queues.pop().unwrap();
        assert_eq!(first.grant, "slow");
        queues.charge(queue, 1, Duration::from_secs(1));
        let order: Vec<&str> = std::iter::from_fn(|| queues.pop())
            .map(|(_, waiter)| waiter.grant)
            .collect();
        assert_eq!(order, ["quick", "quick", "quick", "slow"]);
    }

    #[test]
    fn queues_can_become_fewer_while_somebody_waits() {
        let mut queues = queues(4, 1, 50);
        queues.push(3, 2, "last");
        queues.configure(QueueSettings {
            queues: 1,
            hand: 1,
            length: 1,
        });
        assert_eq!(queues.waiting_seats(), 2);
        assert_eq!(queues.pop().unwrap().1.grant, "last");
        assert_eq!(queues.waiting_seats(), 0);
        assert!(queues.push(3, 1, "now in the first").is_some());
        assert!(queues.push(3, 1, "one too many").is_none());
    }
}
