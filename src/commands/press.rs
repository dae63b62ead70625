//! Deliveries by the thousand: each event is made ready once, and a delivery fills in what is its own.

use reqwest::Url;

use super::context::Context;
use super::making::Maker;
use super::secrets;
use crate::catalog::{Algorithm, Event, Scheme};
use crate::error::Error;
use crate::message::Delivery;
use crate::render::Stencil;
use crate::signature::{Signer, as_requested};
use crate::transport::FIRST_PART;

/// Events that are ready to be delivered in turn, any number of times. With a seed the `index`th delivery is the one
/// that the `index`th of as many events would be without it.
pub(super) struct Press<'c, 'm> {
    maker: &'m Maker,
    plates: Vec<Plate<'c>>,
    target: String,
    url: String,
}

/// One event, ready.
struct Plate<'c> {
    event: Event<'c>,
    stencil: Stencil<'c>,
    scheme: Option<Scheme>,
    signer: Option<Signer>,
}

impl<'c, 'm> Press<'c, 'm> {
    /// Makes events ready. The first delivery of each is made the ordinary way, for what there is to say of it.
    pub(super) fn new(
        context: &Context,
        maker: &'m mut Maker,
        events: &[Event<'c>],
        target: &str,
        url: &Url,
    ) -> Result<Self, Error> {
        let mut plates = Vec::new();
        for (index, event) in (0..).zip(events) {
            let made = maker.make(context, event, index, target, Some(url))?;
            for note in &made.notes {
                context.console.note(note);
            }
            let signer = maker.signer(context, event)?;
            plates.push(Plate { event: event.clone(), stencil: maker.stencil(event)?, scheme: made.scheme, signer });
        }
        Ok(Self { maker, plates, target: target.to_string(), url: as_requested(url.as_str()) })
    }

    /// The event of the `index`th delivery.
    pub(super) fn event(&self, index: u64) -> &Event<'c> {
        &self.plate(index).event
    }

    /// Every event, in turn.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event<'c>> {
        self.plates.iter().map(|plate| &plate.event)
    }

    /// Whether the signature of an event is the secret itself.
    pub(super) fn is_token(&self, event: &Event<'_>) -> bool {
        let of = |plate: &&Plate<'_>| plate.event.full_name() == event.full_name();
        let scheme = self.plates.iter().find(of).and_then(|plate| plate.scheme.as_ref());
        scheme.is_some_and(|scheme| scheme.algorithm == Algorithm::Token)
    }

    /// The first part of an answer without the secrets that sign: a receiver may echo what it got.
    pub(super) fn redacted(&self, first: &[u8]) -> Vec<u8> {
        let redactor = self.maker.keyring.redactor();
        if first.len() < FIRST_PART { redactor.value(first) } else { redactor.text(first, true) }
    }

    /// Makes the `index`th delivery, whose time is now.
    pub(super) fn delivery(&self, index: u64) -> Result<Delivery, Error> {
        let plate = self.plate(index);
        let mut world = self.maker.world(index);
        let rendered = plate.stencil.fill(&mut world)?;
        let mut delivery = self.maker.dress(rendered, &self.target);
        if let (Some(signer), Some(scheme)) = (&plate.signer, &plate.scheme) {
            let signed = signer.sign(&mut delivery, Some(&self.url), &mut world);
            signed.map_err(|error| secrets::unsigned(plate.event.provider, scheme, &error))?;
        }
        Ok(delivery)
    }

    fn plate(&self, index: u64) -> &Plate<'c> {
        let all = self.plates.len() as u64;
        &self.plates[usize::try_from(index % all).unwrap_or(0)]
    }
}
