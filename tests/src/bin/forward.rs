//! `wiremask-forward --listen ADDRESS --to ADDRESS [--chunk whole|prime|N]`: the forwarder as a program,
//! for the conformance suites.

use std::process::ExitCode;

use wiremask_tests::{Chunks, Forwarder};

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "this program's only way to speak")]
            {
                eprintln!("wiremask-forward: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn std::error::Error>> {
    let (mut listen, mut to, mut chunks) = (None, None, Chunks::Whole);
    while let Some(option) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{option} needs a value"))?;
        match option.as_str() {
            "--listen" => listen = Some(value.parse()?),
            "--to" => to = Some(value.parse()?),
            "--chunk" => chunks = value.parse()?,
            _ => return Err(format!("unknown option {option}").into()),
        }
    }
    let listen = listen.ok_or("--listen is missing")?;
    let to = to.ok_or("--to is missing")?;
    Forwarder::start(listen, to, chunks, false)?.join();
    Ok(())
}
