//! Requests for objects of one kind.

use std::marker::PhantomData;

use kube::api::{DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::Request;
use kube::{Client, Error};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::object::Object;

/// The objects of a kind, in one namespace or in all. Requests fail as those of `kube::Api` do.
pub struct Api<K> {
    client: Client,
    path: String,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for Api<K> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            path: self.path.clone(),
            kind: PhantomData,
        }
    }
}

/// The parts of an encoded list that are not objects, and its objects as they came.
#[derive(Deserialize)]
pub(crate) struct List {
    #[serde(default)]
    pub metadata: ListMeta,
    #[serde(default)]
    pub items: Vec<Box<RawValue>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListMeta {
    pub resource_version: Option<String>,
    #[serde(rename = "continue")]
    pub continue_: Option<String>,
}

impl<K: Object> Api<K> {
    /// The objects of a cluster-scoped kind, or those of all namespaces.
    pub fn all(client: Client) -> Self {
        Self::at(client, None)
    }

    pub fn namespaced(client: Client, namespace: &str) -> Self {
        Self::at(client, Some(namespace))
    }

    fn at(client: Client, namespace: Option<&str>) -> Self {
        Self {
            client,
            path: K::url_path(&(), namespace),
            kind: PhantomData,
        }
    }

    pub(crate) fn into_parts(self) -> (Client, String) {
        (self.client, self.path)
    }

    fn request(&self) -> Request {
        Request::new(self.path.as_str())
    }

    async fn send(&self, request: Built) -> Result<K, Error> {
        let answer = text(&self.client, request).await?;
        K::decode(&answer).map_err(Error::SerdeError)
    }

    pub async fn get(&self, name: &str) -> Result<K, Error> {
        self.send(self.request().get(name, &GetParams::default()))
            .await
    }

    /// The object, or `None` where there is none of that name.
    pub async fn get_opt(&self, name: &str) -> Result<Option<K>, Error> {
        match self.get(name).await {
            Ok(object) => Ok(Some(object)),
            Err(Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The objects, or a page of them.
    pub async fn list(&self, params: &ListParams) -> Result<Vec<K>, Error> {
        let answer = text(&self.client, self.request().list(params)).await?;
        let list: List = serde_json::from_str(&answer).map_err(Error::SerdeError)?;
        let objects = list.items.iter().map(|object| K::decode(object.get()));
        objects.collect::<Result<_, _>>().map_err(Error::SerdeError)
    }

    pub async fn create(&self, params: &PostParams, object: &K) -> Result<K, Error> {
        let body = object.encode().map_err(Error::SerdeError)?;
        self.send(self.request().create(params, body)).await
    }

    pub async fn replace(&self, name: &str, params: &PostParams, object: &K) -> Result<K, Error> {
        let body = object.encode().map_err(Error::SerdeError)?;
        self.send(self.request().replace(name, params, body)).await
    }

    pub async fn replace_status(
        &self,
        name: &str,
        params: &PostParams,
        object: &K,
    ) -> Result<K, Error> {
        let body = object.encode().map_err(Error::SerdeError)?;
        let request = self.request();
        self.send(request.replace_subresource("status", name, params, body))
            .await
    }

    pub async fn patch(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<impl Serialize>,
    ) -> Result<K, Error> {
        self.send(self.request().patch(name, params, patch)).await
    }

    /// Patches what a subresource holds.
    pub async fn patch_subresource(
        &self,
        subresource: &str,
        name: &str,
        params: &PatchParams,
        patch: &Patch<impl Serialize>,
    ) -> Result<K, Error> {
        self.send(
            self.request()
                .patch_subresource(subresource, name, params, patch),
        )
        .await
    }

    pub async fn patch_status(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<impl Serialize>,
    ) -> Result<K, Error> {
        self.patch_subresource("status", name, params, patch).await
    }

    /// Asks for the deletion, which may be over when the answer comes, or wait for finalizers and grace.
    pub async fn delete(&self, name: &str, params: &DeleteParams) -> Result<(), Error> {
        text(&self.client, self.request().delete(name, params))
            .await
            .map(drop)
    }
}

/// A request as `kube` builds it.
pub(crate) type Built = Result<http::Request<Vec<u8>>, kube::core::request::Error>;

/// The answer's text.
pub(crate) async fn text(client: &Client, request: Built) -> Result<String, Error> {
    client
        .request_text(request.map_err(Error::BuildRequest)?)
        .await
}
