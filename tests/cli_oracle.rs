//! Our kubectl beside the real one: the same command, the same cluster, the same bytes and exit code.

mod harness;

use std::time::Duration;

use harness::{Kubectl, Machine, Said, require_root};

const SOON: Duration = Duration::from_secs(60);

/// Commands whose words are the same in every kubectl from 1.32 on, so that any installed one can be the oracle. Output
/// that a clock may change in between is compared again.
const COMMANDS: &[&str] = &[
    "get ns",
    "get nodes",
    "get nodes -o wide",
    "get pods",
    "get pods -A",
    "get pods -n nowhere",
    "get pods -A --no-headers",
    "get deploy,rs,svc",
    "get deployment/web service/web",
    "get deploy web -o wide",
    "get deploy web -o yaml",
    "get deploy web -o json",
    "get deploy web -o name",
    "get pods -l app=web -o name",
    "get pods -l app=none",
    "get pods --show-labels",
    "get pods -L app",
    "get pods --sort-by=.metadata.name",
    "get pods --field-selector=status.phase=Running -o name",
    "get pods -o jsonpath={.items[*].metadata.labels.app}",
    "get pods -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName",
    "get pods -o go-template={{range.items}}{{.metadata.labels.app}}{{end}}",
    "get svc web -o jsonpath={.spec.ports[0].port}",
    "get cm settings -o yaml",
    "get secret token -o json",
    "get sa,cm",
    "get nothing",
    "get pod nothing",
    "get -f nothing.yaml",
    "describe cm settings",
    "describe ns default",
    "describe svc web",
    "describe deploy web",
    "describe pod nothing",
    "rollout status deploy/web",
    "rollout history deploy/web",
    "wait --for=condition=Available deploy/web --timeout=10s",
    "api-versions",
    "api-resources --namespaced=false",
    "explain pod.spec.containers.image",
    "explain deployment.spec.strategy",
    "config current-context",
    "config get-contexts",
    "create ns default",
    "delete pod nothing",
];

/// Pages of `describe` whose words are the same in every kubectl from 1.32 on, for the objects of `testdata/kinds.yaml`.
const PAGES: &[&str] = &[
    "describe secret -n kinds token",
    "describe limits -n kinds limits",
    "describe quota -n kinds quota",
    "describe pv kinds-volume",
    "describe pvc -n kinds claim",
    "describe svc -n kinds web",
    "describe endpoints -n kinds manual",
    "describe endpointslice -n kinds slice",
    "describe rc -n kinds old",
    "describe rs -n kinds set",
    "describe job -n kinds once",
    "describe hpa -n kinds web",
    "describe pdb -n kinds budget",
    "describe ingressclass kinds-class",
    "describe ingress -n kinds site",
    "describe netpol -n kinds rules",
    "describe netpol -n kinds closed",
    "describe csr kinds-request",
    "describe sc kinds-slow",
    "describe csinode kinds-node",
    "describe pc kinds-high",
    "describe role -n kinds reader",
    "describe rolebinding -n kinds readers",
    "describe clusterrole kinds-watcher",
    "describe clusterrolebinding kinds-watchers",
    "describe lease -n kinds lease",
    "describe crd",
];

/// Pages that changed since 1.32; the oracle that `KNARR_REAL_KUBECTL` names is of our own version.
const PAGES_NOW: &[&str] = &[
    "describe ns kinds",
    "describe cm -n kinds settings",
    "describe sa -n kinds robot",
    "describe deploy -n kinds web",
    "describe sts -n kinds data",
    "describe ds -n kinds agent",
    "describe cronjob -n kinds nightly",
    "describe servicecidr kinds-cidr",
    "describe ipaddress 10.97.0.7",
    "describe vac kinds-gold",
    "describe node",
    "describe -f KINDS",
];

#[test]
fn the_same_command_says_the_same() {
    if !require_root() {
        return;
    }
    let machine = Machine::boot();
    let mut up = machine.knarr();
    up.args(["up", "--nodes-simulated", "2", "--data-dir"])
        .arg(machine.path("data"));
    let mut program = machine.start(&mut up);
    program.wait_for_output("ready in", SOON);
    let kubeconfig = machine.path("data/kubeconfig/admin.kubeconfig");
    let ours = Kubectl::ours(&machine, &kubeconfig);
    let Some(real) = Kubectl::real(&machine, &kubeconfig) else {
        return;
    };
    real.ok("create deployment web --image=example.com/web:1 --replicas=2");
    ours.ok("expose deployment web --port=80");
    real.ok("create configmap settings --from-literal=a=1 --from-literal=b=two");
    ours.ok("create secret generic token --from-literal=key=value");
    ours.until(
        "get deploy web -o jsonpath={.status.readyReplicas}",
        "2",
        SOON,
    );
    let kinds = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/kinds.yaml");
    real.ok(&format!("apply -f {kinds}"));
    let now = match std::env::var_os("KNARR_REAL_KUBECTL") {
        Some(_) => PAGES_NOW,
        None => &[],
    };
    let commands: Vec<String> = [COMMANDS, PAGES, now]
        .concat()
        .into_iter()
        .map(|command| command.replace("KINDS", kinds))
        .collect();
    let mut differ = Vec::new();
    for command in &commands {
        if let Some((ours, real)) = difference(&ours, &real, command) {
            differ.push(format!(
                "=== kubectl {command}\n--- ours\n{}\n--- real\n{}",
                text(&ours),
                text(&real)
            ));
        }
    }
    assert!(
        differ.is_empty(),
        "{} of {} differ:\n{}",
        differ.len(),
        commands.len(),
        differ.join("\n")
    );
}

/// What both say, when it differs three times in a row.
fn difference(ours: &Kubectl<'_>, real: &Kubectl<'_>, command: &str) -> Option<(Said, Said)> {
    let mut last = None;
    for _ in 0..3 {
        let (a, b) = (ours.said(command), real.said(command));
        if a == b {
            return None;
        }
        last = Some((a, b));
    }
    last
}

fn text(said: &Said) -> String {
    format!("{}{}(exit code {:?})", said.stdout, said.stderr, said.code)
}
