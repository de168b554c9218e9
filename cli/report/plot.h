#pragma once

#include <span>
#include <string>
#include <vector>

// Plots as SVG in a <figure>, for html_page(). Values that are not finite are left out.
namespace fbert {

struct Axes {
  std::string title;
  std::string x;
  std::string y;
};

struct Series {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;       // as many
  std::vector<double> low{};   // of a band around y; as many, or none
  std::vector<double> high{};  //
};

// Lines with a dot at every point (where there are few) and their bands, from y = 0 on.
std::string line_plot(const Axes& axes, std::span<const Series> series);

// The share of values up to x. Values beyond the 99.5th percentile of all are left outside, for they would squeeze the
// others.
std::string ecdf_plot(const Axes& axes, std::span<const Series> samples);  // their y are the values; x is not read

// How many values fall into each of up to 30 equal intervals from 0 on.
std::string histogram(const Axes& axes, std::span<const double> values);

// A bar with its value for every name; none where the value is not finite, but "equal" in its place.
std::string bar_plot(const Axes& axes, std::span<const std::string> names, std::span<const double> values);

// A dot for every pair, of at most 2,000 spread evenly over them, and the line where y is x.
std::string scatter_plot(const Axes& axes, std::span<const double> x, std::span<const double> y);

// The pairs beside each other where the page is wide.
std::string plot_row(std::span<const std::string> plots);

}  // namespace fbert
