//! Responses of receivers, read from a stream: the result does not depend on how the bytes arrive.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use hookproof::message::Answer;
use hookproof::transport::read_response;
use tokio::io::{AsyncRead, ReadBuf};

/// A stream that gives so many bytes at a time and then ends.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (now, later) = self.rest.split_at(self.size.min(self.rest.len()).min(buffer.remaining()));
        buffer.put_slice(now);
        self.rest = later;
        Poll::Ready(Ok(()))
    }
}

/// The limits of a body that are tried.
const KEPT: [usize; 2] = [16, 1 << 20];

pub(crate) fn run(data: &[u8]) {
    for kept in KEPT {
        for is_head in [false, true] {
            let whole = read(data, data.len().max(1), kept, is_head);
            for size in [1, 7] {
                let piecewise = read(data, size, kept, is_head);
                assert_eq!(whole.as_ref().ok(), piecewise.as_ref().ok(), "in pieces of {size}");
            }
            let Ok(answer) = whole else { continue };
            assert!((100..1000).contains(&answer.status), "{} is not a status", answer.status);
            assert!(answer.body.len() <= kept.min(data.len()), "a body of {} bytes", answer.body.len());
            assert!(!is_head || answer.body.is_empty());
        }
    }
}

fn read(data: &[u8], size: usize, kept: usize, is_head: bool) -> Result<Answer, String> {
    let reading = pin!(read_response(Pieces { rest: data, size }, kept, is_head));
    match reading.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.map_err(|error| error.to_string()),
        Poll::Pending => panic!("it waits though the stream never does"),
    }
}
