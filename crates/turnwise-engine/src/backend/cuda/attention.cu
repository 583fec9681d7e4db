// Attention over pages. A page holds 64 positions of one conversation for every layer and key head: keys as
// [width / 8][64][8], so that a thread for each position reads in step with its neighbours, and values as [64][width].
//
// A row attends in chunks of 256 positions that begin at multiples of 256, one block each, and the chunks are put
// together in their order. Which rows are computed beside it changes nothing of that.

#include "numbers.cuh"

// Keys and values are kept as bfloat16, or as they are where every digit counts.
__device__ inline void keep(float x, float &to) { to = x; }
__device__ inline void keep(float x, bf16 &to) { to = (bf16)(narrowed(x, 0.0f) & 0xffffu); }

__device__ inline void fetch(const float *at, float (&x)[8]) {
#pragma unroll
    for (int i = 0; i < 8; i++) x[i] = at[i];
}
__device__ inline void fetch(const float *at, float (&x)[4]) {
#pragma unroll
    for (int i = 0; i < 4; i++) x[i] = at[i];
}
__device__ inline void fetch(const bf16 *at, float (&x)[8]) {
    uint4 all = *(const uint4 *)at;
    x[0] = low(all.x), x[1] = high(all.x), x[2] = low(all.y), x[3] = high(all.y);
    x[4] = low(all.z), x[5] = high(all.z), x[6] = low(all.w), x[7] = high(all.w);
}
__device__ inline void fetch(const bf16 *at, float (&x)[4]) {
    uint2 all = *(const uint2 *)at;
    x[0] = low(all.x), x[1] = high(all.x), x[2] = low(all.y), x[3] = high(all.y);
}

struct Heads {
    int queries;
    int keys;
    int width;
};

// Where a layer's keys of one head begin in a page; its values follow.
__device__ inline size_t begin(Heads heads, int layer, int head) {
    return (size_t)(layer * heads.keys + head) * 2 * PAGE * heads.width;
}

// Norms and rotates a head of a row, and puts keys and values into their page. A block for each row and head; a
// thread for each number. `places` has a row's position and where its conversation's pages begin in `pages`; `angles`
// the cosines and then the sines of the row's position.
template <typename K>
__device__ inline void place(float *qkv, Heads heads, const float *query_norm, const float *key_norm, float epsilon,
                             const float *angles, const int *places, const u64 *pages, int layer) {
    __shared__ float room[WIDEST];
    int row = blockIdx.x, head = blockIdx.y, i = threadIdx.x, half = heads.width / 2;
    float *at = qkv + ((size_t)row * (heads.queries + 2 * heads.keys) + head) * heads.width;
    float mine = at[i];
    if (head < heads.queries + heads.keys) {
        const float *norm = head < heads.queries ? query_norm : key_norm;
        if (norm != nullptr) {
            float squares = block_sum(mine * mine, room);
            mine *= 1.0f / sqrtf(squares / heads.width + epsilon) * norm[i];
        }
        room[i] = mine;
        __syncthreads();
        const float *cosines = angles + (size_t)row * heads.width, *sines = cosines + half;
        mine = i < half ? mine * cosines[i] - room[i + half] * sines[i]
                        : mine * cosines[i - half] + room[i - half] * sines[i - half];
    }
    if (head < heads.queries) {
        at[i] = mine;
        return;
    }
    int position = places[2 * row], slot = position % PAGE, key_head = (head - heads.queries) % heads.keys;
    K *page = (K *)pages[places[2 * row + 1] + position / PAGE] + begin(heads, layer, key_head);
    if (head < heads.queries + heads.keys) {
        keep(mine, page[(i / 8 * PAGE + slot) * 8 + i % 8]);
    } else {
        keep(mine, page[PAGE * heads.width + slot * heads.width + i]);
    }
}

