"""Names of public bodies: found whole, told apart, recognised however they are written."""

from datetime import date

import pytest

from knowledge.agencies import canonical, concerns, find_agencies, group_contains, matches, resolve, successors

REGISTER = (
    "Phòng Lao động, Thương binh, Xã hội - Dân tộc",
    "Phòng Tư pháp",
    "Phòng Nội vụ",
    "Phòng Tài chính - Kế hoạch",
    "Phòng Văn hóa và Thông tin",
    "Phòng Giáo dục và Đào tạo",
    "Trung tâm Văn hóa, Thể thao và Truyền thông",
    "Trung tâm Y tế huyện",
    "Văn phòng HĐND và UBND huyện",
    "Công an huyện",
    "Ủy ban MTTQ Việt Nam và các đoàn thể huyện",
    "Hội Liên hiệp Phụ nữ huyện",
    "Đoàn TNCS Hồ Chí Minh huyện",
    "Các phòng, ban, ngành, đoàn thể huyện",
    "UBND các xã, thị trấn",
    "Ban Dân tộc",
    "phòng Nghiệp vụ",
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Sở Nội vụ được giao chủ trì công việc", ["Sở Nội vụ"]),
        ("Các bộ phận xác định rõ việc của mình", ["Các bộ phận"]),
        ("1. Phòng Lao động, Thương binh, Xã hội - Dân tộc", ["Phòng Lao động, Thương binh, Xã hội - Dân tộc"]),
        ("Trung tâm Văn hóa, Thể thao và Truyền thông tổ chức", ["Trung tâm Văn hóa, Thể thao và Truyền thông"]),
        ("Phòng Nội vụ, Phòng Tư pháp và Công an huyện", ["Phòng Nội vụ", "Phòng Tư pháp", "Công an huyện"]),
        ("Các phòng: Tư pháp, Nội vụ, Y tế", ["Phòng Tư pháp", "Phòng Nội vụ", "Phòng Y tế"]),
        (
            "Giám đốc các Sở: Tài chính, Văn hóa, Thể thao và Du lịch; Thông tin và Truyền thông",
            ["Sở Tài chính", "Sở Văn hóa, Thể thao và Du lịch", "Sở Thông tin và Truyền thông"],
        ),
        ("Hội Phụ nữ, Nông dân xã", ["Hội Phụ nữ", "Hội Nông dân xã"]),
        ("Văn phòng HĐND và UBND huyện, Trạm Y tế", ["Văn phòng HĐND và UBND huyện", "Trạm Y tế"]),
        (
            "Ủy ban Mặt trận Tổ quốc Việt Nam huyện và các tổ chức đoàn thể",
            ["Ủy ban Mặt trận Tổ quốc Việt Nam huyện và các tổ chức đoàn thể"],
        ),
        (
            "các phòng, ban, ngành, đoàn thể huyện và Uỷ ban nhân dân các xã, thị trấn",
            ["các phòng, ban, ngành, đoàn thể huyện", "Uỷ ban nhân dân các xã, thị trấn"],
        ),
        ("Thủ trưởng các cơ quan, đơn vị trực thuộc", ["Thủ trưởng các cơ quan, đơn vị trực thuộc"]),
        ("qua SLĐTBXH, PGD&ĐT và Phòng TC-KH", ["SLĐTBXH", "PGD&ĐT", "Phòng TC-KH"]),
        ("Sở Lao động - TB&XH tỉnh Bình Lâm giao", ["Sở Lao động - TB&XH tỉnh Bình Lâm"]),
        ("BHXH huyện, Ban CHQS huyện, LĐLĐ huyện, KBNN", ["BHXH huyện", "Ban CHQS huyện", "LĐLĐ huyện", "KBNN"]),
        ("Chi cục Thống kê khu vực, Tòa án nhân dân", ["Chi cục Thống kê khu vực", "Tòa án nhân dân"]),
        ("Trường THCS Bản Ngà và Báo Bình Lâm", ["Trường THCS Bản Ngà", "Báo Bình Lâm"]),
        ("PHÒNG TƯ PHÁP", ["PHÒNG TƯ PHÁP"]),
        ("Phong Lao dong - Thuong binh va Xa hoi; PGD&DT", ["Phong Lao dong - Thuong binh va Xa hoi", "PGD&DT"]),
        ("các trường mầm non, tiểu học, THCS", ["các trường mầm non, tiểu học, THCS"]),
        ("đề nghị Ban Vì sự tiến bộ của phụ nữ các sở, ngành", ["Ban Vì sự tiến bộ của phụ nữ các sở, ngành"]),
        ("UBND tỉnh Thanh Hóa, Sở Y tế Cần Thơ chủ trì", ["UBND tỉnh Thanh Hóa", "Sở Y tế Cần Thơ"]),
        ("Các huyện ủy, thành ủy, đảng ủy trực thuộc Tỉnh ủy", ["Các huyện ủy, thành ủy, đảng ủy trực thuộc Tỉnh ủy"]),
        ("Ban Dân vận các huyện ủy, thành ủy tham mưu", ["Ban Dân vận các huyện ủy, thành ủy"]),
        ("Phòng Y tế Công ty, Đoàn Thanh niên bệnh viện phối hợp", ["Phòng Y tế Công ty", "Đoàn Thanh niên bệnh viện"]),
        ("Tổ Công tác xã hội, UBND các phường 2, 7 và 9", ["Tổ Công tác xã hội", "UBND các phường 2, 7 và 9"]),
        ("Riêng các xã Bản Ngà, Tà Lâm và Nà Sơn gửi thêm", ["các xã Bản Ngà, Tà Lâm và Nà Sơn"]),
        ("UBND các xã Bản Ngà và Tà Lâm rà soát", ["UBND các xã Bản Ngà và Tà Lâm"]),
        (
            "Các phường Nà Sơn và Tà Lâm, các xã và Công an huyện",
            ["Các phường Nà Sơn và Tà Lâm", "các xã", "Công an huyện"],
        ),
        ("UBND xã Bản Ngà và Trạm Y tế xã", ["UBND xã Bản Ngà", "Trạm Y tế xã"]),
        ("Các xã Bản Ngà, Tà Lâm, Công an huyện phối hợp", ["Các xã Bản Ngà, Tà Lâm", "Công an huyện"]),
        ("Phòng Công tác chính trị và Học sinh sinh viên", ["Phòng Công tác chính trị và Học sinh sinh viên"]),
        ("Văn phòng Sở, các phòng chuyên môn thuộc Sở", ["Văn phòng Sở", "các phòng chuyên môn thuộc Sở"]),
        ("Phòng Phòng, chống tệ nạn xã hội chủ trì", ["Phòng Phòng, chống tệ nạn xã hội"]),
        ("Phòng Quản lý nếp sống và gia đình lập sổ, Sở Y tế", ["Phòng Quản lý nếp sống và gia đình", "Sở Y tế"]),
        ("gửi về Văn phòng Sở chậm nhất ngày 05/12", ["Văn phòng Sở"]),
        ("Giao Ban Xã hội, Dân số Hội Nông dân tỉnh theo dõi", ["Ban Xã hội, Dân số Hội Nông dân tỉnh"]),
        ("Trung tâm Tư vấn hôn nhân mở lớp", ["Trung tâm Tư vấn hôn nhân"]),
        ("Đảng đoàn Hội LHPN huyện lãnh đạo Hội LHPN xã", ["Đảng đoàn Hội LHPN huyện", "Hội LHPN xã"]),
    ],
)
def test_names_are_found_whole_and_lists_taken_apart(text: str, names: list[str]) -> None:
    assert [mention.name for mention in find_agencies(text)] == names


