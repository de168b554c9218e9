#include "engine/openblas.h"

#include <dlfcn.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "fbert/error.h"
#include "kernels/cpu.h"

namespace fbert::openblas {
namespace {

constexpr const char* kFile = "libopenblas.so.0";
constexpr const char* kCoreType = "OPENBLAS_CORETYPE";
constexpr size_t kBufferBytes = (size_t{128} << 20) + 4096;  // of 0.3.21 and later on x86-64, with a page to align it
constexpr int kMostBuffers = 64;  // of more at once, 0.3.21 as Debian builds it complains on standard error
constexpr size_t kLibraryBytes = size_t{64} << 20;
constexpr int kOpenMp = 2;  // openblas_get_parallel(): 0 serial, 1 pthreads

std::atomic<const Library*> the_library{nullptr};

// Measured with OpenBLAS 0.3.21: all counts of rows to 64, depths of 33 to 768, panels of 16 and 32 columns. The others
// of that version differ: Prescott, Core2, Penryn, Dunnington and Atom in the last row of an odd number; Haswell and
// Zen in groups of 4, 6 and 12 rows, by the number of all.
constexpr Kernels kKnown[] = {
    {"SapphireRapids", Kernels::kAvx512, true, true},
    {"Cooperlake", Kernels::kAvx512, true, true},
    {"SkylakeX", Kernels::kAvx512, true, true},
    {"Haswell", Kernels::kAvx2, false, false},
    {"Zen", Kernels::kAvx2, false, false},
    {"Excavator", Kernels::kAvx, false, false},
    {"Steamroller", Kernels::kAvx, false, false},
    {"Piledriver", Kernels::kAvx, false, false},
    {"Bulldozer", Kernels::kAvx, false, false},
    {"Sandybridge", Kernels::kAvx, false, true},
    {"Nehalem", Kernels::kSse, false, true},
    {"Barcelona", Kernels::kSse, false, true},
    {"Bobcat", Kernels::kSse, false, true},
    {"Nano", Kernels::kSse, false, true},
    {"Dunnington", Kernels::kSse, false, false},
    {"Penryn", Kernels::kSse, false, false},
    {"Core2", Kernels::kSse, false, false},
    {"Atom", Kernels::kSse, false, false},
    {"Opteron", Kernels::kSse, false, false},
    {"Opteron_SSE3", Kernels::kSse, false, false},
    {"Prescott", Kernels::kSse, false, false},
};

// The kernels to ask for, ones that every version has; null where OpenBLAS' own choice is as good.
const char* kernels_for_cpu() {
  const uint32_t features = kernels::cpu_features();
  if ((features & kernels::kAvx512) != 0) return "SkylakeX";
  constexpr uint32_t kHaswell = kernels::kAvx2 | kernels::kFma;
  return (features & kHaswell) == kHaswell ? "Haswell" : nullptr;
}

// OPENBLAS_CORETYPE, set for as long as this lives. Threads that change or read the environment meanwhile are a hazard
// that OpenBLAS, which reads nothing else, leaves no way around.
class CoreType {
 public:
  explicit CoreType(const char* name) { ::setenv(kCoreType, name, 1); }
  CoreType(const CoreType&) = delete;
  CoreType& operator=(const CoreType&) = delete;
  ~CoreType() { ::unsetenv(kCoreType); }
};

struct Opened {
  void* handle;
  ChosenBy chosen_by;
};

Opened open() {
  if (void* handle = ::dlopen(kFile, RTLD_LAZY | RTLD_NOLOAD)) return {handle, ChosenBy::kHost};
  const bool by_user = std::getenv(kCoreType) != nullptr;
  const char* name = kernels_for_cpu();
  if (by_user || name == nullptr) {
    return {::dlopen(kFile, RTLD_LAZY | RTLD_LOCAL), by_user ? ChosenBy::kUser : ChosenBy::kItself};
  }
  const CoreType core_type(name);
  return {::dlopen(kFile, RTLD_LAZY | RTLD_LOCAL), ChosenBy::kFbert};
}

template <typename Function>
Function* find(void* handle, const char* name) {
  void* address = ::dlsym(handle, name);
  if (address == nullptr) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: this OpenBLAS has no function {}", kFile, name));
  }
  return reinterpret_cast<Function*>(address);
}

Library load_once() {
  const auto [handle, chosen_by] = open();
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    throw Error(ErrorCode::kUnsupported,
                fmt::format("OpenBLAS was asked for and cannot be loaded ({}): install its pthread or serial "
                            "build (Debian: libopenblas0-pthread)",
                            reason != nullptr ? reason : kFile));
  }
  const int parallel = find<int()>(handle, "openblas_get_parallel")();
  if (parallel == kOpenMp) {
    throw Error(
        ErrorCode::kUnsupported,
        "this OpenBLAS is an OpenMP build, whose threads fight with fbert's: install the pthread or serial build "
        "(Debian: libopenblas0-pthread)");
  }
  return {.sgemm = find<std::remove_pointer_t<Library::Sgemm>>(handle, "cblas_sgemm"),
          .num_threads = find<int()>(handle, "openblas_get_num_threads"),
          .config = find<const char*()>(handle, "openblas_get_config")(),
          .serial = parallel == 0,
          .kernels = kernels_named(find<const char*()>(handle, "openblas_get_corename")()),
          .chosen_by = chosen_by,
          .allocate_buffer = reinterpret_cast<void* (*)(int)>(::dlsym(handle, "blas_memory_alloc")),
          .free_buffer = reinterpret_cast<void (*)(void*)>(::dlsym(handle, "blas_memory_free"))};
}

