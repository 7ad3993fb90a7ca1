"""One sentence of an administrative document: who is told, in which role, and who else is drawn in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from knowledge.agencies import AgencyMention, find_agencies, list_names
from knowledge.domain import Role
from knowledge.lines import plain_letters

_ROLE_WORDS = {
    "chu tri": Role.LEAD,
    "phoi hop": Role.COOPERATE,
    "tham muu": Role.ADVISE,
    "huong dan": Role.GUIDE,
    "kiem tra": Role.INSPECT,
    "thanh tra": Role.INSPECT,
    "giam sat": Role.INSPECT,
    "theo doi": Role.INSPECT,
    "don doc": Role.INSPECT,
    "tong hop": Role.COMPILE,
    "bao cao": Role.REPORT,
    "phan anh": Role.REPORT,
    "dau moi": Role.LEAD,
    "p/h": Role.COOPERATE,
    "b/c": Role.REPORT,
    "c/d": Role.DIRECT,
    "thuong truc": Role.LEAD,
    "chi dao": Role.DIRECT,
    "phu trach chung": Role.DIRECT,
    "chu dao": Role.LEAD,
    "chiu trach nhiem chinh": Role.LEAD,
    "gui bao cao": Role.REPORT,
    "lap bao cao": Role.REPORT,
    "xay dung bao cao": Role.REPORT,
}
_ROLE = rf"(?:(?:la|lam) (?:(?:co quan|don vi) )?)?(?P<role>{'|'.join(_ROLE_WORDS)})(?! vien\b| nghi\b)"
_ADVERBS = (
    r"(?:(?:tiep tuc|tang cuong|chu dong|tich cuc|thuong xuyen|dinh ky|kip thoi|dong thoi|to chuc"
    r"|thuc hien(?: tot)?(?!\s*,)|tien hanh|cong tac|viec"
    r"|day manh|(?:co|chiu) trach nhiem(?! chinh\b)|co nhiem vu|duoc giao"
    r"|giup [^,;.]{3,70}?(?=chu tri|theo doi|tham muu|tong hop|huong dan|kiem tra|chi dao)"
    r"|tham gia|nghiem tuc|lam tot|cung|va|can|phai|se|nghien cuu|trien khai|(?:\d{1,2} thang|nam|quy|ca nam"
    r"|nua nam|dot xuat|cuoi nam|cuoi quy|dau nam),?(?: va)?"
    r"|lanh dao,?(?= chi dao)|hang nam|hang quy|hang thang|truc tiep|giao|tap trung|chu trong|lam|moi"
    r"|ngoai ra|ben canh do|chat che"
    r"|quan tam|cong khai|rieng"
    r"|nghiem che do(?: thong tin)?|che do(?: thong tin)?|day du|nghiem),?\s+)*"
)
_LEADING = re.compile(rf"\W*(?:(?:co quan|don vi) (?=thuong truc|dau moi))?{_ADVERBS}{_ROLE}")
# "Căn cứ chức năng, nhiệm vụ phối hợp với …", "nếu có vướng mắc, phản ánh về …": the role comes behind the occasion.
_OCCASION = re.compile(
    rf"\W*(?:can cu|theo|tren co so|tuy|trong|neu|khi|dinh ky|hang|truoc|cham nhat|de|nham|voi)\b[^;]{{0,300}}?"
    rf"(?:,|\b(?:nhiem vu|duoc giao|phan cong|nay|minh|dia phuong|don vi|thuc te|quyen han|quan ly|chuc nang"
    rf"|phu trach|vuong mac|kho khan))"
    rf"\s+{_ADVERBS}{_ROLE}"
)
_NEXT = re.compile(rf"(?:\s*,\s*|\s+va\s+|\s+(?=bao cao))(?:to chuc\s+|dong thoi\s+)?{_ROLE}")
# "Phối hợp với A, B tham mưu …": the work done together has a role of its own.
_TOGETHER = re.compile(
    r"phoi hop\b[^;.]{3,200}?\b(?P<role>tham muu|kiem tra|thanh tra|huong dan|chi dao)\b(?! cua\b| vien\b)"
)
_LATER = re.compile(rf"(?:[,;:)]|\bva\b|\bdong thoi\b)\s*{_ADVERBS}{_ROLE}\b(?! cua\b| lien nganh\b)")
_TO_BODY = (
    r"(?:ubnd|uy ban|so|phong|bo|ban|hdnd|hoi|doan|chu tich|giam doc|huyen|tinh|lanh dao|thu tuong|chinh phu|cap tren"
    r"|co quan|truong|chi cuc|cuc|vu|lien doan|ldld|cong doan|cong an|trung tam|van phong|thuong truc|bch|btv)\b"
)
_REPORTING = re.compile(
    r"\b(?:gui|nop|lap|xay dung|hoan thanh|chuan bi) (?:cac )?bao cao\b(?! vien)"
    rf"|(?<!theo )(?<!che do )\bbao cao(?! vien) (?:(?:[^,;.()]{{0,90}}? )?(?:ve|gui|cho|len|den) )?{_TO_BODY}"
    r"|\bbao cao\b(?! vien)[^,;.]{0,60}? gui (?:ve|truoc|cho|qua|cham)\b"
)
# Behind these the word is a noun; behind the second list even where a comma stands between ("thông tin, báo cáo").
_NOUN_BEFORE = re.compile(
    r"(?:\btheo|van ban|\bsu|vai tro|y kien|noi dung|hoat dong|nang luc|hinh thuc|nhiem vu|kha nang|ket qua"
    r"|so lieu|cac|lanh dao|che do|trong|thuc hien|cong tac)\s*$"
)
_NOUN_LISTED = re.compile(r"(?:thanh tra|kiem tra|huong dan|bao cao|thong tin|cac|che do|cong tac)\W*$")
_PURPOSE = re.compile(
    r"\bde (?:phong [^,;.]{3,60} |so [^,;.]{3,60} |[a-z]{2,9} [^,;.]{0,30})?(?:tong hop|theo doi|xem xet"
    r"|bao cao|duoc huong dan)\b.*"
)

_ORDER = re.compile(
    r"(?:^|[\s,;:(.\"“-])(?P<verb>de nghi|yeu cau|(?<!da )(?<!duoc )giao(?: (?:nhiem vu|trach nhiem))?(?: cho)?"
    r"|(?<!duoc )phan cong(?: cho)?|keu goi|doi voi|trach nhiem cua"
    r"|nhiem vu cua|trach nhiem|nhiem vu|uy quyen cho|chi dao|moi)\s*:?\s*(?:quy\s+)?"
    r"(?:(?:cac\s+)?dong chi\s+|ong \(ba\)\s+|(?:dong chi|ong|ba)\s+(?:\w+\s+){1,5}[-–,]\s*)?(?:voi\s+)?$"
)
_INTRO = re.compile(
    r"(?:can cu|tren co so|trong|khi|neu|dinh ky|hang|truoc|sau|de|nham|dong thoi|ngoai ra|ben canh|theo|tu"
    r"|truong hop|tren day|tuy|voi|ngay|cham nhat"
    r"|rieng|cung voi|hoan thanh|vao|thong qua|den|qua|nhan|mat khac|moi)\b.*[,:]\s*$",
    re.DOTALL,
)
_CONNECTOR = re.compile(
    r"\W*(?:(?:dong thoi|ngoai ra|rieng|cac co quan|cac don vi|co quan|don vi|cac|(?:cac )?dong chi|lanh dao"
    r"|ban lanh dao|tap the)\W+)?$"
)
_SHORT_LABEL = re.compile(r"\W*[^:;,.]{3,35}:\s*")
_NOT_PREDICATE = re.compile(
    r"\s*(?:[)\]]|(?:va|hoac|cua|ve|tai|tren|de|voi|cho|tu|nhung|duoi|nham|nhu|khong chi|trong (?!pham vi"
    r"|qua trinh|chuc nang|thang|quy|nam|thoi))\b)"
)
_ORDER_NEXT = re.compile(
    r"\s*(?:\([^)]*\)\s*)?(?:tran trong |kinh |cung |tiep tuc |da )*(?:de nghi|yeu cau|giao|phan cong|keu goi)\b"
)
# "Sở … hướng dẫn các đơn vị … như sau:" tells the others what to do.
_ADDRESS = re.compile(r"\b(?P<verb>huong dan|thong bao)(?: den| toi| cho| de)?\s*$")
_ADDRESS_NEXT = re.compile(r"\s*(?:\([^)]*\)\s*)?(?:huong dan|thong bao)\b")
LISTING = re.compile(r"(?:sau day|nhu sau|sau|cu the|gom|trong tam)\W*$|:\W*$")
# What somebody has done is no duty ("UBND tỉnh đã có văn bản …").
_PAST = re.compile(r"\s*(?:da|vua) (?!duoc)|\s*duoc (?:kien toan|thanh lap|cung co)\b")
_POINTING = re.compile(r"^\s*(?:sau day|duoi day|neu tren|noi tren)\b")
_DOING = re.compile(
    r"\s*(?:\([^)]*\)\s*)?(?:chu tri|(?:chiu|co) trach nhiem|co nhiem vu|la co quan|la don vi|lam dau moi"
    r"|phoi hop (?:voi|cung))\b"
)
_OBJECT = re.compile(
    r"\b(?:voi|cung|cua|qua|ve|gui|cho|den|toi|tai|thuoc|boi|giua|theo|va|huong dan|ho tro|chi dao|gom|la|thanh vien"
    r"|cac|den tu)\s*$"
)
_BETWEEN = re.compile(
    r"\s*(?:\([^)]{0,120}\))?\s*(?:[,;/&–-]|\bva\b|\bcung(?: voi)?\b|\bhoac\b)?\s*(?:cung|va)?\s*"
    r"(?:(?:giam doc|thu truong|truong|pho|chu tich|lanh dao|cac dong chi)\W*)*(?:cac (?:so|phong|ban|hoi|bo"
    r"|truong|co quan|don vi)\s*:\s*)?"
)
# "Sở A chủ trì, các sở khác phối hợp …": behind a comma somebody else is told his part.
_TAKES_OVER = re.compile(r"\s+(?:chu tri|phoi hop|chiu trach nhiem|ho tro|bo tri|cung cap|dam bao|bao dam|theo doi)\b")
_PLACE = re.compile(r"\b(?:tai|o)\s*$")
_COOPERATION = re.compile(
    r"(?:phoi hop|p/h)(?: thuc hien)?(?: chat che)?(?: lien nganh)?(?:,? (?:cung voi|voi|cung|giua))?\s*(?:\W*)$"
)
_RECEIVING = re.compile(
    r"(?P<verb>\(?(?:thong )?qua|\bve|\bgui|\bgui ve|\bcho|\bden|\btoi|phoi hop voi|phan anh ve|lien he(?: voi)?"
    r"|bao cao(?!\s*:)|trao doi voi|phan anh voi)\s*(?:don vi\s*)?:?\s*$"
)
_COMPILING = re.compile(r"\b(?:de )?(?:[a-z]+ ){0,6}?tong hop\b")
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])(?<!\bTP\.)(?<!\bTT\.)(?<!\bTX\.)(?<!\b[A-ZĐ]\.)(?<!\s\d\.)(?<!\s\d\d\.)\s+(?=[A-ZĐÀ-Ỹ“\"(])"
)

_PERSON = re.compile(r"^(?:Đ/c|Đồng chí|Ông|Bà|Thầy|Cô|(?:BS|ThS|TS|CN|DS)[\w.]*)\s+(?:[A-ZĐÀ-Ỹ]\w*\s?){2,5}[,–-]\s*")
_WORKING = re.compile(
    r"\b(?:chu tri|phoi hop|tham muu|to chuc thuc hien|trach nhiem|bao cao|trien khai|thuc hien|chi dao)\b"
)
NUMBER = re.compile(r"^(?:[\w()]+\.)*[\w()]{1,10}\.\s|^(?:Điều \d+)\.?\s")
_LONGEST_LEAD = 220
_CHARGES = ("trach nhiem cua", "nhiem vu cua", "trach nhiem", "nhiem vu", "chi dao")


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a sentence is about: names as printed, whether asked rather than ordered, where its predicate begins.

    `is_order` when somebody orders or asks; `is_aside` when the names are charged in passing ("trách nhiệm của X").
    """

    names: tuple[str, ...]
    predicate: int
    is_request: bool = False
    is_order: bool = False
    is_aside: bool = False