@pytest.mark.parametrize(
    "text",
    [
        "Luật Bình đẳng giới và Bộ luật Hình sự năm 2015",
        "Bộ tiêu chí, bộ chỉ số và sở thích của người dân",
        "Hội nghị, hội thảo, hội thi; đoàn viên, đoàn kiểm tra",
        "Thanh tra, kiểm tra, báo cáo, tổ chức thực hiện",
        "phòng, chống bạo lực gia đình; phòng ngừa xâm hại",
        "Ban hành chính sách mới; bàn bạc, bạn đọc",
        "Bà Lò Thị Mai, Chương trình mục tiêu quốc gia giảm nghèo bền vững",
        "Chiến lược quốc gia về bình đẳng giới giai đoạn 2021-2030",
    ],
)
def test_laws_persons_programmes_and_common_words_are_no_bodies(text: str) -> None:
    assert find_agencies(text) == []


def test_a_mention_stands_where_it_is_printed() -> None:
    text = "Giao Phòng Tư pháp chủ trì, phối hợp với Công an huyện."

    assert [text[found.start : found.end] for found in find_agencies(text)] == ["Phòng Tư pháp", "Công an huyện"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Phòng LĐTBXH", "Phòng Lao động - Thương binh và Xã hội"),
        ("phong lao dong thuong binh xa hoi", "Phòng LĐ-TB&XH huyện"),
        ("UBMTTQ VN huyện", "Ủy ban Mặt trận Tổ quốc Việt Nam huyện"),
        ("Phòng Tư pháp huyện Mai Lĩnh", "phong tu phap"),
        ("UBND các xã, thị trấn", "Uỷ ban nhân dân các phường, xã"),
        ("PGD&ĐT", "Phòng Giáo dục và Đào tạo"),
        ("Hội LHPN huyện", "Hội Phụ nữ huyện"),
        ("Huyện đoàn", "Đoàn TNCS HCM huyện"),
        ("SLĐTBXH", "Sở Lao động - TB&XH tỉnh"),
        ("Phòng Văn hoá và Thông tin", "phòng VHTT"),
        ("Giám đốc Sở Y tế", "Sở Y tế"),
    ],
)
def test_spellings_of_one_body_have_one_key(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Phòng Tư pháp", "Sở Tư pháp"),
        ("Công an huyện", "Công an xã"),
        ("Phòng Nội vụ", "Phòng Y tế"),
        ("UBND huyện", "UBND các xã"),
        ("Trung tâm Y tế", "Phòng Y tế"),
    ],
)
def test_different_bodies_do_not_match(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)
    assert matches(one, other) < 0.5


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("phong tu phap phai lam gi", "Phòng Tư pháp"),
        ("Phòng VHTT được giao gì?", "Phòng Văn hóa và Thông tin"),
        ("PGD&ĐT có việc gì", "Phòng Giáo dục và Đào tạo"),
        ("gd&đt", "Phòng Giáo dục và Đào tạo"),
        ("nhiem vu cua cong an huyen mai linh", "Công an huyện"),
        ("hội phụ nữ làm gì", "Hội Liên hiệp Phụ nữ huyện"),
        ("mặt trận phối hợp việc gì", "Ủy ban MTTQ Việt Nam và các đoàn thể huyện"),
        ("phòng lao động", "Phòng Lao động, Thương binh, Xã hội - Dân tộc"),
        ("phong ldtbxh", "Phòng Lao động, Thương binh, Xã hội - Dân tộc"),
        ("xã phải làm gì trong năm nay", "UBND các xã, thị trấn"),
        ("UBND xã Bản Ngà có trách nhiệm gì", "UBND các xã, thị trấn"),
        ("phog tu phap", "Phòng Tư pháp"),
        ("phòng tài chíh", "Phòng Tài chính - Kế hoạch"),
        ("trung tam van hoa", "Trung tâm Văn hóa, Thể thao và Truyền thông"),
        ("What must the Justice Division do?", "Phòng Tư pháp"),
        ("duties of the police", "Công an huyện"),
        ("the Women's Union", "Hội Liên hiệp Phụ nữ huyện"),
        ("the Youth Union", "Đoàn TNCS Hồ Chí Minh huyện"),
        ("what do the communes have to do", "UBND các xã, thị trấn"),
        ("Department of Labour, Invalids and Social Affairs", "Phòng Lao động, Thương binh, Xã hội - Dân tộc"),
    ],
)
def test_a_question_finds_the_body_it_means(question: str, best: str) -> None:
    ranked = resolve(question, REGISTER)

    assert ranked and ranked[0][0] == best


