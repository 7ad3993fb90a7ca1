"""Names of public bodies in documents, each found whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.agency_lexicon import AND, JOINING, WordReader

_OR, _OF, _UNDER = "hoac", "cua", "thuoc"
_LIST_SIGN = re.compile(r"\s*[,;]\s+|\s+và\s+(?=[A-ZĐÀ-Ỹ]|các )")
_LONGEST_PART = 9
_BRANCH = "nganh"


@dataclass(frozen=True, slots=True)
class AgencyMention:
    """A body named in a text; `name` as printed, head restored where a list shares it ("Các phòng: Tư pháp, …")."""

    name: str
    start: int
    end: int


def find_agencies(text: str) -> list[AgencyMention]:
    """Return every public body a text names, each name whole, lists taken apart, in the order printed."""
    return list(_NameReader(text).mentions())


def list_names(text: str) -> tuple[str, ...]:
    """Return the names a text is a list of, each begun by the head of a body and whole though no list knows its words.

    Nothing where the text says anything else.
    """
    names: list[str] = []
    end = 0
    for part in _LIST_SIGN.split(text):
        start, end = text.index(part, end), text.index(part, end) + len(part)
        if names and text[:start].rstrip().endswith(";") and part[:1].islower() and part[:4] != "các ":
            return ()
        reader = _NameReader(part)
        is_noun = bool(names) and reader.at("groups", 0)[0] > 1 and not reader.level(0)
        is_noun = is_noun and part[:1].islower() and " các " not in names[-1] and names[-1][:4].lower() != "các "
        if is_noun or reader.is_opened():
            names.append(part)
        elif names:
            names[-1] = text[text.rindex(names[-1], 0, start) : end]
        else:
            return ()
    return tuple(names)


def tells_act(text: str) -> bool:
    """Return whether a text says what somebody does or how, in words in lower case."""
    reader = _NameReader(text)
    return any(reader.is_verb(place) and not reader.capital(place) for place in range(1, len(reader.words)))


@dataclass(frozen=True, slots=True)
class _Name:
    start: int
    end: int
    head: str = ""
    shared: bool = False


class _NameReader(WordReader):
    """Reads names off one text; a reading method takes a place and returns the place behind what it read."""

    def mentions(self) -> Iterator[AgencyMention]:
        """Yield the names from left to right."""
        place, head = 0, ""
        while place < len(self.words):
            found = self.name(place) or (self.shared_name(place, head) if head else None)
            if found:
                yield self.mention(found)
                head = found.head if self.is_listed(found.end) and self.gap(found.end) != ":" else ""
                # "Đảng đoàn Hội LHPN huyện lãnh đạo Hội LHPN huyện …": behind a name a title is a verb.
                place = found.end + (0 if self.gap(found.end) else self.at("acts", found.end)[0])
            elif opened := self.plural_head(place):
                place, head = opened.end, opened.head
            else:
                head = head if self.plain(place) == AND else ""
                place += 1

    def mention(self, name: _Name) -> AgencyMention:
        """Return the name as printed, the shared head of its list put before it."""
        first, last = self.words[name.start].start, self.words[name.end - 1].end
        printed = " ".join(self.text[first:last].split())
        return AgencyMention(
            f"{name.head[0].upper()}{name.head[1:]} {printed}" if name.shared else printed, first, last
        )

    def name(self, place: int) -> _Name | None:
        """Return the name that begins at place."""
        start = place
        titled, _ = self.at("titles", place)
        place += titled
        if titled and self.gap(place):
            return None
        for read in (self.group, self.single):
            end, head = read(place)
            if end > place:
                # "Các phòng Tư pháp, Nội vụ": each is one body; "các trường THPT" stays a group.
                shares = head and not titled and self.shared_name(end + (self.plain(end) == AND), head)
                return _Name(start + (self.plural_words(place) if shares else 0), end, head)
        # A title that is all there is: "Trưởng ban chịu trách nhiệm …".
        end, _ = self.body(start)
        return _Name(start, end) if titled and end > start else None

    def single(self, place: int) -> tuple[int, str]:
        """Read one body: "Tổ công tác", but "Tổ Công tác xã hội"."""
        return max(self.body(place), self.headed(place), key=lambda found: found[0])

    def group(self, place: int) -> tuple[int, str]:
        """Read "Các phòng, ban, ngành, đoàn thể huyện"."""
        end, nouns = place + self.plural_words(place), 0
        plural = end > place
        if self.plural_head(place):
            return place, ""
        while noun := self.group_noun(self.joint(end) if nouns else end, is_listed=plural or nouns > 0):
            end, nouns = noun, nouns + 1
        end = self.places(end) if plural and self.gap(end) == ":" else end
        if nouns > 1 or (plural and nouns):
            whole = self.tail(end)
            is_level = nouns == 1 and whole > end and self.level(end - 1) > 0
            return self.places(whole, is_plural=plural) if is_level else whole, ""
        return place, ""

    def group_noun(self, place: int, *, is_listed: bool) -> int:
        """Return the place behind a plural word such as "đoàn thể", 0 where none or a single body's name stands."""
        plural = self.plural_words(place)
        place += plural
        taken, phrase = self.at("groups", place)
        end = place + taken
        if is_listed and (phrase in self.raw["party_committees"] or (taken and self.level(end))):
            return end
        named = self.single(place)[0] if taken else 0
        is_name = self.capital(place) and taken > 1
        return 0 if not taken or named > end or (named == end and is_name) else end

    def joint(self, place: int) -> int:
        """Return the place behind the comma or "và" that stands before place, behind the end where none does."""
        if self.plain(place) in (AND, _OR) and self.gap(place) in ("", ","):
            return place + 1
        return place if self.gap(place) in (",", "/", "-", "–") else len(self.words)

    def body(self, place: int) -> tuple[int, str]:
        """Read a body whose head is its name: "Công an huyện", "UBND các xã, thị trấn"."""
        start = place
        place += self.plural_words(place)
        taken, phrase = self.at("bodies", place)
        if not taken:
            return start, ""
        end = place + taken
        if phrase in ("văn phòng", "công đoàn", "đoàn trường", "công đoàn trường") and not self.gap(end):
            end, _ = self.fields(end, phrase, capital=False)
        end = self.tail(end)
        if phrase in self.raw["capital_bodies"] and not self.capital(place):
            return start, ""
        if "mặt trận" in phrase and self.plain(end) == AND:
            allies, _ = self.group(end + 1)
            end = allies if allies > end + 1 else end
        return end, ""

    def headed(self, place: int) -> tuple[int, str]:
        """Read a head with its field of work: "Phòng Lao động, Thương binh, Xã hội - Dân tộc"."""
        start = place
        place += self.plural_words(place)
        taken, head = self.at("heads", place)
        if not taken:
            return start, ""
        is_capital = self.capital(place)
        end, last = place + taken, ""
        if not self.gap(end):
            end, last = self.fields(end, head, capital=is_capital or head in self.raw["lower_heads"])
        if end > place + taken and place == start:
            is_open = is_capital and (last in self.raw["open_fields"] or not (last or self.capital(end - 1)))
            end = self.joined(self.parts(place + taken, self.unlisted(end) if is_open else end, head))
        # "Chi hội các bản" is a body of no field but a place.
        is_local = is_capital and place == start and self.plural_words(end)
        after = self.tail(end) if end > place + taken or is_local else end
        return (after, head) if after > place + taken else (start, "")

    def parts(self, place: int, end: int, head: str) -> int:
        """Read on in "Phòng Lao động, Việc làm và Bình đẳng giới" and "Ban Xã hội, Dân số Hội Nông dân", each one body.

        What can be an office of its own is one.
        """
        is_dashed = head == "ban" and "-" in [self.gap(inner) for inner in range(place, end)]
        offices = () if head == "ban" else self.raw["offices"]
        after, field = self.field(place, head, capital=False)
        after = max(after, end) if field not in offices else end
        while self.gap(after) == "," and field not in offices and not self.opens_name(after):
            more, field = self.field(after, head, capital=is_dashed)
            if more == after or field in offices:
                break
            after = more
        is_union = self.at("heads", after)[1] in ("hội", "đoàn", "liên đoàn") and not self.gap(after)
        is_board = head == "ban" and (is_dashed or is_union)
        is_room = head in ("phòng", "vụ") and self.plain(after) == AND and not self.gap(after)
        return after if is_board or is_room else end

    def joined(self, place: int) -> int:
        """Read on behind "và", unknown words to a verb or sign: "Phòng Chính trị và Học sinh sinh viên" is one room."""
        start = place + 1
        is_other = self.opens_name(start) or self.plural_words(start) or self.at("titles", start)[0]
        if self.plain(place) != AND or self.gap(place) or not self.capital(start) or is_other:
            return place
        taken, field = self.at("fields", start)
        is_whole = taken and field not in self.raw["open_fields"]
        return start + taken if is_whole else self.unlisted(start + max(1, taken))

    def unlisted(self, place: int) -> int:
        """Read words that no list knows to where the name is over: "Phòng Quản lý nếp sống văn hóa và gia đình"."""
        end = place
        while not self.is_over(end) or (self.plain(end) == AND and not self.gap(end) and self.goes_on(end + 1)):
            end += max(1, self.at("fields", end)[0])
        return end if end - place <= _LONGEST_PART else place

    def goes_on(self, place: int) -> bool:
        """Return whether a word in small letters stands at place that begins no other name."""
        is_noun = self.at("groups", place)[0] > 0
        return not (self.is_over(place) or self.capital(place) or self.opens_name(place) or is_noun)

    def fields(self, place: int, head: str, *, capital: bool) -> tuple[int, str]:
        """Read the fields of work behind a head, joined as one name joins them; return the last of them too."""
        end, seen = self.field(place, head, capital=capital)
        if end == place:
            return place, ""
        while True:
            joined = self.plain(end) == AND and not self.gap(end)
            gap = "và" if joined else self.gap(end)
            is_unlisted = not gap and not (self.opens_name(end + joined) or (seen and not self.is_pair(end)))
            after, field = self.field(end + joined, head, capital=capital and (gap in ("-", "–") or is_unlisted))
            if gap in ("-", "–") and field == "kế hoạch tổng hợp" and not self.capital(after - 2):
                return after - 2, field  # "gửi Phòng Tài chính - Kế hoạch tổng hợp"
            if after == end + joined or not (is_unlisted or self.is_one_name(seen, gap, field)):
                return end, seen
            end, seen = after, field

    def is_opened(self) -> bool:
        """Return whether the text begins as a body's name does, though its words be unknown, and tells no act."""
        plural = self.plural_words(0)
        place = plural + self.at("titles", plural)[0]
        place += self.plural_words(place)
        named = self.name(0)
        taken, _ = self.at("heads", place)
        end = named.end if named else place + taken
        if not named and not (place and self.opens_name(place)):
            is_other = self.at("no_names", place)[0] and not self.capital(end)
            if not taken or not self.capital(place) or is_other or end == len(self.words) or self.plain(end).isdigit():
                return False
        return not self.is_verb(end) or self.capital(end)

    def is_one_name(self, left: str, gap: str, right: str) -> bool:
        """Return whether two fields with these signs between them belong to one name."""
        if gap in ("-", "–", "&"):
            return True
        families = self.lexicon.comma_families if gap == "," else self.lexicon.families
        return gap in ("", "và", ",") and any(left in family and right in family for family in families)

    def field(self, place: int, head: str, *, capital: bool) -> tuple[int, str]:
        """Read one field of work, or behind a capital head a proper name written with capitals."""
        taken, field = self.at("fields", place)
        if taken and (
            self.capital(place)
            or (field not in self.raw["common_fields"] and (capital or head in self.raw["lower_heads"]))
        ):
            return place + taken, field
        if not capital:
            return place, ""
        # "Trung tâm Tư vấn": what a body is called after, though a verb, is its name.
        end = place
        opens = self.at("name_acts", place)[0] > 0
        while self.capital(end) and (end == place or not self.gap(end)) and (opens or not self.is_verb(end)):
            end += 1
            # Words of two syllables have one capital ("Sức khỏe Bà mẹ"); behind several it is no word's second half.
            is_act = self.is_verb(end) and not opens
            opens = False
            is_second = end < len(self.words) and not (self.gap(end) or self.capital(end) or is_act)
            if is_second and (end == place + 1 or self.capital(end + 1) or self.gap(end + 1)):
                end += self.plain(end) not in JOINING
        return end, ""

    def shared_name(self, place: int, head: str) -> _Name | None:
        """Read a name whose head stands at the beginning of its list: "Phòng Nội vụ, Tư pháp"."""
        if not self.capital(place) or self.gap(place) not in (",", ";", ":", ""):
            return None
        end, _ = self.fields(place, head, capital=False)
        end = self.tail(end) if end > place else place
        return _Name(place, end, head, shared=True) if end > place and self.is_over(end) else None

    def plural_head(self, place: int) -> _Name | None:
        """Read "Các phòng:", "Giám đốc các sở:" before a list of fields."""
        titled = place + self.at("titles", place)[0]
        start = titled + self.plural_words(titled)
        taken, head = self.at("heads", start)
        end = start + taken
        if start == titled or not taken or self.gap(end) != ":" or not self.shared_name(end, head):
            return None
        return _Name(place, end, head)

    def tail(self, place: int) -> int:
        """Read what follows a name: level and place, "các xã, thị trấn", "có liên quan", "thuộc Ban"."""
        place = self.proper(place)
        while True:
            end = self.belonging(self.located(self.qualified(place)))
            if end == place and not self.gap(place) and self.plural_words(place):
                # "Ban Vì sự tiến bộ của phụ nữ các sở, ban, ngành"
                end = max(place, self.group(place)[0])
            if end == place:
                return place
            place = end

    def qualified(self, place: int) -> int:
        """Read "có liên quan", "Việt Nam", "các cấp"."""
        if self.gap(place):
            return place
        taken, phrase = self.at("qualifiers", place)
        # "Các cơ quan được giao chủ trì" is a group, "Sở Nội vụ được giao chủ trì" a sentence.
        is_many = any(map(self.plural_words, range(max(0, place - _LONGEST_PART), place)))
        if phrase.startswith(("được ", "chịu ")) and not is_many:
            return place
        return self.numbered(self.proper(place + taken)) if phrase == "khu vực" else place + taken

    def located(self, place: int) -> int:
        """Read a level with its place name, or several levels: "huyện Lộc Bình", "các xã, thị trấn"."""
        start = place
        place += self.plain(place) in (_OF, _UNDER, AND)
        many = self.plural_words(place)
        place += many
        counted = self.plain(place).isdigit()
        place += counted
        taken = self.level(place) or (self.at("groups", place)[0] if counted else 0)
        if not taken or self.gap(start) not in ("", ","):
            return start
        end = self.numbered(self.proper(place + taken))
        if end > place + taken or (place > start and self.gap(end) == ":"):
            end = self.places(end, is_plural=many > 0)
        return end

    def places(self, place: int, *, is_plural: bool = False) -> int:
        """Read further places: "các xã Hồng Thái và Tân Văn", "các xã: Hồng Thái, Tân Văn"."""
        end = place
        while self.capital(end) and self.gap(end) in (",", ":") and not (self.opens_name(end) or self.level(end)):
            end = self.proper(end + 1)
        further = end + 1
        is_joined = (end > place or is_plural) and self.plain(end) == AND and self.capital(further)
        if is_joined and not (self.opens_name(further) or self.level(further)):
            end = self.proper(further + 1)
        return end if self.is_over(end) or self.gap(place) != ":" else place

    def numbered(self, place: int) -> int:
        """Read the numbers of numbered wards: "Phường 4", "các phường 2, 7 và 9"."""
        joined = self.plain(place) == AND
        if not self.plain(place + joined).isdigit() or self.gap(place) not in ("", ","):
            return place
        return self.numbered(place + joined + 1)

    def proper(self, place: int) -> int:
        """Read a place name written with capitals."""
        end = place
        while end < min(len(self.words), place + 4) and self.capital(end) and not self.gap(end):
            # "Thành đoàn Hải Phòng": a bare head behind the first syllable of a place is its second.
            is_head = self.at("heads", end)[0] and (end != place + 1 or self.headed(end)[0] > end)
            if (
                is_head
                or (self.is_verb(end) and not self.capital(end + 1))
                or self.at("bodies", end)[0]
                or self.level(end) > 1
            ):
                break
            end += 1
        return end

    def belonging(self, place: int) -> int:
        """Read "thuộc Ban", "thuộc UBND huyện"."""
        if self.gap(place):
            return place
        if self.plain(place) == _BRANCH:
            return self.headed(place)[0]
        if self.plain(place) not in (_OF, _UNDER):
            return self.parent(place)
        taken, _ = self.at("heads", place + 1)
        if named := self.name(place + 1):
            return named.end
        return place + 1 + taken if taken and self.capital(place + 1) else place

    def parent(self, place: int) -> int:
        """Read the body that a name belongs to without a word between: "Văn phòng Sở", "Ban Nữ công Liên đoàn …"."""
        taken, head = self.at("heads", place)
        if self.gap(place) or not self.capital(place):
            end = place + taken
            is_parent = head in self.raw["parents"] and self.is_over(end)
            return end if is_parent and not self.gap(place) else place
        return max(self.single(place)[0], place + taken if head in self.raw["parents"] else place)

    def is_listed(self, place: int) -> bool:
        """Return whether a list goes on at place."""
        return place < len(self.words) and (self.gap(place) in (",", ";", ":") or self.plain(place) == AND)
