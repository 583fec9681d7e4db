// CUDA's names as the kernels use them, for a C++ compiler. A block's threads are fibres that take turns; they change
// over where threads of a device wait for each other. Blocks run one after another, so what a block shares is static.

#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>

#define __global__
#define __device__
#define __shared__ static
#define __launch_bounds__(...)

struct Dimensions {
    unsigned x, y, z;
};
struct uint2 {
    unsigned x, y;
};
struct uint4 {
    unsigned x, y, z, w;
};
struct float4 {
    float x, y, z, w;
};

extern Dimensions threadIdx, blockIdx, blockDim, gridDim;

// Waits for every thread of the block, and of the warp.
void __syncthreads();
void wait_for_warp();
// Room through which the threads of a warp show each other numbers, for the calling thread's warp.
struct Shown {
    unsigned words[32][6];
};
Shown &shown();

inline float __uint_as_float(unsigned bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

inline unsigned __float_as_uint(float x) {
    unsigned bits;
    memcpy(&bits, &x, 4);
    return bits;
}

inline unsigned rounded(float x) {
    unsigned bits = __float_as_uint(x);
    if (std::isnan(x)) return bits >> 16 | 0x40;
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

inline unsigned narrowed(float first, float second) { return rounded(first) | rounded(second) << 16; }

inline float __shfl_xor_sync(unsigned, float mine, int far) {
    int lane = threadIdx.x % 32;
    shown().words[lane][0] = __float_as_uint(mine);
    wait_for_warp();
    float other = __uint_as_float(shown().words[lane ^ far][0]);
    wait_for_warp();
    return other;
}

// The tile product of PTX's mma.m16n8k16: which lane holds what is as its documentation draws it.
inline void multiply(float (&sum)[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1) {
    int lane = threadIdx.x % 32, group = lane / 4, within = lane % 4;
    unsigned mine[6] = {a0, a1, a2, a3, b0, b1};
    memcpy(shown().words[lane], mine, sizeof mine);
    wait_for_warp();
    auto number = [](unsigned pair, int k) { return __uint_as_float(k % 2 ? pair & 0xffff0000u : pair << 16); };
    for (int i = 0; i < 4; i++) {
        int row = group + i / 2 * 8, column = within * 2 + i % 2;
        double all = sum[i];
        for (int k = 0; k < 16; k++) {
            unsigned a = shown().words[row % 8 * 4 + k % 8 / 2][row / 8 + k / 8 * 2];
            unsigned b = shown().words[column * 4 + k % 8 / 2][4 + k / 8];
            all += (double)number(a, k) * number(b, k);
        }
        sum[i] = (float)all;
    }
    wait_for_warp();
}
