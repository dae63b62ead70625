//! Steps become deliveries, each when its turn has come; what goes through a story is remembered between them.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Url;

use super::faulty;
use crate::catalog::{Catalog, Event};
use crate::commands::context::Context;
use crate::commands::making::{Made, Maker, Own};
use crate::conformance::{Planned, Shot};
use crate::error::Error;
use crate::exit::Exit;
use crate::story::{self, Play};
use crate::target;

/// One delivery of a course.
#[derive(Clone, Debug)]
pub(super) struct Step<'c> {
    pub(super) event: Event<'c>,
    /// Which stream of randomness it is made of.
    pub(super) index: u64,
    /// How long after the one before it goes out.
    pub(super) wait: Duration,
    /// The case of a check that it is sent as.
    pub(super) fault: Option<String>,
    /// The step of a story that it is.
    pub(super) scene: Option<Scene<'c>>,
}

/// A step of a story on the command line.
#[derive(Clone, Debug)]
pub(super) struct Scene<'c> {
    /// Which of the stories, from 0.
    pub(super) play: usize,
    /// What the story is called.
    pub(super) story: String,
    /// Which of its steps, from 1.
    pub(super) number: usize,
    /// How long after the story's first step.
    pub(super) after: Duration,
    pub(super) step: story::Step<'c>,
}

/// A delivery that is about to go out.
#[derive(Clone)]
pub(super) struct Ready<'c> {
    pub(super) made: Made<'c>,
    /// The case of a check that goes out in its place.
    pub(super) shot: Option<(Planned<'c>, Shot)>,
}

impl Ready<'_> {
    /// What a sound receiver does with the case of a check that it is, where it is one.
    pub(super) fn case(&self) -> Option<&'static str> {
        self.shot.as_ref().map(|(planned, _)| planned.case.title)
    }
}

/// Where deliveries are made for an address.
pub(super) struct Stage<'a> {
    pub(super) context: &'a Context,
    catalog: &'a Catalog,
    pub(super) maker: &'a mut Maker,
    pub(super) url: &'a Url,
    /// The address as it is shown: where it really goes to is the sender's to know.
    pub(super) shown: String,
    /// What each story has come to.
    plays: Vec<Play>,
    /// The identities that any of the stories' steps knows.
    identities: BTreeSet<String>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(context: &'a Context, catalog: &'a Catalog, maker: &'a mut Maker, url: &'a Url) -> Self {
        let shown = maker.keyring.redact(target::shown(url).as_bytes());
        let shown = String::from_utf8_lossy(&shown).into_owned();
        Self { context, catalog, maker, url, shown, plays: Vec::new(), identities: BTreeSet::new() }
    }

    /// Makes the steps of stories once before anything goes out: a story that can't be told to its end is not begun.
    pub(super) fn rehearse(&mut self, steps: &[Step<'_>]) -> Result<(), Error> {
        let of_stories = steps.iter().filter(|step| step.scene.is_some());
        let names = of_stories.flat_map(|step| step.event.provider.description.identity.keys());
        self.identities = names.cloned().collect();
        for step in steps {
            if let Some(scene) = &step.scene {
                self.set(step).map_err(|error| of_scene(scene, error))?;
            }
        }
        self.plays.clear();
        Ok(())
    }

    /// Makes a delivery. Its time is that of its going out, so this comes after the wait.
    pub(super) fn make<'c>(&mut self, step: &Step<'c>) -> Result<Ready<'c>, Error> {
        let ready = self.set(step)?;
        for note in &ready.made.notes {
            self.context.console.note(note);
        }
        Ok(ready)
    }

    fn set<'c>(&mut self, step: &Step<'c>) -> Result<Ready<'c>, Error> {
        self.turn_to(step);
        let mut made = self.maker.make(self.context, &step.event, step.index, &self.shown, Some(self.url))?;
        if let Some(scene) = &step.scene {
            let body = String::from_utf8_lossy(&made.delivery.body);
            self.plays[scene.play].made(&scene.step, &body, &made.ids);
        }
        let mut shot = None;
        if let Some(name) = &step.fault {
            let made_shot =
                faulty::fault(self.context, self.maker, self.catalog, &step.event, step.index, self.url, name);
            let (planned, made_shot) = made_shot.map_err(|error| of_fault(step, error))?;
            if let Some(request) = made_shot.requests.first() {
                made.delivery = request.delivery.clone();
            }
            made.delivery.target.clone_from(&self.shown);
            shot = Some((planned, made_shot));
        }
        Ok(Ready { made, shot })
    }

    /// Has the delivery of a story's step made as the story wants it.
    fn turn_to(&mut self, step: &Step<'_>) {
        let own = match &step.scene {
            None => Own::default(),
            Some(scene) => {
                let plays = self.plays.len().max(scene.play + 1);
                self.plays.resize_with(plays, Play::default);
                let own = &step.event.provider.description.identity;
                Own {
                    overrides: self.plays[scene.play].turn(&scene.step),
                    after: scene.after,
                    elsewhere: self.identities.iter().filter(|name| !own.contains_key(*name)).cloned().collect(),
                }
            }
        };
        self.maker.turn_to(own);
    }
}

/// Whose step can't be made, and why: where its file says it, that is shown there.
fn of_scene(scene: &Scene<'_>, error: Error) -> Error {
    let placed = match &error {
        Error::Complaint(_) => return error,
        Error::Render(error) => scene.step.complaint(error),
        _ => None,
    };
    if let Some(complaint) = placed {
        return complaint.into();
    }
    let (message, hint) = (format!("step {} of {}: {error}", scene.number, scene.story), error.hint());
    if error.exit() == Exit::Untestable { Error::Untestable { message, hint } } else { Error::Usage { message, hint } }
}

/// A case that can't be is shown where the file asks for it.
fn of_fault(step: &Step<'_>, error: Error) -> Error {
    let Error::Usage { message, hint } = &error else { return error };
    let Some(complaint) = step.scene.as_ref().and_then(|scene| scene.step.complaint_of_fault(message)) else {
        return error;
    };
    match hint {
        Some(hint) => complaint.hinting(hint).into(),
        None => complaint.into(),
    }
}
