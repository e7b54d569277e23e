//! What invented people are made of: Polish.
//!
//! Telephone numbers begin with 0, which the numbering plan never assigns.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "pl",
    first: "Adam|Agata|Agnieszka|Aleksander|Aleksandra|Alicja|Amelia|Andrzej|Aneta|Anna|Antoni|Artur|\
        Barbara|Bartosz|Beata|Bogdan|Bożena|Błażej|Cezary|Damian|Daniel|Danuta|Daria|Dariusz|Dawid|\
        Dominik|Dominika|Dorota|Edyta|Elżbieta|Emilia|Ewa|Ewelina|Filip|Franciszek|Gabriela|Grażyna|\
        Grzegorz|Halina|Hanna|Helena|Henryk|Ignacy|Igor|Irena|Iwona|Izabela|Jacek|Jadwiga|Jakub|Jan|\
        Janina|Jarosław|Jerzy|Joanna|Jolanta|Julia|Justyna|Kacper|Kamil|Karolina|Katarzyna|\
        Kazimierz|Kinga|Klaudia|Konrad|Krystian|Krystyna|Krzysztof|Laura|Lena|Leon|Lidia|Maciej|\
        Magdalena|Maja|Marcin|Marek|Maria|Mariusz|Marta|Martyna|Mateusz|Małgorzata|Michał|Mikołaj|\
        Milena|Mirosław|Monika|Natalia|Nikola|Norbert|Oliwia|Patrycja|Patryk|Paulina|Paweł|Piotr|\
        Przemysław|Radosław|Rafał|Renata|Robert|Roman|Ryszard|Sebastian|Stanisław|Stefan|Sylwia|\
        Szymon|Sławomir|Tadeusz|Teresa|Tomasz|Urszula|Wanda|Weronika|Wiesław|Wiktor|Wiktoria|\
        Wojciech|Zbigniew|Zofia|Zuzanna|Łukasz",
    last: "Adamczyk|Baran|Borkowska|Brzozowski|Bąk|Chmura|Cichoń|Czajka|Czerwiec|Duda|Dudek|Dudziak|\
        Fijałek|Gajda|Gawron|Grabarz|Gruszka|Góra|Góral|Głowacz|Janik|Jarosz|Jastrząb|Jurek|\
        Kaczmarek|Kania|Kasprzak|Konieczny|Kopeć|Kos|Kosiba|Kot|Kowal|Kowalczyk|Kozak|Kozioł|\
        Kołodziej|Krawczyk|Kruk|Krupa|Król|Kubiak|Kubica|Kucharz|Kula|Kurek|Kwiecień|Kłos|Lis|\
        Maciąg|Madej|Maj|Majchrzak|Malec|Marczak|Marek|Mazur|Mazurek|Michalak|Mikołajczyk|Mróz|\
        Mucha|Musiał|Nowak|Olejnik|Owczarek|Pająk|Paluch|Pawlak|Pawlik|Pietrzak|Polak|Ptak|Rak|\
        Ratajczak|Rybak|Sikora|Skiba|Skowron|Sobczak|Sobczyk|Socha|Sowa|Sroka|Stachura|Staszak|\
        Stolarz|Stępień|Szczepaniak|Szewczyk|Szulc|Szymczak|Tomczak|Urban|Wawrzyniak|Wieczorek|Wilk|\
        Wojciech|Wrona|Wróbel|Wójcik|Wójtowicz|Zając|Zych|Łuczak|Świątek",
    cities: "Białobrzeg|Bukowiec|Brzezina|Dąbrówka|Dolina|Głogówek|Górka|Jasna Góra|Jaworze|Kamienica|\
        Kasztanowo|Lipowiec|Łąkowo|Modrzewie|Nowy Dwór|Olszanka|Piaskowo|Podgórze|Różanka|Rzeczna|\
        Słonecznik|Stara Wieś|Wierzbowo|Zielonka",
    streets: "ul. Polna|ul. Leśna|ul. Słoneczna|ul. Krótka|ul. Szkolna|ul. Ogrodowa|ul. Lipowa|\
        ul. Brzozowa|ul. Łąkowa|ul. Kwiatowa|ul. Kościelna|ul. Sosnowa|ul. Zielona|ul. Parkowa|\
        ul. Akacjowa|ul. Kolejowa|ul. Mickiewicza|ul. Kościuszki|al. Niepodległości|\
        al. Jana Pawła II|os. Nowe|pl. Wolności|pl. Rynek",
    number_first: false,
    companies: "Sp. z o.o.|S.A.|i Synowie|Usługi|Handel|Serwis Sp. z o.o.",
    postcode: "##-###",
    phones: "+48 000 ### ###",
};
