"""The flow for questions: what the documents say, with the choices that are open as buttons."""

import asyncio
from datetime import date
from typing import Literal, cast

from config.texts import load_texts
from handlers.domain import Button, Content, IncomingMessage, Reply
from handlers.planning import ZONE
from retrieval.answering import Answerer, Question


async def answer_question(message: IncomingMessage, *, answerer: Answerer) -> list[Reply] | None:
    """Answer from the documents, ask which is meant, or say plainly that nothing was found."""
    if message.content is Content.ACTION:
        return None
    if message.content is not Content.TEXT and not message.text.strip():
        return [Reply(text=load_texts(message.language).say("channels.only_text"), kind="refuse")]
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


def local_today(message: IncomingMessage) -> date:
    """Return the day it is in Vietnam when the message came, unless the message sets another."""
    return message.today or message.now.astimezone(ZONE).date()
