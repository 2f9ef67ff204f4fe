//! What lists and watches share: selectors as filters, resource versions, continue tokens.

use std::sync::Arc;

use base64::alphabet::URL_SAFE;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use base64::{DecodeError, Engine};
use knarr_api::kinds::Kind;
use knarr_api::selector::FieldSelector;
use knarr_api::status::{FieldError, Status};
use knarr_api::{json, strconv};
use knarr_storage::{At, Attributes, Filter};
use serde_json::json;

use crate::call::Call;
use crate::request::Options;

/// The filter of the call's selectors; 400 for a field that the kind does not select by.
pub fn filter(call: &Call) -> Result<Option<Filter>, Status> {
    let labels = call.options.label_selector.clone();
    let fields = call.options.field_selector.clone();
    if let Some(fields) = &fields {
        check_fields(call.kind, fields)?;
    }
    let fields = match super::converted::selector(call) {
        Some(_) => None,
        None => fields,
    };
    let kind = call.kind;
    Ok(match (labels, fields) {
        (None, None) => None,
        (labels, fields) => Some(Arc::new(move |attributes: &Attributes| {
            labels
                .as_ref()
                .is_none_or(|labels| labels.matches(|key| attributes.labels.get(key)))
                && fields.as_ref().is_none_or(|fields| {
                    fields.matches(|field| attributes.fields.get(&kind.stored_field(field)))
                })
        })),
    })
}

