"""Writes pngsuite.csv: what an independent decoder (pypng, pure Python) reads from every file of PngSuite.

    python pngsuite.py FOLDER_OF_PNGS > pngsuite.csv      # pip install pypng

One row a file: name, width, height, bits (8 or 16), CRC-32 of the grey values. Samples are taken as stored, without
gamma, profile or transparency; fewer than 8 grey bits are spread to 0...255, palette entries become RGB, samples are
shifted down to the significant bits that a chunk sBIT names (colours only where it names one number for all), colour
becomes luminance, (19595 R + 38470 G + 7471 B + 32768) >> 16, and alpha is left out. The checksum is over the values
row by row, highest byte first. A file that pypng refuses, or that breaks the standard where pypng does not look
(checksums of all chunks, the end chunk, length of the data), has the word "broken" instead.
"""

import binascii
import csv
import pathlib
import struct
import sys
import zlib

import png


def is_well_formed(data):
    position, names, idat = 8, [], b""
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        name = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        (crc,) = struct.unpack(">I", data[position + 8 + length : position + 12 + length])
        if binascii.crc32(name + body) != crc:
            return False
        names.append(name)
        idat += body if name == b"IDAT" else b""
        position += 12 + length
    zlib.decompress(idat)
    return names[0] == b"IHDR" and names[-1] == b"IEND" and b"IDAT" in names


def shift(data, depth):
    """Bits to shift by, from the chunk sBIT: ISO/IEC 15948, 11.3.3.4."""
    position = 8
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        if data[position + 4 : position + 8] == b"sBIT":
            bits = set(data[position + 8 : position + 8 + length][: 3 if length > 2 else 1])
            return depth - bits.pop() if len(bits) == 1 else 0
        position += 12 + length
    return 0


def grey_values(data):
    reader = png.Reader(bytes=data)
    width, height, rows, info = reader.read()
    palette = info["palette"] if reader.color_type == 3 else None
    bits = info["bitdepth"]
    down = shift(data, 16 if bits == 16 else 8)
    values = []
    for row in rows:
        if palette:
            pixels = [palette[index][:3] for index in row]
        else:
            planes = info["planes"]
            pixels = [tuple(row[i : i + planes]) for i in range(0, len(row), planes)]
        for pixel in pixels:
            if len(pixel) >= 3:
                red, green, blue = (sample >> down for sample in pixel[:3])
                values.append((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16)
            elif bits < 8:
                values.append(pixel[0] * 255 // ((1 << bits) - 1) >> down)
            else:
                values.append(pixel[0] >> down)
    return width, height, 16 if bits == 16 else 8, values


def main(folder):
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["file", "width", "height", "bits", "crc32"])
    for path in sorted(pathlib.Path(folder).glob("*.png")):
        data = path.read_bytes()
        try:
            if not is_well_formed(data):
                raise ValueError("broken chunks")
            width, height, bits, values = grey_values(data)
        except Exception:
            writer.writerow([path.name, "broken", "", "", ""])
            continue
        width_code = ">%d%s" % (len(values), "H" if bits == 16 else "B")
        crc = binascii.crc32(struct.pack(width_code, *values))
        writer.writerow([path.name, width, height, bits, "%08x" % crc])


main(sys.argv[1])
