//! The requests of a case, sent as it wants them to go out.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Url;

use crate::conformance::{self, Came, Going, Shot};
use crate::message::{Answer, Delivery};
use crate::transport::{Manner, SendError, Sender, send_exactly, send_half, send_in_pieces, send_on_one};

/// Chunks of this many bytes.
const CHUNK: usize = 1_000;
/// Pieces of a body that comes slowly.
const PIECES: usize = 8;
/// How long lies between two of them.
const PAUSE: Duration = Duration::from_millis(285);

/// What became of one request of a case.
#[derive(Clone, Debug)]
pub(in crate::commands) enum Fired {
    /// It went out, and was answered or not.
    Back(Result<Answer, SendError>),
    /// The receiver had closed the connection after the one before it.
    Closed,
    /// The connection was closed on our side.
    Unawaited,
}

/// Returns the address of the receiver with the query of a request, which may be its own.
pub(super) fn address(url: &Url, delivery: &Delivery) -> Url {
    conformance::address(url.as_str(), delivery).parse().unwrap_or_else(|_| url.clone())
}

/// Sends the requests of a case; what became of each.
pub(in crate::commands) async fn fire(sender: &Sender, url: &Url, shot: &Shot, timeout: Duration) -> Vec<Fired> {
    let deliveries = shot.requests.iter().map(|request| &request.delivery);
    let back = |all: Vec<_>| all.into_iter().map(Fired::Back).collect();
    match shot.going {
        Going::Usual => {
            let mut all = Vec::new();
            for delivery in deliveries {
                all.push(sender.aimed(address(url, delivery)).send(delivery).await);
            }
            back(all)
        }
        Going::AtOnce => back(join_all(deliveries.map(|delivery| sender.send(delivery))).await),
        Going::OnOne => on_one(url, deliveries.cloned().collect(), timeout).await,
        going => {
            let mut all = Vec::new();
            for delivery in deliveries {
                let url = &address(url, delivery);
                all.push(match going {
                    Going::Half => half(url, delivery, timeout).await,
                    Going::Slow => Fired::Back(slowly(url, delivery, timeout).await),
                    Going::Chunked => Fired::Back(send_exactly(url, delivery, Manner::Chunked(CHUNK), timeout).await),
                    _ => Fired::Back(send_exactly(url, delivery, Manner::Length, timeout + transfer(delivery)).await),
                });
            }
            all
        }
    }
}

/// The time that a large body may take on its way: 3 MB in a second.
fn transfer(delivery: &Delivery) -> Duration {
    Duration::from_micros(delivery.body.len() as u64 / 3)
}

/// The time that a slow body takes is not the receiver's.
async fn slowly(url: &Url, delivery: &Delivery, timeout: Duration) -> Result<Answer, SendError> {
    let writing = PAUSE * u32::try_from(PIECES - 1).unwrap_or_default();
    let sent = send_in_pieces(url, delivery, PIECES, || tokio::time::sleep(PAUSE), writing + timeout).await;
    sent.map(|answer| Answer { elapsed: answer.elapsed.saturating_sub(writing), ..answer })
}

async fn half(url: &Url, delivery: &Delivery, timeout: Duration) -> Fired {
    match send_half(url, delivery, timeout).await {
        // That the receiver closed first is as good.
        Ok(()) | Err(SendError::Dropped(_)) => Fired::Unawaited,
        Err(error) => Fired::Back(Err(error)),
    }
}

async fn on_one(url: &Url, deliveries: Vec<Delivery>, timeout: Duration) -> Vec<Fired> {
    let (answers, error) = send_on_one(url, &deliveries, timeout).await;
    let backs = answers.into_iter().map(Ok).chain(error.map(Err));
    let mut all: Vec<Fired> = backs.map(Fired::Back).collect();
    all.resize(deliveries.len(), Fired::Closed);
    all
}

/// What came back, without the words for it.
pub(in crate::commands) fn came(fired: Fired) -> Came {
    match fired {
        Fired::Back(Ok(answer)) => Came::Answered(answer),
        Fired::Back(Err(SendError::TimedOut(_))) => Came::TimedOut,
        Fired::Back(Err(SendError::Dropped(_))) => Came::Dropped,
        Fired::Back(Err(error)) => Came::Gone(error.to_string()),
        Fired::Closed => Came::Closed,
        Fired::Unawaited => Came::Unawaited,
    }
}
