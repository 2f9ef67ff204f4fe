//! Policies and their bindings as they are stored, compiled once for each change of theirs.

use std::sync::Arc;

use knarr_api::cel::{Environment, MatchConditions, Program, Type, Variables};
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use super::constraints::Constraints;
use crate::registry::{Derived, Registry};

const GROUP: &str = "admissionregistration.k8s.io";

/// An expression, and why it does not compile (it was written under other rules, then).
#[derive(Debug)]
pub struct Expression {
    pub text: String,
    pub program: Result<Program, String>,
}

/// A policy with its bindings.
#[derive(Debug)]
pub struct Policy {
    pub name: String,
    /// `failurePolicy: Fail`.
    pub fails_closed: bool,
    /// `reinvocationPolicy: IfNeeded`.
    pub reinvoked: bool,
    /// `apiVersion` and `kind` of the parameters.
    pub param_kind: Option<(String, String)>,
    pub constraints: Constraints,
    pub conditions: MatchConditions,
    variables: Vec<(Arc<str>, Arc<Program>)>,
    pub validations: Vec<Validation>,
    pub audit_annotations: Vec<(String, Expression)>,
    pub mutations: Vec<Mutation>,
    pub bindings: Vec<Binding>,
}

/// One validation.
#[derive(Debug)]
pub struct Validation {
    pub expression: Expression,
    pub message: String,
    pub message_expression: Option<Expression>,
    pub reason: String,
}

/// One mutation.
#[derive(Debug)]
pub struct Mutation {
    /// `ApplyConfiguration`, otherwise `JSONPatch`.
    pub applies: bool,
    pub expression: Expression,
}

/// One binding of a policy.
#[derive(Debug)]
pub struct Binding {
    pub name: String,
    pub constraints: Option<Constraints>,
    /// Null if there is none.
    pub param_ref: Value,
    /// `validationActions`.
    pub actions: Vec<String>,
}

/// The policies of one kind, in the order of their names.
pub struct Policies(Derived<Vec<Policy>, 2>);

impl Policies {
    /// Those that change objects.
    pub fn mutating() -> Self {
        let plurals = [
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
        ];
        Self(Derived::new(GROUP, plurals))
    }

    /// Those that only permit and refuse.
    pub fn validating() -> Self {
        let plurals = [
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
        ];
        Self(Derived::new(GROUP, plurals))
    }

    /// The policies as they are now that have bindings.
    pub async fn current(&self, registry: &Registry) -> Result<Arc<Vec<Policy>>, Status> {
        let read = |[policies, bindings]: [Vec<Value>; 2]| {
            let all = policies.iter();
            all.map(|policy| Policy::read(policy, &bindings))
                .filter(|policy| !policy.bindings.is_empty())
                .collect()
        };
        self.0.current(registry, read).await
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn items<'v>(spec: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    spec[field].as_array().into_iter().flatten()
}

impl Expression {
    fn compile(text: String, environment: &Environment) -> Self {
        Self {
            program: Program::compile(&text, environment)
                .map_err(|error| format!("compilation error: compilation failed: {error}")),
            text,
        }
    }
}

impl Policy {
    /// Reads a policy and those of the bindings that are its own.
    pub fn read(policy: &Value, bindings: &[Value]) -> Self {
        let spec = &policy["spec"];
        let name = meta::name(policy).to_owned();
        let mutates = meta::kind(policy) == "MutatingAdmissionPolicy";
        let has_params = spec["paramKind"].is_object();
        let base = Environment::policy(has_params);
        let mut environment = if mutates {
            base.clone().with_mutations()
        } else {
            base.clone()
        };
        let mut variables = Vec::new();
        for variable in items(spec, "variables") {
            let name = text(variable, "name");
            let program = Program::compile(&text(variable, "expression"), &environment);
            let type_ = program
                .as_ref()
                .map_or(Type::Dyn, |program| program.result_type().clone());
            environment = environment.define(&name, type_);
            if let Ok(program) = program {
                variables.push((Arc::from(name), Arc::new(program)));
            }
        }
        let compile =
            |value: &Value, field: &str| Expression::compile(text(value, field), &environment);
        Self {
            fails_closed: spec["failurePolicy"] != "Ignore",
            reinvoked: spec["reinvocationPolicy"] == "IfNeeded",
            param_kind: has_params.then(|| {
                let kind = &spec["paramKind"];
                (text(kind, "apiVersion"), text(kind, "kind"))
            }),
            constraints: Constraints::read(&spec["matchConstraints"]),
            conditions: MatchConditions::compile(&spec["matchConditions"], &base),
            variables,
            validations: items(spec, "validations")
                .map(|validation| Validation {
                    expression: compile(validation, "expression"),
                    message: text(validation, "message"),
                    message_expression: validation["messageExpression"]
                        .as_str()
                        .filter(|text| !text.is_empty())
                        .map(|_| compile(validation, "messageExpression")),
                    reason: text(validation, "reason"),
                })
                .collect(),
            audit_annotations: items(spec, "auditAnnotations")
                .map(|note| (text(note, "key"), compile(note, "valueExpression")))
                .collect(),
            mutations: items(spec, "mutations")
                .map(|mutation| {
                    let applies = mutation["patchType"] == "ApplyConfiguration";
                    let field = if applies {
                        "applyConfiguration"
                    } else {
                        "jsonPatch"
                    };
                    Mutation {
                        applies,
                        expression: compile(&mutation[field], "expression"),
                    }
                })
                .collect(),
            bindings: bindings
                .iter()
                .filter(|binding| binding["spec"]["policyName"] == name.as_str())
                .map(Binding::read)
                .collect(),
            name,
        }
    }

    /// Adds the variables that the policy defines.
    pub fn define(&self, variables: &mut Variables) {
        for (name, program) in &self.variables {
            variables.define(name.clone(), program.clone());
        }
    }
}

impl Binding {
    fn read(binding: &Value) -> Self {
        let spec = &binding["spec"];
        Self {
            name: meta::name(binding).to_owned(),
            constraints: spec["matchResources"]
                .is_object()
                .then(|| Constraints::read(&spec["matchResources"])),
            param_ref: spec["paramRef"].clone(),
            actions: items(spec, "validationActions")
                .filter_map(|action| action.as_str().map(str::to_owned))
                .collect(),
        }
    }
}
