//! Turns single answers of a probe into verdicts by its thresholds. Pure.

use k8s_openapi::api::core::v1::Probe;

use super::ProbeKind;

/// Counts answers of one kind in a row.
#[derive(Debug)]
pub(super) struct Tracker {
    success_threshold: u32,
    failure_threshold: u32,
    last: Option<bool>,
    run: u32,
    verdict: Option<bool>,
}

impl Tracker {
    pub(super) fn new(kind: ProbeKind, probe: &Probe) -> Self {
        let threshold = |value: Option<i32>, default| {
            value
                .and_then(|value| u32::try_from(value).ok())
                .filter(|value| *value > 0)
                .unwrap_or(default)
        };
        Self {
            success_threshold: match kind {
                ProbeKind::Readiness => threshold(probe.success_threshold, 1),
                ProbeKind::Liveness | ProbeKind::Startup => 1,
            },
            failure_threshold: threshold(probe.failure_threshold, 3),
            last: None,
            run: 0,
            verdict: None,
        }
    }

    /// Counts an answer; the verdict when it changed.
    pub(super) fn observe(&mut self, healthy: bool) -> Option<bool> {
        self.run = if self.last == Some(healthy) {
            self.run.saturating_add(1)
        } else {
            1
        };
        self.last = Some(healthy);
        let threshold = if healthy {
            self.success_threshold
        } else {
            self.failure_threshold
        };
        if self.run < threshold || self.verdict == Some(healthy) {
            return None;
        }
        self.verdict = Some(healthy);
        Some(healthy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_need_as_many_answers_as_the_threshold_says() {
        let probe = Probe {
            success_threshold: Some(2),
            failure_threshold: Some(3),
            ..Probe::default()
        };
        let mut tracker = Tracker::new(ProbeKind::Readiness, &probe);
        let answers = [true, false, true, true, true, false, false, false, false];
        let verdicts: Vec<_> = answers
            .into_iter()
            .map(|healthy| tracker.observe(healthy))
            .collect();
        assert_eq!(
            verdicts,
            [
                None,
                None,
                None,
                Some(true),
                None,
                None,
                None,
                Some(false),
                None
            ]
        );
    }

    #[test]
    fn one_success_is_enough_for_liveness() {
        let probe = Probe {
            success_threshold: Some(5),
            ..Probe::default()
        };
        assert_eq!(
            Tracker::new(ProbeKind::Liveness, &probe).observe(true),
            Some(true)
        );
    }
}
