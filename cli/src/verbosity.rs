//! How much of what happens is logged: `-v` for everything, `--vmodule` for single source files of the real kubectl, whose
//! names the lines of our log carry too. What the lines look like is in `client::log`.

use crate::resource::matches_glob;
use std::num::ParseIntError;

/// The levels of `--vmodule`: patterns of file names without folder and `.go`, as klog reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modules(Vec<(String, i32)>);

impl Modules {
    /// Reads `pattern=N,pattern=N`; the error is in klog's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let malformed = || "syntax error: expect comma-separated list of filename=N".to_owned();
        let mut modules = Vec::new();
        for setting in text.split(',').filter(|setting| !setting.is_empty()) {
            let (pattern, level) = setting.split_once('=').ok_or_else(malformed)?;
            if pattern.is_empty() {
                return Err(malformed());
            }
            let level: i32 = level.parse().map_err(|_: ParseIntError| malformed())?;
            match level {
                ..0 => return Err("negative value for vmodule level".to_owned()),
                0 => {}
                _ => modules.push((pattern.to_owned(), level)),
            }
        }
        Ok(Modules(modules))
    }
}

/// The level of `-v` and those of `--vmodule`.
#[derive(Clone, Debug, Default)]
pub struct Verbosity {
    pub level: i32,
    pub modules: Modules,
}

impl Verbosity {
    /// The level that counts in a file, such as `round_trippers`. The first pattern that fits counts, if it is the larger.
    pub fn in_file(&self, file: &str) -> i32 {
        let modules = self.modules.0.iter();
        let named = modules.filter(|(pattern, _)| matches_glob(pattern, file));
        let named = named.map(|(_, level)| *level).next();
        self.level.max(named.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_of_the_two_flags_counts() {
        let verbosity = Verbosity {
            level: 6,
            modules: Modules::parse("round_*=8,loader=2,").expect("it is well formed"),
        };
        assert_eq!(verbosity.in_file("round_trippers"), 8);
        assert_eq!(verbosity.in_file("loader"), 6);
        assert_eq!(verbosity.in_file("helper"), 6);
    }

    #[test]
    fn settings_are_refused_in_klogs_words() {
        for text in ["foo", "foo=x", "=3"] {
            assert_eq!(
                Modules::parse(text).expect_err(text),
                "syntax error: expect comma-separated list of filename=N"
            );
        }
        assert_eq!(
            Modules::parse("a=-1").expect_err("it is negative"),
            "negative value for vmodule level"
        );
    }
}
