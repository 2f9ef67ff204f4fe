//! The rules in CEL of a schema: their texts, whether they compile, and what they may cost at most (KEP-2876).

use serde_json::{Value, json};

use crate::cel::{CRD_COST_LIMIT, RULE_COST_LIMIT};
use crate::crd::field_path::FieldPath;
use crate::crd::rules::{self, Rules};
use crate::status::FieldError;
use crate::walk::Walk;

const REASONS: [&str; 4] = [
    "FieldValueDuplicate",
    "FieldValueForbidden",
    "FieldValueInvalid",
    "FieldValueRequired",
];
/// How many of the dearest rules are named when all together are too dear.
const NAMED: usize = 4;

/// What of a rule is wrong before it is compiled.
pub(super) fn texts(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    for (index, rule) in schema.list("x-kubernetes-validations").iter().enumerate() {
        let at = |field: &str| format!("{path}.x-kubernetes-validations[{index}].{field}");
        let (text, message) = (rule.text("rule").trim(), rule.text("message"));
        if text.is_empty() {
            errors.push(FieldError::required(at("rule"), "rule is not specified"));
        } else if !message.is_empty() && message.trim().is_empty() {
            let why = "must be non-empty if specified";
            errors.push(FieldError::invalid(at("message"), message, why));
        } else if has_newline(message.trim()) {
            let why = "must not contain line breaks";
            errors.push(FieldError::invalid(at("message"), message, why));
        } else if has_newline(text) && message.trim().is_empty() {
            let why = "message must be specified if rule contains line breaks";
            errors.push(FieldError::required(at("message"), why));
        }
        let expression = rule.text("messageExpression");
        if !expression.is_empty() && expression.trim().is_empty() {
            let why = "messageExpression must be non-empty if specified";
            errors.push(FieldError::required(at("messageExpression"), why));
        }
        if let Some(reason) = rule.opt_text("reason").filter(|one| !REASONS.contains(one)) {
            errors.push(FieldError::not_supported(at("reason"), reason, &REASONS));
        }
        let field_path = rule.text("fieldPath");
        let mut refuse = |why: &str| {
            errors.push(FieldError::invalid(at("fieldPath"), field_path, why));
        };
        if !field_path.is_empty() && field_path.trim().is_empty() {
            refuse("must be non-empty if specified");
        }
        if has_newline(field_path) {
            refuse("must not contain line breaks");
        }
        if !field_path.is_empty() && FieldPath::read(field_path, schema, true).is_err() {
            refuse("must be a valid path");
        }
    }
}

fn has_newline(text: &str) -> bool {
    text.contains(['\n', '\r'])
}

/// What is known of a place when its rules are looked at.
#[derive(Clone, Copy)]
pub(super) struct Context {
    root: bool,
    /// Whether the single rules were accepted before, whatever they cost.
    accepted: bool,
    /// How many of the place there can be in an object; `None` when nothing bounds it.
    places: Option<u64>,
}

impl Context {
    /// The whole object.
    pub fn root(accepted: bool) -> Self {
        Self {
            root: true,
            accepted,
            places: Some(1),
        }
    }

    /// What is below a place.
    pub fn below(self, schema: &Value) -> Self {
        let many = match schema.text("type") {
            "object" if schema.has("additionalProperties") => count(schema, "maxProperties"),
            "array" => count(schema, "maxItems"),
            _ => Some(1),
        };
        Self {
            root: false,
            places: self
                .places
                .zip(many)
                .map(|(outer, own)| outer.saturating_mul(own)),
            ..self
        }
    }

    fn times(self, cost: u64, rules: &Rules) -> u64 {
        cost.saturating_mul(self.places.unwrap_or_else(|| rules.most_places()))
    }
}

fn count(schema: &Value, keyword: &str) -> Option<u64> {
    let count = schema.opt_int(keyword)?;
    Some(u64::try_from(count).unwrap_or(0))
}

