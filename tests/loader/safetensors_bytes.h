#pragma once

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fbert/error.h"
#include "loader/safetensors.h"
#include "loader/safetensors_header.h"
#include "tests/support/paths.h"

// Builds safetensors files byte by byte, and says how they are answered.
namespace fbert::testing {

inline std::string file_of(std::string_view header, std::string_view data = {}) {
  return length_field(header.size()) + std::string(header) + std::string(data);
}

// `"name":{...}` with `shape` as its JSON text.
inline std::string entry(std::string_view name, std::string_view dtype, std::string_view shape, uint64_t begin,
                         uint64_t end) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", name, dtype, shape, begin, end);
}

// A whole file with these entries and `data_bytes` bytes of data.
inline std::string file_with(std::initializer_list<std::string> entries, size_t data_bytes) {
  std::string header = "{";
  for (const std::string& text : entries) header += (header.size() > 1 ? "," : "") + text;
  return file_of(header + "}", std::string(data_bytes, '\x01'));
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(out.good()) << path;
}

inline std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// What `call` throws: the message, which is one line, of an Error with this code. "" where it throws nothing.
template <typename Call>
std::string error_of(Call call, ErrorCode code = ErrorCode::kData) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    const std::string message = error.what();
    EXPECT_EQ(message.find_first_of("\n\r\033"), std::string::npos) << "more than one plain line: " << message;
    return message;
  }
  return {};
}

// The message with which a file of these bytes is refused, which names the file; "" where it is accepted.
inline std::string rejection(std::string_view bytes) {
  const std::string message = error_of([&] { SafeTensors::parse(as_bytes(bytes), "test.safetensors"); });
  if (!message.empty()) {
    EXPECT_THAT(message, ::testing::StartsWith("test.safetensors: "));
  }
  return message;
}

inline void expect_rejected(std::string_view bytes, std::initializer_list<std::string_view> parts = {}) {
  const std::string message = rejection(bytes);
  EXPECT_NE(message, "") << "accepted";
  for (const std::string_view part : parts) EXPECT_THAT(message, ::testing::HasSubstr(std::string(part)));
}

inline SafeTensors expect_accepted(std::string_view bytes) {
  EXPECT_EQ(rejection(bytes), "");
  return SafeTensors::parse(as_bytes(bytes), "test.safetensors");
}

}  // namespace fbert::testing
