"""REVIVE in an editing loop in one changed line.

    python example_revive.py [MODEL] [ROUNDS]

The loop is that of locate-then-edit editors (MEMIT's in EasyEdit, AlphaEdit's own): for a batch of facts, keys K are the
inputs of an FFN output projection at the last token of each subject, targets are what its output should become there, and
the change is the least-squares one, R K^T (C + K K^T)^-1. Targets are a few steps of gradient descent on the answer's
likelihood. MODEL is a folder or a GGUF file of a Llama-like model (transformers reads it).

Prints, round by round, without and with REVIVE: what is left of the first weight's dominant block (retention: 1 if
nothing was written into it) and of its directions (those that turned or were overtaken by stronger new ones; LSS-G), and
the share of the facts so far whose answer begins as it was edited. REVIVE keeps the block; a change that is itself
stronger than the dominant directions overtakes them all the same.
"""
from __future__ import annotations

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import spx

PLACES = ["Paris", "Rome", "Tokyo", "Cairo", "Lima", "Oslo", "Delhi", "Berlin"]
FACTS = [(f"{name} works in the city of", f" {PLACES[i % len(PLACES)]}") for i, name in enumerate(
    f"{first} {last}" for last in ("Stone", "Rivers", "Lake", "Hill", "Woods") for first in ("Anna", "Boris", "Clara", "David"))]
LAYER, TAU, PER_ROUND = 8, 0.2, 4


def load(path: str):
    at = Path(path)
    how = {"gguf_file": at.name} if at.suffix == ".gguf" else {}
    folder = str(at.parent if how else at)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **how).eval()
    return model.requires_grad_(False), AutoTokenizer.from_pretrained(folder, **how)


def ids(tokenizer, prompt, answer=""):
    return tokenizer(prompt + answer, return_tensors="pt").input_ids


def key_and_residual(model, tokenizer, proj, prompt, answer, steps=12):
    """k, the input of the projection at the prompt's last token, and what its output there lacks of the target's."""
    last = ids(tokenizer, prompt).shape[1] - 1
    whole = ids(tokenizer, prompt, answer)
    seen, delta = {}, torch.zeros(proj.out_features, requires_grad=True)

    def hook(module, inputs, output):
        seen["k"] = inputs[0][0, last].detach()
        output = output.clone()
        output[0, last] += delta
        return output

    handle = proj.register_forward_hook(hook)
    optimiser = torch.optim.Adam([delta], lr=0.3)
    for _ in range(steps):
        logits = model(whole).logits[0, last:-1]
        loss = torch.nn.functional.cross_entropy(logits, whole[0, last + 1:]) + 0.02 * delta.square().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    handle.remove()
    return seen["k"], delta.detach()


def change(model, tokenizer, proj, facts, C):
    pairs = [key_and_residual(model, tokenizer, proj, *f) for f in facts]
    K, R = (torch.stack([p[i] for p in pairs], 1) for i in (0, 1))
    return R @ torch.linalg.solve(C + K @ K.T, K).T


def answered(model, tokenizer, facts):
    right = 0
    for prompt, answer in facts:
        next_token = model(ids(tokenizer, prompt)).logits[0, -1].argmax()
        right += int(next_token == ids(tokenizer, prompt, answer)[0, ids(tokenizer, prompt).shape[1]])
    return right / len(facts)


def run(model, tokenizer, rounds, protected):
    proj = model.model.layers[LAYER].mlp.down_proj
    W0 = proj.weight.detach().clone()
    C = torch.eye(proj.in_features) * 0.5
    for r in range(rounds):
        facts = FACTS[r * PER_ROUND:(r + 1) * PER_ROUND]
        upd_matrix = change(model, tokenizer, proj, facts, C)
        if protected:
            upd_matrix = spx.revive(proj.weight, upd_matrix, tau=TAU, basis="original", original=W0)  # the changed line
        with torch.no_grad():
            proj.weight += upd_matrix
        c = spx.compare(W0, proj.weight, tau=TAU)
        done = FACTS[:(r + 1) * PER_ROUND]
        print(f"{'revive' if protected else 'plain':8}round {r + 1}  retention {c.retention:.4f}  turned {c.turned:.0f}  overtaken "
              f"{c.overtaken:.0f} of {c.k}  LSS-G {c.lss_g:.4f}  "
              f"answered {answered(model, tokenizer, done):.2f}  |W - W0| {torch.dist(proj.weight, W0):.3f}", flush=True)
    with torch.no_grad():
        proj.weight.copy_(W0)


def main():
    model, tokenizer = load(sys.argv[1] if len(sys.argv) > 1 else "HuggingFaceTB/SmolLM2-135M-Instruct")
    for protected in (False, True):
        run(model, tokenizer, int(sys.argv[2]) if len(sys.argv) > 2 else 5, protected)


if __name__ == "__main__":
    main()
