//! What invented people are made of: Portuguese.
//!
//! Telephone numbers begin with 0, which the numbering plans never assign.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "pt",
    first: "Adriana|Afonso|Alexandre|Alice|Amanda|Ana|André|António|Artur|Aurora|Beatriz|Bernardo|\
        Bianca|Bruna|Bruno|Caio|Camila|Carla|Carlos|Carolina|Catarina|Clara|Cláudia|Cristina|Daniel|\
        Daniela|David|Diana|Diogo|Duarte|Débora|Eduarda|Eduardo|Elisa|Fernanda|Fernando|Filipa|\
        Filipe|Francisca|Francisco|Fábio|Gabriel|Gabriela|Gonçalo|Guilherme|Gustavo|Heitor|Helena|\
        Henrique|Hugo|Inês|Isabel|Joana|Jorge|José|João|Juliana|Júlio|Lara|Laura|Leonor|Letícia|\
        Lourenço|Luana|Lucas|Luís|Luísa|Mafalda|Manuel|Marcelo|Marcos|Margarida|Maria|Mariana|Marta|\
        Martim|Mateus|Matilde|Miguel|Márcia|Mário|Mónica|Nuno|Patrícia|Paula|Paulo|Pedro|Rafael|\
        Rafaela|Raquel|Renata|Ricardo|Rita|Roberto|Rodrigo|Rosa|Rui|Salvador|Samuel|Sandra|Sara|\
        Simão|Sofia|Susana|Sónia|Teresa|Tiago|Tomás|Vanessa|Vasco|Vera|Vicente|Vítor",
    last: "Abreu|Almeida|Alves|Amaral|Amorim|Andrade|Antunes|Araújo|Azevedo|Barbosa|Barros|Batista|\
        Borges|Braga|Brito|Cabral|Caetano|Campos|Cardoso|Carneiro|Carvalho|Castro|Coelho|Correia|\
        Costa|Coutinho|Cruz|Cunha|Dantas|Dias|Domingues|Duarte|Esteves|Faria|Fernandes|Ferreira|\
        Figueiredo|Fonseca|Freitas|Garcia|Gaspar|Gomes|Gonçalves|Guerra|Guimarães|Henriques|Jesus|\
        Leal|Leite|Lima|Lopes|Loureiro|Lourenço|Macedo|Machado|Magalhães|Maia|Marques|Martins|\
        Matias|Matos|Melo|Mendes|Miranda|Monteiro|Morais|Moreira|Mota|Moura|Nascimento|Neto|Neves|\
        Nogueira|Nunes|Oliveira|Pacheco|Paiva|Pereira|Pinheiro|Pinho|Pinto|Pires|Ramos|Rebelo|Reis|\
        Ribeiro|Rocha|Rodrigues|Salgado|Sampaio|Santana|Santos|Silva|Silveira|Simões|Soares|Sousa|\
        Sá|Tavares|Teixeira|Torres|Valente|Vaz|Vicente|Vieira",
    cities: "Águas Claras|Aldeia Nova|Alto da Serra|Barra do Sol|Bela Vista|Boa Esperança|Campo Belo|\
        Casal Novo|Castelo Branco do Sul|Fonte Nova|Lagoa Azul|Monte Claro|Nova Aurora|Pedra Alta|\
        Porto Seguro do Norte|Praia Verde|Quinta do Lago|Ribeira Fria|Santa Luzia|São Bento|\
        Serra Dourada|Vale Formoso|Vila Flor|Vila Serena",
    streets: "Rua das Flores|Rua do Comércio|Rua da Igreja|Rua Direita|Rua Nova|Rua do Sol|Rua da Fonte|\
        Rua São João|Rua dos Pinheiros|Rua da Escola|Rua do Moinho|Avenida da Liberdade|\
        Avenida Central|Avenida Brasil|Avenida dos Combatentes|Avenida do Mar|Praça da República|\
        Praça do Município|Largo da Estação|Travessa do Carmo|Alameda das Acácias|Estrada Velha",
    number_first: false,
    companies: "Lda.|S.A.|Ltda.|e Filhos Lda.|Comércio Ltda.|Serviços",
    postcode: "####-###",
    phones: "+351 000 ### ###|+55 00 0000 ####",
};
