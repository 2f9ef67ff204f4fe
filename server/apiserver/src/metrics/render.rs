//! The page of `/metrics`.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use knarr_api::kinds;
use knarr_component::metrics::{Buckets, Page};
use knarr_storage::Figures;

use super::flow::flow;
use super::series::{Labels, Series};
use crate::server::Shared;
use crate::system::GIT_VERSION;

/// What is said of a figure before its values, marked as upstream does.
pub fn head(page: &mut Page, name: &str, kind: &str, help: &str) {
    page.head(name, kind, stability(name), help);
}

fn stability(name: &str) -> &'static str {
    const STABLE: &[&str] = &[
        "apiserver_current_inflight_requests",
        "apiserver_longrunning_requests",
        "apiserver_request_duration_seconds",
        "apiserver_request_total",
        "apiserver_response_sizes",
        "apiserver_storage_objects",
        "apiserver_storage_size_bytes",
    ];
    const BETA: &[&str] = &[
        "apiserver_flowcontrol_current_executing_requests",
        "apiserver_flowcontrol_current_executing_seats",
        "apiserver_flowcontrol_current_inqueue_requests",
        "apiserver_flowcontrol_dispatched_requests_total",
        "apiserver_flowcontrol_nominal_limit_seats",
        "apiserver_flowcontrol_rejected_requests_total",
        "apiserver_storage_events_received_total",
        "kubernetes_build_info",
    ];
    if STABLE.contains(&name) {
        "STABLE"
    } else if BETA.contains(&name) {
        "BETA"
    } else {
        "ALPHA"
    }
}

/// The answer of `/metrics`.
pub async fn page(shared: &Shared) -> String {
    let mut page = Page::with_capacity(64 << 10);
    let metrics = &shared.metrics;
    let all = metrics.requests.all();
    requests(&mut page, &all);
    histograms(&mut page, &all);
    watches(&mut page, &all);
    let name = "apiserver_current_inflight_requests";
    head(
        &mut page,
        name,
        "gauge",
        "Maximal number of currently used inflight request limit of this apiserver per request kind in last second.",
    );
    for (kind, gauge) in [
        ("mutating", &metrics.mutating),
        ("readOnly", &metrics.reading),
    ] {
        let labels = format!("request_kind=\"{kind}\"");
        page.line(name, &labels, gauge.load(Ordering::Relaxed));
    }
    flow(&mut page, &shared.flow);
    objects(&mut page, shared);
    caches(&mut page, shared);
    store(&mut page, shared).await;
    aggregation(&mut page, shared);
    let name = "kubernetes_build_info";
    head(
        &mut page,
        name,
        "gauge",
        "A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
    );
    let labels = format!("git_version=\"{GIT_VERSION}\",major=\"1\",minor=\"36\"");
    page.line(name, &labels, 1);
    shared.config.registry.write(&mut page);
    page.process();
    page.into_text()
}

fn requests(page: &mut Page, all: &[&Series]) {
    let name = "apiserver_request_total";
    head(
        page,
        name,
        "counter",
        "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
    );
    for series in all {
        let labels = text(&series.labels());
        for (code, count) in series.codes() {
            page.line(name, &format!("code=\"{code}\",{labels}"), count);
        }
    }
}

/// What is told of each series in buckets: name, help, whether dry runs are told apart, what it is.
type OfRequests = (&'static str, &'static str, bool, fn(&Series) -> &Buckets);

const OF_REQUESTS: &[OfRequests] = &[
    (
        "apiserver_request_duration_seconds",
        "Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.",
        true,
        |series| &series.durations,
    ),
    (
        "apiserver_request_sli_duration_seconds",
        "Response latency distribution (not counting webhook duration and priority & fairness queue wait times) in seconds for each verb, group, version, resource, subresource, scope and component.",
        false,
        |series| &series.own_durations,
    ),
    (
        "apiserver_response_sizes",
        "Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.",
        false,
        |series| &series.sizes,
    ),
];

fn histograms(page: &mut Page, all: &[&Series]) {
    for (name, help, dry_runs, buckets) in OF_REQUESTS {
        head(page, name, "histogram", help);
        for series in all.iter().filter(|series| !buckets(series).is_empty()) {
            let labels = series.labels();
            if *dry_runs {
                buckets(series).write(page, name, &text(&labels));
            } else if labels.dry_run.is_empty() {
                buckets(series).write(page, name, &without_dry_run(&labels));
            }
        }
    }
}

fn watches(page: &mut Page, all: &[&Series]) {
    let name = "apiserver_longrunning_requests";
    head(
        page,
        name,
        "gauge",
        "Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.",
    );
    let mut events: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for series in all.iter().filter(|series| series.labels().verb == "WATCH") {
        let Labels {
            group,
            version,
            resource,
            ..
        } = series.labels();
        let labels = without_dry_run(&series.labels());
        page.line(name, &labels, series.open.load(Ordering::Relaxed));
        let sent = series.events.load(Ordering::Relaxed);
        *events.entry((group, resource, version)).or_default() += sent;
    }
    let name = "apiserver_watch_events_total";
    head(
        page,
        name,
        "counter",
        "Number of events sent in watch clients",
    );
    for ((group, resource, version), count) in events {
        let labels = format!("group=\"{group}\",resource=\"{resource}\",version=\"{version}\"");
        page.line(name, &labels, count);
    }
}

