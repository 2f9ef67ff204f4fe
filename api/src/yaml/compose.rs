//! From parser events to a JSON value: anchors, merges, keys, duplicate keys, and the limits that keep a
//! hostile text from using more memory than its size justifies.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, Tag};

use super::resolve::{Scalar, resolve};
use super::{YamlError, syntax};
use crate::json::{MAX_DEPTH, depth};
use crate::quote::quote;

/// go-yaml looks at the share of aliases only above these counts.
const ALIAS_FLOOR: usize = 100;
const NODE_FLOOR: usize = 1000;
/// Nodes up to which nearly all may come from aliases, and from which only a tenth may.
const ALIAS_RANGE: (usize, usize) = (400_000, 4_000_000);

pub(super) struct Composed {
    pub(super) value: Value,
    /// `  line 2: key "a" already set in map`
    pub(super) duplicates: Vec<String>,
    /// The same in go-yaml 3's words: `  line 2: mapping key "a" already defined at line 1`
    pub(super) redefinitions: Vec<String>,
}

/// How plain scalars are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// YAML 1.1, as manifests are read.
    Manifest,
    /// As kustomize reads resources (go-yaml 3): only `true` and `false` are booleans, dates become times, and the
    /// object's own annotations stay as they are written.
    Kustomize,
}

/// Reads the first document.
pub(super) fn compose(text: &str) -> Result<Composed, YamlError> {
    compose_as(text, Dialect::Manifest)
}

/// Reads the first document in a dialect.
pub(super) fn compose_as(text: &str, dialect: Dialect) -> Result<Composed, YamlError> {
    // A byte order mark is no content.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.chars().any(is_refused) {
        return Err(YamlError::yaml("control characters are not allowed"));
    }
    if let Some(fault) = syntax::leading_tab(text) {
        return Err(fault);
    }
    let mut composer = Composer::new(text, dialect);
    for next in Parser::new_from_str(text) {
        let (event, span) = next.map_err(|error| {
            syntax::fault(&error, composer.open_bracket(), composer.context(), text)
        })?;
        if composer.event(event, &span)? {
            break;
        }
    }
    Ok(Composed {
        value: composer.root.unwrap_or(Value::Null),
        duplicates: composer.duplicates,
        redefinitions: composer.redefinitions,
    })
}

fn is_refused(c: char) -> bool {
    (c < ' ' && !matches!(c, '\t' | '\n' | '\r'))
        || c == '\u{7f}'
        || ('\u{80}'..'\u{a0}').contains(&c) && c != '\u{85}'
}

/// An open collection.
struct Frame {
    anchor: usize,
    flow: bool,
    /// Where it begins, counted from zero.
    line: usize,
    /// Nodes so far, itself and those from aliases included.
    nodes: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Value>),
    Mapping {
        map: Map<String, Value>,
        key: Key,
        /// Keys with their lines.
        seen: HashMap<String, usize>,
    },
}

/// Where a mapping is: before a key, or with a key that waits for its value.
enum Key {
    None,
    Merge,
    /// A null, which JSON can't have for a key; the message wants the value too.
    Null,
    Name(String),
}

struct Anchored {
    value: Value,
    nodes: usize,
}

struct Composer<'a> {
    text: &'a str,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Value>,
    duplicates: Vec<String>,
    redefinitions: Vec<String>,
    nodes: usize,
    alias_nodes: usize,
    dialect: Dialect,
}

impl<'a> Composer<'a> {
    fn new(text: &'a str, dialect: Dialect) -> Self {
        Self {
            text,
            stack: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            duplicates: Vec::new(),
            redefinitions: Vec::new(),
            nodes: 0,
            alias_nodes: 0,
            dialect,
        }
    }

    /// The bracket of the innermost collection, if it is in flow style.
    fn open_bracket(&self) -> Option<char> {
        self.stack
            .last()
            .filter(|frame| frame.flow)
            .map(|frame| match frame.content {
                Content::Sequence(_) => '[',
                Content::Mapping { .. } => '{',
            })
    }

    /// The line where the innermost collection begins, in the dialect whose reader tells it.
    fn context(&self) -> Option<usize> {
        let frame = self.stack.last()?;
        (self.dialect == Dialect::Kustomize).then_some(frame.line)
    }

