#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// The OpenBLAS of the system. It picks its kernels once, when it is loaded, by model numbers of CPUs: one that knows
// fewer of them than were built since runs SSE3 kernels on a CPU with AVX-512. fbert therefore loads it itself, at the
// first need and with the kernels named that this CPU can run.
namespace fbert::openblas {

// What is known of kernels by the name that OpenBLAS gives them.
struct Kernels {
  std::string_view name;
  // The widest instruction set they use, in the order in which CPUs got them.
  enum Width { kSse, kAvx, kAvx2, kAvx512 } width = kAvx512;
  // Products of at most 10^6 multiply-adds read their operands in place, in the calling thread.
  bool small_matrices = false;
  // A row of a product in gemm_f32::multiply() does not depend on the rows beside it, bit for bit.
  bool independent_rows = false;
};

// Unknown names get what promises nothing.
Kernels kernels_named(std::string_view name);

// Who chose the kernels.
enum class ChosenBy {
  kFbert,   // for this CPU
  kUser,    // OPENBLAS_CORETYPE
  kHost,    // whoever had loaded OpenBLAS before
  kItself,  // OpenBLAS: a CPU without AVX2
};

struct Library {
  using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a,
                         int lda, const float* b, int ldb, float beta, float* c, int ldc);

  Sgemm sgemm;
  int (*num_threads)();  // of one product, for the whole process; the host may change it at any time
  const char* config;    // "OpenBLAS 0.3.21 DYNAMIC_ARCH ..."
  bool serial;           // built without threads
  Kernels kernels;
  ChosenBy chosen_by;
  // Of the buffers that products work in; null in a build that keeps them to itself.
  void* (*allocate_buffer)(int position);
  void (*free_buffer)(void* buffer);
};

// Loads the library on the first call, for ever; any thread may call it. The environment is as before afterwards, and
// where the process has OpenBLAS already, its kernels and threads stay as they are. Throws kUnsupported where there is
// none, or an OpenMP build, whose threads fight with fbert's.
const Library& load();

// Null before load().
const Library* loaded() noexcept;

// Buffers of OpenBLAS for threads that may be in a product at the same time, for as long as this lives. OpenBLAS maps
// one of 128 MiB for each and, where it cannot, tries again for ever: under a limit of memory (ulimit -v) the program
// would hang within a product. The first 64 are mapped here instead, before the first product, where it can be said
// that there is no room.
class Buffers {
 public:
  // Throws kData where the memory is not there. Nothing is done before load().
  explicit Buffers(int threads);
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;
  ~Buffers();

 private:
  int threads_ = 0;
};

// "OpenBLAS 0.3.21, SkylakeX kernels (chosen by fbert for this CPU), pthreads build", and a warning where they are
// narrower than this CPU.
std::string describe(const Library& library);

}  // namespace fbert::openblas
