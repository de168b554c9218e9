#include "cli/report/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "cli/report/html.h"
#include "data/format.h"
#include "metrics/statistics.h"

namespace fbert {
namespace {

// The drawing and the frame in it, in units of the drawing.
constexpr double kWidth = 400;
constexpr double kHeight = 250;
constexpr double kLeft = 58;
constexpr double kRight = 388;
constexpr double kTop = 12;
constexpr double kBottom = 206;
constexpr double kCharacter = 6.6;  // about the width of one
constexpr size_t kColours = 7;
constexpr size_t kMostDots = 30;

struct Range {
  double low = 0;
  double high = 1;
};

// A step of 1, 2 or 5 times a power of ten that divides the range into about `parts`.
double tick_step(const Range& range, int parts) {
  const double rough = (range.high - range.low) / parts;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power * 1.0001) return factor * power;
  }
  return 10 * power;
}

// Short, so that it does not reach the name of the axis.
std::string tick_text(double value) {
  return std::fabs(value) >= 1e4 ? fmt::format("{:g}k", value / 1000) : fmt::format("{:g}", value);
}

class Frame {
 public:
  // `counts`: x takes whole numbers alone, and so do its ticks.
  Frame(const Axes& axes, Range x, Range y, bool counts = false)
      : axes_(axes), x_(widened(x)), y_(widened(y)), counts_(counts) {}

  double x(double value) const { return kLeft + (kRight - kLeft) * (value - x_.low) / (x_.high - x_.low); }
  double y(double value) const { return kBottom - (kBottom - kTop) * (value - y_.low) / (y_.high - y_.low); }

  double y_inside(double value) const { return y(std::clamp(value, y_.low, y_.high)); }

  void add(const std::string& svg) { drawing_ += svg; }

  std::string figure(const std::string& legend, bool x_ticks = true) const {
    return fmt::format(
        "<figure><figcaption>{}</figcaption>{}\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n{}{}</svg>"
        "</figure>\n",
        html_text(axes_.title), legend, kWidth, kHeight, html_text(axes_.title), grid(x_ticks), drawing_);
  }

 private:
  static Range widened(Range range) {
    if (!(range.high > range.low)) range.high = range.low + 1;
    return range;
  }

  std::string grid(bool x_ticks) const {
    std::string out;
    for (const double value : ticks(y_, 5, false)) {
      out += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", kLeft, kRight,
                         y(value), y(value));
      out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 6, y(value) + 4,
                         tick_text(value));
    }
    for (const double value : x_ticks ? ticks(x_, 6, counts_) : std::vector<double>()) {
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x(value), kBottom + 17,
                         tick_text(value));
    }
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (kLeft + kRight) / 2, kHeight - 10,
                       html_text(axes_.x));
    const double middle = (kTop + kBottom) / 2;
    return out +
           fmt::format("<text x=\"12\" y=\"{0}\" text-anchor=\"middle\" transform=\"rotate(-90 12 {0})\">{1}</text>\n",
                       middle, html_text(axes_.y));
  }

  static std::vector<double> ticks(const Range& range, int parts, bool whole) {
    const double step = whole ? std::max(tick_step(range, parts), 1.0) : tick_step(range, parts);
    std::vector<double> values;
    for (double i = std::ceil(range.low / step - 1e-9) + 0.0; i * step <= range.high + step * 1e-9; ++i) {
      values.push_back(i * step);
    }
    return values;
  }

  const Axes& axes_;
  Range x_;
  Range y_;
  bool counts_;
  std::string drawing_;
};

std::string short_number(double value) {
  return fmt::format("{:.{}f}", value, std::fabs(value) < 9.995 ? 2 : std::fabs(value) < 99.95 ? 1 : 0);
}

std::string legend_of(std::span<const Series> series) {
  if (series.size() < 2) return "";
  std::string out = "<div class=\"legend\">";
  for (size_t i = 0; i < series.size(); ++i) {
    out += fmt::format("<span><span class=\"key\" style=\"background: var(--series-{})\"></span><bdi>{}</bdi></span>",
                       i % kColours, html_text(series[i].name));
  }
  return out + "</div>";
}

void draw_band(Frame& frame, const Series& one, size_t colour) {
  if (one.low.size() != one.x.size() || one.x.size() < 2) return;
  std::string points;
  for (size_t i = 0; i < one.x.size(); ++i) {
    if (std::isfinite(one.high[i]))
      points += fmt::format("{:.1f},{:.1f} ", frame.x(one.x[i]), frame.y_inside(one.high[i]));
  }
  for (size_t i = one.x.size(); i-- > 0;) {
    if (std::isfinite(one.low[i]))
      points += fmt::format("{:.1f},{:.1f} ", frame.x(one.x[i]), frame.y_inside(one.low[i]));
  }
  frame.add(fmt::format("<polygon points=\"{}\" fill=\"var(--series-{})\" opacity=\"0.25\"/>\n", points, colour));
}

void draw_line(Frame& frame, const Series& one, size_t colour) {
  std::string points;
  std::string dots;
  for (size_t i = 0; i < one.x.size(); ++i) {
    if (!std::isfinite(one.x[i]) || !std::isfinite(one.y[i])) continue;
    points += fmt::format("{:.1f},{:.1f} ", frame.x(one.x[i]), frame.y(one.y[i]));
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"var(--series-{})\"/>", frame.x(one.x[i]),
                        frame.y(one.y[i]), colour);
  }
  // Every other line is dashed, so that one below it shows through.
  frame.add(fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"var(--series-{})\" stroke-width=\"2\"{}/>\n",
                        points, colour, colour % 2 == 0 ? "" : " stroke-dasharray=\"7 4\""));
  if (one.x.size() <= kMostDots) frame.add(dots + '\n');
}

