// A CUDA device that is none: the part of the driver's interface that the back end uses, carried out on the processor
// with the very kernels that a device runs, compiled by a C++ compiler. It says whether the kernels and the code around
// them are right, and nothing about how fast they are.
//
// Fresh memory is filled with NaN and ends at a page that may not be touched, so that reading what was not written or
// lies beyond the end shows.

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kernels.cu"

Dimensions threadIdx, blockIdx, blockDim, gridDim;

#ifndef __x86_64__
#error "the emulated device changes over between fibres in the language of x86-64"
#endif

// Goes on where `to` stopped; what a function must keep is kept on the stack that is left, and `stopped` says where.
extern "C" void change_over(void **stopped, void *to);
asm(".text\n.globl change_over\n.hidden change_over\nchange_over:\n"
    "pushq %rbp\npushq %rbx\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
    "movq %rsp, (%rdi)\nmovq %rsi, %rsp\n"
    "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbx\npopq %rbp\nret\n");

namespace {

enum class State { Ready, AtWarp, AtBlock, Done };

struct Fibre {
    void *stopped = nullptr;
    std::vector<char> stack = std::vector<char>(64 << 10);
    State state = State::Done;
};

std::vector<Fibre> fibres(1024);
Shown warps[32];
void *scheduler;
unsigned current;
void (*body)(void **);
void **arguments;

void pause_as(State state) {
    fibres[current].state = state;
    change_over(&fibres[current].stopped, scheduler);
}

void run_fibre() {
    body(arguments);
    pause_as(State::Done);
}

// Those who wait go on when everybody who is not done waits for the same.
bool release(unsigned first, unsigned last, State waiting) {
    bool any = false;
    for (unsigned i = first; i < last; i++) {
        if (fibres[i].state == waiting) any = true;
        else if (fibres[i].state != State::Done) return false;
    }
    for (unsigned i = first; i < last && any; i++) {
        if (fibres[i].state == waiting) fibres[i].state = State::Ready;
    }
    return any;
}

bool advance(unsigned threads) {
    bool moved = false;
    for (unsigned i = 0; i < threads; i++) {
        if (fibres[i].state != State::Ready) continue;
        current = i;
        threadIdx = {i, 0, 0};
        change_over(&scheduler, fibres[i].stopped);
        moved = true;
    }
    for (unsigned warp = 0; warp < threads; warp += 32) {
        unsigned end = warp + 32 < threads ? warp + 32 : threads;
        moved |= release(warp, end, State::AtWarp);
    }
    return moved | release(0, threads, State::AtBlock);
}

void run_block(unsigned threads) {
    for (unsigned i = 0; i < threads; i++) {
        Fibre &fibre = fibres[i];
        // As if it had stopped at its beginning: six registers, and where to go on.
        void **top = (void **)((u64)(fibre.stack.data() + fibre.stack.size()) & ~15ull) - 8;
        for (int word = 0; word < 6; word++) top[word] = nullptr;
        top[6] = (void *)run_fibre;
        fibre.stopped = top;
        fibre.state = State::Ready;
    }
    while (advance(threads)) {
    }
    for (unsigned i = 0; i < threads; i++) {
        if (fibres[i].state == State::Done) continue;
        fprintf(stderr, "the threads of a block wait for each other for ever\n");
        abort();
    }
}

template <typename... A, size_t... I>
void call(void (*kernel)(A...), void **from, std::index_sequence<I...>) {
    kernel(*(A *)from[I]...);
}

template <auto kernel>
struct Called;
template <typename... A, void (*kernel)(A...)>
struct Called<kernel> {
    static void with(void **from) { call(kernel, from, std::index_sequence_for<A...>()); }
};

#define KERNEL(name) {#name, Called<name>::with}
const std::map<std::string, void (*)(void **)> kernels = {
    KERNEL(project_1_1), KERNEL(project_2_2), KERNEL(project_2_4), KERNEL(project_4_4), KERNEL(project_4_8),
    KERNEL(embed), KERNEL(place_bf16), KERNEL(attend_bf16_1), KERNEL(attend_bf16_4), KERNEL(attend_bf16_8),
    KERNEL(place_f32), KERNEL(attend_f32_1), KERNEL(attend_f32_4), KERNEL(attend_f32_8),
    KERNEL(combine), KERNEL(normalise), KERNEL(shift), KERNEL(add),
    KERNEL(gate), KERNEL(pick), KERNEL(convolve), KERNEL(scan),
};

std::map<u64, std::pair<char *, size_t>> allocations;
size_t taken;
// The device does one thing at a time, whoever asks.
std::recursive_mutex busy;
using Turn = std::lock_guard<std::recursive_mutex>;
constexpr size_t ROOM = 1 << 30;

}  // namespace

