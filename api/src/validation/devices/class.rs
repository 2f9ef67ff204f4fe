//! Device classes, and the expressions by which classes and requests select devices.

use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::{CONFIG_MAX, SELECTORS_MAX, bounded, configuration};
use crate::cel::{Declaration, Environment, Field, ObjectDeclaration, Program, Shape, Type};
use crate::validation::errors::Errors;
use crate::validation::metadata;
use crate::validation::path::Path;
use crate::validation::pod::SPEC;
use crate::validation::resources::is_extended;
use crate::walk::Walk;

const EXPRESSION_MAX: usize = 10 * 1024;
/// The most that one evaluation may cost.
const COST_MAX: u64 = 1_000_000;
/// The most attributes or capacities of a device.
const NAMES_MAX: u64 = 32;
const DRIVER_MAX: u64 = 63;

/// `device`, as expressions see it.
static DEVICE: LazyLock<Environment> = LazyLock::new(|| {
    let field = |name: &str, declaration| Field {
        name: name.into(),
        declaration: Arc::new(declaration),
        required: true,
    };
    let sized = |shape, max| Declaration {
        max_size: Some(max),
        ..Declaration::plain(shape)
    };
    // By domain, and by name within it.
    let named = || {
        let inner = sized(Shape::Map(Arc::new(Declaration::dynamic())), NAMES_MAX);
        sized(Shape::Map(Arc::new(inner)), NAMES_MAX)
    };
    let fields = [
        field("driver", sized(Shape::String, DRIVER_MAX)),
        field("attributes", named()),
        field("capacity", named()),
        field("allowMultipleAllocations", Declaration::plain(Shape::Bool)),
    ];
    let device = ObjectDeclaration::new("kubernetes.DRADevice", fields);
    Environment::new().with(
        "device",
        Declaration::plain(Shape::Object(Arc::new(device))),
    )
});

/// `ValidateDeviceClass`.
pub(in crate::validation) fn class(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    selectors(spec, &SPEC, out);
    let path = SPEC.child("config");
    bounded(spec.list("config"), CONFIG_MAX, &path, out, configuration);
    if let Some(name) = spec.opt_text("extendedResourceName")
        && !is_extended(name)
    {
        let path = SPEC.child("extendedResourceName");
        out.invalid(&path, name, "must be a valid extended resource name");
    }
}

pub(in crate::validation) fn update_class(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    class(new, out);
}

/// The selectors of a class or of a request.
pub(super) fn selectors(holder: &Value, path: &Path<'_>, out: &mut Errors) {
    let path = path.child("selectors");
    bounded(
        holder.list("selectors"),
        SELECTORS_MAX,
        &path,
        out,
        |selector, path, out| {
            let path = path.child("cel");
            match &selector["cel"] {
                Value::Object(_) => expression(selector["cel"].text("expression"), &path, out),
                _ => out.required(&path, ""),
            }
        },
    );
}

fn expression(text: &str, path: &Path<'_>, out: &mut Errors) {
    let path = path.child("expression");
    if text.len() > EXPRESSION_MAX {
        return out.too_long(&path, EXPRESSION_MAX);
    }
    match Program::compile(text, &DEVICE) {
        Err(error) => out.invalid(&path, text, format!("compilation failed: {error}")),
        Ok(program) => match program.result_type() {
            Type::Bool | Type::Dyn if program.estimate(&DEVICE).max > COST_MAX => {
                out.forbidden(&path, "too complex, exceeds cost limit");
            }
            Type::Bool | Type::Dyn => {}
            other => {
                let reason = format!(
                    "must evaluate to bool or the unknown type, not {}",
                    other.declared_name()
                );
                out.invalid(&path, text, reason);
            }
        },
    }
}
