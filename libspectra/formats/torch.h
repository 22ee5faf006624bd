/* torch.h: what a PyTorch pickle holds, between torch.c, which reads it, and torch_dict.c, which
 * finds the state_dict in it. */
#ifndef SPX_FORMATS_TORCH_H
#define SPX_FORMATS_TORCH_H

#include "formats/format.h"
#include "formats/pickle.h"

/* Kinds of PICKLE_OBJECT, in its member integer. */
enum { TORCH_TENSOR, TORCH_STORAGE, TORCH_SPARSE, TORCH_PLAIN };

/* How the values of a tensor are stored. */
typedef struct torch_type {
    spx_dtype dtype;
    const char *name; /* of SPX_OTHER_TYPE */
    size_t width;     /* bytes of a value; 0: bytes whose type the tensor tells */
} torch_type;

/* Bytes of one storage, read once for all tensors that use it. */
typedef struct torch_storage {
    const torch_type *type;
    const unsigned char *data;
    size_t size;
} torch_storage;

/* A tensor: what of a storage it shows. */
typedef struct torch_view {
    const torch_storage *from;
    const torch_type *type;
    size_t offset, ndim, shape[FORMAT_AXES], stride[FORMAT_AXES]; /* in values */
    bool negated;
} torch_view;

/* The tensor that v is, or NULL. */
const torch_view *torch_tensor_of(const pickle_value *v);

/* True for what can name a tensor in a dict: a text or a whole number. */
bool torch_is_key(const pickle_value *v);

/*
 * The dict of tensors in what a file holds: `top` itself, or the one dict in it that holds tensors
 * ("state_dict", "module", "net" ...). Of several, those that are called as one calls the model's
 * come first, and the others are noted; an optimizer's never count. SPX_EFORMAT names two that
 * cannot be told apart; SPX_EUNSUP what DeepSpeed has cut into parts.
 */
SPX_CHECKED spx_status torch_state_dict(spx_ckpt *c, const part *p, const pickle_value *top,
                                        const pickle_value **out, spx_error *err);

#endif
