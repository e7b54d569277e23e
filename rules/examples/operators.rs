//! Prints the reference of the operators: `docs/reference/operators.md` is its output.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(wiremask_rules::operator_reference().as_bytes())
}
