"""Countries with real cities and the streets, post codes and telephone numbers to invent there.

Telephone numbers are fictitious: from the ranges that regulators keep free for drama where there
are such (US and Canada 555-01XX, Ofcom, ACMA, ComReg, Bundesnetzagentur, ARCEP, PTS), else with
a subscriber number that begins with 00, which no exchange assigns.
"""

import re
from typing import NamedTuple

from ucsync.sandbox.people import names
from ucsync.sandbox.people.names import Culture

_DIGITS = re.compile(r"%0?(\d?)d")
_NOT_DIALLED = str.maketrans("", "", " -()")


class Pattern(NamedTuple):
    """Text with one ``%d`` in it and how many numbers fit there; empty text for none."""

    text: str
    numbers: int


class City(NamedTuple):
    """A city; the three telephone patterns say the same number as people write it."""

    name: str
    region: str | None
    county: str | None
    postal: Pattern
    phone_local: Pattern
    phone_abroad: Pattern
    phone_e164: Pattern


class Place(NamedTuple):
    """A country and what its addresses look like; streets and unit hold one ``%d``."""

    country: str
    weight: int
    cultures: tuple[Culture, ...]
    company: str
    unit: str
    streets: tuple[str, ...]
    cities: tuple[City, ...]


def _pattern(text: str) -> Pattern:
    found = _DIGITS.search(text)
    return Pattern(text, 10 ** int(found[1] or 1) if found else 0)


def _city(dial: str, trunk: str, line: str) -> City:
    name, region, county, postal, local = line.split("|")
    abroad = f"{dial}-{local}" if dial == "+1" else f"{dial} {local}"
    e164 = "%".join(part.translate(_NOT_DIALLED) for part in abroad.split("%"))
    patterns = (_pattern(text) for text in (postal, trunk + local, abroad, e164))
    return City(name, region or None, county or None, *patterns)


def _place(
    head: str, cultures: tuple[Culture, ...], company: str, unit: str, streets: str, *lines: str
) -> Place:
    """``head``: country, relative weight (a multiple of 5), dialling code, trunk prefix.

    ``lines``: city|region|county|post code|telephone number without its trunk prefix.
    """
    country, weight, dial, *trunk = head.split(" ")
    cities = tuple(_city(dial, "".join(trunk), line) for line in lines)
    return Place(country, int(weight), cultures, company, unit, tuple(streets.split("; ")), cities)


_US_NAMES = (names.ENGLISH,) * 12 + (
    names.SPANISH,
    names.SPANISH,
    names.GERMAN,
    names.VIETNAMESE,
    names.POLISH,
)
_ENGLISH_STREETS = (
    "%d Oak Street; %d Main Street; %d Maple Avenue; %d Church Road; %d Elm Drive; %d Mill Lane; "
    "%d Station Road; %d Park Avenue; %d Lake View Terrace; %d Old Post Road"
)

