//! The Common Expression Language, as Kubernetes has it: parsing, type checking, evaluation, cost.
//!
//! ```
//! use knarr_api::cel::{Budget, Declaration, Environment, Program, Value, Variables};
//!
//! let environment = Environment::new().with("object", Declaration::dynamic());
//! let program = Program::compile("object.spec.replicas <= 5", &environment)?;
//! let object = serde_json::json!({"spec": {"replicas": 3}});
//! let variables = Variables::new().with("object", Value::from_json(&object));
//! assert!(program.is_true(&variables, &mut Budget::default()).unwrap());
//! # Ok::<(), knarr_api::cel::CompileError>(())
//! ```

mod admission;
mod ast;
mod authorizer;
mod checker;
mod cost;
mod declaration;
mod equality;
mod error;
mod escaping;
mod estimate;
mod eval;
mod lexer;
mod libraries;
mod macros;
mod match_conditions;
mod parser;
#[cfg(test)]
mod peer_tests;
#[cfg(test)]
mod tests;
pub mod type_checking;
mod types;
mod value;
mod variables;

use std::sync::Arc;

pub use authorizer::{Authorize, Authorizer, Decision, Question, Resource, ResourceCheck, Subject};
pub use cost::{Budget, MATCH_CONDITIONS_BUDGET, PER_CALL_LIMIT, RUNTIME_BUDGET};
pub use declaration::{Declaration, Field, ObjectDeclaration, Shape};
pub use error::{CompileError, EvaluationError};
pub use escaping::{escape, unescape};
pub use estimate::{CRD_COST_LIMIT, CostEstimate, RULE_COST_LIMIT};
pub use match_conditions::{ConditionError, Match, MatchConditions, condition};
pub use types::Type;
pub use value::{Key, List, ListKind, Map, Value};
pub use variables::{DEFINED, Variables};

/// Whether a text is a version as semver.org has them.
pub fn is_semantic_version(text: &str) -> bool {
    libraries::semver::Version::parse(text).is_ok()
}

/// What an evaluation comes to.
pub type Evaluated = Result<Value, EvaluationError>;

/// The variables that an expression may use, and the types of structs that it may make.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: Vec<(Arc<str>, Arc<Declaration>, Type)>,
    structs: bool,
}

impl Environment {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares a variable.
    pub fn with(self, name: impl Into<Arc<str>>, declaration: Declaration) -> Self {
        let type_ = declaration.type_();
        self.with_both(name.into(), declaration, type_)
    }

    /// Declares a variable of a type that no schema describes.
    pub fn with_type(self, name: impl Into<Arc<str>>, type_: Type) -> Self {
        self.with_both(name.into(), Declaration::dynamic(), type_)
    }

    fn with_both(mut self, name: Arc<str>, declaration: Declaration, type_: Type) -> Self {
        self.variables.retain(|(own, _, _)| *own != name);
        self.variables.push((name, Arc::new(declaration), type_));
        self
    }

    /// Declares `authorizer` and `authorizer.requestResource`.
    pub fn with_authorizer(self) -> Self {
        self.with_type(
            "authorizer",
            Type::Opaque("kubernetes.authorization.Authorizer"),
        )
        .with_type(
            "authorizer.requestResource",
            Type::Opaque("kubernetes.authorization.ResourceCheck"),
        )
    }

    /// Takes away what [`Self::with_authorizer`] declares.
    pub fn without_authorizer(mut self) -> Self {
        self.variables
            .retain(|(name, _, _)| name.split('.').next() != Some("authorizer"));
        self
    }

    /// Allows `Object{…}` and `JSONPatch{…}`, which mutations are made of.
    pub fn with_mutations(mut self) -> Self {
        self.structs = true;
        self
    }

    /// Declares `variables.NAME`, of the type that an expression has.
    pub fn define(self, name: &str, type_: Type) -> Self {
        self.with_type(format!("{DEFINED}.{name}"), type_)
    }

    /// Whether there are defined variables.
    fn composes(&self) -> bool {
        self.variables.iter().any(|(name, _, _)| {
            name.strip_prefix(DEFINED)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    }

    fn variable(&self, name: &str) -> Option<&(Arc<str>, Arc<Declaration>, Type)> {
        self.variables.iter().find(|(own, _, _)| **own == *name)
    }
}

/// A compiled expression.
#[derive(Debug)]
pub struct Program {
    expression: ast::Expr,
    result: Type,
}

impl Program {
    /// Parses an expression and checks its types.
    pub fn compile(expression: &str, environment: &Environment) -> Result<Self, CompileError> {
        let tree =
            parser::parse(expression).map_err(|issues| CompileError::new(expression, issues))?;
        let result = checker::check(&tree, environment)
            .map_err(|issues| CompileError::new(expression, issues))?;
        Ok(Self {
            expression: tree,
            result,
        })
    }

    /// The type of the result.
    pub fn result_type(&self) -> &Type {
        &self.result
    }

    /// Evaluates. What it costs is taken from the budget, also when it fails.
    pub fn evaluate(&self, variables: &Variables, budget: &mut Budget) -> Evaluated {
        let mut evaluator = eval::Evaluator::new(variables, budget);
        let result = evaluator.eval(&self.expression);
        let cost = evaluator.cost;
        budget.spend(cost)?;
        result
    }

    /// Evaluates what must come to true or false.
    pub fn is_true(
        &self,
        variables: &Variables,
        budget: &mut Budget,
    ) -> Result<bool, EvaluationError> {
        match self.evaluate(variables, budget)? {
            Value::Bool(truth) => Ok(truth),
            _ => Err(EvaluationError::NoSuchOverload),
        }
    }

    /// The least and the most that an evaluation can cost, by the declared sizes of the variables.
    pub fn estimate(&self, environment: &Environment) -> CostEstimate {
        estimate::estimate(&self.expression, environment)
    }

    /// Whether a variable of that name is used (`oldSelf` makes a transition rule of a rule).
    pub fn uses(&self, name: &str) -> bool {
        checker::uses(&self.expression, name)
    }
}

/// A type by its name, as a value.
fn type_named(name: &str) -> Option<Value> {
    const NAMES: &[&str] = &[
        "bool",
        "bytes",
        "double",
        "google.protobuf.Duration",
        "google.protobuf.Timestamp",
        "int",
        "kubernetes.NamedFormat",
        "kubernetes.Quantity",
        "kubernetes.Semver",
        "kubernetes.URL",
        "list",
        "map",
        "net.CIDR",
        "net.IP",
        "null_type",
        "optional_type",
        "string",
        "type",
        "uint",
    ];
    NAMES.contains(&name).then(|| Value::Type(name.into()))
}
