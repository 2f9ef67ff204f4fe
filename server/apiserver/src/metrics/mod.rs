//! Counts of requests, under the names that upstream uses. Nothing here waits: a request costs a few atomic additions.

mod admission;
mod elsewhere;
mod flow;
mod identity;
mod render;
mod series;
mod size;
mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use knarr_api::kinds::{self, Kind};
use knarr_component::health;
use knarr_component::metrics::{Definition, Gauge, Histogram, Registry};

use crate::call::header;
use crate::request::info::pairs;
use crate::request::{RequestInfo, Verb};
use crate::server::Shared;
pub use admission::{AdmissionMetrics, Outcome, Step};
pub use elsewhere::Elsewhere;
pub use identity::{Decisions, Identity};
pub use render::page;
use series::{Labels, Table};
pub use store::MeasuredStore;

/// Paths outside the resources that are counted, as upstream.
const COUNTED_PATHS: &[&str] = &["/healthz", "/livez", "/metrics", "/readyz"];

static DEPRECATED: Definition = Definition::stable(
    "apiserver_requested_deprecated_apis",
    &[
        "group",
        "removed_release",
        "resource",
        "subresource",
        "version",
    ],
    "Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.",
);

static WATCH_LISTS: Definition = Definition::beta(
    "apiserver_watch_list_duration_seconds",
    &["group", "resource", "scope", "version"],
    "Response latency distribution in seconds for watch list requests broken by group, version, resource and scope.",
);
const WATCH_LIST_SECONDS: &[f64] = &[
    0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0,
];

/// The counters of one server.
pub struct Metrics {
    requests: Table,
    reading: AtomicI64,
    mutating: AtomicI64,
    deprecated: Gauge,
    watch_lists: Histogram,
    pub identity: Identity,
    pub admission: AdmissionMetrics,
    /// What `/metrics/slis` tells.
    pub health: health::Results,
}

/// A request that is being answered.
pub struct Observed {
    metrics: Arc<Metrics>,
    row: Option<usize>,
    started: Instant,
    class: Class,
    is_resource: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Reading,
    Mutating,
    Long,
}

impl Metrics {
    /// Nothing was counted yet.
    pub fn new(registry: &Registry) -> Self {
        Self {
            requests: Table::default(),
            reading: AtomicI64::default(),
            mutating: AtomicI64::default(),
            deprecated: registry.gauge(&DEPRECATED),
            watch_lists: registry.histogram(&WATCH_LISTS, WATCH_LIST_SECONDS),
            identity: Identity::new(registry),
            admission: AdmissionMetrics::new(registry),
            health: health::Results::default(),
        }
    }

    /// Somebody asks for a version that goes away.
    pub fn deprecated(&self, kind: &Kind, removed_in: &str, subresource: &str) {
        let labels = [
            kind.group,
            removed_in,
            kind.plural,
            subresource,
            kind.version,
        ];
        self.deprecated.set(&labels, 1.0);
    }

    /// A watch has told all that was there when it began.
    pub fn watch_listed(&self, info: &RequestInfo, took: Duration) {
        let labels = [&info.group, &info.resource, scope(info), &info.version];
        self.watch_lists.observe(&labels, took.as_secs_f64());
    }

    /// A request begins.
    pub fn begin(shared: &Shared, info: &RequestInfo, parts: &Parts) -> Observed {
        let metrics = shared.metrics.clone();
        let row = labels(shared, info, parts).and_then(|labels| metrics.requests.find(&labels));
        let class = if info.is_long_running() {
            Class::Long
        } else if matches!(
            info.verb,
            Verb::Get | Verb::List | Verb::Other("get" | "head")
        ) {
            Class::Reading
        } else {
            Class::Mutating
        };
        if let Some(gauge) = metrics.gauge(class) {
            gauge.fetch_add(1, Ordering::Relaxed);
        }
        Observed {
            metrics,
            row,
            started: Instant::now(),
            class,
            is_resource: info.is_resource,
        }
    }

