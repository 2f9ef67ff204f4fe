//! The whole thread, from a manifest of 2018 to containers that answer through a service: once as one process on sled,
//! once as separate processes on etcd.

mod harness;

use std::process::Command;
use std::time::Duration;

use harness::{Kubectl, MACHINE_IP, Machine, Program, require_program, require_root};
use knarr_test_images::{Image, Registry};

const NAMESPACE: &str = "p48-u26-jiajun2";
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/spark.yaml");
const SOON: Duration = Duration::from_secs(60);
/// What Kubernetes says of a Deployment of apps/v1beta1.
const DEPRECATED: &str = "Warning: apps/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+; use apps/v1 Deployment\n";

/// A service in front of the deployment's pods.
const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: spark}
spec:
  type: NodePort
  selector: {app: spark-executor}
  ports: [{port: 80, targetPort: port-1, nodePort: 30081}]
";

/// A registry on the machine's loopback, with the image that the manifest names.
fn registry(machine: &Machine) -> Registry {
    let registry = machine.on_network(Registry::start);
    registry.push(
        "leap/spark",
        "latest",
        &Image::testbox().command(&["serve", "8081"]),
    );
    std::fs::write(
        machine.path("registries.yaml"),
        registry.registries_yaml("registry.io:5000"),
    )
    .unwrap();
    registry
}

/// Starts the whole cluster in one process; its node declares this many CPUs.
fn up(machine: &Machine, cpu: &str) -> Program {
    let mut command = machine.knarr();
    command
        .arg("up")
        .arg("--data-dir")
        .arg(machine.path("data"));
    command
        .arg("--private-registry")
        .arg(machine.path("registries.yaml"));
    command.arg(format!("--node-capacity=cpu={cpu},memory=64Gi"));
    let mut program = machine.start(&mut command);
    program.wait_for_output("ready in", SOON);
    program
}

/// Posts the manifest and sees ten pods that run, and a service that leads to them.
fn thread_runs(machine: &Machine, kubectl: &Kubectl<'_>) {
    kubectl.until(
        &format!(
            "-n {NAMESPACE} get deployment spark-executor -o jsonpath={{.status.readyReplicas}}"
        ),
        "10",
        SOON,
    );
    std::fs::write(machine.path("service.yaml"), SERVICE).unwrap();
    let create = format!(
        "-n {NAMESPACE} create -f {}",
        machine.path("service.yaml").display()
    );
    assert_eq!(kubectl.ok(&create), "service/spark created\n");
    let pod = kubectl
        .ok(&format!("-n {NAMESPACE} get pods -o name"))
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let curl = format!("-n {NAMESPACE} exec {pod} -- curl http://spark/");
    kubectl.until_that(&curl, SOON, |answer| answer.contains("spark-executor"));
    harness::wait_for("the node port", SOON, || {
        let answer = machine.get(&format!("{MACHINE_IP}:30081"))?;
        if answer.contains("spark-executor") {
            Ok(())
        } else {
            Err(answer)
        }
    });
}

