"""Every accepted format gives its text; everything else gives one clear reason."""

import struct
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from playwright.sync_api import sync_playwright

from config.texts import load_texts
from knowledge.errors import UnreadableFile
from knowledge.reading import files
from knowledge.reading.files import read_file
from knowledge.reading.formats import decode
from tests.support.requirements import CHROMIUM_FLAGS, need_chromium, need_tesseract

PAGE = """<html><head><title>x</title><style>p {color: red}</style></head><body>
<table><tr><td>ỦY BAN NHÂN DÂN<br>HUYỆN AN SƠN</td><td>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</td></tr>
<tr><td>Số: 12/KH-UBND</td><td>An Sơn, ngày 3 tháng 4 năm 2025</td></tr></table>
<h2>KẾ HOẠCH</h2><p>Triển khai việc <b>bình đẳng</b> giới năm 2025 tại huyện An Sơn.</p>
<ul><li>Việc một</li><li>Việc hai trước ngày 05/6/2025</li></ul><script>alert(1)</script></body></html>"""


RULED = """<table style="border-collapse: collapse"><tr><td>TT</td><td>Việc</td>
<td>Chủ trì</td></tr><tr><td>1</td><td>Mở lớp<br>bơi</td><td rowspan="2">Phòng<br>Lễ tân</td></tr>
<tr><td>2</td><td>Thả cá</td></tr></table>"""


MERGED = """<table><tr><th rowspan=2>TT</th><th rowspan=2>Việc</th><th colspan=2>Ai làm</th><th rowspan=2>Hạn</th></tr>
<tr><th>Chủ trì</th><th>Phối hợp</th></tr><tr><td>1</td><td>Thả cá</td><td rowspan="2">Phòng Lễ tân</td><td>Đội Một</td>
<td rowspan="9">Quý I</td></tr><tr><td>2</td><td>Mở lớp bơi</td><td>Đội Hai</td></tr></table>"""


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_file(path)
    assert load_texts("vi").say(f"fault.{caught.value.code}", **caught.value.fields)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_read_whatever_its_unicode_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Kế hoạch số 5\nPhòng Tư pháp", encoding=encoding)
    assert read_file(file) == "Kế hoạch số 5\nPhòng Tư pháp"


def test_windows_1258_bytes_become_vietnamese() -> None:
    raw = "Phòng Tư pháp tổng hợp báo cáo kết quả".encode("cp1258", errors="ignore")
    assert "Phòng" in decode("Phòng Tư pháp tổ".encode()) and decode(raw).startswith("Ph")


