//! Dynamic resource allocation in `resource.k8s.io/v1beta1`: an exact request and a basic device were not objects
//! of their own in the place they have now.

use serde_json::{Map, Value};

use super::{ConvertError, items};

/// The fields of a request that stay beside `exactly`.
const REQUEST: &[&str] = &["name", "firstAvailable"];

pub(super) fn claim_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    items(object, "/spec/devices/requests").for_each(nest_request);
    Ok(())
}

pub(super) fn claim_from_stored(object: &mut Value) {
    items(object, "/spec/devices/requests").for_each(flatten_request);
}

pub(super) fn template_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    items(object, "/spec/spec/devices/requests").for_each(nest_request);
    Ok(())
}

pub(super) fn template_from_stored(object: &mut Value) {
    items(object, "/spec/spec/devices/requests").for_each(flatten_request);
}

pub(super) fn slice_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    for device in items(object, "/spec/devices") {
        if let Some(Value::Object(basic)) = device.shift_remove("basic") {
            device.extend(basic);
        }
    }
    Ok(())
}

pub(super) fn slice_from_stored(object: &mut Value) {
    for device in items(object, "/spec/devices") {
        let (name, basic): (Map<_, _>, Map<_, _>) = std::mem::take(device)
            .into_iter()
            .partition(|(field, _)| field == "name");
        *device = name;
        device.insert("basic".into(), Value::Object(basic));
    }
}

fn nest_request(request: &mut Map<String, Value>) {
    let (mut kept, exactly): (Map<_, _>, Map<_, _>) = std::mem::take(request)
        .into_iter()
        .partition(|(field, _)| REQUEST.contains(&field.as_str()));
    if !exactly.is_empty() {
        kept.insert("exactly".into(), Value::Object(exactly));
    }
    *request = kept;
}

fn flatten_request(request: &mut Map<String, Value>) {
    if let Some(Value::Object(exactly)) = request.shift_remove("exactly") {
        request.extend(exactly);
    }
}
