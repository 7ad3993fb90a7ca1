"""The duty register: who must do what, in which role, under which section, in the document's own words."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from knowledge.agency_keys import canonical
from knowledge.agency_mentions import find_agencies
from knowledge.domain import Role
from knowledge.duty_lists import Columns, find_labelled, first_body, read_columns, read_row
from knowledge.duty_register import SHORTEST, Register
from knowledge.duty_sentences import (
    Run,
    Subject,
    cut_clauses,
    cut_sentences,
    find_others,
    find_roles,
    find_subject,
    group_names,
    headed_by,
    heading_subject,
    is_agent,
    lead_subject,
    split_by_actor,
    unlisted_names,
    with_known,
)
from knowledge.glued import unglue
from knowledge.layout import Block
from knowledge.lines import plain_letters
from knowledge.wording import Wording

_WORDS = Wording("duties")

_LONGEST_TAIL = 6
_LONGEST_ADDRESS = 12
_LONGEST_AGENT = 120
_NOBODY = Subject(())


def find_duties(
    blocks: Sequence[Block],
    document_text: str,
    document_id: str,
    issuer: str | None = None,
    addressed_to: Sequence[str] = (),
) -> Register:
    """Return the register of the document's duties, those of tables last."""
    register = Register(document_text, document_id)
    _Reader(blocks, register, issuer, addressed_to).read()
    return register


