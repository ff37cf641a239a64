"""A store's address: which disks SQLite may use, and how URLs are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.errors import RefusedError
from erc_engine.store import locations
from erc_engine.store.locations import network_filesystem, place

MOUNTS = """\
overlay / overlay rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/ana/local ext4 rw 0 0
//nas/lab /mnt/lab\\040share cifs rw 0 0
ana@host: /mnt/ssh fuse.sshfs rw 0 0
tmpfs /tmp tmpfs rw 0 0
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mounts"
    path.write_text(MOUNTS)
    return path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/bo/erc.db", "nfs4"),
        ("/home/ana/local/notes/erc.db", None),
        ("/mnt/lab share/erc.db", "cifs"),
        ("/mnt/ssh/deep/erc.db", "fuse.sshfs"),
        ("/tmp/erc.db", None),
        ("/homely/erc.db", None),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(mounts: Path, path: str, kind: str | None) -> None:
    assert network_filesystem(Path(path), mounts) == kind


def test_without_a_table_of_mounts_nothing_is_refused(tmp_path: Path) -> None:
    assert network_filesystem(tmp_path, tmp_path / "absent") is None


def test_sqlite_on_a_network_file_system_is_refused_with_advice(
    mounts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts.write_text(f"server:/x {tmp_path} nfs rw 0 0\n")
    monkeypatch.setattr(locations, "MOUNTS", mounts)
    with pytest.raises(RefusedError, match=r"network file system \(nfs\)") as refused:
        place(f"sqlite:///{tmp_path / 'new' / 'erc.db'}")
    assert "PostgreSQL" in refused.value.hint
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_gets_the_one_driver(scheme: str) -> None:
    url = place(f"{scheme}://ana@db.lab:5433/erc?sslmode=require")
    assert url.render_as_string() == "postgresql+psycopg://ana@db.lab:5433/erc?sslmode=require"
