//! Samples of what nodes use, from the `/stats/summary` of their kubelets. A rate takes two: whoever asks first waits for
//! the second, and what was found is good for a few seconds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use knarr_api::meta;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::kubelet::node_address;
use crate::server::Shared;

/// So long a sample is what a node uses now.
const FRESH: Duration = Duration::from_secs(10);
/// An older sample tells no rate of now.
const OLDEST: Duration = Duration::from_secs(60);
/// The pause between the two samples of the first question.
const PAUSE: Duration = Duration::from_secs(1);
/// A kubelet that takes longer is left out.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const LONGEST: usize = 32 << 20;

/// CPU time since a start, and memory, at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sample {
    at: Timestamp,
    cpu_nanoseconds: u64,
    memory: u64,
}

/// What is used: billionths of a core over a window, and bytes at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    pub at: Timestamp,
    pub window: Duration,
    nanocores: u64,
    memory: u64,
}

impl Usage {
    /// As quantities, in the units that metrics-server gives.
    pub fn value(&self) -> Value {
        let kibibytes = self.memory / 1024;
        json!({"cpu": format!("{}n", self.nanocores), "memory": format!("{kibibytes}Ki")})
    }
}

/// Namespace, pod.
type PodKey = (String, String);

/// One look at a node.
#[derive(Debug, Default)]
struct Look {
    node: Option<Sample>,
    pods: BTreeMap<PodKey, BTreeMap<String, Sample>>,
}

/// What a node and its pods use.
#[derive(Clone, Debug, Default)]
pub struct Used {
    pub node: Option<Usage>,
    /// The containers of each pod.
    pub pods: Arc<BTreeMap<PodKey, Vec<(String, Usage)>>>,
}

/// The last look at a node, and what came out.
#[derive(Default)]
struct Slot {
    last: Option<(Instant, Look)>,
    used: Used,
}

/// By node.
#[derive(Default)]
pub struct Samples {
    slots: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Slot>>>>,
}

impl Samples {
    /// What a node uses now; `None` when its kubelet doesn't say. Those who ask at once share one answer.
    pub async fn of(&self, shared: &Shared, node: &Value) -> Option<Used> {
        let slot = self
            .slots
            .lock()
            .entry(meta::uid(node).to_owned())
            .or_default()
            .clone();
        let mut slot = slot.lock().await;
        let age = slot.last.as_ref().map(|(at, _)| at.elapsed());
        if age.is_some_and(|age| age < FRESH) && slot.used.node.is_some() {
            return Some(slot.used.clone());
        }
        let earlier = match slot.last.take() {
            Some((_, look)) if age.is_some_and(|age| age < OLDEST) => look,
            _ => {
                let look = look(shared, node).await?;
                tokio::time::sleep(PAUSE).await;
                look
            }
        };
        let now = look(shared, node).await?;
        slot.used = used(&earlier, &now);
        slot.last = Some((Instant::now(), now));
        Some(slot.used.clone())
    }

    /// Forgets all nodes but these.
    pub fn retain(&self, nodes: &[Value]) {
        let known: HashSet<&str> = nodes.iter().map(meta::uid).collect();
        self.slots
            .lock()
            .retain(|uid, _| known.contains(uid.as_str()));
    }
}

/// What was used between two looks. What is new has no rate yet, and is left out.
fn used(earlier: &Look, now: &Look) -> Used {
    let of_pod = |(key, containers): (&PodKey, &BTreeMap<String, Sample>)| {
        let before = earlier.pods.get(key)?;
        let of_container =
            |(name, now): (&String, &Sample)| Some((name.clone(), usage(before.get(name)?, now)?));
        let rates: Vec<_> = containers.iter().filter_map(of_container).collect();
        (!rates.is_empty()).then(|| (key.clone(), rates))
    };
    Used {
        node: earlier.node.zip(now.node).and_then(|(a, b)| usage(&a, &b)),
        pods: Arc::new(now.pods.iter().filter_map(of_pod).collect()),
    }
}

