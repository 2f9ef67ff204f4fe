//! Faults of the YAML scanner and parser, in go-yaml's words and with go-yaml's line numbers.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::YamlError;

const TAB_IN_BLOCK: &str = "found a tab character where an indentation space is expected";

/// go-yaml's words, with go-yaml's number.
pub(super) const TOO_DEEP: &str = "exceeded max depth of 10000";

const NO_NODE: &str = "did not find expected node content";

/// Which stage of go-yaml finds a fault: the scanner counts lines from one, the parser from zero.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Scanner,
    Parser,
}

/// A fault in go-yaml's terms. `flow` tells that the innermost open collection is in brackets, and with
/// which. `context` is the line, counted from zero, where that collection begins: go-yaml 3 names it.
pub(super) fn fault(
    error: &ScanError,
    flow: Option<char>,
    context: Option<usize>,
    text: &str,
) -> YamlError {
    let marker = error.marker();
    let marked = marker.line().saturating_sub(1);
    let source = text.split('\n').nth(marked).unwrap_or_default();
    if *error.kind() == ErrorKind::UnknownAnchor {
        return unknown_anchor(source, marker.col());
    }
    // go-yaml has no rule against a key on a new line inside of brackets: it misses the closing one.
    let flow = flow.or_else(|| unclosed_bracket(text, marked));
    let (stage, message) = match (error.kind(), source.trim_start_matches(' ')) {
        (ErrorKind::UnclosedFlowCollection { .. }, _) if wants_node(text) => {
            (Stage::Parser, NO_NODE.to_owned())
        }
        (ErrorKind::MismatchedFlowCollectionEnd { .. }, _)
            if wants_node(before_end(source, marker.col())) =>
        {
            (Stage::Parser, NO_NODE.to_owned())
        }
        (ErrorKind::ExpectedBlockMappingKey, rest) if rest.starts_with('\t') => {
            (Stage::Scanner, TAB_IN_BLOCK.to_owned())
        }
        (ErrorKind::MisplacedFlowCollectionEnd, rest) if rest.starts_with([']', '}']) => {
            (Stage::Parser, "did not find expected key".to_owned())
        }
        (kind, _) => describe(kind, flow),
    };
    // Where go-yaml stands when it notices: at the end, or on the line after.
    let line = match error.kind() {
        ErrorKind::UnclosedQuotedScalar => text.matches('\n').count(),
        ErrorKind::UnclosedFlowCollection { .. } => text.lines().count(),
        ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => marked + 1,
        _ => marked,
    };
    let within = stage == Stage::Parser && message.starts_with("did not find expected");
    let line = context.filter(|begun| within && *begun > 0).unwrap_or(line);
    located(line, stage, &message)
}

/// go-yaml leaves the first line out, and counts differently per stage.
fn located(line: usize, stage: Stage, message: &str) -> YamlError {
    match (line, stage) {
        (0, _) => YamlError::yaml(message),
        (line, Stage::Scanner) => YamlError::yaml(format_args!("line {}: {message}", line + 1)),
        (line, Stage::Parser) => YamlError::yaml(format_args!("line {line}: {message}")),
    }
}

/// A tab where the first content of a document belongs, which only go-yaml refuses.
pub(super) fn leading_tab(text: &str) -> Option<YamlError> {
    let is_preamble =
        |line: &&str| line.trim().is_empty() || line.starts_with(['#', '%']) || *line == "---";
    let line = text
        .lines()
        .take_while(|line| line.starts_with('\t') || is_preamble(line))
        .position(|line| line.starts_with('\t'));
    line.map(|line| {
        located(
            line,
            Stage::Scanner,
            "found character that cannot start any token",
        )
    })
}

/// What stands before the bracket that ends a collection, at a column of a line or behind the scalar there.
fn before_end(line: &str, column: usize) -> &str {
    let start = line
        .char_indices()
        .nth(column)
        .map_or(line.len(), |(at, _)| at);
    let end = line[start..]
        .find([']', '}'])
        .map_or(line.len(), |at| start + at);
    &line[..end]
}

/// Whether a text inside of brackets ends where go-yaml looks for another node: neither after one nor after a comment.
fn wants_node(text: &str) -> bool {
    let mut lines = text.lines().rev();
    let last = lines.find_map(|line| {
        let end = line.find(" #").unwrap_or(line.len());
        line[..end].trim_end().chars().next_back()
    });
    matches!(last, Some('[' | '{' | ',' | ':'))
}

/// The last bracket that is open before a line, if any is. Only brackets that start a value count.
fn unclosed_bracket(text: &str, line: usize) -> Option<char> {
    let mut open = Vec::new();
    for source in text.split('\n').take(line) {
        let mut before = ' ';
        for c in source.chars() {
            match c {
                '#' if before == ' ' => break,
                '[' | '{' if matches!(before, ' ' | '[' | '{' | ',') => open.push(c),
                ']' | '}' => drop(open.pop()),
                _ => {}
            }
            before = c;
        }
    }
    open.pop()
}

fn describe(kind: &ErrorKind, flow: Option<char>) -> (Stage, String) {
    use ErrorKind as E;
    let (stage, message) = match kind {
        E::MappingValueNotAllowed | E::InvalidColonPlacement if flow == Some('[') => {
            (Stage::Parser, "did not find expected ',' or ']'")
        }
        E::MappingValueNotAllowed | E::InvalidColonPlacement if flow == Some('{') => {
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
        | E::UnexpectedEofImplicitFlowMapping => (Stage::Parser, NO_NODE),
        E::UndeclaredTagHandle => (Stage::Parser, "found undefined tag handle"),
        E::UnsupportedYamlMajorVersion => (Stage::Parser, "found incompatible YAML document"),
        E::DuplicateVersionDirective => (Stage::Parser, "found duplicate %YAML directive"),
        E::DuplicateTagDirective => (Stage::Parser, "found duplicate %TAG directive"),
        E::ExpectedDocumentStart => (Stage::Parser, "did not find expected <document start>"),
        E::RecursionLimitExceeded => (Stage::Scanner, TOO_DEEP),
        E::TabAtBlockScalarStart => (Stage::Scanner, TAB_IN_BLOCK),
        other => {
            // go-yaml keeps the context to itself.
            let message = other.to_string();
            let problem = message
                .split_once(", ")
                .filter(|_| message.starts_with("while "));
            return (
                Stage::Scanner,
                problem.map_or(message.clone(), |(_, problem)| problem.to_owned()),
            );
        }
    };
    (stage, message.to_owned())
}

fn unknown_anchor(source: &str, column: usize) -> YamlError {
    let at: String = source.chars().skip(column).collect();
    YamlError::yaml(format_args!(
        "unknown anchor '{}' referenced",
        anchor_name(&at)
    ))
}

/// The name in `*name …`.
pub(super) fn anchor_name(source: &str) -> &str {
    let name = source.strip_prefix(['*', '&']).unwrap_or(source);
    name.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
        .next()
        .unwrap_or_default()
}
