"""Fills gaps of a follow-up question (place, agency, report, number, kind) from earlier turns."""

import re
from dataclasses import replace
from datetime import date, timedelta

from retrieval.library import Library
from retrieval.mentions import document_numbers
from retrieval.questions import FACTS, Question, Reading, read_question
from retrieval.wording import cues, is_syllable, matches, pattern, plain, short_forms

TURNS = 12
"""Earlier messages that still count."""
_OF_CITED = frozenset({"issuer", "issue_date", "number", "title"})
"""Facts that are known of a document which others only cite."""


def understand(question: Question, library: Library) -> Reading:
    """Understand a question as the next turn of its conversation."""
    question = replace(question, text=_with_month(_chosen(question, library), question.today))
    context: Reading | None = None
    spoken_of = ""
    for role, text in question.history[-TURNS:]:
        if role == "user":
            turn = read_question(text, library, context.language if context else question.language)
            context = lean_on(context, turn) if context else turn
        elif context:
            context = _told(context, text, library)
            spoken_of = text
    current = read_question(question.text, library, context.language if context else question.language)
    figure = pattern("bare_figure").fullmatch(current.words)
    if context and context.numbers and figure and (library.cited(figure[1]) or library.numbered(figure[1])):
        current = replace(current, numbers=(figure[1],), content=())
    if current.intent is None and current.scope and question.history and "?" in question.history[-1][1]:
        # The choice among places that was offered: whatever else is said with it does not count.
        current = replace(current, content=())
    if not current.scope and matches("all_told", current.words):
        told_of = read_question(spoken_of, library)
        current = replace(current, scope=told_of.scope, places=told_of.places)
    said = document_numbers(plain(spoken_of))
    bare = not (current.numbers or current.scope or current.agencies or current.content)
    if bare and context and not context.numbers and len(said) == 1:
        if context.intent == "bases" or matches("opens_with_document", plain(spoken_of)):
            intent = "issue_date" if current.intent == "when" else current.intent
            return _with_scope(context, replace(current, numbers=said, intent=intent))
        if current.intent in _OF_CITED:
            current = replace(current, numbers=said)
    return lean_on(context, current) if context and any(map(_is_word, current.words.split())) else current


def _chosen(question: Question, library: Library) -> str:
    """Return the text of a question, for the number of a choice among documents the name of the one chosen."""
    offer = question.history[-1][1] if question.history else ""
    labels = sorted({one.label for one in library.holdings if "?" in offer and one.label in offer}, key=offer.find)
    number = pattern("choice").fullmatch(plain(question.text))
    return labels[int(number[1]) - 1] if number and int(number[1]) <= len(labels) else question.text


def _is_word(word: str) -> bool:
    """Tell whether a word can be meant: what fell on the keyboard leans on nothing said before."""
    return word[0].isdigit() or is_syllable(word) or word in short_forms() or bool(cues("english").search(word))


def _with_month(text: str, today: date) -> str:
    """Return a question with "this month" and "next month" named."""
    ahead = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    text = re.sub(r"(?i)\b(tháng|thang) (?:này|nay)\b", rf"\1 {today.month}/{today.year}", text)
    return re.sub(r"(?i)\b(tháng|thang) (?:tới|toi|sau)\b", rf"\1 {ahead.month}/{ahead.year}", text)


def _told(context: Reading, text: str, library: Library) -> Reading:
    """Take the place from the bot's answer when the question named none and the answer speaks of one alone."""
    if context.scope or context.unknown_place:
        return context
    spoken = read_question(text, library)
    return replace(context, scope=spoken.scope, places=spoken.places) if len(spoken.scope) == 1 else context


def lean_on(before: Reading, now: Reading) -> Reading:
    """Return a reading completed with what it leaves open from the turn before."""
    if now.intent == "documents" or now.unknown_place:
        return now
    elliptic = now.intent is None and (now.leans or len(now.content) < 2 or bool(now.agencies))
    bare = not (now.scope or now.agencies or now.numbers)
    merged = now
    of_document = {"when": "issue_date", "submit_to": "recipients"}.get(now.intent or "")
    if of_document and bare and not now.content and before.intent in FACTS and not now.has("report"):
        merged = replace(merged, intent=of_document)
    if not now.scope and (not now.has("places") or (bare and now.leans)):
        merged = _with_scope(before, merged)
    if elliptic:
        # "còn Công an xã thì sao?": what was asked of the other body need not be this one's.
        another = before.intent in ("when", "submit_to") and before.content and before.agencies and now.agencies
        lost = {"verify", "compare"} | ({"report"} if another or (now.content and not now.reports) else set())
        merged = replace(merged, intent=before.intent, flags=merged.flags | (before.flags - lost))
        if not (merged.content or another or now.has("everything")):
            merged = replace(merged, content=before.content)
    if now.intent == "who" and bare and not now.content:
        # "ai chủ trì?", "những ai phải nộp?": of what was spoken of.
        of_report = now.has("report") and before.has("report")
        merged = replace(merged, content=before.content, intent=before.intent if of_report else now.intent)
    if not merged.agencies and (elliptic or (bare and merged.intent in ("duty", "when", "submit_to"))):
        merged = replace(merged, agencies=before.agencies)
    # "còn giữa kỳ?" asks for a report of another name.
    if not merged.reports and ((elliptic and not now.content) or (bare and merged.intent in ("when", "submit_to"))):
        merged = replace(merged, reports=before.reports)
    if not merged.numbers and bare:
        merged = replace(merged, numbers=before.numbers)
    return merged


def _with_scope(before: Reading, now: Reading) -> Reading:
    # A place of which nothing is stored is meant again only where the question points back.
    unknown = before.unknown_place if now.leans else None
    return replace(now, scope=before.scope, places=before.places, unknown_place=now.unknown_place or unknown)
