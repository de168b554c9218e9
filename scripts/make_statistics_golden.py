#!/usr/bin/env python3
"""Writes tests/golden/statistics.json: what NumPy, SciPy and scikit-learn make of small samples.

The tests of cli/statistics.h, cli/special_functions.h and cli/metrics.h hold fbert to these values. Each case is a function, its
arguments by name and what it gives. Needs Debian's python3-scipy and python3-sklearn (SciPy 1.10, scikit-learn 1.2).
"""
import argparse
import json
import os
import random

import numpy as np
from scipy import special, stats
from sklearn import metrics

DEFAULT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "golden", "statistics.json")

cases = []


def case(function, expected, **arguments):
    values = [float(value) for value in np.ravel(expected)]
    cases.append({"function": function, "arguments": arguments, "expected": values})


def sample(random_state, n, digits=3, scale=1.0, shift=0.0):
    return [round(random_state.gauss(shift, scale), digits) for _ in range(n)]


def student_t_quantile(p, degrees):
    """SciPy's quantile has errors around 1e-9; a Newton step with its distribution function takes them away."""
    guess = stats.t.ppf(p, degrees)
    return guess - (stats.t.cdf(guess, degrees) - p) / stats.t.pdf(guess, degrees)


def student_t_interval(values, confidence):
    half = student_t_quantile((1 + confidence) / 2, len(values) - 1) * stats.sem(values)
    return np.mean(values) - half, np.mean(values) + half


def special_functions():
    for p in (1e-300, 1e-12, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999):
        case("normal_quantile", stats.norm.ppf(p), p=p)
    for z in (-30.0, -8.0, -1.96, 0.0, 0.3, 2.5):
        case("normal_cdf", stats.norm.cdf(z), z=z)
    for degrees in (1, 2, 3.5, 9, 30, 999, 1e6):
        for p in (1e-6, 0.025, 0.4, 0.975, 0.9995):
            case("student_t_quantile", student_t_quantile(p, degrees), p=p, degrees=degrees)
        case("student_t_cdf", stats.t.cdf(1.3, degrees), t=1.3, degrees=degrees)
    for a, b, x in ((0.5, 0.5, 0.2), (2, 3, 0.9), (150, 0.5, 0.99), (1000, 1200, 0.45), (40, 3, 0.5), (1e5, 1e5, 0.501)):
        case("incomplete_beta", special.betainc(a, b, x), a=a, b=b, x=x)
    for x in (0.0, 0.1, 3.841458820694124, 60.0):
        case("chi_square_tail", stats.chi2.sf(x, 1), x=x)


def one_sample(random_state):
    for values in (sample(random_state, 2), sample(random_state, 11, scale=5, shift=20), sample(random_state, 60, digits=1)):
        case("mean", np.mean(values), values=values)
        case("sample_std", np.std(values, ddof=1), values=values)
        for p in (0, 2.5, 25, 50, 90, 99, 100):
            case("percentile", np.percentile(values, p), values=values, p=p)
        for confidence in (0.9, 0.95):
            case("mean_interval", student_t_interval(values, confidence), values=values, confidence=confidence)


def two_samples(random_state):
    for n, digits in ((12, 3), (40, 1), (25, 0)):
        a = sample(random_state, n, digits, scale=2, shift=10.5)
        b = [round(x + random_state.gauss(0.3, 1), digits) for x in a]
        wilcoxon = stats.wilcoxon(a, b, zero_method="wilcox", correction=False, mode="approx")
        case("wilcoxon_p", wilcoxon.pvalue, a=a, b=b)
        b_longer = b + sample(random_state, 5, digits, scale=2, shift=11)
        mann_whitney = stats.mannwhitneyu(a, b_longer, method="asymptotic")
        case("mann_whitney", [mann_whitney.statistic, mann_whitney.pvalue], a=a, b=b_longer)
        case("pearson", stats.pearsonr(a, b)[0], a=a, b=b)
        case("spearman", stats.spearmanr(a, b)[0], a=a, b=b)
        case("ranks", stats.rankdata(a), values=a)
        case("mse", metrics.mean_squared_error(a, b), a=a, b=b)
        ratios = np.log(np.array(a) / np.array(b))
        case("paired_log_ratio", np.exp([np.mean(ratios), *student_t_interval(ratios, 0.95)]), a=a, b=b)


