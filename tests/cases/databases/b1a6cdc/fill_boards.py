"""Whiteboards: pictures, elements in several versions, previews, kept versions, one restored, one only staff may draw on."""

import secrets

from firm import Firm, a_picture, patch

from tests.support.boards import a_rectangle, a_stroke


async def fill_boards(firm: Firm) -> None:
    """Two boards in the group's conversation."""
    lukasz = firm["lukasz"]
    path = f"conversations/{firm.ids['group']}/boards"
    board = await lukasz.api.post(path, {"client_id": "tablica", "title": "Szkic hali – Żory 📐"})
    firm.ids["board"], board_path = board["id"], f"boards/{board['id']}"
    picture = f"file{secrets.token_hex(16)}"
    await lukasz.api.send("PUT", f"{board_path}/pictures/{picture}", a_picture("teal"), "image/png")
    image = a_rectangle("obrazek", type="image", fileId=picture, status="saved", scale=[1, 1], crop=None)
    text = a_rectangle(
        "podpis", type="text", text="Łożysko główne → wymienić!", originalText="Łożysko główne → wymienić!",
        fontSize=20, fontFamily=5, textAlign="left", verticalAlign="top", containerId=None, autoResize=True, lineHeight=1.25,
    )  # fmt: skip
    drawn = [a_rectangle("rama") | {"type": "frame", "name": "Hala nr 7 – Ćma"}, text, image, a_stroke("kreska", 40)]
    await _draw(firm, "lukasz", board["id"], 0, *drawn)
    await lukasz.api.send("PUT", f"{board_path}/preview?revision=1", a_picture("white"), "image/png")
    version = await lukasz.api.post(f"{board_path}/versions", {"name": "Przed naprawą 🔧"})
    changed = [a_rectangle("zbedne"), a_stroke("kreska", 12, version=2, nonce=9)]
    await _draw(firm, "ewa", board["id"], 1, *changed)
    gone = a_rectangle("zbedne", version=2) | {"isDeleted": True}
    await _draw(firm, "ewa", board["id"], 2, gone)
    await firm["ewa"].api.post(f"{board_path}/versions", {"name": "Po oględzinach"})
    await lukasz.api.post(f"{board_path}/versions/{version['id']}/restore")
    await patch(lukasz.api, board_path, title="Szkic hali – Żory, poprawiony 📐", drawing="staff")
    own = await firm["celina"].api.post(path, {"client_id": "moja", "title": "Życzenia Celiny"})
    await patch(firm["celina"].api, f"boards/{own['id']}", drawing="author")
    firm.known["board"] = {"id": board["id"], "title": "Szkic hali – Żory, poprawiony 📐"}


async def _draw(firm: Firm, who: str, board_id: str, revision: int, *elements: dict[str, object]) -> None:
    tab = firm[who].tab
    await tab.do("board:open", board_id=board_id)
    ack = await tab.do("board:change", board_id=board_id, revision=revision, elements=list(elements))
    assert not ack["refused"], ack
    await tab.do("board:close", board_id=board_id)
