"""One's own data, preferences and picture (CC-140..144, PBX-015)."""

import io
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from accounts import payloads
from accounts.profile import MAX_AVATAR_BYTES, encode_avatar
from core.errors import Conflict, Invalid, NotFound
from storage.conversations.conversations import remove_member
from tests.support.office import Office, World
from tests.support.rows import a_conversation

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@sqlite_alone
@pytest.mark.feature("CC-140", "CC-144", "PBX-015")
async def test_one_changes_ones_own_names_position_language_zone_and_ring(world: World, office: Office) -> None:
    admin = await world.admin(office)
    before = await world.profile.get(admin)
    assert (before.language, before.time_zone, before.ring, before.position) == ("pl", "Europe/Warsaw", "long", "")
    body = payloads.ProfileBody(
        version=before.version, first_name=" Żaneta ", last_name="Łoś", position="Szefowa", language="en",
        time_zone="America/Argentina/Buenos_Aires", ring="short",
    )  # fmt: skip
    after = await world.profile.change(admin, body)
    assert (after.name, after.position, after.language, after.time_zone, after.ring, after.version) == (
        "Żaneta Łoś", "Szefowa", "en", "America/Argentina/Buenos_Aires", "short", 2,
    )  # fmt: skip
    assert await world.profile.get(admin) == after
    with pytest.raises(Conflict) as refused:
        await world.profile.change(admin, body)
    assert refused.value.code == "core.changed_meanwhile"
    assert [event.kind for event in await world.events()] == ["person:changed"]
    started, _ = await world.start(office.admin_email)
    assert started.person.name == "Żaneta Łoś"


@sqlite_alone
@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "europe/warsaw "])
async def test_a_time_zone_that_does_not_exist_is_refused(world: World, office: Office, zone: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.profile.change(await world.admin(office), payloads.ProfileBody(version=1, time_zone=zone))
    assert refused.value.code == "accounts.unknown_time_zone"


@pytest.mark.parametrize(
    "changes",
    [
        {"first_name": ""}, {"first_name": " "}, {"first_name": "a\x00"}, {"last_name": "x" * 101}, {"position": "a\nb"},
        {"language": "de"}, {"ring": "loud"}, {"email": "x@y.z"}, {"version": 0}, {"version": 1 << 64}, {"version": 1e30},
    ],
)  # fmt: skip
def test_a_profile_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        payloads.ProfileBody.model_validate({"version": 1, **changes})


# ---------------------------------------------------------------- pictures


def _picture(size: tuple[int, int] = (400, 300), form: str = "PNG", mode: str = "RGB", **more: Any) -> bytes:
    target = io.BytesIO()
    picture = Image.new(mode, size)
    if mode in ("RGB", "RGBA"):
        picture.paste((200, 30, 30) if mode == "RGB" else (200, 30, 30, 255), (0, 0, size[0], size[1] // 2))
    picture.save(target, form, **more)
    return target.getvalue()


@pytest.mark.parametrize(
    ("form", "mode"),
    [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "LA"), ("PNG", "I;16"), ("JPEG", "RGB"), ("JPEG", "CMYK"),
     ("JPEG", "L"), ("WEBP", "RGBA"), ("GIF", "P"), ("BMP", "RGB")],
)  # fmt: skip
def test_any_usual_picture_becomes_a_square_webp(form: str, mode: str) -> None:
    with Image.open(io.BytesIO(encode_avatar(_picture(form=form, mode=mode)))) as made:
        assert (made.format, made.size) == ("WEBP", (256, 256))


def test_nothing_of_the_original_file_comes_along() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "SECRET-CAMERA", "SECRET-COMMENT"
    exif.get_ifd(0x8825)[2] = (52.0, 13.0, 5.0)
    more: dict[str, Any] = {
        "exif": exif,
        "icc_profile": b"SECRET-PROFILE" * 10,
        "comment": b"SECRET-TEXT",
        "xmp": b"<x>SECRET-XMP</x>",
    }
    for form in ("JPEG", "WEBP", "PNG"):
        content = _picture(form=form, **more)
        assert b"SECRET" in content
        made = encode_avatar(content + b"SECRET-TAIL <script>alert(1)</script>")
        assert b"SECRET" not in made and b"EXIF" not in made and b"ICCP" not in made and b"XMP" not in made
        with Image.open(io.BytesIO(made)) as picture:
            assert dict(picture.getexif()) == {}


def test_a_picture_taken_on_its_side_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: the red upper half becomes the right one
    with Image.open(io.BytesIO(encode_avatar(_picture((256, 256), "JPEG", exif=exif)))) as made:
        upright = made.convert("RGB")
        left, right = upright.getpixel((20, 128)), upright.getpixel((236, 128))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[0] < 60 < 150 < right[0]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"x" * 1000, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"GIF89a", _picture()[:200],
        _picture(form="JPEG")[:300], b"\x89PNG\r\n\x1a\n" + b"\0" * 100, _picture(form="TIFF"), _picture(form="ICO"),
    ],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        encode_avatar(content)
    assert refused.value.code == "accounts.not_a_picture"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_of_too_many_bytes_or_pixels_is_refused_before_it_is_opened() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    def bomb(width: int, height: int) -> bytes:
        header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
        rows = zlib.compress(b"\0" * 10_000_000, 9)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

    for content in (b"x" * (MAX_AVATAR_BYTES + 1), bomb(10_000, 10_000)):
        with pytest.raises(Invalid) as refused:
            encode_avatar(content)
        assert (refused.value.code, refused.value.arguments) == ("accounts.picture_too_large", {"megabytes": 8})
    with pytest.raises(Invalid):
        encode_avatar(bomb(60_000, 60_000))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]), st.data())
