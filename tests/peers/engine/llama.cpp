// Measures llama.cpp on a GGUF file the way `turnwise model bench` measures a checkpoint: prompts read one after
// another, then one token at a time for every conversation together. No sampling on either side.
//
//     llama MODEL.gguf THREADS PROMPT STEPS BATCH...
//
// Prints a line a batch: `batch prefill_tokens_per_s decode_tokens_per_s`, the better of three rounds.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "llama.h"

using Clock = std::chrono::steady_clock;

static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

static void put(llama_batch & batch, llama_token token, int position, int sequence, bool wanted) {
    const int n = batch.n_tokens++;
    batch.token[n] = token;
    batch.pos[n] = position;
    batch.n_seq_id[n] = 1;
    batch.seq_id[n][0] = sequence;
    batch.logits[n] = wanted;
}

static void decode(llama_context * context, llama_batch & batch) {
    if (llama_decode(context, batch) != 0) {
        std::fprintf(stderr, "llama_decode failed\n");
        std::exit(1);
    }
    batch.n_tokens = 0;
}

int main(int argc, char ** argv) {
    if (argc < 6) return 2;
    const int threads = std::atoi(argv[2]), prompt = std::atoi(argv[3]), steps = std::atoi(argv[4]);
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    ggml_backend_load_all_from_path(std::getenv("LLAMA_BINS"));
    llama_model * model = llama_model_load_from_file(argv[1], llama_model_default_params());
    if (!model) return 1;
    const int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    for (int argument = 5; argument < argc; argument++) {
        const int size = std::atoi(argv[argument]);
        llama_context_params params = llama_context_default_params();
        params.n_ctx = size * (prompt + steps + 64);
        params.n_batch = params.n_ubatch = 512;
        params.n_seq_max = size;
        params.n_threads = params.n_threads_batch = threads;
        llama_context * context = llama_init_from_model(model, params);
        if (!context) return 1;
        llama_batch batch = llama_batch_init(512, 0, 1);
        double prefill = 1e9, writing = 1e9;
        for (int round = 0; round < 3; round++) {
            llama_memory_clear(llama_get_memory(context), true);
            Clock::time_point start = Clock::now();
            for (int sequence = 0; sequence < size; sequence++) {
                for (int i = 0; i < prompt; i++) {
                    put(batch, i * 7919 % vocabulary, i, sequence, i + 1 == prompt);
                    if (batch.n_tokens == 512 || i + 1 == prompt) decode(context, batch);
                }
            }
            llama_synchronize(context);
            const double read = seconds_since(start);
            if (read < prefill) prefill = read;
            start = Clock::now();
            for (int step = 0; step < steps; step++) {
                for (int sequence = 0; sequence < size; sequence++) {
                    put(batch, (step * 7919 + sequence) % vocabulary, prompt + step, sequence, true);
                }
                decode(context, batch);
                llama_get_logits(context);
            }
            const double wrote = seconds_since(start);
            if (wrote < writing) writing = wrote;
        }
        std::printf("%d %.1f %.1f\n", size, size * prompt / prefill, size * steps / writing);
        std::fflush(stdout);
        llama_batch_free(batch);
        llama_free(context);
    }
    llama_model_free(model);
}
