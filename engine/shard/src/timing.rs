//! Work with a time limit.

use futures_lite::future::or;
use glommio::timer::Timer;
use std::future::Future;
use std::time::Duration;

/// The result of `work`, or `None` if it takes longer than `time`.
pub(crate) async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    let too_late = async {
        Timer::new(time).await;
        None
    };
    or(async { Some(work.await) }, too_late).await
}
