//! How large events and batches of them may be: `--audit-log-truncate-…` and `--audit-webhook-truncate-…`.

use std::sync::Arc;

use super::event::Event;
use super::policy::Level;

/// By which an event says that its objects were left out.
const ANNOTATION: &str = "audit.k8s.io/truncated";

/// In bytes of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub event: usize,
    pub batch: usize,
}

/// An event that a sink takes.
pub struct Entry {
    pub event: Arc<Event>,
    /// In bytes of JSON; 0 when nobody wants to know.
    size: usize,
}

/// An event cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("event is too large even after truncating")]
    TooLarge,
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl Entry {
    pub fn unmeasured(event: &Arc<Event>) -> Self {
        let event = event.clone();
        Self { event, size: 0 }
    }

    fn measured(event: Arc<Event>) -> Result<Self, Error> {
        let size = serde_json::to_vec(&event)?.len();
        Ok(Self { event, size })
    }
}

impl Limits {
    /// The event, without the objects that were sent and answered if it is too large with them.
    pub fn fit(&self, event: &Arc<Event>) -> Result<Entry, Error> {
        let mut entry = Entry::measured(event.clone())?;
        if entry.size > self.event && event.level >= Level::Request {
            entry = Entry::measured(Arc::new(truncated(event)))?;
        }
        if entry.size > self.event {
            return Err(Error::TooLarge);
        }
        Ok(entry)
    }
}

fn truncated(event: &Event) -> Event {
    let mut smaller = event.clone();
    (smaller.request_object, smaller.response_object) = (None, None);
    let annotations = &mut smaller.annotations;
    annotations.insert(ANNOTATION.to_owned(), "true".to_owned());
    smaller
}

/// The batch in parts that are not too large.
pub fn split(batch: Vec<Entry>, limits: Option<Limits>) -> Vec<Vec<Entry>> {
    match limits {
        Some(limits) => parts(batch, limits.batch, |entry| entry.size),
        None => vec![batch],
    }
}

fn parts<T>(all: Vec<T>, limit: usize, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut parts: Vec<Vec<T>> = Vec::new();
    let mut sum = 0;
    for one in all {
        sum += size(&one);
        match parts.last_mut() {
            Some(part) if sum <= limit => part.push(one),
            _ => {
                sum = size(&one);
                parts.push(vec![one]);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_split_where_it_would_be_too_large() {
        let check = |sizes: &[usize], expected: &[&[usize]]| {
            assert_eq!(parts(sizes.to_vec(), 6, |size| *size), expected);
        };
        check(&[3, 3, 1, 4, 2], &[&[3, 3], &[1, 4], &[2]]);
        check(&[4, 4, 8], &[&[4], &[4], &[8]]);
    }
}
