//! Who has to wait, and who waits, under the names of priority and fairness.

use std::sync::atomic::Ordering;

use knarr_component::metrics::Page;

use super::render::head;
use crate::flow_control::{Counts, FlowControl, Names};

/// A counter or gauge of each flow schema: name, type, help, value.
type OfSchema = (&'static str, &'static str, &'static str, fn(&Counts) -> i64);
/// A gauge of each priority level: name, help, value of its present limit and of its nominal, lower and upper ones.
type OfLevel = (&'static str, &'static str, fn([u32; 4]) -> u32);

const OF_SCHEMAS: &[OfSchema] = &[
    (
        "apiserver_flowcontrol_dispatched_requests_total",
        "counter",
        "Number of requests executed by API Priority and Fairness subsystem",
        |counts| i64::try_from(counts.dispatched.load(Ordering::Relaxed)).unwrap_or(i64::MAX),
    ),
    (
        "apiserver_flowcontrol_current_inqueue_requests",
        "gauge",
        "Number of requests currently pending in queues of the API Priority and Fairness subsystem",
        |counts| counts.waiting.load(Ordering::Relaxed),
    ),
    (
        "apiserver_flowcontrol_current_inqueue_seats",
        "gauge",
        "Number of seats currently pending in queues of the API Priority and Fairness subsystem",
        |counts| counts.waiting_seats.load(Ordering::Relaxed),
    ),
    (
        "apiserver_flowcontrol_current_executing_requests",
        "gauge",
        "Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem",
        |counts| counts.executing.load(Ordering::Relaxed),
    ),
    (
        "apiserver_flowcontrol_current_executing_seats",
        "gauge",
        "Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem",
        |counts| counts.seats.load(Ordering::Relaxed),
    ),
];

const OF_LEVELS: &[OfLevel] = &[
    (
        "apiserver_flowcontrol_current_limit_seats",
        "current derived number of execution seats available to each priority level",
        |[current, ..]| current,
    ),
    (
        "apiserver_flowcontrol_nominal_limit_seats",
        "Nominal number of execution seats configured for each priority level",
        |[_, nominal, ..]| nominal,
    ),
    (
        "apiserver_flowcontrol_lower_limit_seats",
        "Configured lower bound on number of execution seats available to each priority level",
        |[_, _, lower, _]| lower,
    ),
    (
        "apiserver_flowcontrol_upper_limit_seats",
        "Configured upper bound on number of execution seats available to each priority level",
        |[.., upper]| upper,
    ),
];

pub fn flow(page: &mut Page, flow: &FlowControl) {
    if !flow.is_fair() {
        return;
    }
    let (schemas, levels) = (flow.counts(), flow.limits());
    for (name, kind, help, value) in OF_SCHEMAS {
        head(page, name, kind, help);
        for (Names { schema, level }, counts) in &schemas {
            let labels = format!("flow_schema=\"{schema}\",priority_level=\"{level}\"");
            page.line(name, &labels, value(counts));
        }
    }
    let name = "apiserver_flowcontrol_rejected_requests_total";
    head(
        page,
        name,
        "counter",
        "Number of requests rejected by API Priority and Fairness subsystem",
    );
    for (Names { schema, level }, counts) in &schemas {
        for (reason, count) in Counts::REASONS.iter().zip(&counts.rejected) {
            let labels =
                format!("flow_schema=\"{schema}\",priority_level=\"{level}\",reason=\"{reason}\"");
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                page.line(name, &labels, count);
            }
        }
    }
    for (name, help, value) in OF_LEVELS {
        head(page, name, "gauge", help);
        for (level, limits) in &levels {
            page.line(name, &format!("priority_level=\"{level}\""), value(*limits));
        }
    }
}
