//! Where events go, and whether a request waits for it: `--audit-log-mode` and `--audit-webhook-mode`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::event::Event;
use super::log::Log;
use super::metrics::Metrics;
use super::truncate::{self, Entry, Limits};
use super::webhook;
use crate::outbound::Webhook;
use crate::token_bucket::{Rate, TokenBucket};

/// How long the end of the server waits for what is still to be stored.
const FINISH: Duration = Duration::from_secs(2);

/// How a sink takes events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In the background, many at once.
    Batch,
    /// Before the request goes on; what cannot be stored is logged and lost.
    Blocking,
    /// As blocking, and a request of which the first event cannot be stored is refused.
    BlockingStrict,
}

/// How events get to a sink.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub mode: Mode,
    /// How many events may wait, in the mode `batch`; what comes beyond is lost.
    pub buffer_size: usize,
    /// How many events are handed over at once.
    pub batch_size: usize,
    /// How long a batch that is not full is waited for.
    pub batch_wait: Duration,
    /// How many batches are handed over in a second.
    pub throttle: Option<Rate>,
    /// How large events and batches may be.
    pub limits: Option<Limits>,
}

impl Delivery {
    /// One event after the other, of any size.
    pub fn one_by_one(mode: Mode, buffer_size: usize) -> Self {
        Self {
            mode,
            buffer_size,
            batch_size: 1,
            batch_wait: Duration::ZERO,
            throttle: None,
            limits: None,
        }
    }
}

struct Target {
    place: Place,
    metrics: Arc<Metrics>,
}

/// What stores events.
pub enum Place {
    Log(Mutex<Log>),
    /// With how long the first failure is waited out.
    Webhook(Webhook, Duration),
}

/// One place where events go.
pub struct Sink {
    mode: Mode,
    target: Arc<Target>,
    limits: Option<Limits>,
    /// Of the mode `batch`.
    queue: Option<mpsc::Sender<Entry>>,
}

impl Sink {
    pub fn new(place: Place, delivery: Delivery, tasks: &Tasks, metrics: Arc<Metrics>) -> Self {
        let target = Arc::new(Target { place, metrics });
        let (mode, limits) = (delivery.mode, delivery.limits);
        let queue = (mode == Mode::Batch).then(|| {
            // No channel takes more, and no memory would hold them.
            let size = delivery.buffer_size.clamp(1, Semaphore::MAX_PERMITS);
            let (send, receive) = mpsc::channel(size);
            let throttle = delivery.throttle;
            let batches = Batches {
                target: target.clone(),
                throttle: throttle.map(|rate| TokenBucket::new(rate, Instant::now())),
                delivery,
                tracker: tasks.tracker.clone(),
            };
            tasks.spawn(batches, receive);
            send
        });
        Self {
            mode,
            target,
            limits,
            queue,
        }
    }

    /// Takes an event; false when it had to be stored at once and was not.
    pub async fn record(&self, event: &Arc<Event>) -> bool {
        let metrics = &self.target.metrics;
        let fitting = match &self.limits {
            None => Ok(Entry::unmeasured(event)),
            Some(limits) => limits.fit(event),
        };
        let event = match fitting {
            Ok(event) => event,
            Err(error) => {
                metrics.lost("truncate", 1);
                tracing::error!(audit_id = event.audit_id, %error, "an audit event is lost");
                return true;
            }
        };
        if let Some(queue) = &self.queue {
            if let Err(error) = queue.try_send(event) {
                metrics.lost("buffered", 1);
                let audit_id = &error.into_inner().event.audit_id;
                tracing::error!(audit_id, "audit buffer is full: an event is lost");
            }
            return true;
        }
        let stored = self.target.store(&[event]).await;
        stored || self.mode != Mode::BlockingStrict
    }
}

impl Target {
    /// As upstream names it.
    fn plugin(&self) -> &'static str {
        match self.place {
            Place::Log(_) => "log",
            Place::Webhook(..) => "webhook",
        }
    }

    /// Stores events; what goes wrong is logged.
    async fn store(&self, events: &[Entry]) -> bool {
        let all = events.iter().map(|entry| &*entry.event);
        let result = match &self.place {
            Place::Log(log) => {
                let mut log = log.lock();
                let mut written = all.map(|event| log.write(event));
                written.try_for_each(|result| result.map_err(|error| error.to_string()))
            }
            Place::Webhook(server, backoff) => webhook::send(server, all.collect(), *backoff).await,
        };
        if let Err(error) = &result {
            let plugin = self.plugin();
            let affected = events.len();
            self.metrics.lost(plugin, affected);
            tracing::error!(plugin, affected, error, "audit events are lost");
        }
        result.is_ok()
    }
}

/// The tasks behind the sinks of the mode `batch`.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    end: CancellationToken,
}

impl Tasks {
    fn spawn(&self, batches: Batches, queue: mpsc::Receiver<Entry>) {
        self.tracker.spawn(batches.run(queue, self.end.clone()));
    }

    /// Waits until what was handed over is stored, but not for ever.
    pub async fn finish(&self) {
        self.end.cancel();
        self.tracker.close();
        let _ = tokio::time::timeout(FINISH, self.tracker.wait()).await;
    }
}

/// The task behind a sink of the mode `batch`. It ends when the sink is gone and all that was handed over is stored.
struct Batches {
    target: Arc<Target>,
    delivery: Delivery,
    throttle: Option<TokenBucket>,
    tracker: TaskTracker,
}

impl Batches {
    async fn run(mut self, mut queue: mpsc::Receiver<Entry>, end: CancellationToken) {
        loop {
            let first = tokio::select! {
                biased;
                first = queue.recv() => first,
                () = end.cancelled(), if !queue.is_closed() => {
                    queue.close();
                    continue;
                }
            };
            let Some(first) = first else {
                return;
            };
            let mut batch = vec![first];
            let more = async {
                while batch.len() < self.delivery.batch_size {
                    let Some(event) = queue.recv().await else {
                        return;
                    };
                    batch.push(event);
                }
            };
            // A batch that is not full goes when its time is over.
            tokio::select! {
                _ = tokio::time::timeout(self.delivery.batch_wait, more) => {}
                () = end.cancelled() => {}
            }
            for part in truncate::split(batch, self.delivery.limits) {
                self.hand_over(part).await;
            }
        }
    }

    async fn hand_over(&mut self, batch: Vec<Entry>) {
        if let Some(throttle) = &mut self.throttle {
            tokio::time::sleep(throttle.reserve(Instant::now())).await;
        }
        match self.target.place {
            Place::Log(_) => {
                self.target.store(&batch).await;
            }
            // A webhook that is slow, or has to be asked again, holds nobody up.
            Place::Webhook(..) => {
                let target = self.target.clone();
                self.tracker
                    .spawn(async move { target.store(&batch).await });
            }
        }
    }
}
