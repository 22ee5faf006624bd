"""../data/quantised/*.safetensors: weights quantised by each method, beside NAME.expected: the float32 values that the method's public
code gives. Each file stands for a checkpoint; where config.json matters, the file is in a folder with one.

Values are computed in float32: scales that are stored as BF16 or F16 are widened first, since the public code would otherwise round the
products to that type. GPTQ's formula is copied from auto-gptq 0.7.1 (nn_modules/qlinear/qlinear_cuda.py, forward; the package does not
install beside a recent torch), AWQ's from autoawq 0.2.9 (utils/packing_utils.py, dequantize_gemm), ModelOpt's from nvidia-modelopt 0.47.0
(torch/quantization/qtensor/nvfp4_tensor.py, dequantize).

Seed 21. Versions: requirements.txt.
"""
import json
import pathlib
import types

import bitsandbytes.functional as bnb
import numpy as np
import torch
from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
from compressed_tensors.compressors.mxfp4.base import MXFP4PackedCompressor
from compressed_tensors.compressors.nvfp4.base import NVFP4PackedCompressor
from compressed_tensors.compressors.pack_quantized.base import PackedQuantizationCompressor
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.lifecycle.forward import dequantize
from safetensors.torch import save_file
from transformers.integrations.finegrained_fp8 import Fp8Dequantize
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

here = pathlib.Path(__file__).parent
data = here.parent / "data" / "quantised"
torch.manual_seed(21)
E4M3, E5M2 = torch.float8_e4m3fn, torch.float8_e5m2


def save(path, tensors, config=None):
    path = data / path
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.clone().contiguous() for k, v in tensors.items()}, path)
    if config:
        (path.parent / "config.json").write_text(json.dumps({"quantization_config": config}) + "\n")


def codes8(rows, cols, kind=E4M3):
    return (torch.randn(rows, cols) * 60).to(kind)


def positive(*shape):
    return torch.rand(*shape) * 0.01 + 0.001


def fp8_blocks(code, scale):
    """transformers' own; it wants blocks that divide evenly."""
    return Fp8Dequantize(types.SimpleNamespace())._dequantize_one(code, scale, torch.float32)


def fp8_cut(code, scale, block):
    """The same on weights padded to whole blocks, as DeepSeek's kernel reads them."""
    rows, cols = code.shape
    padded = torch.zeros(scale.shape[0] * block, scale.shape[1] * block)
    padded[:rows, :cols] = code.float()
    return fp8_blocks(padded, scale)[:rows, :cols]


def args(**kw):
    return QuantizationArgs(**kw)


def fp8():
    t = {}
    for name, kind in (("e4m3", E4M3), ("e5m2", E5M2)):
        code, scale = codes8(130 if kind is E4M3 else 40, 136, kind), positive(2 if kind is E4M3 else 1, 2)
        t |= {f"{name}.block.weight": code, f"{name}.block.weight_scale_inv": scale,
              f"{name}.block.expected": fp8_cut(code, scale, 128)}
    code = codes8(6, 20)
    for name, scale, strategy in (("tensor", positive(1), "tensor"), ("row", positive(6, 1), "channel"), ("row1d", positive(6), "channel")):
        wide = scale if strategy == "tensor" else scale.reshape(-1, 1)
        t |= {f"{name}.weight": code.clone(), f"{name}.weight_scale": scale,
              f"{name}.expected": dequantize(code, wide, args=args(num_bits=8, type="float", strategy=strategy))}
    scale = positive(6, 1).bfloat16()
    t |= {"bf16.weight": code.clone(), "bf16.weight_scale": scale, "bf16.input_scale": positive(1),
          "bf16.expected": dequantize(code, scale.float(), args=args(num_bits=8, type="float", strategy="channel"))}
    scale = torch.tensor([[0, 1, 100, 126, 127], [128, 130, 120, 110, 254]], dtype=torch.uint8)
    mx, wide = codes8(2, 160), (scale.float() - 127).exp2()
    t |= {"e8m0.weight": mx, "e8m0.scale": scale.view(torch.float8_e8m0fnu), "e8m0.expected": fp8_blocks(mx, scale),
          "mxfp8.weight": mx.clone(), "mxfp8.weight_scale": scale, "mxfp8.expected": fp8_blocks(mx, wide)}
    code, scale = codes8(12, 8).reshape(3, 4, 8), positive(3, 1, 1)
    t |= {"experts.gate_up_proj": code, "experts.gate_up_proj_scale": scale, "experts.gate_up_proj.expected": code.float() * scale}
    every = torch.arange(256, dtype=torch.uint8).reshape(16, 16)
    for kind in (torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz):
        x = every.view(kind)
        name = str(kind).split("_")[1]
        t |= {f"all_{name}.weight": x.clone(), f"all_{name}.weight_scale": torch.tensor(1.5), f"all_{name}.expected": x.float() * 1.5}
    t |= {"plain_e8m0.weight": every.view(torch.float8_e8m0fnu).clone(), "plain_e8m0.expected": every.view(torch.float8_e8m0fnu).float()}
    wide, scale = codes8(2, 1100), positive(2, 11)
    t |= {"wide.weight": wide, "wide.weight_scale": scale,
          "wide.expected": dequantize(wide, scale, args=args(num_bits=8, type="float", strategy="group", group_size=100))}
    save("fp8.safetensors", t)
    code, scale = codes8(100, 70), positive(4, 3)
    save("fp8_config/model.safetensors", {"a.weight": code, "a.weight_scale_inv": scale, "a.expected": fp8_cut(code, scale, 32)},
         {"quant_method": "fp8", "weight_block_size": [32, 32], "fmt": "e4m3"})


