// What the kernels compute with: bfloat16 as bits, and the product of small tiles on tensor cores.
//
// Compiled by nvcc for the device, and by a C++ compiler for the emulated device of the tests, which brings its own
// names for what is CUDA's.

#pragma once

#ifndef __CUDACC__
#include "emulated.h"
#endif

typedef unsigned short bf16;
typedef unsigned int u32;
typedef unsigned long long u64;

// Positions of a page of keys and values.
constexpr int PAGE = 64;
// Positions that one block attends to.
constexpr int CHUNK = 256;
// Parts that a dot product is summed in, one for each warp of a block.
constexpr int SLICES = 8;
// The widest head.
constexpr int WIDEST = 256;

__device__ inline float low(u32 pair) { return __uint_as_float(pair << 16); }
__device__ inline float high(u32 pair) { return __uint_as_float(pair & 0xffff0000u); }
__device__ inline float widen(bf16 x) { return __uint_as_float((u32)x << 16); }

#ifdef __CUDACC__

// Two numbers rounded to bfloat16, the first one in the lower half.
__device__ inline u32 narrowed(float first, float second) {
    u32 pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
    return pair;
}

// sum += a * b for a tile of 16 outputs by 8 rows and 16 inputs, spread over a warp.
__device__ inline void multiply(float (&sum)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

#endif

// Eight numbers as the sum of two bfloat16 each, which keeps sixteen bits of them.
__device__ inline void split(const float (&x)[8], u32 (&first)[4], u32 (&rest)[4]) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        first[i] = narrowed(x[2 * i], x[2 * i + 1]);
        rest[i] = narrowed(x[2 * i] - low(first[i]), x[2 * i + 1] - high(first[i]));
    }
}

// The sum over a block of what each thread brings, in an order that depends on nothing but the block's size. `room`
// holds as many numbers as there are threads, 256 at most.
__device__ inline float block_sum(float mine, float *room) {
    int thread = threadIdx.x, threads = blockDim.x;
    room[thread] = mine;
    __syncthreads();
    for (int half = 128; half > 0; half /= 2) {
        if (thread < half && thread + half < threads) room[thread] += room[thread + half];
        __syncthreads();
    }
    float sum = room[0];
    __syncthreads();
    return sum;
}

__device__ inline float silu(float x) { return x / (1.0f + expf(-x)); }
