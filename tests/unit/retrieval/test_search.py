"""Hybrid search over a living index: filters, changes, a changed or missing model, one owner."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from knowledge.domain import Document, Passage
from retrieval.domain import Filters
from retrieval.embeddings import PassageEmbeddings
from retrieval.search import EVERYTHING, IndexBusy, PassageSearch
from tests.support.chroma_server import chroma_server
from tests.support.passages import make_document, make_passages
from tests.unit.retrieval.test_embeddings import save_prompted_model

Item = tuple[Document, tuple[Passage, ...]]

ITEMS: tuple[Item, ...] = (
    (
        make_document("an", title="Kế hoạch bình đẳng giới", place="huyện An Sơn", year=2023),
        make_passages(
            "an",
            "Công an huyện ngăn chặn mua bán phụ nữ và trẻ em gái.",
            "Trạm y tế chăm sóc sức khỏe sinh sản cho phụ nữ.",
            "Kinh phí lấy từ ngân sách huyện năm 2023.",
        ),
    ),
    (
        make_document("binh", title="Kế hoạch bình đẳng giới", place="thành phố Bình Minh", year=2024),
        make_passages(
            "binh",
            "Kinh phí lấy từ ngân sách thành phố và nguồn xã hội hóa.",
            "Phòng Tư pháp trợ giúp pháp lý cho nạn nhân bạo lực gia đình.",
            "Báo cáo gửi trước ngày 10 tháng 12.",
        ),
    ),
)
ALL_IDS = {passage.id for _, passages in ITEMS for passage in passages}


def fetch(ids: Sequence[str]) -> dict[str, Passage]:
    held = {passage.id: passage for _, passages in ITEMS for passage in passages}
    return {passage_id: held[passage_id] for passage_id in ids if passage_id in held}


@pytest.fixture(scope="module")
def embeddings() -> PassageEmbeddings:
    return PassageEmbeddings()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(params=["in the process", "on a server"])
def search(request: pytest.FixtureRequest, tmp_path: Path, embeddings: PassageEmbeddings) -> Iterator[PassageSearch]:
    url = None if request.param == "in the process" else request.getfixturevalue("server")
    search = PassageSearch(tmp_path, fetch, embeddings=embeddings, chroma_url=url)
    search.rebuild(ITEMS)
    yield search
    search.close()


def first_text(search: PassageSearch, question: str, filters: Filters = EVERYTHING) -> str:
    return search.search(question, filters=filters).hits[0].passage.text


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Công an huyện phải làm gì?", "Công an huyện"),
        ("cong an huyen phai lam gi", "Công an huyện"),
        ("chồng đánh thì nhờ luật sư miễn phí ở đâu", "trợ giúp pháp lý"),
        ("hạn chót nộp là ngày nào", "Báo cáo gửi"),
    ],
)
def test_the_right_passage_comes_first(search: PassageSearch, question: str, words: str) -> None:
    assert words in first_text(search, question)


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(place="An Sơn"), "ngân sách huyện"),
        (Filters(place="Thành phố Bình Minh"), "ngân sách thành phố"),
        (Filters(year=2023), "ngân sách huyện"),
        (Filters(year=2024), "ngân sách thành phố"),
        (Filters(document_ids=frozenset({"an"})), "ngân sách huyện"),
        (Filters(document_ids=frozenset({"binh"}), place="Bình Minh", year=2024), "ngân sách thành phố"),
    ],
)
def test_filters_choose_among_equal_passages(search: PassageSearch, filters: Filters, words: str) -> None:
    result = search.search("kinh phí lấy từ đâu", filters=filters)
    assert words in result.hits[0].passage.text
    assert len({hit.passage.document_id for hit in result.hits}) == 1


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Kinh phí của An Sơn lấy từ ngân sách thành phố nào?", "ngân sách huyện"),
        ("kinh phi cua an son lay tu ngan sach thanh pho nao", "ngân sách huyện"),
        ("Kinh phí của Bình Minh lấy từ ngân sách huyện nào?", "xã hội hóa"),
        ("Kinh phí lấy từ ngân sách thành phố nào?", "xã hội hóa"),
    ],
)
def test_the_place_that_a_question_names_comes_before_another_with_more_of_its_words(
    search: PassageSearch, question: str, words: str
) -> None:
    assert words in first_text(search, question)


def test_a_name_typed_with_other_marks_is_no_place(search: PassageSearch) -> None:
    assert "xã hội hóa" in first_text(search, "Kinh phí ăn sớn lấy từ ngân sách thành phố nào?")


def test_an_agency_filter_keeps_passages_that_name_it(search: PassageSearch) -> None:
    hits = search.search("phụ nữ", filters=Filters(agency="Công an huyện")).hits
    assert ["Công an" in hit.passage.text for hit in hits] == [True]


def test_a_filter_that_nothing_fits_finds_nothing(search: PassageSearch) -> None:
    result = search.search("kinh phí", filters=Filters(year=1999))
    assert result.hits == () and result.confidence == 0.0


def test_removed_and_replaced_passages_are_not_found_any_more(search: PassageSearch) -> None:
    search.remove("binh")
    assert search.passage_ids() == {passage.id for passage in ITEMS[0][1]}
    search.replace(ITEMS[0][0], ITEMS[0][1][:1])
    assert [hit.passage.id for hit in search.search("kinh phí ngân sách").hits] == [ITEMS[0][1][0].id]


def test_scores_and_confidence_are_shares(search: PassageSearch) -> None:
    result = search.search("Phòng Tư pháp trợ giúp pháp lý")
    assert 0 <= result.confidence <= 1
    assert all(0 <= hit.score <= 1 for hit in result.hits)
    assert [hit.score for hit in result.hits] == sorted((hit.score for hit in result.hits), reverse=True)


def test_a_known_matter_is_surer_than_an_unknown_one(search: PassageSearch) -> None:
    known = search.search("Công an huyện ngăn chặn mua bán phụ nữ").confidence
    assert known > search.search("giá vàng hôm nay bao nhiêu một chỉ").confidence


@pytest.mark.parametrize(
    "question", ["", "   ", "?!", "🤖" * 50, "a" * 5000, "'; DROP TABLE passage; --", "\u202eabc\x00"]
)
def test_any_question_gets_a_result(search: PassageSearch, question: str) -> None:
    assert len(search.search(question).hits) <= 10


def test_the_index_is_there_after_reopening(tmp_path: Path, embeddings: PassageEmbeddings) -> None:
    search = PassageSearch(tmp_path, fetch, embeddings=embeddings)
    search.rebuild(ITEMS)
    search.close()
    again = PassageSearch(tmp_path, fetch, embeddings=embeddings)
    assert again.passage_ids() == ALL_IDS
    assert not again.is_of_another_model()
    assert "Công an" in first_text(again, "công an huyện")
    again.close()


def test_vectors_that_chroma_lost_count_as_not_indexed(tmp_path: Path, embeddings: PassageEmbeddings) -> None:
    search = PassageSearch(tmp_path / "index", fetch, embeddings=embeddings)
    search.rebuild(ITEMS)
    search.close()
    copy = shutil.copytree(tmp_path / "index", tmp_path / "copy")
    shutil.rmtree(copy / "chroma")
    broken = PassageSearch(copy, fetch, embeddings=embeddings)
    assert broken.passage_ids() == set()
    broken.replace(*ITEMS[0])
    assert broken.passage_ids() == {passage.id for passage in ITEMS[0][1]}
    broken.close()


def test_a_changed_model_is_noticed_and_its_vectors_are_never_mixed(tmp_path: Path) -> None:
    first = PassageSearch(tmp_path / "index", fetch)
    first.rebuild(ITEMS)
    first.close()
    save_prompted_model(tmp_path / "model")
    second = PassageSearch(tmp_path / "index", fetch, embeddings=PassageEmbeddings(str(tmp_path / "model")))
    assert second.is_of_another_model()
    assert second.passage_ids() == set()
    assert all(hit.dense == 0 for hit in second.search("công an huyện").hits)
    second.replace(*ITEMS[0])
    assert second.passage_ids() == {passage.id for passage in ITEMS[0][1]}
    second.replace(*ITEMS[1])
    assert not second.is_of_another_model()
    second.close()


def test_without_a_working_model_words_alone_are_searched(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "features.txt").write_text("a\nb", "utf-8")
    search = PassageSearch(tmp_path / "index", fetch, embeddings=PassageEmbeddings(str(tmp_path / "model")))
    search.rebuild(ITEMS)
    result = search.search("công an huyện làm gì")
    assert "Công an" in result.hits[0].passage.text and result.hits[0].dense == 0
    search.close()


def test_without_a_chroma_server_words_and_kept_vectors_are_searched(
    tmp_path: Path, embeddings: PassageEmbeddings
) -> None:
    search = PassageSearch(tmp_path, fetch, embeddings=embeddings, chroma_url="http://127.0.0.1:9")
    search.rebuild(ITEMS)
    assert "Công an" in first_text(search, "công an huyện")
    search.close()


def test_a_second_program_reads_the_index_and_may_not_write(tmp_path: Path, embeddings: PassageEmbeddings) -> None:
    owner = PassageSearch(tmp_path, fetch, embeddings=embeddings)
    owner.replace(*ITEMS[0])
    reader = PassageSearch(tmp_path, fetch, embeddings=embeddings)
    assert reader.search("công an huyện").hits[0].dense > 0
    with pytest.raises(IndexBusy):
        reader.replace(*ITEMS[1])
    owner.replace(*ITEMS[1])
    assert "Tư pháp" in first_text(reader, "phòng tư pháp")
    owner.close()


def test_a_reranker_decides_the_order_of_the_best(tmp_path: Path, embeddings: PassageEmbeddings) -> None:
    def shortest_first(_: str, texts: Sequence[str]) -> list[float]:
        return [-len(text) for text in texts]

    search = PassageSearch(tmp_path, fetch, embeddings=embeddings, reranker=shortest_first)
    search.rebuild(ITEMS)
    texts = [hit.passage.text for hit in search.search("kinh phí").hits]
    assert texts == sorted(texts, key=len)
    search.close()


def test_a_bare_heading_stands_behind_what_stands_under_it(tmp_path: Path, embeddings: PassageEmbeddings) -> None:
    heading = ("9. Công an huyện",)
    document = make_document("x")
    passages = make_passages("x", "9. Công an huyện", "Ngăn chặn nạn mua bán người.", heading=heading)
    search = PassageSearch(
        tmp_path, lambda ids: {one.id: one for one in passages if one.id in ids}, embeddings=embeddings
    )
    search.replace(document, passages)
    assert first_text(search, "công an huyện làm gì").startswith("Ngăn chặn")
    search.close()


def test_a_reranker_that_breaks_is_left_out(tmp_path: Path, embeddings: PassageEmbeddings) -> None:
    def broken(query: str, texts: Sequence[str]) -> list[float]:
        raise OSError("no model here")

    search = PassageSearch(tmp_path, fetch, embeddings=embeddings, reranker=broken)
    search.rebuild(ITEMS)
    assert search.search("kinh phí").hits
    search.close()
