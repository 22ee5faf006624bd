"""Random texts of mixed scripts, emoji, code and white space; the same on every machine for a seed."""
import random

WORDS = ("the of Paris language's isn't WE'LL don't mother tongue naïve Größe São Привет мир 你好世界 こんにちは 안녕하세요 مرحبا שלום नमस्ते "
         "ไทย Ελληνικά int main(void) return x+=1; {'a': [1, 2]} </div> https://e.org/?q=1&r=2 snake_case CamelCase #include <a.h> -> :: "
         "3.14159 1,000,000 2018-01-22 ²³ ⅷ ٣٤ x₁ 😀 👩‍👩‍👧 🇩🇪 ❤️ café e\u0301 ... !!! -- \u2014 \u201cquoted\u201d \u2026 ▁ \ufeff").split(" ")
SPACES = [" ", " ", " ", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "    ", " \n ", "\u00a0", "\u2003", "\u3000", "\u180e", "\u200b", ""]
RANGES = [(0x20, 0x7e), (0x20, 0x7e), (0xa1, 0x17f), (0x370, 0x3ff), (0x400, 0x45f), (0x5d0, 0x5ea), (0x621, 0x64a), (0x905, 0x939), (0xe01, 0xe2e),
          (0x3041, 0x3093), (0x4e00, 0x4fff), (0xac00, 0xaeff), (0x2190, 0x21ff), (0x1f300, 0x1f5ff), (0x1d400, 0x1d433), (0x300, 0x30f)]


def piece(rng):
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(WORDS)
    if kind < 0.7:
        return "".join(rng.choice("0123456789") for _ in range(rng.randint(1, 8)))
    lo, hi = rng.choice(RANGES)
    return "".join(chr(rng.randint(lo, hi)) for _ in range(rng.randint(1, 6)))


def strings(n, seed):
    """n texts of up to 24 pieces."""
    rng = random.Random(seed)
    out = []
    for _ in range(n):
        out.append("".join(piece(rng) + rng.choice(SPACES) for _ in range(rng.randint(0, 24))))
    return out