@pytest.mark.parametrize(
    "question",
    [
        "lịch nghỉ tết 2024",
        "Ai duy trì mô hình phòng chống bạo lực gia đình?",
        "bạn có khỏe không, hôm nay trời đẹp",
        "vùng đồng bào dân tộc thiểu số được hỗ trợ gì",
        "tuyên truyền giáo dục cho phụ nữ và trẻ em",
        "When is the annual report due?",
    ],
)
def test_a_question_about_no_body_finds_none(question: str) -> None:
    assert resolve(question, REGISTER) == []


def test_a_question_about_two_bodies_finds_both() -> None:
    names = [name for name, _ in resolve("so sánh phòng nội vụ với phòng tư pháp", REGISTER)]

    assert set(names[:2]) == {"Phòng Nội vụ", "Phòng Tư pháp"}


@pytest.mark.parametrize(
    ("group", "member", "expected"),
    [
        ("Các phòng, ban, ngành, đoàn thể huyện", "Phòng Tư pháp", True),
        ("Các phòng, ban, ngành, đoàn thể huyện", "Hội LHPN huyện", True),
        ("Các phòng, ban, ngành, đoàn thể huyện", "Công an huyện", True),
        ("Các phòng, ban, ngành, đoàn thể huyện", "UBND xã Bản Ngà", False),
        ("Các phòng, ban, ngành, đoàn thể huyện", "Sở Tư pháp", False),
        ("các cơ quan, ban, ngành huyện có liên quan", "Phòng Tư pháp", True),
        ("Các cơ quan, đơn vị", "Phòng Tư pháp", True),
        ("Thủ trưởng các cơ quan, đơn vị", "Phòng Nội vụ", True),
        ("UBND các xã, thị trấn", "UBND xã Bản Ngà", True),
        ("UBND các xã, thị trấn", "Phòng Tư pháp", False),
        ("các xã, phường", "UBND phường Sông Trắng", True),
        ("Các sở, ban, ngành tỉnh", "Sở Nội vụ", True),
        ("Các sở, ban, ngành", "Phòng Tư pháp", False),
        ("Ủy ban MTTQ Việt Nam và các đoàn thể huyện", "Hội Liên hiệp Phụ nữ", True),
        ("Phòng Tư pháp", "Phòng Nội vụ", False),
    ],
)
def test_a_group_takes_in_its_members_alone(group: str, member: str, expected: bool) -> None:
    assert group_contains(group, member) is expected


def test_a_deadline_concerns_an_office_under_its_longer_name() -> None:
    assert concerns("Phòng Lao động, Thương binh, Xã hội - Dân tộc", "Phòng LĐTBXH")
    assert concerns("Các cơ quan, ban, ngành, đoàn thể huyện", "Phòng LĐTBXH")
    assert not concerns("Phòng Tư pháp", "Phòng LĐTBXH")


def test_successors_of_2025_are_known() -> None:
    found = successors("Phòng LĐTBXH")

    assert ("Phòng Nội vụ", "gender_equality", date(2025, 3, 1)) in [(s.agency, s.topic, s.since) for s in found]
    assert [s.topic for s in successors("Phòng Tư pháp")] == ["district_ended"]
    assert successors("Sở Y tế") == ()
