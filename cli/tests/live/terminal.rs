//! A terminal for the program to run on.

use crate::cluster::until;
use nix::{
    pty::openpty,
    sys::termios::{LocalFlags, Termios, tcgetattr},
};
use std::{
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    process::Command,
    sync::{Arc, Mutex},
};

/// A pseudo terminal; what is written to it is kept.
pub struct Terminal {
    master: File,
    slave: OwnedFd,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    pub fn open() -> Self {
        let pair = openpty(None, None).expect("a pseudo terminal");
        let master = File::from(pair.master);
        let mut reader = master.try_clone().expect("one more handle");
        let shown = Arc::new(Mutex::new(Vec::new()));
        let kept = shown.clone();
        // It ends when nobody has the other side any more.
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let mut kept = kept.lock().expect("nobody panics");
                kept.extend_from_slice(&buffer[..count]);
            }
        });
        Terminal {
            master,
            slave: pair.slave,
            shown,
        }
    }

    /// Has the command read from this terminal and write to it.
    pub fn hold<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let handle = || self.slave.try_clone().expect("one more handle");
        command.stdin(handle()).stdout(handle()).stderr(handle())
    }

    pub fn type_in(&mut self, keys: &[u8]) {
        self.master.write_all(keys).expect("the terminal is there");
    }

    pub fn settings(&self) -> Termios {
        tcgetattr(&self.slave).expect("it is a terminal")
    }

    /// Whether keys are passed on one by one.
    pub fn is_raw(&self) -> bool {
        !self.settings().local_flags.contains(LocalFlags::ICANON)
    }

    pub fn shown(&self) -> String {
        let shown = self.shown.lock().expect("nobody panics");
        String::from_utf8_lossy(&shown).into_owned()
    }

    pub fn wait_for(&self, text: &str) {
        until(text, || self.shown().contains(text));
    }
}
