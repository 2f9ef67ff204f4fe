//! `MatchResources`: which requests a policy or a binding is about.

use knarr_api::kinds::Kind;
use knarr_api::selector::Selector;
use knarr_api::status::Status;
use serde_json::Value;

use crate::admission::{Request, matching};

/// What is selected.
#[derive(Debug)]
pub struct Constraints {
    rules: Vec<Value>,
    excluded: Vec<Value>,
    equivalent: bool,
    namespaces: Selector,
    objects: Selector,
}

impl Constraints {
    /// Reads `matchConstraints` or `matchResources`.
    pub fn read(resources: &Value) -> Self {
        // Validation has seen the selectors: what cannot be read selects nothing.
        let selector = |field: &str| match &resources[field] {
            Value::Null => Selector::everything(),
            value => Selector::from_label_selector(value).unwrap_or_else(|_| Selector::nothing()),
        };
        let rules = |field: &str| resources[field].as_array().cloned().unwrap_or_default();
        Self {
            rules: rules("resourceRules"),
            excluded: rules("excludeResourceRules"),
            equivalent: resources["matchPolicy"] != "Exact",
            namespaces: selector("namespaceSelector"),
            objects: selector("objectSelector"),
        }
    }

    /// The version of the resource by which a request is selected; none if it is not. Without rules, every resource is.
    pub async fn matched(
        &self,
        request: &Request<'_>,
        object: &Value,
    ) -> Result<Option<&'static Kind>, Status> {
        if !matching::object_selected(&self.objects, request, object)
            || !matching::namespace_selected(&self.namespaces, request, object).await?
        {
            return Ok(None);
        }
        let by = |rules: &[Value]| {
            let named: Vec<&Value> = rules
                .iter()
                .filter(|rule| names(rule, &request.name))
                .collect();
            matching::matched(named, self.equivalent, request)
        };
        if by(&self.excluded).is_some() {
            return Ok(None);
        }
        if self.rules.is_empty() {
            return Ok(Some(request.requested));
        }
        Ok(by(&self.rules))
    }
}

/// `resourceNames`, of which an empty list names everything.
fn names(rule: &Value, name: &str) -> bool {
    match rule["resourceNames"].as_array() {
        Some(names) if !names.is_empty() => names.iter().any(|own| own == name),
        _ => true,
    }
}
