#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cli/bench/results.h"

// From samples to figures. Samples in a row depend on each other: a slow moment of the machine lasts longer than one
// of them. Intervals and verdicts therefore come from the figures of longer stretches of time.
namespace fbert {

// A machine is slow for moments and for minutes; what variants have in common of it leaves their ratio alone.
inline constexpr size_t kShortStretches = 30;

// The time of one variant by itself has all of it. Of 24 runs in a row on a machine that did nothing else, the
// intervals of a run and the next overlapped 14 times out of 23 from 30 stretches, 18 times from 10, 22 times from 4.
inline constexpr size_t kLongStretches = 4;

// A difference smaller than this is not called one: where the system happens to put the memory of a variant makes as
// much, so that two copies of one model differ by it.
inline constexpr double kLeastDifference = 0.01;

// `block` samples in a row belong to one round.
BenchSummary summarize(std::span<const double> samples, size_t block);

// Samples beyond p75 + 3 (p75 - p25), Tukey's far outliers ("Exploratory Data Analysis", 1977).
size_t count_outliers(std::span<const double> samples);

// Of two variants that were sampled in the same rounds: the geometric mean over rounds of the ratio of their medians,
// with a t interval from the medians of stretches of rounds. Medians, because what a preempted run takes longer says
// nothing about the variant; the summary shows it.
BenchRatio compare_rounds(std::span<const double> samples, std::span<const double> first, size_t block);

// Of measurements that were taken at different times, by Welch's t interval for the difference of logs. It cannot see
// what changed on the machine in between.
BenchRatio compare_runs(std::span<const double> samples, size_t block, std::span<const double> old_samples,
                        size_t old_block);

}  // namespace fbert
