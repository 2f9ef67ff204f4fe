//! What the definitions of the commands do not say: usage lines, examples, and defaults that are shown though a flag has
//! none. `pages.txt` has a page for each command that opens with `== COMMAND`; its usage stands first, then defaults
//! (`--flag=value`), then examples: what they do behind `# `, and the line to type below.

const PAGES: &str = include_str!("pages.txt");

/// One page.
#[derive(Debug, Default)]
pub struct Page {
    /// What stands behind the command's name in its usage line.
    pub usage: &'static str,
    defaults: Vec<(&'static str, &'static str)>,
    /// What each example does, and its line.
    pub examples: Vec<(&'static str, &'static str)>,
}

impl Page {
    /// The page of a command, such as `create secret`.
    pub fn of(command: &str) -> Option<Self> {
        let mut pages = PAGES.split("== ").skip(1);
        pages.find_map(|page| {
            let (name, page) = page.split_once('\n')?;
            (name == command).then(|| Self::read(page))
        })
    }

    fn read(text: &'static str) -> Self {
        let mut page = Page::default();
        let mut about = "";
        for (index, line) in text.lines().enumerate() {
            let default = line
                .strip_prefix("--")
                .and_then(|line| line.split_once('='));
            match (default, line.strip_prefix("# ")) {
                (_, Some(what)) => about = what,
                _ if !about.is_empty() => page.examples.push((std::mem::take(&mut about), line)),
                (Some(default), _) if !line.contains(' ') => page.defaults.push(default),
                _ if index == 0 => page.usage = line,
                _ => {}
            }
        }
        page
    }

    /// What is shown as a flag's default in place of the one that it has.
    pub fn default_of(&self, flag: &str) -> Option<&'static str> {
        let mut defaults = self.defaults.iter();
        Some(defaults.find(|(name, _)| *name == flag)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_usage_defaults_and_examples() {
        let page = Page::of("scale").expect("there is one");
        assert!(page.usage.ends_with("(-f FILENAME | TYPE NAME)"));
        assert_eq!(page.default_of("replicas"), Some("0"));
        assert_eq!(page.default_of("current-replicas"), None);
        assert_eq!(
            page.examples[0],
            ("Five pods", "kubectl scale --replicas=5 deployment/web")
        );
        assert!(Page::of("scal").is_none());
    }

    #[test]
    fn every_line_of_the_pages_is_read() {
        for page in PAGES.split("== ").skip(1) {
            let (name, text) = page.split_once('\n').expect(page);
            let page = Page::read(text);
            let usage = usize::from(!page.usage.is_empty());
            let read = usage + page.defaults.len() + 2 * page.examples.len();
            assert_eq!(read, text.lines().count(), "{name}");
        }
    }

    #[test]
    fn examples_call_commands_that_exist() {
        for page in PAGES.split("== ").skip(1) {
            let (name, text) = page.split_once('\n').expect(page);
            for (_, line) in Page::read(text).examples {
                assert!(line.contains(&format!("kubectl {name}")), "{name}: {line}");
            }
        }
    }
}
