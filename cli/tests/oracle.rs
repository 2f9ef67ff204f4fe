//! The real kubectl as the oracle: the same command, the same bytes on standard output and standard error, the same
//! exit code. The real one is found through `KNARR_REAL_KUBECTL` or on `PATH`, and must be of v1.36; without it the
//! tests say so and pass. Commands that need a cluster run against the one of `KNARR_ORACLE_KUBECONFIG`.

mod real;

use real::{compare, real_kubectl};
use std::path::PathBuf;

/// The cluster to compare on, if there is one.
fn cluster() -> Option<PathBuf> {
    let kubeconfig = std::env::var_os("KNARR_ORACLE_KUBECONFIG").map(PathBuf::from);
    if kubeconfig.is_none() {
        eprintln!("SKIPPED: this test needs a cluster (KNARR_ORACLE_KUBECONFIG)");
    }
    kubeconfig
}

#[test]
fn wrong_calls_are_answered_as_the_real_one_does() {
    let Some(real) = real_kubectl() else { return };
    compare(
        &real,
        None,
        "get --foo
         get -Z
         get --output
         get -n
         get
         get pods -A=xx
         get pods --chunk-size=abc
         logs --since=abc x
         logs
         config foo
         rollout foo
         create foo
         create
         --foo get pods
         delete
         scale deployment x
         exec pod ls
         exec
         apply -f /nonexistent
         wait pod/x
         wait --for=foo pod/x
         describe
         version --client -o foo
         label pods x
         patch pod x
         run x
         cordon
         drain
         taint
         explain
         diff
         diff foo
         diff --foo
         diff -f x --concurrency=x
         diff -f x --force-conflicts
         top pod a b
         top node --sort-by=foo
         top pod x -l a=b
         certificate foo -h=false --nope
         create secret foo
         create foo bar
         get --raw foo
         get --raw /x pods
         get --raw /x -o yaml
         get cm --show-labels -o yaml
         get cm --output-watch-events
         delete cm x --cascade=foo
         run x --image=a --cascade=foo
         get pods
         get pods a/b c
         get pods/a/b
         get pods/a/b c
         get pods,svc/a
         exec x
         create quota q --hard=cpu=x
         get ns --server ://x
         get ns --server foo:bar
         get ns --server https://[::1
         get ns --server bogus://x
         --context nope get pods
         --user nope get pods
         --cluster nope get pods
         get pods --kubeconfig /nonexistent
         get pods --request-timeout=foo
         debug
         debug p
         debug p --image=a --profile=foo
         debug p --copy-to=x
         debug p --image=a --replace
         run x --image=
         version x
         config view x
         config view --merge=false
         config get-contexts -o yaml
         config set-cluster x --insecure-skip-tls-verify --certificate-authority=nope
         config set-cluster x --embed-certs --certificate-authority=nope
         kuberc set --section aliases
         apply foo -f cm.yaml
         replace --raw /x --force
         config get-clusters x
         config get-users x
         config delete-user
         kuberc set x
         get pods --kuberc=
         get pods -s http://127.0.0.1:1 --token=a --username=b
         get pods -s http://127.0.0.1:1 --client-certificate=/nope
         get pods -s http://127.0.0.1:1 --client-certificate=/nope --client-key=/nope
         get pods -s http://127.0.0.1:1 --client-key=/nope
         get pods -s http://127.0.0.1:1 --as-group=a
         create cm x --dry-run=client -o go-template={{
         create cm x --dry-run=client -o go-template={{.metadata.name}}
         create cm x --dry-run=client -o go-template={{.kind}} --template={{.kind}}
         create cm x --dry-run=client -o go-template={{.nope}}
         create cm x --dry-run=client -o go-template-file=/tmp
         options --nope
         options -h --nope
         annotate cm x a=b --local
         label cm x a=b --local",
    );
}

/// Wrong flags, values, words and resources of every command, and several of them at once: what is told of first.
#[test]
fn calls_with_several_faults_are_answered_as_the_real_one_does() {
    let Some(real) = real_kubectl() else { return };
    let Some(kubeconfig) = cluster() else { return };
    compare(&real, Some(&kubeconfig), include_str!("wrong_calls.txt"));
}

#[test]
fn objects_from_flags_are_those_of_the_real_one() {
    let Some(real) = real_kubectl() else { return };
    let mut lines = String::new();
    for object in [
        "create ns x",
        "create deployment x --image=a/b:c --port=80 --replicas=3",
        "create cm x --from-literal=a=b --from-literal=c=<d>",
        "create secret generic x --from-literal=a=b",
        "create secret docker-registry r --docker-username=a --docker-password=b",
        "create job j --image=a",
        "create cronjob c --image=a --schedule=*/1",
        "create service clusterip s --tcp=80:8080",
        "create service nodeport s --tcp=80",
        "create sa x -n foo",
        "create quota q --hard=cpu=0.5,pods=2",
        "create rolebinding r --clusterrole=a --user=u --group=g --serviceaccount=a:b",
        "create clusterrolebinding r --clusterrole=a --user=u",
        "create cm x --save-config",
        "create cm x --from-literal=a/b=c",
        "create cm x --from-file=a=b=c",
        "create quota q --hard=cpu=1000m,memory=1024Mi",
        "create quota q --hard=cpu=x",
        "create clusterrole r --verb=get --non-resource-url=x",
        "create clusterrole r --verb=list --non-resource-url=/x",
        "create clusterrole r --aggregation-rule=a",
        "create service clusterip s --tcp=80:99999",
        "create service clusterip s --tcp=abc",
        "create service externalname s --external-name=FOO",
        "create rolebinding r --role=a --user=a,b --group=g",
        "create rolebinding r --role=a --serviceaccount=a:b:c",
        "create deployment x --image=",
        "run x --image=a --labels=a",
        "run x --image=a --annotations=a",
    ] {
        for output in [
            "-o yaml",
            "-o json",
            "-o name",
            "-o jsonpath={.metadata.name}",
            "-o go-template={{.kind}}",
            "",
        ] {
            lines.push_str(format!("{object} --dry-run=client {output}").trim_end());
            lines.push('\n');
        }
    }
    compare(&real, None, &lines);
}

#[test]
fn kubeconfig_files_are_changed_as_the_real_one_does() {
    let Some(real) = real_kubectl() else { return };
    compare(
        &real,
        None,
        "config view
         config get-contexts
         config current-context
         config set-cluster a --server=https://1.2.3.4:6443 --insecure-skip-tls-verify
         config set-credentials u --token=abc
         config set-credentials u2 --username=a --password=b
         config set-context c1 --cluster=a --user=u
         config set-context c2 --cluster=a --user=u2 --namespace=foo
         config use-context nope
         config use-context c1
         config get-contexts
         config get-contexts -o name
         config get-contexts nope
         config get-contexts --no-headers
         config get-clusters
         config get-users
         config view
         config view --raw
         config view --minify
         config view -o json
         config rename-context c1 c3
         config rename-context nope x
         config rename-context c3 c2
         config set contexts.c2.namespace bar
         config set foo.bar x
         config unset contexts.c2.namespace
         config set clusters.a.insecure-skip-tls-verify false
         config set clusters.zzz.server https://x
         config view --raw
         config delete-context c3
         config delete-context nope
         config delete-cluster nope
         config set-credentials p --auth-provider=oidc --auth-provider-arg=a=b,c=d
         config set-credentials p --auth-provider-arg=a-
         config set-credentials p --exec-command=cmd --exec-env=A=b,c
         config set-credentials p --exec-arg=1,2 --exec-interactive-mode=Never --exec-provide-cluster-info
         config set-credentials p --exec-env=A- --exec-api-version=v1
         config set-credentials p --exec-interactive-mode=foo
         config set-credentials p --embed-certs
         config view
         config delete-user u
         config set-context
         config set-context --current --namespace=x
         config view --minify --context=zz
         config view --raw",
    );
}

#[test]
fn a_cluster_is_shown_as_the_real_one_shows_it() {
    let Some(real) = real_kubectl() else { return };
    let Some(kubeconfig) = cluster() else { return };
    compare(
        &real,
        Some(&kubeconfig),
        "get ns -o name
         get ns -o json
         get svc kubernetes -o yaml
         get svc,ns --no-headers -o custom-columns=N:.metadata.name,X:.foo
         get pods nope
         get foo
         get foo/x
         get foo.bar
         get pods -l a=zzz
         get pods --field-selector=foo=bar
         get ns --sort-by=.foo
         get svc -o jsonpath-as-json={.items[*].metadata}
         get deployments.v1.apps nope
         describe svc kubernetes
         describe sa default
         describe cm kube-root-ca.crt
         logs nope
         logs deploy/nope
         get ns --certificate-authority /nope
         patch cm kube-root-ca.crt --dry-run=server -p {bad
         patch cm kube-root-ca.crt --dry-run=server --type=merge -p {\"a\":
         patch cm kube-root-ca.crt --dry-run=server --type=json -p {\"a\"}
         patch cm kube-root-ca.crt -p a:[
         describe clusterrolebinding cluster-admin
         api-resources
         api-resources -o wide
         api-resources -o name
         api-resources --api-group=apps --no-headers
         api-versions
         cluster-info
         explain pods
         explain pods.spec.containers
         explain pods.foo
         explain pods.foo --output=plaintext-openapiv2
         explain pods.spec.containers --output=plaintext-openapiv2
         explain deployments --recursive --output=plaintext-openapiv2
         explain pods.metadata.managedFields.fieldsV1 --output=plaintext-openapiv2
         explain customresourcedefinitions.spec.versions.schema.openAPIV3Schema --recursive
         get pods --subresource=resize
         delete cm x --all -l a=b
         rollout history deploy/nope
         get deploy.v1.apps
         get ns,ns -o name
         get ns,svc --sort-by=.metadata.name
         get ns default --sort-by=.foo
         get ,
         get ns -o go-template={{foo}}
         get ns -o go-template={{if}}
         get svc,ns -o jsonpath-as-json={.kind}{.apiVersion}
         get svc kubernetes --field-selector=a=b
         describe cm kube-root
         describe flowschema exempt
         describe componentstatuses
         describe -k nope
         explain .
         explain pods --api-version=v2
         rollout history svc/kubernetes
         rollout undo svc/kubernetes
         rollout status deploy -l a=zzz
         rollout status deploy/nope --revision=-1
         label svc kubernetes --list -o yaml
         annotate svc kubernetes a=b a-
         delete --all
         taint node/x a=b:NoSchedule
         taint node x =b:NoSchedule
         wait svc/kubernetes --for=condition=x --timeout=0
         wait svc/kubernetes --for=jsonpath= --timeout=0
         wait svc/kubernetes --for=delete --local
         logs svc/kubernetes --since=-1s
         logs cm/kube-root-ca.crt
         exec nope --pod-running-timeout=0s -- ls
         create role r --verb=get --verb=get --resource=pods --resource=pods --dry-run=client -o yaml
         create clusterrole r --verb=* --resource=*.* --dry-run=client -o yaml
         create clusterrole r --verb=get
         create role r --verb=get --resource=
         create job j --from=cronjob
         create pdb p --selector=a=b --min-available=200%
         patch svc kubernetes -p {} --local
         get pods --as-group=g
         delete cm nope
         delete cm nope --ignore-not-found
         explain nope --output=zz
         explain pods --output=zz
         explain pods --api-version=apps/v1
         explain pods --api-version=zz/v1
         create cm x --request-timeout=1ns
         create token default --request-timeout=1ns
         get svc --sort-by=.foo -o name
         get svc --sort-by={ -o name
         get svc -o custom-columns=A:.kind --template={{.kind}}
         get hpa -l a=b=c -o go-template={{template}}
         describe svc/kubernetes -A
         api-resources --api-group=nope -o json
         auth can-i --list --as=system:kube-scheduler
         auth whoami -o name
         expose cm/kube-root-ca.crt --port=x
         annotate sa --all --list
         get ns/default --subresource=scale
         get events -A --chunk-size=1 -o name",
    );
}

/// Files without objects, and with an object of a kind that nobody knows: each command reads them in its own way.
#[test]
fn strange_files_are_answered_as_the_real_one_does() {
    let Some(real) = real_kubectl() else { return };
    let Some(kubeconfig) = cluster() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut lines = String::new();
    for (name, text) in [
        ("empty.yaml", ""),
        (
            "unknown.yaml",
            "apiVersion: foo.example.com/v1\nkind: Foo\nmetadata:\n  name: x\n",
        ),
        (
            "role.yaml",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: x\n",
        ),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("the folder is writable");
        for command in FILE_COMMANDS.lines().map(str::trim) {
            lines.push_str(&format!("{command} -f {}\n", path.display()));
        }
    }
    compare(&real, Some(&kubeconfig), &lines);
}

/// A manifest that leaves the name to the server stands for no object, and not for all of them.
#[test]
fn files_without_a_name_are_answered_as_the_real_one_does() {
    let Some(real) = real_kubectl() else { return };
    let Some(kubeconfig) = cluster() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("nameless.yaml");
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: x-\n";
    std::fs::write(&path, text).expect("the folder is writable");
    let mut lines = String::new();
    for command in "delete
        delete --dry-run=server
        describe
        diff
        label a=b
        annotate a=b
        replace --dry-run=server
        create --dry-run=client
        create --dry-run=client -o name
        apply
        apply --server-side
        rollout status
        rollout pause
        rollout history
        set image a=b --dry-run=client"
        .lines()
        .map(str::trim)
    {
        lines.push_str(&format!("{command} -f {}\n", path.display()));
    }
    compare(&real, Some(&kubeconfig), &lines);
}

/// What can be said about a file without changing the cluster.
const FILE_COMMANDS: &str = "get
    get -o x
    describe
    rollout status
    rollout pause
    rollout resume
    rollout restart
    rollout undo
    rollout history
    set image a=b --dry-run=client
    set env a=b --dry-run=client
    set resources --limits=cpu=1 --dry-run=client
    set selector a=b --dry-run=client
    set sa a --dry-run=client
    set subject --user=a --dry-run=client
    expose --port=1 --dry-run=client
    autoscale --max=1 --dry-run=client
    scale --replicas=1 --dry-run=client
    label a=b --dry-run=client
    annotate a=b --dry-run=client
    patch -p {} --dry-run=client
    delete --dry-run=client
    wait --for=delete
    replace --dry-run=client
    create --dry-run=client
    apply --dry-run=client
    apply view-last-applied
    apply set-last-applied --dry-run=client
    auth reconcile";
