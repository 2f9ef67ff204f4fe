//! An error and its causes in one line, for people.

/// The error and what caused it, each said once: many texts hold their cause already, as they are also shown alone.
pub fn line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if line.is_empty() {
            line = text;
        } else if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot write {path}: {source}")]
    struct Failed {
        path: &'static str,
        source: std::io::Error,
    }

    #[test]
    fn a_cause_is_said_once() {
        let source = std::io::Error::other("no space");
        let path = "/a";
        let result: anyhow::Result<()> = Err(Failed { path, source }.into());
        let error = result.context("the store").unwrap_err();
        assert_eq!(line(&error), "the store: cannot write /a: no space");
    }
}