fn usage(earlier: &Sample, now: &Sample) -> Option<Usage> {
    let window = Duration::try_from(now.at.duration_since(earlier.at)).ok()?;
    // A container that was started anew counts from zero.
    let cpu = now.cpu_nanoseconds.checked_sub(earlier.cpu_nanoseconds)?;
    let nanocores = u128::from(cpu) * 1_000_000_000 / window.as_nanos().max(1);
    (!window.is_zero()).then_some(Usage {
        at: now.at,
        window,
        nanocores: u64::try_from(nanocores).unwrap_or(u64::MAX),
        memory: now.memory,
    })
}

async fn look(shared: &Shared, node: &Value) -> Option<Look> {
    // A node without a server of its own, as simulated ones are, has nobody to ask.
    node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
        .as_u64()
        .filter(|port| *port != 0)?;
    let kubelets = shared.kubelets.read().clone()?;
    let address = node_address(node, &shared.config.kubelet_address_types).ok()?;
    let request = Request::get("/stats/summary")
        .header(http::header::HOST, address.to_string())
        .body(Body::empty())
        .ok()?;
    let exchange = async {
        let answer = kubelets.send(&address, request, None).await;
        let answer = answer.inspect_err(|status| {
            tracing::debug!(error = %status.message, node = meta::name(node), "no figures");
        });
        let answer = answer
            .ok()
            .filter(|answer| answer.status() == StatusCode::OK)?;
        Some(
            Limited::new(answer.into_body(), LONGEST)
                .collect()
                .await
                .ok()?
                .to_bytes(),
        )
    };
    let bytes = tokio::time::timeout(TIMEOUT, exchange).await.ok()??;
    Some(read(&serde_json::from_slice(&bytes).ok()?))
}

fn read(summary: &Value) -> Look {
    let mut found = Look {
        node: sample(&summary["node"]),
        ..Look::default()
    };
    for pod in summary["pods"].as_array().into_iter().flatten() {
        let text = |field: &str| pod["podRef"][field].as_str().unwrap_or_default().to_owned();
        let of_pod = found
            .pods
            .entry((text("namespace"), text("name")))
            .or_default();
        for container in pod["containers"].as_array().into_iter().flatten() {
            if let (Some(name), Some(sample)) = (container["name"].as_str(), sample(container)) {
                of_pod.insert(name.to_owned(), sample);
            }
        }
    }
    found
}

fn sample(figures: &Value) -> Option<Sample> {
    Some(Sample {
        at: figures["cpu"]["time"].as_str()?.parse().ok()?,
        cpu_nanoseconds: figures["cpu"]["usageCoreNanoSeconds"].as_u64()?,
        memory: figures["memory"]["workingSetBytes"].as_u64()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(second: u32, cpu: u64, containers: &[(&str, u64)]) -> Look {
        let figures = |cpu: u64| {
            json!({"cpu": {"time": format!("2026-01-01T00:00:{second:02}Z"), "usageCoreNanoSeconds": cpu},
                "memory": {"workingSetBytes": 2048 * 1024}})
        };
        let containers: Vec<Value> = containers
            .iter()
            .map(|(name, cpu)| {
                let mut one = figures(*cpu);
                one["name"] = (*name).into();
                one
            })
            .collect();
        read(&json!({"node": figures(cpu), "pods": [
            {"podRef": {"name": "p", "namespace": "n"}, "containers": containers}]}))
    }

    #[test]
    fn a_rate_is_told_from_two_looks() {
        let earlier = summary(0, 1_000_000_000, &[("a", 500), ("restarted", 900)]);
        let now = summary(
            10,
            6_000_000_000,
            &[("a", 1_000_000_500), ("restarted", 1), ("new", 7)],
        );
        let used = used(&earlier, &now);
        let node = used.node.unwrap();
        assert_eq!(
            node.value(),
            json!({"cpu": "500000000n", "memory": "2048Ki"})
        );
        assert_eq!(node.window, Duration::from_secs(10));
        let pod = &used.pods[&("n".to_owned(), "p".to_owned())];
        let names: Vec<&str> = pod.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a"]);
        assert_eq!(pod[0].1.value()["cpu"], "100000000n");
    }

    #[test]
    fn figures_that_are_none_tell_nothing() {
        for text in ["{}", "[]", r#"{"pods": [{"containers": [{"name": "a"}]}]}"#] {
            let look = read(&serde_json::from_str(text).unwrap());
            assert!(look.node.is_none());
            assert!(used(&look, &look).pods.is_empty());
        }
    }
}
