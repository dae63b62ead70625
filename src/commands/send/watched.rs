//! Stories that are sent as a test: what becomes of each step is told to who asked for it, and not shown.

use std::time::Duration;

use super::course::Course;
use super::retrying::RetryArgs;
use super::volume::VolumeArgs;
use super::weather::WeatherArgs;
use super::{Prepared, SendArgs, prepare, steps};
use crate::commands::connection::ConnectionArgs;
use crate::commands::context::Context;
use crate::commands::destination::{Aim, no_target};
use crate::commands::handling::runtime;
use crate::commands::input::HeaderArgs;
use crate::commands::making::{Source, StageArgs};
use crate::commands::secrets::SecretArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::Ran;

/// Stories and how they are sent.
pub(in crate::commands) struct Stories<'a> {
    pub(in crate::commands) words: &'a [String],
    pub(in crate::commands) to: Option<&'a str>,
    pub(in crate::commands) timeout: Option<Duration>,
    pub(in crate::commands) time_scale: f64,
    pub(in crate::commands) keep_going: bool,
    pub(in crate::commands) stage: &'a StageArgs,
    pub(in crate::commands) headers: &'a HeaderArgs,
    pub(in crate::commands) secrets: &'a SecretArgs,
    pub(in crate::commands) connection: &'a ConnectionArgs,
}

impl Stories<'_> {
    /// What `send` would be told for the same.
    fn as_sent(&self) -> SendArgs {
        SendArgs {
            events: self.words.to_vec(),
            to: self.to.map(str::to_string),
            body: None,
            timeout: self.timeout,
            delay: Duration::ZERO,
            fault: None,
            keep_going: self.keep_going,
            dry_run: false,
            verbose: false,
            json: false,
            volume: VolumeArgs::none(),
            headers: self.headers.clone(),
            retry: RetryArgs::none(self.time_scale),
            weather: WeatherArgs::default(),
            make: self.stage.making(),
            secrets: self.secrets.clone(),
            connection: self.connection.clone(),
        }
    }
}

/// Sends stories step by step, and tells what became of each; the exit code, and where they went to.
pub(in crate::commands) fn watched(
    stories: &Stories<'_>,
    context: &Context,
    tell: &dyn Fn(Ran),
) -> Result<(Exit, String), Error> {
    let args = stories.as_sent();
    let catalog = context.catalog_untold()?;
    let steps = steps::steps(&args, context, &catalog)?;
    let Prepared { url, options, mut maker } = prepare(&args, context, &catalog, &steps, Source::Sample, Aim::Run)?;
    let url = url.ok_or_else(|| no_target(context, Aim::Run))?;
    runtime()?.block_on(async {
        let mut course = Course::new(&args, context, &catalog, &mut maker, &url, &options)?;
        course.watch(tell);
        let exit = course.run(&steps).await?;
        Ok((exit, course.shown().to_string()))
    })
}