// One row and key head against one chunk, for the query heads that share the key head, G of them at a time: their
// largest score, the sum of what the scores come to, and the values weighted so, as [width + 2] for each row, query
// head and chunk. What a row does not see is read as something that it sees, and weighs nothing: without branches, the
// compiler asks for many numbers at once.
template <typename K, int G>
__device__ inline void attend(const float *qkv, int first_row, Heads heads, int window, float scale, const int *places,
                              const u64 *pages, int layer, float *parts) {
    __shared__ float query[G][WIDEST], score[G][CHUNK], mixed[128 * 4 * G], largest[G], total[G];
    __shared__ const K *page[CHUNK / PAGE];
    int row = first_row + blockIdx.x, key_head = blockIdx.y, chunk = blockIdx.z, chunks = gridDim.z;
    int thread = threadIdx.x, lane = thread % 32, width = heads.width;
    int seen = places[2 * row] + 1, from = seen > window ? seen - window : 0;
    // Of this chunk, counted from its beginning.
    int start = from - chunk * CHUNK > 0 ? from - chunk * CHUNK : 0;
    int end = seen - chunk * CHUNK < CHUNK ? seen - chunk * CHUNK : CHUNK;
    if (start >= end) return;
    if (thread < CHUNK / PAGE && thread * PAGE < end) {
        page[thread] = (const K *)pages[places[2 * row + 1] + chunk * (CHUNK / PAGE) + thread];
    }
    size_t keys = begin(heads, layer, key_head), values = keys + PAGE * width;
    int shared = heads.queries / heads.keys;
    for (int done = 0; done < shared; done += G) {
        int count = shared - done < G ? shared - done : G;
        int first_head = key_head * shared + done;
        const float *mine = qkv + ((size_t)row * (heads.queries + 2 * heads.keys) + first_head) * width;
        __syncthreads();
        for (int i = thread; i < G * width; i += 128) query[i / width][i % width] = i < count * width ? mine[i] : 0.0f;
        __syncthreads();
#pragma unroll
        for (int turn = 0; turn < CHUNK / 128; turn++) {
            int p = thread + turn * 128;
            int read = p < start ? start : p >= end ? end - 1 : p;
            const K *key = page[read / PAGE] + keys + read % PAGE * 8;
            float dot[G] = {};
#pragma unroll 4
            for (int k = 0; k < width; k += 8) {
                float numbers[8];
                fetch(key + (size_t)k * PAGE, numbers);
#pragma unroll
                for (int h = 0; h < G; h++) {
#pragma unroll
                    for (int i = 0; i < 8; i++) dot[h] = fmaf(numbers[i], query[h][k + i], dot[h]);
                }
            }
#pragma unroll
            for (int h = 0; h < G; h++) score[h][p] = read == p ? dot[h] * scale : -INFINITY;
        }
        __syncthreads();
        for (int h = thread / 32; h < G; h += 4) {
            float most = -INFINITY, sum = 0.0f;
            for (int p = lane; p < CHUNK; p += 32) most = fmaxf(most, score[h][p]);
            for (int far = 16; far > 0; far /= 2) most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, far));
            for (int p = lane; p < CHUNK; p += 32) {
                float weight = expf(score[h][p] - most);
                score[h][p] = weight;
                sum += weight;
            }
            for (int far = 16; far > 0; far /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, far);
            if (lane == 0) largest[h] = most, total[h] = sum;
        }
        __syncthreads();
        int quads = width / 4, teams = 128 / quads, team = thread / quads, column = thread % quads * 4;
        if (team < teams) {
            float sum[G][4] = {};
#pragma unroll 8
            for (int p = team; p < CHUNK; p += teams) {
                int read = p < start ? start : p >= end ? end - 1 : p;
                float numbers[4];
                fetch(page[read / PAGE] + values + read % PAGE * width + column, numbers);
#pragma unroll
                for (int h = 0; h < G; h++) {
#pragma unroll
                    for (int i = 0; i < 4; i++) sum[h][i] = fmaf(score[h][p], numbers[i], sum[h][i]);
                }
            }
#pragma unroll
            for (int h = 0; h < G; h++) {
#pragma unroll
                for (int i = 0; i < 4; i++) mixed[(team * G + h) * width + column + i] = sum[h][i];
            }
        }
        __syncthreads();
        for (int i = thread; i < count * width; i += 128) {
            int h = i / width;
            float sum = 0.0f;
            for (int other = 0; other < teams; other++) sum += mixed[other * G * width + i];
            float *part = parts + (((size_t)blockIdx.x * heads.queries + first_head + h) * chunks + chunk) * (width + 2);
            part[i % width] = sum;
            if (i % width == 0) part[width] = largest[h], part[width + 1] = total[h];
        }
    }
}

#define PLACE(NAME, K)                                                                                                  \
    extern "C" __global__ void place_##NAME(float *qkv, Heads heads, const float *query_norm, const float *key_norm,     \
                                            float epsilon, const float *angles, const int *places, const u64 *pages,     \
                                            int layer) {                                                                \
        place<K>(qkv, heads, query_norm, key_norm, epsilon, angles, places, pages, layer);                              \
    }

#define ATTEND(NAME, K, G)                                                                                              \
    extern "C" __global__ void __launch_bounds__(128)                                                                   \
        attend_##NAME##_##G(const float *qkv, int first_row, Heads heads, int window, float scale, const int *places,   \
                            const u64 *pages, int layer, float *parts) {                                                \
        attend<K, G>(qkv, first_row, heads, window, scale, places, pages, layer, parts);                                \
    }

PLACE(bf16, bf16)
ATTEND(bf16, bf16, 1)
ATTEND(bf16, bf16, 4)
ATTEND(bf16, bf16, 8)
PLACE(f32, float)
ATTEND(f32, float, 1)
ATTEND(f32, float, 4)
ATTEND(f32, float, 8)

// Puts the chunks of a row and query head together. A block for each; a thread for each number.
extern "C" __global__ void combine(const float *parts, int first_row, Heads heads, int window, const int *places,
                                   int chunks, float *out) {
    int row = first_row + blockIdx.x, head = blockIdx.y, i = threadIdx.x, width = heads.width;
    int seen = places[2 * row] + 1, from = seen > window ? seen - window : 0;
    int first = from / CHUNK, last = (seen - 1) / CHUNK;
    const float *mine = parts + ((size_t)blockIdx.x * heads.queries + head) * chunks * (width + 2);
    float most = -INFINITY, sum = 0.0f, total = 0.0f;
    for (int chunk = first; chunk <= last; chunk++) most = fmaxf(most, mine[(size_t)chunk * (width + 2) + width]);
    for (int chunk = first; chunk <= last; chunk++) {
        const float *part = mine + (size_t)chunk * (width + 2);
        float weight = expf(part[width] - most);
        total = fmaf(part[width + 1], weight, total);
        sum = fmaf(part[i], weight, sum);
    }
    out[((size_t)row * heads.queries + head) * width + i] = sum / total;
}
