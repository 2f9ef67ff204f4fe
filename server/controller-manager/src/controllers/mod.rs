//! The controllers, by the names that `--controllers` knows. Adding one is one folder or file and one line in `all`.

mod deployment;
mod endpoints;
mod garbage_collector;
mod namespace;
mod node_ipam;
mod node_lifecycle;
mod pod_gc;
mod replicaset;
mod resource_quota;
mod service_account;
mod storage_protection;

use futures::future::BoxFuture;

use crate::context::SharedContext;

/// A controller.
pub struct Controller {
    /// Upstream's name of it.
    pub name: &'static str,
    /// Runs it for ever.
    pub run: fn(SharedContext) -> BoxFuture<'static, ()>,
}

/// Every controller, in alphabetical order.
pub fn all() -> Vec<Controller> {
    vec![
        Controller {
            name: deployment::NAME,
            run: |context| Box::pin(deployment::run(context)),
        },
        Controller {
            name: endpoints::ENDPOINTS_NAME,
            run: |context| Box::pin(endpoints::run_endpoints(context)),
        },
        Controller {
            name: endpoints::SLICES_NAME,
            run: |context| Box::pin(endpoints::run_slices(context)),
        },
        Controller {
            name: garbage_collector::NAME,
            run: |context| Box::pin(garbage_collector::run(context)),
        },
        Controller {
            name: namespace::NAME,
            run: |context| Box::pin(namespace::run(context)),
        },
        Controller {
            name: node_ipam::NAME,
            run: |context| Box::pin(node_ipam::run(context)),
        },
        Controller {
            name: node_lifecycle::NAME,
            run: |context| Box::pin(node_lifecycle::run(context)),
        },
        Controller {
            name: storage_protection::VOLUME_NAME,
            run: |context| Box::pin(storage_protection::run_volumes(context)),
        },
        Controller {
            name: storage_protection::CLAIM_NAME,
            run: |context| Box::pin(storage_protection::run_claims(context)),
        },
        Controller {
            name: pod_gc::NAME,
            run: |context| Box::pin(pod_gc::run(context)),
        },
        Controller {
            name: replicaset::NAME,
            run: |context| Box::pin(replicaset::run(context)),
        },
        Controller {
            name: resource_quota::NAME,
            run: |context| Box::pin(resource_quota::run(context)),
        },
        Controller {
            name: service_account::ROOT_CA_NAME,
            run: |context| Box::pin(service_account::run_root_ca(context)),
        },
        Controller {
            name: service_account::NAME,
            run: |context| Box::pin(service_account::run(context)),
        },
        Controller {
            name: node_lifecycle::EVICTION_NAME,
            run: |context| Box::pin(node_lifecycle::run_eviction(context)),
        },
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_unique_and_in_order() {
        let names: Vec<_> = super::all()
            .iter()
            .map(|controller| controller.name)
            .collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
    }
}
