//! What `/debug/api_priority_and_fairness/` shows to administrators, in upstream's form: cells that end with a comma,
//! each column as wide as its widest cell.
//! <https://kubernetes.io/docs/reference/debug-cluster/flow-control/>

use std::fmt::Write;
use std::sync::atomic::Ordering;

use super::counts::Counts;
use super::{Current, FlowControl};

/// The least width of a column with the blank after it.
const MIN_WIDTH: usize = 8;

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

impl FlowControl {
    /// The answer of `dump_priority_levels`; `None` when there is no fairness.
    pub fn dump_levels(&self) -> Option<String> {
        if !self.is_fair() {
            return None;
        }
        let current = self.current.read().clone();
        let mut rows = vec![LEVELS.map(str::to_owned)];
        rows.extend(current.levels.keys().map(|name| row(&current, name)));
        Some(table(&rows))
    }
}

fn row(current: &Current, name: &str) -> [String; 10] {
    let active = current.levels[name].active_queues();
    let of_level = || {
        let schemas = current.schemas.iter();
        schemas
            .filter(|schema| schema.level_name == name)
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

fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].len() + 2);
        cells.max().unwrap_or_default().max(MIN_WIDTH)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        for (cell, width) in row.iter().zip(widths).take(N - 1) {
            // Writing to a string does not fail.
            let _ = write!(text, "{:width$}", format!("{cell},"));
        }
        text.push_str(&row[N - 1]);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestServer;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["Name", "B", "C"], ["catch-all", "0", "12"]].map(|row| row.map(str::to_owned));
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
}
