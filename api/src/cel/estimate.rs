//! The least and the most that an expression can cost, by how large its variables may become (KEP-2876).

use std::sync::Arc;

use super::Environment;
use super::ast::{Call, Condition, Expr, ExprKind, Fold};
use super::cost::{
    ACCESS, LIST_CREATION, MAP_CREATION, REGEX_FACTOR, STRING_FACTOR, STRUCT_CREATION, selector,
};
use super::declaration::{Declaration, Shape};
use super::types::Type;
use super::value::Value;

/// The most that one rule of a custom resource may be estimated to cost.
pub const RULE_COST_LIMIT: u64 = 10_000_000;
/// The most that all rules of one version of a custom resource may be estimated to cost.
pub const CRD_COST_LIMIT: u64 = 100_000_000;

/// What the longest expression of a named format makes of the characters of a text.
const LONGEST_NAMED_FORMAT: f64 = 128.0 * REGEX_FACTOR;

/// A range of costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CostEstimate {
    pub min: u64,
    pub max: u64,
}

/// A range of sizes.
type Size = CostEstimate;

impl CostEstimate {
    const fn exactly(cost: u64) -> Self {
        Self {
            min: cost,
            max: cost,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            min: self.min.saturating_add(other.min),
            max: self.max.saturating_add(other.max),
        }
    }

    fn times(self, other: Self) -> Self {
        Self {
            min: self.min.saturating_mul(other.min),
            max: self.max.saturating_mul(other.max),
        }
    }

    fn scaled(self, factor: f64) -> Self {
        let scale = |size: u64| (size as f64 * factor).ceil() as u64;
        Self {
            min: scale(self.min),
            max: scale(self.max),
        }
    }

    fn either(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}

/// What is estimated of a node.
#[derive(Clone, Default)]
struct Node {
    cost: CostEstimate,
    declaration: Option<Arc<Declaration>>,
    size: Option<Size>,
}

impl Node {
    fn costing(cost: CostEstimate) -> Self {
        Self {
            cost,
            ..Self::default()
        }
    }

    fn size(&self) -> Size {
        if let Some(size) = self.size {
            return size;
        }
        let Some(declaration) = &self.declaration else {
            return Size {
                min: 0,
                max: u64::MAX,
            };
        };
        match declaration.shape {
            // As upstream declares them.
            Shape::Bool | Shape::Int | Shape::Double | Shape::Object(_) => Size::exactly(0),
            _ => Size {
                min: 0,
                max: declaration.max_size.unwrap_or(u64::MAX),
            },
        }
    }
}

/// The cost of an expression.
pub fn estimate(expression: &Expr, environment: &Environment) -> CostEstimate {
    let mut estimator = Estimator {
        environment,
        scopes: Vec::new(),
    };
    estimator.node(expression).cost
}

struct Estimator<'e> {
    environment: &'e Environment,
    scopes: Vec<(Arc<str>, Node)>,
}

