//! What a reference to an image looks like; `run` and `debug` check theirs before they ask the server.

use regex_lite::Regex;

/// Upstream's refusal of anything else.
pub const WRONG: &str = "invalid reference format";

/// The grammar of the distribution specification: domain, path, tag, digest.
const PATTERN: &str = r"^(?:(?:LABEL(?:\.LABEL)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?/)?PART(?:/PART)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$";
const LABEL: &str = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const PART: &str = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*";

/// Whether `text` refers to an image.
pub fn is_image(text: &str) -> bool {
    let pattern = PATTERN.replace("LABEL", LABEL).replace("PART", PART);
    Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_references() {
        for right in [
            "x",
            "a/b:c",
            "registry.io:5000/leap/spark:latest",
            "[::1]:5000/a",
            "localhost/a__b--c@sha256:d3eeab8a97b4599372428108eff7a60387fd44d414c12a35a9b414814f1bf117",
        ] {
            assert!(is_image(right), "{right}");
        }
        for wrong in ["", "A:::x", "UPPER", "a b", "a:", "a@sha256:1"] {
            assert!(!is_image(wrong), "{wrong}");
        }
    }
}
