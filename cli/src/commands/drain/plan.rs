//! Which pods of a node are taken off it, which stay, and which are in the way. Pure: what the cluster says of a pod's
//! daemon set is handed in.

use super::Args;
use knarr_api::meta;
use serde_json::Value;

const MIRROR: &str = "kubernetes.io/config.mirror";

/// What is to become of one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Remove,
    RemoveWith(String),
    Leave,
    LeaveWith(String),
    Refuse(String),
}

/// Why the daemon set that a pod belongs to could not be read.
#[derive(Clone, Debug)]
pub struct Unread {
    pub missing: bool,
    pub text: String,
}

/// The pods of a node, sorted by what is to become of them.
#[derive(Debug, Default)]
pub struct Plan {
    pub removed: Vec<Value>,
    /// Reasons and pods, `why: namespace/name, …; why: …`.
    pub warnings: String,
    pub refusals: Vec<String>,
}

impl Plan {
    /// Sorts pods by their verdicts.
    pub fn new(judged: Vec<(Value, Verdict)>) -> Self {
        let mut plan = Plan::default();
        let (mut warnings, mut refusals) = (Vec::new(), Vec::new());
        for (pod, verdict) in judged {
            let title = format!("{}/{}", meta::namespace(&pod), meta::name(&pod));
            match verdict {
                Verdict::Leave => {}
                Verdict::LeaveWith(why) => note(&mut warnings, why, title),
                Verdict::Refuse(why) => note(&mut refusals, why, title),
                Verdict::Remove => plan.removed.push(pod),
                Verdict::RemoveWith(why) => {
                    note(&mut warnings, why, title);
                    plan.removed.push(pod);
                }
            }
        }
        let told = |(why, titles): (String, Vec<String>)| format!("{why}: {}", titles.join(", "));
        plan.warnings = warnings
            .into_iter()
            .map(told)
            .collect::<Vec<_>>()
            .join("; ");
        let refusals = refusals.into_iter().map(told);
        plan.refusals = refusals
            .map(|text| format!("cannot delete {text}"))
            .collect();
        plan
    }
}

/// Pods with the same reason stand behind it together.
fn note(reasons: &mut Vec<(String, Vec<String>)>, why: String, title: String) {
    match reasons.iter_mut().find(|(known, _)| *known == why) {
        Some((_, titles)) => titles.push(title),
        None => reasons.push((why, vec![title])),
    }
}

/// Whether the pod's deletion began so long ago that `--skip-wait-for-delete-timeout` passes it over.
pub fn is_long_deleted(args: &Args, pod: &Value, now: jiff::Timestamp) -> bool {
    let limit = args.skip_wait_for_delete_timeout;
    let since = meta::deletion_timestamp(pod)
        .and_then(|time| time.parse::<jiff::Timestamp>().ok())
        .map(|time| now.as_second() - time.as_second());
    limit > 0 && since.is_some_and(|seconds| seconds > limit)
}

fn is_finished(pod: &Value) -> bool {
    matches!(
        pod["status"]["phase"].as_str(),
        Some("Succeeded" | "Failed")
    )
}

/// The daemon set that keeps a pod on its node, which has to be read before the pod is judged.
pub fn daemon_set(pod: &Value) -> Option<&str> {
    let owner = meta::controller_of(pod)?;
    let keeps = owner["kind"] == "DaemonSet" && owner["apiVersion"] == "apps/v1";
    (keeps && !is_finished(pod)).then(|| owner["name"].as_str().unwrap_or_default())
}

