//! What invented people are made of: Dutch.
//!
//! Telephone numbers begin with 0, which the numbering plan never assigns.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "nl",
    first: "Aafke|Anneke|Annelies|Anouk|Arie|Arjen|Bart|Bas|Bram|Bregje|Carlijn|Casper|Coen|Corrie|Daan|\
        Dagmar|Dirk|Eline|Elise|Emma|Esmee|Eva|Evert|Femke|Fenna|Fleur|Floor|Floris|Frank|Gerda|\
        Gerrit|Gijs|Hanneke|Hans|Hendrik|Henk|Hilde|Ilse|Ingrid|Isa|Ivo|Jaap|Jan|Janneke|Jasmijn|\
        Jasper|Jelle|Jeroen|Jesse|Johan|Joost|Jorrit|Julia|Karin|Kees|Kim|Klaas|Koen|Lars|Leonie|\
        Lieke|Lies|Lisa|Liv|Loes|Lotte|Luuk|Maaike|Maarten|Madelief|Marieke|Marijke|Mark|Marloes|\
        Matthijs|Merel|Michiel|Mieke|Milou|Niels|Nienke|Noor|Olivier|Paulien|Pepijn|Piet|Pieter|Pim|\
        Puck|Reinier|Renske|Rik|Rob|Roos|Ruben|Ruud|Sander|Sanne|Sem|Sjoerd|Sofie|Stijn|Suze|Sven|\
        Tess|Teun|Thijs|Tijn|Tom|Truus|Wessel|Willem|Willemijn|Wim|Wouter|Yara",
    last: "Aalbers|Bakker|Beekman|Berends|Blom|Boer|Bos|Bosch|Bosman|Brouwer|Dekker|Dijkstra|Driessen|\
        Evers|Gerritsen|Hendriks|Hermans|Hoekstra|Hofman|Huisman|Jacobs|Jansen|Janssen|Kok|Koning|\
        Koster|Kramer|Kuiper|Kuipers|Maas|Martens|Meijer|Meyer|Mol|Molenaar|Mulder|Peters|Pieters|\
        Postma|Prins|Sanders|Schipper|Scholten|Schouten|Smeets|Smit|Smits|Timmermans|Tuinstra|\
        Veenstra|Verbeek|Verhoeven|Vermeulen|Visser|Vos|Willems|Wolters|Zijlstra|de Boer|de Bruijn|\
        de Graaf|de Groot|de Haan|de Jong|de Lange|de Leeuw|de Vries|de Wit|van Beek|van Dam|\
        van Dijk|van Doorn|van Leeuwen|van Loon|van Vliet|van Wijk|van den Berg|van der Heijden|\
        van der Laan|van der Linden|van der Meer|van der Veen|van der Wal",
    cities: "Achterveen|Beekdorp|Bergwijk|Bloemendijk|Boskant|Dijkhuizen|Duinzicht|Eikenoord|Groenhoven|\
        Havendam|Heidehof|Kerkdorp|Lindenholt|Molenbeek|Nieuwdorp|Oosterhaven|Oudewater-Zuid|\
        Polderveen|Rietveen|Schapenduin|Veldhoek|Waterland|Westerbeek|Zandvoorde",
    streets: "Dorpsstraat|Kerkstraat|Molenweg|Stationsweg|Schoolstraat|Lindelaan|Beukenlaan|Eikenlaan|\
        Kastanjelaan|Julianastraat|Wilhelminastraat|Beatrixlaan|Hoofdstraat|Nieuwstraat|Marktplein|\
        Havenkade|Prinsengracht|Tulpstraat|Rozenstraat|Veldweg|Dijkweg|Raadhuisplein|Vondelstraat|\
        Rembrandtlaan",
    number_first: false,
    companies: "B.V.|N.V.|en Zonen B.V.|Groep B.V.|Advies|Techniek B.V.",
    postcode: "#### AA",
    phones: "+31 00 ### ####",
};
