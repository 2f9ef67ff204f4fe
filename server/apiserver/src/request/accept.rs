//! Content negotiation: which form of an answer the client wants (`Accept`), and in which form a body came
//! (`Content-Type`).

use knarr_api::accept::{Clause, clauses};
use knarr_api::protobuf;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Json,
    Yaml,
    Protobuf,
}

impl Encoding {
    /// The `Content-Type` of an answer.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Yaml => "application/yaml",
            Self::Protobuf => protobuf::MEDIA_TYPE,
        }
    }

    /// The `Content-Type` of a watch.
    pub fn stream_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/vnd.kubernetes.protobuf;stream=watch",
            _ => Self::Json.content_type(),
        }
    }
}

/// What an object is turned into before it is written. Those of `meta.k8s.io` have the version that was asked for: `v1`
/// or `v1beta1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The object itself.
    Object,
    Table(&'static str),
    /// PartialObjectMetadata.
    Metadata(&'static str),
    /// PartialObjectMetadataList.
    MetadataList(&'static str),
}

/// Which discovery document is wanted at `/api` and `/apis`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discovery {
    Plain,
    /// `apidiscovery.k8s.io` APIGroupDiscoveryList of this version (`v2` or `v2beta1`).
    Aggregated(&'static str),
}

fn encoding(clause: &Clause<'_>) -> Option<Encoding> {
    match clause.media_type {
        "application/json" | "application/*" | "*/*" | "" => Some(Encoding::Json),
        "application/yaml" => Some(Encoding::Yaml),
        protobuf::MEDIA_TYPE => Some(Encoding::Protobuf),
        _ => None,
    }
}

/// The forms that not every kind has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offers {
    pub protobuf: bool,
    pub table: bool,
}

/// Picks the first clause that can be served. `None` means 406.
///
/// Tables have no protobuf form; metadata has one, whatever it belongs to.
pub fn object(accept: &str, offers: Offers) -> Option<(Encoding, Form)> {
    if matches!(accept, "" | "*/*" | "application/json") {
        return Some((Encoding::Json, Form::Object));
    }
    clauses(accept).iter().find_map(|clause| {
        let encoding = encoding(clause)?;
        // Who asks for a stream asks for one of changes, which YAML has not.
        let stream = clause.get("stream").unwrap_or_default();
        if !stream.is_empty() && (stream != "watch" || encoding == Encoding::Yaml) {
            return None;
        }
        let form = match clause.get("as") {
            None => Form::Object,
            Some(name) => {
                let versions = ["v1", "v1beta1"].into_iter();
                let version = versions
                    .filter(|_| clause.get("g") == Some("meta.k8s.io"))
                    .find(|version| clause.get("v") == Some(*version))?;
                match name {
                    "Table" if offers.table => Form::Table(version),
                    "PartialObjectMetadata" => Form::Metadata(version),
                    "PartialObjectMetadataList" => Form::MetadataList(version),
                    _ => return None,
                }
            }
        };
        let served = match form {
            _ if encoding != Encoding::Protobuf => true,
            Form::Object => offers.protobuf,
            Form::Table(_) => false,
            Form::Metadata(_) | Form::MetadataList(_) => true,
        };
        served.then_some((encoding, form))
    })
}

/// Picks the form of `/api` and `/apis`.
pub fn discovery(accept: &str) -> Discovery {
    clauses(accept)
        .iter()
        .find_map(|clause| {
            encoding(clause).filter(|one| *one != Encoding::Protobuf)?;
            if clause.get("as") != Some("APIGroupDiscoveryList") {
                return Some(Discovery::Plain);
            }
            match (clause.get("g"), clause.get("v")) {
                (Some("apidiscovery.k8s.io"), Some("v2")) => Some(Discovery::Aggregated("v2")),
                (Some("apidiscovery.k8s.io"), Some("v2beta1")) => {
                    Some(Discovery::Aggregated("v2beta1"))
                }
                _ => None,
            }
        })
        .unwrap_or(Discovery::Plain)
}

/// The encodings that an answer can have, as the 406 message lists them.
pub const SERVED: &[&str] = &["application/json", "application/yaml", protobuf::MEDIA_TYPE];

/// The encodings that a watch can have, as the 406 message lists them.
pub const STREAMED: &[&str] = &[
    "application/json;stream=watch",
    "application/vnd.kubernetes.protobuf;stream=watch",
];

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    Json,
    Yaml,
    Protobuf,
}

