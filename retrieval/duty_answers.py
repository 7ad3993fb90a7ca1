"""Answers from the duty register: all duties of an agency, and who carries a duty."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import filterfalse

from knowledge.agencies import group_contains
from knowledge.domain import Duty, Passage, Role
from knowledge.vietnamese import fold
from retrieval.citations import cite, cite_each
from retrieval.evidence import read_unit, weigh
from retrieval.library import Holding, agency_keys, agency_words
from retrieval.matter_answers import officially
from retrieval.mentions import document_numbers, is_number, is_under, stated_dates, stated_level, stated_section
from retrieval.questions import Reading, agencies_at
from retrieval.statements import MOST_OPTIONS, Statement, Voice, spoken, state, tidy
from retrieval.wording import matches, pattern, plain

SURE = 0.42
"""Share of the question's matter that a duty must carry to be the answer to "who does …"."""
LONG, ROOM, SHORTEST, BRIEF = 900, 1450, 75, 80
"""Letters of one duty; of all that are told, beyond which the long ones are cut; that each keeps then, of very many."""
WITHIN = 1000
"""Letters in which very many duties are told, section by section; up to which what is common to others is added."""
ENOUGH, MANY = 600, 20
"""Letters of further duties that still stand behind those asked for; duties that are very many."""
NEAR = 0.2
"""How far behind the best another body's duty may lie that is told beside it."""
QUOTED = 12
"""Duties quoted word for word; the rest are told and found under their section."""
Scored = tuple[float, Holding, Duty]
NAMED = 6
"""Bodies named where the one asked for has nothing to do."""


def own_duties(reading: Reading, holding: Holding) -> list[Duty]:
    """Return the duties of the agencies asked for, in reading order."""
    wanted = {key for agency in reading.agencies for key in agency.keys}
    levels = [level for one in reading.agencies if (level := stated_level(one.words, reading.words))]
    bodies = {name for name in holding.bodies if not wanted.isdisjoint(agency_keys(name))}
    # "Ủy ban Mặt trận Tổ quốc và các đoàn thể": a member of the group is given what the whole is.
    bodies = bodies or {
        duty.agency
        for duty in holding.document.duties
        if not reading.has("verify")
        and " va cac " in plain(duty.agency)
        and _heads(duty, holding)
        and any(group_contains(duty.agency, one.words) for one in reading.agencies)
    }
    at_levels = {name: pattern("at_level").match(plain(name)) for name in bodies if levels}
    bodies -= {name for name, at in at_levels.items() if at and at[1] not in levels}
    return [duty for duty in holding.document.duties if duty.agency in bodies]


def group_duties(reading: Reading, holding: Holding) -> list[Duty]:
    """Return the duties given to a group that takes in an agency asked for ("các phòng, ban, ngành huyện")."""
    own, given = own_duties(reading, holding), holding.document.duties
    names = (bearers := {duty.agency for duty in own}) or {agency.words for agency in reading.agencies}
    groups = {name for name in holding.bodies if _is_group(name)} - bearers
    told = {duty.quote for duty in own} | {duty.quote for duty in given if own and duty.agency not in groups}
    near = {one for one in groups if "lien quan" not in plain(one) and any(group_contains(one, name) for name in names)}
    shared = [one for one in given if one.agency in near and one.quote not in told and not _is_of_others(one)]
    shared = [one for one in shared if not pattern("closing_line").match(one.text)]
    return sorted(shared, key=lambda one: (not _heads(one, holding), one.agency.count(",")))


def _is_group(agency: str) -> bool:
    return bool(pattern("group").match(plain(agency)))


