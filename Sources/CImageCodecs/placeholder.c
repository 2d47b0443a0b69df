#include "CImageCodecs.h"
int thaw_codecs_placeholder(void) { return 0; }