PLACES = (
    _place(
        "US 340 +1",
        _US_NAMES,
        "%s Supply LLC",
        "Apt %d",
        _ENGLISH_STREETS,
        "New York|NY|New York|100%02d|212-555-01%02d",
        "Atlanta|GA|Fulton|303%02d|404-555-01%02d",
        "Duluth|GA|Gwinnett|300%02d|770-555-01%02d",
        "Chicago|IL|Cook|606%02d|312-555-01%02d",
        "Houston|TX|Harris|770%02d|713-555-01%02d",
        "Phoenix|AZ|Maricopa|850%02d|602-555-01%02d",
        "Portland|OR|Multnomah|972%02d|503-555-01%02d",
        "Boston|MA|Suffolk|021%02d|617-555-01%02d",
        "St. Paul|MN|Ramsey|551%02d|651-555-01%02d",
        "Los Angeles|CA|Los Angeles|900%02d|213-555-01%02d",
    ),
    _place(
        "CA 80 +1",
        (names.ENGLISH, names.FRENCH, names.ENGLISH, names.CHINESE),
        "%s Trading Ltd.",
        "Unit %d",
        _ENGLISH_STREETS,
        "Toronto|ON||M5V %dT6|416-555-01%02d",
        "Montréal|QC||H2X %dY4|514-555-01%02d",
        "Vancouver|BC||V6B %dA1|604-555-01%02d",
    ),
    _place(
        "GB 80 +44 0",
        (names.ENGLISH, names.ENGLISH, names.ENGLISH, names.POLISH, names.HINDI),
        "%s & Sons Ltd",
        "Flat %d",
        _ENGLISH_STREETS,
        "London|||EC1A %dBB|20 7946 0%03d",
        "Manchester|||M1 %dAE|161 496 0%03d",
        "Edinburgh|||EH1 %dYZ|131 496 0%03d",
        "Llanfairpwllgwyngyll|Anglesey||LL61 %dUJ|1632 960%03d",
    ),
    _place(
        "IE 10 +353 0",
        (names.ENGLISH,),
        "%s Teoranta",
        "Apt %d",
        _ENGLISH_STREETS,
        "Dublin|||D02 AF%02d|20 910 0%03d",
        "Dún Laoghaire|||A96 X2%02d|20 911 0%03d",
    ),
    _place(
        "AU 40 +61 0",
        (names.ENGLISH, names.ENGLISH, names.GREEK, names.VIETNAMESE),
        "%s Pty Ltd",
        "Unit %d",
        _ENGLISH_STREETS,
        "Sydney|NSW||20%02d|2 5550 0%03d",
        "Melbourne|VIC||30%02d|3 5550 0%03d",
        "Perth|WA||60%02d|8 5550 0%03d",
    ),
    _place(
        "DE 55 +49 0",
        (names.GERMAN, names.GERMAN, names.GERMAN, names.POLISH),
        "%s GmbH",
        "Whg. %d",
        "Hauptstraße %d; Gartenstraße %d; Schönhauser Allee %d; Am Mühlbach %d; Bahnhofstr. %d",
        "Berlin|||101%02d|30 23125 %03d",
        "Hamburg|||200%02d|40 66969 %03d",
        "Köln|||506%02d|221 4710 %03d",
        "München|||803%02d|89 99998 %03d",
    ),
    _place(
        "FR 45 +33 0",
        (names.FRENCH, names.FRENCH, names.PORTUGUESE, names.ARABIC),
        "Établissements %s",
        "Bât. %d",
        "%d rue de l'Église; %d avenue Foch; %d boulevard Voltaire; %d allée du Parc; %d quai Sud",
        "Paris|||750%02d|1 99 00 10 %02d",
        "Nîmes|||300%02d|4 65 71 20 %02d",
        "Besançon|||250%02d|3 53 01 30 %02d",
    ),
    _place(
        "ES 35 +34",
        (names.SPANISH,),
        "%s e Hijos S.L.",
        "Piso %d",
        "Calle Mayor, %d; Avenida de la Constitución, %d; Plaza España, %d; Paseo del Prado, %d",
        "Madrid|Madrid||280%02d|91 000 01 %02d",
        "A Coruña|Galicia||150%02d|98 000 01 %02d",
        "Cádiz|Andalucía||110%02d|95 000 01 %02d",
    ),
    _place(
        "MX 35 +52",
        (names.SPANISH,),
        "Comercial %s S.A. de C.V.",
        "Int. %d",
        "Av. Insurgentes Sur %d; Calle Niños Héroes %d; Calz. de Tlalpan %d; P.º de la Reforma %d",
        "Ciudad de México|CDMX||060%02d|55 0000 01%02d",
        "Mérida|Yucatán||970%02d|99 0000 01%02d",
    ),
    _place(
        "BR 30 +55 0",
        (names.PORTUGUESE, names.PORTUGUESE, names.JAPANESE),
        "%s Comércio Ltda.",
        "Apto %d",
        "Rua das Flores, %d; Av. Paulista, %d; Praça da Sé, %d; Travessa São João, %d",
        "São Paulo|SP||010%02d-000|11 0000-01%02d",
        "Brasília|DF||700%02d-900|61 0000-01%02d",
        "Maceió|AL||570%02d-100|82 0000-01%02d",
    ),
    _place(
        "SE 20 +46 0",
        (names.NORDIC,),
        "%s Handels AB",
        "Lgh %d",
        "Storgatan %d; Östra Långgatan %d; Kyrkvägen %d; Ängsgränd %d",
        "Stockholm|||111 %02d|8 465 004 %02d",
        "Göteborg|||411 %02d|31 390 06 %02d",
        "Malmö|||211 %02d|40 628 04 %02d",
    ),
    _place(
        "PL 25 +48",
        (names.POLISH,),
        "%s Sp. z o.o.",
        "m. %d",
        "ul. Długa %d; ul. Świętego Jana %d; al. Niepodległości %d; ul. Źródlana %d",
        "Warszawa|mazowieckie||00-%03d|22 000 01 %02d",
        "Łódź|łódzkie||90-%03d|42 000 01 %02d",
    ),
    _place(
        "UA 20 +380 0",
        (names.UKRAINIAN,),
        "ТОВ «%s»",
        "кв. %d",
        "вул. Хрещатик, %d; вул. Лесі Українки, %d; просп. Свободи, %d; пров. Тихий, %d",
        "Київ|||010%02d|44 000 01 %02d",
        "Львів|Львівська область||790%02d|32 000 01 %02d",
    ),
    _place(
        "BG 10 +359 0",
        (names.BULGARIAN,),
        "%s ЕООД",
        "ап. %d",
        "бул. Витоша %d; ул. Шипка %d; ул. Цар Симеон %d",
        "София|||10%02d|2 000 01 %02d",
        "Пловдив|||40%02d|32 000 01 %02d",
    ),
    _place(
        "GR 20 +30",
        (names.GREEK,),
        "Αφοί %s Ο.Ε.",
        "Διαμ. %d",
        "Ερμού %d; Λεωφόρος Κηφισίας %d; Αγίου Δημητρίου %d; Οδός Αθηνάς %d",
        "Αθήνα|Αττική||105 %02d|210 000 01%02d",
        "Θεσσαλονίκη|||546 %02d|231 000 01%02d",
    ),
    _place(
        "IL 20 +972 0",
        (names.HEBREW, names.HEBREW, names.ARABIC),
        'סחר %s בע"מ',
        "דירה %d",
        "רחוב הרצל %d; שדרות רוטשילד %d; רחוב יפו %d; דרך השלום %d",
        "תל אביב|||61000%02d|3 000 01%02d",
        "ירושלים|||91000%02d|2 000 01%02d",
        "חיפה|||31000%02d|4 000 01%02d",
    ),
    _place(
        "EG 20 +20 0",
        (names.ARABIC,),
        "شركة %s للتجارة",
        "شقة %d",
        "شارع التحرير %d; شارع الهرم %d; شارع النيل %d; شارع رمسيس %d",
        "القاهرة|القاهرة||115%02d|2 0000 01%02d",
        "الإسكندرية|الإسكندرية||215%02d|3 000 01%02d",
    ),
    _place(
        "AE 10 +971 0",
        (names.ARABIC, names.HINDI, names.ENGLISH),
        "%s Trading FZE",
        "Office %d",
        "Al Wasl Road %d; شارع الشيخ زايد %d; Corniche Street %d",
        "Dubai|دبي|||4 000 01%02d",
        "أبو ظبي||||2 000 01%02d",
    ),
    _place(
        "IN 30 +91 0",
        (names.HINDI, names.HINDI, names.ENGLISH),
        "%s एंड संस",
        "फ्लैट %d",
        "%d महात्मा गांधी मार्ग; %d नेहरू नगर; %d स्टेशन रोड; %d राजपथ",
        "नई दिल्ली|दिल्ली||1100%02d|11 0000 01%02d",
        "मुंबई|महाराष्ट्र||4000%02d|22 0000 01%02d",
        "जयपुर|राजस्थान||3020%02d|141 000 01%02d",
    ),
    _place(
        "JP 25 +81 0",
        (names.JAPANESE,),
        "株式会社%s商店",
        "%d号室",
        "千代田%d丁目; 本町%d番地; 中央通り%d; 桜ヶ丘%d-1",
        "東京|東京都||100-00%02d|3-0000-01%02d",
        "大阪市|大阪府||530-00%02d|6-0000-01%02d",
        "札幌市|北海道||060-00%02d|11-000-01%02d",
    ),
    _place(
        "CN 25 +86 0",
        (names.CHINESE,),
        "%s贸易有限公司",
        "%d室",
        "中山路%d号; 人民东路%d号; 解放大道%d号; 南京西路%d号",
        "北京|北京||1000%02d|10 0000 01%02d",
        "上海|上海||2000%02d|21 0000 01%02d",
        "广州|广东||5100%02d|20 0000 01%02d",
    ),
    _place(
        "HK 5 +852",
        (names.CHINESE, names.ENGLISH),
        "%s行有限公司",
        "Flat %dA",
        "彌敦道%d號; %d Queen's Road Central; 英皇道%d號",
        "香港||||0000 01%02d",
        "九龍||||0000 02%02d",
    ),
    _place(
        "KR 15 +82 0",
        (names.KOREAN,),
        "(주)%s상사",
        "%d호",
        "세종대로 %d; 강남대로 %d; 테헤란로 %d; 중앙로 %d",
        "서울|서울특별시||045%02d|2-000-01%02d",
        "부산|부산광역시||485%02d|51-000-01%02d",
    ),
    _place(
        "VN 15 +84 0",
        (names.VIETNAMESE,),
        "Công ty TNHH %s",
        "Căn hộ %d",
        "%d Lê Lợi; %d Nguyễn Huệ; %d Trần Hưng Đạo; %d Điện Biên Phủ",
        "Hà Nội|||1000%02d|24 0000 01%02d",
        "Thành phố Hồ Chí Minh|||7000%02d|28 0000 01%02d",
    ),
    _place(
        "TH 10 +66 0",
        (names.THAI,),
        "บริษัท %s จำกัด",
        "ห้อง %d",
        "ถนนสุขุมวิท %d; ถนนพหลโยธิน %d; ถนนเจริญกรุง %d",
        "กรุงเทพมหานคร|||101%02d|2 000 01%02d",
        "เชียงใหม่|||502%02d|53 000 01%02d",
    ),
)

PLACE_BY_DRAW = tuple(place for place in PLACES for _ in range(place.weight // 5))
"""Draw one with ``draws[i] % len(PLACE_BY_DRAW)``."""
