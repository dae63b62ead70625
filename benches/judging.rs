//! What a delivery that comes in costs to look at, and its line in the journal to make: `cargo bench --bench judging`.
#![allow(missing_docs, reason = "a benchmark is no library")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use hookproof::catalog::{Catalog, Variants};
use hookproof::inspect::{Guard, Inspected, Inspector, SchemeChoice, Seen};
use hookproof::journal::{Cover, Id, Keep, Record};
use hookproof::json::Body;
use hookproof::message::{Capture, Delivery};
use hookproof::render::{Freshness, Overrides, Randomness, Stencil, World};
use hookproof::secret::{Keyring, Named, Secret};
use hookproof::signature::{Tolerance, sign};
use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EVENT: &str = "superfolio/activity.page_view";
const SECRET: &str = "bench-secret";

fn secret() -> Secret {
    Secret::new(SECRET).expect("a secret")
}

fn inspector() -> Inspector {
    let mut keyring = Keyring::default();
    keyring.add(None, "the bench", secret());
    Inspector {
        catalog: Arc::new(Catalog::built_in().expect("the catalog")),
        only: None,
        keyring,
        guard: Guard::On,
        choice: SchemeChoice::default(),
        public_url: None,
        tolerance: Tolerance::default(),
    }
}

/// A signed delivery, as an ordinary client sends it.
fn capture(catalog: &Catalog) -> Capture {
    let event = catalog.select(EVENT, Variants::With).expect("the event").remove(0);
    let stencil = Stencil::cut(&event, &Overrides::default(), Freshness::Fresh).expect("a stencil");
    let now = Timestamp::now();
    let mut world = World { now, random: Randomness::from_seed([7; 32]) };
    let rendered = stencil.fill(&mut world).expect("a body");
    let (mut headers, body) = (rendered.headers, rendered.body.into_bytes());
    let length = body.len().to_string();
    for (name, value) in [("host", "127.0.0.1"), ("user-agent", "wrk"), ("content-length", length.as_str())] {
        headers.push(name, value);
    }
    let mut delivery = Delivery { method: "POST".into(), target: "/hook".into(), headers, body };
    let secrets = [Named { from: "the bench".into(), secret: secret() }];
    let scheme = event.provider.scheme().expect("a scheme");
    sign(scheme, &secrets, &mut delivery, None, &mut world).expect("signed");
    Capture { delivery, received: Some(now), peer: Some("127.0.0.1:50000".into()) }
}

fn look<'a>(inspector: &'a Inspector, capture: &Capture) -> Box<Inspected<'a>> {
    let body = Body::new(&capture.delivery.body);
    match inspector.look(&capture.delivery, &body, capture.received.unwrap_or_default()) {
        Seen::Delivery(inspected) => inspected,
        Seen::Handshake(_) => panic!("it is a delivery"),
    }
}

fn judging(criterion: &mut Criterion) {
    let inspector = inspector();
    let capture = capture(&inspector.catalog);
    let inspected = look(&inspector, &capture);
    assert_eq!(inspected.status, 200);
    let cover = Cover::new(Keep::Redacted, &inspector.catalog, &inspector.keyring);
    let id = Id::fresh(&mut Randomness::from_seed([7; 32]));
    let mut group = criterion.benchmark_group(format!("{EVENT}, {} bytes", capture.delivery.body.len()));
    group.bench_function("looked at", |bencher| bencher.iter(|| look(&inspector, black_box(&capture))));
    group.bench_function("covered and written as a line", |bencher| {
        bencher.iter(|| {
            let covered = cover.over(black_box(&capture.delivery), inspected.scheme.as_deref(), &inspector.keyring);
            let identified = &inspected.identified;
            let record = Record {
                id,
                capture: &capture,
                target: &covered.target,
                headers: &covered.headers,
                provider: identified.provider.map(|provider| provider.id.as_str()),
                events: &covered.texts(&identified.events),
                delivery_id: identified.delivery_id.as_deref(),
                verdict: inspected.judgement.verdict.name(),
                reason: &inspected.judgement.reason,
                repeat_of: None,
                status: Some(200),
                is_handed_on: false,
            };
            record.line()
        });
    });
    group.finish();
}

criterion_group!(benches, judging);
criterion_main!(benches);
