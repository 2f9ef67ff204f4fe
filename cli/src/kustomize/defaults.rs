//! The places that kustomize's transformers work on by default. The facts are those of kustomize v5.8.

use super::{
    config::{Config, NameReference},
    fieldspec::FieldSpec,
    id::Gvk,
};

/// Where each workload has its pod's spec, with the version that the kind must have.
const POD_SPECS: &[(&str, &str, &str)] = &[
    ("Pod", "v1", "spec"),
    ("PodTemplate", "", "template/spec"),
    ("Deployment", "", "spec/template/spec"),
    ("ReplicaSet", "", "spec/template/spec"),
    ("DaemonSet", "", "spec/template/spec"),
    ("StatefulSet", "", "spec/template/spec"),
    ("Job", "", "spec/template/spec"),
    ("CronJob", "", "spec/jobTemplate/spec/template/spec"),
];
/// The same, for service accounts, claims and priority classes.
const WORKLOADS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
];
const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

fn spec(
    path: impl Into<String>,
    group: &str,
    version: &str,
    kind: &str,
    create: bool,
) -> FieldSpec {
    FieldSpec {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        path: path.into(),
        create,
    }
}

/// The whole default configuration.
pub fn config() -> Config {
    Config {
        name_prefix: vec![spec("metadata/name", "", "", "", false)],
        name_suffix: vec![spec("metadata/name", "", "", "", false)],
        namespace: vec![
            spec("metadata/name", "", "", "Namespace", true),
            spec(
                "spec/service/namespace",
                "apiregistration.k8s.io",
                "",
                "APIService",
                true,
            ),
            spec(
                "spec/conversion/webhook/clientConfig/service/namespace",
                "apiextensions.k8s.io",
                "",
                "CustomResourceDefinition",
                false,
            ),
        ],
        common_labels: [selectors(), template_labels()].concat(),
        template_labels: template_labels(),
        labels: Vec::new(),
        common_annotations: annotations(),
        name_references: name_references(),
        var_references: var_references(),
        images: [
            "spec/containers[]/image",
            "spec/initContainers[]/image",
            "spec/volumes[]/image/reference",
            "spec/template/spec/containers[]/image",
            "spec/template/spec/initContainers[]/image",
            "spec/template/spec/volumes[]/image/reference",
        ]
        .into_iter()
        .map(FieldSpec::created)
        .collect(),
        replicas: [
            "Deployment",
            "StatefulSet",
            "ReplicaSet",
            "ReplicationController",
        ]
        .into_iter()
        .map(|kind| spec("spec/replicas", "", "", kind, true))
        .collect(),
    }
}

/// Label selectors.
fn selectors() -> Vec<FieldSpec> {
    let mut specs = vec![
        spec("spec/selector", "", "v1", "Service", true),
        spec("spec/selector", "", "v1", "ReplicationController", true),
    ];
    let affinity = |specs: &mut Vec<FieldSpec>, kind: &str| {
        for path in [
            "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
            "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution",
            "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
            "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution",
            "topologySpreadConstraints",
        ] {
            let path = format!("spec/template/spec/{path}/labelSelector/matchLabels");
            specs.push(spec(path, "apps", "", kind, false));
        }
    };
    specs.push(spec(
        "spec/selector/matchLabels",
        "",
        "",
        "Deployment",
        true,
    ));
    affinity(&mut specs, "Deployment");
    specs.push(spec(
        "spec/selector/matchLabels",
        "",
        "",
        "ReplicaSet",
        true,
    ));
    specs.push(spec("spec/selector/matchLabels", "", "", "DaemonSet", true));
    specs.push(spec(
        "spec/selector/matchLabels",
        "apps",
        "",
        "StatefulSet",
        true,
    ));
    affinity(&mut specs, "StatefulSet");
    for (path, group, kind) in [
        ("spec/selector/matchLabels", "batch", "Job"),
        (
            "spec/jobTemplate/spec/selector/matchLabels",
            "batch",
            "CronJob",
        ),
        ("spec/selector/matchLabels", "policy", "PodDisruptionBudget"),
        (
            "spec/podSelector/matchLabels",
            "networking.k8s.io",
            "NetworkPolicy",
        ),
        (
            "spec/ingress/from/podSelector/matchLabels",
            "networking.k8s.io",
            "NetworkPolicy",
        ),
        (
            "spec/egress/to/podSelector/matchLabels",
            "networking.k8s.io",
            "NetworkPolicy",
        ),
    ] {
        specs.push(spec(path, group, "", kind, false));
    }
    specs
}

/// The metadata of the objects and of the templates in them.
fn template_labels() -> Vec<FieldSpec> {
    let mut places = metadata_of_workloads("labels", "apps");
    let claims = spec(
        "spec/volumeClaimTemplates[]/metadata/labels",
        "apps",
        "",
        "StatefulSet",
        true,
    );
    places.push(claims);
    places
}