    /// Whether no request is under way, but such as go on for as long as the client likes.
    pub fn is_idle(&self) -> bool {
        let under_way = [&self.reading, &self.mutating];
        under_way
            .iter()
            .all(|gauge| gauge.load(Ordering::Relaxed) == 0)
    }

    fn sized(&self, row: usize, bytes: u64) {
        if let Some(series) = self.requests.row(row) {
            series.sizes.observe(bytes as f64);
        }
    }

    fn gauge(&self, class: Class) -> Option<&AtomicI64> {
        match class {
            Class::Reading => Some(&self.reading),
            Class::Mutating => Some(&self.mutating),
            Class::Long => None,
        }
    }

    /// Counts an open watch until what is answered is dropped.
    pub fn watch(self: &Arc<Self>, info: &RequestInfo) -> OpenWatch {
        let row = self.requests.find(&Labels {
            verb: "WATCH",
            dry_run: "",
            group: &info.group,
            version: &info.version,
            resource: &info.resource,
            subresource: &info.subresource,
            scope: scope(info),
        });
        let open = OpenWatch {
            metrics: self.clone(),
            row,
        };
        open.series(|series| series.open.fetch_add(1, Ordering::Relaxed));
        open
    }
}

impl Observed {
    /// It is answered. How long requests take that go on for as long as the client likes says nothing. Of reading ones
    /// it is counted how large the answer is. `elsewhere` is for how long others were waited for.
    pub fn answered(self, answer: Response, elsewhere: Duration) -> Response {
        let Some(row) = self.row else {
            return answer;
        };
        let series = self.metrics.requests.row(row);
        if let Some(series) = series {
            series.answered(answer.status().as_u16());
            if self.class != Class::Long {
                series.took(self.started.elapsed(), elsewhere);
            }
        }
        if self.class != Class::Reading || !self.is_resource {
            return answer;
        }
        answer.map(|body| size::counted(body, self.metrics.clone(), row))
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        if let Some(gauge) = self.metrics.gauge(self.class) {
            gauge.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The labels of a request; `None` for paths that are not counted. Of a resource that is not served nothing is told but
/// that it was asked for: clients must not be able to fill the table.
fn labels<'a>(shared: &Shared, info: &'a RequestInfo, parts: &Parts) -> Option<Labels<'a>> {
    let none = Labels {
        verb: verb(info, parts),
        dry_run: "",
        group: "",
        version: "",
        resource: "",
        subresource: "",
        scope: "",
    };
    if !info.is_resource {
        let path = COUNTED_PATHS.contains(&info.path.as_str());
        return path.then(|| Labels {
            subresource: &info.path,
            ..none
        });
    }
    let (group, version, resource) = (&info.group, &info.version, &info.resource);
    let served = match kinds::find(group, version, resource) {
        Some(kind) => info.subresource.is_empty() || kind.subresource(&info.subresource).is_some(),
        None => {
            let custom = shared.catalog.get(&format!("{resource}.{group}"));
            custom.is_some_and(|known| {
                let mut versions = known.definition.versions.iter();
                versions.any(|one| one.kind.version == version.as_str())
                    && matches!(info.subresource.as_str(), "" | "status" | "scale")
            })
        }
    };
    if !served {
        return Some(none);
    }
    let dry = pairs(parts.uri.query().unwrap_or_default()).any(|(key, _)| key == "dryRun");
    Some(Labels {
        dry_run: if dry { "All" } else { "" },
        group,
        version,
        resource,
        subresource: &info.subresource,
        scope: scope(info),
        ..none
    })
}

/// The verb as upstream's metrics name it.
fn verb(info: &RequestInfo, parts: &Parts) -> &'static str {
    let connects = ["attach", "exec", "log", "portforward", "proxy"];
    if connects.contains(&info.subresource.as_str()) {
        return "CONNECT";
    }
    match info.verb {
        Verb::Get | Verb::Other("get") => "GET",
        Verb::List => "LIST",
        Verb::Watch => "WATCH",
        Verb::Create | Verb::Other("post") => "POST",
        Verb::Update | Verb::Other("put") => "PUT",
        Verb::Patch
            if header(&parts.headers, CONTENT_TYPE).starts_with("application/apply-patch") =>
        {
            "APPLY"
        }
        Verb::Patch | Verb::Other("patch") => "PATCH",
        Verb::Delete | Verb::Other("delete") => "DELETE",
        Verb::DeleteCollection => "DELETECOLLECTION",
        Verb::Other("head") => "HEAD",
        Verb::Other("options") => "OPTIONS",
        Verb::Other(_) => "other",
    }
}

