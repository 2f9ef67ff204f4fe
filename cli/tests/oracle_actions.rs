//! Commands that change or ask the cluster of `KNARR_ORACLE_KUBECONFIG`, beside the real kubectl 1.36. They work in a
//! namespace of their own and leave nothing behind.

mod real;

use real::{compare, real_kubectl};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

const NAMESPACE: &str = "oracle-actions";

/// Runs `lines` in a namespace with one deployment, `web`.
fn compare_in_namespace(lines: &str) {
    let Some(real) = real_kubectl() else { return };
    let Some(kubeconfig) = std::env::var_os("KNARR_ORACLE_KUBECONFIG").map(PathBuf::from) else {
        eprintln!("SKIPPED: this test needs a cluster (KNARR_ORACLE_KUBECONFIG)");
        return;
    };
    // The tests of this file run side by side.
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let namespace = format!("{NAMESPACE}-{}-{number}", std::process::id());
    let prepare = |words: &[&str]| kubectl(&real, &kubeconfig, &namespace, words);
    prepare(&["create", "ns", &namespace]);
    prepare(&["create", "deploy", "web", "--image=example.com/web:1"]);
    prepare(&["create", "cm", "settings", "--from-literal=a-b=1"]);
    let placed: Vec<String> = lines
        .lines()
        .map(|line| match line.split_once(" ;; ") {
            Some((line, restore)) => {
                format!("{} -n {namespace} ;; {restore} -n {namespace}", line.trim())
            }
            None => format!("{} -n {namespace}", line.trim()),
        })
        .collect();
    let outcome =
        std::panic::catch_unwind(|| compare(&real, Some(&kubeconfig), &placed.join("\n")));
    prepare(&["delete", "ns", &namespace, "--wait=false"]);
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

fn kubectl(real: &Path, kubeconfig: &Path, namespace: &str, words: &[&str]) {
    let status = std::process::Command::new(real)
        .args(["--kubeconfig"])
        .arg(kubeconfig)
        .args(["-n", namespace])
        .args(words)
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()), "{words:?}");
}

#[test]
fn permissions_are_told_as_the_real_one_tells_them() {
    compare_in_namespace(
        "auth can-i create pods
         auth can-i list nodes
         auth can-i create pods --as=bob
         auth can-i foo pods
         auth can-i create foo
         auth can-i create foo.bar
         auth can-i get /healthz
         auth can-i get /healthz --subresource=x
         auth can-i get
         auth can-i --list --as=bob
         auth can-i --list
         auth can-i --list -q
         auth can-i get pods --no-headers
         auth can-i get pods/x --subresource=log
         auth can-i get pods -q --as=bob
         auth can-i * *
         auth can-i get deployments.apps/web
         auth can-i list x y z
         auth can-i --list x
         auth whoami
         auth whoami -o yaml
         auth foo
         auth reconcile",
    );
}

#[test]
fn fields_are_set_as_the_real_one_sets_them() {
    compare_in_namespace(
        "set image
         set image deploy/web
         set image deploy/web foo=bar
         set image deploy/web web=a:2 --dry-run=client
         set image deploy/web web=a:2 --dry-run=server
         set image deploy/web *=a:2 web=x
         set image deploy/web web=
         set image deploy/web =x
         set image deploy/web web=example.com/web:1
         set image deploy/nope web=x
         set image deploy/web web=x --local
         set image deploy --all -l app=web web=x:1
         set env
         set env deploy/web
         set env deploy/web A=1 --dry-run=client -o jsonpath={.spec.template.spec.containers[0].env}
         set env deploy/web A=1 --list
         set env deploy/web --list -o yaml
         set env deploy/web --keys=a
         set env deploy/web A=1 C- ;; set env deploy/web A-
         set env deploy/web --from=cm/nope
         set env deploy/web --from=cm/settings --list --prefix=X_
         set env deploy/web A=1 deploy/x
         set env deploy/web A=1 A-
         set env deploy/web -c foo A=1
         set env deploy/web 1A=2
         set resources
         set resources deploy/web
         set resources deploy/web --limits=cpu=foo
         set resources deploy/web --limits=cpu
         set resources deploy/web --limits=cpu=3 --dry-run=client
         set resources deploy/web -c foo --limits=cpu=1
         set selector
         set selector deploy/web
         set selector deploy/web a=b
         set selector deploy web a!=b
         set serviceaccount
         set serviceaccount deploy/web
         set sa deploy/web x --dry-run=client
         set subject
         set subject clusterrolebinding/cluster-admin
         set subject clusterrolebinding/cluster-admin --user=x --dry-run=client
         set subject clusterrolebinding/cluster-admin --serviceaccount=x
         set subject clusterrolebinding/cluster-admin --serviceaccount=:x
         set subject deploy/web --user=x",
    );
}