class _Reader:
    """Reads the blocks in order and keeps track of who is addressed."""

    def __init__(
        self, blocks: Sequence[Block], register: Register, issuer: str | None, addressed_to: Sequence[str]
    ) -> None:
        blocks = [_readable(block) for block in blocks]
        self.tables = [block for block in blocks if "|" in block.text]
        self.blocks = [*_outside_lost_tables(block for block in blocks if "|" not in block.text)]
        self.register = register
        leads = (
            block.body if block.is_heading or _opens_list(block, after) else block.body.rpartition(":")[0]
            for block, after in zip_longest(self.blocks, self.blocks[1:])
        )
        named = (unlisted_names(lead.partition(":")[0]) for lead in leads)
        self.addressees = Subject(tuple(dict.fromkeys(_addressees(addressed_to))))
        self.known = frozenset((*(name for names in named for name in names), *self.addressees.names))
        """Names that the lexicon lacks but headings or the addressees of the letter give in full."""
        self.assigns = any("phan cong" in plain_letters(block.text) for block in blocks if block.region == "head")
        self.is_structured = any(block.section for block in self.blocks)
        owners = _issuers(issuer)
        self.everybody = Subject(tuple(dict.fromkeys(self.find_assigned())) or self.addressees.names or owners)
        # An office's own plan, and any that names no other body: what it gives to nobody is the issuer's work.
        is_committee = bool(issuer and _WORDS.committee.match(plain_letters(issuer)))
        self.owner = _NOBODY if is_committee and self.everybody.names != owners else Subject(owners)
        self.issuer = canonical(issuer) if issuer else None
        self.work: list[Block] = []
        """Items of the current section; a label below may name their actors."""
        self.leaders: tuple[str, ...] = ()
        """Who leads these items according to the labels read so far."""
        self.led: tuple[tuple[str, ...], Subject] | None = None
        """Heading path and subject of the last line that only names somebody without being a heading."""
        self.closing: Subject | None = None
        """The subject last named in the closing paragraphs."""
        self.ordered: list[tuple[tuple[str, ...], Subject]] = []
        """Heading paths with the subject ordered to do everything below them, the latest last."""

    def runs(self, block: Block) -> list[Run]:
        """Return the bodies a block names, in lists."""
        return group_names(block.text, with_known(block.text, find_agencies(block.text), self.known))

    def find_assigned(self) -> Iterator[str]:
        """Yield the bodies whose names head a stretch of the document."""
        for block in self.blocks:
            if block.is_heading or block.opens_section:
                subject = heading_subject(block.body)
                if subject and not subject.is_aside:
                    yield from subject.names

    def read(self) -> None:
        """Register the duties of every block."""
        for block in self.blocks:
            aims = [heading for heading in block.heading if _WORDS.aims.match(plain_letters(heading))]
            if not aims:
                self.read_block(block)
            elif not block.is_heading and _WORDS.demands.match(plain_letters(aims[-1])):
                self.read_block(block, only_named=True)
            else:
                self.work = [block] if block.opens_section else [*self.work, block]
                self.read_labels(block, self.runs(block))
        self.read_tables()

    def read_tables(self) -> None:
        """Register the rows of task tables, wherever they stand."""
        columns: Columns | None = None
        for block in self.tables:
            head = read_columns(block.text)
            columns = head or columns
            parts = [*read_row(block.text, columns)] if columns and not head else []
            for start, end, part in parts:
                self.register.add(block, start, end, part.names, (part.role,))
            leaders = (part.names for _, _, part in parts if part.role is not Role.COOPERATE)
            self.register.note(block, 0, len(block.text), next(leaders, () if columns else first_body(block.text)))

    def read_labels(self, block: Block, runs: Sequence[Run]) -> bool:
        """Register parts given by labels below or behind the work they belong to; return whether there were any."""
        labels = find_labelled(block.text, runs)
        if not labels:
            return False
        opening = len(block.text) - len(block.body)
        own = block.text[opening : labels[0].start].strip(" .;(")
        self.leaders = next((part.names for part in labels if part.role is not Role.COOPERATE), self.leaders)
        for part in labels:
            if len(own) >= SHORTEST:
                self.register.add(block, opening, opening + len(own), part.names, (part.role,))
                continue
            for work in self.work:
                self.register.note(work, 0, len(work.text), self.leaders)
                if work.is_heading or work.opens_section or not _WORDS.label.match(plain_letters(work.body)):
                    first, last = len(work.text) - len(work.body), len(work.text)
                    self.register.add(work, first, last, part.names, (part.role,), proof=block)
        return True

    def read_block(self, block: Block, *, only_named: bool = False) -> None:
        """Register the duties of one paragraph."""
        runs = self.runs(block)
        if self.read_labels(block, runs):
            return
        if block.opens_section or block.is_heading:
            self.work, self.leaders = [], ()
        self.work.append(block)
        told = Subject(self.leaders) if self.leaders or only_named else self.told_by_place(block)
        for left, right in self.parts(block, runs):
            plain = plain_letters(block.text[left:right])
            subject = self.subject(block, left, right, runs)
            if subject and subject.is_aside:
                # Who is charged in passing is told by his own clause alone, and by no purpose.
                first = max(left, block.text.rfind(";", left, subject.predicate) + 1)
                last = block.text.find(";", subject.predicate, right)
                aside = _NOBODY if only_named else Subject(subject.names)
                self.read_sentence(block, first, last if last > 0 else right, subject=subject, told=aside, runs=runs)
                subject = None
            if subject is None and not self.is_structured and not _WORDS.listing.search(plain):
                told = self.order_to_nobody(block, left, right, runs) or told
            if subject and self.is_issuing(block, plain[subject.predicate - left :], subject):
                continue
            if subject and told.names and subject.is_order and plain.lstrip(" -+•").startswith("phan cong"):
                subject = None  # Who assigns work to his own people is the one told.
            if subject:
                told = self.tell(block, plain, subject)
            self.register.note(block, left, right, told.names)
            self.read_sentence(block, left, right, subject=subject, told=told, runs=runs)

    def subject(self, block: Block, left: int, right: int, runs: Sequence[Run]) -> Subject | None:
        """Return the actor that a stretch of a block names in its sentence or before its colon."""
        found = lead_subject(block.text, left, right) or find_subject(block.text, left, right, runs)
        opening = len(block.text) - len(block.body)
        return found or (self.agent(block, opening) if left == opening and block.marker else None)

    def agent(self, block: Block, opening: int) -> Subject | None:
        """Return the actor before the colon of an item of the assignment ("Kế toán: lập dự toán")."""
        colon = block.text.find(":", opening, opening + _LONGEST_AGENT)
        headings = block.heading[:-1] if block.is_heading or block.opens_section else block.heading
        is_assigned = self.assigns if not headings else any(map(_WORDS.assigning.search, map(plain_letters, headings)))
        headed = headed_by(headings).names
        is_general = all(name.lower().startswith("các ") or canonical(name) == self.issuer for name in headed)
        if colon < 0 or not (is_assigned and is_general):
            return None
        name = _WORDS.beside.sub("", block.text[opening:colon])
        office = re.sub(
            r"^\s*(?:cho |của )?(?:lãnh đạo )?", "", name.partition("đại diện")[2] or name.partition(" là ")[2]
        )
        offices = tuple(mention.name for mention in find_agencies(office))
        return Subject(offices or (_WORDS.title_of.sub("", name),), colon + 1) if offices or is_agent(name) else None

    def parts(self, block: Block, runs: Sequence[Run]) -> Iterator[tuple[int, int]]:
        """Yield the stretches of a block with one actor each, without those that report past events."""
        is_account = (self.is_structured or not self.addressees.names) and block.section is None
        for sentence in cut_sentences(block.text, len(block.text) - len(block.body)):
            for left, right in split_by_actor(block.text, *sentence, runs):
                if not (is_account and _WORDS.told_past.match(plain_letters(block.text[left:right]))):
                    yield left, right

    def tell(self, block: Block, plain: str, subject: Subject) -> Subject:
        """Return the addressees of a sentence with a subject, and keep them for the paragraphs below."""
        told = self.widened(subject, block.text)
        self.closing = told if block.region == "closing" else None
        if subject.is_order and _WORDS.listing.search(plain):
            self.ordered.append((block.heading, told))
        if not block.is_heading and _WORDS.bare.match(block.text[subject.predicate :]):
            self.led = (block.heading, told)
        return told

    def widened(self, told: Subject, text: str) -> Subject:
        """Add a letter's addressees to a general subject ("các đơn vị", but not "các đơn vị chưa gửi")."""
        general = {"cơ quan", "đơn vị", "địa phương"}
        keys = [canonical(name) for name in told.names]
        is_all = not _WORDS.some.match(text[told.predicate :])
        if is_all and any(key.plurals and key.plurals <= general for key in keys):
            added = (name for name in self.addressees.names if canonical(name) not in keys)
            return replace(told, names=(*told.names, *dict.fromkeys(added)))
        return told

    def is_issuing(self, block: Block, predicate: str, subject: Subject) -> bool:
        """Return whether a sentence only says that its subject issues the document.

        Items without an actor are an office's own where it plans its own work.
        """
        if block.section or subject.is_order or any(canonical(name).plurals for name in subject.names):
            return False
        is_issued = bool(_WORDS.issuing.match(predicate))
        is_opening = is_issued or bool(_WORDS.announcing.match(predicate))
        is_own = not self.addressees.names and not _WORDS.committee.match(plain_letters(subject.names[0]))
        if is_own and is_opening and (is_issued or len(subject.names) > 1):
            self.ordered.append(((), Subject(subject.names)))
        return is_opening

    def order_to_nobody(self, block: Block, left: int, right: int, runs: Sequence[Run]) -> Subject | None:
        """Return who must act on "UBND huyện yêu cầu tiếp tục …" in a news item: the bodies it names as responsible."""
        for run in runs:
            after = plain_letters(block.text[run[-1].end : right])
            if left <= run[0].start < right and re.match(r"\s*(?:yeu cau|chi dao|de nghi)\s", after):
                named = [_aside(other) for other in self.blocks]
                names = tuple(dict.fromkeys(name for names in named for name in names)) or tuple(m.name for m in run)
                self.register.add(block, left, right, tuple(m.name for m in run), (Role.DIRECT,))
                self.ordered.append(((), Subject(names)))
                return Subject(names)
        return None

    def told_by_place(self, block: Block) -> Subject:
        """Return the addressees of a paragraph by its position: closing, headings, orders above it, everybody."""
        if block.body.startswith("Nội dung:"):
            return _NOBODY
        if block.region == "closing":
            return self.closing or self.told_at_the_end()
        if self.led and self.led[0] == block.heading and not block.is_heading:
            return self.led[1]
        headings = block.heading[:-1] if block.is_heading or block.opens_section else block.heading
        if (headed := headed_by(headings)).names:
            # A letter's paragraph behind its last item, if that is a whole sentence, is for everybody.
            is_behind = self.addressees.names and not block.marker and headings[-1].endswith(".")
            return self.addressees if is_behind else headed
        if any(_WORDS.funds.match(plain_letters(one)) for one in block.heading):
            return _NOBODY
        for above, told in reversed(self.ordered):
            if block.heading[: len(above)] == above:
                return told
        if self.addressees.names or not (block.section and block.marker):
            return _NOBODY if self.is_structured and not (block.section or block.marker) else self.addressees
        return self.owner

    def told_at_the_end(self) -> Subject:
        """Return the addressees of a closing paragraph: a letter's, else those of the last order, else everybody."""
        if self.addressees.names:
            return self.addressees
        return self.ordered[-1][1] if self.ordered else self.everybody

    def read_sentence(
        self, block: Block, start: int, end: int, *, subject: Subject | None, told: Subject, runs: Sequence[Run]
    ) -> None:
        """Register the duties of one sentence: of its addressees, their partners and those who compile."""
        text, plain = block.text, plain_letters(block.text[start:end])
        predicate = subject.predicate if subject else start
        if _is_no_duty(block, start, end, subject):
            return
        # What an article of a decision gives to nobody is not given to the bodies of other articles.
        if not told.names and "Điều" not in (block.section or "") and _WORDS.reporting.search(plain):
            told = self.everybody if Role.REPORT in find_roles(text[predicate:end]) else told
        for left, right, own in cut_clauses(text, predicate, end) if told.names else ():
            first = start if left == predicate else left
            self.register.add(block, first, right, told.names, own, is_request=told.is_request)
            for role, others in find_others(text, first, right, runs):
                is_asked = told.is_request and role is Role.COOPERATE
                self.register.add(block, first, right, others, (role,), is_request=is_asked)


