//! Who may ask without credentials: nobody, anybody, or only for some paths. What they see is then RBAC's to say: by
//! default health and version.

/// The setting: `--anonymous-auth`, or `anonymous` of an AuthenticationConfiguration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anonymous {
    pub enabled: bool,
    /// The only paths that may be asked for; empty means all.
    pub paths: Vec<String>,
}

impl Default for Anonymous {
    fn default() -> Self {
        Self {
            enabled: true,
            paths: Vec::new(),
        }
    }
}

impl Anonymous {
    /// Whether a request without credentials for this path is heard at all.
    pub fn may_ask(&self, path: &str) -> bool {
        self.enabled && (self.paths.is_empty() || self.paths.iter().any(|one| one == path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_paths_that_are_named() {
        let all = Anonymous::default();
        assert!(all.may_ask("/api"));
        let health = Anonymous {
            enabled: true,
            paths: vec!["/livez".to_owned()],
        };
        assert!(health.may_ask("/livez") && !health.may_ask("/livez/ping"));
        let nobody = Anonymous {
            enabled: false,
            ..health
        };
        assert!(!nobody.may_ask("/livez"));
    }
}
