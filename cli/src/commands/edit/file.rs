//! The file that the user edits, and the editor.

use crate::{
    error::{Error, Result},
    session::{Session, errln},
    terminal::Interruptions,
};
use knarr_api::{quote::quote, yaml};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use tokio::process::Command;

/// A file that stays until somebody removes it, so that nothing is lost when the program ends early.
pub fn write(text: &str, extension: &str) -> Result<PathBuf> {
    let mut file = tempfile::Builder::new()
        .prefix("kubectl-edit-")
        .suffix(extension)
        .tempfile()?;
    file.write_all(text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| Error::Output(error.error))?;
    Ok(path)
}

/// Removes a file that holds nothing of worth any more.
pub fn remove(path: &Path) {
    // Whoever removed it before us wanted the same.
    let _ = std::fs::remove_file(path);
}

/// Tells where the user's work is.
pub fn tell_of(session: &Session, path: &Path) {
    if path.exists() {
        errln!(
            session,
            "A copy of your changes has been stored to {}",
            quote(&path.display().to_string())
        );
    }
}

/// The words that start the editor: `KUBE_EDITOR`, `EDITOR` or vi. One that a shell must read is given to a shell.
fn editor(path: &str) -> (Vec<String>, Vec<String>) {
    let named = ["KUBE_EDITOR", "EDITOR"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|editor| !editor.is_empty());
    let editor = named.unwrap_or_else(|| "vi".to_owned());
    if editor.contains(' ') && editor.contains(['"', '\'', '\\']) {
        let shell = std::env::var("SHELL").unwrap_or_default();
        let shell = match shell.is_empty() {
            true => "/bin/bash".to_owned(),
            false => shell,
        };
        let line = format!("{editor} {}", quote(path));
        let shown = vec![shell.clone(), "-c".to_owned(), editor];
        return (shown, vec![shell, "-c".to_owned(), line]);
    }
    let shown: Vec<String> = editor.split(' ').map(str::to_owned).collect();
    let mut words = shown.clone();
    words.push(path.to_owned());
    (shown, words)
}

/// Has the user edit the file. Keys that interrupt are for the editor alone.
pub async fn launch(path: &Path, interruptions: &mut Interruptions) -> Result<()> {
    let (shown, words) = editor(&path.display().to_string());
    let shown = quote(&shown.join(" "));
    let trouble = || Error::message(format!("there was a problem with the editor {shown}"));
    let mut child = match Command::new(&words[0]).args(&words[1..]).spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !words[0].contains('/') => {
            return Err(Error::message(format!(
                "unable to launch the editor {shown}"
            )));
        }
        Err(_) => return Err(trouble()),
    };
    tokio::select! {
        status = child.wait() => match status?.success() {
            true => Ok(()),
            false => Err(trouble()),
        },
        code = interruptions.any_but_keys() => Err(Error::Exit(code)),
    }
}

/// The lines that are no comments.
pub fn without_comments(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Texts that mean the same have the same form.
pub fn meaning(text: &str) -> String {
    match yaml::from_str(text) {
        Ok(value) => crate::printers::sorted(&value).to_string(),
        Err(_) => without_comments(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_order_mean_nothing() {
        assert_eq!(meaning("# x\na: 1\nb: 2\n"), meaning("b: 2\na: 1\n"));
        assert_ne!(meaning("a: 1\n"), meaning("a: 2\n"));
        assert_eq!(meaning("# x\na: [\n"), meaning("a: [\n# y\n"));
    }

    #[test]
    fn a_file_stays_until_it_is_removed() {
        let path = write("text", ".yaml").expect("a temporary file");
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "text");
        remove(&path);
        assert!(!path.exists());
    }
}