def _is_no_duty(block: Block, start: int, end: int, subject: Subject | None) -> bool:
    """Tell whether a sentence is a mere heading, a label, a closing formula or a legal basis."""
    said = block.text[start:end]
    plain = plain_letters(said)
    if block.section is None and _WORDS.aimed_at.search(plain):
        return True
    if _WORDS.setting.match(plain) or _WORDS.counted.match(plain) or _WORDS.member.match(said):
        return True
    is_label = bool(_WORDS.label.match(plain))
    if subject and not (subject.is_aside and is_label):
        predicate = block.text[subject.predicate : end]
        is_short = block.is_heading and len(predicate.split()) <= _LONGEST_TAIL
        return bool(_WORDS.bare.match(predicate)) or (is_short and find_roles(predicate) == (Role.CARRY_OUT,))
    if block.is_heading:
        # "2. Đẩy mạnh tuyên truyền …" is work to do; a short or capital line is a topic.
        return not re.match(r"\d", block.marker) or block.text.isupper() or len(plain) <= 40
    is_opening = _WORDS.basis.match(plain) or _WORDS.listing.search(plain)
    return is_label or (block.section is None and bool(is_opening))


def _readable(block: Block) -> Block:
    """Return the block with run-together syllables set apart; its quotes stay as printed."""
    text, origin = unglue(block.text, block.origin)
    headings = tuple(unglue(heading, tuple(range(len(heading))))[0] for heading in block.heading)
    return replace(block, text=text, origin=origin, heading=headings)


