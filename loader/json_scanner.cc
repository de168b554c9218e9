#include "loader/json_scanner.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "loader/utf8.h"

namespace fbert {
namespace {

bool is_white_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Bytes of a string that need no look: printable ASCII but the quote and the backslash.
bool is_plain(char c) { return static_cast<uint8_t>(c) - 0x20u < 0x60u && c != '"' && c != '\\'; }

// Whether the number of this text, which double cannot hold, is too small for it rather than too large.
bool is_below_one(std::string_view token) {
  const size_t exponent_begin = std::min(token.find_first_of("eE"), token.size());
  const std::string_view digits = token.substr(0, exponent_begin);
  const size_t point = std::min(digits.find('.'), digits.size());
  const size_t leading = std::min(digits.find_first_of("123456789"), digits.size());
  // The power of ten of the leading digit, but for the exponent.
  const auto power = static_cast<int64_t>(point) - static_cast<int64_t>(leading) - (leading < point ? 1 : 0);
  std::string_view exponent = token.substr(std::min(exponent_begin + 1, token.size()));
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), value);
  if (error == std::errc::result_out_of_range) return exponent.starts_with('-');
  return value < -power;
}

}  // namespace

JsonError::JsonError(std::string_view source, size_t byte, const std::string& problem)
    : Error(ErrorCode::kData, fmt::format("{}: byte {}: {}", source, byte, problem)), byte_(byte), problem_(problem) {}

JsonScanner::JsonScanner(std::string_view text, std::string prefix, size_t max_string_bytes, JsonRules rules)
    : text_(text), prefix_(std::move(prefix)), max_string_bytes_(max_string_bytes), rules_(rules) {}

void JsonScanner::set_context(std::string_view kind, std::string_view name, std::string_view key) {
  kind_ = kind;
  name_ = name;
  key_ = key;
}

void JsonScanner::clear_context() { set_context({}, {}, {}); }

void JsonScanner::fail_at(size_t position, const std::string& problem) const {
  std::string context;
  if (!kind_.empty()) context += fmt::format("{} {}: ", kind_, escaped(name_));
  if (!key_.empty()) context += fmt::format("{}: ", escaped(key_));
  throw JsonError(prefix_, position, context + problem);
}

void JsonScanner::fail_expected(std::string_view expected) const {
  if (position_ >= text_.size()) fail(fmt::format("expected {}, found the end of the text", expected));
  const size_t length = utf8_at(text_, position_).length;
  fail(fmt::format("expected {}, found {}", expected, escaped(text_.substr(position_, length == 0 ? 1 : length))));
}

void JsonScanner::skip_white_space() {
  while (position_ < text_.size() && is_white_space(text_[position_])) ++position_;
}

char JsonScanner::peek() {
  skip_white_space();
  return position_ < text_.size() ? text_[position_] : '\0';
}

void JsonScanner::end() {
  skip_white_space();
  if (position_ < text_.size()) fail_expected("the end of the text");
}

bool JsonScanner::begin(char open, char close) {
  if (peek() != open) fail_expected(open == '{' ? "an object" : "an array");
  ++position_;
  if (peek() != close) return true;
  ++position_;
  return false;
}

bool JsonScanner::next(char close) {
  const char c = peek();
  if (c != ',' && c != close) fail_expected(close == '}' ? "',' or '}'" : "',' or ']'");
  ++position_;
  return c == ',';
}

std::string_view JsonScanner::key() {
  const std::string_view name = string();
  if (peek() != ':') fail_expected("':'");
  ++position_;
  return name;
}

void JsonScanner::literal(std::string_view word) {
  peek();
  if (text_.substr(position_, word.size()) != word) fail_expected(fmt::format("'{}'", word));
  position_ += word.size();
}

size_t JsonScanner::check_sequence() const {
  const CodePoint c = utf8_at(text_, position_);
  if (c.length > 0) return c.length;
  if (rules_ != JsonRules::kAnyBytes) fail("invalid UTF-8");
  return 1;
}

std::string_view JsonScanner::string() {
  if (peek() != '"') fail_expected("a string");
  const size_t begin = ++position_;
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (is_plain(c)) {
      ++position_;
    } else if (c == '"') {
      const std::string_view content = text_.substr(begin, position_ - begin);
      if (content.size() > max_string_bytes_) fail_at(begin, "string too long");
      ++position_;
      return content;
    } else if (c == '\\') {
      return string_with_escapes(begin);
    } else if (static_cast<uint8_t>(c) < 0x20) {
      fail("control character in a string");
    } else {
      position_ += check_sequence();
    }
  }
  fail_at(begin - 1, "string without an end");
}