def int8():
    w = torch.randn(10, 48)
    code, scale, _ = bnb.int8_vectorwise_quant(w.half())
    t = {"llm.weight": code, "llm.SCB": scale.float(), "llm.weight_format": torch.tensor(0, dtype=torch.uint8),
         "llm.expected": bnb.int8_vectorwise_dequant(code, scale.float())}
    code, scale = torch.randint(-128, 128, (10, 48), dtype=torch.int8), positive(10, 1)
    zero = torch.randint(-20, 20, (10, 1), dtype=torch.int8)
    channel = args(num_bits=8, strategy="channel", symmetric=False)
    t |= {"ct.weight": code, "ct.weight_scale": scale, "ct.weight_zero_point": zero, "ct.expected": dequantize(code, scale, zero, args=channel)}
    save("int8.safetensors", t)


def bits4():
    t = {}
    for kind in ("nf4", "fp4"):
        for nested in (False, True):
            for rows, cols, block in ((16, 128, 64), (7, 33, 64), (2, 640, 128)):
                w = torch.randn(rows, cols)
                code, state = bnb.quantize_4bit(w, blocksize=block, quant_type=kind, compress_statistics=nested)
                name = f"{kind}{'n' if nested else ''}_{cols}"
                t[f"{name}.weight"] = code
                t |= {f"{name}.weight.{k}": v for k, v in state.as_dict(packed=True).items()}
                if cols % block == 0:
                    t[f"{name}.expected"] = bnb.dequantize_4bit(code, state)
                    continue
                # The compiled CPU kernel begins a block with every row; quantize_4bit, the GPU kernels and this do not.
                absmax = bnb.dequantize_blockwise(state.absmax, state.state2) + state.offset if nested else state.absmax
                t[f"{name}.expected"] = _dequantize_4bit_compute(code.reshape(-1), absmax, state.code, block, (rows, cols), torch.float32)
    save("bnb4.safetensors", t, None)


def pack_bits(codes, bits):
    """Codes in the rows of an array, packed down its columns as AutoGPTQ packs them: a stream of bits, lowest first."""
    stream = ((codes[:, None, :].astype(np.uint64) >> np.arange(bits, dtype=np.uint64)[None, :, None]) & 1).reshape(-1, codes.shape[1])
    stream = np.pad(stream, ((0, -len(stream) % 32), (0, 0))).reshape(-1, 32, codes.shape[1])
    words = (stream << np.arange(32, dtype=np.uint64)[None, :, None]).sum(1)
    return torch.from_numpy(words.astype(np.uint32).view(np.int32))


