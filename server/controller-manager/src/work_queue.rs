//! The queue of what a controller has to look at: each key once, never by two workers at the same time, and after a
//! failure only when its back-off is over.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::metrics::QueueMetrics;

/// The wait after a first failure; it doubles with each further one, as upstream's default rate limiter.
const BASE_DELAY: Duration = Duration::from_millis(5);
/// The longest wait after failures.
const MAX_DELAY: Duration = Duration::from_secs(1000);

/// See the module.
pub struct WorkQueue<T> {
    state: Mutex<State<T>>,
    changed: Notify,
}

struct State<T> {
    ready: VecDeque<T>,
    /// What is in `ready`, or is to go there once its worker is done with it, and since when.
    dirty: HashMap<T, Instant>,
    /// What is worked on, and since when.
    processing: HashMap<T, Instant>,
    delayed: BinaryHeap<Reverse<(Instant, T)>>,
    failures: HashMap<T, u32>,
    metrics: QueueMetrics,
}

impl<T> WorkQueue<T> {
    /// An empty queue that counts what it does.
    pub fn new(metrics: QueueMetrics) -> Self {
        let state = State {
            ready: VecDeque::new(),
            dirty: HashMap::new(),
            processing: HashMap::new(),
            delayed: BinaryHeap::new(),
            failures: HashMap::new(),
            metrics,
        };
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }
}

impl<T: Clone + Eq + Hash + Ord> WorkQueue<T> {
    /// Has the key looked at; once, however often it is added before that.
    pub fn add(&self, key: T) {
        self.state.lock().add(key);
        self.changed.notify_one();
    }

    /// Has the key looked at after a while.
    pub fn add_after(&self, key: T, delay: Duration) {
        if delay.is_zero() {
            return self.add(key);
        }
        self.state
            .lock()
            .delayed
            .push(Reverse((Instant::now() + delay, key)));
        self.changed.notify_one();
    }

    /// Has the key looked at again after its back-off.
    fn add_failed(&self, key: T) {
        let delay = {
            let mut state = self.state.lock();
            state.metrics.retried();
            let failures = state.failures.entry(key.clone()).or_insert(0);
            let delay = BASE_DELAY
                .saturating_mul(1 << (*failures).min(24))
                .min(MAX_DELAY);
            *failures += 1;
            delay
        };
        self.add_after(key, delay);
    }

    /// The next key, for one worker alone until `done`.
    async fn next(&self) -> T {
        loop {
            let changed = self.changed.notified();
            let wake = {
                let mut state = self.state.lock();
                state.release(Instant::now());
                if let Some(key) = state.ready.pop_front() {
                    state.taken(&key);
                    if !state.ready.is_empty() {
                        self.changed.notify_one();
                    }
                    return key;
                }
                state.delayed.peek().map(|Reverse((due, _))| *due)
            };
            match wake {
                None => changed.await,
                Some(due) => {
                    tokio::select! {
                        () = changed => {}
                        () = tokio::time::sleep_until(due) => {}
                    }
                }
            }
        }
    }

    fn done(&self, key: T) {
        let mut state = self.state.lock();
        if let Some(since) = state.processing.remove(&key) {
            state.metrics.worked(since.elapsed());
        }
        if state.dirty.contains_key(&key) {
            state.push(key);
            self.changed.notify_one();
        }
    }

    fn forget(&self, key: &T) {
        self.state.lock().failures.remove(key);
    }

    /// Works the queue off with `workers` at a time, for ever. What fails is tried again; what asks for it is looked
    /// at again after the duration that it gives.
    pub async fn run<F, E>(self: &Arc<Self>, workers: usize, reconcile: impl Fn(T) -> F)
    where
        T: std::fmt::Display + Send + 'static,
        F: Future<Output = Result<Option<Duration>, E>>,
        E: std::fmt::Display,
    {
        let worker = || async {
            loop {
                let key = self.next().await;
                match reconcile(key.clone()).await {
                    Ok(again) => {
                        self.forget(&key);
                        if let Some(delay) = again {
                            self.add_after(key.clone(), delay);
                        }
                    }
                    Err(error) => {
                        tracing::debug!(%key, %error, "to be tried again");
                        self.add_failed(key.clone());
                    }
                }
                self.done(key);
            }
        };
        let own = Arc::downgrade(self);
        let registry = self.state.lock().metrics.registry();
        registry.before_writing(move || {
            let own = own.upgrade();
            own.inspect(|own| own.state.lock().look(Instant::now()))
                .is_some()
        });
        futures::future::join_all((0..workers).map(|_| worker())).await;
    }
}

