#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer as a library: parses its options and directories from the arguments, then calls `test` with one input after another.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));

// A file in memory (Linux). Declared here, because Glibc's module leaves out what wants _GNU_SOURCE.
int memfd_create(const char *name, unsigned int flags);
