// Which sanitizer a test is built with, for those that measure time, memory or address space. g++ and clang++ say it in
// different ways.
#pragma once

#if defined(__has_feature)
#define FBERT_HAS_FEATURE(name) __has_feature(name)
#else
#define FBERT_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || FBERT_HAS_FEATURE(address_sanitizer)
#define FBERT_UNDER_ASAN 1
#else
#define FBERT_UNDER_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__) || FBERT_HAS_FEATURE(thread_sanitizer)
#define FBERT_UNDER_TSAN 1
#else
#define FBERT_UNDER_TSAN 0
#endif