    /// Takes one event; true when the document is complete.
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<bool, YamlError> {
        let line = span.start.line().saturating_sub(1);
        match event {
            Event::DocumentEnd => return Ok(true),
            Event::Alias(id) => self.alias(id, span)?,
            Event::Scalar(text, style, anchor, tag) => {
                if self.takes_key() {
                    self.scalar_key(&text, style, tag.as_deref(), anchor, line)?;
                } else {
                    let value = self.scalar(&text, style, tag.as_deref())?;
                    self.node(value, anchor, 1)?;
                }
            }
            Event::SequenceStart(style, anchor, _) => {
                self.open(anchor, style, line, Content::Sequence(Vec::new()))?;
            }
            Event::MappingStart(style, anchor, _) => {
                let content = Content::Mapping {
                    map: Map::new(),
                    key: Key::None,
                    seen: HashMap::new(),
                };
                self.open(anchor, style, line, content)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            _ => {}
        }
        Ok(false)
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
    ) -> Result<Value, YamlError> {
        let plain = tag.is_none() && style == ScalarStyle::Plain;
        if self.dialect == Dialect::Manifest || !plain {
            return scalar_value(text, style, tag);
        }
        let resolved = match resolve(text) {
            Scalar::Null => Scalar::Null,
            _ if self.in_own_annotations() => Scalar::Text,
            Scalar::Bool(_) if !super::is_core_boolean(text) => Scalar::Text,
            Scalar::Timestamp => return Ok(Value::from(time_text(text))),
            other => other,
        };
        resolved
            .into_value(text)
            .map_err(|what| YamlError::Convert(format!("json: unsupported value: {what}")))
    }

    /// Whether the next value belongs to `metadata.annotations` of the whole object.
    fn in_own_annotations(&self) -> bool {
        let key = |at: usize| match self.stack.get(at).map(|frame| &frame.content) {
            Some(Content::Mapping {
                key: Key::Name(name),
                ..
            }) => Some(name.as_str()),
            _ => None,
        };
        self.stack.len() == 3 && key(0) == Some("metadata") && key(1) == Some("annotations")
    }

    fn takes_key(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Frame {
                content: Content::Mapping { key: Key::None, .. },
                ..
            })
        )
    }

    fn open(
        &mut self,
        anchor: usize,
        style: StructureStyle,
        line: usize,
        content: Content,
    ) -> Result<(), YamlError> {
        self.check_depth(1)?;
        self.stack.push(Frame {
            anchor,
            flow: style == StructureStyle::Flow,
            line,
            nodes: 1,
            content,
        });
        Ok(())
    }

    /// Refuses so many more levels below the open collections, if that is too deep.
    fn check_depth(&self, more: usize) -> Result<(), YamlError> {
        if self.stack.len() + more > MAX_DEPTH {
            return Err(YamlError::yaml(syntax::TOO_DEEP));
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), YamlError> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let value = match frame.content {
            Content::Sequence(items) => Value::Array(items),
            Content::Mapping { map, .. } => Value::Object(map),
        };
        if self.takes_key() {
            return Err(YamlError::yaml(format_args!(
                "invalid map key: {}",
                go_syntax(&value)
            )));
        }
        self.node(value, frame.anchor, frame.nodes)
    }

    /// A complete node: remembers it if it has an anchor, and puts it where it belongs.
    fn node(&mut self, value: Value, anchor: usize, nodes: usize) -> Result<(), YamlError> {
        if anchor != 0 {
            self.anchors.insert(
                anchor,
                Anchored {
                    value: value.clone(),
                    nodes,
                },
            );
        }
        self.nodes += 1;
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        frame.nodes += nodes;
        match &mut frame.content {
            Content::Sequence(items) => items.push(value),
            Content::Mapping { map, key, .. } => match std::mem::replace(key, Key::None) {
                Key::Merge => merge(map, value)?,
                Key::Null => return Err(null_key(&value)),
                Key::Name(name) => drop(map.insert(name, value)),
                // event() has sent keys elsewhere.
                Key::None => {}
            },
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, span: &Span) -> Result<(), YamlError> {
        let Some(anchored) = self.anchors.get(&id) else {
            let source = span.slice(self.text).unwrap_or_default();
            let name = syntax::anchor_name(source);
            return Err(YamlError::yaml(format_args!(
                "anchor '{name}' value contains itself"
            )));
        };
        let nodes = anchored.nodes;
        self.nodes += nodes;
        self.alias_nodes += nodes;
        if self.alias_nodes > ALIAS_FLOOR
            && self.nodes > NODE_FLOOR
            && self.alias_nodes as f64 / self.nodes as f64 > allowed_alias_share(self.nodes)
        {
            return Err(YamlError::yaml("document contains excessive aliasing"));
        }
        self.check_depth(depth(&anchored.value))?;
        let value = anchored.value.clone();
        if self.takes_key() {
            let line = span.start.line().saturating_sub(1);
            let name = key_name(&value).ok_or_else(|| unusable_key(&value))?;
            self.key(name, line);
            return Ok(());
        }
        self.node(value, 0, nodes)
    }

    fn scalar_key(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        anchor: usize,
        line: usize,
    ) -> Result<(), YamlError> {
        if tag.is_none() && style == ScalarStyle::Plain && text == "<<" {
            if let Some(Frame {
                content: Content::Mapping { key, .. },
                ..
            }) = self.stack.last_mut()
            {
                *key = Key::Merge;
            }
            return Ok(());
        }
        let value = self.scalar(text, style, tag)?;
        let Some(name) = key_name(&value) else {
            if let Some(Frame {
                content: Content::Mapping { key, .. },
                ..
            }) = self.stack.last_mut()
            {
                *key = Key::Null;
            }
            return Ok(());
        };
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { value, nodes: 1 });
        }
        self.nodes += 1;
        self.key(name, line);
        Ok(())
    }

    fn key(&mut self, name: String, line: usize) {
        let Some(Frame {
            content: Content::Mapping { key, seen, .. },
            ..
        }) = self.stack.last_mut()
        else {
            return;
        };
        if let Some(first) = seen.insert(name.clone(), line + 1) {
            self.redefinitions.push(format!(
                "  line {}: mapping key {} already defined at line {first}",
                line + 1,
                quote(&name)
            ));
            self.duplicates.push(format!(
                "  line {}: key {} already set in map",
                line + 1,
                quote(&name)
            ));
        }
        *key = Key::Name(name);
    }
}