impl<T: Clone + Eq + Hash + Ord> State<T> {
    fn add(&mut self, key: T) {
        if self.dirty.contains_key(&key) {
            return;
        }
        self.metrics.added();
        self.dirty.insert(key.clone(), Instant::now());
        if !self.processing.contains_key(&key) {
            self.push(key);
        }
    }

    fn push(&mut self, key: T) {
        self.ready.push_back(key);
        self.metrics.depth(self.ready.len());
    }

    /// Notes that a worker has the key, which was the first of `ready`.
    fn taken(&mut self, key: &T) {
        self.metrics.depth(self.ready.len());
        let now = Instant::now();
        if let Some(since) = self.dirty.remove(key) {
            self.metrics.waited(now - since);
        }
        self.processing.insert(key.clone(), now);
    }

    /// Tells how long what is worked on has been under way.
    fn look(&self, now: Instant) {
        let times = self.processing.values().map(|since| now - *since);
        let (together, longest) = times.fold(Default::default(), |(sum, most), time| {
            (sum + time, std::cmp::Ord::max(most, time))
        });
        self.metrics.unfinished(together, longest);
    }

    /// Moves what is due to the ready ones.
    fn release(&mut self, now: Instant) {
        while self
            .delayed
            .peek()
            .is_some_and(|Reverse((due, _))| *due <= now)
        {
            if let Some(Reverse((_, key))) = self.delayed.pop() {
                self.add(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use knarr_component::metrics::{Page, Registry};

    use super::*;

    impl<T> Default for WorkQueue<T> {
        fn default() -> Self {
            Self::new(QueueMetrics::new(&Registry::default(), "test"))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn how_long_keys_wait_and_are_worked_on_is_counted() {
        let registry = Registry::default();
        let queue = Arc::new(WorkQueue::new(QueueMetrics::new(&registry, "test")));
        queue.add("a");
        queue.add("a");
        queue.add("b");
        tokio::time::advance(Duration::from_secs(2)).await;
        let work = queue.run(1, |key| async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            if key == "a" { Ok(None) } else { Err("no") }
        });
        tokio::pin!(work);
        let _ = tokio::time::timeout(Duration::from_secs(2), &mut work).await;
        let mut page = Page::default();
        registry.write(&mut page);
        let longest = "workqueue_longest_running_processor_seconds{name=\"test\"} 2";
        assert!(page.text().contains(longest), "{}", page.text());
        let _ = tokio::time::timeout(Duration::from_secs(5), work).await;
        let mut page = Page::default();
        registry.write(&mut page);
        for line in [
            "workqueue_adds_total{name=\"test\"} 3",
            "workqueue_depth{name=\"test\"} 0",
            "workqueue_retries_total{name=\"test\"} 1",
            "workqueue_queue_duration_seconds_sum{name=\"test\"} 7",
            "workqueue_work_duration_seconds_sum{name=\"test\"} 6",
            "workqueue_work_duration_seconds_count{name=\"test\"} 2",
            "workqueue_unfinished_work_seconds{name=\"test\"} 0",
        ] {
            assert!(page.text().contains(line), "{line}\n{}", page.text());
        }
    }

    #[tokio::test]
    async fn a_key_that_is_added_twice_comes_once() {
        let queue = WorkQueue::default();
        queue.add("a");
        queue.add("a");
        queue.add("b");
        assert_eq!((queue.next().await, queue.next().await), ("a", "b"));
        assert!(queue.state.lock().ready.is_empty());
    }

    #[tokio::test]
    async fn a_key_that_is_worked_on_waits_for_its_worker() {
        let queue = WorkQueue::default();
        queue.add("a");
        queue.next().await;
        queue.add("a");
        assert!(queue.state.lock().ready.is_empty());
        queue.done("a");
        assert_eq!(queue.next().await, "a");
    }

    #[tokio::test(start_paused = true)]
    async fn failures_back_off_and_success_forgets_them() {
        let (queue, start) = (Arc::new(WorkQueue::default()), Instant::now());
        queue.add("a");
        let times = Mutex::new(Vec::new());
        let work = queue.run(2, |_| async {
            times.lock().push(start.elapsed().as_millis());
            if times.lock().len() < 4 {
                Err("no")
            } else {
                Ok(None)
            }
        });
        let _ = tokio::time::timeout(Duration::from_secs(60), work).await;
        assert_eq!(*times.lock(), [0, 5, 15, 35]);
        assert!(queue.state.lock().failures.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_delayed_key_comes_when_it_is_due() {
        let (queue, start) = (WorkQueue::default(), Instant::now());
        queue.add_after("a", Duration::from_secs(30));
        queue.next().await;
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }
}
