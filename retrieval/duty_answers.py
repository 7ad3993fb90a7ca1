"""Answers from the duty register: all duties of an agency, and who carries a duty."""

import re
from collections.abc import Sequence

from knowledge.domain import Duty, Role
from retrieval.citations import cite
from retrieval.evidence import coverage, terms, weigh
from retrieval.library import Holding, agency_keys, agency_names
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice, tidy
from retrieval.wording import lexicon, plain

SURE = 0.5
"""Share of the question's matter that a duty must carry to be the answer to "who does …"."""
_ORDER = {role: place for place, role in enumerate(Role)}


def own_duties(reading: Reading, holding: Holding) -> list[Duty]:
    """Return the duties of the agencies asked for, in reading order."""
    wanted = {key for agency in reading.agencies for key in agency.keys}
    return [duty for duty in holding.document.duties if wanted & set(agency_keys(duty.agency))]


def group_duties(reading: Reading, holding: Holding) -> list[Duty]:
    """Return the duties given to a group that takes in the agencies asked for ("các phòng, ban, ngành huyện")."""
    groups = [
        marker
        for heads, markers in lexicon("words")["collective"].items()
        for agency in reading.agencies
        if re.match(rf"(?:{heads})\b", agency.words)
        for marker in markers
    ]
    own = {duty.id for duty in own_duties(reading, holding)}
    return [
        duty
        for duty in holding.document.duties
        if duty.id not in own and any(marker in f" {plain(duty.agency).replace(' va ', ' ')} " for marker in groups)
    ]


def tell_duties(reading: Reading, holding: Holding, voice: Voice) -> Statement:
    """Tell every duty of the agency asked for; where it has none of its own, what is near."""
    own, shared = own_duties(reading, holding), group_duties(reading, holding)
    if not own:
        return _no_duties(reading, holding, shared, voice)
    blocks = []
    for agency in dict.fromkeys(duty.agency for duty in own):
        theirs = [duty for duty in own if duty.agency == agency]
        blocks.append(_agency_block(agency, theirs, holding, voice))
    if shared:
        blocks.append(_shared_note(shared, voice))
    quotes = tuple(cite(holding, duty.quote, duty.section) for duty in (*own, *shared[:1]))
    return Statement(holding=holding, text="\n".join(blocks), citations=quotes)


def _agency_block(agency: str, duties: Sequence[Duty], holding: Holding, voice: Voice) -> str:
    section = voice.section(duties[0].section)
    key = "duties_head" if len(duties) > 1 else "duty_head"
    lines = [voice.say(key, agency=agency, label=holding.label, section=section, count=len(duties))]
    roles = sorted({duty.role for duty in duties}, key=_ORDER.__getitem__)
    number = 0
    for role in roles:
        if len(duties) > 1:
            lines.append(voice.say("role_head", role=voice.say(f"role.{role.name.lower()}")))
        for duty in (one for one in duties if one.role == role):
            number += 1
            mark = voice.say("request") if duty.is_request else ""
            lines.append(f"{number}. {tidy(duty.text)}{mark}" if len(duties) > 1 else f"{tidy(duty.text)}{mark}")
    return "\n".join(lines)


def _shared_note(shared: Sequence[Duty], voice: Voice) -> str:
    parts = [f"{tidy(duty.text, 220)}{voice.section(duty.section)}" for duty in shared[:3]]
    return voice.say("shared_duties", agency=tidy(shared[0].agency, 120), duties="; ".join(parts))


def _no_duties(reading: Reading, holding: Holding, shared: Sequence[Duty], voice: Voice) -> Statement:
    names = ", ".join(agency_names(holding.document)[:14])
    text = voice.say("no_duty_agencies", label=holding.label, agencies=names) if names else ""
    if shared:
        text = f"{_shared_note(shared, voice)}\n{text}"
    quotes = tuple(cite(holding, duty.quote, duty.section) for duty in (shared or holding.document.duties)[:1])
    return Statement(holding=holding, text=text, citations=quotes, said=False)


def tell_who(reading: Reading, holdings: Sequence[Holding], voice: Voice) -> list[Statement]:
    """Tell who carries the duty a question describes, in each document where somebody does."""
    entries = [(holding, duty) for holding in holdings for duty in holding.document.duties]
    content = (*reading.content, *(word for agency in reading.agencies for word in agency.words.split()))
    sets, weights = weigh(content, (duty.text for _, duty in entries))
    scored = []
    for (holding, duty), unit in zip(entries, sets, strict=True):
        share = coverage(unit, weights, terms(plain(f"{duty.agency} {duty.quote} {_heading(holding, duty)}").split()))
        scored.append((share, holding, duty))
    best = max((share for share, _, _ in scored), default=0.0)
    if best < SURE:
        return []
    chosen = [entry for entry in scored if entry[0] >= max(SURE, best - 0.08)]
    return [
        _who_statement(holding, [one for one in chosen if one[1] is holding], voice)
        for holding in holdings
        if any(one[1] is holding for one in chosen)
    ]


def _heading(holding: Holding, duty: Duty) -> str:
    return next((section.heading for section in holding.document.sections if section.path == duty.section), "")


def _who_statement(holding: Holding, chosen: list[tuple[float, Holding, Duty]], voice: Voice) -> Statement:
    lines: dict[str, list[str]] = {}
    for _, _, duty in sorted(chosen, key=lambda one: -one[0])[:6]:
        heading = _heading(holding, duty)
        agency = heading if plain(heading).startswith(plain(duty.agency)) and len(heading) < 160 else duty.agency
        lines.setdefault(tidy(agency), []).append(f"{tidy(duty.text, 420)}{voice.section(duty.section)}")
    text = "\n".join(
        voice.say("who_line", agency=agency, duties="; ".join(texts[:2])) for agency, texts in lines.items()
    )
    quotes = tuple(cite(holding, duty.quote, duty.section) for _, _, duty in chosen[:4])
    return Statement(holding=holding, text=text, citations=quotes)
