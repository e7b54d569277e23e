//! A tripped assertion says where, and nothing else.
//!
//! The message of a panic may quote what the code was working on (an index into a string does, and an
//! `expect` on an error may), and on a shard that is a client's data. So the hook of a shard's thread
//! writes the place in the source and leaves the message out.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static IS_SHARD: Cell<bool> = const { Cell::new(false) };
}

/// Marks the current thread as one that sees clients' data.
pub(crate) fn enter_shard() {
    IS_SHARD.set(true);
}

/// Installs the hook, once for the process. Other threads keep the hook that was there.
pub(crate) fn tell_places_only() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_SHARD.get() {
                return others(panic);
            }
            let place = panic
                .location()
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::error!(place, "a tripped assertion; its session ends");
        }));
    });
}
