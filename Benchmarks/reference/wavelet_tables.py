"""Writes the decomposition low-pass filters of PyWavelets as Swift tables, for Sources/Shared/ImageFilters.

Usage: python wavelet_tables.py FOLDER        (needs PyWavelets; the committed tables are from 1.9.0)

Only low-pass taps are stored. The script checks that the high-pass taps follow from them:
  orthogonal    rec_lo[k] = dec_lo[F-1-k]
  all           dec_hi[k] = (-1)^(k+1) rec_lo[k]
  rbio          dec_lo and rec_lo are bior's rec_lo and dec_lo, reversed
"""

import sys

import pywt

BIORTHOGONAL = ["1.1", "1.3", "1.5", "2.2", "2.4", "2.6", "2.8", "3.1", "3.3", "3.5", "3.7", "3.9", "4.4", "5.5", "6.8"]


def check(wavelet):
    length = len(wavelet.dec_lo)
    assert length == len(wavelet.rec_lo) and length % 2 == 0, wavelet.name
    for k in range(length):
        assert wavelet.dec_hi[k] == (-1) ** (k + 1) * wavelet.rec_lo[k], wavelet.name
        if wavelet.orthogonal:
            assert wavelet.rec_lo[k] == wavelet.dec_lo[length - 1 - k], wavelet.name


def taps(values, indent):
    """Four numbers a line, shortest form that reads back to the same double (at most 17 digits)."""
    lines = [", ".join(repr(v) for v in values[i : i + 4]) for i in range(0, len(values), 4)]
    return "[\n" + "".join(f"{indent}  {line},\n" for line in lines) + f"{indent}]"


def table(name, comment, filters):
    body = "".join(f"    {taps(f, '    ')},\n" for f in filters)
    return f"  /// {comment}\n  static let {name}: [[Double]] = [\n{body}  ]\n"


def write(path, tables):
    header = (
        "// Numbers as PyWavelets 1.9.0 has them (MIT licence), written by "
        "Benchmarks/reference/wavelet_tables.py.\n\nextension Wavelet {\n"
    )
    with open(path, "w") as file:
        file.write(header + "\n".join(tables) + "}\n")


def orthogonal(family, orders):
    wavelets = [pywt.Wavelet(f"{family}{n}") for n in orders]
    for wavelet in wavelets:
        assert wavelet.orthogonal
        check(wavelet)
    return [wavelet.dec_lo for wavelet in wavelets]


folder = sys.argv[1]
write(
    f"{folder}/Wavelet+Daubechies.swift",
    [table("daubechiesTaps", "Daubechies' extremal-phase wavelets db1 to db20 (Ten Lectures on Wavelets, 1992, table 6.1).",
           orthogonal("db", range(1, 21)))])
write(
    f"{folder}/Wavelet+Symlets.swift",
    [table("symletTaps", "Daubechies' least asymmetric wavelets sym2 to sym20 (Ten Lectures on Wavelets, table 6.3).",
           orthogonal("sym", range(2, 21)))])
dmey = pywt.Wavelet("dmey")
check(dmey)
write(
    f"{folder}/Wavelet+Coiflets.swift",
    [table("coifletTaps", "Coiflets coif1 to coif5 (Daubechies, Ten Lectures on Wavelets, table 8.1).",
           orthogonal("coif", range(1, 6))),
     table("meyerTaps", "Discrete approximation of Meyer's wavelet, dmey.", [dmey.dec_lo])])
decomposition, reconstruction = [], []
for order in BIORTHOGONAL:
    forward, reverse = pywt.Wavelet("bior" + order), pywt.Wavelet("rbio" + order)
    check(forward)
    check(reverse)
    assert reverse.dec_lo == forward.rec_lo[::-1] and reverse.rec_lo == forward.dec_lo[::-1]
    decomposition.append(forward.dec_lo)
    reconstruction.append(forward.rec_lo)
source = "of the biorthogonal spline wavelets, in the order of `biorthogonalOrders`\n  /// (Cohen, Daubechies, Feauveau, Commun Pure Appl Math 1992)."
write(
    f"{folder}/Wavelet+Biorthogonal.swift",
    ["  /// Orders (reconstruction.decomposition) of the bior and rbio families.\n  static let biorthogonalOrders = [\n    "
     + ", ".join(f'"{o}"' for o in BIORTHOGONAL[:8]) + ",\n    " + ", ".join(f'"{o}"' for o in BIORTHOGONAL[8:]) + ",\n  ]\n",
     table("biorthogonalDecompositionTaps", f"Decomposition low-pass taps {source}", decomposition),
     table("biorthogonalReconstructionTaps", f"Reconstruction low-pass taps {source}", reconstruction)])
