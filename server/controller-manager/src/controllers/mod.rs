//! The controllers, by the names that `--controllers` knows. Adding one is one folder or file and one line in `all`.

mod deployment;
mod replicaset;

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
            name: replicaset::NAME,
            run: |context| Box::pin(replicaset::run(context)),
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
