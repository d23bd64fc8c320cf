"""Writes the tables of Sources/Shared/ElementaryFunctions for erf, erfc, lgamma and tanh, and the values its tests
compare with.

Usage: python special_functions.py tables FOLDER     (ErrorFunctionTable.swift, SpecialFunctionSeries.swift)
       python special_functions.py values FILE       (Tests/ElementaryFunctionsTests/Fixtures/special-functions.txt)
Needs mpmath (the committed files are from 1.3.0).
"""

import random
import sys

from mpmath import (
    bernoulli, chebyt, cos, erf, erfc, euler, exp, factorial, loggamma, mp, mpf, pi, sqrt, taylor, tanh, zeta)

mp.prec = 500
DEGREE = 11


def hexadecimal(value):
    """A double as Swift writes it, without zeros at the end."""
    if value == 0:
        return "0"
    if abs(value) < 2.0**-1022:
        return None
    digits, exponent = float(value).hex().split("p")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits}p{int(exponent)}"


def pair(value):
    head = float(value)
    return [head, float(value - mpf(head))]


def lines(values, width=104):
    text, line = "", " "
    for value in values:
        item = f" {hexadecimal(value)},"
        if len(line) + len(item) > width:
            text, line = text + line + "\n", " "
        line += item
    return text + line + "\n"


def scaled_complement(x):
    return exp(x * x) * erfc(x)


def interpolant(function, centre, radius):
    """Coefficients in powers of x - centre of the polynomial through DEGREE + 1 Chebyshev nodes."""
    count = DEGREE + 1
    nodes = [cos(pi * (2 * k + 1) / (2 * count)) for k in range(count)]
    samples = [function(centre + radius * node) for node in nodes]
    powers = [mpf(0)] * count
    for n in range(count):
        weight = (1 if n == 0 else 2) * sum(s * chebyt(n, t) for s, t in zip(samples, nodes)) / count
        for k, coefficient in enumerate(taylor(lambda t: chebyt(n, t), 0, n)):
            powers[k] += weight * coefficient / radius**k
    return powers