fn check_fields(kind: &Kind, fields: &FieldSelector) -> Result<(), Status> {
    // Kinds without fields of their own may be asked for a namespace even if they have none.
    let plain = kind.selectable_fields.is_empty() && !kind.custom;
    let known = |field: &str| kind.is_selectable(field) || plain && field == "metadata.namespace";
    let all = fields.requirements().iter();
    let mut unknown = all
        .map(|one| one.field.as_str())
        .filter(|field| !known(field));
    let Some(field) = unknown.next() else {
        return Ok(());
    };
    Err(Status::bad_request(match (kind.group, kind.kind) {
        _ if plain => format!(
            "{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        ),
        ("batch", "Job") => format!("field label {field:?} not supported for batchv1.Job"),
        ("resource.k8s.io", "ResourceSlice") => {
            let version = kind.version;
            format!(
                "field label not supported for resource.k8s.io/{version}, Kind=ResourceSlice: {field}"
            )
        }
        _ => format!("field label not supported: {field}"),
    }))
}

/// A field and its value that the selector requires, for the watch cache's index.
pub fn index(call: &Call) -> Option<(String, String)> {
    const INDEXED: [&str; 2] = ["spec.nodeName", "metadata.name"];
    let fields = call.options.field_selector.as_ref()?;
    INDEXED.iter().find_map(|field| {
        let value = fields.requires(field)?;
        Some(((*field).to_owned(), value.to_owned()))
    })
}

/// Reads the resource version of a get or a watch. That it can't be read is an internal error upstream.
pub fn revision(text: &str) -> Result<u64, Status> {
    read_revision(text).map_err(|message| Status {
        code: 500,
        reason: "".into(),
        message,
        details: None,
    })
}

/// Reads the resource version of a list.
fn list_revision(text: &str) -> Result<u64, Status> {
    read_revision(text)
        .map_err(|why| Status::bad_request(format!("invalid resource version: {why}")))
}

fn read_revision(text: &str) -> Result<u64, String> {
    strconv::parse_uint(text)
        .map_err(|why| FieldError::invalid("resourceVersion", text, why).to_string())
}

/// Which state a list wants
/// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list>).
pub fn list_at(options: &Options) -> Result<At, Status> {
    let version = options.resource_version.as_str();
    match (options.resource_version_match.as_str(), version) {
        ("", "") => Ok(At::Current),
        ("", "0") => Ok(At::Any),
        // With a limit the old behaviour is exactly this version.
        ("", version) if options.limit > 0 => Ok(At::Exact(list_revision(version)?)),
        ("", version) => Ok(At::NotOlderThan(list_revision(version)?)),
        ("NotOlderThan", "0") => Ok(At::Any),
        ("NotOlderThan", version) => Ok(At::NotOlderThan(list_revision(version)?)),
        ("Exact", version) => Ok(At::Exact(list_revision(version)?)),
        // `list_options` has refused every other.
        _ => Ok(At::Current),
    }
}

/// Where a list goes on: the revision of its first page and the key after which the next page starts.
#[derive(Debug, PartialEq, Eq)]
pub struct Continue {
    /// None to go on with the latest state, once that of the first page is gone.
    pub revision: Option<u64>,
    /// Relative to the prefix of the list.
    pub start: String,
    /// How many objects follow.
    pub following: Option<usize>,
}

impl Continue {
    /// The opaque text.
    pub fn encode(&self) -> String {
        let revision = self.revision.map_or(json!(-1), |revision| json!(revision));
        let mut token = json!({"v": VERSION, "rv": revision, "start": format!("{}\0", self.start)});
        if let Some(following) = self.following {
            token["following"] = following.into();
        }
        B64.encode(token.to_string())
    }

    /// Reads the text of [`Continue::encode`]; the words for others are those of `DecodeContinue` upstream.
    pub fn decode(text: &str) -> Result<Self, Status> {
        Self::read(text).map_err(|why| {
            let message = format!("invalid continue token: continue key is not valid: {why}");
            Status::bad_request(message)
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        let bytes = B64.decode(text).map_err(|error| match error {
            DecodeError::InvalidByte(at, _) => illegal_base64(at),
            _ => illegal_base64(text.len()),
        })?;
        let token = json::from_slice(&bytes)?;
        let version = token["v"].as_str().unwrap_or_default();
        if version != VERSION {
            return Err(format!(
                "server does not recognize this encoded version {version}"
            ));
        }
        let revision = match token["rv"].as_i64() {
            Some(0) | None => {
                return Err(format!(
                    "incorrect encoded start resourceVersion (version {VERSION})"
                ));
            }
            Some(revision) => u64::try_from(revision).ok(),
        };
        let start = token["start"].as_str().unwrap_or_default();
        if start.is_empty() {
            return Err(format!("encoded start key empty (version {VERSION})"));
        }
        if !is_clean(start) {
            return Err(start.to_owned());
        }
        Ok(Self {
            revision,
            start: start.trim_matches('/').trim_end_matches('\0').to_owned(),
            following: token["following"].as_u64().map(|count| count as usize),
        })
    }
}

/// As Go reads it: what is left over of the last character is not looked at.
const B64: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

/// The version of a token's form.
const VERSION: &str = "meta.k8s.io/v1";

/// Go's words for a text that is no base64.
fn illegal_base64(at: usize) -> String {
    format!("illegal base64 data at input byte {at}")
}

/// Whether a key stays as it is when a path is made of it: it can't leave its list.
fn is_clean(key: &str) -> bool {
    let key = key.strip_prefix('/').unwrap_or(key);
    !key.split('/').any(|part| matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_tokens_are_refused_or_read_and_break_nothing() {
        let token = Continue {
            revision: Some(7),
            start: "default/a".to_owned(),
            following: Some(3),
        };
        let inner = B64.decode(token.encode()).unwrap();
        let mut read = 0;
        for at in 0..inner.len() {
            for bit in 0..8 {
                let mut damaged = inner.clone();
                damaged[at] ^= 1 << bit;
                read += usize::from(Continue::decode(&B64.encode(&damaged)).is_ok());
                damaged.truncate(at);
                assert!(Continue::decode(&B64.encode(&damaged)).is_err());
            }
        }
        assert!(read > 0 && read < inner.len() * 8, "{read}");
        for text in ["", "!", "e30", &B64.encode("[".repeat(100_000))] {
            assert!(Continue::decode(text).is_err());
        }
    }

    #[test]
    fn a_token_reads_back() {
        for revision in [Some(7), None] {
            let token = Continue {
                revision,
                start: "default/a".to_owned(),
                following: revision.map(|_| 3),
            };
            assert_eq!(Continue::decode(&token.encode()), Ok(token));
        }
    }

    #[test]
    fn faults_have_upstreams_words() {
        let told = |text: &str| {
            let status = Continue::decode(text).unwrap_err();
            let prefix = "invalid continue token: continue key is not valid: ";
            (
                status.code,
                status.message.strip_prefix(prefix).unwrap().to_owned(),
            )
        };
        let inner = |text: &str| told(&B64.encode(text)).1;
        assert_eq!(
            told("!"),
            (400, "illegal base64 data at input byte 0".to_owned())
        );
        assert_eq!(
            inner("{}"),
            "server does not recognize this encoded version "
        );
        let rv = "incorrect encoded start resourceVersion (version meta.k8s.io/v1)";
        assert_eq!(inner(r#"{"v":"meta.k8s.io/v1","rv":0,"start":"a"}"#), rv);
        let empty = "encoded start key empty (version meta.k8s.io/v1)";
        assert_eq!(inner(r#"{"v":"meta.k8s.io/v1","rv":1,"start":""}"#), empty);
        assert_eq!(
            inner(r#"{"v":"meta.k8s.io/v1","rv":1,"start":"../a"}"#),
            "../a"
        );
    }

    #[test]
    fn whatever_is_done_to_a_token_it_is_taken_or_refused() {
        let token = Continue {
            revision: Some(7),
            start: "default/a".to_owned(),
            following: Some(3),
        };
        let good = token.encode();
        let mut taken = 0;
        for at in 0..good.len() {
            for byte in [b'A', b'z', b'0', b'=', b'!', b' '] {
                let mut broken = good.clone().into_bytes();
                broken[at] = byte;
                let broken = String::from_utf8(broken).expect("ASCII stays ASCII");
                match Continue::decode(&broken) {
                    Ok(read) => {
                        assert!(!read.start.contains(".."), "{broken}");
                        taken += 1;
                    }
                    Err(status) => assert_eq!(status.code, 400, "{broken}"),
                }
            }
            assert!(Continue::decode(&good[..at]).is_err(), "cut at {at}");
        }
        assert!(taken > 0, "only the text of the key may differ");
        let deep = B64.encode("[".repeat(20_000));
        assert!(Continue::decode(&deep).is_err());
        let outside = B64.encode(r#"{"v":"meta.k8s.io/v1","rv":1,"start":"../secrets/a"}"#);
        assert!(Continue::decode(&outside).is_err());
    }

    #[test]
    fn resource_versions() {
        let at = |query: &str| list_at(&Options::parse(query));
        assert_eq!(at(""), Ok(At::Current));
        assert_eq!(at("resourceVersion=0"), Ok(At::Any));
        assert_eq!(at("resourceVersion=5"), Ok(At::NotOlderThan(5)));
        assert_eq!(at("resourceVersion=5&limit=1"), Ok(At::Exact(5)));
        assert_eq!(
            at("resourceVersion=5&resourceVersionMatch=Exact"),
            Ok(At::Exact(5))
        );
        assert!(at("resourceVersion=x").is_err());
    }
}