/// What is to become of a pod. Upstream asks five filters in this order; the first that keeps the pod has the last word,
/// and of those that let it go only the last is heard.
pub fn verdict(args: &Args, pod: &Value, unread: Option<&Unread>, now: jiff::Timestamp) -> Verdict {
    if is_long_deleted(args, pod, now) {
        return Verdict::Leave;
    }
    if daemon_set(pod).is_some() {
        match unread {
            Some(unread) if unread.missing && args.force => {}
            Some(unread) => return Verdict::Refuse(unread.text.clone()),
            None if args.ignore_daemonsets => {
                return Verdict::LeaveWith("ignoring DaemonSet-managed Pods".into());
            }
            None => {
                return Verdict::Refuse(
                    "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)".into(),
                );
            }
        }
    }
    if meta::annotation(pod, MIRROR).is_some() {
        return Verdict::Leave;
    }
    let mut volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    let local = volumes.any(|volume| volume.get("emptyDir").is_some());
    if local && !is_finished(pod) && !args.delete_emptydir_data {
        return Verdict::Refuse(
            "Pods with local storage (use --delete-emptydir-data to override)".into(),
        );
    }
    if is_finished(pod) || meta::controller_of(pod).is_some() {
        return Verdict::Remove;
    }
    match args.force {
        true => Verdict::RemoveWith("deleting Pods that declare no controller".into()),
        false => {
            Verdict::Refuse("Pods that declare no controller (use --force to override)".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use serde_json::json;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn judged(flags: &[&str], pod: &Value, unread: Option<&Unread>) -> Verdict {
        let line = Line::parse_from(std::iter::once(&"drain").chain(flags));
        let now = "2026-01-01T00:01:00Z".parse().expect("a time");
        verdict(&line.args, pod, unread, now)
    }

    fn owned(kind: &str) -> Value {
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": "o", "controller": true}])
    }

    #[test]
    fn a_pod_that_nobody_makes_again_needs_force() {
        let pod = json!({"metadata": {"name": "p"}});
        assert!(matches!(judged(&[], &pod, None), Verdict::Refuse(why) if why.contains("--force")));
        assert!(matches!(
            judged(&["--force"], &pod, None),
            Verdict::RemoveWith(_)
        ));
        let over = json!({"metadata": {"name": "p"}, "status": {"phase": "Failed"}});
        assert_eq!(judged(&[], &over, None), Verdict::Remove);
    }

    #[test]
    fn a_daemon_sets_pod_stays_unless_its_daemon_set_is_gone() {
        let pod = json!({"metadata": {"name": "p", "ownerReferences": owned("DaemonSet")}});
        let missing = Unread {
            missing: true,
            text: "daemonsets.apps \"o\" not found".into(),
        };
        let ignored = judged(&["--ignore-daemonsets"], &pod, None);
        assert!(matches!(ignored, Verdict::LeaveWith(_)));
        assert!(matches!(
            judged(&["--force"], &pod, None),
            Verdict::Refuse(_)
        ));
        assert_eq!(judged(&["--force"], &pod, Some(&missing)), Verdict::Remove);
        let refused = judged(&["--ignore-daemonsets"], &pod, Some(&missing));
        assert_eq!(refused, Verdict::Refuse(missing.text.clone()));
    }

    #[test]
    fn local_data_needs_a_flag_of_its_own() {
        let pod = json!({"metadata": {"name": "p", "ownerReferences": owned("ReplicaSet")},
            "spec": {"volumes": [{"name": "v", "emptyDir": {}}]}});
        assert!(matches!(judged(&[], &pod, None), Verdict::Refuse(_)));
        assert_eq!(
            judged(&["--delete-emptydir-data"], &pod, None),
            Verdict::Remove
        );
    }

    #[test]
    fn what_is_long_deleted_is_passed_over() {
        let pod = json!({"metadata": {"name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"}});
        let flag = |seconds: &'static str| [seconds, "--force"];
        let skipped = judged(&flag("--skip-wait-for-delete-timeout=30"), &pod, None);
        assert_eq!(skipped, Verdict::Leave);
        let kept = judged(&flag("--skip-wait-for-delete-timeout=90"), &pod, None);
        assert!(matches!(kept, Verdict::RemoveWith(_)));
    }

    #[test]
    fn pods_with_the_same_reason_stand_together() {
        let pod = |name: &str| json!({"metadata": {"namespace": "n", "name": name}});
        let plan = Plan::new(vec![
            (pod("a"), Verdict::LeaveWith("why".into())),
            (pod("b"), Verdict::Refuse("so".into())),
            (pod("c"), Verdict::RemoveWith("why".into())),
            (pod("d"), Verdict::Leave),
        ]);
        assert_eq!(plan.warnings, "why: n/a, n/c");
        assert_eq!(plan.refusals, ["cannot delete so: n/b"]);
        assert_eq!(plan.removed.len(), 1);
    }
}