def _outside_lost_tables(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the paragraphs of body and closing outside tables that lost their columns."""
    lost: Block | None = None
    for block in blocks:
        if _WORDS.lost_columns.match(plain_letters(block.text)):
            lost = block
        elif lost and block.section != lost.section:
            lost = None
        if block.region in ("body", "closing") and not lost:
            yield block


def _issuers(issuer: str | None) -> tuple[str, ...]:
    """Return who issued a document, each of several by itself ("Hội A - Công an B")."""
    together = tuple((issuer or "").split(" - "))
    is_joint = all(any(mention.start == 0 for mention in find_agencies(name)) for name in together)
    return together if is_joint else (issuer,) if issuer else ()


def _opens_list(block: Block, after: Block | None) -> bool:
    """Tell whether an item without punctuation at its end introduces items with another marker."""
    has_items = after is not None and after.marker not in ("", block.marker) and not after.opens_section
    return bool(block.marker) and has_items and block.text[-1] not in ".;,"


def _aside(block: Block) -> tuple[str, ...]:
    runs = group_names(block.text, find_agencies(block.text))
    subjects = (find_subject(block.text, left, right, runs) for left, right in cut_sentences(block.text, 0))
    return tuple(
        name for subject in subjects if subject and (subject.is_aside or subject.is_order) for name in subject.names
    )


def _addressees(items: Sequence[str]) -> Iterator[str]:
    """Yield the bodies a letter is addressed to."""
    for item in items:
        names = [mention.name for mention in find_agencies(item)]
        whole = re.sub(r"\s*\([^)]*\)", "", item).strip(" .,")
        is_one = len(names) == 1 and whole.startswith("Các ") and len(whole.split()) <= _LONGEST_ADDRESS
        yield from [whole] if is_one else names
