//! What invented people are made of: Spanish.
//!
//! Telephone numbers begin with 000, which the numbering plan never assigns.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "es",
    first: "Adrián|Aitana|Alba|Alberto|Alejandra|Alejandro|Alicia|Ana|Andrea|Andrés|Antonio|Beatriz|\
        Belén|Blanca|Carla|Carlos|Carmen|Carolina|Cecilia|Clara|Claudia|Cristina|César|Daniel|\
        Daniela|David|Diego|Elena|Emilio|Enrique|Esteban|Eva|Fernando|Francisco|Gabriel|Gloria|\
        Gonzalo|Guillermo|Hugo|Héctor|Ignacio|Inés|Irene|Isabel|Iván|Jaime|Javier|Jesús|Jorge|José|\
        Juan|Julia|Julio|Laura|Leonor|Lorena|Lucas|Lucía|Luis|Manuel|Marcos|Mariana|Marina|Mario|\
        Marta|Martín|María|Mateo|Mercedes|Miguel|Mónica|Natalia|Nicolás|Noelia|Nuria|Olga|Pablo|\
        Patricia|Paula|Pedro|Pilar|Rafael|Ramón|Raquel|Raúl|Ricardo|Roberto|Rocío|Rosa|Rubén|Samuel|\
        Santiago|Sara|Sergio|Silvia|Sofía|Sonia|Susana|Teresa|Tomás|Valentina|Vicente|Víctor|Ximena|\
        Álvaro|Ángela|Óscar",
    last: "Aguilar|Alonso|Arias|Blanco|Bravo|Cabrera|Calvo|Campos|Cano|Carmona|Castillo|Castro|Cortés|\
        Cruz|Delgado|Domínguez|Durán|Díaz|Díez|Esteban|Fernández|Ferrer|Flores|Fuentes|Gallardo|\
        Gallego|García|Garrido|Gil|Giménez|González|Guerrero|Gutiérrez|Gómez|Hernández|Herrera|\
        Herrero|Hidalgo|Ibáñez|Iglesias|Jiménez|León|Lorenzo|Lozano|López|Martín|Martínez|Marín|\
        Medina|Molina|Montero|Mora|Morales|Moreno|Moya|Muñoz|Márquez|Méndez|Navarro|Nieto|Núñez|\
        Ortega|Ortiz|Pascual|Peña|Prieto|Pérez|Ramos|Ramírez|Reyes|Rodríguez|Romero|Román|Rubio|\
        Ruiz|Santana|Santiago|Santos|Sanz|Serrano|Soler|Soto|Suárez|Sáez|Sánchez|Torres|Vargas|Vega|\
        Velasco|Vicente|Vidal|Vázquez|Álvarez",
    cities: "Alameda|Alto del Río|Arroyo Seco|Bellavista|Campo Verde|Casas Nuevas|El Encinar|\
        Fuente Clara|La Colina|Las Flores|Los Olivos|Monte Alegre|Pozo Blanco|Puente Viejo|\
        Puerto Claro|Río Frío|San Lucas|San Martín|Santa Clara|Santa Rosa|Torre Alta|Valdeflores|\
        Valle Hermoso|Villanueva",
    streets: "Calle Mayor|Calle del Sol|Calle de la Luna|Calle Real|Calle Nueva|Calle de las Flores|\
        Calle del Río|Calle San Juan|Calle Cervantes|Calle de la Fuente|Avenida de la Constitución|\
        Avenida del Mar|Avenida de los Pinos|Avenida de América|Plaza de España|Plaza del Mercado|\
        Paseo de la Alameda|Paseo Marítimo|Camino Viejo|Carretera de la Sierra|Ronda Norte|\
        Travesía del Molino",
    number_first: false,
    companies: "S.L.|S.A.|e Hijos S.L.|Hermanos|Servicios S.L.|Consultores",
    postcode: "#####",
    phones: "+34 000 ### ###",
};
