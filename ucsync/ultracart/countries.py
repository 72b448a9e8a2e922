"""Countries as UltraCart names them: ISO 3166 alpha-2, and the English names that other programs write.

The codes are those of the public domain list that comes with the time zone database, and XK, which is
not in the standard and yet what shops write for Kosovo. A name stands for exactly one code.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_LIST: Final = """
AD Andorra; AE United Arab Emirates|UAE; AF Afghanistan; AG Antigua and Barbuda; AI Anguilla; AL Albania;
AM Armenia; AO Angola; AQ Antarctica; AR Argentina; AS American Samoa; AT Austria; AU Australia; AW Aruba;
AX Åland Islands; AZ Azerbaijan; BA Bosnia and Herzegovina|Bosnia; BB Barbados; BD Bangladesh; BE Belgium;
BF Burkina Faso; BG Bulgaria; BH Bahrain; BI Burundi; BJ Benin; BL Saint Barthélemy|St. Barthélemy; BM
Bermuda; BN Brunei|Brunei Darussalam; BO Bolivia|Bolivia, Plurinational State of; BQ Bonaire, Sint
Eustatius and Saba|Caribbean Netherlands; BR Brazil; BS Bahamas|The Bahamas; BT Bhutan; BV Bouvet Island;
BW Botswana; BY Belarus; BZ Belize; CA Canada; CC Cocos (Keeling) Islands|Cocos Islands; CD Congo,
Democratic Republic of the|Democratic Republic of the Congo|DR Congo|Congo, The Democratic Republic of
the|Congo - Kinshasa; CF Central African Republic; CG Congo|Republic of the Congo|Congo - Brazzaville; CH
Switzerland; CI Côte d'Ivoire|Ivory Coast; CK Cook Islands; CL Chile; CM Cameroon; CN China|People's
Republic of China; CO Colombia; CR Costa Rica; CU Cuba; CV Cape Verde|Cabo Verde; CW Curaçao; CX Christmas
Island; CY Cyprus; CZ Czechia|Czech Republic; DE Germany; DJ Djibouti; DK Denmark; DM Dominica; DO
Dominican Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt; EH Western Sahara; ER Eritrea; ES Spain;
ET Ethiopia; FI Finland; FJ Fiji; FK Falkland Islands|Falkland Islands (Malvinas); FM
Micronesia|Micronesia, Federated States of|Federated States of Micronesia; FO Faroe Islands; FR France; GA
Gabon; GB United Kingdom|Great Britain|Britain|UK|United Kingdom of Great Britain and Northern
Ireland|England|Scotland|Wales|Northern Ireland; GD Grenada; GE Georgia; GF French Guiana; GG Guernsey; GH
Ghana; GI Gibraltar; GL Greenland; GM Gambia|The Gambia; GN Guinea; GP Guadeloupe; GQ Equatorial Guinea;
GR Greece; GS South Georgia and the South Sandwich Islands; GT Guatemala; GU Guam; GW Guinea-Bissau; GY
Guyana; HK Hong Kong|Hong Kong SAR China|Hong Kong SAR; HM Heard Island and McDonald Islands|Heard and
McDonald Islands; HN Honduras; HR Croatia; HT Haiti; HU Hungary; ID Indonesia; IE Ireland|Republic of
Ireland; IL Israel; IM Isle of Man; IN India; IO British Indian Ocean Territory; IQ Iraq; IR Iran|Iran,
Islamic Republic of; IS Iceland; IT Italy; JE Jersey; JM Jamaica; JO Jordan; JP Japan; KE Kenya; KG
Kyrgyzstan; KH Cambodia; KI Kiribati; KM Comoros; KN Saint Kitts and Nevis|St. Kitts and Nevis; KP Korea,
Democratic People's Republic of|North Korea; KR Korea, Republic of|South Korea|Republic of Korea; KW
Kuwait; KY Cayman Islands; KZ Kazakhstan; LA Laos|Lao People's Democratic Republic; LB Lebanon; LC Saint
Lucia|St. Lucia; LI Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg; LV
Latvia; LY Libya; MA Morocco; MC Monaco; MD Moldova|Moldova, Republic of; ME Montenegro; MF Saint Martin
(French part)|Saint Martin|St. Martin; MG Madagascar; MH Marshall Islands; MK North Macedonia|Macedonia;
ML Mali; MM Myanmar|Burma|Myanmar (Burma); MN Mongolia; MO Macao|Macau|Macao SAR China; MP Northern
Mariana Islands; MQ Martinique; MR Mauritania; MS Montserrat; MT Malta; MU Mauritius; MV Maldives; MW
Malawi; MX Mexico; MY Malaysia; MZ Mozambique; NA Namibia; NC New Caledonia; NE Niger; NF Norfolk Island;
NG Nigeria; NI Nicaragua; NL Netherlands|The Netherlands|Holland; NO Norway; NP Nepal; NR Nauru; NU Niue;
NZ New Zealand; OM Oman; PA Panama; PE Peru; PF French Polynesia; PG Papua New Guinea; PH Philippines; PK
Pakistan; PL Poland; PM Saint Pierre and Miquelon|St. Pierre and Miquelon; PN Pitcairn|Pitcairn Islands;
PR Puerto Rico; PS Palestine|Palestine, State of|Palestinian Territories; PT Portugal; PW Palau; PY
Paraguay; QA Qatar; RE Réunion; RO Romania; RS Serbia; RU Russia|Russian Federation; RW Rwanda; SA Saudi
Arabia; SB Solomon Islands; SC Seychelles; SD Sudan; SE Sweden; SG Singapore; SH Saint Helena|Saint
Helena, Ascension and Tristan da Cunha|St. Helena; SI Slovenia; SJ Svalbard and Jan Mayen; SK Slovakia; SL
Sierra Leone; SM San Marino; SN Senegal; SO Somalia; SR Suriname; SS South Sudan; ST São Tomé and
Príncipe|Sao Tome and Principe; SV El Salvador; SX Sint Maarten (Dutch part)|Sint Maarten; SY Syria|Syrian
Arab Republic; SZ Eswatini|Swaziland; TC Turks and Caicos Islands; TD Chad; TF French Southern
Territories; TG Togo; TH Thailand; TJ Tajikistan; TK Tokelau; TL Timor-Leste|East Timor; TM Turkmenistan;
TN Tunisia; TO Tonga; TR Turkey|Türkiye; TT Trinidad and Tobago; TV Tuvalu; TW Taiwan|Taiwan, Province of
China; TZ Tanzania|Tanzania, United Republic of; UA Ukraine; UG Uganda; UM United States Minor Outlying
Islands|U.S. Outlying Islands; US United States|United States of America|USA|U.S.A.|U.S.; UY
Uruguay; UZ Uzbekistan; VA Vatican City|Holy See|Holy See (Vatican City State); VC Saint Vincent and the
Grenadines|St. Vincent and the Grenadines; VE Venezuela|Venezuela, Bolivarian Republic of; VG Virgin
Islands (British)|British Virgin Islands; VI Virgin Islands (U.S.)|U.S. Virgin Islands; VN Vietnam|Viet
Nam; VU Vanuatu; WF Wallis and Futuna; WS Samoa; XK Kosovo; YE Yemen; YT Mayotte; ZA South Africa; ZM
Zambia; ZW Zimbabwe;
"""


def country_code(text: str) -> str | None:
    """The code of a country.

    Args:
        text: a code or a name, in any case, with or without accents and dots.

    Returns:
        Two capital letters, None for what is no country.
    """
    return text if text in _ALPHA2 else _CODES.get(_plain(text))


def country_names() -> list[str]:
    """Every name that is known for a country, as it is written, in order."""
    return sorted(name for _, names in _entries() for name in names)


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    return " ".join(re.findall(r"\w+", re.sub(r"[.'\u2019\u0300-\u036f]", "", bare)))


def _read_list() -> dict[str, str]:
    return {_plain(name): code for code, names in _entries() for name in (code, *names)}


def _entries() -> Iterator[tuple[str, list[str]]]:
    for entry in " ".join(_LIST.split()).rstrip(";").split("; "):
        code, _, names = entry.partition(" ")
        yield code, names.split("|")


_CODES: Final = _read_list()
_ALPHA2: Final = frozenset(_CODES.values())