fn annotations() -> Vec<FieldSpec> {
    metadata_of_workloads("annotations", "")
}

/// The labels or annotations of every object and of the templates of workloads. Only for labels does the group of a
/// stateful set count.
fn metadata_of_workloads(map: &str, stateful: &str) -> Vec<FieldSpec> {
    [
        ("", "", "", ""),
        ("spec/template/", "", "v1", "ReplicationController"),
        ("spec/template/", "", "", "Deployment"),
        ("spec/template/", "", "", "ReplicaSet"),
        ("spec/template/", "", "", "DaemonSet"),
        ("spec/template/", stateful, "", "StatefulSet"),
        ("spec/template/", "batch", "", "Job"),
        ("spec/jobTemplate/", "batch", "", "CronJob"),
        ("spec/jobTemplate/spec/template/", "batch", "", "CronJob"),
    ]
    .into_iter()
    .map(|(place, group, version, kind)| {
        let path = format!("{place}metadata/{map}");
        spec(path, group, version, kind, true)
    })
    .collect()
}

/// A kind that is referred to by name, and the places that refer to it.
fn referred(group: &str, version: &str, kind: &str, referrers: Vec<FieldSpec>) -> NameReference {
    NameReference {
        gvk: Gvk::new(group, version, kind),
        referrers,
    }
}

fn place(path: impl Into<String>, kind: &str) -> FieldSpec {
    spec(path, "", "", kind, false)
}

fn name_references() -> Vec<NameReference> {
    let scaled = [
        "Deployment",
        "ReplicationController",
        "ReplicaSet",
        "StatefulSet",
    ];
    let mut all: Vec<NameReference> = scaled
        .into_iter()
        .map(|kind| {
            let referrer = place("spec/scaleTargetRef/name", "HorizontalPodAutoscaler");
            referred("", "", kind, vec![referrer])
        })
        .collect();
    all.push(referred("", "v1", "ConfigMap", config_map_referrers()));
    all.push(referred("", "v1", "Secret", secret_referrers()));
    all.push(referred("", "v1", "Service", service_referrers()));
    let role = |kind| spec("roleRef/name", RBAC, "", kind, false);
    all.push(referred(RBAC, "", "Role", vec![role("RoleBinding")]));
    let bindings = vec![role("RoleBinding"), role("ClusterRoleBinding")];
    all.push(referred(RBAC, "", "ClusterRole", bindings));
    let mut accounts = vec![
        spec("subjects", RBAC, "", "RoleBinding", false),
        spec("subjects", RBAC, "", "ClusterRoleBinding", false),
    ];
    accounts.extend(in_workloads("serviceAccountName"));
    all.push(referred("", "v1", "ServiceAccount", accounts));
    let claims = in_workloads("volumes/persistentVolumeClaim/claimName");
    all.push(referred("", "v1", "PersistentVolumeClaim", claims));
    let volumes = vec![
        place("spec/volumeName", "PersistentVolumeClaim"),
        place("rules/resourceNames", "ClusterRole"),
    ];
    all.push(referred("", "v1", "PersistentVolume", volumes));
    let classes = vec![
        place("spec/storageClassName", "PersistentVolume"),
        place("spec/storageClassName", "PersistentVolumeClaim"),
        place(
            "spec/volumeClaimTemplates/spec/storageClassName",
            "StatefulSet",
        ),
    ];
    all.push(referred("storage.k8s.io", "v1", "StorageClass", classes));
    let priorities = in_workloads("priorityClassName");
    all.push(referred(
        "scheduling.k8s.io",
        "v1",
        "PriorityClass",
        priorities,
    ));
    let policy = spec(
        "spec/policyName",
        ADMISSION,
        "",
        "ValidatingAdmissionPolicyBinding",
        false,
    );
    all.push(referred(
        ADMISSION,
        "",
        "ValidatingAdmissionPolicy",
        vec![policy],
    ));
    all
}

fn in_workloads(path: &str) -> Vec<FieldSpec> {
    WORKLOADS
        .iter()
        .map(|(kind, pod)| place(format!("{pod}/{path}"), kind))
        .collect()
}

fn in_pods(paths: &[&str]) -> Vec<FieldSpec> {
    let mut specs = Vec::new();
    for (kind, version, pod) in POD_SPECS {
        for path in paths {
            specs.push(spec(format!("{pod}/{path}"), "", version, kind, false));
        }
    }
    specs
}