/// The share of nodes that may come from aliases, by go-yaml's scale.
fn allowed_alias_share(nodes: usize) -> f64 {
    let (low, high) = ALIAS_RANGE;
    match nodes {
        n if n <= low => 0.99,
        n if n >= high => 0.10,
        n => 0.99 - 0.89 * ((n - low) as f64 / (high - low) as f64),
    }
}

/// `<<`: go-yaml lets merged keys replace those that stand before, while later ones replace the merged.
fn merge(map: &mut Map<String, Value>, value: Value) -> Result<(), YamlError> {
    let fault = || YamlError::yaml("map merge requires map or sequence of maps as the value");
    match value {
        Value::Object(merged) => map.extend(merged),
        Value::Array(items) => {
            for item in items.into_iter().rev() {
                let Value::Object(merged) = item else {
                    return Err(fault());
                };
                map.extend(merged);
            }
        }
        _ => return Err(fault()),
    }
    Ok(())
}

/// The JSON key of a scalar key.
fn key_name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn unusable_key(value: &Value) -> YamlError {
    YamlError::yaml(format_args!("invalid map key: {}", go_syntax(value)))
}

fn null_key(value: &Value) -> YamlError {
    let value = go_syntax(value);
    YamlError::Convert(format!(
        "unsupported map key of type: %!s(<nil>), key: <nil>, value: {value}"
    ))
}

/// A collection as Go's `%#v` shows it, for the message about collections as keys.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{}:{}", quote(k), go_syntax(v)))
                .collect();
            format!(
                "map[interface {{}}]interface {{}}{{{}}}",
                entries.join(", ")
            )
        }
        Value::String(text) => quote(text),
        Value::Null => "interface {}(nil)".to_owned(),
        other => other.to_string(),
    }
}

/// A date or time as Go's JSON writes it.
fn time_text(text: &str) -> String {
    if text.len() <= 10
        && let [year, month, day] = text.split('-').collect::<Vec<_>>()[..]
    {
        return format!("{year}-{month:0>2}-{day:0>2}T00:00:00Z");
    }
    match text.parse::<jiff::Timestamp>() {
        Ok(_) => text.replace(['t', ' '], "T").replace('z', "Z"),
        Err(_) => text.to_owned(),
    }
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, YamlError> {
    let unsupported = |what| YamlError::Convert(format!("json: unsupported value: {what}"));
    let Some(tag) = tag else {
        return match style {
            ScalarStyle::Plain => resolve(text).into_value(text).map_err(unsupported),
            _ => Ok(Value::from(text)),
        };
    };
    let Some(wanted) = tag.suffix_in_namespace("tag:yaml.org,2002:") else {
        return Ok(Value::from(text));
    };
    let resolved = resolve(text);
    match (wanted.as_ref(), &resolved) {
        ("str", _) => Ok(Value::from(text)),
        ("binary", _) => {
            let compact: String = text.split_ascii_whitespace().collect();
            let bytes = STANDARD
                .decode(compact)
                .map_err(|_| YamlError::yaml("!!binary value contains invalid base64 data"))?;
            Ok(Value::from(String::from_utf8_lossy(&bytes).into_owned()))
        }
        ("float", Scalar::Int(_) | Scalar::Unsigned(_) | Scalar::Float(_))
        | ("int", Scalar::Int(_) | Scalar::Unsigned(_))
        | ("bool", Scalar::Bool(_))
        | ("null", Scalar::Null)
        | ("timestamp", Scalar::Timestamp) => resolved.into_value(text).map_err(unsupported),
        ("float" | "int" | "bool" | "null" | "timestamp", _) => {
            let found = resolved.tag();
            Err(YamlError::yaml(format_args!(
                "cannot decode {found} `{text}` as a !!{wanted}"
            )))
        }
        _ => Ok(Value::from(text)),
    }
}
