//! What one delivery of a load costs to make and sign, and its body to write down: `cargo bench --bench making`.
#![allow(missing_docs, reason = "a benchmark is no library")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hookproof::catalog::{Catalog, Variants};
use hookproof::json::write_quoted;
use hookproof::message::Delivery;
use hookproof::render::{Freshness, Overrides, Randomness, Stencil, World, render};
use hookproof::secret::{Named, Secret};
use hookproof::signature::{Signer, digest, sign};
use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;

const EVENT: &str = "superfolio/activity.page_view--tracked";
const SECRET: &str = "bench-secret";

fn world(index: u64) -> World {
    let mut random = Randomness::from_seed([7; 32]);
    random.set_stream(index);
    World { now: Timestamp::now(), random }
}

fn making(criterion: &mut Criterion) {
    let catalog = Catalog::built_in().expect("the catalog");
    let event = catalog.select(EVENT, Variants::With).expect("the event").remove(0);
    let scheme = event.provider.scheme().expect("a scheme");
    let secrets = [Named { from: "the bench".into(), secret: Secret::new(SECRET).expect("a secret") }];
    let none = Overrides::default();
    let stencil = Stencil::cut(&event, &none, Freshness::Fresh).expect("a stencil");
    let signer = Signer::new(scheme, &secrets).expect("a key");
    let dressed = |rendered: hookproof::render::Rendered| Delivery {
        method: "POST".into(),
        target: "http://localhost:3000/".into(),
        headers: rendered.headers,
        body: rendered.body.into_bytes(),
    };
    let body = stencil.fill(&mut world(0)).expect("a body").body;
    let mut group = criterion.benchmark_group(format!("{EVENT}, {} bytes", body.len()));
    let mut index = 0;
    group.bench_function("filled and signed", |bencher| {
        bencher.iter(|| {
            index += 1;
            let mut world = world(index);
            let mut delivery = dressed(stencil.fill(&mut world).expect("a body"));
            signer.sign(&mut delivery, Some("http://localhost:3000/"), &mut world).expect("a signature");
            black_box(delivery)
        });
    });
    group.bench_function("filled", |bencher| {
        bencher.iter(|| {
            index += 1;
            black_box(stencil.fill(&mut world(index)).expect("a body"))
        });
    });
    group.bench_function("the HMAC alone", |bencher| {
        bencher.iter(|| black_box(digest(scheme.algorithm, SECRET.as_bytes(), &[black_box(body.as_bytes())])));
    });
    group.bench_function("rendered and signed the ordinary way", |bencher| {
        bencher.iter(|| {
            index += 1;
            let mut world = world(index);
            let rendered = render(&event, &none, Freshness::Fresh, &mut world).expect("a body");
            let mut delivery = dressed(rendered);
            sign(scheme, &secrets, &mut delivery, Some("http://localhost:3000/"), &mut world).expect("a signature");
            black_box(delivery)
        });
    });
    group.finish();
}

/// What an entry of a journal costs most to write: its body as a string literal.
fn quoting(criterion: &mut Criterion) {
    let catalog = Catalog::built_in().expect("the catalog");
    let event = catalog.select(EVENT, Variants::With).expect("the event").remove(0);
    let body = render(&event, &Overrides::default(), Freshness::Fresh, &mut world(0)).expect("a body").body;
    let mut group = criterion.benchmark_group(format!("{EVENT} as a string literal, {} bytes", body.len()));
    let mut line = Vec::with_capacity(2 * body.len());
    group.bench_function("ours", |bencher| {
        bencher.iter(|| {
            line.clear();
            write_quoted(black_box(&body), &mut line);
            black_box(line.len())
        });
    });
    group.bench_function("serde_json", |bencher| {
        bencher.iter(|| {
            line.clear();
            serde_json::to_writer(&mut line, black_box(&body)).expect("a string");
            black_box(line.len())
        });
    });
    group.finish();
}

criterion_group!(benches, making, quoting);
criterion_main!(benches);