def test_a_damaged_picture_is_a_picture_or_refused_never_a_failure(form: str, data: st.DataObject) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    more: dict[str, Any] = {} if form in ("BMP", "GIF") else {"exif": exif}
    content = bytearray(_picture((40, 30), form, **more))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        encode_avatar(bytes(content[: data.draw(st.integers(1, len(content)))]))
    except Invalid as refused:
        assert refused.code in ("accounts.not_a_picture", "accounts.picture_too_large")


@sqlite_alone
async def test_a_picture_is_seen_by_ones_group_ones_companions_and_administrators(world: World, office: Office) -> None:
    admin = await world.admin(office)
    customers = [
        await world.groups.add(admin, payloads.NewGroupBody(kind="customer", name=name)) for name in ("Jeden", "Drugi")
    ]
    people = {
        name: await world.invite(office, f"{name}@x.test", role=role, group_id=group)
        for name, role, group in (
            ("ewa", "technician", office.group_id), ("jan", "customer", customers[0].id), ("ola", "customer", customers[0].id),
            ("obcy", "customer", customers[1].id),
        )
    }  # fmt: skip
    actors = {name: await world.actor(office.organisation_id, person.id) for name, person in people.items()}
    jan = people["jan"].id
    profile = await world.profile.set_avatar(actors["jan"], _picture())
    assert profile.avatar_url is not None and profile.avatar_url.startswith(f"/api/v1/people/{jan}/avatar?v=")

    async def sees(name: str) -> bool:
        actor = admin if name == "admin" else actors[name]
        try:
            return (await world.profile.avatar(actor, jan))[8:12] == b"WEBP"
        except NotFound as refused:
            assert refused.code == "accounts.no_picture"
            return False

    assert [await sees(name) for name in ("jan", "ola", "admin", "ewa", "obcy")] == [True, True, True, False, False]
    talk = await world.database.write(lambda tx: a_conversation(tx, office.organisation_id, [people["ewa"].id, jan]))
    assert await sees("ewa")
    await world.database.write(lambda tx: remove_member(tx, talk, people["ewa"].id))
    assert not await sees("ewa")
    other = await world.office("Obcy", "szef@obcy.test")
    with pytest.raises(NotFound):
        await world.profile.avatar(await world.admin(other), jan)
    assert (await world.profile.remove_avatar(actors["jan"])).avatar_url is None
    assert not await sees("jan")
    with pytest.raises(NotFound):
        await world.profile.avatar(admin, office.admin_id)