Run = tuple[AgencyMention, ...]

# How far from a name the words that tell its part can stand, and how far an opening or a purpose reaches, in letters.
_NEAR, _FAR = 120, 800
# A colon so near the beginning only follows the name of who is told.
_LEAD_IN = 12
# What goes on with a list of things rather than with further work.
_THING = re.compile(r"(?:cac|nhung|mot so|so|ke hoach|quyet dinh|chuong trinh|de an|luat|cong van|viec|\d+|.{0,12}$)\b")
# No paragraph that people wrote names bodies in more places.
_MOST_RUNS = 300
_letters = lru_cache(maxsize=16)(plain_letters)


def cut_sentences(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of text from start as offsets."""
    for stop in _SENTENCE_END.finditer(text, start):
        yield start, stop.start()
        start = stop.end()
    if start < len(text):
        yield start, len(text)


def join_runs(text: str, mentions: Sequence[AgencyMention]) -> list[Run]:
    """Group neighbouring mentions into lists ("A, B và C"); "Các cơ quan:" before names only opens a list."""
    plain = _letters(text)
    runs: list[list[AgencyMention]] = []
    for mention in mentions:
        if runs and plain[runs[-1][-1].end : mention.start].strip() == ":":
            runs[-1] = [mention]
        elif (
            runs
            and _BETWEEN.fullmatch(plain, runs[-1][-1].end, mention.start)
            and not (
                # "… tại Nhà văn hóa huyện; các đơn vị đăng ký …"
                ";" in plain[runs[-1][-1].end : mention.start]
                and _PLACE.search(plain[max(0, runs[-1][0].start - _NEAR) : runs[-1][0].start])
            )
        ):
            runs[-1].append(mention)
        else:
            runs.append([mention])
    return [tuple(run) for run in runs[:_MOST_RUNS]]


def cut_actors(text: str, start: int, end: int, runs: Sequence[Run]) -> Iterator[tuple[int, int]]:
    """Yield the parts of a sentence that each tell somebody else ("Phòng A làm …; Phòng B làm …")."""
    for run in runs:
        place = run[0].start
        sign = text[start:place].rstrip()[-1:] if start < place < end else ""
        is_next = sign == ";" or (sign == "," and bool(_TAKES_OVER.match(_letters(text), run[-1].end)))
        if is_next and (sign == ";" or find_subject(text, start, place, runs)):
            subject = find_subject(text, place, end, runs)
            if subject and not subject.is_aside and subject.predicate == run[-1].end:
                yield start, place
                start = place
    yield start, end


def find_subject(text: str, start: int, end: int, runs: Sequence[Run]) -> Subject | None:
    """Return whom the sentence text[start:end] tells to do something, None when it leaves that unsaid."""
    plain = _letters(text)
    aside: Subject | None = None
    opens_list = bool(LISTING.search(plain[max(start, end - _NEAR) : end]))
    for run in runs:
        if not (start <= run[0].start and run[-1].end <= end):
            continue
        place = max(start, run[0].start - _NEAR)
        before = plain[place : run[0].start]
        after = _POINTING.sub("", plain[run[-1].end : min(end, run[-1].end + _FAR)])
        order = _ORDER.search(before) or (_ADDRESS.search(before) if opens_list else None)
        if order:
            verb, opens = order["verb"], place == start and not before[: order.start("verb")].strip(" -:,")
            if (opens and verb != "chi dao") or verb not in _CHARGES:
                return Subject(_names(run), run[-1].end, is_request=verb in ("de nghi", "moi"), is_order=True)
            aside = aside or Subject(_names(run), run[-1].end, is_aside=True)
        if _ORDER_NEXT.match(after) or _PAST.match(after) or (opens_list and _ADDRESS_NEXT.match(after)):
            continue
        leads = run[0].start - start <= _FAR and _leads(plain[start : run[0].start], after)
        if leads or (_DOING.match(after) and not _OBJECT.search(before)):
            return Subject(_names(run), run[-1].end)
    return aside


def _leads(before: str, after: str) -> bool:
    label = _SHORT_LABEL.match(before)
    before = before[label.end() :] if label else before
    if not (_CONNECTOR.fullmatch(before) or _INTRO.match(before.lstrip())):
        return False
    after = re.sub(r"^\s*\([^)]*\)", "", after)
    return not _NOT_PREDICATE.match(after.rstrip(" .:;"))


def _names(run: Run) -> tuple[str, ...]:
    return tuple(mention.name for mention in run)


def find_roles(clause: str) -> tuple[Role, ...]:
    """Return the roles a clause gives its subject, the leading one first; plain work when no role word leads."""
    plain = _PURPOSE.sub("", plain_letters(clause))
    found = _LEADING.match(plain) or _OCCASION.match(plain)
    roles, place = _chain(plain, found)
    is_joint = bool(roles) and roles[0] in (Role.COOPERATE, Role.LEAD)
    together = _TOGETHER.search(plain) if is_joint else None
    if together and not _NOUN_BEFORE.search(plain[: together.start("role")]):
        roles.append(_ROLE_WORDS[together["role"]])
    roles = roles or [Role.CARRY_OUT]
    for later in _LATER.finditer(plain, place):
        before = plain[max(0, later.start() - _NEAR) : later.start()]
        if not (_NOUN_LISTED.search(before) or (later[0][0] not in ",;:)" and _NOUN_BEFORE.search(before))):
            roles.extend(_chain(plain, later)[0])
    if _REPORTING.search(plain):
        roles.append(Role.REPORT)
    if Role.LEAD in roles:
        # "Chủ trì, phối hợp với …" is one role: leading.
        roles = [role for role in roles if role is not Role.COOPERATE or roles.index(role) < roles.index(Role.LEAD)]
    return tuple(dict.fromkeys(roles))


def _chain(plain: str, found: re.Match[str] | None) -> tuple[list[Role], int]:
    """Return the roles of "theo dõi, đôn đốc, tổng hợp" from its first word on, and where the words end."""
    roles: list[Role] = []
    place = 0
    while found:
        roles.append(_ROLE_WORDS[found["role"]])
        place = found.end()
        found = _NEXT.match(plain, place)
    return roles, place


def cut_clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int, tuple[Role, ...]]]:
    """Yield the stretches of a sentence between semicolons; what a colon announces stays with its announcement."""
    stretches: list[tuple[int, int, tuple[Role, ...]]] = []
    cuts = (found for found in re.finditer(r";\s*", text[:end]) if found.start() > start)
    edges = [start, *(cut.end() for cut in cuts if not _is_inside(text[start : cut.start()])), end]
    for left, right in pairwise(edges):
        if right <= left:
            continue
        roles = find_roles(text[left:right])
        is_announced = bool(stretches) and ":" in text[stretches[-1][0] + _LEAD_IN : left]
        is_listed = is_announced or text[left].isupper() or _THING.match(plain_letters(text[left:right]))
        if stretches and is_listed and roles[0] is Role.CARRY_OUT:
            first, _, before = stretches[-1]
            stretches[-1] = (first, right, tuple(dict.fromkeys((*before, *roles[1:]))))
        else:
            stretches.append((left, right, roles))
    yield from stretches


def _is_inside(before: str) -> bool:
    """Tell whether a parenthesis is open at the end of a stretch."""
    return before.rfind("(") > before.rfind(")")


def find_partners(text: str, start: int, end: int, runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the bodies the sentence says to work with ("phối hợp với A, B và C")."""
    plain = _letters(text)
    found: list[str] = []
    for run in runs:
        if start <= run[0].start < end and _COOPERATION.search(plain[max(start, run[0].start - _NEAR) : run[0].start]):
            found.extend(_names(run))
    return tuple(found)


def find_compilers(text: str, start: int, end: int, runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the bodies that receive or compile what others send ("qua Phòng X", "về Phòng X để tổng hợp")."""
    plain = _letters(text)
    found: list[str] = []
    for run in runs:
        if not start <= run[0].start < end:
            continue
        receiving = _RECEIVING.search(plain[max(start, run[0].start - _NEAR) : run[0].start])
        after = plain[run[-1].end : min(end, run[-1].end + _FAR)]
        if (
            receiving
            and not after.lstrip().startswith("(qua")
            and _compiles(receiving["verb"], plain[start:end], after, run)
        ):
            found.extend(_names(run))
    return tuple(found)


def _compiles(verb: str, sentence: str, after: str, run: Run) -> bool:
    if verb.endswith("qua") or _COMPILING.search(after):
        # Who is worked with compiles nothing, unless it is the one to turn to in case of trouble.
        return verb != "phoi hop voi" or "vuong mac" in sentence
    # A report sent to an office is that office's to compile; one sent to the committee is its to decide on.
    is_office = bool(re.match(r"(?:phong|van phong|so|ban|phg)\b", plain_letters(run[0].name)))
    return is_office and (verb == "gui ve" or (verb in ("ve", "den") and "bao cao" in sentence))


@lru_cache(maxsize=512)
def heading_subject(heading: str) -> Subject | None:
    """Return whose work a heading opens, its number aside; the predicate begins where the names end."""
    text = NUMBER.sub("", heading)
    if names := _whole_names(text):
        return Subject(names, len(text))
    return find_subject(text, 0, len(text), join_runs(text, find_agencies(text)))


def lead_subject(text: str, start: int, end: int) -> Subject | None:
    """Return who is told by "Phòng A, Viện B: …", where names no list knows stand whole before the colon."""
    colon = text.find(":", start, min(end, start + _LONGEST_LEAD))
    names = _whole_names(text[start:colon]) if colon > 0 else ()
    return Subject(names, colon + 1) if names else None


def _whole_names(text: str) -> tuple[str, ...]:
    """Return the names that make up a heading, whole though no list knows their words; none when it says more."""
    person = _PERSON.match(text := text.strip(" -–+•*:"))
    lead = re.sub(r"\s*\([^)]*\)", "", text[person.end() if person else 0 :]).strip(" .:")
    is_list = len(lead) <= _LONGEST_LEAD and not (":" in lead or lead.isupper() or _WORKING.search(plain_letters(lead)))
    names = list_names(lead) if is_list else ()
    is_known = sum(len(mention.name) for mention in find_agencies(lead)) >= sum(map(len, names))
    return () if is_known and not person else names
