//! One flow of a session without rules: any bytes in, the same bytes out or a fault, never more.

use std::cell::RefCell;
use std::rc::Rc;

use wiremask_datapath::policy::OnUndecodable;
use wiremask_protocols::postgres::session::SessionLimits;
use wiremask_protocols::session::Flow;

use crate::world::{Setup, World, policy};

thread_local! {
    static SETUP: RefCell<Option<Setup>> = const { RefCell::new(None) };
}

/// A session without rules and with small limits.
fn setup() -> Setup {
    SETUP.with_borrow_mut(|setup| {
        let make = || Setup {
            policy: policy(None, OnUndecodable::Null).expect("no pack, no mistake"),
            limits: SessionLimits {
                message_size_max: 2_000,
                statement_size_max: 2_000,
                pipeline_max: 8,
                statements_max: 4,
            },
            database: "birds".into(),
            parameters: Vec::new(),
            answers: Rc::new(|_| None),
        };
        setup.get_or_insert_with(make).clone()
    })
}

fn run(flow: Flow, bytes: &[u8], size: usize, questions: &[u8]) -> World {
    let mut world = World::new(&setup());
    world.feed(Flow::ToUpstream, questions);
    for piece in bytes.chunks(size.min(bytes.len()).max(1)) {
        world.feed(flow, piece);
    }
    world
}

/// Anything from a client goes upstream as it came, up to the first fault.
///
/// # Panics
/// When the property does not hold.
pub fn frontend(data: &[u8]) {
    let whole = run(Flow::ToUpstream, data, data.len(), b"");
    assert!(
        data.starts_with(whole.to_upstream()),
        "changes what a client sends"
    );
    let single = run(Flow::ToUpstream, data, 1, b"");
    assert_eq!(whole.fault(), single.fault(), "single bytes change the end");
    assert!(
        data.starts_with(single.to_upstream()),
        "changes what a client sends"
    );
    if whole.fault().is_none() {
        assert_eq!(whole.to_upstream(), single.to_upstream());
        assert_eq!(whole.to_client(), single.to_client());
    }
}

/// Anything from an upstream goes to the client as it came, up to the first fault.
///
/// # Panics
/// When the property does not hold.
pub fn backend(data: &[u8]) {
    // A query, a described and executed portal, a function call, and a Sync for each.
    let questions = b"Q\0\0\0\x06q\0P\0\0\0\x08\0\0\0\0B\0\0\0\x0c\0\0\0\0\0\0\0\0D\0\0\0\x06P\0\
        E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04F\0\0\0\x0e\0\0\0\x01\0\0\0\0\0\0Q\0\0\0\x06q\0";
    let whole = run(Flow::ToClient, data, data.len(), questions);
    assert!(
        data.starts_with(whole.answers_to_client()),
        "changes what an upstream sends"
    );
    let single = run(Flow::ToClient, data, 1, questions);
    assert_eq!(whole.fault(), single.fault(), "single bytes change the end");
    assert!(
        data.starts_with(single.answers_to_client()),
        "changes what an upstream sends"
    );
    if whole.fault().is_none() {
        assert_eq!(whole.to_client(), single.to_client());
    }
}