def tell_duties(reading: Reading, holding: Holding, voice: Voice) -> Statement:
    """Tell every duty of the agency asked for; where it has none of its own, what is near."""
    reading = replace(reading, agencies=agencies_at(reading, holding))
    own, shared = own_duties(reading, holding), group_duties(reading, holding)
    if not own:
        return _no_duties(reading, holding, shared, voice)
    if section := stated_section(reading.words, reading.text):
        own = [duty for duty in own if is_under(duty.section, section)] or own
    groups: dict[tuple[str, ...], list[Duty]] = {}
    for duty in own:
        groups.setdefault(agency_words(duty.agency), []).append(duty)
    topical, room = _topical(reading, own), ROOM // (len(groups) * max(1, len(reading.scope)))
    parts = [_agency_block(once(theirs), topical, room, holding, voice) for theirs in groups.values()]
    blocks = [block for block, _ in parts]
    if shared and sum(map(len, blocks)) < WITHIN:
        blocks.append(_shared_note(shared, voice))
    held = " ".join(fold(duty.quote) for duty in own)
    absent = [full for full in _full_numbers(reading, holding) if fold(full) not in held]
    if absent and not reading.has("everything"):
        blocks.insert(0, voice.say("not_given", agency=own[0].agency, numbers=", ".join(absent)))
    elif reading.has("verify") and reading.content and matches("acts", reading.words):
        held_so = "not_so" if matches("negated", reading.words) else "right"
        if topical or set(reading.content).isdisjoint(plain(held).split()):
            blocks.insert(0, voice.say(held_so if topical else "not_among"))
    main = _own_section(own, holding)
    own.sort(key=lambda one: (one.id not in topical, one.section != main))
    quotes = cite_each(holding, (*own[:QUOTED], *shared[:1]))
    options = tuple(dict.fromkeys(option for _, more in parts for option in more))
    return replace(state(holding, "\n".join(blocks), quotes), options=options[:MOST_OPTIONS])


def _topical(reading: Reading, duties: Sequence[Duty]) -> frozenset[str]:
    """Return the ids of the duties that the question names by their matter."""
    for cue in ("yearly", "together"):
        if matches(cue, reading.words):
            named = [duty for duty in duties if matches(cue, plain(duty.text))]
            return frozenset(duty.id for duty in named or duties if matches(cue, plain(duty.quote)))
    asked = {(day.day, day.month) for day in reading.dates}
    if dated := [one for one in duties if asked & {(day.day, day.month) for day in stated_dates(plain(one.text))}]:
        return frozenset(duty.id for duty in dated)
    if len(reading.content) < 2:
        return frozenset()
    for texts in ([duty.text for duty in duties], [f"{duty.text} {duty.quote}" for duty in duties]):
        units = list(map(read_unit, texts))
        matter = weigh(reading.content, units, reading.text)
        if held := frozenset(one.id for one, unit in zip(duties, units, strict=True) if matter.share(unit) >= SURE):
            return held
    return frozenset()


def _full_numbers(reading: Reading, holding: Holding) -> list[str]:
    """Return the numbers asked about as a plan prints them."""
    cited = dict.fromkeys(one.number for one in holding.document.references if one.number)
    return [full for full in cited if any(is_number(number, full) for number in reading.numbers)]


