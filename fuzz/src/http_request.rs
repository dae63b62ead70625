//! HTTP messages from files: the parts come from the text, and a message that was written reads back.

use hookproof::message::is_header_name;
use hookproof::wire;

pub(crate) fn run(data: &[u8]) {
    let Ok(wire::Message { capture, note, .. }) = wire::read_http(data) else { return };
    let delivery = &capture.delivery;
    let size: usize = delivery.headers.0.iter().map(|header| header.name.len() + header.value.len()).sum();
    assert!(size + delivery.body.len() + delivery.target.len() <= data.len(), "more came out than went in");
    assert!(delivery.headers.0.iter().all(|header| is_header_name(&header.name)));
    for header in &delivery.headers.0 {
        let is_safe = !header.value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
        assert!(is_safe, "the value of {} breaks its line", header.name);
    }
    // The length that was announced no longer fits such a body, and of headers we read 256, ours among them.
    if note.is_some() || delivery.headers.0.len() > 254 || delivery.headers.get("transfer-encoding").is_some() {
        return;
    }
    let written = wire::write_http(delivery, "host.example", &delivery.target);
    let wire::Message { capture: again, note, .. } = wire::read_http(&written).expect("the message that was written");
    assert_eq!((again.delivery.body.as_slice(), note), (delivery.body.as_slice(), None));
    assert_eq!((&again.delivery.method, &again.delivery.target), (&delivery.method, &delivery.target));
    let ours = |name: &str| {
        ["host", "content-length"].iter().any(|own| name.eq_ignore_ascii_case(own))
            && delivery.headers.get(name).is_none()
    };
    let mut kept = again.delivery.headers.clone();
    kept.0.retain(|header| !ours(&header.name));
    assert_eq!(kept, delivery.headers);
}
