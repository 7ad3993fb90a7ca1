"""Questions that name documents by number, or by the day they carry."""

import re
from dataclasses import replace

from retrieval import duty_answers, reference_answers
from retrieval.composition import Turn
from retrieval.domain import Answer
from retrieval.questions import Reading
from retrieval.wording import matches, plain


def tell_numbered(turn: Turn) -> Answer | Reading | None:
    """Documents named by number: held ones by their own facts, cited ones as they are cited."""
    reading, library, voice = turn.reading, turn.library, turn.voice
    if reading.intent == "who" and reading.numbers and matches("without", reading.words):
        told = [one for holding in turn.candidates() if (one := duty_answers.tell_without(reading, holding, voice))]
        return turn.combine(told) if told else turn.refuse("nothing")
    about_body = (reading.intent == "who" and not (matches("of_whom", reading.words) and _only_names(reading))) or (
        reading.intent in ("duty", "when", "budget") and bool(reading.agencies)
    )
    if not reading.numbers or (about_body and not reading.has("verify")):
        return None
    if turn.is_named and _doubts(reading) and all(duty_answers.own_duties(reading, one) for one in turn.candidates()):
        return replace(reading, intent="duty", flags=reading.flags - {"compare"})
    if reading.has("verify") and matches("issued_by", reading.words):
        reading = replace(reading, intent="issuer", agencies=())
        turn = replace(turn, reading=reading)
    if reading.has("verify") and reading.agencies:
        whole = [plain(entry[1].number or "") for number in reading.numbers for entry in library.cited(number)]
        carried = replace(reading, content=tuple(whole) or reading.numbers, agencies=())
        if told := duty_answers.tell_who(carried, turn.candidates(), voice):
            return turn.combine(told, named=True)
    if reading.has("verify") and _claims_own_number(reading):
        return replace(reading, intent="number", also=("issue_date",) if reading.dates else ())
    own = [one for number in reading.numbers for one in library.numbered(number) if one in (reading.scope or (one,))]
    if own and reading.intent in ("who", "issuer") and _only_names(reading) and matches("of_whom", reading.words):
        return replace(reading, scope=tuple(own), numbers=(), intent="issuer")
    if own:
        told_of = reading.intent or ("duty" if reading.agencies else None if len(reading.content) > 2 else "title")
        return replace(reading, scope=tuple(own), numbers=(), intent=told_of)
    return _tell_cited(turn)


def _tell_cited(turn: Turn) -> Answer | Reading | None:
    """Tell what documents are that others cite; who signed or got them is not known there."""
    reading, library, voice = turn.reading, turn.library, turn.voice
    tell = reference_answers.tell_same_day if reading.intent == "same_day" else reference_answers.tell_cited
    told = tell(reading, library, reading.scope, voice)
    if not told and reading.has("verify") and reading.scope:
        return replace(reading, intent=reading.intent or "bases", content=())
    told = told or reference_answers.tell_cited(reading, library, (), voice)
    if told and reading.intent in ("signer", "recipients"):
        return turn.refuse_with(told, "refuse_cited")
    return (
        turn.combine(told, named=True)
        if told
        else turn.refuse("unknown_number", number=", ".join(reading.numbers).upper())
    )


def _doubts(reading: Reading) -> bool:
    """Tell whether a question wonders if a document is a body's business at all."""
    return reading.has("verify") or (matches("without", reading.words) and reading.intent != "who")


def _only_names(reading: Reading) -> bool:
    """Tell whether a question says nothing but a document's kind and number, and who it is from."""
    kinds = {word for kind in reference_answers.KINDS for word in kind.split()}
    return all(word in kinds or word[0].isdigit() or len(word) < 3 for word in reading.content)


def _claims_own_number(reading: Reading) -> bool:
    """Tell whether a question takes a number for the named document's own ("Kế hoạch X số 55 đúng không")."""
    named = "|".join(re.escape(place) for place in reading.places)
    number = re.escape(reading.numbers[0])
    return bool(named) and bool(
        re.search(rf"(?:{named})(?: \w+){{0,2}}? (?:la )?(?:so )(?:la )?{number}", reading.words)
    )
