// OpenBLAS's CBLAS interface (matrix products) and the LAPACK routines that the package uses.
#include <cblas.h>
