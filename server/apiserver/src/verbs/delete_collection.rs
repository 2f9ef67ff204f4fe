//! `deletecollection`: every object that a list would show is deleted; the answer is that list.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use super::{converted, delete, list, list_options};
use crate::call::Call;
use crate::registry::store;
use crate::registry::strategy::Part;

/// Lists, and deletes one after the other. What is gone meanwhile is no error.
pub async fn delete_collection(call: &mut Call, body: Body) -> Result<Response, Status> {
    list_options::check_list(&call.options)?;
    delete::read_options(call, body).await?;
    let propagation = delete::propagation(call);
    let found = list::read(call).await?;
    let mut warnings = Vec::new();
    let mut items = Vec::with_capacity(found.entries.len());
    for object in converted::objects(call, &found.entries).await? {
        let mut write = call.write(meta::name(&object), Part::Main);
        write.namespace = meta::namespace(&object);
        let options = &call.options.delete;
        match store::delete(&write, options, propagation, &mut warnings).await {
            Ok(_) => {}
            Err(status) if status.code == 404 => {}
            Err(status) => return Err(status),
        }
        items.push(object);
    }
    call.warnings.append(&mut warnings);
    let shown = call.shape_list(items, Value::Object(list::list_metadata(call, &found)))?;
    Ok(call.answer(StatusCode::OK, &shown))
}