impl Estimator<'_> {
    fn node(&mut self, expression: &Expr) -> Node {
        match &expression.kind {
            ExprKind::Literal(value) => Node {
                size: Some(Size::exactly(value.size())),
                ..Node::default()
            },
            ExprKind::Ident(name) => self.ident(name),
            ExprKind::Select(select) => {
                let operand = self.node(&select.operand);
                let price = match &operand.declaration {
                    _ if select.optional => ACCESS,
                    _ if select.test_only => 0,
                    Some(declaration) if declaration.type_().is_dyn() => 0,
                    _ => ACCESS,
                };
                Node {
                    cost: operand.cost.plus(CostEstimate::exactly(price)),
                    declaration: operand
                        .declaration
                        .filter(|_| !select.test_only)
                        .and_then(|declaration| field(&declaration, &select.field)),
                    size: None,
                }
            }
            ExprKind::Index(index) => {
                let operand = self.node(&index.operand);
                let key = self.node(&index.key);
                Node {
                    cost: operand.cost.plus(key.cost).plus(CostEstimate::exactly(1)),
                    declaration: operand.declaration.as_deref().and_then(items),
                    size: None,
                }
            }
            ExprKind::And(pair) | ExprKind::Or(pair) => {
                let (left, right) = (self.node(&pair.0), self.node(&pair.1));
                // The right side may not be looked at.
                let right = CostEstimate {
                    min: 0,
                    ..right.cost
                };
                truth(left.cost.plus(right))
            }
            ExprKind::Conditional(parts) => {
                let condition = self.node(&parts.0);
                let (yes, no) = (self.node(&parts.1), self.node(&parts.2));
                Node {
                    cost: condition.cost.plus(yes.cost.either(no.cost)),
                    size: Some(yes.size().either(no.size())),
                    declaration: yes.declaration.or(no.declaration),
                }
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::List(elements) => {
                let mut node = self.sum(elements.iter().map(|element| &element.value));
                node.cost = node.cost.plus(CostEstimate::exactly(LIST_CREATION));
                node.size = Some(Size::exactly(elements.len() as u64));
                node
            }
            ExprKind::Map(entries) => {
                let parts = entries.iter().flat_map(|entry| [&entry.key, &entry.value]);
                let mut node = self.sum(parts);
                node.cost = node.cost.plus(CostEstimate::exactly(MAP_CREATION));
                node.size = Some(Size::exactly(entries.len() as u64));
                node
            }
            ExprKind::Struct(literal) => {
                let mut node = self.sum(literal.fields.iter().map(|field| &field.value));
                node.cost = node.cost.plus(CostEstimate::exactly(STRUCT_CREATION));
                node
            }
            ExprKind::Fold(fold) => self.fold(fold),
        }
    }

    fn sum<'x>(&mut self, parts: impl Iterator<Item = &'x Expr>) -> Node {
        let mut cost = CostEstimate::default();
        for part in parts {
            cost = cost.plus(self.node(part).cost);
        }
        Node::costing(cost)
    }

    fn ident(&self, name: &str) -> Node {
        let bound = self.scopes.iter().rev().find(|(own, _)| **own == *name);
        let mut node = match bound {
            Some((_, node)) => node.clone(),
            None => Node {
                declaration: self
                    .environment
                    .variable(name)
                    // What only its type tells of has no declaration.
                    .filter(|(_, declaration, type_)| {
                        type_.is_dyn() || !declaration.type_().is_dyn()
                    })
                    .map(|(_, declaration, _)| declaration.clone()),
                ..Node::default()
            },
        };
        node.cost = CostEstimate::exactly(ACCESS);
        node
    }

    fn call(&mut self, call: &Call) -> Node {
        let args: Vec<Node> = call
            .args
            .iter()
            .map(|argument| self.node(argument))
            .collect();
        let mut result = call_estimate(call, &args);
        for argument in &args {
            result.cost = result.cost.plus(argument.cost);
        }
        result
    }

    fn fold(&mut self, fold: &Fold) -> Node {
        let range = self.node(&fold.range);
        let initial = self.node(&fold.initial);
        let count = match fold.condition {
            Condition::Never => Size::exactly(0),
            _ => range.size(),
        };
        let item = Node {
            declaration: range.declaration.as_deref().and_then(items),
            ..Node::default()
        };
        let is_map = matches!(
            range
                .declaration
                .as_deref()
                .map(|declaration| &declaration.shape),
            Some(Shape::Map(_))
        );
        let first = match (is_map, fold.second.is_some()) {
            // No schema says how long the keys of a map may be, and upstream counts them as nothing: definitions that
            // look at every key of a map with few entries rely on it.
            (true, _) => Node {
                size: Some(Size::exactly(0)),
                ..Node::default()
            },
            (false, true) => Node {
                size: Some(Size::exactly(1)),
                ..Node::default()
            },
            (false, false) => item.clone(),
        };
        let depth = self.scopes.len();
        let cost = range.cost.plus(initial.cost);
        self.scopes.push((fold.accumulator.clone(), initial));
        self.scopes.push((fold.variable.clone(), first));
        if let Some(name) = &fold.second {
            self.scopes.push((name.clone(), item));
        }
        let step = self.node(&fold.step);
        self.scopes.truncate(depth + 1);
        let condition = CostEstimate::exactly(match fold.condition {
            Condition::Always | Condition::Never => 0,
            Condition::WhileTrue => 2,
            Condition::WhileFalse => 3,
        });
        let builds = matches!(&fold.initial.kind, ExprKind::List(_) | ExprKind::Map(_))
            && fold.condition == Condition::Always;
        if builds {
            self.scopes[depth].1.size = Some(Size {
                min: 0,
                max: count.max,
            });
        }
        let result = self.node(&fold.result);
        self.scopes.truncate(depth);
        Node {
            cost: cost
                .plus(count.times(step.cost.plus(condition)))
                .plus(result.cost),
            ..result
        }
    }
}

/// A result of one bit.
fn truth(cost: CostEstimate) -> Node {
    Node {
        cost,
        size: Some(Size::exactly(1)),
        declaration: None,
    }
}

fn field(declaration: &Declaration, name: &str) -> Option<Arc<Declaration>> {
    match &declaration.shape {
        Shape::Object(object) => object.field(name).map(|field| field.declaration),
        _ => None,
    }
}

fn items(declaration: &Declaration) -> Option<Arc<Declaration>> {
    match &declaration.shape {
        Shape::List(items, _) => Some(items.clone()),
        Shape::Map(values) => Some(values.clone()),
        _ => None,
    }
}

