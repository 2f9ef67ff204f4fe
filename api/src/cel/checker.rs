//! Type checking. What is not known before run time is `dyn`, and fits everywhere; what is known must fit.

use std::sync::Arc;

use super::ast::{Call, Entry, Expr, ExprKind, Fold, Index, Select, Struct};
use super::error::{Issue, Issues};
use super::libraries::{Overload, json_patch, regexes, string_format};
use super::types::Type;
use super::value::Value;
use super::variables::DEFINED;
use super::{Environment, type_named};

/// The fields of `JSONPatch{}`.
const PATCH_FIELDS: &[&str] = &["op", "path", "from", "value"];

/// The type of an expression, or what is wrong with it.
pub fn check(expression: &Expr, environment: &Environment) -> Result<Type, Issues> {
    let mut checker = Checker {
        environment,
        issues: Issues::default(),
        bindings: Vec::new(),
        scopes: Vec::new(),
        mixed: false,
    };
    let type_ = checker.infer(expression);
    if checker.issues.0.is_empty() {
        Ok(checker.settled(&type_))
    } else {
        Err(checker.issues)
    }
}

/// Whether an expression uses a variable.
pub fn uses(expression: &Expr, name: &str) -> bool {
    let any = |expressions: &[Expr]| expressions.iter().any(|inner| uses(inner, name));
    match &expression.kind {
        ExprKind::Literal(_) => false,
        ExprKind::Ident(own) => **own == *name,
        ExprKind::Select(select) => uses(&select.operand, name),
        ExprKind::Index(index) => uses(&index.operand, name) || uses(&index.key, name),
        ExprKind::And(pair) | ExprKind::Or(pair) => uses(&pair.0, name) || uses(&pair.1, name),
        ExprKind::Conditional(parts) => {
            uses(&parts.0, name) || uses(&parts.1, name) || uses(&parts.2, name)
        }
        ExprKind::Call(call) => any(&call.args),
        ExprKind::List(items) => items.iter().any(|item| uses(&item.value, name)),
        ExprKind::Map(entries) => entries
            .iter()
            .any(|entry| uses(&entry.key, name) || uses(&entry.value, name)),
        ExprKind::Struct(literal) => literal.fields.iter().any(|field| uses(&field.value, name)),
        ExprKind::Fold(fold) => {
            uses(&fold.range, name)
                || uses(&fold.initial, name)
                || uses(&fold.step, name)
                || uses(&fold.result, name)
        }
    }
}

struct Checker<'e> {
    environment: &'e Environment,
    issues: Issues,
    /// What the type variables stand for.
    bindings: Vec<Option<Type>>,
    scopes: Vec<(Arc<str>, Type)>,
    /// In the arguments of `format()`, whose list may hold anything.
    mixed: bool,
}