fn scope(info: &RequestInfo) -> &'static str {
    if !info.name.is_empty() || info.verb == Verb::Create {
        "resource"
    } else if !info.namespace.is_empty() {
        "namespace"
    } else {
        "cluster"
    }
}

/// An open watch in the gauge.
pub struct OpenWatch {
    metrics: Arc<Metrics>,
    row: Option<usize>,
}

impl OpenWatch {
    /// Counts events that were sent.
    pub fn sent(&self, events: usize) {
        let count = u64::try_from(events).unwrap_or(0);
        self.series(|series| series.events.fetch_add(count, Ordering::Relaxed));
    }

    fn series<T>(&self, change: impl FnOnce(&series::Series) -> T) {
        if let Some(series) = self.row.and_then(|row| self.metrics.requests.row(row)) {
            change(series);
        }
    }
}

impl Drop for OpenWatch {
    fn drop(&mut self) {
        self.series(|series| series.open.fetch_sub(1, Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestServer;

    #[tokio::test]
    async fn what_was_asked_is_counted_under_upstreams_names() {
        let server = TestServer::new().await;
        server.get("/api/v1/namespaces/default/configmaps").await;
        server
            .get("/api/v1/namespaces/default/configmaps/none")
            .await;
        server.get("/apis/nobody.example.com/v1/things").await;
        server.get("/livez").await;
        let text = server.get("/metrics").await.text;
        let has = |line: &str| assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        let labels = r#"component="apiserver",dry_run="",group="",resource="configmaps""#;
        has(&format!(
            r#"apiserver_request_total{{code="200",{labels},scope="namespace",subresource="",verb="LIST",version="v1"}} 1"#
        ));
        has(&format!(
            r#"apiserver_request_total{{code="404",{labels},scope="resource",subresource="",verb="GET",version="v1"}} 1"#
        ));
        has(&format!(
            r#"apiserver_request_duration_seconds_count{{{labels},scope="namespace",subresource="",verb="LIST",version="v1"}} 1"#
        ));
        let nothing = r#"component="apiserver",dry_run="",group="",resource="",scope="""#;
        has(&format!(
            r#"apiserver_request_total{{code="200",{nothing},subresource="/livez",verb="GET",version=""}} 1"#
        ));
        has(&format!(
            r#"apiserver_request_total{{code="404",{nothing},subresource="",verb="LIST",version=""}} 1"#
        ));
        has(
            r#"apiserver_response_sizes_count{component="apiserver",group="",resource="configmaps",scope="namespace",subresource="",verb="LIST",version="v1"} 1"#,
        );
        // This very request is under way.
        has(r#"apiserver_current_inflight_requests{request_kind="readOnly"} 1"#);
        has(r#"apiserver_current_inflight_requests{request_kind="mutating"} 0"#);
        has(r#"apiserver_storage_objects{resource="namespaces"} 4"#);
        let flow = r#"{flow_schema="exempt",priority_level="exempt"}"#;
        has(&format!(
            "apiserver_flowcontrol_current_executing_requests{flow} 1"
        ));
        has(&format!(
            "apiserver_flowcontrol_dispatched_requests_total{flow} 5"
        ));
        has(r#"apiserver_flowcontrol_nominal_limit_seats{priority_level="workload-low"} 245"#);
        assert!(!text.contains("nobody"), "{text}");
    }
}
