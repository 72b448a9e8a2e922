"""Given and family names by culture; the pairs made of them are invented."""

from typing import NamedTuple
from unicodedata import normalize

Name = tuple[str, str]
"""As written, and as it would stand in an e-mail address (ASCII, lower case)."""


class Culture(NamedTuple):
    """Names that occur together."""

    given: tuple[Name, ...]
    family: tuple[Name, ...]


def _name(text: str) -> Name:
    written, _, ascii_form = text.strip().partition("=")
    decomposed = normalize("NFKD", ascii_form or written)
    return written, "".join(c for c in decomposed.lower() if "a" <= c <= "z")


def _culture(given: str, family: str) -> Culture:
    """From comma-separated names, each with ``=ascii`` where stripping accents is not enough."""
    return Culture(
        tuple(_name(text) for text in given.split(",")),
        tuple(_name(text) for text in family.split(",")),
    )


ENGLISH = _culture(
    "James, Mary, Robert, Patricia, John, Jennifer, Michael, Linda, David, Elizabeth, William, "
    "Barbara, Richard, Susan, Joseph, Jessica, Thomas, Sarah, Christopher, Karen, Daniel, Nancy, "
    "Matthew, Lisa, Anthony, Betty, Mark, Ashley, Steven, Emily, Andrew, Kimberly, Joshua, Donna, "
    "Kenneth, Michelle, Kevin, Carol, Brian, Amanda, Mary Ann, Jean-Luc, Zoe, Aaron, Grace, Owen",
    "Smith, Johnson, Williams, Brown, Jones, Miller, Davis, Wilson, Anderson, Taylor, Thomas, "
    "Moore, Martin, Jackson, Thompson, White, Harris, Clark, Lewis, Robinson, Walker, Young, "
    "Allen, King, Wright, Scott, Hill, Green, Adams, Nelson, Baker, Hall, Campbell, Mitchell, "
    "Carter, Roberts, O'Brien, O'Neill, McDonald, St. John, Smith-Jones, van Dyke, Ng, Li",
)
GERMAN = _culture(
    "Anna, Jürgen=juergen, Lukas, Sophie, Günther=guenther, Käthe=kaethe, Felix, Björn=bjoern, "
    "Maximilian, Heike, Jörg=joerg, Ulrike, Sebastian, Claudia, Tobias, Änne=aenne",
    "Müller=mueller, Schmidt, Schneider, Fischer, Weiß=weiss, Schäfer=schaefer, Köhler=koehler, "
    "Groß=gross, Bauer, Krüger=krueger, Vogel, Lüdenscheidt=luedenscheidt, Jäger=jaeger, Braun, "
    "von der Heide, Huber",
)
FRENCH = _culture(
    "Amélie, François, Chloé, Benoît, Hélène, Jérôme, Zoé, Anaïs, Mathieu, Éric, Noémie, Loïc, "
    "Geneviève, Raphaël, Océane, Thibault",
    "Dubois, Lefèvre, Moreau, Béranger, Rousseau, Lévêque, Fontaine, Gérard, Chevalier, Besançon, "
    "Perrin, D'Aubigné, Le Goff, Marchand, Renaud, Côté",
)
SPANISH = _culture(
    "José, María, Íñigo, Sofía, Andrés, Lucía, Joaquín, Inés, Martín, Begoña, Ramón, Ángela, "
    "Sebastián, Ximena, Óscar, Guadalupe",
    "García, Martínez, López, Hernández, Muñoz, Peña, Ibáñez, Rodríguez Pérez, Núñez, Gómez, "
    "Castañeda, Vázquez, Jiménez, Ordóñez, Quintana, Zúñiga",
)
PORTUGUESE = _culture(
    "João, Conceição, Antônio, Luísa, Tomás, Inês, Gonçalo, Estêvão, Beatriz, Thaís, Vinícius, "
    "Letícia, Otávio, Simão, Márcia, Rui",
    "Silva, Gonçalves, Araújo, Conceição, Guimarães, Brandão, Magalhães, Sá, Antunes, Falcão, "
    "Lourenço, Simões, Teixeira, Valadão, dos Santos, Leitão",
)
NORDIC = _culture(
    "Åsa, Björn=bjorn, Göran, Søren=soren, Linnéa, Håkan, Märta, Øystein=oystein, Freja, Sigrún, "
    "Lars, Ingrid, Örjan, Maja, Jan-Åke, Þóra=thora",
    "Åkesson, Bergström, Sjögren, Nyström, Ødegaard=odegaard, Lindqvist, Sørensen=sorensen, "
    "Höglund, Östberg, Hägg, Wikström, Dahl, Kjær=kjaer, Ekblad, Lööf, Strand",
)
POLISH = _culture(
    "Łukasz=lukasz, Agnieszka, Stanisław=stanislaw, Małgorzata=malgorzata, Paweł=pawel, Zofia, "
    "Michał=michal, Jolanta, Grażyna, Krzysztof, Żaneta, Wojciech, Bożena, Józef, Kinga, "
    "Rafał=rafal",
    "Wiśniewska, Dąbrowski, Wójcik, Kowalczyk, Zieliński, Szymańska, Woźniak, Król, Jabłoński="
    "jablonski, Pawłowska=pawlowska, Głowacki=glowacki, Źrebiec, Ćwik, Sikora, Żuk, Łaska=laska",
)
UKRAINIAN = _culture(
    "Олена=olena, Андрій=andrii, Ірина=iryna, Тарас=taras, Наталія=nataliia, Юрій=yurii, "
    "Оксана=oksana, Богдан=bohdan, Катерина=kateryna, Христина=khrystyna, Дмитро=dmytro, "
    "Лариса=larysa, "
    "Євген=yevhen, Ґалина=galyna, Сергій=serhii, Марія=mariia",
    "Шевченко=shevchenko, Коваленко=kovalenko, Бондар=bondar, Ткаченко=tkachenko, Мельник=melnyk, "
    "Кравчук=kravchuk, Поліщук=polishchuk, Лисенко=lysenko, Гончар=honchar, Руденко=rudenko, "
    "Савчук=savchuk, Мороз=moroz, Журавель=zhuravel, Щербак=shcherbak, Яремчук=yaremchuk, "
    "Їжакевич=yizhakevych",
)
BULGARIAN = _culture(
    "Георги=georgi, Мария=mariya, Иван=ivan, Елена=elena, Димитър=dimitar, Десислава=desislava, "
    "Николай=nikolay, Ралица=ralitsa, Стоян=stoyan, Цветелина=tsvetelina, Пламен=plamen, Яна=yana",
    "Иванов=ivanov, Петрова=petrova, Димитров=dimitrov, Георгиева=georgieva, Стоянов=stoyanov, "
    "Тодорова=todorova, Ангелов=angelov, Колева=koleva, Желязков=zhelyazkov, Щерева=shtereva, "
    "Христов=hristov, Янкова=yankova",
)
GREEK = _culture(
    "Γιώργος=giorgos, Ελένη=eleni, Δημήτρης=dimitris, Μαρία=maria, Νίκος=nikos, Σοφία=sofia, "
    "Θανάσης=thanasis, Χριστίνα=christina, Στέλιος=stelios, Ξένια=xenia, Παύλος=pavlos, "
    "Φωτεινή=foteini",
    "Παπαδόπουλος=papadopoulos, Νικολάου=nikolaou, Οικονόμου=oikonomou, Αγγελίδης=angelidis, "
    "Βασιλείου=vasileiou, Δήμου=dimou, Ζαχαρίου=zachariou, Κωνσταντίνου=konstantinou, "
    "Μακρής=makris, Ρήγας=rigas, Σταύρου=stavrou, Χατζής=chatzis",
)
HEBREW = _culture(
    "נועה=noa, דוד=david, תמר=tamar, יוסף=yosef, מיכל=michal, איתן=eitan, שירה=shira, אורי=ori, "
    "רחל=rachel, עומר=omer, יעל=yael, גיא=guy",
    "כהן=cohen, לוי=levi, מזרחי=mizrahi, פרץ=peretz, ביטון=biton, אברהם=avraham, פרידמן=friedman, "
    "שפירא=shapira, גולן=golan, ברק=barak, בן דוד=bendavid, רוזן=rosen",
)
ARABIC = _culture(
    "محمد=mohamed, فاطمة=fatma, أحمد=ahmed, مريم=mariam, يوسف=youssef, نور=nour, علي=ali, "
    "ليلى=layla, خالد=khaled, سارة=sara, عمر=omar, هند=hind, إبراهيم=ibrahim, زينب=zeinab",
    "حسن=hassan, عبد الله=abdallah, منصور=mansour, السيد=elsayed, خليل=khalil, فاروق=farouk, "
    "ناصر=nasser, سليمان=soliman, الشامي=elshamy, عثمان=osman, المصري=elmasry, درويش=darwish",
)
HINDI = _culture(
    "आरव=aarav, प्रिया=priya, राहुल=rahul, अनीता=anita, विवान=vivaan, दीपिका=deepika, अर्जुन=arjun, "
    "कविता=kavita, रोहन=rohan, सुनीता=sunita, मोहन=mohan, नेहा=neha, संजय=sanjay, मीरा=meera",
    "शर्मा=sharma, वर्मा=verma, गुप्ता=gupta, सिंह=singh, यादव=yadav, मिश्रा=mishra, पटेल=patel, "
    "जोशी=joshi, कुमार=kumar, चौहान=chauhan, त्रिपाठी=tripathi, नायर=nair, अग्रवाल=agrawal, "
    "मेहता=mehta",
)
JAPANESE = _culture(
    "陽翔=haruto, 結衣=yui, 蓮=ren, 葵=aoi, 大輔=daisuke, 美咲=misaki, 健太=kenta, さくら=sakura, "
    "翔太=shota, 花子=hanako, 拓海=takumi, 直美=naomi, マリ=mari, 誠=makoto",
    "佐藤=sato, 鈴木=suzuki, 高橋=takahashi, 田中=tanaka, 伊藤=ito, 渡辺=watanabe, 山本=yamamoto, "
    "中村=nakamura, 小林=kobayashi, 加藤=kato, 吉田=yoshida, 山田=yamada, 佐々木=sasaki, "
    "林=hayashi",
)
CHINESE = _culture(
    "伟=wei, 芳=fang, 秀英=xiuying, 敏=min, 静=jing, 磊=lei, 洋=yang, 艳=yan, 勇=yong, 杰=jie, "
    "娟=juan, 涛=tao, 明=ming, 雪梅=xuemei, 志强=zhiqiang, 子涵=zihan",
    "王=wang, 李=li, 张=zhang, 刘=liu, 陈=chen, 杨=yang, 赵=zhao, 黄=huang, 周=zhou, 吴=wu, "
    "徐=xu, 孙=sun, 欧阳=ouyang, 司马=sima, 郭=guo, 吕=lu",
)
KOREAN = _culture(
    "민준=minjun, 서연=seoyeon, 지훈=jihun, 하은=haeun, 도윤=doyun, 수빈=subin, 예준=yejun, "
    "지우=jiwoo, 현우=hyunwoo, 유나=yuna, 성민=seongmin, 은지=eunji",
    "김=kim, 이=lee, 박=park, 최=choi, 정=jung, 강=kang, 조=cho, 윤=yoon, 장=jang, 임=lim, "
    "한=han, 남궁=namgung",
)
VIETNAMESE = _culture(
    "Hương=huong, Đức=duc, Thảo=thao, Minh, Lan Anh, Quốc Bảo=quocbao, Ngọc=ngoc, Hùng=hung, "
    "Tuyết=tuyet, Phước=phuoc, Vân=van, Dũng=dung, Thị Mai=thimai, Khánh=khanh",
    "Nguyễn=nguyen, Trần=tran, Lê=le, Phạm=pham, Hoàng=hoang, Huỳnh=huynh, Vũ=vu, Đặng=dang, "
    "Bùi=bui, Đỗ=do, Hồ=ho, Dương=duong",
)
THAI = _culture(
    "สมชาย=somchai, มาลี=malee, อนงค์=anong, ประเสริฐ=prasert, ดารา=dara, วิชัย=wichai, ศิริ=siri",
    "ใจดี=jaidee, แสงทอง=saengthong, ศรีสุข=srisuk, บุญมา=boonma, ทองคำ=thongkham, วงศ์ไทย=wongthai",
)
