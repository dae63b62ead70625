//! The report that CI systems read, of whatever was tested.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::words::{self, Lines};

/// A test and what became of it. Its texts may hold remote text.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) name: String,
    /// What it belongs to.
    pub(super) class: String,
    pub(super) result: TestResult,
    pub(super) elapsed: Option<Duration>,
    /// What is told of one that passed.
    pub(super) output: Option<String>,
}

/// What became of a test.
#[derive(Debug)]
pub(super) enum TestResult {
    Passed,
    Skipped(String),
    /// What was tested failed.
    Failed {
        code: String,
        message: String,
        description: String,
    },
    /// It could not be tested.
    Untestable {
        code: String,
        message: String,
    },
}

/// A report of suites, each with its name.
pub(super) fn junit(name: &str, suites: Vec<(String, Vec<Test>)>) -> Result<String, SerializeError> {
    let mut report = Report::new(name);
    for (name, tests) in suites {
        let mut suite = TestSuite::new(clean(&name));
        suite.add_test_cases(tests.into_iter().map(case));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn case(test: Test) -> TestCase {
    let mut case = TestCase::new(clean(&test.name), status(&test.result));
    case.set_classname(clean(&test.class));
    if let Some(elapsed) = test.elapsed {
        case.set_time(elapsed);
    }
    if let Some(output) = test.output {
        case.set_system_out(clean(&output));
    }
    case
}

fn status(result: &TestResult) -> TestCaseStatus {
    match result {
        TestResult::Passed => TestCaseStatus::success(),
        TestResult::Skipped(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(clean(why));
            status
        }
        TestResult::Failed { code, message, description } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(code.as_str()).set_message(clean(message));
            status.set_description(words::printable(description, Lines::Keep));
            status
        }
        TestResult::Untestable { code, message } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type(code.as_str()).set_message(clean(message));
            status
        }
    }
}

fn clean(text: &str) -> String {
    words::printable(text, Lines::Escape)
}
