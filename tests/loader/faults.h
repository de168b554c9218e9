#pragma once

#include <cerrno>

#include <dlfcn.h>

// For tests that stand before functions of the C library and let one of their calls fail. In one file of a program.
namespace fbert::testing {

struct Fault {
  bool armed = false;
  int countdown = 0;  // calls that succeed before it
  int reason = 0;     // errno
};
inline Fault fault;

// Whether this is the call that fails; sets errno then.
inline bool strikes() {
  if (!fault.armed || fault.countdown-- > 0) return false;
  fault.armed = false;
  errno = fault.reason;
  return true;
}

// The function that the C library has under that name.
template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace fbert::testing