def test_a_web_page_gives_its_blocks_and_neither_scripts_nor_styles(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(PAGE, "utf-8")
    text = read_file(file)
    assert "alert" not in text and "color" not in text
    assert "Triển khai việc bình đẳng giới năm 2025 tại huyện An Sơn." in text.splitlines()
    assert "Số: 12/KH-UBND | An Sơn, ngày 3 tháng 4 năm 2025" in text.splitlines()


def test_a_merged_cell_of_a_web_page_stands_in_each_row_it_covers(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(MERGED, "utf-8")
    assert [line for line in read_file(file).splitlines() if line] == [
        "TT | Việc | Ai làm | | Hạn",
        "TT | Việc | Chủ trì | Phối hợp | Hạn",
        "1 | Thả cá | Phòng Lễ tân | Đội Một | Quý I",
        "2 | Mở lớp bơi | Phòng Lễ tân | Đội Hai | Quý I",
    ]


def test_a_word_file_keeps_automatic_numbers_insertions_and_tables(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Việc một", style="List Number")
    document.add_paragraph("Việc hai", style="List Number")
    document.add_paragraph("Gạch đầu dòng", style="List Bullet")
    paragraph = document.add_paragraph("Giữ ")
    for tag, word, kind in (("ins", "thêm", "t"), ("del", "bỏ", "delText")):
        paragraph._p.append(
            parse_xml(f'<w:{tag} {nsdecls("w")} w:id="1"><w:r><w:{kind}>{word}</w:{kind}></w:r></w:{tag}>')
        )
    table = document.add_table(2, 3)
    for row, cells in enumerate((("TT", "Việc", "Hạn"), ("1", "Nộp báo cáo", "10/6"))):
        for column, words in enumerate(cells):
            table.cell(row, column).text = words
    signed = document.add_table(2, 3)
    for column, words in enumerate(("HỘI A\nCHỦ TỊCH", "SỞ B\nGIÁM ĐỐC", "BAN C\nTRƯỞNG BAN")):
        signed.cell(0, column).text, signed.cell(1, column).text = words, f"Lê {words[-3:].title()}"
    document.save(str(tmp_path / "a.docx"))
    lines = read_file(tmp_path / "a.docx").splitlines()
    assert lines[:4] == ["1. Việc một", "2. Việc hai", "- Gạch đầu dòng", "Giữ thêm"]
    assert "1 | Nộp báo cáo | 10/6" in lines
    assert "\n".join(lines).endswith("GIÁM ĐỐC\nLê Đốc\nBAN C\nTRƯỞNG BAN\nLê Ban")


def test_a_word_file_with_a_doctype_is_refused(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "good.docx"))
    with zipfile.ZipFile(tmp_path / "good.docx") as good, zipfile.ZipFile(tmp_path / "bad.docx", "w") as bad:
        for entry in good.infolist():
            part = good.read(entry)
            if entry.filename == "word/document.xml":
                part = part.replace(b"<w:document", b'<!DOCTYPE x [<!ENTITY a "b">]><w:document', 1)
            bad.writestr(entry, part)
    assert refusal(tmp_path / "bad.docx") == "doctype"


def test_an_archive_that_unpacks_beyond_measure_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("word/document.xml", b"0" * 50_000_000)
    assert refusal(tmp_path / "bomb.docx") == "bomb"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"MZ", "unknown_format"),
        ("a.txt", b"", "empty_file"),
        ("a.txt", b"  \n ", "no_text"),
        ("a.txt", b"\x00\x01\x02" * 50, "broken_file"),
        ("a.pdf", b"%PDF-1.7 nothing", "broken_file"),
        ("a.docx", b"PK\x03\x04 nothing", "broken_file"),
        ("a.html", b"<html></html>", "no_text"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 1), "broken_file"),
    ],
)
def test_a_bad_file_has_one_clear_reason(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    if name == "a.png":
        need_tesseract()
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name) == code


def test_a_missing_and_a_huge_file_are_refused_without_reading(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.txt") == "missing_file"
    with (tmp_path / "big.txt").open("wb") as stream:
        stream.truncate(files.MAX_BYTES + 1)
    assert refusal(tmp_path / "big.txt") == "too_big"


def test_a_file_that_takes_too_long_is_given_up_and_its_process_ended(tmp_path: Path) -> None:
    (tmp_path / "slow.txt").write_text("chậm", "utf-8")
    with pytest.raises(UnreadableFile) as caught:
        read_file(tmp_path / "slow.txt", seconds=0.001)
    assert caught.value.code == "too_slow"


@pytest.mark.browser
@pytest.mark.tesseract
def test_a_pdf_with_text_and_its_scan_both_give_the_deadline_and_ruled_rows_stay_together(tmp_path: Path) -> None:
    need_tesseract()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=need_chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.set_content(PAGE)
        page.pdf(path=str(tmp_path / "a.pdf"))
        page.screenshot(path=str(tmp_path / "scan.png"), scale="css")
        for name, sides in (("ruled", "1px"), ("across", "1px 0")):
            page.set_content(f"<style>td {{border-style: solid; border-width: {sides}}}</style>{RULED}")
            page.pdf(path=str(tmp_path / f"{name}.pdf"))
        browser.close()
    rows = ["TT | Việc | Chủ trì", "1 | Mở lớp bơi | Phòng Lễ tân", "2 | Thả cá | Phòng Lễ tân"]
    for name in ("ruled", "across"):
        assert [line for line in read_file(tmp_path / f"{name}.pdf").splitlines() if line] == rows
    layer, scan = read_file(tmp_path / "a.pdf"), read_file(tmp_path / "scan.png")
    assert "Việc hai trước ngày 05/6/2025" in " ".join(layer.split())
    assert "05/6/2025" in scan and "KẾ HOẠCH" in scan
