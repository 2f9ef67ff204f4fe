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
    pub async fn pages(&self, page: Page) -> Result<Value> {
        let first = page.request.clone();
        let next = |token: &str| self.page(first.clone().query("continue", token));
        let mut list = self.run_of_pages(page, &next).await?;
        // Of some lists, such as those in protobuf, it is known only now whether they go on.
        loop {
            let token = list["metadata"]["continue"].as_str().unwrap_or_default();
            if token.is_empty() {
                return Ok(list);
            }
            let page = next(token).await?;
            add(&mut list, self.run_of_pages(page, &next).await?);
        }
    }

    /// The pages from `page` on, as far as each tells at its beginning that there is another.
    async fn run_of_pages<F>(&self, mut page: Page, next: &impl Fn(&str) -> F) -> Result<Value>
    where
        F: Future<Output = Result<Page>>,
    {
        let unread = page.request.unread;
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
            decoding.push(decoded(bytes, unread));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{flags::GlobalArgs, kubeconfig::Resolved};
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
    };

    /// Serves lists of one item, where it stands only behind the items that there is more; as long as each page is asked
    /// for by the token of the one before it alone.
    fn serve(listener: &TcpListener, pages: usize) -> std::io::Result<()> {
        for number in 0..pages {
            let (mut connection, _) = listener.accept()?;
            let mut reader = BufReader::new(connection.try_clone()?);
            let mut first = String::new();
            reader.read_line(&mut first)?;
            let mut line = String::from("head");
            while !line.trim().is_empty() {
                line.clear();
                reader.read_line(&mut line)?;
            }
            let asked = first.matches("continue=").count();
            let right = match number {
                0 => asked == 0,
                number => asked == 1 && first.contains(&format!("continue=t{number}")),
            };
            let token = match (right, number + 1 < pages) {
                (true, true) => format!("t{}", number + 1),
                _ => String::new(),
            };
            let body = format!(
                r#"{{"kind":"EventList","apiVersion":"v1","items":[{{"n":{number}}}],"metadata":{{"continue":"{token}"}}}}"#
            );
            write!(
                connection,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )?;
        }
        Ok(())
    }

    #[test]
    fn lists_that_tell_late_of_their_next_page_are_read_to_their_end() {
        const PAGES: usize = 40;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let resolved = Resolved {
            server: format!("http://{}", listener.local_addr().expect("it is bound")),
            ..Default::default()
        };
        let server = std::thread::spawn(move || serve(&listener, PAGES));
        let client = Client::new(&resolved, &GlobalArgs::default(), "kubectl events");
        let client = client.expect("a client");
        let runtime = crate::app::runtime().expect("a runtime");
        let list = runtime.block_on(async {
            let page = client.page(Request::get("/api/v1/events")).await?;
            client.pages(page).await
        });
        let list = list.expect("all pages come");
        assert_eq!(list["items"].as_array().map(Vec::len), Some(PAGES));
        server.join().expect("it ends").expect("all were asked for");
    }
}
