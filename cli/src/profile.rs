//! `--profile`: what the run cost, in the format of pprof (`profile.proto`). There are no stacks: one sample says how much.

use crate::{
    error::{Error, Result},
    flags::GlobalArgs,
};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::{
    path::PathBuf,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// The value of `--profile` that asks for none.
pub const NO_PROFILE: &str = "none";

/// A profile that is being taken; none for most runs.
pub struct Profile(Option<Taken>);

struct Taken {
    name: String,
    file: PathBuf,
    started: Instant,
}

impl Profile {
    /// Begins the profile that the flags ask for.
    pub fn start(globals: &GlobalArgs) -> Result<Self> {
        match globals.profile.as_str() {
            NO_PROFILE => Ok(Profile(None)),
            "cpu" | "heap" | "goroutine" | "threadcreate" | "block" | "mutex" | "trace" => {
                Ok(Profile(Some(Taken {
                    name: globals.profile.clone(),
                    file: globals.profile_output.clone(),
                    started: Instant::now(),
                })))
            }
            other => Err(Error::message(format!("unknown profile '{other}'"))),
        }
    }

    /// Writes the profile to its file.
    pub fn finish(self) -> Result<()> {
        let Some(taken) = self.0 else { return Ok(()) };
        let usage = getrusage(UsageWho::RUSAGE_SELF)
            .map_err(|error| Error::message(format!("getrusage: {error}")))?;
        let (unit, amount) = match taken.name.as_str() {
            "cpu" | "trace" => {
                let time =
                    usage.user_time().num_nanoseconds() + usage.system_time().num_nanoseconds();
                ("nanoseconds", time)
            }
            "heap" => ("bytes", usage.max_rss() * 1024),
            "block" | "mutex" => ("nanoseconds", 0),
            _ => ("count", 1),
        };
        let lasted = i64::try_from(taken.started.elapsed().as_nanos()).unwrap_or(i64::MAX);
        let bytes = encode(&taken.name, unit, amount, lasted);
        std::fs::write(&taken.file, bytes)
            .map_err(|error| Error::message(format!("open {}: {error}", taken.file.display())))
    }
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn number(tag: u64, value: i64, out: &mut Vec<u8>) {
    varint(tag << 3, out);
    varint(value.cast_unsigned(), out);
}

fn bytes(tag: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(tag << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

/// A `perftools.profiles.Profile` of one sample.
fn encode(name: &str, unit: &str, amount: i64, lasted: i64) -> Vec<u8> {
    let (mut profile, mut kind, mut sample) = (Vec::new(), Vec::new(), Vec::new());
    number(1, 1, &mut kind);
    number(2, 2, &mut kind);
    bytes(1, &kind, &mut profile);
    number(2, amount, &mut sample);
    bytes(2, &sample, &mut profile);
    for text in ["", name, unit] {
        bytes(6, text.as_bytes(), &mut profile);
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    number(
        9,
        i64::try_from(now.as_nanos()).unwrap_or_default(),
        &mut profile,
    );
    number(10, lasted, &mut profile);
    profile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_its_unit() {
        let encoded = encode("cpu", "nanoseconds", 300, 7);
        assert_eq!(&encoded[..6], [0x0a, 4, 0x08, 1, 0x10, 2]);
        assert_eq!(&encoded[6..11], [0x12, 3, 0x10, 0xac, 0x02]);
        assert!(encoded.windows(11).any(|part| part == b"nanoseconds"));
    }
}