fn config_map_referrers() -> Vec<FieldSpec> {
    let mut specs = in_pods(&[
        "volumes/configMap/name",
        "containers/env/valueFrom/configMapKeyRef/name",
        "initContainers/env/valueFrom/configMapKeyRef/name",
        "containers/envFrom/configMapRef/name",
        "initContainers/envFrom/configMapRef/name",
        "volumes/projected/sources/configMap/name",
    ]);
    specs.push(place("spec/configSource/configMap", "Node"));
    specs.push(place("rules/resourceNames", "Role"));
    specs.push(place("rules/resourceNames", "ClusterRole"));
    specs.push(place(
        r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap",
        "Ingress",
    ));
    specs
}

fn secret_referrers() -> Vec<FieldSpec> {
    let mut specs = in_pods(&[
        "volumes/secret/secretName",
        "containers/env/valueFrom/secretKeyRef/name",
        "initContainers/env/valueFrom/secretKeyRef/name",
        "containers/envFrom/secretRef/name",
        "initContainers/envFrom/secretRef/name",
        "imagePullSecrets/name",
        "volumes/projected/sources/secret/name",
    ]);
    for (path, kind) in [
        ("spec/tls/secretName", "Ingress"),
        (
            r"metadata/annotations/ingress.kubernetes.io\/auth-secret",
            "Ingress",
        ),
        (
            r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret",
            "Ingress",
        ),
        (
            r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret",
            "Ingress",
        ),
        ("imagePullSecrets/name", "ServiceAccount"),
        ("parameters/secretName", "StorageClass"),
        ("parameters/adminSecretName", "StorageClass"),
        ("parameters/userSecretName", "StorageClass"),
        ("parameters/secretRef", "StorageClass"),
        ("rules/resourceNames", "Role"),
        ("rules/resourceNames", "ClusterRole"),
        ("spec/azureFile/secretName", "PersistentVolume"),
    ] {
        specs.push(place(path, kind));
    }
    specs.push(spec(
        "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
        "serving.knative.dev",
        "v1",
        "Service",
        false,
    ));
    specs
}

fn service_referrers() -> Vec<FieldSpec> {
    vec![
        spec("spec/serviceName", "apps", "", "StatefulSet", false),
        place("spec/rules/http/paths/backend/serviceName", "Ingress"),
        place("spec/backend/serviceName", "Ingress"),
        place("spec/rules/http/paths/backend/service/name", "Ingress"),
        place("spec/defaultBackend/service/name", "Ingress"),
        spec(
            "spec/service/name",
            "apiregistration.k8s.io",
            "",
            "APIService",
            false,
        ),
        spec(
            "webhooks/clientConfig/service",
            ADMISSION,
            "",
            "ValidatingWebhookConfiguration",
            false,
        ),
        spec(
            "webhooks/clientConfig/service",
            ADMISSION,
            "",
            "MutatingWebhookConfiguration",
            false,
        ),
    ]
}

/// Where variables are replaced.
fn var_references() -> Vec<FieldSpec> {
    let mut specs = Vec::new();
    for (kind, pod, volume) in [
        (
            "CronJob",
            "spec/jobTemplate/spec/template/spec",
            "spec/jobTemplate/spec/template/volumes",
        ),
        (
            "DaemonSet",
            "spec/template/spec",
            "spec/template/spec/volumes",
        ),
        (
            "Deployment",
            "spec/template/spec",
            "spec/template/spec/volumes",
        ),
        ("Job", "spec/template/spec", "spec/template/spec/volumes"),
        ("Pod", "spec", "spec/volumes"),
        (
            "ReplicaSet",
            "spec/template/spec",
            "spec/template/spec/volumes",
        ),
        (
            "StatefulSet",
            "spec/template/spec",
            "spec/volumeClaimTemplates/spec",
        ),
    ] {
        for containers in ["containers", "initContainers"] {
            for path in ["args", "command", "env/value", "volumeMounts/mountPath"] {
                specs.push(place(format!("{pod}/{containers}/{path}"), kind));
            }
        }
        specs.push(place(format!("{volume}/nfs/server"), kind));
    }
    for (path, kind) in [
        ("spec/template/metadata/annotations", "Deployment"),
        ("spec/rules/host", "Ingress"),
        ("spec/tls/hosts", "Ingress"),
        ("spec/tls/secretName", "Ingress"),
        ("spec/ports/port", "Service"),
        ("spec/ports/targetPort", "Service"),
        ("spec/nfs/server", "PersistentVolume"),
        ("metadata/labels", ""),
        ("metadata/annotations", ""),
    ] {
        specs.push(place(path, kind));
    }
    specs
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_place_is_there_twice() {
        let config = config();
        for specs in [
            &config.common_labels,
            &config.common_annotations,
            &config.var_references,
            &config.images,
        ] {
            let mut seen = HashSet::new();
            for spec in specs {
                let key = (&spec.group, &spec.version, &spec.kind, &spec.path);
                assert!(seen.insert(key), "{spec:?}");
            }
        }
    }
}
