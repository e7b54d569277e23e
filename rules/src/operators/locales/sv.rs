//! What invented people are made of: Swedish.
//!
//! Telephone numbers: PTS's numbers for books and films.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "sv",
    first: "Adam|Agnes|Albin|Alexander|Alfred|Alice|Alma|Alva|Amanda|Anders|Anette|Anna|Annika|Anton|\
        Arvid|Astrid|August|Axel|Barbro|Bengt|Birgitta|Björn|Bo|Britt|Carina|Carl|Carolina|Cecilia|\
        Christer|Clara|Daniel|David|Ebba|Edvin|Elias|Elin|Elisabet|Ella|Elsa|Elvira|Emelie|Emil|\
        Emma|Erik|Ester|Eva|Filip|Fredrik|Freja|Frida|Gerd|Gunilla|Gunnar|Gustav|Göran|Gösta|Hampus|\
        Hanna|Hans|Harald|Helena|Henrik|Hugo|Håkan|Ida|Inger|Ingrid|Ingvar|Isak|Jan|Jenny|Jesper|\
        Joakim|Johan|Johanna|Jonas|Josefin|Julia|Karin|Karl|Kent|Kerstin|Klara|Kristina|Lars|Leif|\
        Lena|Lennart|Lilly|Linnea|Linus|Lisa|Lotta|Lovisa|Lucas|Ludvig|Magnus|Maja|Malin|Maria|\
        Marie|Markus|Mats|Mattias|Melker|Mikael|Moa|Monika|Nils|Nora|Olivia|Olle|Olof|Oskar|Ove|\
        Patrik|Per|Petra|Pia|Rolf|Sara|Signe|Simon|Siv|Sixten|Sofia|Stefan|Sten|Stig|Stina|Sture|\
        Susanne|Sven|Theo|Thomas|Tilda|Tore|Torsten|Tove|Tuva|Ulf|Ulla|Vera|Viktor|Wilma|Åke|Åsa",
    last: "Abrahamsson|Ahlberg|Andersson|Andreasson|Arvidsson|Axelsson|Bengtsson|Berg|Berggren|\
        Berglund|Bergman|Bergqvist|Bergström|Björk|Björklund|Blom|Blomqvist|Boström|Carlsson|\
        Claesson|Dahl|Dahlberg|Danielsson|Edlund|Ek|Eklund|Ekström|Eliasson|Engström|Eriksson|Falk|\
        Forsberg|Fransson|Fredriksson|Gunnarsson|Gustafsson|Hansen|Hansson|Hedlund|Hellström|\
        Henriksson|Hermansson|Holm|Holmberg|Holmgren|Holmqvist|Håkansson|Isaksson|Ivarsson|\
        Jakobsson|Jansson|Johansson|Jonasson|Jonsson|Jönsson|Karlsson|Larsson|Lind|Lindberg|\
        Lindgren|Lindholm|Lindqvist|Lindström|Lundberg|Lundgren|Lundin|Lundqvist|Lundström|Löfgren|\
        Magnusson|Martinsson|Mattsson|Månsson|Mårtensson|Nilsson|Norberg|Nordin|Nordström|Norén|\
        Nyberg|Nyström|Olofsson|Olsson|Palm|Persson|Pettersson|Pålsson|Samuelsson|Sandberg|\
        Sandström|Sjöberg|Sjögren|Ström|Strömberg|Sundberg|Sundström|Svensson|Söderberg|Wallin|\
        Westerberg|Wikström|Åberg|Ågren|Åkesson|Öberg|Öhman",
    cities: "Almby|Björkvik|Blåsjö|Eknäs|Forsby|Granvik|Hagaström|Hasselby|Klövervik|Lillsjö|Lindesund|\
        Ljungdal|Norrvik|Rosendal|Sandhamn|Skogsberga|Solvik|Stenby|Strandvik|Sundsholm|Söderby|\
        Tallmo|Vitnäs|Ängsholm",
    streets: "Storgatan|Skolgatan|Kyrkogatan|Björkvägen|Granvägen|Tallvägen|Ekvägen|Solvägen|Ringvägen|\
        Parkgatan|Järnvägsgatan|Drottninggatan|Kungsgatan|Nygatan|Strandvägen|Skogsvägen|Ängsvägen|\
        Rosenvägen|Industrigatan|Södra vägen|Norra vägen|Linnégatan|Torggatan|Kvarngatan",
    number_first: false,
    companies: "AB|& Söner AB|Konsult AB|Bygg AB|Handelsbolag|Teknik AB",
    postcode: "### ##",
    phones: "+46 31 390 60 ##|+46 40 628 04 ##|+46 8 465 004 ##|+46 70 174 06 5#",
};
