"""Images small enough to be written by hand, and a temporary folder that has to be empty again."""

import struct
import tempfile

import pytest


def write_nrrd(path, values, size, kind="short", spacing=1.0):
    """An NRRD of `size` voxels along x, y, z."""
    form = {"short": "h", "uint8": "B"}[kind]
    directions = " ".join(
        "(" + ",".join(str(spacing if row == column else 0) for column in range(3)) + ")" for row in range(3)
    )
    header = (
        f"NRRD0004\ntype: {kind}\ndimension: 3\nspace: left-posterior-superior\n"
        f"sizes: {size[0]} {size[1]} {size[2]}\nspace directions: {directions}\n"
        "kinds: domain domain domain\nendian: little\nencoding: raw\nspace origin: (0,0,0)\n\n"
    )
    path.write_bytes(header.encode() + struct.pack(f"<{len(values)}{form}", *values))
    return str(path)


SIZE = (12, 10, 8)


def _indices():
    return [(x, y, z) for z in range(SIZE[2]) for y in range(SIZE[1]) for x in range(SIZE[0])]


@pytest.fixture
def image(tmp_path):
    return write_nrrd(tmp_path / "image.nrrd", [7 * x * x + 5 * y * z + z for x, y, z in _indices()], SIZE)


@pytest.fixture
def mask(tmp_path):
    inside = [1 if 2 <= x < 9 and 2 <= y < 8 and 2 <= z < 6 else 0 for x, y, z in _indices()]
    return write_nrrd(tmp_path / "mask.nrrd", inside, SIZE, "uint8")


@pytest.fixture
def other_grid(tmp_path):
    return write_nrrd(tmp_path / "other.nrrd", [1] * 960, SIZE, "uint8", spacing=2.0)


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path_factory, monkeypatch):
    """Whatever a test does, the module leaves no temporary file."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []
