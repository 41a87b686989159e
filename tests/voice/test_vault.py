"""The vault: what comes out is what went in, or an error; nothing half, nothing in the clear, nothing left of what was forgotten."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voice.errors import SoundSpoilt, SoundUnkept
from voice.vault import CHUNK, HEAD, TAG, Vault

SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 17]
SEALED = CHUNK + TAG


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "sound")


def kept(vault: Vault, content: bytes) -> str:
    with vault.writer() as writer:
        writer.write(content)
        return writer.seal()


def sound(size: int, seed: int = 1) -> bytes:
    return bytes((i * 31 + seed * 7 + (i >> 8)) & 255 for i in range(size))


def pieces(raw: bytes) -> list[bytes]:
    """The head, then each sealed chunk."""
    return [raw[:HEAD], *(raw[at : at + SEALED] for at in range(HEAD, len(raw), SEALED))]


@pytest.mark.parametrize("size", SIZES)
def test_what_comes_out_is_what_went_in(vault: Vault, size: int) -> None:
    content = sound(size)
    name = kept(vault, content)
    assert vault.read(name) == content
    assert vault.ids() == [name]
    assert len((vault.folder / name).read_bytes()) == HEAD + size + TAG * max(1, -(-size // CHUNK))


@given(st.lists(st.binary(max_size=40_000), max_size=8))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_does_not_matter_in_which_pieces_it_came(vault: Vault, given_: list[bytes]) -> None:
    with vault.writer() as writer:
        for piece in given_:
            writer.write(piece)
        name = writer.seal()
    assert vault.read(name) == b"".join(given_)


def test_every_file_is_ours_alone_and_in_no_two_the_same(vault: Vault) -> None:
    content = sound(5000)
    one, other = kept(vault, content), kept(vault, content)
    assert stat.S_IMODE(vault.folder.stat().st_mode) == 0o700
    for file in vault.folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first, second = (vault.folder / one).read_bytes(), (vault.folder / other).read_bytes()
    assert first[HEAD:] != second[HEAD:]
    assert content[:64] not in first


@pytest.mark.parametrize("at", [0, 9, 20, HEAD - 1, HEAD, HEAD + 100, HEAD + SEALED - 1, HEAD + SEALED, -1])
def test_a_single_changed_bit_is_noticed_wherever_it_is(vault: Vault, at: int) -> None:
    name = kept(vault, sound(CHUNK + 500))
    raw = bytearray((vault.folder / name).read_bytes())
    raw[at] ^= 1
    (vault.folder / name).write_bytes(raw)
    with pytest.raises(SoundSpoilt):
        vault.read(name)


@pytest.mark.parametrize(
    "length", [0, HEAD - 1, HEAD, HEAD + 10, HEAD + SEALED - 1, HEAD + SEALED, HEAD + SEALED + 5, HEAD + 2 * SEALED]
)
def test_a_file_cut_short_is_noticed_at_a_chunk_s_border_too(vault: Vault, length: int) -> None:
    name = kept(vault, sound(3 * CHUNK))
    raw = (vault.folder / name).read_bytes()
    (vault.folder / name).write_bytes(raw[:length])
    with pytest.raises(SoundSpoilt):
        vault.read(name)


@pytest.mark.parametrize("order", [(0, 2, 1, 3), (0, 1, 1, 2, 3), (0, 1, 3), (0, 3), (0, 1, 2, 3, 3), (0, 2, 3)])
def test_chunks_in_another_order_or_number_are_noticed(vault: Vault, order: tuple[int, ...]) -> None:
    name = kept(vault, sound(2 * CHUNK + 100))
    parts = pieces((vault.folder / name).read_bytes())
    (vault.folder / name).write_bytes(b"".join(parts[i] for i in order))
    with pytest.raises(SoundSpoilt):
        vault.read(name)


def test_a_chunk_or_a_head_of_another_sound_is_noticed(vault: Vault) -> None:
    one, other = kept(vault, sound(2 * CHUNK, 1)), kept(vault, sound(2 * CHUNK, 2))
    mine, theirs = (pieces((vault.folder / name).read_bytes()) for name in (one, other))
    for spliced in ([mine[0], theirs[1], mine[2]], [theirs[0], *mine[1:]]):
        (vault.folder / one).write_bytes(b"".join(spliced))
        with pytest.raises(SoundSpoilt):
            vault.read(one)
    # A whole file under another's name: whose message it is must not be changed either.
    (vault.folder / one).write_bytes(b"".join(theirs))
    with pytest.raises(SoundSpoilt):
        vault.read(one)
    assert vault.read(other) == sound(2 * CHUNK, 2)


def test_without_the_right_key_there_is_nothing_to_hear(vault: Vault, tmp_path: Path) -> None:
    name = kept(vault, sound(100))
    stranger = Vault(tmp_path / "stranger")
    kept(stranger, b"")
    shutil.copy(vault.folder / name, stranger.folder / name)
    with pytest.raises(SoundSpoilt, match="not in the key file"):
        stranger.read(name)
    (vault.folder / "key").unlink()
    with pytest.raises(SoundSpoilt):
        vault.read(name)
    (vault.folder / "key").write_text("not hex\n")
    with pytest.raises(SoundSpoilt, match="key file"):
        vault.read(name)
    with pytest.raises(SoundUnkept, match="key file"):
        vault.writer()


def test_a_new_key_of_the_house_changes_no_file_and_closes_none(vault: Vault) -> None:
    old = kept(vault, sound(100))
    before = (vault.folder / old).read_bytes()
    vault.renew()
    new = kept(vault, sound(200))
    assert (vault.folder / old).read_bytes() == before
    assert (vault.read(old), vault.read(new)) == (sound(100), sound(200))
    assert stat.S_IMODE((vault.folder / "key").stat().st_mode) == 0o600
    lines = (vault.folder / "key").read_text().split()
    (vault.folder / "key").write_text(lines[0] + "\n")
    assert vault.read(new) == sound(200)
    with pytest.raises(SoundSpoilt):
        vault.read(old)


def test_a_key_is_made_where_nothing_was_kept_yet(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "not" / "yet")
    vault.renew()
    assert len((vault.folder / "key").read_text().split()) == 2
    assert vault.read(kept(vault, sound(100))) == sound(100)


def test_what_breaks_off_leaves_nothing_that_looks_whole(vault: Vault) -> None:
    writer = vault.writer()
    writer.write(sound(3 * CHUNK))
    assert vault.ids() == []
    with pytest.raises(SoundSpoilt):
        vault.read(writer.id)
    # As after a power cut: the part is there, whoever wrote it is not; the sweep takes it with the time.
    part = vault.folder / f"{writer.id}.part"
    assert part.exists()
    whole = kept(vault, b"whole")
    assert vault.forget_before(0) == 0
    assert vault.forget_before(0, 1 << 62) == 1
    assert not part.exists()
    assert vault.ids() == [whole]
    assert vault.forget_before(1 << 62) == 1
    writer.drop()


def test_a_writer_that_is_left_without_a_seal_takes_its_part_along(vault: Vault) -> None:
    with vault.writer() as writer:
        writer.write(b"abc")
    assert [file.name for file in vault.folder.iterdir()] == ["key"]
    with pytest.raises(SoundUnkept):
        writer.write(sound(2 * CHUNK))


def test_a_full_disk_is_told_and_leaves_nothing(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    writer = vault.writer()
    writer.write(b"abc")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SoundUnkept, match="No space left") as raised:
        writer.seal()
    assert raised.value.remedy
    assert [file.name for file in vault.folder.iterdir()] == ["key"]


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "sound").write_text("a file")
    with pytest.raises(SoundUnkept):
        Vault(tmp_path / "sound").writer()
    assert Vault(tmp_path / "sound").ids() == []
    assert Vault(tmp_path / "sound").forget_before(1 << 62) == 0


def test_what_is_forgotten_is_gone_and_its_key_before_it(vault: Vault) -> None:
    one, other = kept(vault, sound(100)), kept(vault, sound(100))
    twin = vault.folder / "twin"
    os.link(vault.folder / one, twin)  # what an undelete would find
    assert vault.forget([one, "0" * 32, "../key"]) == 1
    assert vault.ids() == [other]
    assert not any(twin.read_bytes()[:HEAD])
    with pytest.raises(SoundSpoilt):
        vault.read(one)


@pytest.mark.parametrize("name", ["", "../key", "key", "a" * 31, "A" * 32, "0" * 32 + ".part"])
def test_no_name_leads_out_of_the_folder(vault: Vault, name: str) -> None:
    kept(vault, b"")
    with pytest.raises(SoundSpoilt, match="id of no sound"):
        vault.read(name)
