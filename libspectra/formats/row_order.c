/* row_order.c: the rows that llama.cpp's converter moves. */
#include "spx/row_order.h"

#include <stdio.h>

/* 0 if there is none. */
static size_t whole_number(const spx_ckpt *c, const char *what)
{
    char key[256];
    double x = 0;
    const char *family = spx_ckpt_text(c, "general.architecture");
    snprintf(key, sizeof key, "%s.%s", family ? family : "", what);
    return spx_ckpt_number(c, key, &x) && x >= 1 && x <= 0x1p31 ? (size_t)x : 0;
}

bool spx_row_order_heads(const spx_ckpt *gguf, size_t rows, spx_row_order *order)
{
    const size_t heads = whole_number(gguf, "attention.head_count");
    const size_t width = whole_number(gguf, "embedding_length");
    const size_t parts = order->layout == SPX_LAYOUT_QKV_APART ? 3 : 1;
    size_t head = whole_number(gguf, "attention.key_length");
    if (head == 0 && heads > 0) head = width / heads;
    if (head < 2 || head % 2 || rows % head) return false;
    order->head_width = head;
    order->heads = rows / head / parts;
    return order->heads * head * parts == rows;
}

size_t spx_row_from(const spx_row_order *o, size_t r)
{
    const size_t w = o->head_width;
    if (o->layout != SPX_LAYOUT_ROPE_PAIRS && o->layout != SPX_LAYOUT_QKV_APART) return r;
    const size_t i = r % w, block = r / w;
    if (o->layout == SPX_LAYOUT_ROPE_PAIRS)
        return r - i + (o->to_gguf ? i % 2 * (w / 2) + i / 2 : i % (w / 2) * 2 + i / (w / 2));
    return i + w * (o->to_gguf ? block % o->heads * 3 + block / o->heads
                               : block % 3 * o->heads + block / 3);
}
