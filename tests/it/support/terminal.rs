//! A terminal that a run is started on, held by its other end.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcgetwinsize, tcsetwinsize};

use super::env::{Program, Sandbox};

/// Longest wait for what a run is to show.
const PATIENCE: Duration = Duration::from_secs(30);

/// Our end, and what came out of it so far.
pub(crate) struct Terminal {
    master: File,
    slave: File,
    shown: Vec<u8>,
}

impl Terminal {
    /// Of this many columns.
    pub(crate) fn of_columns(columns: u16) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).expect("a terminal");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("its name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = open(name, flags, Mode::empty()).expect("opened");
        let terminal = Self { master: master.into(), slave: slave.into(), shown: Vec::new() };
        terminal.resize(columns);
        terminal
    }

    /// Gives it another number of columns.
    pub(crate) fn resize(&self, columns: u16) {
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.slave, size).expect("sized");
    }

    /// The program with this terminal as its stdin, stdout and stderr, and to
    /// ask on.
    pub(crate) fn retr(&self, sandbox: &Sandbox, command: &str) -> Program {
        sandbox
            .command("/usr/bin/setsid")
            .args(["--ctty", env!("CARGO_BIN_EXE_retr"), command])
            .stdin(self.end())
            .stdout(self.end())
            .stderr(self.end())
    }

    fn end(&self) -> OwnedFd {
        self.slave.try_clone().expect("a descriptor").into()
    }

    /// What the terminal does with keys and lines, as one text.
    pub(crate) fn modes(&self) -> String {
        let modes = tcgetattr(&self.slave).expect("its modes");
        format!("{:?} {:?}", modes.local_modes, modes.input_modes)
    }

    /// Presses keys.
    pub(crate) fn type_in(&mut self, keys: &[u8]) {
        self.master.write_all(keys).expect("typed");
    }

    /// Waits until this is shown.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while !String::from_utf8_lossy(&self.shown).contains(text) {
            let shown = String::from_utf8_lossy(&self.shown);
            assert!(Instant::now() < until, "`{text}` is not in {shown:?}");
            self.look(Duration::from_millis(100));
        }
    }

    /// The lines that are on the screen by now.
    pub(crate) fn screen(&self) -> Vec<String> {
        let size = tcgetwinsize(&self.slave).expect("its size");
        screen(&String::from_utf8_lossy(&self.shown), size.ws_col.into())
    }

    /// All that was shown, once the run is over.
    pub(crate) fn shown(mut self) -> Vec<u8> {
        while self.look(Duration::ZERO) {}
        self.shown
    }

    /// Takes what is there; whether something was.
    fn look(&mut self, patience: Duration) -> bool {
        let wait = Timespec::try_from(patience).expect("short");
        let mut fds = [PollFd::new(&self.master, PollFlags::IN)];
        if poll(&mut fds, Some(&wait)).expect("poll") == 0 {
            return false;
        }
        let mut piece = [0; 4096];
        let octets = self.master.read(&mut piece).expect("read");
        self.shown.extend(&piece[..octets]);
        octets > 0
    }
}

/// What is on a screen of this many columns after all of this.
pub(crate) fn screen(text: &str, columns: usize) -> Vec<String> {
    let mut rows = vec![Vec::new()];
    let (mut row, mut column) = (0usize, 0);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\r' => column = 0,
            '\n' => row += 1,
            '\x1b' => {
                let mut number = 0;
                let command = chars.by_ref().find(|c| {
                    number = c.to_digit(10).map_or(number, |digit| number * 10 + digit);
                    c.is_ascii_alphabetic()
                });
                let number = number.max(1) as usize;
                match command {
                    Some('A') => row = row.saturating_sub(number),
                    Some('B') => row += number,
                    Some('J') => {
                        rows.truncate(row + 1);
                        rows[row].truncate(column);
                    }
                    Some('K') => rows[row].clear(),
                    _ => {}
                }
            }
            c => {
                if column == columns {
                    (row, column) = (row + 1, 0);
                    rows.resize_with(rows.len().max(row + 1), Vec::new);
                }
                let length = rows[row].len().max(column + 1);
                rows[row].resize(length, ' ');
                rows[row][column] = c;
                column += 1;
            }
        }
        rows.resize_with(rows.len().max(row + 1), Vec::new);
    }
    let lines = rows.iter().map(|row| row.iter().collect::<String>());
    lines.map(|line| line.trim_end().to_owned()).collect()
}
