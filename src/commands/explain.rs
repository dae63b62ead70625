//! `explain`: the story of a cause.

use clap::Args;
use serde_json::json;

use super::context::Context;
use crate::console::Tone;
use crate::error::Error;
use crate::exit::Exit;
use crate::explain::{STORIES, Story, story};
use crate::words;

/// The arguments of `explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// A code that `verify` named; without one all are listed
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// One line of JSON for each
    #[arg(long)]
    json: bool,
}

/// Runs `explain`.
pub fn run(args: &ExplainArgs, context: &Context) -> Result<Exit, Error> {
    // A pair stands as `one+other`, as `verify` prints it.
    let codes: Vec<&str> = args.codes.iter().flat_map(|codes| codes.trim_matches(['[', ']']).split('+')).collect();
    let stories = codes.iter().map(|code| named(code)).collect::<Result<Vec<_>, _>>()?;
    let all: Vec<&Story> = if stories.is_empty() { STORIES.iter().collect() } else { stories };
    for (index, story) in all.iter().enumerate() {
        let paint = context.console.out;
        let code = paint.tone(Tone::Strong, story.code.0);
        if args.json {
            let line =
                json!({ "code": story.code.0, "change": story.change, "story": story.story, "advice": story.advice });
            context.console.print(&words::json_line(&line));
        } else if codes.is_empty() {
            context.console.print(&format!("{code}  matches if {}", story.change));
        } else {
            if index > 0 {
                context.console.print("");
            }
            context.console.print(&format!("{code}: it matches if {}", story.change));
            context.console.print(&format!("  {}", story.story));
            context.console.print(&format!("  {} {}", paint.tone(Tone::Strong, "mend:"), story.advice));
        }
    }
    Ok(Exit::Success)
}

fn named(code: &str) -> Result<&'static Story, Error> {
    story(code).ok_or_else(|| {
        let near = words::nearest(code, STORIES.iter().map(|story| story.code.0));
        let hint = near.map_or("`hookproof explain` lists them".to_string(), |near| format!("did you mean `{near}`?"));
        Error::usage(format!("no cause is called `{code}`"), hint)
    })
}
