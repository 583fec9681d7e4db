"""Writes the checkpoints in tests/fixtures with Hugging Face transformers, and what transformers makes of them.

    pip install torch transformers tokenizers safetensors gguf
    python crates/turnwise-engine/scripts/fixtures.py [NAME…]

Each fixture is a directory in Hugging Face layout, randomly initialised, with `reference.json`: the logits of a
prompt, the 64 tokens that follow greedily, and what the chat template and the tokenizer make of a conversation.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

OUT = Path(__file__).resolve().parent.parent / "tests" / "fixtures"

SHAPE = dict(
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    intermediate_size=48,
    head_dim=16,
    vocab_size=288,
    max_position_embeddings=256,
    bos_token_id=None,
    eos_token_id=282,
    pad_token_id=None,
)

LLAMA3 = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=64)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=64)
LINEAR = dict(rope_type="linear", rope_theta=10000.0, factor=2.5)

# name: (family, changes of the shape, dtype of the weights, largest shard)
FIXTURES = {
    "llama2": ("Llama", dict(num_key_value_heads=4), torch.bfloat16, None),
    "llama3": ("Llama", dict(rope_parameters=LLAMA3, tie_word_embeddings=True), torch.bfloat16, None),
    "llama-biased": ("Llama", dict(attention_bias=True, mlp_bias=True, rope_parameters=LINEAR), torch.bfloat16, "40KB"),
    "mistral": ("Mistral", dict(sliding_window=20), torch.float16, None),
    "qwen2": ("Qwen2", dict(rope_parameters=YARN), torch.bfloat16, None),
    "qwen2-windowed": (
        "Qwen2",
        dict(use_sliding_window=True, sliding_window=24, max_window_layers=1, tie_word_embeddings=True,
             intermediate_size=32, num_key_value_heads=1),
        torch.float32,
        None,
    ),
    "qwen3": ("Qwen3", dict(tie_word_embeddings=True), torch.bfloat16, None),
    "mamba": ("Mamba", dict(), torch.float32, None),
    "mamba-biased": ("Mamba", dict(use_bias=True, use_conv_bias=False, tie_word_embeddings=False), torch.bfloat16, None),
    "qwen3-biased": ("Qwen3", dict(attention_bias=True, num_key_value_heads=1), torch.bfloat16, None),
}

MAMBA = dict(hidden_size=32, intermediate_size=64, state_size=8, conv_kernel=4, time_step_rank=3,
             num_hidden_layers=2, vocab_size=288, eos_token_id=282, bos_token_id=None, pad_token_id=None)

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]

CHATML = (
    "{%- if messages[0]['role'] == 'system' %}\n"
    "    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}\n"
    "{%- else %}\n"
    "    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}\n"
    "{%- endif %}\n"
    "{%- for message in messages %}\n"
    "    {%- if message.role == 'user' or (message.role == 'system' and not loop.first) %}\n"
    "        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n"
    "    {%- elif message.role == 'assistant' %}\n"
    "        {%- set content = message.content %}\n"
    "        {%- if '</think>' in content %}\n"
    "            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n"
    "        {%- endif %}\n"
    "        {{- '<|im_start|>' + message.role + '\\n' + content | trim + '<|im_end|>\\n' }}\n"
    "    {%- endif %}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n"
    "    {{- '<|im_start|>assistant\\n' }}\n"
    "{%- endif %}\n"
)

CONVERSATION = [
    {"role": "system", "content": "You repair programs."},
    {"role": "user", "content": "Héllo — run the tests\n\tand don't stop at 1234 %  of them. 你好"},
    {"role": "assistant", "content": "<think>\nhm\n</think>\n\npytest -q  "},
    {"role": "user", "content": "2 failed"},
]


def tokenizer() -> PreTrainedTokenizerFast:
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    text = ["the tests run and the program stops", "don't stop the tests", "system user assistant"]
    # 256 bytes and 24 merges: every byte has a token, so that nothing is unknown.
    trainer = trainers.BpeTrainer(
        vocab_size=280, show_progress=False, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())
    )
    inner.train_from_iterator(text, trainer)
    inner.add_special_tokens(SPECIAL)
    assert inner.get_vocab_size() == 285, inner.get_vocab_size()
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=CHATML,
        clean_up_tokenization_spaces=False,
    )


def randomise(model, seed: int) -> None:
    """Larger than the usual initialisation, so that layers matter and logits differ."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if "A_log" in name or name.endswith("mixer.D") or "dt_proj.bias" in name:
                continue
            if name.endswith("bias"):
                weight.copy_(0.3 * noise)
            elif "conv1d" in name:
                weight.copy_(0.5 * noise)
            elif weight.dim() == 1:
                weight.copy_(1.0 + 0.2 * noise)
            else:
                weight.copy_(noise * 1.2 / weight.shape[-1] ** 0.5)


def greedy(model, prompt: list[int], count: int) -> list[int]:
    """Without a cache: what the network says, not what a cache makes of it."""
    tokens = list(prompt)
    with torch.no_grad():
        for _ in range(count):
            logits = model(torch.tensor([tokens]), use_cache=False).logits[0, -1]
            tokens.append(int(logits.argmax()))
    return tokens[len(prompt):]


def reference(directory: Path, tokenizer) -> None:
    # Read back from the files, computed in f32 whatever they are stored in.
    model = transformers.AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    reference_of(model.eval(), tokenizer, directory / "reference.json")


def reference_of(model, tokenizer, file: Path) -> None:
    prompt = [(i * i * 31 + i * 7 + 97) % model.config.vocab_size for i in range(40)]
    with torch.no_grad():
        logits = model(torch.tensor([prompt]), use_cache=False).logits[0]
    rendered = tokenizer.apply_chat_template(CONVERSATION, tokenize=False, add_generation_prompt=True)
    # The first, one beyond every window, and the last.
    positions = [0, 29, 39]
    known = {
        "prompt": prompt,
        "positions": positions,
        "logits": [[round(float(x), 6) for x in logits[at]] for at in positions],
        "greedy": greedy(model, prompt, 64),
        "conversation": CONVERSATION,
        "rendered": rendered,
        "tokens": tokenizer(rendered, add_special_tokens=False)["input_ids"],
    }
    file.write_text(json.dumps(known, ensure_ascii=False, separators=(",", ":")) + "\n")


def write(name: str) -> None:
    family, changes, dtype, shard = FIXTURES[name]
    directory = OUT / name
    shutil.rmtree(directory, ignore_errors=True)
    shape = MAMBA if family == "Mamba" else SHAPE
    config = getattr(transformers, f"{family}Config")(**{**shape, **changes})
    model = getattr(transformers, f"{family}ForCausalLM")(config)
    randomise(model, seed=sum(map(ord, name)))
    model = model.to(dtype)
    model.save_pretrained(directory, **({"max_shard_size": shard} if shard else {}))
    words = tokenizer()
    words.save_pretrained(directory)
    reference(directory, words)
    for file in directory.iterdir():
        file.chmod(0o644)
    print(name, sum(file.stat().st_size for file in directory.iterdir()))


def main() -> None:
    transformers.utils.logging.set_verbosity_error()
    for name in sys.argv[1:] or FIXTURES:
        write(name)


if __name__ == "__main__":
    main()
