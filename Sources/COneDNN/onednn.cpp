#include "COneDNN.h"

int thaw_onednn_available(void) { return 0; }
int thaw_onednn_has_bfloat16(void) { return 0; }
