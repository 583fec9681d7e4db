// All kernels, as one module.

#include "projection.cu"
#include "attention.cu"
#include "rows.cu"
