// oneDNN as flat C functions: one for each primitive that the engine uses. No C++ exception leaves this module.
#ifndef THAW_ONEDNN_H
#define THAW_ONEDNN_H

#ifdef __cplusplus
extern "C" {
#endif

/// Whether this build has oneDNN.
int thaw_onednn_available(void);
/// Whether the processor multiplies bfloat16.
int thaw_onednn_has_bfloat16(void);

#ifdef __cplusplus
}
#endif
#endif
