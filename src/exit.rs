//! The exit codes: the only place that gives them numbers.
//!
//! What we tested failed (1) and what we could not test (3) differ, so that CI can tell a broken
//! receiver from a broken set-up.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: all went as it should.
    Success,
    /// 1: what was tested failed: the receiver refused, or the signature is wrong.
    Failed,
    /// 2: the command is wrong: unknown flag, event or provider; no secret; no target.
    Usage,
    /// 3: it could not be tested: no connection, unreadable file, broken catalog.
    Untestable,
    /// 129: ended by SIGHUP, as when its terminal was closed.
    HungUp,
    /// 130: ended by Ctrl-C.
    Interrupted,
    /// 143: ended by SIGTERM.
    Terminated,
}

impl Exit {
    /// The number the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Untestable => 3,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Both results as one: an interruption before a wrong command, that before 1, 1 before 3.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Untestable => 1,
            Self::Failed => 2,
            Self::Usage => 3,
            Self::HungUp => 4,
            Self::Interrupted => 5,
            Self::Terminated => 6,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn mixed_results_put_a_failure_before_an_untestable_one() {
        assert_eq!(Exit::Untestable.with(Exit::Failed), Exit::Failed);
        assert_eq!(Exit::Failed.with(Exit::Untestable), Exit::Failed);
        assert_eq!(Exit::Success.with(Exit::Untestable), Exit::Untestable);
    }
}
