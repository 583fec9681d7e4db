#!/usr/bin/env python3
"""What Hugging Face transformers makes of the decoder that the example `gpu` measures: random bfloat16 weights in the
shape of a 7B on one GPU, one token for each of a batch of conversations after 512 tokens.

    python3 gpu_peer.py [BATCH…]

It needs torch and transformers, and says so where they are missing. Nothing is downloaded.
"""

import statistics
import sys
import time


def main() -> None:
    try:
        import torch
        import transformers
    except ImportError as missing:
        print(f"no peer: {missing}")
        return
    if not torch.cuda.is_available():
        print("no peer: torch finds no GPU")
        return
    config = transformers.LlamaConfig(
        hidden_size=3584,
        num_hidden_layers=28,
        num_attention_heads=28,
        num_key_value_heads=4,
        head_dim=128,
        intermediate_size=18944,
        vocab_size=152064,
        max_position_embeddings=32768,
        rms_norm_eps=1e-6,
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").eval()
    print(f"transformers {transformers.__version__}, torch {torch.__version__}, {torch.cuda.get_device_name()}")
    first = None
    for batch in [int(text) for text in sys.argv[1:]] or [1, 8, 32]:
        tokens = torch.randint(0, 150000, (batch, 512), device="cuda")
        with torch.inference_mode():
            began = time.perf_counter()
            out = model(tokens, use_cache=True, logits_to_keep=1)
            torch.cuda.synchronize()
            prefill = batch * 512 / (time.perf_counter() - began)
            times = []
            for _ in range(36):
                began = time.perf_counter()
                token = out.logits[:, -1:].argmax(-1)
                out = model(token, past_key_values=out.past_key_values, use_cache=True)
                out.logits.float().cpu()
                times.append(time.perf_counter() - began)
        step = statistics.median(times[4:])
        first = first or batch / step
        print(
            f"transformers, batch {batch}: {step * 1e3:.2f} ms a step, {batch / step:.0f} tokens/s "
            f"({batch / step / first:.1f} times the first), prefill {prefill:.0f} tokens/s"
        )


if __name__ == "__main__":
    main()