fn is_text(declaration: Option<&Declaration>) -> bool {
    matches!(
        declaration.map(|declaration| &declaration.shape),
        Some(Shape::String | Shape::Bytes)
    )
}

/// What the call itself costs, and how large its result is.
fn call_estimate(call: &Call, args: &[Node]) -> Node {
    let size = |index: usize| args.get(index).map_or(Size::exactly(1), Node::size);
    let sized = |cost: CostEstimate, size: Size| Node {
        cost,
        size: Some(size),
        declaration: None,
    };
    let up_to = |max: u64| Size { min: 0, max };
    match &*call.function {
        "check" => Node::costing(CostEstimate::exactly(350_000)),
        // Numbers that are computed count as one.
        "size" | "_-_" | "_*_" | "_/_" | "_%_" | "-_" => {
            sized(CostEstimate::exactly(1), Size::exactly(1))
        }
        "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" => {
            Node::costing(list_traversal(&args[0]))
        }
        "lowerAscii" | "upperAscii" | "substring" | "trim" => {
            sized(size(0).scaled(STRING_FACTOR), size(0))
        }
        "startsWith" | "endsWith" => truth(size(1).scaled(STRING_FACTOR)),
        "url" | "jsonpatch.escapeKey" => sized(size(0).scaled(STRING_FACTOR), size(0)),
        "format" | "cidr" | "isIP" | "isCIDR" | "ip" | "quantity" | "isQuantity" | "semver"
        | "isSemver" => Node::costing(size(0).scaled(STRING_FACTOR)),
        "bytes" => sized(
            size(0).scaled(STRING_FACTOR),
            Size {
                max: size(0).max.saturating_mul(4),
                ..size(0)
            },
        ),
        "strings.quote" => sized(
            size(0).scaled(STRING_FACTOR),
            Size {
                min: size(0).min.saturating_add(2),
                max: size(0).max.saturating_mul(2).saturating_add(2),
            },
        ),
        "fieldSelector" | "labelSelector" => Node::costing(CostEstimate {
            min: selector(size(1).min),
            max: selector(size(1).max),
        }),
        "validate" => Node::costing(size(1).scaled(STRING_FACTOR).scaled(LONGEST_NAMED_FORMAT)),
        "slice" => allocating(Size::exactly(sliced(call, size(0).max)), 1.0),
        "lists.range" => allocating(
            Size::exactly(literal_number(&call.args[0]).unwrap_or(u64::MAX)),
            1.0,
        ),
        "reverse" => allocating(size(0), 1.0),
        "flatten" => {
            let depth = match call.args.get(1) {
                Some(depth) => literal_number(depth).unwrap_or(u64::MAX),
                None => 1,
            };
            allocating(size(0), depth as f64)
        }
        "distinct" | "sort" => self_comparison(&args[0]),
        "@sortByAssociatedKeys" => self_comparison(&args[1]),
        "replace" => sized(size(0).scaled(2.0 * STRING_FACTOR), replaced(size)),
        "split" => {
            let limit = call.args.get(2).and_then(literal_number);
            let most = limit.unwrap_or(size(0).max);
            sized(size(0).scaled(2.0 * STRING_FACTOR), up_to(most))
        }
        "ip.isCanonical" => Node::costing(size(0).scaled(2.0 * STRING_FACTOR)),
        "join" => {
            let item = Node {
                declaration: args[0].declaration.as_deref().and_then(items),
                ..Node::default()
            };
            let separator = args.get(1).map_or(Size::exactly(0), Node::size);
            let gaps = Size {
                min: size(0).min.saturating_sub(1),
                max: size(0).max.saturating_sub(1),
            };
            let total = size(0).times(item.size()).plus(separator.times(gaps));
            sized(total.scaled(STRING_FACTOR), total)
        }
        "find" | "findAll" | "matches" => sized(
            size(0)
                .plus(Size::exactly(1))
                .scaled(STRING_FACTOR)
                .times(size(1).scaled(REGEX_FACTOR)),
            up_to(size(0).max),
        ),
        "contains" => truth(
            size(0)
                .scaled(STRING_FACTOR)
                .times(size(1).scaled(STRING_FACTOR)),
        ),
        "sets.contains" | "sets.intersects" => {
            truth(size(0).times(size(1)).plus(CostEstimate::exactly(1)))
        }
        "sets.equivalent" => {
            let both = size(0).times(size(1)).times(Size::exactly(2));
            truth(both.plus(CostEstimate::exactly(1)))
        }
        "@in" => match args[1].declaration.as_deref().map(|list| &list.shape) {
            Some(Shape::Map(_)) => truth(CostEstimate::exactly(1)),
            _ => truth(size(1)),
        },
        "_==_" if call.args.iter().all(is_of_fixed_size) => truth(CostEstimate::exactly(1)),
        "_==_" | "_!=_" => truth(compared(size(0), size(1))),
        "_<_" | "_<=_" | "_>_" | "_>=_" if is_text(args[0].declaration.as_deref()) => {
            truth(compared(size(0), size(1)))
        }
        "_+_" => {
            let total = size(0).plus(size(1));
            let text = args.iter().any(|node| is_text(node.declaration.as_deref()))
                || call.args.iter().any(|argument| {
                    matches!(
                        argument.kind,
                        ExprKind::Literal(Value::String(_) | Value::Bytes(_))
                    )
                });
            if text {
                sized(total.scaled(STRING_FACTOR), total)
            } else {
                let total = Size {
                    max: total.max.max(1),
                    ..total
                };
                sized(CostEstimate::exactly(1), total)
            }
        }
        "dyn" | "orValue" | "value" | "or" => Node {
            cost: CostEstimate::exactly(1),
            ..args[0].clone()
        },
        _ => Node {
            size: scalar_result(call).then(|| Size::exactly(1)),
            ..Node::costing(CostEstimate::exactly(1))
        },
    }
}