/// The faults of the rules of a place. `uncorrelatable` is the place around it for which before and after can't be told
/// apart.
pub(super) fn rules(
    schema: &Value,
    path: &str,
    context: Context,
    uncorrelatable: Option<&str>,
    total: &mut Total,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let written = schema.list("x-kubernetes-validations");
    let Some(rules) = rules::read(schema, context.root) else {
        if !written.is_empty() {
            let why = "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations";
            let place = format!("{path}.x-kubernetes-validations");
            errors.push(FieldError::internal(place, why));
        }
        return errors;
    };
    for (index, (rule, examined)) in written.iter().zip(rules.examine()).enumerate() {
        let at = |field: &str| format!("{path}.x-kubernetes-validations[{index}].{field}");
        let mut observe = |field: &str, name: &str, cost: u64| {
            if !context.accepted && cost > RULE_COST_LIMIT {
                let why = too_dear(name, cost, RULE_COST_LIMIT);
                errors.push(FieldError::forbidden(at(field), why));
            }
            total.observe(at(field), cost);
        };
        let cost = context.times(examined.cost, &rules);
        observe("rule", "estimated rule cost", cost);
        let message = examined.message_cost;
        if let Some(cost) = message.filter(|_| examined.message_fault.is_none()) {
            observe(
                "messageExpression",
                "estimated messageExpression cost",
                cost,
            );
        }
        if let Some(why) = examined.fault {
            errors.push(FieldError::invalid(at("rule"), as_go(rule), why));
        }
        if let Some(why) = examined.message_fault {
            errors.push(FieldError::invalid(
                at("messageExpression"),
                as_go(rule),
                why,
            ));
        }
        match (examined.uses_old, uncorrelatable) {
            (true, Some(place)) => {
                let why = format!(
                    "oldSelf cannot be used on the uncorrelatable portion of the schema within {place}"
                );
                errors.push(FieldError::invalid(at("rule"), rule.text("rule"), why));
            }
            (false, _) if rule.has("optionalOldSelf") => {
                let why = "may not be set if oldSelf is not used in rule";
                let said = rule["optionalOldSelf"].clone();
                errors.push(FieldError::invalid(at("optionalOldSelf"), said, why));
            }
            _ => {}
        }
    }
    errors
}

/// A rule as upstream shows it: by the names that it has within the server.
fn as_go(rule: &Value) -> Value {
    json!({
        "Rule": rule.text("rule"),
        "Message": rule.text("message"),
        "MessageExpression": rule.text("messageExpression"),
        "Reason": rule["reason"],
        "FieldPath": rule.text("fieldPath"),
        "OptionalOldSelf": rule["optionalOldSelf"],
    })
}

/// `getCostErrorMessage`.
fn too_dear(what: &str, cost: u64, limit: u64) -> String {
    let factor = cost as f64 / limit as f64;
    let factor = match factor {
        _ if factor > 100.0 => "more than 100x".to_owned(),
        _ if factor < 1.5 => format!("{factor:.6}x"),
        _ => format!("{factor:.1}x"),
    };
    format!(
        "{what} exceeds budget by factor of {factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
    )
}

/// What all rules of a schema may cost.
#[derive(Default)]
pub(super) struct Total {
    cost: u64,
    /// The dearest rules with their places, the dearest first.
    dearest: Vec<(u64, String)>,
}

impl Total {
    fn observe(&mut self, place: String, cost: u64) {
        self.cost = self.cost.saturating_add(cost);
        if cost >= CRD_COST_LIMIT / 100 {
            self.dearest.push((cost, place));
            self.dearest
                .sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
            self.dearest.truncate(NAMED);
        }
    }

    /// The faults of the whole, which stand at the rules that make most of it and at the root of the schema.
    pub fn faults(self, root: &str) -> Vec<FieldError> {
        if self.cost <= CRD_COST_LIMIT {
            return Vec::new();
        }
        let what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
        let whole = FieldError::forbidden(root, too_dear(what, self.cost, CRD_COST_LIMIT));
        let parts = self.dearest.into_iter().map(|(_, place)| {
            let why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
            FieldError::forbidden(place, why)
        });
        parts.chain([whole]).collect()
    }
}
