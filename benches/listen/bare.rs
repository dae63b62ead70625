//! The least that a receiver on hyper can do: it reads the body, checks its HMAC-SHA256 where a second word says
//! `verify`, and answers. `benches/listen.py` holds `listen` against both.

use std::convert::Infallible;
use std::rc::Rc;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::task::LocalSet;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let port = words.next().unwrap_or_default();
    let verifies = words.next().is_some_and(|word| word == "verify");
    let secret = std::env::var("SECRET").ok().filter(|_| verifies);
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    LocalSet::new().run_until(serve(listener, secret.map(Rc::from))).await
}

async fn serve(listener: TcpListener, secret: Option<Rc<str>>) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new());
        let secret = secret.clone();
        let service = service_fn(move |request| answer(request, secret.clone()));
        tokio::task::spawn_local(server.serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(request: Request<Incoming>, secret: Option<Rc<str>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let signature = request.headers().get("x-superfolio-signature").cloned();
    // A body that breaks off breaks the connection too.
    let body = request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
    let is_right = secret.is_none_or(|secret| proves(&secret, &body, signature.as_ref()));
    let mut response = Response::new(Full::from(if is_right { "ok\n" } else { "refused\n" }));
    *response.status_mut() = if is_right { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    Ok(response)
}

fn proves(secret: &str, body: &[u8], signature: Option<&HeaderValue>) -> bool {
    let (Some(signature), Ok(mut hmac)) = (signature, Hmac::<Sha256>::new_from_slice(secret.as_bytes())) else {
        return false;
    };
    hmac.update(body);
    hex::decode(signature).is_ok_and(|digest| hmac.verify_slice(&digest).is_ok())
}
