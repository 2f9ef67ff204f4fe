//! What `/debug/api_priority_and_fairness/` shows to administrators, in upstream's form: cells that end with a comma,
//! each column as wide as its widest cell.
//! <https://kubernetes.io/docs/reference/debug-cluster/flow-control/>

use std::fmt::Write;
use std::sync::atomic::Ordering;

use knarr_api::kinds;

use super::counts::Counts;
use super::level::Level;
use super::{Current, FlowControl};
use crate::request::info::pairs;

/// The least width of a column with the blank after it.
const MIN_WIDTH: usize = 8;

/// Go's zero time.
const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

const LEVELS: [&str; 10] = [
    "PriorityLevelName",
    "ActiveQueues",
    "IsIdle",
    "IsQuiescing",
    "WaitingRequests",
    "ExecutingRequests",
    "DispatchedRequests",
    "RejectedRequests",
    "TimedoutRequests",
    "CancelledRequests",
];

const QUEUES: [&str; 9] = [
    "PriorityLevelName",
    "Index",
    "PendingRequests",
    "ExecutingRequests",
    "SeatsInUse",
    "NextDispatchR",
    "InitialSeatsSum",
    "MaxSeatsSum",
    "TotalWorkSum",
];

/// Misspelt as upstream does it: programs read it.
const REQUESTS: [&str; 10] = [
    "PriorityLevelName",
    "FlowSchemaName",
    "QueueIndex",
    "RequestIndexInQueue",
    "FlowDistingsher",
    "ArriveTime",
    "InitialSeats",
    "FinalSeats",
    "AdditionalLatency",
    "StartTime",
];

const DETAILS: [&str; 8] = [
    "UserName",
    "Verb",
    "APIPath",
    "Namespace",
    "Name",
    "APIVersion",
    "Resource",
    "SubResource",
];

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dump {
    Levels,
    Queues,
    /// With who asks for what, if that is asked for.
    Requests {
        details: bool,
    },
}

impl Dump {
    /// By the last segment of the path, and its query.
    pub fn find(name: &str, query: &str) -> Option<Self> {
        match name {
            "dump_priority_levels" => Some(Self::Levels),
            "dump_queues" => Some(Self::Queues),
            "dump_requests" => Some(Self::Requests {
                details: pairs(query)
                    .any(|(key, value)| key == "includeRequestDetails" && !value.is_empty()),
            }),
            _ => None,
        }
    }
}

impl FlowControl {
    /// The answer; `None` when there is no fairness.
    pub fn dump(&self, what: Dump) -> Option<String> {
        if !self.is_fair() {
            return None;
        }
        let current = self.current.read().clone();
        let own = |headers: &[&str]| -> Vec<String> {
            headers.iter().map(|header| (*header).to_owned()).collect()
        };
        let mut rows;
        match what {
            Dump::Levels => {
                rows = vec![own(&LEVELS)];
                rows.extend(current.levels.keys().map(|name| row(&current, name).into()));
            }
            Dump::Queues => {
                rows = vec![own(&QUEUES)];
                for (name, level) in &current.levels {
                    rows.extend(queues(name, level));
                }
            }
            Dump::Requests { details } => {
                rows = vec![own(&REQUESTS)];
                if details {
                    rows[0].extend(own(&DETAILS));
                }
                for (name, level) in &current.levels {
                    rows.extend(requests(name, level, details));
                }
            }
        }
        Some(table(&rows))
    }
}

fn queues(name: &str, level: &Level) -> Vec<Vec<String>> {
    let present = level.present.all();
    let worked_on = |index: usize| {
        let of_queue = present.iter().filter(move |visit| {
            let place = visit.place();
            place.started.is_some() && place.queue == Some(index)
        });
        of_queue.map(|visit| visit.seats)
    };
    let states = level.queues().into_iter().enumerate();
    states
        .map(|(index, queue)| {
            vec![
                name.to_owned(),
                index.to_string(),
                queue.waiting.to_string(),
                worked_on(index).count().to_string(),
                worked_on(index).sum::<u32>().to_string(),
                format!("{:.8}ss", queue.start),
                queue.seats.to_string(),
                queue.seats.to_string(),
                format!("{:.8}ss", queue.work),
            ]
        })
        .collect()
}

/// Those that wait and those that came from a queue, by queue; then those that found a seat at once.
fn requests(name: &str, level: &Level, details: bool) -> Vec<Vec<String>> {
    let mut present: Vec<_> = level
        .present
        .all()
        .into_iter()
        .map(|visit| (visit.place(), visit))
        .filter(|(place, _)| place.started.is_some() || place.queue.is_some())
        .collect();
    present.sort_by_key(|(place, _)| {
        let queue = place.queue.unwrap_or(usize::MAX);
        (queue, place.started.is_some())
    });
    let mut before = (None, 0);
    let rows = present.iter().map(|(place, visit)| {
        if before.0 != place.queue {
            before = (place.queue, 0);
        }
        let index = match place.started {
            Some(_) => -1,
            None => before.1,
        };
        before.1 += 1;
        let queue = place
            .queue
            .map_or("-1".to_owned(), |queue| queue.to_string());
        let started = place.started.map(|time| time.to_string());
        let mut row = vec![
            name.to_owned(),
            visit.schema.to_string(),
            queue,
            index.to_string(),
            visit.distinguisher.clone(),
            visit.arrived.to_string(),
            visit.seats.to_string(),
            // Nothing keeps its seats after it was answered.
            "0".to_owned(),
            "0s".to_owned(),
            started.unwrap_or_else(|| ZERO_TIME.to_owned()),
        ];
        if details {
            let info = &visit.info;
            row.extend([
                visit.user.name.clone(),
                info.verb.as_str().to_owned(),
                info.path.clone(),
                info.namespace.clone(),
                info.name.clone(),
                kinds::api_version(&info.group, &info.version),
                info.resource.clone(),
                info.subresource.clone(),
            ]);
        }
        row
    });
    rows.collect()
}

