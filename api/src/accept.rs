//! The `Accept` header taken apart (RFC 9110, with the parameters that Kubernetes adds): what is served is decided by
//! who serves.

/// One clause of the header.
pub struct Clause<'a> {
    /// Such as `application/json`.
    pub media_type: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> Clause<'a> {
    fn parse(text: &'a str) -> Self {
        let mut pieces = text.split(';').map(str::trim);
        Self {
            media_type: pieces.next().unwrap_or_default(),
            parameters: pieces.filter_map(|piece| piece.split_once('=')).collect(),
        }
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.parameters.iter().find(|(key, _)| *key == name)?;
        Some(value)
    }

    /// `q` in thousandths; 1000 when absent.
    fn quality(&self) -> u32 {
        let quality = self.get("q").and_then(|q| q.parse::<f32>().ok());
        (quality.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0) as u32
    }
}

/// The clauses from the most to the least wanted; equals in their order.
pub fn clauses(accept: &str) -> Vec<Clause<'_>> {
    let mut clauses: Vec<Clause<'_>> = accept.split(',').map(|c| Clause::parse(c.trim())).collect();
    clauses.sort_by_key(|clause| std::cmp::Reverse(clause.quality()));
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_most_comes_first() {
        let clauses = clauses("application/json;q=0.5, application/yaml;as=Table;g=meta.k8s.io");
        let types: Vec<&str> = clauses.iter().map(|clause| clause.media_type).collect();
        assert_eq!(types, ["application/yaml", "application/json"]);
        assert_eq!(clauses[0].get("as"), Some("Table"));
        assert_eq!(clauses[0].get("q"), None);
    }
}
