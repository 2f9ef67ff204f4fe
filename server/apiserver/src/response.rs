//! Writing answers: objects and lists in the form that was asked for, errors as Status, warnings, compression.

use std::io::Write;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT, VARY,
    WARNING, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use knarr_api::protobuf;
use knarr_api::quote::quote;
use knarr_api::status::Status;
use knarr_api::table::{self, IncludeObject};
use knarr_api::yaml;
use serde_json::{Map, Value, json};

use crate::call::{Call, header};
use crate::request::accept::{Encoding, Form, Offers};
use crate::verbs::WriteItem;

/// Answers above this size are compressed for clients that accept it, as upstream.
const GZIP_THRESHOLD: u64 = 128 * 1024;

/// An answer with a body.
pub fn plain(code: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

/// `404 page not found`, what upstream's mux answers to a path that it does not know.
pub fn page_not_found() -> Response {
    let mut answer = plain(
        StatusCode::NOT_FOUND,
        "text/plain; charset=utf-8",
        "404 page not found\n",
    );
    let headers = answer.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// The forms of a Status.
const STATUS: Offers = Offers {
    protobuf: true,
    table: true,
};

/// A Status as an answer.
pub fn status(status: &Status, headers: &HeaderMap) -> Response {
    let code = StatusCode::from_u16(status.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let encoding =
        crate::call::negotiate(headers, STATUS).map_or(Encoding::Json, |(encoding, _)| encoding);
    let mut response = value(code, encoding, &status.to_value(), pretty(None, headers));
    let retry = status
        .details
        .as_ref()
        .and_then(|details| details.retry_after_seconds);
    if let Some(seconds) = retry.filter(|_| matches!(status.code, 429 | 503 | 500 | 504)) {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// A value as an answer; one without a protobuf form is JSON.
pub fn value(code: StatusCode, encoding: Encoding, value: &Value, pretty: bool) -> Response {
    if encoding == Encoding::Protobuf
        && let Some(bytes) = protobuf::encode(value)
    {
        return plain(code, encoding.content_type(), bytes);
    }
    let encoding = match encoding {
        Encoding::Yaml => encoding,
        _ => Encoding::Json,
    };
    let bytes = match encoding {
        Encoding::Yaml => yaml::to_string(value).into_bytes(),
        Encoding::Json if pretty => {
            let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
            bytes.push(b'\n');
            bytes
        }
        _ => serde_json::to_vec(value).unwrap_or_default(),
    };
    plain(code, encoding.content_type(), bytes)
}

/// Whether an answer is indented: as asked, otherwise for those who read it themselves.
pub fn pretty(asked: Option<bool>, headers: &HeaderMap) -> bool {
    asked.unwrap_or_else(|| {
        let agent = header(headers, USER_AGENT);
        ["curl", "Wget", "Mozilla/5.0"]
            .iter()
            .any(|reader| agent.starts_with(reader))
    })
}

impl Call {
    /// True when stored bytes can be sent as they are.
    pub fn wants_stored_bytes(&self) -> bool {
        self.form == Form::Object
            && self.encoding == Encoding::Json
            && std::ptr::eq(self.kind, self.stored)
            && !pretty(self.options.pretty, &self.headers)
    }

    /// An answer with a value in the encoding that was asked for.
    pub fn answer(&self, code: StatusCode, object: &Value) -> Response {
        let pretty = pretty(self.options.pretty, &self.headers);
        value(code, self.encoding, object, pretty)
    }

    /// An answer with one stored object.
    pub fn object(&self, code: StatusCode, stored: Bytes) -> Result<Response, Status> {
        if self.wants_stored_bytes() {
            return Ok(plain(code, Encoding::Json.content_type(), stored));
        }
        let object: Value = serde_json::from_slice(&stored).map_err(Status::internal)?;
        let shown = self.shape(object, true)?;
        Ok(self.answer(code, &shown))
    }

    /// One stored object in the form that was asked for. `headers` is false for all but the first table of a watch.
    pub fn shape(&self, object: Value, headers: bool) -> Result<Value, Status> {
        Ok(match self.form {
            Form::Object => self.requested(object),
            Form::Metadata(version) => partial_metadata(object, version),
            Form::MetadataList(_) => return Err(self.no_list()),
            Form::Table(version) => {
                let convert = |object| self.requested(object);
                let options = table::Options {
                    headers,
                    convert: Some(&convert),
                    version,
                    ..self.table_options()?
                };
                self.table(vec![object], &options)
            }
        })
    }

    /// A list of stored objects in the form that was asked for.
    pub fn shape_list(&self, items: Vec<Value>, metadata: Value) -> Result<Value, Status> {
        let (api_version, kind, items): (_, _, Vec<Value>) = match self.form {
            Form::Table(version) => {
                let convert = |object| self.requested(object);
                let options = table::Options {
                    list_metadata: Some(&metadata),
                    convert: Some(&convert),
                    version,
                    ..self.table_options()?
                };
                return Ok(self.table(items, &options));
            }
            Form::Metadata(_) => return Err(self.is_list()),
            Form::MetadataList(version) => (
                format!("meta.k8s.io/{version}"),
                "PartialObjectMetadataList".to_owned(),
                items
                    .into_iter()
                    .map(|item| partial_metadata(item, version))
                    .collect(),
            ),
            Form::Object => (
                self.kind.api_version(),
                self.kind.list_kind(),
                items.into_iter().map(|item| self.requested(item)).collect(),
            ),
        };
        // The macro would copy the items.
        let mut list = json!({"kind": kind, "apiVersion": api_version, "metadata": metadata});
        list["items"] = Value::Array(items);
        Ok(list)
    }

    /// 406 for the metadata of one object where there is a list.
    fn is_list(&self) -> Status {
        let type_ = match &self.custom {
            Some(_) => "*unstructured.UnstructuredList".to_owned(),
            None => format!("{}List", self.go_type()),
        };
        not_in_form(format!(
            "you requested PartialObjectMetadata, but the requested object is a list ({type_})"
        ))
    }

    /// 406 for a list of metadata where there is one object. A custom resource finds out late that it is none.
    fn no_list(&self) -> Status {
        match &self.custom {
            Some(_) => Status {
                code: 500,
                reason: "".into(),
                message: "content is not a list".to_owned(),
                details: None,
            },
            None => not_in_form(format!(
                "you requested PartialObjectMetadataList, but the requested object is not a list ({})",
                self.go_type()
            )),
        }
    }

    /// The type that upstream keeps objects of the kind in.
    fn go_type(&self) -> String {
        let package = match self.stored.group {
            "" => "core",
            "internal.apiserver.k8s.io" => "apiserverinternal",
            group => group.split('.').next().unwrap_or_default(),
        };
        format!("*{package}.{}", self.kind.kind)
    }

    /// How a list of metadata or a table in JSON begins, and what makes its items of stored objects without decoding
    /// more than is shown; `None` where whole objects are needed for it.
    pub fn items(
        &self,
        metadata: &Map<String, Value>,
    ) -> Result<Option<(Vec<u8>, WriteItem)>, Status> {
        let is_plain = self.encoding == Encoding::Json && self.custom.is_none();
        if !is_plain || pretty(self.options.pretty, &self.headers) {
            return Ok(None);
        }
        let metadata = Value::Object(metadata.clone());
        match self.form {
            Form::MetadataList(version) => Ok(Some(metadata_items(&metadata, version))),
            Form::Table(version) => {
                let options = table::Options {
                    list_metadata: Some(&metadata),
                    version,
                    ..self.table_options()?
                };
                let rows = table::encoded(self.stored, &options).transpose();
                let rows = rows.map_err(Status::internal)?;
                Ok(rows.map(|(head, rows)| {
                    let write: WriteItem = Box::new(move |object, list| rows.write(object, list));
                    (head, write)
                }))
            }
            _ => Ok(None),
        }
    }

    fn table(&self, items: Vec<Value>, options: &table::Options<'_>) -> Value {
        match &self.custom {
            Some(custom) => custom.version().table(items, options),
            None => table::table(self.stored, items, options),
        }
    }

    pub fn table_options(&self) -> Result<table::Options<'static>, Status> {
        let include = IncludeObject::parse(&self.options.include_object).ok_or_else(|| {
            Status::bad_request(format!(
                "Unable to convert to Table as requested: includeObject: Invalid value: {}: must be 'Metadata', 'Object', 'None', or empty",
                quote(&self.options.include_object)
            ))
        })?;
        Ok(table::Options {
            include,
            ..table::Options::at(Timestamp::now())
        })
    }
}

/// 406 for an object that can't be shown in the form that was asked for.
fn not_in_form(message: String) -> Status {
    Status {
        code: 406,
        reason: "NotAcceptable".into(),
        message,
        details: None,
    }
}

/// The PartialObjectMetadata of an object.
fn partial_metadata(mut object: Value, version: &str) -> Value {
    let metadata = object["metadata"].take();
    let mut partial = Map::new();
    partial.insert("kind".to_owned(), "PartialObjectMetadata".into());
    let api_version = format!("meta.k8s.io/{version}");
    partial.insert("apiVersion".to_owned(), api_version.into());
    partial.insert("metadata".to_owned(), metadata);
    Value::Object(partial)
}

/// How a PartialObjectMetadataList begins, and what writes its items without looking into them.
fn metadata_items(metadata: &Value, version: &'static str) -> (Vec<u8>, WriteItem) {
    let head = format!(
        "{{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/{version}\",\"metadata\":{metadata},\"items\":["
    );
    let write: WriteItem = Box::new(move |object, list| {
        table::partial_metadata(object, version, list);
        Ok(())
    });
    (head.into_bytes(), write)
}

/// All warnings together are no longer than this, in characters; when they are, each is cut to [`CUT_WARNING`]. Both are
/// upstream's recorder's.
const LONGEST_WARNINGS: usize = 4 << 10;
const CUT_WARNING: usize = 256;

/// Adds the `Warning` headers (RFC 7234, code 299), each text once.
pub fn add_warnings(response: &mut Response, warnings: &[String]) {
    let mut seen: Vec<&str> = Vec::new();
    for text in warnings {
        // Nothing is nothing to warn of.
        if !text.is_empty() && !seen.contains(&text.as_str()) {
            seen.push(text);
        }
    }
    let length: usize = seen.iter().map(|text| text.chars().count()).sum();
    let longest = match length > LONGEST_WARNINGS {
        true => CUT_WARNING,
        false => LONGEST_WARNINGS,
    };
    let mut written = 0;
    for text in seen {
        if written >= LONGEST_WARNINGS {
            return;
        }
        let shown: Vec<char> = text.chars().take(longest).collect();
        written += shown.len();
        if let Ok(value) = HeaderValue::from_bytes(warning(&shown).as_bytes()) {
            response.headers_mut().append(WARNING, value);
        }
    }
}

fn warning(text: &[char]) -> String {
    let mut quoted = String::from("299 - \"");
    for char in text.iter().filter(|char| !char.is_control()) {
        if matches!(char, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(*char);
    }
    quoted.push('"');
    quoted
}

/// A body that is compressed when it is large and the client accepts it.
pub fn compressible(
    code: StatusCode,
    content_type: &'static str,
    body: Vec<u8>,
    headers: &HeaderMap,
) -> Response {
    if !accepts_compressed(headers, body.len() as u64) {
        return plain(code, content_type, body);
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 6), Compression::fast());
    match encoder.write_all(&body).and_then(|()| encoder.finish()) {
        Ok(smaller) => compressed(plain(code, content_type, smaller)),
        Err(_) => plain(code, content_type, body),
    }
}

/// Whether an answer of this length is to be compressed for the client.
pub fn accepts_compressed(headers: &HeaderMap, length: u64) -> bool {
    length >= GZIP_THRESHOLD
        && header(headers, ACCEPT_ENCODING)
            .split(',')
            .any(|one| one.trim().split(';').next() == Some("gzip"))
}

/// Marks an answer whose body is compressed.
pub fn compressed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_quoted_and_sent_once() {
        let mut response = page_not_found();
        let text = r#"unknown field "spec.x""#.to_owned();
        add_warnings(&mut response, &[text.clone(), text]);
        let all: Vec<_> = response.headers().get_all(WARNING).iter().collect();
        assert_eq!(all, [r#"299 - "unknown field \"spec.x\"""#]);
    }

    #[test]
    fn warnings_are_cut_only_when_they_are_too_long_together() {
        let lengths = |warnings: &[String]| -> Vec<usize> {
            let mut response = page_not_found();
            add_warnings(&mut response, warnings);
            let all = response.headers().get_all(WARNING).iter();
            all.map(|one| one.len() - "299 - \"\"".len()).collect()
        };
        let of = |count: usize, length: usize| -> Vec<String> {
            let texts = (0..count).map(|index| format!("{index:0length$}"));
            texts.collect()
        };
        assert_eq!(lengths(&of(2, 300)), [300, 300]);
        assert_eq!(lengths(&[String::new()]), [0; 0]);
        assert_eq!(lengths(&of(20, 300)), [256; 16]);
    }

    #[test]
    fn large_answers_are_compressed_when_accepted() {
        let mut headers = HeaderMap::new();
        let large = vec![b'a'; GZIP_THRESHOLD as usize];
        let response = compressible(StatusCode::OK, "text/plain", large.clone(), &headers);
        assert!(response.headers().get(CONTENT_ENCODING).is_none());
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("deflate, gzip"));
        let response = compressible(StatusCode::OK, "text/plain", large, &headers);
        assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    }
}