def mcnemar():
    for first, second in ((0, 1), (3, 9), (7, 7), (2, 22)):
        case("mcnemar", stats.binomtest(first, first + second, 0.5).pvalue, only_first=first, only_second=second)
    for first, second in ((5, 20), (13, 12), (121, 59), (4000, 4300)):
        statistic = max(abs(first - second) - 1, 0) ** 2 / (first + second)
        case("mcnemar", stats.chi2.sf(statistic, 1), only_first=first, only_second=second)


def probabilities(random_state):
    for labels, rows in ((2, 30), (4, 50)):
        logits = np.array([[round(random_state.gauss(0, 3), 2) for _ in range(labels)] for _ in range(rows)])
        gold = [random_state.randrange(labels) for _ in range(rows)]
        softmax = special.softmax(logits, axis=1)
        case("log_loss", metrics.log_loss(gold, softmax, labels=range(labels)),
             probability_of_gold=[float(softmax[i, g]) for i, g in enumerate(gold)])
        # The inputs are float32 in fbert; these logits are not all exact in it, so they are rounded here.
        rounded = logits.astype(np.float32)
        exact = special.log_softmax(rounded.astype(np.float64), axis=1)
        case("cross_entropy", np.mean([-exact[i, g] for i, g in enumerate(gold)]), logits=logits.tolist(), gold=gold)
        if labels == 2:
            single = softmax.astype(np.float32)
            case("brier", np.mean(np.sum((single.astype(np.float64) - np.eye(2)[gold]) ** 2, axis=1)),
                 probabilities=[[float(p) for p in row] for row in single], gold=gold)
            case("brier_of_two", 2 * metrics.brier_score_loss(gold, single[:, 1].astype(np.float64)),
                 probabilities=[[float(1 - p), float(p)] for p in single[:, 1].astype(np.float64)], gold=gold)


def classification(random_state):
    """Counts of gold and predicted labels, some of them never there, with scikit-learn's figures for them."""
    for labels, rows, agree in ((2, 40, 0.7), (2, 9, 1.0), (3, 60, 0.5), (6, 25, 0.2), (5, 30, 0.9)):
        gold = [random_state.randrange(max(labels - 1, 2)) for _ in range(rows)]
        predicted = [g if random_state.random() < agree else random_state.randrange(labels) for g in gold]
        names = range(labels)
        expected = [metrics.accuracy_score(gold, predicted), metrics.matthews_corrcoef(gold, predicted)]
        averages = ["weighted", "macro", "micro"] + (["binary"] if labels == 2 else [])
        for average in averages:
            expected += metrics.precision_recall_fscore_support(gold, predicted, average=average, zero_division=0)[:3]
        case("classification", expected, labels=labels, gold=gold, predicted=predicted)
        case("confusion_matrix", metrics.confusion_matrix(gold, predicted, labels=names),
             labels=labels, gold=gold, predicted=predicted)
        table = metrics.precision_recall_fscore_support(gold, predicted, labels=names, zero_division=0)
        case("per_class", np.array(table).T, labels=labels, gold=gold, predicted=predicted)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", nargs="?", default=DEFAULT)
    args = parser.parse_args()
    random_state = random.Random(7)
    special_functions()
    one_sample(random_state)
    two_samples(random_state)
    mcnemar()
    probabilities(random_state)
    classification(random_state)
    with open(args.output, "w", encoding="utf-8", newline="\n") as file:
        file.write("[\n" + ",\n".join(json.dumps(entry) for entry in cases) + "\n]\n")
    print(f"{len(cases)} cases in {args.output}")


if __name__ == "__main__":
    main()
