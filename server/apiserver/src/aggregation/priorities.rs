//! How groups and versions are ordered in discovery: the table of kube-apiserver's API service priorities.

/// The priority of every group version that a definition serves, as upstream's CRD registration gives it.
pub const CUSTOM: (i64, i64) = (1000, 100);

/// Groups by priority.
const GROUPS: &[(&str, i64)] = &[
    ("", 18000),
    ("apps", 17800),
    ("events.k8s.io", 17750),
    ("authentication.k8s.io", 17700),
    ("authorization.k8s.io", 17600),
    ("autoscaling", 17500),
    ("batch", 17400),
    ("certificates.k8s.io", 17300),
    ("networking.k8s.io", 17200),
    ("policy", 17100),
    ("rbac.authorization.k8s.io", 17000),
    ("storage.k8s.io", 16800),
    ("admissionregistration.k8s.io", 16700),
    ("apiextensions.k8s.io", 16700),
    ("scheduling.k8s.io", 16600),
    ("coordination.k8s.io", 16500),
    ("node.k8s.io", 16300),
    ("discovery.k8s.io", 16200),
    ("resource.k8s.io", 16200),
    ("flowcontrol.apiserver.k8s.io", 16100),
    ("internal.apiserver.k8s.io", 16000),
    ("storagemigration.k8s.io", 15800),
    // It stood above the others in its day. It is served for old manifests alone: a name without a group means the
    // groups of today.
    ("extensions", 15000),
];

/// The priority of one of the server's own groups; `None` for a group without API services, which is that of API
/// services itself.
pub fn of_group(group: &str) -> Option<i64> {
    let row = GROUPS.iter().find(|(name, _)| *name == group);
    row.map(|(_, priority)| *priority)
}

/// The priority of the version at this place among `count` versions of its group, the preferred one first. Upstream
/// leaves room between them; what clients see is the order.
pub fn of_version(group: &str, place: usize, count: usize) -> i64 {
    if group.is_empty() {
        return 1;
    }
    let below = i64::try_from(count - 1 - place).unwrap_or(0);
    15 + 3 * below - 6 * i64::from(place > 0)
}

#[cfg(test)]
mod tests {
    use knarr_api::kinds;

    use super::*;

    #[test]
    fn names_without_a_group_mean_the_groups_of_today() {
        for group in ["apps", "networking.k8s.io", "policy"] {
            assert!(of_group(group) > of_group("extensions"), "{group}");
        }
    }

    #[test]
    fn every_group_has_a_priority_and_its_versions_keep_their_order() {
        for (group, versions) in kinds::groups() {
            assert!(
                of_group(group).is_some() || *group == super::super::GROUP,
                "{group}"
            );
            let of = |place| of_version(group, place, versions.len());
            let all: Vec<i64> = (0..versions.len()).map(of).collect();
            assert!(all.is_sorted_by(|a, b| a > b), "{group}: {all:?}");
            assert!(all.iter().all(|one| *one > 0), "{group}: {all:?}");
        }
    }
}
