#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fbert {

// Token <-> id. Built once, then immutable. The hash runs byte by byte, so that a caller can hash all prefixes of a
// word in one pass and look each of them up.
class Vocabulary {
 public:
  // `source` is the name of the file that messages carry, `bytes` its size. Ids must be below it, or below 65,536
  // in a smaller file and 2,500,000 in a larger one: no file can ask for a table that is large beside it.
  explicit Vocabulary(std::string source = "vocabulary", size_t bytes = 0);

  // Adds a token. A token that is there already moves to the new id, and its old id has no token then. Throws kData
  // when the id has a token already, is negative or too large.
  void add(std::string_view token, int64_t id);

  int32_t find(std::string_view token) const;  // -1 when absent
  // The token `prefix` + `rest`, whose hash the caller has.
  int32_t find(std::string_view prefix, std::string_view rest, uint64_t hash) const;
  std::string_view token(int32_t id) const;  // "" when absent
  bool has(int32_t id) const;

  size_t token_count() const { return count_; }
  int32_t size() const { return static_cast<int32_t>(by_id_.size()); }  // largest id + 1
  size_t longest_token() const { return longest_; }                     // in bytes
  const std::string& source() const { return source_; }

  static constexpr uint64_t kHashSeed = 0xCBF29CE484222325U;
  static uint64_t hash_step(uint64_t hash, char byte) {
    return (hash ^ static_cast<unsigned char>(byte)) * 0x9E3779B97F4A7C15U;
  }
  static uint64_t hash(std::string_view token, uint64_t seed = kHashSeed) {
    for (const char byte : token) seed = hash_step(seed, byte);
    return seed;
  }

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t id = -1;  // -1: free
  };
  struct Text {
    uint32_t begin = 0;
    uint32_t length = 0;
    bool present = false;
  };

  size_t first_slot(uint64_t hash) const { return static_cast<size_t>(hash >> shift_); }
  size_t slot_of(std::string_view token, uint64_t hash) const;  // the token's slot, or the free one for it
  void grow();
  [[noreturn]] void fail(std::string_view token, const std::string& problem) const;

  std::string source_;
  int64_t id_limit_;
  std::string bytes_;        // all tokens, one after another
  std::vector<Text> by_id_;  // where the token of an id lies in bytes_
  std::vector<Slot> slots_;  // open addressing, at most half full
  int shift_ = 64;           // 64 - log2(slots)
  size_t count_ = 0;
  size_t longest_ = 0;
};

}  // namespace fbert
