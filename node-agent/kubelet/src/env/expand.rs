//! `$(NAME)` in values, commands and arguments, as the API documents it: `$$` is a dollar sign, and a
//! name that is not known stays as it was written.

/// Replaces every `$(NAME)` that `lookup` knows.
pub fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        out.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = after
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'))
        {
            out.push_str(&lookup(name).unwrap_or_else(|| format!("$({name})")));
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_follows_the_documented_syntax() {
        let check = |text: &str, expected: &str| {
            assert_eq!(
                expand(text, |name| (name == "A").then(|| "x".to_owned())),
                expected,
                "{text}"
            );
        };
        check("plain", "plain");
        check("$(A)$(A)", "xx");
        check("$(B)", "$(B)");
        check("$$(A)", "$(A)");
        check("$$$(A)", "$x");
        check("$A $ $(A", "$A $ $(A");
        check("cost: 5$", "cost: 5$");
    }
}
