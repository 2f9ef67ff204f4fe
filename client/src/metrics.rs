//! What a component counts of its requests, and of leading, under upstream's names
//! (<https://kubernetes.io/docs/reference/instrumentation/metrics/>).

use std::time::Duration;

use knarr_component::metrics::{Counter, Definition, Gauge, Histogram, Registry};

static REQUESTS: Definition = Definition {
    name: "rest_client_requests_total",
    help: "Number of HTTP requests, partitioned by status code, method, and host.",
    stability: "ALPHA",
    labels: &["code", "host", "method"],
};
static DURATION: Definition = Definition {
    name: "rest_client_request_duration_seconds",
    help: "Request latency in seconds. Broken down by verb, and host.",
    stability: "ALPHA",
    labels: &["host", "verb"],
};
static LEADS: Definition = Definition {
    name: "leader_election_master_status",
    help: "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master. 'name' is the string used to identify the lease. Please make sure to group by name.",
    stability: "ALPHA",
    labels: &["name"],
};

const BOUNDS: &[f64] = &[
    0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0,
];

/// The requests of a component.
pub(crate) struct Requests {
    requests: Counter,
    duration: Histogram,
}

impl Requests {
    pub fn new(registry: &Registry) -> Self {
        Self {
            requests: registry.counter(&REQUESTS),
            duration: registry.histogram(&DURATION, BOUNDS),
        }
    }

    /// A request was answered; `None` if it was not.
    pub fn answered(
        &self,
        host: &str,
        method: &http::Method,
        code: Option<http::StatusCode>,
        took: Duration,
    ) {
        let code = code.as_ref().map_or("<error>", http::StatusCode::as_str);
        self.requests.add(&[code, host, method.as_str()], 1);
        self.duration
            .observe(&[host, method.as_str()], took.as_secs_f64());
    }
}

/// Whether this process holds a lease.
pub(crate) struct Leads {
    name: String,
    status: Gauge,
}

impl Leads {
    /// It does not, to begin with.
    pub fn new(registry: &Registry, name: &str) -> Self {
        let leads = Self {
            name: name.to_owned(),
            status: registry.gauge(&LEADS),
        };
        leads.set(false);
        leads
    }

    pub fn set(&self, leads: bool) {
        self.status.set(&[&self.name], f64::from(u8::from(leads)));
    }
}