def tell_without(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell which bodies are given all that is named before "không", and nothing behind it; with "chỉ" nothing else."""
    before, _, behind = reading.words.partition(" khong ")
    only = not behind and matches("only", reading.words)
    wanted = {number for number in reading.numbers if only or number in before.split()}
    unwanted = {number for number in reading.numbers if number in behind.split()}
    chosen: list[Scored] = []
    for agency in filterfalse(_is_group, holding.bodies):
        duties = [duty for duty in holding.document.duties if duty.agency == agency]
        cited = document_numbers(plain(" ".join(duty.quote for duty in duties)))
        named = {one: {number for number in reading.numbers if is_number(number, one)} for one in cited}
        held = set().union(*named.values())
        if cited and wanted <= held and held.isdisjoint(unwanted) and not (only and not all(named.values())):
            chosen.append((1.0, holding, duties[0]))
    return _who_statement(holding, chosen, voice) if chosen else None


def _agency_block(
    duties: Sequence[Duty], topical: frozenset[str], room: int, holding: Holding, voice: Voice
) -> tuple[str, tuple[str, ...]]:
    """Tell the duties of one agency and what to tap for more: those asked for whole, its own next, others' last."""
    agency = duties[0].agency
    beside = [duty for duty in duties if duty.id not in topical and _is_of_others(duty)]
    duties = [duty for duty in duties if duty not in beside] or duties
    main = _own_section(duties, holding)
    asked = all(duty.is_request for duty in duties)
    name = spoken(agency)
    name = f"{name[:1].upper()}{name[1:]}{voice.say('request') if asked else ''}"
    key = "duties_head" if len(duties) > 1 else "duty_head"
    first = [duty for duty in duties if duty.id in topical]
    others = [duty for duty in duties if duty not in first]
    sections = Counter(duty.section for duty in duties)
    many = len(duties) > MANY and not first
    place = "" if many else voice.section(main)
    lines = [voice.say(key, agency=name, label=holding.label, section=place, count=len(duties))]
    if many:
        return _by_sections(duties, sections, lines[0], voice)
    others.sort(key=lambda one: (one.section != main, one.role is Role.COOPERATE))
    texts = {duty.id: f"{_role(duty, voice)}{_core(duty.text, agency)}" for duty in duties}
    if first and sum(len(texts[duty.id]) for duty in others) > ENOUGH:
        others = []
    sizes = range(LONG, SHORTEST, -10)
    # Number and section of each stand on its line too.
    limit = next((size for size in sizes if sum(min(len(one), size) + 18 for one in texts.values()) <= room), SHORTEST)
    cut = set()
    for number, duty in enumerate([*first, *others], 1):
        mark = voice.say("request") if duty.is_request and not asked else ""
        heading = tidy(heading_of(holding, duty.section))
        named = heading if heading in holding.bodies else ""
        place = voice.section(duty.section, named) if duty.section != main else ""
        text = _shortened(texts[duty.id], LONG if duty in first else limit)
        cut |= {duty.section} if text != texts[duty.id] else set()
        lines.append(f"{f'{number}. ' if len(duties) > 1 else ''}{text[:1].upper()}{text[1:]}{mark}{place}")
    if left := len(duties) - len(first) - len(others):
        return "\n".join([*lines, voice.say("other_duties", count=left)]), (voice.say("all_duties"),)
    if beside and beside != duties and sum(map(len, lines)) < WITHIN:
        parts = (f"{tidy(_core(one.text, agency), SHORTEST)}{voice.section(one.section)}" for one in beside[:3])
        lines.append(voice.say("duties_beside", duties="; ".join(parts)))
    return "\n".join(lines), tuple(
        voice.say("section_option", path=one) for one in sorted(filter(None, cut)) if len(sections) > 1
    )


def _shortened(text: str, limit: int) -> str:
    """Return a duty cut at a limit, but whole where the days it names would be lost."""
    short = tidy(text, limit)
    return short if stated_dates(plain(short)) == stated_dates(plain(text)) else tidy(text, LONG)


def _is_of_others(duty: Duty) -> bool:
    """Tell whether a duty only names its bearer as the one that others work with or report to."""
    before, named, _ = plain(duty.text).partition(plain(duty.agency))
    return duty.role in (Role.COOPERATE, Role.COMPILE) and bool(named and pattern("beside").search(before))


def _by_sections(
    duties: Sequence[Duty], sections: Counter[str | None], head: str, voice: Voice
) -> tuple[str, tuple[str, ...]]:
    """Tell how many of very many duties stand under each section and how the first of them begin; a tap shows each."""
    lines, share = [head], WITHIN // len(duties)
    for section, count in sections.items():
        theirs = sorted(
            (one for one in duties if one.section == section), key=lambda one: not stated_dates(plain(one.text))
        )
        texts = [tidy(one.text, max(share, BRIEF)) for one in theirs]
        shown = texts[: max(1, share * count // BRIEF)]
        more = voice.say("other_duties", count=count - len(shown)) if count > len(shown) else ""
        name = voice.say("section_count", path=section, count=count) if section else voice.say("opening", count=count)
        lines.append(f"{name} {'; '.join(shown).removesuffix(' …')} {more}".strip())
    return "\n".join(lines), tuple(voice.say("section_option", path=one) for one in sections if one)


def _own_section(duties: Sequence[Duty], holding: Holding) -> str | None:
    """Return the section whose heading names the bearer, else the one that holds most of the duties."""
    most = Counter(duty.section for duty in duties).most_common(1)[0][0]
    return next((duty.section for duty in duties if _heads(duty, holding)), most)


def _heads(duty: Duty, holding: Holding) -> bool:
    """Tell whether the heading over a duty names its bearer."""
    return " ".join(agency_words(duty.agency)) in " ".join(agency_words(heading_of(holding, duty.section)))


def _role(duty: Duty, voice: Voice) -> str:
    """Return who leads and who helps, where the duty's own words do not say it."""
    said = duty.role in (Role.LEAD, Role.COOPERATE) and fold(duty.role) not in fold(duty.text)
    return f"{voice.say(f'role.{duty.role.name.lower()}')}: " if said else ""


@lru_cache(maxsize=1024)
def _core(said: str, agency: str) -> str:
    """Return what a duty is, without the occasion and the bearers before its verb."""
    text, (opening, within) = tidy(said, LONG), _bearers(agency)
    bare = opening.sub("", text, count=1)
    if (told := pattern("occasion").sub("", bare)) != bare:
        bare = within.sub("", told, count=1)
    return bare if len(bare) > 8 else text


@lru_cache(maxsize=256)
def _bearers(agency: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what names an agency, and others beside it, where a duty opens and behind its occasion."""
    committee = "(?:UBND|[ỦU][ỷy] ban nhân dân)"
    name = re.sub(f"^{committee}", lambda _: committee, re.escape(agency).replace("\\ ", " "))
    # What stands beside the name goes with it only up to a mark; another body that shares the verb stays, and both do.
    beside = r"(?: và [^:;.,]{0,60}(?=[:,])|(?!,? (?:và|các|phòng|sở|ban|hội|ủy ban|UBND) ))"
    names = rf"(?:(?:các|phòng|sở) [^:;.]{{0,90}}(?:,| và) )?{name}{beside}"
    opening = rf"^(?:(?:Giao|Đề nghị|Yêu cầu) )?{names}(?:[^:;.]{{0,80}}:)?[\s,–-]*"
    return re.compile(opening, re.I), re.compile(rf"(?:^|(?<=, )){names},? ", re.I)


def once(duties: Sequence[Duty]) -> list[Duty]:
    """Return the duties without those whose words another one holds in full."""
    kept: list[Duty] = []
    for duty in duties:
        words = plain(duty.text)
        if not any(words in plain(other.text) for other in kept):
            kept = [other for other in kept if plain(other.text) not in words] + [duty]
    return kept


def _shared_note(shared: Sequence[Duty], voice: Voice, limit: int = 120) -> str:
    told = dict.fromkeys(f"{tidy(duty.text, limit)}{voice.section(duty.section)}" for duty in shared)
    return voice.say("shared_duties", agency=tidy(shared[0].agency, 120), duties="; ".join([*told][:2]))


def _no_duties(reading: Reading, holding: Holding, shared: Sequence[Duty], voice: Voice) -> Statement:
    if matches("all_bodies", reading.words):
        return tell_bodies(holding, voice)
    told = tell_bodies(holding, voice, NAMED)
    note = f"{_shared_note(shared, voice, 3 * BRIEF)}\n" if shared else ""
    return state(holding, f"{note}{told.text}", cite_each(holding, shared[:2]) or told.citations, said=False)


def tell_bodies(holding: Holding, voice: Voice, most: int = 99) -> Statement:
    """Tell to whom a document gives duties, each to be asked about by a tap."""
    bodies = list({plain(name): spoken(name) for name in filterfalse(_is_group, holding.bodies)}.values())
    names = "; ".join(bodies[:most]) + (" …" if len(bodies) > most else "")
    text = voice.say("no_duty_agencies", label=holding.label, agencies=names) if names else ""
    told = state(holding, text, cite_each(holding, holding.document.duties[:1]))
    return replace(told, options=tuple(bodies[:MOST_OPTIONS]))


def tell_who(reading: Reading, holdings: Sequence[Holding], voice: Voice) -> list[Statement]:
    """Tell who carries the duty a question describes, in each document where somebody does."""
    entries = [(holding, duty) for holding in holdings for duty in holding.document.duties]
    part = next((role for role in Role if role is not Role.CARRY_OUT and fold(role) in reading.words), None)
    if part and not (reading.content or reading.agencies or reading.numbers):
        parts = ((one, [(1.0, one, duty) for duty in one.document.duties if duty.role is part]) for one in holdings)
        return [_who_statement(holding, theirs, voice) for holding, theirs in parts if theirs]
    spelled = {plain(full) for holding in holdings for full in _full_numbers(reading, holding) if reading.numbers}
    content = (*reading.content, *(word for agency in reading.agencies for word in agency.words.split()))
    others = tuple(word for word in content if not any(one.startswith(word) for one in spelled))
    content = (*(others if len(others) > 1 else ()), *sorted(spelled)) if spelled else content
    units = [read_unit(duty.text) for _, duty in entries]
    matter = weigh(content, units, reading.text)
    scored = []
    for (holding, duty), unit in zip(entries, units, strict=True):
        context = read_unit(f"{duty.agency} {duty.quote} {heading_of(holding, duty.section)}")
        scored.append((matter.share(unit, context), holding, duty))
    best = max((share for share, _, _ in scored), default=0.0)
    if best < SURE:
        official = officially(reading.content)
        return tell_who(replace(reading, content=official), holdings, voice) if official != reading.content else []
    chosen = _of_kind(reading, [entry for entry in scored if entry[0] >= SURE], best)
    chosen = [one for one in chosen if one[2].role is part] or chosen
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
        if duty.section == passage.section and duty.text[:40] in passage.text and not _is_group(duty.agency)
    ]
    return _who_statement(holding, chosen, voice) if chosen else None


def _of_kind(reading: Reading, scored: list[Scored], best: float) -> list[Scored]:
    """Return the best entries; of the kind of body asked for ("phòng nào") when one of these is near enough."""
    kind = pattern("body_kind").search(reading.words)
    same = [one for one in scored if kind and plain(one[2].agency).startswith(kind[1])]
    pool = [one for one in same if one[0] >= best - 0.25] or scored
    top = max(share for share, _, _ in pool)
    first = [one for one in pool if one[0] >= top - 0.08]
    told = {one[2].agency for one in first}
    return first + [one for one in pool if one[0] >= top - NEAR and one[2].agency not in told]


def heading_of(holding: Holding, path: str | None) -> str:
    """Return the heading of a section, "" for none."""
    return next((section.heading for section in holding.document.sections if section.path == path), "")


def _bearer(holding: Holding, duty: Duty) -> str:
    """Return who is told to carry a duty: whoever the heading names, a partner named in the text otherwise."""
    heading = heading_of(holding, duty.section)
    here = (plain(one.agency) for one in holding.document.duties if one.section == duty.section)
    is_name = plain(heading) not in plain(duty.quote)
    return heading if is_name and any(name in plain(heading) for name in here) else duty.agency


def _who_statement(holding: Holding, chosen: list[Scored], voice: Voice) -> Statement:
    """Tell who does what: a duty of several bodies once, several duties of one body in one line."""
    bearers: dict[str, list[str]] = {}
    for _, _, duty in sorted(chosen, key=lambda one: -one[0]):
        text = f"{tidy(_core(duty.text, duty.agency), 420 if len(chosen) < 4 else 220)}{voice.section(duty.section)}"
        if (bearer := spoken(tidy(_bearer(holding, duty)))) not in bearers.setdefault(text, []):
            bearers[text].append(bearer)
    lines: dict[str, list[str]] = {}
    for text, names in bearers.items():
        lines.setdefault(", ".join(names), []).append(text)
    told = [voice.say("who_line", agency=name, duties="; ".join(texts[:2])) for name, texts in lines.items()]
    quotes = tuple(cite(holding, duty.quote, duty.section) for _, _, duty in chosen[:4])
    return state(holding, "\n".join(told[:NAMED]), quotes)
