//! Where events go, and whether a request waits for it: `--audit-log-mode` and `--audit-webhook-mode`.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::event::Event;
use super::log::Log;
use super::metrics::Metrics;
use super::webhook::{self, WebhookSettings};
use crate::outbound::Webhook;

/// As upstream: how many events wait for a sink that is slow, before more are dropped.
pub const BUFFER: usize = 10_000;
/// As upstream: how many events a webhook gets at once.
pub const BATCH: usize = 400;
/// As upstream: how long a batch that is not full is waited for.
pub const WAIT: Duration = Duration::from_secs(30);

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

struct Target {
    place: Place,
    metrics: Arc<Metrics>,
}

enum Place {
    Log(Mutex<Log>),
    Webhook(Webhook),
}

/// One place where events go.
pub struct Sink {
    mode: Mode,
    target: Arc<Target>,
    initial_backoff: Duration,
    /// Of the mode `batch`.
    queue: Option<mpsc::Sender<Arc<Event>>>,
}

impl Sink {
    pub fn log(log: Log, mode: Mode, tasks: &Tasks, metrics: Arc<Metrics>) -> Self {
        let place = Place::Log(Mutex::new(log));
        let target = Arc::new(Target { place, metrics });
        let initial_backoff = Duration::ZERO;
        let queue = (mode == Mode::Batch).then(|| {
            let (send, receive) = mpsc::channel(BUFFER);
            // One by one, as upstream: nothing is gained by waiting.
            let batches = Batches {
                target: target.clone(),
                size: 1,
                wait: Duration::ZERO,
                initial_backoff,
            };
            tasks.spawn(batches, receive);
            send
        });
        Self {
            mode,
            target,
            initial_backoff,
            queue,
        }
    }

    pub fn webhook(
        server: Webhook,
        settings: WebhookSettings,
        tasks: &Tasks,
        metrics: Arc<Metrics>,
    ) -> Self {
        let place = Place::Webhook(server);
        let target = Arc::new(Target { place, metrics });
        let initial_backoff = settings.initial_backoff;
        let queue = (settings.mode == Mode::Batch).then(|| {
            let (send, receive) = mpsc::channel(settings.buffer_size.max(1));
            let batches = Batches {
                target: target.clone(),
                size: settings.batch_size.max(1),
                wait: settings.batch_wait,
                initial_backoff,
            };
            tasks.spawn(batches, receive);
            send
        });
        Self {
            mode: settings.mode,
            target,
            initial_backoff,
            queue,
        }
    }

    /// Takes an event; false when it had to be stored at once and was not.
    pub async fn record(&self, event: &Arc<Event>) -> bool {
        if let Some(queue) = &self.queue {
            if queue.try_send(event.clone()).is_err() {
                self.target.metrics.lost("buffered", 1);
                tracing::error!(
                    audit_id = event.audit_id,
                    "audit buffer is full: an event is lost"
                );
            }
            return true;
        }
        let events = [event.clone()];
        let stored = self.target.store(&events, self.initial_backoff).await;
        stored || self.mode != Mode::BlockingStrict
    }
}

impl Target {
    /// As upstream names it.
    fn plugin(&self) -> &'static str {
        match self.place {
            Place::Log(_) => "log",
            Place::Webhook(_) => "webhook",
        }
    }

    /// Stores events; what goes wrong is logged.
    async fn store(&self, events: &[Arc<Event>], initial_backoff: Duration) -> bool {
        let result = match &self.place {
            Place::Log(log) => {
                let mut log = log.lock();
                let mut written = events.iter().map(|event| log.write(event));
                written.try_for_each(|result| result.map_err(|error| error.to_string()))
            }
            Place::Webhook(server) => webhook::send(server, events, initial_backoff).await,
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
    fn spawn(&self, batches: Batches, queue: mpsc::Receiver<Arc<Event>>) {
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
    size: usize,
    wait: Duration,
    initial_backoff: Duration,
}

impl Batches {
    async fn run(self, mut queue: mpsc::Receiver<Arc<Event>>, end: CancellationToken) {
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
                while batch.len() < self.size {
                    let Some(event) = queue.recv().await else {
                        return;
                    };
                    batch.push(event);
                }
            };
            // A batch that is not full goes when its time is over.
            tokio::select! {
                _ = tokio::time::timeout(self.wait, more) => {}
                () = end.cancelled() => {}
            }
            self.target.store(&batch, self.initial_backoff).await;
        }
    }
}