#[test]
fn one_process_on_sled() {
    if !require_root() {
        return;
    }
    let machine = Machine::boot();
    let registry = registry(&machine);
    let small = up(&machine, "4");
    let kubeconfig = machine.path("data/kubeconfig/admin.kubeconfig");
    let kubectl = Kubectl::ours(&machine, &kubeconfig);
    assert_eq!(
        kubectl.ok(&format!("create namespace {NAMESPACE}")),
        format!("namespace/{NAMESPACE} created\n")
    );

    // On a node that is too small they stay Pending, and say why.
    let created = kubectl.said(&format!("-n {NAMESPACE} create -f {MANIFEST}"));
    assert_eq!(
        (created.stdout.as_str(), created.code),
        ("deployment.apps/spark-executor created\n", Some(0))
    );
    assert_eq!(created.stderr, DEPRECATED);
    let reasons = format!(
        "-n {NAMESPACE} get events --field-selector reason=FailedScheduling -o jsonpath={{.items[0].message}}"
    );
    let too_small = "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are \
                     available: 1 Preemption is not helpful for scheduling.";
    kubectl.until(&reasons, too_small, SOON);
    let selector = format!(
        "-n {NAMESPACE} get deployment spark-executor -o jsonpath={{.spec.selector.matchLabels.app}}"
    );
    assert_eq!(kubectl.ok(&selector), "spark-executor");
    for version in ["v1", "v1beta1"] {
        let raw = kubectl.ok(&format!(
            "get --raw /apis/apps/{version}/namespaces/{NAMESPACE}/deployments/spark-executor"
        ));
        let object: serde_json::Value = serde_json::from_str(&raw).unwrap();
        assert_eq!(object["apiVersion"], format!("apps/{version}"));
    }
    small.signal("-TERM");
    assert_eq!(small.wait(SOON), Some(0));

    // A second start finds the same cluster, and on a larger node all ten run.
    let large = up(&machine, "64");
    thread_runs(&machine, &kubectl);
    let asked = registry
        .seen()
        .iter()
        .filter(|seen| seen.target.contains("/manifests/latest"))
        .count();
    assert!(
        asked >= 10,
        "imagePullPolicy Always asks for every pod, and the registry was asked {asked} times"
    );

    // The agent is killed and started again; the containers do not notice.
    let started = format!(
        "-n {NAMESPACE} get pods -o jsonpath={{.items[*].status.containerStatuses[0].state.running.startedAt}}"
    );
    let before = kubectl.ok(&started);
    large.signal("-KILL");
    large.wait(SOON);
    let again = up(&machine, "64");
    kubectl.until(
        &format!(
            "-n {NAMESPACE} get deployment spark-executor -o jsonpath={{.status.readyReplicas}}"
        ),
        "10",
        SOON,
    );
    assert_eq!(kubectl.ok(&started), before);

    // Deleting the namespace deletes everything in it.
    let deleted = kubectl.ok(&format!("delete namespace {NAMESPACE} --timeout=60s"));
    assert_eq!(deleted, format!("namespace \"{NAMESPACE}\" deleted\n"));
    assert_eq!(kubectl.ok("get pods -A -o name"), "");
    again.signal("-INT");
    assert_eq!(again.wait(SOON), Some(0));
}

#[test]
fn an_unreachable_registry_is_told_and_backed_off_from() {
    if !require_root() {
        return;
    }
    let machine = Machine::boot();
    let nowhere = "mirrors:\n  \"registry.io:5000\":\n    endpoint: [\"http://127.0.0.1:9\"]\n";
    std::fs::write(machine.path("registries.yaml"), nowhere).unwrap();
    let program = up(&machine, "64");
    let kubectl = Kubectl::ours(&machine, &machine.path("data/kubeconfig/admin.kubeconfig"));
    kubectl.ok("run lonely --image=registry.io:5000/leap/spark:latest");
    let reason = "get pod lonely -o jsonpath={.status.containerStatuses[0].state.waiting.reason}";
    kubectl.until_that(reason, SOON, |reason| {
        matches!(reason, "ErrImagePull" | "ImagePullBackOff")
    });
    kubectl.until(reason, "ImagePullBackOff", SOON);
    let events = kubectl.ok(
        "get events --field-selector involvedObject.name=lonely -o jsonpath={.items[*].reason}",
    );
    assert!(
        events.contains("Pulling") && events.contains("Failed") && events.contains("BackOff"),
        "{events}"
    );

    // A registry is not needed for what was imported.
    let archive = machine.path("image.tar");
    let image = Image::testbox().command(&["serve", "8081"]);
    std::fs::write(
        &archive,
        image.oci_archive("registry.io:5000/leap/imported:1"),
    )
    .unwrap();
    let mut import = machine.knarr();
    import
        .args(["image", "import"])
        .arg(&archive)
        .arg("--data-dir")
        .arg(machine.path("data"));
    assert!(harness::ok(&mut import).contains("registry.io:5000/leap/imported:1"));
    kubectl.ok("run imported --image=registry.io:5000/leap/imported:1");
    kubectl.until(
        "get pod imported -o jsonpath={.status.phase}",
        "Running",
        SOON,
    );
    drop(program);
}

