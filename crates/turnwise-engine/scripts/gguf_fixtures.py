"""Writes the GGUF files in tests/fixtures/gguf, and what transformers makes of the weights they stand for.

    pip install torch transformers tokenizers gguf
    python crates/turnwise-engine/scripts/gguf_fixtures.py

Weights are quantised by the package `gguf`, or, for the formats that it can only read, drawn as random blocks; it
says what they stand for, and transformers computes with that. So the reference has no error of quantisation.
"""

import json
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from gguf import GGMLQuantizationType as Q

from fixtures import CHATML, LLAMA3, OUT, SHAPE, SPECIAL, randomise, reference_of, tokenizer

NARROW = {**SHAPE, "num_hidden_layers": 1}
WIDE = {**NARROW, "hidden_size": 256, "intermediate_size": 32, "num_attention_heads": 2, "num_key_value_heads": 1}

# name: (architecture, family, shape, type of most matrices, type of values and embeddings)
FIXTURES = {
    "qwen3-q4_k_m": ("qwen3", "Qwen3", dict(**WIDE, tie_word_embeddings=True), Q.Q4_K, Q.Q6_K),
    "llama-q5_k": ("llama", "Llama", dict(**WIDE, tie_word_embeddings=True, rope_parameters=LLAMA3), Q.Q5_K, Q.Q8_0),
    "llama-q8_0": ("llama", "Llama", NARROW, Q.Q8_0, Q.Q4_0),
    "qwen2-f16": ("qwen2", "Qwen2", NARROW, Q.F16, Q.BF16),
    "mistral-q4_1": ("llama", "Mistral", dict(**NARROW, sliding_window=20), Q.Q4_1, Q.F32),
}

BLOCK_BYTES = {Q.Q4_K: 144, Q.Q5_K: 176, Q.Q6_K: 210}

NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def stored_name(name: str) -> str:
    stem, kind = name.rsplit(".", 1)
    if stem.startswith("model.layers."):
        _, _, layer, part = stem.split(".", 3)
        return f"blk.{layer}.{NAMES[part]}.{kind}"
    return f"{NAMES[stem]}.{kind}"


def random_blocks(rng, kind: Q, rows: int, inputs: int) -> np.ndarray:
    """Blocks of random bytes whose scales are such that weights are of the usual size."""
    blocks = rng.integers(0, 256, (rows * inputs // 256, BLOCK_BYTES[kind]), dtype=np.uint8)
    scale = np.float16(0.0003).tobytes()
    if kind == Q.Q6_K:
        blocks[:, 192:208] = rng.integers(-64, 64, (len(blocks), 16), dtype=np.int8).view(np.uint8)
        blocks[:, 208:210] = np.frombuffer(np.float16(0.00008).tobytes(), np.uint8)
    else:
        blocks[:, 0:2] = np.frombuffer(scale, np.uint8)
        blocks[:, 2:4] = np.frombuffer(np.float16(0.0022 if kind == Q.Q4_K else 0.0045).tobytes(), np.uint8)
    return blocks.reshape(rows, -1)


def stored(rng, kind: Q, weight: np.ndarray) -> tuple[np.ndarray, Q]:
    """The bytes of a matrix, in this format if its rows are whole blocks."""
    if kind in BLOCK_BYTES:
        if weight.shape[1] % 256 == 0:
            return random_blocks(rng, kind, *weight.shape), kind
        kind = Q.Q8_0
    if kind not in (Q.F32, Q.F16, Q.BF16) and weight.shape[1] % 32:
        kind = Q.F16
    return gguf.quants.quantize(weight, kind), kind


def neighbours(data: np.ndarray, heads: int) -> np.ndarray:
    """The rows of queries and keys as GGUF keeps them for Llama: what is rotated together lies together."""
    rows = data.shape[0]
    return data.reshape(heads, 2, rows // heads // 2, *data.shape[1:]).swapaxes(1, 2).reshape(data.shape)


def metadata(writer: gguf.GGUFWriter, config, words, windowed: bool) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(16)
    writer.add_value_length(16)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    if windowed:
        writer.add_sliding_window(config.sliding_window)
    inner = json.loads(words.backend_tokenizer.to_str())["model"]
    known = {**inner["vocab"], **words.get_added_vocab()}
    tokens = [token for token, _ in sorted(known.items(), key=lambda item: item[1])]
    tokens += [f"[PAD{i}]" for i in range(len(tokens), config.vocab_size)]
    kinds = [gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens]
    kinds = [gguf.TokenType.UNUSED if token.startswith("[PAD") else kind for token, kind in zip(tokens, kinds)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(merge) for merge in inner["merges"]])
    writer.add_eos_token_id(known["<|im_end|>"])
    writer.add_chat_template(CHATML)


def rope_factors(config) -> np.ndarray:
    """What the frequencies of `llama3` scaling are divided by."""
    scaled, _ = transformers.modeling_rope_utils.ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    plain = config.rope_parameters["rope_theta"] ** (-np.arange(0, 16, 2) / 16)
    return (plain / scaled.numpy()).astype(np.float32)


def write(name: str) -> None:
    architecture, family, shape, most, some = FIXTURES[name]
    rng = np.random.default_rng(sum(map(ord, name)))
    config = getattr(transformers, f"{family}Config")(**shape)
    model = getattr(transformers, f"{family}ForCausalLM")(config).eval()
    randomise(model, seed=sum(map(ord, name)))
    words = tokenizer()
    writer = gguf.GGUFWriter(OUT / "gguf" / f"{name}.gguf", architecture)
    metadata(writer, config, words, windowed=family == "Mistral")
    for tensor, weight in model.named_parameters():
        numbers = weight.detach().numpy().astype(np.float32)
        data, kind = numbers, Q.F32
        if numbers.ndim == 2:
            data, kind = stored(rng, some if "v_proj" in tensor or "embed" in tensor else most, numbers)
            with torch.no_grad():
                weight.copy_(torch.from_numpy(gguf.quants.dequantize(data, kind).astype(np.float32)))
        if architecture == "llama" and ("q_proj" in tensor or "k_proj" in tensor):
            heads = config.num_attention_heads if "q_proj" in tensor else config.num_key_value_heads
            data = neighbours(data, heads)
        writer.add_tensor(stored_name(tensor), np.ascontiguousarray(data), raw_dtype=kind)
    if config.rope_parameters["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", rope_factors(config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    reference_of(model, words, OUT / "gguf" / f"{name}.json")
    print(name, (OUT / "gguf" / f"{name}.gguf").stat().st_size)


if __name__ == "__main__":
    transformers.utils.logging.set_verbosity_error()
    (OUT / "gguf").mkdir(parents=True, exist_ok=True)
    for fixture in FIXTURES:
        write(fixture)
