//! North American telephone number: area and exchange begin with 2 to 9 and are no service codes.
//! <https://www.nanpa.com/about/the-nanp>

use super::Digits;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<11>::of(span);
    let digits = match digits.as_slice() {
        [1, rest @ ..] if rest.len() == 10 => rest,
        rest if rest.len() == 10 => rest,
        _ => return false,
    };
    let code = |at: usize| digits[at] >= 2 && !(digits[at + 1] == 1 && digits[at + 2] == 1);
    code(0) && code(3) && digits[1] != 9
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["(415) 555-0132", "1-212-555-0100"],
        &["115-555-0132", "415-155-0132", "411-911-0132"],
    );
}
