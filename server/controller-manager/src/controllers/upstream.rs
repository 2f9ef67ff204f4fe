//! The controllers that upstream's controller manager has and this one has not: `--controllers` knows their names all the
//! same, so that the flags of a cluster that is moved here are good.

/// Name of today, and what it was called before v1.27.
pub const NOT_HERE: &[(&str, &str)] = &[
    ("cronjob-controller", "cronjob"),
    ("daemonset-controller", "daemonset"),
    ("device-taint-eviction-controller", ""),
    ("disruption-controller", "disruption"),
    (
        "endpointslice-mirroring-controller",
        "endpointslicemirroring",
    ),
    ("ephemeral-volume-controller", "ephemeral-volume"),
    (
        "horizontal-pod-autoscaler-controller",
        "horizontalpodautoscaling",
    ),
    ("job-controller", "job"),
    (
        "kube-apiserver-serving-clustertrustbundle-publisher-controller",
        "",
    ),
    (
        "legacy-serviceaccount-token-cleaner-controller",
        "legacy-service-account-token-cleaner",
    ),
    ("persistentvolume-attach-detach-controller", "attachdetach"),
    (
        "persistentvolume-binder-controller",
        "persistentvolume-binder",
    ),
    (
        "persistentvolume-expander-controller",
        "persistentvolume-expander",
    ),
    ("podcertificaterequest-cleaner-controller", ""),
    ("replicationcontroller-controller", "replicationcontroller"),
    ("resourceclaim-controller", "resource-claim-controller"),
    ("selinux-warning-controller", ""),
    ("service-cidr-controller", ""),
    ("statefulset-controller", "statefulset"),
    ("storage-version-migrator-controller", ""),
    (
        "storageversion-garbage-collector-controller",
        "storage-version-gc",
    ),
    ("ttl-after-finished-controller", "ttl-after-finished"),
    ("ttl-controller", "ttl"),
    ("volumeattributesclass-protection-controller", ""),
];
