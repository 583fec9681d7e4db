"""Random checkpoints of the shape of Qwen3, as safetensors and as GGUF, for measuring engines beside one another."""

import json
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Q

# name: hidden size, layers, query heads, key heads, width of a head, feed-forward width, vocabulary
SHAPES = {
    "5m": (256, 5, 4, 2, 64, 768, 4096),
    "50m": (512, 11, 8, 4, 64, 1536, 32000),
    "500m": (1024, 28, 16, 8, 128, 3072, 151936),
}
FORMATS = {"f32": Q.F32, "bf16": Q.BF16, "q8_0": Q.Q8_0, "q4_k": Q.Q4_K}
CONTEXT = 8192


def tensors(size):
    """Every tensor of a size: its name in safetensors, in GGUF, and its shape."""
    hidden, layers, heads, keys, width, wide, vocabulary = SHAPES[size]
    yield "model.embed_tokens", "token_embd", (vocabulary, hidden)
    yield "model.norm", "output_norm", (hidden,)
    for i in range(layers):
        long, short = f"model.layers.{i}.", f"blk.{i}."
        yield long + "input_layernorm", short + "attn_norm", (hidden,)
        yield long + "post_attention_layernorm", short + "ffn_norm", (hidden,)
        yield long + "self_attn.q_proj", short + "attn_q", (heads * width, hidden)
        yield long + "self_attn.k_proj", short + "attn_k", (keys * width, hidden)
        yield long + "self_attn.v_proj", short + "attn_v", (keys * width, hidden)
        yield long + "self_attn.o_proj", short + "attn_output", (hidden, heads * width)
        yield long + "self_attn.q_norm", short + "attn_q_norm", (width,)
        yield long + "self_attn.k_norm", short + "attn_k_norm", (width,)
        yield long + "mlp.gate_proj", short + "ffn_gate", (wide, hidden)
        yield long + "mlp.up_proj", short + "ffn_up", (wide, hidden)
        yield long + "mlp.down_proj", short + "ffn_down", (hidden, wide)


def values(rng, shape):
    """Weights in single precision that bfloat16 does not hold exactly."""
    if len(shape) == 1:
        return np.ones(shape, np.float32)
    return rng.standard_normal(shape, np.float32) / np.float32(np.sqrt(shape[1]))


def q4_k_blocks(rng, shape):
    """Random blocks of Q4_K, whose quantiser the package does not have, with scales that keep weights small."""
    blocks = rng.integers(0, 256, (shape[0] * shape[1] // 256, 144), dtype=np.uint8)
    blocks[:, 0:2] = np.frombuffer(np.float16(0.0003).tobytes(), np.uint8)
    blocks[:, 2:4] = np.frombuffer(np.float16(0.0022).tobytes(), np.uint8)
    return blocks.reshape(shape[0], -1)


def words(count):
    """A vocabulary of that size: a token for each byte, as byte-level BPE writes it, and made-up words."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = [chr(byte) for byte in shown] + [chr(256 + i) for i in range(len(hidden))]
    return letters + [f"word{i}" for i in range(len(letters), count)]


def tokenizer(count):
    """That vocabulary as a `tokenizer.json`, without merges."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    vocabulary = {word: i for i, word in enumerate(words(count))}
    return {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": byte_level,
        "decoder": byte_level,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    }


def bf16_bits(x):
    return (x.view(np.uint32) >> 16).astype(np.uint16)


def write_directory(folder: Path, size: str, kind: str) -> None:
    """A checkpoint in Hugging Face layout, stored as F32 or BF16."""
    hidden, layers, heads, keys, width, wide, vocabulary = SHAPES[size]
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": keys,
        "head_dim": width,
        "intermediate_size": wide,
        "vocab_size": vocabulary,
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "attention_bias": False,
        "tie_word_embeddings": True,
        "dtype": {"f32": "float32", "bf16": "bfloat16"}[kind],
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(vocabulary)))
    (folder / "tokenizer_config.json").write_text("{}")
    rng, header, offset, parts = np.random.default_rng(0), {}, 0, []
    for name, _, shape in tensors(size):
        data = values(rng, shape)
        data = data if kind == "f32" else bf16_bits(data)
        header[name + ".weight"] = {
            "dtype": kind.upper(),
            "shape": list(shape),
            "data_offsets": [offset, offset + data.nbytes],
        }
        offset += data.nbytes
        parts.append(data)
    text = json.dumps(header).encode()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for part in parts:
            part.tofile(file)


def write_gguf(path: Path, size: str, kind: str) -> None:
    """The same shape as GGUF; vectors stay in single precision, as everywhere."""
    hidden, layers, heads, keys, width, wide, vocabulary = SHAPES[size]
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(wide)
    writer.add_head_count(heads)
    writer.add_head_count_kv(keys)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(vocabulary)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(words(vocabulary))
    writer.add_token_types([gguf.TokenType.NORMAL] * vocabulary)
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(0)
    rng = np.random.default_rng(0)
    for _, name, shape in tensors(size):
        if len(shape) == 1 or kind == "f32":
            writer.add_tensor(name + ".weight", values(rng, shape))
        elif kind == "q4_k":
            writer.add_tensor(name + ".weight", q4_k_blocks(rng, shape), raw_dtype=Q.Q4_K)
        else:
            data = gguf.quants.quantize(values(rng, shape), FORMATS[kind])
            writer.add_tensor(name + ".weight", data, raw_dtype=FORMATS[kind])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make(folder: Path, size: str, kind: str) -> tuple[Path, Path | None]:
    """The GGUF file, and the directory where this format has one; written unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    file, directory = folder / f"{size}-{kind}.gguf", folder / f"{size}-{kind}"
    if not file.exists():
        write_gguf(file, size, kind)
    if kind not in ("f32", "bf16"):
        return file, None
    if not (directory / "model.safetensors").exists():
        write_directory(directory, size, kind)
    return file, directory
