//! Lists that come in pages. The next page is asked for as soon as the beginning of one tells that it goes on, and each
//! is decoded while others come.

use super::{Client, Request, failure::unread_body, read_object};
use crate::error::{Error, Result};
use bytes::{Bytes, BytesMut};
use futures::future::{self, Either};
use knarr_api::raw::{self, Field};
use serde_json::Value;

/// A thread is worth its start for so many bytes.
const LARGE: usize = 64 * 1024;

/// A page whose beginning has come.
pub struct Page {
    request: Request,
    read: BytesMut,
    /// What is still to come.
    rest: Option<reqwest::Response>,
    /// Where the list goes on; `None` if that does not stand at its beginning.
    token: Option<String>,
}

impl Client {
    /// Asks for a page, and reads how it begins.
    pub async fn page(&self, request: Request) -> Result<Page> {
        let response = self.open(request.clone()).await?;
        let mut page = Page {
            request,
            read: BytesMut::new(),
            rest: Some(response),
            token: None,
        };
        // What is logged of an answer stands before the next request.
        while page.token.is_none() || self.logs_bodies() {
            if !self.read_on(&mut page).await? {
                break;
            }
            page.token = page.token.or_else(|| raw::continue_token(&page.read));
        }
        Ok(page)
    }

    /// The list whose first page is `page`; the other pages are fetched.
    pub async fn pages(&self, mut page: Page) -> Result<Value> {
        let first = page.request.clone();
        let mut list = Value::Null;
        loop {
            add(&mut list, self.pages_that_tell(&first, page).await?);
            // Of some lists, such as those in protobuf, it is known only now whether they go on.
            match list["metadata"]["continue"].as_str() {
                Some(token) if !token.is_empty() => {
                    page = self.page(first.clone().query("continue", token)).await?;
                }
                _ => return Ok(list),
            }
        }
    }

    /// The list from `page` on, up to the page that does not tell at its beginning where it goes on. `first` is the
    /// request for the whole list.
    async fn pages_that_tell(&self, first: &Request, mut page: Page) -> Result<Value> {
        let next = |token: &str| self.page(first.clone().query("continue", token));
        let mut decoding = Vec::new();
        loop {
            let token = page.token.clone().unwrap_or_default();
            let (bytes, following) = match token.is_empty() {
                true => (self.whole(page).await?, None),
                false => {
                    let (bytes, following) = tokio::join!(self.whole(page), next(&token));
                    (bytes?, Some(following?))
                }
            };
            decoding.push(decoded(bytes, first.unread));
            match following {
                Some(following) => page = following,
                None => break,
            }
        }
        let mut list = Value::Null;
        for page in decoding {
            add(&mut list, page.await?);
        }
        Ok(list)
    }

    /// Reads more of a page; false if there is no more.
    async fn read_on(&self, page: &mut Page) -> Result<bool> {
        let Some(response) = &mut page.rest else {
            return Ok(false);
        };
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| unread_body(&error))?;
        match chunk {
            Some(chunk) => page.read.extend_from_slice(&chunk),
            None => {
                page.rest = None;
                self.log_body(&page.request, &page.read);
            }
        }
        Ok(page.rest.is_some())
    }

    /// A page in full.
    async fn whole(&self, mut page: Page) -> Result<Bytes> {
        while self.read_on(&mut page).await? {}
        Ok(page.read.freeze())
    }
}

/// Decodes a page; a large one at once, on a thread of its own.
fn decoded(bytes: Bytes, unread: &'static [Field]) -> impl Future<Output = Result<Value>> {
    let large = bytes.len() > LARGE;
    let work = move || read_object(&bytes, unread);
    if large {
        let thread = tokio::task::spawn_blocking(work);
        Either::Left(async {
            thread
                .await
                .map_err(|error| Error::message(error.to_string()))?
        })
    } else {
        Either::Right(future::lazy(move |_| work()))
    }
}

/// Adds a page to the list that goes before it.
fn add(list: &mut Value, mut page: Value) {
    if list.is_null() {
        *list = page;
        return;
    }
    for field in ["items", "rows"] {
        if let (Some(Value::Array(all)), Some(Value::Array(added))) =
            (list.get_mut(field), page.get_mut(field))
        {
            all.append(added);
        }
    }
    list["metadata"]["continue"] = page["metadata"]["continue"].take();
}
