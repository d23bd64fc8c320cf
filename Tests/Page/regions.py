"""Makes a cohort of two sites whose regions are odd in known ways. usage: regions.py FOLDER

Each image is a body of 100 in air of 0, with a region on the right side of about 150; all by a generator of its own, so that every run
makes the same files. Names and paths begin with signs that a spreadsheet would calculate. `odd.csv` says what is odd about which case.
"""
import array
import csv
import os
import random
import struct
import sys

SIZE = (48, 48, 16)
SPACING = (2.0, 2.0, 3.0)


def nifti(path, kind, voxels):
    """A NIfTI file whose axes run to the left, to the back and to the head."""
    code, bits, letter = {"float": (16, 32, "f"), "byte": (2, 8, "B")}[kind]
    header = bytearray(348)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *SIZE, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, code, bits)
    struct.pack_into("<8f", header, 76, 1, *SPACING, 1, 1, 1, 1)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    header[123] = 2
    struct.pack_into("<2h", header, 252, 0, 1)
    struct.pack_into("<12f", header, 280, -SPACING[0], 0, 0, 0, 0, -SPACING[1], 0, 0, 0, 0, SPACING[2], 0)
    header[344:348] = b"n+1\0"
    with open(path, "wb") as file:
        file.write(bytes(header) + b"\0\0\0\0" + array.array(letter, voxels).tobytes())


def ball(centre, radius):
    """Whether a voxel lies in a ball, in millimetres."""
    return lambda *place: sum(((a - b) * s) ** 2 for a, b, s in zip(place, centre, SPACING)) <= radius ** 2


def box(low, high):
    return lambda *place: all(a <= b < c for a, b, c in zip(low, place, high))


def case(folder, site, subject, region, level=150.0, flat=False, seed=0):
    noise = random.Random(seed)
    body = lambda x, y, z: ((x - 23.5) / 20) ** 2 + ((y - 23.5) / 20) ** 2 <= 1
    image, mask = [], []
    for z in range(SIZE[2]):
        for y in range(SIZE[1]):
            for x in range(SIZE[0]):
                inside = region(x, y, z)
                grain = noise.gauss(0, 5)
                in_body = body(x, y, z)
                value = level if inside and flat else level + grain if inside and in_body else 100 + grain if in_body else abs(grain)
                image.append(value)
                mask.append(1 if inside else 0)
    paths = {kind: f"{site}/{kind}-{subject.strip('=+-@')}.nii" for kind in ["image", "mask"]}
    nifti(f"{folder}/{paths['image']}", "float", image)
    nifti(f"{folder}/{paths['mask']}", "byte", mask)
    return paths["image"], paths["mask"]


def main(folder):
    rows, odd = [], []
    right = (14, 24, 7)
    strange = {
        "=N07": (["tiny", "volume-far"], dict(region=box((13, 23, 7), (16, 26, 10)))),
        "N08": (["mirrored"], dict(region=ball((33, 24, 7), 9))),
        "N09": (["constant"], dict(region=ball(right, 9), flat=True)),
        "N10": (["huge", "volume-far"], dict(region=box((8, 10, 1), (40, 38, 15)))),
        "N11": (["at-border"], dict(region=ball((14, 24, 14), 9))),
        "N12": (["outside-body", "intensity-far"], dict(region=ball((5, 5, 7), 9))),
        "+N13": (["intensity-far"], dict(region=ball(right, 9), level=900)),
    }
    for number in range(1, 27):
        site = "North" if number <= 13 else "South"
        subject = f"{site[0]}{number:02}"
        names = {subject: ([], {})}
        for name in strange:
            if name.strip("=+") == subject:
                subject, names = name, {name: strange[name]}
        if number == 16:
            subject = "-S16"
        codes, options = names.get(subject, ([], {}))
        # Regions of one site differ a little.
        options.setdefault("region", ball(right, 9 + number % 5 * 0.4))
        options.setdefault("level", 140 + number * 5 % 7 * 3)
        os.makedirs(f"{folder}/{site}", exist_ok=True)
        image, mask = case(folder, site, subject, seed=number, **options)
        rows.append([subject, site, image, mask, number % 2])
        odd += [[subject, code] for code in codes]
    for name, header, lines in [
        ("manifest.csv", ["ID", "Site", "Image", "Mask", "Outcome"], rows), ("odd.csv", ["ID", "Code"], odd),
    ]:
        with open(f"{folder}/{name}", "w", newline="") as file:
            csv.writer(file).writerows([header] + lines)


main(sys.argv[1])
