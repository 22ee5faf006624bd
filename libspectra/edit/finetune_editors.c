/* finetune_editors.c: fine-tuning of one layer as an editor (baselines/ft of Meng et al. 2022; spx/finetune.h).
 * No closed form: the driver trains with these settings.
 *
 *     ft     every target token read behind the prompt's last token, none shown (FT)
 *     ft-l   the same, entries kept within ft_clamp of what they were before the batch (FT-L)
 *     ft-m   cross-entropy of the target with its earlier tokens given (FT-M) */
#include "edit/editors.h"

enum { TRAINING = 1U << SPX_FT_LR | 1U << SPX_FT_EPOCHS | 1U << SPX_FT_BATCH | 1U << SPX_FT_STOP };

const spx_editor edit_ft = {
    .name = "ft",
    .summary = "fine-tuning of one layer",
    .source = "Meng et al. 2022, baselines/ft",
    .uses = TRAINING,
    .one_layer = true,
    .trains = SPX_TRAINS_UNSEEN,
};
const spx_editor edit_ft_l = {
    .name = "ft-l",
    .summary = "fine-tuning with a bound on every entry's change",
    .source = "Meng et al. 2022, baselines/ft",
    .uses = TRAINING | 1U << SPX_FT_CLAMP,
    .one_layer = true,
    .trains = SPX_TRAINS_UNSEEN,
};
const spx_editor edit_ft_m = {
    .name = "ft-m",
    .summary = "fine-tuning with the target's tokens given",
    .source = "EasyEdit, objective_optimization: target_new",
    .uses = TRAINING,
    .one_layer = true,
    .trains = SPX_TRAINS_FORCED,
};
