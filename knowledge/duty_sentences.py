"""One sentence of an administrative document: who has to act, in which role, and who else takes part."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from knowledge.agency_mentions import AgencyMention, find_agencies, list_names, tells_act
from knowledge.domain import Role
from knowledge.lines import plain_letters
from knowledge.wording import Wording

_WORDS = Wording("duty_sentences")

_LONGEST_LEAD = 220
_MOST_WORDS = 12
_CHARGES = ("trach nhiem cua", "nhiem vu cua", "trach nhiem", "nhiem vu", "chi dao")


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a sentence is about: names as printed, whether asked rather than ordered, where its predicate begins.

    `is_order` when somebody orders or asks; `is_aside` when the names are charged in passing ("trách nhiệm của X").
    """

    names: tuple[str, ...]
    predicate: int = 0
    is_request: bool = False
    is_order: bool = False
    is_aside: bool = False


Run = tuple[AgencyMention, ...]

# How far from a name the words that tell its part can stand, and how far an opening or a purpose reaches, in letters.
_NEAR, _FAR = 120, 800
# A colon so near the beginning only follows the name of who is told.
_LEAD_IN = 12
# No paragraph that people wrote names bodies in more places.
_MOST_RUNS = 300
_letters = lru_cache(maxsize=16)(plain_letters)


