//! What creation says of a pod's spec, and of a template's.

use serde_json::{Value, json};

use super::{pod, refused, texts};
use crate::validation::path::Path;
use crate::validation::pod::template;

#[test]
fn the_spec_is_refused_in_upstreams_words() {
    let cases: Vec<(&str, Value, Vec<&str>)> = vec![
        (
            "/spec/restartPolicy",
            json!("Perhaps"),
            vec![
                "spec.restartPolicy: Unsupported value: \"Perhaps\": supported values: \"Always\", \"OnFailure\", \"Never\"",
            ],
        ),
        (
            "/spec/dnsPolicy",
            json!("None"),
            vec![
                "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
            ],
        ),
        (
            "/spec/dnsConfig",
            json!({"nameservers": ["x"]}),
            vec![
                "spec.dnsConfig.nameservers[0]: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            ],
        ),
        (
            "/spec/hostnameOverride",
            json!("a".repeat(65)),
            vec!["spec.hostnameOverride: Too long: may not be more than 64 bytes"],
        ),
        (
            "/spec/containers/0/restartPolicyRules",
            json!([{"action": "Restart"}]),
            vec![
                "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used",
            ],
        ),
        (
            "/spec/hostname",
            json!("a.b"),
            vec!["spec.hostname: Invalid value: \"a.b\": must not contain dots"],
        ),
        (
            "/spec/activeDeadlineSeconds",
            json!(0),
            vec![
                "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
            ],
        ),
        (
            "/spec/terminationGracePeriodSeconds",
            Value::Null,
            vec!["spec.terminationGracePeriodSeconds: Required value"],
        ),
        (
            "/spec/preemptionPolicy",
            json!("x"),
            vec![
                "spec.preemptionPolicy: Unsupported value: \"x\": supported values: \"PreemptLowerPriority\", \"Never\"",
            ],
        ),
        (
            "/spec/serviceAccountName",
            json!(""),
            vec![
                "spec.volumes[1].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set",
            ],
        ),
        (
            "/spec/ephemeralContainers",
            json!([{"name": "e", "image": "i", "imagePullPolicy": "Always", "terminationMessagePolicy": "File"}]),
            vec!["spec.ephemeralContainers: Forbidden: cannot be set on create"],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data", "hostPath": {"path": ""}}]),
            vec![
                "spec.volumes[0].hostPath.path: Required value",
                "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
            ],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data", "emptyDir": {}, "nfs": {"server": "a", "path": "/"}}]),
            vec![
                "spec.volumes[0].nfs: Forbidden: may not specify more than 1 volume type",
                "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
            ],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data"}]),
            vec![
                "spec.volumes[0]: Required value: must specify a volume type",
                "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
            ],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data", "emptyDir": {}}, {"name": "data", "emptyDir": {}}]),
            vec!["spec.volumes[1].name: Duplicate value: \"data\""],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data", "configMap": {"name": "c", "defaultMode": 1000}}]),
            vec![
                "spec.volumes[0].configMap.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive",
                "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
            ],
        ),
        (
            "/spec/tolerations",
            json!([{"operator": "Equal"}]),
            vec![
                "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            ],
        ),
        (
            "/spec/tolerations",
            json!([{"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 1}]),
            vec![
                "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
            ],
        ),
        (
            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
            json!([]),
            vec![
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
            ],
        ),
        (
            "/spec/topologySpreadConstraints/0/maxSkew",
            json!(0),
            vec![
                "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
            ],
        ),
        (
            "/spec/topologySpreadConstraints/0/whenUnsatisfiable",
            json!(""),
            vec![
                "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"\": supported values: \"DoNotSchedule\", \"ScheduleAnyway\"",
            ],
        ),
        (
            "/spec/securityContext/sysctls",
            json!([{"name": "A"}]),
            vec![
                "spec.securityContext.sysctls[0].name: Invalid value: \"A\": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
            ],
        ),
        (
            "/spec/securityContext/seccompProfile",
            json!({"type": "Localhost"}),
            vec![
                "spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
            ],
        ),
        (
            "/spec/os",
            json!({"name": "plan9"}),
            vec!["spec.os: Unsupported value: \"plan9\": supported values: \"linux\", \"windows\""],
        ),
        (
            "/spec/hostNetwork",
            json!(true),
            vec![
                "spec.containers[0].ports[0].hostPort: Invalid value: 0: must match `containerPort` when `hostNetwork` is true",
            ],
        ),
        (
            "/spec/schedulingGates",
            json!([{"name": "a/b"}, {"name": "a/b"}]),
            vec!["spec.schedulingGates[1]: Duplicate value: \"a/b\""],
        ),
        (
            "/metadata/annotations/kubernetes.io~1config.mirror",
            json!("x"),
            vec![],
        ),
    ];
    for (pointer, value, expected) in cases {
        if expected.is_empty() {
            continue;
        }
        assert_eq!(refused(&[(pointer, value)]), expected, "{pointer}");
    }
}

#[test]
fn two_containers_share_no_host_port() {
    let second = json!({"name": "b", "image": "i", "imagePullPolicy": "Always", "terminationMessagePolicy": "File",
        "ports": [{"containerPort": 1, "hostPort": 80, "protocol": "TCP"}]});
    assert_eq!(
        refused(&[
            ("/spec/containers/0/ports/0/hostPort", json!(80)),
            ("/spec/containers/1", second)
        ]),
        ["spec.containers[1].ports[0].hostPort: Duplicate value: \"TCP//80\""]
    );
}

#[test]
fn a_template_is_checked_below_its_path() {
    let pod = pod();
    let mut object = json!({"metadata": {"labels": {"a b": "c"}}, "spec": pod["spec"]});
    object["spec"]["containers"][0]["image"] = json!("");
    let found = texts(|out| template(&object, &Path::new("spec").child("template"), out));
    assert!(
        found[0]
            .starts_with("spec.template.labels: Invalid value: \"a b\": name part must consist of"),
        "{found:?}"
    );
    assert_eq!(
        found[1],
        "spec.template.spec.containers[0].image: Required value"
    );
}

#[test]
fn volumes_are_refused_in_upstreams_words() {
    const CHARACTERS: &str =
        r#"runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[]"#;
    let volume = |source: Value| {
        let mut volume = json!({"name": "v"});
        volume
            .as_object_mut()
            .expect("an object")
            .extend(source.as_object().expect("an object").clone());
        volume
    };
    let iscsi = |iqn: &str| json!({"iscsi": {"targetPortal": "p", "iqn": iqn}});
    let bundle =
        |bundle: Value| json!({"projected": {"sources": [{"clusterTrustBundle": bundle}]}});
    let cases = [
        (iscsi("iqn.2001-04.com.example:disk"), vec![]),
        (
            iscsi("naa.1"),
            vec!["iscsi.iqn: Invalid value: \"naa.1\": must be valid format"],
        ),
        (
            iscsi("x"),
            vec![
                "iscsi.iqn: Invalid value: \"x\": must be valid format starting with iqn, eui, or naa",
            ],
        ),
        (
            json!({"iscsi": {"targetPortal": "p".repeat(63), "iqn": "iqn.2001-04.a:b", "initiatorName": "iqn.2001-04.a:b"}}),
            vec![
                "name: Invalid value: \"v\": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.",
            ],
        ),
        (
            json!({"emptyDir": {}, "cephfs": {"monitors": ["m"]}, "downwardAPI": {}}),
            vec![
                "cephFS: Forbidden: may not specify more than 1 volume type",
                "downwarAPI: Forbidden: may not specify more than 1 volume type",
            ],
        ),
        (
            json!({"image": {"pullPolicy": "Always"}}),
            vec!["image.reference: Required value"],
        ),
        (
            bundle(json!({"name": "example.com:signer:one", "path": "p"})),
            vec![],
        ),
        (
            bundle(json!({"signerName": "example.com", "path": "p"})),
            vec![
                "projected.sources[0].clusterTrustBundle.signerName: Invalid value: \"example.com\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
            ],
        ),
    ];
    for (source, expected) in cases {
        let expected: Vec<String> = expected
            .into_iter()
            .map(|fault| format!("spec.volumes[2].{fault}"))
            .collect();
        let found = refused(&[("/spec/volumes/2", volume(source.clone()))]);
        assert_eq!(found, expected, "{source}");
    }
    for (user, expected) in [
        ("ContainerAdministrator", vec![]),
        ("corp.example.com\\me", vec![]),
        (
            "a\\b\\c",
            vec!["runAsUserName cannot contain more than one backslash"],
        ),
        (
            "...",
            vec!["runAsUserName's User cannot contain only periods or spaces"],
        ),
        ("a:b", vec![CHARACTERS]),
        ("-\\", vec!["runAsUserName's User cannot be empty"]),
    ] {
        let expected: Vec<String> = expected
            .into_iter()
            .map(|fault| {
                format!("spec.securityContext.windowsOptions.runAsUserName: Invalid value: {user:?}: {fault}")
            })
            .collect();
        let options = json!({"runAsUserName": user});
        let found = refused(&[("/spec/securityContext/windowsOptions", options)]);
        assert_eq!(found, expected, "{user}");
    }
}

#[test]
fn a_template_may_leave_the_image_of_a_volume_open() {
    let pod = pod();
    let mut object = json!({"metadata": {}, "spec": pod["spec"]});
    object["spec"]["volumes"] = json!([{"name": "data", "image": {"pullPolicy": "Always"}}]);
    assert_eq!(
        texts(|out| template(&object, &Path::new("template"), out)),
        Vec::<String>::new()
    );
}

#[test]
fn processes_of_the_host_stand_alone() {
    let options = json!({"windowsOptions": {"hostProcess": true}});
    assert_eq!(
        refused(&[("/spec/containers/0/securityContext", options)]),
        [
            "spec: Invalid value: \"\": If pod contains any hostProcess containers then all containers must be HostProcess containers",
            "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
        ]
    );
}

#[test]
fn a_pod_requests_as_much_as_its_containers() {
    let resources = json!({"requests": {"cpu": "4"}, "limits": {"cpu": "4"}});
    assert_eq!(
        refused(&[("/spec/resources", resources)]),
        [
            "spec.resources.requests[cpu]: Invalid value: \"4\": must be greater than or equal to aggregate container requests of 5",
            "spec.resources.requests[memory]: Invalid value: \"0\": must be greater than or equal to aggregate container requests of 2G",
            "spec.resources.containers[0][cpu].limits: Invalid value: \"5\": must be less than or equal to pod limits of 4",
        ]
    );
}
