//! Counts of requests, in the text format of Prometheus, with the names that upstream uses.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

/// What is counted: verb, group, resource, status code.
type Key = (&'static str, String, String, u16);

/// The counters of one server.
#[derive(Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<Key, u64>>,
    watches: AtomicU64,
}

impl Metrics {
    /// Counts one answered request.
    pub fn request(&self, verb: &'static str, group: &str, resource: &str, code: u16) {
        let key = (verb, group.to_owned(), resource.to_owned(), code);
        *self.requests.lock().entry(key).or_default() += 1;
    }

    /// Counts an open watch until the answer is dropped.
    pub fn watch(self: &std::sync::Arc<Self>) -> OpenWatch {
        self.watches.fetch_add(1, Ordering::Relaxed);
        OpenWatch(self.clone())
    }

    /// The answer of `/metrics`.
    pub fn render(&self) -> String {
        let mut out = String::from(
            "# HELP apiserver_request_total Counter of apiserver requests broken out for each verb, group, resource and HTTP response code.\n# TYPE apiserver_request_total counter\n",
        );
        for ((verb, group, resource, code), count) in self.requests.lock().iter() {
            let _ = writeln!(
                out,
                "apiserver_request_total{{code=\"{code}\",group=\"{group}\",resource=\"{resource}\",verb=\"{}\"}} {count}",
                verb.to_uppercase()
            );
        }
        let _ = writeln!(
            out,
            "# HELP apiserver_longrunning_requests Gauge of all active long-running apiserver requests.\n# TYPE apiserver_longrunning_requests gauge\napiserver_longrunning_requests{{verb=\"WATCH\"}} {}",
            self.watches.load(Ordering::Relaxed)
        );
        out
    }
}

/// An open watch in the gauge.
pub struct OpenWatch(std::sync::Arc<Metrics>);

impl Drop for OpenWatch {
    fn drop(&mut self) {
        self.0.watches.fetch_sub(1, Ordering::Relaxed);
    }
}
