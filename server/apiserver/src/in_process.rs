//! The way into the API server for components in the same process: straight to the router, without TLS.

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::Request;
use http::header::CONTENT_TYPE;
use knarr_api::raw;
use tower::ServiceExt;

use crate::user::UserInfo;

/// A client of the router inside the process, acting as `user`: for `kube::Client::new`, whatever body it sends.
///
/// Objects come without `metadata.managedFields`: no component looks at them, and decoding them would be the larger
/// part of decoding the object.
pub fn in_process<B>(
    router: Router,
    user: UserInfo,
) -> impl tower::Service<
    Request<B>,
    Response = Response<Body>,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone
+ Send
+ 'static
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    router
        .map_request(move |request: Request<B>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(user.clone());
            request
        })
        .map_response(|response: Response| {
            let json = response
                .headers()
                .get(CONTENT_TYPE)
                .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
            if json { response.map(lean) } else { response }
        })
}

fn lean(body: Body) -> Body {
    let frames: BodyDataStream = body.into_data_stream();
    Body::from_stream(frames.map(|frame| frame.map(without_managed_fields)))
}

/// A frame of an answer without the managed fields of its objects: one object, or the changes of a watch, line by line.
fn without_managed_fields(frame: Bytes) -> Bytes {
    let mut out = BytesMut::new();
    let mut copied = 0;
    let mut start = 0;
    for line in frame.split_inclusive(|byte| *byte == b'\n') {
        if let Some(fields) = raw::managed_fields(line) {
            out.extend_from_slice(&frame[copied..start + fields.start]);
            // Not an empty list: written back, that would ask to forget all managers.
            out.extend_from_slice(b"null");
            copied = start + fields.end;
        }
        start += line.len();
    }
    if copied == 0 {
        return frame;
    }
    out.extend_from_slice(&frame[copied..]);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        assert_eq!(
            without_managed_fields(Bytes::copy_from_slice(input.as_bytes())),
            expected
        );
    }

    #[test]
    fn managed_fields_are_left_out_of_objects_and_of_each_change_of_a_watch() {
        check(
            r#"{"metadata":{"managedFields":[{"a":1}],"name":"x"},"spec":1}"#,
            r#"{"metadata":{"managedFields":null,"name":"x"},"spec":1}"#,
        );
        let change = |fields: &str| {
            format!(r#"{{"type":"ADDED","object":{{"metadata":{{"managedFields":{fields}}}}}}}"#)
        };
        check(
            &format!("{}\n{}\n", change("[1]"), change("[2,3]")),
            &format!("{}\n{}\n", change("null"), change("null")),
        );
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in [
            r#"{"items":[{"metadata":{"managedFields":[1]}}]}"#,
            "part of {",
            "\n\n",
            "",
        ] {
            check(text, text);
        }
    }
}