fn row(current: &Current, name: &str) -> [String; 10] {
    let queues = current.levels[name].queues();
    let active = queues.iter().filter(|queue| queue.waiting > 0).count();
    let of_level = || {
        let schemas = current.schemas.iter();
        schemas
            .filter(|schema| &*schema.names.level == name)
            .map(|schema| &schema.counts)
    };
    let gauge = |value: fn(&Counts) -> i64| -> i64 { of_level().map(|counts| value(counts)).sum() };
    let waiting = gauge(|counts| counts.waiting.load(Ordering::Relaxed));
    let executing = gauge(|counts| counts.executing.load(Ordering::Relaxed));
    let dispatched: u64 = of_level()
        .map(|counts| counts.dispatched.load(Ordering::Relaxed))
        .sum();
    let [limit, full, late, cancelled] = std::array::from_fn(|reason| {
        let of_reason = of_level().map(|counts| counts.rejected[reason].load(Ordering::Relaxed));
        of_reason.sum::<u64>()
    });
    [
        name.to_owned(),
        active.to_string(),
        (waiting == 0 && executing == 0).to_string(),
        // A level whose object is gone takes no new requests here: none is ever on its way out.
        false.to_string(),
        waiting.to_string(),
        executing.to_string(),
        dispatched.to_string(),
        (limit + full).to_string(),
        late.to_string(),
        cancelled.to_string(),
    ]
}

fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].len() + 2);
        cells.max().unwrap_or_default().max(MIN_WIDTH)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let (last, cells) = row.split_last().expect("every row has columns");
        for (cell, width) in cells.iter().zip(&widths) {
            // Writing to a string does not fail.
            let _ = write!(text, "{:width$}", format!("{cell},"));
        }
        text.push_str(last);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::flow_control::present::Visit;
    use crate::request::RequestInfo;
    use crate::testing::TestServer;
    use crate::user::UserInfo;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["Name", "B", "C"], ["catch-all", "0", "12"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(
            table(&rows),
            "Name,      B,      C\ncatch-all, 0,      12\n"
        );
    }

    #[tokio::test]
    async fn administrators_see_the_levels() {
        let server = TestServer::new().await;
        let path = "/debug/api_priority_and_fairness/dump_priority_levels";
        let text = server.get(path).await.text;
        let mut lines = text.lines();
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("PriorityLevelName, ActiveQueues, IsIdle,")
        );
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("catch-all,         0,            true,   false,       0,")
        );
        // This very request is under way.
        assert!(lines.next().unwrap().starts_with(
            "exempt,            0,            false,  false,       0,               1,"
        ));
    }

    #[tokio::test]
    async fn administrators_see_who_asks_for_what() {
        let server = TestServer::new().await;
        let path = "/debug/api_priority_and_fairness/dump_requests?includeRequestDetails=1";
        let text = server.get(path).await.text;
        let cells = |line: &str| -> Vec<String> {
            line.split(',').map(|cell| cell.trim().to_owned()).collect()
        };
        let mut lines = text.lines().map(cells);
        assert_eq!(
            lines.next().unwrap(),
            [&REQUESTS[..], &DETAILS[..]].concat()
        );
        // This very request is all that is under way.
        let own = lines.next().unwrap();
        assert_eq!(own[..4], ["exempt", "exempt", "-1", "-1"]);
        assert_eq!(own[6..9], ["0", "0", "0s"]);
        assert!(own[9].ends_with('Z') && own[9] != ZERO_TIME, "{own:?}");
        let path = path.split('?').next().unwrap();
        assert_eq!(own[11..13], ["get", path]);
        assert_eq!(lines.next(), None);
    }

    #[tokio::test]
    async fn administrators_see_queues_and_who_waits_in_them() {
        let server = TestServer::new().await;
        let flow = &server.server.shared().flow;
        let current = flow.current.read().clone();
        let level = &current.levels["global-default"];
        level.set_limit(1);
        let visit = |path: &str| {
            let info = RequestInfo::parse(&http::Method::GET, path, "");
            let user = Arc::new(UserInfo::authenticated("jane", [""; 0]));
            Visit::new("mine".into(), "jane", user, info, 1)
        };
        let (first, second) = (visit("/version"), visit("/api/v1/pods"));
        let _entered = [first.clone(), second.clone()].map(|one| level.present.enter(one));
        let taken = level.acquire(|| 0, 1, |queue| first.waits_in(queue)).await;
        first.started();
        let waits = level.acquire(|| 0, 1, |queue| second.waits_in(queue));
        tokio::pin!(waits);
        assert!(futures::poll!(&mut waits).is_pending());
        let queue = second.place().queue.expect("it waits");
        let text = flow.dump(Dump::Queues).unwrap();
        let line = text
            .lines()
            .filter(|line| line.starts_with("global-default"))
            .nth(queue)
            .unwrap();
        let cells: Vec<_> = line.split(',').map(str::trim).collect();
        assert_eq!(cells[1], queue.to_string());
        assert_eq!(
            cells[2..],
            ["1", "0", "0", "0.00000000ss", "1", "1", "0.00300000ss"]
        );
        let text = flow.dump(Dump::Requests { details: false }).unwrap();
        let line = text.lines().find(|line| line.ends_with(ZERO_TIME)).unwrap();
        let cells: Vec<_> = line.split(',').map(str::trim).collect();
        let queue = queue.to_string();
        assert_eq!(
            cells[..5],
            ["global-default", "mine", queue.as_str(), "0", "jane"]
        );
        drop(taken);
        assert!(waits.await.is_ok());
    }
}
