// Code for instructions that not every processor has: between the two, functions are compiled for those that are named.
#pragma once

#if defined(__x86_64__)
#define THAW_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define THAW_INSTRUCTIONS(names) THAW_PRAGMA(clang attribute push(__attribute__((target(names))), apply_to = function))
#define THAW_INSTRUCTIONS_END THAW_PRAGMA(clang attribute pop)
#else
#define THAW_INSTRUCTIONS(names) THAW_PRAGMA(GCC push_options) THAW_PRAGMA(GCC target(names))
#define THAW_INSTRUCTIONS_END THAW_PRAGMA(GCC pop_options)
#endif
#endif

/// Before a loop: its rounds one after the other, so that what they hold stays in registers.
#if defined(__clang__)
#define THAW_UNROLL _Pragma("clang loop unroll(full)")
#else
#define THAW_UNROLL
#endif
