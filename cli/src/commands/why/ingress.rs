//! Why an Ingress leads nowhere: what it names does not exist.

use super::{Finding, cluster::World};
use crate::resource::Info;
use serde_json::Value;

/// The class that an Ingress names.
pub fn class(ingress: &Value) -> Option<&str> {
    ingress["spec"]["ingressClassName"].as_str()
}

/// The services that an Ingress sends to, each once.
pub fn services(ingress: &Value) -> Vec<String> {
    let spec = &ingress["spec"];
    let rules = spec["rules"].as_array().into_iter().flatten();
    let paths = rules.flat_map(|rule| rule["http"]["paths"].as_array().into_iter().flatten());
    let backends = paths
        .map(|path| &path["backend"])
        .chain([&spec["defaultBackend"]]);
    let mut names: Vec<String> = backends
        .filter_map(|backend| backend["service"]["name"].as_str())
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What is missing of what an Ingress names.
pub fn findings(info: &Info, world: &World) -> Vec<Finding> {
    let missing = world.missing.iter();
    let found = missing.filter_map(|(kind, name)| match *kind {
        "IngressClass" => Some(
            Finding::new("served by nobody")
                .because("its ingress class does not exist")
                .blocked_by(format!("ingressclass/{name}"))
                .mend("kubectl get ingressclasses; install the controller that has this class, or name another"),
        ),
        "Service" => Some(
            Finding::new("without a backend")
                .because("a service that it sends to does not exist")
                .blocked_by(format!("service/{name}"))
                .mend(format!("kubectl get services -n {}", info.namespace)),
        ),
        _ => None,
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::Mapping;
    use serde_json::json;

    #[test]
    fn what_an_ingress_names_may_be_missing() {
        let backend = |name: &str| json!({"service": {"name": name, "port": {"number": 80}}});
        let object = json!({"spec": {"ingressClassName": "c", "defaultBackend": backend("b"),
            "rules": [{"http": {"paths": [{"backend": backend("a")}, {"backend": backend("b")}]}}, {}]}});
        assert_eq!(class(&object), Some("c"));
        assert_eq!(services(&object), ["a", "b"]);
        let info = Info {
            mapping: Mapping::guessed("networking.k8s.io/v1", "Ingress"),
            namespace: "n".to_owned(),
            name: "way".to_owned(),
            source: String::new(),
            object,
        };
        let world = World {
            missing: vec![("Service", "a".to_owned())],
            ..Default::default()
        };
        let found = findings(&info, &world);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].blocked_by, "service/a");
        assert!(findings(&info, &World::default()).is_empty());
    }
}