def gptq_values(bits, qweight, qzeros, scales, g_idx, added):
    """qlinear_cuda.py of auto-gptq 0.7.1, forward, with self.* as arguments; `added` is its 1, or 0 for gptq_v2."""
    if bits in (2, 4, 8):
        wf = torch.tensor(list(range(0, 32, bits)), dtype=torch.int32).unsqueeze(0)
        kind = torch.int16 if bits == 8 else torch.int8
        zeros = torch.bitwise_right_shift(torch.unsqueeze(qzeros, 2).expand(-1, -1, 32 // bits), wf.unsqueeze(0)).to(kind)
        zeros = torch.bitwise_and(zeros, (2**bits) - 1)
        zeros = (zeros + added).reshape(scales.shape)
        weight = torch.bitwise_right_shift(torch.unsqueeze(qweight, 1).expand(-1, 32 // bits, -1), wf.unsqueeze(-1)).to(kind)
        weight = torch.bitwise_and(weight, (2**bits) - 1)
    else:
        wf = torch.tensor([[0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0], [0, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31],
                           [0, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0]], dtype=torch.int32).reshape(1, 3, 12)
        zeros = qzeros.reshape(qzeros.shape[0], qzeros.shape[1] // 3, 3, 1).expand(-1, -1, -1, 12)
        zeros = zeros >> wf.unsqueeze(0)
        zeros[:, :, 0, 10] = (zeros[:, :, 0, 10] & 0x3) | ((zeros[:, :, 1, 0] << 2) & 0x4)
        zeros[:, :, 1, 11] = (zeros[:, :, 1, 11] & 0x1) | ((zeros[:, :, 2, 0] << 1) & 0x6)
        zeros = zeros & 0x7
        zeros = torch.cat([zeros[:, :, 0, :11], zeros[:, :, 1, 1:12], zeros[:, :, 2, 1:11]], dim=2)
        zeros = (zeros + added).reshape(scales.shape)
        weight = qweight.reshape(qweight.shape[0] // 3, 3, 1, qweight.shape[1]).expand(-1, -1, 12, -1)
        weight = (weight >> wf.unsqueeze(-1)) & 0x7
        weight[:, 0, 10] = (weight[:, 0, 10] & 0x3) | ((weight[:, 1, 0] << 2) & 0x4)
        weight[:, 1, 11] = (weight[:, 1, 11] & 0x1) | ((weight[:, 2, 0] << 1) & 0x6)
        weight = weight & 0x7
        weight = torch.cat([weight[:, 0, :11], weight[:, 1, 1:12], weight[:, 2, 1:11]], dim=1)
    weight = weight.reshape(weight.shape[0] * weight.shape[1], weight.shape[2])
    return scales[g_idx.long()] * (weight - zeros[g_idx.long()])


def gptq_tensors(name, bits, inputs, outputs, group, act_order, added):
    groups = inputs // group
    g_idx = torch.arange(inputs, dtype=torch.int32) // group
    if act_order:
        g_idx = g_idx[torch.randperm(inputs)]
    codes = np.random.default_rng(bits).integers(0, 2**bits, (inputs, outputs))
    zeros = np.random.default_rng(bits + 9).integers(0, 2**bits, (outputs, groups))
    qweight, qzeros = pack_bits(codes, bits), pack_bits(zeros, bits).T.contiguous()
    scales = positive(groups, outputs).half()
    w = gptq_values(bits, qweight, qzeros, scales.float(), g_idx, added)
    return {f"{name}.qweight": qweight, f"{name}.qzeros": qzeros, f"{name}.scales": scales, f"{name}.g_idx": g_idx,
            f"{name}.expected": w.T}


def gptq():
    t = {}
    for bits in (2, 3, 4, 8):
        t |= gptq_tensors(f"b{bits}", bits, 96, 32, 32, False, 1)
        t |= gptq_tensors(f"b{bits}act", bits, 96, 32, 32, True, 1)
    t |= gptq_tensors("wide", 4, 544, 8, 32, True, 1)
    turned = gptq_tensors("transformer.h.0.mlp.c_proj", 4, 64, 32, 32, False, 1)
    turned["transformer.h.0.mlp.c_proj.expected"] = turned["transformer.h.0.mlp.c_proj.expected"].T
    save("gptq.safetensors", t | turned)
    save("gptq_v2/model.safetensors", gptq_tensors("a", 4, 64, 32, 64, False, 0),
         {"quant_method": "gptq", "checkpoint_format": "gptq_v2", "bits": 4, "group_size": 64})


AWQ_REVERSE_ORDER = [0, 4, 1, 5, 2, 6, 3, 7]


def awq_values(qweight, qzeros, scales, bits, group_size):
    """packing_utils.py of autoawq 0.2.9: unpack_awq, reverse_awq_order and dequantize_gemm."""
    shifts = torch.arange(0, 32, bits)
    iweights = torch.bitwise_right_shift(qweight[:, :, None], shifts[None, None, :]).to(torch.int8).view(qweight.shape[0], -1)
    izeros = torch.bitwise_right_shift(qzeros[:, :, None], shifts[None, None, :]).to(torch.int8).view(qzeros.shape[0], -1)
    order = torch.arange(iweights.shape[-1], dtype=torch.int32).view(-1, 32 // bits)[:, AWQ_REVERSE_ORDER].view(-1)
    iweights, izeros = iweights[:, order] & (2**bits) - 1, izeros[:, order] & (2**bits) - 1
    return (iweights - izeros.repeat_interleave(group_size, dim=0)) * scales.repeat_interleave(group_size, dim=0)


def awq():
    words = lambda rows, cols: torch.randint(-2**31, 2**31, (rows, cols), dtype=torch.int64).to(torch.int32)
    qweight, qzeros, scales = words(544, 1), words(17, 1), positive(17, 8).half()
    save("awq/model.safetensors", {"a.qweight": qweight, "a.qzeros": qzeros, "a.scales": scales,
                                   "a.expected": awq_values(qweight, qzeros, scales.float(), 4, 32).T},
         {"quant_method": "awq", "bits": 4, "group_size": 32, "version": "gemm", "zero_point": True})


def compressed():
    t = {}
    for name, kw, groups in (("int4", {"num_bits": 4, "strategy": "group", "group_size": 32}, 3),
                             ("int4z", {"num_bits": 4, "strategy": "group", "group_size": 32, "symmetric": False}, 3),
                             ("int8", {"num_bits": 8, "strategy": "channel"}, 1), ("int3", {"num_bits": 3, "strategy": "group", "group_size": 32}, 3)):
        scheme = QuantizationScheme(targets=["Linear"], weights=args(**kw))
        low, high = -(2 ** (kw["num_bits"] - 1)), 2 ** (kw["num_bits"] - 1)
        state = {"weight": torch.randn(10, 96), "weight_scale": positive(10, groups) * 30}
        if name == "int4z":
            state["weight_zero_point"] = torch.randint(low, high, (10, groups), dtype=torch.int8)
        packed = PackedQuantizationCompressor.compress(state, scheme)
        t |= {f"{name}.{k}": v for k, v in packed.items()}
        t[f"{name}.expected"] = PackedQuantizationCompressor.decompress(packed, scheme)["weight"]
        if name == "int3":
            state = {"weight": torch.randn(2, 544), "weight_scale": positive(2, 17) * 30}
            packed = PackedQuantizationCompressor.compress(state, scheme)
            t |= {f"wide.{k}": v for k, v in packed.items()}
            t["wide.expected"] = PackedQuantizationCompressor.decompress(packed, scheme)["weight"]
    save("packed.safetensors", t)


def fp4():
    t = {}
    code = torch.randint(0, 256, (6, 32), dtype=torch.uint8)
    scale, outer = (torch.rand(6, 4) * 200 + 1).to(E4M3), torch.tensor([37.5])
    scheme = QuantizationScheme(targets=["Linear"], weights=args(num_bits=4, type="float", strategy="tensor_group", group_size=16))
    state = {"weight_packed": code, "weight_scale": scale, "weight_global_scale": outer}
    t |= {f"nvfp4.{k}": v for k, v in state.items()}
    # In float32: the package itself rounds codes and scales to bfloat16.
    lut = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])
    values = torch.stack([lut[(code & 15).long()], lut[(code >> 4).long()]], -1).reshape(6, 64)
    t["nvfp4.expected"] = dequantize(values, scale.float(), args=scheme.weights, global_scale=outer, dtype=torch.float32)
    near = NVFP4PackedCompressor.decompress(dict(state), scheme)["weight"].float()
    assert torch.allclose(near, t["nvfp4.expected"], rtol=0.02)
    # nvfp4_tensor.py of nvidia-modelopt 0.47.0, dequantize, in float32
    second = torch.tensor(0.0125)
    per_block = scale.float() * second
    t |= {"modelopt.weight": code.clone(), "modelopt.weight_scale": scale.clone(), "modelopt.weight_scale_2": second,
          "modelopt.input_scale": torch.tensor(1.0), "modelopt.expected": (values.view(6, -1, 16) * per_block.unsqueeze(-1)).reshape(6, 64)}
    many, power = torch.randint(0, 256, (2, 272), dtype=torch.uint8), torch.randint(100, 140, (2, 17), dtype=torch.uint8)
    t |= {"wide.weight": many.view(torch.int8), "wide.scale": power.view(torch.float8_e8m0fnu), "wide.expected": fp8_blocks(many.view(torch.int8), power)}
    power = torch.randint(100, 140, (6, 2), dtype=torch.uint8)
    scheme = QuantizationScheme(targets=["Linear"], weights=args(num_bits=4, type="float", strategy="group", group_size=32))
    state = {"weight_packed": code.clone(), "weight_scale": power}
    t |= {f"mxfp4.{k}": v for k, v in state.items()}
    t["mxfp4.expected"] = MXFP4PackedCompressor.decompress(dict(state), scheme)["weight"].float()
    signed = code.clone().view(torch.int8)
    t |= {"deepseek.weight": signed, "deepseek.scale": power.view(torch.float8_e8m0fnu).clone(), "deepseek.expected": fp8_blocks(signed, power)}
    blocks, scales = torch.randint(0, 256, (3, 8, 2, 16), dtype=torch.uint8), torch.randint(90, 150, (3, 8, 2), dtype=torch.uint8)
    moe = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32)
    name = "model.layers.0.mlp.experts.down_proj"
    t |= {name + "_blocks": blocks, name + "_scales": scales, name + ".expected": moe,
          "block.0.mlp.mlp1_weight.blocks": blocks.clone(), "block.0.mlp.mlp1_weight.scales": scales.clone(),
          "block.0.mlp.mlp1_weight.expected": moe.transpose(1, 2)}
    save("fp4.safetensors", t)


def scaled_gguf():
    """scaled.gguf: NVFP4 blocks with the scale by which llama.cpp multiplies what the matrix gives."""
    import gguf
    w = gguf.GGUFWriter(data / "scaled.gguf", "test")
    w.add_tensor("blk.0.ffn_down.weight", np.full((2, 36), 60, np.uint8), raw_dtype=gguf.GGMLQuantizationType.NVFP4)
    w.add_tensor("blk.0.ffn_down.scale", np.float32([0.5]))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


BLOCKS = "IQ4_XS IQ1_S IQ1_M IQ2_XXS IQ2_XS IQ2_S IQ3_XXS IQ3_S TQ1_0 TQ2_0 MXFP4 NVFP4".split()


def grids():
    """iq.gguf: the types of blocks that dequant.gguf lacks, of random bits, beside what `gguf` widens them to."""
    import gguf
    from gguf.quants import dequantize as widen
    kinds = gguf.GGMLQuantizationType
    rng = np.random.default_rng(21)
    w = gguf.GGUFWriter(data / "iq.gguf", "test")
    for name in BLOCKS:
        kind = kinds[name]
        values, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = 1536 // values // 2
        raw = rng.integers(0, 256, (2, blocks, size), dtype=np.uint8)
        half = np.float16([0.0123, -3.5])[:, None, None]
        if name == "IQ1_M":
            bits = half.view(np.uint16).reshape(2, 1)
            for i in range(4):
                raw[:, :, 49 + 2 * i] = raw[:, :, 49 + 2 * i] & 15 | (bits >> (4 * i) & 15) << 4
        elif name in ("TQ1_0", "TQ2_0"):
            raw[:, :, -2:] = half.view(np.uint8).reshape(2, 1, 2)
        elif name not in ("MXFP4", "NVFP4"):
            raw[:, :, :2] = half.view(np.uint8).reshape(2, 1, 2)
        if name == "MXFP4":
            raw[:, :, 0] = rng.integers(0, 200, raw.shape[:2])
        flat = raw.reshape(2, -1)
        w.add_tensor(name, flat, raw_dtype=kind)
        w.add_tensor(name + ".expected", widen(flat, kind).astype(np.float32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def models():
    """model_bf16: ../folders/llama with small multiples of 1/32 as weights, which each method can hold exactly; model_fp8 (blocks of
    16 x 16), model_int8 and model_gptq: the same model."""
    import shutil

    from safetensors.torch import load_file
    source = here.parent / "data" / "folders" / "llama"
    whole = {}
    for shard in sorted(source.glob("*.safetensors")):
        whole |= load_file(shard)
    config = json.loads((source / "config.json").read_text())
    linear = [n for n, w in whole.items() if "_proj.weight" in n]
    twin = whole | {n: torch.randint(-7, 8, whole[n].shape).bfloat16() / 32 for n in linear}
    made = {"bf16": {}, "fp8": {}, "int8": {}, "gptq": {}}
    for n, w in twin.items():
        for into in made.values():
            into[n] = w
        if n not in linear:
            continue
        stem, (rows, cols), codes = n.removesuffix("weight"), w.shape, (w.float() * 32).int()
        made["fp8"] |= {n: (w.float() * 64).to(E4M3), n + "_scale_inv": torch.full((-(-rows // 16), -(-cols // 16)), 1 / 64)}
        made["int8"] |= {n: codes.to(torch.int8), stem + "SCB": torch.full((rows,), 127 / 32), stem + "weight_format": torch.tensor(0, dtype=torch.uint8)}
        del made["gptq"][n]
        groups = cols // 16
        zeros = np.full((rows, groups), 7)
        made["gptq"] |= {stem + "qweight": pack_bits(codes.T.numpy() + 8, 4), stem + "qzeros": pack_bits(zeros, 4).T.contiguous(),
                         stem + "scales": torch.full((groups, rows), 1 / 32).half(), stem + "g_idx": torch.arange(cols, dtype=torch.int32) // 16}
    quantised = {"bf16": None, "fp8": {"quant_method": "fp8", "weight_block_size": [16, 16], "fmt": "e4m3", "modules_to_not_convert": ["lm_head"]},
                 "int8": {"quant_method": "bitsandbytes", "load_in_8bit": True},
                 "gptq": {"quant_method": "gptq", "bits": 4, "group_size": 16, "desc_act": False, "sym": True}}
    for name, tensors in made.items():
        save(f"model_{name}/model.safetensors", tensors)
        folder = data / f"model_{name}"
        q = {"quantization_config": quantised[name]} if quantised[name] else {}
        (folder / "config.json").write_text(json.dumps(config | q, indent=1) + "\n")
        shutil.copy(source / "tokenizer.json", folder)


def seeds():
    """../fuzz/corpus/quantised: a small weight of each method, after its config.json and a NUL; ../fuzz/corpus/gguf/blocks.gguf: a block
    of each type of iq.gguf."""
    from safetensors import safe_open
    from safetensors.torch import save as to_bytes
    corpus = here.parent / "fuzz" / "corpus"
    (corpus / "quantised").mkdir(exist_ok=True)
    for name, config, *prefixes in (
            ("fp8.safetensors", {"quant_method": "fp8"}, "row.", "bf16.", "e8m0.", "experts."),
            ("int8.safetensors", {"quant_method": "bitsandbytes", "load_in_8bit": True}, "llm.", "ct."),
            ("bnb4.safetensors", {"quant_method": "bitsandbytes", "load_in_4bit": True}, "nf4_33.", "nf4n_33.", "fp4_33."),
            ("gptq.safetensors", {"quant_method": "gptq", "bits": 3}, "b3act.", "b8."), ("awq/model.safetensors", {"quant_method": "awq", "version": "gemm"}, "a."),
            ("packed.safetensors", {"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 4}}}}, "int4z.", "int3."),
            ("fp4.safetensors", {"quant_method": "modelopt", "ignore": ["x"]}, "nvfp4.", "modelopt.", "mxfp4.", "deepseek.", "model.", "block.")):
        with safe_open(data / name, "pt") as f:
            for prefix in prefixes:
                kept = {n: f.get_tensor(n) for n in f.keys() if n.startswith(prefix) and not n.endswith("expected")}
                text = json.dumps({"quantization_config": config}).encode()
                (corpus / "quantised" / (config["quant_method"] + "-" + prefix.rstrip("."))).write_bytes(text + b"\0" + to_bytes(kept))
    import gguf
    w = gguf.GGUFWriter(corpus / "gguf" / "blocks.gguf", "test")
    for name in BLOCKS:
        kind = gguf.GGMLQuantizationType[name]
        w.add_tensor(name, np.full((1, gguf.GGML_QUANT_SIZES[kind][1]), 60, np.uint8), raw_dtype=kind)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


data.mkdir(exist_ok=True)
for make in (fp8, int8, bits4, gptq, awq, compressed, fp4, grids, scaled_gguf, models, seeds):
    make()
