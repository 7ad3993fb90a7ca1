"""Answers from the duty register: all duties of an agency, and who carries a duty."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.agencies import group_contains
from knowledge.domain import Duty, Passage, Role
from knowledge.vietnamese import fold
from retrieval.citations import cite, cite_each
from retrieval.evidence import read_unit, weigh
from retrieval.library import Holding, agency_keys, agency_names, agency_words
from retrieval.mentions import document_numbers
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice, state, tidy
from retrieval.wording import matches, plain

SURE = 0.42
"""Share of the question's matter that a duty must carry to be the answer to "who does …"."""
LONG, ROOM, SHORTEST, SHORT = 900, 1900, 110, 85
"""Letters of one duty; of all that are told, beyond which the long ones are cut; that each keeps then, of very many."""
ENOUGH, MANY = 600, 20
"""Letters of further duties that still stand behind those asked for; duties that are very many."""
QUOTED = 12
"""Duties quoted word for word; the rest are told and found under their section."""
_KIND = re.compile(r"\b(phong|trung tam|cong an|van phong|hoi|so) (?:chuyen mon |ban )?(?:nao|gi)\b")
Scored = tuple[float, Holding, Duty]
GROUP = re.compile(r"cac (?!phong chuyen mon)|nhung |moi |toan the ")
NAMED = 6
"""Bodies named where the one asked for has nothing to do."""
_ORDER = {role: place + len(Role) * (role is Role.COOPERATE) for place, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class _Told:
    """How duties are told: of which document, in what voice, in how many letters, and which come first."""

    holding: Holding
    voice: Voice
    room: int
    topical: frozenset[str]


def own_duties(reading: Reading, holding: Holding) -> list[Duty]:
    """Return the duties of the agencies asked for, in reading order."""
    wanted = {key for agency in reading.agencies for key in agency.keys}
    return [duty for duty in holding.document.duties if wanted & set(agency_keys(duty.agency))]


def group_duties(reading: Reading, holding: Holding) -> list[Duty]:
    """Return the duties given to a group that takes in an agency asked for ("các phòng, ban, ngành huyện")."""
    own = own_duties(reading, holding)
    told = {duty.quote for duty in own}
    names = {duty.agency for duty in own} or {agency.words for agency in reading.agencies}
    bodies = {duty.quote for duty in holding.document.duties if not _is_group(duty)}
    return [
        duty
        for duty in holding.document.duties
        if _is_group(duty)
        and "lien quan" not in plain(duty.agency)
        and not plain(duty.text).startswith("tren day la")
        and duty.quote not in told | bodies
        and any(group_contains(duty.agency, name) for name in names)
    ]


def _is_group(duty: Duty) -> bool:
    return bool(GROUP.match(plain(duty.agency)))


def tell_duties(reading: Reading, holding: Holding, voice: Voice) -> Statement:
    """Tell every duty of the agency asked for; where it has none of its own, what is near."""
    own, shared = own_duties(reading, holding), group_duties(reading, holding)
    if not own:
        return _no_duties(reading, holding, shared, voice)
    groups: dict[tuple[str, ...], list[Duty]] = {}
    for duty in own:
        groups.setdefault(agency_words(duty.agency), []).append(duty)
    told = _Told(holding, voice, ROOM // len(groups), _topical(reading, own))
    blocks = [_agency_block(theirs[0].agency, _once(theirs), told) for theirs in groups.values()]
    blocks += _headed(reading, holding, {duty.section for duty in own}, voice)
    if shared:
        blocks.append(_shared_note(shared, voice))
    if absent := _not_cited(reading, own, holding):
        blocks.insert(0, voice.say("not_given", agency=own[0].agency, numbers=", ".join(absent)))
    elif reading.has("verify") and reading.content:
        blocks.insert(0, voice.say("right" if told.topical else "not_among"))
    quotes = cite_each(holding, (*own[:QUOTED], *shared[:1]))
    return state(holding, "\n".join(blocks), quotes)


def _topical(reading: Reading, duties: Sequence[Duty]) -> frozenset[str]:
    """Return the ids of the duties that the question names by their matter."""
    if matches("yearly", reading.words):
        yearly = [duty for duty in duties if matches("yearly", plain(duty.text))]
        return frozenset(duty.id for duty in yearly or duties if matches("yearly", plain(duty.quote)))
    if len(reading.content) < (1 if reading.has("verify") else 2):
        return frozenset()
    units = [read_unit(f"{duty.text} {duty.quote}") for duty in duties]
    matter = weigh(reading.content, units, reading.text)
    return frozenset(duty.id for duty, unit in zip(duties, units, strict=True) if matter.share(unit) >= SURE)


def _headed(reading: Reading, holding: Holding, told: set[str | None], voice: Voice) -> list[str]:
    """Return what stands under a heading that names a body, beside the duties given to it."""
    blocks = []
    for section in holding.document.sections:
        words = f" {' '.join(agency_words(section.heading))} "
        if section.path not in told and any(
            f" {one.words} " in words for one in reading.agencies if len(one.words) > 20
        ):
            under = [one for one in voice.shelf[holding.document.id].passages if one.section == section.path]
            lines = [f"• {tidy(one.text, 260)}" for one in under[:5]]
            blocks.append("\n".join([f"{tidy(section.heading)}{voice.section(section.path)}:", *lines]))
    return blocks


def _not_cited(reading: Reading, duties: Sequence[Duty], holding: Holding) -> list[str]:
    """Return the documents named that a plan cites but gives to others than the bearers of these duties."""
    held = " ".join(fold(duty.quote) for duty in duties)
    return [full for full in _full_numbers(reading, holding) if fold(full) not in held]


def _full_numbers(reading: Reading, holding: Holding) -> list[str]:
    """Return the numbers asked about as a plan prints them."""
    cited = dict.fromkeys(one.number for one in holding.document.references if one.number)
    return [full for full in cited if any(fold(full).startswith(number) for number in reading.numbers)]


def tell_without(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell which bodies are given what is named before "không", if anything is, and not what is named behind it."""
    before, _, behind = reading.words.partition(" khong ")
    wanted = {number for number in reading.numbers if number in before.split()}
    unwanted = {number for number in reading.numbers if number in behind.split()}
    bodies: dict[str, list[Duty]] = {}
    for duty in holding.document.duties:
        bodies.setdefault(duty.agency, []).append(duty)
    chosen = [
        duties[0]
        for duties in bodies.values()
        if not _is_group(duties[0])
        and _cites_all(duties, wanted)
        and not any(_cites_all(duties, {number}) for number in unwanted)
        and any(document_numbers(plain(duty.quote)) for duty in duties)
    ]
    return _who_statement(holding, [(1.0, holding, duty) for duty in chosen], voice) if chosen and unwanted else None


def _cites_all(duties: Sequence[Duty], numbers: set[str]) -> bool:
    held = document_numbers(plain(" ".join(duty.quote for duty in duties)))
    return all(any(one.startswith(number) for one in held) for number in numbers)


def _agency_block(agency: str, duties: Sequence[Duty], told: _Told) -> str:
    """Tell the duties of one agency: those that the question names first and whole, the others as room allows."""
    voice = told.voice
    main = Counter(duty.section for duty in duties).most_common(1)[0][0]
    asked = all(duty.is_request for duty in duties)
    name = f"{agency[:1].upper()}{agency[1:]}{voice.say('request') if asked else ''}"
    key = "duties_head" if len(duties) > 1 else "duty_head"
    lines = [voice.say(key, agency=name, label=told.holding.label, section=voice.section(main), count=len(duties))]
    first = [duty for duty in duties if duty.id in told.topical]
    others = sorted((duty for duty in duties if duty not in first), key=lambda duty: _ORDER[duty.role])
    limit = _limit([len(duty.text) for duty in others], told.room - sum(len(duty.text) for duty in first))
    role, left = None, 0
    if first and sum(min(len(duty.text), limit) for duty in others) > ENOUGH:
        others, left = [], len(others)
    for number, duty in enumerate([*first, *others], 1):
        if len(duties) > 1 and duty not in first and duty.role != role:
            role = duty.role
            lines.append(voice.say("role_head", role=voice.say(f"role.{role.name.lower()}")))
        mark = voice.say("request") if duty.is_request and not asked else ""
        place = voice.section(duty.section) if duty.section != main else ""
        text = _sentence(duty.text, LONG if duty in first else limit)
        lines.append(f"{f'{number}. ' if len(duties) > 1 else ''}{text}{mark}{place}")
    return "\n".join([*lines, voice.say("other_duties", count=left)] if left else lines)


def _limit(lengths: Sequence[int], room: int) -> int:
    """Return how many letters each text may keep so that all fit, the short ones whole."""
    left = max(room, 0)
    for place, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - place)
        if length > share:
            return max(share, SHORTEST if len(lengths) <= MANY else SHORT)
        left -= length
    return LONG


def _sentence(text: str, limit: int) -> str:
    told = tidy(text, limit)
    return told[:1].upper() + told[1:]


def _once(duties: Sequence[Duty]) -> list[Duty]:
    """Return the duties without those whose words another one holds in full."""
    kept: list[Duty] = []
    for duty in duties:
        words = plain(duty.text)
        if not any(words in plain(other.text) for other in kept):
            kept = [other for other in kept if plain(other.text) not in words] + [duty]
    return kept


def _shared_note(shared: Sequence[Duty], voice: Voice) -> str:
    parts = [f"{tidy(duty.text, 220)}{voice.section(duty.section)}" for duty in shared[:3]]
    return voice.say("shared_duties", agency=tidy(shared[0].agency, 120), duties="; ".join(parts))


def _no_duties(reading: Reading, holding: Holding, shared: Sequence[Duty], voice: Voice) -> Statement:
    bodies = [name for name in agency_names(holding.document) if not GROUP.match(plain(name))]
    names = ", ".join(bodies[:NAMED]) + (" …" if len(bodies) > NAMED else "")
    text = voice.say("no_duty_agencies", label=holding.label, agencies=names) if names else ""
    if shared:
        text = f"{_shared_note(shared, voice)}\n{text}"
    quotes = cite_each(holding, (shared or holding.document.duties)[:1])
    return state(holding, text, quotes, said=False)


def tell_who(reading: Reading, holdings: Sequence[Holding], voice: Voice) -> list[Statement]:
    """Tell who carries the duty a question describes, in each document where somebody does."""
    entries = [(holding, duty) for holding in holdings for duty in holding.document.duties]
    named = () if reading.has("verify") and len(reading.content) > 1 else reading.agencies
    spelled = {plain(full) for holding in holdings for full in _full_numbers(reading, holding) if reading.numbers}
    content = (*reading.content, *(word for agency in named for word in agency.words.split()))
    others = tuple(word for word in content if not any(one.startswith(word) for one in spelled))
    content = (*(others if len(others) > 1 else ()), *sorted(spelled)) if spelled else content
    units = [read_unit(duty.text) for _, duty in entries]
    matter = weigh(content, units, reading.text)
    whole: dict[tuple[str, str], list[str]] = {}
    for holding, duty in entries:
        whole.setdefault((holding.document.id, duty.agency), []).append(duty.text)
    scored = []
    for (holding, duty), unit in zip(entries, units, strict=True):
        single = matter.share(unit, read_unit(f"{duty.agency} {duty.quote} {_heading(holding, duty)}"))
        agency = matter.share(read_unit("\n".join(whole[holding.document.id, duty.agency])))
        scored.append((max(single, (single + agency) / 2), holding, duty))
    best = max((share for share, _, _ in scored), default=0.0)
    if best < SURE:
        return []
    chosen = _of_kind(reading, [entry for entry in scored if entry[0] >= SURE], best)
    return [
        _who_statement(holding, [one for one in chosen if one[1] is holding], voice)
        for holding in holdings
        if any(one[1] is holding for one in chosen)
    ]


def tell_bearers(passage: Passage, holding: Holding, voice: Voice) -> Statement | None:
    """Tell who is named to do what a passage says; None when it names nobody in particular."""
    chosen = [
        (1.0, holding, duty)
        for duty in holding.document.duties
        if duty.section == passage.section and duty.text[:40] in passage.text and not _is_group(duty)
    ]
    return _who_statement(holding, chosen, voice) if chosen else None


def _of_kind(reading: Reading, scored: list[Scored], best: float) -> list[Scored]:
    """Return the best entries; of the kind of body asked for ("phòng nào") when one of these is near enough."""
    kind = _KIND.search(reading.words)
    same = [one for one in scored if kind and plain(one[2].agency).startswith(kind[1])]
    pool = [one for one in same if one[0] >= best - 0.25] or scored
    top = max(share for share, _, _ in pool)
    return [one for one in pool if one[0] >= top - 0.08]


def _heading(holding: Holding, duty: Duty) -> str:
    return next((section.heading for section in holding.document.sections if section.path == duty.section), "")


def _bearer(holding: Holding, duty: Duty) -> str:
    """Return who is told to carry a duty: whoever the heading names, a partner named in the text otherwise."""
    heading = _heading(holding, duty)
    here = (plain(one.agency) for one in holding.document.duties if one.section == duty.section)
    is_name = len(heading) < 160 and plain(heading) not in plain(duty.quote)
    return heading if is_name and any(name in plain(heading) for name in here) else duty.agency


def _who_statement(holding: Holding, chosen: list[Scored], voice: Voice) -> Statement:
    lines: dict[str, list[str]] = {}
    for _, _, duty in sorted(chosen, key=lambda one: -one[0]):
        bearer = tidy(_bearer(holding, duty))
        if len(lines) == NAMED and bearer not in lines:
            break
        told = lines.setdefault(bearer, [])
        if (line := f"{tidy(duty.text, 420)}{voice.section(duty.section)}") not in told:
            told.append(line)
    text = "\n".join(
        voice.say("who_line", agency=agency, duties="; ".join(texts[:2])) for agency, texts in lines.items()
    )
    quotes = tuple(cite(holding, duty.quote, duty.section) for _, _, duty in chosen[:4])
    return state(holding, text, quotes)
