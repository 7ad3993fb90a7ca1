"""The flow for questions: what the documents say, with the choices that are open as buttons."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Literal, cast

from config.texts import load_texts
from handlers.domain import Button, Content, IncomingMessage, Reply
from handlers.planning import ZONE
from knowledge.vietnamese import fold
from retrieval.answering import Answerer, Question
from retrieval.statements import tidy
from retrieval.wording import pattern, plain


async def answer_question(message: IncomingMessage, *, answerer: Answerer) -> list[Reply]:
    """Answer from the documents, ask which is meant, or say plainly that nothing was found."""
    if message.content is Content.ACTION:
        # No flow knows this button any more; trying again would not help.
        return [Reply(text=load_texts(message.language).say("channels.old_choice"))]
    if message.content is not Content.TEXT and not message.text.strip():
        return [Reply(text=load_texts(message.language).say("channels.only_text"), kind="refuse")]
    earlier = [place for place, turn in enumerate(message.history) if turn.role == "user"]
    is_label = fold(message.text).strip(" .!?") == fold(load_texts(message.language).say("channels.verbatim"))
    if earlier and (is_label or pattern("verbatim").fullmatch(plain(message.text))):
        before = replace(message, text=message.history[earlier[-1]].text, history=message.history[: earlier[-1]])
        return _word_for_word(await answer_question(before, answerer=answerer))
    question = Question(
        text=message.text,
        history=tuple((turn.role, turn.text) for turn in message.history),
        locality=message.locality,
        today=local_today(message),
        language=cast(Literal["vi", "en"], message.language if message.language == "en" else "vi"),
    )
    answer = await asyncio.to_thread(answerer.answer, question)
    buttons = tuple(Button(label=option) for option in answer.options)
    return [Reply(text=answer.text, kind=answer.kind, citations=answer.citations, buttons=buttons)]


def _word_for_word(replies: list[Reply]) -> list[Reply]:
    """Return replies with the words of the documents in the place of their own, where they quote any."""
    quoted = ("\n\n".join(f"“{tidy(one.quote, 1500)}”" for one in reply.citations) for reply in replies)
    return [replace(reply, text=text or reply.text) for reply, text in zip(replies, quoted, strict=True)]


def local_today(message: IncomingMessage) -> date:
    """Return the day it is in Vietnam when the message came, unless the message sets another."""
    return message.today or message.now.astimezone(ZONE).date()
