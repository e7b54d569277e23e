//! `null`: the value becomes null, a span disappears.

use super::{Operator, Options};
use crate::value::{MaskContext, Masked, Value};

pub(super) fn build(_: &mut Options<'_>) -> Box<dyn Operator> {
    Box::new(Null)
}

#[derive(Debug)]
struct Null;

impl Operator for Null {
    fn mask(&self, _: Value<'_>, _: &MaskContext<'_>, _: &mut Vec<u8>) -> Masked {
        Masked::Null
    }
}
