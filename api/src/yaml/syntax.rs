//! Faults of the YAML scanner and parser, in go-yaml's words and with go-yaml's line numbers.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::YamlError;

/// Which stage of go-yaml finds a fault: the scanner counts lines from one, the parser from zero.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Scanner,
    Parser,
}

/// A fault in go-yaml's terms. `flow` tells that the innermost open collection is in brackets, and with
/// which.
pub(super) fn fault(error: &ScanError, flow: Option<char>, text: &str) -> YamlError {
    let marker = error.marker();
    let marked = marker.line().saturating_sub(1);
    if *error.kind() == ErrorKind::UnknownAnchor {
        return unknown_anchor(text, marked, marker.col());
    }
    let (stage, message) = describe(error.kind(), flow);
    // Where go-yaml stands when it notices: at the end, or on the line after.
    let line = match error.kind() {
        ErrorKind::UnclosedQuotedScalar | ErrorKind::UnclosedFlowCollection { .. } => {
            text.matches('\n').count()
        }
        ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::TabInPlainScalar => marked + 1,
        _ => marked,
    };
    // It leaves the first line out, and counts differently per stage.
    match (line, stage) {
        (0, _) => YamlError::yaml(message),
        (line, Stage::Scanner) => YamlError::yaml(format_args!("line {}: {message}", line + 1)),
        (line, Stage::Parser) => YamlError::yaml(format_args!("line {line}: {message}")),
    }
}

fn describe(kind: &ErrorKind, flow: Option<char>) -> (Stage, String) {
    use ErrorKind as E;
    let (stage, message) = match kind {
        // go-yaml has no rule against a key on a new line here: it misses the bracket.
        E::MappingValueNotAllowed if flow == Some('[') => {
            (Stage::Parser, "did not find expected ',' or ']'")
        }
        E::MappingValueNotAllowed if flow == Some('{') => {
            (Stage::Parser, "did not find expected ',' or '}'")
        }
        E::MappingValueNotAllowed | E::InvalidColonPlacement | E::InvalidMappingValueWhitespace => {
            (
                Stage::Scanner,
                "mapping values are not allowed in this context",
            )
        }
        E::MappingKeyNotAllowed => (
            Stage::Scanner,
            "mapping keys are not allowed in this context",
        ),
        E::BlockSequenceEntryNotAllowed | E::BlockEntryInFlowCollection => (
            Stage::Scanner,
            "block sequence entries are not allowed in this context",
        ),
        E::UnexpectedCharacter { .. }
        | E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabInIndentation => (
            Stage::Scanner,
            "found character that cannot start any token",
        ),
        E::TabInPlainScalar => (
            Stage::Scanner,
            "found a tab character that violates indentation",
        ),
        E::UnclosedQuotedScalar => (Stage::Scanner, "found unexpected end of stream"),
        E::DocumentIndicatorInQuotedScalar => {
            (Stage::Scanner, "found unexpected document indicator")
        }
        E::UnknownQuotedScalarEscape => (Stage::Scanner, "found unknown escape character"),
        E::InvalidQuotedScalarHexEscape => {
            (Stage::Scanner, "did not find expected hexdecimal number")
        }
        E::InvalidUnicodeEscape => (
            Stage::Scanner,
            "found invalid Unicode character escape code",
        ),
        E::MissingAnchorOrAliasName => (
            Stage::Scanner,
            "did not find expected alphabetic or numeric character",
        ),
        E::UnclosedVerbatimTag => (Stage::Scanner, "did not find the expected '>'"),
        E::InvalidBlockScalarHeader => (
            Stage::Scanner,
            "did not find expected comment or line break",
        ),
        E::ZeroBlockScalarIndent => (Stage::Scanner, "found an indentation indicator equal to 0"),
        E::SimpleKeyExpected | E::InvalidSimpleKey => {
            (Stage::Scanner, "could not find expected ':'")
        }
        E::UnclosedFlowCollection { open: '[' }
        | E::ExpectedFlowSequenceSeparator
        | E::UnexpectedEofFlowSequence => (Stage::Parser, "did not find expected ',' or ']'"),
        E::MismatchedFlowCollectionEnd { open: '[', .. } => {
            (Stage::Parser, "did not find expected ',' or ']'")
        }
        E::UnclosedFlowCollection { .. }
        | E::ExpectedFlowMappingSeparator
        | E::UnexpectedEofFlowMapping => (Stage::Parser, "did not find expected ',' or '}'"),
        E::MismatchedFlowCollectionEnd { .. } => {
            (Stage::Parser, "did not find expected ',' or '}'")
        }
        E::ExpectedBlockMappingKey
        | E::InvalidIndentation
        | E::InvalidTrailingSingleQuotedScalar
        | E::InvalidTrailingDoubleQuotedScalar
        | E::InvalidBlockScalarIndent => (Stage::Parser, "did not find expected key"),
        E::ExpectedBlockSequenceEntry => (Stage::Parser, "did not find expected '-' indicator"),
        E::ExpectedNodeContent
        | E::MisplacedFlowCollectionEnd
        | E::UnexpectedEofImplicitFlowMapping => {
            (Stage::Parser, "did not find expected node content")
        }
        E::UndeclaredTagHandle => (Stage::Parser, "found undefined tag handle"),
        E::UnsupportedYamlMajorVersion => (Stage::Parser, "found incompatible YAML document"),
        E::DuplicateVersionDirective => (Stage::Parser, "found duplicate %YAML directive"),
        E::DuplicateTagDirective => (Stage::Parser, "found duplicate %TAG directive"),
        E::ExpectedDocumentStart => (Stage::Parser, "did not find expected <document start>"),
        E::RecursionLimitExceeded => (Stage::Scanner, "exceeded max depth of 10000"),
        other => return (Stage::Scanner, other.to_string()),
    };
    (stage, message.to_owned())
}

fn unknown_anchor(text: &str, line: usize, column: usize) -> YamlError {
    let at: String = text
        .split('\n')
        .nth(line)
        .unwrap_or_default()
        .chars()
        .skip(column)
        .collect();
    let name = anchor_name(&at);
    YamlError::yaml(format_args!("unknown anchor '{name}' referenced"))
}

/// The name in `*name …`.
pub(super) fn anchor_name(source: &str) -> &str {
    let name = source.strip_prefix(['*', '&']).unwrap_or(source);
    name.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
        .next()
        .unwrap_or_default()
}
