//! Reaching a receiver without sending it a request: its addresses, a TLS handshake.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Url;
use tokio::net::TcpStream;
use tower_layer::Layer;
use tower_service::Service;

use super::connect::{Host, late};
use super::fault::FaultKind;
use super::send::{SendError, SendOptions, explain, prepare};

/// Connects to every address at once and closes what came about: how long it took, or why not.
pub async fn connect_each(addresses: &[SocketAddr], limit: Duration) -> Vec<Result<Duration, (FaultKind, String)>> {
    let connect = async |address: SocketAddr| {
        let begun = Instant::now();
        match tokio::time::timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(_)) => Ok(begun.elapsed()),
            Ok(Err(error)) => Err((FaultKind::of_io(&error), error.to_string())),
            Err(_) => Err((FaultKind::TimedOut, late(limit))),
        }
    };
    join_all(addresses.iter().map(|address| connect(*address))).await
}

/// Returns true if a connection to the address comes about within the limit. It is closed at once.
pub async fn takes_connections(url: &Url, limit: Duration) -> bool {
    let connect = async { Host::find(url, limit).await?.connect(limit).await };
    tokio::time::timeout(limit, connect).await.is_ok_and(|connected| connected.is_ok())
}

/// Makes the connection that a delivery would go over, through TLS and a proxy where it would, and ends it there: how
/// long that took.
pub async fn handshake(url: &Url, options: &SendOptions) -> Result<Duration, SendError> {
    let made = Arc::new(OnceLock::new());
    let client = prepare(url, options)?.connector_layer(Halt(made.clone()));
    let client = client.build().map_err(|error| SendError::Options(error.to_string()))?;
    let begun = Instant::now();
    let limit = options.timeout + Duration::from_millis(20);
    let asked = tokio::time::timeout(limit, client.get(url.clone()).send()).await;
    match (made.get(), asked) {
        (Some(at), _) => Ok(at.duration_since(begun)),
        (None, Ok(Err(error))) => Err(explain(&error, url, options)),
        // Without a connection there is no answer either.
        (None, Ok(Ok(_)) | Err(_)) => Err(SendError::TimedOut(options.timeout)),
    }
}

/// Lets a connection come about and no request go over it.
#[derive(Clone)]
struct Halt(Arc<OnceLock<Instant>>);

/// A connector that halts.
#[derive(Clone)]
struct Halting<S> {
    inner: S,
    made: Arc<OnceLock<Instant>>,
}

impl<S> Layer<S> for Halt {
    type Service = Halting<S>;

    fn layer(&self, inner: S) -> Halting<S> {
        Halting { inner, made: self.0.clone() }
    }
}

impl<S, R> Service<R> for Halting<S>
where
    S: Service<R>,
    S::Response: Send,
    S::Error: From<&'static str>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let (connecting, made) = (self.inner.call(request), self.made.clone());
        Box::pin(async move {
            drop(connecting.await?);
            let _ = made.set(Instant::now());
            Err("the connection came about, and that is all that was wanted".into())
        })
    }
}