void __syncthreads() { pause_as(State::AtBlock); }
void wait_for_warp() { pause_as(State::AtWarp); }
Shown &shown() { return warps[threadIdx.x / 32]; }

extern "C" {

int cuInit(unsigned) { return 0; }
int cuDriverGetVersion(int *version) { return *version = 13000, 0; }
int cuDeviceGetCount(int *count) { return *count = 1, 0; }
int cuDeviceGet(int *device, int ordinal) { return ordinal == 0 ? (*device = 0, 0) : 101; }
int cuDeviceGetName(char *name, int length, int) { return snprintf(name, length, "emulated device"), 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int) { return *bytes = ROOM, 0; }
// Attributes 75 and 76 are the compute capability.
int cuDeviceGetAttribute(int *value, int attribute, int) { return *value = attribute == 75 ? 9 : attribute != 76, 0; }
int cuDevicePrimaryCtxRetain(void **context, int) { return *context = (void *)1, 0; }
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(void *) { return 0; }
int cuCtxGetCurrent(void **context) { return *context = (void *)1, 0; }
int cuCtxSynchronize() { return 0; }
int cuStreamSynchronize(void *) { return 0; }
int cuEventCreate(void **event, unsigned) { return *event = (void *)1, 0; }
int cuEventRecord(void *, void *) { return 0; }
int cuEventSynchronize(void *) { return 0; }
int cuEventDestroy_v2(void *) { return 0; }
int cuStreamWaitEvent(void *, void *, unsigned) { return 0; }
int cuMemHostAlloc(void **to, size_t bytes, unsigned) { return *to = malloc(bytes), *to == nullptr ? 2 : 0; }
int cuMemFreeHost(void *at) { return free(at), 0; }
int cuMemGetInfo_v2(size_t *left, size_t *total) { return *left = ROOM - taken, *total = ROOM, 0; }
int cuGetErrorName(int, const char **text) { return *text = "emulated", 0; }
int cuGetErrorString(int, const char **text) { return *text = "an error of the emulated device", 0; }

int cuMemAlloc_v2(u64 *to, size_t bytes) {
    Turn turn(busy);
    size_t page = 4096, pages = (bytes + page - 1) / page * page;
    if (bytes == 0) return 1;
    if (bytes > ROOM - taken) return 2;
    char *base = (char *)mmap(nullptr, pages + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return 2;
    mprotect(base + pages, page, PROT_NONE);
    memset(base, 0xff, pages);
    *to = (u64)(base + pages - (bytes + 15) / 16 * 16);
    allocations[*to] = {base, pages + page};
    taken += pages;
    return 0;
}
int cuMemAllocAsync(u64 *to, size_t bytes, void *) { return cuMemAlloc_v2(to, bytes); }
int cuMemFree_v2(u64 at) {
    Turn turn(busy);
    auto found = allocations.find(at);
    if (found == allocations.end()) return 1;
    munmap(found->second.first, found->second.second);
    taken -= found->second.second - 4096;
    allocations.erase(found);
    return 0;
}
int cuMemFreeAsync(u64 at, void *) { return cuMemFree_v2(at); }
int cuMemsetD8Async(u64 to, unsigned char value, size_t bytes, void *) { return memset((void *)to, value, bytes), 0; }
int cuMemcpyHtoDAsync_v2(u64 to, const void *from, size_t bytes, void *) { return memcpy((void *)to, from, bytes), 0; }
int cuMemcpyDtoHAsync_v2(void *to, u64 from, size_t bytes, void *) { return memcpy(to, (void *)from, bytes), 0; }
int cuMemcpyDtoDAsync_v2(u64 to, u64 from, size_t bytes, void *) { return memcpy((void *)to, (void *)from, bytes), 0; }

int cuModuleLoadData(void **module, const void *) { return *module = (void *)1, 0; }
int cuModuleUnload(void *) { return 0; }
int cuModuleGetFunction(void **function, void *, const char *name) {
    auto found = kernels.find(name);
    if (found == kernels.end()) return 500;
    return *function = (void *)found->second, 0;
}
int cuLaunchKernel(void *function, unsigned x, unsigned y, unsigned z, unsigned threads, unsigned high, unsigned deep,
                   unsigned shared, void *, void **from, void **) {
    Turn turn(busy);
    if (x == 0 || y == 0 || z == 0 || y > 65535 || z > 65535) return 1;
    if (threads == 0 || threads > 1024 || high != 1 || deep != 1 || shared > 48 << 10) return 1;
    body = (void (*)(void **))function;
    arguments = from;
    gridDim = {x, y, z};
    blockDim = {threads, 1, 1};
    for (unsigned i = 0; i < x * y * z; i++) {
        blockIdx = {i % x, i / x % y, i / x / y};
        run_block(threads);
    }
    return 0;
}
}
