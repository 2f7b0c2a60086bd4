"""People, firms and goods that exist in the suite only."""

FIRST_NAMES = (
    *("Anna", "Bram", "Carla", "Dario", "Elif", "Femi", "Greta", "Hugo", "Ines"),
    *("Jonas", "Keiko", "Lena", "Marek", "Nadia", "Oskar", "Priya", "Rafael"),
    *("Sofia", "Tomas", "Ursula", "Viktor", "Wanda", "Yusuf", "Zoe"),
)
LAST_NAMES = (
    *("Albers", "Bruno", "Castell", "Demir", "Eriksen", "Falk", "Greco", "Haddad"),
    *("Ibsen", "Jansen", "Kovac", "Lindt", "Moreau", "Novak", "Okafor", "Petrov"),
    *("Quist", "Rossi", "Sander", "Tanaka", "Ullmann", "Varga", "Weber", "Zeller"),
)
FIRMS = (
    *("Arlow Logistics", "Bexley Tools", "Corvin Foods", "Dunmore Paper"),
    *("Elstra Energy", "Fenwick Pumps", "Galden Glass", "Hartmoor Textiles"),
    *("Ivenhall Optics", "Jasper Marine", "Kelbrook Dairy", "Lorne Packaging"),
    *("Marwick Steel", "Norvale Seeds", "Oakhurst Print", "Pellan Robotics"),
    *("Quillon Media", "Ravensby Timber", "Solbury Lamps", "Thornby Cables"),
)
GOODS = (
    *("desk lamp", "office chair", "label printer", "water pump", "steel shelf"),
    *("hand drill", "network switch", "coffee machine", "safety helmet"),
    *("garden hose", "paper shredder", "wall clock", "barcode scanner", "tool box"),
)
CITIES = (
    *("Ashwick", "Belmora", "Carden", "Dorvale", "Estrin", "Farholm", "Gildern"),
    *("Hexby", "Ilverton", "Jorvane", "Kestwick", "Lowmere", "Morwen", "Nethley"),
)