/// Objects of the kinds that somebody has asked for; the others are not in memory.
fn objects(page: &mut Page, shared: &Shared) {
    let mut counts: Vec<(&str, &str, usize)> = kinds::storage_versions()
        .filter_map(|kind| Some((kind.group, kind.plural, shared.registry.count(kind)?)))
        .collect();
    counts.sort_unstable();
    let name = "apiserver_storage_objects";
    head(
        page,
        name,
        "gauge",
        "(Deprecated since 1.34.0) [DEPRECATED, consider using apiserver_resource_objects instead] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.",
    );
    for (group, plural, count) in &counts {
        let resource = match *group {
            "" => (*plural).to_owned(),
            group => format!("{plural}.{group}"),
        };
        page.line(name, &format!("resource=\"{resource}\""), count);
    }
    let name = "apiserver_resource_objects";
    head(
        page,
        name,
        "gauge",
        "Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.",
    );
    for (group, plural, count) in &counts {
        page.line(
            name,
            &format!("group=\"{group}\",resource=\"{plural}\""),
            count,
        );
    }
}

/// What is told of each watch cache: name, type, help, value.
type OfCache = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Figures) -> u64,
);

const OF_CACHES: &[OfCache] = &[
    (
        "apiserver_storage_events_received_total",
        "counter",
        "Number of etcd events received split by kind.",
        |cache| cache.events,
    ),
    (
        "apiserver_terminated_watchers_total",
        "counter",
        "Counter of watchers closed due to unresponsiveness broken by resource type.",
        |cache| cache.too_slow,
    ),
    (
        "apiserver_watch_cache_events_dispatched_total",
        "counter",
        "Counter of events dispatched in watch cache broken by resource type.",
        |cache| cache.events,
    ),
    (
        "apiserver_watch_cache_events_received_total",
        "counter",
        "Counter of events received in watch cache broken by resource type.",
        |cache| cache.events,
    ),
    (
        "apiserver_watch_cache_initializations_total",
        "counter",
        "Counter of watch cache initializations broken by resource type.",
        |cache| cache.fillings,
    ),
    (
        "apiserver_watch_cache_resource_version",
        "gauge",
        "Current resource version of watch cache broken by resource type. This is truncated to the 15 least significant digits.",
        |cache| cache.revision % 1_000_000_000_000_000,
    ),
];

fn caches(page: &mut Page, shared: &Shared) {
    let mut all = shared.registry.figures();
    all.sort_unstable_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
    for (name, kind, help, value) in OF_CACHES {
        head(page, name, kind, help);
        for (group, resource, figures) in &all {
            let labels = format!("group=\"{group}\",resource=\"{resource}\"");
            page.line(name, &labels, value(figures));
        }
    }
}

async fn store(page: &mut Page, shared: &Shared) {
    // One that does not answer is told of by its requests.
    let Ok(Some(size)) = shared.config.store.size().await else {
        return;
    };
    let name = "apiserver_storage_size_bytes";
    head(
        page,
        name,
        "gauge",
        "Size of the storage database file physically allocated in bytes.",
    );
    page.line(name, "storage_cluster_id=\"etcd-0\"", size);
}

fn aggregation(page: &mut Page, shared: &Shared) {
    let name = "aggregator_unavailable_apiservice";
    head(
        page,
        name,
        "gauge",
        "Gauge of APIServices which are marked as unavailable broken down by APIService name.",
    );
    for service in shared.api_services.remotes() {
        let available = service
            .remote
            .as_ref()
            .is_some_and(|remote| remote.available);
        page.line(
            name,
            &format!("name=\"{}\"", service.name),
            u8::from(!available),
        );
    }
}

/// The same for figures that know no dry run.
fn without_dry_run(labels: &Labels<'_>) -> String {
    let Labels {
        verb,
        group,
        version,
        resource,
        subresource,
        scope,
        ..
    } = labels;
    format!(
        "component=\"apiserver\",group=\"{group}\",resource=\"{resource}\",scope=\"{scope}\",subresource=\"{subresource}\",verb=\"{verb}\",version=\"{version}\""
    )
}

/// Labels in the order of their names. Names of resources have nothing to escape.
fn text(labels: &Labels<'_>) -> String {
    let Labels {
        verb,
        dry_run,
        group,
        version,
        resource,
        subresource,
        scope,
    } = labels;
    format!(
        "component=\"apiserver\",dry_run=\"{dry_run}\",group=\"{group}\",resource=\"{resource}\",scope=\"{scope}\",subresource=\"{subresource}\",verb=\"{verb}\",version=\"{version}\""
    )
}
