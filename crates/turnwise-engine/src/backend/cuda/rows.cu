// What is done to rows besides products and attention. Each row is computed by itself.

#include "numbers.cuh"

// The RMS norm of each row, a block for each.
extern "C" __global__ void normalise(const float *x, const float *weight, int width, float epsilon, float *out) {
    __shared__ float room[256];
    const float *row = x + (size_t)blockIdx.x * width;
    float squares = 0.0f;
    for (int i = threadIdx.x; i < width; i += blockDim.x) squares = fmaf(row[i], row[i], squares);
    float factor = 1.0f / sqrtf(block_sum(squares, room) / width + epsilon);
    for (int i = threadIdx.x; i < width; i += blockDim.x) out[(size_t)blockIdx.x * width + i] = row[i] * factor * weight[i];
}

// Adds one row to every row.
extern "C" __global__ void shift(float *x, const float *bias, int width, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) x[i] += bias[i % width];
}

extern "C" __global__ void add(float *x, const float *delta, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) x[i] += delta[i];
}

// silu(gate) * up; a row of `x` holds the gates, then the ups.
extern "C" __global__ void gate(const float *x, int width, int count, float *out) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const float *row = x + (size_t)(i / width) * 2 * width;
    out[i] = silu(row[i % width]) * row[width + i % width];
}

extern "C" __global__ void pick(const float *x, const int *rows, int width, float *out) {
    const float *row = x + (size_t)rows[blockIdx.x] * width;
    for (int i = threadIdx.x; i < width; i += blockDim.x) out[(size_t)blockIdx.x * width + i] = row[i];
}

// silu of a short convolution over the positions of one conversation, a thread for each channel. `before` holds the
// inputs that came before and becomes those before the next ones, [taps - 1, width].
extern "C" __global__ void convolve(const float *weight, const float *bias, float *before, const float *x, int stride,
                                    int width, int rows, int taps, float *out) {
    int channel = blockIdx.x * blockDim.x + threadIdx.x;
    if (channel >= width) return;
    for (int row = 0; row < rows; row++) {
        float newest = x[(size_t)row * stride + channel], sum = bias[channel];
        for (int tap = 0; tap + 1 < taps; tap++) {
            float old = before[(size_t)tap * width + channel];
            sum = fmaf(weight[(size_t)tap * width + channel], old, sum);
            if (tap > 0) before[(size_t)(tap - 1) * width + channel] = old;
        }
        if (taps > 1) before[(size_t)(taps - 2) * width + channel] = newest;
        sum = fmaf(weight[(size_t)(taps - 1) * width + channel], newest, sum);
        out[(size_t)row * width + channel] = silu(sum);
    }
}

// The selective scan of one conversation (Gu and Dao 2023), a thread for each channel.
extern "C" __global__ void scan(const float *decay, const float *skip, float *state, const float *x, const float *steps,
                                const float *in_out, const float *gates, int width, int states, int rows, float *out) {
    int channel = blockIdx.x * blockDim.x + threadIdx.x;
    if (channel >= width) return;
    for (int row = 0; row < rows; row++) {
        size_t at = (size_t)row * width + channel;
        float step = steps[at] > 20.0f ? steps[at] : log1pf(expf(steps[at]));
        float sum = x[at] * skip[channel];
        for (int n = 0; n < states; n++) {
            size_t mine = (size_t)n * width + channel;
            float now = expf(step * decay[mine]) * state[mine] + x[at] * step * in_out[(size_t)row * 2 * states + n];
            state[mine] = now;
            sum = fmaf(now, in_out[((size_t)row * 2 + 1) * states + n], sum);
        }
        out[at] = sum * silu(gates[((size_t)row * 2 + 1) * width + channel]);
    }
}
