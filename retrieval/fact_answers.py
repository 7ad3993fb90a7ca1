"""Answers from the head of a document: number, date, signer, issuer, recipients, period, budget; blanks are told."""

import re
from collections.abc import Callable
from dataclasses import replace

from knowledge.domain import Passage
from knowledge.vietnamese import fold
from retrieval.citations import cite
from retrieval.library import Holding
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice, state, tidy
from retrieval.wording import matches, pattern, plain, short_forms

LISTED = 12
"""People named in one answer."""
Teller = Callable[[Reading, Holding, Voice], Statement | None]


def tell_signer(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell who signed and in what capacity."""
    signer = holding.document.signer
    if not signer:
        return _silent(holding, voice, "no_signer")
    office = _capacity(signer.capacity or "", voice) or voice.say("no_capacity")
    text = voice.say("signer", name=signer.name, capacity=office, label=voice.name(holding.document))
    printed = filter(str.strip, re.split(r"[,\n]", signer.capacity or ""))
    named = voice.quote_line(holding, signer.name, last=True)
    return state(holding, text, (*named, *voice.quote_line(holding, *printed, last=True)))


def _capacity(printed: str, voice: Voice) -> str:
    """Return the office held, and for whom it signs, from "TM. …, KT. CHỦ TỊCH, PHÓ CHỦ TỊCH"."""
    held, signed_for = [], []
    for signs, name in re.findall(r"(?:^|[,\n])\s*(?:(KT|T/?M|TL|T/?UQ)[. ]\s*)?([^,\n]+)", printed):
        words = (word if fold(word) in short_forms() or "&" in word else word.lower() for word in tidy(name).split())
        office = re.sub(r"^(?:phó )?\w", lambda one: one[0].title(), " ".join(words))
        if signs:
            signed_for.append(voice.say(f"signs.{signs.replace('/', '').lower()}", office=office))
        else:
            held.append(office)
    offices = ", ".join(held) or tidy(printed)
    return f"{offices} ({', '.join(signed_for)})" if held and signed_for else offices


def tell_named(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell the lines that name people ("Ông …, Trưởng ban") of the name or office asked for, or all of them."""
    asked = pattern("holder").search(reading.words)
    if reading.intent == "signer" and not (asked and asked[1]):
        return None
    wanted = re.compile(rf"(?<!pho ){asked[1] or asked[2]}\b" if asked else "")
    people = [line for line, _ in voice.shelf[holding.document.id].lines if pattern("person").match(line)]
    named = [line for line in people if wanted.search(plain(line))][:LISTED]
    return state(holding, "\n".join(f"• {tidy(line)}" for line in named), [cite(holding, line) for line in named])


def tell_mentioned(name: str, holding: Holding, voice: Voice) -> Statement | None:
    """Tell the line in which a document names a person."""
    quotes = voice.quote_line(holding, name)
    return state(holding, tidy(quotes[0].quote), quotes) if quotes else None


def is_office_of_signer(reading: Reading, holding: Holding) -> bool:
    """Tell whether the office that a question names is the one the signer holds, not the one signed for ("KT.")."""
    signer = holding.document.signer
    lines = list(map(plain, re.split(r"[,\n]", (signer.capacity if signer else None) or "")))
    if any(re.match(r"kt |tm |tl |tuq ", line) and line in reading.words for line in lines):
        return True
    office = pattern("signed_for").sub("", " ".join(lines)).strip()
    return bool(office) and bool(re.search(rf"(?<!pho ){re.escape(office)}\b", reading.words))


def tell_number(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell the number, or that it is blank."""
    document = holding.document
    if document.number:
        text = voice.say("number", number=document.number, label=voice.kind(document.kind))
        return state(holding, text, voice.quote_line(holding, document.number, document.number.split("/")[0]))
    line = pattern("number_line").search(voice.shelf[holding.document.id].text[:3000])
    blank = (cite(holding, line[0]),) if line else ()
    if not blank:
        return _silent(holding, voice, "no_number")
    text = voice.say("blank_number", printed=tidy(blank[0].quote), label=voice.name(document))
    return state(holding, text, blank, said=not _is_asked_of(reading))


def _is_asked_of(reading: Reading) -> bool:
    """Tell whether a question wants to know what a document named leaves blank, and takes nothing for granted."""
    return bool(reading.scope) and not {"verify", "compare"} & reading.flags


def tell_issue_date(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell the date of issue as printed, blanks included."""
    document, printed = holding.document, holding.document.issued_text or ""
    if document.issued_on:
        return _fact(holding, voice, "issued_on", printed, day=voice.day(document.issued_on))
    if not printed:
        return _silent(holding, voice, "no_date")
    told = _fact(holding, voice, "blank_date", printed, printed=tidy(printed))
    return replace(told, said=not (_is_asked_of(reading) and matches("day_of_month", reading.words)))


def tell_issuer(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell who issued the document."""
    issuer = holding.document.issuer
    return _fact(holding, voice, "issuer", issuer, issuer=issuer) if issuer else _silent(holding, voice, "no_issuer")


def tell_recipients(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell to whom the document is addressed and who receives it."""
    document = holding.document
    known = {"addressed_to": document.addressed_to, "recipients": document.recipients}
    named = [(key, name) for key, names in known.items() for name in names]
    kind = pattern("receiver_kind").search(reading.words)
    chosen = [one for one in named if kind and plain(one[1]).startswith(kind[1])] or named
    if not chosen:
        return _silent(holding, voice, "no_recipients")
    told: dict[str, list[str]] = {}
    for key, name in chosen:
        told.setdefault(key, []).append(tidy(name))
    lines = [voice.say(key, agencies="; ".join(names)) for key, names in told.items()]
    quotes = [one for key, name in chosen[:4] for one in voice.quote_line(holding, name, last=key == "recipients")]
    return state(holding, "\n".join(lines), quotes)


def tell_period(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell the years a document covers."""
    period = holding.document.period
    if not period:
        return _silent(holding, voice, "no_period")
    first, last = period.start.year, period.end.year
    key = "period_year" if first == last else "period_years"
    told = _fact(holding, voice, key, holding.document.title or "", str(first), first=first, last=last)
    over = holding.has_ended(voice.today)
    state_of = voice.say("period_over" if over else "period_on") if over or matches("in_force", reading.words) else ""
    return replace(told, text=told.text + state_of)


def tell_budget(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell where the money comes from; a sum is told only when the document prints one for what is asked."""
    passages = voice.shelf[holding.document.id].passages
    spots = [one for one in passages if len(tidy(one.text)) > 60 or pattern("money").search(one.text)]
    headed = [one for one in spots if matches("money", plain(" . ".join(one.heading_path)))]
    chosen = (headed or [one for one in spots if matches("money", plain(one.text))])[:3]
    sums = [one for one in spots if pattern("money").search(one.text)] if reading.has("quantity") else []
    fitting = [one for one in sums if _is_sum_for(reading, one, holding, headed=one in chosen)]
    chosen = fitting[:3] or chosen or sums[:1]
    if not chosen:
        return _silent(holding, voice, "no_budget")
    said = bool(fitting) or not reading.has("quantity")
    chosen = chosen if said else sorted(sums or chosen, key=lambda one: one not in chosen)[:1]
    quotes = [cite(holding, one.text, one.section) for one in chosen]
    if not said:
        text = voice.say("no_sum", label=holding.label, source=tidy(chosen[0].text, 260))
        return state(holding, text, quotes, said=False)
    return state(holding, "\n".join(f"{tidy(one.text, 700)}{voice.section(one.section)}" for one in chosen), quotes)


def _is_sum_for(reading: Reading, passage: Passage, holding: Holding, *, headed: bool) -> bool:
    """Tell whether a passage that prints sums says what they are for: words asked stand in it, the rest above it.

    Under a heading on money half of them are enough.
    """
    asked, said = set(reading.content), set(plain(passage.text).split())
    above = plain(" ".join((*passage.heading_path, holding.document.title or "")))
    left = asked - said.union(above.split())
    return 2 * len(left) <= len(asked) if headed else bool(asked & said) and not left


def tell_kind(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell what the document is: the shortest fact of all."""
    text = voice.say("is_document", name=voice.name(holding.document), title=tidy(holding.document.title or ""))
    return state(holding, text, voice.opening(holding))


def _fact(holding: Holding, voice: Voice, key: str, *needles: str, **fields: object) -> Statement:
    """Tell a fact of the head, borne out by the line that holds one of the needles, else by the title."""
    text = voice.say(key, label=voice.name(holding.document), **fields)
    return state(holding, text, voice.quote_line(holding, *needles) or voice.opening(holding))


def _silent(holding: Holding, voice: Voice, key: str) -> Statement:
    return state(holding, voice.say(key, label=holding.label), voice.opening(holding), said=False)
