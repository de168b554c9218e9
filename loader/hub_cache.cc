#include "loader/hub_cache.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/atomic_file.h"
#include "loader/input_file.h"

namespace fbert {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultRevision = "main";

[[noreturn]] void fail_lookup(const std::string& model, const std::string& problem, ErrorCode code = ErrorCode::kData) {
  throw Error(code, fmt::format("model {}: {}", escaped(model), problem));
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// The rules of huggingface_hub for each half of an id. They leave no way to name anything outside the cache.
bool is_id_part(const std::string& part) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  const auto is_edge = [](char c) { return c == '-' || c == '.'; };
  return !part.empty() && std::all_of(part.begin(), part.end(), is_allowed) && !is_edge(part.front()) &&
         !is_edge(part.back()) && part.find("--") == std::string::npos && part.find("..") == std::string::npos;
}

bool is_model_id(const std::vector<std::string>& parts, size_t length) {
  return length <= 96 && parts.size() <= 2 && std::all_of(parts.begin(), parts.end(), is_id_part);
}

// Branches and tags may hold slashes ("refs/pr/1"), none may step out of its folder.
bool is_revision(const std::string& revision) {
  const auto is_safe = [](const std::string& part) { return !part.empty() && part != "." && part != ".."; };
  const auto parts = split(revision);
  return revision.find('\0') == std::string::npos && std::all_of(parts.begin(), parts.end(), is_safe);
}

std::optional<fs::path> environment_path(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  const std::string text = value;
  const char* home = std::getenv("HOME");
  const bool in_home = text == "~" || text.starts_with("~/");
  return in_home && home != nullptr ? fs::path(home + text.substr(1)) : fs::path(text);
}

fs::path hub_cache() {
  if (const auto cache = environment_path("HF_HUB_CACHE")) return *cache;
  if (const auto cache = environment_path("HUGGINGFACE_HUB_CACHE")) return *cache;
  if (const auto home = environment_path("HF_HOME")) return *home / "hub";
  if (const auto caches = environment_path("XDG_CACHE_HOME")) return *caches / "huggingface" / "hub";
  return environment_path("HOME").value_or(".") / ".cache" / "huggingface" / "hub";
}

// The commit that refs/<revision> names; nothing without such a file.
std::optional<std::string> commit_of(const fs::path& reference) {
  if (!is_there(reference) || is_folder(reference)) return std::nullopt;
  std::string commit = read_file(reference, 1024);
  const size_t last = commit.find_last_not_of(" \t\r\n");
  commit.erase(last == std::string::npos ? 0 : last + 1);
  const bool is_name = is_revision(commit) && commit.find('/') == std::string::npos;
  if (is_name) return commit;
  throw Error(ErrorCode::kData, fmt::format("{}: expected a commit, found {}", reference.string(), escaped(commit)));
}

}  // namespace

fs::path resolve_model(const std::string& model, const std::string& revision) {
  if (model.empty()) fail_lookup(model, "expected a folder or a Hugging Face model id");
  if (model.find('\0') != std::string::npos) fail_lookup(model, "a name cannot hold NUL");
  if (is_folder(model)) {
    if (revision.empty()) return model;
    fail_lookup(model, fmt::format("it is a folder, which has no revision {}", escaped(revision)), ErrorCode::kUsage);
  }
  std::error_code ignored;
  if (fs::exists(model, ignored)) fail_lookup(model, "it is a file, expected the folder around it");
  const auto parts = split(model);
  if (!is_model_id(parts, model.size())) {
    fail_lookup(model, "no such folder, and not a Hugging Face model id (\"name\" or \"organisation/name\")");
  }
  const std::string wanted = revision.empty() ? kDefaultRevision : revision;
  if (!is_revision(wanted)) fail_lookup(model, fmt::format("{} is not a revision", escaped(wanted)));

  std::string repository = "models";
  for (const std::string& part : parts) repository += "--" + part;
  const fs::path cached = hub_cache() / repository;
  const auto not_found = [&](const std::string& where) {
    fail_lookup(model, fmt::format("not found: no folder {}, {}", escaped(model), where));
  };
  if (!is_folder(cached)) not_found(fmt::format("no {} in the Hugging Face cache", escaped(cached.string(), 4096)));

  const fs::path reference = cached / "refs" / wanted;
  const auto commit = commit_of(reference);
  const fs::path snapshot = cached / "snapshots" / commit.value_or(wanted);
  if (is_folder(snapshot)) return snapshot;
  not_found(fmt::format("{} {}, no {}", commit ? "the commit named by" : "no", escaped(reference.string(), 4096),
                        escaped(snapshot.string(), 4096)));
  return {};
}

}  // namespace fbert
