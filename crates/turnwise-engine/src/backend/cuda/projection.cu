// Matrices times rows. A matrix lies in tiles of 16 outputs by 32 inputs, in the order in which the lanes of a warp
// take them, so that each warp reads one stretch of memory from end to end; its numbers are bfloat16, or sums of two
// bfloat16 where one is not exact. Rows are single precision and become such sums on their way in.
//
// Each output is summed in the same order whatever rows are computed with it: eight slices of the inputs, one after
// another within a slice, then slice after slice. So neither the batch nor the pieces of a prompt show in a result.

#include "numbers.cuh"

// Eight inputs of a row from `k` on; nought after its end. EVEN says that there are whole steps of 32.
template <bool EVEN>
__device__ inline void take(const float *row, int k, int inputs, float (&x)[8]) {
    if constexpr (EVEN) {
        float4 a = *(const float4 *)(row + k), b = *(const float4 *)(row + k + 4);
        x[0] = a.x, x[1] = a.y, x[2] = a.z, x[3] = a.w;
        x[4] = b.x, x[5] = b.y, x[6] = b.z, x[7] = b.w;
    } else {
#pragma unroll
        for (int i = 0; i < 8; i++) x[i] = k + i < inputs ? row[k + i] : 0.0f;
    }
}

// What a slice of the inputs adds to M tiles of outputs for N times eight rows. AHEAD steps are on their way from
// memory at once; nothing in them branches, so that the compiler can ask for all of them before it waits.
template <int M, int N, int AHEAD, bool EVEN>
__device__ inline void slice_sum(const uint4 *weight, int first, int last, int tiles, int steps, const float *x, int rows,
                                 int inputs, float (&sum)[M][N][4]) {
    int lane = threadIdx.x % 32, group = lane / 4, within = lane % 4;
    int tile = blockIdx.x * M, row = blockIdx.y * N * 8;
    const uint4 *at[M];
    const float *from[N];
#pragma unroll
    for (int m = 0; m < M; m++) {
        // A tile after the last one is read as the last one, and not written; so with rows.
        at[m] = weight + (size_t)(tile + m < tiles ? tile + m : tiles - 1) * steps * 64 + lane;
    }
#pragma unroll
    for (int n = 0; n < N; n++) {
        int mine = row + n * 8 + group;
        from[n] = x + (size_t)(mine < rows ? mine : rows - 1) * inputs;
    }
    for (int ahead = first; ahead < last; ahead += AHEAD) {
        uint4 a[AHEAD][M][2];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            int step = ahead + i < last ? ahead + i : last - 1;
#pragma unroll
            for (int m = 0; m < M; m++) {
                a[i][m][0] = at[m][(size_t)step * 64];
                a[i][m][1] = at[m][(size_t)step * 64 + 32];
            }
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            int step = ahead + i < last ? ahead + i : last - 1;
            bool counts = ahead + i < last;
#pragma unroll
            for (int n = 0; n < N; n++) {
                float numbers[8];
                u32 b[4], rest[4];
                take<EVEN>(from[n], step * 32 + within * 8, inputs, numbers);
                split(numbers, b, rest);
#pragma unroll
                for (int j = 0; j < 4; j++) {
                    // A product with nought adds nought.
                    b[j] = counts ? b[j] : 0;
                    rest[j] = counts ? rest[j] : 0;
                }
#pragma unroll
                for (int m = 0; m < M; m++) {
                    const uint4 upper = a[i][m][0], lower = a[i][m][1];
                    multiply(sum[m][n], upper.x, lower.x, upper.y, lower.y, b[0], b[1]);
                    multiply(sum[m][n], upper.z, lower.z, upper.w, lower.w, b[2], b[3]);
                    multiply(sum[m][n], upper.x, lower.x, upper.y, lower.y, rest[0], rest[1]);
                    multiply(sum[m][n], upper.z, lower.z, upper.w, lower.w, rest[2], rest[3]);
                }
            }
        }
    }
}

// M tiles of outputs for N times eight rows. `onto` adds the products to what `out` holds.
template <int M, int N, int AHEAD>
__device__ inline void project(const uint4 *weight, int terms, const float *x, int rows, int inputs, int outputs,
                               float *out, int onto) {
    __shared__ float sums[SLICES][N * 8][20];
    int lane = threadIdx.x % 32, slice = threadIdx.x / 32, group = lane / 4, within = lane % 4;
    int tiles = (outputs + 15) / 16, steps = (inputs + 31) / 32;
    int tile = blockIdx.x * M, row = blockIdx.y * N * 8;
    int first = slice * steps / SLICES, last = (slice + 1) * steps / SLICES;
    float sum[M][N][4] = {};
    for (int term = 0; term < terms; term++) {
        const uint4 *at = weight + (size_t)term * tiles * steps * 64;
        if (inputs % 32 == 0) {
            slice_sum<M, N, AHEAD, true>(at, first, last, tiles, steps, x, rows, inputs, sum);
        } else {
            slice_sum<M, N, AHEAD, false>(at, first, last, tiles, steps, x, rows, inputs, sum);
        }
    }
#pragma unroll
    for (int m = 0; m < M; m++) {
        __syncthreads();
#pragma unroll
        for (int n = 0; n < N; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) sums[slice][n * 8 + within * 2 + i % 2][group + i / 2 * 8] = sum[m][n][i];
        }
        __syncthreads();
        for (int i = threadIdx.x; i < N * 8 * 16; i += blockDim.x) {
            int column = i / 16, output = (tile + m) * 16 + i % 16;
            float all = 0.0f;
#pragma unroll
            for (int part = 0; part < SLICES; part++) all += sums[part][column][i % 16];
            if (row + column >= rows || output >= outputs) continue;
            float *to = out + (size_t)(row + column) * outputs + output;
            *to = onto ? *to + all : all;
        }
    }
}

#define PROJECT(M, N, AHEAD, BLOCKS)                                                                                    \
    extern "C" __global__ void __launch_bounds__(SLICES * 32, BLOCKS)                                                   \
        project_##M##_##N(const uint4 *weight, int terms, const float *x, int rows, int inputs, int outputs, float *out, \
                          int onto) {                                                                                   \
        project<M, N, AHEAD>(weight, terms, x, rows, inputs, outputs, out, onto);                                       \
    }

PROJECT(1, 1, 4, 2)
PROJECT(2, 2, 2, 2)
PROJECT(2, 4, 2, 1)
PROJECT(4, 4, 2, 1)
PROJECT(4, 8, 1, 1)

// The rows of an embedding table that tokens name.
extern "C" __global__ void embed(const bf16 *table, int terms, const int *tokens, int width, int tokens_known,
                                 float *out) {
    int token = tokens[blockIdx.x], tiles = (tokens_known + 15) / 16, steps = (width + 31) / 32;
    for (int column = threadIdx.x; column < width; column += blockDim.x) {
        size_t tile = (size_t)(token / 16) * steps + column / 32;
        int lane = token % 8 * 4 + column % 32 / 8;
        size_t at = (tile * 64 + token % 16 / 8 * 32 + lane) * 8 + column % 8;
        float sum = 0.0f;
        for (int term = 0; term < terms; term++) sum += widen(table[at + (size_t)term * tiles * steps * 512]);
        out[(size_t)blockIdx.x * width + column] = sum;
    }
}
