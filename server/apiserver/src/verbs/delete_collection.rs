//! `deletecollection`: every object that a list would show is deleted; the answer is that list.

use axum::body::Body;
use axum::response::Response;
use futures::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use super::{converted, delete, list, list_options};
use crate::call::Call;
use crate::registry::store;
use crate::registry::strategy::Part;
use crate::request::options::Propagation;

/// Lists, and deletes `--delete-collection-workers` at a time. What is gone meanwhile is no error.
pub async fn delete_collection(call: &mut Call, body: Body) -> Result<Response, Status> {
    list_options::check_list(&call.options)?;
    delete::read_options(call, body).await?;
    let propagation = delete::propagation(call);
    let found = list::read(call).await?;
    let workers = call.shared.config.delete_collection_workers;
    let objects = converted::objects(call, &found.entries).await?;
    let deleted: Vec<_> = {
        let call = &*call;
        let delete = |object| delete_one(call, object, propagation);
        let deleting = stream::iter(objects).map(delete).buffered(workers.max(1));
        deleting.try_collect().await?
    };
    let mut items = Vec::with_capacity(deleted.len());
    for (object, mut warnings) in deleted {
        call.warnings.append(&mut warnings);
        items.push(object);
    }
    let shown = call.shape_list(items, Value::Object(list::list_metadata(call, &found)))?;
    Ok(call.answer(StatusCode::OK, &shown))
}

/// The object, and what its deletion warns of.
async fn delete_one(
    call: &Call,
    object: Value,
    propagation: Propagation,
) -> Result<(Value, Vec<String>), Status> {
    let mut warnings = Vec::new();
    let mut write = call.write(meta::name(&object), Part::Main);
    write.namespace = meta::namespace(&object);
    match store::delete(&write, &call.options.delete, propagation, &mut warnings).await {
        Ok(_) => {}
        Err(status) if status.code == 404 => {}
        Err(status) => return Err(status),
    }
    Ok((object, warnings))
}