#[test]
fn debugging_and_exposing_are_as_the_real_one_does_them() {
    compare_in_namespace(
        "run p --image=a -o name ;; delete pod p --wait=false --ignore-not-found --grace-period=1
         run p --image=a --overrides={\"kind\":\"Service\"}
         run p --image=a --overrides={\"spec\":{\"containers\":[{\"name\":\"y\"}]}} --dry-run=client -o yaml
         run p --image=a --overrides={bad
         debug nope --image=a
         debug cm/settings --image=a
         debug deploy/nope --image=a --profile=sysadmin
         debug node/nope --image=a --profile=restricted
         expose deploy web --port=80 --session-affinity=foo
         expose deploy web --port=99999
         expose deploy web --port=80 --load-balancer-ip=1.2.3.4 --dry-run=client -o yaml
         expose deploy web --port=80 --target-port=99999
         expose deploy web --port=80 --overrides={\"spec\":{\"x\":1}} --dry-run=client -o yaml
         scale deploy web --replicas=1 --current-replicas=9
         set selector deploy web a=b
         set sa deploy/web default
         set image deploy/web web=x web=example.com/web:1
         set image deploy/web y=1 y=2
         set env deploy/web =1
         label cm settings --all z=1 --dry-run=client
         label cm --all --dry-run=client =x
         replace --force -f nope --dry-run=client
         rollout history deploy/web --revision=1
         rollout history deploy/web --revision=-1
         rollout undo deploy/web --dry-run=client",
    );
}

#[test]
fn objects_are_made_as_the_real_one_makes_them() {
    compare_in_namespace(
        "autoscale
         autoscale deploy/web --max=0
         autoscale deploy/web --max=2 --min=3
         autoscale deploy/web --max=3 --dry-run=client
         autoscale deploy/web --max=3 --min=2 --cpu=80% --memory=100Mi --dry-run=client -o yaml
         autoscale deploy/web --max=3 --cpu=x
         autoscale deploy/web --max=3 --cpu=x%
         autoscale deploy/web --max=3 --cpu-percent=80 --dry-run=client -o json
         autoscale deploy/nope --max=3
         autoscale deploy/web --max=3 --cpu=80% ;; delete hpa web
         create ingress
         create ingress x
         create ingress x --rule=foo
         create ingress x --rule=foo.com/bar=s:8080,tls=c --rule=foo.com/b*=s:http --default-backend=a:b --dry-run=client -o yaml
         create ingress x --default-backend=a --dry-run=client
         create ing x --rule=foo.com/bar=svc1:8080 ;; delete ing x
         create pdb x
         create pdb x --selector=a=b
         create pdb x --selector=a=b --min-available=1 --max-unavailable=1
         create pdb x --selector=a=b --max-unavailable=50% --dry-run=client -o json
         create pdb x --selector=a!=b --min-available=1
         create pdb x --selector=a=b --min-available=x
         create priorityclass
         create pc y --value=10 --dry-run=client -o json
         create pc y --value=x
         certificate approve
         certificate deny nope
         events --for web
         events --for a/b/c
         events --types=Foo
         events --for foo/x",
    );
}
