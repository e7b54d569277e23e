//! A session without rules of its own: what it does with rows is a function's.
//!
//! With it a bench runs the real parser and puts in place of the gateway's inspection a part of it.

use wiremask_protocols::session::{
    Column, CopyBatch, Denial, Format, Lookup, Part, Refused, RowBatch, Sink, TextEdit, TextSite,
    Treatment, Verdict,
};

/// Gives every batch of rows to a function, and changes nothing else.
#[derive(Debug)]
pub struct OnRows<F>(pub F);

impl<F: FnMut(&RowBatch<'_>)> Sink for OnRows<F> {
    type Shape = ();
    type Facts = ();
    type Copy = ();

    fn inspects(&self) -> bool {
        true
    }

    fn generation(&mut self) -> u64 {
        1
    }

    fn unknown(&self) {}

    fn judges(&self) -> bool {
        false
    }

    fn statement(&mut self, _: &[u8]) -> Result<((), Verdict), Lookup> {
        Ok(((), Verdict::Allow))
    }

    fn execution(&mut self, (): &()) -> Result<Verdict, Lookup> {
        Ok(Verdict::Allow)
    }

    fn function_call(&mut self, _: u32) -> Verdict {
        Verdict::Allow
    }

    fn columns(&mut self, (): &(), _: &[Column<'_>]) -> Result<Treatment<()>, Lookup> {
        Ok(Treatment::Inspect(()))
    }

    fn known(&mut self, (): &(), _: &[u8]) -> Option<Treatment<()>> {
        None
    }

    fn described(&mut self, (): &(), _: &[u8], _: &[Column<'_>], _: &Treatment<()>) {}

    fn rows(&mut self, (): &(), batch: &mut RowBatch<'_>) -> Result<(), Refused> {
        (self.0)(batch);
        Ok(())
    }

    fn part(&mut self, (): &(), _: usize, part: Part<'_>) -> Result<usize, Denial> {
        Ok(part.bytes.len())
    }

    fn copy_out(
        &mut self,
        (): &(),
        _: usize,
        _: Format,
        _: usize,
    ) -> Result<Treatment<()>, Lookup> {
        Ok(Treatment::Inspect(()))
    }

    fn copy_data(&mut self, (): &mut (), _: &mut CopyBatch<'_>) -> Result<(), Refused> {
        Ok(())
    }

    fn copy_part(&mut self, (): &mut (), part: Part<'_>) -> Result<usize, Denial> {
        Ok(part.bytes.len())
    }

    fn text(&mut self, _: TextSite, _: Option<&()>, _: &[u8], _: &mut Vec<u8>) -> TextEdit {
        TextEdit::Keep
    }

    fn parameter(&mut self, _: &[u8], _: &[u8]) {}
    fn completed(&mut self, _: Option<&()>, _: &[u8]) {}
    fn ready(&mut self, _: u8) {}
    fn refused(&mut self, _: &Denial) {}
}
