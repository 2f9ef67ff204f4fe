//! A node that joins with the credentials of a bootstrap token alone: its certificates come from the cluster.

mod harness;

use std::fs;
use std::time::Duration;

use harness::{Kubectl, Machine, require_root};

const LIMIT: Duration = Duration::from_secs(60);
const PORT: &str = "16443";

/// A bootstrap token, and what it takes that nodes get their client certificates without anybody's approval.
const JOINING: &str = r#"
apiVersion: v1
kind: Secret
metadata: {name: bootstrap-token-abcdef, namespace: kube-system}
type: bootstrap.kubernetes.io/token
stringData: {token-id: abcdef, token-secret: 0123456789abcdef, usage-bootstrap-authentication: "true"}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ask}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:node-bootstrapper"}
subjects: [{kind: Group, name: "system:bootstrappers", apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: approve}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:certificates.k8s.io:certificatesigningrequests:nodeclient"}
subjects: [{kind: Group, name: "system:bootstrappers", apiGroup: rbac.authorization.k8s.io}]
"#;

/// Starts a server, and writes the kubeconfig that every node may have.
fn server(machine: &Machine) -> harness::Program {
    let data = machine.path("cluster");
    let mut command = machine.knarr();
    command.args([
        "server",
        "--secure-port",
        PORT,
        "--enable-bootstrap-token-auth",
    ]);
    command.arg("--data-dir").arg(&data);
    let authority = data.join("pki/ca.crt");
    // The node's server has to show a certificate of the cluster.
    command
        .arg("--kubelet-certificate-authority")
        .arg(&authority);
    let program = machine.start(&mut command);
    let kubeconfig = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters: [{{name: a, cluster: {{server: \"https://127.0.0.1:{PORT}\", certificate-authority: {}}}}}]\nusers: [{{name: a, user: {{token: abcdef.0123456789abcdef}}}}]\ncontexts: [{{name: a, context: {{cluster: a, user: a}}}}]\n",
        authority.display()
    );
    fs::write(machine.path("bootstrap.kubeconfig"), kubeconfig).unwrap();
    program
}

fn node(machine: &Machine) -> harness::Program {
    let mut command = machine.knarr();
    command.args([
        "node",
        "--hostname-override",
        "n1",
        "--rotate-certificates",
        "--rotate-server-certificates",
    ]);
    for (flag, file) in [
        ("--bootstrap-kubeconfig", "bootstrap.kubeconfig"),
        ("--kubeconfig", "kubelet.kubeconfig"),
        ("--proxy-kubeconfig", "cluster/kubeconfig/proxy.kubeconfig"),
        ("--data-dir", "data"),
    ] {
        command.arg(flag).arg(machine.path(file));
    }
    machine.start(&mut command)
}

#[test]
fn a_node_joins_with_a_token_and_gets_its_certificates_from_the_cluster() {
    if !require_root() {
        return;
    }
    let machine = Machine::boot();
    let _server = server(&machine);
    let admin = machine.path("cluster/kubeconfig/admin.kubeconfig");
    let kubectl = Kubectl::ours(&machine, &admin);
    kubectl.until("get --raw /readyz", "ok", LIMIT);
    let manifest = machine.path("joining.yaml");
    fs::write(&manifest, JOINING).unwrap();
    kubectl.ok(&format!("create -f {}", manifest.display()));

    let first = node(&machine);
    kubectl.until("get nodes -o name", "node/n1", LIMIT);
    let of =
        |signer: &str| format!("get csr --field-selector spec.signerName=kubernetes.io/{signer}");
    let client = kubectl.ok(&of("kube-apiserver-client-kubelet"));
    assert!(
        client.contains("system:bootstrap:abcdef") && client.contains("Approved,Issued"),
        "{client}"
    );
    let own = fs::read_to_string(machine.path("kubelet.kubeconfig")).unwrap();
    assert!(
        own.contains("data/node/kubelet/pki/kubelet-client-current.pem"),
        "{own}"
    );

    // Nobody approves serving certificates by themselves: until then, no connection comes about.
    let serving = of("kubelet-serving");
    kubectl.until_that(&serving, LIMIT, |asked| {
        asked.contains("system:node:n1") && asked.contains("Pending")
    });
    let stats = "get --raw /api/v1/nodes/n1/proxy/healthz";
    assert_ne!(kubectl.said(stats).code, Some(0));
    let name = kubectl.ok(&format!("{serving} -o name"));
    kubectl.ok(&format!(
        "certificate approve {}",
        name.trim().rsplit('/').next().unwrap()
    ));
    kubectl.until(stats, "ok", LIMIT);

    // Another start asks for nothing.
    first.signal("-TERM");
    assert_eq!(first.wait(LIMIT), Some(0));
    let mut second = node(&machine);
    second.wait_for_output("node ready", LIMIT);
    kubectl.until(stats, "ok", LIMIT);
    assert_eq!(kubectl.ok("get csr -o name").lines().count(), 2);
}