/// How the body came: `None` means 415. Without a `Content-Type` a body is JSON.
pub fn body(content_type: &str) -> Option<BodyFormat> {
    if content_type.is_empty() {
        return Some(BodyFormat::Json);
    }
    match media_type(content_type)?.as_str() {
        "application/json" => Some(BodyFormat::Json),
        "application/yaml" => Some(BodyFormat::Yaml),
        protobuf::MEDIA_TYPE => Some(BodyFormat::Protobuf),
        _ => None,
    }
}

/// The media type of a header in lower case, unless the header is malformed (`mime.ParseMediaType` in Go).
fn media_type(header: &str) -> Option<String> {
    let (name, parameters) = header.split_once(';').unwrap_or((header, ""));
    let (name, parameters) = (name.trim(), parameters.trim());
    let (kind, subtype) = name.split_once('/')?;
    let mut parameters = parameters
        .split(';')
        .map(str::trim)
        .filter(|one| !one.is_empty());
    let is_parameter = |one: &str| {
        let quoted =
            |value: &str| value.len() > 1 && value.starts_with('"') && value.ends_with('"');
        one.split_once('=')
            .is_some_and(|(key, value)| is_token(key) && (is_token(value) || quoted(value)))
    };
    (is_token(kind) && is_token(subtype) && parameters.all(is_parameter))
        .then(|| name.to_ascii_lowercase())
}

/// RFC 2045: what names a type, a parameter, or an unquoted value.
fn is_token(text: &str) -> bool {
    let special = |c| r#"()<>@,;:\"/[]?="#.contains(c);
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !special(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Offers = Offers {
        protobuf: true,
        table: true,
    };
    const NO_PROTOBUF: Offers = Offers {
        protobuf: false,
        table: true,
    };

    #[test]
    fn what_has_no_table_is_refused_unless_something_else_will_do() {
        let offers = Offers {
            protobuf: true,
            table: false,
        };
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io";
        assert_eq!(object(table, offers), None);
        let either = format!("{table},application/json");
        assert_eq!(
            object(&either, offers),
            Some((Encoding::Json, Form::Object))
        );
    }

    #[test]
    fn kubectl_asks_for_a_table_and_falls_back() {
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        assert_eq!(
            object(accept, ALL),
            Some((Encoding::Json, Form::Table("v1")))
        );
    }

    #[test]
    fn protobuf_first_falls_back_to_json() {
        let accept = "application/vnd.kubernetes.protobuf,application/json";
        assert_eq!(
            object(accept, ALL),
            Some((Encoding::Protobuf, Form::Object))
        );
        assert_eq!(
            object(accept, NO_PROTOBUF),
            Some((Encoding::Json, Form::Object))
        );
        assert_eq!(
            object("application/vnd.kubernetes.protobuf", NO_PROTOBUF),
            None
        );
        let metadata = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        assert_eq!(
            object(metadata, ALL),
            Some((Encoding::Protobuf, Form::Metadata("v1")))
        );
        let table = "application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1";
        assert_eq!(object(table, ALL), None);
    }

    #[test]
    fn streams_are_of_changes_and_not_in_yaml() {
        let json = Some((Encoding::Json, Form::Object));
        assert_eq!(object("application/json;stream=watch", ALL), json);
        assert_eq!(object("application/json;stream=other", ALL), None);
        assert_eq!(object("application/yaml;stream=watch", ALL), None);
    }

    #[test]
    fn bodies() {
        assert_eq!(body(""), Some(BodyFormat::Json));
        assert_eq!(
            body("APPLICATION/JSON; charset=\"utf-8\";"),
            Some(BodyFormat::Json)
        );
        for malformed in [
            "application/json; q",
            "application/json/x",
            "application/json,x",
            "json",
            ";",
        ] {
            assert_eq!(body(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn quality_orders() {
        assert_eq!(
            object("application/json;q=0.5, application/yaml", ALL),
            Some((Encoding::Yaml, Form::Object))
        );
    }

    #[test]
    fn metadata_only() {
        assert_eq!(
            object(
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
                ALL
            ),
            Some((Encoding::Json, Form::MetadataList("v1")))
        );
    }

    #[test]
    fn aggregated_discovery() {
        let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
        assert_eq!(discovery(accept), Discovery::Aggregated("v2"));
        assert_eq!(discovery("application/json"), Discovery::Plain);
        assert_eq!(discovery(""), Discovery::Plain);
    }
}