/// Makes etcd's certificates with the cluster's own authority, starts it, and gives the flags that lead to it.
fn etcd(machine: &Machine) -> (Program, Vec<String>) {
    let pki = knarr_server::pki::Pki::open(&machine.path("etcd-pki")).unwrap();
    pki.serving("server", "etcd", &["127.0.0.1".to_owned()])
        .unwrap();
    pki.client(knarr_server::pki::ADMIN).unwrap();
    let file = |name: &str| machine.path("etcd-pki").join(name).display().to_string();
    let mut command = machine.command("etcd");
    command.arg("--data-dir").arg(machine.path("etcd"));
    command.args([
        "--listen-client-urls=https://127.0.0.1:2379",
        "--advertise-client-urls=https://127.0.0.1:2379",
    ]);
    command.args([
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--client-cert-auth",
    ]);
    command.args([
        "--cert-file",
        &file("server.crt"),
        "--key-file",
        &file("server.key"),
    ]);
    command.args(["--trusted-ca-file", &file("ca.crt")]);
    let mut program = machine.start(&mut command);
    program.wait_for_output("ready to serve client requests", SOON);
    let flags = [
        "--etcd-servers=https://127.0.0.1:2379".to_owned(),
        format!("--etcd-cafile={}", file("ca.crt")),
        format!("--etcd-certfile={}", file("admin.crt")),
        format!("--etcd-keyfile={}", file("admin.key")),
    ];
    (program, flags.into())
}

#[test]
fn separate_processes_on_etcd() {
    if !require_root() || !require_program("etcd") {
        return;
    }
    let machine = Machine::boot();
    let _registry = registry(&machine);
    let (_etcd, etcd_flags) = etcd(&machine);
    let start = |arguments: &mut dyn FnMut(&mut Command)| {
        let mut command = machine.knarr();
        arguments(&mut command);
        machine.start(&mut command)
    };
    let kubeconfig = |name: &str| machine.path(&format!("data/kubeconfig/{name}.kubeconfig"));
    let mut apiserver = start(&mut |command| {
        command
            .arg("apiserver")
            .arg("--data-dir")
            .arg(machine.path("data"))
            .args(&etcd_flags);
    });
    apiserver.wait_for_output("ready in", SOON);
    let _controllers = start(&mut |command| {
        command
            .arg("controller-manager")
            .arg("--kubeconfig")
            .arg(kubeconfig("controller-manager"));
        command
            .arg("--root-ca-file")
            .arg(machine.path("data/pki/ca.crt"));
    });
    let _scheduler = start(&mut |command| {
        command
            .arg("scheduler")
            .arg("--kubeconfig")
            .arg(kubeconfig("scheduler"));
    });
    let mut node = start(&mut |command| {
        command
            .arg("node")
            .arg("--kubeconfig")
            .arg(kubeconfig("node"))
            .arg("--data-dir")
            .arg(machine.path("data"));
        command
            .arg("--proxy-kubeconfig")
            .arg(kubeconfig("proxy"))
            .arg("--node-capacity=cpu=64,memory=64Gi")
            // The disk of the machine that runs the tests may be full.
            .arg("--eviction-hard=memory.available<100Mi");
        command
            .arg("--private-registry")
            .arg(machine.path("registries.yaml"));
    });
    node.wait_for_output("node ready", SOON);
    let kubectl = Kubectl::ours(&machine, &kubeconfig("admin"));
    // The real kubectl posts the manifest where there is one; what it prints is what ours prints.
    let poster = Kubectl::real(&machine, &kubeconfig("admin"))
        .unwrap_or(Kubectl::ours(&machine, &kubeconfig("admin")));
    let created = poster.ok(&format!("create namespace {NAMESPACE}"));
    assert_eq!(created, format!("namespace/{NAMESPACE} created\n"));
    let created = poster.said(&format!("-n {NAMESPACE} create -f {MANIFEST}"));
    assert_eq!(created.stdout, "deployment.apps/spark-executor created\n");
    assert_eq!(created.stderr, DEPRECATED);
    thread_runs(&machine, &kubectl);
    assert!(
        !machine.path("data/store").exists(),
        "the state is in etcd alone"
    );
    kubectl.ok(&format!("delete namespace {NAMESPACE} --timeout=60s"));
}