/// Whether what a call gives counts as one, whatever it is given.
fn scalar_result(call: &Call) -> bool {
    call.overloads.iter().all(|overload| {
        matches!(
            overload.result,
            Type::Bool
                | Type::Int
                | Type::Uint
                | Type::Double
                | Type::Timestamp
                | Type::Duration
                | Type::Type
        )
    })
}

/// Whether the expression makes a value of a library's own type that is compared in one step.
fn is_of_fixed_size(expression: &Expr) -> bool {
    const TYPES: [&str; 4] = [
        "net.IP",
        "net.CIDR",
        "kubernetes.Quantity",
        "kubernetes.Semver",
    ];
    let ExprKind::Call(call) = &expression.kind else {
        return false;
    };
    let mut results = call.overloads.iter().map(|overload| &overload.result);
    !call.overloads.is_empty()
        && results.all(|result| matches!(result, Type::Opaque(name) if TYPES.contains(name)))
}

/// Going through the shorter of two values, if it is not empty.
fn compared(one: Size, other: Size) -> CostEstimate {
    let max = one.max.min(other.max);
    Size {
        min: max.min(1),
        max,
    }
    .scaled(STRING_FACTOR)
}

/// A call that makes a list of so many items, each looked at `factor` times.
fn allocating(size: Size, factor: f64) -> Node {
    Node {
        cost: size
            .scaled(factor)
            .plus(CostEstimate::exactly(1 + LIST_CREATION)),
        size: Some(size),
        declaration: None,
    }
}

/// Comparing every item of a list with every other.
fn self_comparison(list: &Node) -> Node {
    let items = list.declaration.as_deref().and_then(items);
    let factor = match is_text(items.as_deref()) {
        true => 2.0 + STRING_FACTOR,
        false => 2.0,
    };
    allocating(list.size().times(list.size()), factor)
}

fn literal_number(expression: &Expr) -> Option<u64> {
    match &expression.kind {
        ExprKind::Literal(Value::Int(number)) => Some(u64::try_from(*number).unwrap_or(0)),
        _ => None,
    }
}

/// How many items `slice()` takes at most.
fn sliced(call: &Call, all: u64) -> u64 {
    let start = literal_number(&call.args[1]).unwrap_or(0);
    let end = literal_number(&call.args[2]).unwrap_or(all);
    end.wrapping_sub(start)
}

/// How long a text can be after `replace()`.
fn replaced(size: impl Fn(usize) -> Size) -> Size {
    let (text, part, by) = (size(0), size(1), size(2));
    let times = |text: u64, part: u64| (text as f64 / part as f64).ceil() as u64;
    // The longest: an empty text is found around every character.
    let (most, kept) = match part.min {
        0 => (text.max.saturating_add(1), text.max),
        min if by.max <= min => (0, text.max),
        min => (times(text.max, min), 0),
    };
    let (fewest, left) = match part.max {
        0 => (text.min.saturating_add(1), text.min),
        max if max <= by.min => (0, text.min),
        max => (times(text.min, max), 0),
    };
    Size {
        min: fewest.saturating_mul(by.min).saturating_add(left),
        max: most.saturating_mul(by.max).saturating_add(kept),
    }
}

fn list_traversal(list: &Node) -> CostEstimate {
    let Some(Shape::List(items, _)) = list.declaration.as_deref().map(|list| &list.shape) else {
        return list.size().scaled(STRING_FACTOR);
    };
    let mut each = CostEstimate::exactly(1);
    if is_text(Some(items)) {
        let item = Node {
            declaration: Some(items.clone()),
            ..Node::default()
        };
        each = each.plus(item.size().scaled(STRING_FACTOR));
    }
    list.size().times(each)
}
