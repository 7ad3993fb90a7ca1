"""What falls due: the work beside a time limit, cut out of its sentence in the document's own words."""

import re

from knowledge.agency_mentions import find_agencies
from knowledge.duty_sentences import find_subject, group_names
from knowledge.terms import Shape, Term
from knowledge.wording import Wording

_WORDS = Wording("matters")

_LONGEST = 150


def name_matter(text: str, term: Term, lead: int, after: tuple[int, int], *, previous: str) -> tuple[str, int]:
    """Return what falls due at a term, "" when its sentence does not say, and where the words used for it end.

    text[lead:term.start] and text[after[0]:after[1]] are the words it may use, `previous` is what the limit before it
    in the sentence is about.
    """
    held = [found.start() for found in _WORDS.campaign_name.finditer(text, lead, term.start)]
    words = clean_matter(text[held[-1] if held and term.shape is Shape.WINDOW else lead : term.start])
    behind = clean_matter(_WORDS.stop.split(text[after[0] : after[1]], maxsplit=1)[0])
    if lead and text[lead : term.start].rstrip().endswith(";") and not is_empty(behind):
        return behind, after[1]
    named = _WORDS.named_after.match(text, term.end)
    if named and not _WORDS.period_of_report.search(words.lower()):
        return clean_matter(named[1]), named.end()
    if previous and _WORDS.receiver_only.match(words.lower()):
        return clean_matter(re.sub(r"\([^)]*\)", "", text[: term.start])) or previous, term.end
    if not is_empty(words):
        return words, term.end
    # "Kiểm tra 09 thôn, chia ba đợt; đợt cuối hoàn thành trước …": what a bare clause ends is said before it.
    told = clean_matter(text[lead : term.start].rpartition(";")[0]) if words else ""
    if not is_empty(told):
        return f"{told}; {words}{' cuối' if term.cue.startswith('cuối') else ''}", term.end
    rhythm = _WORDS.rhythm.search(text, lead, term.start)
    if rhythm and _WORDS.report.search(previous.lower()):
        return rhythm[0].lower(), term.end
    labelled = _WORDS.report_label.search(text, term.start, term.end)
    if labelled:
        return labelled[0], term.end
    if previous and not re.search(r"\w{2}", _WORDS.joins.sub("", text[lead : term.start])):
        return previous, term.end
    if not term.is_labelled:
        words = behind
    return ("" if is_empty(words) else words), term.end


def complete_report(what: str, around: str) -> str:
    """Return "báo cáo năm 2024" for the bare "năm 2024" of a sentence or heading about reports."""
    is_bare = len(what.split()) <= 5 and not _WORDS.other_work.search(what.lower())
    is_period = is_bare and _WORDS.period_of_report.search(what.lower())
    return f"báo cáo {what}" if is_period and _WORDS.report.search(around.lower()) else what


def name_occasion(text: str, term: Term) -> str:
    """Return the campaign and its occasion: "tổ chức chiến dịch truyền thông (ngày Gia đình Việt Nam 28/6)"."""
    opened = text.rfind("(", max(0, term.start - 3), term.start + 1)
    end = opened if opened > 0 else term.end
    starts = [text.rfind(mark, 0, end) + len(mark) for mark in ("nhân ", "dịp ", ", ", "; ", "và ", "niệm ")]
    start = max((place for place in starts if place > 7), default=term.start)
    day = re.sub(r"^\D*", "", text[term.start : term.end])
    name = text[start:end].strip(" ,(")
    found = _WORDS.campaign.search(text.lower(), text.rfind(";", 0, term.start) + 1)
    activity = _shortened(_WORDS.trailing.sub("", text[found.start() : found.end()])) if found else ""
    occasion = name if day in name else f"{name} {day}"
    return f"{activity} ({occasion})" if activity else occasion


def clean_matter(words: str) -> str:
    """Cut a stretch of a sentence down to the work it names: without who does it, who receives it, joining words."""
    piece = re.split(r"[;.]\s", _WORDS.marker.sub("", words.rstrip(" .;")))[-1]
    lead, colon, rest = piece.rpartition(": ")
    is_named_ahead = _WORDS.report.search(lead.lower()) and _WORDS.sending_only.search(rest.lower())
    piece = lead if is_named_ahead else rest if colon and len(rest.split()) > 2 else piece
    mentions = find_agencies(piece)
    subject = find_subject(piece, 0, len(piece), group_names(piece, mentions))
    start = subject.predicate if subject else 0
    lower = piece.lower()
    for mention in mentions:
        before = _WORDS.to_whom.search(lower, start, mention.start)
        if before and before.start() > start + 3:
            piece = piece[: before.start()]
            break
    reported = _WORDS.report_named.search(piece.lower(), start)
    start = reported.start() if reported else start
    piece = _WORDS.grounds.sub("", piece[start:].lstrip(" ,:"))
    piece = piece.replace(")", "") if "(" not in piece else piece
    return _shortened(_WORDS.leading.sub("", _WORDS.trailing.sub("", piece)))


def _shortened(words: str) -> str:
    clean = " ".join(words.split())
    if len(clean) <= _LONGEST:
        return clean
    return f"{clean[:90].rsplit(' ', 1)[0]} … {clean[-55:].split(' ', 1)[-1]}"


def is_empty(words: str) -> bool:
    """Tell whether words name no work: a label, a lone word, the rest of a date."""
    if words.lower() in ("năm", "quý", "tháng"):
        return False
    return len(words.split()) < 2 or bool(_WORDS.label.fullmatch(words.lower())) or words.lower().startswith("từ ngày")
