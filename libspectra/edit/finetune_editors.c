/* finetune_editors.c: fine-tuning of one layer (spx/finetune.h) as editors, without a closed form
 * (baselines/ft of Meng et al. 2022).
 *
 *     ft    every target token read after the prompt's last token, none shown (FT)
 *     ft-l  the same, entries kept within ft_clamp of what they were before the batch (FT-L)
 *     ft-m  cross-entropy of the target with its earlier tokens given (FT-M)
 *     locft-bf  FT-M on targets that end with EOS, over all facts of a round again and again, each
 *           time in another order: breadth first, where a round holds the whole set (LocFT-BF) */
#include "edit/editors.h"

enum { TRAINING = 1U << SPX_FT_LR | 1U << SPX_FT_EPOCHS | 1U << SPX_FT_BATCH | 1U << SPX_FT_STOP };

static spx_finetune_opts settings(const spx_edit_opts *o, size_t layer, size_t rows)
{
    return (spx_finetune_opts){
        .layer = layer,
        .loss = SPX_FINETUNE_LAST,
        .lr = o->value[SPX_FT_LR],
        .epochs = (size_t)o->value[SPX_FT_EPOCHS],
        .batch = (size_t)o->value[SPX_FT_BATCH],
        .stop = o->value[SPX_FT_STOP],
        .rows = rows,
    };
}

static spx_status ft_train(const spx_edit_opts *o, const spx_model *m, const spx_prompts *p,
                           size_t layer, size_t rows, spx_mat *dW, spx_finetune_report *report,
                           spx_error *err)
{
    const spx_finetune_opts set = settings(o, layer, rows);
    return spx_finetune(m, p, &set, dW, report, err);
}

static spx_status ft_l_train(const spx_edit_opts *o, const spx_model *m, const spx_prompts *p,
                             size_t layer, size_t rows, spx_mat *dW, spx_finetune_report *report,
                             spx_error *err)
{
    spx_finetune_opts set = settings(o, layer, rows);
    set.clamp = o->value[SPX_FT_CLAMP];
    return spx_finetune(m, p, &set, dW, report, err);
}

static spx_status ft_m_train(const spx_edit_opts *o, const spx_model *m, const spx_prompts *p,
                             size_t layer, size_t rows, spx_mat *dW, spx_finetune_report *report,
                             spx_error *err)
{
    spx_finetune_opts set = settings(o, layer, rows);
    set.loss = SPX_FINETUNE_FORCED;
    return spx_finetune(m, p, &set, dW, report, err);
}

static spx_status locft_bf_train(const spx_edit_opts *o, const spx_model *m, const spx_prompts *p,
                                 size_t layer, size_t rows, spx_mat *dW,
                                 spx_finetune_report *report, spx_error *err)
{
    spx_finetune_opts set = settings(o, layer, rows);
    set.loss = SPX_FINETUNE_FORCED;
    set.shuffled = true;
    set.seed = (uint64_t)o->value[SPX_FT_SEED];
    return spx_finetune(m, p, &set, dW, report, err);
}

const spx_editor edit_ft = {
    .name = "ft",
    .summary = "fine-tuning of one layer",
    .source = "Meng et al. 2022, baselines/ft",
    .uses = TRAINING,
    .one_layer = true,
    .train = ft_train,
};
const spx_editor edit_ft_l = {
    .name = "ft-l",
    .summary = "fine-tuning with a bound on every entry's change",
    .source = "Meng et al. 2022, baselines/ft",
    .uses = TRAINING | 1U << SPX_FT_CLAMP,
    .one_layer = true,
    .train = ft_l_train,
};
const spx_editor edit_ft_m = {
    .name = "ft-m",
    .summary = "fine-tuning with the target's tokens given",
    .source = "EasyEdit, objective_optimization: target_new",
    .uses = TRAINING,
    .one_layer = true,
    .train = ft_m_train,
};
const spx_editor edit_locft_bf = {
    .name = "locft-bf",
    .summary = "fine-tuning of one layer, breadth first over the shuffled facts of a round",
    .source = "arXiv 2509.22072 and its code",
    .uses = TRAINING | 1U << SPX_FT_SEED,
    .one_layer = true,
    .ends_targets = true,
    .train = locft_bf_train,
};