def cut_sentences(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of text from start as offsets."""
    for stop in _WORDS.sentence_end.finditer(text, start):
        yield start, stop.start()
        start = stop.end()
    if start < len(text):
        yield start, len(text)


def group_names(text: str, mentions: Sequence[AgencyMention]) -> list[Run]:
    """Group mentions that form one list ("A, B và C"); "Các cơ quan:" before names is not an item of it."""
    plain = _letters(text)
    runs: list[list[AgencyMention]] = []
    for mention in mentions:
        if runs and _WORDS.list_opening.fullmatch(plain, runs[-1][-1].end, mention.start):
            runs[-1] = [mention]
            continue
        # The last but one is gone on with where the last stands in brackets ("Ban A (Hội B) và Đội C").
        for run in runs[-1:-3:-1]:
            if (
                _WORDS.between.fullmatch(plain, run[-1].end, mention.start)
                and not _WORDS.order_next.match(plain, mention.end)
                and not _is_told_apart(plain, run, mention)
            ):
                run.append(mention)
                break
        else:
            runs.append([mention])
    return [tuple(run) for run in runs[:_MOST_RUNS]]


def _is_told_apart(plain: str, run: Sequence[AgencyMention], mention: AgencyMention) -> bool:
    """Tell whether a mention is the subject of a new clause, not the next item ("…, phục vụ Đoàn; Sở A cử …")."""
    before = plain[max(0, run[0].start - _NEAR) : run[0].start]
    sign = plain[run[-1].end : mention.start].strip()
    if not re.match(r"\s[a-z]", plain[mention.end : mention.end + 2]):
        return False
    if sign == ",":
        # "Theo chỉ đạo của UBND tỉnh, Sở A tổ chức …"
        return bool(_WORDS.grounds.search(before))
    is_list = _WORDS.list_start.search(before) or _WORDS.order.search(before) or _WORDS.cooperation.search(before)
    return sign == ";" and not is_list


def with_known(text: str, mentions: Sequence[AgencyMention], known: Iterable[str]) -> list[AgencyMention]:
    """Return the mentions of a text, each extended where it is part of a longer known name."""
    found = list(mentions)
    for name in known:
        start = text.find(name)
        while start >= 0:
            end = start + len(name)
            if any(one.start <= start and end <= one.end for one in found):
                break
            found = [one for one in found if one.end <= start or one.start >= end]
            found.append(AgencyMention(name, start, end))
            start = text.find(name, end)
    return sorted(found, key=lambda mention: mention.start)


def split_by_actor(text: str, start: int, end: int, runs: Sequence[Run]) -> Iterator[tuple[int, int]]:
    """Yield the parts of a sentence that have different actors ("Phòng A làm …; Phòng B làm …")."""
    if _WORDS.listing.search(_letters(text), start, end):
        runs = ()
    for run in runs:
        place = run[0].start
        before = re.sub(r"(?:giao|đề nghị|yêu cầu|riêng)\s*$", "", text[start:place])
        sign = before.rstrip()[-1:] if start < place < end else ""
        takes_over = sign == "," and _WORDS.takes_over.match(_letters(text), run[-1].end)
        if sign == ";" or (takes_over and find_subject(text, start, place, runs)):
            subject = find_subject(text, start + len(before), end, runs)
            if subject and subject.predicate == run[-1].end:
                yield start, start + len(before)
                start += len(before)
    yield start, end


def find_subject(text: str, start: int, end: int, runs: Sequence[Run]) -> Subject | None:
    """Return who has to act according to the sentence text[start:end], None when it does not say."""
    plain = _letters(text)
    aside: Subject | None = None
    opens_list = bool(_WORDS.listing.search(plain[max(start, end - _NEAR) : end]))
    for run in runs:
        if not (start <= run[0].start and run[-1].end <= end):
            continue
        before = _ahead(plain, start, run)
        after = _WORDS.pointing.sub("", plain[run[-1].end : min(end, run[-1].end + _FAR)])
        order = _WORDS.order.search(before) or (_WORDS.address.search(before) if opens_list else None)
        if order:
            verb, opens = (
                order["verb"],
                run[0].start - start <= _NEAR and not before[: order.start("verb")].strip(" -:,"),
            )
            if not opens and verb in ("phan cong", "moi"):
                continue
            if (opens and verb != "chi dao") or verb not in _CHARGES:
                return Subject(_names(run), run[-1].end, is_request=verb in ("de nghi", "moi"), is_order=True)
            aside = aside or Subject(_names(run), run[-1].end, is_aside=True)
        is_addressed = opens_list and _WORDS.address_next.match(after)
        if is_addressed or _WORDS.order_next.match(after) or _WORDS.past.match(after):
            continue
        leads = run[0].start - start <= _FAR and _leads(plain[start : run[0].start], after)
        if leads or (_WORDS.doing.match(after) and not _WORDS.object.search(before)):
            return Subject(_names(run), run[-1].end)
    return aside


def _leads(before: str, after: str) -> bool:
    label = _WORDS.short_label.match(before)
    before = before[label.end() :] if label else before
    if not (_WORDS.connector.fullmatch(before) or _WORDS.intro.match(before.lstrip())):
        return False
    return not _WORDS.not_predicate.match(after.rstrip(" .:;"))


def _names(run: Run) -> tuple[str, ...]:
    return tuple(mention.name for mention in run)


def find_roles(clause: str) -> tuple[Role, ...]:
    """Return the roles a clause gives its subject, the leading one first; plain work when no role word leads."""
    plain = _WORDS.purpose.sub("", _WORDS.remark.sub("", plain_letters(clause)))
    found = _WORDS.leading.match(plain) or _WORDS.occasion.match(plain)
    roles, place = _chain(plain, found)
    is_joint = bool(roles) and roles[0] in (Role.COOPERATE, Role.LEAD)
    together = _WORDS.together.search(plain) if is_joint else None
    if together and not _WORDS.noun_before.search(plain[: together.start("role")]):
        roles.append(_role(together["role"]))
    roles = roles or [Role.CARRY_OUT]
    for later in _WORDS.later.finditer(plain, place):
        if not _WORDS.noun_listed.search(plain[max(0, later.start() - _NEAR) : later.start()]):
            roles.extend(_chain(plain, later)[0])
    if _WORDS.reporting.search(plain):
        roles.append(Role.REPORT)
    if Role.LEAD in roles:
        # "Chủ trì, phối hợp với …" is one role: leading.
        roles = [role for role in roles if role is not Role.COOPERATE or roles.index(role) < roles.index(Role.LEAD)]
    return tuple(dict.fromkeys(roles))


def _role(words: str) -> Role:
    return Role(_WORDS.table("roles")[words])


def _chain(plain: str, found: re.Match[str] | None) -> tuple[list[Role], int]:
    """Return the roles of "theo dõi, đôn đốc, tổng hợp" from its first word on, and where the words end."""
    roles: list[Role] = []
    place = 0
    while found:
        roles.append(_role(found["role"]))
        place = found.end()
        found = _WORDS.next_role.match(plain, place)
    return roles, place


def cut_clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int, tuple[Role, ...]]]:
    """Yield the clauses between semicolons with their roles; items of a list behind a colon stay with it."""
    stretches: list[tuple[int, int, tuple[Role, ...]]] = []
    cuts = (found for found in re.finditer(r";\s*", text[:end]) if found.start() > start)
    edges = [start, *(cut.end() for cut in cuts if not _is_inside(text[start : cut.start()])), end]
    for left, right in pairwise(edges):
        if right <= left:
            continue
        roles = find_roles(text[left:right])
        is_announced = bool(stretches) and ":" in text[stretches[-1][0] + _LEAD_IN : left]
        is_listed = is_announced or text[left].isupper() or _WORDS.thing.match(plain_letters(text[left:right]))
        if stretches and is_listed and roles[0] is Role.CARRY_OUT:
            first, _, before = stretches[-1]
            stretches[-1] = (first, right, tuple(dict.fromkeys((*before, *roles[1:]))))
        else:
            stretches.append((left, right, roles))
    yield from stretches


def _is_inside(before: str) -> bool:
    """Tell whether a parenthesis is open at the end of a stretch."""
    return before.rfind("(") > before.rfind(")")


def find_others(text: str, start: int, end: int, runs: Sequence[Run]) -> Iterator[tuple[Role, tuple[str, ...]]]:
    """Yield the other bodies of a sentence: those cooperated with, and those that receive or compile reports."""
    plain = _letters(text)
    for run in runs:
        if start <= run[0].start < end:
            if _WORDS.cooperation.search(_ahead(plain, start, run)):
                yield Role.COOPERATE, _names(run)
            if _compiles(plain, start, end, run):
                yield Role.COMPILE, _names(run)


def _ahead(plain: str, start: int, run: Run) -> str:
    """Return the words of a sentence right before a list of bodies."""
    return plain[max(start, run[0].start - _NEAR) : run[0].start]


def _compiles(plain: str, start: int, end: int, run: Run) -> bool:
    """Tell whether bodies receive or compile what others send ("qua Phòng X", "về Phòng X để tổng hợp")."""
    receiving = _WORDS.receiving.search(_ahead(plain, start, run))
    after = plain[run[-1].end : min(end, run[-1].end + _FAR)]
    if not receiving or _WORDS.through.match(after):
        return False
    verb, sentence = receiving["verb"], plain[start:end]
    if verb.endswith("qua") or _WORDS.compiling.search(after):
        # Who is worked with compiles nothing, unless it is the one to turn to in case of trouble.
        return verb != "phoi hop voi" or "vuong mac" in sentence
    # A report sent to an office is that office's to compile; one sent to the committee is its to decide on.
    is_office = bool(re.match(r"(?:phong|van phong|so|ban|phg)\b", plain_letters(run[0].name)))
    return is_office and (verb == "gui ve" or (verb in ("ve", "den") and "bao cao" in sentence))


@lru_cache(maxsize=512)
def heading_subject(heading: str) -> Subject | None:
    """Return the bodies a heading names as actors; the predicate begins where the names end."""
    text = _WORDS.numbering.sub("", heading)
    if names := unlisted_names(text):
        return Subject(names, len(text))
    return find_subject(text, 0, len(text), group_names(text, find_agencies(text)))


def lead_subject(text: str, start: int, end: int) -> Subject | None:
    """Return the actors of "Phòng A, Viện B: …" or "Giao Đội C chủ trì …" where the lexicon lacks their names."""
    plain = _letters(text)
    if levels := _WORDS.levels_told.match(text, start, end):
        return Subject(tuple(re.split(", | và ", levels[1])), levels.end())
    order = _WORDS.order_lead.match(plain, start, end)
    first = order.end() if order else start
    # Where it first says in so many words what somebody has to do.
    acts = _WORDS.act.finditer(plain, first, min(end, first + _LONGEST_LEAD))
    act = next((act.start() for act in acts if text[act.start() + 1].islower()), -1)
    for stop in (text.find(":", first, min(end, first + _LONGEST_LEAD)), act):
        names = unlisted_names(text[first:stop]) if stop > 0 and not _is_inside(text[first:stop]) else ()
        if names and not (stop == act and tells_act(text[first:stop])):
            is_request = order is not None and order["verb"] in ("de nghi", "moi")
            return Subject(names, stop + (text[stop] == ":"), is_request=is_request, is_order=order is not None)
    return None


@lru_cache(maxsize=512)
def unlisted_names(text: str) -> tuple[str, ...]:
    """Return the names a heading consists of where the lexicon lacks some; () when it holds other words too."""
    person = _WORDS.person.match(text := text.strip(" -–+•*:;"))
    lead = _WORDS.beside.sub("", text[person.end() if person else 0 :]).strip(" .:")
    is_list = len(lead) <= _LONGEST_LEAD and not (
        re.search(r"[:…]|\d{2}", lead) or lead.isupper() or _WORDS.working.search(plain_letters(lead))
    )
    names = list_names(lead) if is_list else ()
    is_known = sum(len(mention.name) + 2 for mention in find_agencies(lead)) >= sum(len(name) + 2 for name in names)
    return () if is_known and not person else names


def headed_by(headings: Sequence[str]) -> Subject:
    """Return the actor the nearest heading names, under an assignment also an unknown one ("2. Bưu cục")."""
    for place in range(len(headings) - 1, -1, -1):
        charged = _WORDS.charged.search(headings[place])
        subject = heading_subject(headings[place])
        if subject and not subject.is_aside:
            return subject
        if name := charged[1] if charged else _assigned_name(headings[place], headings[place - 1] if place else ""):
            return Subject((name,))
    return Subject(())


def _assigned_name(heading: str, above: str) -> str:
    """Return the unknown name that is the heading of an item of the assignment, "" for any other heading."""
    name = _WORDS.beside.sub("", _WORDS.numbering.sub("", heading)).strip(" .:")
    return name if _WORDS.assigning.search(plain_letters(above)) and is_agent(name) else ""


def is_agent(name: str) -> bool:
    """Tell whether the heading of an item of the assignment can be an actor rather than a topic."""
    is_topic = _WORDS.topic.match(plain_letters(name)) or name.isupper() or not name[:1].isupper()
    return not is_topic and len(name.split()) <= _MOST_WORDS
