"""Invented plans of places that no real plan here comes from, written as such papers are written."""

# ruff: noqa: E501  # paragraphs of documents stand on one line

from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from knowledge.database import metadata
from knowledge.parsing import parse_document
from knowledge.store import DocumentStore

VAN_HO = """ỦY BAN NHÂN DÂN
HUYỆN VÂN HỒ

Số: 37/KH-UBND

Vân Hồ, ngày 11 tháng 3 năm 2025

KẾ HOẠCH

Nâng cao quyền năng của phụ nữ huyện Vân Hồ năm 2025

Căn cứ Kế hoạch số 18/KH-UBND ngày 20/01/2025 của UBND tỉnh Sơn La về công tác phụ nữ năm 2025; Nghị quyết số 07/NQ-HĐND ngày 05/12/2024 của HĐND huyện về dự toán năm 2025.

I. MỤC TIÊU

- Mỗi xã có ít nhất một tổ tiết kiệm do phụ nữ điều hành.

- Mở hai điểm giữ trẻ theo mùa vụ tại bản xa trung tâm.

II. KINH PHÍ

Dùng ngân sách huyện giao theo Nghị quyết số 07/NQ-HĐND và nguồn tài trợ của Hội Chữ thập đỏ tỉnh.

III. PHÂN CÔNG

1. Phòng Nông nghiệp và Môi trường

- Chủ trì dạy nghề trồng nấm cho chị em bản Co Lóng.

- Hướng dẫn các xã ghi sổ thu chi của tổ tiết kiệm.

2. Phòng Tư pháp

Tham mưu UBND huyện quy chế tiếp nhận đơn của phụ nữ bị ép buộc; phối hợp với Công an huyện lập sổ theo dõi vụ việc.

3. Các đơn vị: Công an huyện, Trung tâm Y tế huyện

Phối hợp trực điện thoại ban đêm, đưa người bị thương tới nơi chữa trị.

4. Đề nghị Hội Liên hiệp Phụ nữ huyện

Vận động hội viên góp vốn, cử người dự lớp quản lý tổ tiết kiệm.

5. Ủy ban nhân dân các xã

Bố trí nhà cho điểm giữ trẻ, lập danh sách hộ cần giúp.

IV. BÁO CÁO

Các phòng, ban huyện và Ủy ban nhân dân các xã gửi báo cáo 6 tháng trước ngày 10/6/2025, báo cáo năm chậm nhất ngày 25/11/2025 về Phòng Nội vụ để tổng hợp.

Nơi nhận:
- UBND tỉnh Sơn La;
- Các phòng, ban huyện;
- UBND các xã;
- Lưu: VT.

KT. CHỦ TỊCH
PHÓ CHỦ TỊCH

Lò Thị Mẩy
"""

CAM_LO = """UBND HUYỆN CAM LỘ

Số:     /KH-UBND

Cam Lộ, ngày     tháng 4 năm 2025

KẾ HOẠCH

Tổ chức các hoạt động vì trẻ em gái huyện Cam Lộ năm 2025

Thực hiện Kế hoạch số 61/KH-UBND ngày 14/02/2025 của UBND tỉnh Quảng Trị về chăm lo trẻ em gái.

I. NỘI DUNG

1. Mở lớp bơi miễn phí cho trẻ em gái từ ngày 01/6/2025 đến ngày 31/7/2025 tại nhà thi đấu.

2. Tặng xe đạp cho học sinh nữ ở xa trường.

II. TỔ CHỨC THỰC HIỆN

1. Phòng Tư pháp

Chủ trì nói chuyện về tuổi kết hôn tại các trường trung học.

2. Phòng Giáo dục và Đào tạo

Chủ trì chọn học sinh nhận xe đạp; tổng hợp kết quả, báo cáo UBND huyện trước ngày 20/8/2025.

3. Trung tâm Y tế huyện

Khám sức khỏe cho học viên lớp bơi.

Nơi nhận:
- Phòng Tư pháp;
- Lưu: VT.

CHỦ TỊCH

Trần Hải Đăng
"""


def open_store_with(*texts: tuple[str, str]) -> DocumentStore:
    """Return a store in memory that holds the texts, given as (source, text)."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    metadata.create_all(engine)
    store = DocumentStore(engine)
    for source, text in texts:
        store.save(parse_document(text, source))
    return store


def sample_store() -> DocumentStore:
    """Return a store that holds both invented plans."""
    return open_store_with(("van-ho-2025.txt", VAN_HO), ("cam-lo-2025.txt", CAM_LO))


def real_plans() -> Path | None:
    """Return the folder of the real plans beside the repository, None where it is missing."""
    folder = Path(__file__).parents[4] / "shared" / "plans"
    return folder if folder.is_dir() else None
