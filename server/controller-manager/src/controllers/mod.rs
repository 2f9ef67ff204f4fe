//! The controllers, by the names that `--controllers` knows. Adding one is one folder or file and one line in `all`.

mod bootstrap_signer;
mod certificates;
mod cluster_role_aggregation;
mod deployment;
mod endpoints;
mod garbage_collector;
mod namespace;
mod node_ipam;
mod node_lifecycle;
mod pod_gc;
mod policy_status;
mod replicaset;
mod resource_quota;
mod service_account;
mod service_account_tokens;
mod storage_protection;
mod token_cleaner;
pub mod upstream;

use futures::future::BoxFuture;

pub use certificates::{Signer, Signers, alternative_names};
pub use service_account_tokens::SignToken;

use crate::context::SharedContext;

/// A controller.
pub struct Controller {
    /// Upstream's name of it.
    pub name: &'static str,
    /// What it was called before v1.27, if it was: still good in `--controllers`.
    pub alias: &'static str,
    /// Runs it for ever.
    pub run: fn(SharedContext) -> BoxFuture<'static, ()>,
}

/// What `*` leaves out, as upstream: they run when they are named.
pub const OFF_BY_DEFAULT: &[&str] = &[bootstrap_signer::NAME, token_cleaner::NAME];

/// Every controller, in alphabetical order.
pub fn all() -> Vec<Controller> {
    vec![
        Controller {
            name: bootstrap_signer::NAME,
            alias: "bootstrapsigner",
            run: |context| Box::pin(bootstrap_signer::run(context)),
        },
        Controller {
            name: certificates::APPROVING_NAME,
            alias: "csrapproving",
            run: |context| Box::pin(certificates::run_approving(context)),
        },
        Controller {
            name: certificates::CLEANER_NAME,
            alias: "csrcleaner",
            run: |context| Box::pin(certificates::run_cleaner(context)),
        },
        Controller {
            name: certificates::SIGNING_NAME,
            alias: "csrsigning",
            run: |context| Box::pin(certificates::run_signing(context)),
        },
        Controller {
            name: cluster_role_aggregation::NAME,
            alias: "clusterrole-aggregation",
            run: |context| Box::pin(cluster_role_aggregation::run(context)),
        },
        Controller {
            name: deployment::NAME,
            alias: "deployment",
            run: |context| Box::pin(deployment::run(context)),
        },
        Controller {
            name: endpoints::ENDPOINTS_NAME,
            alias: "endpoint",
            run: |context| Box::pin(endpoints::run_endpoints(context)),
        },
        Controller {
            name: endpoints::SLICES_NAME,
            alias: "endpointslice",
            run: |context| Box::pin(endpoints::run_slices(context)),
        },
        Controller {
            name: garbage_collector::NAME,
            alias: "garbagecollector",
            run: |context| Box::pin(garbage_collector::run(context)),
        },
        Controller {
            name: namespace::NAME,
            alias: "namespace",
            run: |context| Box::pin(namespace::run(context)),
        },
        Controller {
            name: node_ipam::NAME,
            alias: "nodeipam",
            run: |context| Box::pin(node_ipam::run(context)),
        },
        Controller {
            name: node_lifecycle::NAME,
            alias: "nodelifecycle",
            run: |context| Box::pin(node_lifecycle::run(context)),
        },
        Controller {
            name: storage_protection::VOLUME_NAME,
            alias: "pv-protection",
            run: |context| Box::pin(storage_protection::run_volumes(context)),
        },
        Controller {
            name: storage_protection::CLAIM_NAME,
            alias: "pvc-protection",
            run: |context| Box::pin(storage_protection::run_claims(context)),
        },
        Controller {
            name: pod_gc::NAME,
            alias: "podgc",
            run: |context| Box::pin(pod_gc::run(context)),
        },
        Controller {
            name: replicaset::NAME,
            alias: "replicaset",
            run: |context| Box::pin(replicaset::run(context)),
        },
        Controller {
            name: resource_quota::NAME,
            alias: "resourcequota",
            run: |context| Box::pin(resource_quota::run(context)),
        },
        Controller {
            name: service_account::ROOT_CA_NAME,
            alias: "root-ca-cert-publisher",
            run: |context| Box::pin(service_account::run_root_ca(context)),
        },
        Controller {
            name: service_account::NAME,
            alias: "serviceaccount",
            run: |context| Box::pin(service_account::run(context)),
        },
        Controller {
            name: service_account_tokens::NAME,
            alias: "serviceaccount-token",
            run: |context| Box::pin(service_account_tokens::run(context)),
        },
        Controller {
            name: node_lifecycle::EVICTION_NAME,
            alias: "",
            run: |context| Box::pin(node_lifecycle::run_eviction(context)),
        },
        Controller {
            name: token_cleaner::NAME,
            alias: "tokencleaner",
            run: |context| Box::pin(token_cleaner::run(context)),
        },
        Controller {
            name: policy_status::NAME,
            alias: "",
            run: |context| Box::pin(policy_status::run(context)),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::upstream::NOT_HERE;

    #[test]
    fn names_are_unique_and_in_order() {
        let names: Vec<_> = super::all()
            .iter()
            .map(|controller| controller.name)
            .collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
        let others: Vec<_> = NOT_HERE.iter().map(|(name, _)| *name).collect();
        assert!(
            others.windows(2).all(|pair| pair[0] < pair[1]),
            "{others:?}"
        );
        assert!(others.iter().all(|name| !names.contains(name)));
    }
}