def error_function_table():
    text = f"""/// Coefficients of `e^(x²) erfc(x)` in powers of `x - c` on the 46 intervals, eight an octave, from 1/2 to 28; `c` is the
/// middle of its interval. A row is the constant as head and tail, then the coefficients of degree 1 to {DEGREE}.
///
/// Interpolation in Chebyshev nodes, computed with 500-bit arithmetic (mpmath) by
/// Benchmarks/reference/special_functions.py; largest relative error of a polynomial 2⁻ERROR.
let errorFunctionTable: InlineArray<{46 * (DEGREE + 2)}, Double> = [
"""
    worst = mpf(0)
    for row in range(46):
        scale = mpf(2) ** (row // 8 - 1)
        centre, radius = scale * (1 + mpf(2 * (row % 8) + 1) / 16), scale / 16
        powers = interpolant(scaled_complement, centre, radius)
        for step in range(-20, 21):
            h = radius * step / 20
            value = sum(c * h**k for k, c in enumerate(powers))
            worst = max(worst, abs(value / scaled_complement(centre + h) - 1))
        text += lines(pair(powers[0]) + [float(c) for c in powers[1:]])
    bits = -int(mp.ceil(mp.log(worst, 2)))
    exponent = "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(d)] for d in str(bits))
    return text.replace("ERROR", exponent) + "]\n"


def series_file():
    error = [2 / sqrt(pi) * (-1) ** n / (factorial(n) * (2 * n + 1)) for n in range(14, 0, -1)]
    gamma = [(-1) ** k * (zeta(k) - 1) / k for k in range(30, 3, -1)]
    tangent = [
        mpf(2) ** (2 * n) * (mpf(2) ** (2 * n) - 1) * bernoulli(2 * n) / factorial(2 * n) for n in range(13, 1, -1)]
    stirling = [bernoulli(2 * n) / (2 * n * (2 * n - 1)) for n in range(9, 0, -1)]
    text = "// Written by Benchmarks/reference/special_functions.py with 500-bit arithmetic (mpmath).\n"
    for name, comment, values in [
        ("errorFunctionSeries", "`2/√π (-1)ⁿ / (n! (2n + 1))` for `n = 14, 13, …, 1` (DLMF 7.6.1).", error),
        ("logGammaSeries", "`(-1)ᵏ (ζ(k) - 1) / k` for `k = 30, 29, …, 4` (DLMF 5.7.3).", gamma),
        ("logGammaLeading", "`1 - γ`, `(ζ(2) - 1)/2` and `-(ζ(3) - 1)/3`, each as head and tail (DLMF 5.7.3).",
         None),
        ("stirlingSeries", "`B₂ₙ / (2n (2n - 1))` for `n = 9, 8, …, 1` (DLMF 5.11.1).", stirling),
        ("hyperbolicTangentSeries", "`2²ⁿ (2²ⁿ - 1) B₂ₙ / (2n)!` for `n = 13, 12, …, 2` (DLMF 4.33.3).", tangent),
    ]:
        if values is None:
            values = pair(1 - euler) + pair((zeta(2) - 1) / 2) + pair(-(zeta(3) - 1) / 3)
        text += f"\n/// {comment}\nlet {name}: InlineArray<{len(values)}, Double> = [\n{lines([float(v) for v in values])}]\n"
    return text


def log_gamma(x):
    return loggamma(x)


def points(generator):
    """Arguments of each function: spread over its range, and crowded where it is hard."""
    uniform = generator.uniform
    sign = lambda: generator.choice([-1, 1])
    tiny = lambda low, high: 2.0 ** uniform(low, high)
    yield "erf", erf, (
        [sign() * tiny(-60, -1) for _ in range(400)] + [uniform(-0.5, 0.5) for _ in range(400)]
        + [sign() * uniform(0.49, 6) for _ in range(500)] + [sign() * tiny(-1000, -60) for _ in range(20)])
    yield "erfc", erfc, (
        [sign() * tiny(-60, -1) for _ in range(200)] + [uniform(-0.6, 0.6) for _ in range(400)]
        + [uniform(-6, 0) for _ in range(200)] + [uniform(0.5, 27.2) for _ in range(700)]
        + [uniform(0.48, 2) for _ in range(300)] + [uniform(26.5, 27.22) for _ in range(200)])
    yield "lgamma", log_gamma, (
        [1 + sign() * tiny(-50, -1) for _ in range(300)] + [2 + sign() * tiny(-50, -1) for _ in range(300)]
        + [1 - 2.0**-53, 1 + 2.0**-52, 2 - 2.0**-52, 2 + 2.0**-51]
        + [uniform(0, 3) for _ in range(500)] + [uniform(2.4, 17) for _ in range(400)] + [n + 0.5 for n in range(40)]
        + [n / 2.0 for n in range(5, 60)] + [tiny(-1020, -1) for _ in range(150)] + [tiny(4, 1013) for _ in range(200)])
    yield "tanh", tanh, (
        [sign() * tiny(-60, 0) for _ in range(500)] + [uniform(-0.5, 0.5) for _ in range(400)]
        + [uniform(-4, 4) for _ in range(400)] + [uniform(-21, 21) for _ in range(200)])


def values():
    text = ("# function x y (f(x) - y)/ulp(y), y a double next to f(x); 500-bit arithmetic (mpmath), written by\n"
            "# Benchmarks/reference/special_functions.py\n")
    for name, function, arguments in points(random.Random(20241121)):
        for x in arguments:
            exact = function(mpf(x))
            nearest = float(exact)
            unit = max(mpf(2) ** (mp.frexp(mpf(nearest))[1] - 53), mpf(2) ** -1074)
            text += f"{name} {x.hex()} {nearest.hex()} {mp.nstr((exact - nearest) / unit, 5)}\n"
    return text


match sys.argv[1]:
    case "tables":
        for file, content in [("ErrorFunctionTable", error_function_table()), ("SpecialFunctionSeries", series_file())]:
            with open(f"{sys.argv[2]}/{file}.swift", "w") as output:
                output.write(content)
    case "values":
        with open(sys.argv[2], "w") as output:
            output.write(values())
