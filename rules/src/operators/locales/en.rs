//! What invented people are made of: English.
//!
//! Telephone numbers: 555-0100 to 555-0199 of the North American plan, and Ofcom's numbers for drama.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "en",
    first: "Abigail|Adam|Alice|Amelia|Andrew|Anna|Arthur|Ava|Benjamin|Brandon|Caroline|Charles|\
        Charlotte|Chloe|Claire|Daniel|David|Diana|Dylan|Edward|Eleanor|Elizabeth|Emily|Emma|Ethan|\
        Evelyn|Frances|George|Grace|Hannah|Harry|Henry|Isaac|Isla|Jack|Jacob|James|Jane|Jessica|\
        John|Joseph|Julia|Laura|Leah|Lewis|Liam|Lily|Logan|Lucy|Luke|Margaret|Martha|Mason|Matthew|\
        Megan|Michael|Molly|Nathan|Nora|Oliver|Olivia|Owen|Patrick|Paul|Peter|Rachel|Rebecca|Robert|\
        Rose|Ruth|Samuel|Sarah|Sophie|Stephen|Thomas|Victoria|Violet|Walter|William|Zachary",
    last: "Abbott|Adams|Allen|Anderson|Atkinson|Bailey|Baker|Barnes|Bennett|Bishop|Brooks|Brown|Burton|\
        Butler|Campbell|Carter|Chapman|Clarke|Coleman|Collins|Cooper|Cox|Davies|Dawson|Dixon|\
        Edwards|Elliott|Ellis|Evans|Fisher|Fletcher|Foster|Fox|Gibson|Graham|Grant|Gray|Green|\
        Griffin|Hall|Harris|Harrison|Hayes|Henderson|Hill|Holmes|Howard|Hudson|Hughes|Hunt|Jackson|\
        Jenkins|Kelly|Knight|Lawson|Lewis|Marshall|Mason|Matthews|Miller|Mitchell|Moore|Morgan|\
        Morris|Murphy|Murray|Newton|Palmer|Parker|Pearson|Perry|Porter|Powell|Price|Reed|Reynolds|\
        Richards|Roberts|Robinson|Rogers|Russell|Ryan|Saunders|Shaw|Simpson|Spencer|Stevens|Stone|\
        Sullivan|Taylor|Turner|Walker|Wallace|Ward|Watson|Webb|Wells|White|Wilson|Wood|Wright|Young",
    cities: "Ashford|Birchwood|Brookfield|Cedarville|Clearwater|Eastport|Elmhurst|Fairview|Glendale|\
        Greenfield|Harborview|Highland|Kingsbridge|Lakeside|Linden|Maplewood|Millbrook|Northfield|\
        Oakdale|Pinehurst|Ravenwood|Riverton|Rosewood|Silverton|Southport|Springdale|Stonebridge|\
        Westbrook|Willowdale|Woodbury",
    streets: "Acorn Street|Birch Road|Cedar Lane|Cherry Avenue|Church Street|Elm Drive|Forest Road|\
        Garden Lane|Hazel Way|Hill Street|Lake Avenue|Linden Drive|Maple Street|Meadow Lane|\
        Mill Road|Oak Avenue|Orchard Street|Park Road|Pine Drive|River Road|Rose Lane|School Street|\
        Spring Street|Station Road|Sunset Drive|Valley Road|Walnut Street|Willow Lane",
    number_first: true,
    companies: "Ltd|Group|Partners|Industries|Labs|Trading|Works|and Sons",
    postcode: "#####",
    phones: "+1 2## 555 01##|+1 3## 555 01##|+1 4## 555 01##|+1 6## 555 01##|+1 7## 555 01##|+1 8## 555 01##|+44 7700 900###|+44 20 7946 0###",
};