std::string_view JsonScanner::string_with_escapes(size_t begin) {
  decoded_.assign(text_, begin, std::min(position_ - begin, max_string_bytes_));
  while (position_ < text_.size()) {
    if (decoded_.size() > max_string_bytes_) fail_at(begin, "string too long");
    const char c = text_[position_];
    if (c == '"') {
      ++position_;
      return decoded_;
    }
    if (c == '\\') {
      append_utf8(decoded_, escape());
    } else if (static_cast<uint8_t>(c) < 0x20) {
      fail("control character in a string");
    } else {
      const size_t length = check_sequence();
      decoded_.append(text_, position_, length);
      position_ += length;
    }
  }
  fail_at(begin - 1, "string without an end");
}

uint32_t JsonScanner::escape() {
  const size_t begin = position_;
  const char c = begin + 1 < text_.size() ? text_[begin + 1] : '\0';
  position_ += 2;
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '/':
      return '/';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'u':
      break;
    default:
      fail_at(begin, "unknown escape in a string");
  }
  const uint32_t high = hex4();
  if (high < 0xD800 || high > 0xDFFF) return high;
  if (high > 0xDBFF || text_.substr(position_, 2) != "\\u") fail_at(begin, "lone surrogate in a string");
  position_ += 2;
  const uint32_t low = hex4();
  if (low < 0xDC00 || low > 0xDFFF) fail_at(begin, "lone surrogate in a string");
  return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

uint32_t JsonScanner::hex4() {
  const std::string_view digits = text_.substr(std::min(position_, text_.size()), 4);
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || digits.size() != 4 || end != digits.data() + 4) {
    fail("expected four hexadecimal digits after \\u");
  }
  position_ += 4;
  return value;
}

std::variant<uint64_t, int64_t, double> JsonScanner::number() {
  const char first = peek();
  const size_t begin = position_;
  const auto at = [&](size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  const auto skip_digits = [&](size_t& i) {
    if (!is_digit(at(i))) {
      position_ = i;
      fail_expected("a digit");
    }
    while (is_digit(at(i))) ++i;
  };

  if (rules_ == JsonRules::kPython) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (take("NaN")) return std::numeric_limits<double>::quiet_NaN();
    if (take("Infinity")) return kInfinity;
    if (take("-Infinity")) return -kInfinity;
  }
  if (first != '-' && !is_digit(first)) fail_expected("a number");
  size_t end = begin + (first == '-' ? 1 : 0);
  if (at(end) == '0' && is_digit(at(end + 1))) fail("number with a leading zero");
  skip_digits(end);
  const size_t integer_end = end;
  if (at(end) == '.') skip_digits(++end);
  if (at(end) == 'e' || at(end) == 'E') {
    ++end;
    if (at(end) == '+' || at(end) == '-') ++end;
    skip_digits(end);
  }
  position_ = end;

  const std::string_view token = text_.substr(begin, end - begin);
  const auto converts = [&](auto& value) {
    return std::from_chars(token.data(), token.data() + token.size(), value).ec == std::errc();
  };
  int64_t negative = 0;
  uint64_t positive = 0;
  double real = 0;
  if (end == integer_end && first == '-' && converts(negative)) return negative;
  if (end == integer_end && first != '-' && converts(positive)) return positive;
  // An integer that needs more than 64 bits is a double: tokenizer_config.json writes 10^30 for "no limit".
  if (converts(real)) return real;
  const double sign = first == '-' ? -1.0 : 1.0;
  if (is_below_one(token)) return sign * 0.0;
  if (rules_ == JsonRules::kPython) return sign * std::numeric_limits<double>::infinity();
  fail_at(begin, fmt::format("number {} is out of range", escaped(token, 40)));
}

bool JsonScanner::take(std::string_view word) {
  if (!text_.substr(position_).starts_with(word)) return false;
  position_ += word.size();
  return true;
}

uint64_t JsonScanner::unsigned_integer() {
  const char first = peek();
  const size_t begin = position_;
  if (first != '-' && !is_digit(first)) fail_expected("an unsigned integer");
  const auto value = number();
  if (const uint64_t* integer = std::get_if<uint64_t>(&value)) return *integer;
  fail_at(begin,
          fmt::format("expected an unsigned integer, found {}", escaped(text_.substr(begin, position_ - begin), 40)));
}

}  // namespace fbert
