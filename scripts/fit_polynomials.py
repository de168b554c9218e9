#!/usr/bin/env python3
"""Fits the polynomials of kernels/math-inl.h.

    fit_polynomials.py                          prints the coefficients and their errors
    fit_polynomials.py --check math-inl.h       also fails when the file holds other coefficients

Each fit is a weighted minimax approximation by the Remez exchange algorithm in 50-digit decimal arithmetic.
Coefficients are rounded to float one by one, the lowest first, and the others are fitted again around what rounding
left.
"""

import argparse
import math
import re
import struct
import sys
from decimal import Decimal, getcontext

getcontext().prec = 50
PI = Decimal("3.14159265358979323846264338327950288419716939937511")


def erf(x):
    term, total, k = x, Decimal(0), 0
    while abs(term) > Decimal("1e-45"):
        total += term / (2 * k + 1)
        k += 1
        term = -term * x * x / k
    return 2 * total / PI.sqrt()


def normal_tail(t):
    """Phi(-t): by erf for small t, else by the continued fraction of erfc."""
    x = t / Decimal(2).sqrt()
    if x < 3:
        return (1 - erf(x)) / 2
    fraction = Decimal(0)
    for k in range(300, 0, -1):
        fraction = Decimal(k) / 2 / (x + fraction)
    return (-x * x).exp() / (PI.sqrt() * (x + fraction)) / 2


def to_float(x):
    return Decimal(struct.unpack("f", struct.pack("f", float(x)))[0])


def power(x, p):
    return x**p if p else Decimal(1)


def solve(matrix, right):
    """Gaussian elimination with partial pivoting."""
    n = len(matrix)
    rows = [row + [value] for row, value in zip(matrix, right)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda j: abs(rows[j][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for j in range(i + 1, n):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i])]
    x = [Decimal(0)] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum(rows[i][k] * x[k] for k in range(i + 1, n))) / rows[i][i]
    return x


def alternating_extrema(error):
    """Indices of the largest error of each run of one sign."""
    extrema = []
    for i, e in enumerate(error):
        if extrema and (error[extrema[-1]] < 0) == (e < 0):
            if abs(e) > abs(error[extrema[-1]]):
                extrema[-1] = i
        else:
            extrema.append(i)
    return extrema


def remez(xs, values, weights, powers):
    """Coefficients c that minimise the largest |weight * (sum of c * x^power - value)| over the grid xs."""
    count = len(powers)
    grid = len(xs)
    chosen = [int((grid - 1) * (1 - math.cos(math.pi * i / count)) / 2) for i in range(count + 1)]
    for _ in range(20):
        matrix = [[power(xs[i], p) for p in powers] + [(-1) ** k / weights[i]] for k, i in enumerate(chosen)]
        *coefficients, level = solve(matrix, [values[i] for i in chosen])
        error = [w * (sum(c * power(x, p) for c, p in zip(coefficients, powers)) - f)
                 for x, f, w in zip(xs, values, weights)]
        extrema = alternating_extrema(error)
        if len(extrema) < count + 1 or max(map(abs, error)) < abs(level) * Decimal("1.001"):
            break
        while len(extrema) > count + 1:
            extrema.pop(0 if abs(error[extrema[0]]) < abs(error[extrema[-1]]) else -1)
        chosen = extrema
    return coefficients


def chebyshev_grid(low, high, count=500):
    return [low + (high - low) * Decimal((1 - math.cos(math.pi * (i + 0.5) / count)) / 2) for i in range(count)]


def fit(name, xs, function, weight, degree):
    values, weights = [function(x) for x in xs], [weight(x) for x in xs]
    powers, rounded = list(range(degree + 1)), []
    while powers:
        coefficient = to_float(remez(xs, values, weights, powers)[0])
        rounded.append(coefficient)
        p = powers.pop(0)
        values = [f - coefficient * power(x, p) for x, f in zip(xs, values)]
    error = max(abs(f * w) for f, w in zip(values, weights))
    text = ", ".join("%.9gf" % c for c in rounded)
    print(f"{name}, largest weighted error {float(error):.3g}:\n  {text}")
    return text


def fit_all():
    half_ln2 = Decimal(2).ln() / 2 * Decimal("1.01")
    tail = {t: normal_tail(t) for t in chebyshev_grid(Decimal(0), Decimal("14.5"))}
    short_tail = {t: normal_tail(t) for t in chebyshev_grid(Decimal(0), Decimal("4.25"), 400)}
    return [
        fit("(e^r - 1 - r) / r^2 for |r| <= log(2) / 2, relative to e^r", chebyshev_grid(-half_ln2, half_ln2),
            lambda r: (r.exp() - 1 - r) / (r * r), lambda r: r * r / r.exp(), 4),
        # In GELU the tail is multiplied by t: beyond t = 1 what counts is the error of the product, relative to its
        # value at 1.
        fit("log(Phi(-t)) for t in [0, 14.5]", list(tail), lambda t: tail[t].ln(),
            lambda t: Decimal(1) if t < 1 else max(t * tail[t] / tail_at_one(), Decimal("1e-8")), 11),
        fit("erf(x) / x - 1 in s = x^2 for x in [0, 1], relative to erf", chebyshev_grid(Decimal(0), Decimal(1)),
            lambda s: erf(s.sqrt()) / s.sqrt() - 1, lambda s: s.sqrt() / erf(s.sqrt()), 6),
        fit("Phi(-t) for t in [0, 4.25], times t", list(short_tail), lambda t: short_tail[t], lambda t: t, 8),
        fit("255 * 2^x for |x| <= 1/2, relative to 2^x", chebyshev_grid(Decimal("-0.5"), Decimal("0.5")),
            lambda x: 255 * Decimal(2)**x, lambda x: 1 / Decimal(2)**x, 3),
    ]


def tail_at_one():
    return Decimal("0.15865525393145705141476745436796207752209")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", metavar="FILE", help="a header that must hold exactly these coefficients")
    check = parser.parse_args().check
    fits = fit_all()
    if check:
        with open(check, encoding="utf-8") as file:
            text = re.sub(r"\s+", " ", file.read())
        missing = [fitted for fitted in fits if fitted not in text]
        for fitted in missing:
            print(f"{check}: no polynomial with the coefficients {fitted}", file=sys.stderr)
        sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
