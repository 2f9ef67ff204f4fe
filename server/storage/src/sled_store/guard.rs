//! sled panics on some kinds of damage to its files. Here such a panic becomes an error.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use crate::store::{Error, Result};

/// How sled names the threads that write its log.
const SLED_THREADS: &str = "sled-io-";

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Runs what calls sled. The panic's message goes into the error, and not, with a backtrace, to standard error.
pub(super) fn guarded<T>(place: &str, work: impl FnOnce() -> T) -> Result<T> {
    HOOK.call_once(keep_quiet);
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let detail = format!("sled gave up: {}", text.unwrap_or("no reason given"));
        Error::Corrupt {
            place: place.to_owned(),
            detail,
        }
    })
}

/// Puts a filter before the hook that reports panics. The hook belongs to the whole process, so all others go through.
fn keep_quiet() {
    let report = take_hook();
    set_hook(Box::new(move |panic| {
        let thread = std::thread::current();
        let in_sled = thread
            .name()
            .is_some_and(|name| name.starts_with(SLED_THREADS));
        if in_sled || GUARDED.get() {
            tracing::debug!(%panic, "the store caught a panic");
        } else {
            report(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        let error = guarded("/data", || panic!("page {} is torn", 7))
            .map(|()| 1)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the data in /data is corrupt: sled gave up: page 7 is torn"
        );
        assert_eq!(guarded("/data", || 1).unwrap(), 1);
    }
}