impl Checker<'_> {
    fn issue(&mut self, position: u32, message: String) -> Type {
        self.issues.0.push(Issue { position, message });
        Type::Error
    }

    fn fresh(&mut self) -> Type {
        self.bindings.push(None);
        Type::Variable(self.bindings.len() as u32 - 1)
    }

    /// The type behind a variable, as far as it is known.
    fn resolved(&self, type_: &Type) -> Type {
        match type_ {
            Type::Variable(index) => match self.bindings.get(*index as usize) {
                Some(Some(bound)) => self.resolved(bound),
                _ => type_.clone(),
            },
            _ => type_.clone(),
        }
    }

    /// The type with every variable replaced; a free one is `dyn`.
    fn settled(&self, type_: &Type) -> Type {
        match self.resolved(type_) {
            Type::Variable(_) => Type::Dyn,
            Type::List(item) => Type::list(self.settled(&item)),
            Type::Optional(value) => Type::optional(self.settled(&value)),
            Type::Map(entry) => Type::map(self.settled(&entry.0), self.settled(&entry.1)),
            other => other,
        }
    }

    fn occurs(&self, index: u32, type_: &Type) -> bool {
        match self.resolved(type_) {
            Type::Variable(other) => other == index,
            Type::List(inner) | Type::Optional(inner) => self.occurs(index, &inner),
            Type::Map(entry) => self.occurs(index, &entry.0) || self.occurs(index, &entry.1),
            _ => false,
        }
    }

    /// Whether a value of type `from` fits where `to` is wanted; binds variables on the way.
    fn fits(&mut self, to: &Type, from: &Type) -> bool {
        let (to, from) = (self.resolved(to), self.resolved(from));
        match (&to, &from) {
            (Type::Variable(a), Type::Variable(b)) if a == b => true,
            (Type::Variable(index), other) | (other, Type::Variable(index)) => {
                if self.occurs(*index, other) {
                    return false;
                }
                self.bindings[*index as usize] = Some(other.clone());
                true
            }
            (a, b) if a.is_dyn() || b.is_dyn() => true,
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
                self.fits(a, b)
            }
            (Type::Map(a), Type::Map(b)) => self.fits(&a.0, &b.0) && self.fits(&a.1, &b.1),
            (Type::Null, other) | (other, Type::Null) => matches!(
                other,
                Type::Null
                    | Type::Object(_)
                    | Type::Struct(_)
                    | Type::Opaque(_)
                    | Type::Timestamp
                    | Type::Duration
            ),
            // Which struct may stand where is found out when the mutation is applied.
            (Type::Struct(_), Type::Struct(_)) => true,
            (a, b) => a == b,
        }
    }

    fn infer(&mut self, expression: &Expr) -> Type {
        let position = expression.position;
        match &expression.kind {
            ExprKind::Literal(value) => literal_type(value),
            ExprKind::Ident(name) => self.ident(position, name),
            ExprKind::Select(select) => self.select(position, select),
            ExprKind::Index(index) => self.index(position, index),
            ExprKind::And(pair) | ExprKind::Or(pair) => self.logical(pair),
            ExprKind::Conditional(parts) => {
                let types = [&parts.0, &parts.1, &parts.2].map(|part| self.infer(part));
                if !self.fits(&Type::Bool, &types[0]) || !self.fits(&types[1], &types[2]) {
                    return self.no_overload(position, "_?_:_", false, &types);
                }
                if self.resolved(&types[2]).is_dyn() {
                    Type::Dyn
                } else {
                    types[1].clone()
                }
            }
            ExprKind::Call(call) => self.call(position, call),
            ExprKind::List(elements) => {
                let mut item = None;
                for element in elements {
                    let type_ = self.infer(&element.value);
                    let type_ = self.unwrapped(element.value.position, type_, element.optional);
                    item = Some(self.same(element.value.position, item, type_));
                }
                let item = item.unwrap_or_else(|| self.fresh());
                Type::list(item)
            }
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Struct(literal) => self.structure(position, literal),
            ExprKind::Fold(fold) => self.fold(fold),
        }
    }

    fn known(&self, name: &str) -> Option<Type> {
        let (_, _, type_) = self.environment.variable(name)?;
        Some(type_.clone())
    }

    fn bound(&self, name: &str) -> Option<Type> {
        let (_, type_) = self.scopes.iter().rev().find(|(own, _)| **own == *name)?;
        Some(type_.clone())
    }

    fn ident(&mut self, position: u32, name: &str) -> Type {
        if let Some(type_) = self.bound(name).or_else(|| self.known(name)) {
            return type_;
        }
        if type_named(name).is_some() {
            return Type::Type;
        }
        self.issue(
            position,
            format!("undeclared reference to '{name}' (in container '')"),
        )
    }

    /// The names that have dots in them.
    fn qualified(&mut self, select: &Select) -> Option<Type> {
        let operand = select.operand.qualified_name()?;
        let root = operand.split('.').next().unwrap_or(&operand);
        if self.bound(root).is_some() {
            return None;
        }
        let full = format!("{operand}.{}", select.field);
        self.known(&full)
            .or_else(|| type_named(&full).map(|_| Type::Type))
    }

    fn select(&mut self, position: u32, select: &Select) -> Type {
        if let Some(type_) = self.qualified(select) {
            return selected(type_, select.test_only, select.optional);
        }
        let is_defined = matches!(&select.operand.kind, ExprKind::Ident(name) if &**name == DEFINED)
            && self.bound(DEFINED).is_none()
            && self.known(DEFINED).is_none();
        if is_defined && self.environment.composes() {
            return self.issue(position, format!("undefined field '{}'", select.field));
        }
        let operand = self.infer(&select.operand);
        let operand = self.resolved(&operand);
        let (operand, chained) = match operand {
            Type::Optional(inner) => (self.resolved(&inner), true),
            plain => (plain, false),
        };
        let field = match &operand {
            Type::Error => return Type::Error,
            Type::Dyn | Type::Struct(_) | Type::Variable(_) => Type::Dyn,
            Type::Map(entry) => entry.1.clone(),
            Type::Object(object) => match object.field(&select.field) {
                Some(field) => field.declaration.type_(),
                None => {
                    return self.issue(position, format!("undefined field '{}'", select.field));
                }
            },
            other => {
                let message = format!(
                    "type '{}' does not support field selection",
                    self.settled(other)
                );
                return self.issue(position, message);
            }
        };
        selected(field, select.test_only, select.optional || chained)
    }

    fn index(&mut self, position: u32, index: &Index) -> Type {
        let operand = self.infer(&index.operand);
        let key = self.infer(&index.key);
        let (container, chained) = match self.resolved(&operand) {
            Type::Optional(inner) => (self.resolved(&inner), true),
            plain => (plain, false),
        };
        let value = match &container {
            Type::Error => return Type::Error,
            Type::Dyn | Type::Variable(_) => Some(Type::Dyn),
            Type::List(item) => self.fits(&Type::Int, &key).then(|| Type::clone(item)),
            Type::Map(entry) => self.fits(&entry.0, &key).then(|| entry.1.clone()),
            _ => None,
        };
        match value {
            Some(value) => selected(value, false, index.optional || chained),
            None => {
                let name = if index.optional { "_[?_]" } else { "_[_]" };
                self.no_overload(position, name, false, &[operand, key])
            }
        }
    }

    fn logical(&mut self, pair: &(Expr, Expr)) -> Type {
        let mut result = Type::Bool;
        for side in [&pair.0, &pair.1] {
            let type_ = self.infer(side);
            if !self.fits(&Type::Bool, &type_) {
                let found = self.settled(&type_);
                let message = format!("expected type 'bool' but found '{found}'");
                result = self.issue(side.position, message);
            }
        }
        result
    }

    fn no_overload(&mut self, position: u32, name: &str, method: bool, args: &[Type]) -> Type {
        let texts: Vec<String> = args
            .iter()
            .map(|type_| self.settled(type_).to_string())
            .collect();
        let applied = match texts.split_first() {
            Some((receiver, rest)) if method => format!("{receiver}.({})", rest.join(", ")),
            _ => format!("({})", texts.join(", ")),
        };
        self.issue(
            position,
            format!("found no matching overload for '{name}' applied to '{applied}'"),
        )
    }

    fn call(&mut self, position: u32, call: &Call) -> Type {
        let formats = call.method && &*call.function == "format";
        let mixed = self.mixed;
        self.mixed |= formats;
        let args: Vec<Type> = call
            .args
            .iter()
            .map(|argument| self.infer(argument))
            .collect();
        self.mixed = mixed;
        if !self.environment.structs
            && let Some((library, function)) = json_patch::named(&call.function)
        {
            let before = position.saturating_sub(call.function.len() as u32);
            self.issue(
                before,
                format!("undeclared reference to '{library}' (in container '')"),
            );
            return self.issue(
                position,
                format!("undeclared reference to '{function}' (in container '')"),
            );
        }
        if call.overloads.is_empty() {
            return self.issue(
                position,
                format!(
                    "undeclared reference to '{}' (in container '')",
                    call.function
                ),
            );
        }
        // What is wrong already fits everywhere, and gives nothing that is known.
        let faulty = args.iter().any(|type_| matches!(type_, Type::Error));
        if faulty && !args.iter().all(|type_| matches!(type_, Type::Error)) {
            let before = self.bindings.clone();
            let mut overloads = call.overloads.iter();
            let fits = overloads.any(|overload| self.instance(overload, &args).is_some());
            self.bindings = before;
            if !fits {
                return self.no_overload(position, &call.function, call.method, &args);
            }
        }
        if faulty {
            return Type::Error;
        }
        self.literals(call);
        if formats {
            self.template(position, call);
        }
        let mut result: Option<Type> = None;
        let before = self.bindings.clone();
        let mut after = None;
        for overload in call.overloads {
            let Some(type_) = self.instance(overload, &args) else {
                self.bindings.clone_from(&before);
                continue;
            };
            match &result {
                None => {
                    result = Some(type_);
                    after = Some(self.bindings.clone());
                }
                // Which one is meant is found out at run time.
                Some(first) => {
                    if self.settled(first) != self.settled(&type_) {
                        result = Some(Type::Dyn);
                        after = Some(before.clone());
                        break;
                    }
                }
            }
            self.bindings.clone_from(&before);
        }
        match (result, after) {
            (Some(result), Some(after)) => {
                self.bindings = after;
                // Rolled back variables must not be taken for others that come later.
                match self.resolved(&result) {
                    Type::Variable(index) if index as usize >= self.bindings.len() => Type::Dyn,
                    _ => result,
                }
            }
            _ => self.no_overload(position, &call.function, call.method, &args),
        }
    }

    /// The result of an overload, if the arguments fit.
    fn instance(&mut self, overload: &Overload, args: &[Type]) -> Option<Type> {
        if overload.args.len() != args.len() {
            return None;
        }
        let variables = [self.fresh(), self.fresh()];
        for (wanted, given) in overload.args.iter().zip(args) {
            let wanted = instantiated(wanted, &variables);
            if !self.fits(&wanted, given) {
                return None;
            }
        }
        Some(instantiated(&overload.result, &variables))
    }

    /// Literals that a function will never accept are an error at once.
    fn literals(&mut self, call: &Call) {
        let (Some(last), Some(_)) = (call.args.last(), call.args.first()) else {
            return;
        };
        let ExprKind::Literal(Value::String(text)) = &last.kind else {
            return;
        };
        let valid = match (&*call.function, call.args.len()) {
            ("matches", 2) => regexes::compile(text).is_ok(),
            ("duration", 1) => crate::duration::parse(text).is_ok(),
            ("timestamp", 1) => text.parse::<jiff::Timestamp>().is_ok(),
            _ => true,
        };
        if !valid {
            self.issue(last.position, format!("invalid {} argument", call.function));
        }
    }

    /// The template of `format()`, if it and the list of its arguments are literals.
    fn template(&mut self, position: u32, call: &Call) {
        let [template, list] = call.args.as_slice() else {
            return;
        };
        let (ExprKind::Literal(Value::String(template)), ExprKind::List(elements)) =
            (&template.kind, &list.kind)
        else {
            return;
        };
        // They have been looked at already: what is wrong with them is told.
        let told = self.issues.0.len();
        let types: Vec<Type> = elements
            .iter()
            .map(|element| {
                let type_ = self.infer(&element.value);
                self.settled(&type_)
            })
            .collect();
        self.issues.0.truncate(told);
        if let Err((why, argument)) = string_format::check(template, &types) {
            let place = argument.map_or(position, |index| elements[index].value.position);
            self.issue(place, why);
        }
    }

    /// What an optional part of a literal holds.
    fn unwrapped(&mut self, position: u32, type_: Type, optional: bool) -> Type {
        if !optional {
            return type_;
        }
        match self.resolved(&type_) {
            Type::Optional(inner) => Type::clone(&inner),
            dynamic if dynamic.is_dyn() => Type::Dyn,
            other => self.issue(
                position,
                format!(
                    "expected type 'optional_type({0})' but found '{0}'",
                    self.settled(&other)
                ),
            ),
        }
    }

    /// The one type of all parts of a literal.
    fn same(&mut self, position: u32, so_far: Option<Type>, type_: Type) -> Type {
        let Some(so_far) = so_far else { return type_ };
        let (one, other) = (self.resolved(&so_far), self.resolved(&type_));
        if matches!((&one, &other), (Type::Error, _) | (_, Type::Error)) {
            return Type::Error;
        }
        if self.mixed && (one.is_dyn() || other.is_dyn()) {
            return Type::Dyn;
        }
        if one.is_dyn() == other.is_dyn() && self.fits(&so_far, &type_) {
            return so_far;
        }
        if self.mixed {
            return Type::Dyn;
        }
        let message = format!(
            "expected type '{}' but found '{}'",
            self.settled(&so_far),
            self.settled(&type_)
        );
        self.issue(position, message)
    }

    fn map(&mut self, entries: &[Entry]) -> Type {
        let (mut key, mut value) = (None, None);
        for entry in entries {
            let key_type = self.infer(&entry.key);
            key = Some(self.same(entry.key.position, key, key_type));
            let value_type = self.infer(&entry.value);
            let value_type = self.unwrapped(entry.value.position, value_type, entry.optional);
            value = Some(self.same(entry.value.position, value, value_type));
        }
        let key = key.unwrap_or_else(|| self.fresh());
        let value = value.unwrap_or_else(|| self.fresh());
        Type::map(key, value)
    }

    fn structure(&mut self, position: u32, literal: &Struct) -> Type {
        let name = &*literal.type_name;
        let is_patch = name == "JSONPatch";
        let is_object = name == "Object" || name.starts_with("Object.");
        if !self.environment.structs || !(is_patch || is_object) {
            return self.issue(
                position,
                format!("undeclared reference to '{name}' (in container '')"),
            );
        }
        for field in &literal.fields {
            let type_ = self.infer(&field.value);
            self.unwrapped(field.value.position, type_.clone(), field.optional);
            if !is_patch {
                continue;
            }
            if !PATCH_FIELDS.contains(&&*field.name) {
                self.issue(field.position, format!("undefined field '{}'", field.name));
            } else if &*field.name != "value"
                && !field.optional
                && !self.fits(&Type::String, &type_)
            {
                let message = format!(
                    "expected type of field '{}' is 'string' but provided type is '{}'",
                    field.name,
                    self.settled(&type_)
                );
                self.issue(field.position, message);
            }
        }
        Type::Struct(literal.type_name.clone())
    }

    fn fold(&mut self, fold: &Fold) -> Type {
        let range = self.infer(&fold.range);
        let (first, second) = match self.resolved(&range) {
            Type::List(item) if fold.second.is_some() => (Type::Int, Type::clone(&item)),
            Type::List(item) => (Type::clone(&item), Type::Dyn),
            Type::Map(entry) => (entry.0.clone(), entry.1.clone()),
            Type::Error => (Type::Error, Type::Error),
            Type::Dyn | Type::Variable(_) => (Type::Dyn, Type::Dyn),
            other => {
                let message = format!(
                    "expression of type '{}' cannot be range of a comprehension (must be list, map, or dynamic)",
                    self.settled(&other)
                );
                self.issue(fold.range.position, message);
                (Type::Error, Type::Error)
            }
        };
        let accumulator = self.infer(&fold.initial);
        let depth = self.scopes.len();
        self.scopes
            .push((fold.accumulator.clone(), accumulator.clone()));
        self.scopes.push((fold.variable.clone(), first));
        if let Some(name) = &fold.second {
            self.scopes.push((name.clone(), second));
        }
        let step = self.infer(&fold.step);
        self.fits(&accumulator, &step);
        self.scopes.truncate(depth + 1);
        let result = self.infer(&fold.result);
        self.scopes.truncate(depth);
        result
    }
}

fn selected(type_: Type, test_only: bool, optional: bool) -> Type {
    match (test_only, optional) {
        (true, _) => Type::Bool,
        (false, true) => Type::optional(type_),
        (false, false) => type_,
    }
}

fn instantiated(type_: &Type, variables: &[Type; 2]) -> Type {
    match type_ {
        Type::Variable(index) => variables[*index as usize].clone(),
        Type::List(item) => Type::list(instantiated(item, variables)),
        Type::Optional(value) => Type::optional(instantiated(value, variables)),
        Type::Map(entry) => Type::map(
            instantiated(&entry.0, variables),
            instantiated(&entry.1, variables),
        ),
        other => other.clone(),
    }
}

fn literal_type(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Uint(_) => Type::Uint,
        Value::Double(_) => Type::Double,
        Value::String(_) => Type::String,
        Value::Bytes(_) => Type::Bytes,
        _ => Type::Dyn,
    }
}
