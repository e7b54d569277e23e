//! Brazilian CNPJ with letters, as given out from July 2026 on: each character counts its ASCII
//! code less 48, the two check digits stay digits.
//! <https://www.gov.br/receitafederal/pt-br/assuntos/noticias/2024/outubro/cnpj-tera-letras-e-numeros-a-partir-de-julho-de-2026>

use super::cpf::check_digit;
use super::{Alnum, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let cnpj = Alnum::<14>::of(span);
    cnpj.exact().is_some_and(|cnpj| {
        let values = cnpj.map(|byte| byte - b'0');
        let first = check_digit(weighted(&values, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
        let second = check_digit(weighted(&values, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
        !uniform(&values) && first == values[12] && second == values[13]
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["11.222.333/0001-81", "11444777000161", "12.ABC.345/01DE-35"],
        &["11.222.333/0001-82", "12.ABC.345/01DE-36", "00000000000000"],
    );
}