// Throws unless so much more can be mapped.
void require_address_space(size_t bytes) {
  void* probe = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (probe != MAP_FAILED) {
    ::munmap(probe, bytes);
    return;
  }
  throw Error(
      ErrorCode::kData,
      fmt::format("out of memory: OpenBLAS maps {} MiB for each thread, and {} MiB more cannot be had (ulimit -v); "
                  "fewer threads need less, and fbert's own products none",
                  kBufferBytes >> 20, bytes >> 20));
}

// How many threads may be in products at the same time, and for how many there are buffers.
struct BufferCount {
  std::mutex mutex;
  int threads = 0;
  int mapped = 0;
};

BufferCount& buffer_count() {
  static BufferCount count;
  return count;
}

const char* reason(ChosenBy chosen_by) {
  switch (chosen_by) {
    case ChosenBy::kFbert:
      return "chosen by fbert for this CPU";
    case ChosenBy::kUser:
      return "set by OPENBLAS_CORETYPE";
    case ChosenBy::kHost:
      return "loaded by the host program";
    case ChosenBy::kItself:
      break;
  }
  return "chosen by OpenBLAS";
}

}  // namespace

Kernels kernels_named(std::string_view name) {
  const auto* known = std::find_if(std::begin(kKnown), std::end(kKnown),
                                   [name](const Kernels& kernels) { return kernels.name == name; });
  return known != std::end(kKnown) ? *known : Kernels{.name = name};
}

const Library& load() {
  static const Library library = [] {
    // What the library itself maps, and its first buffer, which some versions take while they are loaded.
    require_address_space(kLibraryBytes + kBufferBytes);
    return load_once();
  }();
  the_library.store(&library, std::memory_order_release);
  return library;
}

Buffers::Buffers(int threads) {
  const Library* library = loaded();
  if (library == nullptr || library->allocate_buffer == nullptr || library->free_buffer == nullptr) return;
  BufferCount& count = buffer_count();
  const std::lock_guard lock(count.mutex);
  const int wanted = std::min(count.threads + threads, kMostBuffers);
  if (wanted > count.mapped) {
    require_address_space(static_cast<size_t>(wanted - count.mapped) * kBufferBytes);
    std::vector<void*> buffers(static_cast<size_t>(wanted));
    for (void*& buffer : buffers) buffer = library->allocate_buffer(0);
    for (void* buffer : buffers) library->free_buffer(buffer);
    count.mapped = wanted;
  }
  count.threads += threads;
  threads_ = threads;
}

Buffers::~Buffers() {
  if (threads_ == 0) return;
  BufferCount& count = buffer_count();
  const std::lock_guard lock(count.mutex);
  count.threads -= threads_;
}

const Library* loaded() noexcept { return the_library.load(std::memory_order_acquire); }

std::string describe(const Library& library) {
  std::string_view version = library.config;
  version = version.substr(0, version.find(' ', version.find(' ') + 1));
  std::string text = fmt::format("{}, {} kernels ({}), {} build", version, library.kernels.name,
                                 reason(library.chosen_by), library.serial ? "serial" : "pthreads");
  const char* wanted = kernels_for_cpu();
  if (wanted != nullptr && library.kernels.width < kernels_named(wanted).width) {
    text += fmt::format("; warning: narrower than this CPU, which can run {}", wanted);
  }
  return text;
}

}  // namespace fbert::openblas
