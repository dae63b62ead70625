//! Taking connections, as many as there are descriptors for, and dealing them out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};

use super::http::Taken;
use crate::transport::bind::Listening;

/// Descriptors that are left for everything but connections.
const SPARE_DESCRIPTORS: u64 = 64;
/// Connections that may be open at the same time, however many descriptors there are.
const MOST: usize = 10_000;

/// Deals connections out to each in turn, until one of them takes no more.
pub(super) async fn deal(listening: Listening, takers: Vec<mpsc::UnboundedSender<Taken>>) {
    let descriptors = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(256);
    let room = usize::try_from(descriptors.saturating_sub(SPARE_DESCRIPTORS).max(16)).unwrap_or(usize::MAX);
    let room = Arc::new(Semaphore::new(room.min(MOST)));
    let mut next = 0;
    for taker in takers.iter().cycle() {
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let (stream, peer) = loop {
            match listening.accept(&mut next).await.and_then(|(stream, peer)| Ok((stream.into_std()?, peer))) {
                Ok(taken) => break taken,
                // Out of descriptors, most likely: others are given back soon.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        if taker.send(Taken { stream, peer, place }).is_err() {
            return;
        }
    }
}