bool all_whole(std::span<const Series> series) {
  const auto whole = [](double value) { return value == std::floor(value); };
  return std::all_of(series.begin(), series.end(),
                     [&](const Series& one) { return std::all_of(one.x.begin(), one.x.end(), whole); });
}

std::string lines(const Axes& axes, std::span<const Series> series, Range x, Range y) {
  Frame frame(axes, x, y, all_whole(series));
  for (size_t i = 0; i < series.size(); ++i) draw_band(frame, series[i], i % kColours);
  for (size_t i = 0; i < series.size(); ++i) draw_line(frame, series[i], i % kColours);
  return frame.figure(legend_of(series));
}

void cover(Range& range, std::span<const double> values) {
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
}

std::vector<double> finite(std::span<const double> values) {
  std::vector<double> out;
  std::copy_if(values.begin(), values.end(), std::back_inserter(out),
               [](double value) { return std::isfinite(value); });
  return out;
}

}  // namespace

std::string line_plot(const Axes& axes, std::span<const Series> series) {
  Range x{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  Range y{0, 0};
  for (const Series& one : series) {
    cover(x, one.x);
    cover(y, one.y);
    cover(y, one.high);
  }
  if (!std::isfinite(x.low)) x = {0, 1};
  y.high *= 1.05;
  return lines(axes, series, x, y);
}

std::string ecdf_plot(const Axes& axes, std::span<const Series> samples) {
  constexpr int kPoints = 200;
  std::vector<Series> curves;
  Range x{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Series& sample : samples) {
    const std::vector<double> values = finite(sample.y);
    if (values.empty()) continue;
    Series curve{.name = sample.name, .x = {}, .y = {}};
    for (int i = 0; i < kPoints; ++i) {
      const double share = 99.5 * i / (kPoints - 1);
      curve.x.push_back(percentile(values, share));
      curve.y.push_back(share);
    }
    cover(x, curve.x);
    curves.push_back(std::move(curve));
  }
  if (!std::isfinite(x.low)) x = {0, 1};
  return lines(axes, curves, x, {0, 100});
}

std::string histogram(const Axes& axes, std::span<const double> all) {
  constexpr size_t kBins = 30;
  const std::vector<double> values = finite(all);
  const double most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  std::vector<double> counts(kBins);
  for (const double value : values) {
    const double place = most > 0 ? value / most * static_cast<double>(kBins) : 0;
    ++counts[std::min(static_cast<size_t>(std::max(place, 0.0)), kBins - 1)];
  }
  Frame frame(axes, {0, most}, {0, 1.05 * *std::max_element(counts.begin(), counts.end())});
  const double width = (kRight - kLeft) / static_cast<double>(kBins);
  for (size_t i = 0; i < kBins; ++i) {
    if (counts[i] == 0) continue;
    frame.add(fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"var(--series-0)\"/>\n",
        kLeft + width * static_cast<double>(i) + 0.5, frame.y(counts[i]), width - 1, kBottom - frame.y(counts[i])));
  }
  return frame.figure("");
}

std::string bar_plot(const Axes& axes, std::span<const std::string> names, std::span<const double> values) {
  Range y{0, 0};
  cover(y, values);
  y.high *= 1.12;
  Frame frame(axes, {0, 1}, y);
  const double width = (kRight - kLeft) / static_cast<double>(std::max<size_t>(names.size(), 1));
  const size_t every = (names.size() + 9) / 10;  // names that would overlap are left out
  for (size_t i = 0; i < names.size(); ++i) {
    const double middle = kLeft + width * (static_cast<double>(i) + 0.5);
    const bool known = std::isfinite(values[i]);
    const double top = known ? frame.y(values[i]) : kBottom;
    if (known) {
      frame.add(
          fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"var(--series-0)\"/>",
                      middle - 0.38 * width, top, 0.76 * width, kBottom - top));
    }
    if (i % every != 0) continue;
    frame.add(fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", middle, top - 4,
                          known ? short_number(values[i]) : "equal"));
    const auto room = static_cast<size_t>(static_cast<double>(every) * width / kCharacter);
    frame.add(fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}<title>{}</title></text>\n", middle,
                          kBottom + 17, html_text(cut_middle_to_width(names[i], room)), html_text(names[i])));
  }
  return frame.figure("", false);
}

std::string scatter_plot(const Axes& axes, std::span<const double> x, std::span<const double> y) {
  constexpr size_t kMostPairs = 2000;
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  cover(range, x);
  cover(range, y);
  if (!std::isfinite(range.low)) range = {0, 1};
  Frame frame(axes, range, range);
  frame.add(fmt::format("<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                        frame.x(range.low), frame.x(range.high), frame.y(range.low), frame.y(range.high)));
  const size_t step = (x.size() + kMostPairs - 1) / kMostPairs;
  for (size_t i = 0; i < x.size(); i += step) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    frame.add(fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\" fill=\"var(--series-0)\" opacity=\"0.5\"/>\n",
                          frame.x(x[i]), frame.y(y[i])));
  }
  return frame.figure("");
}

std::string plot_row(std::span<const std::string> plots) {
  std::string out = "<div class=\"plots\">\n";
  for (const std::string& plot : plots) out += plot;
  return out + "</div>\n";
}

}  // namespace fbert
